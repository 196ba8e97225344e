//! Pagination: which page comes next, and a guard for following it.

use super::{Document, NodeId, Tree};
use std::collections::HashSet;
use url::Url;

/// The words that lead to the next page where nothing better says so.
pub const NEXT_SYMBOLS: [&str; 3] = ["next", "more", "older"];

/// Of a link's text so many bytes are looked at.
const TEXT: usize = 10_000;

impl Document {
    /// The address of the next page.
    ///
    /// The first that there is of:
    /// 1. the first `link`, `a` or `area` of the page with `rel=next`;
    /// 2. the target of the response's `Link` field with `rel=next`
    ///    ([`ParseOptions::next`](super::ParseOptions::next));
    /// 3. of the `a` whose text holds one of `symbols` (in any case; [`NEXT_SYMBOLS`] are the
    ///    usual ones), in document order, the first with `next` in a class name or `page` in its
    ///    address, else the first.
    ///
    /// Without symbols only the first two are asked. Links that lead nowhere (no address, another
    /// scheme than the page's, a place on the page itself) are passed over.
    pub fn next_url(&self, symbols: &[&str]) -> Option<Url> {
        let tree = self.tree();
        let elements = tree.descendants(NodeId::DOCUMENT).filter(|id| tree.is_element(*id));
        let declared = elements
            .filter(|id| ["link", "a", "area"].iter().any(|name| tree.is_html(*id, name)))
            .filter(|id| has_word(tree, *id, "rel", "next"))
            .find_map(|id| target(self, id));
        let by_header = || self.next_by_header().filter(|url| !is_same_page(self, url)).cloned();
        declared.or_else(by_header).or_else(|| by_text(self, symbols))
    }
}

fn by_text(document: &Document, symbols: &[&str]) -> Option<Url> {
    let tree = document.tree();
    let symbols: Vec<String> = symbols.iter().map(|symbol| symbol.to_lowercase()).collect();
    let holds_symbol = |id: &NodeId| {
        let text = text_of(tree, *id).to_lowercase();
        symbols.iter().any(|symbol| text.contains(symbol))
    };
    let links = tree
        .descendants(NodeId::DOCUMENT)
        .filter(|id| tree.is_html(*id, "a") && tree.attribute(*id, "href").is_some() && !symbols.is_empty());
    let mut first = None;
    for id in links.filter(holds_symbol) {
        let Some(url) = target(document, id) else { continue };
        let class = tree.attribute(id, "class").unwrap_or_default();
        let href = tree.attribute(id, "href").unwrap_or_default();
        if class.contains("next") || href.contains("page") {
            return Some(url);
        }
        first.get_or_insert(url);
    }
    first
}

fn has_word(tree: &Tree, id: NodeId, attribute: &str, word: &str) -> bool {
    let value = tree.attribute(id, attribute).unwrap_or_default();
    value.split_ascii_whitespace().any(|found| found.eq_ignore_ascii_case(word))
}

/// Where a link leads, if one can go there from the page.
fn target(document: &Document, id: NodeId) -> Option<Url> {
    let href = document.tree().attribute(id, "href").filter(|href| !href.trim().is_empty())?;
    let url = document.resolve_url(href)?;
    let same_scheme = document.url().is_some_and(|page| page.scheme() == url.scheme());
    let leads = same_scheme || matches!(url.scheme(), "http" | "https");
    (leads && !is_same_page(document, &url)).then_some(url)
}

fn is_same_page(document: &Document, url: &Url) -> bool {
    document.url().is_some_and(|page| without_fragment(page) == without_fragment(url))
}

fn without_fragment(url: &Url) -> &str {
    &url[..url::Position::AfterQuery]
}

fn text_of(tree: &Tree, id: NodeId) -> String {
    let mut text = String::new();
    for node in tree.descendants(id) {
        if text.len() >= TEXT {
            break;
        }
        if tree.kind(node) == super::Kind::Text {
            text.push_str(tree.data(node));
        }
    }
    text
}

/// Remembers the pages of a walk: each is visited once, and so many at most.
#[derive(Debug)]
pub struct Pages {
    visited: HashSet<Box<str>>,
    limit: usize,
}

/// 1,000 pages.
impl Default for Pages {
    fn default() -> Pages {
        Pages::new(1_000)
    }
}

impl Pages {
    /// A walk of so many pages at most.
    pub fn new(limit: usize) -> Pages {
        Pages { visited: HashSet::new(), limit }
    }

    /// Whether the walk goes on to this page, which counts as visited then. Pages that differ in
    /// the fragment only are one.
    pub fn visit(&mut self, url: &Url) -> bool {
        self.visited.len() < self.limit && self.visited.insert(without_fragment(url).into())
    }

    /// How many pages were visited.
    pub fn visited(&self) -> usize {
        self.visited.len()
    }
}
