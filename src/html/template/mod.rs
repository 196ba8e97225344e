//! Search templates: the language of Python's `parse`, the inverse of its `format`.
//!
//! `The {} who say {word:w}!` finds `The Knights who say Ni!` and gives `Knights` and
//! `word` = `Ni`. A field is written `{name:spec}`, both optional, with
//! `spec = [[fill]align][sign][0][width][grouping][.precision][type]`.
//! docs/templates.md is the manual.

mod chars;
mod date;
mod kind;
mod matcher;
mod pattern;
mod strptime;
mod syntax;
mod value;

pub use value::Value;

use crate::error::Result;
use kind::Kind;
use matcher::{BUDGET, Matcher};
use pattern::Program;
use std::ops::Range;
use syntax::Part;

/// A compiled template. Immutable; any number of threads may use it.
#[derive(Debug)]
pub struct Template {
    program: Program,
    fields: Vec<Field>,
}

/// A field of a template, in the order in which the template names them.
#[derive(Debug)]
pub struct Field {
    name: String,
    kind: Kind,
}

impl Field {
    /// The name; none for a positional field.
    pub fn name(&self) -> Option<&str> {
        (!self.name.is_empty()).then_some(&self.name)
    }

    /// Whether the value is a date, a time or both.
    pub fn is_date(&self) -> bool {
        matches!(self.kind, Kind::Date(_) | Kind::Strptime(_))
    }

    /// The keys under which the value stands: `a[b]` is `b` inside of `a`. Most names have one.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        syntax::keys(&self.name)
    }
}

impl Template {
    /// Compiles a template that ignores case, as the language does by default.
    ///
    /// # Errors
    /// `Code::Template`, with the column (from 1, in characters) and the reason.
    pub fn compile(template: &str) -> Result<Template> {
        Template::compile_with(template, true)
    }

    /// Compiles a template for which `A` is not `a`. Errors as for [`compile`](Self::compile).
    pub fn compile_case_sensitive(template: &str) -> Result<Template> {
        Template::compile_with(template, false)
    }

    fn compile_with(template: &str, fold: bool) -> Result<Template> {
        let parsed = syntax::parse(template)?;
        let mut program = Program::new(fold);
        for part in &parsed.parts {
            match part {
                Part::Literal(text) => program.literal(text),
                Part::Same(field) => program.same(*field as u32),
                Part::Field(field) => {
                    let spec = &parsed.fields[*field].spec;
                    spec.before.into_iter().for_each(|c| program.fill(c));
                    program.save();
                    program.pattern(&spec.pattern, false);
                    program.save();
                    spec.after.into_iter().for_each(|c| program.fill(c));
                }
            }
        }
        program.finish();
        let fields = parsed
            .fields
            .into_iter()
            .map(|field| Field { name: field.name, kind: field.spec.kind })
            .collect();
        Ok(Template { program, fields })
    }

    /// The fields in the order in which the template names them, repetitions left out.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Matches the whole text.
    ///
    /// # Errors
    /// `Code::Budget` if the template takes too much work on this text.
    pub fn parse<'m>(&'m self, text: &'m str) -> Result<Option<Match<'m>>> {
        let mut matcher = Matcher::new(&self.program, text, true, BUDGET)?;
        let end = matcher.match_at(0)?;
        Ok(end.and_then(|end| self.accept(text, 0..end, &matcher.slots)))
    }

    /// The first match anywhere in the text. Errors as for [`parse`](Self::parse).
    pub fn search<'m>(&'m self, text: &'m str) -> Result<Option<Match<'m>>> {
        Ok(self.search_all(text, 1)?.pop())
    }

    /// All matches, each behind the one before it; `limit` at most. Errors as for
    /// [`parse`](Self::parse).
    pub fn search_all<'m>(&'m self, text: &'m str, limit: usize) -> Result<Vec<Match<'m>>> {
        self.search_within(text, limit, BUDGET)
    }

    fn search_within<'m>(&'m self, text: &'m str, limit: usize, budget: u64) -> Result<Vec<Match<'m>>> {
        let mut matcher = Matcher::new(&self.program, text, false, budget)?;
        let mut matches = Vec::new();
        let mut from = 0;
        while matches.len() < limit && from <= text.len() {
            let Some((start, end)) = matcher.search(from)? else { break };
            // A date that does not exist is passed over.
            matches.extend(self.accept(text, start..end, &matcher.slots));
            from = match end {
                end if end > start => end,
                // An empty match: go on behind the next character.
                end => end + text[end..].chars().next().map_or(1, char::len_utf8),
            };
        }
        Ok(matches)
    }

    fn accept<'m>(&'m self, text: &'m str, whole: Range<usize>, slots: &[u32]) -> Option<Match<'m>> {
        let found = Match { template: self, text, whole, slots: slots.into() };
        // Text needs no look; everything else must turn into a value.
        let real = |at: usize| matches!(self.fields[at].kind, Kind::Text) || found.value(at).is_some();
        (0..self.fields.len()).all(real).then_some(found)
    }
}

/// A place where a template matched.
#[derive(Clone, Debug)]
pub struct Match<'m> {
    template: &'m Template,
    text: &'m str,
    whole: Range<usize>,
    slots: Box<[u32]>,
}

impl<'m> Match<'m> {
    /// A match from what [`spans`](Self::spans) gave.
    pub(super) fn of_spans(template: &'m Template, text: &'m str, spans: &[u32]) -> Match<'m> {
        Match { template, text, whole: spans[0] as usize..spans[1] as usize, slots: spans[2..].into() }
    }

    /// Start and end of the match, then of its fields.
    pub(super) fn spans(&self) -> Box<[u32]> {
        [self.whole.start as u32, self.whole.end as u32]
            .into_iter()
            .chain(self.slots.iter().copied())
            .collect()
    }

    /// The bytes of the text that the whole template covers.
    pub fn range(&self) -> Range<usize> {
        self.whole.clone()
    }

    /// The bytes of the text that are the field's, padding left out. None behind the last field.
    pub fn span(&self, field: usize) -> Option<Range<usize>> {
        let bounds = self.slots.get(field * 2..field * 2 + 2)?;
        Some(bounds[0] as usize..bounds[1] as usize)
    }

    /// The field's text as it stands there.
    pub fn text(&self, field: usize) -> Option<&'m str> {
        Some(&self.text[self.span(field)?])
    }

    /// The field's value. None behind the last field.
    pub fn value(&self, field: usize) -> Option<Value> {
        value::convert(&self.template.fields[..].get(field)?.kind, self.text(field)?)
    }

    /// The value of the positional field with this number (from 0; named fields do not count).
    pub fn fixed(&self, number: usize) -> Option<Value> {
        let mut positional =
            self.template.fields.iter().enumerate().filter(|(_, field)| field.name.is_empty());
        self.value(positional.nth(number)?.0)
    }

    /// The value of the field with this name, as the template writes it (`a[b]`).
    pub fn named(&self, name: &str) -> Option<Value> {
        self.value(self.template.fields.iter().position(|field| !name.is_empty() && field.name == name)?)
    }

    /// All values: `{"fixed": […], "named": {…}}`, with a field `a[b]` as `{"a": {"b": …}}`.
    pub fn to_json(&self) -> serde_json::Value {
        let mut fixed = Vec::new();
        let mut named = serde_json::Map::new();
        for (at, field) in self.template.fields.iter().enumerate() {
            let value = self.value(at).map_or(serde_json::Value::Null, |value| value.to_json());
            if field.name.is_empty() {
                fixed.push(value);
                continue;
            }
            let mut keys = field.keys().peekable();
            let mut into = &mut named;
            let mut value = Some(value);
            while let Some(key) = keys.next() {
                if keys.peek().is_none() {
                    into.insert(key.into(), value.take().unwrap_or_default());
                    break;
                }
                let inner = into.entry(key).or_insert_with(|| serde_json::Map::new().into());
                match inner.as_object_mut() {
                    Some(inner) => into = inner,
                    None => break,
                }
            }
        }
        serde_json::json!({ "fixed": fixed, "named": named })
    }
}

#[cfg(test)]
mod tests;
