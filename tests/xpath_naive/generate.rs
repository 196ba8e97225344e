//! Random pages and expressions.

use std::fmt::Write;

/// A small generator (xorshift), so that a failing seed can be run again.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % bound
    }

    pub fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

#[derive(Clone, Debug)]
pub enum Expr {
    Number(f64),
    Literal(&'static str),
    Negate(Box<Expr>),
    Binary(&'static str, Box<Expr>, Box<Expr>),
    Call(&'static str, Vec<Expr>),
    Path(Start, Vec<Step>),
    Filter(Box<Expr>, Vec<Expr>),
}

#[derive(Clone, Debug)]
pub enum Start {
    Root,
    Context,
    From(Box<Expr>),
}

#[derive(Clone, Debug)]
pub struct Step {
    pub axis: &'static str,
    pub test: &'static str,
    pub predicates: Vec<Expr>,
}

const AXES: &[&str] = &[
    "ancestor",
    "ancestor-or-self",
    "attribute",
    "child",
    "descendant",
    "descendant-or-self",
    "following",
    "following-sibling",
    "parent",
    "preceding",
    "preceding-sibling",
    "self",
];
const TESTS: &[&str] = &[
    "*",
    "*",
    "*",
    "*",
    "*",
    "node()",
    "node()",
    "node()",
    "node()",
    "text()",
    "comment()",
    "a",
    "b",
    "i",
    "p",
    "q",
];
const TEXTS: &[&str] = &["", "1", "2", "x", "xy", " 1 ", "a b", "-0", "é"];

pub fn any(random: &mut Random, depth: usize) -> Expr {
    match random.below(4) {
        0 => nodes(random, depth),
        1 => number(random, depth),
        2 => text(random, depth),
        _ => boolean(random, depth),
    }
}

pub fn nodes(random: &mut Random, depth: usize) -> Expr {
    if depth == 0 {
        return Expr::Path(Start::Context, vec![step(random, 0)]);
    }
    match random.below(12) {
        0 => Expr::Binary("|", nodes(random, depth - 1).into(), nodes(random, depth - 1).into()),
        1 => Expr::Filter(nodes(random, depth - 1).into(), predicates(random, depth - 1, 1)),
        2 => Expr::Path(Start::From(nodes(random, depth - 1).into()), steps(random, depth - 1)),
        3 => Expr::Call("id", vec![any(random, depth - 1)]),
        4..=7 => Expr::Path(Start::Root, steps(random, depth - 1)),
        _ => Expr::Path(Start::Context, steps(random, depth - 1)),
    }
}

fn steps(random: &mut Random, depth: usize) -> Vec<Step> {
    let mut steps = Vec::new();
    for n in 0..=random.of(&[0, 0, 1, 1, 2]) {
        if random.below(4) > n {
            steps.push(Step { axis: "descendant-or-self", test: "node()", predicates: vec![] });
        }
        steps.push(step(random, depth));
    }
    steps
}

fn step(random: &mut Random, depth: usize) -> Step {
    let axis = if random.below(3) == 0 { "child" } else { random.of(AXES) };
    let test = if axis == "attribute" { random.of(&["*", "id", "n", "node()"]) } else { random.of(TESTS) };
    let most = if depth == 0 { 0 } else { random.of(&[0, 0, 0, 1, 1, 2]) };
    Step { axis, test, predicates: predicates(random, depth.saturating_sub(1), most) }
}

fn predicates(random: &mut Random, depth: usize, most: usize) -> Vec<Expr> {
    (0..most)
        .map(|_| match random.below(6) {
            0 => Expr::Number(random.of(&[0.0, 1.0, 2.0, 3.0, 1.5])),
            1 => Expr::Call("last", vec![]),
            2 => {
                let operator = random.of(&["=", "!=", "<", "<=", ">", ">="]);
                let bound = match random.below(3) {
                    0 => Expr::Call("last", vec![]),
                    _ => Expr::Number(random.of(&[0.5, 1.0, 2.0, 3.0])),
                };
                let (left, right) = (Expr::Call("position", vec![]), bound);
                match random.below(2) {
                    0 => Expr::Binary(operator, left.into(), right.into()),
                    _ => Expr::Binary(operator, right.into(), left.into()),
                }
            }
            _ => any(random, depth),
        })
        .collect()
}

fn number(random: &mut Random, depth: usize) -> Expr {
    if depth == 0 {
        return match random.below(4) {
            0 => Expr::Call("position", vec![]),
            1 => Expr::Call("last", vec![]),
            _ => Expr::Number(random.of(&[0.0, 1.0, 2.0, 0.5, 3.0, 10.0])),
        };
    }
    let depth = depth - 1;
    match random.below(8) {
        0 => Expr::Negate(any(random, depth).into()),
        1 => Expr::Call("count", vec![nodes(random, depth)]),
        2 => Expr::Call("sum", vec![nodes(random, depth)]),
        3 => Expr::Call("string-length", vec![any(random, depth)]),
        4 => {
            let function = random.of(&["number", "floor", "ceiling", "round"]);
            Expr::Call(function, vec![any(random, depth)])
        }
        5 => number(random, 0),
        _ => {
            let operator = random.of(&["+", "-", "*", "div", "mod"]);
            Expr::Binary(operator, any(random, depth).into(), any(random, depth).into())
        }
    }
}

fn text(random: &mut Random, depth: usize) -> Expr {
    if depth == 0 {
        return Expr::Literal(random.of(TEXTS));
    }
    let depth = depth - 1;
    match random.below(8) {
        0 => Expr::Call("string", vec![any(random, depth)]),
        1 => Expr::Call("concat", vec![any(random, depth), any(random, depth)]),
        2 => Expr::Call(random.of(&["name", "local-name"]), vec![nodes(random, depth)]),
        3 => {
            let function = random.of(&["substring-before", "substring-after"]);
            Expr::Call(function, vec![any(random, depth), text(random, 0)])
        }
        4 => Expr::Call("normalize-space", vec![any(random, depth)]),
        5 => Expr::Call("string", vec![]),
        _ => text(random, 0),
    }
}

fn boolean(random: &mut Random, depth: usize) -> Expr {
    if depth == 0 {
        return Expr::Call(random.of(&["true", "false"]), vec![]);
    }
    let depth = depth - 1;
    match random.below(9) {
        0 => {
            let function = random.of(&["starts-with", "contains"]);
            Expr::Call(function, vec![any(random, depth), any(random, depth)])
        }
        1 => Expr::Call(random.of(&["not", "boolean"]), vec![any(random, depth)]),
        2 => Expr::Binary(random.of(&["and", "or"]), any(random, depth).into(), any(random, depth).into()),
        3 => Expr::Binary(random.of(&["=", "!="]), nodes(random, depth).into(), nodes(random, depth).into()),
        4 => {
            let attribute = Step { axis: "attribute", test: random.of(&["id", "n"]), predicates: vec![] };
            let path = Expr::Path(Start::Context, vec![attribute]);
            Expr::Binary("=", path.into(), Expr::Literal(random.of(TEXTS)).into())
        }
        _ => {
            let operator = random.of(&["=", "!=", "<", "<=", ">", ">="]);
            Expr::Binary(operator, any(random, depth).into(), any(random, depth).into())
        }
    }
}

/// The text of an expression.
pub fn write(expr: &Expr, out: &mut String) {
    match expr {
        Expr::Number(number) => _ = write!(out, "{number}"),
        Expr::Literal(text) => _ = write!(out, "'{text}'"),
        Expr::Negate(operand) => {
            out.push_str("-(");
            write(operand, out);
            out.push(')');
        }
        Expr::Binary(operator, left, right) => {
            out.push('(');
            write(left, out);
            _ = write!(out, ") {operator} (");
            write(right, out);
            out.push(')');
        }
        Expr::Call(function, arguments) => {
            _ = write!(out, "{function}(");
            for (n, argument) in arguments.iter().enumerate() {
                out.push_str(if n == 0 { "" } else { ", " });
                write(argument, out);
            }
            out.push(')');
        }
        Expr::Filter(base, predicates) => {
            out.push('(');
            write(base, out);
            out.push(')');
            write_predicates(predicates, out);
        }
        Expr::Path(start, steps) => {
            match start {
                Start::Root => out.push('/'),
                Start::Context => {}
                Start::From(base) => {
                    out.push('(');
                    write(base, out);
                    out.push_str(")/");
                }
            }
            for (n, step) in steps.iter().enumerate() {
                out.push_str(if n == 0 { "" } else { "/" });
                // Half of the abbreviations that there are, decided by the text so far.
                let short = out.len().is_multiple_of(2);
                match (step.axis, step.test) {
                    ("child", test) if short => out.push_str(test),
                    ("attribute", test) if short => _ = write!(out, "@{test}"),
                    ("self", "node()") if short && step.predicates.is_empty() => out.push('.'),
                    ("parent", "node()") if short && step.predicates.is_empty() => out.push_str(".."),
                    (axis, test) => _ = write!(out, "{axis}::{test}"),
                }
                write_predicates(&step.predicates, out);
            }
        }
    }
}

fn write_predicates(predicates: &[Expr], out: &mut String) {
    for predicate in predicates {
        out.push('[');
        write(predicate, out);
        out.push(']');
    }
}

/// A page of few names and texts, so that comparisons have something to find.
pub fn page(random: &mut Random) -> String {
    let mut html = String::from(random.of(&["", "<!doctype html>", "<!--first--><!doctype html>"]));
    let mut open = Vec::new();
    for _ in 0..10 + random.below(40) {
        match random.below(7) {
            0 | 1 => html.push_str(random.of(TEXTS)),
            2 => html.push_str(random.of(&["<!--1-->", "<!--x-->"])),
            3 if !open.is_empty() => _ = write!(html, "</{}>", open.pop().unwrap()),
            _ => {
                let name = random.of(&["a", "b", "i", "p", "q", "svg", "template", "q", "p"]);
                _ = write!(html, "<{name}");
                if random.below(2) == 0 {
                    _ = write!(html, " id='{}'", random.of(TEXTS));
                }
                if random.below(2) == 0 {
                    _ = write!(html, " n='{}'", random.of(TEXTS));
                }
                html.push('>');
                open.push(name);
            }
        }
    }
    html
}
