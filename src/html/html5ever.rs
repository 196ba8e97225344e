//! Stock html5ever, its tokenizer and its tree builder, writing into the same tree: what the
//! library's own parser is compared with. No C function uses it.

use super::building::{Attrs, Building, NONE};
use super::document::Document;
use super::options::ParseOptions;
use super::parser::{Context, Input, Outcome};
use super::tokenizer;
use super::tree::{AttributePrefix, Kind, Namespace, Quirks};
use crate::error::{Code, Error, Result};
use ::html5ever::tendril::StrTendril;
use ::html5ever::tokenizer::{BufferQueue, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use ::html5ever::tree_builder::{
    ElementFlags, NodeOrText, QuirksMode, TreeBuilder, TreeBuilderOpts, TreeSink,
};
use ::html5ever::{Attribute, ExpandedName, LocalName, QualName, TokenizerResult, local_name, ns};
use std::borrow::Cow;
use std::cell::RefCell;

impl Document {
    /// What [`from_bytes`](Document::from_bytes) does, with html5ever: for comparing parsers. It
    /// is several times as slow, takes quadratic time for elements that nest deep, which it does
    /// not cap, and departs from the standard in a few places.
    pub fn from_bytes_with_html5ever(bytes: &[u8], options: ParseOptions) -> Result<Document> {
        Document::decode_and_parse(bytes, options, None, parse)
    }

    /// What [`fragment_from_bytes`](Document::fragment_from_bytes) does, with html5ever.
    pub fn fragment_from_bytes_with_html5ever(
        bytes: &[u8],
        context: &str,
        options: ParseOptions,
    ) -> Result<Document> {
        Document::decode_and_parse(bytes, options, Some(Context::new(context)), parse)
    }
}

fn parse(input: Input<'_>) -> Result<Outcome> {
    let sink = Sink { arena: RefCell::new(Building::new(input.text.len(), input.limits.nodes)) };
    let options = TreeBuilderOpts { scripting_enabled: false, ..TreeBuilderOpts::default() };
    let mut tokenizer_options = TokenizerOpts::default();
    let builder = match input.context {
        None => TreeBuilder::new(sink, options),
        Some(Context { namespace, name }) => {
            let mut flags = ElementFlags::default();
            flags.template = namespace == Namespace::Html && name == "template";
            let is_form = namespace == Namespace::Html && name == "form";
            let name = QualName::new(None, NAMESPACES[namespace as usize].clone(), name.into());
            let context = sink.create_element(name, Vec::new(), flags);
            let form = is_form.then(|| context.clone());
            let builder = TreeBuilder::new_for_fragment(sink, context, form, options);
            tokenizer_options.initial_state = Some(builder.tokenizer_state_for_context_elem(false));
            builder
        }
    };
    let tokenizer = Tokenizer::new(WithoutErrors(builder), tokenizer_options);
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from(&*tokenizer::normalized(input.text)));
    let mut charset = input.charset;
    loop {
        match tokenizer.feed(&queue) {
            TokenizerResult::Done => break,
            TokenizerResult::Script(_) => {}
            TokenizerResult::EncodingIndicator(label) => {
                if let Some(declared) = charset.changed_by_meta(&label) {
                    if !declared.same_encoding(charset) {
                        return Ok(Outcome::Encoding(declared));
                    }
                    charset = declared;
                }
            }
        }
    }
    tokenizer.end();
    let mut arena = tokenizer.sink.0.sink.arena.into_inner();
    if arena.excess.is_some() {
        return Err(Error::new(Code::DocumentTooLarge, "page beyond a limit"));
    }
    if input.context.is_some() {
        arena.unwrap_root();
    }
    Ok(Outcome::Parsed(arena.into_tree(), charset))
}

/// Keeps parse errors from the tree builder. It takes them for tokens: with one in between, the line
/// break after `<pre>` stays.
struct WithoutErrors(TreeBuilder<Handle, Sink>);

impl TokenSink for WithoutErrors {
    type Handle = Handle;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<Handle> {
        match token {
            Token::ParseError(_) => TokenSinkResult::Continue,
            token => self.0.process_token(token, line),
        }
    }

    fn end(&self) {
        self.0.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.0.adjusted_current_node_present_but_not_in_html_namespace()
    }
}

static NAMESPACES: [::html5ever::Namespace; 3] = [ns!(html), ns!(svg), ns!(mathml)];

/// A node as html5ever holds it. It carries its name, which html5ever asks for all the time.
#[derive(Clone)]
struct Handle {
    id: u32,
    namespace: Namespace,
    name: LocalName,
    /// A MathML `annotation-xml` that holds HTML.
    integration_point: bool,
}

impl Handle {
    fn new(id: u32) -> Handle {
        Handle { id, namespace: Namespace::Html, name: local_name!(""), integration_point: false }
    }
}

/// What html5ever's tree builder writes into.
struct Sink {
    arena: RefCell<Building>,
}

impl Building {
    fn store_attributes(&mut self, attributes: Vec<Attribute>) -> Attrs {
        let count = self.attrs.len();
        for Attribute { name, value } in attributes {
            let prefix = match name.ns {
                ns!(xlink) => AttributePrefix::XLink,
                ns!(xml) => AttributePrefix::Xml,
                ns!(xmlns) => AttributePrefix::XmlNs,
                _ => AttributePrefix::None,
            };
            let name = self.name(&name.local).number;
            self.attribute(name, prefix, &value);
        }
        self.attributes_since(count)
    }
}

impl TreeSink for Sink {
    type Handle = Handle;
    type Output = ();
    type ElemName<'a> = ExpandedName<'a>;

    fn finish(self) {}

    fn parse_error(&self, _: Cow<'static, str>) {}

    fn get_document(&self) -> Handle {
        Handle::new(0)
    }

    fn elem_name<'a>(&'a self, target: &'a Handle) -> ExpandedName<'a> {
        ExpandedName { ns: &NAMESPACES[target.namespace as usize], local: &target.name }
    }

    fn create_element(&self, name: QualName, attrs: Vec<Attribute>, flags: ElementFlags) -> Handle {
        let namespace = match name.ns {
            ns!(svg) => Namespace::Svg,
            ns!(mathml) => Namespace::MathMl,
            _ => Namespace::Html,
        };
        let arena = &mut *self.arena.borrow_mut();
        let attrs = arena.store_attributes(attrs);
        let number = arena.name(&name.local).number;
        let id = arena.element(number, namespace, attrs, 0);
        if flags.template {
            arena.template(id);
        }
        let integration_point = flags.mathml_annotation_xml_integration_point;
        Handle { id, namespace, name: name.local, integration_point }
    }

    fn create_comment(&self, text: StrTendril) -> Handle {
        let arena = &mut *self.arena.borrow_mut();
        let (start, len) = arena.store(&text);
        Handle::new(arena.push(Kind::Comment, 0, Namespace::Html, start, len))
    }

    fn create_pi(&self, _: StrTendril, data: StrTendril) -> Handle {
        self.create_comment(data)
    }

    fn append(&self, parent: &Handle, child: NodeOrText<Handle>) {
        let arena = &mut *self.arena.borrow_mut();
        match child {
            NodeOrText::AppendNode(node) => arena.append(parent.id, node.id),
            NodeOrText::AppendText(text) => arena.append_text(parent.id, &text),
        }
    }

    fn append_before_sibling(&self, sibling: &Handle, child: NodeOrText<Handle>) {
        let arena = &mut *self.arena.borrow_mut();
        let parent = arena.nodes[sibling.id as usize].parent;
        match child {
            NodeOrText::AppendNode(node) => arena.insert(parent, sibling.id, node.id),
            NodeOrText::AppendText(text) => arena.insert_text(parent, sibling.id, &text),
        }
    }

    fn append_based_on_parent_node(&self, element: &Handle, previous: &Handle, child: NodeOrText<Handle>) {
        let parent = self.arena.borrow().nodes[element.id as usize].parent;
        if parent != NONE {
            self.append_before_sibling(element, child);
        } else {
            self.append(previous, child);
        }
    }

    fn append_doctype_to_document(&self, name: StrTendril, public_id: StrTendril, system_id: StrTendril) {
        let some = |id: StrTendril| Some(id.to_string());
        let (name, public_id, system_id) = (some(name), some(public_id), some(system_id));
        let doctype = tokenizer::Doctype { name, public_id, system_id, force_quirks: false };
        self.arena.borrow_mut().doctype(doctype);
    }

    fn get_template_contents(&self, target: &Handle) -> Handle {
        Handle::new(target.id + 1)
    }

    fn same_node(&self, a: &Handle, b: &Handle) -> bool {
        a.id == b.id
    }

    fn set_quirks_mode(&self, mode: QuirksMode) {
        self.arena.borrow_mut().quirks = match mode {
            QuirksMode::NoQuirks => Quirks::No,
            QuirksMode::LimitedQuirks => Quirks::Limited,
            QuirksMode::Quirks => Quirks::Full,
        };
    }

    fn add_attrs_if_missing(&self, target: &Handle, attributes: Vec<Attribute>) {
        let arena = &mut *self.arena.borrow_mut();
        let attrs = arena.store_attributes(attributes);
        arena.add_attributes(target.id, attrs);
    }

    fn associate_with_form(&self, element: &Handle, form: &Handle, _: (&Handle, Option<&Handle>)) {
        self.arena.borrow_mut().forms.push((element.id, form.id));
    }

    fn remove_from_parent(&self, target: &Handle) {
        self.arena.borrow_mut().detach(target.id);
    }

    fn reparent_children(&self, node: &Handle, new_parent: &Handle) {
        self.arena.borrow_mut().reparent(node.id, new_parent.id);
    }

    fn is_mathml_annotation_xml_integration_point(&self, target: &Handle) -> bool {
        target.integration_point
    }
}
