"""Sessions, requests, responses and cookies."""

import datetime
import json
import logging
import math
import numbers
import os
import re
import threading
import time
from collections.abc import Iterable, Mapping
from ctypes import byref, c_char_p, c_int, c_size_t, c_uint64
from functools import partialmethod

from ._base import (_MOST, RequestError, _bytes, _c, _check, _count, _Handle, _lent, _milliseconds, _ms, _utf8,
                    _written)
from ._callbacks import _calling, _forget, _Log, _log, _read, _Reader, _rewind, _told_to_c, _Waiting
from ._native import _jar, _lib, _request, _response, _session
from ._response import Response

_FORKED = 6
_REFUSED = 600
_COOKIE_STORED, _COOKIE_SENT, _COOKIE_EXPIRED = 1, 10, 53  # reasons of a jar; those up to 1 say that it was
_SLICE = 0.05  # seconds that a wait in C lasts at most: Python handles signals in between


def version():
    """The version of the library in use; htmlsession.__version__ is that of this package."""
    return _lib.session_version().decode()


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
    if not isinstance(pair, (tuple, list)) or len(pair) != 2 or None in pair:
        raise TypeError("credentials are a pair of user and password")
    user, password = map(_c, pair)
    if re.search(rb"[\0-\x1f\x7f]", user):
        raise ValueError("a control character in the name of the user")
    return user, password


def _basic(pair):
    user, password = _credentials(pair)
    if user and b":" in user:
        raise ValueError("a colon in the name of the user, where HTTP Basic ends it")
    if password and re.search(rb"[\0-\x1f\x7f]", password):
        raise ValueError("a control character in the password")
    return user, password


def _switch(value):
    """What would be dangerous to guess."""
    if not isinstance(value, bool):
        raise TypeError("%s instead of True or False" % type(value).__name__)
    return value


def _retry(value):
    attempts, wait = value if isinstance(value, (tuple, list)) else (value, 0.5)
    return _count(attempts), _milliseconds(wait)


def _certificate(value):
    """A file, or the files of the certificate and of its key, and a passphrase."""
    value = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    if not 1 <= len(value) <= 3:
        raise TypeError("client_cert is a file, or (certificate, key[, passphrase])")
    return map(_c, (value + (None, None))[:3])


class _Settings(_Handle):
    """What sessions and requests have in common. A request's settings stand above its session's."""

    _values = {"auth": ("set_auth_basic", _basic), "digest": ("set_auth_digest", _credentials),
               "retry": ("set_retry", _retry), "max_redirects": ("set_redirect_limit", _one(_count)),
               "max_body": ("set_max_body", _one(lambda size: -1 if size is None else _count(size, _MOST))),
               "refresh": ("set_refresh", _one(lambda wait: -1 if wait is None else _milliseconds(wait))),
               "bearer": ("set_auth_bearer", _one(_c)), "proxy": ("set_proxy", _one(_c)),
               "verify": ("set_verify", _one(_switch)), "timeout": ("set_timeout_ms", _one(_ms)),
               "connect_timeout": ("set_connect_timeout_ms", _one(_ms)),
               "read_timeout": ("set_read_timeout_ms", _one(_ms))}

    def set(self, **options):
        """Changes settings by their names:

        headers          in place of the default ones; with the value None no such header is sent
        params           of the query, behind those of the URL; None takes the session's back
        auth             (user, password) for HTTP Basic; None takes credentials of any kind back
        digest           (user, password) for HTTP Digest; bearer: a token; None as for auth
        timeout          seconds for the whole request (300); connect_timeout (10), read_timeout (30) for parts of it
        retry            how often to try in all (1), or with the seconds before the second try: (3, 0.5)
        max_redirects    how many are followed (30); 0: none
        refresh          pages that lead on by themselves are followed if they wait no longer than this; None: not
        max_body         the most bytes that a body may have; None: no limit
        proxy            a URL; None: no proxy, whatever the environment says
        verify           False: certificates are not looked at

        base_url         (session) what relative URLs are resolved against
        ca_file          (session) the certificate authorities to trust, PEM; None: the system's
        client_cert      (session) a PEM file with certificate and key, or (certificate, key[, passphrase])
        pinned_key       (session) the public key that servers must have: "sha256//" and base64
        browser          (session) "chrome", "firefox", "safari", "edge", "random": its headers
        netrc            (session) a file of credentials
        unix_socket      (session) where all connections go
        trust_env        (session) False: the environment's proxies and authorities do not count
        hsts             (session) False: hosts that asked for https are spoken to over http again
        public_only      (session) True: only addresses of the public internet are connected to

        fields           (request) of a form, which become the body
        files            (request) of a form: a path, or (name, bytes or a file[, media type])
        json             (request) what is to be the body as JSON
        cookies          (request) sent with this request alone
        stream           (request) the response comes with its head, its body is read while it comes

        headers, params, fields, files and cookies are dictionaries or pairs; in a request a list stands for
        several values of a name. Numbers are written in digits. None in place of one of these or of json is
        nothing to set."""
        for option, value in options.items():
            if value is None and (option in self._lists or option in ("json", "files")):
                continue
            if option == "files" and isinstance(self, Request):
                self._add_files(value)
            elif option in self._lists:
                self._set_pairs(*self._lists[option], value)
            elif option in self._values:
                function, convert = self._values[option]
                try:
                    arguments = list(convert(value))
                except (TypeError, ValueError) as error:
                    if type(error) not in (TypeError, ValueError):  # which are made of more than a text
                        raise
                    raise type(error)("%s: %s" % (option, error)) from None
                _check(self._call(function, *arguments), about=option)
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
    _reader = None  # of the body, unless that is bytes
    _lists = {"headers": ("set_header", "add_header"), "params": ("set_param", "add_param"),
              "fields": ("add_field", "add_field"), "cookies": ("set_cookie", "set_cookie")}
    _values = dict(_Settings._values, json=("set_json", lambda value: [_c(json.dumps(value, allow_nan=False))]),
                   stream=("set_streamed", _one(bool)))

    def __init__(self, method, url, *, body=None, content_type=None, output_file=None, resume=True, **options):
        """The body is bytes or a str, which is sent in UTF-8, or else a file or an iterable of such. That is read
        while it is sent, perhaps on another thread, and all requests of the session wait while it does. It must
        not wait for the session; what it raises is raised by who sends the request. Its length is that of a
        file from where it stands, else it is sent in chunks. A redirect, a challenge or sending the request
        again may need all of it again, which an iterator does not have.

        With output_file what comes with status 200 goes into a file, and with resume a broken download is gone
        on with. Further options as for set()."""
        for text, what in (method, "method"), (url, "URL"):
            if not isinstance(text, (str, bytes)):
                raise TypeError("%s instead of a %s" % (type(text).__name__, what))
        super().__init__(_lib.session_request_new(_c(method), _c(url)))
        _check(self._call("error"), self._call("error_message"))
        if body is not None:
            _check(self._set_body(_c(content_type), body), about="body")
        if output_file is not None:
            _check(self._call("set_output_file", _c(output_file), resume), about="output_file")
            self._download = True
        self.set(**options)

    def _set_body(self, content_type, body):
        body = body.encode() if isinstance(body, str) else body
        try:
            body = _bytes(body)
        except TypeError:
            self._reader = _Reader(body)
            rewind = _rewind if self._reader.again else None
            number = _told_to_c(self._reader)
            return self._call("set_body_reader", content_type, self._reader.length, _read, rewind, number, _forget)
        return self._call("set_body", content_type, body, len(body))

    def _add_files(self, files):
        for name, given in files.items() if hasattr(files, "items") else files:
            for file in given if isinstance(given, list) else [given]:
                _check(self._add_file(_c(name), file), about='file "%s"' % name)

    def _add_file(self, name, file):
        content = content_type = None
        if isinstance(file, tuple) and 2 <= len(file) <= 3:
            file, content, content_type = (file + (None,))[:3]
        elif hasattr(file, "read"):
            path = getattr(file, "name", None)  # a number, if a descriptor was opened
            file, content = os.path.basename(path) if isinstance(path, (str, bytes)) else name, file
        if not isinstance(file, (str, bytes, os.PathLike)):
            raise TypeError("a file is a path, or (name, bytes or a file[, media type])")
        if content is None:
            return self._call("add_file", name, _c(file), _c(content_type))
        content = content.read() if hasattr(content, "read") else content
        content = content.encode() if isinstance(content, str) else _bytes(content)
        return self._call("add_part", name, _c(file), _c(content_type), content, len(content))


class Jar(_Handle):
    """A cookie jar; any number of sessions may share one."""

    _prefix, _kind = "session_jar_", _jar

    def __init__(self):
        super().__init__(_lib.session_jar_new())

    def __len__(self):
        return self._call("count")

    def set(self, name, value, domain, *, path="/", expires=None, secure=False, http_only=False, subdomains=False):
        """Sets a cookie of a host. expires is a datetime, or a time as of time.time(), that is yet to come;
        None: when the session ends."""
        reason, flags = c_int(), bool(secure) * 1 + bool(http_only) * 2 + bool(subdomains) * 4
        about = 'cookie "%s"' % name
        if isinstance(expires, datetime.datetime):
            expires = expires.timestamp()
        if isinstance(expires, bool) or not isinstance(expires, (numbers.Real, type(None))):
            raise TypeError("expires is a datetime or seconds since 1970")
        if expires is not None and not expires > time.time():  # which would delete it
            date = time.strftime(" on %Y-%m-%d", time.gmtime(max(0, expires))).encode()
            _check(_REFUSED, _lib.session_cookie_reason_text(_COOKIE_EXPIRED) + date, about)
        expires = 0 if expires is None else _milliseconds(expires)
        code = self._call("set", _c(domain), _c(path), _c(name), _c(value), expires, flags, byref(reason))
        _check(code or _REFUSED * (reason.value > _COOKIE_STORED), _lib.session_cookie_reason_text(reason), about)

    def delete(self, name, domain, *, path=None):
        """Deletes the cookies of a name and domain, and path if there is one. Returns how many they were."""
        count = c_size_t()
        _check(self._call("delete", _c(domain), _c(path), _c(name), byref(count)))
        return count.value

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


class Session(_Waiting, _Settings):
    """Cookies, connections and defaults that requests share."""

    _prefix, _kind = "session_", _session
    _lists = {"headers": ("set_header", None), "params": ("set_param", None)}
    _values = dict(_Settings._values, base_url=("set_base_url", _one(_c)), ca_file=("set_ca_file", _one(_c)),
                   client_cert=("set_client_cert", _certificate), pinned_key=("set_pinned_key", _one(_c)),
                   browser=("set_browser", _one(_c)), netrc=("set_netrc", _one(_c)),
                   unix_socket=("set_unix_socket", _one(_c)), trust_env=("set_trust_env", _one(_switch)),
                   hsts=("set_hsts", _one(_switch)), public_only=("set_public_only", _one(_switch)))

    def __init__(self, **options):
        """Options as for set()."""
        super().__init__(_lib.session_new())
        self._process = os.getpid()
        self._lock = threading.RLock()  # a signal handler may use the session too
        self._arrived = []  # what came out of the library and was not taken yet, by whichever thread
        self._submitted = 0
        self._calls_back = False  # whether C may call Python meanwhile
        self._log_errors = []
        self._readers = {}  # of the bodies of requests under way
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
        """Sends a request and waits for its response. Raises what went wrong with a download, and what the reader
        of a body raised."""
        response = self._exchange(request)
        if response._cause is not None:
            raise response._cause
        return response.raise_for_error() if request._download else response

    def _exchange(self, request):
        number, response = c_uint64(), None
        try:
            self._submit(request, 1, number)
            while response is None:
                response = self._wait(number.value, _ms(_SLICE))
                self._raise_log_error()
            return response
        except BaseException:
            if number and self._pointer:  # an interrupt: the response must not stay where nobody asks for it
                self.cancel(number.value)
                self._wait(number.value, 1000)
            raise

    def _submit(self, request, userdata, number):
        """The number is written in C, so that it is known whatever interrupts this; 0 if nothing began."""
        request_pointer = Request._of(request)
        if request._reader is None:
            _check(self._call("submit", request_pointer, userdata, byref(number)))
            return
        self._calls_back = True
        with self._lock:  # who takes the response wants the reader
            _check(self._call("submit", request_pointer, userdata, byref(number)))
            self._readers[number.value] = request._reader

    def _wait(self, number, milliseconds):
        self._fetch(_lib.session_wait, number, milliseconds)
        return self._take(lambda arrived: _lib.session_response_id(arrived) == number)

    def _fetch(self, function, *arguments):
        """What a waiting function returns goes straight into the list: no line of Python runs in between,
        so an interrupt loses no response, which may be one that another thread waits for."""
        arrive, pointer = self._arrived.extend, self._of(self)

        def fetch():
            arrive(filter(None, map(function, [pointer], *([argument] for argument in arguments))))

        self._aside(lambda: _calling(self, fetch)) if self._calls_back else fetch()

    def _take(self, wanted):
        with self._lock:
            for index, pointer in enumerate(self._arrived):
                if wanted(pointer):
                    response = Response(_response(self._arrived.pop(index)), self)
                    reader = self._readers.pop(response.id, None)
                    if reader is not None:
                        response._cause, reader.error = reader.error, None
                    return response

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
            self._raise_log_error()
            response = self._take(lambda arrived: not _lib.session_response_userdata(arrived))
            if response is not None:
                with self._lock:
                    self._submitted -= 1
                return response
            if len(self._arrived) <= count and (wait == 0 or not self.outstanding):
                return None

    def pages(self, first, *, limit=None, words=None, **options):
        """Walks from page to page as long as pages name a next one, each visited once: an iterator of responses.
        It begins with a URL, with options as for Request, or with a Request; limit is for how many pages at most
        (1000). The next one is what a page declares with rel=next, or what the words of its links tell: those of
        words instead of "next", "more" and "older". A page that failed is the last. Pages are read into memory.

        An interrupt ends the walk; the page that is under way goes on in the background until its time-outs."""
        request = first if isinstance(first, Request) else Request("GET", first, **options)
        if request is first and options:
            raise TypeError("options of a Request are its own")
        walk = _lib.session_pages_new(self._of(self), Request._of(request), _count(limit or 0))
        if words is not None:
            if isinstance(words, (str, bytes)):
                raise TypeError("words is a list of them")
            words = [_c(word) for word in words]
            _check(_lib.session_pages_set_symbols(walk, (c_char_p * len(words))(*words), len(words)), about="words")
        return self._walk(walk, request._reader)

    def _walk(self, walk, reader):
        while True:
            self._of(self)  # raises if closed
            page = self._aside(lambda: _calling(self, lambda: _lib.session_pages_next(walk)))
            self._raise_log_error()
            self._of(self)
            if not page:
                return
            response = Response(page, self)
            if reader is not None and reader.error is not None:
                raise reader.error
            yield response

    def set_log(self, function, level=logging.INFO):
        """Calls a function from the next request on with what requests go through: the level as of logging, the
        number of the request, what happened in one word, and in one line. It is told what failed, below
        logging.ERROR also redirects, retries and the like, below logging.INFO every request and response. None,
        the default, is told nothing.

        It is called on whatever thread waits, perhaps one of the session's own, and all requests wait for it. It
        must not wait for the session; what it raises is raised by a call that waits."""
        if function is None:
            return _check(self._call("set_log", 0, None, None, None))
        if not callable(function):
            raise TypeError("%s instead of a function" % type(function).__name__)
        self._of(self)  # raises if closed, before C is to know of the function
        self._calls_back = True
        level = 2 if level < logging.INFO else 1 if level < logging.ERROR else 0
        _check(self._call("set_log", level, _log, _told_to_c(_Log(function, self._log_errors)), _forget))

    def _raise_log_error(self):
        if self._log_errors:
            raise self._log_errors.pop(0)

    @property
    def outstanding(self):
        """How many submitted requests next() still has to hand out."""
        self._of(self)
        return self._submitted if self._process == os.getpid() else 0

    def fileno(self):
        """Readable when next() has something to do: for select, selectors and asyncio."""
        fd = self._call("fd")
        if fd < 0:
            if self._process != os.getpid():
                _check(_FORKED)
            raise OSError("no descriptor left")
        return fd

    def cancel(self, number=0):
        """Cancels one submitted request, or with 0 all; each still gives its response."""
        _check(self._call("cancel", _count(number, 2 ** 64 - 1)))
