//! Comments, document types and CDATA sections (HTML, 13.2.5.41 to 13.2.5.68).

use super::{Doctype, Sink, State, Tokenizer};
use crate::html::reader::Reader;
use memchr::{memchr, memmem};

impl<S: Sink> Tokenizer<'_, S> {
    /// Markup declaration open state, behind the `<!`.
    pub(super) fn markup_declaration(&mut self, at: usize) {
        let rest = &self.bytes[at..];
        if rest.starts_with(b"--") {
            self.comment(at + 2);
        } else if rest.len() >= 7 && rest[..7].eq_ignore_ascii_case(b"doctype") {
            self.doctype(at + 7);
        } else if rest.starts_with(b"[CDATA[") && self.sink.in_foreign_content() {
            self.at = at + 7;
            self.state = State::CdataSection;
        } else {
            self.bogus_comment(at);
        }
    }

    fn emit_comment(&mut self, from: usize, to: usize, next: usize) {
        self.at = next;
        match memchr(0, &self.bytes[from..to]) {
            None => self.sink.comment(&self.text[from..to]),
            Some(_) => self.sink.comment(&self.text[from..to].replace('\0', "\u{fffd}")),
        }
    }

    /// Bogus comment state: a comment from `at` to the next `>`.
    pub(super) fn bogus_comment(&mut self, at: usize) {
        let end = memchr(b'>', &self.bytes[at..]).map_or(self.bytes.len(), |found| at + found);
        self.emit_comment(at, end, (end + 1).min(self.bytes.len()));
    }

    /// Comment states, behind the `<!--`.
    fn comment(&mut self, from: usize) {
        let bytes = self.bytes;
        let rest = &bytes[from..];
        // The dashes of `<!--` may be those of the end, too.
        for end in [&b">"[..], b"->"] {
            if rest.starts_with(end) {
                return self.emit_comment(from, from, from + end.len());
            }
        }
        let mut at = from;
        while let Some(found) = memmem::find(&bytes[at..], b"--") {
            at += found;
            for end in [&b"-->"[..], b"--!>"] {
                if bytes[at..].starts_with(end) {
                    return self.emit_comment(from, at, at + end.len());
                }
            }
            at += 1;
        }
        // The file ends. What may have been the beginning of the end is not part of the comment.
        let unfinished = [&b"--!"[..], b"--", b"-"].into_iter().find(|end| rest.ends_with(end));
        let end = bytes.len() - unfinished.map_or(0, <[u8]>::len);
        self.emit_comment(from, end, bytes.len());
    }

    /// DOCTYPE states, behind the `<!DOCTYPE`.
    fn doctype(&mut self, at: usize) {
        let mut reader = Reader { bytes: self.bytes, at };
        let mut doctype = Doctype::default();
        doctype.force_quirks = self.read_doctype(&mut reader, &mut doctype) != Some(true);
        // Whatever is left is a bogus doctype's, up to its `>`.
        let end = memchr(b'>', &self.bytes[reader.at..]);
        self.at = end.map_or(self.bytes.len(), |found| reader.at + found + 1);
        self.sink.doctype(doctype);
    }

    /// Reads a doctype up to its `>` or to what does not belong there. `None` if the file ends,
    /// `Some(false)` if something is wrong that forces quirks mode.
    fn read_doctype(&self, reader: &mut Reader<'_>, doctype: &mut Doctype) -> Option<bool> {
        if reader.skip_spaces()? == b'>' {
            return Some(false);
        }
        let start = reader.at;
        while reader.peek().is_some_and(|byte| !byte.is_ascii_whitespace() && byte != b'>') {
            reader.at += 1;
        }
        let name = self.slice_without_nul(start, reader.at).to_ascii_lowercase();
        doctype.name = Some(name);
        if reader.skip_spaces()? == b'>' {
            return Some(true);
        }
        if reader.keyword(b"public") {
            match self.identifier(reader, &mut doctype.public_id)? {
                true => {}
                false => return Some(false),
            }
            match reader.skip_spaces()? {
                b'>' => return Some(true),
                b'"' | b'\'' => {}
                _ => return Some(false),
            }
        } else if !reader.keyword(b"system") {
            return Some(false);
        }
        if !self.identifier(reader, &mut doctype.system_id)? {
            return Some(false);
        }
        // What follows the system identifier is wrong, but forces nothing.
        reader.skip_spaces().map(|_| true)
    }

    /// A quoted identifier; false if it is missing or cut by a `>`.
    fn identifier(&self, reader: &mut Reader<'_>, into: &mut Option<String>) -> Option<bool> {
        let quote = reader.skip_spaces()?;
        if !matches!(quote, b'"' | b'\'') {
            return Some(false);
        }
        reader.at += 1;
        let start = reader.at;
        let end = loop {
            match reader.peek() {
                Some(byte) if byte == quote => break Some(true),
                Some(b'>') => break Some(false),
                Some(_) => reader.at += 1,
                None => break None,
            }
        };
        *into = Some(self.slice_without_nul(start, reader.at).into_owned());
        if end == Some(true) {
            reader.at += 1;
        }
        end
    }
}

impl Reader<'_> {
    /// Skips a keyword, letter case ignored, if it is there.
    fn keyword(&mut self, keyword: &[u8]) -> bool {
        let end = self.at + keyword.len();
        let there = self.bytes.get(self.at..end).is_some_and(|text| text.eq_ignore_ascii_case(keyword));
        if there {
            self.at = end;
        }
        there
    }
}
