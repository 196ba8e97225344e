//! A body that goes into a file: beside it first, as `.part`, then in its place, whole.
//!
//! The partial file is gone on with only if the server says by `If-Range` that its resource is still
//! the same; what it was is noted in a second file, `.part.meta`.

use crate::atomic_file;
use crate::error::{Code, Error, Result};
use crate::http::ResponseHead;
use crate::http::date::parse_http_date;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
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
    /// Where the range that was asked for begins.
    asked: Option<u64>,
    /// A partial file of the server's resource could not be gone on with.
    refused: bool,
    file: Option<File>,
    /// What goes into the file now can be gone on with later.
    resumable: bool,
    /// Bytes that were there before.
    pub offset: u64,
}

/// What a response means for a download.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Its body goes into the file.
    Write,
    /// It is no success: its body belongs to the response.
    Keep,
    /// The range is refused: ask for the whole.
    Restart,
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
            asked: None,
            refused: false,
            file: None,
            resumable: false,
            offset: 0,
        }
    }

    /// The values of `Range` and `If-Range` for the next hop, if there is something to go on with.
    pub fn range(&mut self) -> Option<(String, String)> {
        self.asked = None;
        if !self.resume || self.refused {
            return None;
        }
        let meta = Meta::read(&self.meta).filter(|meta| meta.url == self.url)?;
        let have = fs::symlink_metadata(&self.part).ok().filter(fs::Metadata::is_file)?.len();
        // At least one byte is asked for: a range behind the end would be an error.
        let from = meta.total.map_or(have, |total| have.min(total.saturating_sub(1)));
        if from == 0 {
            return None;
        }
        self.asked = Some(from);
        Some((format!("bytes={from}-"), meta.validator))
    }

    /// What a head means.
    pub fn judge(&self, head: &ResponseHead) -> Verdict {
        let partial = match (head.status, self.asked) {
            (200, _) => return Verdict::Write,
            (206, None) => return Verdict::Write,
            (206, Some(asked)) => {
                let range = head.headers.get_str("content-range").and_then(content_range);
                range.is_some_and(|range| range.0 == asked) && !is_encoded(head)
            }
            (416, Some(_)) => false,
            _ => return Verdict::Keep,
        };
        if partial { Verdict::Write } else { Verdict::Restart }
    }

    /// Asks for the whole from now on.
    pub fn restart(&mut self) {
        self.refused = true;
    }

    /// Opens the partial file for the body of this response.
    pub fn begin(&mut self, head: &ResponseHead, now: i64) -> Result<()> {
        let open = if head.status == 206 && self.asked.is_some() {
            self.go_on(self.asked.unwrap_or(0))
        } else {
            self.start(head, now)
        };
        open.map_err(|error| failed("cannot write", &self.part, &error))
    }

    fn go_on(&mut self, offset: u64) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).custom_flags(libc::O_NOFOLLOW).open(&self.part)?;
        file.set_len(offset)?;
        file.seek(SeekFrom::Start(offset))?;
        (self.file, self.offset, self.resumable) = (Some(file), offset, true);
        Ok(())
    }

    fn start(&mut self, head: &ResponseHead, now: i64) -> io::Result<()> {
        // A new file always: another process may still write into the old one.
        let _ = fs::remove_file(&self.meta);
        match fs::remove_file(&self.part) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        self.file = Some(OpenOptions::new().write(true).create_new(true).open(&self.part)?);
        self.offset = 0;
        let meta = Meta::of(head, &self.url, now).filter(|_| self.resume);
        // Without the note the file is only not gone on with.
        self.resumable = meta.is_some_and(|meta| meta.write(&self.meta).is_ok());
        Ok(())
    }

    /// Appends bytes.
    pub fn write(&mut self, data: &[u8]) -> Result<()> {
        let Some(file) = &mut self.file else { return Err(Code::State.into()) };
        file.write_all(data).map_err(|error| failed("cannot write", &self.part, &error))
    }

    /// The file is whole: it takes its place.
    pub fn commit(&mut self) -> Result<()> {
        let Some(file) = self.file.take() else { return Ok(()) };
        let commit = || {
            file.sync_all()?;
            if !is_at(&file, &self.part) {
                return Err(io::Error::other("another download has replaced it"));
            }
            fs::rename(&self.part, &self.path)?;
            let _ = fs::remove_file(&self.meta);
            let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
            // Some file systems cannot sync a folder; the file is whole anyway.
            let _ = File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all());
            Ok(())
        };
        commit().map_err(|error| failed("cannot finish", &self.part, &error))
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

fn failed(what: &str, path: &Path, error: &io::Error) -> Error {
    Error::new(Code::Io, format!("{what} {}: {error}", path.display()))
}

fn is_encoded(head: &ResponseHead) -> bool {
    head.headers.get_all("content-encoding").any(|coding| !coding.eq_ignore_ascii_case(b"identity"))
}

/// `bytes 5-9/10` (RFC 9110, 14.4): where the range begins, and the whole length if it is known.
pub(super) fn content_range(field: &str) -> Option<(u64, Option<u64>)> {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?;
    let rest = field.trim().strip_prefix("bytes")?.strip_prefix([' ', '='])?.trim_start();
    let (range, total) = rest.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last): (u64, u64) = (digits(first)?, digits(last)?);
    let total = if total == "*" { None } else { Some(digits(total)?) };
    (first <= last && total.is_none_or(|total| last < total)).then_some((first, total))
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

    fn write(&self, path: &Path) -> Result<()> {
        let total = self.total.map_or("-".into(), |total| total.to_string());
        let text = format!("download 1\n{}\n{}\n{total}\n", self.url, self.validator);
        atomic_file::write(path, text.as_bytes())
    }

    fn read(path: &Path) -> Option<Meta> {
        let text = String::from_utf8(atomic_file::read(path).ok()?).ok()?;
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
            ("bytes 5-9/10", Some((5, Some(10)))),
            ("bytes 0-0/*", Some((0, None))),
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
