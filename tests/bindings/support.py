"""What the tests of the Python binding have in common."""

import contextlib
import signal
import socket
import sys
import threading
import time

BASE = sys.argv[1]


def raises(kind, call):
    try:
        call()
    except kind as error:
        assert type(error) is kind, repr(error)
        return error
    raise AssertionError("no error")


def same(one, other):
    assert one == other, "%r instead of %r" % (one, other)


class Alarm(Exception):
    pass


def ring(*_):
    raise Alarm


def interrupted(call):
    """A call that would wait for ever ends soon after a signal."""
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    start = time.monotonic()
    raises(Alarm, call)
    assert time.monotonic() - start < 3


def waiting(call):
    """A thread in a call that waits, and what it raised there."""
    errors = []

    def work():
        try:
            call()
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(0.2)
    return thread, errors


def answer(body, *headers, status="200 OK"):
    """A response, which says how long it is unless its headers do."""
    if not any(line.lower().startswith("content-length") for line in headers):
        headers += ("Content-Length: %d" % len(body),)
    return "\r\n".join(("HTTP/1.1 " + status, "Connection: close") + headers + ("", "")).encode() + body


@contextlib.contextmanager
def served(*answers):
    """A server that gives these answers, one for each connection, and what it was asked."""
    server, asked = socket.create_server(("127.0.0.1", 0)), []

    def work():
        for text in answers:
            try:
                client = server.accept()[0]
            except OSError:
                return
            with client:
                head = more = client.recv(4096)
                while more and b"\r\n\r\n" not in head:
                    more = client.recv(4096)
                    head += more
                asked.append(head.decode("latin1"))
                if more:
                    client.sendall(text)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield "http://127.0.0.1:%d/" % server.getsockname()[1], asked
    finally:
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
        server.close()
