//! Parsed pages: bytes to characters to a tree, and what a page can be asked.

mod builder;
pub mod charset;
pub mod document;
pub mod options;
mod parser;
pub mod tree;

pub use charset::EncodingSource;
pub use document::Document;
pub use options::{Limits, ParseOptions, Tokenizer};
pub use tree::{Attribute, Kind, Namespace, NodeId, Tree};
