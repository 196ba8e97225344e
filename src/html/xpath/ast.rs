//! The abstract syntax of an expression: vectors and indices, so that neither its depth nor its
//! length ever turns into recursion.

use super::functions::{Function, Parameter};
use std::collections::HashMap;

/// The index of an expression; operands come before the expression that they belong to.
pub(super) type ExprId = u32;

/// An axis (XPath 1.0, 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Axis {
    Ancestor,
    AncestorOrSelf,
    Attribute,
    Child,
    Descendant,
    DescendantOrSelf,
    Following,
    FollowingSibling,
    Namespace,
    Parent,
    Preceding,
    PrecedingSibling,
    SelfNode,
    /// No axis of the language: the members of a node-set, for the predicates of `(…)[…]`.
    Members,
}

impl Axis {
    pub fn named(name: &str) -> Option<Axis> {
        Some(match name {
            "ancestor" => Axis::Ancestor,
            "ancestor-or-self" => Axis::AncestorOrSelf,
            "attribute" => Axis::Attribute,
            "child" => Axis::Child,
            "descendant" => Axis::Descendant,
            "descendant-or-self" => Axis::DescendantOrSelf,
            "following" => Axis::Following,
            "following-sibling" => Axis::FollowingSibling,
            "namespace" => Axis::Namespace,
            "parent" => Axis::Parent,
            "preceding" => Axis::Preceding,
            "preceding-sibling" => Axis::PrecedingSibling,
            "self" => Axis::SelfNode,
            _ => return None,
        })
    }

    /// Whether positions count against document order.
    pub fn is_reverse(self) -> bool {
        matches!(self, Axis::Ancestor | Axis::AncestorOrSelf | Axis::Preceding | Axis::PrecedingSibling)
    }
}

/// A node test (XPath 1.0, 2.3). Names are indices into [`Ast::names`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Test {
    /// `node()`
    Node,
    /// `text()`
    Text,
    /// `comment()`
    Comment,
    /// What no HTML page has: processing instructions, elements of the XML namespace.
    Nothing,
    /// `*`
    Star,
    /// A name: elements of any namespace, or attributes of none.
    Name(u32),
    /// `xml:name` on the attribute axis: the local name, and the name as HTML elements keep it.
    XmlAttribute(u32, u32),
    /// `xml:*` on the attribute axis.
    AnyXmlAttribute,
    /// Nodes with children: what `//` needs of `descendant-or-self::node()` before a child step.
    Parent,
}

#[derive(Debug)]
pub(super) struct Step {
    pub axis: Axis,
    pub test: Test,
    pub predicates: Vec<ExprId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    Root,
    Context,
    Expr(ExprId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Union,
}

#[derive(Debug)]
pub(super) enum Expr {
    Number(f64),
    Literal(Box<str>),
    Negate(ExprId),
    Binary(Operator, ExprId, ExprId),
    Call(Function, Vec<ExprId>),
    Path(Start, Vec<Step>),
    /// A primary expression with predicates.
    Filter(ExprId, Vec<ExprId>),
}

/// The type of an expression. Without variables each one has a type that is known beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Nodes,
    Text,
    Number,
    Boolean,
}

/// What is known about an expression beforehand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Info {
    pub kind: Type,
    /// Its value depends on the context: the node, the position or the size.
    pub context: bool,
    /// It asks for the context position.
    pub position: bool,
    /// It asks for the context size.
    pub last: bool,
}

impl Info {
    /// Whether a predicate of this expression depends on the positions of its candidates.
    pub fn is_positional(self) -> bool {
        self.kind == Type::Number || self.position || self.last
    }
}

#[derive(Debug, Default)]
pub(super) struct Ast {
    exprs: Vec<Expr>,
    infos: Vec<Info>,
    pub names: Vec<Box<str>>,
    interned: HashMap<Box<str>, u32>,
}

impl Ast {
    pub fn expr(&self, id: ExprId) -> &Expr {
        &self.exprs[id as usize]
    }

    pub fn info(&self, id: ExprId) -> Info {
        self.infos[id as usize]
    }

    pub fn kind(&self, id: ExprId) -> Type {
        self.info(id).kind
    }

    pub fn name(&mut self, name: &str) -> u32 {
        if let Some(found) = self.interned.get(name) {
            return *found;
        }
        let number = self.names.len() as u32;
        self.names.push(name.into());
        self.interned.insert(name.into(), number);
        number
    }

    pub fn add(&mut self, expr: Expr) -> ExprId {
        let info = self.inspect(&expr);
        self.exprs.push(expr);
        self.infos.push(info);
        self.exprs.len() as ExprId - 1
    }

    fn inspect(&self, expr: &Expr) -> Info {
        let constant = |kind| Info { kind, context: false, position: false, last: false };
        let of = |kind, operands: &[ExprId]| {
            operands.iter().map(|id| self.info(*id)).fold(constant(kind), |all, one| Info {
                kind,
                context: all.context || one.context,
                position: all.position || one.position,
                last: all.last || one.last,
            })
        };
        match expr {
            Expr::Number(_) => constant(Type::Number),
            Expr::Literal(_) => constant(Type::Text),
            Expr::Negate(operand) => of(Type::Number, &[*operand]),
            Expr::Binary(operator, left, right) => {
                let kind = match operator {
                    Operator::Union => Type::Nodes,
                    Operator::Add
                    | Operator::Subtract
                    | Operator::Multiply
                    | Operator::Divide
                    | Operator::Modulo => Type::Number,
                    _ => Type::Boolean,
                };
                of(kind, &[*left, *right])
            }
            Expr::Call(function, arguments) => {
                let mut info = of(function.result(), arguments);
                info.position |= *function == Function::Position;
                info.last |= *function == Function::Last;
                info.context |= matches!(function, Function::Position | Function::Last | Function::Lang);
                info
            }
            Expr::Path(Start::Root, _) => constant(Type::Nodes),
            Expr::Path(Start::Context, _) => Info { context: true, ..constant(Type::Nodes) },
            Expr::Path(Start::Expr(base), _) | Expr::Filter(base, _) => of(Type::Nodes, &[*base]),
        }
    }

    /// Whether an argument that must be a node-set is none.
    pub fn wrong_argument(&self, function: Function, arguments: &[ExprId]) -> bool {
        let needs_nodes = matches!(function.parameter(), Parameter::Nodes | Parameter::FirstNode);
        needs_nodes && arguments.iter().any(|id| self.kind(*id) != Type::Nodes)
    }
}
