//! Sending: which cookies a request gets.

use std::borrow::Cow;
use std::sync::atomic::Ordering;

use url::Url;

use super::bucket::Bucket;
use super::context::Context;
use super::cookie::Cookie;
use super::host::Place;
use super::jar::{Jar, bucket_key};
use super::reason::Reason;
use super::request::{Pair, RequestCookies};
use super::rules::{self, Request};

impl Jar {
    /// Appends the value of the `Cookie` header for a request (`a=1; b=2`) to `out`, and returns
    /// how many cookies it has; 0 means that there is to be no header. Nothing but `out`
    /// allocates.
    pub fn header(&self, url: &Url, context: &Context<'_>, out: &mut Vec<u8>) -> usize {
        self.write_header(url, context, &[], out)
    }

    /// As [`Jar::header`], with the cookies of this one request behind those of the jar. A cookie
    /// of the jar with the name of one of them is left out.
    pub fn header_with(
        &self,
        url: &Url,
        context: &Context<'_>,
        cookies: &RequestCookies,
        out: &mut Vec<u8>,
    ) -> usize {
        self.write_header(url, context, cookies.at(url), out)
    }

    fn write_header(&self, url: &Url, context: &Context<'_>, extra: &[Pair], out: &mut Vec<u8>) -> usize {
        let mut header =
            Header { start: out.len(), out, cookies: 0, limit: self.options().max_header_bytes, full: false };
        self.visit(url, context, |cookie, request| {
            if request.keeps_back(cookie).is_none()
                && !extra.iter().any(|(name, _)| **name == *cookie.name())
                && header.push(cookie.name(), cookie.value())
            {
                cookie.touch(request.now);
            }
        });
        for (name, value) in extra {
            header.push(name, value);
        }
        header.cookies
    }

    /// The cookies that a request sends, in the order of the header. Not counted as a use.
    pub fn cookies_for(&self, url: &Url, context: &Context<'_>) -> Vec<Cookie> {
        let mut cookies = Vec::new();
        self.visit(url, context, |cookie, request| {
            if request.keeps_back(cookie).is_none() {
                cookies.push(cookie.clone());
            }
        });
        cookies
    }

    /// The first cookie of this name that a request for `url` sends.
    pub fn get(&self, url: &Url, name: &[u8]) -> Option<Cookie> {
        self.cookies_for(url, &Context::default()).into_iter().find(|cookie| cookie.name() == name)
    }

    /// Every cookie of the URL's registrable domain, with the reason why a request sends it or
    /// does not, in the order of the header.
    pub fn explain(&self, url: &Url, context: &Context<'_>) -> Vec<(Cookie, Reason)> {
        let limit = self.options().max_header_bytes;
        let mut header = Header { start: 0, out: &mut Vec::new(), cookies: 0, limit, full: false };
        let mut explained = Vec::new();
        self.visit(url, context, |cookie, request| {
            let reason = request.keeps_back(cookie).unwrap_or_else(|| {
                if header.push(cookie.name(), cookie.value()) { Reason::Sent } else { Reason::HeaderFull }
            });
            explained.push((cookie.clone(), reason));
        });
        if self.has_partitions.load(Ordering::Relaxed)
            && let Some(place) = Place::of(url)
        {
            let used = self.partition_of(&place, context);
            for (key, bucket) in self.shard(place.registrable).read().iter() {
                for cookie in bucket.cookies() {
                    let other = cookie.partition().is_some() && cookie.partition() != used.as_deref();
                    if other && key.rsplit('^').next() == Some(place.registrable) {
                        explained.push((cookie.clone(), Reason::OtherPartition));
                    }
                }
            }
        }
        explained
    }

    /// The partition whose cookies a request may send.
    fn partition_of<'c>(&self, place: &Place<'_>, context: &Context<'c>) -> Option<Cow<'c, str>> {
        match context.partition() {
            Some(partition) => Some(Cow::Borrowed(partition)),
            None if self.options().partition_by_own_site => Some(Cow::Owned(rules::site_key(place))),
            None => None,
        }
    }

    /// Calls `f` with every cookie that may concern a request, in the order of the header, under
    /// the shard's read lock.
    #[inline]
    fn visit(&self, url: &Url, context: &Context<'_>, mut f: impl FnMut(&Cookie, &Request<'_>)) {
        let Some(place) = Place::of(url) else { return };
        let request = Request::new(&place, context, &self.settings.get(), self.now());
        let partition =
            self.has_partitions.load(Ordering::Relaxed).then(|| self.partition_of(&place, context)).flatten();
        let map = self.shard(place.registrable).read();
        let common = map.get(place.registrable).map_or(&[][..], Bucket::cookies);
        let own = partition
            .and_then(|partition| map.get(&*bucket_key(place.registrable, Some(&partition))))
            .map_or(&[][..], Bucket::cookies);
        read_ahead(common);
        // Both are in the order of the header: merge them.
        let mut own = own.iter().peekable();
        for cookie in common {
            while let Some(next) = own.next_if(|next| next.order() < cookie.order()) {
                f(next, &request);
            }
            f(cookie, &request);
        }
        own.for_each(|cookie| f(cookie, &request));
    }
}

/// Reads a byte at each end of the cookies' strings, which lie apart. Of a site that was not asked
/// for lately they are not in the processor's cache: fetched all at once they cost little more than
/// one, fetched as each is needed they are most of the time.
#[inline]
fn read_ahead(cookies: &[Cookie]) {
    let ends = |cookie: &Cookie| {
        let text = cookie.text();
        text.first().copied().unwrap_or(0) ^ text.last().copied().unwrap_or(0)
    };
    std::hint::black_box(cookies.iter().fold(0, |all, cookie| all ^ ends(cookie)));
}

/// A `Cookie` header that is being written.
struct Header<'a> {
    start: usize,
    out: &'a mut Vec<u8>,
    cookies: usize,
    /// Most bytes; 0 for no limit.
    limit: usize,
    /// A cookie did not fit.
    full: bool,
}

impl Header<'_> {
    /// Appends a cookie; `false` if it does not fit, and then nothing more does.
    #[inline]
    fn push(&mut self, name: &[u8], value: &[u8]) -> bool {
        let length = if name.is_empty() { 0 } else { name.len() + 1 } + value.len();
        if self.limit != 0 {
            let separator = if self.cookies == 0 { 0 } else { 2 };
            self.full |= self.out.len() - self.start + separator + length > self.limit;
            if self.full {
                return false;
            }
        }
        self.out.reserve(length + 2);
        if self.cookies != 0 {
            self.out.extend_from_slice(b"; ");
        }
        if !name.is_empty() {
            self.out.extend_from_slice(name);
            self.out.push(b'=');
        }
        self.out.extend_from_slice(value);
        self.cookies += 1;
        true
    }
}
