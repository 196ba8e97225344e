//! XPath 1.0 (W3C Recommendation, 16 November 1999) on a parsed page.
//!
//! All axes, the core function library, the four types of value. What HTML adds to the
//! Recommendation:
//! - A name test without a prefix matches elements of that local name in any namespace, so that
//!   `//svg` finds what a reader of the page sees, and attributes of no namespace. Names are
//!   compared as they are in the tree: lower case in HTML.
//! - The only prefix is `xml`; any other is an error, as are variables: there are none.
//! - The namespace axis is empty, `xmlns` attributes are no attribute nodes, the document type
//!   is no node, and the contents of `template` elements are trees of their own.
//! - `id()` finds elements by their `id` attribute; `lang()` reads `lang` as well as `xml:lang`.
//!
//! An expression is compiled to a flat program once and run by a machine whose stacks are
//! vectors: neither compiling nor running recurses, and running takes a bounded amount of work.

mod ast;
mod axis;
mod calls;
mod codegen;
mod compare;
mod env;
mod functions;
mod lexer;
mod machine;
mod parser;
mod program;
mod set;
mod source;
mod value;

use super::cache::Cache;
use super::document::Document;
use super::tree::{Kind, NodeId, Tree};
use crate::error::{Code, Error, Result};
use std::sync::{Arc, LazyLock};

pub use value::{Item, Value};

/// A compiled expression. Any number of threads may use it at the same time.
#[derive(Debug)]
pub struct Expression {
    source: Box<str>,
    selects: bool,
    program: program::Program,
}

/// The work that an evaluation may cost unless it is told otherwise. Each step of the compiled
/// expression costs one unit, each node or attribute that is looked at one, and every eight bytes
/// of text that are read one. Queries that people write stay below a hundredth of it on large
/// pages; to spend it takes about a second. It ends with the operation in which it is spent: a
/// look at each node of the page, or the text of one, may come on top.
pub const DEFAULT_BUDGET: u64 = 50_000_000;

impl Expression {
    /// Compiles an expression of at most 64 KiB and 10,000 tokens that nests at most 256 deep.
    ///
    /// Errors: [`Code::Xpath`], the message names the offender and its column, counted in
    /// characters from 1.
    pub fn compile(source: &str) -> Result<Expression> {
        let (ast, root) = parser::parse(source)?;
        let selects = ast.kind(root) == ast::Type::Nodes;
        Ok(Expression { source: source.into(), selects, program: codegen::generate(ast, root) })
    }

    /// The compiled expression from a cache that all threads share, which keeps the 256 used
    /// last. Errors as [`Expression::compile`].
    pub fn cached(source: &str) -> Result<Arc<Expression>> {
        static CACHE: LazyLock<Cache<Expression>> = LazyLock::new(|| Cache::new(256, 2048));
        CACHE.get(source, Expression::compile)
    }

    /// Whether its value is a set of nodes.
    pub fn selects_nodes(&self) -> bool {
        self.selects
    }

    /// The text that was compiled.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Evaluates the expression with `context` as the context node, and with
    /// [`DEFAULT_BUDGET`]. An absolute path starts at the root of the context node's tree: the
    /// document, or the root of a template's contents.
    ///
    /// Errors: [`Code::Budget`] if it takes too much work on this page; [`Code::Node`] if the
    /// tree has no such node or it is the document type.
    pub fn evaluate(&self, tree: &Tree, context: NodeId) -> Result<Value> {
        self.evaluate_within(tree, context, DEFAULT_BUDGET)
    }

    /// [`Expression::evaluate`] with a budget of one's own, in the units of [`DEFAULT_BUDGET`].
    pub fn evaluate_within(&self, tree: &Tree, context: NodeId, budget: u64) -> Result<Value> {
        if context.number() >= tree.len() || tree.kind(context) == Kind::Doctype {
            return Err(Error::new(Code::Node, format!("no node {} to start from", context.number())));
        }
        let key = set::Key::node(context.number());
        machine::run(&self.program, tree, key, budget).map(Value::from)
    }
}

impl Document {
    /// The value of an expression with `context` as the context node; the expression is compiled
    /// once and cached. A path that does not begin with `/` starts at the context: from
    /// [`NodeId::DOCUMENT`] `html/body` finds the body, from the root element `body` does.
    ///
    /// Errors as [`Expression::compile`] and [`Expression::evaluate`].
    pub fn xpath(&self, context: NodeId, expression: &str) -> Result<Value> {
        Expression::cached(expression)?.evaluate(self.tree(), context)
    }
}
