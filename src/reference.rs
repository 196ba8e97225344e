//! Resolving one reference against a base URL (WHATWG URL, 4.4).

use std::borrow::Cow;
use url::{ParseError, Url};

/// How the text of a query becomes bytes; none for UTF-8.
pub(crate) type Encode<'e> = Option<&'e dyn Fn(&str) -> Cow<'_, [u8]>>;

/// Resolves a reference as browsers do.
pub(crate) fn resolve(base: Option<&Url>, reference: &str, encode: Encode<'_>) -> Result<Url, ParseError> {
    let parse = |reference: &str| Url::options().base_url(base).encoding_override(encode).parse(reference);
    match parse(reference) {
        Err(ParseError::EmptyHost) => {
            // The url crate takes two slashes off only, the standard all ("special authority
            // ignore slashes").
            let plain = reference.replace(['\t', '\n', '\r'], "");
            let plain = plain.trim_start_matches(|c| c <= ' ');
            match plain.strip_prefix("//") {
                Some(rest) => parse(&format!("//{}", rest.trim_start_matches(['/', '\\']))),
                None => Err(ParseError::EmptyHost),
            }
        }
        resolved => resolved,
    }
}

/// The same where the query is in UTF-8.
pub(crate) fn join(base: &Url, reference: &str) -> Result<Url, ParseError> {
    resolve(Some(base), reference, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_slashes_begins_a_host() {
        let base = Url::parse("https://h/a/b").unwrap();
        let join = |reference: &str| join(&base, reference).map(String::from);
        for reference in ["//o/x", "///o/x", "////o/x", "//\\o/x", "/\\/o/x", "\\\\\\o/x", " /\t//o/x"] {
            assert_eq!(join(reference).as_deref(), Ok("https://o/x"), "{reference:?}");
        }
        for reference in ["//", "///", "///?q", "//@/"] {
            assert_eq!(join(reference), Err(ParseError::EmptyHost), "{reference:?}");
        }
        assert_eq!(join("c").as_deref(), Ok("https://h/a/c"));
    }
}
