//! The tokenizer: text to tags, text and comments (HTML, 13.2.5).
//!
//! The whole text is there when tokenizing starts, so the standard's states need no memory of
//! their own: each becomes a search for the bytes that end it, and tokens are slices. Parse
//! errors are not reported; no state's behaviour depends on them.

mod charref;
mod entities;
mod markup;
mod names;
mod raw;
mod scan;
mod tag;

use super::names::Name;
use charref::Reference;
use memchr::memchr;
use names::Cache;
use scan::find3;
use std::borrow::Cow;

/// What takes the tokens.
pub(super) trait Sink {
    /// Whether it wants no more.
    fn stopped(&self) -> bool {
        false
    }

    /// The name with this text in lower case.
    fn name(&mut self, text: &str) -> Name;

    /// A start tag begins; its attributes follow.
    fn open_tag(&mut self) {}

    /// An attribute of the start tag that began. No name comes twice.
    fn attribute(&mut self, name: Name, value: &str);

    /// A start tag and the line that it begins in. Tells the state to go on in, if another.
    fn start_tag(&mut self, name: Name, self_closing: bool, line: u32) -> Option<State>;

    /// An end tag.
    fn end_tag(&mut self, name: Name);

    /// A piece of text, not empty and without NULs.
    fn text(&mut self, text: &str);

    /// A NUL in the text.
    fn nul(&mut self);

    /// A comment.
    fn comment(&mut self, text: &str);

    /// A document type.
    fn doctype(&mut self, doctype: Doctype);

    /// The end of the file.
    fn end(&mut self);

    /// Whether the adjusted current node is an element of SVG or MathML.
    fn in_foreign_content(&self) -> bool;
}

/// A document type.
#[derive(Debug, Default)]
pub(super) struct Doctype {
    pub name: Option<String>,
    pub public_id: Option<String>,
    pub system_id: Option<String>,
    pub force_quirks: bool,
}

/// The states between tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Data,
    Rcdata,
    Rawtext,
    ScriptData,
    Plaintext,
    CdataSection,
}

/// A tokenizer over one text.
pub(super) struct Tokenizer<'a, S> {
    /// The text, newlines normalized; its slices are the tokens.
    text: &'a str,
    bytes: &'a [u8],
    /// Everything before is done.
    at: usize,
    state: State,
    /// The name that an end tag must have to end RCDATA, RAWTEXT or script data, in any case.
    last_start_tag: Option<&'a str>,
    names: Cache,
    /// The start tags with attributes so far, and by the number of its name the last of them
    /// that had each attribute.
    tags: u32,
    had: Vec<u32>,
    /// Line breaks before `counted`.
    line: u32,
    counted: usize,
    /// Room for text that is not a slice.
    scratch: String,
    sink: S,
}

/// The text with its newlines normalized (Infra, "normalize newlines").
pub(super) fn normalized(text: &str) -> Cow<'_, str> {
    let Some(first) = memchr(b'\r', text.as_bytes()) else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len());
    out.push_str(&text[..first]);
    let mut rest = &text[first..];
    while let Some(after) = rest.strip_prefix('\r') {
        out.push('\n');
        rest = after.strip_prefix('\n').unwrap_or(after);
        let end = memchr(b'\r', rest.as_bytes()).unwrap_or(rest.len());
        out.push_str(&rest[..end]);
        rest = &rest[end..];
    }
    Cow::Owned(out)
}

/// Tokenizes a [`normalized`] text into `sink`, the end of the file included, from a state.
pub(super) fn tokenize<'a, S: Sink>(
    text: &'a str,
    state: State,
    last_start_tag: Option<&'a str>,
    sink: S,
) -> S {
    let mut tokenizer = Tokenizer {
        text,
        bytes: text.as_bytes(),
        at: 0,
        state,
        last_start_tag,
        names: Cache::new(),
        tags: 0,
        had: Vec::new(),
        line: 1,
        counted: 0,
        scratch: String::new(),
        sink,
    };
    tokenizer.run();
    tokenizer.sink
}

impl<S: Sink> Tokenizer<'_, S> {
    fn run(&mut self) {
        while self.at < self.bytes.len() && !self.sink.stopped() {
            match self.state {
                State::Data => self.data(),
                State::Rcdata | State::Rawtext => self.raw_text(),
                State::ScriptData => self.script_data(),
                State::Plaintext => self.plaintext(),
                State::CdataSection => self.cdata_section(),
            }
        }
        self.sink.end();
    }

    #[inline]
    fn emit_text(&mut self, from: usize, to: usize) {
        if from < to {
            self.sink.text(&self.text[from..to]);
        }
    }

    /// Text in which NULs become replacement characters.
    fn emit_text_without_nul(&mut self, mut from: usize, to: usize) {
        while let Some(nul) = memchr(0, &self.bytes[from..to]) {
            self.emit_text(from, from + nul);
            self.sink.text("\u{fffd}");
            from += nul + 1;
        }
        self.emit_text(from, to);
    }

    /// The characters that a reference stands for.
    fn emit_reference(&mut self, reference: Reference) {
        self.scratch.clear();
        reference.push_to(&mut self.scratch);
        self.sink.text(&self.scratch);
    }

    /// A slice in which NULs become replacement characters.
    fn slice_without_nul(&self, from: usize, to: usize) -> Cow<'_, str> {
        let slice = &self.text[from..to];
        if memchr(0, slice.as_bytes()).is_none() {
            return Cow::Borrowed(slice);
        }
        Cow::Owned(slice.replace('\0', "\u{fffd}"))
    }

    /// 13.2.5.1 data state, 13.2.5.6 tag open state, 13.2.5.7 end tag open state
    fn data(&mut self) {
        let bytes = self.bytes;
        let mut text = self.at;
        let mut at = text;
        while self.state == State::Data && !self.sink.stopped() {
            match find3(b'<', b'&', 0, &bytes[at..]) {
                Some(found) => at += found,
                None => {
                    self.at = bytes.len();
                    return self.emit_text(text, bytes.len());
                }
            }
            self.at = at;
            match (bytes[at], bytes.get(at + 1)) {
                (b'<', Some(b'a'..=b'z' | b'A'..=b'Z')) => {
                    self.emit_text(text, at);
                    self.start_tag(at + 1);
                }
                (b'<', Some(b'/')) => match bytes.get(at + 2) {
                    Some(b'a'..=b'z' | b'A'..=b'Z') => {
                        self.emit_text(text, at);
                        self.end_tag(at + 2);
                    }
                    Some(b'>') => {
                        self.emit_text(text, at);
                        self.at = at + 3;
                    }
                    Some(_) => {
                        self.emit_text(text, at);
                        self.bogus_comment(at + 2);
                    }
                    None => {}
                },
                (b'<', Some(b'!')) => {
                    self.emit_text(text, at);
                    self.markup_declaration(at + 2);
                }
                (b'<', Some(b'?')) => {
                    self.emit_text(text, at);
                    self.bogus_comment(at + 1);
                }
                (b'&', _) => {
                    if let Some((reference, length)) = charref::resolve(&self.text[at + 1..], false) {
                        self.emit_text(text, at);
                        self.at = at + 1 + length;
                        self.emit_reference(reference);
                    }
                }
                (0, _) => {
                    self.emit_text(text, at);
                    self.at = at + 1;
                    self.sink.nul();
                }
                _ => {}
            }
            if self.at == at {
                // It was only text; go on with it.
                at += 1;
            } else {
                text = self.at;
                at = text;
            }
        }
    }
}

#[cfg(all(test, conformance))]
mod conformance;
#[cfg(test)]
mod tests;
