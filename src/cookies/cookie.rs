//! One stored cookie: a packed record, since a jar may hold a million.

use std::cmp::Reverse;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::reason::Reason;
use crate::http::syntax::trim_ows;

/// The `SameSite` attribute (RFC 6265bis, 5.6.7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(C)]
pub enum SameSite {
    /// No attribute, or one with an unknown value; treated as `Lax` when sending.
    #[default]
    Unset = 0,
    /// Sent in any context.
    None = 1,
    /// Sent in same-site requests, and in cross-site navigations with a safe method.
    Lax = 2,
    /// Sent in same-site requests only.
    Strict = 3,
}

/// The expiry of a session cookie.
pub(crate) const SESSION: i64 = i64::MAX;

/// The strings of a cookie, and its flags, before they are packed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts<'a> {
    pub name: &'a [u8],
    pub value: &'a [u8],
    /// Canonical: lower case, A-labels, no leading dot.
    pub domain: &'a str,
    pub path: &'a str,
    /// `None`: not partitioned.
    pub partition: Option<&'a str>,
    pub host_only: bool,
    pub secure: bool,
    pub http_only: bool,
    pub same_site: SameSite,
    /// Milliseconds since 1970, or [`SESSION`].
    pub expires: i64,
    pub creation: i64,
    pub last_access: i64,
    pub sequence: u64,
}

/// A stored cookie. Immutable but for the time of its last use; a clone shares the strings.
///
/// All times are milliseconds since 1970-01-01 00:00:00 UTC.
pub struct Cookie {
    /// Name, value, domain, path and partition key, one behind the other.
    text: Arc<[u8]>,
    name_len: u16,
    value_len: u16,
    path_len: u16,
    domain_len: u8,
    /// Bits; the SameSite attribute in the upper half.
    flags: u8,
    pub(crate) sequence: u64,
    pub(crate) expires: i64,
    pub(crate) creation: i64,
    /// Refreshed while the jar is only read.
    last_access: AtomicI64,
}

const HOST_ONLY: u8 = 1;
const SECURE: u8 = 2;
const HTTP_ONLY: u8 = 4;
const PARTITIONED: u8 = 8;
const SAME_SITE_SHIFT: u32 = 4;

impl Cookie {
    /// Packs a cookie. The caller has checked name, value and domain; a path of more than 65,535
    /// bytes does not fit.
    pub(crate) fn new(parts: &Parts<'_>) -> Result<Cookie, Reason> {
        let partition = parts.partition.unwrap_or_default();
        let pieces =
            [parts.name, parts.value, parts.domain.as_bytes(), parts.path.as_bytes(), partition.as_bytes()];
        let short = |length: usize| u16::try_from(length).map_err(|_| Reason::TooLong);
        let flag = |set: bool, flag: u8| if set { flag } else { 0 };
        Ok(Cookie {
            text: join(&pieces),
            name_len: short(parts.name.len())?,
            value_len: short(parts.value.len())?,
            path_len: short(parts.path.len()).map_err(|_| Reason::PathInvalid)?,
            domain_len: u8::try_from(parts.domain.len()).map_err(|_| Reason::DomainInvalid)?,
            flags: flag(parts.host_only, HOST_ONLY)
                | flag(parts.secure, SECURE)
                | flag(parts.http_only, HTTP_ONLY)
                | flag(parts.partition.is_some(), PARTITIONED)
                | (parts.same_site as u8) << SAME_SITE_SHIFT,
            sequence: parts.sequence,
            expires: parts.expires,
            creation: parts.creation,
            last_access: AtomicI64::new(parts.last_access),
        })
    }

    /// The name; empty for a nameless cookie.
    pub fn name(&self) -> &[u8] {
        &self.text[..self.name_len()]
    }

    /// The name that servers read when it is sent: a nameless cookie whose value holds a `=` passes
    /// for one with a name.
    fn sent_name(&self) -> &[u8] {
        if self.name_len() != 0 {
            return self.name();
        }
        let value = self.value();
        let start = value.iter().position(|byte| !matches!(byte, b'=' | b' ' | b'\t'));
        let value = &value[start.unwrap_or(value.len())..];
        memchr::memchr(b'=', value).map_or(&[], |equals| trim_ows(&value[..equals]))
    }

    /// Whether servers may take one for the other.
    pub(super) fn passes_for(&self, other: &Cookie) -> bool {
        self.name() == other.name() || self.sent_name() == other.sent_name()
    }

    /// The value, as the server sent it.
    pub fn value(&self) -> &[u8] {
        &self.text[self.name_len()..self.domain_at()]
    }

    /// The domain, without a leading dot; an IPv6 address stands without brackets.
    pub fn domain(&self) -> &str {
        self.str(self.domain_at(), self.path_at())
    }

    /// The path.
    pub fn path(&self) -> &str {
        self.str(self.path_at(), self.partition_at())
    }

    /// The partition key, of a partitioned cookie.
    pub fn partition(&self) -> Option<&str> {
        (self.flags & PARTITIONED != 0).then(|| self.str(self.partition_at(), self.text.len()))
    }

    /// Whether it is sent to its domain only, not to subdomains.
    pub fn host_only(&self) -> bool {
        self.flags & HOST_ONLY != 0
    }

    /// Whether it is sent over secure connections only.
    pub fn secure(&self) -> bool {
        self.flags & SECURE != 0
    }

    /// Whether it is out of reach of non-HTTP calls.
    pub fn http_only(&self) -> bool {
        self.flags & HTTP_ONLY != 0
    }

    /// The `SameSite` attribute.
    pub fn same_site(&self) -> SameSite {
        match self.flags >> SAME_SITE_SHIFT {
            1 => SameSite::None,
            2 => SameSite::Lax,
            3 => SameSite::Strict,
            _ => SameSite::Unset,
        }
    }

    /// When it expires; `None` for a session cookie.
    pub fn expires(&self) -> Option<i64> {
        (self.expires != SESSION).then_some(self.expires)
    }

    /// Whether it lives until the session is over, having no expiry of its own.
    pub fn is_session(&self) -> bool {
        self.expires == SESSION
    }

    /// When it was first stored. A replaced cookie keeps this time. If the clock steps back, those
    /// that come then have the time of the last one before.
    pub fn creation(&self) -> i64 {
        self.creation
    }

    /// When it was last stored or sent, exact to a minute.
    pub fn last_access(&self) -> i64 {
        self.last_access.load(Ordering::Relaxed)
    }

    /// The bytes of its strings.
    pub fn text_len(&self) -> usize {
        self.text.len()
    }

    /// All its strings.
    pub(crate) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Where it stands in the header (RFC 6265bis, 5.8.3): longer paths first, then older ones.
    pub(crate) fn order(&self) -> (Reverse<u16>, i64, u64) {
        (Reverse(self.path_len), self.creation, self.sequence)
    }

    pub(crate) fn name_len(&self) -> usize {
        self.name_len as usize
    }

    pub(crate) fn path_len(&self) -> usize {
        self.path_len as usize
    }

    pub(crate) fn domain_len(&self) -> usize {
        self.domain_len as usize
    }

    pub(crate) fn path_bytes(&self) -> &[u8] {
        &self.text[self.path_at()..self.partition_at()]
    }

    pub(crate) fn domain_bytes(&self) -> &[u8] {
        &self.text[self.domain_at()..self.path_at()]
    }

    fn domain_at(&self) -> usize {
        self.name_len() + self.value_len as usize
    }

    fn path_at(&self) -> usize {
        self.domain_at() + self.domain_len()
    }

    fn partition_at(&self) -> usize {
        self.path_at() + self.path_len()
    }

    /// `expiry <= now` is expired.
    pub(crate) fn is_expired(&self, now: i64) -> bool {
        self.expires <= now
    }

    /// Notes a use, at most once a minute: the cache line is left alone in between.
    pub(crate) fn touch(&self, now: i64) {
        const MINUTE: i64 = 60_000;
        if now.wrapping_sub(self.last_access.load(Ordering::Relaxed)) >= MINUTE {
            self.last_access.store(now, Ordering::Relaxed);
        }
    }

    fn str(&self, start: usize, end: usize) -> &str {
        std::str::from_utf8(&self.text[start..end]).unwrap_or_default()
    }
}

/// Joins the strings in one allocation; only long ones take a detour.
fn join(pieces: &[&[u8]; 5]) -> Arc<[u8]> {
    let mut buffer = [0; 512];
    let mut end = 0;
    for piece in pieces {
        match buffer.get_mut(end..end + piece.len()) {
            Some(room) => room.copy_from_slice(piece),
            None => return pieces.concat().into(),
        }
        end += piece.len();
    }
    buffer[..end].into()
}

impl Clone for Cookie {
    fn clone(&self) -> Cookie {
        Cookie { text: self.text.clone(), last_access: AtomicI64::new(self.last_access()), ..*self }
    }
}

/// Equal in everything but the place in the jar's order and the time of the last use.
impl PartialEq for Cookie {
    fn eq(&self, other: &Cookie) -> bool {
        let key = |cookie: &Cookie| {
            let lengths = (cookie.name_len, cookie.value_len, cookie.domain_len, cookie.path_len);
            (lengths, cookie.flags, cookie.expires, cookie.creation)
        };
        key(self) == key(other) && self.text == other.text
    }
}

impl Eq for Cookie {}

impl fmt::Debug for Cookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cookie")
            .field("name", &self.name().escape_ascii().to_string())
            .field("value", &self.value().escape_ascii().to_string())
            .field("domain", &self.domain())
            .field("path", &self.path())
            .field("partition", &self.partition())
            .field("host_only", &self.host_only())
            .field("secure", &self.secure())
            .field("http_only", &self.http_only())
            .field("same_site", &self.same_site())
            .field("expires", &self.expires())
            .field("creation", &self.creation())
            .field("last_access", &self.last_access())
            .finish()
    }
}
