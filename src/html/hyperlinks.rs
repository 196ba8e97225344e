//! Links: as the page writes them, and as absolute URLs.

use super::document::Document;
use super::join::{self, Joiner};
use super::strings::Strings;
use super::tree::{Kind, Namespace, NodeId, Tree};
use crate::error::{Code, Error, Result};
use std::collections::HashMap;
use std::collections::hash_map::{Entry, RandomState};
use std::hash::{BuildHasher, BuildHasherDefault, Hasher};
use url::Url;

/// Which elements refer elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkKind {
    /// `a href`
    A,
    /// `area href`
    Area,
    /// `link href`
    Link,
    /// `img src`
    Img,
    /// `form action`
    Form,
}

impl LinkKind {
    /// Every kind.
    pub const ALL: [LinkKind; 5] =
        [LinkKind::A, LinkKind::Area, LinkKind::Link, LinkKind::Img, LinkKind::Form];

    /// The element's name and the attribute that refers.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            LinkKind::A => ("a", "href"),
            LinkKind::Area => ("area", "href"),
            LinkKind::Link => ("link", "href"),
            LinkKind::Img => ("img", "src"),
            LinkKind::Form => ("form", "action"),
        }
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A set of kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkKinds(u8);

impl LinkKinds {
    /// The set of these kinds.
    pub fn of(kinds: &[LinkKind]) -> LinkKinds {
        LinkKinds(kinds.iter().fold(0, |bits, kind| bits | kind.bit()))
    }

    /// Whether the kind is in the set.
    pub fn has(self, kind: LinkKind) -> bool {
        self.0 & kind.bit() != 0
    }
}

/// What [`Document::links`] gives. The default is what requests-html gives, in document order:
/// the `href` of each `a` as written, each once, without links into the same page (`#…`),
/// `javascript:` and `mailto:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkOptions {
    /// Absolute URLs, resolved against the document's base; what cannot be resolved is left out.
    /// Default: as written, without white space at the ends.
    pub absolute: bool,
    /// The same link as often as it stands. Default: once.
    pub repeated: bool,
    /// Links into the same page too: those that begin with `#`, and those of `a` and `area` that
    /// are empty.
    pub anchors: bool,
    /// `javascript:` too.
    pub javascript: bool,
    /// `mailto:` too.
    pub mailto: bool,
    /// Which elements' links. Default: those of `a`.
    pub kinds: LinkKinds,
}

impl Default for LinkOptions {
    fn default() -> LinkOptions {
        LinkOptions {
            absolute: false,
            repeated: false,
            anchors: false,
            javascript: false,
            mailto: false,
            kinds: LinkKinds::of(&[LinkKind::A]),
        }
    }
}

impl LinkOptions {
    /// The default, but for absolute URLs.
    pub fn absolute() -> LinkOptions {
        LinkOptions { absolute: true, ..LinkOptions::default() }
    }

    /// Takes links of these kinds, and of no others.
    pub fn of(self, kinds: &[LinkKind]) -> LinkOptions {
        LinkOptions { kinds: LinkKinds::of(kinds), ..self }
    }

    fn takes(&self, reference: &str, kind: LinkKind) -> bool {
        match reference.as_bytes().first() {
            // Other elements refer nowhere by nothing.
            None => self.anchors && matches!(kind, LinkKind::A | LinkKind::Area),
            Some(b'#') => self.anchors,
            Some(b'j' | b'J') => self.javascript || !has_scheme(reference, "javascript:"),
            Some(b'm' | b'M') => self.mailto || !has_scheme(reference, "mailto:"),
            _ => true,
        }
    }
}

/// Tabs and line breaks are no part of an address, wherever they stand.
fn has_scheme(reference: &str, scheme: &str) -> bool {
    let mut bytes = reference.bytes().filter(|byte| !matches!(byte, b'\t' | b'\n' | b'\r'));
    scheme.bytes().all(|wanted| bytes.next().is_some_and(|byte| byte.eq_ignore_ascii_case(&wanted)))
}

/// A link with what stands around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link<'d> {
    /// The element.
    pub node: NodeId,
    /// What it is.
    pub kind: LinkKind,
    /// The reference as written, without white space at the ends.
    pub reference: &'d str,
    /// The absolute URL; nothing if the reference cannot be resolved.
    pub url: Option<String>,
    /// `rel`, as written; empty without one.
    pub rel: &'d str,
    /// What a reader sees: an image's `alt`, any other element's text.
    pub text: String,
}

impl Document {
    /// The links of `scope` and of what is below it, in document order.
    ///
    /// # Errors
    ///
    /// `Code::Node` if the document has no such node, `Code::Budget` if the links are too much
    /// text: a long base URL stands before each that is resolved.
    pub fn links(&self, scope: NodeId, options: LinkOptions) -> Result<Strings> {
        self.collect_links(scope, options, |_| {})
    }

    /// The elements that [`links`](Document::links) has each of its links from; of a link that
    /// stands often, the first.
    ///
    /// # Errors
    ///
    /// As for [`links`](Document::links).
    pub fn link_nodes(&self, scope: NodeId, options: LinkOptions) -> Result<Vec<NodeId>> {
        let mut nodes = Vec::new();
        self.collect_links(scope, options, |node| nodes.push(node))?;
        Ok(nodes)
    }

    fn collect_links(
        &self,
        scope: NodeId,
        options: LinkOptions,
        mut taken: impl FnMut(NodeId),
    ) -> Result<Strings> {
        let scope = self.known(scope)?;
        let joiner = self.joiner();
        let mut links = Strings::default();
        let mut seen = Seen::default();
        let mut url = String::new();
        let mut room = Room::new(self.tree());
        for (node, _, reference) in References::new(self.tree(), scope, options) {
            let link = if options.absolute {
                url.clear();
                if !joiner.join(reference, &mut url) {
                    continue;
                }
                room.take(url.len())?;
                &url
            } else {
                reference
            };
            if options.repeated || seen.is_new(link, &links) {
                links.push(link);
                taken(node);
            }
        }
        Ok(links)
    }

    /// The links of `scope` and of what is below it with their elements, text and `rel`: every
    /// one, in document order. `repeated` and `absolute` have no meaning here.
    ///
    /// # Errors
    ///
    /// As for [`links`](Document::links); links in links repeat each other's text, too.
    pub fn link_elements(&self, scope: NodeId, options: LinkOptions) -> Result<Vec<Link<'_>>> {
        let scope = self.known(scope)?;
        let tree = self.tree();
        let joiner = self.joiner();
        let mut room = Room::new(tree);
        let mut links = Vec::new();
        for (node, kind, reference) in References::new(tree, scope, options) {
            let mut url = String::new();
            let resolved = joiner.join(reference, &mut url);
            let mut text = String::new();
            match kind {
                LinkKind::Img | LinkKind::Area => text.push_str(tree.attribute(node, "alt").unwrap_or("")),
                _ => self.text(node, &mut text),
            }
            room.take(url.len() + text.len())?;
            let rel = tree.attribute(node, "rel").unwrap_or("");
            links.push(Link { node, kind, reference, url: resolved.then_some(url), rel, text });
        }
        Ok(links)
    }

    /// Resolves a reference against the document's base URL (WHATWG URL), with its query in the
    /// page's encoding; nothing if that cannot be done.
    pub fn resolve(&self, reference: &str) -> Option<String> {
        let mut url = String::new();
        self.joiner().join(reference, &mut url).then_some(url)
    }

    /// The same as a [`Url`].
    pub(super) fn resolve_url(&self, reference: &str) -> Option<Url> {
        join::resolve(self.base_url(), reference, self.page_encoding()).ok()
    }

    fn joiner(&self) -> Joiner<'_> {
        Joiner::new(self.base_url(), self.page_encoding())
    }
}

/// How many bytes may still be written, repeated links among them: [`Tree::most_text`].
struct Room(usize);

impl Room {
    fn new(tree: &Tree) -> Room {
        Room(tree.most_text())
    }

    fn take(&mut self, bytes: usize) -> Result<()> {
        let too_much = || Error::new(Code::Budget, "the links are too much text on this page");
        self.0 = self.0.checked_sub(bytes).ok_or_else(too_much)?;
        Ok(())
    }
}

/// Which strings of a list were there before, by their hash; none is copied.
#[derive(Default)]
struct Seen {
    places: HashMap<u64, u32, BuildHasherDefault<Hashed>>,
    keys: RandomState,
}

impl Seen {
    /// Whether the string is not in the list yet, to which it is then added.
    fn is_new(&mut self, string: &str, list: &Strings) -> bool {
        let mut hash = self.keys.hash_one(string);
        loop {
            match self.places.entry(hash) {
                Entry::Vacant(place) => {
                    place.insert(list.len() as u32);
                    return true;
                }
                Entry::Occupied(place) if list.get(*place.get() as usize) == Some(string) => return false,
                Entry::Occupied(_) => hash = hash.wrapping_add(1),
            }
        }
    }
}

/// The hash of what is a hash already.
#[derive(Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn write(&mut self, _: &[u8]) {
        unreachable!("only u64 are hashed")
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The references below a node, in document order.
struct References<'t> {
    tree: &'t Tree,
    /// The kinds asked for, with the document's numbers of their element and attribute.
    kinds: Vec<(u32, u32, LinkKind)>,
    options: LinkOptions,
    next: u32,
    end: u32,
}

impl<'t> References<'t> {
    fn new(tree: &'t Tree, scope: NodeId, options: LinkOptions) -> References<'t> {
        let kinds = LinkKind::ALL.into_iter().filter(|kind| options.kinds.has(*kind));
        let kinds = kinds.filter_map(|kind| {
            let (element, attribute) = kind.names();
            Some((tree.number_of(element)?, tree.number_of(attribute)?, kind))
        });
        References { tree, kinds: kinds.collect(), options, next: scope.number(), end: tree.end(scope) }
    }
}

impl<'t> Iterator for References<'t> {
    type Item = (NodeId, LinkKind, &'t str);

    fn next(&mut self) -> Option<Self::Item> {
        while self.next < self.end {
            let id = NodeId(self.next);
            let node = &self.tree.nodes[id.index()];
            self.next += 1;
            if node.kind != Kind::Element || node.namespace != Namespace::Html {
                continue;
            }
            let Some(&(_, name, kind)) = self.kinds.iter().find(|(element, ..)| *element == node.name) else {
                continue;
            };
            let Some(attr) = self.tree.attrs_of(id).iter().find(|attr| attr.name == name) else { continue };
            let value = self.tree.attribute_of(attr).value;
            // The URL standard drops C0 controls and spaces at the ends; HTML's white space is
            // among them.
            let reference = value.trim_matches(|c| c <= ' ');
            if self.options.takes(reference, kind) {
                return Some((id, kind, reference));
            }
        }
        None
    }
}
