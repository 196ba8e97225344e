//! The public suffix list of publicsuffix.org, both its sections, as an automaton without pointers:
//! loading the library touches nothing of it.
//!
//! `rules.txt` is the list, its hosts in canonical form. The build makes the automaton of it
//! (`compile.rs`). To take over a newer list:
//!
//! ```sh
//! cargo update -p psl && UPDATE_PUBLIC_SUFFIXES=1 cargo test --lib public_suffix
//! ```

#[cfg(test)]
mod tests;

/// The edges of all states. Each is a byte, with [`LAST`] on the last edge of a state, and the
/// number of the first edge of the state that it leads to. The walk begins at the first one.
const EDGES: &[[u8; 3]] = include_bytes!(concat!(env!("OUT_DIR"), "/public_suffixes")).as_chunks().0;

const LAST: u8 = 0x80;

/// The rules that end at a state are its first edge, which leads nowhere.
const PLAIN: u8 = 1;
const WILDCARD: u8 = 2;
const EXCEPTION: u8 = 4;
const KINDS: u8 = PLAIN | WILDCARD | EXCEPTION;

/// The length of the public suffix of a canonical host without a trailing dot. Where no rule
/// matches, that is its last label (the default rule `*`).
pub(super) fn length(host: &[u8]) -> usize {
    let label_before =
        |end: usize| host[..end].iter().rposition(|byte| *byte == b'.').map_or(0, |dot| dot + 1);
    let mut suffix = host.len() - label_before(host.len());
    let mut parent = 0;
    let mut state = 0;
    for (at, byte) in host.iter().enumerate().rev() {
        let Some(to) = edge(state, *byte) else { break };
        state = to;
        if at > 0 && host[at - 1] != b'.' {
            continue;
        }
        let kinds = kinds(state);
        if kinds & EXCEPTION != 0 {
            return parent;
        }
        parent = host.len() - at;
        if kinds & WILDCARD != 0 && at > 0 {
            suffix = host.len() - label_before(at - 1);
        } else if kinds & PLAIN != 0 {
            suffix = host.len() - at;
        }
    }
    suffix
}

/// Whether some rule is about names below this one.
pub(super) fn has_rules_below(host: &[u8]) -> bool {
    let state = host.iter().rev().try_fold(0, |state, byte| edge(state, *byte));
    state.is_some_and(|state| kinds(state) & WILDCARD != 0 || edge(state, b'.').is_some())
}

/// The state that `byte` leads to.
fn edge(state: usize, byte: u8) -> Option<usize> {
    for [label, low, high] in &EDGES[state..] {
        if label & !LAST == byte {
            return Some(usize::from(u16::from_le_bytes([*low, *high])));
        }
        if label & LAST != 0 {
            break;
        }
    }
    None
}

/// The kinds of the rules that end at a state.
fn kinds(state: usize) -> u8 {
    match EDGES.get(state) {
        Some([label, ..]) if label & !LAST <= KINDS => label & KINDS,
        _ => 0,
    }
}
