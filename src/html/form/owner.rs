//! Which forms there are, which controls they own, and which of those are disabled
//! (HTML, 4.10.18.3 and 4.10.19.5).

use super::control::{FieldType, field_type};
use crate::error::{Code, Error, Result};
use crate::html::{Document, Kind, NodeId, Tree};
use std::collections::{HashMap, HashSet};

/// The elements that have a form owner, and among them those that send something.
const SUBMITTABLE: [&str; 4] = ["button", "input", "select", "textarea"];

/// The forms of a document, in document order.
pub fn forms(document: &Document) -> Vec<NodeId> {
    let tree = document.tree();
    tree.descendants(NodeId::DOCUMENT).filter(|id| tree.is_html(*id, "form")).collect()
}

/// The form at a place in the document (from 0).
///
/// # Errors
/// `Code::Form` if the document has fewer forms.
pub fn by_index(document: &Document, index: usize) -> Result<NodeId> {
    let all = forms(document);
    let fewer = || Error::new(Code::Form, format!("no form {index}: the page has {}", all.len()));
    all.get(index).copied().ok_or_else(fewer)
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
    let found = forms(document).into_iter().find(|form| tree.attribute(*form, attribute) == Some(value));
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
    let root = root_of(tree, node);
    let around = || ancestor_form(tree, node);
    let owner = match is_submittable(tree, node) && tree.kind(root) == Kind::Document {
        true => owner(tree, node, Some(&ids(tree, root)), around),
        false => owner(tree, node, None, around),
    };
    owner.ok_or_else(|| Error::new(Code::Form, format!("no form owns the node {}", node.number())))
}

/// A submittable element, and what the elements around it say about it.
pub(super) struct Control {
    pub node: NodeId,
    /// By its own attribute, or by a `fieldset` around it unless it is in that one's first
    /// `legend`.
    pub disabled: bool,
    pub in_datalist: bool,
}

/// The submittable elements that a form owns, in document order, in one pass over the page.
pub(super) fn controls(tree: &Tree, form: NodeId) -> Vec<Control> {
    let root = root_of(tree, form);
    let ids = ids(tree, root);
    let connected = tree.kind(root) == Kind::Document;
    let mut found = Vec::new();
    // The forms around, and one behind the last node that something around makes so.
    let mut forms: Vec<NodeId> = Vec::new();
    let (mut datalist, mut disabled) = (0, 0);
    // Behind their legends fieldsets go on; the innermost is met first.
    let mut behind_legends: Vec<(u32, u32)> = Vec::new();
    for id in tree.descendants(root).filter(|id| tree.is_element(*id)) {
        while forms.pop_if(|form| !tree.contains(*form, id)).is_some() {}
        while let Some((_, end)) = behind_legends.pop_if(|(start, _)| *start <= id.number()) {
            disabled = disabled.max(end);
        }
        match tree.name(id) {
            "form" if tree.is_html(id, "form") => forms.push(id),
            "datalist" if tree.is_html(id, "datalist") => datalist = datalist.max(tree.end(id)),
            "fieldset" if tree.is_html(id, "fieldset") && tree.attribute(id, "disabled").is_some() => {
                match tree.children(id).find(|child| tree.is_html(*child, "legend")) {
                    Some(legend) => {
                        disabled = disabled.max(legend.number());
                        behind_legends.push((tree.end(legend), tree.end(id)));
                    }
                    None => disabled = disabled.max(tree.end(id)),
                }
            }
            _ if is_submittable(tree, id) => {
                let around = forms.last().copied();
                if owner(tree, id, connected.then_some(&ids), || around) == Some(form) {
                    found.push(Control {
                        node: id,
                        disabled: id.number() < disabled || tree.attribute(id, "disabled").is_some(),
                        in_datalist: id.number() < datalist,
                    });
                }
            }
            _ => {}
        }
    }
    found
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
            let owner = owner(tree, id, ids, || forms.last().copied());
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

fn root_of(tree: &Tree, id: NodeId) -> NodeId {
    tree.ancestors(id).last().unwrap_or(id)
}

/// The first element with each id that a `form` attribute names; only a document's elements are
/// looked up by id.
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
    around: impl FnOnce() -> Option<NodeId>,
) -> Option<NodeId> {
    match tree.attribute(id, "form").zip(ids) {
        Some((named, ids)) => ids.get(named).copied().filter(|form| tree.is_html(*form, "form")),
        None => tree.parser_form(id).or_else(around),
    }
}

fn ancestor_form(tree: &Tree, id: NodeId) -> Option<NodeId> {
    tree.ancestors(id).find(|ancestor| tree.is_html(*ancestor, "form"))
}
