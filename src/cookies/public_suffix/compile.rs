//! Part of the build script: makes the automaton that `mod.rs` walks, of the rules in `rules.txt`.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

/// What a rule says of its name: that it is a suffix (`a.b`), that it and any label before it are
/// one (`*.a.b`), or that in spite of such a rule it is none (`!a.b`).
const PLAIN: u8 = 1;
const WILDCARD: u8 = 2;
const EXCEPTION: u8 = 4;
const KINDS: u8 = PLAIN | WILDCARD | EXCEPTION;

/// A trie of the rules, from right to left, each with its kind at the end. States that accept the
/// same are one state, so that the subdomains which many countries have are there once.
pub fn compile(rules: &str) -> Vec<u8> {
    let mut words: BTreeMap<Vec<u8>, u8> = BTreeMap::new();
    for rule in rules.lines().filter(|line| !line.is_empty() && !line.starts_with("//")) {
        let (name, kind) = parse(rule);
        *words.entry(name.bytes().rev().collect()).or_default() |= kind;
    }
    let mut trie = vec![Node::default()];
    for (word, kinds) in words {
        let mut node = 0;
        for byte in word.into_iter().chain([kinds]) {
            trie[node].words += 1;
            let new = trie.len();
            node = *trie[node].edges.entry(byte).or_insert(new);
            if node == new {
                trie.push(Node::default());
            }
        }
    }

    // From the leaves: what a node leads to has its state before the node gets its own.
    let mut states: HashMap<Vec<(u8, usize)>, usize> = HashMap::new();
    let mut state_of = vec![0; trie.len()];
    let mut layout: Vec<Vec<(u8, usize)>> = Vec::new();
    for (index, node) in trie.iter().enumerate().rev() {
        let mut edges: Vec<(u8, usize)> = node.edges.iter().map(|(byte, to)| (*byte, *to)).collect();
        // The kinds first; then where most rules are, since most hosts are there as well.
        edges.sort_by_key(|(byte, to)| (*byte > KINDS, Reverse(trie[*to].words), *byte));
        let edges: Vec<(u8, usize)> = edges.into_iter().map(|(byte, to)| (byte, state_of[to])).collect();
        state_of[index] = *states.entry(edges).or_insert_with_key(|edges| {
            layout.push(edges.clone());
            layout.len() - 1
        });
    }

    // The root was the last one and comes first.
    let mut first_edge = vec![0; layout.len()];
    let mut count = 0;
    for (state, edges) in layout.iter().enumerate().rev() {
        first_edge[state] = count;
        count += edges.len();
    }
    let mut bytes = Vec::new();
    for edges in layout.iter().rev() {
        for (nth, (byte, to)) in edges.iter().enumerate() {
            let last = if nth + 1 == edges.len() { 0x80 } else { 0 };
            let to = u16::try_from(first_edge[*to]).expect("the automaton has less than 65,536 edges");
            bytes.push(byte | last);
            bytes.extend(to.to_le_bytes());
        }
    }
    bytes
}

#[derive(Default)]
struct Node {
    edges: BTreeMap<u8, usize>,
    /// How many rules go on from here.
    words: usize,
}

/// The name in a rule, and its kind.
fn parse(rule: &str) -> (&str, u8) {
    let (name, kind) = match (rule.strip_prefix("*."), rule.strip_prefix('!')) {
        (Some(name), _) => (name, WILDCARD),
        (_, Some(name)) => (name, EXCEPTION),
        _ => (rule, PLAIN),
    };
    let known = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
    assert!(!name.is_empty() && name.bytes().all(known), "{rule}: not a rule of the public suffix list");
    (name, kind)
}
