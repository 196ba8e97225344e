"""libhtmlsession for Python, through ctypes: no dependencies, nothing to compile.

    with htmlsession.Session(headers={"User-Agent": "me/1.0"}, timeout=20) as session:
        with session.get("https://example.org/") as response, response.html() as page:
            print(page.title(), page.links())

The library is found by its soname; HTMLSESSION_LIB names another file. Python >= 3.8.

Times are in seconds, fractions too; None is for ever. Texts are str, bodies bytes, and both are copies.

What goes wrong with a transfer is in its Response (error) until raise_for_error() or what reads the body
raises it: body, text, json() and html() never give a part of it, which is in partial_body. A download
into a file, which nobody reads, raises it at once, and so does all else. A status of 400 and more is no
error but for raise_for_status(). What is closed says so with ValueError.

Handles are freed by close(), by `with`, or with the last reference to the object.

Any number of threads may share sessions, jars, responses and pages, and may close them while others
use them: calls under way go on to their end, and who waits is told. A request belongs to one thread at
a time, and so does the reading of a body in pieces. Calls that wait release the interpreter's lock and
let signals through: Ctrl-C ends them, and with them the request. Only a read that has the beginning of
a line goes on until it has the rest.
"""

import ctypes
import json
import math
import numbers
import os
import queue
import threading
import time
from collections.abc import Iterable, Mapping
from ctypes import POINTER, byref, c_char_p, c_double, c_int, c_int64, c_size_t, c_uint32, c_uint64, c_void_p
from functools import partialmethod

__all__ = ["Session", "Request", "Response", "Html", "Jar", "Error", "RequestError", "ConnectionError", "Timeout",
           "ResponseError", "QueryError", "CookieError"]

_ABI = 0
_STATE, _FORKED = 4, 6
_LINKS_ABSOLUTE = 1
_SEARCH_ALL, _SEARCH_TEXT, _SEARCH_CASE = 1, 2, 8
_NODES, _STRING, _NUMBER = 1, 2, 3  # the types of an XPath value; the fourth is boolean
_COOKIE_SENT = 10
_MOST = 2 ** 63 - 1
_SLICE = 0.05  # seconds that a wait in C lasts at most: Python handles signals in between
_lib = ctypes.CDLL(os.environ.get("HTMLSESSION_LIB") or "libhtmlsession.so.%d" % _ABI)


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


def _declare(result, arguments, names):
    for name in names.split():
        function = getattr(_lib, "session_" + name)
        function.restype, function.argtypes = result, arguments


def _uncopied(self, protocol):
    raise TypeError("a %s can be neither copied nor pickled" % type(self).__name__.lstrip("_"))


_method = ctypes.pythonapi.PyInstanceMethod_New  # makes a C function a method
_method.restype, _method.argtypes = ctypes.py_object, [ctypes.py_object]


def _kind(prefix):
    """A class of handles of the library, freed with the last reference to them: a call under way holds one.
    Their destructor is the C function itself, since Python ignores what a signal raises in one of its own."""
    _declare(None, [c_void_p], prefix + "free")
    return type("_" + prefix, (c_void_p,), {"__del__": _method(getattr(_lib, "session_" + prefix + "free")),
                                           "__reduce_ex__": _uncopied})


_session, _request, _response, _html, _jar, _buffer, _strings, _value, _matches, _cookies = map(
    _kind, ("", "request_", "response_", "html_", "jar_", "buffer_", "strings_", "value_", "matches_", "cookies_"))
_h, _text, _length, _ints = c_void_p, c_char_p, POINTER(c_size_t), POINTER(c_int)

for _of in "", "request_":
    _declare(c_int, [_h, _text, _text], "{0}set_header {0}set_param {0}set_auth_basic".format(_of))
    _declare(c_int, [_h, _text], "{0}set_auth_bearer {0}set_proxy".format(_of))
    _declare(c_int, [_h, c_int64], "{0}set_timeout_ms {0}set_connect_timeout_ms {0}set_read_timeout_ms".format(_of))
    _declare(c_int, [_h, c_int], "{0}set_verify".format(_of))
_declare(c_uint32, [], "abi_version")
_declare(c_char_p, [c_int], "strerror cookie_reason_text")
for _of, _name in (_session, "new"), (_buffer, "buffer_new"), (_jar, "jar_new"):
    _declare(_of, [], _name)
_declare(_request, [_text, _text], "request_new")
_declare(_jar, [_h], "jar")
_declare(_html, [_h], "response_html")
_declare(c_int, [_h, c_size_t, _text, _text, POINTER(_h), _h], "html_parse")
_declare(c_int, [_h], "fd request_error response_error response_ok response_status response_is_streamed strings_error"
         " value_error value_type value_boolean matches_error jar_clear")
_declare(c_char_p, [_h], "request_error_message response_error_message response_url response_reason"
         " strings_error_message value_error_message matches_error_message")
_declare(c_size_t, [_h], "response_header_count response_history_count strings_count value_count jar_count"
         " cookies_count")
_declare(c_uint64, [_h], "response_id")
_declare(c_void_p, [_h], "response_userdata")
_declare(c_int64, [_h], "response_available")
_declare(c_double, [_h], "value_number")
_declare(c_int, [_h, _h], "set_jar response_html_error response_failure response_json response_read_line html_title"
         " html_next_url matches_json")
_declare(c_int, [_h, _text], "set_base_url request_set_json")
_declare(c_int, [_h, _text, _text], "request_add_header request_add_param request_add_field request_set_cookie")
_declare(c_int, [_h, c_int], "request_set_streamed")
_declare(c_int, [_h, _text, c_char_p, c_size_t], "request_set_body")
_declare(c_int, [_h, _text, c_int], "request_set_output_file")
_declare(c_int, [_h, _h, c_void_p, POINTER(c_uint64)], "submit")
_declare(c_void_p, [_h, c_int64], "next")
_declare(c_void_p, [_h, c_uint64, c_int64], "wait")
_declare(c_int, [_h, c_uint64], "cancel")
_declare(c_void_p, [_h, _length], "buffer_data response_body response_text value_string")
_declare(c_void_p, [_h, c_size_t, _length], "value_item_text cookies_name cookies_value")
_declare(c_char_p, [_h, _text, _length], "response_header")
_declare(c_int, [_h, c_size_t, POINTER(c_char_p), POINTER(c_char_p)], "response_header_at")
_declare(c_int64, [_h, c_void_p, c_size_t], "response_read")
_declare(c_int, [_h, c_uint32, _h], "node_text")
_declare(c_int, [_h, _text, _h], "html_extract")
_declare(_strings, [_h, c_uint32, _text], "html_find_values")
_declare(_strings, [_h, c_uint32, c_uint32], "html_links")
_declare(_value, [_h, c_uint32, _text], "html_xpath")
_declare(_matches, [_h, c_uint32, _text, c_uint32], "html_search")
_declare(c_void_p, [_h, POINTER(_length)], "strings_data")
_declare(c_int, [_h, _text, _text, _text, _text, c_int64, c_uint32, _ints], "jar_set")
_declare(_cookies, [_h, _text, c_uint32, _text], "jar_explain")
_declare(c_int, [_h, _text, c_int, c_uint32, _length, _h], "jar_load")
_declare(c_int, [_h, _text, c_int, _length], "jar_save")
_declare(c_int, [_h, c_size_t], "cookies_reason")

if _lib.session_abi_version() != _ABI:
    raise ImportError("libhtmlsession has ABI %d; this module needs %d" % (_lib.session_abi_version(), _ABI))


def _c(value):
    """A text for C, which would end it at a NUL; None is NULL, bytes are taken as they are."""
    if isinstance(value, os.PathLike):
        value = os.fsencode(value)
    elif isinstance(value, (bytearray, memoryview)):
        value = bytes(value)
    elif isinstance(value, (str, numbers.Number)):
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


class Html(_Handle):
    """A page."""

    _prefix, _kind = "session_html_", _html

    def __init__(self, page, url=None, encoding=None):
        """Parses a page, a str or bytes; its links are relative to the URL. The encoding of bytes is found as
        browsers do, unless it is named."""
        if isinstance(page, str):
            page, encoding = page.encode(), "utf-8"
        page, html = _bytes(page), c_void_p()
        _written(_lib.session_html_parse, page, len(page), _c(url), _c(encoding), byref(html))
        super().__init__(_html(html.value))

    def title(self):
        return _written(self._call, "title")

    def text(self):
        """The whole page as a reader sees it."""
        return _written(_lib.session_node_text, self._of(self), 0)

    def find(self, css):
        """The texts that a selector matches, or with ::attr(name) the attributes."""
        return _list(self._call("find_values", 0, _c(css)))

    def xpath(self, expression):
        """The value of an XPath expression: a str, float or bool, of nodes the list of their texts."""
        value = _asked("value", self._call("xpath", 0, _c(expression)))
        kind = _lib.session_value_type(value)
        if kind == _NODES:
            texts = [_lent(_lib.session_value_item_text, value, i) for i in range(_lib.session_value_count(value))]
            if None in texts:
                raise MemoryError("the texts of the nodes are too long together")
            return [text.decode() for text in texts]
        if kind == _STRING:
            return _lent(_lib.session_value_string, value).decode()
        return _lib.session_value_number(value) if kind == _NUMBER else bool(_lib.session_value_boolean(value))

    def search(self, template, *, text=False, match_case=False):
        """The first match of a search template as a dictionary, its fields in "fixed" (a list) and "named"
        (a dictionary); None if there is none. It is looked for in the HTML, with `text` in the text
        as a reader sees it; with `match_case` "A" is not "a"."""
        return next(iter(self._search(template, 0, text, match_case)), None)

    def search_all(self, template, *, text=False, match_case=False):
        """All matches; else as search()."""
        return self._search(template, _SEARCH_ALL, text, match_case)

    def _search(self, template, flags, text, match_case):
        flags += bool(text) * _SEARCH_TEXT + bool(match_case) * _SEARCH_CASE
        matches = _asked("matches", self._call("search", 0, _c(template), flags))
        return json.loads(_written(_lib.session_matches_json, matches))

    def extract(self, spec):
        """What an extraction specification finds, both as dictionaries: {"title": "h1", "names": ["li"]}."""
        return json.loads(_written(self._call, "extract", _c(json.dumps(spec))))

    def links(self):
        """The absolute URLs that the page links to."""
        return _list(self._call("links", 0, _LINKS_ABSOLUTE))

    def next_url(self):
        """The address of the next page, None on the last."""
        return _written(self._call, "next_url") or None


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


class Response(_Handle):
    """The end of a request, whatever became of it. Close large ones when done with them: the body stays
    in memory with the object."""

    _prefix, _kind = "session_response_", _response

    _helper = None  # reads where the main thread would have to wait

    def __init__(self, pointer, session):
        super().__init__(pointer)
        self._session = session  # lives as long as the body is still to be read
        self.id = self._call("id")

    ok = property(lambda self: bool(self._call("ok")))
    status = property(lambda self: self._call("status"))
    reason = property(lambda self: _utf8(self._call("reason")))
    url = property(lambda self: self._call("url").decode())
    redirects = property(lambda self: self._call("history_count"))

    @property
    def error(self):
        """What went wrong with the transfer, as the Error that raise_for_error() would raise, or None."""
        try:
            self.raise_for_error()
        except Error as error:
            return error.with_traceback(None)

    @property
    def body(self):
        """The body; this and whatever else is made of it raises what went wrong with the transfer."""
        self._whole()
        return self.partial_body

    @property
    def partial_body(self):
        """What came of the body, whatever became of the rest."""
        return _lent(_lib.session_response_body, self._of(self)) or b""

    @property
    def text(self):
        self._whole()
        return _lent(_lib.session_response_text, self._of(self)).decode()

    def _whole(self):
        self.raise_for_error()
        if self._call("is_streamed"):
            _check(_STATE, b"a streamed response is read with iter_bytes() or iter_lines()")

    @property
    def headers(self):
        """All header fields in the order received, as pairs of name and value."""
        pointer, name, value, pairs = self._of(self), c_char_p(), c_char_p(), []
        for index in range(_lib.session_response_header_count(pointer)):
            _check(_lib.session_response_header_at(pointer, index, byref(name), byref(value)))
            pairs.append((_utf8(name.value), _utf8(value.value)))
        return pairs

    def header(self, name):
        """The first value of a header, whatever the case of its name, or None."""
        return _utf8(self._call("header", _c(name), None))

    def json(self):
        """What the body is as JSON."""
        self._whole()
        return json.loads(_written(self._call, "json"))

    def raise_for_error(self):
        """Raises what went wrong with the transfer; a status of 400 and more is no error."""
        _check(self._call("error"), self._call("error_message"))
        return self

    def raise_for_status(self):
        """The same, and a status of 400 and more is an error too (408, a ResponseError)."""
        _written(self._call, "failure")
        return self

    def html(self, check=True):
        """The body as a page. Raises what went wrong with the transfer; with check=False the page is
        made of what had come until then."""
        if check:
            self._whole()
        _written(self._call, "html_error")
        return Html._made(self._call("html"))

    def iter_bytes(self, size=65536):
        """The body in pieces, while it comes if the request was streamed. It can be read once."""
        if size < 1:
            raise ValueError("pieces of %d bytes" % size)
        piece = ctypes.create_string_buffer(size)
        while True:
            count = self._read("read", piece, size)
            if not count:
                return
            yield ctypes.string_at(piece, count)

    def iter_lines(self):
        """The body's lines as bytes, without their ends. It can be read once."""
        buffer = _lib.session_buffer_new()
        while self._read("read_line", buffer):
            yield _lent(_lib.session_buffer_data, buffer)

    def _read(self, name, *arguments):
        """A read, which returns a number, or an error's code with a minus."""
        counts = []
        if threading.current_thread() is not threading.main_thread() or self._call("available"):
            counts.append(self._call(name, *arguments))
        else:
            # Signals come to the main thread alone, and never while it is in a C function.
            read, pointer = getattr(_lib, self._prefix + name), self._of(self)
            try:
                if self._helper is None or not self._helper.is_alive():  # it is not in a child process
                    self._helper = _Helper()
                counts.append(self._helper.run(lambda: read(pointer, *arguments)))
            except BaseException:
                self._helper = None  # it may be at work yet
                self._stop()
                raise
        if counts[0] < 0:
            _check(-counts[0], self._call("error_message"))
        return counts[0]

    def _stop(self):
        session = self._session._pointer
        if session:  # with a session that is closed the transfer is at its end
            _lib.session_cancel(session, self.id)

    def close(self):
        """Frees the response. A transfer that still goes on is cancelled, and who waits for more of it told."""
        pointer = self._pointer
        super().close()
        self._helper = None
        if pointer and _lib.session_response_is_streamed(pointer):
            self._stop()


def _pairs(given):
    """Name, value, and whether the name stood there before; of a mapping or of pairs. Several values of a
    name are a list, or anything else that has them one by one."""
    seen = set()
    for name, value in given.items() if hasattr(given, "items") else given:
        single = not isinstance(value, Iterable) or isinstance(value, (str, bytes, bytearray, memoryview, Mapping))
        for one in [value] if single else value:
            yield name, one, name in seen
            seen.add(name)


def _one(convert):
    return lambda value: [convert(value)]


def _credentials(pair):
    if pair is None:
        return None, None
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise TypeError("auth is a pair of user and password")
    return map(_c, pair)


def _switch(value):
    """What would be dangerous to guess."""
    if not isinstance(value, bool):
        raise TypeError("verify is True or False")
    return value


class _Settings(_Handle):
    """What sessions and requests have in common. A request's settings stand above its session's."""

    _values = {"auth": ("set_auth_basic", _credentials),
               "bearer": ("set_auth_bearer", _one(_c)), "proxy": ("set_proxy", _one(_c)),
               "verify": ("set_verify", _one(_switch)), "timeout": ("set_timeout_ms", _one(_ms)),
               "connect_timeout": ("set_connect_timeout_ms", _one(_ms)),
               "read_timeout": ("set_read_timeout_ms", _one(_ms))}

    def set(self, **options):
        """Changes settings by their names:

        headers          in place of the default ones; with the value None no such header is sent
        params           of the query, behind those of the URL; None takes the session's back
        auth             (user, password) for HTTP Basic; None takes credentials of any kind back
        bearer           a token; None as for auth
        timeout          seconds for the whole request; connect_timeout, read_timeout for parts of it
        proxy            a URL; None: no proxy, whatever the environment says
        verify           False: certificates are not looked at
        base_url         (session) what relative URLs are resolved against
        fields           (request) of a form, which become the body
        json             (request) what is to be the body as JSON
        cookies          (request) sent with this request alone
        stream           (request) the response comes with its head, its body is read while it comes

        headers, params, fields and cookies are dictionaries or pairs; in a request a list stands for
        several values of a name. Numbers are written in digits. None in place of one of these or of json is
        nothing to set."""
        for option, value in options.items():
            if value is None and (option in self._lists or option == "json"):
                continue
            if option in self._lists:
                self._set_pairs(*self._lists[option], value)
            elif option in self._values:
                function, convert = self._values[option]
                _check(self._call(function, *convert(value)), about=option)
            else:
                raise TypeError("a %s has no option %r" % (type(self).__name__, option))

    def _set_pairs(self, first, further, pairs):
        for name, value, again in _pairs(pairs):
            function = further if again else first
            if function is None:
                raise TypeError("a session has one value for each name")
            about = '%s "%s"' % (function.split("_")[1], _utf8(_c(name)))
            _check(self._call(function, _c(name), _c(value)), about=about)


class Request(_Settings):
    """A request that can be sent or submitted any number of times."""

    _prefix, _kind = "session_request_", _request
    _download = False
    _lists = {"headers": ("set_header", "add_header"), "params": ("set_param", "add_param"),
              "fields": ("add_field", "add_field"), "cookies": ("set_cookie", "set_cookie")}
    _values = dict(_Settings._values, json=("set_json", lambda value: [_c(json.dumps(value))]),
                   stream=("set_streamed", _one(bool)))

    def __init__(self, method, url, *, body=None, content_type=None, output_file=None, resume=True, **options):
        """The body is bytes or a str, which is sent in UTF-8. With output_file what comes with status 200 goes
        into a file, and with resume a broken download is gone on with. Further options as for set()."""
        super().__init__(_lib.session_request_new(_c(method), _c(url)))
        _check(self._call("error"), self._call("error_message"))
        if body is not None:
            body = body.encode() if isinstance(body, str) else _bytes(body)
            _check(self._call("set_body", _c(content_type), body, len(body)), about="body")
        if output_file is not None:
            _check(self._call("set_output_file", _c(output_file), resume), about="output_file")
            self._download = True
        self.set(**options)


class Jar(_Handle):
    """A cookie jar; any number of sessions may share one."""

    _prefix, _kind = "session_jar_", _jar

    def __init__(self):
        super().__init__(_lib.session_jar_new())

    def __len__(self):
        return self._call("count")

    def set(self, name, value, domain, *, path="/", expires=None, secure=False, http_only=False, subdomains=False):
        """Sets a cookie of a host. expires is a time as of time.time(); None: when the session ends."""
        reason, flags = c_int(), bool(secure) * 1 + bool(http_only) * 2 + bool(subdomains) * 4
        expires = 0 if expires is None else max(1, _milliseconds(expires))  # in C 0 is the session
        code = self._call("set", _c(domain), _c(path), _c(name), _c(value), expires, flags, byref(reason))
        _check(code, _lib.session_cookie_reason_text(reason), 'cookie "%s"' % name)

    def cookies(self, url):
        """The cookies that a request to this URL sends, as pairs of name and value in the order of the header."""
        cookies = self._call("explain", _c(url), 0, None)
        if not cookies:
            raise RequestError(100, 'no cookies for "%s"' % url)
        sent = (i for i in range(_lib.session_cookies_count(cookies))
                if _lib.session_cookies_reason(cookies, i) == _COOKIE_SENT)
        of = _lib.session_cookies_name, _lib.session_cookies_value
        return [tuple(_utf8(_lent(part, cookies, i)) for part in of) for i in sent]

    def load(self, path):
        """Adds the cookies of a file (Netscape's cookies.txt, or JSON) and returns how many."""
        count = c_size_t()
        _written(self._call, "load", _c(path), 0, 0, byref(count))
        return count.value

    def save(self, path):
        """Saves the cookies: as JSON if the name ends in ".json", else as cookies.txt. Returns how many."""
        count = c_size_t()
        _check(self._call("save", _c(path), 0, byref(count)), about=str(path))
        return count.value

    def clear(self):
        _check(self._call("clear"))


class Session(_Settings):
    """Cookies, connections and defaults that requests share."""

    _prefix, _kind = "session_", _session
    _lists = {"headers": ("set_header", None), "params": ("set_param", None)}
    _values = dict(_Settings._values, base_url=("set_base_url", _one(_c)))

    def __init__(self, **options):
        """Options as for set()."""
        super().__init__(_lib.session_new())
        self._process = os.getpid()
        self._lock = threading.RLock()  # a signal handler may use the session too
        self._arrived = []  # what came out of the library and was not taken yet, by whichever thread
        self._submitted = 0
        self.set(**options)

    @property
    def jar(self):
        """The cookies; to be set to another session's jar to share them."""
        jar = self._call("jar")
        if not jar:
            _check(_FORKED)
        return Jar._made(jar)

    @jar.setter
    def jar(self, jar):
        _check(self._call("set_jar", Jar._of(jar)))

    def request(self, method, url, **options):
        """Sends a request, with the options of Request, and waits for its response."""
        with Request(method, url, **options) as request:
            return self.perform(request)

    get = partialmethod(request, "GET")
    head = partialmethod(request, "HEAD")
    post = partialmethod(request, "POST")
    put = partialmethod(request, "PUT")
    patch = partialmethod(request, "PATCH")
    delete = partialmethod(request, "DELETE")

    def perform(self, request):
        """Sends a request and waits for its response. Raises what went wrong with a download."""
        response = self._exchange(request)
        return response.raise_for_error() if request._download else response

    def _exchange(self, request):
        number, response = c_uint64(), None
        try:
            self._submit(request, 1, number)
            while response is None:
                response = self._wait(number.value, _ms(_SLICE))
            return response
        except BaseException:
            if number and self._pointer:  # an interrupt: the response must not stay where nobody asks for it
                self.cancel(number.value)
                self._wait(number.value, 1000)
            raise

    def _submit(self, request, userdata, number):
        """The number is written in C, so that it is known whatever interrupts this; 0 if nothing began."""
        _check(self._call("submit", Request._of(request), userdata, byref(number)))

    def _wait(self, number, milliseconds):
        self._fetch(_lib.session_wait, number, milliseconds)
        return self._take(lambda arrived: _lib.session_response_id(arrived) == number)

    def _fetch(self, function, *arguments):
        """What a waiting function returns goes straight into the list: no line of Python runs in between,
        so an interrupt loses no response, which may be one that another thread waits for."""
        self._arrived.extend(filter(None, map(function, [self._of(self)], *([argument] for argument in arguments))))

    def _take(self, wanted):
        with self._lock:
            for index, pointer in enumerate(self._arrived):
                if wanted(pointer):
                    return Response(_response(self._arrived.pop(index)), self)

    def submit(self, request):
        """Starts a request and returns its id, which its response, handed out by next(), will carry."""
        number = c_uint64()
        with self._lock:
            self._submitted += 1
        try:
            self._submit(request, None, number)
            return number.value
        finally:
            if not number:
                with self._lock:
                    self._submitted -= 1

    def next(self, timeout=0):
        """A finished response of a submitted request, or None; waits at most this many seconds (None: as
        long as it takes)."""
        end = math.inf if timeout is None else time.monotonic() + timeout
        while True:
            wait = max(0, min(_SLICE, end - time.monotonic()))
            count = len(self._arrived)
            self._fetch(_lib.session_next, _ms(wait))
            response = self._take(lambda arrived: not _lib.session_response_userdata(arrived))
            if response is not None:
                with self._lock:
                    self._submitted -= 1
                return response
            if len(self._arrived) <= count and (wait == 0 or not self.outstanding):
                return None

    @property
    def outstanding(self):
        """How many submitted requests next() still has to hand out."""
        self._of(self)
        return self._submitted if self._process == os.getpid() else 0

    def fileno(self):
        """Readable when next() has something to do: for select, selectors and asyncio."""
        fd = self._call("fd")
        if fd < 0:
            raise OSError("no descriptor left")
        return fd

    def cancel(self, number=0):
        """Cancels one submitted request, or with 0 all; each still gives its response."""
        if not 0 <= number < 2 ** 64:  # C would take the rest of it
            raise ValueError("no request has the id %d" % number)
        _check(self._call("cancel", number))
