"""What the library calls: readers of bodies, and logs.

Its functions run on whatever thread waits in the session, but never on the main thread, where a signal could
raise what it likes before they get to deal with it: that waits for a helper meanwhile.
"""

import atexit
import ctypes
import io
import itertools
import logging
import os
import queue
import stat
import threading
import time
from collections.abc import Iterable, Mapping
from ctypes import CFUNCTYPE, c_char_p, c_int, c_int64, c_size_t, c_uint64, c_void_p

from ._native import _lib

_known = {}  # what C knows by a number
_numbers = itertools.count(1)


def _told_to_c(called):
    """A number for C, which it gives back with _forget."""
    number = next(_numbers)
    _known[number] = called
    return number


def _callback(result, *arguments):
    """Makes a function one for C that is there as long as C may call it: when the interpreter ends the last
    objects go after this module."""
    def make(function):
        made = CFUNCTYPE(result, *arguments)(function)
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(made))
        return made

    return make


# A method of C itself: no line of Python runs, and so no handler of a signal, where an object is freed.
_forget = _callback(None, c_void_p)(_known.pop)


@_callback(c_int64, c_void_p, c_size_t, c_void_p)
def _read(into, room, number):
    reader = _known[number]
    try:
        data = reader.read(room)
        ctypes.memmove(into, data, len(data))
        return len(data)
    except BaseException as error:
        reader.error = error
        return -1


@_callback(c_int, c_void_p)
def _rewind(number):
    reader = _known[number]
    try:
        reader.rewind()
        return 0
    except BaseException as error:
        reader.error = error
        return 1


@_callback(None, c_int, c_uint64, c_char_p, c_char_p, c_void_p)
def _log(level, request, event, text, number):
    log = _known[number]
    try:
        log.function(_LEVELS[level], request, event.decode(), text.decode())
    except BaseException as error:
        log.errors.append(error)


_LEVELS = {0: logging.ERROR, 1: logging.INFO, 2: logging.DEBUG}


class _Log:
    def __init__(self, function, errors):
        self.function, self.errors = function, errors


class _Reader:
    """A body that is read while it is sent: a file, or anything that gives bytes one after the other."""

    length, again = -1, False
    error = None

    def __init__(self, body):
        self._body, self._rest = body, memoryview(b"")
        self._is_file = hasattr(body, "read")
        if self._is_file:
            self._measure()
        elif isinstance(body, Iterable) and not isinstance(body, (str, Mapping)):
            self._items = iter(body)
            self.again = self._items is not body
        else:
            raise TypeError("%s instead of bytes, a file or an iterable as the body" % type(body).__name__)

    def _measure(self):
        """From where the file stands to its end, if it is one that knows both."""
        try:
            self._start = self._body.tell()
            self._body.seek(self._start)
            self.again = True
            if isinstance(self._body, io.TextIOBase) or not self._regular():
                return
            self.length = max(self._body.seek(0, os.SEEK_END) - self._start, 0)
            self._body.seek(self._start)
        except (AttributeError, OSError, ValueError, TypeError):
            pass

    def _regular(self):
        """Others have no end, or tell that it is at 0."""
        try:
            return stat.S_ISREG(os.fstat(self._body.fileno()).st_mode)
        except (AttributeError, OSError):
            return True  # in memory

    def read(self, room):
        while not self._rest:
            data = self._body.read(room) if self._is_file else next(self._items, self)
            if data is self:  # the end
                return b""
            self._rest = memoryview(data.encode() if isinstance(data, str) else data).cast("B")
            if self._is_file and not self._rest:
                return b""
        data, self._rest = bytes(self._rest[:room]), self._rest[room:]
        return data

    def rewind(self):
        self._rest = memoryview(b"")
        if self._is_file:
            self._body.seek(self._start)
        else:
            self._items = iter(self._body)


class _Helper:
    """A thread that calls functions for the main one, until the last reference to this object goes."""

    def __init__(self):
        self._calls = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, args=(self._calls,), daemon=True)
        try:
            self._thread.start()
        except RuntimeError:  # no thread begins any more when the interpreter ends
            self._thread = None

    @staticmethod
    def _work(calls):
        while True:
            function, results = calls.get()
            if function is None:
                return
            results.put(function())
            del function, results  # which would keep the response alive until the next call

    def is_alive(self):
        return self._thread is not None and self._thread.is_alive()

    def run(self, function):
        if self._thread is None:
            return function()
        results = queue.SimpleQueue()
        self._calls.put((function, results))
        return results.get()

    def __del__(self):
        self._calls.put((None, None))


_inside = {}  # the calls into C that may call Python, by a mark of each, and the sessions that they wait in
_ending = False
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_inside.clear)  # which does not have those threads


def _calling(session, function):
    """Calls C where that may call Python: not when the interpreter ends, which would end the thread in the midst
    of C, and so the process."""
    mark = object()
    _inside[mark] = session
    try:
        if _ending:
            del _inside[mark]
            threading.Event().wait()  # for the end
        return function()
    finally:
        _inside.pop(mark, None)


@atexit.register
def _end():
    """Gets the threads that are left out of C."""
    global _ending
    _ending = True
    deadline = time.monotonic() + 2  # some may wait for their reader
    while _inside and time.monotonic() < deadline:
        for session in list(_inside.values()):
            pointer = session._pointer
            if pointer:
                _lib.session_cancel(pointer, 0)
        time.sleep(0.01)


class _Waiting:
    """What has to wait. Signals come to the main thread alone, and never while it is in a C function."""

    _helper = None

    def _aside(self, function):
        """Calls a function, and lets signals interrupt that."""
        if threading.current_thread() is not threading.main_thread():
            return function()
        try:
            if self._helper is None or not self._helper.is_alive():  # it is not in a child process
                self._helper = _Helper()
            return self._helper.run(function)
        except BaseException:
            self._helper = None  # it may be at work yet
            raise
