//! Cookies of one request: sent with it, never stored.

use std::fmt;
use url::{Origin, Url};

use crate::error::{Code, Error, Result};
use crate::http::syntax::{is_control, trim_ows};

/// A name and a value.
pub(crate) type Pair = (Box<[u8]>, Box<[u8]>);

/// Cookies that a caller gives to a single request.
///
/// They are bound to the origin of the URL they were given for: a redirect to another origin
/// leaves them out, but for the upgrade of the same host from http to https.
/// A cookie of the jar that has the name of one of these is left out of the header.
#[derive(Clone)]
pub struct RequestCookies {
    bound_to: Origin,
    pairs: Vec<Pair>,
}

/// Shows no values.
impl fmt::Debug for RequestCookies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestCookies({} for {})", self.pairs.len(), self.bound_to.ascii_serialization())
    }
}

impl RequestCookies {
    /// No cookies yet, for requests to the origin of `url`.
    pub fn new(url: &Url) -> RequestCookies {
        RequestCookies { bound_to: url.origin(), pairs: Vec::new() }
    }

    /// Sets a cookie; one of the same name is replaced. Whitespace around name and value is
    /// dropped. [`Code::Argument`] if they could not stand in a header: a control character or
    /// `;` in one of them, `=` in the name, or both empty.
    pub fn set(&mut self, name: &[u8], value: &[u8]) -> Result<()> {
        let (name, value) = (trim_ows(name), trim_ows(value));
        check_pair(name, value)?;
        let value = value.into();
        match self.pairs.iter_mut().find(|(other, _)| **other == *name) {
            Some(pair) => pair.1 = value,
            None => self.pairs.push((name.into(), value)),
        }
        Ok(())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// The cookies to send with a request for `url`; none at another origin.
    pub(crate) fn at(&self, url: &Url) -> &[Pair] {
        if self.pairs.is_empty() || !self.reaches(url) { &[] } else { &self.pairs }
    }

    fn reaches(&self, url: &Url) -> bool {
        match (&self.bound_to, &url.origin()) {
            (bound, origin) if bound == origin => true,
            (Origin::Tuple(from, host, 80), Origin::Tuple(to, other, 443)) => {
                from == "http" && to == "https" && host == other
            }
            _ => false,
        }
    }
}

/// Whether a name and a value given by hand can stand in a header and be read back the same.
pub(crate) fn check_pair(name: &[u8], value: &[u8]) -> Result<()> {
    let bad = |bytes: &[u8], more: &[u8]| bytes.iter().any(|byte| is_control(*byte) || more.contains(byte));
    let message = if name.is_empty() && value.is_empty() {
        "both name and value are empty"
    } else if bad(name, b";=") {
        "a control character, ';' or '=' in the name"
    } else if bad(value, b";") {
        "a control character or ';' in the value"
    } else {
        return Ok(());
    };
    Err(Error::new(Code::Argument, format!("cookie \"{}\": {message}", name.escape_ascii())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(cookies: &RequestCookies, url: &str) -> usize {
        cookies.at(&Url::parse(url).unwrap()).len()
    }

    #[test]
    fn they_are_bound_to_their_origin() {
        let mut cookies = RequestCookies::new(&Url::parse("http://a.example/x").unwrap());
        cookies.set(b"a", b"1").unwrap();
        assert_eq!(names(&cookies, "http://a.example/y"), 1);
        assert_eq!(names(&cookies, "https://a.example/"), 1);
        assert_eq!(names(&cookies, "http://b.example/"), 0);
        assert_eq!(names(&cookies, "http://sub.a.example/"), 0);
        assert_eq!(names(&cookies, "http://a.example:8080/"), 0);
        assert_eq!(names(&cookies, "https://a.example:8443/"), 0);
        let mut secure = RequestCookies::new(&Url::parse("https://a.example/x").unwrap());
        secure.set(b"a", b"1").unwrap();
        assert_eq!(names(&secure, "http://a.example/"), 0);
    }

    #[test]
    fn what_cannot_stand_in_a_header_is_refused() {
        let mut cookies = RequestCookies::new(&Url::parse("http://a.example/").unwrap());
        for (name, value) in [
            ("", ""),
            ("a;b", "1"),
            ("a=b", "1"),
            ("a", "1;2"),
            ("a", "1\r\nX: y"),
            ("a\0", "1"),
            (" ", "\t"),
        ] {
            let error = cookies.set(name.as_bytes(), value.as_bytes()).unwrap_err();
            assert_eq!(error.code(), Code::Argument);
        }
        assert!(cookies.is_empty());
        cookies.set(b"a", b"1").unwrap();
        cookies.set(b" a ", b"2=3").unwrap();
        assert_eq!(cookies.pairs.len(), 1);
        assert_eq!(&*cookies.pairs[0].1, b"2=3");
    }
}
