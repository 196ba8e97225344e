//! JSON bodies: from whatever Unicode encoding they are in to UTF-8 (RFC 4627, 3; RFC 8259, 8.1).

use crate::error::{Code, Error, Result};
use std::borrow::Cow;

/// How a JSON text is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonEncoding {
    /// UTF-8, as it should be.
    Utf8,
    /// UTF-16, big-endian.
    Utf16Be,
    /// UTF-16, little-endian.
    Utf16Le,
    /// UTF-32, big-endian.
    Utf32Be,
    /// UTF-32, little-endian.
    Utf32Le,
}

/// Tells the encoding of a JSON text, and how long its byte order mark is. Without a mark the
/// zeros among the first four bytes tell, since a JSON text begins with an ASCII character.
pub fn sniff(bytes: &[u8]) -> (JsonEncoding, usize) {
    use JsonEncoding::*;
    let starts = |mark: &[u8]| bytes.starts_with(mark);
    if starts(&[0xff, 0xfe, 0, 0]) {
        return (Utf32Le, 4);
    } else if starts(&[0, 0, 0xfe, 0xff]) {
        return (Utf32Be, 4);
    } else if starts(&[0xef, 0xbb, 0xbf]) {
        return (Utf8, 3);
    } else if starts(&[0xff, 0xfe]) {
        return (Utf16Le, 2);
    } else if starts(&[0xfe, 0xff]) {
        return (Utf16Be, 2);
    }
    let zero = |at: usize| bytes.get(at).map(|&byte| byte == 0);
    let encoding = match [zero(0), zero(1), zero(2), zero(3)] {
        [Some(true), Some(true), Some(true), Some(false)] => Utf32Be,
        [Some(false), Some(true), Some(true), Some(true)] => Utf32Le,
        [Some(true), Some(false), ..] => Utf16Be,
        [Some(false), Some(true), ..] => Utf16Le,
        _ => Utf8,
    };
    (encoding, 0)
}

/// A JSON text in UTF-8, without a byte order mark. Whether it is valid JSON is not looked at.
///
/// # Errors
/// [`Code::Utf8`] with the offset of the first byte that does not belong. A text in a legacy
/// charset is then best taken from the response's decoded text.
pub fn to_utf8(bytes: &[u8]) -> Result<Cow<'_, [u8]>> {
    let (encoding, mark) = sniff(bytes);
    let text = &bytes[mark..];
    let bad = |at: usize| {
        Error::new(Code::Utf8, format!("the JSON text has an invalid character at byte {}", mark + at))
    };
    let two = |pair: &[u8], big: bool| {
        let pair = [pair[0], pair[1]];
        if big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
    };
    match encoding {
        JsonEncoding::Utf8 => match std::str::from_utf8(text) {
            Ok(_) => Ok(text.into()),
            Err(error) => Err(bad(error.valid_up_to())),
        },
        JsonEncoding::Utf16Be | JsonEncoding::Utf16Le => {
            let big = encoding == JsonEncoding::Utf16Be;
            let mut decoded = String::with_capacity(text.len() / 2);
            let mut at = 0;
            for unit in char::decode_utf16(text.chunks_exact(2).map(|pair| two(pair, big))) {
                let c = unit.map_err(|_| bad(at))?;
                at += 2 * c.len_utf16();
                decoded.push(c);
            }
            if at == text.len() { Ok(decoded.into_bytes().into()) } else { Err(bad(at)) }
        }
        JsonEncoding::Utf32Be | JsonEncoding::Utf32Le => {
            let big = encoding == JsonEncoding::Utf32Be;
            let mut decoded = String::with_capacity(text.len() / 4);
            for (index, unit) in text.chunks(4).enumerate() {
                let unit: Option<[u8; 4]> = unit.try_into().ok();
                let number =
                    unit.map(|unit| if big { u32::from_be_bytes(unit) } else { u32::from_le_bytes(unit) });
                decoded.push(number.and_then(char::from_u32).ok_or_else(|| bad(4 * index))?);
            }
            Ok(decoded.into_bytes().into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, big: bool) -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() })
            .collect()
    }

    fn utf32(text: &str, big: bool) -> Vec<u8> {
        text.chars()
            .flat_map(|c| if big { (c as u32).to_be_bytes() } else { (c as u32).to_le_bytes() })
            .collect()
    }

    #[test]
    fn every_encoding_with_and_without_a_mark() {
        for text in ["{\"a\":\"\u{e4}\u{20ac}\u{1f600}\"}", "[]", "\"\u{20ac}\"", "\"\u{100}\"", "7"] {
            for mark in ["", "\u{feff}"] {
                let marked = format!("{mark}{text}");
                for bytes in [
                    marked.clone().into_bytes(),
                    utf16(&marked, true),
                    utf16(&marked, false),
                    utf32(&marked, true),
                    utf32(&marked, false),
                ] {
                    assert_eq!(to_utf8(&bytes).unwrap(), text.as_bytes(), "{text} {bytes:?}");
                }
            }
        }
        assert!(matches!(to_utf8(b"{}").unwrap(), Cow::Borrowed(_)), "UTF-8 is not copied");
        assert_eq!(to_utf8(b"").unwrap(), &b""[..]);
    }

    #[test]
    fn what_is_not_unicode_is_an_error_with_its_place() {
        let cases: &[(&[u8], usize)] = &[
            (b"{\"a\":\"\xe4\"}", 6),
            (b"\xef\xbb\xbf[\xff]", 4),
            (b"\xff\xfe[\x00\x00\xd8]\x00", 4),
            (b"[\x00]\x00\x20", 4),
            (b"\x00\x00\x00[\x00\x11\x00\x00", 4),
            (b"\x00\x00\x00[\x00", 4),
        ];
        for (bytes, at) in cases {
            let error = to_utf8(bytes).unwrap_err();
            let message = format!("the JSON text has an invalid character at byte {at}");
            assert_eq!((error.code(), error.message()), (Code::Utf8, message.as_str()), "{bytes:?}");
        }
    }
}
