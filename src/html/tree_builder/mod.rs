//! The tree construction stage (HTML, 13.2.6): tokens to nodes.
//!
//! It writes straight into the arena. What it needs to know of an open element, it holds on its
//! stack: the tag as a small number, and the sets of the standard that the element is in as bits.
//! Scripting is off. Parse errors are not reported; no rule depends on them.

mod adoption;
mod deep;
mod doctype;
mod foreign;
mod formatting;
mod insert;
mod meta;
mod modes;
mod select;
mod stack;
mod tags;

pub(super) use tags::Tag;

use super::building::{Attrs, Building, Excess, NONE};
use super::charset::Charset;
use super::names::Name;
use super::tokenizer::{Doctype, Sink, State};
use super::tree::{AttributePrefix, Namespace, Tree};
use deep::Deep;
use formatting::Formatting;
use modes::Mode;
use select::Selects;
use stack::{Open, Stack};

/// The form element pointer of a fragment whose context is a form.
const CONTEXT: u32 = NONE - 1;

/// A start tag.
#[derive(Clone, Copy)]
struct Start {
    name: Name,
    attrs: Attrs,
    self_closing: bool,
    /// The line that it begins in.
    line: u32,
}

/// A token for the insertion modes.
#[derive(Clone, Copy)]
enum Token<'t> {
    Start(Start),
    End(Name),
    /// Text of any kind; none that begins with white space where a mode tells that apart.
    Text(&'t str),
    /// White space, where a mode tells it apart.
    Space(&'t str),
    Nul,
    Comment(&'t str),
    Eof,
}

/// What an insertion mode makes of a token.
#[derive(Clone, Copy, PartialEq)]
#[must_use]
enum Step {
    Done,
    /// "Reprocess the token" in the mode that was switched to.
    Again,
}

/// White space (Infra, "ASCII whitespace").
#[inline]
fn is_space(byte: u8) -> bool {
    byte.is_ascii_whitespace()
}

/// The tree construction stage.
pub(super) struct TreeBuilder {
    arena: Building,
    stack: Stack,
    formatting: Formatting,
    mode: Mode,
    /// The original insertion mode, for text.
    original: Mode,
    template_modes: Vec<Mode>,
    /// The head element pointer; [`NONE`] if null.
    head: u32,
    /// The form element pointer.
    form: u32,
    frameset_ok: bool,
    foster_parenting: bool,
    /// The next token is ignored if it is a line feed.
    ignore_line_feed: bool,
    /// The pending table character tokens.
    table_text: String,
    /// The element that a fragment is parsed as the content of.
    context: Option<Open>,
    /// The state that the tokenizer is to go on in.
    switch: Option<State>,
    /// What the tree held before the tag at hand, and whether an element has its attributes.
    attributes_from: usize,
    text_from: usize,
    attributes_used: bool,
    /// The state while the stack is too deep.
    deep: Option<Deep>,
    selects: Selects,
    charset: Charset,
    /// The encoding that the page declares, different from the one it was decoded from.
    declared: Option<Charset>,
}

impl TreeBuilder {
    /// A builder of a page of so many bytes.
    pub fn new(bytes: usize, max_nodes: u32, charset: Charset) -> TreeBuilder {
        TreeBuilder {
            arena: Building::new(bytes, max_nodes),
            stack: Stack::new(),
            formatting: Formatting::default(),
            mode: Mode::Initial,
            original: Mode::Initial,
            template_modes: Vec::new(),
            head: NONE,
            form: NONE,
            frameset_ok: true,
            foster_parenting: false,
            ignore_line_feed: false,
            table_text: String::new(),
            context: None,
            switch: None,
            attributes_from: 0,
            text_from: 0,
            attributes_used: false,
            deep: None,
            selects: Selects::default(),
            charset,
            declared: None,
        }
    }

    /// Parses a fragment (13.4): the content of an element of this name. Tells the state that the
    /// tokenizer starts in.
    pub fn set_context(&mut self, namespace: Namespace, name: &str) -> State {
        let name = self.arena.name(&name.to_ascii_lowercase());
        let start = Start { name, attrs: Attrs::NONE, self_closing: false, line: 0 };
        let mut context = Open::html(NONE, Name::NONE);
        let mut state = State::Data;
        if namespace == Namespace::Html {
            context = Open { inside: NONE, ..Open::html(0, name) };
            state = match name.tag {
                Tag::Title | Tag::Textarea => State::Rcdata,
                Tag::Style | Tag::Xmp | Tag::Iframe | Tag::Noembed | Tag::Noframes => State::Rawtext,
                Tag::Script => State::ScriptData,
                Tag::Plaintext => State::Plaintext,
                _ => State::Data,
            };
        } else {
            (context.name, context.namespace) = (name.number, namespace);
            context.class = self.foreign_class(start, namespace);
        }
        if context.tag == Tag::Template {
            self.template_modes.push(Mode::InTemplate);
        }
        if context.tag == Tag::Form {
            self.form = CONTEXT;
        }
        self.context = Some(context);
        let name = self.arena.names.known(Tag::Html);
        self.insert_root(Start { name, ..start });
        self.reset_mode();
        state
    }

    /// The encoding to decode the page from again.
    pub fn declared(&self) -> Option<Charset> {
        self.declared
    }

    /// The encoding, and who declared it.
    pub fn charset(&self) -> Charset {
        self.charset
    }

    /// The limit that the page exceeded, if it did.
    pub fn excess(&self) -> Option<Excess> {
        self.arena.excess
    }

    /// The tree, or that of a fragment: without the `html` element that it is parsed in.
    pub fn into_tree(mut self) -> Tree {
        if self.context.is_some() {
            self.arena.unwrap_root();
        }
        self.arena.into_tree()
    }

    /// The tree construction dispatcher (13.2.6).
    fn process(&mut self, token: Token<'_>) {
        while match self.is_foreign(&token) {
            true => self.in_foreign_content(token),
            false => self.by_mode(token),
        } == Step::Again
        {}
    }

    /// Forgets the attributes of a tag that was ignored, whose values end at `text_to`.
    fn drop_attributes(&mut self, text_to: usize) {
        self.arena.attrs.truncate(self.attributes_from);
        if self.arena.text.len() == text_to {
            self.arena.text.truncate(self.text_from);
        }
    }
}

impl Sink for TreeBuilder {
    #[inline]
    fn stopped(&self) -> bool {
        self.arena.excess.is_some() || self.declared.is_some()
    }

    fn name(&mut self, text: &str) -> Name {
        self.arena.name(text)
    }

    #[inline]
    fn open_tag(&mut self) {
        self.attributes_from = self.arena.attrs.len();
        self.text_from = self.arena.text.len();
    }

    #[inline]
    fn attribute(&mut self, name: Name, value: &str) {
        self.arena.attribute(name.number, AttributePrefix::None, value);
    }

    #[inline]
    fn start_tag(&mut self, name: Name, self_closing: bool, line: u32) -> Option<State> {
        if self.stopped() {
            return None;
        }
        let attrs = self.arena.attributes_since(self.attributes_from);
        let text_to = self.arena.text.len();
        let tag = Start { name, attrs, self_closing, line };
        self.ignore_line_feed = false;
        self.attributes_used = attrs.len == 0;
        if !self.is_deep() || !self.insert_deep(tag) {
            self.process(Token::Start(tag));
        }
        if !self.attributes_used {
            self.drop_attributes(text_to);
        }
        self.switch.take()
    }

    #[inline]
    fn end_tag(&mut self, name: Name) {
        self.ignore_line_feed = false;
        if self.deep.is_none() || !self.close_deep(name) {
            self.process(Token::End(name));
        }
    }

    #[inline]
    fn text(&mut self, mut text: &str) {
        if std::mem::take(&mut self.ignore_line_feed) {
            text = text.strip_prefix('\n').unwrap_or(text);
        }
        // Modes that tell white space apart take one kind at a time.
        while !text.is_empty() {
            if !self.mode.tells_space_apart() {
                return self.process(Token::Text(text));
            }
            let space = is_space(text.as_bytes()[0]);
            let length = text.bytes().position(|byte| is_space(byte) != space).unwrap_or(text.len());
            let (run, rest) = text.split_at(length);
            self.process(if space { Token::Space(run) } else { Token::Text(run) });
            text = rest;
        }
    }

    fn nul(&mut self) {
        self.ignore_line_feed = false;
        self.process(Token::Nul);
    }

    fn comment(&mut self, text: &str) {
        self.ignore_line_feed = false;
        self.process(Token::Comment(text));
    }

    fn doctype(&mut self, doctype: Doctype) {
        self.ignore_line_feed = false;
        self.process_doctype(doctype);
    }

    fn end(&mut self) {
        if !self.stopped() {
            self.process(Token::Eof);
        }
    }

    #[inline]
    fn in_foreign_content(&self) -> bool {
        self.adjusted_current().is_foreign()
    }
}
