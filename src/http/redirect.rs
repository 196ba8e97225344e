//! Redirects: where a response leads, with which method, and what must not follow.

use super::headers::Headers;
use super::syntax::show_bytes;
use crate::error::{Code, Error, Result};
use crate::reference;
use url::{Position, Url};

/// Redirects that are followed before it is an error, by default. The 31st fails.
pub const DEFAULT_LIMIT: u32 = 30;

/// What happens to the method and the body.
///
/// | status | method | [`Policy::Requests`] | [`Policy::Fetch`] | [`Policy::Strict`] |
/// | --- | --- | --- | --- | --- |
/// | 301 | GET, HEAD | kept | kept | kept |
/// | 301 | POST | GET, no body | GET, no body | kept |
/// | 301 | others | kept | kept | kept |
/// | 302 | GET, HEAD | kept | kept | kept |
/// | 302 | POST | GET, no body | GET, no body | kept |
/// | 302 | others | GET, no body | kept | kept |
/// | 303 | GET, HEAD | kept, no body | kept, no body | kept, no body |
/// | 303 | others | GET, no body | GET, no body | GET, no body |
/// | 307, 308 | any | kept | kept | kept |
///
/// "Kept" is the method with its body. Python's requests sends a PUT again after a 301 without
/// its body, which empties the resource; that is the one line where the first column differs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// As Python's requests.
    #[default]
    Requests,
    /// As browsers (Fetch, 4.5).
    Fetch,
    /// As RFC 9110, 15.4 says without its allowances: only 303 changes the method.
    Strict,
}

/// Where a redirect leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    /// The URL of the next request, with the fragment it inherited.
    pub url: Url,
    /// Its method.
    pub method: String,
    /// Whether the body is sent again.
    pub keeps_body: bool,
    /// Whether scheme, host or port change: credentials must not follow.
    pub cross_origin: bool,
    /// Whether it goes from https to http.
    pub downgrade: bool,
}

impl Next {
    /// The error where no step from https to http is taken.
    pub fn too_low(&self) -> Error {
        refused(self.url[..Position::AfterPath].as_bytes(), "leads from https to http")
    }
}

/// Whether a status can redirect.
pub fn is_redirect_status(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// The `Location` of a response, if it has one that is not empty.
///
/// # Errors
/// [`Code::Redirect`] when it has several that differ: which of them counts is anyone's guess.
pub fn location(headers: &Headers) -> Result<Option<&[u8]>> {
    let mut values = headers.get_all("location");
    let Some(first) = values.next() else { return Ok(None) };
    if values.any(|other| other != first) {
        return Err(Error::new(Code::Redirect, "the redirect has several different Location headers"));
    }
    Ok((!first.is_empty()).then_some(first))
}

/// Where a response leads; `None` when it is no redirect.
///
/// `has_body` is whether the request had a body.
///
/// # Errors
/// [`Code::Redirect`] when the target is no URL, or its scheme is neither http nor https.
pub fn decide(
    status: u16,
    method: &str,
    has_body: bool,
    current: &Url,
    location: Option<&[u8]>,
    policy: Policy,
) -> Result<Option<Next>> {
    let Some(location) = location.filter(|location| is_redirect_status(status) && !location.is_empty())
    else {
        return Ok(None);
    };
    let url = resolve(current, location)?;
    let downgrade = current.scheme() == "https" && url.scheme() == "http";
    let (method, keeps_body) = rewrite(status, method, policy);
    Ok(Some(Next {
        cross_origin: !same_origin(current, &url),
        url,
        method: method.into(),
        keeps_body: keeps_body && has_body,
        downgrade,
    }))
}

/// The method after a redirect, and whether the body stays.
fn rewrite(status: u16, method: &str, policy: Policy) -> (&str, bool) {
    let reads = matches!(method, "GET" | "HEAD");
    let becomes_get = match (status, policy) {
        (303, _) => !reads,
        (302, Policy::Requests) => !reads,
        (301, Policy::Requests) | (301 | 302, Policy::Fetch) => method == "POST",
        _ => false,
    };
    if becomes_get { ("GET", false) } else { (method, status != 303) }
}

/// Resolves a `Location` against the URL it was received from. Its bytes are UTF-8; others are
/// percent-encoded one by one. Without a fragment of its own it keeps the current one.
fn resolve(current: &Url, location: &[u8]) -> Result<Url> {
    let encoded;
    let text = match std::str::from_utf8(location) {
        Ok(text) => text,
        Err(_) => {
            encoded = location
                .iter()
                .map(
                    |&byte| if byte.is_ascii() { (byte as char).to_string() } else { format!("%{byte:02X}") },
                )
                .collect::<String>();
            &encoded
        }
    };
    let mut url =
        reference::join(current, text).map_err(|error| refused(location, &format!("is no URL: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refused(location, "is neither http nor https"));
    }
    if url.fragment().is_none() {
        url.set_fragment(current.fragment());
    }
    Ok(url)
}

fn refused(location: &[u8], why: &str) -> Error {
    Error::new(Code::Redirect, format!("the redirect to \"{}\" {why}", show_bytes(location)))
}

/// Whether two URLs have the same scheme, host and port. http to https of the same host is
/// another origin.
pub fn same_origin(one: &Url, two: &Url) -> bool {
    one.origin() == two.origin()
}

/// Headers that describe a body and go when it goes.
const BODY_HEADERS: [&str; 7] = [
    "content-length",
    "transfer-encoding",
    "content-type",
    "content-encoding",
    "content-language",
    "content-location",
    "expect",
];

/// Headers that never leave the origin they were meant for.
const ORIGIN_HEADERS: [&str; 4] = ["authorization", "proxy-authorization", "cookie", "host"];

/// Why a header does not follow a redirect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stripped {
    /// It is a credential, a cookie, the host's name or marked as secret, and the origin changes.
    CrossOrigin,
    /// It describes the body, which is not sent again.
    Body,
}

/// Whether a header of the caller's stays behind at a redirect, and why. `secrets` are the names
/// that the caller marked.
pub fn is_stripped<S: AsRef<str>>(
    name: &str,
    cross_origin: bool,
    keeps_body: bool,
    secrets: &[S],
) -> Option<Stripped> {
    let is = |other: &str| name.eq_ignore_ascii_case(other);
    let is_bound = || ORIGIN_HEADERS.iter().any(|other| is(other)) || secrets.iter().any(|s| is(s.as_ref()));
    if cross_origin && is_bound() {
        Some(Stripped::CrossOrigin)
    } else if !keeps_body && BODY_HEADERS.iter().any(|other| is(other)) {
        Some(Stripped::Body)
    } else {
        None
    }
}

/// Takes the headers that must not follow a redirect out of the caller's, and names them. They
/// stay out when a later redirect leads back.
pub fn strip<S: AsRef<str>>(headers: &mut Headers, next: &Next, secrets: &[S]) -> Vec<(String, Stripped)> {
    let why = |name: &str| is_stripped(name, next.cross_origin, next.keeps_body, secrets);
    let stripped = headers.iter().filter_map(|(name, _)| Some((name.to_owned(), why(name)?))).collect();
    headers.retain(|name, _| why(name).is_none());
    stripped
}

/// A `Refresh` header or the `content` of `<meta http-equiv=refresh>`: the delay in seconds, and
/// the target as written; `None` for the page itself (HTML, "shared declarative refresh steps").
pub fn parse_refresh(value: &str) -> Option<(u64, Option<&str>)> {
    let is_space = |c: char| matches!(c, ' ' | '\t' | '\n' | '\x0c' | '\r');
    let text = value.trim_start_matches(is_space);
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if digits == 0 && !text.starts_with('.') {
        return None;
    }
    let delay = text[..digits]
        .bytes()
        .fold(0u64, |number, digit| number.saturating_mul(10).saturating_add(u64::from(digit - b'0')));
    let text = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    if text.is_empty() {
        return Some((delay, None));
    }
    if !text.starts_with(|c| matches!(c, ';' | ',') || is_space(c)) {
        return None;
    }
    let text = text.trim_start_matches(is_space);
    let text = text.strip_prefix([';', ',']).unwrap_or(text).trim_start_matches(is_space);
    let target = after_url_keyword(text).unwrap_or(text);
    let target = match target.chars().next() {
        Some(quote @ ('"' | '\'')) => target[1..].split(quote).next().unwrap_or_default(),
        _ => target,
    };
    Some((delay, (!target.is_empty()).then_some(target)))
}

/// What follows `url =`, if the text begins so.
fn after_url_keyword(text: &str) -> Option<&str> {
    let is_space = |c: char| matches!(c, ' ' | '\t' | '\n' | '\x0c' | '\r');
    let rest = text.get(..3).filter(|word| word.eq_ignore_ascii_case("url")).and_then(|_| text.get(3..))?;
    Some(rest.trim_start_matches(is_space).strip_prefix('=')?.trim_start_matches(is_space))
}

#[cfg(test)]
#[path = "redirect_tests.rs"]
mod tests;
