//! Text that is no markup: RCDATA, RAWTEXT, script data, PLAINTEXT and CDATA sections
//! (HTML, 13.2.5.2 to 13.2.5.5, 13.2.5.9 to 13.2.5.31 and 13.2.5.69 to 13.2.5.71).

use super::{Sink, State, Tokenizer, charref};
use memchr::{memchr, memchr2, memchr3, memmem};

/// Where in script data the search is.
#[derive(Clone, Copy, PartialEq)]
enum Script {
    Plain,
    /// Behind `<!--`.
    Escaped,
    /// Behind a `<script` in that.
    DoubleEscaped,
}

impl<S: Sink> Tokenizer<'_, S> {
    /// Whether the `<` at `at` begins an appropriate end tag.
    fn ends_raw_text(&self, at: usize) -> bool {
        let Some(name) = self.last_start_tag else { return false };
        let Some(rest) = self.bytes[at..].strip_prefix(b"</") else { return false };
        begins_with_tag(rest, name.as_bytes())
    }

    /// RCDATA and RAWTEXT states: text up to the appropriate end tag.
    pub(super) fn raw_text(&mut self) {
        let bytes = self.bytes;
        let rcdata = self.state == State::Rcdata;
        let mut text = self.at;
        let mut at = text;
        loop {
            let rest = &bytes[at..];
            let found = if rcdata { memchr3(b'<', b'&', 0, rest) } else { memchr2(b'<', 0, rest) };
            let Some(found) = found else {
                self.at = bytes.len();
                return self.emit_text(text, bytes.len());
            };
            at += found;
            match bytes[at] {
                b'<' if self.ends_raw_text(at) => {
                    self.emit_text(text, at);
                    return self.end_tag(at + 2);
                }
                0 => {
                    self.emit_text_without_nul(text, at + 1);
                    text = at + 1;
                }
                b'&' => {
                    if let Some((reference, length)) = charref::resolve(&self.text[at + 1..], false) {
                        self.emit_text(text, at);
                        self.emit_reference(reference);
                        at += length;
                        text = at + 1;
                    }
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// Script data states: text up to the end tag that is not escaped away.
    pub(super) fn script_data(&mut self) {
        let from = self.at;
        match self.script_end() {
            Some(end) => {
                self.emit_text_without_nul(from, end);
                self.end_tag(end + 2);
            }
            None => {
                self.at = self.bytes.len();
                self.emit_text_without_nul(from, self.at);
            }
        }
    }

    fn script_end(&self) -> Option<usize> {
        let bytes = self.bytes;
        let mut script = Script::Plain;
        let mut at = self.at;
        // Dashes before this do not belong to a `-->`.
        let mut dashes = at;
        loop {
            if script == Script::Plain {
                at += memchr(b'<', &bytes[at..])?;
                if self.ends_raw_text(at) {
                    return Some(at);
                }
                if bytes[at..].starts_with(b"<!--") {
                    script = Script::Escaped;
                    dashes = at + 2;
                    at += 3;
                }
                at += 1;
                continue;
            }
            at += memchr2(b'<', b'>', &bytes[at..])?;
            let rest = &bytes[at + 1..];
            if bytes[at] == b'>' {
                if at >= dashes + 2 && bytes[at - 2..at] == *b"--" {
                    script = Script::Plain;
                }
            } else if script == Script::Escaped {
                if self.ends_raw_text(at) {
                    return Some(at);
                }
                if begins_with_tag(rest, b"script") {
                    script = Script::DoubleEscaped;
                }
            } else if rest.strip_prefix(b"/").is_some_and(|rest| begins_with_tag(rest, b"script")) {
                script = Script::Escaped;
            }
            at += 1;
        }
    }

    /// PLAINTEXT state: text up to the end of the file.
    pub(super) fn plaintext(&mut self) {
        let from = self.at;
        self.at = self.bytes.len();
        self.emit_text_without_nul(from, self.at);
    }

    /// CDATA section states. NULs are left to the sink.
    pub(super) fn cdata_section(&mut self) {
        let mut from = self.at;
        let found = memmem::find(&self.bytes[from..], b"]]>");
        let end = found.map_or(self.bytes.len(), |found| from + found);
        self.state = State::Data;
        self.at = if found.is_some() { end + 3 } else { end };
        while let Some(nul) = memchr(0, &self.bytes[from..end]) {
            self.emit_text(from, from + nul);
            self.sink.nul();
            from += nul + 1;
        }
        self.emit_text(from, end);
    }
}

/// Whether `text` is the tag name `name`, letter case ignored, and what ends a tag name.
fn begins_with_tag(text: &[u8], name: &[u8]) -> bool {
    let next = text.get(name.len());
    next.is_some_and(|byte| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>'))
        && text[..name.len()].eq_ignore_ascii_case(name)
}
