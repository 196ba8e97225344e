//! Credentials: Basic, Bearer and Digest, and the challenges that ask for them.

pub mod challenge;
pub mod digest;

use super::headers::check_value;
use crate::error::{Code, Error, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

pub use challenge::{Challenge, parse_challenges};
pub use digest::{DigestChallenge, DigestClient};

/// The value of an `Authorization` field for Basic (RFC 7617), the text in UTF-8.
///
/// # Errors
/// [`Code::Argument`] when the user name has a colon: the server would split it there.
pub fn basic(user: &str, password: &str) -> Result<String> {
    if user.contains(':') {
        return Err(Error::new(Code::Argument, "a user name for Basic authentication cannot have a colon"));
    }
    Ok(format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
}

/// The value of an `Authorization` field for a bearer token (RFC 6750).
///
/// # Errors
/// [`Code::Header`] when the token is empty or has a control or a space.
pub fn bearer(token: &str) -> Result<String> {
    let trimmed = check_value("Authorization", token.as_bytes())?;
    if trimmed.is_empty() || token.contains([' ', '\t']) {
        return Err(Error::new(Code::Header, "a bearer token is one word"));
    }
    Ok(format!("Bearer {token}"))
}

/// User name and password that a URL carries, percent-decoded; `None` when it has neither.
/// Bytes that are no UTF-8 after decoding become U+FFFD.
pub fn url_credentials(url: &url::Url) -> Option<(String, String)> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let decoded = |text: &str| String::from_utf8_lossy(&percent_decode(text.as_bytes())).into_owned();
    Some((decoded(url.username()), decoded(url.password().unwrap_or_default())))
}

/// Resolves `%XX`; a `%` without two hexadecimal digits stays.
pub(crate) fn percent_decode(text: &[u8]) -> Vec<u8> {
    let digit = |at: usize| text.get(at).and_then(|&byte| (byte as char).to_digit(16));
    let mut decoded = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        match (text[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push((high * 16 + low) as u8);
                at += 3;
            }
            (byte, _, _) => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_as_in_rfc_7617() {
        assert_eq!(basic("Aladdin", "open sesame").unwrap(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(basic("test", "123£").unwrap(), "Basic dGVzdDoxMjPCow==");
        assert_eq!(basic("", "").unwrap(), "Basic Og==");
        assert_eq!(basic("u", "a:b\r\n").unwrap(), "Basic dTphOmINCg==");
        assert_eq!(basic("a:b", "c").unwrap_err().code(), Code::Argument);
    }

    #[test]
    fn bearer_tokens_are_one_word() {
        assert_eq!(bearer("mF_9.B5f-4.1JqM").unwrap(), "Bearer mF_9.B5f-4.1JqM");
        for bad in ["", " ", "a b", "a\r\nX: y", "a\0", "a\n", " a"] {
            assert_eq!(bearer(bad).unwrap_err().code(), Code::Header, "{bad:?}");
        }
    }

    #[test]
    fn credentials_of_a_url() {
        let of = |url: &str| url_credentials(&url::Url::parse(url).unwrap());
        assert_eq!(of("http://h/"), None);
        assert_eq!(of("http://u@h/"), Some(("u".into(), "".into())));
        assert_eq!(of("http://u%40x:p%3Aq%25@h/"), Some(("u@x".into(), "p:q%".into())));
        assert_eq!(of("http://:p@h/"), Some(("".into(), "p".into())));
        assert_eq!(of("http://j%C3%A4:%ff@h/"), Some(("jä".into(), "\u{fffd}".into())));
    }

    #[test]
    fn percent_decoding() {
        assert_eq!(percent_decode(b"a%41%zz%4%"), b"aA%zz%4%");
    }
}
