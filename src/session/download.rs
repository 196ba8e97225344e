//! A body that goes into a file: beside it first, as `.part`, then in its place, whole.
//!
//! The partial file is gone on with only if the server says by `If-Range` that its resource is still
//! the same; what it was is noted in a second file, `.part.meta`.

use crate::atomic_file::{self, failed};
use crate::error::{Code, Error, Result};
use crate::http::ResponseHead;
use crate::http::date::parse_http_date;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A `Last-Modified` that is less than this many seconds old tells versions of a resource apart
/// no more (RFC 9110, 8.8.2.2).
const SETTLED: i64 = 60;

/// A download, from its first hop to its end.
#[derive(Debug)]
pub(super) struct Download {
    path: PathBuf,
    part: PathBuf,
    meta: PathBuf,
    /// What is asked for, so that a partial file of something else is not gone on with.
    url: String,
    resume: bool,
    /// The caller asks for a range of his own.
    ranged: bool,
    /// The partial file, where the range that was asked for begins, and what the file is of.
    asked: Option<(File, u64, Meta)>,
    /// Bytes that the file will have, and has, since a range goes into it.
    total: Option<u64>,
    have: u64,
    /// A partial file of the server's resource could not be gone on with.
    refused: bool,
    file: Option<File>,
    /// What goes into the file now can be gone on with later.
    resumable: bool,
    /// Bytes that were there before.
    pub offset: u64,
}

/// What a download does with a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Handling {
    /// Its body goes into the file.
    Write,
    /// It is no success: its body belongs to the response.
    Keep,
    /// The range is refused: ask for the whole.
    Restart,
    /// It is a part that nobody asked for.
    Unasked,
}

/// What is known of the resource that a partial file comes from.
#[derive(Debug, Default, PartialEq, Eq)]
struct Meta {
    url: String,
    /// An entity tag or a date, as `If-Range` wants it.
    validator: String,
    total: Option<u64>,
}

impl Download {
    pub fn new(path: &Path, resume: bool, url: &str) -> Download {
        let beside = |suffix: &str| {
            let mut name = path.as_os_str().to_owned();
            name.push(suffix);
            PathBuf::from(name)
        };
        Download {
            path: path.into(),
            part: beside(".part"),
            meta: beside(".part.meta"),
            url: url.into(),
            resume,
            ranged: false,
            asked: None,
            total: None,
            have: 0,
            refused: false,
            file: None,
            resumable: false,
            offset: 0,
        }
    }

    /// The values of `Range` and `If-Range` for the next hop, if there is something to go on with.
    /// `ranged`: the caller has his own.
    pub fn range(&mut self, ranged: bool) -> Option<(String, String)> {
        (self.asked, self.ranged, self.offset) = (None, ranged, 0);
        if !self.resume || self.refused || ranged {
            return None;
        }
        let meta = Meta::read(&self.meta).filter(|meta| meta.url == self.url)?;
        let how = libc::O_NOFOLLOW | libc::O_NONBLOCK;
        let file = OpenOptions::new().write(true).custom_flags(how).open(&self.part).ok()?;
        let have = file.metadata().ok().filter(fs::Metadata::is_file)?.len();
        // Another download, of this process or another, is at it.
        if !lock(&file, libc::LOCK_NB) || !is_at(&file, &self.part) {
            return None;
        }
        // At least one byte is asked for: a range behind the end would be an error.
        let from = meta.total.map_or(have, |total| have.min(total.saturating_sub(1)));
        if from == 0 {
            return None;
        }
        let validator = meta.validator.clone();
        self.asked = Some((file, from, meta));
        Some((format!("bytes={from}-"), validator))
    }

    /// What a head means.
    pub fn judge(&self, head: &ResponseHead) -> Handling {
        let partial = match (head.status, &self.asked) {
            (200, _) => return Handling::Write,
            (206, None) if self.ranged || is_whole(head) => return Handling::Write,
            (206, None) => return Handling::Unasked,
            (206, Some((_, from, meta))) => meta.goes_on(*from, head),
            (416, Some(_)) => false,
            _ => return Handling::Keep,
        };
        if partial { Handling::Write } else { Handling::Restart }
    }

    /// Asks for the whole from now on.
    pub fn restart(&mut self) {
        self.refused = true;
    }

    /// Opens the partial file for the body of this response.
    pub fn begin(&mut self, head: &ResponseHead, now: i64) -> Result<()> {
        let open = match self.asked.take() {
            Some((file, from, meta)) if head.status == 206 => self.go_on(file, from, meta.total_with(head)),
            _ => self.start(head, now),
        };
        open.map_err(|error| failed("cannot write", &self.part, &error))
    }

    fn go_on(&mut self, mut file: File, offset: u64, total: Option<u64>) -> io::Result<()> {
        file.set_len(offset)?;
        file.seek(SeekFrom::Start(offset))?;
        (self.file, self.offset, self.resumable) = (Some(file), offset, true);
        (self.have, self.total) = (offset, total);
        Ok(())
    }

    fn start(&mut self, head: &ResponseHead, now: i64) -> io::Result<()> {
        if self.path.is_dir() {
            return Err(io::Error::other("its name is that of a directory without it"));
        }
        // A new file always: another process may still write into the old one.
        let _ = fs::remove_file(&self.meta);
        match fs::remove_file(&self.part) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let file = OpenOptions::new().write(true).create_new(true).open(&self.part)?;
        // Nobody has a reason to hold the lock of an empty file for long.
        lock(&file, 0);
        self.file = Some(file);
        (self.offset, self.have, self.total) = (0, 0, None);
        let meta = Meta::of(head, &self.url, now).filter(|_| self.resume);
        // Without the note the file is only not gone on with.
        self.resumable = meta.is_some_and(|meta| meta.write(&self.meta).is_ok());
        Ok(())
    }

    /// Appends bytes.
    pub fn write(&mut self, data: &[u8]) -> Result<()> {
        let Some(file) = &mut self.file else { return Err(Code::State.into()) };
        let room = self.total.map_or(u64::MAX, |total| total - self.have);
        let fits = data.len().min(usize::try_from(room).unwrap_or(usize::MAX));
        self.have += fits as u64;
        file.write_all(&data[..fits]).map_err(|error| failed("cannot write", &self.part, &error))?;
        if fits < data.len() {
            return Err(Error::new(Code::Protocol, "the server sends more than the rest of the file"));
        }
        Ok(())
    }

    /// The transfer is over: the file takes its place if it is whole. A server may send less than the
    /// rest that it was asked for (RFC 9110, 15.3.7).
    pub fn commit(&mut self) -> Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        if let Some(total) = self.total.filter(|total| *total != self.have) {
            let text = format!("{} has {} of {total} bytes", self.part.display(), self.have);
            return Err(Error::new(Code::Truncated, text));
        }
        let commit = || {
            file.sync_all()?;
            if !is_at(file, &self.part) {
                return Err(io::Error::other("another download has replaced it"));
            }
            fs::rename(&self.part, &self.path)?;
            let _ = fs::remove_file(&self.meta);
            let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
            // Some file systems cannot sync a folder; the file is whole anyway.
            let _ = File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all());
            Ok(())
        };
        commit().map_err(|error| failed("cannot finish", &self.part, &error))?;
        self.file = None;
        Ok(())
    }

    /// The transfer broke: what came stays if it can be gone on with.
    pub fn give_up(&mut self) {
        let Some(file) = self.file.take() else { return };
        if !self.resumable && is_at(&file, &self.part) {
            let _ = fs::remove_file(&self.part);
        }
    }
}

impl Drop for Download {
    fn drop(&mut self) {
        self.give_up();
    }
}

/// Whether a path names this open file.
fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(own), Ok(named)) => (own.dev(), own.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}

/// Takes the lock of a file until it is closed (flock(2)); false if another one has it. A file system
/// without locks is no reason to download nothing.
fn lock(file: &File, how: libc::c_int) -> bool {
    // SAFETY: an open descriptor.
    let held = unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_EX | how) } == 0;
    held || io::Error::last_os_error().raw_os_error() != Some(libc::EWOULDBLOCK)
}

fn is_encoded(head: &ResponseHead) -> bool {
    head.headers.get_all("content-encoding").any(|coding| !coding.eq_ignore_ascii_case(b"identity"))
}

/// What a head says of the range that it comes with.
fn range_of(head: &ResponseHead) -> Option<(u64, u64, Option<u64>)> {
    head.headers.get_str("content-range").and_then(content_range)
}

/// Whether a 206 has the whole all the same.
fn is_whole(head: &ResponseHead) -> bool {
    range_of(head).is_some_and(|(first, last, total)| first == 0 && total == last.checked_add(1))
}

/// `bytes 5-9/10` (RFC 9110, 14.4): the first and the last byte, and the whole length if it is known.
fn content_range(field: &str) -> Option<(u64, u64, Option<u64>)> {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?;
    let rest = field.trim().strip_prefix("bytes")?.strip_prefix([' ', '='])?.trim_start();
    let (range, total) = rest.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last): (u64, u64) = (digits(first)?, digits(last)?);
    let total = if total == "*" { None } else { Some(digits(total)?) };
    (first <= last && total.is_none_or(|total| last < total)).then_some((first, last, total))
}

impl Meta {
    /// What tells this version of the resource from others; `None` if nothing does.
    fn of(head: &ResponseHead, url: &str, now: i64) -> Option<Meta> {
        if head.status != 200 || is_encoded(head) {
            return None;
        }
        let text = |name| head.headers.get_str(name).filter(|text| !text.is_empty());
        let validator = match text("etag") {
            Some(tag) if tag.starts_with('"') => tag,
            _ => {
                let modified = text("last-modified")?;
                let date = text("date").and_then(|date| parse_http_date(date, now)).unwrap_or(now);
                if date - parse_http_date(modified, now)? < SETTLED {
                    return None;
                }
                modified
            }
        };
        let total = text("content-length").and_then(|length| length.parse().ok());
        Some(Meta { url: url.into(), validator: validator.into(), total })
    }

    /// Whether a 206 goes on with the partial file: from the right place, of the same version
    /// (RFC 9110, 15.3.7.3), and with an end that can be told.
    fn goes_on(&self, from: u64, head: &ResponseHead) -> bool {
        let name = if self.validator.starts_with('"') { "etag" } else { "last-modified" };
        let same = head.headers.get_str(name).is_none_or(|other| other == self.validator);
        let range = range_of(head);
        let length = range.and_then(|range| range.2);
        let fits = self.total.is_none_or(|total| length.is_none_or(|length| length == total));
        range.is_some_and(|range| range.0 == from)
            && same
            && fits
            && self.total_with(head).is_some()
            && !is_encoded(head)
    }

    /// How long the whole is, by its own head or by that of a range.
    fn total_with(&self, head: &ResponseHead) -> Option<u64> {
        self.total.or(range_of(head).and_then(|range| range.2))
    }

    fn write(&self, path: &Path) -> Result<()> {
        let total = self.total.map_or("-".into(), |total| total.to_string());
        let text = format!("download 1\n{}\n{}\n{total}\n", self.url, self.validator);
        atomic_file::write(path, text.as_bytes())
    }

    fn read(path: &Path) -> Option<Meta> {
        let text = String::from_utf8(atomic_file::read(path, 1).ok()?).ok()?;
        let mut lines = text.lines();
        if lines.next()? != "download 1" {
            return None;
        }
        let (url, validator, total) = (lines.next()?, lines.next()?, lines.next()?);
        crate::http::headers::check_value("If-Range", validator.as_bytes()).ok()?;
        let total = if total == "-" { None } else { Some(total.parse().ok()?) };
        Some(Meta { url: url.into(), validator: validator.into(), total })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::HeadParser;

    const NOW: i64 = 784_111_777; // Sun, 06 Nov 1994 08:49:37 GMT

    fn head(status: u16, fields: &[(&str, &str)]) -> ResponseHead {
        let mut parser = HeadParser::default();
        parser.line(format!("HTTP/1.1 {status} X\r\n").as_bytes()).unwrap();
        for (name, value) in fields {
            parser.line(format!("{name}: {value}\r\n").as_bytes()).unwrap();
        }
        parser.line(b"\r\n").unwrap();
        parser.into_head()
    }

    #[test]
    fn ranges_of_responses() {
        for (field, range) in [
            ("bytes 5-9/10", Some((5, 9, Some(10)))),
            ("bytes 0-0/*", Some((0, 0, None))),
            ("bytes 5-10/10", None),
            ("bytes 9-5/10", None),
            ("bytes */10", None),
            ("items 5-9/10", None),
            ("bytes +5-9/10", None),
            ("bytes 5-9", None),
            ("bytes 5-99999999999999999999/*", None),
        ] {
            assert_eq!(content_range(field), range, "{field}");
        }
    }

    #[test]
    fn only_strong_validators_count() {
        let validator = |fields: &[(&str, &str)]| Meta::of(&head(200, fields), "u", NOW).map(|m| m.validator);
        let old = ("Last-Modified", "Sun, 06 Nov 1994 08:00:00 GMT");
        let date = ("Date", "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(validator(&[("ETag", "\"a\"")]).as_deref(), Some("\"a\""));
        assert_eq!(validator(&[("ETag", "W/\"a\"")]), None);
        assert_eq!(validator(&[("ETag", "W/\"a\""), old, date]).as_deref(), Some(old.1));
        assert_eq!(validator(&[("Last-Modified", "Sun, 06 Nov 1994 08:49:00 GMT"), date]), None);
        assert_eq!(validator(&[("ETag", "\"a\""), ("Content-Encoding", "gzip")]), None);
        assert_eq!(validator(&[]), None);
    }

    #[test]
    fn notes_are_read_back_and_damaged_ones_ignored() {
        let folder = std::env::temp_dir().join(format!("htmlsession-meta-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("a.part.meta");
        for total in [Some(7), None] {
            let meta = Meta { url: "http://h/a?b".into(), validator: "\"x\"".into(), total };
            meta.write(&path).unwrap();
            assert_eq!(Meta::read(&path), Some(meta));
        }
        for damaged in ["", "download 2\nu\nv\n1\n", "download 1\nu\nv\n", "download 1\nu\nv\0\n1\n"] {
            fs::write(&path, damaged).unwrap();
            assert_eq!(Meta::read(&path), None, "{damaged:?}");
        }
        fs::remove_dir_all(folder).unwrap();
    }
}
