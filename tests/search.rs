//! Search templates on pages.

use htmlsession::Code;
use htmlsession::html::template::Value;
use htmlsession::html::{Document, NodeId, SearchIn};

const PAGE: &str = "<title>T</title><p class=intro>Python is a <b>programming</b> language.</p><script>var id = 42;</script>\
                    <ul><li>a: 1.5<li>b: 2.5</ul>";

#[test]
fn pages_are_searched_as_html_or_text() {
    let page = Document::parse(PAGE, None);
    let text = |within, template: &str| {
        let found = page.search(NodeId::DOCUMENT, template, within, 1).unwrap();
        found.get(0).map(|found| found.value(0).unwrap())
    };
    let some = |text: &str| Some(Value::Text(text.into()));
    assert_eq!(text(SearchIn::Html, "Python is a <b>{}</b>"), some("programming"));
    assert_eq!(text(SearchIn::Html, "<p class=\"{}\">"), some("intro"));
    assert_eq!(text(SearchIn::Html, "var id = {:d};"), Some(Value::Integer(42)));
    assert_eq!(text(SearchIn::Text, "Python is a {} language"), some("programming"));
    assert_eq!(text(SearchIn::Text, "var id = {:d};"), None);
    assert_eq!(text(SearchIn::FullText, "var id = {:d};"), Some(Value::Integer(42)));
}

#[test]
fn all_matches_of_a_part_are_found() {
    let page = Document::parse(PAGE, None);
    let list = page.find_first(NodeId::DOCUMENT, "ul").unwrap().unwrap();
    let found = page.search(list, "{name:w}: {value:g}", SearchIn::Text, usize::MAX).unwrap();
    assert_eq!((found.len(), found.is_empty(), found.text()), (2, false, "a: 1.5\nb: 2.5"));
    assert_eq!(
        found.to_json(),
        r#"[{"fixed":[],"named":{"name":"a","value":1.5}},{"fixed":[],"named":{"name":"b","value":2.5}}]"#
    );
    let second = found.get(1).unwrap();
    assert_eq!(
        (second.range(), second.span(0), second.named("value")),
        (7..13, Some(7..8), Some(Value::Float(2.5)))
    );
    assert!(found.get(2).is_none());
    assert_eq!(found.iter().len(), 2);
    assert_eq!(found.template().fields().len(), 2);
    assert_eq!(page.search(list, "{name:w}: {value:g}", SearchIn::Text, 1).unwrap().len(), 1);
}

#[test]
fn errors_name_the_column_or_the_node() {
    let page = Document::parse(PAGE, None);
    let foreign = Document::parse(&"<p>".repeat(99), None).tree().node(90).unwrap();
    let error = page.search(NodeId::DOCUMENT, "{:zz}", SearchIn::Html, 1).unwrap_err();
    assert_eq!((error.code(), error.message()), (Code::Template, "column 3: unknown type \"zz\""));
    assert_eq!(page.search(foreign, "{}", SearchIn::Html, 1).unwrap_err().code(), Code::Node);
}
