//! Any bytes with any declared encoding decode and parse.
#![no_main]

use htmlsession::html::{Document, NodeId, ParseOptions};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: (Option<String>, Option<String>, Vec<u8>)| {
    let (encoding, content_type, bytes) = data;
    let options = ParseOptions { encoding, content_type, ..ParseOptions::default() };
    let page = Document::from_bytes(&bytes, options).expect("a small page is within the limits");
    let mut out = String::new();
    page.tree().inner_html(NodeId::DOCUMENT, &mut out);
});
