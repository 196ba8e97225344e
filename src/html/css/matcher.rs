//! Whether an element matches: compounds from right to left, on the arena of nodes.
//!
//! The scheme is that of browsers: a failure behind a descendant combinator goes back to the
//! nearest such choice only, since a search that ran out of ancestors would run out of them from
//! any other start. No recursion follows the page; it follows the nesting of the selector, which
//! the parser limits. What siblings share (`~`, `:has(~ …)`, positions), what elements inherit
//! (language, `fieldset disabled`) and what `:has()` and `:contains()` said of an element is
//! remembered. Whatever else grows runs into the budget: each test costs a step, and what it
//! reads beyond that (attributes, values, text, the nodes between siblings) is charged as well.

use super::ast::*;
use crate::html::Document;
use crate::html::containing::Cursor;
use crate::html::tree::{Kind, Node, Quirks, Tree};
use std::cell::Cell;
use std::collections::HashMap;

/// No node.
pub(super) const NONE: u32 = u32::MAX;

/// The budget of work is used up.
#[derive(Debug)]
pub(super) struct Spent;

pub(super) type Answer = Result<bool, Spent>;

/// What the matcher remembers for one place of the selector during one query.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// `:has()`, `:contains()`: bits of the elements that were asked, and of those that said yes.
    asked: Vec<u64>,
    yes: Vec<u64>,
    /// `:has(x)`: no match begins in `from..upto`, and one is at `upto` if `found`.
    pub from: u32,
    pub upto: u32,
    pub found: bool,
    /// By parent: how far its children were searched, and the one that was found or [`NONE`].
    pub children: HashMap<u32, (u32, u32)>,
    /// By parent: its children that match the `S` of `:nth-child(… of S)`.
    pub lists: HashMap<u32, Vec<u32>>,
    pub text: Cursor,
}

impl Memory {
    /// What the element said, if it was asked already.
    pub fn answer(&self, element: u32) -> Option<bool> {
        let (word, bit) = (element as usize / 64, 1u64 << (element % 64));
        (self.asked.get(word)? & bit != 0).then(|| self.yes[word] & bit != 0)
    }

    /// Remembers what the element, one of `nodes`, said.
    pub fn remember(&mut self, element: u32, yes: bool, nodes: usize) {
        if self.asked.is_empty() {
            let words = nodes.div_ceil(64);
            (self.asked, self.yes) = (vec![0; words], vec![0; words]);
        }
        let (word, bit) = (element as usize / 64, 1u64 << (element % 64));
        self.asked[word] |= bit;
        self.yes[word] |= if yes { bit } else { 0 };
    }
}

/// The work that a query may cost unless it is told otherwise, in steps.
pub(super) fn most_work(document: &Document) -> Cell<i64> {
    Cell::new((64 * i64::from(document.tree().len())).max(50_000_000))
}

/// One query's state.
pub(super) struct Matcher<'a> {
    pub document: &'a Document,
    pub tree: &'a Tree,
    pub nodes: &'a [Node],
    /// The selector's names as the document numbers them.
    pub names: Vec<u32>,
    pub id: u32,
    pub class: u32,
    /// In quirks mode ids and classes are compared without case (Selectors 4, 6.6 and 6.7).
    pub quirks: bool,
    /// What `:scope` is.
    pub scope: u32,
    /// What the selector left of a position gave, in document order.
    pub members: Vec<u32>,
    pub memory: Vec<Memory>,
    /// What is left of the budget; below zero it is spent.
    work: &'a Cell<i64>,
}

impl<'a> Matcher<'a> {
    pub fn new(
        document: &'a Document,
        program: &Program,
        scope: Option<u32>,
        work: &'a Cell<i64>,
    ) -> Matcher<'a> {
        let tree = document.tree();
        let number = |name: &str| tree.number_of(name).unwrap_or(NONE);
        let names = if program.names.len() <= 16 {
            program.names.iter().map(|name| number(name)).collect()
        } else {
            let known: HashMap<_, _> = tree.names.iter().zip(0u32..).collect();
            program.names.iter().map(|name| known.get(&**name).copied().unwrap_or(NONE)).collect()
        };
        let root = || tree.root_element().map_or(NONE, |id| id.number());
        Matcher {
            document,
            tree,
            nodes: &tree.nodes,
            names,
            id: number("id"),
            class: number("class"),
            quirks: tree.quirks() == Quirks::Full,
            scope: scope.unwrap_or_else(root),
            members: Vec::new(),
            memory: (0..program.slots).map(|_| Memory::default()).collect(),
            work,
        }
    }

    pub fn is_element(&self, at: u32) -> bool {
        self.nodes[at as usize].kind == Kind::Element
    }

    pub fn name_of(&self, name: Name) -> u32 {
        self.names[name as usize]
    }

    pub fn step(&self) -> Result<(), Spent> {
        self.charge(1);
        if self.work.get() < 0 { Err(Spent) } else { Ok(()) }
    }

    /// Takes units of work off the budget; the next step tells whether it is spent. No test reads
    /// more than the page between two steps.
    pub fn charge(&self, units: usize) {
        self.work.set(self.work.get().saturating_sub(units as i64));
    }

    pub fn parent_element(&self, at: u32) -> Option<u32> {
        let parent = self.nodes[at as usize].parent;
        (self.is_element(parent) && parent != at).then_some(parent)
    }

    /// The element before one among its siblings. What stands between, and how deep that is, is
    /// the page's to say, so that each node passed is charged.
    fn previous_element(&self, element: u32) -> Option<u32> {
        let parent = self.nodes[element as usize].parent;
        let (mut at, mut passed) = (element, 0);
        while at > parent + 1 {
            at -= 1;
            while self.nodes[at as usize].parent != parent {
                at = self.nodes[at as usize].parent;
                passed += 1;
            }
            passed += 1;
            if self.is_element(at) {
                self.charge(passed / 4);
                return Some(at);
            }
        }
        self.charge(passed / 4);
        None
    }

    /// Whether the element matches the whole chain. `anchor` is the element that `:has()` is
    /// asked of, if the chain is its argument.
    pub fn chain(&mut self, compounds: &[Compound], element: u32, anchor: u32) -> Answer {
        let mut k = compounds.len() - 1;
        if !self.all(&compounds[k].simples, element, anchor)? {
            return Ok(false);
        }
        let mut at = element;
        // The compound right of the last descendant combinator passed, and the ancestor taken.
        let mut retry: Option<(usize, u32)> = None;
        while k > 0 {
            let left = &compounds[k - 1].simples;
            let found = match compounds[k].combinator {
                Combinator::None => unreachable!("only the leftmost compound has no combinator"),
                Combinator::Descendant => {
                    let found = self.ancestor(left, at, anchor)?;
                    retry = found.map(|found| (k, found));
                    if found.is_none() {
                        return Ok(false);
                    }
                    found
                }
                Combinator::Child => self.that(left, self.parent_element(at), anchor)?,
                Combinator::NextSibling => self.that(left, self.previous_element(at), anchor)?,
                Combinator::LaterSibling(slot) => {
                    if self.earlier_sibling(&compounds[..k], at, anchor, slot)? {
                        return Ok(true);
                    }
                    None
                }
            };
            (k, at) = match (found, retry) {
                (Some(found), _) => (k - 1, found),
                (None, None) => return Ok(false),
                (None, Some((right, last))) => {
                    let Some(higher) = self.ancestor(&compounds[right - 1].simples, last, anchor)? else {
                        return Ok(false);
                    };
                    retry = Some((right, higher));
                    (right - 1, higher)
                }
            };
        }
        Ok(true)
    }

    fn that(&mut self, simples: &[Simple], element: Option<u32>, anchor: u32) -> Result<Option<u32>, Spent> {
        match element {
            Some(element) if self.all(simples, element, anchor)? => Ok(Some(element)),
            _ => Ok(None),
        }
    }

    /// The nearest ancestor that matches; none above the anchor.
    fn ancestor(&mut self, simples: &[Simple], from: u32, anchor: u32) -> Result<Option<u32>, Spent> {
        let mut at = from;
        while let Some(parent) = self.parent_element(at) {
            if anchor != NONE && parent < anchor {
                break;
            }
            if self.all(simples, parent, anchor)? {
                return Ok(Some(parent));
            }
            at = parent;
        }
        Ok(None)
    }

    /// Whether a sibling before `at` matches the chain. Without an anchor the answer is the
    /// place of the first such sibling, which is remembered for each parent.
    fn earlier_sibling(&mut self, chain: &[Compound], at: u32, anchor: u32, slot: u32) -> Answer {
        let parent = self.nodes[at as usize].parent;
        let (mut next, found) = if anchor == NONE {
            *self.memory[slot as usize].children.entry(parent).or_insert((parent + 1, NONE))
        } else {
            (parent + 1, NONE)
        };
        if found != NONE {
            return Ok(found < at);
        }
        let mut found = NONE;
        while next < at {
            self.step()?;
            if self.is_element(next) && self.chain(chain, next, anchor)? {
                found = next;
                break;
            }
            next = self.nodes[next as usize].end;
        }
        if anchor == NONE {
            self.memory[slot as usize].children.insert(parent, (next, found));
        }
        Ok(found != NONE)
    }

    /// Whether the element matches every simple selector.
    pub fn all(&mut self, simples: &[Simple], element: u32, anchor: u32) -> Answer {
        self.step()?;
        for simple in simples {
            if !self.simple(simple, element, anchor)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub fn any(&mut self, chains: &[Chain], element: u32) -> Answer {
        for chain in chains {
            if self.chain(&chain.compounds, element, NONE)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
