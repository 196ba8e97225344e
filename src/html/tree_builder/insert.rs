//! Creating and inserting nodes (13.2.6.1).

use super::stack::Open;
use super::tags::{Tag, class};
use super::{Start, TreeBuilder};
use crate::html::building::{Attrs, NONE};
use crate::html::names::Name;
use crate::html::tree::{Kind, Namespace};

/// A place in the tree: in `parent`, before `next` or at the end.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub parent: u32,
    pub next: u32,
}

impl Place {
    pub fn end_of(parent: u32) -> Place {
        Place { parent, next: NONE }
    }
}

impl TreeBuilder {
    /// The appropriate place for inserting a node.
    #[inline]
    pub(super) fn place(&self) -> Place {
        self.place_in(self.stack.current())
    }

    /// The same with an override target.
    #[inline]
    pub(super) fn place_in(&self, target: Open) -> Place {
        if self.foster_parenting && target.is(class::FOSTERS) {
            self.foster_parent()
        } else {
            Place::end_of(target.inside)
        }
    }

    /// Before the table that is open, or where the standard says if there is none.
    fn foster_parent(&self) -> Place {
        let mut above = self.stack.iter().rev();
        while let Some(open) = above.next() {
            if open.tag == Tag::Template {
                return Place::end_of(open.inside);
            }
            if open.tag == Tag::Table {
                let parent = self.arena.nodes[open.id as usize].parent;
                return match above.next() {
                    Some(previous) if parent == NONE => Place::end_of(previous.inside),
                    _ => Place { parent, next: open.id },
                };
            }
        }
        Place::end_of(self.stack.root().inside)
    }

    /// Puts a new node, or one that was taken out, into a place.
    #[inline]
    pub(super) fn insert_at(&mut self, place: Place, id: u32) {
        if place.next == NONE {
            self.arena.append(place.parent, id);
        } else {
            self.arena.insert(place.parent, place.next, id);
        }
    }

    /// "Insert a character", many of them.
    #[inline]
    pub(super) fn insert_text(&mut self, text: &str) {
        let place = self.place();
        if place.next == NONE {
            self.arena.append_text(place.parent, text);
        } else {
            self.arena.insert_text(place.parent, place.next, text);
        }
    }

    /// "Insert a comment" at the appropriate place.
    pub(super) fn insert_comment(&mut self, text: &str) {
        let place = self.place();
        self.insert_comment_at(place, text);
    }

    pub(super) fn insert_comment_at(&mut self, place: Place, text: &str) {
        let (start, len) = self.arena.store(text);
        let id = self.arena.push(Kind::Comment, 0, Namespace::Html, start, len);
        self.insert_at(place, id);
    }

    /// "Insert an HTML element" for a start tag.
    #[inline]
    pub(super) fn insert(&mut self, tag: Start) -> u32 {
        let id = self.insert_leaf(tag);
        self.stack.push(Open::html(id, tag.name));
        id
    }

    /// The same, popped off the stack at once.
    #[inline]
    pub(super) fn insert_leaf(&mut self, tag: Start) -> u32 {
        self.attributes_used = true;
        let place = self.place();
        let id = self.arena.element(tag.name.number, Namespace::Html, tag.attrs, tag.line);
        let class = tag.name.tag.class();
        if class & class::FORM_OWNED != 0 && self.form != NONE {
            self.associate_with_form(id, tag, class);
        }
        if tag.name.tag == Tag::Template {
            self.arena.template(id);
        }
        self.insert_at(place, id);
        id
    }

    /// "Insert an HTML element" for a start tag token without attributes, which no tag stands for.
    pub(super) fn insert_implied(&mut self, tag: Tag) -> u32 {
        let name = self.arena.names.known(tag);
        let used = self.attributes_used;
        let id = self.insert(Start { name, attrs: Attrs::NONE, self_closing: false, line: 0 });
        self.attributes_used = used;
        id
    }

    /// Associates an element with the form element pointer. What is inside the form anyway is
    /// left out of the tree's list later.
    fn associate_with_form(&mut self, id: u32, tag: Start, class: u32) {
        let own = class & class::LISTED != 0 && self.arena.attribute_named(tag.attrs, "form").is_some();
        if !own && !self.stack.has(Tag::Template) && self.form != super::CONTEXT {
            self.arena.forms.push((id, self.form));
        }
    }

    /// "Insert a foreign element" for a start tag.
    pub(super) fn insert_foreign(&mut self, tag: Start, namespace: Namespace) {
        self.attributes_used = true;
        let name = self.adjust(tag, namespace);
        let place = self.place();
        let id = self.arena.element(name, namespace, tag.attrs, tag.line);
        self.insert_at(place, id);
        if !tag.self_closing {
            let class = self.foreign_class(tag, namespace);
            let name = tag.name.number;
            self.stack.push(Open { id, inside: id, name, class, tag: Tag::Other, namespace });
        }
    }

    /// Pops the current node.
    #[inline]
    pub(super) fn pop(&mut self) {
        if let Some(open) = self.stack.pop() {
            self.popped(open);
        }
    }

    /// Pops all elements from a place of the stack on.
    pub(super) fn truncate(&mut self, at: usize) {
        while self.stack.len() > at {
            self.pop();
        }
    }

    /// Takes an element out of the stack.
    pub(super) fn remove(&mut self, at: usize) {
        let open = self.stack.remove(at);
        self.popped(open);
    }

    /// Takes an element out of the stack, wherever it is, if it is there.
    pub(super) fn remove_open(&mut self, id: u32) {
        if let Some(at) = self.stack.position(id) {
            self.remove(at);
        }
    }

    /// Pops elements until an HTML element of this tag has been popped.
    #[inline]
    pub(super) fn pop_until(&mut self, tag: Tag) {
        while !self.stack.is_empty() {
            let found = self.stack.current().tag == tag;
            self.pop();
            if found {
                return;
            }
        }
    }

    /// Pops elements until one of this class has been popped.
    pub(super) fn pop_until_class(&mut self, class: u32) {
        while !self.stack.is_empty() {
            let found = self.stack.current().is(class);
            self.pop();
            if found {
                return;
            }
        }
    }

    /// "Clear the stack back to" a context: pops elements until the current node is of the class.
    pub(super) fn clear_back_to(&mut self, context: u32) {
        while !self.stack.is_empty() && !self.stack.current().is(context) {
            self.pop();
        }
    }

    /// "Generate implied end tags".
    #[inline]
    pub(super) fn generate_implied_end_tags(&mut self) {
        while self.stack.current().is(class::IMPLIED) {
            self.pop();
        }
    }

    /// "Generate implied end tags", except for HTML elements of this name.
    #[inline]
    pub(super) fn generate_implied_end_tags_except(&mut self, name: Name) {
        loop {
            let current = self.stack.current();
            if !current.is(class::IMPLIED) || current.is_html(name) {
                return;
            }
            self.pop();
        }
    }

    /// "Generate all implied end tags thoroughly".
    pub(super) fn generate_implied_end_tags_thoroughly(&mut self) {
        while self.stack.current().is(class::THOROUGH) {
            self.pop();
        }
    }

    /// Closes the `p` element that is in button scope, if there is one.
    #[inline]
    pub(super) fn close_p_in_button_scope(&mut self) {
        if self.stack.p_in_button_scope() {
            self.close_p();
        }
    }

    /// "Close a p element".
    pub(super) fn close_p(&mut self) {
        while self.stack.current().is(class::IMPLIED) && self.stack.current().tag != Tag::P {
            self.pop();
        }
        self.pop_until(Tag::P);
    }
}
