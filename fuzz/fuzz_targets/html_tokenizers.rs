//! Any bytes parse, and both tokenizers make the same tree of them: the library's own and
//! html5ever's. The first byte picks the context that the rest is parsed in.
#![no_main]

use htmlsession::html::{Document, NodeId, ParseOptions, Tokenizer};
use libfuzzer_sys::fuzz_target;

const CONTEXTS: [&str; 16] = [
    "title", "textarea", "style", "script", "plaintext", "table", "tr", "select", "template", "svg path",
    "svg foreignObject", "math mi", "math annotation-xml", "html", "form", "div",
];

fuzz_target!(|data: &[u8]| {
    let Some((first, html)) = data.split_first() else { return };
    let parsed = |tokenizer| {
        let options = ParseOptions { tokenizer, encoding: Some("utf-8".into()), ..ParseOptions::default() };
        let page = match CONTEXTS.get(usize::from(*first) / 4) {
            Some(context) => Document::fragment_from_bytes(html, context, options),
            None => Document::from_bytes(html, options),
        };
        page.expect("a small page is within the limits")
    };
    let (own, stock) = (parsed(Tokenizer::Slices), parsed(Tokenizer::Html5ever));
    assert_eq!(own.tree().dump(), stock.tree().dump());
    assert_eq!(own.tree().quirks(), stock.tree().quirks());
    let mut out = String::new();
    own.tree().outer_html(NodeId::DOCUMENT, &mut out);
});
