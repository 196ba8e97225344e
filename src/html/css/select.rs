//! From a program to its results: candidates, positions, outputs.

use super::ast::*;
use super::matcher::{Matcher, NONE, Spent, most_work};
use crate::error::{Code, Error, Result};
use crate::html::strings::Strings;
use crate::html::tree::{Kind, Namespace};
use crate::html::{Document, NodeId};
use std::cell::Cell;

impl From<Spent> for Error {
    fn from(_: Spent) -> Error {
        Error::new(Code::Budget, "the selector takes too much work on this page")
    }
}

/// Finds the nodes below `scope`.
pub(super) fn find(
    program: &Program,
    document: &Document,
    scope: NodeId,
    work: &Cell<i64>,
) -> Result<Vec<NodeId>> {
    let scope = document.known(scope)?;
    let mut matcher = Matcher::new(document, program, element(document, scope), work);
    if is_plain(program) {
        let mut found = Vec::new();
        scan(&mut matcher, program, scope, |element| {
            found.push(NodeId(element));
            true
        })?;
        return Ok(found);
    }
    let mut found: Vec<NodeId> =
        results(&mut matcher, program, scope)?.into_iter().map(|(node, _)| node).collect();
    found.dedup();
    Ok(found)
}

/// Finds the first node below `scope`.
pub(super) fn find_first(
    program: &Program,
    document: &Document,
    scope: NodeId,
    work: &Cell<i64>,
) -> Result<Option<NodeId>> {
    let scope = document.known(scope)?;
    if !is_plain(program) {
        return Ok(find(program, document, scope, work)?.first().copied());
    }
    let mut matcher = Matcher::new(document, program, element(document, scope), work);
    let mut found = None;
    scan(&mut matcher, program, scope, |element| {
        found = Some(NodeId(element));
        false
    })?;
    Ok(found)
}

/// The values that the outputs ask for.
pub(super) fn find_values(
    program: &Program,
    document: &Document,
    scope: NodeId,
    work: &Cell<i64>,
) -> Result<Strings> {
    let scope = document.known(scope)?;
    let mut matcher = Matcher::new(document, program, element(document, scope), work);
    let tree = document.tree();
    let mut values = Strings::default();
    let limit = tree.most_text();
    for (node, complex) in results(&mut matcher, program, scope)? {
        match &program.list[complex].output {
            Output::Element => values.push_with(|into| document.full_text(node, into)),
            Output::Text => values.push(tree.data(node)),
            Output::Attr(name) => values.push(tree.attribute(node, name).unwrap_or("")),
        }
        if values.data().len() > limit {
            return Err(Error::new(Code::Budget, "the elements' text is too much: they nest too deep"));
        }
    }
    Ok(values)
}

/// Whether the element, which is `:scope`, matches.
pub(super) fn matches(program: &Program, document: &Document, element: NodeId) -> Result<bool> {
    let element = document.known(element)?;
    let work = most_work(document);
    let mut matcher = Matcher::new(document, program, self::element(document, element), &work);
    match_one(&mut matcher, program, document, element)
}

/// The nearest of the element, which is `:scope`, and its ancestors that matches.
pub(super) fn closest(program: &Program, document: &Document, element: NodeId) -> Result<Option<NodeId>> {
    let element = document.known(element)?;
    let work = most_work(document);
    let mut matcher = Matcher::new(document, program, self::element(document, element), &work);
    for node in std::iter::once(element).chain(document.tree().ancestors(element)) {
        if match_one(&mut matcher, program, document, node)? {
            return Ok(Some(node));
        }
    }
    Ok(None)
}

fn match_one(matcher: &mut Matcher, program: &Program, document: &Document, node: NodeId) -> Result<bool> {
    if !document.tree().is_element(node) {
        return Ok(false);
    }
    if is_plain(program) {
        return Ok(any(matcher, &program.list, node.number())?);
    }
    // A place in a result is a place in the whole page's.
    let found = results(matcher, program, root(document, node))?;
    Ok(found.binary_search_by_key(&node, |(found, _)| *found).is_ok())
}

/// The root of the tree that the node is in: the document, or a template's contents.
fn root(document: &Document, node: NodeId) -> NodeId {
    document.tree().ancestors(node).last().unwrap_or(node)
}

fn element(document: &Document, scope: NodeId) -> Option<u32> {
    document.tree().is_element(scope).then_some(scope.number())
}

/// Whether the selectors are without positions and ask for elements.
fn is_plain(program: &Program) -> bool {
    program.list.iter().all(|complex| {
        complex.output == Output::Element && complex.stages.len() == 1 && complex.stages[0].filters.is_empty()
    })
}

fn any(matcher: &mut Matcher, list: &[Complex], element: u32) -> Result<bool, Spent> {
    for complex in list {
        if matcher.chain(&complex.stages[0].chain.compounds, element, NONE)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A chain with what refuses most elements at once: the name of its subject.
struct Candidate<'p> {
    chain: &'p [Compound],
    /// The subject's name in HTML and elsewhere, if it has one.
    name: Option<(u32, u32)>,
}

impl<'p> Candidate<'p> {
    /// Nothing if the chain speaks of an element that the page does not have.
    fn new(matcher: &Matcher, chain: &'p [Compound]) -> Option<Candidate<'p>> {
        let names = |compound: &Compound| {
            compound.simples.iter().find_map(|simple| match simple {
                Simple::Tag { name, lower } => Some((matcher.name_of(*lower), matcher.name_of(*name))),
                _ => None,
            })
        };
        if chain.iter().any(|compound| names(compound) == Some((NONE, NONE))) {
            return None;
        }
        Some(Candidate { chain, name: names(&chain[chain.len() - 1]) })
    }
}

/// Hands the elements below `scope` that match a plain program to `each`, until it says no.
fn scan(
    matcher: &mut Matcher,
    program: &Program,
    scope: NodeId,
    each: impl FnMut(u32) -> bool,
) -> Result<()> {
    let range = scope.number() + 1..matcher.nodes[scope.index()].end;
    let chains = program.list.iter().map(|complex| &complex.stages[0].chain.compounds[..]);
    let candidates: Vec<_> = chains.filter_map(|chain| Candidate::new(matcher, chain)).collect();
    scan_candidates(matcher, &candidates, range, each)
}

/// Most pages' nodes are refused by their name alone.
fn scan_candidates(
    matcher: &mut Matcher,
    candidates: &[Candidate],
    range: std::ops::Range<u32>,
    mut each: impl FnMut(u32) -> bool,
) -> Result<()> {
    if candidates.is_empty() {
        return Ok(());
    }
    let nodes = matcher.nodes;
    for element in range {
        let node = &nodes[element as usize];
        if node.kind != Kind::Element {
            continue;
        }
        for candidate in candidates {
            if let Some((html, foreign)) = candidate.name {
                let wanted = if node.namespace == Namespace::Html { html } else { foreign };
                if node.name != wanted {
                    continue;
                }
            }
            if matcher.chain(candidate.chain, element, NONE)? {
                if !each(element) {
                    return Ok(());
                }
                break;
            }
        }
    }
    Ok(())
}

/// The results of every selector of the list, in document order, each with its selector's place.
fn results(matcher: &mut Matcher, program: &Program, scope: NodeId) -> Result<Vec<(NodeId, usize)>> {
    let mut found = Vec::new();
    for (place, complex) in program.list.iter().enumerate() {
        let elements = stages(matcher, complex, scope)?;
        let nodes = outputs(matcher, complex, elements, scope);
        found.extend(nodes.into_iter().map(|node| (NodeId(node), place)));
    }
    if program.list.len() > 1 {
        found.sort_unstable();
        // The same node twice for the same thing is once.
        found.dedup_by(|b, a| a.0 == b.0 && program.list[a.1].output == program.list[b.1].output);
    }
    Ok(found)
}

fn stages(matcher: &mut Matcher, complex: &Complex, scope: NodeId) -> Result<Vec<u32>> {
    let range = scope.number() + 1..matcher.nodes[scope.index()].end;
    let mut found = Vec::new();
    for stage in &complex.stages {
        found = Vec::new();
        let candidate = Candidate::new(matcher, &stage.chain.compounds);
        scan_candidates(matcher, candidate.as_slice(), range.clone(), |element| {
            found.push(element);
            true
        })?;
        for filter in &stage.filters {
            match filter {
                Filter::Position { position, negated } => place(&mut found, *position, *negated),
                Filter::Simples(simples) => {
                    let mut kept = Vec::new();
                    for element in found {
                        if matcher.all(simples, element, NONE)? {
                            kept.push(element);
                        }
                    }
                    found = kept;
                }
            }
        }
        matcher.members.clone_from(&found);
    }
    Ok(found)
}

/// Keeps what stands at a place, or what does not.
fn place(found: &mut Vec<u32>, position: Position, negated: bool) {
    let count = found.len() as i64;
    let from_start = |n: i32| if n < 0 { count + i64::from(n) } else { i64::from(n) };
    let mut at = -1i64;
    found.retain(|_| {
        at += 1;
        let stands = match position {
            Position::First => at == 0,
            Position::Last => at == count - 1,
            Position::Eq(n) => at == from_start(n),
            Position::Lt(n) => at < from_start(n),
            Position::Gt(n) => at > from_start(n),
            Position::Even => at % 2 == 0,
            Position::Odd => at % 2 == 1,
        };
        stands != negated
    });
}

/// What is taken of the elements found: in document order, each node once.
fn outputs(matcher: &Matcher, complex: &Complex, elements: Vec<u32>, scope: NodeId) -> Vec<u32> {
    let nodes = matcher.nodes;
    let elements = if complex.stages.is_empty() { vec![scope.number()] } else { elements };
    let mut taken = Vec::new();
    let has = |element: u32, name: &str| matcher.tree.attribute(NodeId(element), name).is_some();
    match &complex.output {
        Output::Element => return elements,
        Output::Text if !complex.below => {
            for element in elements {
                let (mut next, end) = (element + 1, nodes[element as usize].end);
                while next < end {
                    if nodes[next as usize].kind == Kind::Text {
                        taken.push(next);
                    }
                    next = nodes[next as usize].end;
                }
            }
            taken.sort_unstable();
        }
        Output::Attr(name) if !complex.below => {
            taken = elements;
            taken.retain(|element| has(*element, name));
        }
        output => {
            let mut next = 0;
            for element in elements {
                let end = nodes[element as usize].end;
                for node in element.max(next)..end {
                    let wanted = match output {
                        Output::Attr(name) => has(node, name),
                        _ => nodes[node as usize].kind == Kind::Text,
                    };
                    if wanted {
                        taken.push(node);
                    }
                }
                next = next.max(end);
            }
        }
    }
    taken
}
