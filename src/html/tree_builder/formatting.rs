//! The list of active formatting elements (13.2.4.3).

use super::stack::Open;
use super::tags::Tag;
use super::{Start, TreeBuilder};
use crate::html::building::{Attrs, NONE};
use crate::html::names::Name;
use crate::html::tree::{Attr, Namespace};

/// An entry of the list: an element, or a marker.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    /// The element; [`NONE`] is a marker.
    pub id: u32,
    /// The tag that it was made for.
    pub name: Name,
    pub attrs: Attrs,
    /// The length of the attributes' values.
    pub text: u32,
}

/// The list of active formatting elements. It is kept as short as elements nest.
#[derive(Default)]
pub(super) struct Formatting {
    list: Vec<Entry>,
    /// The entries that are no markers.
    elements: usize,
}

impl Formatting {
    /// The number of elements in the list.
    pub fn elements(&self) -> usize {
        self.elements
    }

    pub fn push_marker(&mut self) {
        self.list.push(Entry { id: NONE, name: Name::NONE, attrs: Attrs::NONE, text: 0 });
    }

    fn push(&mut self, entry: Entry) {
        self.elements += 1;
        self.list.push(entry);
    }

    pub fn insert(&mut self, at: usize, entry: Entry) {
        self.elements += 1;
        self.list.insert(at, entry);
    }

    pub fn remove(&mut self, at: usize) -> Entry {
        self.elements -= 1;
        self.list.remove(at)
    }

    pub fn get(&self, at: usize) -> Entry {
        self.list[at]
    }

    /// Puts another element into an entry.
    pub fn replace(&mut self, at: usize, id: u32) {
        self.list[at].id = id;
    }

    /// Where an element is.
    pub fn position(&self, id: u32) -> Option<usize> {
        self.list.iter().rposition(|entry| entry.id == id)
    }

    /// "Clear the list up to the last marker".
    pub fn clear_to_marker(&mut self) {
        while let Some(entry) = self.list.pop() {
            if entry.id == NONE {
                break;
            }
            self.elements -= 1;
        }
    }

    /// Where the entries behind the last marker begin.
    fn after_marker(&self) -> usize {
        self.list.iter().rposition(|entry| entry.id == NONE).map_or(0, |marker| marker + 1)
    }

    /// Where behind the last marker the last element with this tag is.
    pub fn last(&self, tag: Tag) -> Option<usize> {
        let entries = self.list.iter().enumerate().rev();
        let mut elements = entries.take_while(|(_, entry)| entry.id != NONE);
        elements.find(|(_, entry)| entry.name.tag == tag).map(|(at, _)| at)
    }
}

impl TreeBuilder {
    /// Inserts an element for a start tag and pushes it onto the list; the "Noah's Ark clause"
    /// lets no fourth of a kind in.
    pub(super) fn insert_formatting(&mut self, tag: Start) {
        let from = self.formatting.after_marker();
        let alike = |entry: &Entry| entry.name == tag.name && self.same_attributes(entry.attrs, tag.attrs);
        let mut earliest = None;
        let mut count = 0;
        for (at, entry) in self.formatting.list.iter().enumerate().skip(from).rev() {
            if alike(entry) {
                earliest = Some(at);
                count += 1;
            }
        }
        if let (Some(at), 3..) = (earliest, count) {
            self.formatting.remove(at);
        }
        let id = self.insert(tag);
        let text = self.arena.attributes(tag.attrs).iter().map(|attr| attr.len).sum();
        self.formatting.push(Entry { id, name: tag.name, attrs: tag.attrs, text });
    }

    /// Whether two tags have the same attributes, in whatever order.
    fn same_attributes(&self, a: Attrs, b: Attrs) -> bool {
        let (a, b) = (self.arena.attributes(a), self.arena.attributes(b));
        let same = |a: &Attr, b: &Attr| a.name == b.name && self.arena.value(a) == self.arena.value(b);
        if a.len() != b.len() {
            return false;
        }
        if a.iter().zip(b).all(|(a, b)| same(a, b)) {
            return true;
        }
        let sorted = |attrs: &[Attr]| {
            let mut attrs = attrs.to_vec();
            attrs.sort_unstable_by_key(|attr| attr.name);
            attrs
        };
        a.len() > 1 && sorted(a).iter().zip(&sorted(b)).all(|(a, b)| same(a, b))
    }

    /// Another element like that of an entry, in no tree yet.
    pub(super) fn clone_of(&mut self, entry: Entry) -> u32 {
        self.arena.share(entry.attrs, entry.text);
        self.arena.element(entry.name.number, Namespace::Html, entry.attrs, 0)
    }

    /// "Reconstruct the active formatting elements".
    #[inline]
    pub(super) fn reconstruct_formatting(&mut self) {
        if let Some(last) = self.formatting.list.last()
            && !self.is_marker_or_open(last)
        {
            self.reopen_formatting();
        }
    }

    fn is_marker_or_open(&self, entry: &Entry) -> bool {
        entry.id == NONE || self.stack.contains(entry.id)
    }

    fn reopen_formatting(&mut self) {
        let list = &self.formatting.list;
        let open = list.iter().rposition(|entry| self.is_marker_or_open(entry));
        for at in open.map_or(0, |open| open + 1)..list.len() {
            let entry = self.formatting.get(at);
            let id = self.clone_of(entry);
            let place = self.place();
            self.insert_at(place, id);
            self.stack.push(Open::html(id, entry.name));
            self.formatting.replace(at, id);
        }
    }
}
