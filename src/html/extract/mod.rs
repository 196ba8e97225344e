//! Extraction: a whole page to JSON in one call, by a specification that is JSON itself.
//!
//! ```json
//! {"title": "h1", "items": {"css": ".item", "all": true,
//!  "fields": {"url": {"css": "a::attr(href)", "as": "url"}, "price": {"css": ".price", "as": "number"}}}}
//! ```
//!
//! docs/extract.md is the manual.

mod cast;
mod compile;
mod date;
mod run;

use super::cache::Cache;
use super::css::Selector;
use super::template::Template;
use super::xpath::Expression;
use super::{Document, NodeId};
use crate::error::Result;
use cast::Cast;
use once_cell::sync::Lazy;
use std::sync::Arc;

/// A compiled specification. Immutable; any number of threads may use it, on any document.
#[derive(Debug)]
pub struct Spec {
    fields: Vec<Field>,
}

impl Spec {
    /// Compiles a specification.
    ///
    /// # Errors
    /// `Code::Spec`; the message names the field (`items.price`) and what is wrong with it, or
    /// the line and column where the text is not JSON.
    pub fn compile(json: &str) -> Result<Spec> {
        compile::compile(json)
    }

    /// The compiled specification from a cache that all threads share, which keeps the 64 used
    /// last.
    ///
    /// # Errors
    /// As for [`compile`](Self::compile).
    pub fn cached(json: &str) -> Result<Arc<Spec>> {
        static CACHE: Lazy<Cache<Spec>> = Lazy::new(|| Cache::new(64, 16_384));
        CACHE.get(json, Spec::compile)
    }

    /// What the specification finds in a document: one JSON object, its keys in alphabetical
    /// order.
    ///
    /// # Errors
    /// `Code::Missing` names the required field that has no value; `Code::Budget` the field whose
    /// query takes too much work or whose values grow too large (256 MiB in all).
    pub fn run(&self, document: &Document) -> Result<String> {
        self.run_on(document, NodeId::DOCUMENT)
    }

    /// The same of a part of the document: all queries start at `scope`.
    ///
    /// # Errors
    /// As for [`run`](Self::run), and `Code::Node` if the document has no such node.
    pub fn run_on(&self, document: &Document, scope: NodeId) -> Result<String> {
        run::run(&self.fields, document, scope, run::Limits::DEFAULT)
    }
}

/// A field of an object.
#[derive(Debug)]
struct Field {
    name: String,
    /// The names from the outermost object on, for messages.
    path: String,
    source: Source,
    output: Output,
    all: bool,
    required: bool,
    /// As JSON.
    default: Option<String>,
}

/// Where a field's nodes or values come from.
#[derive(Debug)]
enum Source {
    /// The scope itself.
    Scope,
    /// Elements.
    Css(Arc<Selector>),
    /// The texts of a selector that ends in `::text` or `::attr(…)`.
    CssValues(Arc<Selector>),
    Xpath(Arc<Expression>),
}

/// What a field's nodes become.
#[derive(Debug)]
enum Output {
    Object(Vec<Field>),
    Value { get: Get, template: Option<Template>, cast: Option<Cast> },
}

/// What is taken of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Get {
    Text,
    FullText,
    OwnText,
    Html,
    InnerHtml,
    Tag,
    Attribute(String),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    fn message(html: &str, spec: &str, limits: run::Limits) -> (Code, String) {
        let page = Document::parse(html, None);
        let spec = Spec::compile(spec).unwrap();
        let error = run::run(&spec.fields, &page, NodeId::DOCUMENT, limits).unwrap_err();
        (error.code(), error.message().to_string())
    }

    #[test]
    fn values_that_hold_each_other_meet_the_limit() {
        // Each element's HTML holds that of all below it.
        let html = format!("{}{}", "<div>".repeat(100), "x".repeat(10_000));
        let limits = run::Limits { output: 100_000, ..run::Limits::DEFAULT };
        let found = message(&html, r#"{"all": {"css": "div", "all": true, "get": "html"}}"#, limits);
        assert_eq!(found, (Code::Budget, "field \"all\": the values grow too large".into()));
    }

    #[test]
    fn defaults_meet_the_limit_too() {
        let limits = run::Limits { output: 1000, ..run::Limits::DEFAULT };
        let spec = r#"{"all": {"css": "p", "all": true, "get": "@x", "default": "none"}}"#;
        let found = message(&"<p></p>".repeat(1000), spec, limits);
        assert_eq!(found, (Code::Budget, "field \"all\": the values grow too large".into()));
    }

    #[test]
    fn queries_that_look_at_the_whole_page_each_time_meet_the_limit() {
        let html = "<i>x</i>".repeat(2_000);
        let limits = run::Limits { work: 1_000_000, ..run::Limits::DEFAULT };
        let spec = r#"{"l": {"css": "i", "all": true, "fields": {"n": {"xpath": "count(//i[. = 'y'])"}}}}"#;
        let (code, message) = message(&html, spec, limits);
        assert_eq!(code, Code::Budget);
        assert_eq!(message, "field \"l.n\": the queries take too much work on this page");
    }

    #[test]
    fn work_within_a_query_and_on_its_values_meets_the_limit() {
        let limits = run::Limits { work: 1_000_000, ..run::Limits::DEFAULT };
        // Each of few queries tests every sibling's siblings.
        let siblings = format!("<b></b>{}", "<i></i>".repeat(2_000));
        let spec = r#"{"n": {"css": "i:has(~ i + i + b)"}}"#;
        assert_eq!(message(&siblings, spec, limits).0, Code::Budget);
        // Nothing is written of texts that are no numbers.
        let nested = format!("{}{}", "<div>".repeat(400), "x".repeat(100_000));
        let spec = r#"{"n": {"css": "div", "all": true, "as": "number"}}"#;
        let found = message(&nested, spec, limits);
        assert_eq!(found, (Code::Budget, "field \"n\": the queries take too much work on this page".into()));
    }
}
