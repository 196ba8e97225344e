//! The core function library (XPath 1.0, 4): names, arguments, and what works on plain strings
//! and numbers.

use super::ast::Type;
use super::lexer::is_space;
use std::collections::HashMap;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Last,
    Position,
    Count,
    Id,
    LocalName,
    NamespaceUri,
    Name,
    String,
    Concat,
    StartsWith,
    Contains,
    SubstringBefore,
    SubstringAfter,
    Substring,
    StringLength,
    NormalizeSpace,
    Translate,
    Boolean,
    Not,
    True,
    False,
    Lang,
    Number,
    Sum,
    Floor,
    Ceiling,
    Round,
}

/// What a function makes of its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parameter {
    /// A node-set, all of it.
    Nodes,
    /// A node-set of which only the first node in document order matters.
    FirstNode,
    /// A node-set, all of it, or anything else (`id`).
    Any,
    /// A string or a number; of a node-set only the first node matters.
    Value,
    /// A boolean.
    Boolean,
}

impl Function {
    pub fn named(name: &str) -> Option<Function> {
        Some(match name {
            "last" => Function::Last,
            "position" => Function::Position,
            "count" => Function::Count,
            "id" => Function::Id,
            "local-name" => Function::LocalName,
            "namespace-uri" => Function::NamespaceUri,
            "name" => Function::Name,
            "string" => Function::String,
            "concat" => Function::Concat,
            "starts-with" => Function::StartsWith,
            "contains" => Function::Contains,
            "substring-before" => Function::SubstringBefore,
            "substring-after" => Function::SubstringAfter,
            "substring" => Function::Substring,
            "string-length" => Function::StringLength,
            "normalize-space" => Function::NormalizeSpace,
            "translate" => Function::Translate,
            "boolean" => Function::Boolean,
            "not" => Function::Not,
            "true" => Function::True,
            "false" => Function::False,
            "lang" => Function::Lang,
            "number" => Function::Number,
            "sum" => Function::Sum,
            "floor" => Function::Floor,
            "ceiling" => Function::Ceiling,
            "round" => Function::Round,
            _ => return None,
        })
    }

    /// The least and the greatest number of arguments.
    pub fn arity(self) -> (usize, usize) {
        match self {
            Function::Last | Function::Position | Function::True | Function::False => (0, 0),
            Function::LocalName
            | Function::NamespaceUri
            | Function::Name
            | Function::String
            | Function::StringLength
            | Function::NormalizeSpace
            | Function::Number => (0, 1),
            Function::Concat => (2, usize::MAX),
            Function::StartsWith
            | Function::Contains
            | Function::SubstringBefore
            | Function::SubstringAfter => (2, 2),
            Function::Substring => (2, 3),
            Function::Translate => (3, 3),
            _ => (1, 1),
        }
    }

    /// Whether the context node stands in for a missing argument.
    pub fn defaults_to_context(self) -> bool {
        self.arity() == (0, 1)
    }

    pub fn parameter(self) -> Parameter {
        match self {
            Function::Count | Function::Sum => Parameter::Nodes,
            Function::LocalName | Function::NamespaceUri | Function::Name => Parameter::FirstNode,
            Function::Id => Parameter::Any,
            Function::Boolean | Function::Not => Parameter::Boolean,
            _ => Parameter::Value,
        }
    }

    pub fn result(self) -> Type {
        match self {
            Function::Id => Type::Nodes,
            Function::LocalName
            | Function::NamespaceUri
            | Function::Name
            | Function::String
            | Function::Concat
            | Function::SubstringBefore
            | Function::SubstringAfter
            | Function::Substring
            | Function::NormalizeSpace
            | Function::Translate => Type::Text,
            Function::StartsWith
            | Function::Contains
            | Function::Boolean
            | Function::Not
            | Function::True
            | Function::False
            | Function::Lang => Type::Boolean,
            Function::Last
            | Function::Position
            | Function::Count
            | Function::StringLength
            | Function::Number
            | Function::Sum
            | Function::Floor
            | Function::Ceiling
            | Function::Round => Type::Number,
        }
    }
}

/// The number that a string stands for (4.4): white space, an optional minus, digits with an
/// optional point, white space; anything else is NaN. No exponent, no plus.
pub(super) fn parse_number(text: &str) -> f64 {
    let text = text.trim_matches(is_space);
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if !plain || !digits.bytes().any(|b| b.is_ascii_digit()) {
        return f64::NAN;
    }
    text.parse().unwrap_or(f64::NAN)
}

/// The string of a number (4.2): no exponent, as many digits as tell it apart, `0` for both
/// zeros.
pub(super) fn format_number(number: f64) -> String {
    if number.is_nan() {
        "NaN".to_string()
    } else if number.is_infinite() {
        if number > 0.0 { "Infinity" } else { "-Infinity" }.to_string()
    } else if number == 0.0 {
        "0".to_string()
    } else {
        number.to_string()
    }
}

/// The closest integer; of two that are equally close the one nearer to positive infinity.
pub(super) fn round(number: f64) -> f64 {
    let floor = number.floor();
    let rounded = if number - floor >= 0.5 { floor + 1.0 } else { floor };
    if !number.is_finite() {
        number
    } else if rounded == 0.0 {
        rounded.copysign(number) // negative zero for -0.5 to -0
    } else {
        rounded
    }
}

/// The bytes of `text` that `substring` keeps: characters at positions `p` from 1 with
/// `p >= round(start)` and, if there is a length, `p < round(start) + round(length)`.
pub(super) fn substring(text: &str, start: f64, length: Option<f64>) -> std::ops::Range<usize> {
    let from = round(start);
    let to = length.map_or(f64::INFINITY, |length| from + round(length));
    // Comparisons with NaN are false, so that a NaN keeps nothing.
    let (mut begin, mut end) = (None, 0);
    let mut position = 1.0;
    for (at, c) in text.char_indices() {
        if position >= to || to.is_nan() || from.is_nan() {
            break;
        }
        if position >= from {
            begin.get_or_insert(at);
            end = at + c.len_utf8();
        }
        position += 1.0;
    }
    begin.map_or(0..0, |begin| begin..end)
}

/// White space at both ends removed, every run inside made one space.
pub(super) fn normalize_space(text: &str) -> String {
    let mut normalized = String::with_capacity(text.len());
    for word in text.split(is_space).filter(|word| !word.is_empty()) {
        if !normalized.is_empty() {
            normalized.push(' ');
        }
        normalized.push_str(word);
    }
    normalized
}

/// Each character of `from` replaced by the one at the same place in `to`, or removed.
pub(super) fn translate(text: &str, from: &str, to: &str) -> String {
    let mut ascii: [Option<Option<char>>; 128] = [None; 128];
    let mut other: HashMap<char, Option<char>> = HashMap::new();
    let mut to = to.chars();
    for c in from.chars() {
        let replacement = to.next();
        match ascii.get_mut(c as usize) {
            Some(slot) => _ = slot.get_or_insert(replacement),
            None => _ = other.entry(c).or_insert(replacement),
        }
    }
    let replace = |c: char| match ascii.get(c as usize) {
        Some(slot) => slot.unwrap_or(Some(c)),
        None => other.get(&c).copied().unwrap_or(Some(c)),
    };
    text.chars().filter_map(replace).collect()
}

/// Whether the language `tag` is `wanted` or one of its sublanguages, ignoring case (4.3).
pub(super) fn language_matches(tag: &str, wanted: &str) -> bool {
    let (tag, wanted) = (tag.to_lowercase(), wanted.to_lowercase());
    tag.strip_prefix(&*wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_without_an_exponent() {
        for (number, text) in [
            (10000000000.0, "10000000000"),
            (1e21, "1000000000000000000000"),
            (-0.0, "0"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e-7, "0.0000001"),
            (-1.5, "-1.5"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(format_number(number), text);
        }
    }

    #[test]
    fn only_the_grammar_of_numbers_is_read() {
        for (text, number) in [(" 12.\n", 12.0), ("-.5", -0.5), ("007", 7.0), ("-0", 0.0)] {
            assert_eq!(parse_number(text), number, "{text:?}");
        }
        for text in
            ["", " ", "+1", "1e3", "- 1", "--1", "1.2.3", ".", "-", "0x1", "Infinity", "\u{a0}1", "1,0"]
        {
            assert!(parse_number(text).is_nan(), "{text:?}");
        }
    }

    #[test]
    fn halves_round_up() {
        for (number, rounded) in
            [(2.5, 3.0), (-2.5, -2.0), (0.49999999999999994, 0.0), (-0.2, 0.0), (1e300, 1e300)]
        {
            assert_eq!(round(number), rounded, "{number}");
        }
        assert!(round(-0.5).is_sign_negative());
        assert!(round(f64::NAN).is_nan());
        assert_eq!(round(f64::INFINITY), f64::INFINITY);
    }
}
