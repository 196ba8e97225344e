//! Sources: what yields the nodes of a step one by one.

use super::env::{Env, matches_node};
use super::set::{Key, Nodes};

/// No bound for [`Scan::before`].
pub(super) const UNBOUNDED: u32 = u32::MAX;

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
    pub at: u32,
    pub end: u32,
    pub back: bool,
    pub test: u32,
    /// Only nodes that end at or before this one: leaves out its ancestors.
    pub before: u32,
    pub more: Vec<(u32, u32)>,
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

impl Env<'_> {
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
