//! A walk from page to page.

use super::Session;
use super::delivery::Destination;
use super::request::{Led, Request};
use super::response::Response;
use crate::error::{Code, Error, Result};
use crate::html::pagination::{NEXT_SYMBOLS, Pages};
use crate::http::link::{find_link, parse_links};
use crate::http::redirect::same_origin;
use crate::text::Text;
use std::fmt;
use std::sync::Arc;
use url::{Position, Url};

/// Walks from a page to the next as long as pages name one: by `rel=next` in the page or the
/// `Link` header, else by their words. Each page is visited once. Pages choose where the walk goes,
/// so cookies and credentials of its request stay behind as at a redirect.
pub struct PageWalk {
    session: Arc<Session>,
    next: Option<Request>,
    /// Pages that may still be given.
    left: usize,
    /// What was asked for, and what answered.
    seen: Pages,
    symbols: Vec<String>,
}

/// Shows no address of a page: any may hold secrets.
impl fmt::Debug for PageWalk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageWalk").field("next", &self.next).field("left", &self.left).finish_non_exhaustive()
    }
}

impl PageWalk {
    /// A walk that begins with a request and visits at most `limit` pages. They are read into memory,
    /// whatever the request says of its response's body.
    pub fn new(session: Arc<Session>, mut first: Request, limit: usize) -> PageWalk {
        first.destination = Destination::Memory;
        let symbols = NEXT_SYMBOLS.iter().map(ToString::to_string).collect();
        PageWalk { session, next: Some(first), left: limit, seen: Pages::new(usize::MAX), symbols }
    }

    /// The words by which links to a next page are known. Default: next, more, older.
    pub fn set_symbols(&mut self, symbols: Vec<String>) {
        self.symbols = symbols;
    }

    /// The next page; `None` at the end. A page that failed is the last one. No page is asked for
    /// that is known or beyond the limit.
    #[allow(clippy::should_implement_trait)] // a response is no item: its error matters
    pub fn next(&mut self) -> Option<Arc<Response>> {
        let request = self.next.take().filter(|_| self.left > 0)?;
        self.left -= 1;
        let response = self.session.send(&request);
        if let Some(url) = response.parsed_url.as_ref().filter(|_| response.ok()) {
            // What a page named counts as visited since then; elsewhere only a redirect leads.
            let is_named =
                request.led.is_some() && request.url.split('#').next() == Some(&url[..Position::AfterQuery]);
            if !is_named && !self.seen.visit(url) {
                return None;
            }
            self.next = self.follow(&response, request);
        }
        Some(response)
    }

    fn follow(&mut self, response: &Response, mut request: Request) -> Option<Request> {
        if self.left == 0 {
            return None;
        }
        let symbols: Vec<&str> = self.symbols.iter().map(String::as_str).collect();
        let mut next = response.html().ok()?.next_url(&symbols)?;
        let _ = (next.set_username(""), next.set_password(None));
        if !matches!(next.scheme(), "http" | "https") || !self.seen.visit(&next) {
            return None;
        }
        let hops = response.history().iter().map(|hop| &**hop).chain([response]);
        let urls: Vec<&Url> = hops.filter_map(|hop| hop.parsed_url.as_ref()).chain([&next]).collect();
        let led = request.led.get_or_insert_with(|| Led { home: urls[0].clone(), away: false });
        led.away |= urls.iter().any(|url| !same_origin(url, &led.home));
        request.method = Text::method("GET");
        request.body = crate::http::Body::Empty;
        request.fields = Default::default();
        request.parts = None;
        request.content_type = None;
        request.params = Default::default();
        request.url = next.into();
        Some(request)
    }
}

impl Response {
    /// The target of the `Link` header with this relation (RFC 8288), resolved.
    pub fn link(&self, relation: &str) -> Option<Url> {
        let links = parse_links(self.headers().get_all("link"));
        find_link(&links, relation, self.parsed_url.as_ref()?)
    }

    /// The next page that this one names: itself, by its `Link` header, or by its words.
    ///
    /// # Errors
    /// Those of [`Response::html`].
    pub fn next_url(&self) -> Result<Option<Url>> {
        Ok(self.html()?.next_url(&NEXT_SYMBOLS))
    }

    /// What is wrong with the response, an HTTP status of 400 and more included: "404 Client
    /// Error: Not Found for url: …". The URL is without its query.
    pub fn failure(&self) -> Option<Error> {
        if let Some(error) = self.error() {
            return Some(error.clone());
        }
        let text = crate::http::status::failure_message(self.status(), self.reason(), &self.shown_url())?;
        Some(Error::new(Code::Status, text))
    }
}
