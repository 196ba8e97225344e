//! From syntax to operations: fuses `//`, finds what is positional, what is needed only once,
//! and how much of each node-set is wanted. Pending work is a vector, so nothing recurses.

use super::ast::{Ast, Axis, Expr, ExprId, Operator, Start, Step, Test, Type};
use super::compare::mirrored;
use super::functions::{Function, Parameter};
use super::program::{Condition, Op, Plan, Predicate, Program, Want};
use std::collections::HashMap;

/// Compiles the expression `root`.
pub(super) fn generate(mut ast: Ast, root: ExprId) -> Program {
    let mut generator = Generator {
        program: Program { names: std::mem::take(&mut ast.names), ..Program::default() },
        ast: &ast,
        tests: HashMap::new(),
        tasks: Vec::new(),
    };
    generator.tasks.push(Task::Expr { id: root, want: Want::All, hoist: false });
    while let Some(task) = generator.tasks.pop() {
        generator.perform(task);
    }
    generator.program
}

/// What remains to be done, the next one last.
enum Task<'a> {
    /// `hoist`: inside a predicate, so that what does not depend on the context is kept.
    Expr {
        id: ExprId,
        want: Want,
        hoist: bool,
    },
    Step {
        step: Walk<'a>,
        want: Want,
    },
    Emit(Op),
    /// A short circuit whose target is the end of the right operand.
    Branch {
        operator: Operator,
        right: ExprId,
        hoist: bool,
    },
    /// Sets the target of the jump at this place to the next operation.
    Land(usize),
    /// The next operation is the first of a predicate.
    Enter {
        plan: usize,
        predicate: usize,
    },
    /// The next operation follows the plan's predicates.
    Leave(usize),
}

/// A step as it is taken, after fusing.
struct Walk<'a> {
    axis: Axis,
    test: Test,
    predicates: &'a [ExprId],
}

struct Generator<'a> {
    ast: &'a Ast,
    program: Program,
    tests: HashMap<Test, u32>,
    tasks: Vec<Task<'a>>,
}

impl<'a> Generator<'a> {
    fn perform(&mut self, task: Task<'a>) {
        let next = self.program.ops.len() as u32;
        match task {
            Task::Expr { id, want, hoist } => self.expr(id, want, hoist),
            Task::Step { step, want } => self.step(step, want),
            Task::Emit(op) => self.program.ops.push(op),
            Task::Branch { operator, right, hoist } => {
                self.program.ops.push(if operator == Operator::And { Op::And(0) } else { Op::Or(0) });
                self.tasks.push(Task::Land(next as usize));
                self.tasks.push(Task::Expr { id: right, want: Want::Any, hoist });
            }
            Task::Land(jump) => match &mut self.program.ops[jump] {
                Op::And(target) | Op::Or(target) | Op::Once(_, target) => *target = next,
                op => unreachable!("{op:?} does not jump"),
            },
            Task::Enter { plan, predicate } => {
                self.program.plans[plan].predicates[predicate].condition = Condition::Code(next);
            }
            Task::Leave(plan) => self.program.plans[plan].after = next,
        }
    }

    fn emit(&mut self, op: Op) {
        self.tasks.push(Task::Emit(op));
    }

    fn test(&mut self, test: Test) -> u32 {
        *self.tests.entry(test).or_insert_with(|| {
            self.program.tests.push(test);
            self.program.tests.len() as u32 - 1
        })
    }

    fn literal(&mut self, text: &str) -> u32 {
        self.program.literals.push(text.into());
        self.program.literals.len() as u32 - 1
    }

    /// The operations that push the value of an expression, as far as it is wanted. Tasks are
    /// pushed last one first.
    fn expr(&mut self, id: ExprId, want: Want, hoist: bool) {
        let ast = self.ast;
        let info = ast.info(id);
        let costs = !matches!(
            ast.expr(id),
            Expr::Number(_) | Expr::Literal(_) | Expr::Call(Function::True | Function::False, _)
        );
        if hoist && costs && !info.context {
            let slot = self.program.slots;
            self.program.slots += 1;
            self.tasks.push(Task::Land(self.program.ops.len()));
            self.program.ops.push(Op::Once(slot, 0));
            self.emit(Op::Keep(slot));
            self.tasks.push(Task::Expr { id, want, hoist: false });
            return;
        }
        if info.kind != Type::Nodes && want == Want::Any && info.kind != Type::Boolean {
            self.emit(Op::ToBoolean);
        }
        match ast.expr(id) {
            Expr::Number(number) => self.emit(Op::Number(*number)),
            Expr::Literal(text) => {
                let literal = self.literal(text);
                self.emit(Op::Literal(literal));
            }
            Expr::Negate(operand) => {
                self.emit(Op::Negate);
                self.tasks.push(Task::Expr { id: *operand, want: Want::First(1), hoist });
            }
            Expr::Binary(operator, left, right) => self.binary(*operator, *left, *right, want, hoist),
            Expr::Call(function, arguments) => {
                if *function == Function::Id {
                    self.conclude(want);
                }
                self.call(*function, arguments, hoist);
            }
            Expr::Path(start, steps) => self.path(*start, steps, want, hoist),
            Expr::Filter(base, predicates) => {
                let step = Walk { axis: Axis::Members, test: Test::Node, predicates };
                self.tasks.push(Task::Step { step, want });
                let enough = match predicates.first().and_then(|first| self.condition(*first)) {
                    Some(Condition::Between(_, most)) if most < u32::MAX => Want::First(most),
                    _ => Want::All,
                };
                self.tasks.push(Task::Expr { id: *base, want: enough, hoist });
            }
        }
    }

    /// Turns a whole node-set into what is wanted of it, once the tasks pushed after this have
    /// made it.
    fn conclude(&mut self, want: Want) {
        let op = match want {
            Want::All | Want::First(_) => return,
            Want::Any => Op::ToBoolean,
            Want::Count => Op::Count,
        };
        self.emit(op);
    }

    fn binary(&mut self, operator: Operator, left: ExprId, right: ExprId, want: Want, hoist: bool) {
        let kinds = [self.ast.kind(left), self.ast.kind(right)];
        let wants = match operator {
            Operator::And | Operator::Or => {
                self.tasks.push(Task::Branch { operator, right, hoist });
                self.tasks.push(Task::Expr { id: left, want: Want::Any, hoist });
                return;
            }
            Operator::Union if want == Want::Any => {
                self.tasks.push(Task::Branch { operator: Operator::Or, right, hoist });
                self.tasks.push(Task::Expr { id: left, want: Want::Any, hoist });
                return;
            }
            Operator::Union => {
                self.conclude(want);
                match want {
                    Want::First(_) => [want; 2],
                    _ => [Want::All; 2],
                }
            }
            Operator::Add | Operator::Subtract | Operator::Multiply | Operator::Divide | Operator::Modulo => {
                [Want::First(1); 2]
            }
            // Compared with a boolean, a node-set counts as one; with anything else each node counts.
            _ => [kinds[1], kinds[0]].map(|other| match other {
                Type::Boolean => Want::Any,
                _ => Want::All,
            }),
        };
        // A boolean operand keeps its type; so does a number or string beside it.
        let want_of = |kind, want| if kind == Type::Nodes || want != Want::Any { want } else { Want::All };
        self.emit(Op::Binary(operator));
        self.tasks.push(Task::Expr { id: right, want: want_of(kinds[1], wants[1]), hoist });
        self.tasks.push(Task::Expr { id: left, want: want_of(kinds[0], wants[0]), hoist });
    }

    fn call(&mut self, function: Function, arguments: &'a [ExprId], hoist: bool) {
        let want = match function.parameter() {
            Parameter::Nodes if function == Function::Count => Want::Count,
            Parameter::Nodes | Parameter::Any => Want::All,
            Parameter::FirstNode | Parameter::Value => Want::First(1),
            Parameter::Boolean => Want::Any,
        };
        // These are done when their argument is: it is generated as what they ask for.
        if !matches!(function, Function::Count | Function::Boolean) {
            self.emit(Op::Call(function, arguments.len() as u32));
        }
        for id in arguments.iter().rev() {
            self.tasks.push(Task::Expr { id: *id, want, hoist });
        }
    }

    fn path(&mut self, start: Start, steps: &'a [Step], want: Want, hoist: bool) {
        let walks = self.fuse(steps);
        if walks.is_empty() {
            match (start, want) {
                (Start::Expr(base), _) => self.tasks.push(Task::Expr { id: base, want, hoist }),
                (_, Want::Any) => self.emit(Op::Boolean(true)),
                (_, Want::Count) => self.emit(Op::Number(1.0)),
                (Start::Root, _) => self.emit(Op::Root),
                (Start::Context, _) => self.emit(Op::Context),
            }
            return;
        }
        for (n, step) in walks.into_iter().rev().enumerate() {
            let want = if n == 0 { want } else { Want::All };
            self.tasks.push(Task::Step { step, want });
        }
        match start {
            Start::Root => self.emit(Op::Root),
            Start::Context => self.emit(Op::Context),
            Start::Expr(base) => self.tasks.push(Task::Expr { id: base, want: Want::All, hoist }),
        }
    }

    /// Leaves out `self::node()` and joins `descendant-or-self::node()/child::x` to
    /// `descendant::x` where no predicate of `x` counts positions.
    fn fuse(&self, steps: &'a [Step]) -> Vec<Walk<'a>> {
        let mut walks: Vec<Walk> = Vec::with_capacity(steps.len());
        for step in steps {
            let Step { axis, test, predicates } = step;
            let plain = predicates.is_empty() && *test == Test::Node;
            if plain && *axis == Axis::SelfNode {
                continue;
            }
            let positional = predicates.iter().any(|id| self.ast.info(*id).is_positional());
            let mut axis = *axis;
            if let Some(last) = walks.last_mut().filter(|last| last.is_any_descendant()) {
                let fused = match axis {
                    Axis::Child | Axis::Descendant => Some(Axis::Descendant),
                    Axis::SelfNode | Axis::DescendantOrSelf => Some(Axis::DescendantOrSelf),
                    _ => None,
                };
                match fused.filter(|_| !positional) {
                    Some(fused) => {
                        axis = fused;
                        walks.pop();
                    }
                    None if axis == Axis::Child => last.test = Test::Parent,
                    None if axis == Axis::Attribute => last.test = Test::Star,
                    None => {}
                }
            }
            walks.push(Walk { axis, test: *test, predicates });
        }
        walks
    }

    fn step(&mut self, step: Walk<'a>, want: Want) {
        let Walk { axis, test, predicates } = step;
        let test = self.test(test);
        if predicates.is_empty() {
            self.program.ops.push(Op::Step { axis, test, want });
            return;
        }
        let plan = self.program.plans.len();
        self.program.ops.push(Op::Select(plan as u32));
        self.tasks.push(Task::Leave(plan));
        let mut planned = Vec::with_capacity(predicates.len());
        for (n, id) in predicates.iter().enumerate() {
            let info = self.ast.info(*id);
            let condition = self.condition(*id);
            let needs_size = info.last || matches!(condition, Some(Condition::Last));
            if condition.is_none() {
                // A number is compared with the position, everything else is true or false.
                let want = if info.kind == Type::Number { Want::All } else { Want::Any };
                self.emit(Op::Verdict);
                self.tasks.push(Task::Expr { id: *id, want, hoist: true });
                self.tasks.push(Task::Enter { plan, predicate: n });
            }
            planned.push(Predicate { condition: condition.unwrap_or(Condition::Code(0)), needs_size });
        }
        let bulk = !predicates.iter().any(|id| self.ast.info(*id).is_positional());
        self.program.plans.push(Plan { axis, test, predicates: planned, bulk, want, after: 0 });
    }

    /// The predicates that need no operations.
    fn condition(&mut self, id: ExprId) -> Option<Condition> {
        let ast = self.ast;
        match ast.expr(id) {
            Expr::Number(number) => Some(at(Operator::Equal, *number)),
            Expr::Call(Function::Last, _) => Some(Condition::Last),
            Expr::Path(..) => self.attribute(id).map(|test| Condition::Attribute { test, value: None }),
            Expr::Binary(operator, left, right) => match (ast.expr(*left), ast.expr(*right)) {
                (Expr::Call(Function::Position, _), Expr::Number(number)) => {
                    at_if_ordered(*operator, *number)
                }
                (Expr::Number(number), Expr::Call(Function::Position, _)) => {
                    at_if_ordered(mirrored(*operator), *number)
                }
                (Expr::Call(Function::Position, _), Expr::Call(Function::Last, _))
                | (Expr::Call(Function::Last, _), Expr::Call(Function::Position, _))
                    if *operator == Operator::Equal =>
                {
                    Some(Condition::Last)
                }
                (Expr::Path(..), Expr::Literal(text)) if *operator == Operator::Equal => {
                    let test = self.attribute(*left)?;
                    Some(Condition::Attribute { test, value: Some(self.literal(text)) })
                }
                (Expr::Literal(text), Expr::Path(..)) if *operator == Operator::Equal => {
                    let test = self.attribute(*right)?;
                    Some(Condition::Attribute { test, value: Some(self.literal(text)) })
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// The test of a path that is no more than `@name`.
    fn attribute(&mut self, id: ExprId) -> Option<u32> {
        match self.ast.expr(id) {
            Expr::Path(Start::Context, steps) => match &steps[..] {
                [Step { axis: Axis::Attribute, test: test @ Test::Name(_), predicates }]
                    if predicates.is_empty() =>
                {
                    Some(self.test(*test))
                }
                _ => None,
            },
            _ => None,
        }
    }
}

impl Walk<'_> {
    fn is_any_descendant(&self) -> bool {
        self.axis == Axis::DescendantOrSelf && self.test == Test::Node && self.predicates.is_empty()
    }
}

/// `position() operator number` as a range of positions, for the operators that are one.
fn at_if_ordered(operator: Operator, number: f64) -> Option<Condition> {
    let ordered = matches!(
        operator,
        Operator::Equal
            | Operator::Less
            | Operator::LessOrEqual
            | Operator::Greater
            | Operator::GreaterOrEqual
    );
    ordered.then(|| at(operator, number))
}

fn at(operator: Operator, number: f64) -> Condition {
    const NEVER: Condition = Condition::Between(1, 0);
    // `as` saturates; no page has as many nodes as the greatest position.
    match operator {
        Operator::Equal if number.fract() == 0.0 && number >= 1.0 => {
            Condition::Between(number as u32, number as u32)
        }
        Operator::Less if number > 1.0 => Condition::Between(1, (number.ceil() - 1.0) as u32),
        Operator::LessOrEqual if number >= 1.0 => Condition::Between(1, number as u32),
        Operator::Greater => Condition::Between((number.floor() + 1.0) as u32, u32::MAX),
        Operator::GreaterOrEqual => Condition::Between(number.ceil() as u32, u32::MAX),
        _ => NEVER,
    }
}
