//! Pages that lead on by themselves: the `Refresh` header and `<meta http-equiv=refresh>`.

use super::delivery::Delivery;
use super::exchange::Exchange;
use crate::error::{Code, Error, Result};
use crate::html::charset;
use crate::html::{Document, NodeId, ParseOptions};
use crate::http::redirect::{Next, Policy, parse_refresh};
use crate::http::syntax::field_text;
use crate::reference;
use std::time::Duration;
use url::{Position, Url};

/// Pages that are longer than this are none that only lead on.
const LONGEST: usize = 64 * 1024;

impl Exchange {
    /// Where the final response leads by itself, and after which delay, if the caller wants to be led.
    pub(super) fn refresh(&self) -> Result<Option<(Duration, Next)>> {
        if self.longest_refresh().is_none() || !matches!(self.hop.delivery, Delivery::Memory) {
            return Ok(None);
        }
        let named = self.named_by_header().or_else(|| self.in_page());
        named.map_or(Ok(None), |named| self.refresh_to(named))
    }

    fn longest_refresh(&self) -> Option<Duration> {
        self.request.refresh.unwrap_or(self.options.refresh)
    }

    /// What the `Refresh` header says, if the caller wants to be led.
    pub(super) fn named_by_header(&self) -> Option<Named> {
        self.longest_refresh()?;
        let here = &self.target.as_ref()?.url;
        let value = field_text(self.hop.head.head().headers.get("refresh")?);
        named(&value, |reference| reference::join(here, reference).ok())
    }

    /// The request that a refresh makes, unless it waits too long or leads nowhere.
    pub(super) fn refresh_to(&self, named: Named) -> Result<Option<(Duration, Next)>> {
        let (Some(target), (delay, Some(url))) = (&self.target, named) else { return Ok(None) };
        let same = url[..Position::AfterQuery] == target.url[..Position::AfterQuery];
        if same || self.redirects.limit == 0 || self.longest_refresh().is_none_or(|longest| delay > longest) {
            return Ok(None);
        }
        let next = self.lead(302, Some(url.as_str().as_bytes()), Policy::Requests)?;
        let Some(next) = next else { return Ok(None) };
        if self.followed >= self.redirects.limit {
            return Err(Error::new(Code::TooManyRedirects, "more redirects than the limit"));
        }
        Ok(Some((delay, next)))
    }

    /// What the page's first `<meta http-equiv=refresh>` that makes sense says: the address is
    /// relative to the document, `<base>` and encoding included.
    fn in_page(&self) -> Option<Named> {
        let content_type = charset::content_type(self.hop.head.head().headers.get_all("content-type"));
        let content_type = content_type.unwrap_or_else(|| "text/html".into());
        let html = content_type.get(..9).is_some_and(|start| start.eq_ignore_ascii_case("text/html"));
        let body = &self.hop.body;
        if !html || body.len() > LONGEST || !contains(body, b"refresh") {
            return None;
        }
        let options = ParseOptions {
            url: self.target.as_ref().map(|target| target.url.clone()),
            content_type: Some(content_type),
            ..ParseOptions::default()
        };
        let page = Document::from_bytes(body, options).ok()?;
        let metas = page.find(NodeId::DOCUMENT, "meta[http-equiv=refresh i][content]").ok()?;
        let resolve = |reference: &str| page.resolve(reference).and_then(|url| Url::parse(&url).ok());
        metas.into_iter().find_map(|meta| named(page.tree().attribute(meta, "content")?, resolve))
    }
}

/// A delay, and the address that is to be asked for after it: none if it is the page's own or
/// nothing that HTTP is for.
type Named = (Duration, Option<Url>);

/// What a refresh says, if it makes sense (HTML, "shared declarative refresh steps").
fn named(value: &str, resolve: impl Fn(&str) -> Option<Url>) -> Option<Named> {
    let (delay, reference) = parse_refresh(value)?;
    let url = match reference {
        Some(reference) => Some(resolve(reference).filter(|url| url.scheme() != "javascript")?),
        None => None,
    };
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https"));
    Some((Duration::from_secs(delay), url))
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window.eq_ignore_ascii_case(needle))
}
