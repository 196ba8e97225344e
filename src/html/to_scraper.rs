//! A page for Rust users of scraper.

use super::document::Document;
use super::tree::{Attribute, AttributePrefix, Kind, Namespace, NodeId, Quirks, Tree};
use html5ever::tendril::StrTendril;
use html5ever::tree_builder::QuirksMode;
use html5ever::{LocalName, QualName, ns};
use scraper::node::{Comment, Doctype, Element, Node, Text};

impl Document {
    /// The page as scraper's own type: a copy, made from the tree without parsing again. It is
    /// what `scraper::Html::parse_document` makes of the page, but for two things: `noscript`
    /// holds elements, as scripting is off, and elements nest 512 deep at most.
    pub fn to_scraper(&self) -> scraper::Html {
        let tree = self.tree();
        let mut html = scraper::Html::new_document();
        html.quirks_mode = match tree.quirks() {
            Quirks::No => QuirksMode::NoQuirks,
            Quirks::Limited => QuirksMode::LimitedQuirks,
            Quirks::Full => QuirksMode::Quirks,
        };
        // scraper hands out nodes in the order in which they were made: contents of a template
        // come right behind it.
        let mut copies = vec![html.tree.root().id(); tree.len() as usize];
        let mut ranges = vec![(1, tree.end(NodeId::DOCUMENT))];
        while let Some((at, end)) = ranges.pop() {
            if at >= end {
                continue;
            }
            let id = NodeId(at);
            ranges.push((at + 1, end));
            let parent = tree.parent(id).unwrap_or(NodeId::DOCUMENT);
            let Some(mut parent) = html.tree.get_mut(copies[parent.index()]) else { continue };
            let mut copy = parent.append(node(tree, id));
            copies[id.index()] = copy.id();
            if let Some(root) = tree.template_contents(id) {
                copies[root.index()] = copy.append(Node::Fragment).id();
                ranges.push((root.number() + 1, tree.end(root)));
            }
        }
        html
    }
}

fn node(tree: &Tree, id: NodeId) -> Node {
    match tree.kind(id) {
        Kind::Document => Node::Document,
        Kind::Fragment => Node::Fragment,
        Kind::Text => Node::Text(Text { text: StrTendril::from(tree.data(id)) }),
        Kind::Comment => Node::Comment(Comment { comment: StrTendril::from(tree.data(id)) }),
        Kind::Doctype => {
            let doctype = tree.doctype().cloned().unwrap_or_default();
            Node::Doctype(Doctype {
                name: doctype.name.into(),
                public_id: doctype.public_id.into(),
                system_id: doctype.system_id.into(),
            })
        }
        Kind::Element => {
            let namespace = match tree.namespace(id) {
                Namespace::Html => ns!(html),
                Namespace::Svg => ns!(svg),
                Namespace::MathMl => ns!(mathml),
            };
            let name = QualName::new(None, namespace, LocalName::from(tree.name(id)));
            Node::Element(Element::new(name, tree.attributes(id).map(attribute).collect()))
        }
    }
}

fn attribute(attribute: Attribute<'_>) -> html5ever::Attribute {
    let local = LocalName::from(attribute.name);
    let name = match attribute.prefix {
        AttributePrefix::None => QualName::new(None, ns!(), local),
        AttributePrefix::XLink => QualName::new(Some("xlink".into()), ns!(xlink), local),
        AttributePrefix::Xml => QualName::new(Some("xml".into()), ns!(xml), local),
        AttributePrefix::XmlNs if *local == *"xmlns" => QualName::new(Some("".into()), ns!(xmlns), local),
        AttributePrefix::XmlNs => QualName::new(Some("xmlns".into()), ns!(xmlns), local),
    };
    html5ever::Attribute { name, value: StrTendril::from(attribute.value) }
}
