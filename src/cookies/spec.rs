//! A cookie given by hand or by a file, in the place of a `Set-Cookie` field.

use super::bucket::Origin;
use super::cookie::{Cookie, Parts, SESSION, SameSite};
use super::host;
use super::jar::Jar;
use super::options::MAX_LIFETIME;
use super::parse::MAX_PAIR;
use super::reason::{Outcome, Reason};
use super::rules::{Prefixed, check_prefix};
use crate::http::syntax::{is_control, trim_ows};

/// The longest path of a cookie given by hand or by a file, in bytes.
const MAX_PATH: usize = 65_535;
/// The latest time that a file can give: the end of the year 9999, in milliseconds.
const LATEST: i64 = 253_402_300_799_999;

/// A cookie given by its parts. The default is a session cookie for the path `/`.
#[derive(Clone, Copy, Debug)]
pub struct CookieSpec<'a> {
    /// The name; empty for a nameless cookie.
    pub name: &'a [u8],
    /// The value.
    pub value: &'a [u8],
    /// The host or domain; a leading dot is ignored. Needed.
    pub domain: &'a str,
    /// Only for that host. Default `true`; otherwise for its subdomains too. An address and a
    /// public suffix are always host-only.
    pub host_only: bool,
    /// The path, beginning with `/`. Default `/`.
    pub path: &'a str,
    /// For secure connections only. Default `false`.
    pub secure: bool,
    /// Out of reach of non-HTTP calls. Default `false`.
    pub http_only: bool,
    /// The `SameSite` attribute. Default [`SameSite::Unset`].
    pub same_site: SameSite,
    /// When it expires, in milliseconds since 1970; `None`, the default, for a session cookie. A
    /// time that has passed deletes the stored cookie.
    pub expires: Option<i64>,
    /// The key of its partition. Default `None`; an empty one is none.
    pub partition: Option<&'a str>,
}

impl Default for CookieSpec<'_> {
    fn default() -> Self {
        CookieSpec {
            name: b"",
            value: b"",
            domain: "",
            host_only: true,
            path: "/",
            secure: false,
            http_only: false,
            same_site: SameSite::Unset,
            expires: None,
            partition: None,
        }
    }
}

/// The times that a file gives of a cookie; `None` for now.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Times {
    pub creation: Option<i64>,
    pub last_access: Option<i64>,
}

impl CookieSpec<'_> {
    /// Checks the parts by the rules of a `Set-Cookie` field that came from the cookie's own host
    /// over a secure connection.
    pub(crate) fn admit(&self, times: Times, now: i64) -> Result<Cookie, Reason> {
        let (name, value) = (trim_ows(self.name), trim_ows(self.value));
        let bad =
            |bytes: &[u8], more: &[u8]| bytes.iter().any(|byte| is_control(*byte) || more.contains(byte));
        if bad(name, b"") || bad(value, b"") {
            return Err(Reason::ControlCharacter);
        }
        if bad(name, b";=") || bad(value, b";") {
            return Err(Reason::Malformed);
        }
        if name.is_empty() && value.is_empty() {
            return Err(Reason::Empty);
        }
        if name.len() + value.len() > MAX_PAIR {
            return Err(Reason::TooLong);
        }
        let domain = self.domain.strip_prefix('.').unwrap_or(self.domain);
        let domain = host::canonical(domain).ok_or(Reason::DomainInvalid)?;
        let host_only = self.host_only || host::is_ip(&domain);
        if !host_only && host::is_public_suffix(&domain) {
            return Err(Reason::PublicSuffix);
        }
        let path = self.path;
        if !path.is_ascii() {
            return Err(Reason::PathInvalid);
        }
        if !path.starts_with('/') || path.len() > MAX_PATH || bad(path.as_bytes(), b";") {
            return Err(Reason::Malformed);
        }
        let prefixed = Prefixed {
            name,
            value,
            secure: self.secure,
            http_only: self.http_only,
            host_only,
            root_path: path == "/",
        };
        check_prefix(&prefixed)?;
        let partition = self.partition.filter(|key| !key.is_empty());
        if partition.is_some() && !self.secure {
            return Err(Reason::PartitionedInsecure);
        }
        let time = |time: Option<i64>| time.unwrap_or(now).clamp(-LATEST, LATEST);
        Cookie::new(&Parts {
            name,
            value,
            domain: &domain,
            path,
            partition,
            host_only,
            secure: self.secure,
            http_only: self.http_only,
            same_site: self.same_site,
            expires: self.expires.map_or(SESSION, |time| time.clamp(-LATEST, LATEST)),
            creation: time(times.creation),
            last_access: time(times.last_access),
            sequence: 0,
        })
    }
}

impl Jar {
    /// Sets a cookie by hand, under the rules of a `Set-Cookie` field that its own host sent over
    /// a secure connection: prefixes, sizes, public suffixes and lifetime. The policy is not
    /// asked.
    pub fn set(&self, spec: &CookieSpec<'_>) -> Outcome {
        let options = self.options();
        let now = self.now();
        let mut spec = *spec;
        // As cookies.txt has it: the host and those below it.
        spec.host_only &= !spec.domain.starts_with('.');
        let domain = spec.domain.strip_prefix('.').unwrap_or(spec.domain);
        spec.host_only |= host::canonical(domain).is_some_and(|domain| host::is_public_suffix(&domain));
        let latest = now.saturating_add(options.max_lifetime.clamp(0, MAX_LIFETIME));
        spec.expires = spec.expires.map(|time| time.min(latest));
        let name = trim_ows(spec.name).into();
        let insecure_none = spec.same_site == SameSite::None && !spec.secure;
        let cookie = if insecure_none && options.same_site_none_needs_secure {
            Err(Reason::SameSiteNoneInsecure)
        } else {
            spec.admit(Times::default(), now)
        };
        match cookie {
            Err(reason) => Outcome { name, reason },
            Ok(cookie) => {
                let mut outcome = Outcome { name, reason: Reason::Accepted };
                let registrable = host::domain_key(cookie.domain()).to_owned();
                let from = Origin { secure: true, http_api: true, now, options };
                let done = |_, reason, _| outcome.reason = reason;
                self.put_all(&registrable, std::iter::once((0, cookie)), &from, done);
                outcome
            }
        }
    }
}
