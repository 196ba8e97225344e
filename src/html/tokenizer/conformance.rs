//! The html5lib tokenizer tests.
//!
//! They are read from the folder that `HTMLSESSION_VECTORS` names. Parse errors are not compared: the tokenizer reports none.

use super::tests::{Seen, tokens};
use super::{State, normalized};
use serde_json::Value;
use std::path::Path;

/// Not the standard's: the infoset coercion of an XML tool, and a proposal of 2010.
const OTHER_STANDARDS: [&str; 2] = ["xmlViolation.test", "pendingSpecChanges.test"];

/// Lone surrogates, which UTF-8 cannot hold, become what decoders put in their place.
fn without_lone_surrogates(json: &str) -> String {
    let mut out = String::new();
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        let hex = |at: usize| rest.get(at + 2..at + 6).filter(|_| rest[at..].starts_with("\\u"));
        let unit = |at: usize| hex(at).and_then(|hex| u16::from_str_radix(hex, 16).ok());
        let length = match (unit(at), unit(at + 6)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (Some(0xD800..=0xDFFF), _) => {
                out.push_str(&rest[..at]);
                out.push_str("\\uFFFD");
                rest = &rest[at + 6..];
                continue;
            }
            _ => 2,
        };
        out.push_str(&rest[..at + length]);
        rest = &rest[at + length..];
    }
    out + rest
}

/// Resolves the second layer of `\uHHHH` of a test that is double-escaped.
fn unescape(value: &mut Value) {
    match value {
        Value::String(text) => {
            let json = format!("\"{}\"", text.replace('"', "\\\"").replace('\0', "\\u0000"));
            let json = without_lone_surrogates(&json).replace('\n', "\\n").replace('\t', "\\t");
            if let Ok(unescaped) = serde_json::from_str(&json) {
                *text = unescaped;
            }
        }
        Value::Array(list) => list.iter_mut().for_each(unescape),
        Value::Object(map) => {
            let mut changed = serde_json::Map::new();
            for (name, mut value) in std::mem::take(map) {
                let mut name = Value::String(name);
                unescape(&mut name);
                unescape(&mut value);
                changed.insert(name.as_str().unwrap().to_string(), value);
            }
            *map = changed;
        }
        _ => {}
    }
}

fn state_of(name: &str) -> State {
    match name {
        "Data state" => State::Data,
        "PLAINTEXT state" => State::Plaintext,
        "RCDATA state" => State::Rcdata,
        "RAWTEXT state" => State::Rawtext,
        "Script data state" => State::ScriptData,
        "CDATA section state" => State::CdataSection,
        name => panic!("unknown state {name}"),
    }
}

/// A token as the tests write it; adjacent characters as one.
fn written(seen: Vec<Seen>) -> Vec<Value> {
    let mut out: Vec<Value> = Vec::new();
    let mut text = String::new();
    for token in seen {
        if let Seen::Text(more) = token {
            text.push_str(&more);
            continue;
        }
        if !text.is_empty() {
            out.push(serde_json::json!(["Character", std::mem::take(&mut text)]));
        }
        out.push(match token {
            Seen::Start(name, attributes, false) => {
                serde_json::json!(["StartTag", name, serde_json::Map::from_iter(attributes)])
            }
            Seen::Start(name, attributes, true) => {
                serde_json::json!(["StartTag", name, serde_json::Map::from_iter(attributes), true])
            }
            Seen::End(name) => serde_json::json!(["EndTag", name]),
            Seen::Comment(text) => serde_json::json!(["Comment", text]),
            Seen::Doctype(name, public, system, sound) => {
                serde_json::json!(["DOCTYPE", name, public, system, sound])
            }
            Seen::Text(_) | Seen::EndOfFile => continue,
        });
    }
    if !text.is_empty() {
        out.push(serde_json::json!(["Character", text]));
    }
    out
}

#[test]
fn html5lib_tokenizer_tests() {
    let folder = Path::new(env!("HTMLSESSION_VECTORS")).join("html5lib/tokenizer");
    let (mut passed, mut failed) = (0, Vec::new());
    for entry in std::fs::read_dir(&folder).expect("html5lib/tokenizer") {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        if !file.ends_with(".test") || OTHER_STANDARDS.contains(&file.as_str()) {
            continue;
        }
        let json = without_lone_surrogates(&std::fs::read_to_string(&path).unwrap());
        let json: Value = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{file}: {error}"));
        for test in json["tests"].as_array().unwrap() {
            let mut test = test.clone();
            if test["doubleEscaped"] == true {
                unescape(&mut test["input"]);
                unescape(&mut test["output"]);
            }
            let data_state = vec![Value::from("Data state")];
            for state in test["initialStates"].as_array().unwrap_or(&data_state) {
                let state = state_of(state.as_str().unwrap());
                let last = test["lastStartTag"].as_str();
                let input = test["input"].as_str().unwrap();
                let found = written(tokens(&normalized(input), state, last));
                if Value::Array(found.clone()) == test["output"] {
                    passed += 1;
                } else {
                    failed.push(format!(
                        "{file}: {} ({state:?}) {input:?}\nfound {}\nexpected {}\n",
                        test["description"],
                        Value::Array(found),
                        test["output"]
                    ));
                }
            }
        }
    }
    println!("html5lib tokenizer tests: {passed} passed, {} failed", failed.len());
    assert!(passed + failed.len() > 6000, "too few tests in {}", folder.display());
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
