//! CSS selectors: compiled once, asked of any document.
//!
//! The grammar is scraper's: Selectors 4 without namespaces and states that need a browser.
//! Beyond it stand
//! - `:contains(text)`, `:icontains(text)`: the full text contains it, with or without regard to
//!   case; the text may be quoted, and must be if it has quotes that are not in pairs;
//! - `:checked`, `:selected`, `:disabled`, `:enabled`, `:required`, `:optional`, `:read-write`,
//!   `:read-only`, `:open`, `:defined`, `:indeterminate`, `:placeholder-shown`, as the page's
//!   markup says;
//! - `:link`, `:any-link`, `:lang(x)`, `:nth-child(2 of S)`, `:has()` inside `:has()`;
//! - places in the result, as jQuery has them: `:first`, `:last`, `:eq(n)`, `:lt(n)`, `:gt(n)`
//!   (from 0, negative from the end), `:even`, `:odd`, and `:not(:first)`. In `tr:first td` the
//!   first row of all is taken, then its cells;
//! - `::text` and `::attr(name)`, as Scrapy has them: the text nodes or an attribute of the
//!   elements found. Behind a space or alone they reach all that is below: `div ::text`.
//!
//! Elements are found below the scope; the scope itself is never among them, though a selector may
//! speak of it and of what is around it (`body p` finds `p` below any scope in the body). `:scope`
//! is the scope, and the element itself where one is asked whether it matches. Results are in
//! document order, each node once.

mod ast;
mod hints;
mod matcher;
mod parser;
mod pseudo;
mod select;
mod simple;
mod states;

use super::NodeId;
use super::cache::Cache;
use super::document::Document;
use super::strings::Strings;
use crate::error::Result;
use matcher::most_work;
use once_cell::sync::Lazy;
use std::cell::Cell;
use std::sync::Arc;

/// A compiled list of selectors. Immutable; any number of threads may use it, on any document.
#[derive(Debug)]
pub struct Selector {
    program: ast::Program,
}

/// Selectors that were compiled lately, for all threads and documents.
static CACHE: Lazy<Cache<Selector>> = Lazy::new(|| Cache::new(512, 4096));

impl Selector {
    /// Compiles a selector.
    ///
    /// # Errors
    ///
    /// `Code::Selector`; the message names the column and, where it can be guessed, what is meant.
    pub fn compile(css: &str) -> Result<Selector> {
        Ok(Selector { program: parser::parse(css)? })
    }

    /// The selector, from the cache if it was compiled lately.
    pub(crate) fn cached(css: &str) -> Result<Arc<Selector>> {
        CACHE.get(css, Selector::compile)
    }

    /// The elements below `scope` that match; for `::text` their text nodes.
    ///
    /// # Errors
    ///
    /// `Code::Node` if the document has no such node, `Code::Budget` if the selector takes more
    /// work than 64 steps for each node of the page (and than 50 million). Each test of an element
    /// is a step, and so are eight bytes of a value that is looked through.
    pub fn find(&self, document: &Document, scope: NodeId) -> Result<Vec<NodeId>> {
        self.find_within(document, scope, &most_work(document))
    }

    /// The same with a budget that others share, which goes down by what is taken.
    pub(super) fn find_within(
        &self,
        document: &Document,
        scope: NodeId,
        work: &Cell<i64>,
    ) -> Result<Vec<NodeId>> {
        select::find(&self.program, document, scope, work)
    }

    /// The first that [`Selector::find`] would give, without looking further.
    pub fn find_first(&self, document: &Document, scope: NodeId) -> Result<Option<NodeId>> {
        self.find_first_within(document, scope, &most_work(document))
    }

    /// The same with a budget that others share.
    pub(super) fn find_first_within(
        &self,
        document: &Document,
        scope: NodeId,
        work: &Cell<i64>,
    ) -> Result<Option<NodeId>> {
        select::find_first(&self.program, document, scope, work)
    }

    /// The values that a selector ending in `::text` or `::attr(name)` asks for, in document
    /// order; of elements their full text.
    pub fn find_values(&self, document: &Document, scope: NodeId) -> Result<Strings> {
        self.find_values_within(document, scope, &most_work(document))
    }

    /// The same with a budget that others share.
    pub(super) fn find_values_within(
        &self,
        document: &Document,
        scope: NodeId,
        work: &Cell<i64>,
    ) -> Result<Strings> {
        select::find_values(&self.program, document, scope, work)
    }

    /// Whether the element matches.
    ///
    /// # Errors
    ///
    /// As for [`Selector::find`].
    pub fn matches(&self, document: &Document, element: NodeId) -> Result<bool> {
        select::matches(&self.program, document, element)
    }

    /// The nearest that matches of the element and its ancestors.
    pub fn closest(&self, document: &Document, element: NodeId) -> Result<Option<NodeId>> {
        select::closest(&self.program, document, element)
    }
}

impl Document {
    /// The elements below `scope` that match a selector, in document order: [`Selector::find`].
    pub fn find(&self, scope: NodeId, css: &str) -> Result<Vec<NodeId>> {
        Selector::cached(css)?.find(self, scope)
    }

    /// The first element below `scope` that matches a selector: [`Selector::find_first`].
    pub fn find_first(&self, scope: NodeId, css: &str) -> Result<Option<NodeId>> {
        Selector::cached(css)?.find_first(self, scope)
    }

    /// The values that a selector asks for: [`Selector::find_values`].
    pub fn find_values(&self, scope: NodeId, css: &str) -> Result<Strings> {
        Selector::cached(css)?.find_values(self, scope)
    }

    /// The elements below `scope` that match a selector and whose full text contains one of
    /// `needles`, without regard to case. No needles: all that match.
    pub fn find_with_text(&self, scope: NodeId, css: &str, needles: &[&str]) -> Result<Vec<NodeId>> {
        Ok(self.keep_containing(self.find(scope, css)?, needles))
    }

    /// Whether the element matches a selector.
    pub fn matches(&self, element: NodeId, css: &str) -> Result<bool> {
        Selector::cached(css)?.matches(self, element)
    }

    /// The nearest that matches of the element and its ancestors.
    pub fn closest(&self, element: NodeId, css: &str) -> Result<Option<NodeId>> {
        Selector::cached(css)?.closest(self, element)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    #[test]
    fn what_a_test_reads_is_work() {
        let long = "x ".repeat(1 << 15);
        let attributes: String = (0..8_000).map(|n| format!(" a{n}")).collect();
        let comments = "<!---->".repeat(16_000);
        for (around, css) in [
            (format!("<div class='{long}'>"), ".foo p"),
            (format!("<div title='{long}'>"), "[title~=foo] p"),
            (format!("<div title='{long}'>"), "[title*=foo] p"),
            (format!("<div lang='{long}'>"), ":lang(de) p"),
            (format!("<div{attributes}>"), "[foo] p"),
            (format!("<div{attributes}>"), "#foo p"),
            (format!("<div{attributes}>"), ".foo p"),
            (format!("<a{attributes}>"), ":link p"),
            (format!("<fieldset{attributes}>"), ":disabled p"),
            (format!("<div>{comments}"), ":empty p"),
            (format!("<u></u><b></b>{comments}<div>"), "u + div p"),
        ] {
            let ask = |around: &str| {
                let page = Document::parse(&format!("{around}{}", "<p></p>".repeat(1_000)), None);
                let work = Cell::new(1_000_000);
                Selector::compile(css).unwrap().find_within(&page, NodeId::DOCUMENT, &work)
            };
            assert_eq!(ask(&around).map_err(|error| error.code()), Err(Code::Budget), "{css}");
            assert_eq!(ask("<u></u><b></b><div>"), Ok(Vec::new()), "{css}");
        }
    }

    #[test]
    fn text_that_is_searched_is_work() {
        // The first to be asked is the innermost: each further one begins before the last.
        let html = format!("{}{}<p>", "x<div>".repeat(500), "x".repeat(1 << 16));
        let page = Document::parse(&html, None);
        let selector = Selector::compile("div:contains(y) p").unwrap();
        let work = Cell::new(200_000);
        let error = selector.find_within(&page, NodeId::DOCUMENT, &work).unwrap_err();
        assert_eq!(error.code(), Code::Budget);
    }
}
