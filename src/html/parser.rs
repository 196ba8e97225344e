//! From text to a tree: tokenizer, tree builder, and limits.

use super::building::Excess;
use super::charset::Charset;
use super::names::MAX_NAMES;
use super::options::Limits;
use super::tokenizer::{self, State};
use super::tree::{Namespace, Tree};
use super::tree_builder::TreeBuilder;
use crate::error::{Code, Error, Result};

/// What is parsed.
#[derive(Clone, Copy)]
pub(super) struct Input<'a> {
    pub text: &'a str,
    pub charset: Charset,
    pub limits: Limits,
    /// The element that a fragment is parsed as the content of.
    pub context: Option<Context<'a>>,
}

/// The name of a fragment's context element.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub namespace: Namespace,
    pub name: &'a str,
}

impl<'a> Context<'a> {
    /// As it is written: `div`, `svg path`, `math mi`.
    pub fn new(name: &'a str) -> Context<'a> {
        let (namespace, name) = match name.split_once(' ') {
            Some(("svg", local)) => (Namespace::Svg, local),
            Some(("math", local)) => (Namespace::MathMl, local),
            _ => (Namespace::Html, name),
        };
        Context { namespace, name }
    }
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
    let parsed = run(input);
    let Some(excess) = parsed.excess() else {
        return Ok(match parsed.declared() {
            Some(charset) => Outcome::Encoding(charset),
            None => {
                let charset = parsed.charset();
                Outcome::Parsed(parsed.into_tree(), charset)
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
    run(input).into_tree()
}

fn run(input: Input<'_>) -> TreeBuilder {
    let mut text = input.text;
    if text.len() > u32::MAX as usize {
        // Positions in the text are 32-bit.
        let end = (0..=u32::MAX as usize).rev().find(|at| text.is_char_boundary(*at));
        text = &text[..end.unwrap_or(0)];
    }
    let mut builder = TreeBuilder::new(text.len(), input.limits.nodes, input.charset);
    let mut state = State::Data;
    if let Some(Context { namespace, name }) = input.context {
        state = builder.set_context(namespace, name);
    }
    tokenizer::tokenize(&tokenizer::normalized(text), state, None, builder)
}
