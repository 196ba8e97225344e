//! What queries want to know of a whole page: worked out once, when a query first asks.

use super::containing::FullText;
use super::form::{self, Forms};
use super::inherited::{self, Languages};
use super::strings::Strings;
use super::text::Displays;
use super::tree::{Kind, Tree};
use crate::text::Text;
use once_cell::sync::OnceCell;

/// A document's answers to common questions. Any number of threads may ask.
#[derive(Debug, Default)]
pub(super) struct Index {
    positions: OnceCell<Positions>,
    type_positions: OnceCell<Positions>,
    text: OnceCell<FullText>,
    folded: OnceCell<FullText>,
    displays: OnceCell<Displays>,
    values: OnceCell<Strings>,
    selected: OnceCell<Vec<u32>>,
    undecided: OnceCell<Vec<u32>>,
    languages: OnceCell<Languages>,
    disabled: OnceCell<Vec<bool>>,
    editable: OnceCell<Vec<bool>>,
    forms: OnceCell<Forms>,
    /// The name of the encoding as a C string.
    pub encoding: OnceCell<Text>,
}

impl Index {
    /// Each element's place among its siblings, or among those of the same name.
    pub fn positions(&self, tree: &Tree, of_type: bool) -> &Positions {
        if of_type {
            self.type_positions.get_or_init(|| Positions::of_type(tree))
        } else {
            self.positions.get_or_init(|| Positions::of_children(tree))
        }
    }

    /// The values of all attributes as C strings, in the tree's order.
    pub fn values(&self, tree: &Tree) -> &Strings {
        self.values.get_or_init(|| {
            let mut values = Strings::default();
            tree.attrs.iter().for_each(|attr| values.push(tree.attribute_of(attr).value));
            values
        })
    }

    /// The options that are selected, in order.
    pub fn selected(&self, tree: &Tree) -> &[u32] {
        self.selected.get_or_init(|| form::selected_options(tree))
    }

    /// The radio buttons of which none of the group is checked, in order.
    pub fn undecided(&self, tree: &Tree) -> &[u32] {
        self.undecided.get_or_init(|| form::undecided_radios(tree))
    }

    /// The language of a node, if any is said.
    pub fn language<'t>(&self, tree: &'t Tree, node: u32) -> Option<&'t str> {
        self.languages.get_or_init(|| Languages::new(tree)).get(tree, node)
    }

    /// Whether each node is in a `fieldset` that disables it.
    pub fn disabled(&self, tree: &Tree) -> &[bool] {
        self.disabled.get_or_init(|| inherited::disabled(tree))
    }

    /// Whether each node is in something that can be edited.
    pub fn editable(&self, tree: &Tree) -> &[bool] {
        self.editable.get_or_init(|| inherited::editable(tree))
    }

    /// The forms, and what they own.
    pub fn forms(&self, tree: &Tree) -> &Forms {
        self.forms.get_or_init(|| Forms::new(tree, self.disabled(tree)))
    }

    /// How elements take part in the text.
    pub fn displays(&self, tree: &Tree) -> &Displays {
        self.displays.get_or_init(|| Displays::new(tree))
    }

    /// The page's text with each node's place in it; folded for comparison without case.
    pub fn full_text(&self, tree: &Tree, folded: bool) -> &FullText {
        let cell = if folded { &self.folded } else { &self.text };
        cell.get_or_init(|| FullText::new(tree, folded))
    }
}

/// Places among siblings, counted from 1 from either end; 0 for what is no element.
#[derive(Debug)]
pub(super) struct Positions {
    from_start: Vec<u32>,
    from_end: Vec<u32>,
}

impl Positions {
    /// The place of an element.
    pub fn get(&self, element: u32, from_end: bool) -> u32 {
        if from_end { self.from_end[element as usize] } else { self.from_start[element as usize] }
    }

    fn of_children(tree: &Tree) -> Positions {
        Positions::count(tree, 1, |_| 0)
    }

    fn of_type(tree: &Tree) -> Positions {
        let nodes = &tree.nodes;
        Positions::count(tree, 3 * tree.names.len(), |element| {
            let node = &nodes[element as usize];
            3 * node.name as usize + node.namespace as usize
        })
    }

    /// Counts the children of every node, apart for each of `groups` groups.
    fn count(tree: &Tree, groups: usize, group: impl Fn(u32) -> usize) -> Positions {
        let nodes = &tree.nodes;
        let mut from_start = vec![0; nodes.len()];
        let mut from_end = vec![0; nodes.len()];
        let mut counts = vec![0u32; groups];
        let mut children = Vec::new();
        for (parent, node) in nodes.iter().enumerate() {
            children.clear();
            let mut next = parent as u32 + 1;
            while next < node.end {
                if nodes[next as usize].kind == Kind::Element {
                    children.push((next, group(next)));
                }
                next = nodes[next as usize].end;
            }
            for &(child, group) in &children {
                counts[group] += 1;
                from_start[child as usize] = counts[group];
            }
            for &(child, group) in &children {
                from_end[child as usize] = counts[group] + 1 - from_start[child as usize];
            }
            for &(_, group) in &children {
                counts[group] = 0;
            }
        }
        Positions { from_start, from_end }
    }
}
