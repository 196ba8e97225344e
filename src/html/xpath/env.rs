//! The page as an evaluation sees it: node tests with the page's own names, the budget, and
//! what was found out on the way.

use super::ast::Test;
use super::set::Key;
use super::source::List;
use crate::html::tree::{Attr, AttributePrefix, Kind, Node, NodeId, Tree};

/// A node test with the names of this tree.
#[derive(Clone, Copy)]
pub(super) enum Matcher {
    Kind(Kind),
    Node,
    Nothing,
    Star,
    Name(u32),
    XmlAttribute(Option<u32>, Option<u32>),
    AnyXmlAttribute,
    Parent,
}

pub(super) struct TestState {
    pub matcher: Matcher,
    /// How many nodes were looked at along a range, and among siblings.
    pub scanned: [u64; 2],
    /// The nodes that pass, in document order.
    pub ordered: Option<Vec<u32>>,
    /// (parent, node) of those that pass, sorted.
    pub siblings: Option<Vec<(u32, u32)>>,
}

/// The page, and what was found out about it during one evaluation.
pub(super) struct Env<'a> {
    pub tree: &'a Tree,
    /// The root of the context node's tree, and its end.
    pub root: u32,
    pub end: u32,
    /// What is left of the budget; below zero it is spent.
    pub work: i64,
    pub tests: Vec<TestState>,
}

impl<'a> Env<'a> {
    pub fn new(tree: &'a Tree, context: u32, tests: &[Test], names: &[Box<str>], work: u64) -> Env<'a> {
        let root = tree.ancestors(NodeId(context)).last().map_or(context, NodeId::number);
        let find = |name: u32| tree.number_of(&names[name as usize]);
        let matcher = |test: &Test| match *test {
            Test::Node => Matcher::Node,
            Test::Text => Matcher::Kind(Kind::Text),
            Test::Comment => Matcher::Kind(Kind::Comment),
            Test::Nothing => Matcher::Nothing,
            Test::Star => Matcher::Star,
            Test::Name(name) => find(name).map_or(Matcher::Nothing, Matcher::Name),
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

    pub fn attributes(&self, owner: u32) -> &'a [Attr] {
        let node = self.node(owner);
        match node.kind {
            Kind::Element => &self.tree.attrs[node.start as usize..][..node.len as usize],
            _ => &[],
        }
    }

    pub fn passes(&self, id: u32, test: u32) -> bool {
        matches_node(self.node(id), id, self.tests[test as usize].matcher)
    }

    /// Whether the attribute passes; declarations of namespaces are no attribute nodes (5.3).
    pub fn attribute_passes(&self, attr: &Attr, test: u32) -> bool {
        let name = || self.tree.name_of(attr.name);
        let is_plain = attr.prefix == AttributePrefix::None;
        match self.tests[test as usize].matcher {
            Matcher::Name(wanted) => attr.name == wanted && is_plain,
            Matcher::Node | Matcher::Star => {
                attr.prefix != AttributePrefix::XmlNs && name() != "xmlns" && !name().starts_with("xmlns:")
            }
            Matcher::XmlAttribute(local, whole) => match attr.prefix {
                AttributePrefix::Xml => Some(attr.name) == local,
                _ => is_plain && Some(attr.name) == whole,
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

    pub fn is_any_node(&self, test: u32) -> bool {
        matches!(self.tests[test as usize].matcher, Matcher::Node)
    }

    /// Whether the nodes that pass are listed; lists them once enough nodes were looked at.
    pub fn is_listed(&mut self, list: List, test: u32) -> bool {
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

    pub fn parent(&self, id: u32) -> Option<u32> {
        (id != self.root).then(|| self.node(id).parent)
    }
}

pub(super) fn matches_node(node: &Node, id: u32, matcher: Matcher) -> bool {
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
