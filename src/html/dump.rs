//! A tree as the html5lib tests write it.

use super::tree::{Attribute, AttributePrefix, Kind, Namespace, NodeId, Tree};

impl Tree {
    /// The tree in the format of the html5lib tree-construction tests: one line for each node
    /// and attribute, indented by depth; attributes sorted. For comparing parsers.
    pub fn dump(&self) -> String {
        let mut out = String::new();
        self.dump_children(NodeId::DOCUMENT, 0, &mut out);
        out
    }

    fn dump_children(&self, root: NodeId, depth: usize, out: &mut String) {
        // (next node, end of its list, depth)
        let mut levels = vec![(root.number() + 1, self.end(root), depth)];
        while let Some((at, end, depth)) = levels.last_mut() {
            if at >= end {
                levels.pop();
                continue;
            }
            let (id, depth) = (NodeId(*at), *depth);
            *at = self.end(id);
            self.dump_node(id, depth, out);
            if let Some(contents) = self.template_contents(id) {
                line(depth + 1, "content", out);
                levels.push((contents.number() + 1, self.end(contents), depth + 2));
            } else {
                levels.push((id.number() + 1, self.end(id), depth + 1));
            }
        }
    }

    fn dump_node(&self, id: NodeId, depth: usize, out: &mut String) {
        match self.kind(id) {
            Kind::Element => {
                let namespace = match self.namespace(id) {
                    Namespace::Html => "",
                    Namespace::Svg => "svg ",
                    Namespace::MathMl => "math ",
                };
                line(depth, &format!("<{namespace}{}>", self.name(id)), out);
                let mut attributes: Vec<(String, &str)> = self.attributes(id).map(named).collect();
                attributes.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
                for (name, value) in attributes {
                    line(depth + 1, &format!("{name}=\"{value}\""), out);
                }
            }
            Kind::Text => line(depth, &format!("\"{}\"", self.data(id)), out),
            Kind::Comment => line(depth, &format!("<!-- {} -->", self.data(id)), out),
            Kind::Doctype => {
                let doctype = self.doctype().cloned().unwrap_or_default();
                let ids = if doctype.public_id.is_empty() && doctype.system_id.is_empty() {
                    String::new()
                } else {
                    format!(" \"{}\" \"{}\"", doctype.public_id, doctype.system_id)
                };
                line(depth, &format!("<!DOCTYPE {}{ids}>", doctype.name), out);
            }
            Kind::Document | Kind::Fragment => {}
        }
    }
}

fn named(attribute: Attribute<'_>) -> (String, &str) {
    let prefix = match attribute.prefix {
        AttributePrefix::None => "",
        AttributePrefix::XLink => "xlink ",
        AttributePrefix::Xml => "xml ",
        AttributePrefix::XmlNs => "xmlns ",
    };
    (format!("{prefix}{}", attribute.name), attribute.value)
}

fn line(depth: usize, text: &str, out: &mut String) {
    out.push_str("| ");
    for _ in 0..depth {
        out.push_str("  ");
    }
    out.push_str(text);
    out.push('\n');
}
