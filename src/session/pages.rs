//! A walk from page to page.

use super::Session;
use super::delivery::Destination;
use super::request::Request;
use super::response::Response;
use crate::error::{Code, Error, Result};
use crate::html::pagination::{NEXT_SYMBOLS, Pages};
use crate::http::link::{find_link, parse_links};
use crate::text::Text;
use std::sync::Arc;
use url::Url;

/// Walks from a page to the next as long as pages name one: by `rel=next` in the page or the
/// `Link` header, else by their words. Each page is visited once.
#[derive(Debug)]
pub struct PageWalk {
    session: Arc<Session>,
    next: Option<Request>,
    seen: Pages,
    symbols: Vec<String>,
}

impl PageWalk {
    /// A walk that begins with a request and visits at most `limit` pages. They are read into memory,
    /// whatever the request says of its response's body.
    pub fn new(session: Arc<Session>, mut first: Request, limit: usize) -> PageWalk {
        first.destination = Destination::Memory;
        let symbols = NEXT_SYMBOLS.iter().map(ToString::to_string).collect();
        PageWalk { session, next: Some(first), seen: Pages::new(limit), symbols }
    }

    /// The words by which links to a next page are known. Default: next, more, older.
    pub fn set_symbols(&mut self, symbols: Vec<String>) {
        self.symbols = symbols;
    }

    /// The next page; `None` at the end. A page that failed is the last one.
    #[allow(clippy::should_implement_trait)] // a response is no item: its error matters
    pub fn next(&mut self) -> Option<Arc<Response>> {
        let request = self.next.take()?;
        let response = self.session.send(&request);
        if let Some(url) = response.parsed_url.clone() {
            if !self.seen.visit(&url) && self.seen.visited() > 0 {
                // A redirect led back to a page that was there already.
                return None;
            }
            self.next = self.follow(&response, &url, request);
        }
        Some(response)
    }

    fn follow(&mut self, response: &Response, url: &Url, mut request: Request) -> Option<Request> {
        if !response.ok() {
            return None;
        }
        let page = response.html().ok()?;
        let symbols: Vec<&str> = self.symbols.iter().map(String::as_str).collect();
        let next = page.next_url(&symbols)?;
        // Asked first: a page that is known ends the walk without a request.
        let mut probe = next.clone();
        probe.set_fragment(None);
        let mut here = url.clone();
        here.set_fragment(None);
        if probe == here || !matches!(next.scheme(), "http" | "https") {
            return None;
        }
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

    /// The next page that this one names, by its `Link` header, itself, or its words.
    ///
    /// # Errors
    /// Those of [`Response::html`].
    pub fn next_url(&self) -> Result<Option<Url>> {
        Ok(self.html()?.next_url(&NEXT_SYMBOLS))
    }

    /// What is wrong with the response, an HTTP status of 400 and more included: "404 Client
    /// Error: Not Found for url: …".
    pub fn failure(&self) -> Option<Error> {
        if let Some(error) = self.error() {
            return Some(error.clone());
        }
        let text = crate::http::status::failure_message(self.status(), self.reason(), self.url())?;
        Some(Error::new(Code::Status, text))
    }
}
