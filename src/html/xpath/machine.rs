//! The machine that runs a compiled expression: a stack of values and a stack of loops over the
//! candidates of steps. Both are vectors, so that no expression reaches the thread's stack.

use super::ast::{Axis, Operator};
use super::axis::Order;
use super::calls::Ids;
use super::compare::{Comparer, boolean, number};
use super::env::Env;
use super::program::{Condition, Op, Plan, Program, Want};
use super::set::{Key, Nodes, Text, Val, normalize};
use super::source::Source;
use crate::error::{Code, Error, Result};
use crate::html::tree::Tree;

/// What an expression is evaluated for (XPath 1.0, 1).
#[derive(Clone, Copy)]
pub(super) struct Focus {
    pub key: Key,
    pub position: u32,
    pub size: u32,
}

/// Runs a program for a context node; `budget` is the work it may cost.
pub(super) fn run<'a>(program: &'a Program, tree: &'a Tree, context: Key, budget: u64) -> Result<Val<'a>> {
    let mut machine = Machine {
        program,
        env: Env::new(tree, context.id(), &program.tests, &program.names, budget),
        focus: Focus { key: context, position: 1, size: 1 },
        at: 0,
        values: Vec::new(),
        loops: Vec::new(),
        spare: Vec::new(),
        slots: vec![None; program.slots as usize],
        comparer: Comparer::default(),
        ids: Ids::default(),
    };
    while let Some(op) = program.ops.get(machine.at) {
        machine.at += 1;
        machine.env.work -= 1;
        machine.perform(*op)?;
        if machine.env.work < 0 {
            return Err(exhausted(budget));
        }
    }
    Ok(machine.pop())
}

fn exhausted(budget: u64) -> Error {
    Error::new(Code::Budget, format!("the expression takes more than {budget} steps on this page"))
}

pub(super) struct Machine<'a> {
    program: &'a Program,
    pub env: Env<'a>,
    pub focus: Focus,
    /// The next operation.
    at: usize,
    values: Vec<Val<'a>>,
    loops: Vec<Loop>,
    /// Finished loops, whose vectors are used again.
    spare: Vec<Loop>,
    slots: Vec<Option<Val<'a>>>,
    comparer: Comparer,
    pub ids: Ids<'a>,
}

/// A step with predicates under way.
///
/// Predicates run in stages. Within a stage each candidate goes through all predicates before
/// the next one is fetched, so that a loop that has enough stops early; a predicate that needs
/// the number of its candidates begins a new stage, with the survivors of the one before.
struct Loop {
    plan: usize,
    /// The focus around the step.
    outer: Focus,
    contexts: Nodes,
    /// The context node whose turn is next.
    context: usize,
    source: Source,
    /// The first predicate of the stage.
    stage: usize,
    /// The predicate that runs, or the number of candidates that reached each.
    predicate: usize,
    positions: Vec<u32>,
    candidate: Key,
    /// No further candidate of this stage can pass.
    exhausted: bool,
    /// The number of the stage's candidates, where one of its predicates needs it.
    size: u32,
    /// The survivors of a stage that is not the last.
    kept: Vec<Key>,
    found: Vec<Key>,
    /// `found` is in document order as it grows.
    ordered: bool,
    /// When `found` reaches this length, repeated nodes are dropped.
    compact_at: usize,
}

/// Below this length a result is not compacted.
const COMPACT: usize = 4096;

impl Default for Loop {
    fn default() -> Loop {
        let nowhere = Key::node(0);
        Loop {
            plan: 0,
            outer: Focus { key: nowhere, position: 1, size: 1 },
            contexts: Nodes::Empty,
            context: 0,
            source: Source::default(),
            stage: 0,
            predicate: 0,
            positions: Vec::new(),
            candidate: nowhere,
            exhausted: false,
            size: 0,
            kept: Vec::new(),
            found: Vec::new(),
            ordered: false,
            compact_at: COMPACT,
        }
    }
}

impl<'a> Machine<'a> {
    pub fn pop(&mut self) -> Val<'a> {
        self.values.pop().expect("the compiler balances the stack")
    }

    pub fn pop_nodes(&mut self) -> Nodes {
        match self.pop() {
            Val::Nodes(nodes) => nodes,
            _ => unreachable!("the parser checks types"),
        }
    }

    fn top_is_true(&self) -> bool {
        matches!(self.values.last(), Some(Val::Boolean(true)))
    }

    fn perform(&mut self, op: Op) -> Result<()> {
        let value = match op {
            Op::Number(number) => Val::Number(number),
            Op::Boolean(boolean) => Val::Boolean(boolean),
            Op::Literal(literal) => Val::Text(Text::Borrowed(&self.program.literals[literal as usize])),
            Op::Context => Val::Nodes(Nodes::One(self.focus.key)),
            Op::Root => Val::Nodes(Nodes::One(Key::node(self.env.root))),
            Op::Step { axis, test, want } => {
                let contexts = self.pop_nodes();
                self.step(axis, test, want, &contexts)
            }
            Op::Select(plan) => return self.select(plan as usize),
            Op::Verdict => {
                let value = self.pop();
                return self.advance(Some(value));
            }
            Op::Call(function, arguments) => self.call(function, arguments as usize),
            Op::Binary(operator) => {
                let right = self.pop();
                let left = self.pop();
                self.binary(operator, &left, &right)
            }
            Op::Negate => {
                let operand = self.pop();
                Val::Number(-number(&mut self.env, &operand))
            }
            Op::ToBoolean => Val::Boolean(boolean(&self.pop())),
            Op::Count => Val::Number(self.pop_nodes().len() as f64),
            Op::And(target) | Op::Or(target) => {
                if self.top_is_true() == matches!(op, Op::Or(_)) {
                    self.at = target as usize;
                } else {
                    self.pop();
                }
                return Ok(());
            }
            Op::Once(slot, target) => match &self.slots[slot as usize] {
                None => return Ok(()),
                Some(value) => {
                    self.at = target as usize;
                    value.clone()
                }
            },
            Op::Keep(slot) => {
                let mut value = self.pop();
                match &mut value {
                    Val::Nodes(Nodes::Many(set)) => set.reused.set(true),
                    Val::Text(text) => text.share(),
                    _ => {}
                }
                self.slots[slot as usize] = Some(value.clone());
                value
            }
        };
        self.values.push(value);
        Ok(())
    }

    fn binary(&mut self, operator: Operator, left: &Val, right: &Val) -> Val<'a> {
        let arithmetic: fn(f64, f64) -> f64 = match operator {
            Operator::Add => |a, b| a + b,
            Operator::Subtract => |a, b| a - b,
            Operator::Multiply => |a, b| a * b,
            Operator::Divide => |a, b| a / b,
            // Truncating, with the sign of the dividend (3.5).
            Operator::Modulo => |a, b| a % b,
            Operator::Union => match (left, right) {
                (Val::Nodes(left), Val::Nodes(right)) => {
                    self.env.charge(left.len() + right.len());
                    return Val::Nodes(left.union(right));
                }
                _ => unreachable!("the parser checks types"),
            },
            _ => return Val::Boolean(self.comparer.compare(&mut self.env, operator, left, right)),
        };
        Val::Number(arithmetic(number(&mut self.env, left), number(&mut self.env, right)))
    }

    /// A step without predicates.
    fn step(&mut self, axis: Axis, test: u32, want: Want, contexts: &Nodes) -> Val<'a> {
        let order = if want == Want::Any { Order::Proximity } else { Order::Document };
        let env = &mut self.env;
        let mut source = env.source(axis, test, contexts, order);
        let limit = match want {
            Want::Any => return Val::Boolean(env.next(&mut source).is_some()),
            Want::Count => return Val::Number(env.count(&mut source) as f64),
            Want::First(limit) => limit as usize,
            Want::All => usize::MAX,
        };
        if let Source::Keys(nodes, 0) = source {
            return Val::Nodes(nodes);
        }
        let mut next = std::iter::from_fn(|| env.next(&mut source)).take(limit);
        Val::Nodes(match (next.next(), next.next()) {
            (None, _) => Nodes::Empty,
            (Some(one), None) => Nodes::One(one),
            (Some(first), Some(second)) => {
                Nodes::from_ordered([first, second].into_iter().chain(next).collect())
            }
        })
    }

    /// Starts a step with predicates.
    fn select(&mut self, plan: usize) -> Result<()> {
        let contexts = self.pop_nodes();
        let Plan { axis, bulk, ref predicates, .. } = self.program.plans[plan];
        let mut new = self.spare.pop().unwrap_or_default();
        new.plan = plan;
        new.outer = self.focus;
        new.ordered = bulk || axis == Axis::Members || contexts.len() < 2 && !axis.is_reverse();
        new.contexts = contexts;
        new.context = 0;
        new.source = Source::default();
        new.stage = predicates.len();
        new.found.clear();
        new.compact_at = COMPACT;
        self.loops.push(new);
        self.advance(None)
    }

    /// Goes on with the innermost loop until a predicate's operations must run or it is done.
    /// `verdict` is the value of the predicate that ran last, if one did.
    fn advance(&mut self, mut verdict: Option<Val>) -> Result<()> {
        let Machine { program, env, loops, focus, .. } = self;
        let current = loops.last_mut().expect("a loop is under way");
        let plan = &program.plans[current.plan];
        let enough = match plan.want {
            Want::Any => 1,
            Want::First(limit) if current.ordered => limit as usize,
            _ => usize::MAX,
        };
        while current.found.len() < enough {
            if env.work < 0 {
                break; // the caller reports it
            }
            let mut passes = match verdict.take() {
                Some(value) => {
                    let position = current.positions[current.predicate];
                    current.predicate += 1;
                    match value {
                        Val::Number(number) => number == f64::from(position),
                        value => boolean(&value),
                    }
                }
                None => match if current.exhausted { None } else { env.next(&mut current.source) } {
                    Some(key) => {
                        current.candidate = key;
                        current.predicate = current.stage;
                        true
                    }
                    None if current.next_stage(env, plan) => continue,
                    None => break,
                },
            };
            let end = current.stage_end(plan);
            while passes && current.predicate < end {
                let place = current.predicate;
                current.positions[place] += 1;
                let position = current.positions[place];
                passes = match plan.predicates[place].condition {
                    Condition::Between(least, most) => {
                        current.exhausted |= position >= most;
                        (least..=most).contains(&position)
                    }
                    Condition::Last => position == current.size,
                    Condition::Attribute { test, value } => {
                        let value = value.map(|literal| &*program.literals[literal as usize]);
                        env.has_attribute(current.candidate, test, value)
                    }
                    Condition::Code(entry) => {
                        *focus = Focus { key: current.candidate, position, size: current.size };
                        self.at = entry as usize;
                        return Ok(());
                    }
                };
                current.predicate += 1;
            }
            if passes {
                let survivors =
                    if end == plan.predicates.len() { &mut current.found } else { &mut current.kept };
                survivors.push(current.candidate);
            }
        }
        self.finish();
        Ok(())
    }

    /// Ends the innermost loop with its result on the stack.
    fn finish(&mut self) {
        let mut done = self.loops.pop().expect("a loop is under way");
        let Plan { want, after, .. } = self.program.plans[done.plan];
        self.focus = done.outer;
        self.at = after as usize;
        let value = match want {
            Want::Any => Val::Boolean(!done.found.is_empty()),
            want => {
                self.env.charge(done.found.len());
                normalize(&mut done.found);
                match want {
                    Want::Count => Val::Number(done.found.len() as f64),
                    _ if done.found.len() > 1 => {
                        Val::Nodes(Nodes::from_ordered(std::mem::take(&mut done.found)))
                    }
                    _ => Val::Nodes(done.found.first().map_or(Nodes::Empty, |key| Nodes::One(*key))),
                }
            }
        };
        done.contexts = Nodes::Empty;
        done.source = Source::default();
        self.spare.push(done);
        self.values.push(value);
    }
}

impl Loop {
    /// One behind the last predicate of the stage.
    fn stage_end(&self, plan: &Plan) -> usize {
        let rest = plan.predicates.iter().enumerate().skip(self.stage + 1);
        rest.into_iter()
            .find(|(_, predicate)| predicate.needs_size)
            .map_or(plan.predicates.len(), |(at, _)| at)
    }

    /// The survivors become the candidates of the next stage, or the next context node has its
    /// turn; false if there is none.
    fn next_stage(&mut self, env: &mut Env, plan: &Plan) -> bool {
        let end = self.stage_end(plan);
        if self.stage < plan.predicates.len() && end < plan.predicates.len() {
            self.stage = end;
            let survivors = std::mem::take(&mut self.kept);
            self.start_stage(survivors);
            return true;
        }
        let order = if plan.bulk && plan.want != Want::Any { Order::Document } else { Order::Proximity };
        if plan.bulk || plan.axis == Axis::Members {
            if self.context > 0 {
                return false;
            }
            self.context = 1;
            let contexts = std::mem::replace(&mut self.contexts, Nodes::Empty);
            self.source = env.source(plan.axis, plan.test, &contexts, order);
        } else {
            let Some(key) = self.contexts.keys().get(self.context).copied() else { return false };
            self.context += 1;
            self.compact(env);
            self.source = env.source(plan.axis, plan.test, &Nodes::One(key), order);
        }
        self.stage = 0;
        self.exhausted = false;
        self.positions.clear();
        self.positions.resize(plan.predicates.len(), 0);
        if plan.predicates[0].needs_size {
            let source = &mut self.source;
            let keys = std::iter::from_fn(|| env.next(source)).collect();
            self.start_stage(keys);
        }
        true
    }

    fn start_stage(&mut self, keys: Vec<Key>) {
        self.exhausted = false;
        self.size = keys.len() as u32;
        self.source = Source::Listing(keys, 0);
    }

    /// Keeps a result to which many context nodes add the same nodes small.
    fn compact(&mut self, env: &mut Env) {
        if self.found.len() >= self.compact_at {
            env.charge(self.found.len());
            normalize(&mut self.found);
            self.compact_at = COMPACT + 2 * self.found.len();
        }
    }
}
