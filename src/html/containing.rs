//! The text of a whole page, and which elements contain a given piece of it.

use super::document::Document;
use super::tree::{Kind, NodeId, Tree};
use crate::error::Result;
use memchr::memmem::Finder;

/// The text of all text nodes in document order, and where each node's begins.
#[derive(Debug)]
pub(super) struct FullText {
    text: String,
    /// For each node the length of the text before it, and at the end that of all text.
    starts: Vec<usize>,
}

impl FullText {
    /// Gathers the text of a tree, folded for comparison without case if asked to.
    pub fn new(tree: &Tree, folded: bool) -> FullText {
        let mut text = String::new();
        let mut starts = Vec::with_capacity(tree.nodes.len() + 1);
        for (id, node) in tree.nodes.iter().enumerate() {
            starts.push(text.len());
            if node.kind == Kind::Text {
                let data = tree.data(NodeId(id as u32));
                if folded { fold_into(data, &mut text) } else { text.push_str(data) }
            }
        }
        starts.push(text.len());
        FullText { text, starts }
    }
}

/// Folds case character by character, so that a text's folding is that of its parts in a row.
/// Greek's final sigma counts as any other.
pub(super) fn fold_into(text: &str, into: &mut String) {
    if text.is_ascii() {
        let start = into.len();
        into.push_str(text);
        into[start..].make_ascii_lowercase();
        return;
    }
    let lower = text.chars().flat_map(char::to_lowercase);
    into.extend(lower.map(|c| if c == 'ς' { 'σ' } else { c }));
}

/// A needle to look for.
#[derive(Debug)]
pub(super) struct Needle {
    finder: Finder<'static>,
}

impl Needle {
    /// A needle for texts that are folded in the same way.
    pub fn new(text: &str, folded: bool) -> Needle {
        let mut needle = String::new();
        if folded {
            fold_into(text, &mut needle)
        } else {
            needle.push_str(text)
        }
        Needle { finder: Finder::new(needle.as_bytes()).into_owned() }
    }
}

/// Remembers where a needle was found, so that asking the elements of a page in document order
/// searches each stretch of the text once. Whoever asks in another order searches anew where an
/// element begins before the last one, and has to remember the answers and bound the work.
#[derive(Debug, Default)]
pub(super) struct Cursor {
    /// The needle begins nowhere in `from..upto`, and at `upto` if it was `found`.
    from: usize,
    upto: usize,
    found: bool,
}

impl Cursor {
    /// Whether the text of the nodes `from..to` contains the needle, and how many bytes had to be
    /// searched to tell.
    pub fn holds(&mut self, text: &FullText, from: u32, to: u32, needle: &Needle) -> (bool, usize) {
        let (start, end) = (text.starts[from as usize], text.starts[to as usize]);
        let length = needle.finder.needle().len();
        if start < self.from || self.upto < start {
            *self = Cursor { from: start, upto: start, found: false };
        }
        let known = self.upto;
        if !self.found && self.upto + length <= end {
            match needle.finder.find(&text.text.as_bytes()[self.upto..end]) {
                Some(at) => (self.upto, self.found) = (self.upto + at, true),
                None => self.upto = end + 1 - length,
            }
        }
        (self.found && self.upto + length <= end, self.upto - known)
    }
}

impl Document {
    /// The elements below `scope`, in document order, whose full text contains one of `needles`,
    /// without regard to case. No needles: every element.
    ///
    /// # Errors
    ///
    /// `Code::Node` if the document has no such node.
    pub fn find_containing(&self, scope: NodeId, needles: &[&str]) -> Result<Vec<NodeId>> {
        let scope = self.known(scope)?;
        let elements = self.tree().descendants(scope).filter(|id| self.tree().is_element(*id));
        Ok(self.keep_containing(elements.collect(), needles))
    }

    /// Those of `elements` whose full text contains one of `needles`, without regard to case.
    pub(super) fn keep_containing(&self, mut elements: Vec<NodeId>, needles: &[&str]) -> Vec<NodeId> {
        if needles.is_empty() {
            return elements;
        }
        let tree = self.tree();
        let text = self.index().full_text(tree, true);
        let mut needles: Vec<(Needle, Cursor)> =
            needles.iter().map(|needle| (Needle::new(needle, true), Cursor::default())).collect();
        elements.retain(|id| {
            let end = tree.end(*id);
            needles.iter_mut().any(|(needle, cursor)| cursor.holds(text, id.number(), end, needle).0)
        });
        elements
    }
}
