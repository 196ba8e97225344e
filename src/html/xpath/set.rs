//! Nodes and node-sets while an expression is evaluated.

use crate::html::tree::{Kind, NodeId, Tree};
use std::borrow::Cow;
use std::cell::{Cell, OnceCell};
use std::ops::Deref;
use std::rc::Rc;

/// A node or an attribute; the order of the numbers is document order, an element's attributes
/// after it and before its children.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(u64);

impl Key {
    pub fn node(id: u32) -> Key {
        Key(u64::from(id) << 32)
    }

    pub fn attribute(owner: u32, index: u32) -> Key {
        Key(u64::from(owner) << 32 | (u64::from(index) + 1))
    }

    /// The node, or the element that has the attribute.
    pub fn id(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// The attribute's place among its element's, if it is one.
    pub fn attribute_index(self) -> Option<usize> {
        (self.0 as u32).checked_sub(1).map(|index| index as usize)
    }

    pub fn is_attribute(self) -> bool {
        self.0 as u32 != 0
    }

    /// The string-value (XPath 1.0, 5): borrowed wherever it is one piece of the page's text.
    pub fn text(self, tree: &Tree) -> Cow<'_, str> {
        let mut pieces = self.pieces(tree);
        let first = pieces.next().unwrap_or_default();
        match pieces.next() {
            None => Cow::Borrowed(first),
            Some(second) => {
                let mut text = String::from(first);
                text.push_str(second);
                text.extend(pieces);
                Cow::Owned(text)
            }
        }
    }

    /// The pieces whose concatenation is the string-value.
    pub fn pieces(self, tree: &Tree) -> impl Iterator<Item = &str> {
        let id = NodeId(self.id());
        let single = match self.attribute_index() {
            Some(index) => Some(tree.attribute_at(id, index).map_or("", |attribute| attribute.value)),
            None => match tree.kind(id) {
                Kind::Text | Kind::Comment => Some(tree.data(id)),
                _ => None,
            },
        };
        let below = if single.is_some() { 0..0 } else { id.0 + 1..tree.end(id) };
        let texts = below.map(NodeId).filter(|id| tree.kind(*id) == Kind::Text);
        single.into_iter().chain(texts.map(|id| tree.data(id)))
    }

    /// Whether the string-value is this text.
    pub fn text_is(self, tree: &Tree, text: &str) -> bool {
        let mut rest = text;
        for piece in self.pieces(tree) {
            match rest.strip_prefix(piece) {
                Some(behind) => rest = behind,
                None => return false,
            }
        }
        rest.is_empty()
    }
}

/// A node-set in document order. What most predicates see, no or one node, is not allocated.
#[derive(Clone, Debug)]
pub(super) enum Nodes {
    Empty,
    One(Key),
    Many(Rc<NodeSet>),
}

#[derive(Debug)]
pub(super) struct NodeSet {
    pub keys: Vec<Key>,
    /// It is compared over and over: worth a table.
    pub reused: Cell<bool>,
    pub strings: OnceCell<Strings>,
    pub numbers: OnceCell<Numbers>,
}

/// The hashes of the nodes' string-values, sorted.
pub(super) type Strings = Vec<(u64, Key)>;

/// The nodes' string-values as numbers.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    /// Without the NaNs, sorted.
    pub sorted: Vec<f64>,
    pub has_nan: bool,
}

impl Nodes {
    /// From keys in any order, which are sorted and made unique.
    pub fn from_unordered(mut keys: Vec<Key>) -> Nodes {
        normalize(&mut keys);
        Nodes::from_ordered(keys)
    }

    /// From keys in document order, each once.
    pub fn from_ordered(keys: Vec<Key>) -> Nodes {
        debug_assert!(keys.is_sorted_by(|a, b| a < b));
        match keys[..] {
            [] => Nodes::Empty,
            [one] => Nodes::One(one),
            _ => Nodes::Many(Rc::new(NodeSet {
                keys,
                reused: Cell::new(false),
                strings: OnceCell::new(),
                numbers: OnceCell::new(),
            })),
        }
    }

    pub fn keys(&self) -> &[Key] {
        match self {
            Nodes::Empty => &[],
            Nodes::One(key) => std::slice::from_ref(key),
            Nodes::Many(set) => &set.keys,
        }
    }

    pub fn first(&self) -> Option<Key> {
        self.keys().first().copied()
    }

    pub fn len(&self) -> usize {
        self.keys().len()
    }

    pub fn is_empty(&self) -> bool {
        matches!(self, Nodes::Empty)
    }

    /// The union with another set, by merging.
    pub fn union(&self, other: &Nodes) -> Nodes {
        let (mut left, mut right) = (self.keys(), other.keys());
        if left.is_empty() {
            return other.clone();
        }
        if right.is_empty() {
            return self.clone();
        }
        let mut keys = Vec::with_capacity(left.len() + right.len());
        while let ([a, ..], [b, ..]) = (left, right) {
            keys.push(*a.min(b));
            if a <= b {
                left = &left[1..];
            }
            if b <= a {
                right = &right[1..];
            }
        }
        keys.extend_from_slice(left);
        keys.extend_from_slice(right);
        Nodes::from_ordered(keys)
    }
}

/// Sorts keys into document order and drops the repeated ones; cheap if that is done already.
pub(super) fn normalize(keys: &mut Vec<Key>) {
    if keys.is_sorted_by(|a, b| a < b) {
        return;
    }
    if keys.is_sorted_by(|a, b| a > b) {
        keys.reverse();
        return;
    }
    // Stable, because that sort merges runs: each context node adds one.
    keys.sort();
    keys.dedup();
}

/// A string value: of the page or the expression where it can be.
#[derive(Clone, Debug)]
pub(super) enum Text<'a> {
    Borrowed(&'a str),
    Owned(String),
    /// What is used over and over.
    Shared(Rc<str>),
}

impl Text<'_> {
    /// Makes clones cheap.
    pub fn share(&mut self) {
        if let Text::Owned(text) = self {
            *self = Text::Shared(std::mem::take(text).into());
        }
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Text::Borrowed(text) => text,
            Text::Owned(text) => text,
            Text::Shared(text) => text,
        }
    }
}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Text::Owned(text)
    }
}

impl<'a> From<Cow<'a, str>> for Text<'a> {
    fn from(text: Cow<'a, str>) -> Text<'a> {
        match text {
            Cow::Borrowed(text) => Text::Borrowed(text),
            Cow::Owned(text) => Text::from(text),
        }
    }
}

/// A value on the machine's stack.
#[derive(Clone, Debug)]
pub(super) enum Val<'a> {
    Nodes(Nodes),
    Text(Text<'a>),
    Number(f64),
    Boolean(bool),
}
