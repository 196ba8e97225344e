//! One stored cookie: a packed record, since a jar may hold a million.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

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
    value_at: u16,
    domain_at: u16,
    path_at: u32,
    partition_at: u32,
    flags: u8,
    same_site: SameSite,
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

impl Cookie {
    /// Packs a cookie. The caller has checked the lengths: name and value at most 4096 bytes
    /// together, domain and path well below 2^31.
    pub(crate) fn new(parts: &Parts<'_>) -> Cookie {
        let partition = parts.partition.unwrap_or_default();
        let pieces =
            [parts.name, parts.value, parts.domain.as_bytes(), parts.path.as_bytes(), partition.as_bytes()];
        let mut text = Vec::with_capacity(pieces.iter().map(|piece| piece.len()).sum());
        let mut ends = [0; 5];
        for (piece, end) in pieces.iter().zip(&mut ends) {
            text.extend_from_slice(piece);
            *end = text.len();
        }
        let flag = |set: bool, flag: u8| if set { flag } else { 0 };
        Cookie {
            text: text.into(),
            value_at: ends[0] as u16,
            domain_at: ends[1] as u16,
            path_at: ends[2] as u32,
            partition_at: ends[3] as u32,
            flags: flag(parts.host_only, HOST_ONLY)
                | flag(parts.secure, SECURE)
                | flag(parts.http_only, HTTP_ONLY)
                | flag(parts.partition.is_some(), PARTITIONED),
            same_site: parts.same_site,
            sequence: parts.sequence,
            expires: parts.expires,
            creation: parts.creation,
            last_access: AtomicI64::new(parts.last_access),
        }
    }

    /// The name; empty for a nameless cookie.
    pub fn name(&self) -> &[u8] {
        &self.text[..self.value_at as usize]
    }

    /// The value, as the server sent it.
    pub fn value(&self) -> &[u8] {
        &self.text[self.value_at as usize..self.domain_at as usize]
    }

    /// The domain, without a leading dot; an IPv6 address stands without brackets.
    pub fn domain(&self) -> &str {
        self.str(self.domain_at as usize, self.path_at as usize)
    }

    /// The path.
    pub fn path(&self) -> &str {
        self.str(self.path_at as usize, self.partition_at as usize)
    }

    /// The partition key, of a partitioned cookie.
    pub fn partition(&self) -> Option<&str> {
        (self.flags & PARTITIONED != 0).then(|| self.str(self.partition_at as usize, self.text.len()))
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
        self.same_site
    }

    /// When it expires; `None` for a session cookie.
    pub fn expires(&self) -> Option<i64> {
        (self.expires != SESSION).then_some(self.expires)
    }

    /// Whether it lives until the session is over, having no expiry of its own.
    pub fn is_session(&self) -> bool {
        self.expires == SESSION
    }

    /// When it was first stored. A replaced cookie keeps this time.
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

    pub(crate) fn path_len(&self) -> usize {
        (self.partition_at - self.path_at) as usize
    }

    pub(crate) fn name_len(&self) -> usize {
        self.value_at as usize
    }

    pub(crate) fn domain_len(&self) -> usize {
        self.path_at as usize - self.domain_at as usize
    }

    pub(crate) fn path_bytes(&self) -> &[u8] {
        &self.text[self.path_at as usize..self.partition_at as usize]
    }

    pub(crate) fn domain_bytes(&self) -> &[u8] {
        &self.text[self.domain_at as usize..self.path_at as usize]
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

impl Clone for Cookie {
    fn clone(&self) -> Cookie {
        Cookie { text: self.text.clone(), last_access: AtomicI64::new(self.last_access()), ..*self }
    }
}

/// Equal in everything but the place in the jar's order and the time of the last use.
impl PartialEq for Cookie {
    fn eq(&self, other: &Cookie) -> bool {
        let key = |cookie: &Cookie| {
            (
                cookie.value_at,
                cookie.domain_at,
                cookie.path_at,
                cookie.partition_at,
                cookie.flags,
                cookie.same_site,
                cookie.expires,
                cookie.creation,
            )
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
