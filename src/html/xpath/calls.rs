//! Calls of the core function library (XPath 1.0, 4) on the machine's values.

use super::compare::{TEXT_UNIT, boolean, number, number_of, text_of};
use super::functions::{
    Function, format_number, language_matches, normalize_space, round, substring, translate,
};
use super::lexer::is_space;
use super::machine::Machine;
use super::set::{Key, Nodes, Text, Val};
use super::value::{Item, language};
use crate::html::tree::NodeId;
use std::collections::HashMap;

/// The elements by their `id` attributes, gathered on first use.
#[derive(Default)]
pub(super) struct Ids<'a>(Option<HashMap<&'a str, u32>>);

impl<'a> Machine<'a> {
    /// Calls a function with the topmost `count` values.
    pub fn call(&mut self, function: Function, count: usize) -> Val<'a> {
        match function {
            Function::Last => Val::Number(f64::from(self.focus.size)),
            Function::Position => Val::Number(f64::from(self.focus.position)),
            Function::Count => Val::Number(self.pop_nodes().len() as f64),
            Function::Id => self.id(),
            Function::LocalName | Function::NamespaceUri | Function::Name => self.name(function),
            Function::String => Val::Text(self.pop_text()),
            Function::Concat => self.concat(count),
            Function::StartsWith => {
                let (text, start) = self.pop_texts();
                Val::Boolean(text.starts_with(&*start))
            }
            Function::Contains => {
                let (text, part) = self.pop_texts();
                Val::Boolean(find(&text, &part).is_some())
            }
            Function::SubstringBefore => {
                let (text, part) = self.pop_texts();
                let end = find(&text, &part).unwrap_or(0);
                Val::Text(slice(text, 0..end))
            }
            Function::SubstringAfter => {
                let (text, part) = self.pop_texts();
                let start = find(&text, &part).map_or(text.len(), |at| at + part.len());
                let end = text.len();
                Val::Text(slice(text, start..end))
            }
            Function::Substring => {
                let length = (count == 3).then(|| self.pop_number());
                let start = self.pop_number();
                let text = self.pop_text();
                let kept = substring(&text, start, length);
                Val::Text(slice(text, kept))
            }
            Function::StringLength => Val::Number(self.pop_text().chars().count() as f64),
            Function::NormalizeSpace => Val::Text(normalize_space(&self.pop_text()).into()),
            Function::Translate => {
                let to = self.pop_text();
                let from = self.pop_text();
                let text = self.pop_text();
                Val::Text(translate(&text, &from, &to).into())
            }
            Function::Boolean => Val::Boolean(boolean(&self.pop())),
            Function::Not => Val::Boolean(!boolean(&self.pop())),
            Function::True => Val::Boolean(true),
            Function::False => Val::Boolean(false),
            Function::Lang => {
                let wanted = self.pop_text();
                let id = NodeId(self.focus.key.id());
                let tag = language(&mut self.env, id);
                self.env.charge(tag.map_or(0, str::len) / TEXT_UNIT);
                Val::Boolean(tag.is_some_and(|tag| language_matches(tag, &wanted)))
            }
            Function::Number => Val::Number(self.pop_number()),
            Function::Sum => {
                let nodes = self.pop_nodes();
                // From zero, not from negative zero as the iterator's sum would.
                let add = |sum, key: &Key| sum + number_of(&mut self.env, *key);
                Val::Number(nodes.keys().iter().fold(0.0, add))
            }
            Function::Floor => Val::Number(self.pop_number().floor()),
            Function::Ceiling => Val::Number(self.pop_number().ceil()),
            Function::Round => Val::Number(round(self.pop_number())),
        }
    }

    fn pop_number(&mut self) -> f64 {
        let value = self.pop();
        number(&mut self.env, &value)
    }

    fn pop_text(&mut self) -> Text<'a> {
        let value = self.pop();
        self.text(value)
    }

    /// The topmost two values as strings, in the order of the call.
    fn pop_texts(&mut self) -> (Text<'a>, Text<'a>) {
        let second = self.pop_text();
        let first = self.pop_text();
        (first, second)
    }

    /// A value as a string (4.2); what it costs to read it is charged.
    fn text(&mut self, value: Val<'a>) -> Text<'a> {
        match value {
            Val::Nodes(nodes) => match nodes.first() {
                Some(key) => text_of(&mut self.env, key).into(),
                None => Text::Borrowed(""),
            },
            Val::Text(text) => {
                self.env.charge(text.len() / TEXT_UNIT);
                text
            }
            Val::Number(number) => format_number(number).into(),
            Val::Boolean(boolean) => Text::Borrowed(if boolean { "true" } else { "false" }),
        }
    }

    fn concat(&mut self, count: usize) -> Val<'a> {
        let mut values: Vec<Val> = (0..count).map(|_| self.pop()).collect();
        let mut joined = String::new();
        while let Some(value) = values.pop() {
            let text = self.text(value);
            // By the byte: the one function whose result may be longer than what it reads.
            self.env.charge(text.len());
            if self.env.work < 0 {
                break;
            }
            joined.push_str(&text);
        }
        Val::Text(joined.into())
    }

    fn name(&mut self, function: Function) -> Val<'a> {
        let Some(key) = self.pop_nodes().first() else { return Val::Text(Text::Borrowed("")) };
        let tree = self.env.tree;
        let item = Item::from(key);
        Val::Text(match function {
            Function::LocalName => Text::Borrowed(item.local_name(tree)),
            Function::NamespaceUri => Text::Borrowed(item.namespace_uri(tree)),
            _ => item.name(tree).into(),
        })
    }

    /// The elements whose `id` is one of the words of the argument (4.1).
    fn id(&mut self) -> Val<'a> {
        let argument = self.pop();
        let mut found = Vec::new();
        match argument {
            Val::Nodes(nodes) => {
                for key in nodes.keys() {
                    let text = text_of(&mut self.env, *key);
                    self.find_ids(&text, &mut found);
                }
            }
            other => {
                let text = self.text(other);
                self.find_ids(&text, &mut found);
            }
        }
        Val::Nodes(Nodes::from_unordered(found))
    }

    fn find_ids(&mut self, words: &str, found: &mut Vec<Key>) {
        let Machine { env, ids, .. } = self;
        let ids = ids.0.get_or_insert_with(|| {
            let mut ids = HashMap::new();
            env.charge((env.end - env.root) as usize);
            for id in (env.root..env.end).map(NodeId) {
                if let Some(value) = env.tree.attribute(id, "id") {
                    ids.entry(value).or_insert(id.number()); // the first of equal ones
                }
            }
            ids
        });
        let words = words.split(is_space).filter(|word| !word.is_empty());
        found.extend(words.filter_map(|word| ids.get(word)).map(|id| Key::node(*id)));
    }
}

fn find(text: &str, part: &str) -> Option<usize> {
    memchr::memmem::find(text.as_bytes(), part.as_bytes())
}

fn slice<'a>(text: Text<'a>, range: std::ops::Range<usize>) -> Text<'a> {
    match text {
        Text::Borrowed(text) => Text::Borrowed(&text[range]),
        owned => Text::from(owned[range].to_string()),
    }
}
