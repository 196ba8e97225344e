//! Parsed pages: bytes to characters to a tree, and what a page can be asked.

mod builder;
mod building;
pub(crate) mod cache;
pub mod charset;
mod containing;
pub mod css;
pub mod document;
mod dump;
pub mod extract;
pub mod form;
pub mod hyperlinks;
mod index;
mod join;
mod links;
mod names;
mod nesting;
pub mod options;
pub mod pagination;
mod parser;
pub mod search;
mod serialize;
mod strings;
pub mod template;
mod text;
mod to_scraper;
mod tokenizer;
pub mod tree;
pub mod xpath;

pub use charset::EncodingSource;
pub use css::Selector;
pub use document::Document;
pub use hyperlinks::{Link, LinkKind, LinkKinds, LinkOptions};
pub use options::{Limits, ParseOptions, Tokenizer};
pub use search::{Matches, SearchIn, SearchOptions};
pub use strings::Strings;
pub use tree::{Attribute, Kind, Namespace, NodeId, Tree};
