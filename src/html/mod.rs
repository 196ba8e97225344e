//! Parsed pages: bytes to characters to a tree, and what a page can be asked.

mod builder;
pub(crate) mod cache;
pub mod document;
pub mod tree;
pub mod xpath;

pub use document::Document;
pub use tree::{Attribute, Kind, Namespace, NodeId, Tree};
