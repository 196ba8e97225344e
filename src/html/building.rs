//! A tree that is being built.
//!
//! On most pages nodes arrive in document order, and what is stored is the tree already: a
//! node's end is known when something is put behind it. The first node that does not (an
//! element moved by misnested tags, content of a template) makes it go on with a linked tree
//! ([`links`](super::links)), laid out in document order at the end.

use super::links::Links;
use super::names::Names;
use super::tree::{Attr, AttributePrefix, Doctype, Kind, Namespace, Node, Quirks, Tree};
use html5ever::{Attribute, LocalName, ns};
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
    /// The element created last, for its line.
    pub element: u32,
    max_nodes: usize,
    max_text: usize,
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
            element: 0,
            max_nodes: max_nodes as usize,
            // Real pages need less than their length; misnested formatting elements with long
            // attributes could ask for any amount. The layout may copy it all once.
            max_text: (bytes.saturating_mul(8).saturating_add(64 << 20)).min((1 << 31) - 1),
            excess: None,
        };
        state.push(Kind::Document, 0, Namespace::Html, 0, 0);
        state.nodes[0].parent = 0;
        state
    }

    pub fn push(&mut self, kind: Kind, name: u32, namespace: Namespace, start: u32, len: u32) -> u32 {
        let id = self.nodes.len() as u32;
        self.nodes.push(Node { parent: NONE, end: id + 1, start, len, line: 0, name, kind, namespace });
        if let Some(links) = &mut self.links {
            links.push();
        }
        if self.nodes.len() + self.attrs.len() > self.max_nodes {
            self.exceed(Excess::Nodes);
        }
        id
    }

    fn exceed(&mut self, excess: Excess) {
        self.excess.get_or_insert(excess);
    }

    /// Stores text; what is more than the limit allows is dropped.
    pub fn store(&mut self, text: &str) -> (u32, u32) {
        if self.text.len() + text.len() > self.max_text {
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

    pub fn append_text(&mut self, parent: u32, text: &str) {
        if self.links.is_some() {
            return self.insert_text(parent, NONE, text);
        }
        let last = self.nodes[self.tail as usize];
        if last.kind == Kind::Text && last.parent == parent && self.extend(self.tail, text) {
            return;
        }
        let (start, len) = self.store(text);
        let id = self.push(Kind::Text, 0, Namespace::Html, start, len);
        self.append(parent, id);
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

    pub fn store_attributes(&mut self, attributes: &mut Vec<Attribute>) -> (u32, u32) {
        let start = self.attrs.len();
        for attribute in attributes.drain(..) {
            let attr = self.attr(attribute);
            self.attrs.push(attr);
        }
        (start as u32, (self.attrs.len() - start) as u32)
    }

    fn attr(&mut self, attribute: Attribute) -> Attr {
        let prefix = match attribute.name.ns {
            ns!() => AttributePrefix::None,
            ns!(xlink) => AttributePrefix::XLink,
            ns!(xml) => AttributePrefix::Xml,
            ns!(xmlns) => AttributePrefix::XmlNs,
            _ => AttributePrefix::None,
        };
        let (start, len) = self.store(&attribute.value);
        Attr { start, len, name: self.intern(attribute.name.local), prefix }
    }

    /// The atom for a name in lower case.
    pub fn name(&mut self, name: &str) -> LocalName {
        let atom = self.names.atom(name);
        if atom.is_empty() {
            self.exceed(Excess::Names);
        }
        atom
    }

    pub fn intern(&mut self, name: LocalName) -> u32 {
        let number = self.names.intern(name);
        if number == 0 {
            self.exceed(Excess::Names);
        }
        number
    }

    /// Adds the attributes that an element does not have yet.
    pub fn add_attributes(&mut self, id: u32, attributes: Vec<Attribute>) {
        let Node { start, len, .. } = self.nodes[id as usize];
        let mut late = self.late.remove(&id).unwrap_or_else(|| {
            let first = &self.attrs[start as usize..(start + len) as usize];
            Late { names: first.iter().map(|attr| attr.name).collect(), attrs: Vec::new() }
        });
        for attribute in attributes {
            let name = self.intern(attribute.name.local.clone());
            if late.names.insert(name) {
                late.attrs.push(self.attr(attribute));
            }
        }
        self.late.insert(id, late);
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
