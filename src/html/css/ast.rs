//! A compiled selector: what the parser makes and the matcher reads.

use crate::html::containing::Needle;

/// A name of the selector: its place in [`Program::names`]. A document gives each a number of its
/// own once a query, so that matching compares numbers.
pub(super) type Name = u32;

/// How a compound is tied to the one on its left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Combinator {
    /// It is the leftmost.
    None,
    /// `a > b`
    Child,
    /// `a b`
    Descendant,
    /// `a + b`
    NextSibling,
    /// `a ~ b`; the number is the compound's place in the matcher's memory.
    LaterSibling(u32),
}

/// A sequence of simple selectors that one element must match.
#[derive(Debug)]
pub(super) struct Compound {
    pub combinator: Combinator,
    pub simples: Vec<Simple>,
}

/// Compounds from left to right.
#[derive(Debug, Default)]
pub(super) struct Chain {
    pub compounds: Vec<Compound>,
}

/// What `:has()` looks for; the chain's leftmost compound is the anchor itself.
#[derive(Debug)]
pub(super) struct Relative {
    pub chain: Chain,
    /// Its place in the matcher's memory.
    pub slot: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AttrOperator {
    Exists,
    Equal,
    Includes,
    DashMatch,
    Prefix,
    Substring,
    Suffix,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Sensitive,
    Insensitive,
    /// The attribute is one whose values HTML compares without case.
    InsensitiveInHtml,
}

#[derive(Debug)]
pub(super) struct AttrTest {
    /// The name as written, for foreign elements, and in lower case, for HTML ones.
    pub name: Name,
    pub lower: Name,
    /// `[*|name]`: whatever the prefix.
    pub any_prefix: bool,
    pub operator: AttrOperator,
    pub value: Box<str>,
    pub case: Case,
}

/// `An+B`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nth {
    pub a: i32,
    pub b: i32,
    pub from_end: bool,
    pub of_type: bool,
}

impl Nth {
    /// Whether the position `index` (from 1) is `An+B` for some `n >= 0`.
    pub fn holds(self, index: u32) -> bool {
        let distance = i64::from(index) - i64::from(self.b);
        match i64::from(self.a) {
            0 => distance == 0,
            a => distance % a == 0 && distance / a >= 0,
        }
    }
}

/// `:contains()`: its needle and where the matcher remembers the places.
#[derive(Debug)]
pub(super) struct Contains {
    pub needle: Needle,
    pub ignore_case: bool,
    pub slot: u32,
}

#[derive(Debug)]
pub(super) enum Simple {
    /// The element `:has()` is asked of.
    Anchor,
    /// One of the elements that the selector left of a position (`:first`) gave.
    Member,
    /// Never matches: `|a`, or what a forgiving list swallowed.
    Never,
    Tag {
        name: Name,
        lower: Name,
    },
    Id(Box<str>),
    Class(Box<str>),
    Attr(Box<AttrTest>),
    Nth(Nth),
    /// `:only-child`, `:only-of-type`
    Only {
        of_type: bool,
    },
    NthOf(Nth, Vec<Chain>, u32),
    Root,
    Empty,
    Scope,
    Not(Vec<Chain>),
    Is(Vec<Chain>),
    Has(Vec<Relative>),
    Contains(Box<Contains>),
    State(State),
    Link,
    Lang(Vec<Box<str>>),
}

/// A state that follows from the markup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Checked,
    Selected,
    Disabled,
    Enabled,
    Required,
    Optional,
    ReadWrite,
    ReadOnly,
    Open,
    Defined,
    Indeterminate,
    PlaceholderShown,
}

impl State {
    pub fn of(name: &str) -> Option<State> {
        Some(match name {
            "checked" => State::Checked,
            "selected" => State::Selected,
            "disabled" => State::Disabled,
            "enabled" => State::Enabled,
            "required" => State::Required,
            "optional" => State::Optional,
            "read-write" => State::ReadWrite,
            "read-only" => State::ReadOnly,
            "open" => State::Open,
            "defined" => State::Defined,
            "indeterminate" => State::Indeterminate,
            "placeholder-shown" => State::PlaceholderShown,
            _ => return None,
        })
    }
}

impl Simple {
    /// How much a test costs: cheap ones are tried first.
    pub fn cost(&self) -> u8 {
        match self {
            Simple::Never | Simple::Anchor => 0,
            Simple::Tag { .. } => 1,
            Simple::Root | Simple::Scope | Simple::Empty => 2,
            Simple::Id(_) | Simple::Link | Simple::Member => 3,
            Simple::Class(_) | Simple::Attr(_) | Simple::Nth(_) | Simple::Only { .. } => 4,
            Simple::State(_) => 5,
            Simple::Lang(_) => 6,
            Simple::Not(_) | Simple::Is(_) | Simple::NthOf(..) => 7,
            Simple::Has(_) | Simple::Contains(_) => 8,
        }
    }
}

/// A place in a result, counted from 0; negative from the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position {
    First,
    Last,
    Eq(i32),
    Lt(i32),
    Gt(i32),
    Even,
    Odd,
}

/// What narrows a stage's result, from left to right.
#[derive(Debug)]
pub(super) enum Filter {
    Position { position: Position, negated: bool },
    Simples(Vec<Simple>),
}

/// A selector up to a position. The next stage's leftmost compound is [`Simple::Member`].
#[derive(Debug, Default)]
pub(super) struct Stage {
    pub chain: Chain,
    pub filters: Vec<Filter>,
}

/// What is taken of each element found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Output {
    Element,
    /// `::text`
    Text,
    /// `::attr(name)`
    Attr(Box<str>),
}

/// One selector of a list.
#[derive(Debug)]
pub(super) struct Complex {
    pub stages: Vec<Stage>,
    pub output: Output,
    /// ` ::text`, ` ::attr(x)`: of the elements found and of everything below them. Without
    /// stages, of the scope.
    pub below: bool,
}

#[derive(Debug, Default)]
pub(super) struct Program {
    pub list: Vec<Complex>,
    pub names: Vec<Box<str>>,
    pub slots: u32,
}
