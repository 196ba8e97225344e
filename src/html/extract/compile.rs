//! Compiles a specification.

use super::cast::Cast;
use super::date::Dates;
use super::{Field, Get, Output, Source, Spec};
use crate::error::{Code, Error, Result};
use crate::html::css::Selector;
use crate::html::template::Template;
use crate::html::xpath::Expression;
use crate::json;
use serde_json::{Map, Value};
use std::sync::Arc;

/// How deep objects may stand in objects.
const DEPTH: usize = 32;

const KEYS: [&str; 10] =
    ["all", "as", "css", "default", "fields", "format", "get", "required", "template", "xpath"];

pub(super) fn compile(text: &str) -> Result<Spec> {
    let value = json::parse(text.as_bytes())
        .map_err(|why| Error::new(Code::Spec, format!("the specification is not JSON: {}", why.text)))?;
    match value {
        Value::Object(object) => Ok(Spec { fields: fields("", &object, 0)? }),
        _ => Err(Error::new(Code::Spec, "the specification is not an object of fields")),
    }
}

fn wrong(path: &str, what: impl std::fmt::Display) -> Error {
    Error::new(Code::Spec, format!("field \"{path}\": {what}"))
}

fn fields(path: &str, object: &Map<String, Value>, depth: usize) -> Result<Vec<Field>> {
    if depth == DEPTH {
        return Err(wrong(path, format!("more than {DEPTH} objects inside of each other")));
    }
    let named = |name: &String| if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
    object.iter().map(|(name, written)| field(name, named(name), written, depth)).collect()
}

fn field(name: &str, path: String, written: &Value, depth: usize) -> Result<Field> {
    let (written, all) = match written {
        Value::Array(one) => match one.as_slice() {
            [one @ (Value::String(_) | Value::Object(_))] => (one, true),
            _ => return Err(wrong(&path, "a list must hold one selector or one object")),
        },
        other => (other, false),
    };
    let object = match written {
        Value::String(css) => &Map::from_iter([("css".to_string(), Value::String(css.clone()))]),
        Value::Object(object) => object,
        _ => return Err(wrong(&path, "neither a selector, a list nor an object")),
    };
    let keys = Keys { path: &path, object };
    if let Some(unknown) = object.keys().find(|key| !KEYS.contains(&key.as_str())) {
        return Err(wrong(&path, format!("unknown key \"{unknown}\"; known are {}", KEYS.join(", "))));
    }
    let all = keys.boolean("all")?.unwrap_or(all);
    let required = keys.boolean("required")?.unwrap_or(false);
    let default = object.get("default").map(Value::to_string);
    if required && default.is_some() {
        return Err(wrong(&path, "\"required\" and \"default\" exclude each other"));
    }
    let source = source(&keys)?;
    let output = output(&keys, &source, depth)?;
    if matches!(source, Source::Scope) && all && !matches!(output, Output::Value { template: Some(_), .. }) {
        return Err(wrong(&path, "\"all\" needs \"css\", \"xpath\" or \"template\""));
    }
    Ok(Field { name: name.to_string(), path: path.clone(), source, output, all, required, default })
}

struct Keys<'s> {
    path: &'s str,
    object: &'s Map<String, Value>,
}

impl<'s> Keys<'s> {
    fn boolean(&self, key: &str) -> Result<Option<bool>> {
        match self.object.get(key) {
            None => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(*value)),
            Some(_) => Err(wrong(self.path, format!("\"{key}\" is neither true nor false"))),
        }
    }

    fn text(&self, key: &str) -> Result<Option<&'s str>> {
        match self.object.get(key) {
            None => Ok(None),
            Some(Value::String(value)) => Ok(Some(value)),
            Some(_) => Err(wrong(self.path, format!("\"{key}\" is not a text"))),
        }
    }

    /// Names the field in the error of one of its parts.
    fn part<T>(&self, key: &str, result: Result<T>) -> Result<T> {
        result.map_err(|why| wrong(self.path, format!("{key}: {}", why.message())))
    }
}

fn source(keys: &Keys<'_>) -> Result<Source> {
    match (keys.text("css")?, keys.text("xpath")?) {
        (None, None) => Ok(Source::Scope),
        (Some(_), Some(_)) => Err(wrong(keys.path, "\"css\" and \"xpath\" exclude each other")),
        (Some(css), None) => {
            let selector = Arc::new(keys.part("css", Selector::compile(css))?);
            let last = css.trim_end();
            let values = last.ends_with("::text") || last.ends_with(')') && last.contains("::attr(");
            Ok(if values { Source::CssValues(selector) } else { Source::Css(selector) })
        }
        (None, Some(xpath)) => Ok(Source::Xpath(Arc::new(keys.part("xpath", Expression::compile(xpath))?))),
    }
}

impl Source {
    fn needs_elements(&self, key: &str, path: &str) -> Result<()> {
        let other = match self {
            Source::CssValues(_) => "::text or ::attr()",
            Source::Xpath(expression) if !expression.selects_nodes() => "a number, a text or a truth",
            _ => return Ok(()),
        };
        Err(wrong(path, format!("\"{key}\" needs elements, not {other}")))
    }
}

fn output(keys: &Keys<'_>, source: &Source, depth: usize) -> Result<Output> {
    if let Some(inner) = keys.object.get("fields") {
        let Value::Object(inner) = inner else {
            return Err(wrong(keys.path, "\"fields\" is not an object"));
        };
        if let Some(other) =
            ["get", "template", "as", "format"].iter().find(|key| keys.object.contains_key(**key))
        {
            return Err(wrong(keys.path, format!("\"fields\" and \"{other}\" exclude each other")));
        }
        source.needs_elements("fields", keys.path)?;
        return Ok(Output::Object(fields(keys.path, inner, depth + 1)?));
    }
    let get = get(keys, source)?;
    let template = match keys.text("template")? {
        Some(template) => Some(keys.part("template", Template::compile(template))?),
        None => None,
    };
    let cast = cast(keys)?;
    if template.as_ref().is_some_and(|template| template.fields().is_empty()) {
        return Err(wrong(keys.path, "template: no field to give a value"));
    }
    if cast.is_some() && template.as_ref().is_some_and(|template| template.fields().len() > 1) {
        return Err(wrong(keys.path, "\"as\" needs a template of one field"));
    }
    Ok(Output::Value { get, template, cast })
}

fn get(keys: &Keys<'_>, source: &Source) -> Result<Get> {
    let Some(written) = keys.text("get")? else { return Ok(Get::Text) };
    source.needs_elements("get", keys.path)?;
    Ok(match written {
        "text" => Get::Text,
        "full_text" => Get::FullText,
        "own_text" => Get::OwnText,
        "html" => Get::Html,
        "inner_html" => Get::InnerHtml,
        "tag" => Get::Tag,
        other => match other.strip_prefix('@').filter(|name| !name.is_empty()) {
            Some(name) => Get::Attribute(name.to_string()),
            None => {
                let known = "text, full_text, own_text, html, inner_html, tag and @attribute";
                return Err(wrong(keys.path, format!("unknown \"get\": \"{other}\"; known are {known}")));
            }
        },
    })
}

fn cast(keys: &Keys<'_>) -> Result<Option<Cast>> {
    let format = keys.text("format")?;
    let cast = match keys.text("as")? {
        None => None,
        Some("string") => Some(Cast::String),
        Some("number") => Some(Cast::Number),
        Some("integer") => Some(Cast::Integer),
        Some("boolean") => Some(Cast::Boolean),
        Some("url") => Some(Cast::Url),
        Some("date") => {
            let dates = match format {
                Some(format) => Dates::of_format(format),
                None => Dates::known().map(Some),
            };
            let dates = keys.part("format", dates)?;
            let no_date = || wrong(keys.path, "\"format\" is no date format");
            return Ok(Some(Cast::Date(dates.ok_or_else(no_date)?)));
        }
        Some(other) => {
            let known = "string, number, integer, boolean, date and url";
            return Err(wrong(keys.path, format!("unknown \"as\": \"{other}\"; known are {known}")));
        }
    };
    if format.is_some() {
        return Err(wrong(keys.path, "\"format\" needs \"as\": \"date\""));
    }
    Ok(cast)
}
