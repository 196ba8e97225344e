//! The tokenizer: text to tags, text and comments (HTML, 13.2.5).
//!
//! The whole text is there when tokenizing starts, so the standard's states need no memory of
//! their own: each becomes a search for the bytes that end it, and tokens are slices. Parse
//! errors are not reported; no state's behaviour depends on them.

mod atoms;
mod charref;
mod entities;
mod markup;
mod raw;
mod scan;
mod tag;

use atoms::Atoms;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{Token, TokenSink, TokenSinkResult};
use html5ever::{Attribute, LocalName};
use memchr::memchr;
use scan::find3;

/// What takes the tokens.
pub(super) trait Sink: TokenSink {
    /// Whether it wants no more.
    fn stopped(&self) -> bool {
        false
    }

    /// The atom for a name in lower case.
    fn name(&self, name: &str) -> LocalName {
        LocalName::from(name)
    }

    /// An empty list for the attributes of a tag, perhaps with room.
    fn spare_attributes(&self) -> Vec<Attribute> {
        Vec::new()
    }
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
    input: &'a StrTendril,
    text: &'a str,
    bytes: &'a [u8],
    /// Everything before is done.
    at: usize,
    state: State,
    /// The name that an end tag must have to end RCDATA, RAWTEXT or script data.
    last_start_tag: Option<LocalName>,
    atoms: Atoms,
    /// Line breaks before `counted`.
    line: u64,
    counted: usize,
    sink: S,
}

/// The text with its newlines normalized (Infra, "normalize newlines").
pub(super) fn normalized(text: &str) -> StrTendril {
    let Some(first) = memchr(b'\r', text.as_bytes()) else { return StrTendril::from(text) };
    let mut out = StrTendril::with_capacity(text.len() as u32);
    out.push_slice(&text[..first]);
    let mut rest = &text[first..];
    while let Some(after) = rest.strip_prefix('\r') {
        out.push_slice("\n");
        rest = after.strip_prefix('\n').unwrap_or(after);
        let end = memchr(b'\r', rest.as_bytes()).unwrap_or(rest.len());
        out.push_slice(&rest[..end]);
        rest = &rest[end..];
    }
    out
}

/// Tokenizes a [`normalized`] text into `sink`, the end of the file included, from a state.
pub(super) fn tokenize<S: Sink>(
    input: &StrTendril,
    state: State,
    last_start_tag: Option<LocalName>,
    sink: S,
) -> S {
    let mut tokenizer = Tokenizer {
        input,
        text: input,
        bytes: input.as_bytes(),
        at: 0,
        state,
        last_start_tag,
        atoms: Atoms::new(),
        line: 1,
        counted: 0,
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
        self.emit(Token::EOFToken);
        self.sink.end();
    }

    /// Gives a token to the sink, and goes into the state that it wants.
    fn emit(&mut self, token: Token) {
        self.state = match self.sink.process_token(token, self.line) {
            TokenSinkResult::Plaintext => State::Plaintext,
            TokenSinkResult::RawData(RawKind::Rcdata) => State::Rcdata,
            TokenSinkResult::RawData(RawKind::Rawtext) => State::Rawtext,
            TokenSinkResult::RawData(_) => State::ScriptData,
            _ => return,
        };
    }

    #[inline]
    fn slice(&self, from: usize, to: usize) -> StrTendril {
        // Up to eight bytes are in the tendril itself.
        if to - from <= 8 {
            return StrTendril::from_slice(&self.text[from..to]);
        }
        self.input.subtendril(from as u32, (to - from) as u32)
    }

    fn emit_text(&mut self, from: usize, to: usize) {
        if from < to {
            let text = self.slice(from, to);
            self.emit(Token::CharacterTokens(text));
        }
    }

    /// Text in which NULs become replacement characters.
    fn emit_text_without_nul(&mut self, mut from: usize, to: usize) {
        while let Some(nul) = memchr(0, &self.bytes[from..to]) {
            self.emit_text(from, from + nul);
            self.emit(Token::CharacterTokens(StrTendril::from_char('\u{fffd}')));
            from += nul + 1;
        }
        self.emit_text(from, to);
    }

    /// A slice in which NULs become replacement characters.
    fn slice_without_nul(&self, from: usize, to: usize) -> StrTendril {
        if memchr(0, &self.bytes[from..to]).is_none() {
            return self.slice(from, to);
        }
        StrTendril::from(self.text[from..to].replace('\0', "\u{fffd}"))
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
                        self.emit(Token::CharacterTokens(reference.into()));
                    }
                }
                (0, _) => {
                    self.emit_text(text, at);
                    self.at = at + 1;
                    self.emit(Token::NullCharacterToken);
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

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod tests;
