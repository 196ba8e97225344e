//! Which encoding a page is in, and its characters.
//!
//! The order is: the caller's override, byte order mark, HTTP's `charset`, `meta` (the HTML
//! standard's prescan of the first 1024 bytes), XML declaration, detection, and the standard's
//! fallback. What decided is reported, so that a declaration can be told from a guess.

mod detect;
mod mime;
mod prescan;

pub use mime::charset_parameter;
pub(crate) use mime::content_type;

use crate::error::{Code, Error, Result};
use encoding_rs::{CoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::borrow::Cow;

/// What decided the encoding of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EncodingSource {
    /// The caller said so.
    Override,
    /// A byte order mark.
    Bom,
    /// The `charset` parameter of the response's `Content-Type`.
    Http,
    /// A `meta` element.
    Meta,
    /// The XML declaration (`<?xml … encoding=…?>`).
    Xml,
    /// Nothing was declared; the bytes look like it.
    Detected,
    /// Nothing was declared and the bytes give no hint (they are all ASCII).
    Default,
}

impl EncodingSource {
    /// The source as one word: `override`, `bom`, `http`, `meta`, `xml`, `detected`, `default`.
    pub fn as_str(self) -> &'static str {
        match self {
            EncodingSource::Override => "override",
            EncodingSource::Bom => "bom",
            EncodingSource::Http => "http",
            EncodingSource::Meta => "meta",
            EncodingSource::Xml => "xml",
            EncodingSource::Detected => "detected",
            EncodingSource::Default => "default",
        }
    }

    /// Whether it is a guess that a declaration found later may change (HTML, 13.2.3.1:
    /// confidence "tentative").
    pub fn is_tentative(self) -> bool {
        matches!(self, EncodingSource::Detected | EncodingSource::Default)
    }
}

/// What is known about the encoding of some bytes besides the bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hints<'a> {
    /// The encoding that the caller wants, as a label of the Encoding standard (`utf-8`,
    /// `latin1`, `sjis`…). A label that nobody knows is ignored.
    pub encoding: Option<&'a str>,
    /// The value of the response's `Content-Type` header. Only its `charset` is looked at.
    pub content_type: Option<&'a str>,
    /// The host that the bytes come from. Its top-level domain helps detection.
    pub host: Option<&'a str>,
}

/// An encoding and what decided it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charset {
    encoding: &'static Encoding,
    source: EncodingSource,
}

impl Charset {
    /// UTF-8 because the caller handed over text.
    pub(super) const TEXT: Charset = Charset { encoding: UTF_8, source: EncodingSource::Override };

    /// Finds the encoding of `bytes`. Never fails: there is always the fallback, windows-1252.
    pub fn determine(bytes: &[u8], hints: &Hints<'_>) -> Charset {
        Self::declared(bytes, hints).unwrap_or_else(|| Self::detected(bytes, hints.host))
    }

    /// The encoding that somebody declared, if anybody did.
    fn declared(bytes: &[u8], hints: &Hints<'_>) -> Option<Charset> {
        let found = |encoding, source| Some(Charset { encoding, source });
        if let Some(encoding) = hints.encoding.and_then(for_label) {
            return found(encoding, EncodingSource::Override);
        }
        if let Some((encoding, _)) = Encoding::for_bom(bytes) {
            return found(encoding, EncodingSource::Bom);
        }
        let http = hints.content_type.and_then(charset_parameter);
        if let Some(encoding) = http.and_then(|label| for_label(&label)) {
            return found(encoding, EncodingSource::Http);
        }
        let (encoding, source) = prescan::prescan(bytes)?;
        found(encoding, source)
    }

    /// What the bytes look like when nothing declares their encoding (or it is not to be
    /// believed): UTF-8 if they are valid UTF-8, else the guess of Firefox's detector.
    /// Bytes that are all ASCII give no hint; they are windows-1252, the standard's fallback.
    pub fn detected(bytes: &[u8], host: Option<&str>) -> Charset {
        match detect::detect(bytes, host) {
            Some(encoding) => Charset { encoding, source: EncodingSource::Detected },
            None => Charset { encoding: WINDOWS_1252, source: EncodingSource::Default },
        }
    }

    /// The encoding that a `meta` element with this label asks for while the page is being
    /// parsed (HTML, 13.2.3.4 "changing the encoding while parsing"), if it changes anything.
    pub(super) fn changed_by_meta(self, label: &str) -> Option<Charset> {
        self.changed_to(for_meta_label(label)?)
    }

    /// The same for the `content` of one that stands for a `Content-Type` header.
    pub(super) fn changed_by_content(self, content: &str) -> Option<Charset> {
        self.changed_to(prescan::charset_in_content(content.to_ascii_lowercase().as_bytes())?)
    }

    fn changed_to(self, encoding: &'static Encoding) -> Option<Charset> {
        let ignored = !self.source.is_tentative() || self.encoding == UTF_16BE || self.encoding == UTF_16LE;
        (!ignored).then_some(Charset { encoding, source: EncodingSource::Meta })
    }

    /// The name of the encoding, as the Encoding standard spells it: `UTF-8`, `windows-1252`,
    /// `Shift_JIS`.
    pub fn name(self) -> &'static str {
        self.encoding.name()
    }

    /// The encoding that the queries of the page's addresses are in.
    pub(super) fn encoding(self) -> &'static Encoding {
        self.encoding
    }

    /// What decided.
    pub fn source(self) -> EncodingSource {
        self.source
    }

    /// Whether both decode the same.
    pub(super) fn same_encoding(self, other: Charset) -> bool {
        self.encoding == other.encoding
    }

    /// Decodes the bytes; malformed sequences become U+FFFD and a byte order mark is dropped.
    /// Text that is valid UTF-8 already is borrowed, not copied.
    ///
    /// Fails with [`Code::Memory`] if there is no memory for the text.
    pub fn decode(self, bytes: &[u8]) -> Result<Cow<'_, str>> {
        let mut bytes = bytes;
        if self.encoding == UTF_8 {
            bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
            if let Ok(text) = std::str::from_utf8(bytes) {
                return Ok(Cow::Borrowed(text));
            }
        } else if self.encoding == WINDOWS_1252 && bytes.is_ascii() {
            return Ok(Cow::Borrowed(std::str::from_utf8(bytes).unwrap_or_default()));
        }
        let memory = |_| Error::new(Code::Memory, format!("no memory to decode {} bytes", bytes.len()));
        let mut decoder = match self.encoding == UTF_8 {
            // Its mark is gone: another one is text.
            true => self.encoding.new_decoder_without_bom_handling(),
            false => self.encoding.new_decoder_with_bom_removal(),
        };
        let mut text = String::new();
        let mut read = 0;
        loop {
            let rest = &bytes[read..];
            // Most text grows little; what grows more is taken in another round.
            let room = (rest.len() + rest.len() / 8).max(64);
            text.try_reserve(room).map_err(memory)?;
            let (result, used, _) = decoder.decode_to_string(rest, &mut text, true);
            read += used;
            if result == CoderResult::InputEmpty {
                return Ok(Cow::Owned(text));
            }
        }
    }
}

/// The encoding with this label (Encoding standard, "get an encoding").
fn for_label(label: &str) -> Option<&'static Encoding> {
    Encoding::for_label(label.as_bytes())
}

/// The same for a declaration inside the page, which cannot be in UTF-16 if it could be read as
/// ASCII, and for historical reasons not in x-user-defined.
fn for_meta_label(label: &str) -> Option<&'static Encoding> {
    let encoding = for_label(label)?;
    Some(match encoding.name() {
        "UTF-16BE" | "UTF-16LE" => UTF_8,
        "x-user-defined" => WINDOWS_1252,
        _ => encoding,
    })
}

#[cfg(test)]
mod tests;
