//! The cookie engine, through the public API: decision by decision, then as a whole.

mod curl;
mod files;
mod import;
mod jar;
mod limits;
mod model;
mod parse;
mod properties;
#[path = "../support/random.rs"]
mod random;
mod retrieve;
mod store;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use htmlsession::cookies::{Context, Cookie, Filter, Jar, Reason};
use url::Url;

/// The time at which the tests begin: 2020-01-01 00:00:00 UTC, in milliseconds.
const START: i64 = 1_577_836_800_000;

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

/// A jar whose clock stands still until the test sets it.
fn jar() -> (Jar, Arc<AtomicI64>) {
    let (jar, time) = (Jar::new(), Arc::new(AtomicI64::new(START)));
    let clock = time.clone();
    jar.set_clock(Some(Arc::new(move || clock.load(Ordering::Relaxed))));
    (jar, time)
}

fn store(jar: &Jar, from: &str, field: &str) -> Reason {
    jar.store(&url(from), field.as_bytes(), &Context::default()).reason
}

fn header(jar: &Jar, to: &str) -> String {
    header_in(jar, to, &Context::default())
}

fn header_in(jar: &Jar, to: &str, context: &Context<'_>) -> String {
    let mut out = Vec::new();
    let count = jar.header(&url(to), context, &mut out);
    let text = String::from_utf8(out).unwrap();
    assert_eq!(count, if text.is_empty() { 0 } else { text.split("; ").count() });
    text
}

fn all(jar: &Jar) -> Vec<Cookie> {
    jar.cookies(&Filter::default())
}

/// Stores one field in a fresh jar and gives the cookie, if it was stored.
fn only(from: &str, field: &str) -> Result<Cookie, Reason> {
    let (jar, _) = jar();
    let reason = store(&jar, from, field);
    let mut cookies = all(&jar);
    assert_eq!(cookies.len(), usize::from(reason == Reason::Accepted), "{field}");
    cookies.pop().ok_or(reason)
}
