//! Extraction: the manual's examples, every error, and what pages cannot do.

use htmlsession::Code;
use htmlsession::html::extract::Spec;
use htmlsession::html::{Document, NodeId};
use url::Url;

fn page(html: &str) -> Document {
    Document::parse(html, Url::parse("http://example.org/shop/").ok())
}

fn extract(html: &str, spec: &str) -> String {
    Spec::compile(spec).unwrap().run(&page(html)).unwrap()
}

/// The fenced blocks of a document: language and content.
fn blocks(text: &str) -> Vec<(&str, &str)> {
    let mut blocks = Vec::new();
    for fenced in text.split("\n```").skip(1).step_by(2) {
        blocks.push(fenced.split_once('\n').unwrap());
    }
    blocks
}

#[test]
fn the_manual_is_right() {
    let manual = include_str!("../docs/extract.md");
    let blocks = blocks(manual);
    assert_eq!(blocks.len() % 3, 0);
    assert!(blocks.len() >= 18);
    for example in blocks.chunks(3) {
        let [("html", html), ("json", spec), ("json", answer)] = example else { panic!("{example:?}") };
        let expected: serde_json::Value = serde_json::from_str(answer).unwrap();
        let found = extract(html, spec);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&found).unwrap(), expected, "{spec}");
        assert_eq!(found, expected.to_string(), "keys are in alphabetical order");
    }
}

#[test]
fn nodes_give_what_is_asked_for() {
    let html = "<div id=d class='a b'>one <b>two</b><script>three</script><br>four</div>";
    for (get, expected) in [
        ("text", "one two\nfour"),
        ("full_text", "one twothreefour"),
        ("own_text", "one four"),
        ("html", "<div id=\"d\" class=\"a b\">one <b>two</b><script>three</script><br>four</div>"),
        ("inner_html", "one <b>two</b><script>three</script><br>four"),
        ("tag", "div"),
        ("@class", "a b"),
    ] {
        let spec = format!("{{\"x\": {{\"css\": \"div\", \"get\": \"{get}\"}}}}");
        assert_eq!(extract(html, &spec), serde_json::json!({"x": expected}).to_string(), "{get}");
    }
    assert_eq!(extract(html, r##"{"x": {"css": "#d", "get": "@none"}}"##), r#"{"x":null}"#);
    assert_eq!(
        extract(html, r#"{"x": {"xpath": "//b/text()"}, "y": {"xpath": "//@id"}}"#),
        r#"{"x":"two","y":"d"}"#
    );
    assert_eq!(extract(html, r#"{"x": {"xpath": "//b/text()", "get": "own_text"}}"#), r#"{"x":"two"}"#);
}

#[test]
fn attributes_are_named_as_the_dom_names_them() {
    let html = "<svg viewBox='0 0 1 1'><use xlink:href=#old href=#new /></svg><p data-Foo=1>";
    let spec = r#"{"a": {"css": "svg", "get": "@viewBox"}, "b": {"css": "p", "get": "@data-Foo"},
        "c": {"css": "use", "get": "@xlink:href"}, "d": {"css": "use", "get": "@href"}, "e": {"css": "svg", "get": "@viewbox"}}"#;
    assert_eq!(extract(html, spec), r##"{"a":"0 0 1 1","b":"1","c":"#old","d":"#new","e":null}"##);
}

#[test]
fn values_keep_their_types() {
    let html = "<p>12 and 3.5</p>";
    for (field, expected) in [
        (r#"{"xpath": "1 div 0"}"#, "null"),
        (r#"{"xpath": "0.5"}"#, "0.5"),
        (r#"{"xpath": "count(//p)", "as": "string"}"#, "\"1\""),
        (r#"{"xpath": "count(//p)", "as": "boolean"}"#, "true"),
        (r#"{"xpath": "true()", "as": "string"}"#, "\"true\""),
        (r#"{"xpath": "//none"}"#, "null"),
        (r#"{"css": "p", "template": "{:d} and {:f}"}"#, "[12,3.5]"),
        (r#"{"css": "p", "template": "{a:d} and {:f}"}"#, r#"{"fixed":[3.5],"named":{"a":12}}"#),
        (r#"{"css": "p", "template": "{x[y]:d} and"}"#, "12"),
        (r#"{"css": "p", "template": "{} and", "as": "integer"}"#, "12"),
        (r#"{"template": "{:d}", "all": true, "as": "string"}"#, "[\"12\",\" 3\",\"5\"]"),
    ] {
        assert_eq!(extract(html, &format!("{{\"v\": {field}}}")), format!("{{\"v\":{expected}}}"), "{field}");
    }
}

#[test]
fn parts_of_a_page_are_scopes() {
    let page = page("<ul><li>1<li>2</ul><li>3</li>");
    let list = page.find_first(NodeId::DOCUMENT, "ul").unwrap().unwrap();
    let spec = Spec::compile(r#"{"items": ["li"], "self": {"get": "tag"}}"#).unwrap();
    assert_eq!(spec.run_on(&page, list).unwrap(), r#"{"items":["1","2"],"self":"ul"}"#);
    let foreign = Document::parse(&"<p>".repeat(99), None).tree().node(90).unwrap();
    assert_eq!(spec.run_on(&page, foreign).unwrap_err().code(), Code::Node);
}

#[test]
fn required_values_are_named_when_they_are_missing() {
    for (spec, path) in [
        (r#"{"a": {"css": "b", "required": true}}"#, "a"),
        (r#"{"a": {"css": "b", "all": true, "required": true}}"#, "a"),
        (r#"{"a": {"css": "p", "as": "number", "required": true}}"#, "a"),
        (r#"{"a": {"css": "p", "get": "@x", "required": true}}"#, "a"),
        (r#"{"a": {"css": "p", "template": "{:d}", "required": true}}"#, "a"),
        (
            r#"{"l": {"css": "p", "all": true, "fields": {"in": {"fields": {"x": {"css": "i", "required": true}}}}}}"#,
            "l.in.x",
        ),
    ] {
        let error = Spec::compile(spec).unwrap().run(&page("<p>x</p>")).unwrap_err();
        assert_eq!(error.code(), Code::Missing, "{spec}");
        assert_eq!(error.message(), format!("field \"{path}\" is required, and the page has no value"));
    }
}

/// Bad specifications: the beginning of the message.
const BAD: &[(&str, &str)] = &[
    ("", "the specification is not JSON: EOF while parsing a value at line 1 column 0"),
    ("{", "the specification is not JSON: EOF while parsing an object at line 1 column 1"),
    ("{\n\"a\" 1}", "the specification is not JSON: expected `:` at line 2 column 5"),
    ("[]", "the specification is not an object of fields"),
    ("\"h1\"", "the specification is not an object of fields"),
    ("null", "the specification is not an object of fields"),
    (r#"{"a": 1}"#, "field \"a\": neither a selector, a list nor an object"),
    (r#"{"a": null}"#, "field \"a\": neither a selector, a list nor an object"),
    (r#"{"a": []}"#, "field \"a\": a list must hold one selector or one object"),
    (r#"{"a": ["b", "c"]}"#, "field \"a\": a list must hold one selector or one object"),
    (r#"{"a": [["b"]]}"#, "field \"a\": a list must hold one selector or one object"),
    (r#"{"a": ""}"#, "field \"a\": css: "),
    (r#"{"a": "p["}"#, "field \"a\": css: "),
    (r#"{"a": "p:nope"}"#, "field \"a\": css: "),
    (r#"{"a": ["p >"]}"#, "field \"a\": css: "),
    (r#"{"a": {"css": 1}}"#, "field \"a\": \"css\" is not a text"),
    (r#"{"a": {"xpath": true}}"#, "field \"a\": \"xpath\" is not a text"),
    (r#"{"a": {"xpath": "//["}}"#, "field \"a\": xpath: "),
    (r#"{"a": {"xpath": "foo()"}}"#, "field \"a\": xpath: "),
    (r#"{"a": {"css": "p", "xpath": "//p"}}"#, "field \"a\": \"css\" and \"xpath\" exclude each other"),
    (r#"{"a": {"css": "p", "typ": "x"}}"#, "field \"a\": unknown key \"typ\"; known are all, as, css, "),
    (r#"{"a": {"css": "p", "all": 1}}"#, "field \"a\": \"all\" is neither true nor false"),
    (r#"{"a": {"css": "p", "required": "yes"}}"#, "field \"a\": \"required\" is neither true nor false"),
    (
        r#"{"a": {"css": "p", "required": true, "default": 1}}"#,
        "field \"a\": \"required\" and \"default\" exclude each other",
    ),
    (r#"{"a": {"all": true}}"#, "field \"a\": \"all\" needs \"css\", \"xpath\" or \"template\""),
    (
        r#"{"a": {"all": true, "fields": {}}}"#,
        "field \"a\": \"all\" needs \"css\", \"xpath\" or \"template\"",
    ),
    (r#"{"a": {"css": "p", "get": "txt"}}"#, "field \"a\": unknown \"get\": \"txt\"; known are text, "),
    (r#"{"a": {"css": "p", "get": "@"}}"#, "field \"a\": unknown \"get\": \"@\"; known are text, "),
    (r#"{"a": {"css": "p", "get": 1}}"#, "field \"a\": \"get\" is not a text"),
    (
        r#"{"a": {"css": "p::text", "get": "html"}}"#,
        "field \"a\": \"get\" needs elements, not ::text or ::attr()",
    ),
    (r#"{"a": {"css": "p", "template": "{:z}"}}"#, "field \"a\": template: column 3: unknown type \"z\""),
    (r#"{"a": {"css": "p", "template": "x"}}"#, "field \"a\": template: no field to give a value"),
    (
        r#"{"a": {"css": "p", "template": "{} {}", "as": "number"}}"#,
        "field \"a\": \"as\" needs a template of one field",
    ),
    (r#"{"a": {"css": "p", "as": "float"}}"#, "field \"a\": unknown \"as\": \"float\"; known are string, "),
    (r#"{"a": {"css": "p", "as": []}}"#, "field \"a\": \"as\" is not a text"),
    (
        r#"{"a": {"xpath": "count(//p)", "get": "@id"}}"#,
        "field \"a\": \"get\" needs elements, not a number, a text or a truth",
    ),
    (
        r#"{"a": {"xpath": "1", "fields": {"b": "p"}}}"#,
        "field \"a\": \"fields\" needs elements, not a number, a text or a truth",
    ),
    (r#"{"a": {"css": "p", "format": "%Y"}}"#, "field \"a\": \"format\" needs \"as\": \"date\""),
    (
        r#"{"a": {"css": "p", "as": "number", "format": "%Y"}}"#,
        "field \"a\": \"format\" needs \"as\": \"date\"",
    ),
    (
        r#"{"a": {"css": "p", "as": "date", "format": "%Y-%Q"}}"#,
        "field \"a\": format: column 6: unknown date directive %Q",
    ),
    (r#"{"a": {"css": "p", "as": "date", "format": "d"}}"#, "field \"a\": \"format\" is no date format"),
    (r#"{"a": {"css": "p", "as": "date", "format": ""}}"#, "field \"a\": \"format\" is no date format"),
    (
        r#"{"a": {"css": "p", "as": "date", "format": "%Y} {:%d"}}"#,
        "field \"a\": \"format\" is no date format",
    ),
    (r#"{"a": {"css": "p", "fields": []}}"#, "field \"a\": \"fields\" is not an object"),
    (
        r#"{"a": {"css": "p", "fields": {}, "get": "text"}}"#,
        "field \"a\": \"fields\" and \"get\" exclude each other",
    ),
    (
        r#"{"a": {"css": "p", "fields": {}, "as": "number"}}"#,
        "field \"a\": \"fields\" and \"as\" exclude each other",
    ),
    (
        r#"{"a": {"css": "p", "fields": {}, "template": "{}"}}"#,
        "field \"a\": \"fields\" and \"template\" exclude each other",
    ),
    (
        r#"{"a": {"css": "p::attr(x)", "fields": {}}}"#,
        "field \"a\": \"fields\" needs elements, not ::text or ::attr()",
    ),
    (r#"{"a": {"css": "p", "fields": {"b": {"fields": {"c": {"css": "::"}}}}}}"#, "field \"a.b.c\": css: "),
    (r#"{"a": {"css": "p", "fields": {"b": 1}}}"#, "field \"a.b\": neither a selector, a list nor an object"),
];

#[test]
fn bad_specifications_name_the_field() {
    let mut all: Vec<(String, String)> =
        BAD.iter().map(|(spec, what)| (spec.to_string(), what.to_string())).collect();
    // The same fields inside of another.
    for (spec, what) in BAD.iter().filter(|(_, what)| what.starts_with("field \"")) {
        let what = what.replacen("field \"", "field \"out.", 1);
        all.push((format!("{{\"out\": {{\"css\": \"div\", \"fields\": {spec}}}}}"), what));
    }
    let deep = format!("{}{{}}{}", r#"{"a": {"fields": "#.repeat(36), "}}".repeat(36));
    let path = vec!["a"; 32].join(".");
    all.push((deep, format!("field \"{path}\": more than 32 objects inside of each other")));
    all.push(("[".repeat(100_000), "the specification is not JSON: more than 80 arrays".into()));
    assert!(all.len() > 85);
    for (spec, what) in all {
        let error = Spec::compile(&spec).unwrap_err();
        assert_eq!(error.code(), Code::Spec, "{spec}");
        assert!(error.message().starts_with(&what), "{spec}: {}", error.message());
    }
}

#[test]
fn many_threads_share_a_specification() {
    let spec = Spec::compile(r#"{"t": "h1", "l": [{"css": "a", "get": "@href", "as": "url"}]}"#).unwrap();
    let page = page("<h1>T</h1><a href=1></a><a href=2></a>");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..50 {
                    let expected =
                        r#"{"l":["http://example.org/shop/1","http://example.org/shop/2"],"t":"T"}"#;
                    assert_eq!(spec.run(&page).unwrap(), expected);
                }
            });
        }
    });
}
