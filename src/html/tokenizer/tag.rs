//! Tags (HTML, 13.2.5.8 and 13.2.5.32 to 13.2.5.40).

use super::atoms::Name;
use super::scan::find3;
use super::{Sink, State, Tokenizer, charref};
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{Tag, TagKind, Token};
use html5ever::{Attribute, LocalName, QualName, ns};
use memchr::{memchr, memchr2};
use std::collections::HashSet;

/// From this many attributes on, duplicates are looked for with a set.
const MANY: usize = 24;

/// A tag with more attributes than a tree may have names: what is beyond is not looked at.
const TOO_MANY: usize = crate::html::names::MAX_NAMES;

/// White space, `/` and `>`.
const ENDS_TAG_NAME: u8 = 1;
/// The same and `=`.
const ENDS_ATTRIBUTE_NAME: u8 = 2;
/// White space and `>`.
const ENDS_VALUE: u8 = 4;

static CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let all = ENDS_TAG_NAME | ENDS_ATTRIBUTE_NAME | ENDS_VALUE;
    classes[b'\t' as usize] = all;
    classes[b'\n' as usize] = all;
    classes[0x0C] = all;
    classes[b' ' as usize] = all;
    classes[b'>' as usize] = all;
    classes[b'/' as usize] = ENDS_TAG_NAME | ENDS_ATTRIBUTE_NAME;
    classes[b'=' as usize] = ENDS_ATTRIBUTE_NAME;
    classes
};

#[inline]
fn is(byte: u8, class: u8) -> bool {
    CLASSES[byte as usize] & class != 0
}

/// The attributes of the tag at hand.
struct Attributes {
    list: Vec<Attribute>,
    /// The names, once there are many: as the atoms' words, which are equal if the names are.
    names: Option<HashSet<u64>>,
    duplicate: bool,
}

impl Attributes {
    /// Whether there is none of this name yet.
    fn is_new(&mut self, name: &LocalName) -> bool {
        let new = if self.list.len() < MANY {
            !self.list.iter().any(|attribute| attribute.name.local == *name)
        } else {
            let words = || self.list.iter().map(|attribute| attribute.name.local.unsafe_data()).collect();
            self.names.get_or_insert_with(words).insert(name.unsafe_data())
        };
        self.duplicate |= !new;
        new
    }
}

/// Where the value of an attribute is.
struct Value {
    from: usize,
    to: usize,
    /// Neither a character reference nor a NUL is in it.
    plain: bool,
}

impl<S: Sink> Tokenizer<'_, S> {
    /// A start tag whose name begins at `at`. One that the file ends in is no tag.
    pub(super) fn start_tag(&mut self, at: usize) {
        let bytes = self.bytes;
        self.line += line_breaks(&bytes[self.counted..at]);
        self.counted = at;
        let (name, at) = self.tag_name(at);
        let mut attributes = Attributes { list: self.sink.spare_attributes(), names: None, duplicate: false };
        let end = self.attributes(at, |this, name, value| {
            if attributes.list.len() > TOO_MANY {
                return;
            }
            let name = this.atoms.get(this.text, name, |name| this.sink.name(name));
            if attributes.is_new(&name) {
                let value = value.map_or_else(StrTendril::new, |value| this.value(&value));
                attributes.list.push(Attribute { name: QualName::new(None, ns!(), name), value });
            }
        });
        let Some((self_closing, end)) = end else { return self.at = bytes.len() };
        self.at = end;
        self.last_start_tag = Some(name.clone());
        self.emit(Token::TagToken(Tag {
            kind: TagKind::StartTag,
            name,
            self_closing,
            attrs: attributes.list,
            had_duplicate_attributes: attributes.duplicate,
        }));
    }

    /// An end tag whose name begins at `at`. Its attributes are skipped.
    pub(super) fn end_tag(&mut self, at: usize) {
        let (name, at) = self.tag_name(at);
        let end = self.attributes(at, |_, _, _| {});
        let Some((self_closing, end)) = end else { return self.at = self.bytes.len() };
        self.at = end;
        self.state = State::Data;
        self.emit(Token::TagToken(Tag {
            kind: TagKind::EndTag,
            name,
            self_closing,
            attrs: Vec::new(),
            had_duplicate_attributes: false,
        }));
    }

    /// Goes through the attributes of a tag whose name ends at `at`. Tells whether the tag closes
    /// itself, and where it ends; nothing if the file ends first.
    #[inline(always)] // each of the two callers has its own
    fn attributes(
        &mut self,
        mut at: usize,
        mut found: impl FnMut(&mut Self, Name, Option<Value>),
    ) -> Option<(bool, usize)> {
        let bytes = self.bytes;
        let mut self_closing = false;
        loop {
            match *bytes.get(at)? {
                b'>' => return Some((self_closing, at + 1)),
                b'/' => self_closing = bytes.get(at + 1) == Some(&b'>'),
                byte if byte.is_ascii_whitespace() => {}
                _ => {
                    let end = find_name_end(bytes, at, ENDS_ATTRIBUTE_NAME);
                    let (value, next) = self.attribute_value(end)?;
                    found(self, Name::new(bytes, at, end), value);
                    at = next;
                    continue;
                }
            }
            at += 1;
        }
    }

    /// The tag's name at `at`, and its end.
    #[inline]
    fn tag_name(&mut self, at: usize) -> (LocalName, usize) {
        let end = find_name_end(self.bytes, at, ENDS_TAG_NAME);
        let name = Name::new(self.bytes, at, end);
        (self.atoms.get(self.text, name, |name| self.sink.name(name)), end)
    }

    /// The value of the attribute whose name ends at `at`, if it has one, and where to go on.
    /// Nothing if the file ends first.
    #[inline]
    fn attribute_value(&self, mut at: usize) -> Option<(Option<Value>, usize)> {
        let bytes = self.bytes;
        while bytes.get(at)?.is_ascii_whitespace() {
            at += 1;
        }
        if bytes[at] != b'=' {
            return Some((None, at));
        }
        at += 1;
        while bytes.get(at)?.is_ascii_whitespace() {
            at += 1;
        }
        match bytes[at] {
            quote @ (b'"' | b'\'') => {
                let from = at + 1;
                let mut to = from + find3(quote, b'&', 0, &bytes[from..])?;
                let plain = bytes[to] == quote;
                if !plain {
                    to += memchr(quote, &bytes[to..])?;
                }
                Some((Some(Value { from, to, plain }), to + 1))
            }
            b'>' => Some((None, at)),
            _ => {
                let from = at;
                while !is(*bytes.get(at)?, ENDS_VALUE) {
                    at += 1;
                }
                let plain = memchr2(b'&', 0, &bytes[from..at]).is_none();
                Some((Some(Value { from, to: at, plain }), at))
            }
        }
    }

    /// The text of a value, character references resolved.
    fn value(&self, value: &Value) -> StrTendril {
        let Value { from, to, plain } = *value;
        if plain {
            return self.slice(from, to);
        }
        let mut out = String::with_capacity(to - from);
        let mut rest = &self.text[from..to];
        while let Some(found) = memchr2(b'&', 0, rest.as_bytes()) {
            out.push_str(&rest[..found]);
            let special = rest.as_bytes()[found];
            rest = &rest[found + 1..];
            if special == 0 {
                out.push('\u{fffd}');
            } else if let Some((reference, length)) = charref::resolve(rest, true) {
                reference.push_to(&mut out);
                rest = &rest[length..];
            } else {
                out.push('&');
            }
        }
        out.push_str(rest);
        StrTendril::from(out)
    }
}

/// The number of line breaks; in steps that a byte can count, which suits vector units.
#[inline]
fn line_breaks(bytes: &[u8]) -> u64 {
    let count = |part: &[u8]| part.iter().map(|byte| u8::from(*byte == b'\n')).sum::<u8>();
    bytes.chunks(u8::MAX.into()).map(|part| u64::from(count(part))).sum()
}

/// The end of the name at `at`, whose first byte may be anything.
#[inline]
fn find_name_end(bytes: &[u8], at: usize, ends: u8) -> usize {
    let behind = bytes[at + 1..].iter().position(|byte| is(*byte, ends));
    behind.map_or(bytes.len(), |behind| at + 1 + behind)
}
