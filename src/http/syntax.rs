//! The small grammar that HTTP's fields share: tokens, quoted strings, parameters (RFC 9110, 5.6).

use std::borrow::Cow;

/// Whether a byte may stand in a token (`tchar`, RFC 9110, 5.6.2).
pub const fn is_token_byte(byte: u8) -> bool {
    matches!(byte,
        b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
        | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z')
}

/// [`is_token_byte`] of each byte.
static TOKEN_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = is_token_byte(byte as u8);
        byte += 1;
    }
    table
};

/// Whether the bytes are a token: not empty, and token bytes only.
pub fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && token_length(bytes) == bytes.len()
}

/// How many token bytes the bytes begin with.
pub fn token_length(bytes: &[u8]) -> usize {
    bytes.iter().position(|&byte| !TOKEN_BYTES[usize::from(byte)]).unwrap_or(bytes.len())
}

/// Whether a byte may not stand in a field's value: all controls but TAB (RFC 9110, 5.5).
pub const fn is_control(byte: u8) -> bool {
    byte < 0x20 && byte != b'\t' || byte == 0x7f
}

/// The bytes without spaces and tabs at either end (`OWS`, RFC 9110, 5.6.3).
pub fn trim_ows(bytes: &[u8]) -> &[u8] {
    let mut bytes = bytes;
    while let [b' ' | b'\t', rest @ ..] = bytes {
        bytes = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

/// A field's bytes as text: UTF-8 if they are, else each byte a character (ISO 8859-1).
pub fn field_text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => bytes.iter().map(|&byte| byte as char).collect::<String>().into(),
    }
}

/// A byte as a message may show it: itself when printable, else its name or number.
pub(crate) fn show_byte(byte: u8) -> Cow<'static, str> {
    match byte {
        b'\r' => "CR".into(),
        b'\n' => "LF".into(),
        0 => "NUL".into(),
        b'\t' => "TAB".into(),
        b' ' => "a space".into(),
        0x21..=0x7e => format!("'{}'", byte as char).into(),
        _ => format!("byte 0x{byte:02X}").into(),
    }
}

/// Text of a peer or a caller as a message may show it: escaped what a terminal would obey (controls,
/// line ends of Unicode, changes of the direction of writing), at most 80 characters.
pub(crate) fn show_bytes(bytes: &[u8]) -> String {
    const ROOM: usize = 80;
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(4 * ROOM)]);
    let mut shown = String::new();
    for c in text.chars().take(ROOM) {
        match c {
            '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => shown.extend(c.escape_unicode()),
            c if c.is_control() => shown.push_str(&format!("\\x{:02x}", c as u32)),
            c => shown.push(c),
        }
    }
    if bytes.len() > 4 * ROOM || text.chars().nth(ROOM).is_some() {
        shown.push('…');
    }
    shown
}

/// A cursor over a field's value, for the parsers of structured fields.
#[derive(Clone, Debug)]
pub struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    /// Starts at the first byte.
    pub fn new(bytes: &'a [u8]) -> Scanner<'a> {
        Scanner { bytes, at: 0 }
    }

    /// The index of the next byte.
    pub fn position(&self) -> usize {
        self.at
    }

    /// Goes back (or on) to an index that [`Scanner::position`] gave.
    pub fn set_position(&mut self, at: usize) {
        self.at = at.min(self.bytes.len());
    }

    /// Whether every byte was read.
    pub fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// The next byte, without reading it.
    pub fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Reads the next byte if it is this one.
    pub fn eat(&mut self, byte: u8) -> bool {
        let hit = self.peek() == Some(byte);
        self.at += usize::from(hit);
        hit
    }

    /// Reads bytes while they satisfy the test.
    pub fn take_while(&mut self, test: impl Fn(u8) -> bool) -> &'a [u8] {
        let start = self.at;
        while self.peek().is_some_and(&test) {
            self.at += 1;
        }
        &self.bytes[start..self.at]
    }

    /// Reads spaces and tabs.
    pub fn skip_ows(&mut self) {
        self.take_while(|byte| matches!(byte, b' ' | b'\t'));
    }

    /// Reads a token; empty when the next byte cannot be part of one.
    pub fn token(&mut self) -> &'a [u8] {
        self.take_while(is_token_byte)
    }

    /// Reads a quoted string whose opening quote is the next byte, and resolves its escapes.
    /// `None` when there is no opening quote; a string without a closing quote ends at the end
    /// of the value, as browsers read it.
    pub fn quoted(&mut self) -> Option<Vec<u8>> {
        if !self.eat(b'"') {
            return None;
        }
        let mut text = Vec::new();
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'"' => return Some(text),
                b'\\' => match self.peek() {
                    Some(escaped) => {
                        text.push(escaped);
                        self.at += 1;
                    }
                    None => text.push(b'\\'),
                },
                _ => text.push(byte),
            }
        }
        Some(text)
    }

    /// Skips to the next byte that satisfies the test, over quoted strings as a whole.
    pub fn skip_until(&mut self, test: impl Fn(u8) -> bool) {
        while let Some(byte) = self.peek() {
            if byte == b'"' {
                self.quoted();
            } else if test(byte) {
                return;
            } else {
                self.at += 1;
            }
        }
    }
}

/// The elements of a comma-separated field (RFC 9110, 5.6.1), trimmed, without the empty ones.
/// Commas inside quoted strings do not separate.
pub fn list_elements(value: &[u8]) -> Vec<&[u8]> {
    let mut elements = Vec::new();
    let mut scanner = Scanner::new(value);
    loop {
        let start = scanner.position();
        scanner.skip_until(|byte| byte == b',');
        let element = trim_ows(&value[start..scanner.position()]);
        if !element.is_empty() {
            elements.push(element);
        }
        if !scanner.eat(b',') {
            return elements;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens() {
        assert!(is_token(b"GET") && is_token(b"X-Y_z!#$%&'*+.^`|~09"));
        for bad in [&b""[..], b"a b", b"a:b", b"a\r", b"a\0", b"(a)", b"a/b", b"\xC3\xA9", b"\"a\"", b"a\x7f"]
        {
            assert!(!is_token(bad), "{bad:?}");
        }
    }

    #[test]
    fn lists_split_at_commas_outside_quotes() {
        let elements = list_elements(b" a, \"b,c\\\",d\" ,, e;x=\"f,g\",");
        assert_eq!(elements, [&b"a"[..], b"\"b,c\\\",d\"", b"e;x=\"f,g\""]);
        assert!(list_elements(b" , ,").is_empty());
    }

    #[test]
    fn quoted_strings_resolve_escapes_and_may_stay_open() {
        let quoted = |text: &str| Scanner::new(text.as_bytes()).quoted();
        assert_eq!(quoted(r#""a\"b\\c" rest"#).as_deref(), Some(&br#"a"b\c"#[..]));
        assert_eq!(quoted("\"open").as_deref(), Some(&b"open"[..]));
        assert_eq!(quoted("\"open\\").as_deref(), Some(&b"open\\"[..]));
        assert_eq!(quoted("bare"), None);
    }

    #[test]
    fn messages_show_no_controls() {
        assert_eq!(show_bytes(b"a\r\nb\x1b[0m"), "a\\x0d\\x0ab\\x1b[0m");
        assert_eq!(
            show_bytes("\x0b\x0c\u{85}\u{2028}\u{202e}é".as_bytes()),
            "\\x0b\\x0c\\x85\\u{2028}\\u{202e}é"
        );
        assert_eq!(show_bytes(&[b'x'; 500]).chars().count(), 81);
        assert_eq!(show_byte(b'\n'), "LF");
        assert_eq!(show_byte(0xe9), "byte 0xE9");
    }
}
