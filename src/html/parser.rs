//! From text to a tree: a tokenizer, html5ever's tree builder, and limits.

use super::builder::Builder;
use super::building::Excess;
use super::charset::Charset;
use super::names::MAX_NAMES;
use super::nesting::Nesting;
use super::options::{Limits, Tokenizer};
use super::tokenizer::{self, Sink as _};
use super::tree::Tree;
use crate::error::{Code, Error, Result};
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::{RawKind, State};
use html5ever::tokenizer::{BufferQueue, TokenizerOpts};
use html5ever::tree_builder::{ElementFlags, TreeBuilder, TreeBuilderOpts, TreeSink};
use html5ever::{LocalName, Namespace, QualName, TokenizerResult, local_name, ns};

/// What is parsed, and how.
pub(super) struct Input<'a> {
    pub text: &'a str,
    pub charset: Charset,
    pub limits: Limits,
    pub tokenizer: Tokenizer,
    /// The element that a fragment is parsed as the content of.
    pub context: Option<QualName>,
}

/// How a parse ended.
#[allow(clippy::large_enum_variant)] // one is made for each page, and taken apart at once
pub(super) enum Outcome {
    /// With a tree. If the page declares the encoding that was guessed, the source is updated.
    Parsed(Tree, Charset),
    /// The page declares another encoding than the one that was guessed: decode it again.
    Encoding(Charset),
}

/// Parses text, with an error beyond a limit.
pub(super) fn parse(input: Input<'_>) -> Result<Outcome> {
    let limits = input.limits;
    let fragment = input.context.is_some();
    let parsed = run(input);
    let Some(excess) = parsed.excess() else {
        return Ok(match parsed.declared() {
            Some(charset) => Outcome::Encoding(charset),
            None => {
                let charset = parsed.charset();
                Outcome::Parsed(parsed.into_sink().into_tree(fragment), charset)
            }
        });
    };
    let message = match excess {
        Excess::Nodes => format!("page of more than {} nodes and attributes", limits.nodes),
        Excess::Names => format!("page of more than {MAX_NAMES} different names"),
        Excess::Text => "page that grows to many times its text".to_string(),
    };
    Err(Error::new(Code::DocumentTooLarge, message))
}

/// Parses text; what is beyond a limit is left out.
pub(super) fn parse_within(input: Input<'_>) -> Tree {
    let fragment = input.context.is_some();
    run(input).into_sink().into_tree(fragment)
}

fn run(input: Input<'_>) -> Nesting {
    let mut text = input.text;
    if text.len() > u32::MAX as usize {
        // Positions in the text are 32-bit.
        let end = (0..=u32::MAX as usize).rev().find(|at| text.is_char_boundary(*at));
        text = &text[..end.unwrap_or(0)];
    }
    let sink = Builder::new(text.len(), input.limits.nodes);
    let options = TreeBuilderOpts { scripting_enabled: false, ..TreeBuilderOpts::default() };
    let mut state = State::Data;
    let builder = match input.context {
        None => TreeBuilder::new(sink, options),
        Some(mut context) => {
            context.local = sink.name(&context.local);
            let is_form = context.ns == ns!(html) && context.local == local_name!("form");
            let mut flags = ElementFlags::default();
            flags.template = context.ns == ns!(html) && context.local == local_name!("template");
            let context = sink.create_element(context, Vec::new(), flags);
            let form = is_form.then(|| context.clone());
            let builder = TreeBuilder::new_for_fragment(sink, context, form, options);
            state = builder.tokenizer_state_for_context_elem(false);
            builder
        }
    };
    let nesting = Nesting::new(builder, input.charset);
    match input.tokenizer {
        Tokenizer::Slices => {
            let state = match state {
                State::RawData(RawKind::Rcdata) => tokenizer::State::Rcdata,
                State::RawData(RawKind::Rawtext) => tokenizer::State::Rawtext,
                State::RawData(_) => tokenizer::State::ScriptData,
                State::Plaintext => tokenizer::State::Plaintext,
                _ => tokenizer::State::Data,
            };
            tokenizer::tokenize(&tokenizer::normalized(text), state, None, nesting)
        }
        Tokenizer::Html5ever => run_html5ever(text, nesting, state),
    }
}

/// html5ever's own tokenizer.
fn run_html5ever(text: &str, sink: Nesting, state: State) -> Nesting {
    let options = TokenizerOpts { initial_state: Some(state), ..TokenizerOpts::default() };
    let tokenizer = html5ever::tokenizer::Tokenizer::new(sink, options);
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from(text));
    while !matches!(tokenizer.feed(&queue), TokenizerResult::Done) && !tokenizer.sink.stopped() {}
    tokenizer.end();
    tokenizer.sink
}

/// The name of a fragment's context element: `div`, `svg path`, `math mi`.
pub(super) fn context(name: &str) -> QualName {
    let (namespace, local): (Namespace, &str) = match name.split_once(' ') {
        Some(("svg", local)) => (ns!(svg), local),
        Some(("math", local)) => (ns!(mathml), local),
        _ => (ns!(html), name),
    };
    QualName::new(None, namespace, LocalName::from(local))
}
