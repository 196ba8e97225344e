"""Logs in, reads three pages of a list, then fetches its items at once on the poller of Python.

    python3 example.py http://127.0.0.1:8080
"""

import selectors
import sys

import htmlsession


def pages(session, base):
    with session.get(base + "/login") as response, response.html() as login:
        token = login.find("input[name=token]::attr(value)")[0]
    fields = {"user": "ada", "password": "böse & gut", "token": token}
    response = session.post(base + "/login", fields=fields)
    print("%d %s after %d redirect" % (response.status, response.url[len(base):], response.redirects))
    links = []
    while True:
        with response, response.html() as page:  # which raises what went wrong with the transfer
            print("%s: %s" % (page.title(), ", ".join(page.find("li.item"))))
            links += [link for link in page.links() if "/item/" in link]
            following = page.next_url()
        if following is None:
            return links
        response = session.get(following)


def items(session, links):
    """Everything at once; the poller says when there is something to do."""
    names = {}
    for link in links:
        with htmlsession.Request("GET", link) as request:
            names[session.submit(request)] = link
    titles = {}
    with selectors.DefaultSelector() as selector:
        selector.register(session, selectors.EVENT_READ)
        while session.outstanding:
            selector.select()
            while (response := session.next()) is not None:
                with response, response.html() as page:
                    titles[names[response.id]] = page.title()
    return titles


def main(base):
    with htmlsession.Session() as session:
        titles = items(session, pages(session, base))
        for link in sorted(titles):
            print("%s is %s" % (link[len(base):], titles[link]))
        with session.get(base + "/lines/0", stream=True) as response:
            print("streamed: " + ", ".join(line.decode() for line in response.iter_lines()))
        try:
            session.get(base + "/list/1").html().find("li[")
        except htmlsession.QueryError as error:
            print("selector: code %d" % error.code)
        try:
            session.get("http://127.0.0.1:1/").raise_for_error()
        except htmlsession.ConnectionError as error:
            print("refused: code %d" % error.code)


if __name__ == "__main__":
    main(sys.argv[1])
