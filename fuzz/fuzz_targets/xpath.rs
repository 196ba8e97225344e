//! Any expression compiles or is refused, and runs on any page within its budget; what it finds
//! is in document order, each node once.
#![no_main]

use htmlsession::Code;
use htmlsession::html::xpath::{Expression, Value};
use htmlsession::html::{Document, NodeId};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: (&str, &str)| {
    let (source, html) = data;
    let expression = match Expression::compile(source) {
        Ok(expression) => expression,
        Err(error) => {
            assert_eq!(error.code(), Code::Xpath);
            assert!(error.message().contains(" at column "));
            return;
        }
    };
    let page = Document::parse(html, None);
    let tree = page.tree();
    match expression.evaluate_within(tree, NodeId::DOCUMENT, 200_000) {
        Ok(value) => {
            value.string(tree);
            if let Value::Nodes(items) = value {
                // A node stands before its attributes, and those in their order.
                assert!(items.is_sorted_by(|a, b| (a.node(), a) < (b.node(), b)));
                items.iter().for_each(|item| _ = (item.name(tree), item.namespace_uri(tree)));
            }
        }
        Err(error) => assert_eq!(error.code(), Code::Budget),
    }
});
