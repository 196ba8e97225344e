//! From text to a tree.

use super::builder;
use super::charset::Charset;
use super::options::ParseOptions;
use super::tree::Tree;
use crate::error::Result;

/// How a parse ended.
pub(super) enum Outcome {
    /// With a tree.
    Parsed(Tree),
    /// The page declares another encoding than the one that was guessed: decode it again.
    #[allow(dead_code)]
    Encoding(Charset),
}

/// Parses the text of a page.
pub(super) fn parse(text: &str, _options: &ParseOptions, _charset: Charset) -> Result<Outcome> {
    Ok(Outcome::Parsed(builder::parse_document(text)))
}

/// Parses text within the default limits; what is beyond them is left out.
pub(super) fn parse_within(text: &str) -> Tree {
    builder::parse_document(text)
}
