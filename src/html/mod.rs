//! Parsed pages: bytes to characters to a tree, and what a page can be asked.

mod builder;
mod building;
pub mod charset;
pub(crate) mod cache;
pub mod document;
mod dump;
pub mod extract;
pub mod form;
mod links;
mod names;
mod nesting;
pub mod options;
pub mod pagination;
mod parser;
pub mod search;
mod serialize;
pub mod template;
mod tokenizer;
mod containing;
pub mod css;
pub mod hyperlinks;
mod index;
mod join;
mod strings;
mod text;
pub mod tree;
pub mod xpath;

pub use charset::EncodingSource;
pub use document::Document;
pub use options::{Limits, ParseOptions, Tokenizer};
pub use css::Selector;
pub use hyperlinks::{Link, LinkKind, LinkOptions};
pub use search::{Matches, SearchIn, SearchOptions};
pub use strings::Strings;
pub use tree::{Attribute, Kind, Namespace, NodeId, Tree};
