//! Any page's forms, filled in with any text: nothing panics, and what is sent is one of http
//! and https, with a query or a body in the form's encoding.
#![no_main]

use htmlsession::html::form::{Body, Form, Method, Submitter, forms};
use htmlsession::html::{Document, ParseOptions};
use libfuzzer_sys::fuzz_target;
use url::Url;

fuzz_target!(|data: (&[u8], &str, u8)| {
    let (html, text, choice) = data;
    let url = Url::parse("http://example.org/dir/page?q#f").ok();
    let Ok(page) = Document::from_bytes(html, ParseOptions { url, ..ParseOptions::default() }) else { return };
    for node in forms(&page).into_iter().take(5) {
        let mut form = Form::new(&page, node).unwrap();
        for field in 0..form.fields().len().min(100) {
            let _ = form.set_at(field, text);
            let _ = form.check_at(field, choice & 1 == 0);
        }
        let submitter = if choice & 2 == 0 { Submitter::Default } else { Submitter::Field(choice.into()) };
        let Ok(sent) = form.submission(submitter) else { continue };
        assert!(matches!(sent.url.scheme(), "http" | "https"));
        assert_eq!(sent.method == Method::Get, sent.body == Body::Empty);
        if let Body::Multipart(parts) = sent.body {
            assert_eq!(parts.len(), sent.entries.len());
            assert!(parts.iter().all(|part| !part.name.iter().any(|byte| b"\r\n\"".contains(byte))));
        }
    }
});
