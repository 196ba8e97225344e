//! The circumstances of a request that decide which cookies it may send and set.

use url::Url;

use super::host;

/// The relation of a request to the site on whose behalf it is made (RFC 6265bis, 5.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(C)]
pub enum Site {
    /// The same site, or no site at all: the program itself asks. Everything is sent and stored.
    #[default]
    Same = 0,
    /// Cross-site, a top-level navigation with a safe method: what following a link does.
    Navigation = 1,
    /// Cross-site, a top-level navigation with another method: what submitting a form does.
    UnsafeNavigation = 2,
    /// Cross-site, of something inside a page.
    Cross = 3,
}

/// The circumstances of one request. The default is what a program that is no browser wants: an
/// HTTP request on nobody's behalf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context<'a> {
    /// An HTTP request or response. `false` for a call on behalf of a script: `HttpOnly` cookies
    /// are then out of reach. Default `true`.
    pub http_api: bool,
    /// The relation to the site on whose behalf the request is made. Default [`Site::Same`].
    pub site: Site,
    /// The key of the partition (privacycg/CHIPS) to use besides the unpartitioned cookies, such
    /// as `https://example.com`. Default `None`; an empty one is none.
    pub partition: Option<&'a str>,
}

impl Default for Context<'_> {
    fn default() -> Self {
        Context { http_api: true, site: Site::Same, partition: None }
    }
}

impl<'a> Context<'a> {
    /// The key of the partition, if it is one.
    pub(super) fn partition(&self) -> Option<&'a str> {
        self.partition.filter(|key| !key.is_empty())
    }

    /// The circumstances of a request for `url` on behalf of the page `site_for_cookies`.
    /// `top_level` says that it is a navigation of the whole page, and `method` is the one of
    /// this hop: after a redirect that turned POST into GET it is `GET`.
    pub fn on_behalf_of(site_for_cookies: &Url, url: &Url, top_level: bool, method: &str) -> Context<'a> {
        let safe = matches!(method, "GET" | "HEAD" | "OPTIONS" | "TRACE");
        let site = match (same_site(site_for_cookies, url), top_level) {
            (true, _) => Site::Same,
            (false, true) if safe => Site::Navigation,
            (false, true) => Site::UnsafeNavigation,
            (false, false) => Site::Cross,
        };
        Context { site, ..Context::default() }
    }
}

/// Whether two URLs are of the same site: the same scheme and registrable domain.
fn same_site(one: &Url, other: &Url) -> bool {
    let site = |url: &Url| {
        let place = host::Place::of(url)?;
        Some((place.https, place.registrable.to_owned()))
    };
    matches!((site(one), site(other)), (Some(one), Some(other)) if one == other)
}
