//! Runs a specification.

use super::cast::Cast;
use super::{Field, Get, Output, Source};
use crate::error::{Code, Error, Result};
use crate::html::template::{Match, Template};
use crate::html::xpath::{Expression, Item, Value};
use crate::html::{Document, NodeId};
use serde_json::Value as Json;
use std::borrow::Cow;
use std::cell::Cell;

/// What a run may cost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Of all queries together: a node of a query's scope costs one, and so do each step of a
    /// selector or an expression, each node that a value is gathered from and every eight bytes
    /// of it. A template has a budget of its own for each text.
    pub work: u64,
    /// How large the JSON may grow, in bytes.
    pub output: usize,
}

impl Limits {
    /// About two seconds, and 256 MiB.
    pub const DEFAULT: Limits = Limits { work: 200_000_000, output: 256 << 20 };
}

/// The work that an expression is first tried with.
const XPATH_WORK: u64 = 256;

/// How many bytes of a value are one unit of work.
const TEXT: usize = 8;

/// What a query found.
enum Found<'d> {
    Node(NodeId),
    Text(Cow<'d, str>),
    Number(f64),
    Boolean(bool),
}

struct Run<'d> {
    document: &'d Document,
    out: Vec<u8>,
    left: Limits,
}

pub(super) fn run(fields: &[Field], document: &Document, scope: NodeId, limits: Limits) -> Result<String> {
    if document.tree().node(scope.number()).is_none() {
        return Err(Error::new(Code::Node, format!("the document has no node {}", scope.number())));
    }
    let mut run = Run { document, out: Vec::new(), left: limits };
    run.object(fields, scope)?;
    String::from_utf8(run.out).map_err(|_| Error::new(Code::Internal, "the JSON is not UTF-8"))
}

fn named(field: &Field, why: &Error) -> Error {
    Error::new(why.code(), format!("field \"{}\": {}", field.path, why.message()))
}

fn too_much(what: &str) -> Error {
    Error::new(Code::Budget, what)
}

impl<'d> Run<'d> {
    // Objects stand in objects 32 times at most.
    fn object(&mut self, fields: &[Field], scope: NodeId) -> Result<()> {
        self.out.push(b'{');
        for (at, field) in fields.iter().enumerate() {
            if at > 0 {
                self.out.push(b',');
            }
            self.write(&Json::String(field.name.clone()))?;
            self.out.push(b':');
            let start = self.out.len();
            // Errors of inner fields name them already.
            let found = self.find(field, scope).map_err(|why| named(field, &why))?;
            let written = if field.all { self.list(field, found)? } else { self.first(field, found)? };
            if !written {
                self.out.truncate(start);
                match (&field.default, field.required) {
                    (Some(default), _) => self.out.extend_from_slice(default.as_bytes()),
                    (None, true) => {
                        let message =
                            format!("field \"{}\" is required, and the page has no value", field.path);
                        return Err(Error::new(Code::Missing, message));
                    }
                    (None, false) if field.all => self.out.extend_from_slice(b"[]"),
                    (None, false) => self.out.extend_from_slice(b"null"),
                }
            }
        }
        self.out.push(b'}');
        Ok(())
    }

    fn spend(&mut self, work: u64) -> Result<()> {
        self.left.work = self
            .left
            .work
            .checked_sub(work)
            .ok_or_else(|| too_much("the queries take too much work on this page"))?;
        Ok(())
    }

    fn check_output(&self) -> Result<()> {
        if self.out.len() > self.left.output { Err(too_much("the values grow too large")) } else { Ok(()) }
    }

    fn write(&mut self, value: &Json) -> Result<()> {
        self.check_output()?;
        serde_json::to_writer(&mut self.out, value).map_err(|why| Error::new(Code::Internal, why.to_string()))
    }

    fn find(&mut self, field: &Field, scope: NodeId) -> Result<Vec<Found<'d>>> {
        let tree = self.document.tree();
        self.spend(u64::from(tree.end(scope) - scope.number()))?;
        Ok(match &field.source {
            Source::Scope => vec![Found::Node(scope)],
            Source::Css(selector) if field.all => {
                let nodes = self.within(|work| selector.find_within(self.document, scope, work))?;
                nodes.into_iter().map(Found::Node).collect()
            }
            Source::Css(selector) => {
                let first = self.within(|work| selector.find_first_within(self.document, scope, work))?;
                first.into_iter().map(Found::Node).collect()
            }
            Source::CssValues(selector) => {
                let values = self.within(|work| selector.find_values_within(self.document, scope, work))?;
                let wanted = if field.all { values.len() } else { 1 };
                values.iter().take(wanted).map(|text| Found::Text(Cow::Owned(text.to_string()))).collect()
            }
            Source::Xpath(expression) => match self.evaluate(expression, scope)? {
                Value::Nodes(items) => items.into_iter().map(|item| self.item(item)).collect(),
                Value::String(text) => vec![Found::Text(text.into())],
                Value::Number(number) => vec![Found::Number(number)],
                Value::Boolean(boolean) => vec![Found::Boolean(boolean)],
            },
        })
    }

    /// Runs a query within the work that is left.
    fn within<T>(&mut self, query: impl FnOnce(&Cell<i64>) -> Result<T>) -> Result<T> {
        let work = Cell::new(i64::try_from(self.left.work).unwrap_or(i64::MAX));
        let found = query(&work)?;
        self.left.work = u64::try_from(work.get()).unwrap_or(0);
        Ok(found)
    }

    fn item(&self, item: Item) -> Found<'d> {
        match item {
            Item::Node(node) => Found::Node(node),
            Item::Attribute { .. } => Found::Text(item.string_value(self.document.tree())),
        }
    }

    /// Evaluates within ever more work, because expressions do not tell what they took: what is
    /// spent here is a quarter of it at least.
    fn evaluate(&mut self, expression: &Expression, scope: NodeId) -> Result<Value> {
        let mut work = XPATH_WORK;
        loop {
            let within = work.min(self.left.work);
            self.spend(within.max(1))?;
            match expression.evaluate_within(self.document.tree(), scope, within) {
                Err(why) if why.code() == Code::Budget => work *= 4,
                Err(why) => return Err(why),
                Ok(value) => {
                    // The last try took more than the one before it, which is paid for.
                    self.left.work += within - within / 4;
                    return Ok(value);
                }
            }
        }
    }

    /// Writes the first value; false if there is none.
    fn first(&mut self, field: &Field, found: Vec<Found<'d>>) -> Result<bool> {
        match found.into_iter().next() {
            Some(found) => self.value(field, &found),
            None => Ok(false),
        }
    }

    /// Writes all values as a list; false if there is none and one is wanted.
    fn list(&mut self, field: &Field, found: Vec<Found<'d>>) -> Result<bool> {
        self.out.push(b'[');
        let mut count = 0;
        if let (Source::Scope, Output::Value { get, template: Some(template), cast }) =
            (&field.source, &field.output)
        {
            // Every match in the text of the scope itself.
            for found in &found {
                let text = self.text(get, found).map_err(|why| named(field, &why))?;
                let Some(text) = text else { continue };
                let matches = template.search_all(&text, usize::MAX).map_err(|why| named(field, &why))?;
                for matched in matches {
                    let value =
                        self.of_match(template, &matched, cast.as_ref()).map_err(|why| named(field, &why))?;
                    count += usize::from(self.member(field, count, value)?);
                }
            }
        } else {
            for found in &found {
                let start = self.out.len();
                if count > 0 {
                    self.out.push(b',');
                }
                if self.value(field, found)? {
                    count += 1;
                } else if let Some(default) = &field.default {
                    self.check_output().map_err(|why| named(field, &why))?;
                    self.out.extend_from_slice(default.as_bytes());
                    count += 1;
                } else {
                    self.out.truncate(start);
                }
            }
        }
        self.out.push(b']');
        Ok(count > 0)
    }

    fn member(&mut self, field: &Field, count: usize, value: Option<Json>) -> Result<bool> {
        let Some(value) = value else { return Ok(false) };
        if count > 0 {
            self.out.push(b',');
        }
        self.write(&value).map_err(|why| named(field, &why))?;
        Ok(true)
    }

    /// Writes one value; false if there is none.
    fn value(&mut self, field: &Field, found: &Found<'d>) -> Result<bool> {
        match (&field.output, found) {
            (Output::Object(fields), Found::Node(node)) => self.object(fields, *node).map(|()| true),
            (Output::Object(_), _) => Ok(false),
            (Output::Value { get, template, cast }, found) => {
                let value = self.convert(get, template.as_ref(), cast.as_ref(), found);
                let value = value.map_err(|why| named(field, &why))?;
                self.member(field, 0, value)
            }
        }
    }

    fn convert(
        &mut self,
        get: &Get,
        template: Option<&Template>,
        cast: Option<&Cast>,
        found: &Found<'d>,
    ) -> Result<Option<Json>> {
        // The mere presence of an attribute is a truth of its own.
        if let (Some(Cast::Boolean), None, Get::Attribute(name), Found::Node(node)) =
            (cast, template, get, found)
        {
            let value = self.document.tree().attribute(*node, name);
            let denied =
                |value: &str| ["false", "no", "off", "0"].iter().any(|no| value.eq_ignore_ascii_case(no));
            return Ok(Some(Json::Bool(value.is_some_and(|value| !denied(value.trim())))));
        }
        match (found, cast, template) {
            (Found::Number(number), None | Some(Cast::Number), None) => {
                // JSON has no NaN; whole numbers are written as such.
                let whole = number.fract() == 0.0 && number.abs() < 9.0e15;
                return Ok(match whole {
                    true => Some((*number as i64).into()),
                    false => serde_json::Number::from_f64(*number).map(Json::Number),
                });
            }
            (Found::Boolean(boolean), None | Some(Cast::Boolean), None) => {
                return Ok(Some(Json::Bool(*boolean)));
            }
            _ => {}
        }
        let Some(text) = self.text(get, found)? else { return Ok(None) };
        if let Some(template) = template {
            return match template.search(&text)? {
                Some(matched) => self.of_match(template, &matched, cast),
                None => Ok(None),
            };
        }
        match cast {
            Some(cast) => cast.apply(&text, self.document),
            None => Ok(Some(Json::String(text.into_owned()))),
        }
    }

    /// The value of a match: that of its only field, a list of positional ones, an object of
    /// named ones, or both.
    fn of_match(
        &self,
        template: &Template,
        matched: &Match<'_>,
        cast: Option<&Cast>,
    ) -> Result<Option<Json>> {
        if let (Some(cast), Some(text)) = (cast, matched.text(0)) {
            return cast.apply(text, self.document);
        }
        let named = template.fields().iter().filter(|field| field.name().is_some()).count();
        if template.fields().len() == 1 {
            return Ok(matched.value(0).map(|value| value.to_json()));
        }
        let mut json = matched.to_json();
        Ok(Some(match named {
            0 => json["fixed"].take(),
            all if all == template.fields().len() => json["named"].take(),
            _ => json,
        }))
    }

    /// The text of what was found; none if the node has no such attribute.
    fn text<'f>(&mut self, get: &Get, found: &'f Found<'d>) -> Result<Option<Cow<'f, str>>> {
        let tree = self.document.tree();
        let node = match found {
            Found::Text(text) => return Ok(Some(Cow::Borrowed(text))),
            Found::Number(number) => return Ok(Some(number.to_string().into())),
            Found::Boolean(boolean) => return Ok(Some(boolean.to_string().into())),
            Found::Node(node) => *node,
        };
        let mut text = String::new();
        match get {
            Get::Tag | Get::Attribute(_) => {}
            _ => self.spend(u64::from(tree.end(node) - node.number()))?,
        }
        match get {
            Get::Text => self.document.text(node, &mut text),
            Get::FullText => self.document.full_text(node, &mut text),
            Get::OwnText if tree.is_element(node) => self.document.own_text(node, &mut text),
            Get::OwnText => self.document.full_text(node, &mut text),
            Get::Html => tree.outer_html(node, &mut text),
            Get::InnerHtml => tree.inner_html(node, &mut text),
            Get::Tag => text.push_str(tree.name(node)),
            Get::Attribute(name) => match tree.attribute(node, name) {
                Some(value) => text.push_str(value),
                None => return Ok(None),
            },
        }
        self.spend((text.len() / TEXT) as u64)?;
        Ok(Some(text.into()))
    }
}
