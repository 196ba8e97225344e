"""Corners of the Python binding: all that reaches the library, wrong arguments, threads, signals, the end."""

import builtins
import contextlib
import copy
import datetime
import enum
import gc
import io
import math
import os
import pathlib
import pickle
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

import htmlsession
from support import BASE, answer, interrupted, raises, ring, same, served, waiting


def daemon():
    """Threads that are in the library when the program ends do not disturb it."""
    session = htmlsession.Session()
    page = session.get(BASE + "/page").html()

    def find():
        while True:
            page.find("li a:contains('o')::attr(href)")

    def read():
        list(session.get(BASE + "/tail", stream=True).iter_lines())

    for work in find, find, read, lambda: session.get(BASE + "/hang"):
        threading.Thread(target=work, daemon=True).start()
    time.sleep(0.3)
    print("end")


def closed(session):
    response = session.get(BASE + "/")
    page = response.html()
    request = htmlsession.Request("GET", BASE + "/")
    for thing in (page, request, response):
        thing.close()
        thing.close()
    same(str(raises(ValueError, lambda: response.status)), "Response is closed")
    same(str(raises(ValueError, page.title)), "Html is closed")
    same(str(raises(ValueError, lambda: page.find("p"))), "Html is closed")
    same(str(raises(ValueError, lambda: session.submit(request))), "Request is closed")
    other = htmlsession.Session()
    other.close()
    for call in lambda: other.next(0), other.fileno, lambda: other.get(BASE + "/"), lambda: other.outstanding:
        same(str(raises(ValueError, call)), "Session is closed")


def arguments(session):
    same(str(raises(TypeError, lambda: session.submit("http://h/"))), "str instead of a Request")
    raises(TypeError, lambda: session.perform(session))
    raises(TypeError, lambda: setattr(session, "jar", session))
    raises(TypeError, lambda: session.get(BASE, colour=1))
    raises(TypeError, lambda: session.set(headers={"X": ["1", "2"]}))
    raises(ValueError, lambda: session.get(BASE + "/\0"))
    error = raises(htmlsession.RequestError, lambda: session.get(BASE, headers={"X A": "1"}))
    same(str(error), 'header "X A": invalid header')
    same(raises(htmlsession.Error, lambda: session.post(BASE, fields={"a": None})).code, 1)
    assert str(raises(htmlsession.RequestError, lambda: session.set(proxy="what://"))).startswith("proxy: ")
    for wrong in 5, 5.0, None, "x", [1], object():
        for kind in htmlsession.Response, htmlsession.Jar:
            raises(TypeError, lambda: kind(wrong, session) if kind is htmlsession.Response else kind(wrong))
        if wrong not in (None, "x"):
            raises(TypeError, lambda: htmlsession.Html(wrong))
            raises(TypeError, lambda: session.post(BASE, body=wrong))
        raises(TypeError, lambda: session.get(BASE, verify=wrong))
    for wrong in "u:p", {"u": "p", "v": "q"}, ("u",), ("u", "p", "q"):
        raises(TypeError, lambda: session.get(BASE, auth=wrong))
    for wrong in {"a": 1}, object(), session:
        raises(TypeError, lambda: session.get(BASE, headers={"X": wrong}))
    for wrong in -0.5, -math.inf, math.nan:
        raises(ValueError, lambda: session.get(BASE, timeout=wrong))
    for wrong in -1, 2 ** 64:
        raises(ValueError, lambda: session.cancel(wrong))
    raises(TypeError, lambda: session.cancel(None))
    for wrong in None, 5, pathlib.Path("x"), [BASE]:
        assert str(raises(TypeError, lambda: session.get(wrong))).endswith("instead of a URL")
        raises(TypeError, lambda: session.request(wrong, BASE))
    credentials = (("a:b", "c"), "colon"), (("a\n", "c"), "name"), (("a", "\0"), "NUL"), (("a", "\1"), "password")
    for wrong, reason in credentials:
        error = raises(ValueError, lambda: htmlsession.Session(auth=wrong))
        assert str(error).startswith("auth: ") and reason in str(error), error
    assert str(raises(ValueError, lambda: session.set(digest=("a\1", "")))).startswith("digest: ")
    for option in "digest", "retry", "max_redirects", "max_body", "refresh":
        assert str(raises(TypeError, lambda: session.set(**{option: "x"}))).startswith(option + ": ")
    for option, wrong in ("max_redirects", -1), ("max_redirects", 2 ** 32), ("max_body", -1), ("retry", -1):
        raises(ValueError, lambda: session.set(**{option: wrong}))
    same(raises(htmlsession.Error, lambda: session.set(retry=0)).code, 2)
    raises(UnicodeEncodeError, lambda: session.set(bearer="\ud800"))
    for wrong in math.nan, [math.inf]:
        assert str(raises(ValueError, lambda: session.post(BASE, json=wrong))).startswith("json: ")
    for option in "trust_env", "hsts", "public_only":
        raises(TypeError, lambda: session.set(**{option: None}))
    raises(TypeError, lambda: session.get(BASE, ca_file="x"))
    raises(TypeError, lambda: session.set(files={}))
    raises(TypeError, lambda: session.set(client_cert=("a", "b", "c", "d")))
    for wrong in 5, ("a",), ("a", 5), (None, b""), ("a", b"", "b", "c"):
        raises(TypeError, lambda: session.post(BASE, files={"f": wrong}))
    raises(ValueError, lambda: next(session.get(BASE + "/").iter_bytes(0)))


def copies(session):
    """Two objects of one handle would free it twice."""
    response = session.get(BASE + "/")
    for thing in session, session.jar, htmlsession.Request("GET", BASE), response, response.html():
        for one in thing, thing._pointer:
            for call in copy.copy, copy.deepcopy, pickle.dumps:
                raises(TypeError, lambda: call(one))
    child = os.fork()
    if child == 0:
        calls = lambda: session.jar, session.fileno, lambda: session.get(BASE)
        os._exit(sum(raises(htmlsession.Error, call).code for call in calls))
    same(os.WEXITSTATUS(os.waitpid(child, 0)[1]), 3 * 6)


def errors(session):
    response = session.get("http://127.0.0.1:1/")
    for call in response.raise_for_error, response.html:
        error = raises(htmlsession.ConnectionError, call)
        again = pickle.loads(pickle.dumps(error))
        same((type(again), again.code, str(again)), (htmlsession.ConnectionError, 201, str(error)))
        assert isinstance(error, builtins.ConnectionError)
    raises(htmlsession.ConnectionError, response.json)
    cut = session.get(BASE + "/short")
    for call in cut.html, cut.json, lambda: cut.body, lambda: cut.text:
        same(raises(htmlsession.ResponseError, call).code, 401)
    for call in lambda: response.body, lambda: response.text:
        same(raises(htmlsession.ConnectionError, call).code, 201)
    same((cut.status, type(cut.error), cut.error.code), (200, htmlsession.ResponseError, 401))
    same(cut.partial_body, b"<title>Cut</title>")
    same((response.status, response.partial_body, response.headers, response.ok), (0, b"", [], False))
    # What came of a number is another number.
    with served(answer(b"12", "Content-Length: 5")) as (url, _):
        half = session.get(url)
    raises(htmlsession.ResponseError, half.json)
    same(half.partial_body, b"12")
    same(raises(htmlsession.Error, lambda: session.get(BASE + "/", output_file="/none/x")).code, 10)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "x")
        raises(htmlsession.ResponseError, lambda: session.get(BASE + "/short", output_file=path))
        same(session.get(BASE + "/none", output_file=path).status, 404)
        same(os.listdir(folder), [])
        # One that was submitted has its error in the response.
        session.submit(htmlsession.Request("GET", BASE + "/short", output_file=path))
        same(session.next(None).error.code, 401)
    same(cut.html(check=False).title(), "Cut")
    missing = session.get(BASE + "/none").raise_for_error()
    same((missing.status, missing.reason, missing.ok, missing.error), (404, "Not Found", False, None))
    same(raises(htmlsession.ResponseError, missing.raise_for_status).code, 408)
    with session.get(BASE + "/tail", stream=True) as stream:
        for call in stream.html, stream.json, lambda: stream.body, lambda: stream.text:
            error = raises(htmlsession.Error, call)
            same((error.code, str(error)), (4, "a streamed response is read with iter_bytes() or iter_lines()"))
        raises(htmlsession.Error, lambda: stream.html(check=False))
        same((stream.status, stream.error), (200, None))
    raises(htmlsession.Timeout, session.get(BASE + "/hang", timeout=0.1).raise_for_error)


class Named(str, enum.Enum):
    ONE = "1"


def requests(session):
    def echo(method="GET", **options):
        head, _, body = session.request(method, BASE + "/echo", **options).text.partition("\n\n")
        return head.split("\n")[1:], body, head.split(" ")[1].split("\n")[0]

    assert not any(line.startswith("user-agent") for line in echo(headers={"User-Agent": None})[0])
    same([line for line in echo(headers=[("X", 1), ("X", "é")])[0] if line.startswith("x:")], ["x: 1", "x: é"])
    same(echo(params={"a": [1, "é"], "b": ""})[2], "/echo?a=1&a=%C3%A9&b=")
    same(echo("POST", fields=[("a", 1), ("b", b"x"), ("a", 2.5)])[1], "a=1&b=x&a=2.5")
    same(echo(params={"a": range(2), "b": {"x": 1}.keys(), "c": bytearray(b"z")})[2], "/echo?a=0&a=1&b=x&c=z")
    same(echo(params={"a": Named.ONE})[2], "/echo?a=1")
    same(echo("POST", json=None, params=None, headers=None, cookies=None, fields=None, timeout=2 ** 62)[1:], ("", "/echo"))
    same(echo("POST", body=memoryview(b"abcd")[1:3])[1], "bc")
    head, body, _ = echo("PUT", body=b"\0\1", content_type="a/b")
    assert body == "\0\1" and "content-type: a/b" in head
    head, body, _ = echo("PATCH", json={"é": [1, None]})
    assert body == '{"\\u00e9": [1, null]}' and "content-type: application/json" in head
    assert "cookie: a=1" in echo(cookies={"a": 1})[0]
    assert "authorization: Basic dTpw" in echo(auth=("u", "p"))[0]
    assert "authorization: Bearer t" in echo(bearer="t")[0]
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "é")
        session.get(BASE + "/", output_file=path).raise_for_error()
        same(path.read_bytes(), b"12345")

    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "é.txt")
        path.write_text("file")
        with open(path, "rb") as file:
            sent = echo("POST", fields={"a": 1}, files={
                "p": path, "q": ("n", b"\0\1"), "r": [str(path), ("m", "é", "text/plain")], "s": file,
                "t": ("o", file), "u": (path, None, "a/b")})[1]
    same(re.findall('name="(.*?)"(?:; filename="(.*)")?\r\n(?:Content-Type: (.*)\r\n)?\r\n(.*)\r', sent), [
        ("a", "", "", "1"), ("p", "é.txt", "application/octet-stream", "file"),
        ("q", "n", "application/octet-stream", "\0\1"), ("r", "é.txt", "application/octet-stream", "file"),
        ("r", "m", "text/plain", "é"), ("s", "é.txt", "application/octet-stream", "file"),
        ("t", "o", "application/octet-stream", ""), ("u", "é.txt", "a/b", "file")])
    same(echo("POST", files=None)[1], "")
    # What has no name of its own has that of its field.
    unnamed = io.BytesIO(b"x"), os.fdopen(os.open(os.devnull, os.O_RDONLY), "rb")
    for file in unnamed:
        with file:
            assert 'name="f"; filename="f"\r\n' in echo("POST", files={"f": file})[1]

    session.set(headers={"X-S": "s", "Accept": None}, bearer="t", params={"q": 1})
    session.set(timeout=20, read_timeout=None, verify=False)
    head, _, target = echo()
    assert "x-s: s" in head and "authorization: Bearer t" in head
    assert not any(line.startswith("accept:") for line in head)
    same(target, "/echo?q=1")
    assert "x-s: r" in echo(headers={"X-S": "r"})[0]
    session.set(auth=None, params={"q": None})
    assert not any(line.startswith("authorization") for line in echo()[0])
    with htmlsession.Session(proxy=BASE, base_url="http://far.test") as far:
        same(far.get("/echo").text.split("\n")[0], "GET http://far.test/echo")


def options(session):
    moved, busy = answer(b"gone", "Location: /b?secret", status="302 Found"), answer(b"", status="503 Busy")
    with served(moved, answer(b"here")) as (url, asked):
        response = session.get(url)
        same((response.status, response.text, response.redirects, response.method), (200, "here", 1, "GET"))
        assert 0 < response.elapsed < 5, response.elapsed
        (hop,) = response.history
        response.close()  # the hop keeps what it needs
        gc.collect()
        same((hop.status, hop.url, hop.body, hop.header("location"), hop.ok), (302, url, b"gone", "/b?secret", True))
        same((hop.text, hop.error, hop.raise_for_error() is hop, hop.elapsed > 0), ("gone", None, True, True))
        same((repr(hop), repr(response)), ("<Hop 302 %s>" % url, "<Response closed>"))
        raises(TypeError, lambda: copy.copy(hop))
        hop.close()
        raises(ValueError, lambda: hop.status)
    with served(moved, moved, answer(b"")) as (url, asked):
        same([session.get(url, max_redirects=0).status, len(asked)], [302, 1])
        same(repr(session.get(url + "?secret")), "<Response 200 %sb>" % url)
    with served(busy, answer(b"good")) as (url, asked):
        same((session.get(url, retry=(2, 0)).text, len(asked)), ("good", 2))
    with served(busy, busy, answer(b"")) as (url, asked), htmlsession.Session(retry=2) as other:
        same((other.get(url).status, len(asked)), (503, 2))
    challenge = answer(b"", 'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"', status="401 No")
    with served(challenge, answer(b"in")) as (url, asked):
        same(session.get(url, digest=("u", "p")).text, "in")
        assert re.search('(?i)authorization: Digest .*username="u"', asked[1]), asked
    same(raises(htmlsession.ResponseError, lambda: session.get(BASE + "/", max_body=4).body).code, 404)
    same(session.get(BASE + "/", max_body=5).body, b"12345")
    with served(answer(b"", "Refresh: 0; url=/b"), answer(b"next")) as (url, asked):
        same(session.get(url, refresh=1).text, "next")
    with served(answer(b"", "Refresh: 0; url=/b")) as (url, asked):
        same(session.get(url, refresh=None).text, "")
    with tempfile.TemporaryDirectory() as folder:
        netrc = pathlib.Path(folder, "netrc")
        netrc.write_text("machine 127.0.0.1 login u password p")
        with htmlsession.Session(netrc=netrc, browser="firefox", trust_env=False, hsts=False) as other:
            echoed = other.get(BASE + "/echo").text
            assert "authorization: Basic dTpw\n" in echoed and "Firefox/" in echoed, echoed
        for option, code in ("ca_file", 226), ("client_cert", 224):
            with served(answer(b"")) as (url, _), htmlsession.Session(**{option: "/none/x"}) as other:
                same(other.get(url.replace("http:", "https:")).error.code, code)
        with htmlsession.Session(public_only=True) as other:
            same(other.get(BASE).error.code, 107)
        with htmlsession.Session(unix_socket=str(folder) + "/none") as other:
            raises(htmlsession.ConnectionError, lambda: other.get(BASE).text)
    # The session as a whole, and its requests.
    session.set(client_cert=("/none/cert", "/none/key", "pass"), pinned_key="sha256//" + 43 * "A" + "=")
    session.set(client_cert=None, pinned_key=None, ca_file=None)
    raises(htmlsession.Timeout, lambda: session.get(BASE + "/hang", read_timeout=0.1).text)
    same(session.get(BASE + "/slow", connect_timeout=5).status, 200)


def responses(session):
    response = session.get(BASE + "/json")
    same(response.json(), {"n": [1, "é"]})
    same([pair for pair in response.headers if pair[0] == "X-A"], [("X-A", "1"), ("X-A", "2")])
    same((response.header("x-a"), response.header("X-B"), response.reason), ("1", None, "OK"))
    response = session.get(BASE + "/")
    same((response.header("X-Utf8"), response.header("X-Latin1")), ("é", "\udce9"))
    same((response.body, response.text), (b"12345", "12345"))
    same(list(response.iter_bytes(2)), [b"12", b"34", b"5"])


def pages(session):
    with htmlsession.Html("<a href=é>é", "http://h.test/") as page:
        same((page.text(), page.links()), ("é", ["http://h.test/%C3%A9"]))
    same(htmlsession.Html(b"\xe9", encoding="latin1").text(), "é")
    raises(htmlsession.RequestError, lambda: htmlsession.Html("", "no url"))
    page = session.get(BASE + "/page").html()
    same(page.links(), [BASE + "/pot", BASE + "/pan"])
    assert "Pots & Pans\n" in page.text()
    same(page.xpath("//li"), ["Pot", "Pan"])
    same(page.xpath("//a/@href"), ["/pot", "/pan"])
    same((page.xpath("count(//li)"), page.xpath("string(//h1)"), page.xpath("1 = 1")), (2.0, "Pots & Pans", True))
    assert raises(htmlsession.QueryError, lambda: page.xpath("//[")).code == 501
    same(page.search("Price: {:f} {currency:w}"), {"fixed": [12.5], "named": {"currency": "EUR"}})
    same(page.search("price: {:f}", match_case=True), None)
    same([match["fixed"] for match in page.search_all("href={:w}", text=True)], [])
    same([match["fixed"] for match in page.search_all('href="/p{:w}"')], [["ot"], ["an"]])
    assert raises(htmlsession.QueryError, lambda: page.search("{:q}")).code == 502
    same(page.extract({"title": "h1", "names": ["li"]}), {"title": "Pots & Pans", "names": ["Pot", "Pan"]})
    error = raises(htmlsession.QueryError, lambda: page.extract({"title": {"csss": ""}}))
    assert error.code == 503 and "title" in str(error), error


def elements(session):
    page = session.get(BASE + "/page").html()
    links = page.select("li a")
    same([(link.name, link.text(), link["href"], link.absolute(), link.get("rel")) for link in links],
         [("a", "Pot", "/pot", BASE + "/pot", None), ("a", "Pan", "/pan", BASE + "/pan", None)])
    same((links[0].absolute("rel"), "HREF" in links[0], "rel" in links[0]), (None, True, False))
    same((links[0].get("rel", "x"), str(raises(KeyError, lambda: links[0]["rel"]))), ("x", "'rel'"))
    same(page.select_one("p").attributes, {"class": "price"})
    same((page.select_one("h1").attributes, page.select_one("h2")), ({}, None))
    same(list(page.select_one("p")), ["class"])
    listing = page.select_one("ul")
    same((listing.find("a"), listing.select("p"), listing.links(), listing.xpath("li/a/@href")),
         (["Pot", "Pan"], [], [BASE + "/pot", BASE + "/pan"], ["/pot", "/pan"]))
    same(([child.name for child in listing.children], listing.parent.name), (["li", "li"], "body"))
    same(page.select_one("html").parent, None)
    same((listing.search('href="{}"')["fixed"], listing.search("Price")), (["/pot"], None))
    heading = page.select_one("h1")
    same((heading.html(), heading.inner_html(), heading.full_text()),
         ("<h1>Pots &amp; Pans</h1>", "Pots &amp; Pans", "Pots & Pans"))
    same(page.xpath_elements("//a | //a/@href"), links)
    same((links[0] == links[1], links[0] == page.select("a")[0], {links[0]: 1}[page.select_one("a")]), (False, True, 1))
    same(repr(links[0]), "<Element a>")
    same([(text.name, text.text()) for text in page.select("h1::text")], [(None, "Pots & Pans")])
    same(raises(htmlsession.QueryError, lambda: page.select("a[")).code, 500)
    same(page.resolve("../y"), BASE + "/y")
    page.close()
    raises(ValueError, links[0].text)
    same(repr(links[0]), "<Element of a page that is closed>")


FORM = """
    <form name=search action=/echo></form>
    <form id=login method=post action=/echo enctype=multipart/form-data>
      <input name=user><input type=hidden name=token value="t&amp;1"><textarea name=text>Hé</textarea>
      <input type=hidden name=keep value=0><input type=checkbox name=keep value=1>
      <input type=checkbox name=one>
      <input type=checkbox name=box value=a checked><input type=checkbox name=box value=b>
      <input type=radio name=size value=S checked><input type=radio name=size value=L>
      <input type=radio name=none value=1>
      <select name=colour><option value=r>Red<option value=g>Green</select>
      <select name=tags multiple><option selected>x<option value=2>y<option selected>z</select>
      <input type=file name=doc multiple>
      <button name=act value=save>Save</button><button name=act value=drop>Drop</button>
    </form>"""


def filled(session):
    with htmlsession.Html(FORM, BASE + "/form?page") as page:
        same([(form.to_dict()["name"], form.to_dict()["id"]) for form in page.forms()], [("search", ""), ("", "login")])
        same(page.form().submit(session).url, BASE + "/echo?")
        form = page.form("input[name=user]")
    first = form.fields[0]  # forms are independent of their page
    same((first["name"], first["type"], first["value"]), ("user", "text", ""))
    same([form[name] for name in "user token text keep one box size none colour tags doc act".split()],
         ["", "t&1", "Hé", False, False, ["a"], "S", None, "r", ["x", "z"], "", "save"])
    same(("user" in form, "users" in form), (True, False))
    same(list(form), "user token text keep one box size none colour tags doc act".split())
    raises(KeyError, lambda: form["users"])
    form["user"] = "ada é"
    form["keep"] = form["one"] = True
    form["box"] = ["b"]
    form["size"] = "L"
    form["colour"] = "Green"
    form["tags"] = "y", "z"
    form.add("by", 1)
    same([form[name] for name in "user one box size colour tags by".split()],
         ["ada é", True, ["b"], "L", "g", ["2", "z"], "1"])
    form["one"] = False
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "note.txt")
        path.write_text("from a file")
        form.attach("doc", path, content_type="text/plain")
        form.attach("doc", "b.bin", content=b"\0\1")
        sent = form.submit(session, "act", "drop").text
        assert sent.startswith("POST /echo\n") and "referer: %s/form?page\n" % BASE in sent, sent
        same(re.findall(r'; name="(\w+)"\r\n\r\n(.*)\r', sent),
             [("user", "ada é"), ("token", "t&1"), ("text", "Hé"), ("keep", "0"), ("keep", "1"), ("box", "b"),
              ("size", "L"), ("colour", "g"), ("tags", "2"), ("tags", "z"), ("act", "drop"), ("by", "1")])
        same(re.findall('name="doc"; filename="(.*)"\r\nContent-Type: (.*)\r\n\r\n(.*)\r', sent),
             [("note.txt", "text/plain", "from a file"), ("b.bin", "application/octet-stream", "\0\1")])
        form["tags"] = form["box"] = []
        same((form["tags"], form["box"]), ([], []))
        with form.request(False) as request:
            assert '"act"' not in session.perform(request).text
        last = max(at for at, field in enumerate(form.fields) if field["type"] == "submit")
        sent = form.submit(session, last, headers={"X-F": 1}).text
        assert "x-f: 1\n" in sent and "\r\n\r\ndrop\r" in sent, sent


def forms(session):
    filled(session)
    page = htmlsession.Html(FORM, BASE + "/form")
    form = page.form(name="login")

    def put(name, value):
        form[name] = value

    for wrong in (lambda: put("none of these", "x"), lambda: put("colour", "blue"), lambda: put("user", True),
                  lambda: put("box", ["c"]), lambda: put("tags", ["x", "nothing"]), lambda: put("none of these", []),
                  lambda: form.submit(session, "none"), lambda: form.attach("user", "x", content=b""),
                  lambda: page.form(9), lambda: page.form("h1"), lambda: page.form(name="x")):
        same(raises(htmlsession.QueryError, wrong).code, 507)
    assert "none of these" in str(raises(htmlsession.QueryError, lambda: put("none of these", "x")))
    same(raises(htmlsession.QueryError, lambda: page.form("[")).code, 500)
    raises(TypeError, lambda: put("user", None))
    raises(TypeError, lambda: form.attach("doc", "x", content=5))
    raises(ValueError, lambda: page.form(-1))
    raises(TypeError, lambda: page.form(True))
    raises(TypeError, lambda: htmlsession.Form("x"))
    raises(TypeError, lambda: copy.copy(form))
    form.close()
    raises(ValueError, lambda: form.fields)


def cookies(session):
    session.get(BASE + "/login")
    jar = session.jar
    jar.set("a", "b", "127.0.0.1", path="/x", expires=time.time() + 1000)
    same((jar.cookies(BASE + "/"), jar.cookies(BASE + "/x"), len(jar)), ([("sid", "1")], [("a", "b"), ("sid", "1")], 2))
    for wrong in 0, 3600, -math.inf, math.nan, time.time() - 1, datetime.datetime(1990, 1, 1):
        error = raises(htmlsession.CookieError, lambda: jar.set("a", "", "127.0.0.1", path="/x", expires=wrong))
        assert error.code == 600 and str(error).startswith('cookie "a": expired on '), error
    for wrong in "2030-01-01", True, datetime.date(2090, 1, 1), datetime.timedelta(1):
        raises(TypeError, lambda: jar.set("a", "", "127.0.0.1", path="/x", expires=wrong))
    same(len(jar), 2)
    same((jar.delete("a", "127.0.0.1", path="/y"), jar.delete("a", "127.0.0.1"), len(jar)), (0, 1, 1))
    soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=60)
    jar.set("a", "b", "127.0.0.1", path="/x", expires=soon)
    same((jar.delete("a", "127.0.0.1", path="/x"), len(jar)), (1, 1))
    jar.set("a", "b", "127.0.0.1", path="/x", expires=math.inf)
    error = raises(htmlsession.CookieError, lambda: jar.set("__Host-a", "b", "h.test"))
    same(str(error).split(":")[0], 'cookie "__Host-a"')
    raises(htmlsession.RequestError, lambda: jar.cookies("h"))
    with tempfile.TemporaryDirectory() as folder, htmlsession.Session() as other:
        path = pathlib.Path(folder, "cookies.json")
        same((jar.save(path), other.jar.load(path), len(other.jar)), (2, 2, 2))
        path.write_text("{")
        raises(htmlsession.CookieError, lambda: jar.load(path))
        other.jar.clear()
        same(len(jar), 2)
        other.jar = jar
        assert "cookie: sid=1" in other.get(BASE + "/echo").text


def threads(session):
    # Those who wait for one response and those who take any do not get each other's.
    wrong = []

    def get(number):
        for _ in range(5):
            response = session.get(BASE + "/slow?%d" % number)
            if not response.url.endswith("?%d" % number):
                wrong.append(response.url)

    workers = [threading.Thread(target=get, args=(number,)) for number in range(4)]
    for worker in workers:
        worker.start()
    with htmlsession.Request("GET", BASE + "/slow") as request:
        ids = {session.submit(request) for _ in range(8)}
    while session.outstanding:
        response = session.next(None)
        ids.remove(response.id)
    for worker in workers:
        worker.join()
    same((ids, wrong, session.next(None)), (set(), [], None))

    # What is closed while others use it stays until they are done.
    page = session.get(BASE + "/page").html()

    def find():
        while True:
            page.find("li a:contains('o')::attr(href)")

    finders = [waiting(find) for _ in range(2)]
    page.close()
    stream = session.get(BASE + "/tail", stream=True)
    finders.append(waiting(lambda: list(stream.iter_lines())))
    time.sleep(0.3)
    stream.close()
    other = htmlsession.Session()
    finders.append(waiting(lambda: other.get(BASE + "/hang")))
    other.submit(htmlsession.Request("GET", BASE + "/hang"))
    finders.append(waiting(lambda: other.next(None)))
    other.close()
    for thread, found in finders:
        thread.join(5)
        assert not thread.is_alive() and type(found[0]) is ValueError, found


@contextlib.contextmanager
def slowly(stream, helpers):
    """Every read of the stream takes the way of those that have to wait."""
    call, run = stream._call, htmlsession._callbacks._Helper.run

    def running(helper, function):
        def named():
            helpers.add(threading.get_ident())
            return function()

        return run(helper, named)

    stream._call = lambda name, *arguments: 0 if name == "available" else call(name, *arguments)
    htmlsession._callbacks._Helper.run = running
    try:
        yield
    finally:
        htmlsession._callbacks._Helper.run = run


def interrupts(session):
    signal.signal(signal.SIGALRM, ring)
    interrupted(lambda: session.get(BASE + "/hang"))
    same(htmlsession._native._lib.session_outstanding(session._pointer), 0)
    with htmlsession.Request("GET", BASE + "/hang") as request:
        number = session.submit(request)
    interrupted(lambda: session.next(None))
    session.cancel(number)
    same(raises(htmlsession.Error, session.next(None).raise_for_error).code, 11)
    lines = []
    with session.get(BASE + "/tail", stream=True) as stream:
        all_lines = stream.iter_lines()
        lines += [next(all_lines), next(all_lines)]
        interrupted(lambda: next(all_lines))
    same(lines, [b"one", b"two"])
    # All reads that have to wait do so on one thread, which ends with the stream.
    before, helpers = set(threading.enumerate()), set()
    with served(answer(b"a\n" * 9, "Content-Length: 99")) as (url, _), session.get(url, stream=True) as stream:
        with slowly(stream, helpers):
            raises(htmlsession.ResponseError, lambda: [same(line, b"a") for line in stream.iter_lines()])
    stream = None
    same(len(helpers), 1)
    deadline = time.monotonic() + 5
    while set(threading.enumerate()) - before and time.monotonic() < deadline:
        time.sleep(0.01)
    same(set(threading.enumerate()) - before, set())


def versions():
    root = pathlib.Path(__file__).resolve().parents[2]
    cargo = re.search('(?m)^version = "(.*)"', (root / "Cargo.toml").read_text()).group(1)
    same((htmlsession.__version__, htmlsession.version()), (cargo, cargo))
    assert 'attr = "htmlsession.__version__"' in (root / "bindings/python/pyproject.toml").read_text()
    here = os.environ.get("HTMLSESSION_LIB", "")
    for file, expected in ("/none.so", b"ImportError: /none.so: .*HTMLSESSION_LIB"), (here, b"^$"):
        command = [sys.executable, "-c", "import htmlsession"]
        child = subprocess.run(command, stderr=subprocess.PIPE, env=dict(os.environ, HTMLSESSION_LIB=file), timeout=30)
        assert re.search(expected, child.stderr), child.stderr
    for name in htmlsession.__all__[:-1]:
        same(getattr(htmlsession, name).__module__, "htmlsession")


def streams():
    stream = htmlsession.Session().get(BASE + "/tail", stream=True)  # nobody else has the session
    gc.collect()
    lines = stream.iter_lines()
    same((next(lines), next(lines)), (b"one", b"two"))
    stream.close()


if len(sys.argv) > 2:
    daemon()
else:
    for part in (closed, arguments, copies, errors, requests, options, responses, pages, elements, forms, cookies,
                 threads, interrupts):
        with htmlsession.Session() as session:
            part(session)
    streams()
    versions()
    command = [sys.executable, "-B", "-W", "error", __file__, BASE, "daemon"]
    child = subprocess.run(command, stdout=subprocess.PIPE, timeout=30)
    same((child.returncode, child.stdout), (0, b"end\n"))
    print("good")
