//! The axes: from context nodes to a source that yields the nodes of a step one by one.
//!
//! From many context nodes at once an axis is a few ranges of ids in document order, each node
//! visited once. From one node it is a cursor; when cursors with the same node test have looked
//! at as many nodes as the page has, the nodes that pass the test are listed once, and from then
//! on found by binary search. So no expression whose predicates look around is quadratic.

use super::ast::{Axis, Test};
use super::set::{Key, Nodes};
use crate::html::tree::{Attr, AttributePrefix, Kind, Node, NodeId, Tree};
use html5ever::LocalName;

/// No bound for [`Scan::before`].
const UNBOUNDED: u32 = u32::MAX;
/// No name of the tree has this number.
const UNKNOWN: u16 = u16::MAX;

/// In which order the nodes of a step are wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Document,
    /// The axis's own: reverse axes count from the context node backwards.
    Proximity,
}

/// A node test with the names of this tree.
#[derive(Clone, Copy)]
enum Matcher {
    Kind(Kind),
    Node,
    Nothing,
    Star,
    Name(u16),
    XmlAttribute(u16, u16),
    AnyXmlAttribute,
    Parent,
}

struct TestState {
    matcher: Matcher,
    /// How many nodes were looked at along a range, and among siblings.
    scanned: [u64; 2],
    /// The nodes that pass, in document order.
    ordered: Option<Vec<u32>>,
    /// (parent, node) of those that pass, sorted.
    siblings: Option<Vec<(u32, u32)>>,
}

/// The page, and what was found out about it during one evaluation.
pub(super) struct Env<'a> {
    pub tree: &'a Tree,
    /// The root of the context node's tree, and its end.
    pub root: u32,
    pub end: u32,
    /// What is left of the budget; below zero it is spent.
    pub work: i64,
    tests: Vec<TestState>,
}

/// Yields the nodes of a step.
#[derive(Debug)]
pub(super) enum Source {
    /// Given nodes, from the index on.
    Keys(Nodes, usize),
    /// Given nodes in any order, from the index on.
    Listing(Vec<Key>, usize),
    /// Ids that are still to be tested.
    Scan(Scan),
    /// Children of one node: next id, end.
    Children {
        at: u32,
        end: u32,
        test: u32,
    },
    /// Preceding siblings, the nearest first: the id behind them, the parent.
    SiblingsBack {
        behind: u32,
        parent: u32,
        test: u32,
    },
    /// An attribute to begin with, then the node and what is above it.
    Ancestors {
        attribute: Option<Key>,
        at: Option<u32>,
        test: u32,
    },
    Attributes {
        owner: u32,
        at: u32,
        end: u32,
        test: u32,
    },
    /// A part of a test's list.
    Listed {
        list: List,
        test: u32,
        at: usize,
        end: usize,
        back: bool,
        before: u32,
    },
}

/// Ranges of ids, in document order or backwards.
#[derive(Debug)]
pub(super) struct Scan {
    at: u32,
    end: u32,
    back: bool,
    test: u32,
    /// Only nodes that end at or before this one: leaves out its ancestors.
    before: u32,
    more: Vec<(u32, u32)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    Ordered = 0,
    Siblings = 1,
}

impl Default for Source {
    fn default() -> Source {
        Source::Keys(Nodes::Empty, 0)
    }
}

impl<'a> Env<'a> {
    pub fn new(tree: &'a Tree, context: u32, tests: &[Test], names: &[LocalName], work: u64) -> Env<'a> {
        let root = tree.ancestors(NodeId(context)).last().map_or(context, NodeId::number);
        let find = |name: u32| {
            let name = &names[name as usize];
            tree.names.iter().position(|other| other == name).map_or(UNKNOWN, |at| at as u16)
        };
        let matcher = |test: &Test| match *test {
            Test::Node => Matcher::Node,
            Test::Text => Matcher::Kind(Kind::Text),
            Test::Comment => Matcher::Kind(Kind::Comment),
            Test::Nothing => Matcher::Nothing,
            Test::Star => Matcher::Star,
            Test::Name(name) => match find(name) {
                UNKNOWN => Matcher::Nothing,
                name => Matcher::Name(name),
            },
            Test::XmlAttribute(local, whole) => Matcher::XmlAttribute(find(local), find(whole)),
            Test::AnyXmlAttribute => Matcher::AnyXmlAttribute,
            Test::Parent => Matcher::Parent,
        };
        let state =
            |test| TestState { matcher: matcher(test), scanned: [0; 2], ordered: None, siblings: None };
        Env {
            tree,
            root,
            end: tree.end(NodeId(root)),
            work: i64::try_from(work).unwrap_or(i64::MAX),
            tests: tests.iter().map(state).collect(),
        }
    }

    pub fn node(&self, id: u32) -> &'a Node {
        &self.tree.nodes[id as usize]
    }

    /// Takes units of work off the budget.
    pub fn charge(&mut self, units: usize) {
        self.work = self.work.saturating_sub(units as i64);
    }

    fn attributes(&self, owner: u32) -> &'a [Attr] {
        let node = self.node(owner);
        match node.kind {
            Kind::Element => &self.tree.attrs[node.start as usize..][..node.len as usize],
            _ => &[],
        }
    }

    fn passes(&self, id: u32, test: u32) -> bool {
        matches_node(self.node(id), id, self.tests[test as usize].matcher)
    }

    /// Whether the attribute passes; declarations of namespaces are no attribute nodes (5.3).
    fn attribute_passes(&self, attr: &Attr, test: u32) -> bool {
        let name = || &*self.tree.names[attr.name as usize];
        let is_plain = attr.prefix == AttributePrefix::None;
        match self.tests[test as usize].matcher {
            Matcher::Name(wanted) => attr.name == wanted && is_plain,
            Matcher::Node | Matcher::Star => {
                attr.prefix != AttributePrefix::XmlNs && name() != "xmlns" && !name().starts_with("xmlns:")
            }
            Matcher::XmlAttribute(local, whole) => match attr.prefix {
                AttributePrefix::Xml => attr.name == local,
                _ => is_plain && attr.name == whole,
            },
            Matcher::AnyXmlAttribute => {
                attr.prefix == AttributePrefix::Xml || is_plain && name().starts_with("xml:")
            }
            _ => false,
        }
    }

    /// Whether the element has an attribute that passes, with this value if one is given.
    pub fn has_attribute(&mut self, key: Key, test: u32, value: Option<&str>) -> bool {
        let attrs = if key.is_attribute() { &[] } else { self.attributes(key.id()) };
        self.charge(attrs.len());
        let found = attrs.iter().find(|attr| self.attribute_passes(attr, test));
        found.is_some_and(|attr| {
            value.is_none_or(|value| {
                let start = attr.start as usize;
                &self.tree.text.as_bytes()[start..start + attr.len as usize] == value.as_bytes()
            })
        })
    }

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

    fn is_any_node(&self, test: u32) -> bool {
        matches!(self.tests[test as usize].matcher, Matcher::Node)
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

    /// Whether the nodes that pass are listed; lists them once enough nodes were looked at.
    fn is_listed(&mut self, list: List, test: u32) -> bool {
        let size = self.end - self.root;
        let state = &self.tests[test as usize];
        let done = match list {
            List::Ordered => state.ordered.is_some(),
            List::Siblings => state.siblings.is_some(),
        };
        if done || state.scanned[list as usize] <= u64::from(size) {
            return done;
        }
        self.charge(size as usize);
        let passing = (self.root..self.end).filter(|id| self.passes(*id, test));
        match list {
            List::Ordered => {
                let ordered = passing.collect();
                self.tests[test as usize].ordered = Some(ordered);
            }
            List::Siblings => {
                let children = passing.filter(|id| *id != self.root);
                let mut pairs: Vec<_> = children.map(|id| (self.node(id).parent, id)).collect();
                pairs.sort_unstable();
                self.tests[test as usize].siblings = Some(pairs);
            }
        }
        true
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

    fn parent(&self, id: u32) -> Option<u32> {
        (id != self.root).then(|| self.node(id).parent)
    }

    /// The next node of a source.
    pub fn next(&mut self, source: &mut Source) -> Option<Key> {
        let nodes = &self.tree.nodes;
        match source {
            Source::Keys(keys, at) => {
                let key = keys.keys().get(*at).copied()?;
                *at += 1;
                self.work -= 1;
                Some(key)
            }
            Source::Listing(keys, at) => {
                let key = keys.get(*at).copied()?;
                *at += 1;
                self.work -= 1;
                Some(key)
            }
            Source::Scan(scan) => self.scan(scan),
            Source::Children { at, end, test } => {
                let state = &mut self.tests[*test as usize];
                let mut visited = 0;
                let mut found = None;
                while found.is_none() && at < end {
                    let node = &nodes[*at as usize];
                    visited += 1;
                    found = matches_node(node, *at, state.matcher).then_some(*at);
                    *at = node.end;
                }
                state.scanned[List::Siblings as usize] += visited;
                self.work -= visited as i64;
                found.map(Key::node)
            }
            Source::SiblingsBack { behind, parent, test } => {
                let state = &mut self.tests[*test as usize];
                let mut visited = 0;
                let mut found = None;
                while found.is_none() && *behind > *parent + 1 {
                    let mut at = *behind - 1;
                    while nodes[at as usize].parent != *parent {
                        at = nodes[at as usize].parent;
                        visited += 1;
                    }
                    visited += 1;
                    found = matches_node(&nodes[at as usize], at, state.matcher).then_some(at);
                    *behind = at;
                }
                state.scanned[List::Siblings as usize] += visited;
                self.work -= visited as i64;
                found.map(Key::node)
            }
            Source::Ancestors { attribute, at, test } => {
                if attribute.is_some() {
                    return attribute.take();
                }
                while let Some(id) = *at {
                    self.work -= 1;
                    *at = (id != self.root).then(|| nodes[id as usize].parent);
                    if self.passes(id, *test) {
                        return Some(Key::node(id));
                    }
                }
                None
            }
            Source::Attributes { owner, at, end, test } => {
                let attrs = self.attributes(*owner);
                while at < end {
                    let index = *at;
                    *at += 1;
                    self.work -= 1;
                    if self.attribute_passes(&attrs[index as usize], *test) {
                        return Some(Key::attribute(*owner, index));
                    }
                }
                None
            }
            Source::Listed { list, test, at, end, back, before } => {
                let state = &self.tests[*test as usize];
                while at < end {
                    let place = if *back { *end - 1 } else { *at };
                    if *back {
                        *end -= 1
                    } else {
                        *at += 1
                    }
                    self.work -= 1;
                    let id = match list {
                        List::Ordered => state.ordered.as_ref().map(|list| list[place]),
                        List::Siblings => state.siblings.as_ref().map(|list| list[place].1),
                    }?;
                    if nodes[id as usize].end <= *before {
                        return Some(Key::node(id));
                    }
                }
                None
            }
        }
    }

    fn scan(&mut self, scan: &mut Scan) -> Option<Key> {
        let state = &mut self.tests[scan.test as usize];
        let nodes = &self.tree.nodes;
        let mut visited = 0;
        let mut found = None;
        loop {
            while found.is_none() && scan.at < scan.end {
                let id = if scan.back { scan.end - 1 } else { scan.at };
                if scan.back {
                    scan.end -= 1
                } else {
                    scan.at += 1
                }
                visited += 1;
                let node = &nodes[id as usize];
                let passes = matches_node(node, id, state.matcher) && node.end <= scan.before;
                found = passes.then_some(id);
            }
            if found.is_some() {
                break;
            }
            let Some(next) = scan.more.pop() else { break };
            (scan.at, scan.end) = next;
        }
        state.scanned[List::Ordered as usize] += visited;
        self.work -= visited as i64;
        found.map(Key::node)
    }

    /// How many nodes a source yields.
    pub fn count(&mut self, source: &mut Source) -> usize {
        match source {
            Source::Keys(keys, at) => keys.len() - *at,
            Source::Listed { test, at, end, before, .. } => {
                let mut count = *end - *at;
                // The list of what precedes a node has its ancestors in it, too.
                let mut above = if *before == UNBOUNDED { None } else { self.parent(*before) };
                while let Some(ancestor) = above.filter(|id| *id != self.root) {
                    count -= usize::from(self.passes(ancestor, *test));
                    above = self.parent(ancestor);
                    self.work -= 1;
                }
                count
            }
            source => std::iter::from_fn(|| self.next(source)).count(),
        }
    }
}

fn matches_node(node: &Node, id: u32, matcher: Matcher) -> bool {
    match matcher {
        // Only elements have a name; 0 is the empty one.
        Matcher::Name(name) => node.name == name && node.kind == Kind::Element,
        Matcher::Star => node.kind == Kind::Element,
        Matcher::Node => node.kind != Kind::Doctype,
        Matcher::Kind(kind) => node.kind == kind,
        Matcher::Parent => node.end > id + 1,
        Matcher::Nothing | Matcher::XmlAttribute(..) | Matcher::AnyXmlAttribute => false,
    }
}
