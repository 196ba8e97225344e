//! Parsed pages: bytes to characters to a tree, and what a page can be asked.

mod builder;
mod building;
pub mod charset;
pub(crate) mod cache;
pub mod document;
mod dump;
pub mod form;
mod links;
mod names;
mod nesting;
pub mod options;
pub mod pagination;
mod parser;
mod serialize;
pub mod template;
mod tokenizer;
pub mod tree;
pub mod xpath;

pub use charset::EncodingSource;
pub use document::Document;
pub use options::{Limits, ParseOptions, Tokenizer};
pub use tree::{Attribute, Kind, Namespace, NodeId, Tree};
