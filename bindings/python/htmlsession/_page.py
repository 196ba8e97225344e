"""Pages, their elements and their forms."""

import json
from ctypes import byref, c_char_p, c_size_t, c_void_p

from ._base import _Handle, _asked, _bytes, _c, _check, _count, _lent, _list, _utf8, _written
from ._native import _form, _html, _lib

_LINKS_ABSOLUTE = 1
_SEARCH_ALL, _SEARCH_TEXT, _SEARCH_CASE = 1, 2, 8
_NODES, _STRING, _NUMBER = 1, 2, 3  # the types of an XPath value; the fourth is boolean
_ITEM_ELEMENT = 1


class _Scope:
    """What can be asked of a page and of an element, for what is below it."""

    def _ask(self, function, *arguments):
        return getattr(_lib, "session_" + function)(Html._of(self._page), self._node, *arguments)

    def _elements(self, nodes):
        """The elements of a list of nodes."""
        _asked("nodes", nodes)
        count = c_size_t()
        numbers = _lib.session_nodes_data(nodes, byref(count))
        return [Element(self._page, number) for number in numbers[:count.value]]

    def select(self, css):
        """The elements that a selector matches; with ::text the texts, which have no name."""
        return self._elements(self._ask("html_find", _c(css)))

    def select_one(self, css):
        """The first of them, None if there is none."""
        return next(iter(self.select(css)), None)

    def find(self, css):
        """The texts that a selector matches, or with ::attr(name) the attributes."""
        return _list(self._ask("html_find_values", _c(css)))

    def xpath(self, expression):
        """The value of an XPath expression: a str, float or bool, of nodes the list of their texts."""
        value = _asked("value", self._ask("html_xpath", _c(expression)))
        kind = _lib.session_value_type(value)
        if kind == _NODES:
            texts = [_lent(_lib.session_value_item_text, value, i) for i in range(_lib.session_value_count(value))]
            if None in texts:
                raise MemoryError("the texts of the nodes are too long together")
            return [text.decode() for text in texts]
        if kind == _STRING:
            return _lent(_lib.session_value_string, value).decode()
        return _lib.session_value_number(value) if kind == _NUMBER else bool(_lib.session_value_boolean(value))

    def xpath_elements(self, expression):
        """The elements among the nodes of an XPath expression."""
        value, count = _asked("value", self._ask("html_xpath", _c(expression))), c_size_t()
        numbers = _lib.session_value_nodes(value, byref(count))
        return [Element(self._page, numbers[i]) for i in range(count.value)
                if _lib.session_value_item_kind(value, i) == _ITEM_ELEMENT]

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
        matches = _asked("matches", self._ask("html_search", _c(template), flags))
        return json.loads(_written(_lib.session_matches_json, matches))

    def links(self):
        """The absolute URLs that it links to."""
        return _list(self._ask("html_links", _LINKS_ABSOLUTE))

    def text(self):
        """All of it as a reader sees it."""
        return _written(self._ask, "node_text")

    def html(self):
        """All of it as HTML."""
        return _written(self._ask, "node_html")


class Html(_Scope, _Handle):
    """A page."""

    _prefix, _kind, _node = "session_html_", _html, 0
    _page = property(lambda self: self)

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

    def forms(self):
        """The forms, in the page's order."""
        return [self.form(index) for index in range(self._call("form_count"))]

    def form(self, which=0, *, name=None):
        """A form by its place, or by a selector of itself or of anything in it; by its name or id."""
        if name is not None:
            return Form(self._call("form_named", _c(name)))
        if isinstance(which, int):
            return Form(self._call("form_at", _count(which)))
        return Form(self._call("form_find", _c(which)))

    def extract(self, spec):
        """What an extraction specification finds, both as dictionaries: {"title": "h1", "names": ["li"]}."""
        return json.loads(_written(self._call, "extract", _c(json.dumps(spec))))

    def resolve(self, reference):
        """The absolute URL of a reference on this page."""
        return _written(self._call, "resolve", _c(reference))

    def next_url(self):
        """The address of the next page, None on the last."""
        return _written(self._call, "next_url") or None


class Element(_Scope):
    """An element of a page, which it keeps; when the page is closed, it is too. element["href"] is an
    attribute, and select() and its kin look below the element."""

    def __init__(self, page, node):
        self._page, self._node = page, node

    def __eq__(self, other):
        return isinstance(other, Element) and (self._page, self._node) == (other._page, other._node)

    def __hash__(self):
        return hash((self._page, self._node))

    def __repr__(self):
        return "<Element %s>" % (self.name if self._page._pointer else "of a page that is closed")

    @property
    def name(self):
        return _utf8(self._ask("node_tag"))

    def get(self, name, default=None):
        """The value of an attribute."""
        value = self._ask("node_attribute", _c(name), None)
        return default if value is None else value.decode()

    def __getitem__(self, name):
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __contains__(self, name):
        return self.get(name) is not None

    def __iter__(self):
        """The names of the attributes."""
        return iter(self.attributes)

    @property
    def attributes(self):
        """All attributes as a dictionary, in the order of the source."""
        name, value, all_of_them = c_char_p(), c_char_p(), {}
        for index in range(self._ask("node_attribute_count")):
            _check(self._ask("node_attribute_at", index, byref(name), byref(value)))
            all_of_them[name.value.decode()] = value.value.decode()
        return all_of_them

    @property
    def parent(self):
        """The element that this one is in, None for the outermost."""
        node = self._ask("node_parent")
        return Element(self._page, node) if node else None

    @property
    def children(self):
        """The elements right below this one."""
        return [child for child in self._elements(self._ask("node_children")) if child.name]

    def full_text(self):
        """All text below it, as it stands."""
        return _written(self._ask, "node_full_text")

    def inner_html(self):
        return _written(self._ask, "node_inner_html")

    def absolute(self, name="href"):
        """The absolute URL that an attribute names, None without the attribute."""
        value = self.get(name)
        return None if value is None else self._page.resolve(value)


class Form(_Handle):
    """A form as its page and you filled it in: form["user"] = "ada". It outlives its page, and belongs to one
    thread at a time. What it does not have is a QueryError (507)."""

    _prefix, _kind = "session_form_", _form

    def __init__(self, pointer):
        super().__init__(pointer)
        self._done(self._call("error"))

    def _done(self, code):
        if code:
            _check(code, self._call("error_message"))

    def to_dict(self):
        """The whole form: "name", "id", "action", "encoding" and "fields"."""
        return json.loads(_written(self._call, "json"))

    @property
    def fields(self):
        """The fields, buttons too, as dictionaries: "name", "type", "value", "label", "checked", "disabled",
        of a select "options"."""
        return self.to_dict()["fields"]

    def _named(self, name):
        return [field for field in self.fields if field["name"] == name]

    def __contains__(self, name):
        return bool(self._named(name))

    def __iter__(self):
        """The names of the fields, each once."""
        return iter(dict.fromkeys(field["name"] for field in self.fields))

    def __getitem__(self, name):
        """What is filled in: a text; of a checkbox whether it is checked, of several of one name and of a select
        of several the list of what is chosen; None for radio buttons of which none is checked."""
        fields = self._named(name)
        if not fields:
            raise KeyError(name)
        # Many pages send a hidden field in place of a checkbox that is not checked.
        field = next((field for field in fields if field["type"] != "hidden"), fields[0])
        if field["type"] == "select-multiple":
            return [option["value"] for option in field["options"] if option["selected"]]
        same = [other for other in fields if other["type"] == field["type"]]
        chosen = [other["value"] for other in same if other["checked"]]
        if field["type"] == "radio":
            return next(iter(chosen), None)
        if field["type"] == "checkbox":
            return chosen if len(same) > 1 else bool(chosen)
        return field["value"]

    def __setitem__(self, name, value):
        """A text for a field, an option by its value or else by what it shows, or a radio button; True or False
        for a checkbox; a list of what is to be chosen of several checkboxes or options."""
        if isinstance(value, bool):
            self._done(self._call("check", _c(name), None, value))
        elif isinstance(value, (list, tuple, set, frozenset)):
            self._choose(name, [_c(one).decode() for one in value])
        elif value is None:
            raise TypeError("None instead of a text")
        else:
            self._done(self._call("set", _c(name), _c(value)))

    def _choose(self, name, values):
        fields = self.fields
        options = next((field["options"] for field in fields if field["name"] == name and "options" in field), None)
        if options is None:
            if not values:
                self._done(self._call("check", _c(name), None, False))
            for value in values:
                self._done(self._call("check", _c(name), _c(value), True))
            for index, field in enumerate(fields):
                if field["name"] == name and field["type"] == "checkbox" and field["value"] not in values:
                    self._done(self._call("check_at", index, False))
            return
        for value in values:
            self._done(self._call("select", _c(name), _c(value), True))
        known = {option["value"] for option in options}
        chosen = {next((option["value"] for option in options if option["label"] == value), value)
                  if value not in known else value for value in values}
        for option in options:
            if option["selected"] and not option["disabled"] and option["value"] not in chosen:
                self._done(self._call("select", _c(name), _c(option["value"]), False))

    def attach(self, name, path, *, content=None, content_type=None):
        """Attaches a file, read when the form is sent; with content, bytes as a file of the name `path`."""
        if content is None:
            self._done(self._call("attach_file", _c(name), _c(path), _c(content_type)))
        else:
            content = _bytes(content)
            self._done(self._call("attach_bytes", _c(name), _c(path), _c(content_type), content, len(content)))

    def add(self, name, value):
        """Adds a hidden field that the page does not have, as scripts do."""
        self._done(self._call("add", _c(name), _c(value)))

    def request(self, button=None, value=None, **options):
        """The Request that a browser sends when a button is clicked: the first one, that of a name and perhaps a
        value, or at a place among the fields; with False none. It names the page as its referrer. Options
        as for Request.set()."""
        if button is None:
            pointer = self._call("submit")
        elif button is False:
            pointer = self._call("submit_without")
        elif isinstance(button, int):
            pointer = self._call("submit_at", _count(button))
        else:
            pointer = self._call("submit_with", _c(button), _c(value))
        if not pointer:
            self._done(self._call("error"))
        from ._session import Request  # which needs this module

        request = Request._made(pointer)
        request.set(**options)
        return request

    def submit(self, session, button=None, value=None, **options):
        """Sends what request() makes, and waits for the response."""
        with self.request(button, value, **options) as request:
            return session.perform(request)
