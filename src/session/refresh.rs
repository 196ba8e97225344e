//! Pages that lead on by themselves: the `Refresh` header and `<meta http-equiv=refresh>`.

use super::delivery::Delivery;
use super::exchange::Exchange;
use crate::error::{Code, Error, Result};
use crate::html::{Document, NodeId, ParseOptions};
use crate::http::redirect::{Next, Policy, parse_refresh};
use std::time::Duration;

/// Pages that are longer than this are none that only lead on.
const LONGEST: usize = 64 * 1024;

impl Exchange {
    /// Where the final response leads by itself, and after which delay, if the caller wants to be led.
    pub(super) fn refresh(&self) -> Result<Option<(Duration, Next)>> {
        if self.longest_refresh().is_none() || !matches!(self.hop.delivery, Delivery::Memory) {
            return Ok(None);
        }
        let head = self.hop.head.head();
        let named = match self.named_by_header() {
            None if head.status < 400 && !head.headers.contains("refresh") => self.in_page(),
            named => named,
        };
        named.map_or(Ok(None), |named| self.refresh_to(named))
    }

    fn longest_refresh(&self) -> Option<Duration> {
        self.request.refresh.unwrap_or(self.options.refresh)
    }

    /// What the `Refresh` header says, if the caller wants to be led.
    pub(super) fn named_by_header(&self) -> Option<(Duration, String)> {
        self.longest_refresh()?;
        self.hop.head.head().headers.get_str("refresh").and_then(named)
    }

    /// The request that a refresh makes, unless it waits too long or leads nowhere.
    pub(super) fn refresh_to(&self, named: (Duration, String)) -> Result<Option<(Duration, Next)>> {
        let (Some(target), (delay, location)) = (&self.target, named) else { return Ok(None) };
        if self.redirects.limit == 0 || self.longest_refresh().is_none_or(|longest| delay > longest) {
            return Ok(None);
        }
        let next = self.lead(302, Some(location.as_bytes()), Policy::Requests)?;
        let Some(next) = next.filter(|next| next.url != target.url) else { return Ok(None) };
        if self.followed >= self.redirects.limit {
            return Err(Error::new(Code::TooManyRedirects, "more redirects than the limit"));
        }
        Ok(Some((delay, next)))
    }

    /// What the page's first `<meta http-equiv=refresh>` says: the address is relative to the
    /// document, `<base>` and encoding included (HTML, "shared declarative refresh steps").
    fn in_page(&self) -> Option<(Duration, String)> {
        let head = self.hop.head.head();
        let content_type = head.headers.get_str("content-type").unwrap_or("text/html");
        let html = content_type.get(..9).is_some_and(|start| start.eq_ignore_ascii_case("text/html"));
        let body = &self.hop.body;
        if !html || body.len() > LONGEST || !contains(body, b"refresh") {
            return None;
        }
        let options = ParseOptions {
            url: self.target.as_ref().map(|target| target.url.clone()),
            content_type: Some(content_type.into()),
            ..ParseOptions::default()
        };
        let page = Document::from_bytes(body, options).ok()?;
        let meta = page.find_first(NodeId::DOCUMENT, "meta[http-equiv=refresh i][content]").ok()??;
        let (delay, written) = named(page.tree().attribute(meta, "content")?)?;
        Some((delay, page.resolve(&written).unwrap_or(written)))
    }
}

fn named(value: &str) -> Option<(Duration, String)> {
    let (delay, target) = parse_refresh(value)?;
    Some((Duration::from_secs(delay), target?.into()))
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window.eq_ignore_ascii_case(needle))
}
