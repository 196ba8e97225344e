"""libhtmlsession for Python, through ctypes: no dependencies, nothing to compile.

    with htmlsession.Session(headers={"User-Agent": "me/1.0"}, timeout=20) as session:
        with session.get("https://example.org/") as response, response.html() as page:
            print(page.title(), page.links(), [item.text() for item in page.select("li.item")])
            form = page.form("#search")
            form["words"] = "pots and pans"
            print(form.submit(session).text)

The library is found by its soname, libhtmlsession.so.0, where the system's loader looks for it; the
environment variable HTMLSESSION_LIB names another file: "/opt/htmlsession/libhtmlsession.so". Python >= 3.8.

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

from ._base import ConnectionError, CookieError, Error, QueryError, RequestError, ResponseError, Timeout
from ._page import Element, Form, Html
from ._response import Hop, Response
from ._session import Jar, Request, Session, version

__version__ = "0.1.0"
__all__ = ["Session", "Request", "Response", "Hop", "Html", "Element", "Form", "Jar", "Error", "RequestError",
           "ConnectionError", "Timeout", "ResponseError", "QueryError", "CookieError", "version"]

for _name in __all__:
    globals()[_name].__module__ = __name__  # where everybody finds them
