//! Tags (HTML, 13.2.5.8 and 13.2.5.32 to 13.2.5.40).

use super::names::Written;
use super::scan::find3;
use super::{Sink, State, Tokenizer, charref};
use crate::html::names::Name;
use memchr::{memchr, memchr2};

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
        let (name, name_end) = self.tag_name(at);
        self.sink.open_tag();
        self.tags += 1;
        let end = self.attributes(name_end, |this, written, value| {
            let name = this.names.get(this.text, written, |text| this.sink.name(text));
            if !this.is_new(name) {
                return;
            }
            match value {
                None => this.sink.attribute(name, ""),
                Some(Value { from, to, plain: true }) => this.sink.attribute(name, &this.text[from..to]),
                Some(Value { from, to, .. }) => {
                    this.resolve_references(from, to);
                    this.sink.attribute(name, &this.scratch);
                }
            }
        });
        let Some((self_closing, end)) = end else { return self.at = bytes.len() };
        self.at = end;
        self.last_start_tag = Some(&self.text[at..name_end]);
        if let Some(state) = self.sink.start_tag(name, self_closing, self.line) {
            self.state = state;
        }
    }

    /// Whether the tag at hand has no attribute of this name yet.
    #[inline]
    fn is_new(&mut self, name: Name) -> bool {
        let number = name.number as usize;
        if number >= self.had.len() {
            self.had.resize(number + 64, 0);
        }
        std::mem::replace(&mut self.had[number], self.tags) != self.tags
    }

    /// An end tag whose name begins at `at`. Its attributes are skipped.
    pub(super) fn end_tag(&mut self, at: usize) {
        let (name, at) = self.tag_name(at);
        let end = self.attributes(at, |_, _, _| {});
        let Some((_, end)) = end else { return self.at = self.bytes.len() };
        self.at = end;
        self.state = State::Data;
        self.sink.end_tag(name);
    }

    /// Goes through the attributes of a tag whose name ends at `at`. Tells whether the tag closes
    /// itself, and where it ends; nothing if the file ends first.
    #[inline(always)] // each of the two callers has its own
    fn attributes(
        &mut self,
        mut at: usize,
        mut found: impl FnMut(&mut Self, Written, Option<Value>),
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
                    found(self, Written::new(bytes, at, end), value);
                    at = next;
                    continue;
                }
            }
            at += 1;
        }
    }

    /// The tag's name at `at`, and its end.
    #[inline]
    fn tag_name(&mut self, at: usize) -> (Name, usize) {
        let end = find_name_end(self.bytes, at, ENDS_TAG_NAME);
        let written = Written::new(self.bytes, at, end);
        (self.names.get(self.text, written, |text| self.sink.name(text)), end)
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

    /// The text of a value, character references resolved, into the scratch.
    fn resolve_references(&mut self, from: usize, to: usize) {
        let out = &mut self.scratch;
        out.clear();
        let mut rest = &self.text[from..to];
        while let Some(found) = memchr2(b'&', 0, rest.as_bytes()) {
            out.push_str(&rest[..found]);
            let special = rest.as_bytes()[found];
            rest = &rest[found + 1..];
            if special == 0 {
                out.push('\u{fffd}');
            } else if let Some((reference, length)) = charref::resolve(rest, true) {
                reference.push_to(out);
                rest = &rest[length..];
            } else {
                out.push('&');
            }
        }
        out.push_str(rest);
    }
}

/// The number of line breaks; in steps that a byte can count, which suits vector units.
#[inline]
fn line_breaks(bytes: &[u8]) -> u32 {
    let count = |part: &[u8]| part.iter().map(|byte| u8::from(*byte == b'\n')).sum::<u8>();
    bytes.chunks(u8::MAX.into()).map(|part| u32::from(count(part))).sum()
}

/// The end of the name at `at`, whose first byte may be anything.
#[inline]
fn find_name_end(bytes: &[u8], at: usize, ends: u8) -> usize {
    let behind = bytes[at + 1..].iter().position(|byte| is(*byte, ends));
    behind.map_or(bytes.len(), |behind| at + 1 + behind)
}
