//! The `Set-Cookie` field parser (RFC 6265bis, 5.6): bytes in, slices of them out, no allocation.

use super::cookie::SameSite;
use super::date;
use super::reason::Reason;
use crate::http::syntax::{is_control, trim_ows};

/// Most bytes of a name and its value together.
pub const MAX_PAIR: usize = 4096;
/// Most bytes of an attribute's value; a longer one makes its attribute ignored.
pub const MAX_ATTRIBUTE: usize = 1024;

/// When a cookie expires, as the field says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// Neither `Max-Age` nor `Expires`: until the session is over.
    Session,
    /// Seconds from now; zero or less means that it is expired.
    MaxAge(i64),
    /// Seconds since 1970.
    Expires(i64),
}

/// What a `Set-Cookie` field says, before any check that needs the URL it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetCookie<'a> {
    /// The name; empty for a nameless cookie.
    pub name: &'a [u8],
    /// The value, quotes included.
    pub value: &'a [u8],
    /// The last `Domain` attribute without its leading dot; `None` without one or when empty.
    pub domain: Option<&'a [u8]>,
    /// The last `Path` attribute; `None` without one or when it does not begin with `/`.
    pub path: Option<&'a [u8]>,
    /// `Max-Age` or `Expires`.
    pub lifetime: Lifetime,
    /// `Secure` is there.
    pub secure: bool,
    /// `HttpOnly` is there.
    pub http_only: bool,
    /// `Partitioned` is there.
    pub partitioned: bool,
    /// The last `SameSite` attribute.
    pub same_site: SameSite,
}

/// Parses the value of one `Set-Cookie` field. `Err` says why the whole field is to be ignored.
///
/// One pass over the field; no part of it is decoded or copied.
pub fn parse(field: &[u8]) -> Result<SetCookie<'_>, Reason> {
    if field.iter().any(|byte| is_control(*byte)) {
        return Err(Reason::ControlCharacter);
    }
    let (pair, mut rest) = split(field, b';');
    let (name, value) = match memchr::memchr(b'=', pair) {
        Some(equals) => (trim_ows(&pair[..equals]), trim_ows(&pair[equals + 1..])),
        None => (&pair[..0], trim_ows(pair)),
    };
    if name.is_empty() && value.is_empty() {
        return Err(Reason::Empty);
    }
    if name.len() + value.len() > MAX_PAIR {
        return Err(Reason::TooLong);
    }
    let mut cookie = SetCookie {
        name,
        value,
        domain: None,
        path: None,
        lifetime: Lifetime::Session,
        secure: false,
        http_only: false,
        partitioned: false,
        same_site: SameSite::Unset,
    };
    let mut domain: Option<&[u8]> = None;
    while let Some(attributes) = rest {
        let attribute;
        (attribute, rest) = split(attributes, b';');
        let (name, value) = split(attribute, b'=');
        let (name, value) = (trim_ows(name), trim_ows(value.unwrap_or_default()));
        if value.len() <= MAX_ATTRIBUTE {
            take_attribute(&mut cookie, &mut domain, name, value);
        }
    }
    cookie.domain = match domain {
        Some(b".") => return Err(Reason::DomainInvalid),
        Some(domain) => match domain.strip_prefix(b".").unwrap_or(domain) {
            [] => None,
            domain if !domain.is_ascii() => return Err(Reason::DomainInvalid),
            domain => Some(domain),
        },
        None => None,
    };
    if cookie.path.is_some_and(|path| !path.is_ascii()) {
        return Err(Reason::PathInvalid);
    }
    Ok(cookie)
}

/// What seems to be the name in a field that was refused as a whole: at most its first 256 bytes.
pub(crate) fn guess_name(field: &[u8]) -> &[u8] {
    let (pair, _) = split(field, b';');
    let name = match split(pair, b'=') {
        (name, Some(_)) => trim_ows(name),
        (_, None) => &[],
    };
    &name[..name.len().min(256)]
}

/// One attribute: of each known kind, the last usable one counts.
fn take_attribute<'a>(
    cookie: &mut SetCookie<'a>,
    domain: &mut Option<&'a [u8]>,
    name: &[u8],
    value: &'a [u8],
) {
    let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
    // By length first: a field may hold tens of thousands of attributes.
    match name.len() {
        4 if is("Path") => cookie.path = value.starts_with(b"/").then_some(value),
        6 if is("Domain") => *domain = Some(value),
        6 if is("Secure") => cookie.secure = true,
        8 if is("HttpOnly") => cookie.http_only = true,
        11 if is("Partitioned") => cookie.partitioned = true,
        8 if is("SameSite") => {
            cookie.same_site = match value {
                value if value.eq_ignore_ascii_case(b"Strict") => SameSite::Strict,
                value if value.eq_ignore_ascii_case(b"Lax") => SameSite::Lax,
                value if value.eq_ignore_ascii_case(b"None") => SameSite::None,
                _ => SameSite::Unset,
            }
        }
        7 if is("Max-Age") => {
            if let Some(seconds) = read_max_age(value) {
                cookie.lifetime = Lifetime::MaxAge(seconds);
            }
        }
        // Max-Age wins over Expires in any order.
        7 if is("Expires") && !matches!(cookie.lifetime, Lifetime::MaxAge(_)) => {
            if let Some(time) = date::parse(value) {
                cookie.lifetime = Lifetime::Expires(time);
            }
        }
        _ => {}
    }
}

/// `-?[0-9]+`, saturated.
fn read_max_age(value: &[u8]) -> Option<i64> {
    let (digits, negative) = match value.strip_prefix(b"-") {
        Some(digits) => (digits, true),
        None => (value, false),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    if negative {
        return Some(0);
    }
    Some(
        digits
            .iter()
            .fold(0_i64, |number, digit| number.saturating_mul(10).saturating_add(i64::from(digit - b'0'))),
    )
}

fn split(bytes: &[u8], at: u8) -> (&[u8], Option<&[u8]>) {
    match memchr::memchr(at, bytes) {
        Some(index) => (&bytes[..index], Some(&bytes[index + 1..])),
        None => (bytes, None),
    }
}
