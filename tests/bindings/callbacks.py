"""What the library calls in Python, readers of bodies and logs; and walks through pages."""

import gc
import io
import logging
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time
import weakref

import htmlsession
from support import BASE, Alarm, answer, interrupted, raises, ring, same, served, waiting


class Own(Exception):
    pass


def fail(*_):
    raise Own("own")


def sent(session, body, method="POST", target="/echo", **options):
    """The headers and the body of what was sent."""
    head, _, body = session.request(method, BASE + target, body=body, **options).text.partition("\n\n")
    return head.split("\n")[1:], body


def bodies(session):
    head, body = sent(session, io.BytesIO(b"in memory"), content_type="x/y")
    assert body == "in memory" and "content-length: 9" in head and "content-type: x/y" in head, head
    partly = io.BytesIO(b"> rest")
    partly.seek(2)  # it begins where it stands
    same(sent(session, partly)[1], "rest")
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "é")
        path.write_bytes("é".encode() * 100000)
        with open(path, "rb") as file:
            head, body = sent(session, file)
            assert body == "é" * 100000 and "content-length: 200000" in head, head
        with open(path, encoding="utf-8") as file:
            head, body = sent(session, file)
            assert body == "é" * 100000 and "transfer-encoding: chunked" in head, head
    read, write = os.pipe()
    with open(write, "wb") as end:
        end.write(b"piped")
    with open(read, "rb") as file:
        same(sent(session, file)[1], "piped")
    for pieces in ["a", b"", memoryview(b"b"), "é"], (piece for piece in ("ab", "é")), map(str, "abé"):
        head, body = sent(session, pieces)
        assert body == "abé" and "transfer-encoding: chunked" in head, (head, body)
    same(sent(session, [b"x" * 300000, "y"])[1], "x" * 300000 + "y")
    same(sent(session, [])[1], "")

    # Redirects and further requests need it again.
    for body in io.BytesIO(b"twice"), ["tw", "ice"]:
        with htmlsession.Request("POST", BASE + "/moved", body=body) as request:
            for _ in range(2):
                assert session.perform(request).text.endswith("\n\ntwice")
    same(session.post(BASE + "/moved", body=iter(["x"])).error.code, 105)
    short = io.BytesIO(b"short")
    with htmlsession.Request("POST", BASE + "/echo", body=short) as request:
        short.truncate(2)
        same(session.perform(request).error.code, 104)
    for wrong in 5, 1.5, object(), {"a": "b"}:
        raises(TypeError, lambda: session.post(BASE, body=wrong))


def failures(session):
    def broken():
        yield "begun"
        fail()

    for wrong in broken(), map(fail, "x"):
        raises(Own, lambda: session.post(BASE + "/echo", body=wrong))
    for wrong in [1], [None], [object()]:
        raises(TypeError, lambda: session.post(BASE + "/echo", body=wrong))
    with served(answer(b"", "Location: /", status="307 Moved")) as (url, _):
        stuck = io.BytesIO(b"x")
        with htmlsession.Request("POST", url, body=stuck) as request:
            stuck.seek = fail
            raises(Own, lambda: session.perform(request))
    # A response that is fetched has its cause.
    with htmlsession.Request("POST", BASE + "/echo", body=map(fail, "x")) as request:
        number = session.submit(request)
    response = session.next(None)
    error = raises(htmlsession.Error, response.raise_for_error)
    same((response.id, error.code, type(error.__cause__), type(response.error.__cause__)), (number, 13, Own, Own))
    raises(Own, lambda: next(session.pages(htmlsession.Request("POST", BASE + "/echo", body=map(fail, "x")))))
    same(session.get(BASE + "/").body, b"12345")


def freed(session):
    """Readers are let go with the last that needs them."""
    body = io.BytesIO(b"gone")
    gone = weakref.ref(body)
    request = htmlsession.Request("POST", BASE + "/echo", body=body)
    session.submit(request)
    del body, request
    assert gone() is not None and session.next(None).text.endswith("\n\ngone")
    deadline = time.monotonic() + 5
    while gone() is not None and time.monotonic() < deadline:
        gc.collect()
        time.sleep(0.01)
    same((gone(), htmlsession._callbacks._known), (None, {}))
    log = fail
    session.set_log(lambda *_: log)
    same(len(htmlsession._callbacks._known), 1)
    session.set_log(None)
    same(htmlsession._callbacks._known, {})


def logs(session):
    told = []
    session.set_log(lambda *all_of_it: told.append(all_of_it), logging.DEBUG)
    session.post(BASE + "/moved?secret")
    assert told[0][0] == logging.DEBUG and told[0][1] > 0 and told[0][2] == "request", told
    assert any(level == logging.INFO and event == "redirect" for level, _, event, _ in told), told
    assert "secret" not in str(told), told
    told.clear()
    session.set_log(lambda *all_of_it: told.append(all_of_it))
    session.get(BASE + "/")
    same(told, [])
    session.post(BASE + "/moved")
    assert told and {level for level, *_ in told} == {logging.INFO}, told
    session.set_log(lambda *all_of_it: told.append(all_of_it), logging.ERROR)
    told.clear()
    session.get("http://127.0.0.1:1/")
    same([level for level, *_ in told], [logging.ERROR])
    raises(TypeError, lambda: session.set_log("x"))

    session.set_log(fail, logging.DEBUG)
    raises(Own, lambda: session.get(BASE + "/"))
    raises(Own, lambda: list(session.pages(BASE + "/walk/1")))
    session.set_log(None)
    session._log_errors.clear()
    same(session.get(BASE + "/").body, b"12345")


def walks(session):
    def titles(*arguments, **options):
        return [page.html().title()[5:] for page in session.pages(*arguments, **options)]

    same(titles(BASE + "/walk/1"), ["1", "2", "3", "4"])
    same(titles(htmlsession.Request("GET", BASE + "/walk/2"), limit=2), ["2", "3"])
    same(titles(BASE + "/further/1", limit=3, words=["on", "ahead"]), ["1", "2", "3"])
    same(titles(BASE + "/further/1", limit=3, words=[]), ["1"])
    same([page.url for page in session.pages(BASE + "/walk/1", limit=1, params={"a": 1})], [BASE + "/walk/1?a=1"])
    left = session.pages(BASE + "/walk/1")
    same(next(left).html().title(), "Page 1")
    left.close()
    same([(page.status, page.error) for page in session.pages(BASE + "/none")], [(404, None)])
    (refused,) = session.pages("http://127.0.0.1:1/")
    raises(htmlsession.ConnectionError, refused.raise_for_error)
    for wrong in -1, 2 ** 70:
        raises(ValueError, lambda: session.pages(BASE, limit=wrong))
    for wrong in {"words": "ahead"}, {"words": [None.__class__]}, {"limit": "1"}, {"colour": 1}:
        raises(TypeError, lambda: session.pages(BASE, **wrong))
    raises(TypeError, lambda: session.pages(htmlsession.Request("GET", BASE), timeout=1))
    raises(TypeError, lambda: session.pages(None))

    other = htmlsession.Session()
    pages = other.pages(BASE + "/hang")
    thread, errors = waiting(lambda: next(pages))
    other.close()
    thread.join(5)
    assert not thread.is_alive() and str(errors[0]) == "Session is closed", errors
    raises(ValueError, lambda: other.pages(BASE))


def interrupts(session):
    """A signal ends what waits, whatever the reader does, and a reader that runs beside it."""
    signal.signal(signal.SIGALRM, ring)
    hold = threading.Event()
    interrupted(lambda: session.post(BASE + "/echo", body=iter(hold.wait, None)))
    hold.set()
    interrupted(lambda: list(session.pages(BASE + "/hang")))
    session.cancel()

    def endless():
        while True:
            yield b"x"

    for _ in range(20):
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        raises(Alarm, lambda: session.post(BASE + "/echo", body=endless()))
    same(session.get(BASE + "/").body, b"12345")


def threads(session):
    """Those whose reader fails hear of it, and no others."""
    def upload(number):
        for turn in range(10):
            if number % 2:
                raises(Own, lambda: session.post(BASE + "/echo", body=map(fail, "x")))
            else:
                assert sent(session, ["%d " % number] * 5)[1] == ("%d " % number) * 5

    workers = [waiting(lambda number=number: upload(number)) for number in range(4)]
    upload(4)
    for thread, errors in workers:
        thread.join(30)
        same((thread.is_alive(), errors), (False, []))


def forked(session):
    """A child process does not wait for the threads of its parent when it ends."""
    session.set_log(lambda *_: None)
    thread, errors = waiting(lambda: session.get(BASE + "/hang"))
    start = time.monotonic()
    child = os.fork()
    if child == 0:
        htmlsession._callbacks._end()
        os._exit(0)
    os.waitpid(child, 0)
    assert time.monotonic() - start < 1.5
    session.cancel()
    thread.join(5)
    same((thread.is_alive(), errors), (False, []))


def daemon():
    """Threads in which C calls Python when the program ends do not disturb it, nor do objects that are left."""
    session = htmlsession.Session()

    def slow():
        while True:
            time.sleep(0.01)
            yield b"x"

    def log():
        with htmlsession.Session() as other:
            other.set_log(lambda *_: None, logging.DEBUG)
            while True:
                other.get(BASE + "/")

    for work in lambda: session.post(BASE + "/echo", body=slow()), log, log:
        threading.Thread(target=work, daemon=True).start()
    globals()["left"] = htmlsession.Request("POST", BASE, body=io.BytesIO(b"x"))
    time.sleep(0.3)
    print("end")


if len(sys.argv) > 2:
    daemon()
else:
    for part in bodies, failures, freed, logs, walks, interrupts, threads, forked:
        with htmlsession.Session() as session:
            part(session)
    for _ in range(3):
        command = [sys.executable, "-B", "-W", "error", __file__, BASE, "daemon"]
        child = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30)
        same((child.returncode, child.stdout, child.stderr), (0, b"end\n", b""))
    print("good")
