//! From a parsed field to a cookie that may be stored, and which stored cookies a request sends.

use super::context::{Context, Site};
use super::cookie::{Cookie, Parts, SESSION, SameSite};
use super::host::{self, Place};
use super::options::{JarOptions, MAX_LIFETIME};
use super::parse::{Lifetime, SetCookie};
use super::reason::Reason;

/// The checks that need no other cookie (decisions S2 to S9, in this order).
pub(crate) fn admit(
    field: &SetCookie<'_>,
    place: &Place<'_>,
    context: &Context<'_>,
    options: &JarOptions,
    now: i64,
) -> Result<Cookie, Reason> {
    let (domain, host_only) = match field.domain {
        None => (None, true),
        Some(domain) => {
            let lower;
            let domain = if domain.iter().any(u8::is_ascii_uppercase) {
                lower = domain.to_ascii_lowercase();
                lower.as_slice()
            } else {
                domain
            };
            let host_only = domain_scope(domain, place)?;
            // A dot-suffix of the host: the same bytes, without a copy.
            let covered = domain.len().min(place.host.len());
            (place.host.get(place.host.len() - covered..), host_only)
        }
    };
    let domain = domain.filter(|_| !host_only).unwrap_or(place.host);

    if field.secure && !is_secure(place, options) {
        return Err(Reason::NotSecure);
    }
    if field.http_only && !context.http_api {
        return Err(Reason::HttpOnly);
    }
    if field.same_site != SameSite::None && context.site == Site::Cross {
        return Err(Reason::SameSite);
    }
    if field.same_site == SameSite::None && !field.secure && options.same_site_none_needs_secure {
        return Err(Reason::SameSiteNoneInsecure);
    }
    check_prefix(&Prefixed {
        name: field.name,
        value: field.value,
        secure: field.secure,
        http_only: field.http_only,
        host_only,
        root_path: field.path == Some(b"/"),
    })?;
    if field.partitioned && !field.secure {
        return Err(Reason::PartitionedInsecure);
    }
    let own_site;
    let partition = match context.partition() {
        _ if !field.partitioned => None,
        None if options.partition_by_own_site => {
            own_site = site_key(place);
            Some(own_site.as_str())
        }
        partition => partition,
    };
    let path = match field.path {
        Some(path) => std::str::from_utf8(path).map_err(|_| Reason::PathInvalid)?,
        None => host::default_path(place.path),
    };
    Cookie::new(&Parts {
        name: field.name,
        value: field.value,
        domain,
        path,
        partition,
        host_only,
        secure: field.secure,
        http_only: field.http_only,
        same_site: field.same_site,
        expires: expiry(field.lifetime, options, now),
        creation: now,
        last_access: now,
        sequence: 0,
    })
}

/// S2 and S3: whether a `Domain` attribute, in lower case, makes a host-only cookie. A parent beyond
/// the host's registrable domain, as amazonaws.com is to x.s3.amazonaws.com, belongs to others.
fn domain_scope(domain: &[u8], place: &Place<'_>) -> Result<bool, Reason> {
    let host = place.host.as_bytes();
    if place.is_ip {
        let address = domain.strip_prefix(b"[").and_then(|inner| inner.strip_suffix(b"]"));
        return if address.unwrap_or(domain) == host { Ok(true) } else { Err(Reason::DomainMismatch) };
    }
    // What does not match the host and is no public suffix is a mismatch either way.
    let matches = host::domain_match(host, false, domain);
    match std::str::from_utf8(domain) {
        Ok(name) if host::is_public_suffix(name) && !host::is_ip(name) => {
            if domain == host {
                Ok(true)
            } else {
                Err(Reason::PublicSuffix)
            }
        }
        Ok(_) if matches && domain.len() >= place.registrable.len() => Ok(false),
        _ => Err(Reason::DomainMismatch),
    }
}

/// P5: capped at the longest lifetime, counted from now.
fn expiry(lifetime: Lifetime, options: &JarOptions, now: i64) -> i64 {
    let longest = options.max_lifetime.clamp(0, MAX_LIFETIME);
    let latest = now.saturating_add(longest);
    match lifetime {
        Lifetime::Session => SESSION,
        Lifetime::MaxAge(seconds) if seconds <= 0 => i64::MIN,
        Lifetime::MaxAge(seconds) => now.saturating_add(seconds.saturating_mul(1000)).min(latest),
        Lifetime::Expires(time) => time.saturating_mul(1000).min(latest),
    }
}

/// S4: secure by its scheme, or loopback where that counts.
pub(crate) fn is_secure(place: &Place<'_>, options: &JarOptions) -> bool {
    place.https || (place.loopback && options.loopback_is_secure)
}

/// The partition key of a request's own site.
pub(crate) fn site_key(place: &Place<'_>) -> String {
    format!("{}://{}", if place.https { "https" } else { "http" }, place.registrable)
}

/// What the name prefixes ask of a cookie.
pub(crate) struct Prefixed<'a> {
    pub name: &'a [u8],
    pub value: &'a [u8],
    pub secure: bool,
    pub http_only: bool,
    pub host_only: bool,
    /// With the explicit path `/`.
    pub root_path: bool,
}

/// S8: the name prefixes.
pub(crate) fn check_prefix(cookie: &Prefixed<'_>) -> Result<(), Reason> {
    let begins = |text: &[u8], prefix: &str| {
        text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
    };
    let text = if cookie.name.is_empty() { cookie.value } else { cookie.name };
    if !text.starts_with(b"__") {
        return Ok(());
    }
    let host = cookie.secure && cookie.host_only && cookie.root_path;
    let http = cookie.secure && cookie.http_only;
    let (reason, met) = if begins(text, "__Host-Http-") {
        (Reason::PrefixHostHttp, host && http)
    } else if begins(text, "__Host-") {
        (Reason::PrefixHost, host)
    } else if begins(text, "__Http-") {
        (Reason::PrefixHttp, http)
    } else if begins(text, "__Secure-") {
        (Reason::PrefixSecure, cookie.secure)
    } else {
        return Ok(());
    };
    match met {
        _ if cookie.name.is_empty() => Err(Reason::PrefixNameless),
        true => Ok(()),
        false => Err(reason),
    }
}

/// A request that asks for its cookies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'a> {
    pub host: &'a [u8],
    pub path: &'a [u8],
    pub is_ip: bool,
    pub secure: bool,
    pub http_api: bool,
    pub site: Site,
    pub now: i64,
}

impl<'a> Request<'a> {
    pub fn new(place: &Place<'a>, context: &Context<'_>, options: &JarOptions, now: i64) -> Request<'a> {
        Request {
            host: place.host.as_bytes(),
            path: place.path.as_bytes(),
            is_ip: place.is_ip,
            secure: is_secure(place, options),
            http_api: context.http_api,
            site: context.site,
            now,
        }
    }

    /// R1: why a cookie is kept back; `None` when it is sent.
    #[inline]
    pub fn keeps_back(&self, cookie: &Cookie) -> Option<Reason> {
        let same_host = if cookie.host_only() || self.is_ip {
            cookie.domain_bytes() == self.host
        } else {
            host::domain_match(self.host, false, cookie.domain_bytes())
        };
        if !same_host {
            return Some(Reason::OtherHost);
        }
        if cookie.is_expired(self.now) {
            return Some(Reason::Expired);
        }
        if !host::path_match(self.path, cookie.path_bytes()) {
            return Some(Reason::OtherPath);
        }
        if cookie.secure() && !self.secure {
            return Some(Reason::NotSecure);
        }
        if cookie.http_only() && !self.http_api {
            return Some(Reason::HttpOnly);
        }
        let allowed = match self.site {
            Site::Same => true,
            Site::Navigation => cookie.same_site() != SameSite::Strict,
            Site::UnsafeNavigation | Site::Cross => cookie.same_site() == SameSite::None,
        };
        (!allowed).then_some(Reason::SameSite)
    }
}
