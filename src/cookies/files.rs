//! Loading and saving a jar.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::bucket::Origin;
use super::cookie::Cookie;
use super::filter::Filter;
use super::host;
use super::jar::Jar;
use super::reason::Reason;
use super::{import, json, lwp, netscape};
use crate::atomic_file;
use crate::error::{Code, Error, Result};
use crate::lock::lock;

/// The largest file that is read, in MiB: ten million cookies.
const LARGEST: u64 = 1024;

/// The format of a cookie file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(C)]
pub enum Format {
    /// When reading: whatever the file is. When writing: JSON for a path that ends in `.json`,
    /// else Netscape.
    #[default]
    Auto = 0,
    /// cookies.txt, as curl, wget and yt-dlp read and write it. It has no place for SameSite,
    /// times of creation and last use, partitions, and fractions of a second; a cookie with a TAB
    /// in it or in a partition is left out. Of a nameless one curl takes the value for the name.
    Netscape = 1,
    /// Our own JSON, exact. When reading also: Playwright and Puppeteer, Selenium, browser
    /// extensions, tough-cookie, HTTP archives.
    Json = 2,
}

/// How a file is read.
#[derive(Clone, Copy, Debug, Default)]
pub struct LoadOptions {
    /// The format. Default [`Format::Auto`].
    pub format: Format,
    /// Leave out session cookies, as if a browser had been closed in between. Default `false`.
    pub drop_session: bool,
    /// Skip damaged entries rather than fail. Default `false`.
    pub lenient: bool,
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadReport {
    /// Cookies stored.
    pub read: usize,
    /// Cookies that were in the jar before, and that its limits removed to make room.
    pub evicted: usize,
    /// Session cookies that were left out by [`LoadOptions::drop_session`].
    pub dropped: usize,
    /// What was skipped and why: cookies that have expired, break a rule or found no room within
    /// the limits of the jar, and with [`LoadOptions::lenient`] damaged entries
    /// ([`Reason::Malformed`]). The number is that of the line, in JSON that of the cookie (in an HTTP
    /// archive of the entry), counted from 1; in that order.
    pub skipped: Vec<(usize, Reason)>,
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SaveReport {
    /// Cookies written.
    pub written: usize,
    /// Cookies for which the format has no place.
    pub skipped: usize,
}

/// Where a jar is saved when its last reference goes.
#[derive(Debug)]
pub(super) struct Autosave {
    path: PathBuf,
    format: Format,
}

/// What a reader found in one place of a file.
pub(crate) enum Found {
    Cookie(Cookie),
    Refused(Reason),
    Damaged(Box<str>),
}

impl Found {
    pub fn damaged(why: &str) -> Found {
        Found::Damaged(why.into())
    }
}

impl From<Result<Cookie, Reason>> for Found {
    fn from(cookie: Result<Cookie, Reason>) -> Found {
        cookie.map_or_else(Found::Refused, Found::Cookie)
    }
}

/// Collects what is found; nothing reaches the jar before the whole file is read.
pub(crate) struct Reader {
    options: LoadOptions,
    now: i64,
    own_partitions: bool,
    /// What a place in the file is called.
    unit: &'static str,
    cookies: Vec<(usize, Cookie)>,
    report: LoadReport,
    error: Option<Error>,
}

impl Reader {
    pub fn now(&self) -> i64 {
        self.now
    }

    /// Whether the jar finds what is in the partition of a cookie's own site.
    pub fn own_partitions(&self) -> bool {
        self.own_partitions
    }

    pub fn take(&mut self, place: usize, found: Found) {
        match found {
            Found::Cookie(cookie) if cookie.is_expired(self.now) => {
                self.report.skipped.push((place, Reason::Expired));
            }
            Found::Cookie(cookie) if self.options.drop_session && cookie.is_session() => {
                self.report.dropped += 1;
            }
            Found::Cookie(cookie) => self.cookies.push((place, cookie)),
            Found::Refused(reason) => self.report.skipped.push((place, reason)),
            Found::Damaged(_) if self.options.lenient => {
                self.report.skipped.push((place, Reason::Malformed));
            }
            Found::Damaged(why) => self.fail(place, &why),
        }
    }

    /// The file cannot be used. The first failure counts.
    pub fn fail(&mut self, place: usize, why: &str) {
        let error = || Error::new(Code::CookieFile, format!("{} {place}: {why}", self.unit));
        if self.error.is_none() {
            self.error = Some(error());
        }
    }

    /// The names of what was found, each with its registrable domain.
    pub fn names(&self) -> HashSet<(Box<[u8]>, Box<str>)> {
        let key = |cookie: &Cookie| (cookie.name().into(), host::domain_key(cookie.domain()).into());
        self.cookies.iter().map(|(_, cookie)| key(cookie)).collect()
    }
}

impl Jar {
    /// Loads cookies from a file and adds them to the jar, in the place of those with the same
    /// name, domain and path.
    ///
    /// The file is read whole before anything changes: on an error the jar is as it was.
    /// [`Code::Io`] if it cannot be read or is no regular file; [`Code::CookieFile`] if it is
    /// damaged, with the place and the reason. Stored expiries are taken as they are, the limits
    /// of the jar hold.
    pub fn load(&self, path: &Path, options: &LoadOptions) -> Result<LoadReport> {
        let bytes = atomic_file::read(path, LARGEST)?;
        self.load_bytes(&bytes, options)
            .map_err(|error| Error::new(error.code(), format!("{}: {}", path.display(), error.message())))
    }

    /// As [`Jar::load`], from memory.
    pub fn load_bytes(&self, bytes: &[u8], options: &LoadOptions) -> Result<LoadReport> {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let start = bytes.trim_ascii_start();
        let is_json = match options.format {
            Format::Auto => matches!(start.first(), Some(b'{' | b'[')),
            Format::Netscape => false,
            Format::Json => true,
        };
        let mut reader = Reader {
            options: *options,
            now: self.now(),
            own_partitions: self.options().partition_by_own_site,
            unit: if is_json { "cookie" } else { "line" },
            cookies: Vec::new(),
            report: LoadReport::default(),
            error: None,
        };
        if is_json {
            import::read(bytes, &mut reader);
        } else if options.format == Format::Auto && start.starts_with(lwp::FIRST_LINE) {
            lwp::read(bytes, &mut reader);
        } else {
            netscape::read(bytes, &mut reader);
        }
        match reader.error {
            Some(error) => Err(error),
            None => Ok(self.add(reader.cookies, reader.report, reader.now)),
        }
    }

    fn add(&self, cookies: Vec<(usize, Cookie)>, mut report: LoadReport, now: i64) -> LoadReport {
        let from = Origin { secure: true, http_api: true, now, options: self.options() };
        let mut evicted = Vec::new();
        let mut stored: Vec<(usize, u64)> = Vec::new();
        let mut batch = Vec::new();
        let mut cookies = cookies.into_iter().peekable();
        while let Some(first) = cookies.next() {
            // Neighbours in the file are mostly neighbours in the jar: one lock for them all.
            let domain = first.1.domain().to_owned();
            let registrable = host::domain_key(&domain);
            let ours =
                |other: &Cookie| other.domain() == domain || host::domain_key(other.domain()) == registrable;
            batch.push(first);
            batch.extend(std::iter::from_fn(|| cookies.next_if(|(_, cookie)| ours(cookie))));
            evicted.append(&mut self.put_all(
                registrable,
                batch.drain(..),
                &from,
                |place, reason, sequence| {
                    if reason.is_success() {
                        stored.push((place, sequence));
                    } else {
                        report.skipped.push((place, reason));
                    }
                },
            ));
        }
        // The limits may have removed again what the file brought a moment ago.
        let evicted: HashMap<u64, Reason> =
            evicted.iter().map(|(cookie, reason)| (cookie.sequence, *reason)).collect();
        let mut of_the_file = HashSet::new();
        stored.retain(|(place, sequence)| {
            let Some(reason) = evicted.get(sequence) else { return true };
            report.skipped.push((*place, *reason));
            of_the_file.insert(*sequence);
            false
        });
        report.read = stored.len();
        report.evicted = evicted.len() - of_the_file.len();
        report.skipped.sort_by_key(|(place, _)| *place);
        report
    }

    /// Saves all cookies to a file.
    ///
    /// A new file is written beside the old one, synced to the disk and then renamed, so that at
    /// any moment the path names the old or the new file, whole. Its mode is 0600 always. If the
    /// path is a symbolic link, the link is replaced, not what it points to. [`Code::Io`] if that
    /// fails; the old file is then untouched.
    pub fn save(&self, path: &Path, format: Format) -> Result<SaveReport> {
        let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
        let format = match format {
            Format::Auto if is_json => Format::Json,
            format => format,
        };
        let (bytes, report) = self.save_bytes(format);
        atomic_file::write(path, &bytes)?;
        Ok(report)
    }

    /// As [`Jar::save`], to memory.
    pub fn save_bytes(&self, format: Format) -> (Vec<u8>, SaveReport) {
        let mut cookies = self.snapshot(&Filter::default());
        // In the order of creation, so that a jar that reads them sends them in the same order.
        cookies.sort_unstable_by_key(|cookie| (cookie.creation, cookie.sequence));
        let mut out = Vec::new();
        let written = match format {
            Format::Json => {
                json::write(&cookies, &mut out);
                cookies.len()
            }
            Format::Auto | Format::Netscape => netscape::write(&cookies, &mut out),
        };
        (out, SaveReport { written, skipped: cookies.len() - written })
    }

    /// Saves the jar to a file when its last reference is dropped; `None`, the default, does not.
    /// An error then goes unnoticed: call [`Jar::save`] where it matters. A child process that
    /// was forked off does not save.
    pub fn set_autosave(&self, target: Option<(&Path, Format)>) {
        let autosave = target.map(|(path, format)| Autosave { path: path.to_owned(), format });
        *lock(&self.autosave) = autosave;
    }
}

impl Drop for Jar {
    fn drop(&mut self) {
        let autosave = self.autosave.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        // A forked child must not write its parent's file.
        if let Some(autosave) = autosave.filter(|_| self.check_process().is_ok()) {
            let _ = self.save(&autosave.path, autosave.format);
        }
    }
}
