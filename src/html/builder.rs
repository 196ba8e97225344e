//! Builds a [`Tree`] as html5ever's tree builder says: a linked tree while elements still move
//! about, laid out in document order when the parse is done.

use super::tree::{Attr, AttributePrefix, Doctype, Kind, Namespace, Node, Quirks, Tree};
use html5ever::tendril::StrTendril;
use html5ever::tree_builder::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::{Attribute, LocalName, QualName, local_name, ns};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;

const NONE: u32 = u32::MAX;

struct Linked {
    parent: u32,
    first: u32,
    last: u32,
    previous: u32,
    next: u32,
    node: Node,
}

#[derive(Default)]
struct Names {
    list: Vec<LocalName>,
    index: HashMap<LocalName, u32>,
}

impl Names {
    fn intern(&mut self, name: &LocalName) -> u32 {
        if let Some(found) = self.index.get(name) {
            return *found;
        }
        let number = self.list.len() as u32;
        self.list.push(name.clone());
        self.index.insert(name.clone(), number);
        number
    }
}

struct Building {
    nodes: Vec<Linked>,
    attrs: Vec<Attr>,
    names: Names,
    text: String,
    templates: Vec<(u32, u32)>,
    doctype: Option<Doctype>,
    quirks: Quirks,
}

/// The sink that html5ever's tree builder writes into.
pub(super) struct Builder {
    state: RefCell<Building>,
    line: Cell<u32>,
}

impl Builder {
    pub fn new(bytes: usize) -> Builder {
        let mut state = Building {
            nodes: Vec::with_capacity(bytes / 24 + 16),
            attrs: Vec::with_capacity(bytes / 40 + 16),
            names: Names::default(),
            text: String::with_capacity(bytes / 2 + 64),
            templates: Vec::new(),
            doctype: None,
            quirks: Quirks::No,
        };
        state.names.intern(&local_name!(""));
        state.push(Kind::Document, 0, Namespace::Html, 0, 0, 0);
        Builder { state: RefCell::new(state), line: Cell::new(1) }
    }
}

impl Building {
    fn push(&mut self, kind: Kind, name: u32, namespace: Namespace, start: u32, len: u32, line: u32) -> u32 {
        let id = self.nodes.len() as u32;
        self.nodes.push(Linked {
            parent: NONE,
            first: NONE,
            last: NONE,
            previous: NONE,
            next: NONE,
            node: Node { parent: 0, end: 0, start, len, name, line, kind, namespace },
        });
        id
    }

    fn at(&mut self, id: u32) -> &mut Linked {
        &mut self.nodes[id as usize]
    }

    fn detach(&mut self, id: u32) {
        let Linked { parent, previous, next, .. } = *self.at(id);
        if parent == NONE {
            return;
        }
        if previous != NONE {
            self.at(previous).next = next
        } else {
            self.at(parent).first = next
        }
        if next != NONE {
            self.at(next).previous = previous
        } else {
            self.at(parent).last = previous
        }
        let node = self.at(id);
        (node.parent, node.previous, node.next) = (NONE, NONE, NONE);
    }

    /// Puts `id` into `parent`, before `next` or at the end.
    fn insert(&mut self, parent: u32, next: u32, id: u32) {
        self.detach(id);
        let previous = if next == NONE { self.at(parent).last } else { self.at(next).previous };
        if previous != NONE {
            self.at(previous).next = id
        } else {
            self.at(parent).first = id
        }
        if next != NONE {
            self.at(next).previous = id
        } else {
            self.at(parent).last = id
        }
        let node = self.at(id);
        (node.parent, node.previous, node.next) = (parent, previous, next);
    }

    fn store(&mut self, text: &str) -> (u32, u32) {
        let start = self.text.len() as u32;
        self.text.push_str(text);
        (start, text.len() as u32)
    }

    fn insert_text(&mut self, parent: u32, next: u32, text: &str) {
        let previous = if next == NONE { self.at(parent).last } else { self.at(next).previous };
        if previous != NONE && self.at(previous).node.kind == Kind::Text {
            let Node { start, len, .. } = self.at(previous).node;
            if (start + len) as usize == self.text.len() {
                self.text.push_str(text);
            } else {
                let moved = self.text.len() as u32;
                self.text.extend_from_within(start as usize..(start + len) as usize);
                self.text.push_str(text);
                self.at(previous).node.start = moved;
            }
            self.at(previous).node.len += text.len() as u32;
            return;
        }
        let (start, len) = self.store(text);
        let id = self.push(Kind::Text, 0, Namespace::Html, start, len, 0);
        self.insert(parent, next, id);
    }

    fn insert_any(&mut self, parent: u32, next: u32, child: NodeOrText<u32>) {
        match child {
            NodeOrText::AppendNode(id) => self.insert(parent, next, id),
            NodeOrText::AppendText(text) => self.insert_text(parent, next, &text),
        }
    }

    fn store_attributes(&mut self, attributes: Vec<Attribute>) -> (u32, u32) {
        let start = self.attrs.len() as u32;
        let count = attributes.len() as u32;
        for attribute in attributes {
            let (value, len) = self.store(&attribute.value);
            let name = self.names.intern(&attribute.name.local);
            let prefix = match attribute.name.ns {
                ns!(xlink) => AttributePrefix::XLink,
                ns!(xml) => AttributePrefix::Xml,
                ns!(xmlns) => AttributePrefix::XmlNs,
                _ => AttributePrefix::None,
            };
            self.attrs.push(Attr { name, prefix, start: value, len });
        }
        (start, count)
    }

    /// Lays the nodes out in document order. No recursion: the links are the stack.
    fn finish(self) -> Tree {
        let Building { mut nodes, attrs, names, text, templates, doctype, quirks } = self;
        let mut order: Vec<Node> = Vec::with_capacity(nodes.len());
        let mut new_ids: HashMap<u32, u32> = HashMap::new();
        let contents: HashMap<u32, u32> = templates.iter().copied().collect();
        let mut roots = std::collections::VecDeque::from([(NONE, 0u32)]);
        let mut placed = Vec::new();
        while let Some((template, root)) = roots.pop_front() {
            if template != NONE {
                placed.push((new_ids[&template], order.len() as u32));
            }
            let mut id = root;
            let mut parent = order.len() as u32;
            'tree: loop {
                let new = order.len() as u32;
                let linked = &mut nodes[id as usize];
                let first = linked.first;
                order.push(Node { parent, end: new + 1, ..linked.take() });
                // The old parent link is walked back up; remember the new number in `previous`.
                linked.previous = new;
                if let Some(fragment) = contents.get(&id) {
                    new_ids.insert(id, new);
                    roots.push_back((id, *fragment));
                }
                if first != NONE {
                    (id, parent) = (first, new);
                    continue;
                }
                loop {
                    let linked = &nodes[id as usize];
                    order[linked.previous as usize].end = order.len() as u32;
                    if id == root {
                        break 'tree;
                    }
                    if linked.next != NONE {
                        parent = nodes[linked.parent as usize].previous;
                        id = linked.next;
                        break;
                    }
                    id = linked.parent;
                }
            }
        }
        placed.sort_unstable();
        Tree { nodes: order, attrs, names: names.list, text, templates: placed, doctype, quirks }
    }
}

impl Linked {
    fn take(&self) -> Node {
        let Node { start, len, name, line, kind, namespace, .. } = self.node;
        Node { parent: 0, end: 0, start, len, name, line, kind, namespace }
    }
}

impl TreeSink for Builder {
    type Handle = u32;
    type Output = Tree;
    type ElemName<'a> = OwnedName;

    fn finish(self) -> Tree {
        self.state.into_inner().finish()
    }

    fn parse_error(&self, _message: Cow<'static, str>) {}

    fn get_document(&self) -> u32 {
        0
    }

    fn elem_name<'a>(&'a self, target: &'a u32) -> OwnedName {
        let state = self.state.borrow();
        let node = &state.nodes[*target as usize].node;
        OwnedName(node.namespace, state.names.list[node.name as usize].clone())
    }

    fn create_element(&self, name: QualName, attributes: Vec<Attribute>, flags: ElementFlags) -> u32 {
        let mut state = self.state.borrow_mut();
        let (start, len) = state.store_attributes(attributes);
        let namespace = match name.ns {
            ns!(svg) => Namespace::Svg,
            ns!(mathml) => Namespace::MathMl,
            _ => Namespace::Html,
        };
        let name = state.names.intern(&name.local);
        let id = state.push(Kind::Element, name, namespace, start, len, self.line.get());
        if flags.template {
            let fragment = state.push(Kind::Fragment, 0, Namespace::Html, 0, 0, 0);
            state.templates.push((id, fragment));
        }
        id
    }

    fn create_comment(&self, text: StrTendril) -> u32 {
        let mut state = self.state.borrow_mut();
        let (start, len) = state.store(&text);
        state.push(Kind::Comment, 0, Namespace::Html, start, len, 0)
    }

    fn create_pi(&self, _target: StrTendril, data: StrTendril) -> u32 {
        self.create_comment(data)
    }

    fn append(&self, parent: &u32, child: NodeOrText<u32>) {
        self.state.borrow_mut().insert_any(*parent, NONE, child);
    }

    fn append_before_sibling(&self, sibling: &u32, child: NodeOrText<u32>) {
        let mut state = self.state.borrow_mut();
        let parent = state.at(*sibling).parent;
        if parent != NONE {
            state.insert_any(parent, *sibling, child);
        }
    }

    fn append_based_on_parent_node(&self, element: &u32, previous: &u32, child: NodeOrText<u32>) {
        let has_parent = self.state.borrow_mut().at(*element).parent != NONE;
        if has_parent {
            self.append_before_sibling(element, child);
        } else {
            self.append(previous, child);
        }
    }

    fn append_doctype_to_document(&self, name: StrTendril, public_id: StrTendril, system_id: StrTendril) {
        let mut state = self.state.borrow_mut();
        let id = state.push(Kind::Doctype, 0, Namespace::Html, 0, 0, 0);
        state.insert(0, NONE, id);
        state.doctype = Some(Doctype {
            name: name.to_string(),
            public_id: public_id.to_string(),
            system_id: system_id.to_string(),
        });
    }

    fn get_template_contents(&self, target: &u32) -> u32 {
        let state = self.state.borrow();
        let found = state.templates.iter().rfind(|(element, _)| element == target);
        found.map_or(0, |(_, fragment)| *fragment)
    }

    fn same_node(&self, a: &u32, b: &u32) -> bool {
        a == b
    }

    fn set_quirks_mode(&self, mode: QuirksMode) {
        self.state.borrow_mut().quirks = match mode {
            QuirksMode::NoQuirks => Quirks::No,
            QuirksMode::LimitedQuirks => Quirks::Limited,
            QuirksMode::Quirks => Quirks::Full,
        };
    }

    fn add_attrs_if_missing(&self, target: &u32, attributes: Vec<Attribute>) {
        let mut state = self.state.borrow_mut();
        let Node { start, len, .. } = state.at(*target).node;
        let old = start as usize..(start + len) as usize;
        let missing: Vec<Attribute> = attributes
            .into_iter()
            .filter(|new| {
                !state.attrs[old.clone()].iter().any(|a| state.names.list[a.name as usize] == new.name.local)
            })
            .collect();
        if missing.is_empty() {
            return;
        }
        let moved = state.attrs.len() as u32;
        for i in old {
            let Attr { name, prefix, start, len } = state.attrs[i];
            state.attrs.push(Attr { name, prefix, start, len });
        }
        let (_, added) = state.store_attributes(missing);
        let node = &mut state.at(*target).node;
        (node.start, node.len) = (moved, len + added);
    }

    fn remove_from_parent(&self, target: &u32) {
        self.state.borrow_mut().detach(*target);
    }

    fn reparent_children(&self, node: &u32, new_parent: &u32) {
        let mut state = self.state.borrow_mut();
        while state.at(*node).first != NONE {
            let child = state.at(*node).first;
            state.insert(*new_parent, NONE, child);
        }
    }

    fn set_current_line(&self, line: u64) {
        self.line.set(u32::try_from(line).unwrap_or(u32::MAX));
    }
}

/// The name of an element, as html5ever asks for it.
#[derive(Debug)]
pub(super) struct OwnedName(Namespace, LocalName);

impl html5ever::tree_builder::ElemName for OwnedName {
    fn ns(&self) -> &html5ever::Namespace {
        static NAMESPACES: [html5ever::Namespace; 3] = [ns!(html), ns!(svg), ns!(mathml)];
        &NAMESPACES[self.0 as usize]
    }

    fn local_name(&self) -> &LocalName {
        &self.1
    }
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Builder")
    }
}

/// Parses a whole document with html5ever's own tokenizer.
pub(super) fn parse_document(html: &str) -> Tree {
    use html5ever::tendril::TendrilSink;
    let mut options = html5ever::ParseOpts::default();
    options.tree_builder.scripting_enabled = false;
    html5ever::parse_document(Builder::new(html.len()), options).one(StrTendril::from(html))
}
