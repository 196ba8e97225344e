//! What elements inherit: told of every node in one pass, since parents come before their children.

use super::tree::{AttributePrefix, Namespace, NodeId, Tree};
use std::collections::HashSet;

/// Each node's state, made of that of the node around it; `top` is what is around a root.
fn inherited<T: Copy>(tree: &Tree, top: T, mut state: impl FnMut(NodeId, T) -> T) -> Vec<T> {
    let mut states: Vec<T> = Vec::with_capacity(tree.nodes.len());
    for (id, node) in (0..).map(NodeId).zip(&tree.nodes) {
        // A root names itself, and has no state yet.
        let around = states.get(node.parent as usize).copied().unwrap_or(top);
        states.push(state(id, around));
    }
    states
}

/// No attribute.
const NONE: u32 = u32::MAX;

/// Where the language of each node stands (HTML, 3.2.6.2).
#[derive(Debug)]
pub(super) struct Languages(Vec<u32>);

impl Languages {
    /// Languages are those of the nearest `lang`, or `xml:lang`.
    pub fn new(tree: &Tree) -> Languages {
        let Some(lang) = tree.number_of("lang") else { return Languages(Vec::new()) };
        Languages(inherited(tree, NONE, |id, around| {
            let first = tree.nodes[id.index()].start;
            let own = (first..).zip(tree.attrs_of(id)).filter(|(_, attr)| attr.name == lang);
            own.max_by_key(|(_, attr)| attr.prefix == AttributePrefix::Xml).map_or(around, |(at, _)| at)
        }))
    }

    /// The language of a node, if any is said.
    pub fn get<'t>(&self, tree: &'t Tree, node: u32) -> Option<&'t str> {
        let at = self.0.get(node as usize).filter(|at| **at != NONE)?;
        Some(tree.attribute_of(&tree.attrs[*at as usize]).value)
    }
}

/// Whether each node is in a `fieldset` that disables it: any that is disabled, unless the node is
/// in the first `legend` of it (HTML, 4.10.15).
pub(super) fn disabled(tree: &Tree) -> Vec<bool> {
    // The disabled fieldsets whose first legend was met.
    let mut with_legend = HashSet::new();
    let states = inherited(tree, (false, false), |id, (inside, disables)| {
        let spared = disables && tree.is_html(id, "legend") && with_legend.insert(tree.parent(id));
        let itself = tree.is_html(id, "fieldset") && tree.attribute(id, "disabled").is_some();
        (inside || disables && !spared, itself)
    });
    states.into_iter().map(|(inside, _)| inside).collect()
}

/// Whether each node is an editing host or inside of one (HTML, 6.8.1).
pub(super) fn editable(tree: &Tree) -> Vec<bool> {
    inherited(tree, false, |id, around| {
        if tree.namespace(id) != Namespace::Html {
            return around;
        }
        let Some(value) = tree.attribute(id, "contenteditable") else { return around };
        let is = |word: &str| value.eq_ignore_ascii_case(word);
        match is("") || is("true") || is("plaintext-only") {
            true => true,
            false => around && !is("false"),
        }
    })
}
