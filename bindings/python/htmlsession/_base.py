"""What all parts of the binding use: errors, texts, and objects of the library."""

import ctypes
import math
import numbers
import os
from ctypes import POINTER, byref, c_int, c_size_t

from ._native import _buffer, _lib, _uncopied

_MOST = 2 ** 63 - 1


class Error(Exception):
    """What went wrong: the number of a session_code, and one line that names the offender."""

    def __init__(self, code, message=""):
        self.code = code
        super().__init__(message or _lib.session_strerror(code).decode())

    def __reduce__(self):  # for other processes
        return type(self), (self.code, str(self))


class RequestError(Error, ValueError): """The request cannot be made (codes 1xx)."""
class ConnectionError(Error, ConnectionError): """No connection, or it broke (2xx)."""
class Timeout(Error, TimeoutError): """A time-out passed (3xx)."""
class ResponseError(Error): """The response cannot be used, or has a status of 400 and more (4xx)."""
class QueryError(Error, ValueError): """The question to a page is wrong (5xx)."""
class CookieError(Error, ValueError): """A cookie or a cookie file was refused (6xx)."""


_FAMILIES = {1: RequestError, 2: ConnectionError, 3: Timeout, 4: ResponseError, 5: QueryError, 6: CookieError}


def _check(code, message=b"", about=""):
    if code:
        message = (message or _lib.session_strerror(code)).decode()
        raise _FAMILIES.get(code // 100, Error)(code, "%s: %s" % (about, message) if about else message)


def _c(value):
    """A text for C, which would end it at a NUL; None is NULL, bytes are taken as they are."""
    if isinstance(value, os.PathLike):
        value = os.fsencode(value)
    elif isinstance(value, (bytearray, memoryview)):
        value = bytes(value)
    elif isinstance(value, str):
        value = value.encode()  # not str(), which names the members of an enumeration
    elif isinstance(value, numbers.Number):
        value = str(value).encode()
    elif not isinstance(value, (bytes, type(None))):
        raise TypeError("%s instead of a text" % type(value).__name__)
    if value and b"\0" in value:
        raise ValueError("NUL in a text")
    return value


def _milliseconds(seconds):
    return _MOST if seconds == math.inf else min(math.ceil(seconds * 1000), _MOST)


def _ms(seconds):
    """A time to wait, for ever as C has it."""
    if seconds in (None, math.inf):
        return -1
    if not seconds >= 0:
        raise ValueError("a time of %r seconds" % seconds)
    return _milliseconds(seconds)


def _count(number, most=2 ** 32 - 1):
    """A number for C, which would take the rest of one that is too large."""
    if not isinstance(number, int) or isinstance(number, bool):
        raise TypeError("%s instead of an int" % type(number).__name__)
    if not 0 <= number <= most:
        raise ValueError("%d is out of range" % number)
    return number


def _bytes(data):
    """Bytes, of whatever kind; a number would become as many NULs."""
    return data if isinstance(data, bytes) else bytes(memoryview(data))


def _lent(function, *arguments):
    """A copy of what a handle, which the arguments keep alive meanwhile, lends."""
    length = c_size_t()
    data = function(*arguments, byref(length))
    return ctypes.string_at(data, length.value) if data else None


def _utf8(data):
    """What servers send in headers need not be UTF-8; encode() with surrogateescape gives the bytes."""
    return None if data is None else data.decode("utf-8", "surrogateescape")


def _written(function, *arguments):
    """What a function writes into a buffer: its result or, where it fails, the message."""
    buffer = _lib.session_buffer_new()
    code = function(*arguments, buffer)
    data = _lent(_lib.session_buffer_data, buffer)
    _check(code, data)
    return data.decode()


def _asked(kind, result):
    """A result of a query, unless it carries an error."""
    _check(getattr(_lib, "session_%s_error" % kind)(result), getattr(_lib, "session_%s_error_message" % kind)(result))
    return result


def _list(strings):
    """All strings of a list: one call, one copy."""
    _asked("strings", strings)
    at = POINTER(c_size_t)()
    data = _lib.session_strings_data(strings, byref(at))
    count = _lib.session_strings_count(strings)
    data = ctypes.string_at(data, at[count])
    return [data[at[i]:at[i + 1] - 1].decode() for i in range(count)]


class _Handle:
    """An object of the library. A call takes a reference to the pointer first: close() only lets go of
    this one's, so the object is freed when the last call has left it."""

    def __init__(self, pointer):
        if not isinstance(pointer, self._kind):
            raise TypeError("a %s is not made of a %s" % (type(self).__name__, type(pointer).__name__))
        if not pointer:
            raise MemoryError("libhtmlsession made no object")
        self._pointer = pointer

    __reduce_ex__ = _uncopied

    @classmethod
    def _made(cls, pointer):
        """An object of what the library gave out."""
        handle = cls.__new__(cls)
        _Handle.__init__(handle, pointer)
        return handle

    def close(self):
        self._pointer = None

    @classmethod
    def _of(cls, handle):
        """The pointer of a handle that must be one of this class."""
        if not isinstance(handle, cls):
            raise TypeError("%s instead of a %s" % (type(handle).__name__, cls.__name__))
        pointer = handle._pointer
        if pointer is None:
            raise ValueError(cls.__name__ + " is closed")
        return pointer

    def _call(self, name, *arguments):
        return getattr(_lib, self._prefix + name)(self._of(self), *arguments)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
