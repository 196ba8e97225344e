//! Lines of a stream, as its pieces arrive.

use crate::error::{Code, Error, Result};

/// The longest line by default: 16 MiB.
const DEFAULT_LONGEST: usize = 16 << 20;

/// Splits a stream into lines at CR LF, LF or CR, wherever its pieces are cut.
///
/// A line is handed out as soon as its end is there: after a CR it is not waited for an LF that
/// may follow; if it comes, it is dropped.
#[derive(Clone, Debug)]
pub struct LineSplitter {
    buffer: Vec<u8>,
    /// Where the next line begins.
    start: usize,
    /// Up to where no line end was found.
    searched: usize,
    after_cr: bool,
    ended: bool,
    longest: usize,
}

impl Default for LineSplitter {
    fn default() -> LineSplitter {
        LineSplitter::new(DEFAULT_LONGEST)
    }
}

impl LineSplitter {
    /// A splitter for lines of at most this many bytes.
    pub fn new(longest: usize) -> LineSplitter {
        LineSplitter { buffer: Vec::new(), start: 0, searched: 0, after_cr: false, ended: false, longest }
    }

    /// Takes a piece of the stream.
    ///
    /// # Errors
    /// [`Code::Memory`].
    pub fn push(&mut self, piece: &[u8]) -> Result<()> {
        // What was handed out goes when it is the greater part, so that each byte moves once.
        if self.start > self.buffer.len() / 2 {
            self.buffer.drain(..self.start);
            self.searched -= self.start;
            self.start = 0;
        }
        self.buffer.try_reserve(piece.len()).map_err(|_| Code::Memory)?;
        self.buffer.extend_from_slice(piece);
        Ok(())
    }

    /// Says that nothing more comes: what is left is the last line.
    pub fn finish(&mut self) {
        self.ended = true;
    }

    /// Bytes that were pushed and not handed out yet.
    pub fn pending(&self) -> usize {
        let dropped = self.after_cr && self.buffer.get(self.start) == Some(&b'\n');
        self.buffer.len() - self.start - usize::from(dropped)
    }

    /// Whether an LF that comes next is dropped: the last line ended with a CR at the very end of what
    /// was pushed.
    pub fn is_after_cr(&self) -> bool {
        self.after_cr && self.start == self.buffer.len()
    }

    /// Takes bytes that were pushed and not handed out yet, line ends and all, for whoever changes
    /// from lines to bytes; but not the LF of a CR LF whose CR ended a line.
    pub fn take(&mut self, into: &mut [u8]) -> usize {
        if self.after_cr && self.start < self.buffer.len() {
            self.after_cr = false;
            self.start += usize::from(self.buffer[self.start] == b'\n');
        }
        let count = self.pending().min(into.len());
        into[..count].copy_from_slice(&self.buffer[self.start..self.start + count]);
        self.start += count;
        self.searched = self.searched.max(self.start);
        count
    }

    /// The same of the last line once everything that was pushed is handed out. Says so once.
    pub fn take_cr(&mut self) -> bool {
        std::mem::take(&mut self.after_cr)
    }

    /// The next line without its end; `None` when more of the stream is needed, or after
    /// [`LineSplitter::finish`] when there is none.
    ///
    /// # Errors
    /// [`Code::BodyTooLarge`] when the line is too long; its bytes stay.
    pub fn next_line(&mut self) -> Result<Option<&[u8]>> {
        if self.after_cr && self.start < self.buffer.len() {
            self.after_cr = false;
            self.start += usize::from(self.buffer[self.start] == b'\n');
            self.searched = self.searched.max(self.start);
        }
        let begin = self.start;
        let found = memchr::memchr2(b'\r', b'\n', &self.buffer[self.searched..]).map(|at| self.searched + at);
        let end = found.unwrap_or(self.buffer.len());
        if end - begin > self.longest {
            return Err(Error::new(Code::BodyTooLarge, format!("a line exceeds {} bytes", self.longest)));
        }
        match found {
            Some(end) => {
                self.after_cr = self.buffer[end] == b'\r';
                self.start = end + 1;
                self.searched = self.start;
                Ok(Some(&self.buffer[begin..end]))
            }
            None => {
                self.searched = self.buffer.len();
                if !self.ended || begin == end {
                    return Ok(None);
                }
                self.start = end;
                Ok(Some(&self.buffer[begin..end]))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &[u8], piece: usize) -> Vec<Vec<u8>> {
        let mut splitter = LineSplitter::default();
        let mut lines = Vec::new();
        for chunk in text.chunks(piece) {
            splitter.push(chunk).unwrap();
            while let Some(line) = splitter.next_line().unwrap() {
                lines.push(line.to_vec());
            }
        }
        splitter.finish();
        while let Some(line) = splitter.next_line().unwrap() {
            lines.push(line.to_vec());
        }
        assert_eq!(splitter.pending(), 0);
        lines
    }

    #[test]
    fn the_lf_of_an_end_does_not_wait_to_be_read() {
        let mut splitter = LineSplitter::default();
        splitter.push(b"a\r").unwrap();
        assert_eq!(splitter.next_line().unwrap(), Some(&b"a"[..]));
        assert!(splitter.is_after_cr());
        splitter.push(b"\n").unwrap();
        assert_eq!((splitter.pending(), splitter.is_after_cr()), (0, false));
        splitter.push(b"b").unwrap();
        assert_eq!(splitter.pending(), 1);
    }

    #[test]
    fn lines_are_the_same_however_the_stream_is_cut() {
        let cases: &[(&[u8], &[&[u8]])] = &[
            (b"", &[]),
            (b"one", &[b"one"]),
            (b"one\n", &[b"one"]),
            (b"one\r\ntwo\r\n", &[b"one", b"two"]),
            (b"one\rtwo\nthree\r\nfour", &[b"one", b"two", b"three", b"four"]),
            (b"\n", &[b""]),
            (b"\r\n", &[b""]),
            (b"\r\r", &[b"", b""]),
            (b"\n\r", &[b"", b""]),
            (b"\r\n\r\n\n\r", &[b"", b"", b"", b""]),
            (b"a\r\r\nb", &[b"a", b"", b"b"]),
            (b"a\0b\x0bc\x0c\xe2\x80\xa8d\n", &[b"a\0b\x0bc\x0c\xe2\x80\xa8d"]),
        ];
        for (text, expected) in cases {
            for piece in 1..=text.len().max(1) {
                assert_eq!(split(text, piece), *expected, "{text:?} by {piece}");
            }
        }
    }

    #[test]
    fn a_line_does_not_wait_for_what_follows_its_cr() {
        let mut splitter = LineSplitter::default();
        splitter.push(b"data\r").unwrap();
        assert_eq!(splitter.next_line().unwrap(), Some(&b"data"[..]));
        splitter.push(b"\n").unwrap();
        assert_eq!(splitter.next_line().unwrap(), None);
        splitter.push(b"\n").unwrap();
        assert_eq!(splitter.next_line().unwrap(), Some(&b""[..]));
    }

    #[test]
    fn long_lines_are_an_error() {
        let mut splitter = LineSplitter::new(10);
        splitter.push(b"0123456789\n01234567890").unwrap();
        assert_eq!(splitter.next_line().unwrap(), Some(&b"0123456789"[..]));
        let error = splitter.next_line().unwrap_err();
        assert_eq!((error.code(), error.message()), (Code::BodyTooLarge, "a line exceeds 10 bytes"));
        assert_eq!(splitter.pending(), 11);
    }

    #[test]
    fn what_was_handed_out_does_not_pile_up() {
        let mut splitter = LineSplitter::default();
        for _ in 0..100_000 {
            splitter.push(b"0123456789\n01234").unwrap();
            while splitter.next_line().unwrap().is_some() {}
        }
        assert!(splitter.buffer.capacity() < 4096, "{}", splitter.buffer.capacity());
    }
}
