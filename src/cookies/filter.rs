//! Which cookies of a jar are meant.

use super::cookie::Cookie;
use super::host;

/// A choice of cookies; the default means all of them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter<'a> {
    /// Of this domain, canonical (lower case, A-labels) and without a leading dot.
    pub domain: Option<&'a str>,
    /// With `domain`: of its subdomains too.
    pub subdomains: bool,
    /// Of this path, exactly.
    pub path: Option<&'a str>,
    /// Of this name, exactly; empty means the nameless ones.
    pub name: Option<&'a [u8]>,
    /// Only session cookies.
    pub session: bool,
}

impl Filter<'_> {
    pub(crate) fn matches(&self, cookie: &Cookie) -> bool {
        let domain = |domain: &str| {
            cookie.domain() == domain
                || (self.subdomains
                    && host::domain_match(
                        cookie.domain_bytes(),
                        host::is_ip(cookie.domain()),
                        domain.as_bytes(),
                    ))
        };
        self.domain.is_none_or(domain)
            && self.path.is_none_or(|path| cookie.path() == path)
            && self.name.is_none_or(|name| cookie.name() == name)
            && (!self.session || cookie.is_session())
    }

    /// The registrable domain under which all chosen cookies are kept, if there is only one.
    pub(crate) fn registrable(&self) -> Option<&str> {
        let domain = self.domain?;
        let narrow = !self.subdomains || host::is_ip(domain) || host::is_one_site(domain);
        narrow.then(|| host::domain_key(domain))
    }
}
