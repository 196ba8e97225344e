"""libhtmlsession for Python, through ctypes: no dependencies, nothing to compile.

    with htmlsession.Session() as session:
        page = session.get("https://example.org/").raise_for_error().html()
        print(page.title(), page.links())

The library is found by its soname; HTMLSESSION_LIB names another file. ctypes releases the
interpreter's lock during each call, so threads share one session. Texts are copied out at once;
handles are freed by close(), by `with`, or with the object.
"""

import ctypes
import os
import weakref
from ctypes import POINTER, byref, c_char_p, c_int, c_int64, c_size_t, c_uint32, c_uint64, c_void_p

_ABI = 0
_LINKS_ABSOLUTE = 1
_library = ctypes.CDLL(os.environ.get("HTMLSESSION_LIB") or "libhtmlsession.so.%d" % _ABI)


class _lib:
    """The functions as they are in C; _declare() puts them here."""


class Error(Exception):
    """What went wrong: the number of a session_code, and one line that names the offender."""

    def __init__(self, code, message=""):
        self.code = code
        super().__init__(message or _lib.session_strerror(code).decode())


class RequestError(Error, ValueError): """The request cannot be made (codes 1xx)."""
class ConnectionError(Error, OSError): """No connection, or it broke (2xx)."""
class Timeout(Error, TimeoutError): """A time-out passed (3xx)."""
class ResponseError(Error): """The response cannot be used (4xx)."""
class QueryError(Error, ValueError): """The question to a page is wrong (5xx)."""
class CookieError(Error, ValueError): """A cookie or a cookie file was refused (6xx)."""


_FAMILIES = {1: RequestError, 2: ConnectionError, 3: Timeout, 4: ResponseError, 5: QueryError, 6: CookieError}


def _check(code, message=b""):
    if code:
        raise _FAMILIES.get(code // 100, Error)(code, (message or b"").decode())


def _c(text):
    """A text for C, which would end it at a NUL."""
    if "\0" in text:
        raise ValueError("NUL in a text")
    return text.encode()


def _declare(result, name, *arguments):
    function = getattr(_library, "session_" + name)
    function.restype, function.argtypes = result, arguments

    def call(*values):
        try:
            return function(*values)
        except ctypes.ArgumentError:
            for value in values:
                if isinstance(value, _Handle):
                    value._as_parameter_  # a closed object says so itself; ctypes hides its error
            raise

    setattr(_lib, "session_" + name, staticmethod(call))


_h, _text, _length = c_void_p, c_char_p, POINTER(c_size_t)  # every handle is a pointer to nothing we look into
_declare(c_char_p, "strerror", c_int)
_declare(c_uint32, "abi_version")
for _kind in ("", "request_", "response_", "html_", "strings_", "buffer_"):
    _declare(None, _kind + "free", _h)
for _name in ("new", "buffer_new"):
    _declare(_h, _name)
_declare(_h, "request_new", _text, _text)
_declare(c_int, "request_error", _h)
_declare(c_char_p, "request_error_message", _h)
for _name in ("set_header", "set_param", "add_field", "set_cookie"):
    _declare(c_int, "request_" + _name, _h, _text, _text)
_declare(c_int, "request_set_timeout_ms", _h, c_int64)
_declare(c_int, "request_set_streamed", _h, c_int)
_declare(c_int, "request_set_output_file", _h, _text, c_int)
_declare(_h, "send", _h, _h)
_declare(c_int, "submit", _h, _h, c_void_p, POINTER(c_uint64))
_declare(_h, "next", _h, c_int64)
_declare(c_size_t, "outstanding", _h)
_declare(c_int, "fd", _h)
_declare(c_int, "cancel", _h, c_uint64)
for _name in ("error", "ok", "status"):
    _declare(c_int, "response_" + _name, _h)
for _name in ("error_message", "url"):
    _declare(c_char_p, "response_" + _name, _h)
_declare(c_char_p, "response_header", _h, _text, _length)
_declare(c_uint64, "response_id", _h)
_declare(c_size_t, "response_history_count", _h)
_declare(c_void_p, "response_body", _h, _length)
_declare(c_void_p, "response_text", _h, _length)
_declare(_h, "response_html", _h)
_declare(c_int, "response_html_error", _h, _h)
_declare(c_int64, "response_read", _h, c_void_p, c_size_t)
_declare(c_int, "response_read_line", _h, _h)
_declare(c_void_p, "buffer_data", _h, _length)
for _name in ("title", "next_url"):
    _declare(c_int, "html_" + _name, _h, _h)
_declare(_h, "html_find_values", _h, c_uint32, _text)
_declare(_h, "html_links", _h, c_uint32, c_uint32)
_declare(c_int, "strings_error", _h)
_declare(c_char_p, "strings_error_message", _h)
_declare(c_size_t, "strings_count", _h)
_declare(c_void_p, "strings_data", _h, POINTER(POINTER(c_size_t)))

if _lib.session_abi_version() != _ABI:
    raise ImportError("libhtmlsession has ABI %d; this module needs %d" % (_lib.session_abi_version(), _ABI))


class _Handle:
    """Owns one handle of the library, and frees it exactly once."""

    def __init__(self, pointer, free):
        if not pointer:
            raise MemoryError("libhtmlsession made no object")
        self._pointer = pointer
        self.close = weakref.finalize(self, free, pointer)

    @property
    def _as_parameter_(self):
        if not self.close.alive:
            raise ValueError(type(self).__name__ + " is closed")
        return self._pointer

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def _bytes(function, handle):
    length = c_size_t()
    data = function(handle, byref(length))
    return ctypes.string_at(data, length.value) if data else b""


def _written(function, html):
    with _Handle(_lib.session_buffer_new(), _lib.session_buffer_free) as buffer:
        _check(function(html, buffer))
        return _bytes(_lib.session_buffer_data, buffer).decode()


def _list(pointer):
    """All strings of a list: one call, one copy."""
    with _Handle(pointer, _lib.session_strings_free) as strings:
        _check(_lib.session_strings_error(strings), _lib.session_strings_error_message(strings))
        at = POINTER(c_size_t)()
        data = _lib.session_strings_data(strings, byref(at))
        count = _lib.session_strings_count(strings)
        data = ctypes.string_at(data, at[count])
        return [data[at[i]:at[i + 1] - 1].decode() for i in range(count)]


class Html(_Handle):
    """A page."""

    def __init__(self, pointer):
        super().__init__(pointer, _lib.session_html_free)

    def title(self):
        return _written(_lib.session_html_title, self)

    def find(self, css):
        """The texts that a selector matches, or with ::attr(name) the attributes."""
        return _list(_lib.session_html_find_values(self, 0, _c(css)))

    def links(self):
        """The absolute URLs that the page links to."""
        return _list(_lib.session_html_links(self, 0, _LINKS_ABSOLUTE))

    def next_url(self):
        """The address of the next page, None on the last."""
        return _written(_lib.session_html_next_url, self) or None


class Response(_Handle):
    """The end of a request, whatever became of it."""

    def __init__(self, pointer):
        super().__init__(pointer, _lib.session_response_free)

    ok = property(lambda self: bool(_lib.session_response_ok(self)))
    status = property(lambda self: _lib.session_response_status(self))
    url = property(lambda self: _lib.session_response_url(self).decode())
    id = property(lambda self: _lib.session_response_id(self))
    redirects = property(lambda self: _lib.session_response_history_count(self))
    body = property(lambda self: _bytes(_lib.session_response_body, self))
    text = property(lambda self: _bytes(_lib.session_response_text, self).decode())

    def header(self, name):
        value = _lib.session_response_header(self, _c(name), None)
        return None if value is None else value.decode("utf-8", "surrogateescape")

    def raise_for_error(self):
        """Raises what went wrong with the transfer; a status of 400 and more is no error."""
        _check(_lib.session_response_error(self), _lib.session_response_error_message(self))
        return self

    def html(self):
        _check(_lib.session_response_html_error(self, None))
        return Html(_lib.session_response_html(self))

    def _count(self, number):
        """What a reading function returned: a number, or an error's code with a minus."""
        if number < 0:
            _check(-number, _lib.session_response_error_message(self))
        return number

    def iter_bytes(self, size=65536):
        """The body in pieces, while it comes if the request was streamed."""
        piece = ctypes.create_string_buffer(size)
        while count := self._count(_lib.session_response_read(self, piece, size)):
            yield piece.raw[:count]

    def iter_lines(self):
        """The body's lines as bytes, without their ends."""
        with _Handle(_lib.session_buffer_new(), _lib.session_buffer_free) as buffer:
            while self._count(_lib.session_response_read_line(self, buffer)):
                yield _bytes(_lib.session_buffer_data, buffer)


class Request(_Handle):
    """A request that can be sent or submitted any number of times."""

    def __init__(self, method, url, *, fields=None, headers=None, params=None, timeout=None, stream=False,
                 output_file=None, resume=True):
        """With stream the response comes with its head, and its body is read while it comes; with
        output_file it goes into a file, and a broken download can be gone on with."""
        super().__init__(_lib.session_request_new(_c(method), _c(url)), _lib.session_request_free)
        _check(_lib.session_request_error(self), _lib.session_request_error_message(self))
        for add, pairs in ((_lib.session_request_add_field, fields), (_lib.session_request_set_header, headers),
                           (_lib.session_request_set_param, params)):
            for name, value in (pairs or {}).items():
                _check(add(self, _c(name), _c(value)))
        if timeout is not None:
            _check(_lib.session_request_set_timeout_ms(self, int(timeout * 1000)))
        if stream:
            _check(_lib.session_request_set_streamed(self, 1))
        if output_file is not None:
            _check(_lib.session_request_set_output_file(self, _c(output_file), resume))


class Session(_Handle):
    """Cookies, connections and defaults that requests share; any number of threads may use one."""

    def __init__(self):
        super().__init__(_lib.session_new(), _lib.session_free)

    def request(self, method, url, **options):
        with Request(method, url, **options) as request:
            return Response(_lib.session_send(self, request))

    def get(self, url, **options):
        return self.request("GET", url, **options)

    def post(self, url, **options):
        return self.request("POST", url, **options)

    def submit(self, request):
        """Starts a request and returns its id, which its response will carry."""
        number = c_uint64()
        _check(_lib.session_submit(self, request, None, byref(number)))
        return number.value

    def next(self, timeout=0):
        """A finished response, or None; waits at most this many seconds (None: as long as it takes)."""
        pointer = _lib.session_next(self, -1 if timeout is None else int(timeout * 1000))
        return Response(pointer) if pointer else None

    @property
    def outstanding(self):
        return _lib.session_outstanding(self)

    def fileno(self):
        """Readable when next() has something to do: for select, selectors and asyncio."""
        fd = _lib.session_fd(self)
        if fd < 0:
            raise OSError("no descriptor left")
        return fd

    def cancel(self, number=0):
        """Cancels one submitted request, or with 0 all; each still gives its response."""
        _check(_lib.session_cancel(self, number))
