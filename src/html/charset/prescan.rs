//! The declaration of an encoding inside the bytes: HTML, 13.2.3.2, "prescan a byte stream to
//! determine its encoding" and "get an XML encoding".

use super::{EncodingSource, for_meta_label};
use crate::html::reader::Reader;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use memchr::{memchr, memmem};

/// Name and value.
type Attribute = (Vec<u8>, Vec<u8>);

/// A declaration must be within this many bytes.
const LENGTH: usize = 1024;

/// The declared encoding, and whether a `meta` element or an XML declaration declares it.
pub(super) fn prescan(bytes: &[u8]) -> Option<(&'static Encoding, EncodingSource)> {
    if bytes.starts_with(b"<\0?\0x\0") {
        return Some((UTF_16LE, EncodingSource::Xml));
    }
    if bytes.starts_with(b"\0<\0?\0x") {
        return Some((UTF_16BE, EncodingSource::Xml));
    }
    let head = &bytes[..bytes.len().min(LENGTH)];
    let mut reader = Reader { bytes: head, at: 0 };
    // The XML declaration counts even where the prescan itself runs out of bytes.
    match reader.meta() {
        Some(encoding) => Some((encoding, EncodingSource::Meta)),
        None => Some((xml_declaration(head)?, EncodingSource::Xml)),
    }
}

impl Reader<'_> {
    /// Looks for the first `meta` element with a valid declaration.
    fn meta(&mut self) -> Option<&'static Encoding> {
        loop {
            self.at += memchr(b'<', self.bytes.get(self.at..)?)?;
            let rest = &self.bytes[self.at..];
            let next = rest.get(1).copied()?;
            if rest.starts_with(b"<!--") {
                // The dashes may be those of `<!--` itself.
                self.at += 2 + memmem::find(&rest[2..], b"-->")? + 3;
            } else if rest.len() > 5
                && rest[1..5].eq_ignore_ascii_case(b"meta")
                && (rest[5].is_ascii_whitespace() || rest[5] == b'/')
            {
                self.at += 5;
                if let Some(encoding) = self.declaration()? {
                    return Some(encoding);
                }
                self.at += 1;
            } else if next.is_ascii_alphabetic()
                || next == b'/' && rest.get(2).is_some_and(u8::is_ascii_alphabetic)
            {
                while !self.peek()?.is_ascii_whitespace() && self.peek()? != b'>' {
                    self.at += 1;
                }
                while self.attribute()?.is_some() {}
                self.at += 1;
            } else if matches!(next, b'!' | b'/' | b'?') {
                self.at += memchr(b'>', rest)? + 1;
            } else {
                self.at += 1;
            }
        }
    }

    /// The attributes of a `meta` element: `Some(None)` if they declare nothing.
    fn declaration(&mut self) -> Option<Option<&'static Encoding>> {
        let mut seen: Vec<Vec<u8>> = Vec::new();
        let mut got_pragma = false;
        let mut need_pragma = None;
        let mut charset: Option<Option<&'static Encoding>> = None;
        while let Some((name, value)) = self.attribute()? {
            if seen.contains(&name) {
                continue;
            }
            match &name[..] {
                b"http-equiv" => got_pragma |= value == b"content-type",
                b"content" if charset.is_none() => {
                    if let Some(found) = charset_in_content(&value) {
                        charset = Some(Some(found));
                        need_pragma = Some(true);
                    }
                }
                b"charset" => {
                    charset = Some(label(&value));
                    need_pragma = Some(false);
                }
                _ => {}
            }
            seen.push(name);
        }
        let usable = match need_pragma {
            None => false,
            Some(needed) => !needed || got_pragma,
        };
        Some(charset.flatten().filter(|_| usable))
    }

    /// "Get an attribute": name and value in lower case, `Some(None)` at the tag's end.
    fn attribute(&mut self) -> Option<Option<Attribute>> {
        while self.peek()?.is_ascii_whitespace() || self.peek()? == b'/' {
            self.at += 1;
        }
        if self.peek()? == b'>' {
            return Some(None);
        }
        let (mut name, mut value) = (Vec::new(), Vec::new());
        loop {
            match self.peek()? {
                b'=' if !name.is_empty() => break,
                byte if byte.is_ascii_whitespace() => {
                    if self.skip_spaces()? != b'=' {
                        return Some(Some((name, value)));
                    }
                    break;
                }
                b'/' | b'>' => return Some(Some((name, value))),
                byte => name.push(byte.to_ascii_lowercase()),
            }
            self.at += 1;
        }
        self.at += 1; // the `=`
        match self.skip_spaces()? {
            quote @ (b'"' | b'\'') => loop {
                self.at += 1;
                let byte = self.peek()?;
                if byte == quote {
                    self.at += 1;
                    return Some(Some((name, value)));
                }
                value.push(byte.to_ascii_lowercase());
            },
            _ => loop {
                let byte = self.peek()?;
                if byte.is_ascii_whitespace() || byte == b'>' {
                    return Some(Some((name, value)));
                }
                value.push(byte.to_ascii_lowercase());
                self.at += 1;
            },
        }
    }
}

fn label(bytes: &[u8]) -> Option<&'static Encoding> {
    for_meta_label(std::str::from_utf8(bytes).ok()?)
}

/// HTML, "extracting a character encoding from a meta element". The value is in lower case.
pub(super) fn charset_in_content(value: &[u8]) -> Option<&'static Encoding> {
    let mut rest = value;
    loop {
        rest = &rest[memmem::find(rest, b"charset")? + 7..];
        rest = rest.trim_ascii_start();
        if let Some(after) = rest.strip_prefix(b"=") {
            rest = after.trim_ascii_start();
            break;
        }
    }
    match rest.first()? {
        quote @ (b'"' | b'\'') => label(&rest[1..1 + memchr(*quote, &rest[1..])?]),
        _ => label(rest.split(|byte| byte.is_ascii_whitespace() || *byte == b';').next()?),
    }
}

/// HTML, "get an XML encoding".
fn xml_declaration(bytes: &[u8]) -> Option<&'static Encoding> {
    let declaration = bytes.strip_prefix(b"<?xml")?;
    let declaration = &declaration[..memchr(b'>', declaration)?];
    let at = memmem::find(declaration, b"encoding")? + b"encoding".len();
    let trim = |bytes: &'_ [u8]| bytes.iter().take_while(|byte| **byte <= b' ').count();
    let rest = &declaration[at..];
    let rest = rest[trim(rest)..].strip_prefix(b"=")?;
    let rest = &rest[trim(rest)..];
    let quote = *rest.first().filter(|byte| matches!(byte, b'"' | b'\''))?;
    let value = &rest[1..1 + memchr(quote, &rest[1..])?];
    if value.iter().any(|byte| *byte <= b' ') {
        return None;
    }
    // Unlike in a `meta`, x-user-defined is itself here.
    let encoding = Encoding::for_label(value)?;
    Some(if encoding == UTF_16BE || encoding == UTF_16LE { UTF_8 } else { encoding })
}
