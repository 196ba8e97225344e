//! Search templates on documents.

use super::cache::Cache;
use super::template::{Match, Template};
use super::{Document, NodeId};
use crate::error::Result;
use once_cell::sync::Lazy;
use std::sync::Arc;

/// Which text of a node is searched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum SearchIn {
    /// The node as HTML: tags and attributes can be part of the template.
    #[default]
    Html,
    /// The text as a reader sees it.
    Text,
    /// All text as it stands.
    FullText,
}

/// Where a template matched, with the text that was searched.
#[derive(Debug)]
pub struct Matches {
    template: Arc<Template>,
    text: String,
    /// Start and end of each match, then of its fields.
    spans: Vec<Box<[u32]>>,
}

impl Matches {
    /// The number of matches.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// A match, in the text's order.
    pub fn get(&self, index: usize) -> Option<Match<'_>> {
        Some(Match::of_spans(&self.template, &self.text, self.spans.get(index)?))
    }

    /// The matches, in the text's order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Match<'_>> + '_ {
        self.spans.iter().map(|spans| Match::of_spans(&self.template, &self.text, spans))
    }

    /// The template.
    pub fn template(&self) -> &Template {
        &self.template
    }

    /// The text that was searched, which the spans are places in.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// All matches as a JSON array of what [`Match::to_json`] gives.
    pub fn to_json(&self) -> String {
        serde_json::Value::Array(self.iter().map(|found| found.to_json()).collect()).to_string()
    }
}

impl Template {
    /// The compiled template from a cache that all threads share, which keeps the 256 used last.
    ///
    /// # Errors
    /// As for [`Template::compile`].
    pub fn cached(template: &str) -> Result<Arc<Template>> {
        static CACHE: Lazy<Cache<Template>> = Lazy::new(|| Cache::new(256, 2048));
        CACHE.get(template, Template::compile)
    }
}

impl Document {
    /// Looks for a template in the text of a node; `limit` matches at most.
    ///
    /// # Errors
    /// `Code::Template` with the column if the template is bad, `Code::Node` if the document has
    /// no such node, `Code::Budget` if the template takes too much work on this text.
    pub fn search(&self, scope: NodeId, template: &str, within: SearchIn, limit: usize) -> Result<Matches> {
        let template = Template::cached(template)?;
        let scope = self.known(scope)?;
        let mut text = String::new();
        match within {
            SearchIn::Html => self.tree().outer_html(scope, &mut text),
            SearchIn::Text => self.text(scope, &mut text),
            SearchIn::FullText => self.full_text(scope, &mut text),
        }
        let spans = template.search_all(&text, limit)?.iter().map(Match::spans).collect();
        Ok(Matches { template, text, spans })
    }
}
