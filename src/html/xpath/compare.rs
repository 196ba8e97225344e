//! Comparisons (XPath 1.0, 3.4). With a node-set they ask whether *some* node makes them true,
//! which hashes, sorted numbers and extremes answer without comparing each node with each.

use super::ast::Operator;
use super::env::Env;
use super::functions::parse_number;
use super::set::{Key, NodeSet, Nodes, Numbers, Strings, Val};
use std::borrow::Cow;
use std::hash::{BuildHasher, RandomState};
use std::rc::Rc;

/// How many bytes of text are one unit of work.
pub(super) const TEXT_UNIT: usize = 8;
/// Sets whose sizes multiply to no more than this are compared pair by pair.
const FEW_PAIRS: usize = 16;

/// What comparisons keep during one evaluation.
#[derive(Default)]
pub(super) struct Comparer {
    /// Randomly keyed, so that no page can be made to collide.
    hasher: RandomState,
    scratch: String,
}

impl Comparer {
    /// Whether `left operator right`.
    pub fn compare(&mut self, env: &mut Env, operator: Operator, left: &Val, right: &Val) -> bool {
        match (left, right) {
            (Val::Nodes(left), Val::Nodes(right)) => self.sets(env, operator, left, right),
            (Val::Nodes(nodes), other) => self.set_with(env, operator, nodes, other),
            (other, Val::Nodes(nodes)) => self.set_with(env, mirrored(operator), nodes, other),
            (left, right) => plain(env, operator, left, right),
        }
    }

    fn set_with(&mut self, env: &mut Env, operator: Operator, nodes: &Nodes, other: &Val) -> bool {
        let is_equality = matches!(operator, Operator::Equal | Operator::NotEqual);
        match other {
            Val::Boolean(_) => plain(env, operator, &Val::Boolean(!nodes.is_empty()), other),
            Val::Text(text) if is_equality => self.set_with_text(env, operator, nodes, text),
            Val::Text(text) => self.set_with_number(env, operator, nodes, parse_number(text)),
            Val::Number(number) => self.set_with_number(env, operator, nodes, *number),
            Val::Nodes(other) => self.sets(env, operator, nodes, other),
        }
    }

    fn set_with_text(&mut self, env: &mut Env, operator: Operator, nodes: &Nodes, text: &str) -> bool {
        let wanted = operator == Operator::Equal;
        if let (true, Nodes::Many(set)) = (wanted, nodes)
            && set.reused.get()
        {
            let hash = self.hasher.hash_one(text);
            env.charge(text.len() / TEXT_UNIT);
            return candidates(self.strings(env, set), hash).any(|key| text_is(env, key, text));
        }
        nodes.keys().iter().any(|key| text_is(env, *key, text) == wanted)
    }

    fn set_with_number(&mut self, env: &mut Env, operator: Operator, nodes: &Nodes, number: f64) -> bool {
        match nodes {
            Nodes::Many(set) if set.reused.get() => exists(self.numbers(env, set), operator, number),
            _ => nodes.keys().iter().any(|key| order(operator, number_of(env, *key), number)),
        }
    }

    fn sets(&mut self, env: &mut Env, operator: Operator, left: &Nodes, right: &Nodes) -> bool {
        match operator {
            Operator::Equal => self.sets_equal(env, left, right),
            Operator::NotEqual => sets_differ(env, left, right),
            // Some pair is in order if the extremes are.
            _ => {
                let small = matches!(operator, Operator::Less | Operator::LessOrEqual);
                let left = self.extreme(env, left, small);
                let right = self.extreme(env, right, !small);
                matches!((left, right), (Some(left), Some(right)) if order(operator, left, right))
            }
        }
    }

    fn sets_equal(&mut self, env: &mut Env, left: &Nodes, right: &Nodes) -> bool {
        let is_reused = |nodes: &Nodes| matches!(nodes, Nodes::Many(set) if set.reused.get());
        let (probe, table) = match (is_reused(left), is_reused(right)) {
            (true, false) => (right, left),
            (false, true) => (left, right),
            _ if left.len() > right.len() => (left, right),
            _ => (right, left),
        };
        let Nodes::Many(set) = table else {
            return table.first().is_some_and(|key| {
                let text = text_of(env, key);
                probe.keys().iter().any(|other| text_is(env, *other, &text))
            });
        };
        if !set.reused.get() && probe.len() * table.len() <= FEW_PAIRS {
            return probe.keys().iter().any(|key| {
                let text = text_of(env, *key);
                set.keys.iter().any(|other| text_is(env, *other, &text))
            });
        }
        self.strings(env, set);
        probe.keys().iter().any(|key| {
            let text = text_of(env, *key);
            let hash = self.hasher.hash_one(&*text);
            set.strings
                .get()
                .is_some_and(|table| candidates(table, hash).any(|other| text_is(env, other, &text)))
        })
    }

    fn strings<'s>(&mut self, env: &mut Env, set: &'s Rc<NodeSet>) -> &'s Strings {
        set.strings.get_or_init(|| {
            let mut hash = |key: &Key| {
                self.scratch.clear();
                if env.work >= 0 {
                    self.scratch.extend(key.pieces(env.tree));
                }
                charge_text(env, *key, self.scratch.len());
                (self.hasher.hash_one(&*self.scratch), *key)
            };
            let mut table: Strings = set.keys.iter().map(&mut hash).collect();
            table.sort_unstable();
            table
        })
    }

    fn numbers<'s>(&mut self, env: &mut Env, set: &'s Rc<NodeSet>) -> &'s Numbers {
        set.numbers.get_or_init(|| {
            let (nan, mut sorted): (Vec<f64>, Vec<f64>) =
                set.keys.iter().map(|key| number_of(env, *key)).partition(|number| number.is_nan());
            sorted.sort_unstable_by(f64::total_cmp);
            Numbers { sorted, has_nan: !nan.is_empty() }
        })
    }

    /// The smallest or greatest number of a set.
    fn extreme(&mut self, env: &mut Env, nodes: &Nodes, smallest: bool) -> Option<f64> {
        if let Nodes::Many(set) = nodes
            && set.reused.get()
        {
            let sorted = &self.numbers(env, set).sorted;
            return if smallest { sorted.first() } else { sorted.last() }.copied();
        }
        let numbers = nodes.keys().iter().map(|key| number_of(env, *key)).filter(|number| !number.is_nan());
        numbers.reduce(if smallest { f64::min } else { f64::max })
    }
}

/// Two sets differ somewhere unless all their nodes have one and the same text.
fn sets_differ(env: &mut Env, left: &Nodes, right: &Nodes) -> bool {
    let (Some(first), Some(_)) = (left.first(), right.first()) else { return false };
    let text = text_of(env, first);
    right.keys().iter().any(|key| !text_is(env, *key, &text))
        || left.keys().iter().any(|key| !text_is(env, *key, &text))
}

/// Whether some of the numbers is in this relation to `number`.
fn exists(numbers: &Numbers, operator: Operator, number: f64) -> bool {
    let Numbers { sorted, has_nan } = numbers;
    let first = sorted.first().is_some_and(|least| order(operator, *least, number));
    let last = sorted.last().is_some_and(|greatest| order(operator, *greatest, number));
    match operator {
        Operator::Equal => {
            let at = sorted.partition_point(|one| *one < number);
            sorted.get(at).is_some_and(|one| *one == number)
        }
        Operator::NotEqual => *has_nan || first || last,
        _ => first || last,
    }
}

/// The nodes whose string-values have this hash.
fn candidates(table: &Strings, hash: u64) -> impl Iterator<Item = Key> {
    let at = table.partition_point(|(other, _)| *other < hash);
    table[at..].iter().take_while(move |(other, _)| *other == hash).map(|(_, key)| *key)
}

fn plain(env: &mut Env, operator: Operator, left: &Val, right: &Val) -> bool {
    let is_equality = matches!(operator, Operator::Equal | Operator::NotEqual);
    let wanted = operator == Operator::Equal;
    match (left, right) {
        (Val::Boolean(_), _) | (_, Val::Boolean(_)) if is_equality => {
            (boolean(left) == boolean(right)) == wanted
        }
        (Val::Text(left), Val::Text(right)) if is_equality => {
            env.charge(left.len().min(right.len()) / TEXT_UNIT);
            (**left == **right) == wanted
        }
        _ => order(operator, number(env, left), number(env, right)),
    }
}

/// The comparison of two numbers (IEEE 754: NaN differs from everything and has no order).
fn order(operator: Operator, left: f64, right: f64) -> bool {
    match operator {
        Operator::Equal => left == right,
        Operator::NotEqual => left != right,
        Operator::Less => left < right,
        Operator::LessOrEqual => left <= right,
        Operator::Greater => left > right,
        Operator::GreaterOrEqual => left >= right,
        _ => false,
    }
}

/// The operator with its operands swapped.
pub(super) fn mirrored(operator: Operator) -> Operator {
    match operator {
        Operator::Less => Operator::Greater,
        Operator::LessOrEqual => Operator::GreaterOrEqual,
        Operator::Greater => Operator::Less,
        Operator::GreaterOrEqual => Operator::LessOrEqual,
        same => same,
    }
}

/// A value as a boolean (4.3).
pub(super) fn boolean(value: &Val) -> bool {
    match value {
        Val::Nodes(nodes) => !nodes.is_empty(),
        Val::Text(text) => !text.is_empty(),
        Val::Number(number) => *number != 0.0 && !number.is_nan(),
        Val::Boolean(boolean) => *boolean,
    }
}

/// A value as a number (4.4).
pub(super) fn number(env: &mut Env, value: &Val) -> f64 {
    match value {
        Val::Nodes(nodes) => nodes.first().map_or(f64::NAN, |key| number_of(env, key)),
        Val::Text(text) => {
            env.charge(text.len() / TEXT_UNIT);
            parse_number(text)
        }
        Val::Number(number) => *number,
        Val::Boolean(boolean) => f64::from(*boolean),
    }
}

pub(super) fn number_of(env: &mut Env, key: Key) -> f64 {
    parse_number(&text_of(env, key))
}

/// The string-value of a node, its cost charged. With the budget spent nothing is read any more:
/// what becomes of it ends as the error.
pub(super) fn text_of<'a>(env: &mut Env<'a>, key: Key) -> Cow<'a, str> {
    if env.work < 0 {
        return Cow::Borrowed("");
    }
    let text = key.text(env.tree);
    charge_text(env, key, text.len());
    text
}

fn text_is(env: &mut Env, key: Key, text: &str) -> bool {
    charge_text(env, key, text.len());
    key.text_is(env.tree, text)
}

/// Charges for a node's string-value: its bytes and the nodes that it is gathered from.
fn charge_text(env: &mut Env, key: Key, bytes: usize) {
    let nodes = if key.is_attribute() { 1 } else { env.node(key.id()).end - key.id() };
    env.charge(nodes as usize + bytes / TEXT_UNIT);
}
