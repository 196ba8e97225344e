//! Any bytes parse, and both parsers make the same tree of them: the library's own and html5ever.
//! The first byte picks the context that the rest is parsed in.
#![no_main]

use htmlsession::html::{Document, NodeId, ParseOptions};
use libfuzzer_sys::fuzz_target;

const CONTEXTS: [&str; 16] = [
    "title", "textarea", "style", "script", "plaintext", "table", "tr", "select", "template", "svg path",
    "svg foreignObject", "math mi", "math annotation-xml", "html", "form", "div",
];

fuzz_target!(|data: &[u8]| {
    let Some((first, html)) = data.split_first() else { return };
    let options = || ParseOptions { encoding: Some("utf-8".into()), ..ParseOptions::default() };
    let (own, stock) = match CONTEXTS.get(usize::from(*first) / 4) {
        Some(context) => (
            Document::fragment_from_bytes(html, context, options()),
            Document::fragment_from_bytes_with_html5ever(html, context, options()),
        ),
        None => {
            (Document::from_bytes(html, options()), Document::from_bytes_with_html5ever(html, options()))
        }
    };
    let (own, stock) = (own.expect("a small page is within the limits"), stock.expect("the same"));
    assert_eq!(own.tree().dump(), stock.tree().dump());
    assert_eq!(own.tree().quirks(), stock.tree().quirks());
    for number in 0..own.tree().len() {
        let (a, b) = (own.tree().node(number), stock.tree().node(number));
        let form = |page: &Document, id: Option<NodeId>| id.and_then(|id| page.tree().parser_form(id));
        assert_eq!(form(&own, a), form(&stock, b));
    }
    let mut out = String::new();
    own.tree().outer_html(NodeId::DOCUMENT, &mut out);
});
