//! Any specification on any page: nothing panics, and the answer is a JSON object.
#![no_main]

use htmlsession::html::Document;
use htmlsession::html::extract::Spec;
use libfuzzer_sys::fuzz_target;
use url::Url;

fuzz_target!(|data: (&str, &str)| {
    let (spec, html) = data;
    let Ok(spec) = Spec::compile(spec) else { return };
    let page = Document::parse(html, Url::parse("http://example.org/").ok());
    if let Ok(json) = spec.run(&page) {
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert!(value.is_object());
    }
});
