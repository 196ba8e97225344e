//! Parsed pages: bytes to characters to a tree, and what a page can be asked.

mod builder;
pub mod document;
pub mod template;
pub mod tree;

pub use document::Document;
pub use tree::{Attribute, Kind, Namespace, NodeId, Tree};
