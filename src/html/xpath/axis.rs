//! The axes: from context nodes to a source that yields the nodes of a step one by one.
//!
//! From many context nodes at once an axis is a few ranges of ids in document order, each node
//! visited once. From one node it is a cursor; when cursors with the same node test have looked
//! at as many nodes as the page has, the nodes that pass the test are listed once, and from then
//! on found by binary search. So no expression whose predicates look around is quadratic.
use super::ast::Axis;
use super::env::{Env, Matcher};
use super::set::{Key, Nodes};
use super::source::{List, Scan, Source, UNBOUNDED};

/// In which order the nodes of a step are wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Document,
    /// The axis's own: reverse axes count from the context node backwards.
    Proximity,
}

impl Env<'_> {
    /// The source of a step from one node or from all of a node-set.
    pub fn source(&mut self, axis: Axis, test: u32, contexts: &Nodes, order: Order) -> Source {
        if matches!(self.tests[test as usize].matcher, Matcher::Nothing) || axis == Axis::Namespace {
            return Source::default();
        }
        match contexts {
            _ if axis == Axis::Members => Source::Keys(contexts.clone(), 0),
            Nodes::Empty => Source::default(),
            Nodes::One(key) => self.source_of_one(axis, test, *key, order),
            Nodes::Many(set) => self.source_of_many(axis, test, &set.keys),
        }
    }

    fn source_of_one(&mut self, axis: Axis, test: u32, key: Key, order: Order) -> Source {
        let id = key.id();
        let node = self.node(id);
        let parent = (id != self.root).then_some(node.parent);
        let back = axis.is_reverse() && order == Order::Proximity;
        if key.is_attribute() {
            // An attribute has a parent and no children or siblings; its element's children
            // follow it.
            return match axis {
                Axis::Parent => self.single(Key::node(id), test),
                Axis::AncestorOrSelf if self.is_any_node(test) => {
                    self.ancestors(Some(key), Some(id), test, order)
                }
                Axis::Ancestor | Axis::AncestorOrSelf => self.ancestors(None, Some(id), test, order),
                Axis::SelfNode | Axis::DescendantOrSelf if self.is_any_node(test) => {
                    Source::Keys(Nodes::One(key), 0)
                }
                Axis::Following => self.range(id + 1, self.end, false, UNBOUNDED, test),
                Axis::Preceding => self.range(self.root + 1, id, back, id, test),
                _ => Source::default(),
            };
        }
        match axis {
            Axis::Child => self.children(id, id + 1, node.end, test),
            Axis::Descendant => self.range(id + 1, node.end, false, UNBOUNDED, test),
            Axis::DescendantOrSelf => self.range(id, node.end, false, UNBOUNDED, test),
            Axis::Following => self.range(node.end, self.end, false, UNBOUNDED, test),
            Axis::Preceding => self.range(self.root + 1, id, back, id, test),
            Axis::SelfNode => self.single(key, test),
            Axis::Parent => match parent {
                Some(parent) => self.single(Key::node(parent), test),
                None => Source::default(),
            },
            Axis::Ancestor => self.ancestors(None, parent, test, order),
            Axis::AncestorOrSelf => self.ancestors(None, Some(id), test, order),
            Axis::Attribute => {
                Source::Attributes { owner: id, at: 0, end: self.attributes(id).len() as u32, test }
            }
            Axis::FollowingSibling => match parent {
                Some(parent) => self.children(parent, node.end, self.node(parent).end, test),
                None => Source::default(),
            },
            Axis::PrecedingSibling => match parent {
                Some(parent) if back => self.siblings_back(parent, id, test),
                Some(parent) => self.children(parent, parent + 1, id, test),
                None => Source::default(),
            },
            Axis::Namespace | Axis::Members => Source::default(),
        }
    }

    fn single(&self, key: Key, test: u32) -> Source {
        if self.passes(key.id(), test) { Source::Keys(Nodes::One(key), 0) } else { Source::default() }
    }

    /// `attribute`, then `at` and its ancestors.
    fn ancestors(&mut self, attribute: Option<Key>, at: Option<u32>, test: u32, order: Order) -> Source {
        let mut source = Source::Ancestors { attribute, at, test };
        if order == Order::Proximity {
            return source;
        }
        let keys = std::iter::from_fn(|| self.next(&mut source)).collect();
        Source::Keys(Nodes::from_unordered(keys), 0)
    }

    fn range(&mut self, at: u32, end: u32, back: bool, before: u32, test: u32) -> Source {
        if self.is_listed(List::Ordered, test) {
            let list = self.tests[test as usize].ordered.as_ref().expect("it was just listed");
            let from = list.partition_point(|id| *id < at);
            let to = from + list[from..].partition_point(|id| *id < end);
            return Source::Listed { list: List::Ordered, test, at: from, end: to, back, before };
        }
        Source::Scan(Scan { at, end: end.max(at), back, test, before, more: Vec::new() })
    }

    /// The children of `parent` from the id `at` to `end`.
    fn children(&mut self, parent: u32, at: u32, end: u32, test: u32) -> Source {
        match self.listed_children(parent, at, end, false, test) {
            Some(source) => source,
            None => Source::Children { at, end, test },
        }
    }

    fn siblings_back(&mut self, parent: u32, behind: u32, test: u32) -> Source {
        match self.listed_children(parent, parent + 1, behind, true, test) {
            Some(source) => source,
            None => Source::SiblingsBack { behind, parent, test },
        }
    }

    fn listed_children(&mut self, parent: u32, at: u32, end: u32, back: bool, test: u32) -> Option<Source> {
        if !self.is_listed(List::Siblings, test) {
            return None;
        }
        let list = self.tests[test as usize].siblings.as_ref()?;
        let from = list.partition_point(|entry| *entry < (parent, at));
        let to = from + list[from..].partition_point(|entry| *entry < (parent, end));
        Some(Source::Listed { list: List::Siblings, test, at: from, end: to, back, before: UNBOUNDED })
    }

    /// From many nodes, in document order: always yields in document order, each node once.
    fn source_of_many(&mut self, axis: Axis, test: u32, contexts: &[Key]) -> Source {
        self.charge(contexts.len());
        let nodes = || contexts.iter().filter(|key| !key.is_attribute()).map(|key| key.id());
        match axis {
            Axis::Following => {
                let starts = contexts.iter().map(|key| match key.is_attribute() {
                    true => key.id() + 1,
                    false => self.node(key.id()).end,
                });
                let start = starts.min().unwrap_or(self.end);
                self.range(start, self.end, false, UNBOUNDED, test)
            }
            Axis::Preceding => {
                let last = contexts.last().map_or(0, |key| key.id());
                self.range(self.root + 1, last, false, last, test)
            }
            Axis::Descendant | Axis::DescendantOrSelf => {
                let or_self = axis == Axis::DescendantOrSelf;
                let mut ranges: Vec<(u32, u32)> = Vec::new();
                let mut covered = 0;
                for id in nodes() {
                    let end = self.node(id).end;
                    let start = if or_self { id } else { id + 1 };
                    if end > covered && end > start {
                        ranges.push((start, end));
                        covered = end;
                    }
                }
                let source = self.ranges(ranges, test);
                if !or_self || !self.is_any_node(test) || contexts.iter().all(|key| !key.is_attribute()) {
                    return source;
                }
                let attributes = contexts.iter().copied().filter(|key| key.is_attribute());
                let mut keys: Vec<Key> = attributes.collect();
                let mut source = source;
                keys.extend(std::iter::from_fn(|| self.next(&mut source)));
                Source::Keys(Nodes::from_unordered(keys), 0)
            }
            Axis::FollowingSibling | Axis::PrecedingSibling => {
                let following = axis == Axis::FollowingSibling;
                let children = nodes().filter(|id| *id != self.root);
                let mut pairs: Vec<_> = children.map(|id| (self.node(id).parent, id)).collect();
                pairs.sort_unstable();
                if !following {
                    pairs.reverse(); // the last child with each parent covers the others
                }
                pairs.dedup_by_key(|(parent, _)| *parent);
                let sources = pairs.into_iter().map(|(parent, id)| match following {
                    true => (self.node(id).end, self.node(parent).end),
                    false => (parent + 1, id),
                });
                let sources: Vec<_> = sources.collect();
                let mut keys = Vec::new();
                for (at, end) in sources {
                    let mut source = Source::Children { at, end, test };
                    keys.extend(std::iter::from_fn(|| self.next(&mut source)));
                }
                Source::Keys(Nodes::from_unordered(keys), 0)
            }
            Axis::Ancestor | Axis::AncestorOrSelf => self.all_ancestors(axis, test, contexts),
            _ => {
                // Child, parent, self, attribute: each context's own nodes, at most once each
                // but for the parents.
                let mut keys = Vec::new();
                for key in contexts {
                    let mut source = self.source_of_one(axis, test, *key, Order::Document);
                    keys.extend(std::iter::from_fn(|| self.next(&mut source)));
                }
                Source::Keys(Nodes::from_unordered(keys), 0)
            }
        }
    }

    fn ranges(&mut self, mut ranges: Vec<(u32, u32)>, test: u32) -> Source {
        ranges.reverse();
        let Some((at, end)) = ranges.pop() else { return Source::default() };
        if ranges.is_empty() {
            return self.range(at, end, false, UNBOUNDED, test);
        }
        Source::Scan(Scan { at, end, back: false, test, before: UNBOUNDED, more: ranges })
    }

    /// The ancestors of nodes in document order. An ancestor that stands at or before one that
    /// was found already was found too, so each is climbed to once.
    fn all_ancestors(&mut self, axis: Axis, test: u32, contexts: &[Key]) -> Source {
        let or_self = axis == Axis::AncestorOrSelf;
        let mut found: Vec<Key> = Vec::new();
        for key in contexts {
            let known = found.len();
            let top = found.last().copied();
            if or_self {
                found.push(*key);
            }
            let id = key.id();
            let mut at = if key.is_attribute() { Some(id) } else { self.parent(id) };
            while let Some(ancestor) = at.filter(|id| top.is_none_or(|top| Key::node(*id) > top)) {
                found.push(Key::node(ancestor));
                at = self.parent(ancestor);
            }
            found[known..].reverse();
        }
        self.charge(found.len());
        found.retain(|key| match key.is_attribute() {
            true => self.is_any_node(test),
            false => self.passes(key.id(), test),
        });
        Source::Keys(Nodes::from_ordered(found), 0)
    }
}
