//! Resolving the references of a page, many or one.

use crate::reference;
use encoding_rs::{EncoderResult, Encoding, UTF_8};
use std::borrow::Cow;
use std::io::Write;
use url::{ParseError, Url};

/// Resolves a reference that stands on a page in this encoding, which its query is sent in.
pub(super) fn resolve(
    base: Option<&Url>,
    reference: &str,
    page: &'static Encoding,
) -> Result<Url, ParseError> {
    let encoding = page.output_encoding();
    let encode: &dyn Fn(&str) -> Cow<'_, [u8]> = &|query| encoded(query, encoding);
    let encode = (encoding != UTF_8).then_some(encode);
    reference::resolve(base, reference, encode)
}

/// A query in an encoding; what that lacks becomes a numeric character reference, escaped as a
/// whole (WHATWG URL, "percent-encode after encoding").
fn encoded<'q>(query: &'q str, encoding: &'static Encoding) -> Cow<'q, [u8]> {
    let (bytes, _, lacking) = encoding.encode(query);
    if !lacking {
        return bytes;
    }
    let mut encoder = encoding.new_encoder();
    let (mut bytes, mut rest) = (Vec::new(), query);
    loop {
        bytes.reserve(rest.len() + 16);
        let (result, read) = encoder.encode_from_utf8_to_vec_without_replacement(rest, &mut bytes, true);
        rest = &rest[read..];
        match result {
            EncoderResult::InputEmpty => return bytes.into(),
            EncoderResult::OutputFull => {}
            EncoderResult::Unmappable(c) => {
                // A vector takes whatever is written.
                let _ = write!(bytes, "%26%23{}%3B", c as u32);
            }
        }
    }
}

/// Resolves references. What the url crate would give is told for the plain ones without it:
/// most of a page's links are paths that need nothing but to be put behind the base.
pub(super) struct Joiner<'u> {
    base: Option<&'u Url>,
    encoding: &'static Encoding,
    /// What stands before an absolute path, a relative one, a query, a fragment: slices of the
    /// base's text. Empty where the base is not one that paths can be put behind.
    root: &'u str,
    directory: &'u str,
    path: &'u str,
    whole: &'u str,
}

impl<'u> Joiner<'u> {
    /// A joiner for a document's base and encoding. Without a base only absolute URLs can be
    /// resolved.
    pub fn new(base: Option<&'u Url>, encoding: &'static Encoding) -> Joiner<'u> {
        let mut joiner = Joiner { base, encoding, root: "", directory: "", path: "", whole: "" };
        if let Some(base) = base.filter(|base| matches!(base.scheme(), "http" | "https")) {
            use url::Position;
            joiner.root = &base[..Position::BeforePath];
            joiner.path = &base[..Position::AfterPath];
            joiner.whole = &base[..Position::AfterQuery];
            let slash = joiner.path.rfind('/').map_or(0, |slash| slash + 1);
            joiner.directory = &joiner.path[..slash];
        }
        joiner
    }

    /// Appends the absolute URL; false if the reference cannot be resolved.
    pub fn join(&self, reference: &str, into: &mut String) -> bool {
        if !self.root.is_empty()
            && let Some((before, rest)) = self.plain(reference)
        {
            into.push_str(before);
            into.push_str(rest);
            return true;
        }
        match resolve(self.base, reference, self.encoding) {
            Ok(url) => {
                into.push_str(url.as_str());
                true
            }
            Err(_) => false,
        }
    }

    /// What to put before the reference, if nothing in it must be changed.
    fn plain<'r>(&self, reference: &'r str) -> Option<(&'u str, &'r str)> {
        let bytes = reference.as_bytes();
        let (before, path) = match bytes.first() {
            None => return Some((self.whole, reference)),
            Some(b'/') if matches!(bytes.get(1), Some(b'/' | b'\\')) => return None,
            Some(b'/') => (self.root, true),
            Some(b'?') => (self.path, false),
            Some(b'#') => (self.whole, false),
            Some(_) => (self.directory, true),
        };
        let mut at = 0;
        if path {
            let mut segment = true;
            while let Some(&byte) = bytes.get(at) {
                match CLASS[byte as usize] {
                    PLAIN => segment = false,
                    SLASH => segment = true,
                    // Dot segments, and names that only look like them.
                    DOT if segment => return None,
                    DOT => {}
                    // A colon in a relative path may end a scheme.
                    COLON if before.len() == self.root.len() => segment = false,
                    QUERY | FRAGMENT => break,
                    _ => return None,
                }
                at += 1;
            }
        }
        if bytes.get(at) == Some(&b'?') {
            at += 1;
            while let Some(&byte) = bytes.get(at) {
                match CLASS[byte as usize] {
                    FRAGMENT => break,
                    OTHER => return None,
                    _ => at += 1,
                }
            }
        }
        let fragment = bytes.get(at..).unwrap_or(&[]);
        let fine = fragment.iter().skip(1).all(|byte| CLASS[*byte as usize] != OTHER && *byte != b'#');
        fine.then_some((before, reference))
    }
}

const OTHER: u8 = 0;
const PLAIN: u8 = 1;
const SLASH: u8 = 2;
const DOT: u8 = 3;
const COLON: u8 = 4;
const QUERY: u8 = 5;
const FRAGMENT: u8 = 6;

/// What a byte is to the joiner. `OTHER` leaves the reference to the url crate: whatever is
/// encoded, dropped or read as something else somewhere in a URL. So is `%`, since `%2e` is a dot.
const CLASS: [u8; 256] = {
    let mut table = [OTHER; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => PLAIN,
            b'-' | b'_' | b'~' | b'!' | b'$' | b'&' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'='
            | b'@' => PLAIN,
            b'/' => SLASH,
            b'.' => DOT,
            b':' => COLON,
            b'?' => QUERY,
            b'#' => FRAGMENT,
            _ => OTHER,
        };
        byte += 1;
    }
    table
};
