//! Names and attribute values with a NUL behind them, lent for as long as the document lives.

use super::document::Document;
use super::strings::Strings;
use super::tree::{Attr, AttributePrefix, NodeId, Tree};
use crate::error::{Code, Error, Result};
use crate::text::Text;
use std::ffi::CStr;

/// The names that foreign content gives a prefix to, which the tree keeps apart from them.
const PREFIXED: [&str; 10] = [
    "xlink:actuate\0",
    "xlink:arcrole\0",
    "xlink:href\0",
    "xlink:role\0",
    "xlink:show\0",
    "xlink:title\0",
    "xlink:type\0",
    "xml:lang\0",
    "xml:space\0",
    "xmlns:xlink\0",
];

fn is_prefixed(tree: &Tree, attr: &Attr, name: &str) -> bool {
    attr.prefix != AttributePrefix::None
        && tree.is_named(attr, name.trim_end_matches('\0'), |own, name| own == name)
}

impl NodeId {
    /// The node with this number, of whatever document: a document that is asked about it checks
    /// that it has it.
    pub(crate) fn from_number(number: u32) -> NodeId {
        NodeId(number)
    }
}

impl Document {
    /// The node with this number; 0 is the document.
    ///
    /// # Errors
    ///
    /// `Code::Node` if the document has no such node.
    pub fn node(&self, number: u32) -> Result<NodeId> {
        self.known(NodeId(number))
    }

    /// The name of the page's encoding.
    pub(crate) fn lent_encoding(&self) -> &CStr {
        self.index().encoding.get_or_init(|| Text::new(self.encoding())).as_c_str()
    }

    /// An element's name with a NUL behind it.
    pub(crate) fn lent_name(&self, id: NodeId) -> Option<&str> {
        let tree = self.tree();
        let name = tree.nodes[id.index()].name as usize;
        tree.is_element(id).then(|| tree.names.with_nul(name)).flatten()
    }

    /// The name, prefix included, and value of an element's attribute, each with a NUL behind it.
    pub(crate) fn lent_attribute(&self, id: NodeId, at: usize) -> Option<(&str, &str)> {
        let tree = self.tree();
        let attr = tree.attrs_of(id).get(at)?;
        let first = tree.nodes[id.index()].start as usize;
        let plain = || tree.names.with_nul(attr.name as usize);
        let name = PREFIXED.into_iter().find(|name| is_prefixed(tree, attr, name)).or_else(plain)?;
        Some((name, self.index().values(tree).with_nul(first + at)?))
    }

    /// The value of the attribute with this name, prefix included, in any case, with a NUL behind
    /// it. One that is written so comes first.
    pub(crate) fn lent_value(&self, id: NodeId, name: &str) -> Option<&str> {
        let tree = self.tree();
        let attrs = tree.attrs_of(id);
        let as_written = attrs.iter().position(|attr| tree.is_named(attr, name, |own, name| own == name));
        let at = as_written.or_else(|| {
            let name = name.to_ascii_lowercase();
            attrs.iter().position(|attr| tree.is_named(attr, &name, str::eq_ignore_ascii_case))
        })?;
        self.lent_attribute(id, at).map(|(_, value)| value)
    }

    /// One attribute of many elements; places without one for those that do not have it.
    ///
    /// # Errors
    ///
    /// `Code::Node` if the document lacks one of the nodes.
    pub fn attributes_of(&self, ids: &[NodeId], name: &str) -> Result<Strings> {
        let mut values = Strings::default();
        for id in ids {
            let id = self.known(*id)?;
            values.push_option(self.tree().attribute(id, name));
        }
        Ok(values)
    }

    /// The text of many nodes, each as [`Document::text`] has it.
    ///
    /// # Errors
    ///
    /// `Code::Node` if the document lacks one of the nodes.
    pub fn texts_of(&self, ids: &[NodeId]) -> Result<Strings> {
        self.each_of(ids, |id, into| self.text(id, into))
    }

    /// The full text of many nodes, each as [`Document::full_text`] has it.
    ///
    /// # Errors
    ///
    /// `Code::Node` if the document lacks one of the nodes.
    pub fn full_texts_of(&self, ids: &[NodeId]) -> Result<Strings> {
        self.each_of(ids, |id, into| self.full_text(id, into))
    }

    fn each_of(&self, ids: &[NodeId], write: impl Fn(NodeId, &mut String)) -> Result<Strings> {
        let limit = self.tree().most_text();
        let mut texts = Strings::default();
        for id in ids {
            let id = self.known(*id)?;
            texts.push_with(|into| write(id, into));
            if texts.data().len() > limit {
                return Err(Error::new(Code::Budget, "the nodes' text is too much: they nest too deep"));
            }
        }
        Ok(texts)
    }
}
