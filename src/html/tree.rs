//! The tree of a parsed page: a compact, immutable arena.
//!
//! Nodes are numbered in document order (the document itself is 0), so that "before" is `<`, and
//! a node's descendants are the ids `id + 1 .. end(id)`. The contents of `template` elements are
//! trees of their own behind the document's last node, as the standard keeps them out of it.

use super::strings::Strings;

/// A node of a [`Tree`]: its place in document order. 0 is the document itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(crate) u32);

impl NodeId {
    /// The document node, the root of every tree.
    pub const DOCUMENT: NodeId = NodeId(0);

    /// The number of the node.
    pub fn number(self) -> u32 {
        self.0
    }

    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// The document (node 0).
    Document,
    /// The root of a template's contents (a DocumentFragment).
    Fragment,
    /// A document type declaration.
    Doctype,
    /// An element.
    Element,
    /// A run of text.
    Text,
    /// A comment.
    Comment,
}

/// The namespace of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Namespace {
    /// HTML.
    Html,
    /// SVG.
    Svg,
    /// MathML.
    MathMl,
}

/// The prefix of an attribute that foreign content adjusts (`xlink:href`, `xml:lang`, `xmlns`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum AttributePrefix {
    /// An ordinary attribute.
    None,
    /// `xlink:`
    XLink,
    /// `xml:`
    Xml,
    /// `xmlns` or `xmlns:`
    XmlNs,
}

impl AttributePrefix {
    /// What a page writes before the local name.
    pub(super) fn before(self, local: &str) -> &'static str {
        match self {
            AttributePrefix::None => "",
            AttributePrefix::XLink => "xlink:",
            AttributePrefix::Xml => "xml:",
            AttributePrefix::XmlNs if local == "xmlns" => "",
            AttributePrefix::XmlNs => "xmlns:",
        }
    }
}

/// How the page's doctype makes browsers lay it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quirks {
    /// Standards mode.
    No,
    /// Limited quirks mode.
    Limited,
    /// Quirks mode.
    Full,
}

/// 28 bytes: a page has one for every 20 to 30 bytes of its source.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// The parent; the root of a tree names itself.
    pub parent: u32,
    /// One behind the last descendant.
    pub end: u32,
    /// Element: first attribute. Text, comment: start in `text`.
    pub start: u32,
    /// Element: number of attributes. Text, comment: length in bytes.
    pub len: u32,
    /// Source line of the element's start tag, from 1; 0 for a node that no tag made.
    pub line: u32,
    /// Element: its name in `names`.
    pub name: u32,
    pub kind: Kind,
    pub namespace: Namespace,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Attr {
    pub start: u32,
    pub len: u32,
    pub name: u32,
    pub prefix: AttributePrefix,
}

/// The doctype's identifiers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Doctype {
    /// The name, `html` on nearly every page.
    pub name: String,
    /// The public identifier, empty where there is none.
    pub public_id: String,
    /// The system identifier, empty where there is none.
    pub system_id: String,
}

/// A parsed page. Immutable; any number of threads may read it.
#[derive(Debug)]
pub struct Tree {
    pub(super) nodes: Vec<Node>,
    pub(super) attrs: Vec<Attr>,
    pub(super) names: Strings,
    pub(super) text: String,
    /// (template element, root of its contents), in order of the element.
    pub(super) templates: Vec<(u32, u32)>,
    /// (element, form), in order of the element: owners that are not ancestors.
    pub(super) forms: Vec<(u32, u32)>,
    pub(super) doctype: Option<Doctype>,
    pub(super) quirks: Quirks,
}

/// An attribute of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute<'t> {
    /// The local name, lower case in HTML (`href`; `href` for `xlink:href` too).
    pub name: &'t str,
    /// The prefix that foreign content gave it.
    pub prefix: AttributePrefix,
    /// The value, character references resolved.
    pub value: &'t str,
}

impl Tree {
    /// The number of nodes, template contents included; ids run from 0 to one less.
    #[allow(clippy::len_without_is_empty)] // never empty: the document is a node
    pub fn len(&self) -> u32 {
        self.nodes.len() as u32
    }

    /// How many bytes the text of many nodes may have together. Nested ones repeat each other's.
    pub(super) fn most_text(&self) -> usize {
        let page = self.text.len();
        page.saturating_mul(256).saturating_add(1 << 20).min(page.saturating_add(256 << 20))
    }

    /// The node with this number, if the tree has one.
    pub fn node(&self, number: u32) -> Option<NodeId> {
        (number < self.len()).then_some(NodeId(number))
    }

    /// What the node is.
    pub fn kind(&self, id: NodeId) -> Kind {
        self.nodes[id.index()].kind
    }

    /// Whether the node is an element.
    pub fn is_element(&self, id: NodeId) -> bool {
        self.kind(id) == Kind::Element
    }

    /// One behind the number of the node's last descendant.
    pub fn end(&self, id: NodeId) -> u32 {
        self.nodes[id.index()].end
    }

    /// Whether `id` is `ancestor` or below it.
    pub fn contains(&self, ancestor: NodeId, id: NodeId) -> bool {
        ancestor <= id && id.0 < self.end(ancestor)
    }

    /// The parent. The document and the root of a template's contents have none.
    pub fn parent(&self, id: NodeId) -> Option<NodeId> {
        let parent = self.nodes[id.index()].parent;
        (parent != id.0).then_some(NodeId(parent))
    }

    /// The parent, if it is an element.
    pub fn parent_element(&self, id: NodeId) -> Option<NodeId> {
        self.parent(id).filter(|parent| self.is_element(*parent))
    }

    /// The first child.
    pub fn first_child(&self, id: NodeId) -> Option<NodeId> {
        (id.0 + 1 < self.end(id)).then_some(NodeId(id.0 + 1))
    }

    /// The last child. Costs one step for each level below the node.
    pub fn last_child(&self, id: NodeId) -> Option<NodeId> {
        let last = self.end(id) - 1;
        (last != id.0).then(|| self.child_above(id, NodeId(last)))
    }

    /// The next sibling.
    pub fn next_sibling(&self, id: NodeId) -> Option<NodeId> {
        let parent = self.parent(id)?;
        let next = self.end(id);
        (next < self.end(parent)).then_some(NodeId(next))
    }

    /// The previous sibling. Costs one step for each level below it.
    pub fn previous_sibling(&self, id: NodeId) -> Option<NodeId> {
        let parent = self.parent(id)?;
        (id.0 - 1 != parent.0).then(|| self.child_above(parent, NodeId(id.0 - 1)))
    }

    /// The child of `parent` that `below` is or is below of.
    fn child_above(&self, parent: NodeId, mut below: NodeId) -> NodeId {
        loop {
            let up = NodeId(self.nodes[below.index()].parent);
            if up == parent {
                return below;
            }
            below = up;
        }
    }

    /// The next sibling that is an element.
    pub fn next_element(&self, id: NodeId) -> Option<NodeId> {
        let parent = self.parent(id)?;
        let end = self.end(parent);
        let mut next = self.end(id);
        while next < end {
            let node = &self.nodes[next as usize];
            if node.kind == Kind::Element {
                return Some(NodeId(next));
            }
            next = node.end;
        }
        None
    }

    /// The previous sibling that is an element.
    pub fn previous_element(&self, id: NodeId) -> Option<NodeId> {
        let mut at = self.previous_sibling(id);
        while let Some(sibling) = at {
            if self.is_element(sibling) {
                return at;
            }
            at = self.previous_sibling(sibling);
        }
        None
    }

    /// The children, in order.
    pub fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let end = self.end(id);
        let mut next = id.0 + 1;
        std::iter::from_fn(move || {
            (next < end).then(|| {
                let child = NodeId(next);
                next = self.end(child);
                child
            })
        })
    }

    /// The node's descendants in document order, the node itself left out.
    pub fn descendants(&self, id: NodeId) -> impl DoubleEndedIterator<Item = NodeId> + use<> {
        (id.0 + 1..self.end(id)).map(NodeId)
    }

    /// The ancestors, the parent first.
    pub fn ancestors(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        std::iter::successors(self.parent(id), |at| self.parent(*at))
    }

    /// The root element (`html`).
    pub fn root_element(&self) -> Option<NodeId> {
        self.children(NodeId::DOCUMENT).find(|id| self.is_element(*id))
    }

    /// The local name of an element: lower case in HTML, as the standard adjusts it in SVG.
    /// Empty for other nodes.
    pub fn name(&self, id: NodeId) -> &str {
        let node = &self.nodes[id.index()];
        if node.kind == Kind::Element { self.name_of(node.name) } else { "" }
    }

    /// The name with this number.
    pub(super) fn name_of(&self, number: u32) -> &str {
        self.names.get(number as usize).unwrap_or("")
    }

    /// The number of a name, if the tree has it.
    pub(super) fn number_of(&self, name: &str) -> Option<u32> {
        self.names.position(name).map(|number| number as u32)
    }

    /// Whether the node is an HTML element with this (lower-case) name.
    pub fn is_html(&self, id: NodeId, name: &str) -> bool {
        let node = &self.nodes[id.index()];
        node.kind == Kind::Element && node.namespace == Namespace::Html && self.name_of(node.name) == name
    }

    /// The namespace of an element.
    pub fn namespace(&self, id: NodeId) -> Namespace {
        self.nodes[id.index()].namespace
    }

    /// The number of attributes of an element; 0 for other nodes.
    pub fn attribute_count(&self, id: NodeId) -> usize {
        self.attrs_of(id).len()
    }

    /// The attributes of an element in source order; none for other nodes.
    pub fn attributes(&self, id: NodeId) -> impl ExactSizeIterator<Item = Attribute<'_>> + '_ {
        self.attrs_of(id).iter().map(|attr| self.attribute_of(attr))
    }

    /// The attribute at a place among the element's, from 0.
    pub(super) fn attribute_at(&self, id: NodeId, index: usize) -> Option<Attribute<'_>> {
        self.attrs_of(id).get(index).map(|attr| self.attribute_of(attr))
    }

    /// The value of the attribute with this name, prefix included (`xlink:href`): in any case on
    /// an HTML element, as written on others, as the DOM has it. An attribute without a value has
    /// an empty one.
    pub fn attribute(&self, id: NodeId, name: &str) -> Option<&str> {
        let html = self.nodes[id.index()].namespace == Namespace::Html;
        let same = |own: &str, name: &str| if html { own.eq_ignore_ascii_case(name) } else { own == name };
        let attr = self.attrs_of(id).iter().find(|attr| self.is_named(attr, name, same))?;
        Some(self.attribute_of(attr).value)
    }

    /// Whether an attribute has this name, prefix included; `same` compares the local names.
    pub(super) fn is_named(&self, attr: &Attr, name: &str, same: impl Fn(&str, &str) -> bool) -> bool {
        let own = self.name_of(attr.name);
        name.strip_prefix(attr.prefix.before(own)).is_some_and(|name| same(own, name))
    }

    pub(super) fn attrs_of(&self, id: NodeId) -> &[Attr] {
        let node = &self.nodes[id.index()];
        if node.kind != Kind::Element {
            return &[];
        }
        &self.attrs[node.start as usize..(node.start + node.len) as usize]
    }

    pub(super) fn attribute_of<'t>(&'t self, attr: &Attr) -> Attribute<'t> {
        Attribute {
            name: self.name_of(attr.name),
            prefix: attr.prefix,
            value: &self.text[attr.start as usize..(attr.start + attr.len) as usize],
        }
    }

    /// The data of a text or comment node; empty for other nodes.
    pub fn data(&self, id: NodeId) -> &str {
        let node = &self.nodes[id.index()];
        match node.kind {
            Kind::Text | Kind::Comment => &self.text[node.start as usize..(node.start + node.len) as usize],
            _ => "",
        }
    }

    /// The source line of an element's start tag, from 1; 0 where no tag made it.
    pub fn line(&self, id: NodeId) -> u32 {
        self.nodes[id.index()].line
    }

    /// The root of a template's contents, whose children are the contents.
    pub fn template_contents(&self, template: NodeId) -> Option<NodeId> {
        let found = self.templates.binary_search_by_key(&template.0, |(element, _)| *element).ok()?;
        Some(NodeId(self.templates[found].1))
    }

    /// The form that the parser associated the element with although it is not inside it (HTML,
    /// "form owner"; a `form` misnested in a table is empty, and yet owns the fields that follow
    /// it). Nothing for fields inside their form, and nothing of what `form` attributes say.
    pub fn parser_form(&self, id: NodeId) -> Option<NodeId> {
        let found = self.forms.binary_search_by_key(&id.0, |(element, _)| *element).ok()?;
        Some(NodeId(self.forms[found].1))
    }

    /// The document type declaration.
    pub fn doctype(&self) -> Option<&Doctype> {
        self.doctype.as_ref()
    }

    /// Whether the page asks for quirks mode.
    pub fn quirks(&self) -> Quirks {
        self.quirks
    }
}
