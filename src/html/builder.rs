//! Builds a [`Tree`] as html5ever's tree builder says.

use super::building::{Building, Excess, NONE};
use super::tree::{Doctype, Kind, Namespace, Quirks, Tree};
use html5ever::tendril::StrTendril;
use html5ever::tree_builder::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::{Attribute, ExpandedName, LocalName, QualName, local_name, ns};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};

/// A node as html5ever holds it. It carries its name, which html5ever asks for all the time.
#[derive(Clone, Debug)]
pub(super) struct Handle {
    id: u32,
    namespace: Namespace,
    /// A MathML `annotation-xml` that holds HTML.
    integration_point: bool,
    name: LocalName,
}

impl Handle {
    fn new(id: u32) -> Handle {
        Handle { id, namespace: Namespace::Html, integration_point: false, name: local_name!("") }
    }

    pub fn is(&self, other: &Handle) -> bool {
        self.id == other.id
    }

    pub fn namespace(&self) -> Namespace {
        self.namespace
    }
}

/// The sink that html5ever's tree builder writes into.
pub(super) struct Builder {
    state: RefCell<Building>,
    /// How many elements were created.
    created: Cell<u32>,
    /// Comments only ask where they would go; the answer.
    probe: RefCell<Option<Handle>>,
    probing: Cell<bool>,
    /// The emptied list of the last tag's attributes, to be filled again.
    spare: Cell<Vec<Attribute>>,
}

impl Builder {
    /// A builder for a page of so many bytes.
    pub fn new(bytes: usize, max_nodes: u32) -> Builder {
        let state = Building::new(bytes, max_nodes);
        Builder {
            state: RefCell::new(state),
            created: Cell::new(0),
            probe: RefCell::new(None),
            probing: Cell::new(false),
            spare: Cell::new(Vec::new()),
        }
    }

    /// How many elements were created so far.
    pub fn created(&self) -> u32 {
        self.created.get()
    }

    /// Tells the line of the tag that was just handled, if the element created last is its own.
    pub fn set_line(&self, name: &LocalName, line: u32) {
        let mut state = self.state.borrow_mut();
        let element = state.element as usize;
        let node = state.nodes[element];
        let made = state.names.atom_of(node.name);
        if made == name || made.eq_ignore_ascii_case(name) || *made == local_name!("img") {
            state.nodes[element].line = line;
        }
    }

    /// The limit that the page exceeded, if it did. The tree is no longer added to then.
    pub fn excess(&self) -> Option<Excess> {
        self.state.borrow().excess
    }

    /// Comments are not added from now on, but where they would be is remembered.
    pub fn start_probe(&self) {
        self.probing.set(true);
    }

    /// Ends [`start_probe`](Builder::start_probe).
    pub fn end_probe(&self) -> Option<Handle> {
        self.probing.set(false);
        self.probe.take()
    }

    /// The atom for a name in lower case.
    pub fn name(&self, name: &str) -> LocalName {
        self.state.borrow_mut().name(name)
    }

    /// An empty list for the attributes of a tag, with room from earlier tags.
    pub fn spare_attributes(&self) -> Vec<Attribute> {
        self.spare.take()
    }

    /// The tree, or that of a fragment: without the `html` element that the standard parses
    /// fragments in.
    pub fn into_tree(self, fragment: bool) -> Tree {
        let mut state = self.state.into_inner();
        if fragment {
            state.unwrap_root();
        }
        state.into_tree()
    }
}

impl TreeSink for Builder {
    type Handle = Handle;
    type Output = Tree;
    type ElemName<'a> = ExpandedName<'a>;

    fn finish(self) -> Tree {
        self.into_tree(false)
    }

    fn parse_error(&self, _message: Cow<'static, str>) {}

    fn get_document(&self) -> Handle {
        Handle::new(0)
    }

    #[inline]
    fn elem_name<'a>(&'a self, target: &'a Handle) -> ExpandedName<'a> {
        static NAMESPACES: [html5ever::Namespace; 3] = [ns!(html), ns!(svg), ns!(mathml)];
        ExpandedName { ns: &NAMESPACES[target.namespace as usize], local: &target.name }
    }

    fn create_element(&self, name: QualName, mut attrs: Vec<Attribute>, flags: ElementFlags) -> Handle {
        let namespace = match name.ns {
            ns!(svg) => Namespace::Svg,
            ns!(mathml) => Namespace::MathMl,
            _ => Namespace::Html,
        };
        let integration_point = flags.mathml_annotation_xml_integration_point;
        let mut handle = Handle { id: 0, namespace, integration_point, name: name.local };
        let mut state = self.state.borrow_mut();
        if state.excess.is_some() {
            return handle;
        }
        self.created.set(self.created.get() + 1);
        let (start, len) = state.store_attributes(&mut attrs);
        let name = state.intern(handle.name.clone());
        handle.id = state.push(Kind::Element, name, namespace, start, len);
        state.element = handle.id;
        if flags.template {
            state.templates.push(handle.id);
            let root = state.push(Kind::Fragment, 0, Namespace::Html, 0, 0);
            state.nodes[root as usize].parent = root;
        }
        drop(state);
        self.spare.set(attrs);
        handle
    }

    fn create_comment(&self, text: StrTendril) -> Handle {
        let mut state = self.state.borrow_mut();
        if self.probing.get() || state.excess.is_some() {
            return Handle::new(0);
        }
        let (start, len) = state.store(&text);
        Handle::new(state.push(Kind::Comment, 0, Namespace::Html, start, len))
    }

    fn create_pi(&self, _target: StrTendril, data: StrTendril) -> Handle {
        self.create_comment(data)
    }

    fn append(&self, parent: &Handle, child: NodeOrText<Handle>) {
        if self.probing.get() {
            *self.probe.borrow_mut() = Some(parent.clone());
            return;
        }
        let mut state = self.state.borrow_mut();
        match child {
            _ if state.excess.is_some() => {}
            NodeOrText::AppendNode(node) => state.append(parent.id, node.id),
            NodeOrText::AppendText(text) => state.append_text(parent.id, &text),
        }
    }

    fn append_before_sibling(&self, sibling: &Handle, child: NodeOrText<Handle>) {
        let mut state = self.state.borrow_mut();
        let parent = state.nodes[sibling.id as usize].parent;
        if parent == NONE || state.excess.is_some() {
            return;
        }
        match child {
            NodeOrText::AppendNode(node) => state.insert(parent, sibling.id, node.id),
            NodeOrText::AppendText(text) => state.insert_text(parent, sibling.id, &text),
        }
    }

    fn append_based_on_parent_node(&self, element: &Handle, previous: &Handle, child: NodeOrText<Handle>) {
        let parent = self.state.borrow().nodes[element.id as usize].parent;
        if parent != NONE {
            self.append_before_sibling(element, child);
        } else {
            self.append(previous, child);
        }
    }

    fn append_doctype_to_document(&self, name: StrTendril, public_id: StrTendril, system_id: StrTendril) {
        let mut state = self.state.borrow_mut();
        if state.excess.is_some() {
            return;
        }
        let id = state.push(Kind::Doctype, 0, Namespace::Html, 0, 0);
        state.append(0, id);
        state.doctype = Some(Doctype {
            name: name.to_string(),
            public_id: public_id.to_string(),
            system_id: system_id.to_string(),
        });
    }

    fn get_template_contents(&self, target: &Handle) -> Handle {
        // Beyond a limit nothing is stored any more, not even the contents.
        let stored = self.state.borrow().nodes.len() as u32;
        Handle::new(if target.id + 1 < stored { target.id + 1 } else { 0 })
    }

    fn same_node(&self, a: &Handle, b: &Handle) -> bool {
        a.id == b.id
    }

    fn set_quirks_mode(&self, mode: QuirksMode) {
        self.state.borrow_mut().quirks = match mode {
            QuirksMode::NoQuirks => Quirks::No,
            QuirksMode::LimitedQuirks => Quirks::Limited,
            QuirksMode::Quirks => Quirks::Full,
        };
    }

    fn add_attrs_if_missing(&self, target: &Handle, attributes: Vec<Attribute>) {
        let mut state = self.state.borrow_mut();
        if !attributes.is_empty() && state.excess.is_none() {
            state.add_attributes(target.id, attributes);
        }
    }

    fn associate_with_form(&self, element: &Handle, form: &Handle, _nodes: (&Handle, Option<&Handle>)) {
        let mut state = self.state.borrow_mut();
        if state.excess.is_none() {
            state.forms.push((element.id, form.id));
        }
    }

    fn remove_from_parent(&self, target: &Handle) {
        let mut state = self.state.borrow_mut();
        if state.excess.is_none() {
            state.detach(target.id);
        }
    }

    fn reparent_children(&self, node: &Handle, new_parent: &Handle) {
        let mut state = self.state.borrow_mut();
        if state.excess.is_none() {
            state.reparent(node.id, new_parent.id);
        }
    }

    fn is_mathml_annotation_xml_integration_point(&self, target: &Handle) -> bool {
        target.integration_point
    }
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Builder")
    }
}
