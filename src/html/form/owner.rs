//! Which forms there are, which controls they own, and which of those are disabled
//! (HTML, 4.10.18.3 and 4.10.19.5): found in one pass when a form is first asked for.

use super::control::{FieldType, field_type};
use crate::error::{Code, Error, Result};
use crate::html::{Document, Kind, NodeId, Tree};
use std::collections::{HashMap, HashSet};

/// The elements that have a form owner, and among them those that send something.
const SUBMITTABLE: [&str; 4] = ["button", "input", "select", "textarea"];

/// The forms of a document, in document order.
pub fn forms(document: &Document) -> impl ExactSizeIterator<Item = NodeId> + '_ {
    index(document).forms.iter().copied()
}

/// The form at a place in the document (from 0).
///
/// # Errors
/// `Code::Form` if the document has fewer forms.
pub fn by_index(document: &Document, index: usize) -> Result<NodeId> {
    let all = &self::index(document).forms;
    let fewer = || Error::new(Code::Form, format!("no form {index}: the page has {}", all.len()));
    all.get(index).copied().ok_or_else(fewer)
}

fn index(document: &Document) -> &Forms {
    document.index().forms(document.tree())
}

/// The first form with this `name`.
///
/// # Errors
/// `Code::Form` if there is none.
pub fn by_name(document: &Document, name: &str) -> Result<NodeId> {
    by_attribute(document, "name", name)
}

/// The first form with this `id`.
///
/// # Errors
/// `Code::Form` if there is none.
pub fn by_id(document: &Document, id: &str) -> Result<NodeId> {
    by_attribute(document, "id", id)
}

fn by_attribute(document: &Document, attribute: &str, value: &str) -> Result<NodeId> {
    let tree = document.tree();
    let found = forms(document).find(|form| tree.attribute(*form, attribute) == Some(value));
    found.ok_or_else(|| Error::new(Code::Form, format!("no form with the {attribute} \"{value}\"")))
}

/// The form that a node is, or that owns it, or that it is inside of.
///
/// # Errors
/// `Code::Node` if the document has no such node, `Code::Form` if no form has to do with it.
pub fn by_node(document: &Document, node: NodeId) -> Result<NodeId> {
    let tree = document.tree();
    if tree.node(node.number()).is_none() {
        return Err(Error::new(Code::Node, format!("the document has no node {}", node.number())));
    }
    if tree.is_html(node, "form") {
        return Ok(node);
    }
    let owner = match is_submittable(tree, node) {
        true => index(document).owner(node),
        false => tree.parser_form(node).or_else(|| ancestor_form(tree, node)),
    };
    owner.ok_or_else(|| Error::new(Code::Form, format!("no form owns the node {}", node.number())))
}

/// A submittable element that a form owns, and what the elements around it say about it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Control {
    pub node: NodeId,
    /// By its own attribute, or by a `fieldset` around it.
    pub disabled: bool,
    pub in_datalist: bool,
    owner: NodeId,
}

/// The forms of a page and what they own.
#[derive(Debug)]
pub(in crate::html) struct Forms {
    /// Those of the document, in document order; those in templates are found from within only.
    forms: Vec<NodeId>,
    /// All controls in document order, and their places in the order of their forms.
    controls: Vec<Control>,
    by_owner: Vec<u32>,
}

impl Forms {
    /// Goes over the page once; `disabled` are the nodes in fieldsets that disable them.
    pub fn new(tree: &Tree, disabled: &[bool]) -> Forms {
        let mut controls = Vec::new();
        let contents = tree.templates.iter().map(|(_, contents)| NodeId(*contents));
        for root in std::iter::once(NodeId::DOCUMENT).chain(contents) {
            add_controls(tree, root, disabled, &mut controls);
        }
        controls.sort_unstable_by_key(|control| control.node);
        let mut by_owner: Vec<u32> = (0..controls.len() as u32).collect();
        by_owner.sort_by_key(|place| controls[*place as usize].owner);
        let all = tree.descendants(NodeId::DOCUMENT);
        Forms { forms: all.filter(|id| tree.is_html(*id, "form")).collect(), controls, by_owner }
    }

    /// The controls that a form owns, in document order.
    pub(super) fn controls(&self, form: NodeId) -> impl Iterator<Item = Control> + '_ {
        let control = |place: &u32| self.controls[*place as usize];
        let first = self.by_owner.partition_point(|place| control(place).owner < form);
        self.by_owner[first..].iter().map(control).take_while(move |control| control.owner == form)
    }

    fn owner(&self, control: NodeId) -> Option<NodeId> {
        let place = self.controls.binary_search_by_key(&control, |control| control.node).ok()?;
        Some(self.controls[place].owner)
    }
}

/// Adds the submittable elements below a root that forms below it own.
fn add_controls(tree: &Tree, root: NodeId, disabled: &[bool], found: &mut Vec<Control>) {
    // Only a document's elements are looked up by id.
    let ids = (root == NodeId::DOCUMENT).then(|| ids(tree, root));
    // The forms around, and one behind the last node that is in a datalist.
    let mut forms: Vec<NodeId> = Vec::new();
    let mut datalist = 0;
    for id in tree.descendants(root).filter(|id| tree.is_element(*id)) {
        while forms.pop_if(|form| !tree.contains(*form, id)).is_some() {}
        match tree.name(id) {
            "form" if tree.is_html(id, "form") => forms.push(id),
            "datalist" if tree.is_html(id, "datalist") => datalist = datalist.max(tree.end(id)),
            _ if is_submittable(tree, id) => {
                let owner = owner(tree, id, ids.as_ref(), forms.last().copied());
                let Some(owner) = owner.filter(|form| tree.contains(root, *form)) else { continue };
                let disabled = disabled[id.index()] || tree.attribute(id, "disabled").is_some();
                found.push(Control { node: id, disabled, in_datalist: id.number() < datalist, owner });
            }
            _ => {}
        }
    }
}

/// The radio buttons of a tree of which none of the group is checked, in document order. Those of
/// one name and owner in one tree are a group, and each without a name is its own (HTML,
/// 4.10.5.1.16).
pub(in crate::html) fn undecided_radios(tree: &Tree) -> Vec<u32> {
    let ids = ids(tree, NodeId::DOCUMENT);
    let (mut root, mut forms) = (NodeId::DOCUMENT, Vec::new());
    let (mut unchecked, mut decided) = (Vec::new(), HashSet::new());
    for id in (0..tree.len()).map(NodeId) {
        while forms.pop_if(|form| !tree.contains(*form, id)).is_some() {}
        if matches!(tree.kind(id), Kind::Document | Kind::Fragment) {
            root = id;
        } else if tree.is_html(id, "form") {
            forms.push(id);
        } else if tree.is_html(id, "input") && field_type(tree, id) == FieldType::Radio {
            let ids = (tree.kind(root) == Kind::Document).then_some(&ids);
            let owner = owner(tree, id, ids, forms.last().copied());
            let name = tree.attribute(id, "name").filter(|name| !name.is_empty());
            let group = name.map(|name| (root, owner, name));
            match tree.attribute(id, "checked") {
                Some(_) => decided.extend(group),
                None => unchecked.push((group, id.number())),
            }
        }
    }
    unchecked.retain(|(group, _)| group.is_none_or(|group| !decided.contains(&group)));
    unchecked.into_iter().map(|(_, id)| id).collect()
}

fn is_submittable(tree: &Tree, id: NodeId) -> bool {
    SUBMITTABLE.iter().any(|name| tree.is_html(id, name))
}

/// The first element with each id that a `form` attribute names.
fn ids(tree: &Tree, root: NodeId) -> HashMap<&str, NodeId> {
    let mut ids = HashMap::new();
    let elements = || tree.descendants(root).filter(|id| tree.is_element(*id));
    let mut wanted: HashMap<&str, ()> =
        elements().filter_map(|id| tree.attribute(id, "form")).map(|name| (name, ())).collect();
    if wanted.is_empty() {
        return ids;
    }
    for element in elements() {
        if let Some(id) = tree.attribute(element, "id").filter(|id| wanted.remove(id).is_some()) {
            ids.insert(id, element);
        }
    }
    ids
}

/// The form owner of a submittable element: `ids` for one in a document, `around` the nearest
/// form that it is inside of.
fn owner(
    tree: &Tree,
    id: NodeId,
    ids: Option<&HashMap<&str, NodeId>>,
    around: Option<NodeId>,
) -> Option<NodeId> {
    match tree.attribute(id, "form").zip(ids) {
        Some((named, ids)) => ids.get(named).copied().filter(|form| tree.is_html(*form, "form")),
        None => tree.parser_form(id).or(around),
    }
}

fn ancestor_form(tree: &Tree, id: NodeId) -> Option<NodeId> {
    tree.ancestors(id).find(|ancestor| tree.is_html(*ancestor, "form"))
}
