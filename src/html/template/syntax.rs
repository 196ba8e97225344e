//! The text of a template, taken apart: literals and fields.

use super::kind::{self, Spec};
use crate::error::{Code, Error, Result};

/// Fields that a template may have.
const MAX_FIELDS: usize = 1000;

/// A part of a template.
#[derive(Debug)]
pub(super) enum Part {
    Literal(String),
    /// A field, by its place in [`Parts::fields`].
    Field(usize),
    /// The text of an earlier field once more.
    Same(usize),
}

/// A field as the template's author wrote it.
#[derive(Debug)]
pub(super) struct Written {
    /// Empty for a positional field.
    pub name: String,
    pub spec_text: String,
    pub spec: Spec,
}

#[derive(Debug, Default)]
pub(super) struct Parts {
    pub parts: Vec<Part>,
    pub fields: Vec<Written>,
}

fn wrong(at: usize, what: &str) -> Error {
    Error::new(Code::Template, format!("column {}: {what}", at + 1))
}

/// Takes a template apart. Braces that open or close no field stand for themselves, so that
/// scripts and style sheets can be written down as they are.
pub(super) fn parse(template: &str) -> Result<Parts> {
    let text: Vec<char> = template.chars().collect();
    let closing = Closing { brace: next(&text, '}'), bracket: next(&text, ']') };
    let mut found = Parts::default();
    let mut literal = String::new();
    // By name, so that a template of many fields stays cheap.
    let mut names = std::collections::HashMap::new();
    let mut at = 0;
    while at < text.len() {
        if matches!(text[at], '{' | '}') && text.get(at + 1) == Some(&text[at]) {
            literal.push(text[at]);
            at += 2;
            continue;
        }
        let Some((name_end, end)) = (text[at] == '{').then(|| field_at(&text, at, &closing)).flatten() else {
            literal.push(text[at]);
            at += 1;
            continue;
        };
        if !literal.is_empty() {
            found.parts.push(Part::Literal(std::mem::take(&mut literal)));
        }
        let written: String = text[at + 1..name_end].iter().collect();
        // A colon inside of brackets ends the name too, as in Python; what follows is no type.
        let (name, rest) = match written.split_once(':') {
            Some((name, _)) => (name.to_string(), at + 2 + name.chars().count()),
            None => (written, name_end + usize::from(name_end + 1 < end)),
        };
        let spec_text: String = text[rest..end - 1].iter().collect();
        let named = name.chars().next().is_some_and(char::is_alphabetic);
        if let Some(earlier) = names.get(&name).copied().filter(|_| named) {
            let before: &Written = &found.fields[earlier];
            if before.spec_text != spec_text {
                let what = format!(
                    "the repeated field \"{name}\" has the type \"{spec_text}\" here and \"{}\" before",
                    before.spec_text
                );
                return Err(wrong(at, &what));
            }
            found.parts.push(Part::Same(earlier));
        } else {
            let spec = match spec_text.as_str() {
                "" => kind::anything(),
                _ => kind::compile(&spec_text).map_err(|(offset, what)| wrong(rest + offset, &what))?,
            };
            let number = found.fields.len();
            if number == MAX_FIELDS {
                return Err(wrong(at, &format!("more than {MAX_FIELDS} fields")));
            }
            if named {
                nested(&found.fields, &name).map_err(|what| wrong(at, &what))?;
                names.insert(name.clone(), number);
            }
            let name = if named { name } else { String::new() };
            found.fields.push(Written { name, spec_text, spec });
            found.parts.push(Part::Field(number));
        }
        at = end;
    }
    if !literal.is_empty() {
        found.parts.push(Part::Literal(literal));
    }
    Ok(found)
}

/// Where the next `}` and `]` at or behind each character are, found once.
struct Closing {
    brace: Vec<Option<usize>>,
    bracket: Vec<Option<usize>>,
}

fn next(text: &[char], wanted: char) -> Vec<Option<usize>> {
    let mut all = vec![None; text.len()];
    let mut last = None;
    for at in (0..text.len()).rev() {
        last = if text[at] == wanted { Some(at) } else { last };
        all[at] = last;
    }
    all
}

/// The field that the brace at `at` opens: where its name ends, and one behind its closing brace.
///
/// `{`, a name of letters, digits, `_` and `-` with any number of `.name` and `[key]`, then
/// nothing or `:` and a specification, `}`.
fn field_at(text: &[char], at: usize, closing: &Closing) -> Option<(usize, usize)> {
    let get = |at: usize| text.get(at).copied();
    let name_end = |mut at: usize| {
        while get(at).is_some_and(|c| super::chars::is_word(c) || c == '-') {
            at += 1;
        }
        at
    };
    let mut end = name_end(at + 1);
    loop {
        match get(end) {
            Some('.') if name_end(end + 1) > end + 1 => end = name_end(end + 1),
            Some('[') => {
                let close = closing.bracket[end]?;
                if close == end + 1 {
                    return None;
                }
                end = close + 1;
            }
            Some('}') => return Some((end, end + 1)),
            Some(':') => {
                let close = closing.brace[end]?;
                return (close > end + 1).then_some((end, close + 1));
            }
            _ => return None,
        }
    }
}

/// The keys of a field's name: `a[b][c]` is c in b in a. Whatever stands between brackets and
/// behind the last is no part of any key.
pub(super) fn keys(name: &str) -> impl Iterator<Item = &str> {
    let (first, rest) = name.split_at(name.find('[').unwrap_or(name.len()));
    let inner = rest.split('[').skip(1).map(|part| part.split(']').next().unwrap_or(part));
    std::iter::once(first).chain(inner)
}

/// A name cannot hold a value and further names.
fn nested(fields: &[Written], name: &str) -> Result<(), String> {
    let is_prefix = |a: &str, b: &str| keys(a).zip(keys(b)).all(|(a, b)| a == b);
    let clash = fields.iter().find(|field| !field.name.is_empty() && is_prefix(&field.name, name));
    match clash {
        Some(other) => Err(format!("the fields \"{}\" and \"{name}\" exclude each other", other.name)),
        None => Ok(()),
    }
}
