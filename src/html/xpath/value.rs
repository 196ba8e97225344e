//! What an expression evaluates to.

use super::env::Env;
use super::functions::{format_number, parse_number};
use super::set::{Key, Nodes, Val};
use crate::html::tree::{Attribute, AttributePrefix, Namespace, NodeId, Tree};
use std::borrow::Cow;

/// The value of an expression (XPath 1.0, 1).
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nodes and attributes, in document order, each once.
    Nodes(Vec<Item>),
    /// A string.
    String(String),
    /// A number; NaN and the infinities are possible.
    Number(f64),
    /// A boolean.
    Boolean(bool),
}

/// A member of a node-set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// The document, an element, a text or a comment.
    Node(NodeId),
    /// An attribute.
    Attribute {
        /// The element that has it.
        owner: NodeId,
        /// Its place among the element's attributes, in source order ([`Tree::attributes`]).
        index: usize,
    },
}

impl Value {
    /// The value as a string (`string()`, 4.2): of nodes, the first one's string-value.
    pub fn string<'a>(&'a self, tree: &'a Tree) -> Cow<'a, str> {
        match self {
            Value::Nodes(items) => items.first().map_or(Cow::Borrowed(""), |item| item.string_value(tree)),
            Value::String(text) => Cow::Borrowed(text),
            Value::Number(number) => Cow::Owned(format_number(*number)),
            Value::Boolean(boolean) => Cow::Borrowed(if *boolean { "true" } else { "false" }),
        }
    }

    /// The value as a number (`number()`, 4.4): NaN where the string is none.
    pub fn number(&self, tree: &Tree) -> f64 {
        match self {
            Value::Number(number) => *number,
            Value::Boolean(boolean) => f64::from(*boolean),
            other => parse_number(&other.string(tree)),
        }
    }

    /// The value as a boolean (`boolean()`, 4.3): of nodes, whether there are any.
    pub fn boolean(&self) -> bool {
        match self {
            Value::Nodes(items) => !items.is_empty(),
            Value::String(text) => !text.is_empty(),
            Value::Number(number) => *number != 0.0 && !number.is_nan(),
            Value::Boolean(boolean) => *boolean,
        }
    }

    /// The members of a node-set; `None` for another type.
    pub fn items(&self) -> Option<&[Item]> {
        match self {
            Value::Nodes(items) => Some(items),
            _ => None,
        }
    }
}

impl Item {
    /// The node, or the element that has the attribute.
    pub fn node(self) -> NodeId {
        match self {
            Item::Node(node) => node,
            Item::Attribute { owner, .. } => owner,
        }
    }

    /// The attribute, if it is one.
    pub fn attribute(self, tree: &Tree) -> Option<Attribute<'_>> {
        match self {
            Item::Node(_) => None,
            Item::Attribute { owner, index } => tree.attribute_at(owner, index),
        }
    }

    /// The string-value (5): the text below a document or element, the value of an attribute,
    /// the data of a text or comment.
    pub fn string_value(self, tree: &Tree) -> Cow<'_, str> {
        self.key().text(tree)
    }

    /// The name without a prefix; empty for documents, texts and comments.
    pub fn local_name(self, tree: &Tree) -> &str {
        match self {
            Item::Node(node) => tree.name(node),
            Item::Attribute { .. } => self.attribute(tree).map_or("", |attribute| attribute.name),
        }
    }

    /// The name with its prefix, as the page writes it (`xlink:href`).
    pub fn name(self, tree: &Tree) -> Cow<'_, str> {
        let local = self.local_name(tree);
        match self.attribute(tree).map_or("", |attribute| attribute.prefix.before(local)) {
            "" => Cow::Borrowed(local),
            prefix => Cow::Owned(format!("{prefix}{local}")),
        }
    }

    /// The namespace's URI; empty for attributes without a prefix, documents, texts, comments.
    pub fn namespace_uri(self, tree: &Tree) -> &'static str {
        match self {
            Item::Node(node) if tree.is_element(node) => match tree.namespace(node) {
                Namespace::Html => "http://www.w3.org/1999/xhtml",
                Namespace::Svg => "http://www.w3.org/2000/svg",
                Namespace::MathMl => "http://www.w3.org/1998/Math/MathML",
            },
            _ => match self.attribute(tree).map(|attribute| attribute.prefix) {
                Some(AttributePrefix::XLink) => "http://www.w3.org/1999/xlink",
                Some(AttributePrefix::Xml) => "http://www.w3.org/XML/1998/namespace",
                Some(AttributePrefix::XmlNs) => "http://www.w3.org/2000/xmlns/",
                _ => "",
            },
        }
    }

    fn key(self) -> Key {
        match self {
            Item::Node(node) => Key::node(node.number()),
            Item::Attribute { owner, index } => Key::attribute(owner.number(), index as u32),
        }
    }
}

impl From<Key> for Item {
    fn from(key: Key) -> Item {
        let node = NodeId(key.id());
        match key.attribute_index() {
            Some(index) => Item::Attribute { owner: node, index },
            None => Item::Node(node),
        }
    }
}

impl From<&Nodes> for Value {
    fn from(nodes: &Nodes) -> Value {
        Value::Nodes(nodes.keys().iter().map(|key| Item::from(*key)).collect())
    }
}

impl From<Val<'_>> for Value {
    fn from(value: Val) -> Value {
        match value {
            Val::Nodes(nodes) => Value::from(&nodes),
            Val::Text(text) => Value::String(text.to_string()),
            Val::Number(number) => Value::Number(number),
            Val::Boolean(boolean) => Value::Boolean(boolean),
        }
    }
}

/// The language of a node: the nearest `xml:lang` (as SVG and MathML have it), `lang`, or
/// `xml:lang` as HTML elements keep it.
pub(super) fn language<'a>(env: &mut Env<'a>, node: NodeId) -> Option<&'a str> {
    let tree = env.tree;
    let of = |id| {
        env.charge(1 + tree.attribute_count(id));
        let find = |prefix, name: &str| {
            let mut all = tree.attributes(id);
            all.find(|attr| attr.prefix == prefix && attr.name == name).map(|attr| attr.value)
        };
        let none = AttributePrefix::None;
        find(AttributePrefix::Xml, "lang").or_else(|| find(none, "lang")).or_else(|| find(none, "xml:lang"))
    };
    std::iter::once(node).chain(tree.ancestors(node)).find_map(of)
}
