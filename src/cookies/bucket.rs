//! The cookies of one registrable domain, in the order in which they are sent.

use super::cookie::Cookie;
use super::host;
use super::options::JarOptions;
use super::reason::Reason;

/// The cookies of one registrable domain and one partition. No lock in here, no clock, no hooks.
#[derive(Debug, Default)]
pub(crate) struct Bucket {
    /// Longer paths first, then the older ones: the order of the header (RFC 6265bis, 5.8.3).
    cookies: Vec<Cookie>,
}

/// How many cookies a bucket may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    /// Most cookies; 0 for no limit.
    pub cookies: usize,
    /// Most bytes of names and values together; 0 for no limit.
    pub bytes: usize,
    /// What is told of an evicted cookie.
    pub reason: Reason,
}

/// Where a cookie that is to be stored comes from.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    /// The connection is secure, or counts as such.
    pub secure: bool,
    /// The call is HTTP, or the jar's owner.
    pub http_api: bool,
    pub now: i64,
    pub options: JarOptions,
}

/// The cookies that a change removed, each with the reason.
pub(crate) type Removed = Vec<(Cookie, Reason)>;

impl Bucket {
    /// The cookies in the order in which they are sent. Some may be expired.
    pub fn cookies(&self) -> &[Cookie] {
        &self.cookies
    }

    /// When the first of the cookies expires.
    pub fn earliest(&self) -> i64 {
        self.cookies.iter().map(|cookie| cookie.expires).min().unwrap_or(i64::MAX)
    }

    /// Stores a cookie that has passed every check but those against its neighbours; an expired
    /// one deletes (decisions S5, S6, S10, S11). It gets the sequence; where it takes the place of
    /// another, it gets creation and sequence of that one, and `sequence` says so.
    pub fn put(
        &mut self,
        mut cookie: Cookie,
        sequence: &mut u64,
        from: &Origin,
        removed: &mut Removed,
    ) -> Reason {
        let now = from.now;
        cookie.sequence = *sequence;
        if !from.secure && !cookie.secure() && self.shadows_secure(&cookie, now) {
            return Reason::OverlaySecure;
        }
        let mut existing = self.find(&cookie);
        if let Some(index) = existing
            && self.cookies[index].is_expired(now)
        {
            removed.push((self.cookies.remove(index), Reason::Expired));
            existing = None;
        }
        if !from.http_api && self.hides_http_only(&cookie, now) {
            return Reason::HttpOnly;
        }
        if let Some(index) = existing {
            let old = &mut self.cookies[index];
            if cookie.is_expired(now) {
                removed.push((self.cookies.remove(index), Reason::Deleted));
                return Reason::Deleted;
            }
            cookie.creation = old.creation;
            cookie.sequence = old.sequence;
            *sequence = old.sequence;
            *old = cookie;
            return Reason::Replaced;
        }
        if cookie.is_expired(now) {
            return Reason::DeletedNothing;
        }
        self.insert(cookie);
        Reason::Accepted
    }

    fn insert(&mut self, cookie: Cookie) {
        let index = self.cookies.partition_point(|other| other.order() < cookie.order());
        if self.cookies.len() == self.cookies.capacity() {
            // Most domains have few cookies, and there are many domains: grow by a half.
            self.cookies.reserve_exact(1 + self.cookies.len() / 2);
        }
        self.cookies.insert(index, cookie);
    }

    /// S10: the cookie with the same name, domain, host-only flag and path.
    fn find(&self, cookie: &Cookie) -> Option<usize> {
        let lengths =
            |cookie: &Cookie| (cookie.name_len(), cookie.path_len(), cookie.domain_len(), cookie.host_only());
        let wanted = lengths(cookie);
        self.cookies.iter().position(|other| {
            // The lengths are in the record; the strings are a cache line away.
            lengths(other) == wanted
                && other.name() == cookie.name()
                && other.path_bytes() == cookie.path_bytes()
                && other.domain_bytes() == cookie.domain_bytes()
        })
    }

    /// S6: a live Secure cookie that it passes for, in a domain that matches either way, on whose path
    /// the new one's path lies.
    fn shadows_secure(&self, cookie: &Cookie, now: i64) -> bool {
        self.cookies.iter().any(|other| {
            other.secure()
                && !other.is_expired(now)
                && other.passes_for(cookie)
                && (host::domain_match(other.domain_bytes(), false, cookie.domain_bytes())
                    || host::domain_match(cookie.domain_bytes(), false, other.domain_bytes()))
                && host::path_match(cookie.path_bytes(), other.path_bytes())
        })
    }

    /// S5: a live HttpOnly cookie that it passes for, in the same place.
    fn hides_http_only(&self, cookie: &Cookie, now: i64) -> bool {
        self.cookies.iter().any(|other| {
            other.http_only()
                && !other.is_expired(now)
                && other.passes_for(cookie)
                && other.host_only() == cookie.host_only()
                && other.path_bytes() == cookie.path_bytes()
                && other.domain_bytes() == cookie.domain_bytes()
        })
    }

    /// Removes the expired cookies. Cheap when there cannot be any.
    pub fn expire(&mut self, now: i64, removed: &mut Removed) {
        if self.earliest() <= now {
            self.remove_if(|cookie| cookie.is_expired(now), Reason::Expired, removed);
        }
    }

    /// Removes the cookies that `condition` chooses.
    pub fn remove_if(
        &mut self,
        mut condition: impl FnMut(&Cookie) -> bool,
        reason: Reason,
        removed: &mut Removed,
    ) {
        removed
            .extend(self.cookies.extract_if(.., |cookie| condition(cookie)).map(|cookie| (cookie, reason)));
    }

    /// L1: removes cookies until the bucket fits. The expired ones go first, then the insecure
    /// ones, then any; each time the one whose last use is longest ago.
    pub fn shrink(&mut self, room: Room, now: i64, removed: &mut Removed) {
        let fits = |cookies: &[Cookie]| {
            let bytes = || cookies.iter().map(|cookie| cookie.name_len() + cookie.value().len()).sum();
            (room.cookies == 0 || cookies.len() <= room.cookies) && (room.bytes == 0 || room.bytes >= bytes())
        };
        if fits(&self.cookies) {
            return;
        }
        self.expire(now, removed);
        while !fits(&self.cookies) {
            let victim = (0..self.cookies.len()).min_by_key(|index| {
                let cookie = &self.cookies[*index];
                (cookie.secure(), cookie.last_access(), cookie.sequence)
            });
            let Some(victim) = victim else { return };
            removed.push((self.cookies.remove(victim), room.reason));
        }
    }
}
