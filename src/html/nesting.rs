//! Between a tokenizer and html5ever's tree builder: keeps elements from nesting too deep, and
//! takes the tree builder's side messages (lines, encoding declarations, exceeded limits).
//!
//! The tree builder walks its stack of open elements for nearly every tag, so a page that only
//! opens elements takes it quadratic time. Browsers stop at 512: deeper elements become children
//! of the element at that depth. So here: once the stack is that deep, start tags are no longer
//! given to the tree builder but make an element in the current one directly, and the end tags
//! that belong to such elements are swallowed.

use super::builder::{Builder, Handle};
use super::building::Excess;
use super::charset::Charset;
use super::tokenizer::Sink;
use super::tree::Namespace;
use html5ever::tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult};
use html5ever::tree_builder::{NodeOrText, Tracer, TreeBuilder, TreeSink, create_element_with_flags};
use html5ever::{Attribute, LocalName, QualName, local_name, ns};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;

/// How deep elements nest, `html` being the first.
const MAX_DEPTH: usize = 512;

/// The tree builder holds the document, the `head` and perhaps a `form` and a context besides.
const OTHER_HANDLES: usize = 2;

/// The state while the stack is too deep.
struct Deep {
    /// The current node.
    parent: Handle,
    /// The elements that the tree builder knows nothing of, still open.
    open: Vec<LocalName>,
    /// How many of each name.
    count: HashMap<LocalName, u32>,
}

/// A tree builder that is told of tags, within limits.
pub(super) struct Nesting {
    builder: TreeBuilder<Handle, Builder>,
    /// No fewer than the handles that the tree builder holds.
    bound: Cell<usize>,
    deep: RefCell<Option<Deep>>,
    /// Whether there is one.
    is_deep: Cell<bool>,
    charset: Cell<Charset>,
    /// The encoding that the page declares, different from the one it was decoded from.
    declared: Cell<Option<Charset>>,
    stopped: Cell<bool>,
}

impl Nesting {
    pub fn new(builder: TreeBuilder<Handle, Builder>, charset: Charset) -> Nesting {
        Nesting {
            builder,
            bound: Cell::new(0),
            deep: RefCell::new(None),
            is_deep: Cell::new(false),
            charset: Cell::new(charset),
            declared: Cell::new(None),
            stopped: Cell::new(false),
        }
    }

    /// The encoding to decode the page from again.
    pub fn declared(&self) -> Option<Charset> {
        self.declared.get()
    }

    /// The encoding, and who declared it.
    pub fn charset(&self) -> Charset {
        self.charset.get()
    }

    pub fn into_sink(self) -> Builder {
        self.builder.sink
    }

    fn start_tag(&self, tag: Tag, line: u64) -> TokenSinkResult<Handle> {
        let deep = self.is_deep.get();
        if deep && !is_exempt(&tag.name) {
            self.insert_deep(tag, line);
            return TokenSinkResult::Continue;
        }
        let name = tag.name.clone();
        let before = self.builder.sink.created();
        let result = self.builder.process_token(Token::TagToken(tag), 1);
        let created = (self.builder.sink.created() - before) as usize;
        if created > 0 {
            self.builder.sink.set_line(&name, u32::try_from(line).unwrap_or(u32::MAX));
        }
        // An element may be open and, if it formats, be listed too.
        self.bound.set(self.bound.get() + 2 * created);
        let text_only = !matches!(result, TokenSinkResult::Continue | TokenSinkResult::Script(_));
        if !text_only && (deep || self.bound.get() > MAX_DEPTH) {
            self.measure();
        }
        result
    }

    fn end_tag(&self, tag: Tag) -> TokenSinkResult<Handle> {
        let is_deep = self.is_deep.get();
        if is_deep
            && let Some(deep) = &mut *self.deep.borrow_mut()
            && deep.count.get(&tag.name).is_some_and(|count| *count > 0)
        {
            while let Some(name) = deep.open.pop() {
                *deep.count.entry(name.clone()).or_insert(1) -= 1;
                if name == tag.name {
                    break;
                }
            }
            return TokenSinkResult::Continue;
        }
        let result = self.builder.process_token(Token::TagToken(tag), 1);
        if is_deep {
            self.measure();
        }
        result
    }

    /// Begins or ends the deep state, as many elements are open.
    fn measure(&self) {
        let deep = &mut *self.deep.borrow_mut();
        let current = deep.is_some().then(|| self.current_node()).flatten();
        if let (Some(deep), Some(current)) = (&deep, &current)
            && deep.parent.is(current)
        {
            return; // nothing was closed
        }
        let count = self.open_elements();
        self.bound.set(count);
        let parent = if count < MAX_DEPTH + OTHER_HANDLES { None } else { self.current_node() };
        self.is_deep.set(parent.is_some());
        match (parent, deep) {
            (Some(parent), Some(deep)) => deep.parent = parent,
            (parent, deep) => {
                *deep = parent.map(|parent| Deep { parent, open: Vec::new(), count: HashMap::new() });
            }
        }
    }

    /// The number of handles that the tree builder holds: the open elements, those listed for
    /// formatting, and a few others.
    fn open_elements(&self) -> usize {
        struct Count(Cell<usize>);
        impl Tracer for Count {
            type Handle = Handle;
            fn trace_handle(&self, _: &Handle) {
                self.0.set(self.0.get() + 1);
            }
        }
        let count = Count(Cell::new(0));
        self.builder.trace_handles(&count);
        count.0.get()
    }

    /// The current node. A comment would go into it, so one tells which it is.
    fn current_node(&self) -> Option<Handle> {
        self.builder.sink.start_probe();
        let _ = self.builder.process_token(Token::CommentToken("".into()), 1);
        self.builder.sink.end_probe()
    }

    /// Makes an element in the current node without opening it.
    fn insert_deep(&self, tag: Tag, line: u64) {
        let Some(deep) = &mut *self.deep.borrow_mut() else { return };
        let namespace = match (&tag.name, deep.parent.namespace()) {
            (&local_name!("svg"), _) | (_, Namespace::Svg) => ns!(svg),
            (&local_name!("math"), _) | (_, Namespace::MathMl) => ns!(mathml),
            _ => ns!(html),
        };
        let leaf = if namespace == ns!(html) { is_void(&tag.name) } else { tag.self_closing };
        if !leaf {
            deep.open.push(tag.name.clone());
            *deep.count.entry(tag.name.clone()).or_insert(0) += 1;
        }
        let name = QualName::new(None, namespace, tag.name.clone());
        let sink = &self.builder.sink;
        let element = create_element_with_flags(sink, name, tag.attrs, tag.had_duplicate_attributes);
        sink.append(&deep.parent, NodeOrText::AppendNode(element));
        sink.set_line(&tag.name, u32::try_from(line).unwrap_or(u32::MAX));
    }

    /// Stops if a limit is exceeded.
    fn check(&self) {
        if self.builder.sink.excess().is_some() {
            self.stopped.set(true);
        }
    }

    /// The limit that the page exceeded, if it did.
    pub fn excess(&self) -> Option<Excess> {
        self.builder.sink.excess()
    }
}

/// Start tags that the tree builder must see however deep they are: they merge into the elements
/// there are or are ignored, or switch the tokenizer, hold nothing but text and so nest no deeper.
fn is_exempt(name: &LocalName) -> bool {
    matches!(
        *name,
        local_name!("html")
            | local_name!("head")
            | local_name!("body")
            | local_name!("iframe")
            | local_name!("noembed")
            | local_name!("noframes")
            | local_name!("plaintext")
            | local_name!("script")
            | local_name!("style")
            | local_name!("textarea")
            | local_name!("title")
            | local_name!("xmp")
    )
}

fn is_void(name: &LocalName) -> bool {
    matches!(
        *name,
        local_name!("area")
            | local_name!("base")
            | local_name!("basefont")
            | local_name!("bgsound")
            | local_name!("br")
            | local_name!("col")
            | local_name!("embed")
            | local_name!("frame")
            | local_name!("hr")
            | local_name!("image")
            | local_name!("img")
            | local_name!("input")
            | local_name!("keygen")
            | local_name!("link")
            | local_name!("meta")
            | local_name!("param")
            | local_name!("source")
            | local_name!("track")
            | local_name!("wbr")
    )
}

impl Sink for Nesting {
    fn stopped(&self) -> bool {
        self.stopped.get()
    }

    fn name(&self, name: &str) -> LocalName {
        self.builder.sink.name(name)
    }

    fn spare_attributes(&self) -> Vec<Attribute> {
        self.builder.sink.spare_attributes()
    }
}

impl TokenSink for Nesting {
    type Handle = Handle;

    #[inline]
    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<Handle> {
        if self.stopped.get() {
            return TokenSinkResult::Continue;
        }
        let result = match token {
            Token::TagToken(tag) => {
                let result = match tag.kind {
                    TagKind::StartTag => self.start_tag(tag, line),
                    TagKind::EndTag => self.end_tag(tag),
                };
                self.check();
                result
            }
            Token::ParseError(_) => return TokenSinkResult::Continue,
            token => {
                let result = self.builder.process_token(token, 1);
                self.check();
                result
            }
        };
        let TokenSinkResult::EncodingIndicator(label) = result else { return result };
        if let Some(declared) = self.charset.get().changed_by_meta(&label) {
            if declared.same_encoding(self.charset.get()) {
                self.charset.set(declared);
            } else {
                self.declared.set(Some(declared));
                self.stopped.set(true);
            }
        }
        TokenSinkResult::Continue
    }

    fn end(&self) {
        self.builder.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.builder.adjusted_current_node_present_but_not_in_html_namespace()
    }
}
