//! Parsed pages: bytes to characters to a tree, and what a page can be asked.

mod builder;
#[allow(dead_code)] // until the query engines use it
pub(crate) mod cache;
pub mod document;
pub mod tree;

pub use document::Document;
pub use tree::{Attribute, Kind, Namespace, NodeId, Tree};
