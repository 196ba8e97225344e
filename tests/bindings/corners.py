"""Corners of the Python binding: closed objects."""

import sys

import htmlsession


def raises(kind, call):
    try:
        call()
    except kind as error:
        assert type(error) is kind, repr(error)
        return str(error)
    raise AssertionError("no error")


session = htmlsession.Session()
response = session.get(sys.argv[1])
page = response.html()
request = htmlsession.Request("GET", sys.argv[1])
for thing in (page, request, response):
    thing.close()
    thing.close()
assert raises(ValueError, lambda: response.status) == "Response is closed"
assert raises(ValueError, lambda: page.title()) == "Html is closed"
assert raises(ValueError, lambda: page.find("p")) == "Html is closed"
assert raises(ValueError, lambda: session.submit(request)) == "Request is closed"
session.close()
assert raises(ValueError, lambda: session.next(0)) == "Session is closed"
assert raises(ValueError, lambda: session.fileno()) == "Session is closed"
print("good")
