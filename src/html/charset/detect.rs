//! A guess at the encoding of bytes that declare none.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8};

/// The detector looks at no more than this: it is slow, and the first pages of text tell.
const LOOKED_AT: usize = 64 * 1024;

/// The likely encoding; nothing if the bytes are all ASCII.
pub(super) fn detect(bytes: &[u8], host: Option<&str>) -> Option<&'static Encoding> {
    if bytes.is_ascii() {
        return None;
    }
    if std::str::from_utf8(bytes).is_ok() {
        return Some(UTF_8);
    }
    // A long ASCII head (scripts, styles) says nothing: begin where other bytes do.
    let first = bytes.iter().position(|byte| !byte.is_ascii()).unwrap_or(0);
    let from = first.min(bytes.len().saturating_sub(LOOKED_AT));
    let sample = &bytes[from..bytes.len().min(from + LOOKED_AT)];
    // ISO-2022-JP has been a vehicle for cross-site scripting: it must be declared.
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(sample, from + sample.len() == bytes.len());
    let top = host.and_then(top_level_domain);
    Some(detector.guess(top.as_deref(), Utf8Detection::Allow))
}

/// The last label of a host's name as the detector wants it: lower case, no dots.
fn top_level_domain(host: &str) -> Option<Vec<u8>> {
    let last = host.trim_end_matches('.').rsplit('.').next()?;
    let plain = last.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let letter = last.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
    (plain && letter).then(|| last.to_ascii_lowercase().into_bytes())
}
