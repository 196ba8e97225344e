//! Text: as a reader sees it, as it stands in the tree, and small questions about elements.

use super::document::Document;
use super::tree::{Kind, Namespace, NodeId, Tree};

/// How an element with a given name takes part in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Display {
    /// Flows with the text around it.
    Inline,
    /// Stands on lines of its own.
    Block,
    /// `dialog`: a block, if it is open.
    Dialog,
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
    fn of(name: &str) -> Display {
        match name {
            "address" | "article" | "aside" | "blockquote" | "body" | "caption" | "center" | "colgroup"
            | "dd" | "details" | "dir" | "div" | "dl" | "dt" | "fieldset" | "figcaption" | "figure"
            | "footer" | "form" | "frameset" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "head"
            | "header" | "hgroup" | "hr" | "html" | "legend" | "li" | "main" | "menu" | "nav" | "ol"
            | "optgroup" | "option" | "p" | "search" | "section" | "summary" | "table" | "tbody"
            | "tfoot" | "thead" | "title" | "tr" | "ul" => Display::Block,
            "td" | "th" => Display::Cell,
            "dialog" => Display::Dialog,
            "br" => Display::Break,
            "listing" | "plaintext" | "pre" | "xmp" => Display::Preformatted,
            "textarea" => Display::InlinePreformatted,
            "script" | "style" | "template" | "noembed" | "noframes" | "datalist" | "rp" => Display::Hidden,
            // What stands in these is for browsers that do not know them.
            "iframe" | "canvas" | "audio" | "video" => Display::Hidden,
            _ => Display::Inline,
        }
    }

    /// The same of what HTML's style sheet says nothing of. What describes a drawing is never
    /// rendered (SVG 2, chapter 5).
    fn of_foreign(namespace: Namespace, name: &str) -> Display {
        match (namespace, name) {
            (Namespace::Svg, "script" | "style" | "title" | "desc" | "metadata") => Display::Hidden,
            _ => Display::Inline,
        }
    }
}

/// How a tree's elements take part in the text, as the standard's style sheet has it (HTML, 15.3),
/// but for the page's title.
#[derive(Debug)]
pub(super) struct Displays {
    /// Of HTML's elements, by the names' numbers.
    names: Vec<Display>,
    /// The numbers of the attributes that decide, if the tree has them.
    hidden: Option<u32>,
    open: Option<u32>,
    popover: Option<u32>,
}

impl Displays {
    pub fn new(tree: &Tree) -> Displays {
        let names = tree.names.iter().map(Display::of).collect();
        let [hidden, open, popover] = ["hidden", "open", "popover"].map(|name| tree.number_of(name));
        Displays { names, hidden, open, popover }
    }

    fn of(&self, tree: &Tree, id: NodeId) -> Display {
        let node = &tree.nodes[id.index()];
        if node.namespace != Namespace::Html {
            return Display::of_foreign(node.namespace, tree.name(id));
        }
        let display = self.names[node.name as usize];
        let value = |name: u32| {
            let attr = tree.attrs_of(id).iter().find(|attr| attr.name == name)?;
            Some(tree.attribute_of(attr).value)
        };
        let hidden = self.hidden.and_then(value).is_some_and(|how| !how.eq_ignore_ascii_case("until-found"));
        // Only a script opens a popover, but a dialog may be open as the page stands.
        let dialog = display == Display::Dialog;
        let opens = dialog || self.popover.and_then(value).is_some();
        let open = dialog && self.open.and_then(value).is_some();
        if hidden || opens && !open { Display::Hidden } else { display }
    }
}

impl Document {
    /// Appends the text of the node as a reader sees it: blocks on lines of their own, `br` as a
    /// line break, a tab between the cells of a row (empty ones have theirs, but for those at its
    /// end), runs of white space as one space (in `pre` and `textarea` they stay, and no-break
    /// spaces stay everywhere), no white space at the ends. What is not shown (`script`, `style`,
    /// `iframe`'s fallback, `datalist`, a drawing's description, a `dialog` that is not open, a
    /// `popover`, whatever is `hidden`) is left out, unless it is itself the node that is asked
    /// for. The page's `title` counts, and so does what `details` holds, open or closed.
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
        let mut open: Vec<(u32, Display, Place)> = Vec::new();
        let mut preformatted = 0u32;
        let end = tree.end(id);
        let mut at = id.number();
        while at < end {
            while let Some(&(closed, display, start)) = open.last() {
                if closed > at {
                    break;
                }
                open.pop();
                preformatted -= u32::from(is_preformatted(display));
                match display {
                    Display::Cell => writer.end_of_cell(start),
                    display => writer.boundary(display),
                }
            }
            let node = &tree.nodes[at as usize];
            match node.kind {
                Kind::Text if preformatted > 0 => writer.keep(tree.data(NodeId(at))),
                Kind::Text => writer.flow(tree.data(NodeId(at))),
                Kind::Element => match displays.of(tree, NodeId(at)) {
                    Display::Inline => {}
                    Display::Break => writer.line_break(),
                    Display::Hidden if at != id.number() => {
                        at = node.end;
                        continue;
                    }
                    Display::Hidden => {}
                    Display::Cell => open.push((node.end, Display::Cell, writer.place())),
                    display => {
                        writer.boundary(display);
                        preformatted += u32::from(is_preformatted(display));
                        open.push((node.end, display, writer.place()));
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

/// What stands between two pieces of text.
#[derive(Clone, Copy, Default)]
struct Gap {
    lines: usize,
    /// Whether a cell ended that is not empty.
    tab: bool,
    /// How many empty cells of the row there were since.
    empty: usize,
    space: bool,
}

/// How much was written, and the gap behind it.
type Place = (usize, Gap);

/// Writes text and decides late what stands between two pieces of it, so that nothing stands at
/// the ends and nothing twice.
struct Writer<'s> {
    into: &'s mut String,
    start: usize,
    gap: Gap,
}

impl<'s> Writer<'s> {
    fn new(into: &'s mut String) -> Writer<'s> {
        let start = into.len();
        Writer { into, start, gap: Gap::default() }
    }

    /// The start or the end of an element.
    fn boundary(&mut self, display: Display) {
        if display != Display::InlinePreformatted {
            self.gap.lines = self.gap.lines.max(1);
            self.gap.empty = 0;
        }
    }

    fn place(&self) -> Place {
        (self.into.len(), self.gap)
    }

    /// The end of the cell that began at `start`. Without text it counts as one whatever is in it.
    fn end_of_cell(&mut self, start: Place) {
        if self.into.len() == start.0 {
            self.gap = start.1;
            self.gap.empty += 1;
        } else {
            self.gap.tab = true;
        }
    }

    fn line_break(&mut self) {
        self.gap.lines += 1;
    }

    fn separate(&mut self) {
        let Gap { lines, tab, empty, space } = std::mem::take(&mut self.gap);
        if self.into.len() == self.start {
            return;
        }
        let tabs = empty + usize::from(tab && lines == 0);
        if space && lines + tabs == 0 {
            self.into.push(' ');
        }
        self.into.extend(std::iter::repeat_n('\n', lines));
        self.into.extend(std::iter::repeat_n('\t', tabs));
    }

    /// Text whose white space is collapsed.
    fn flow(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let is_space = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_whitespace);
        let mut at = 0;
        loop {
            while is_space(at) {
                self.gap.space = true;
                at += 1;
            }
            if at == bytes.len() {
                return;
            }
            let start = at;
            // Words one space apart are copied in one piece.
            while at < bytes.len() {
                if !bytes[at].is_ascii_whitespace() {
                    at += 1;
                } else if bytes[at] == b' ' && at + 1 < bytes.len() && !is_space(at + 1) {
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
            self.gap.lines += usize::from(number > 0);
            if !line.is_empty() {
                self.separate();
                self.into.push_str(line);
            }
        }
    }
}
