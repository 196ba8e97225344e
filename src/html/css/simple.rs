//! The tests of one element: names, attributes, positions, states, `:has()`.

use super::ast::*;
use super::matcher::{Answer, Matcher, NONE};
use crate::html::NodeId;
use crate::html::tree::{Attr, AttributePrefix, Kind, Namespace, Node};
use std::borrow::Cow;

/// How many bytes of a value are one unit of work.
const TEXT: usize = 8;
/// How many bytes of text that is searched as a whole are one.
const SEARCHED: usize = 64;

impl<'a> Matcher<'a> {
    /// Whether the element matches one simple selector.
    pub(super) fn simple(&mut self, simple: &Simple, element: u32, anchor: u32) -> Answer {
        let node = &self.nodes[element as usize];
        Ok(match simple {
            Simple::Anchor => element == anchor,
            Simple::Member => self.members.binary_search(&element).is_ok(),
            Simple::Never => false,
            Simple::Tag { name, lower } => node.name == self.cased(node, *name, *lower),
            Simple::Id(id) => {
                let attr = self.attrs(element).iter().find(|attr| attr.name == self.id);
                attr.is_some_and(|attr| self.is_name(self.value(attr), id))
            }
            Simple::Class(class) => self.has_class(element, class),
            Simple::Attr(test) => self.has_attribute(test, element),
            Simple::Nth(nth) => {
                let positions = self.document.index().positions(self.tree, nth.of_type);
                nth.holds(positions.get(element, nth.from_end))
            }
            Simple::Only { of_type } => {
                let positions = self.document.index().positions(self.tree, *of_type);
                positions.get(element, false) == 1 && positions.get(element, true) == 1
            }
            Simple::NthOf(nth, chains, slot) => return self.nth_of(*nth, chains, *slot, element),
            Simple::Root => self.nodes[node.parent as usize].kind == Kind::Document,
            Simple::Empty => {
                let (mut next, end) = (element + 1, node.end);
                while next < end && self.nodes[next as usize].kind == Kind::Comment {
                    next += 1;
                }
                self.charge((next - element) as usize / 8);
                next == end
            }
            Simple::Scope => element == self.scope,
            Simple::Not(chains) => !self.any(chains, element)?,
            Simple::Is(chains) => self.any(chains, element)?,
            Simple::Has(relatives) => {
                for relative in relatives {
                    if self.has(relative, element)? {
                        return Ok(true);
                    }
                }
                false
            }
            Simple::Contains(contains) => self.contains(contains, element, node.end),
            Simple::State(state) => self.is_in(*state, element),
            Simple::Link => {
                let has = |name| self.attribute(element, name).is_some();
                match (node.namespace, self.tree.name(NodeId(element))) {
                    (Namespace::Html, "a" | "area") => has("href"),
                    (Namespace::Svg, "a") => has("href") || has("xlink:href"),
                    _ => false,
                }
            }
            Simple::Lang(ranges) => match self.document.index().language(self.tree, element) {
                Some(language) => {
                    self.charge(language.len() / TEXT);
                    ranges.iter().any(|range| language_matches(range, language))
                }
                None => false,
            },
        })
    }

    /// The attributes of an element, to be looked through.
    pub(super) fn attrs(&self, element: u32) -> &'a [Attr] {
        let attrs = self.tree.attrs_of(NodeId(element));
        self.charge(attrs.len() / 4);
        attrs
    }

    fn value(&self, attr: &Attr) -> &'a str {
        self.tree.attribute_of(attr).value
    }

    pub(super) fn attribute(&self, element: u32, name: &str) -> Option<&'a str> {
        self.charge(self.tree.attribute_count(NodeId(element)) / 4);
        self.tree.attribute(NodeId(element), name)
    }

    /// The name of an HTML element; empty for others.
    pub(super) fn html_name(&self, element: u32) -> &'a str {
        match self.nodes[element as usize].namespace {
            Namespace::Html => self.tree.name(NodeId(element)),
            _ => "",
        }
    }

    /// A name as the document numbers it: without regard to case where the element is HTML's.
    fn cased(&self, node: &Node, name: Name, lower: Name) -> u32 {
        self.names[if node.namespace == Namespace::Html { lower } else { name } as usize]
    }

    /// Whether an id or a class is the one that the selector names.
    fn is_name(&self, own: &str, wanted: &str) -> bool {
        if self.quirks { own.eq_ignore_ascii_case(wanted) } else { own == wanted }
    }

    fn has_class(&self, element: u32, class: &str) -> bool {
        let mut attrs = self.attrs(element).iter().filter(|attr| attr.name == self.class);
        attrs.any(|attr| {
            let value = self.value(attr);
            value.len() >= class.len() && {
                self.charge(value.len() / TEXT);
                value.split_ascii_whitespace().any(|token| self.is_name(token, class))
            }
        })
    }

    fn has_attribute(&self, test: &AttrTest, element: u32) -> bool {
        let node = &self.nodes[element as usize];
        let name = self.cased(node, test.name, test.lower);
        let ignore_case = match test.case {
            Case::Sensitive => false,
            Case::Insensitive => true,
            Case::InsensitiveInHtml => node.namespace == Namespace::Html,
        };
        self.attrs(element).iter().any(|attr| {
            attr.name == name && (test.any_prefix || attr.prefix == AttributePrefix::None) && {
                if matches!(test.operator, AttrOperator::Includes | AttrOperator::Substring) {
                    self.charge(attr.len as usize / TEXT);
                }
                value_matches(self.value(attr), test.operator, &test.value, ignore_case)
            }
        })
    }

    /// Whether the element's text, which is that of the nodes up to `end`, contains the needle.
    fn contains(&mut self, contains: &Contains, element: u32, end: u32) -> bool {
        if let Some(known) = self.memory[contains.slot as usize].answer(element) {
            return known;
        }
        let text = self.document.index().full_text(self.tree, contains.ignore_case);
        let memory = &mut self.memory[contains.slot as usize];
        let (holds, searched) = memory.text.holds(text, element, end, &contains.needle);
        memory.remember(element, holds, self.nodes.len());
        self.charge(searched / SEARCHED);
        holds
    }

    fn nth_of(&mut self, nth: Nth, chains: &[Chain], slot: u32, element: u32) -> Answer {
        let parent = self.nodes[element as usize].parent;
        if !self.memory[slot as usize].lists.contains_key(&parent) {
            let mut list = Vec::new();
            let (mut next, end) = (parent + 1, self.nodes[parent as usize].end);
            while next < end {
                self.step()?;
                if self.is_element(next) && self.any(chains, next)? {
                    list.push(next);
                }
                next = self.nodes[next as usize].end;
            }
            self.memory[slot as usize].lists.insert(parent, list);
        }
        let list = &self.memory[slot as usize].lists[&parent];
        Ok(list.binary_search(&element).is_ok_and(|at| {
            let index = if nth.from_end { list.len() - at } else { at + 1 };
            nth.holds(index as u32)
        }))
    }

    fn has(&mut self, relative: &Relative, anchor: u32) -> Answer {
        if let Some(known) = self.memory[relative.slot as usize].answer(anchor) {
            return Ok(known);
        }
        let yes = self.search(relative, anchor)?;
        self.memory[relative.slot as usize].remember(anchor, yes, self.nodes.len());
        Ok(yes)
    }

    fn search(&mut self, relative: &Relative, anchor: u32) -> Answer {
        let compounds = &relative.chain.compounds;
        let Node { parent, end, .. } = self.nodes[anchor as usize];
        let last = self.nodes[parent as usize].end;
        if let [_, only] = &compounds[..] {
            return match only.combinator {
                Combinator::None | Combinator::Descendant => self.below(&only.simples, relative.slot, anchor),
                Combinator::Child => self.among(&only.simples, anchor + 1, end, false),
                Combinator::NextSibling => self.among(&only.simples, end, last, true),
                Combinator::LaterSibling(_) => self.later_sibling(&only.simples, relative.slot, anchor),
            };
        }
        let (from, to) = match compounds[1].combinator {
            Combinator::NextSibling | Combinator::LaterSibling(_) => (end, last),
            _ => (anchor + 1, end),
        };
        for candidate in from..to {
            self.step()?;
            if self.is_element(candidate) && self.chain(compounds, candidate, anchor)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether one of the siblings `from..to`, or the first element of them, matches.
    fn among(&mut self, simples: &[Simple], from: u32, to: u32, first: bool) -> Answer {
        let mut next = from;
        while next < to {
            self.step()?;
            if self.is_element(next) {
                if self.all(simples, next, NONE)? {
                    return Ok(true);
                }
                if first {
                    return Ok(false);
                }
            }
            next = self.nodes[next as usize].end;
        }
        Ok(false)
    }

    /// Whether an element below `anchor` matches. Elements are mostly asked in document order, so
    /// the stretch that was searched is remembered and never searched again.
    fn below(&mut self, simples: &[Simple], slot: u32, anchor: u32) -> Answer {
        let end = self.nodes[anchor as usize].end;
        let memory = &self.memory[slot as usize];
        let (mut from, mut upto, mut found) = (memory.from, memory.upto, memory.found);
        if anchor + 1 < from || upto < anchor + 1 {
            (from, upto, found) = (anchor + 1, anchor + 1, false);
        }
        while !found && upto < end {
            self.step()?;
            if self.is_element(upto) && self.all(simples, upto, NONE)? {
                found = true;
            } else {
                upto += 1;
            }
        }
        let memory = &mut self.memory[slot as usize];
        (memory.from, memory.upto, memory.found) = (from, upto, found);
        Ok(found && upto < end)
    }

    /// Whether a sibling behind `anchor` matches: the last one that does is remembered for each
    /// parent.
    fn later_sibling(&mut self, simples: &[Simple], slot: u32, anchor: u32) -> Answer {
        let Node { parent, end: behind, .. } = self.nodes[anchor as usize];
        let last = self.nodes[parent as usize].end;
        // No match lies in `from..upto`, and one at `upto` unless that is the end.
        let known = self.memory[slot as usize].children.get(&parent).copied();
        let (from, mut upto) = match known {
            Some((from, upto)) if from <= behind && behind <= upto => return Ok(upto < last),
            _ => (behind, behind),
        };
        while upto < last {
            self.step()?;
            if self.is_element(upto) && self.all(simples, upto, NONE)? {
                break;
            }
            upto = self.nodes[upto as usize].end;
        }
        self.memory[slot as usize].children.insert(parent, (from, upto));
        Ok(upto < last)
    }
}

fn value_matches(value: &str, operator: AttrOperator, wanted: &str, ignore_case: bool) -> bool {
    let (v, w) = (value.as_bytes(), wanted.as_bytes());
    let same = |a: &[u8], b: &[u8]| if ignore_case { a.eq_ignore_ascii_case(b) } else { a == b };
    match operator {
        AttrOperator::Exists => true,
        AttrOperator::Equal => same(v, w),
        AttrOperator::Includes => {
            let space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\x0c');
            !w.is_empty() && v.split(space).any(|token| same(token, w))
        }
        AttrOperator::DashMatch => {
            v.len() >= w.len() && same(&v[..w.len()], w) && matches!(v.get(w.len()), None | Some(b'-'))
        }
        AttrOperator::Prefix => !w.is_empty() && v.len() >= w.len() && same(&v[..w.len()], w),
        AttrOperator::Suffix => !w.is_empty() && v.len() >= w.len() && same(&v[v.len() - w.len()..], w),
        AttrOperator::Substring if w.is_empty() => false,
        AttrOperator::Substring => {
            v.len() >= w.len()
                && memchr::memmem::find(&folded(v, ignore_case), &folded(w, ignore_case)).is_some()
        }
    }
}

fn folded(text: &[u8], ignore_case: bool) -> Cow<'_, [u8]> {
    if ignore_case { text.to_ascii_lowercase().into() } else { text.into() }
}

/// Extended filtering (RFC 4647, 3.3.2), as Selectors 4 asks for `:lang()`.
fn language_matches(range: &str, language: &str) -> bool {
    if range.is_empty() || language.is_empty() {
        return range.is_empty() && language.is_empty();
    }
    let mut tags = language.split('-');
    let mut wanted = range.split('-');
    let first = wanted.next().unwrap_or("");
    if !tags.next().is_some_and(|tag| first == "*" || tag.eq_ignore_ascii_case(first)) {
        return false;
    }
    wanted.filter(|part| *part != "*").all(|part| {
        // Further subtags may stand between, but for single letters, which open a section.
        for tag in tags.by_ref() {
            if tag.eq_ignore_ascii_case(part) {
                return true;
            }
            if tag.len() == 1 {
                return false;
            }
        }
        false
    })
}
