//! A selector on a page: the first line is the selector, the rest the page. Whatever they are,
//! there is an answer or an error, and what is found matches.

#![no_main]

use htmlsession::html::{Document, NodeId, Selector};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    let (css, html) = input.split_once('\n').unwrap_or((input, "<p class=a id=b><a href=x>text</a><b></b></p>"));
    let Ok(selector) = Selector::compile(css) else { return };
    let page = Document::parse(html, None);
    let Ok(found) = selector.find(&page, NodeId::DOCUMENT) else { return };
    assert!(found.is_sorted_by(|a, b| a < b));
    assert_eq!(selector.find_first(&page, NodeId::DOCUMENT).unwrap(), found.first().copied());
    for node in found.into_iter().take(10).filter(|node| page.tree().is_element(*node)) {
        // Outputs (`::attr`) reach below what matches.
        if !css.contains("::") {
            assert!(selector.matches(&page, node).unwrap());
        }
    }
    let _ = selector.find_values(&page, NodeId::DOCUMENT);
});
