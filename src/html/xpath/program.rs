//! What an expression is compiled to: a flat list of operations for a machine with a stack of
//! values, and a plan for each step that has predicates.

use super::ast::{Axis, Operator, Test};
use super::functions::Function;

/// The index of an operation.
pub(super) type Target = u32;

/// How much of a node-set is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Want {
    /// All nodes.
    All,
    /// The first ones in document order.
    First(u32),
    /// Only whether there is a node: a boolean.
    Any,
    /// Only how many there are: a number.
    Count,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Op {
    Number(f64),
    Boolean(bool),
    /// A string literal, by its index.
    Literal(u32),
    /// The context node.
    Context,
    /// The root of the context node's tree.
    Root,
    /// A step without predicates from the node-set on the stack.
    Step {
        axis: Axis,
        test: u32,
        want: Want,
    },
    /// A step with predicates: starts the loop of a plan.
    Select(u32),
    /// The end of a predicate's operations: its value is on the stack.
    Verdict,
    /// A function on that many values of the stack.
    Call(Function, u32),
    Binary(Operator),
    Negate,
    /// The value as a boolean.
    ToBoolean,
    /// The size of a node-set.
    Count,
    /// A false value stays and jumps, a true one goes.
    And(Target),
    /// A true value stays and jumps, a false one goes.
    Or(Target),
    /// A value that is the same throughout: pushes it and jumps if the slot has it.
    Once(u32, Target),
    /// Keeps the value on the stack in the slot of its [`Op::Once`].
    Keep(u32),
}

/// A step, or the predicates of a primary expression.
#[derive(Debug)]
pub(super) struct Plan {
    pub axis: Axis,
    pub test: u32,
    pub predicates: Vec<Predicate>,
    /// No predicate depends on positions: the step is taken from all context nodes at once.
    pub bulk: bool,
    pub want: Want,
    /// Where to go on.
    pub after: Target,
}

#[derive(Debug)]
pub(super) struct Predicate {
    pub condition: Condition,
    /// It needs the number of its candidates, so they are gathered before.
    pub needs_size: bool,
}

#[derive(Debug)]
pub(super) enum Condition {
    /// The position is in this range.
    Between(u32, u32),
    /// The position is the last one.
    Last,
    /// The candidate has an attribute, with the value of a literal if one is given.
    Attribute { test: u32, value: Option<u32> },
    /// Whatever the operations from here to [`Op::Verdict`] say.
    Code(Target),
}

#[derive(Debug, Default)]
pub(super) struct Program {
    pub ops: Vec<Op>,
    pub plans: Vec<Plan>,
    pub literals: Vec<Box<str>>,
    pub names: Vec<Box<str>>,
    pub tests: Vec<Test>,
    /// The number of slots for values that are the same throughout.
    pub slots: u32,
}
