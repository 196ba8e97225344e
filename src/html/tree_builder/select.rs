//! `selectedcontent`, in which a `select` shows the content of its selected option: a copy, made
//! when the option is popped off the stack (HTML, 4.10.7, 4.10.10 and 4.10.17).

use super::stack::Open;
use super::tags::{AS_HTML5EVER, Tag};
use super::{Start, TreeBuilder};
use crate::html::building::{Attrs, NONE};
use crate::html::form::options;
use crate::html::tree::{Kind, Namespace, Node};
use std::collections::HashMap;

/// The `select` elements that have a `selectedcontent`. On most pages there are none.
#[derive(Default)]
pub(super) struct Selects(HashMap<u32, Select>);

struct Select {
    /// Its first `selectedcontent`; [`NONE`] if that is disabled.
    content: u32,
    /// Its selected option.
    option: u32,
    /// Whether the first option is selected if no other is.
    shows_first: bool,
}

impl TreeBuilder {
    /// An element was popped off the stack of open elements.
    #[inline]
    pub(super) fn popped(&mut self, open: Open) {
        if open.tag == Tag::Option && !self.selects.0.is_empty() {
            self.show_option(open.id);
        }
    }

    /// Inserts an `option`, which may be the selected one of its `select`.
    pub(super) fn insert_option(&mut self, tag: Start) {
        let id = self.insert(tag);
        if !self.selects.0.is_empty()
            && let Some(select) = options::select_of(self.around(id))
        {
            self.select_option(select, id);
        }
    }

    /// A `selectedcontent` was inserted.
    pub(super) fn selected_content_inserted(&mut self, id: u32) {
        let Some(select) = self.nearest(id, Tag::Select).filter(|_| !AS_HTML5EVER) else { return };
        if self.selects.0.contains_key(&select) {
            return; // it is not the first
        }
        let disabled = self.nearest(id, Tag::Option).is_some()
            || self.nearest(id, Tag::SelectedContent).is_some()
            || self.nearest(select, Tag::Select).is_some()
            || self.has_attribute(select, "multiple");
        let size = self.arena.attribute_named(self.attributes_of(select), "size");
        let shows_first = options::shows_one(size);
        let content = if disabled { NONE } else { id };
        self.selects.0.insert(select, Select { content, option: NONE, shows_first });
        if disabled {
            return;
        }
        for earlier in select + 1..id {
            if self.is_html(earlier, Tag::Option) && options::select_of(self.around(earlier)) == Some(select)
            {
                self.select_option(select, earlier);
            }
        }
        if let Some(Select { option, .. }) = self.selects.0.get(&select)
            && *option != NONE
        {
            self.show_option(*option);
        }
    }

    /// Selects an option that is new in a `select`, if it says so or is the first.
    fn select_option(&mut self, select: u32, option: u32) {
        let selected = self.has_attribute(option, "selected");
        let disabled =
            options::is_disabled(option, self.around(option), |id| self.has_attribute(id, "disabled"));
        if let Some(select) = self.selects.0.get_mut(&select)
            && (selected || select.option == NONE && select.shows_first && !disabled)
        {
            select.option = option;
        }
    }

    /// "Maybe clone an option into selectedcontent"
    fn show_option(&mut self, option: u32) {
        let Some(select) = options::select_of(self.around(option)) else { return };
        let Some(select) = self.selects.0.get(&select) else { return };
        let content = select.content;
        if select.option != option || content == NONE {
            return;
        }
        let children: Vec<u32> = self.arena.children(option).collect();
        let shown: Vec<u32> = self.arena.children(content).collect();
        let copies: Vec<u32> = children.into_iter().map(|child| self.copy(child)).collect();
        for child in shown {
            self.arena.detach(child);
        }
        for child in copies {
            self.arena.insert(content, NONE, child);
        }
    }

    /// A copy of a node and all that is in it.
    fn copy(&mut self, root: u32) -> u32 {
        // (node, copy of its parent)
        let mut rest = vec![(root, NONE)];
        let mut first = NONE;
        while let Some((id, parent)) = rest.pop() {
            let Node { start, len, line, name, kind, namespace, .. } = self.arena.nodes[id as usize];
            let copy = self.arena.push(kind, name, namespace, start, len);
            self.arena.nodes[copy as usize].line = line;
            match kind {
                Kind::Element => {
                    let attrs = Attrs { start, len };
                    let text = self.arena.attributes(attrs).iter().map(|attr| attr.len).sum();
                    self.arena.share(attrs, text);
                }
                _ => self.arena.share(Attrs::NONE, len),
            }
            if first == NONE {
                first = copy;
            } else {
                self.arena.insert(parent, NONE, copy);
            }
            if self.arena.excess.is_some() {
                break;
            }
            let from = rest.len();
            if self.is_html(id, Tag::Template) {
                self.arena.template(copy);
                rest.extend(self.arena.children(id + 1).map(|child| (child, copy + 1)));
            }
            rest.extend(self.arena.children(id).map(|child| (child, copy)));
            rest[from..].reverse();
        }
        first
    }

    /// The nearest ancestor that is an HTML element of this tag.
    fn nearest(&self, id: u32, tag: Tag) -> Option<u32> {
        self.ancestors(id).find(|up| self.is_html(*up, tag))
    }

    /// What is around a node, as [`options`] has it told.
    fn around(&self, id: u32) -> impl Iterator<Item = (u32, &str)> {
        self.ancestors(id).map(move |up| {
            let node = &self.arena.nodes[up as usize];
            let html = node.kind == Kind::Element && node.namespace == Namespace::Html;
            (up, if html { self.arena.names.text(node.name) } else { "" })
        })
    }

    fn ancestors(&self, id: u32) -> impl Iterator<Item = u32> {
        let up = move |id: &u32| {
            let parent = self.arena.nodes[*id as usize].parent;
            (parent != NONE && parent != *id).then_some(parent)
        };
        std::iter::successors(up(&id), up)
    }

    fn is_html(&self, id: u32, tag: Tag) -> bool {
        let node = &self.arena.nodes[id as usize];
        node.kind == Kind::Element
            && node.namespace == Namespace::Html
            && self.arena.names.tag(node.name) == tag
    }

    fn attributes_of(&self, id: u32) -> Attrs {
        let Node { start, len, .. } = self.arena.nodes[id as usize];
        Attrs { start, len }
    }

    fn has_attribute(&self, id: u32, name: &str) -> bool {
        self.arena.attribute_named(self.attributes_of(id), name).is_some()
    }
}
