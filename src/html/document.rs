//! A page: its tree, its address and its encoding.

use super::charset::{Charset, EncodingSource, Hints};
use super::index::Index;
use super::join;
use super::options::{Limits, ParseOptions};
use super::parser::{self, Context};
use super::tree::{NodeId, Tree};
use crate::error::{Code, Error, Result};
use crate::http::referrer::ReferrerPolicy;
use encoding_rs::Encoding;
use once_cell::sync::OnceCell;
use url::Url;

/// A parsed page. Immutable; any number of threads may read it.
#[derive(Debug)]
pub struct Document {
    tree: Tree,
    url: Option<Url>,
    next: Option<Url>,
    /// What the response's header says, and what with the page counts.
    header_policy: Option<ReferrerPolicy>,
    referrer_policy: OnceCell<ReferrerPolicy>,
    base: OnceCell<Option<Url>>,
    charset: Charset,
    index: Index,
}

impl Document {
    /// Parses text. `url` is the address that relative links are resolved against.
    ///
    /// Never fails: of text beyond [`Limits::default`] the rest is left out. Text that others
    /// decide about belongs into [`from_bytes`](Document::from_bytes), which tells.
    pub fn parse(html: &str, url: Option<Url>) -> Document {
        Self::of_text(html, url, None)
    }

    /// Parses a fragment as the content of an element (HTML, "parsing HTML fragments", as
    /// `innerHTML` does): `context` is the element's name in lower case, `svg path` and
    /// `math mi` for elements of SVG and MathML. The children of the document are the
    /// fragment's nodes; there are no `html`, `head` and `body` unless the context is `html`.
    ///
    /// Never fails, like [`parse`](Document::parse).
    pub fn parse_fragment(html: &str, context: &str, url: Option<Url>) -> Document {
        Self::of_text(html, url, Some(Context::new(context)))
    }

    fn of_text(text: &str, url: Option<Url>, context: Option<Context<'_>>) -> Document {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let input = parser::Input { text, charset: Charset::TEXT, limits: Limits::default(), context };
        let tree = parser::parse_within(input);
        Document::new(tree, ParseOptions { url, ..ParseOptions::default() }, Charset::TEXT)
    }

    /// Decodes and parses the bytes of a page as the HTML standard says, scripting off: finds
    /// the encoding (see [`charset`](super::charset)), and obeys a `meta` element that is met
    /// only while parsing when the encoding was a guess until then.
    ///
    /// Fails with [`Code::DocumentTooLarge`] beyond a limit of `options`, and with
    /// [`Code::Memory`] if there is no memory for the text. Any bytes parse.
    pub fn from_bytes(bytes: &[u8], options: ParseOptions) -> Result<Document> {
        Self::decode_and_parse(bytes, options, None, parser::parse)
    }

    /// The same for a fragment: [`parse_fragment`](Document::parse_fragment) says what it is.
    pub fn fragment_from_bytes(bytes: &[u8], context: &str, options: ParseOptions) -> Result<Document> {
        Self::decode_and_parse(bytes, options, Some(Context::new(context)), parser::parse)
    }

    /// Decodes a page and has it parsed by `parse`, once more if it declares another encoding.
    pub(super) fn decode_and_parse(
        bytes: &[u8],
        options: ParseOptions,
        context: Option<Context<'_>>,
        parse: impl Fn(parser::Input<'_>) -> Result<parser::Outcome>,
    ) -> Result<Document> {
        let limit = options.limits.bytes.min(Limits::MAX_BYTES);
        if bytes.len() > limit {
            let message = format!("page of {} bytes; the limit is {limit}", bytes.len());
            return Err(Error::new(Code::DocumentTooLarge, message));
        }
        let hints = Hints {
            encoding: options.encoding.as_deref(),
            content_type: options.content_type.as_deref(),
            host: options.url.as_ref().and_then(Url::host_str),
        };
        let mut charset = Charset::determine(bytes, &hints);
        let mut text = charset.decode(bytes)?;
        let tree = loop {
            let input = parser::Input { text: &text, charset, limits: options.limits, context };
            match parse(input)? {
                parser::Outcome::Parsed(tree, declared) => {
                    charset = declared;
                    break tree;
                }
                parser::Outcome::Encoding(declared) => {
                    charset = declared;
                    text = charset.decode(bytes)?;
                }
            }
        };
        Ok(Document::new(tree, options, charset))
    }

    fn new(tree: Tree, options: ParseOptions, charset: Charset) -> Document {
        let ParseOptions { url, next, referrer_policy: header_policy, .. } = options;
        let (referrer_policy, base) = (OnceCell::new(), OnceCell::new());
        Document { tree, url, next, header_policy, referrer_policy, base, index: Index::default(), charset }
    }

    /// The name of the encoding that the page was decoded from, as the Encoding standard spells
    /// it (`UTF-8`, `windows-1252`). That of a page made from text is UTF-8.
    pub fn encoding(&self) -> &'static str {
        self.charset.name()
    }

    /// The encoding that the page was decoded from.
    pub(super) fn page_encoding(&self) -> &'static Encoding {
        self.charset.encoding()
    }

    /// What decided the encoding. The caller, for a page made from text.
    pub fn encoding_source(&self) -> EncodingSource {
        self.charset.source()
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

    /// The next page that the response's `Link` header named.
    pub(super) fn next_by_header(&self) -> Option<&Url> {
        self.next.as_ref()
    }

    /// What the page wants told of it: what its last `<meta name=referrer>` that makes sense says,
    /// else the response's header.
    pub(super) fn referrer_policy(&self) -> ReferrerPolicy {
        *self.referrer_policy.get_or_init(|| self.find_referrer_policy())
    }

    fn find_referrer_policy(&self) -> ReferrerPolicy {
        let tree = &self.tree;
        let by_meta = tree.number_of("meta").and_then(|name| {
            let metas = tree.descendants(NodeId::DOCUMENT).filter(|id| {
                tree.nodes[id.index()].name == name
                    && tree.is_html(*id, "meta")
                    && tree.attribute(*id, "name").is_some_and(|name| name.eq_ignore_ascii_case("referrer"))
            });
            metas.filter_map(|id| ReferrerPolicy::of_meta(tree.attribute(id, "content")?)).next_back()
        });
        by_meta.or(self.header_policy).unwrap_or_default()
    }

    /// The document base URL (HTML, 2.4.3): the first `base` element's `href`, resolved against
    /// the page's address, else the page's address. A page without an address has a base only if
    /// its `base` element is absolute.
    pub fn base_url(&self) -> Option<&Url> {
        self.base.get_or_init(|| self.find_base()).as_ref()
    }

    fn find_base(&self) -> Option<Url> {
        let tree = &self.tree;
        // By the name's number, and not at all on a page that has no such name.
        let name = tree.number_of("base");
        let href = name.and_then(|name| {
            let mut elements = tree.descendants(NodeId::DOCUMENT).filter(|id| {
                let node = &tree.nodes[id.index()];
                node.name == name && tree.is_html(*id, "base")
            });
            elements.find_map(|id| tree.attribute(id, "href"))
        });
        let parsed = href.and_then(|href| join::resolve(self.url(), href, self.charset.encoding()).ok());
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
