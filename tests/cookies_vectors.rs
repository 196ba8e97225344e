//! Runs the conformance vectors that `HTMLSESSION_VECTORS` points to against the jar, through its
//! Rust API and through its C ABI.
#![cfg(conformance)]

use std::collections::BTreeMap;
use std::ffi::{CString, c_void};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use htmlsession::cookies::{Context, Jar, Site, date};
use htmlsession::ffi::buffer::{session_buffer_data, session_buffer_free, session_buffer_new};
use htmlsession::ffi::jar::*;
use htmlsession::ffi::jar_options::*;
use serde_json::Value;
use url::Url;

/// Rows of one project's own behaviour in which the library follows the later draft.
const LAYERED: &str = "layered";

fn rows(file: &str) -> Vec<Value> {
    let path = PathBuf::from(env!("HTMLSESSION_VECTORS")).join("cookies").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines().map(|line| serde_json::from_str(line).expect("a row is JSON")).collect()
}

/// The bytes of a text: UTF-8, or one byte for each character.
fn bytes(row: &Value, text: &str) -> Vec<u8> {
    match row["enc"].as_str() {
        Some("latin1") => text.chars().map(|character| character as u8).collect(),
        _ => text.as_bytes().to_vec(),
    }
}

fn context(step: &Value) -> Context<'static> {
    let site = match step["site"].as_str() {
        None | Some("same") => Site::Same,
        Some("lax") => Site::Navigation,
        Some("cross") => Site::Cross,
        Some(other) => panic!("unknown site {other}"),
    };
    Context { site, http_api: step["api"].as_str() != Some("non-http"), ..Context::default() }
}

/// The header that the jar gives at the end of a case.
fn answer(row: &Value) -> Option<Vec<u8>> {
    let time = Arc::new(AtomicI64::new(0));
    let jar = Jar::new();
    let clock = time.clone();
    jar.set_clock(Some(Arc::new(move || clock.load(Ordering::Relaxed))));
    let set =
        |step: &Value| time.store(step["at"].as_i64().unwrap_or(1_500_000_000) * 1000, Ordering::Relaxed);
    for step in row["steps"].as_array().expect("steps") {
        set(step);
        let url = Url::parse(step["url"].as_str().expect("url")).expect("a URL");
        let fields: Vec<Vec<u8>> = step["set_cookie"]
            .as_array()
            .expect("set_cookie")
            .iter()
            .map(|field| bytes(row, field.as_str().expect("a field")))
            .collect();
        jar.store_response(&url, fields.iter().map(Vec::as_slice), &context(step));
    }
    set(&row["query"]);
    let url = Url::parse(row["query"]["url"].as_str().expect("url")).expect("a URL");
    let mut header = Vec::new();
    let count = jar.header(&url, &context(&row["query"]), &mut header);
    (count > 0).then_some(header)
}

unsafe extern "C" fn clock(time: *mut c_void) -> i64 {
    // SAFETY: the time that `answer_in_c` keeps alive.
    unsafe { (*time.cast::<AtomicI64>()).load(Ordering::Relaxed) }
}

/// The same as [`answer`], through the C ABI.
fn answer_in_c(row: &Value) -> Option<Vec<u8>> {
    let time = AtomicI64::new(0);
    let set =
        |step: &Value| time.store(step["at"].as_i64().unwrap_or(1_500_000_000) * 1000, Ordering::Relaxed);
    let url = |step: &Value| CString::new(step["url"].as_str().expect("url")).expect("no NUL");
    let flags = |step: &Value| -> u32 {
        let site = match step["site"].as_str() {
            Some("lax") => SESSION_COOKIES_NAVIGATION,
            Some("cross") => SESSION_COOKIES_CROSS_SITE,
            _ => 0,
        };
        let script = step["api"].as_str() == Some("non-http");
        if script { site | SESSION_COOKIES_NON_HTTP } else { site }
    };
    let none = std::ptr::null();
    // SAFETY: every handle is live until it is freed at the end, and every pointer is to a local.
    unsafe {
        let (jar, buffer) = (session_jar_new(), session_buffer_new());
        session_jar_set_clock(jar, Some(clock), (&raw const time).cast_mut().cast(), None);
        for step in row["steps"].as_array().expect("steps") {
            set(step);
            let fields = step["set_cookie"].as_array().expect("set_cookie").iter();
            let fields: Vec<_> = fields.map(|field| bytes(row, field.as_str().expect("a field"))).collect();
            let pointers: Vec<_> = fields.iter().map(|field| field.as_ptr().cast()).collect();
            let lengths: Vec<_> = fields.iter().map(Vec::len).collect();
            let (pointers, lengths) = (pointers.as_ptr(), lengths.as_ptr());
            let (url, flags, count) = (url(step), flags(step), fields.len());
            let reasons = std::ptr::null_mut();
            session_jar_store_response(jar, url.as_ptr(), pointers, lengths, count, flags, none, reasons);
        }
        let query = &row["query"];
        set(query);
        session_jar_header_in(jar, url(query).as_ptr(), flags(query), none, buffer);
        let mut length = 0;
        let data = session_buffer_data(buffer, &mut length);
        let header = std::slice::from_raw_parts(data.cast::<u8>(), length).to_vec();
        session_buffer_free(buffer);
        session_jar_free(jar);
        (!header.is_empty()).then_some(header)
    }
}

#[test]
fn cases() {
    let rows = rows("cases.jsonl");
    let mut score: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut failures = Vec::new();
    for row in &rows {
        let id = row["id"].as_str().expect("id");
        let spec = row["spec"].as_str().expect("spec");
        let layered = row["profile"].as_str() == Some(LAYERED);
        let expected = match spec {
            "6265bis" => &row["expect_cookie_header"],
            "impl" if layered => &row["expect_cookie_header"],
            _ => row.get("ref_6265bis").unwrap_or(&row["expect_cookie_header"]),
        };
        let expected = expected.as_str().map(|header| bytes(row, header));
        let got = answer(row);
        assert_eq!(answer_in_c(row), got, "{id}: the C ABI answers otherwise");
        let control = id.starts_with("wpt/") && id.contains("-ctl");
        let source = id.split('/').next().unwrap_or_default();
        let matrix = if control { " (control characters)" } else { "" };
        let entry = score.entry(format!("{spec:<8} {source}{matrix}")).or_default();
        if got == expected {
            entry.0 += 1;
        } else {
            entry.1 += 1;
            let show =
                |header: &Option<Vec<u8>>| header.as_ref().map(|bytes| bytes.escape_ascii().to_string());
            failures.push(format!("{spec} {id}: expected {:?}, got {:?}", show(&expected), show(&got)));
        }
    }
    println!("{:<44} passed failed", "cookie cases");
    for (source, (passed, failed)) in &score {
        println!("{source:<44} {passed:>6} {failed:>6}");
    }
    for failure in &failures {
        println!("{failure}");
    }
    assert!(!rows.is_empty());
    assert!(failures.is_empty(), "{} cases failed", failures.len());
}

#[test]
fn dates() {
    let rows = rows("dates.jsonl");
    for row in &rows {
        let text = row["date"].as_str().expect("date");
        assert_eq!(date::parse(text.as_bytes()), row["expect_unix"].as_i64(), "{}: {text}", row["id"]);
    }
    println!("cookie dates: {} passed", rows.len());
    assert!(!rows.is_empty());
}
