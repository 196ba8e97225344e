//! Parsed pages: bytes to characters to a tree, and what a page can be asked.

mod builder;
mod cache;
mod containing;
pub mod css;
pub mod document;
pub mod hyperlinks;
mod index;
mod join;
mod strings;
mod text;
pub mod tree;

pub use css::Selector;
pub use document::Document;
pub use hyperlinks::{Link, LinkKind, LinkOptions};
pub use strings::Strings;
pub use tree::{Attribute, Kind, Namespace, NodeId, Tree};
