"""Responses, and the hops before them."""

import ctypes
import json
import re
from ctypes import byref, c_char_p

from ._base import Error, _c, _check, _Handle, _lent, _utf8, _written
from ._callbacks import _calling, _Waiting
from ._native import _hop, _lib, _response
from ._page import Html

_STATE = 4


class Hop(_Handle):
    """A response on the way to another: a redirect, or a challenge that was answered."""

    _prefix, _kind = "session_response_", _hop

    def __repr__(self):  # a query may hold secrets
        if self._pointer is None:
            return "<%s closed>" % type(self).__name__
        return "<%s %d %s>" % (type(self).__name__, self.status, re.split("[?#]", self.url)[0])

    ok = property(lambda self: bool(self._call("ok")))
    status = property(lambda self: self._call("status"))
    reason = property(lambda self: _utf8(self._call("reason")))
    url = property(lambda self: self._call("url").decode())
    method = property(lambda self: _utf8(self._call("method")))

    @property
    def elapsed(self):
        """How many seconds it took; a response, with all hops before it."""
        return self._call("timing_us", self._timing) / 1e6

    _timing = 1

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

    def raise_for_error(self):
        """Raises what went wrong with the transfer; a status of 400 and more is no error."""
        _check(self._call("error"), self._call("error_message"))
        return self


class Response(_Waiting, Hop):
    """The end of a request, whatever became of it. Close large ones when done with them: the body stays
    in memory with the object."""

    _kind, _timing = _response, 0
    _cause = None  # what the reader of the request's body raised

    def __init__(self, pointer, session):
        super().__init__(pointer)
        self._session = session  # lives as long as the body is still to be read
        self.id = self._call("id")

    def raise_for_error(self):
        """The same, with what the reader of the request's body raised as the cause."""
        try:
            return super().raise_for_error()
        except Error as error:
            if self._cause is not None:
                raise error from self._cause
            raise

    redirects = property(lambda self: self._call("history_count"))

    @property
    def history(self):
        """The hops before this response, the oldest first."""
        response, hops = self._of(self), []
        for index in range(_lib.session_response_history_count(response)):
            hop = _hop(_lib.session_response_history_at(response, index))
            hop.response = response  # keeps it
            hops.append(Hop(hop))
        return hops

    def json(self):
        """What the body is as JSON."""
        self._whole()
        return json.loads(_written(self._call, "json"))

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
        read, pointer = getattr(_lib, self._prefix + name), self._of(self)
        if self._call("available"):
            count = read(pointer, *arguments)
        else:
            try:
                count = self._aside(lambda: _calling(self._session, lambda: read(pointer, *arguments)))
            except BaseException:
                self._stop()
                raise
        if count < 0:
            _check(-count, self._call("error_message"))
        return count

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
