//! The head of a response: its status line and header fields, line by line as they arrive.

use super::headers::Headers;
use super::status::phrase;
use super::syntax::{is_token, show_byte, show_bytes, token_length, trim_ows};
use crate::error::{Code, Error, Result};
use crate::text::Text;

/// The version of HTTP that a response came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HttpVersion {
    /// HTTP/1.0
    Http10,
    /// HTTP/1.1
    Http11,
    /// HTTP/2
    Http2,
    /// HTTP/3
    Http3,
}

impl HttpVersion {
    /// The version as a number: 10, 11, 20 or 30.
    pub fn number(self) -> u8 {
        match self {
            HttpVersion::Http10 => 10,
            HttpVersion::Http11 => 11,
            HttpVersion::Http2 => 20,
            HttpVersion::Http3 => 30,
        }
    }
}

/// A status line, parsed (RFC 9112, 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusLine<'a> {
    /// The version.
    pub version: HttpVersion,
    /// The status, 100 to 999.
    pub status: u16,
    /// The reason phrase as sent; empty when there is none.
    pub reason: &'a [u8],
}

/// Parses a status line, with or without its line end. libcurl writes one for HTTP/2 and /3 too.
///
/// # Errors
/// [`Code::Protocol`] when it is not one, or holds NUL or a CR inside.
pub fn parse_status_line(line: &[u8]) -> Result<StatusLine<'_>> {
    let line = without_line_end(line);
    refuse_bare(line)?;
    let bad = || Error::new(Code::Protocol, format!("invalid status line \"{}\"", show_bytes(line)));
    let rest = line.strip_prefix(b"HTTP/").ok_or_else(bad)?;
    let space = rest.iter().position(|&byte| byte == b' ').unwrap_or(rest.len());
    let version = match &rest[..space] {
        b"1.0" => HttpVersion::Http10,
        b"1.1" => HttpVersion::Http11,
        b"2" | b"2.0" => HttpVersion::Http2,
        b"3" | b"3.0" => HttpVersion::Http3,
        _ => return Err(bad()),
    };
    let rest = trim_ows(&rest[space..]);
    let (digits, reason) = rest.split_at(rest.iter().position(|&b| b == b' ').unwrap_or(rest.len()));
    if digits.len() != 3 || !digits.iter().all(u8::is_ascii_digit) {
        return Err(bad());
    }
    let status = digits.iter().fold(0, |number, digit| number * 10 + u16::from(digit - b'0'));
    if status < 100 {
        return Err(bad());
    }
    Ok(StatusLine { version, status, reason: trim_ows(reason) })
}

/// Parses a header line, with or without its line end, into name and trimmed value.
///
/// Spaces between name and colon are dropped (RFC 9112, 5.1). A name that is not a token makes
/// the field worthless and gives `None`: it is skipped, as browsers do. Controls in the value are
/// kept except CR, LF and NUL.
///
/// # Errors
/// [`Code::Protocol`] for a line without colon or name, or with NUL or CR inside.
fn parse_field_line(line: &[u8]) -> Result<Option<(&[u8], &[u8])>> {
    let line = without_line_end(line);
    let length = token_length(line);
    let (name, value) = match line.get(length) {
        Some(b':') if length != 0 => (&line[..length], &line[length + 1..]),
        _ => return odd_field_line(line),
    };
    refuse_bare(value)?;
    Ok(Some((name, trim_ows(value))))
}

/// A field line whose name is not a token right before a colon.
fn odd_field_line(line: &[u8]) -> Result<Option<(&[u8], &[u8])>> {
    refuse_bare(line)?;
    let colon = memchr::memchr(b':', line).ok_or_else(|| {
        Error::new(Code::Protocol, format!("header line without a colon: \"{}\"", show_bytes(line)))
    })?;
    let name = trim_ows(&line[..colon]);
    if name.is_empty() {
        return Err(Error::new(Code::Protocol, "header line without a name"));
    }
    if !is_token(name) {
        return Ok(None);
    }
    Ok(Some((name, trim_ows(&line[colon + 1..]))))
}

/// The length that a head promises for its body; `None` where it promises none, and where a
/// transfer coding counts instead (RFC 9112, 6.3).
///
/// # Errors
/// [`Code::Protocol`] for a value that is no number below 2^63, and for several that differ: where
/// the response ends would be anyone's guess.
pub fn content_length(headers: &Headers) -> Result<Option<u64>> {
    if headers.contains("transfer-encoding") {
        return Ok(None);
    }
    let mut length = None;
    for element in headers.get_all("content-length").flat_map(|value| value.split(|&byte| byte == b',')) {
        match (number(trim_ows(element)), length) {
            (Some(number), None) => length = Some(number),
            (Some(number), Some(other)) if number == other => {}
            _ => {
                let shown = headers.get_all("content-length").map(show_bytes).collect::<Vec<_>>().join(", ");
                return Err(Error::new(Code::Protocol, format!("invalid Content-Length \"{shown}\"")));
            }
        }
    }
    Ok(length)
}

/// The number below 2^63 that digits, and nothing but digits, spell.
fn number(digits: &[u8]) -> Option<u64> {
    let add = |number: i64, digit: &u8| {
        let digit = digit.is_ascii_digit().then(|| i64::from(digit - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    };
    let number = digits.iter().try_fold(0, add)?;
    (!digits.is_empty()).then_some(number as u64)
}

fn without_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn refuse_bare(line: &[u8]) -> Result<()> {
    // Without an early exit this takes sixteen bytes at a time, and the lines are short. Tabs are found
    // as well, and let through below.
    if !line.iter().fold(false, |found, &byte| found | (byte <= b'\r')) {
        return Ok(());
    }
    let Some(at) = memchr::memchr3(b'\r', b'\n', 0, line) else { return Ok(()) };
    let byte = line[at];
    Err(Error::new(Code::Protocol, format!("{} inside a header line", show_byte(byte))))
}

/// The head of a response, as far as it has arrived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResponseHead {
    /// The version; `None` before the status line.
    pub version: Option<HttpVersion>,
    /// The status; 0 before the status line.
    pub status: u16,
    /// The reason phrase: the server's if it sent one, else the registered one.
    pub reason: Text,
    /// The header fields.
    pub headers: Headers,
    /// The fields after the body (chunked trailers, HTTP/2 trailers).
    pub trailers: Headers,
}

/// What a response's head may have at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadLimits {
    /// Bytes of all heads of one transfer together (interim responses and trailers count too);
    /// default 300 KiB.
    pub bytes: usize,
    /// Fields of all heads of one transfer together; default 5,000.
    pub fields: usize,
}

impl Default for HeadLimits {
    fn default() -> HeadLimits {
        HeadLimits { bytes: 300 * 1024, fields: 5000 }
    }
}

/// What a line of a head turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadLine {
    /// A status line: a new head began, what an interim response said is gone.
    Status,
    /// A field, or one that was skipped because its name is not a token.
    Field,
    /// The empty line after an interim response (1xx): another head follows.
    Interim,
    /// The empty line after the final head.
    End,
    /// A line after the final head: a trailer.
    Trailer,
}

/// Builds a [`ResponseHead`] from its lines. Feed it each line as libcurl's header callback gives
/// it; interim responses replace one another, the final one stays.
#[derive(Clone, Debug, Default)]
pub struct HeadParser {
    head: ResponseHead,
    limits: HeadLimits,
    bytes: usize,
    fields: usize,
    last: Last,
    /// The last line was an empty one: a status line may follow.
    between: bool,
    complete: bool,
}

/// Where a folded line belongs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Last {
    #[default]
    Nothing,
    Stored,
    Skipped,
}

impl HeadParser {
    /// A parser that has seen nothing.
    pub fn new(limits: HeadLimits) -> HeadParser {
        HeadParser { limits, ..HeadParser::default() }
    }

    /// The head so far.
    pub fn head(&self) -> &ResponseHead {
        &self.head
    }

    /// Takes the head out.
    pub fn into_head(self) -> ResponseHead {
        self.head
    }

    /// Whether the empty line after a final head was seen.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Forgets everything but the limits and the memory: ready for the next response.
    pub fn reset(&mut self) {
        self.head.version = None;
        self.head.status = 0;
        self.head.reason = Text::default();
        self.head.headers.clear();
        self.head.trailers.clear();
        (self.bytes, self.fields, self.last) = (0, 0, Last::Nothing);
        (self.between, self.complete) = (false, false);
    }

    /// Takes one line, with its line end.
    ///
    /// # Errors
    /// [`Code::Protocol`] when the line is not HTTP, [`Code::HeadersTooLarge`] beyond the limits.
    /// What came before stays readable in [`HeadParser::head`].
    pub fn line(&mut self, line: &[u8]) -> Result<HeadLine> {
        self.bytes = self.bytes.saturating_add(line.len());
        if self.bytes > self.limits.bytes {
            let text = format!("the response's headers exceed {} bytes", self.limits.bytes);
            return Err(Error::new(Code::HeadersTooLarge, text));
        }
        let text = without_line_end(line);
        if text.starts_with(b"HTTP/") && !self.complete && (self.head.status == 0 || self.between) {
            return self.status_line(text);
        }
        if self.head.status == 0 {
            let text = format!("expected a status line, got \"{}\"", show_bytes(text));
            return Err(Error::new(Code::Protocol, text));
        }
        if text.is_empty() {
            return Ok(self.end_line());
        }
        self.field_line(text)
    }

    fn status_line(&mut self, line: &[u8]) -> Result<HeadLine> {
        let parsed = parse_status_line(line)?;
        let head = &mut self.head;
        head.version = Some(parsed.version);
        head.status = parsed.status;
        let registered = phrase(parsed.status);
        head.reason = match parsed.reason {
            reason if reason.is_empty() || reason == registered.to_bytes() => Text::from(registered),
            reason => Text::new(&String::from_utf8_lossy(reason)),
        };
        head.headers.clear();
        head.headers.reserve(512, 16);
        head.trailers.clear();
        self.last = Last::Nothing;
        (self.between, self.complete) = (false, false);
        Ok(HeadLine::Status)
    }

    fn end_line(&mut self) -> HeadLine {
        self.last = Last::Nothing;
        self.between = true;
        match self.head.status {
            _ if self.complete => HeadLine::Trailer,
            // 101 is final for us: nobody asked for an upgrade, so nothing more of HTTP follows.
            100 | 102..=199 => HeadLine::Interim,
            _ => {
                self.complete = true;
                HeadLine::End
            }
        }
    }

    fn field_line(&mut self, line: &[u8]) -> Result<HeadLine> {
        let into = if self.complete { &mut self.head.trailers } else { &mut self.head.headers };
        let kind = if self.complete { HeadLine::Trailer } else { HeadLine::Field };
        if matches!(line[0], b' ' | b'\t') {
            refuse_bare(line)?;
            match self.last {
                Last::Nothing => return Err(Error::new(Code::Protocol, "a folded line before any header")),
                Last::Stored => into.extend_last(trim_ows(line))?,
                Last::Skipped => {}
            }
            return Ok(kind);
        }
        self.fields += 1;
        if self.fields > self.limits.fields {
            let text = format!("the response has more than {} headers", self.limits.fields);
            return Err(Error::new(Code::HeadersTooLarge, text));
        }
        self.last = match parse_field_line(line)? {
            None => Last::Skipped,
            Some((name, value)) => {
                into.push(name, value)?;
                Last::Stored
            }
        };
        Ok(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(lines: &[&str]) -> Result<HeadParser> {
        let mut parser = HeadParser::new(HeadLimits::default());
        for line in lines {
            parser.line(line.as_bytes())?;
        }
        Ok(parser)
    }

    #[test]
    fn lengths() {
        let length = |values: &[&str]| {
            let mut headers = Headers::new();
            values.iter().for_each(|value| headers.add("Content-Length", value.as_bytes()).unwrap());
            content_length(&headers).map_err(|error| error.code())
        };
        assert_eq!(length(&[]), Ok(None));
        assert_eq!(length(&["0"]), Ok(Some(0)));
        assert_eq!(length(&[" 42\t"]), Ok(Some(42)));
        assert_eq!(length(&["42, 42", "042"]), Ok(Some(42)));
        assert_eq!(length(&["9223372036854775807"]), Ok(Some(i64::MAX as u64)));
        for bad in ["", "-1", "+1", "4 2", "1,2", "1,", "0x10", "1.0", "9223372036854775808", "١"] {
            assert_eq!(length(&[bad]), Err(Code::Protocol), "{bad:?}");
        }
        assert_eq!(length(&["1", "2"]), Err(Code::Protocol));
        let mut chunked = Headers::new();
        chunked.add("Content-Length", b"x").unwrap();
        chunked.add("Transfer-Encoding", b"chunked").unwrap();
        assert_eq!(content_length(&chunked), Ok(None));
    }

    #[test]
    fn status_lines() {
        type Parsed = Option<(u8, u16, &'static str)>;
        let cases: &[(&str, Parsed)] = &[
            ("HTTP/1.1 200 OK\r\n", Some((11, 200, "OK"))),
            ("HTTP/1.0 404 Not  Found \r\n", Some((10, 404, "Not  Found"))),
            ("HTTP/1.1 200\r\n", Some((11, 200, ""))),
            ("HTTP/1.1 200 \n", Some((11, 200, ""))),
            ("HTTP/2 301 \r\n", Some((20, 301, ""))),
            ("HTTP/3 999\r\n", Some((30, 999, ""))),
            ("HTTP/1.1 20 OK\r\n", None),
            ("HTTP/1.1 2000 OK\r\n", None),
            ("HTTP/1.1 099 OK\r\n", None),
            ("HTTP/1.1 2x0 OK\r\n", None),
            ("HTTP/9.9 200 OK\r\n", None),
            ("HTTP/1.1", None),
            ("ICY 200 OK\r\n", None),
            ("HTTP/1.1 200 O\rK\r\n", None),
            ("HTTP/1.1 200 O\0K\r\n", None),
            ("", None),
        ];
        for (line, expected) in cases {
            let parsed = parse_status_line(line.as_bytes());
            match expected {
                None => assert_eq!(parsed.unwrap_err().code(), Code::Protocol, "{line:?}"),
                Some((version, status, reason)) => {
                    let parsed = parsed.unwrap();
                    assert_eq!((parsed.version.number(), parsed.status), (*version, *status), "{line:?}");
                    assert_eq!(parsed.reason, reason.as_bytes(), "{line:?}");
                }
            }
        }
    }

    #[test]
    fn field_lines() {
        let parse = |line: &'static [u8]| parse_field_line(line).map_err(|error| error.code());
        assert_eq!(parse(b"A: b\r\n"), Ok(Some((&b"A"[..], &b"b"[..]))));
        assert_eq!(parse(b"A:b c \t\n"), Ok(Some((&b"A"[..], &b"b c"[..]))));
        assert_eq!(parse(b"A:\r\n"), Ok(Some((&b"A"[..], &b""[..]))));
        assert_eq!(parse(b"Content-Length : 2\r\n"), Ok(Some((&b"Content-Length"[..], &b"2"[..]))));
        assert_eq!(parse(b"A: \xE9:\x01\r\n"), Ok(Some((&b"A"[..], &b"\xE9:\x01"[..]))));
        assert_eq!(parse(b"Two Words: x\r\n"), Ok(None));
        assert_eq!(parse(b"\xC3\xA9: x\r\n"), Ok(None));
        for bad in
            [&b"no colon\r\n"[..], b": x\r\n", b"A: b\rc\r\n", b"A: b\0c\r\n", b"A\0: b\r\n", b"A: b\nc\r\n"]
        {
            assert_eq!(parse_field_line(bad).unwrap_err().code(), Code::Protocol, "{bad:?}");
        }
    }

    #[test]
    fn interim_heads_are_replaced_and_trailers_kept_apart() {
        let mut parser = HeadParser::new(HeadLimits::default());
        let lines = [
            ("HTTP/1.1 100 Continue\r\n", HeadLine::Status),
            ("\r\n", HeadLine::Interim),
            ("HTTP/1.1 103 Early Hints\r\n", HeadLine::Status),
            ("Set-Cookie: early=1\r\n", HeadLine::Field),
            ("\r\n", HeadLine::Interim),
            ("HTTP/1.1 200 \r\n", HeadLine::Status),
            ("A: 1\r\n", HeadLine::Field),
            ("  folded\r\n", HeadLine::Field),
            ("Two Words: x\r\n", HeadLine::Field),
            ("\tskipped\r\n", HeadLine::Field),
            ("\r\n", HeadLine::End),
            ("T: 9\r\n", HeadLine::Trailer),
            ("\r\n", HeadLine::Trailer),
        ];
        for (line, expected) in lines {
            assert_eq!(parser.line(line.as_bytes()).unwrap(), expected, "{line:?}");
        }
        assert!(parser.is_complete());
        let head = parser.into_head();
        assert_eq!((head.status, head.reason.as_str()), (200, "OK"));
        assert_eq!(head.headers.iter().collect::<Vec<_>>(), [("A", &b"1 folded"[..])]);
        assert_eq!(head.trailers.get("t"), Some(&b"9"[..]));
    }

    #[test]
    fn a_field_named_like_a_status_line_is_a_field() {
        let parser = parse(&["HTTP/1.1 200 OK\r\n", "A: 1\r\n", "HTTP/1.1 500: x\r\n"]).unwrap();
        assert_eq!(parser.head().status, 200);
    }

    #[test]
    fn not_http() {
        let first = "HTTP/1.1 200 OK\r\n";
        for lines in [&["<html>\r\n"][..], &["\r\n"], &["A: b\r\n"], &[first, " fold\r\n"], &[first, first]] {
            assert_eq!(parse(lines).unwrap_err().code(), Code::Protocol, "{lines:?}");
        }
    }

    #[test]
    fn limits() {
        let mut parser = HeadParser::new(HeadLimits { bytes: 40, fields: 100 });
        parser.line(b"HTTP/1.1 200 OK\r\n").unwrap();
        assert_eq!(parser.line(&[b'a'; 24]).unwrap_err().code(), Code::HeadersTooLarge);
        let mut parser = HeadParser::new(HeadLimits { bytes: 4000, fields: 2 });
        for line in ["HTTP/1.1 200 OK\r\n", "A: 1\r\n", "B: 2\r\n"] {
            parser.line(line.as_bytes()).unwrap();
        }
        let error = parser.line(b"C: 3\r\n").unwrap_err();
        assert_eq!(error.message(), "the response has more than 2 headers");
        assert_eq!(parser.head().headers.len(), 2);
    }

    #[test]
    fn endless_interim_responses_hit_the_limit() {
        let mut parser = HeadParser::new(HeadLimits::default());
        let mut lines = 0;
        let error = loop {
            lines += 1;
            let line: &[u8] = if lines % 2 == 1 { b"HTTP/1.1 100 Continue\r\n" } else { b"\r\n" };
            if let Err(error) = parser.line(line) {
                break error;
            }
        };
        assert_eq!(error.code(), Code::HeadersTooLarge);
    }

    #[test]
    fn reset_leaves_nothing() {
        let mut parser = parse(&["HTTP/1.1 200 OK\r\n", "A: 1\r\n", "\r\n", "T: 1\r\n"]).unwrap();
        parser.reset();
        assert_eq!(parser.head(), &ResponseHead::default());
        assert!(!parser.is_complete());
    }
}
