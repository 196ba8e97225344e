//! Text: as a reader sees it, as it stands in the tree, and small questions about elements.

use super::document::Document;
use super::tree::{Kind, NodeId, Tree};

/// How an element with a given name takes part in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Display {
    /// Flows with the text around it.
    Inline,
    /// Stands on lines of its own.
    Block,
    /// A table's cell: a tab parts it from the next.
    Cell,
    /// `br`
    Break,
    /// A block whose white space counts.
    Preformatted,
    /// `textarea`: in the line, its white space counts.
    InlinePreformatted,
    /// Never shown.
    Hidden,
}

impl Display {
    /// The display of each of the tree's names, as the standard's style sheet has it (HTML,
    /// 15.3), for all namespaces.
    pub fn of_names(tree: &Tree) -> Vec<Display> {
        tree.names.iter().map(Display::of).collect()
    }

    fn of(name: &str) -> Display {
        match name {
            "address" | "article" | "aside" | "blockquote" | "body" | "caption" | "center" | "colgroup"
            | "dd" | "details" | "dialog" | "dir" | "div" | "dl" | "dt" | "fieldset" | "figcaption"
            | "figure" | "footer" | "form" | "frameset" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6"
            | "head" | "header" | "hgroup" | "hr" | "html" | "legend" | "li" | "main" | "menu" | "nav"
            | "ol" | "optgroup" | "option" | "p" | "search" | "section" | "summary" | "table" | "tbody"
            | "tfoot" | "thead" | "title" | "tr" | "ul" => Display::Block,
            "td" | "th" => Display::Cell,
            "br" => Display::Break,
            "listing" | "plaintext" | "pre" | "xmp" => Display::Preformatted,
            "textarea" => Display::InlinePreformatted,
            "script" | "style" | "template" | "iframe" | "noembed" | "noframes" => Display::Hidden,
            _ => Display::Inline,
        }
    }
}

impl Document {
    /// Appends the text of the node as a reader sees it: blocks on lines of their own, `br` as a
    /// line break, a tab between the cells of a row, runs of white space as one space (in `pre`
    /// and `textarea` they stay, and no-break spaces stay everywhere), no white space at the ends.
    /// What is never shown (`script`, `style`, `iframe`'s fallback) is left out, unless it is
    /// itself the node that is asked for. The page's `title` counts.
    ///
    /// An unknown node has no text.
    pub fn text(&self, id: NodeId, into: &mut String) {
        let tree = self.tree();
        if self.known(id).is_err() {
            return;
        }
        if !tree.is_element(id) && tree.end(id) == id.number() + 1 {
            if tree.kind(id) == Kind::Text {
                let mut writer = Writer::new(into);
                writer.flow(tree.data(id));
            }
            return;
        }
        let displays = self.index().displays(tree);
        let mut writer = Writer::new(into);
        // The open elements that matter at their end.
        let mut open: Vec<(u32, Display)> = Vec::new();
        let mut preformatted = 0u32;
        let end = tree.end(id);
        let mut at = id.number();
        while at < end {
            while let Some(&(closed, display)) = open.last() {
                if closed > at {
                    break;
                }
                open.pop();
                preformatted -= u32::from(is_preformatted(display));
                writer.boundary(display);
            }
            let node = &tree.nodes[at as usize];
            match node.kind {
                Kind::Text if preformatted > 0 => writer.keep(tree.data(NodeId(at))),
                Kind::Text => writer.flow(tree.data(NodeId(at))),
                Kind::Element => match displays[node.name as usize] {
                    Display::Inline => {}
                    Display::Break => writer.line_break(),
                    Display::Hidden if at != id.number() => {
                        at = node.end;
                        continue;
                    }
                    Display::Hidden => {}
                    Display::Cell => open.push((node.end, Display::Cell)),
                    display => {
                        writer.boundary(display);
                        preformatted += u32::from(is_preformatted(display));
                        open.push((node.end, display));
                    }
                },
                _ => {}
            }
            at += 1;
        }
    }

    /// Appends all text of the node and of what is below it, as it stands (DOM's `textContent`);
    /// a comment's own data.
    pub fn full_text(&self, id: NodeId, into: &mut String) {
        let tree = self.tree();
        if self.known(id).is_err() {
            return;
        }
        if tree.kind(id) == Kind::Comment {
            into.push_str(tree.data(id));
            return;
        }
        for node in &tree.nodes[id.index()..tree.end(id) as usize] {
            if node.kind == Kind::Text {
                into.push_str(&tree.text[node.start as usize..(node.start + node.len) as usize]);
            }
        }
    }

    /// Appends the text of the text nodes right below the node, as it stands.
    pub fn own_text(&self, id: NodeId, into: &mut String) {
        let tree = self.tree();
        if self.known(id).is_ok() {
            for child in tree.children(id).filter(|child| tree.kind(*child) == Kind::Text) {
                into.push_str(tree.data(child));
            }
        }
    }

    /// The tokens of an attribute that is a list, such as `class` or `rel`: in order, repeated
    /// ones kept.
    pub fn tokens(&self, id: NodeId, name: &str) -> impl Iterator<Item = &str> {
        let known = self.known(id).ok();
        let value = known.and_then(|id| self.tree().attribute(id, name));
        value.unwrap_or("").split_ascii_whitespace()
    }

    /// The page's title (HTML, 3.1.5): the first `title` element's own text, white space
    /// collapsed; nothing if there is no such element.
    pub fn title(&self) -> Option<String> {
        let tree = self.tree();
        let title = tree.descendants(NodeId::DOCUMENT).find(|id| tree.is_html(*id, "title"))?;
        let mut text = String::new();
        self.own_text(title, &mut text);
        let mut words = text.split_ascii_whitespace();
        let mut collapsed = words.next().unwrap_or("").to_string();
        for word in words {
            collapsed.push(' ');
            collapsed.push_str(word);
        }
        Some(collapsed)
    }
}

fn is_preformatted(display: Display) -> bool {
    matches!(display, Display::Preformatted | Display::InlinePreformatted)
}

/// Writes text and decides late what stands between two pieces of it, so that nothing stands at
/// the ends and nothing twice.
struct Writer<'s> {
    into: &'s mut String,
    start: usize,
    lines: usize,
    tab: bool,
    space: bool,
}

impl<'s> Writer<'s> {
    fn new(into: &'s mut String) -> Writer<'s> {
        let start = into.len();
        Writer { into, start, lines: 0, tab: false, space: false }
    }

    /// The start or the end of an element.
    fn boundary(&mut self, display: Display) {
        match display {
            Display::Cell => self.tab = true,
            Display::InlinePreformatted => {}
            _ => self.lines = self.lines.max(1),
        }
    }

    fn line_break(&mut self) {
        self.lines += 1;
    }

    fn separate(&mut self) {
        if self.into.len() > self.start {
            match self.lines {
                0 if self.tab => self.into.push('\t'),
                0 if self.space => self.into.push(' '),
                0 => {}
                1 => self.into.push('\n'),
                lines => self.into.extend(std::iter::repeat_n('\n', lines)),
            }
        }
        (self.lines, self.tab, self.space) = (0, false, false);
    }

    /// Text whose white space is collapsed.
    fn flow(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut at = 0;
        loop {
            while let Some(length) = white_space(&bytes[at..]) {
                self.space = true;
                at += length;
            }
            if at == bytes.len() {
                return;
            }
            let start = at;
            // Words one space apart are copied in one piece.
            while at < bytes.len() {
                if WORD[bytes[at] as usize] || white_space(&bytes[at..]).is_none() {
                    at += 1;
                } else if bytes[at] == b' ' && at + 1 < bytes.len() && white_space(&bytes[at + 1..]).is_none()
                {
                    at += 2;
                } else {
                    break;
                }
            }
            self.separate();
            self.into.push_str(&text[start..at]);
        }
    }

    /// Text whose white space stays.
    fn keep(&mut self, text: &str) {
        for (number, line) in text.split('\n').enumerate() {
            self.lines += usize::from(number > 0);
            if !line.is_empty() {
                self.separate();
                self.into.push_str(line);
            }
        }
    }
}

/// The bytes that are part of a word whatever follows them.
const WORD: [bool; 256] = {
    let mut table = [true; 256];
    let mut spaces: &[u8] = b" \t\n\r\x0c\xe2";
    while let [first, rest @ ..] = spaces {
        table[*first as usize] = false;
        spaces = rest;
    }
    table
};

/// The length of the white space that the text begins with, if it does: a space, tab, line feed,
/// form feed, carriage return, or a zero width space.
fn white_space(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [b' ' | b'\t' | b'\n' | b'\r' | b'\x0c', ..] => Some(1),
        [0xe2, 0x80, 0x8b, ..] => Some(3),
        _ => None,
    }
}
