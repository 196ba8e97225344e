//! The stack of open elements (13.2.4.2).

use super::tags::{Tag, class};
use crate::html::names::Name;
use crate::html::tree::Namespace;

/// An open element.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    /// The node.
    pub id: u32,
    /// Where its children go: the node itself, or the root of a template's contents.
    pub inside: u32,
    /// The number of its name in lower case, as tags write it.
    pub name: u32,
    /// The sets that it is in.
    pub class: u32,
    /// The tag of an HTML element; `Other` for those of SVG and MathML.
    pub tag: Tag,
    pub namespace: Namespace,
}

impl Open {
    /// The document: what is the current node before there is an element.
    const DOCUMENT: Open =
        Open { id: 0, inside: 0, name: 0, class: class::NONE, tag: Tag::Other, namespace: Namespace::Html };

    /// An HTML element.
    #[inline]
    pub fn html(id: u32, name: Name) -> Open {
        let Name { number, tag } = name;
        let inside = id + u32::from(tag == Tag::Template);
        Open { id, inside, name: number, class: tag.class(), tag, namespace: Namespace::Html }
    }

    #[inline]
    pub fn is_foreign(&self) -> bool {
        self.namespace != Namespace::Html
    }

    #[inline]
    pub fn is(&self, class: u32) -> bool {
        self.class & class != 0
    }

    /// Whether it is the HTML element of this name.
    #[inline]
    pub fn is_html(&self, name: Name) -> bool {
        self.name == name.number && !self.is_foreign()
    }
}

/// The stack of open elements. It grows no longer than elements nest.
pub(super) struct Stack {
    open: Vec<Open>,
    /// How many HTML elements of each tag are open: what is not open is not in scope.
    counts: [u32; Tag::COUNT],
}

impl Stack {
    pub fn new() -> Stack {
        Stack { open: Vec::with_capacity(32), counts: [0; Tag::COUNT] }
    }

    pub fn len(&self) -> usize {
        self.open.len()
    }

    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// From the first, `html`, to the current node.
    pub fn iter(&self) -> std::slice::Iter<'_, Open> {
        self.open.iter()
    }

    pub fn get(&self, at: usize) -> Option<Open> {
        self.open.get(at).copied()
    }

    /// The current node.
    #[inline]
    pub fn current(&self) -> Open {
        *self.open.last().unwrap_or(&Open::DOCUMENT)
    }

    /// The first element, `html`.
    pub fn root(&self) -> Open {
        *self.open.first().unwrap_or(&Open::DOCUMENT)
    }

    #[inline]
    pub fn push(&mut self, open: Open) {
        self.counts[open.tag as usize] += 1;
        self.open.push(open);
    }

    #[inline]
    pub fn pop(&mut self) -> Option<Open> {
        let open = self.open.pop()?;
        self.counts[open.tag as usize] -= 1;
        Some(open)
    }

    pub fn insert(&mut self, at: usize, open: Open) {
        self.counts[open.tag as usize] += 1;
        self.open.insert(at, open);
    }

    pub fn remove(&mut self, at: usize) -> Open {
        let open = self.open.remove(at);
        self.counts[open.tag as usize] -= 1;
        open
    }

    /// Puts another element of the same name into a place.
    pub fn replace(&mut self, at: usize, id: u32) {
        let open = &mut self.open[at];
        (open.id, open.inside) = (id, id);
    }

    /// Where the node is. What is looked for is mostly near the top.
    pub fn position(&self, id: u32) -> Option<usize> {
        self.open.iter().rposition(|open| open.id == id)
    }

    pub fn contains(&self, id: u32) -> bool {
        self.position(id).is_some()
    }

    /// Whether an HTML element of this tag is open.
    #[inline]
    pub fn has(&self, tag: Tag) -> bool {
        self.counts[tag as usize] != 0
    }

    /// "Have a particular element in a specific scope", which what is of the class `ends` ends.
    #[inline]
    pub fn in_scope_of(&self, ends: u32, is: impl Fn(&Open) -> bool) -> bool {
        self.open.iter().rev().find(|open| is(open) || open.is(ends)).is_some_and(is)
    }

    /// Whether an HTML element of this tag is in scope.
    #[inline]
    pub fn in_scope(&self, tag: Tag) -> bool {
        self.has(tag) && self.in_scope_of(class::SCOPE, |open| open.tag == tag)
    }

    /// Whether a `p` is in button scope.
    #[inline]
    pub fn p_in_button_scope(&self) -> bool {
        self.has(Tag::P) && self.in_scope_of(class::SCOPE | class::BUTTON, |open| open.tag == Tag::P)
    }

    /// Whether an HTML element of this tag is in list item scope.
    pub fn in_list_item_scope(&self, tag: Tag) -> bool {
        self.has(tag) && self.in_scope_of(class::SCOPE | class::LIST, |open| open.tag == tag)
    }

    /// Whether an HTML element of this tag is in table scope.
    pub fn in_table_scope(&self, tag: Tag) -> bool {
        self.has(tag) && self.in_scope_of(class::TABLE_SCOPE, |open| open.tag == tag)
    }
}
