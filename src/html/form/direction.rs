//! The direction of a control's text, for `dirname` (HTML, 3.2.6.4 and 4.10.19.2).

use super::control::FieldType;
use crate::html::{Kind, NodeId, Tree};
use std::collections::HashMap;

/// A direction, as far as it is known before the text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    LeftToRight,
    RightToLeft,
    /// That of the text's first strong character.
    OfText,
}

/// Whether the control can send its direction.
pub(super) fn applies(kind: FieldType) -> bool {
    use FieldType::*;
    matches!(kind, Hidden | Text | Search | Tel | Url | Email | Password | Submit | Button | Textarea)
}

/// The directions of the elements that were asked for, by what they contain.
pub(super) type Directions = HashMap<NodeId, Direction>;

/// The direction of a control.
pub(super) fn of(tree: &Tree, control: NodeId, kind: FieldType, known: &mut Directions) -> Direction {
    let mut at = Some(control);
    while let Some(id) = at {
        let written = tree.attribute(id, "dir").unwrap_or_default();
        let is = |name: &str| written.eq_ignore_ascii_case(name);
        match () {
            _ if is("ltr") => return Direction::LeftToRight,
            _ if is("rtl") => return Direction::RightToLeft,
            _ if is("auto") && id == control => return Direction::OfText,
            _ if is("auto") || tree.is_html(id, "bdi") => {
                return *known.entry(id).or_insert_with(|| contained(tree, id));
            }
            _ if id == control && kind == FieldType::Tel => return Direction::LeftToRight,
            _ => at = tree.parent_element(id),
        }
    }
    Direction::LeftToRight
}

/// The direction of the first strong character inside of an element.
fn contained(tree: &Tree, element: NodeId) -> Direction {
    let mut at = element.number() + 1;
    while let Some(id) = tree.node(at).filter(|_| at < tree.end(element)) {
        let apart = ["bdi", "script", "style", "textarea"].iter().any(|name| tree.is_html(id, name))
            || tree.attribute(id, "dir").is_some();
        if apart {
            at = tree.end(id);
            continue;
        }
        if tree.kind(id) == Kind::Text
            && let Some(right) = tree.data(id).chars().find_map(strong)
        {
            return if right { Direction::RightToLeft } else { Direction::LeftToRight };
        }
        at += 1;
    }
    Direction::LeftToRight
}

impl Direction {
    /// What is sent with this text.
    pub fn name(self, text: &str) -> &'static str {
        match self {
            Direction::RightToLeft => "rtl",
            Direction::OfText if text.chars().find_map(strong) == Some(true) => "rtl",
            _ => "ltr",
        }
    }
}

/// Whether a strong character runs from right to left (bidirectional classes R and AL, by the
/// blocks that have them); none for the others.
fn strong(c: char) -> Option<bool> {
    let right = matches!(c,
        '\u{590}'..='\u{8ff}' | '\u{200f}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}'
        | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}');
    let letter = c.is_alphabetic() || c == '\u{200e}' || c == '\u{200f}';
    letter.then_some(right)
}
