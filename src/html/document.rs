//! A page: its tree, its address and its encoding.

use super::index::Index;
use super::tree::{NodeId, Tree};
use crate::error::{Code, Error, Result};
use once_cell::sync::OnceCell;
use url::Url;

/// A parsed page. Immutable; any number of threads may read it.
#[derive(Debug)]
pub struct Document {
    tree: Tree,
    url: Option<Url>,
    base: OnceCell<Option<Url>>,
    index: Index,
}

impl Document {
    /// Parses text. `url` is the address that relative links are resolved against.
    pub fn parse(html: &str, url: Option<Url>) -> Document {
        Document {
            tree: super::builder::parse_document(html),
            url,
            base: OnceCell::new(),
            index: Index::default(),
        }
    }

    /// The tree.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// What queries remember of the page.
    pub(super) fn index(&self) -> &Index {
        &self.index
    }

    /// The node itself, if the document has it: nodes are numbers, and may come from elsewhere.
    pub(super) fn known(&self, id: NodeId) -> Result<NodeId> {
        let gone = || Error::new(Code::Node, format!("the document has no node {}", id.number()));
        self.tree.node(id.number()).ok_or_else(gone)
    }

    /// The page's address.
    pub fn url(&self) -> Option<&Url> {
        self.url.as_ref()
    }

    /// The document base URL (HTML, 2.4.3): the first `base` element's `href`, resolved against
    /// the page's address, else the page's address. A page without an address has a base only if
    /// its `base` element is absolute.
    pub fn base_url(&self) -> Option<&Url> {
        self.base.get_or_init(|| self.find_base()).as_ref()
    }

    fn find_base(&self) -> Option<Url> {
        let tree = &self.tree;
        let href = tree
            .descendants(super::NodeId::DOCUMENT)
            .filter(|id| tree.is_html(*id, "base"))
            .find_map(|id| tree.attribute(id, "href"));
        let parsed = match (href, &self.url) {
            (Some(href), Some(url)) => url.join(href).ok(),
            (Some(href), None) => Url::parse(href).ok(),
            (None, _) => None,
        };
        let usable = |base: &Url| !matches!(base.scheme(), "data" | "javascript");
        parsed.filter(usable).or_else(|| self.url.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html::{Kind, NodeId};

    #[test]
    fn nodes_are_numbered_in_document_order() {
        let page = Document::parse("<!doctype html><p>a<b>b</b></p><template><i>x</i></template>t", None);
        let tree = page.tree();
        let shown: Vec<String> = (0..tree.len())
            .map(|n| tree.node(n).unwrap())
            .map(|id| match tree.kind(id) {
                Kind::Element => format!("{}-{}", tree.name(id), tree.end(id)),
                Kind::Text => tree.data(id).to_string(),
                kind => format!("{kind:?}"),
            })
            .collect();
        assert_eq!(
            shown,
            [
                "Document",
                "Doctype",
                "html-11",
                "head-4",
                "body-11",
                "p-9",
                "a",
                "b-9",
                "b",
                "template-10",
                "t"
            ]
            .into_iter()
            .chain(["Fragment", "i-14", "x"])
            .collect::<Vec<_>>()
        );
        assert_eq!(tree.end(NodeId::DOCUMENT), 11);
        assert_eq!(tree.template_contents(NodeId(9)), Some(NodeId(11)));
        let body = NodeId(4);
        assert_eq!(tree.children(body).map(NodeId::number).collect::<Vec<_>>(), [5, 9, 10]);
        assert_eq!(tree.last_child(body), Some(NodeId(10)));
        assert_eq!(tree.previous_sibling(NodeId(9)), Some(NodeId(5)));
        assert_eq!(tree.next_sibling(NodeId(5)), Some(NodeId(9)));
    }

    #[test]
    fn the_base_is_the_first_base_with_an_address() {
        let at = Url::parse("http://h/a/b?q#f").unwrap();
        let base = |html| Document::parse(html, Some(at.clone())).base_url().unwrap().to_string();
        assert_eq!(base("<p>"), "http://h/a/b?q#f");
        assert_eq!(base("<base target=x><base href='/x/'><base href='/y/'>"), "http://h/x/");
        assert_eq!(base("<base href='javascript:1'>"), "http://h/a/b?q#f");
    }
}
