//! A tree as HTML: the standard's fragment serialization algorithm (HTML, 13.3).

use super::tree::{Attribute, Kind, Namespace, NodeId, Tree};

impl Tree {
    /// Appends the node as HTML to `out`: what `outerHTML` gives. That of the document (and of
    /// the root of a template's contents) is that of its children.
    pub fn outer_html(&self, id: NodeId, out: &mut String) {
        match self.kind(id) {
            Kind::Document | Kind::Fragment => self.inner_html(id, out),
            _ => self.serialize(id.number(), self.end(id), out),
        }
    }

    /// Appends the node's children as HTML to `out`: what `innerHTML` gives. The children of a
    /// `template` are its contents; elements that cannot have any (`br`) give nothing.
    pub fn inner_html(&self, id: NodeId, out: &mut String) {
        if !self.is_void(id) {
            let parent = self.template_contents(id).unwrap_or(id);
            self.serialize(parent.number() + 1, self.end(parent), out);
        }
    }

    /// The nodes from `at` up to `end`, which are whole subtrees.
    fn serialize(&self, at: u32, end: u32, out: &mut String) {
        /// A list of siblings that is being written.
        struct Level {
            end: u32,
            /// The element around it, and where to go on behind it.
            around: Option<(NodeId, u32)>,
        }
        let mut levels = vec![Level { end, around: None }];
        let mut at = at;
        while let Some(level) = levels.last() {
            if at >= level.end {
                if let Some((element, next)) = level.around {
                    out.push_str("</");
                    out.push_str(self.name(element));
                    out.push('>');
                    at = next;
                }
                levels.pop();
                continue;
            }
            let id = NodeId(at);
            match self.kind(id) {
                Kind::Element => {
                    self.write_start_tag(id, out);
                    let next = self.end(id);
                    if self.is_void(id) {
                        at = next;
                        continue;
                    }
                    let parent = self.template_contents(id).unwrap_or(id);
                    levels.push(Level { end: self.end(parent), around: Some((id, next)) });
                    at = parent.number();
                }
                Kind::Text if self.parent(id).is_some_and(|parent| self.holds_raw_text(parent)) => {
                    out.push_str(self.data(id));
                }
                Kind::Text => escape(self.data(id), false, out),
                Kind::Comment => {
                    out.push_str("<!--");
                    out.push_str(self.data(id));
                    out.push_str("-->");
                }
                Kind::Doctype => {
                    out.push_str("<!DOCTYPE ");
                    out.push_str(self.doctype().map_or("", |doctype| &doctype.name));
                    out.push('>');
                }
                Kind::Document | Kind::Fragment => {}
            }
            at += 1;
        }
    }

    fn write_start_tag(&self, id: NodeId, out: &mut String) {
        out.push('<');
        out.push_str(self.name(id));
        for Attribute { name, prefix, value } in self.attributes(id) {
            out.push(' ');
            out.push_str(prefix.before(name));
            out.push_str(name);
            out.push_str("=\"");
            escape(value, true, out);
            out.push('"');
        }
        out.push('>');
    }

    /// Whether it is an element that the standard writes without contents and end tag.
    fn is_void(&self, id: NodeId) -> bool {
        self.is_element(id)
            && self.namespace(id) == Namespace::Html
            && matches!(
                self.name(id),
                "area"
                    | "base"
                    | "basefont"
                    | "bgsound"
                    | "br"
                    | "col"
                    | "embed"
                    | "frame"
                    | "hr"
                    | "img"
                    | "input"
                    | "keygen"
                    | "link"
                    | "meta"
                    | "param"
                    | "source"
                    | "track"
                    | "wbr"
            )
    }

    fn holds_raw_text(&self, id: NodeId) -> bool {
        self.is_element(id)
            && self.namespace(id) == Namespace::Html
            && matches!(
                self.name(id),
                "style" | "script" | "xmp" | "iframe" | "noembed" | "noframes" | "plaintext"
            )
    }
}

/// "Escaping a string".
fn escape(text: &str, in_attribute: bool, out: &mut String) {
    let mut rest = text;
    let special = |c| matches!(c, '&' | '\u{a0}' | '<' | '>') || in_attribute && c == '"';
    while let Some(at) = rest.find(special) {
        out.push_str(&rest[..at]);
        let mut chars = rest[at..].chars();
        out.push_str(match chars.next() {
            Some('&') => "&amp;",
            Some('\u{a0}') => "&nbsp;",
            Some('<') => "&lt;",
            Some('>') => "&gt;",
            _ => "&quot;",
        });
        rest = chars.as_str();
    }
    out.push_str(rest);
}
