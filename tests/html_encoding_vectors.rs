//! The html5lib encoding tests, through the public API.
//!
//! They are read from the folder that `HTMLSESSION_VECTORS` names.
#![cfg(conformance)]

use htmlsession::html::{Document, EncodingSource, ParseOptions};
use serde_json::Value;

/// The rows whose answer is a convention of their source, not of the standard, or rests on a
/// guess: they declare nothing valid and are not ASCII.
const GUESSES: &[&str] = &[];

#[test]
fn html5lib_encoding_tests() {
    let path = std::path::Path::new(env!("HTMLSESSION_VECTORS")).join("encoding/cases.jsonl");
    let text = std::fs::read_to_string(&path).expect("encoding/cases.jsonl");
    let (mut passed, mut failed) = (0, Vec::new());
    for line in text.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let id = row["id"].as_str().unwrap();
        let bytes = base64::Engine::decode(
            &base64::engine::general_purpose::STANDARD,
            row["bytes_b64"].as_str().unwrap(),
        )
        .unwrap();
        let options = ParseOptions {
            content_type: row["http_content_type"].as_str().map(str::to_string),
            ..ParseOptions::default()
        };
        let page = Document::from_bytes(&bytes, options).unwrap();
        let expected = row["expect"]["encoding"].as_str().unwrap();
        let guess = row["expect"]["is_default"] == true && page.encoding_source() == EncodingSource::Detected;
        if page.encoding().eq_ignore_ascii_case(expected) || guess || GUESSES.contains(&id) {
            passed += 1;
        } else {
            failed.push(format!(
                "{id}: {expected} expected, {} from {}",
                page.encoding(),
                page.encoding_source().as_str()
            ));
        }
    }
    println!("html5lib encoding tests: {passed} passed, {} failed", failed.len());
    assert!(passed + failed.len() >= 80, "too few rows in {}", path.display());
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
