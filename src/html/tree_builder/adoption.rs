//! The adoption agency algorithm (13.2.6.4.7), which sorts misnested formatting elements out.

use super::TreeBuilder;
use super::stack::Open;
use super::tags::class;
use crate::html::building::NONE;
use crate::html::names::Name;

impl TreeBuilder {
    /// Runs the algorithm for a tag. Numbers are the standard's steps.
    pub(super) fn adoption_agency(&mut self, subject: Name) {
        // 2
        let current = self.stack.current();
        if current.is_html(subject) && self.formatting.position(current.id).is_none() {
            self.pop();
            return;
        }
        // 3, 4.1, 4.2
        for _ in 0..8 {
            // 4.3
            let Some(entry_at) = self.formatting.last(subject.tag) else {
                return self.any_other_end_tag(subject);
            };
            let entry = self.formatting.get(entry_at);
            // 4.4
            let Some(open_at) = self.stack.position(entry.id) else {
                self.formatting.remove(entry_at);
                return;
            };
            // 4.5
            if !self.stack.in_scope_of(class::SCOPE, |open| open.id == entry.id) {
                return;
            }
            // 4.7
            let furthest = self.stack.iter().skip(open_at + 1).position(|open| open.is(class::SPECIAL));
            // 4.8
            let Some(furthest) = furthest else {
                self.truncate(open_at);
                self.formatting.remove(entry_at);
                return;
            };
            self.adopt(open_at, open_at + 1 + furthest, entry_at);
            if self.arena.excess.is_some() {
                return;
            }
        }
    }

    /// Steps 4.9 to 4.19: the formatting element is at `open_at` on the stack and `entry_at` in the
    /// list, the furthest block at `furthest_at` on the stack.
    fn adopt(&mut self, open_at: usize, furthest_at: usize, entry_at: usize) {
        let entry = self.formatting.get(entry_at);
        let (Some(furthest), Some(ancestor)) =
            (self.stack.get(furthest_at), self.stack.get(open_at.wrapping_sub(1)))
        else {
            return; // the root is no formatting element
        };
        // 4.11: where the new element goes in the list, if behind another
        let mut bookmark = None;
        // 4.12, 4.13
        let mut last = furthest.id;
        let mut at = furthest_at;
        for counter in 1.. {
            // 4.13.2, 4.13.3
            at -= 1;
            if at == open_at {
                break;
            }
            let node = self.stack.iter().as_slice()[at];
            let listed = self.formatting.position(node.id);
            match listed {
                // 4.13.6
                Some(listed) if counter <= 3 => {
                    let id = self.clone_of(self.formatting.get(listed));
                    self.stack.replace(at, id);
                    self.formatting.replace(listed, id);
                    // 4.13.7
                    if last == furthest.id {
                        bookmark = Some(id);
                    }
                    // 4.13.8, 4.13.9
                    self.arena.insert(id, NONE, last);
                    last = id;
                }
                // 4.13.4, 4.13.5
                listed => {
                    if let Some(listed) = listed {
                        self.formatting.remove(listed);
                    }
                    self.remove(at);
                }
            }
        }
        // 4.14
        self.arena.detach(last);
        let place = self.place_in(ancestor);
        self.insert_at(place, last);
        // 4.15 to 4.17
        let id = self.clone_of(entry);
        self.arena.reparent(furthest.id, id);
        self.arena.insert(furthest.id, NONE, id);
        // 4.18
        let new = super::formatting::Entry { id, ..entry };
        match bookmark.and_then(|bookmark| self.formatting.position(bookmark)) {
            Some(bookmark) => {
                self.formatting.insert(bookmark + 1, new);
                if let Some(old) = self.formatting.position(entry.id) {
                    self.formatting.remove(old);
                }
            }
            None => {
                if let Some(old) = self.formatting.position(entry.id) {
                    self.formatting.replace(old, id);
                }
            }
        }
        // 4.19
        if let Some(old) = self.stack.position(entry.id) {
            self.remove(old);
        }
        if let Some(furthest) = self.stack.position(furthest.id) {
            self.stack.insert(furthest + 1, Open::html(id, entry.name));
        }
    }
}
