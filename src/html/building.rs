//! A tree that is being built.
//!
//! On most pages nodes arrive in document order, and what is stored is the tree already: a
//! node's end is known when something is put behind it. The first node that does not (an
//! element moved by misnested tags, content of a template) makes it go on with a linked tree
//! ([`links`](super::links)), laid out in document order at the end.

use super::links::Links;
use super::names::{Name, Names};
use super::tree::{Attr, AttributePrefix, Doctype, Kind, Namespace, Node, Quirks, Tree};
use std::collections::{HashMap, HashSet};

/// No node; the parent of a node that is in no tree.
pub(super) const NONE: u32 = u32::MAX;

/// The line of a text node that continues its previous sibling, while building.
pub(super) const JOINED: u32 = u32::MAX;

/// Which limit a page exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Excess {
    Nodes,
    Names,
    Text,
}

/// Attributes of a tag or an element: a range of the tree's.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Attrs {
    pub start: u32,
    pub len: u32,
}

impl Attrs {
    pub const NONE: Attrs = Attrs { start: 0, len: 0 };

    fn range(self) -> std::ops::Range<usize> {
        self.start as usize..(self.start + self.len) as usize
    }
}

/// Attributes that a second `<html>` or `<body>` tag adds to the first.
#[derive(Default)]
struct Late {
    names: HashSet<u32>,
    attrs: Vec<Attr>,
}

pub(super) struct Building {
    pub nodes: Vec<Node>,
    pub attrs: Vec<Attr>,
    pub names: Names,
    pub text: String,
    /// The last node of the tree, as long as it is in document order.
    tail: u32,
    /// The links, once it is not.
    links: Option<Links>,
    /// The template elements; the root of its contents is the node behind each.
    pub templates: Vec<u32>,
    /// (element, form)
    pub forms: Vec<(u32, u32)>,
    late: HashMap<u32, Late>,
    pub doctype: Option<Doctype>,
    pub quirks: Quirks,
    max_nodes: usize,
    max_text: usize,
    /// What elements have in common with others.
    shared_attrs: usize,
    shared_text: usize,
    pub excess: Option<Excess>,
}

impl Building {
    pub fn new(bytes: usize, max_nodes: u32) -> Building {
        let mut state = Building {
            nodes: Vec::with_capacity(bytes / 24 + 16),
            attrs: Vec::with_capacity(bytes / 48 + 16),
            names: Names::new(),
            text: String::with_capacity(bytes / 2 + 64),
            tail: 0,
            links: None,
            templates: Vec::new(),
            forms: Vec::new(),
            late: HashMap::new(),
            doctype: None,
            quirks: Quirks::No,
            // Numbers are 32-bit, and a tag may take a few nodes more before the parser stops.
            max_nodes: (max_nodes as usize).min(1 << 31),
            // Real pages need less than their length; misnested formatting elements with long
            // attributes could ask for any amount. The layout may copy it all once.
            max_text: (bytes.saturating_mul(8).saturating_add(64 << 20)).min((1 << 31) - 1),
            shared_attrs: 0,
            shared_text: 0,
            excess: None,
        };
        state.push(Kind::Document, 0, Namespace::Html, 0, 0);
        state.nodes[0].parent = 0;
        state
    }

    #[inline]
    pub fn push(&mut self, kind: Kind, name: u32, namespace: Namespace, start: u32, len: u32) -> u32 {
        let id = self.nodes.len() as u32;
        self.nodes.push(Node { parent: NONE, end: id + 1, start, len, line: 0, name, kind, namespace });
        if let Some(links) = &mut self.links {
            links.push();
        }
        if self.nodes.len() + self.attrs.len() + self.shared_attrs > self.max_nodes {
            self.exceed(Excess::Nodes);
        }
        id
    }

    /// A new element, in no tree.
    #[inline]
    pub fn element(&mut self, name: u32, namespace: Namespace, attrs: Attrs, line: u32) -> u32 {
        let id = self.push(Kind::Element, name, namespace, attrs.start, attrs.len);
        self.nodes[id as usize].line = line;
        id
    }

    /// Gives the element made last, a template, the root of its contents: the node behind it.
    pub fn template(&mut self, id: u32) {
        self.templates.push(id);
        let root = self.push(Kind::Fragment, 0, Namespace::Html, 0, 0);
        self.nodes[root as usize].parent = root;
    }

    /// The children of a node.
    pub fn children(&mut self, id: u32) -> impl Iterator<Item = u32> {
        let links = self.link();
        let some = |id: u32| (id != NONE).then_some(id);
        std::iter::successors(some(links.first_child(id)), move |id| some(links.next(*id)))
    }

    #[cold]
    fn exceed(&mut self, excess: Excess) {
        self.excess.get_or_insert(excess);
    }

    /// Stores text; what is more than the limit allows is dropped.
    pub fn store(&mut self, text: &str) -> (u32, u32) {
        if self.text.len() + self.shared_text + text.len() > self.max_text {
            self.exceed(Excess::Text);
            return (0, 0);
        }
        let start = self.text.len() as u32;
        self.text.push_str(text);
        (start, text.len() as u32)
    }

    /// Closes the elements between the last node and `parent`, as something is put behind them.
    /// False if `parent` is closed already: then the order is broken.
    fn close_to(&mut self, parent: u32) -> bool {
        let end = self.tail + 1;
        let mut at = self.tail;
        while at != parent {
            if at == 0 {
                return false;
            }
            let node = &mut self.nodes[at as usize];
            node.end = end;
            at = node.parent;
        }
        true
    }

    /// Goes on with links.
    fn link(&mut self) -> &mut Links {
        if self.links.is_none() {
            self.links = Some(Links::of(&self.nodes));
        }
        self.links.as_mut().expect("made above")
    }

    /// Puts the node `id` at the end of `parent`.
    pub fn append(&mut self, parent: u32, id: u32) {
        if self.links.is_none() && id == self.tail + 1 && self.close_to(parent) {
            self.nodes[id as usize].parent = parent;
            self.tail = id;
        } else {
            self.link();
            self.insert(parent, NONE, id);
        }
    }

    /// Puts the node `id` into `parent`, before `next` or at the end.
    pub fn insert(&mut self, parent: u32, next: u32, id: u32) {
        self.link();
        if let Some(links) = &mut self.links {
            links.insert(&mut self.nodes, parent, next, id);
        }
    }

    /// Puts text at the end of `parent`.
    pub fn append_text(&mut self, parent: u32, text: &str) {
        if self.links.is_none() {
            let last = self.nodes[self.tail as usize];
            if last.kind == Kind::Text && last.parent == parent {
                if self.extend(self.tail, text) {
                    return;
                }
            } else if self.nodes.len() == self.tail as usize + 1 && self.close_to(parent) {
                let (start, len) = self.store(text);
                self.tail = self.push(Kind::Text, 0, Namespace::Html, start, len);
                self.nodes[self.tail as usize].parent = parent;
                return;
            }
        }
        self.insert_text(parent, NONE, text);
    }

    /// Adds to a text node, if its text is the last that was stored.
    fn extend(&mut self, id: u32, text: &str) -> bool {
        let node = self.nodes[id as usize];
        if (node.start + node.len) as usize != self.text.len() {
            return false;
        }
        let (_, len) = self.store(text);
        self.nodes[id as usize].len += len;
        true
    }

    pub fn insert_text(&mut self, parent: u32, next: u32, text: &str) {
        let previous = self.link().before(parent, next);
        let continues = previous != NONE && self.nodes[previous as usize].kind == Kind::Text;
        if continues && self.extend(previous, text) {
            return;
        }
        let (start, len) = self.store(text);
        let id = self.push(Kind::Text, 0, Namespace::Html, start, len);
        if continues {
            // Copying the text together each time would be quadratic: the layout does it once.
            self.nodes[id as usize].line = JOINED;
        }
        self.insert(parent, next, id);
    }

    /// Adds an attribute to those of the tag at hand.
    #[inline]
    pub fn attribute(&mut self, name: u32, prefix: AttributePrefix, value: &str) {
        let (start, len) = self.store(value);
        self.attrs.push(Attr { start, len, name, prefix });
    }

    /// The attributes since there were so many.
    pub fn attributes_since(&self, count: usize) -> Attrs {
        Attrs { start: count as u32, len: (self.attrs.len() - count) as u32 }
    }

    pub fn attributes(&self, attrs: Attrs) -> &[Attr] {
        &self.attrs[attrs.range()]
    }

    pub fn attributes_mut(&mut self, attrs: Attrs) -> &mut [Attr] {
        &mut self.attrs[attrs.range()]
    }

    pub fn value(&self, attr: &Attr) -> &str {
        &self.text[attr.start as usize..(attr.start + attr.len) as usize]
    }

    /// The value of the attribute of this name.
    pub fn attribute_named(&self, attrs: Attrs, name: &str) -> Option<&str> {
        let named = |attr: &&Attr| self.names.text(attr.name) == name;
        self.attributes(attrs).iter().find(named).map(|attr| self.value(attr))
    }

    /// The name with this text in lower case.
    pub fn name(&mut self, text: &str) -> Name {
        let name = self.names.name(text);
        if name == Name::NONE {
            self.exceed(Excess::Names);
        }
        name
    }

    /// Counts attributes that one more element has as if they were stored once more: whoever reads
    /// the tree does. So misnested tags cannot make a page much larger than it is.
    pub fn share(&mut self, attrs: Attrs, text: u32) {
        self.shared_attrs += attrs.len as usize;
        self.shared_text += text as usize;
        if self.text.len() + self.shared_text > self.max_text {
            self.exceed(Excess::Text);
        }
    }

    /// Adds the attributes that an element does not have yet.
    pub fn add_attributes(&mut self, id: u32, attrs: Attrs) {
        let Node { start, len, .. } = self.nodes[id as usize];
        let own = Attrs { start, len };
        let late = self.late.entry(id).or_insert_with(|| {
            let names = self.attrs[own.range()].iter().map(|attr| attr.name).collect();
            Late { names, attrs: Vec::new() }
        });
        for attr in &self.attrs[attrs.range()] {
            if late.names.insert(attr.name) {
                late.attrs.push(*attr);
            }
        }
    }

    /// Takes a node out of the tree.
    pub fn detach(&mut self, id: u32) {
        self.link();
        if let Some(links) = &mut self.links {
            links.detach(&mut self.nodes, id);
        }
    }

    /// Moves the children of `from` to the end of `to`.
    pub fn reparent(&mut self, from: u32, to: u32) {
        self.link();
        if let Some(links) = &mut self.links {
            links.reparent(&mut self.nodes, from, to);
        }
    }

    /// Moves the children of the root element into the document and drops the element.
    pub fn unwrap_root(&mut self) {
        let root = self.link().first_child(0);
        if root != NONE {
            self.reparent(root, 0);
            self.detach(root);
        }
    }

    /// The finished tree.
    pub fn into_tree(mut self) -> Tree {
        let mut late: Vec<(u32, Late)> = self.late.drain().collect();
        late.sort_unstable_by_key(|(id, _)| *id);
        for (id, late) in late {
            let Node { start, len, .. } = self.nodes[id as usize];
            let moved = self.attrs.len();
            self.attrs.extend_from_within(start as usize..(start + len) as usize);
            self.attrs.extend(late.attrs);
            let node = &mut self.nodes[id as usize];
            (node.start, node.len) = (moved as u32, (self.attrs.len() - moved) as u32);
        }
        let mut templates = Vec::new();
        if !self.templates.is_empty() {
            self.link();
        }
        match self.links.take() {
            None => {
                // Whatever was created last and found no place goes; the open elements end.
                self.nodes.truncate(self.tail as usize + 1);
                self.close_to(0);
                self.nodes[0].end = self.tail + 1;
            }
            Some(links) => {
                let laid = links.lay_out(self.nodes, &mut self.text, &self.templates);
                templates = laid.templates;
                for (element, form) in &mut self.forms {
                    (*element, *form) = (laid.new_ids[*element as usize], laid.new_ids[*form as usize]);
                }
                self.nodes = laid.nodes;
            }
        }
        let nodes = &self.nodes;
        // An element inside its form needs no note. New ids end where the tree does.
        self.forms.retain(|(element, form)| {
            let known = *element != NONE && *form != NONE;
            known && !(*form < *element && *element < nodes[*form as usize].end)
        });
        self.forms.sort_unstable();
        self.forms.dedup_by_key(|(element, _)| *element);
        shrink(&mut self.nodes);
        shrink(&mut self.attrs);
        if self.text.capacity() / 8 * 7 > self.text.len() {
            self.text.shrink_to_fit();
        }
        Tree {
            nodes: self.nodes,
            attrs: self.attrs,
            names: self.names.into_texts(),
            text: self.text,
            templates,
            forms: self.forms,
            doctype: self.doctype,
            quirks: self.quirks,
        }
    }
}

/// Gives back room that is worth it.
fn shrink<T>(list: &mut Vec<T>) {
    if list.capacity() / 8 * 7 > list.len() {
        list.shrink_to_fit();
    }
}
