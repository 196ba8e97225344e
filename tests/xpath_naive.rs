//! Random expressions on random pages, evaluated twice: by the library, and by an evaluator
//! that follows the Recommendation's words literally: recursive, with every axis listed in full
//! for every node and every predicate run on every candidate.

use htmlsession::html::xpath::{Expression, Item, Value};
use htmlsession::html::{Document, Kind, NodeId, Tree};
use std::fmt::Write;

/// A small generator (xorshift), so that a failing seed can be run again.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % bound
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

#[derive(Clone, Debug)]
enum Expr {
    Number(f64),
    Literal(&'static str),
    Negate(Box<Expr>),
    Binary(&'static str, Box<Expr>, Box<Expr>),
    Call(&'static str, Vec<Expr>),
    Path(Start, Vec<Step>),
    Filter(Box<Expr>, Vec<Expr>),
}

#[derive(Clone, Debug)]
enum Start {
    Root,
    Context,
    From(Box<Expr>),
}

#[derive(Clone, Debug)]
struct Step {
    axis: &'static str,
    test: &'static str,
    predicates: Vec<Expr>,
}

// --- What expressions look like -------------------------------------------------------------

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

fn any(random: &mut Random, depth: usize) -> Expr {
    match random.below(4) {
        0 => nodes(random, depth),
        1 => number(random, depth),
        2 => text(random, depth),
        _ => boolean(random, depth),
    }
}

fn nodes(random: &mut Random, depth: usize) -> Expr {
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

fn write(expr: &Expr, out: &mut String) {
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
                let short = out.len() % 2 == 0;
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

// --- What they mean -------------------------------------------------------------------------

#[derive(Clone, Copy)]
struct Focus {
    item: Item,
    position: usize,
    size: usize,
}

struct Naive<'t> {
    tree: &'t Tree,
    steps: u64,
}

impl Naive<'_> {
    fn parent(&self, item: Item) -> Option<Item> {
        match item {
            Item::Attribute { owner, .. } => Some(Item::Node(owner)),
            Item::Node(node) => self.tree.parent(node).map(Item::Node),
        }
    }

    fn children(&self, item: Item) -> Vec<Item> {
        match item {
            Item::Attribute { .. } => vec![],
            Item::Node(node) => self.tree.children(node).map(Item::Node).collect(),
        }
    }

    fn ancestors(&self, item: Item) -> Vec<Item> {
        std::iter::successors(self.parent(item), |at| self.parent(*at)).collect()
    }

    fn descendants(&self, item: Item) -> Vec<Item> {
        let mut all = Vec::new();
        for child in self.children(item) {
            all.push(child);
            all.extend(self.descendants(child));
        }
        all
    }

    fn siblings(&self, item: Item, after: bool) -> Vec<Item> {
        let (Item::Node(_), Some(parent)) = (item, self.parent(item)) else { return vec![] };
        let children = self.children(parent).into_iter();
        children.filter(|child| if after { *child > item } else { *child < item }).collect()
    }

    /// The nodes of an axis in its own order.
    fn axis(&self, axis: &str, item: Item) -> Vec<Item> {
        let document = self.descendants(Item::Node(NodeId::DOCUMENT));
        match axis {
            "ancestor" => self.ancestors(item),
            "ancestor-or-self" => [vec![item], self.ancestors(item)].concat(),
            "attribute" => match item {
                Item::Node(owner) => (0..self.tree.attribute_count(owner))
                    .map(|index| Item::Attribute { owner, index })
                    .collect(),
                Item::Attribute { .. } => vec![],
            },
            "child" => self.children(item),
            "descendant" => self.descendants(item),
            "descendant-or-self" => [vec![item], self.descendants(item)].concat(),
            "following" => {
                let below = self.descendants(item);
                let after = |other: &Item| order(*other) > order(item) && !below.contains(other);
                document.into_iter().filter(after).collect()
            }
            "following-sibling" => self.siblings(item, true),
            "parent" => self.parent(item).into_iter().collect(),
            "preceding" => {
                let above = self.ancestors(item);
                let before = |other: &Item| order(*other) < order(item) && !above.contains(other);
                document.into_iter().filter(before).rev().collect()
            }
            "preceding-sibling" => self.siblings(item, false).into_iter().rev().collect(),
            "self" => vec![item],
            _ => unreachable!(),
        }
    }

    fn passes(&self, axis: &str, test: &str, item: Item) -> bool {
        let kind = match item {
            Item::Attribute { .. } => None,
            Item::Node(node) => Some(self.tree.kind(node)),
        };
        if kind == Some(Kind::Doctype) {
            return false;
        }
        let principal = if axis == "attribute" { kind.is_none() } else { kind == Some(Kind::Element) };
        match test {
            "node()" => true,
            "text()" => kind == Some(Kind::Text),
            "comment()" => kind == Some(Kind::Comment),
            "*" => principal,
            name => principal && item.local_name(self.tree) == name,
        }
    }

    fn eval(&mut self, expr: &Expr, focus: Focus) -> Option<Value> {
        self.steps += 1;
        if self.steps > 20_000 {
            return None; // too large for this evaluator
        }
        Some(match expr {
            Expr::Number(number) => Value::Number(*number),
            Expr::Literal(text) => Value::String(text.to_string()),
            Expr::Negate(operand) => Value::Number(-self.number(operand, focus)?),
            Expr::Binary(operator, left, right) => {
                let left_value = self.eval(left, focus)?;
                match *operator {
                    "and" | "or" => {
                        let decided = *operator == "or";
                        if left_value.boolean() == decided {
                            return Some(Value::Boolean(decided));
                        }
                        return Some(Value::Boolean(self.eval(right, focus)?.boolean()));
                    }
                    _ => {}
                }
                let right_value = self.eval(right, focus)?;
                self.binary(operator, left_value, right_value)
            }
            Expr::Call(function, arguments) => {
                let mut values = Vec::new();
                for argument in arguments {
                    values.push(self.eval(argument, focus)?);
                }
                self.call(function, values, focus)
            }
            Expr::Filter(base, predicates) => {
                let mut items = self.items(base, focus)?;
                for predicate in predicates {
                    items = self.filter(items, predicate)?;
                }
                Value::Nodes(items)
            }
            Expr::Path(start, steps) => {
                let mut items = match start {
                    Start::Root => vec![Item::Node(NodeId::DOCUMENT)],
                    Start::Context => vec![focus.item],
                    Start::From(base) => self.items(base, focus)?,
                };
                for step in steps {
                    let mut next = Vec::new();
                    for item in items {
                        let mut found = self.axis(step.axis, item);
                        found.retain(|item| self.passes(step.axis, step.test, *item));
                        for predicate in &step.predicates {
                            found = self.filter(found, predicate)?;
                        }
                        next.extend(found);
                    }
                    items = unique(next);
                }
                Value::Nodes(items)
            }
        })
    }

    fn items(&mut self, expr: &Expr, focus: Focus) -> Option<Vec<Item>> {
        match self.eval(expr, focus)? {
            Value::Nodes(items) => Some(items),
            other => panic!("no node-set: {other:?}"),
        }
    }

    fn number(&mut self, expr: &Expr, focus: Focus) -> Option<f64> {
        Some(self.eval(expr, focus)?.number(self.tree))
    }

    fn filter(&mut self, items: Vec<Item>, predicate: &Expr) -> Option<Vec<Item>> {
        let size = items.len();
        let mut kept = Vec::new();
        for (n, item) in items.into_iter().enumerate() {
            let keeps = match self.eval(predicate, Focus { item, position: n + 1, size })? {
                Value::Number(number) => number == (n + 1) as f64,
                value => value.boolean(),
            };
            if keeps {
                kept.push(item);
            }
        }
        Some(kept)
    }

    fn binary(&self, operator: &str, left: Value, right: Value) -> Value {
        let numbers = || (left.number(self.tree), right.number(self.tree));
        match operator {
            "|" => match (left, right) {
                (Value::Nodes(left), Value::Nodes(right)) => Value::Nodes(unique([left, right].concat())),
                _ => panic!("no node-sets"),
            },
            "+" => Value::Number(numbers().0 + numbers().1),
            "-" => Value::Number(numbers().0 - numbers().1),
            "*" => Value::Number(numbers().0 * numbers().1),
            "div" => Value::Number(numbers().0 / numbers().1),
            "mod" => Value::Number(numbers().0 % numbers().1),
            _ => Value::Boolean(self.compare(operator, &left, &right)),
        }
    }

    fn compare(&self, operator: &str, left: &Value, right: &Value) -> bool {
        let text = |item: &Item| Value::String(item.string_value(self.tree).into_owned());
        match (left, right) {
            (Value::Nodes(_), Value::Boolean(_)) => {
                self.compare(operator, &Value::Boolean(left.boolean()), right)
            }
            (Value::Boolean(_), Value::Nodes(_)) => {
                self.compare(operator, left, &Value::Boolean(right.boolean()))
            }
            (Value::Nodes(items), _) => items.iter().any(|item| self.compare(operator, &text(item), right)),
            (_, Value::Nodes(items)) => items.iter().any(|item| self.compare(operator, left, &text(item))),
            _ => {
                let (a, b) = (left.number(self.tree), right.number(self.tree));
                let equal = match (left, right) {
                    (Value::Boolean(_), _) | (_, Value::Boolean(_)) => left.boolean() == right.boolean(),
                    (Value::String(left), Value::String(right)) => left == right,
                    _ => a == b,
                };
                match operator {
                    "=" => equal,
                    "!=" => !equal,
                    "<" => a < b,
                    "<=" => a <= b,
                    ">" => a > b,
                    ">=" => a >= b,
                    _ => unreachable!(),
                }
            }
        }
    }

    fn call(&self, function: &str, arguments: Vec<Value>, focus: Focus) -> Value {
        let tree = self.tree;
        let text = |n: usize| arguments[n].string(tree).into_owned();
        let first = || arguments[0].items().and_then(|items| items.first().copied());
        let number = || arguments[0].number(tree);
        match function {
            "position" => Value::Number(focus.position as f64),
            "last" => Value::Number(focus.size as f64),
            "count" => Value::Number(arguments[0].items().unwrap().len() as f64),
            "sum" => {
                let numbers = arguments[0].items().unwrap().iter();
                let numbers = numbers.map(|item| Value::Nodes(vec![*item]).number(tree));
                Value::Number(numbers.fold(0.0, |sum, number| sum + number))
            }
            "string-length" => Value::Number(text(0).chars().count() as f64),
            "number" => Value::Number(number()),
            "floor" => Value::Number(number().floor()),
            "ceiling" => Value::Number(number().ceil()),
            "round" => Value::Number((number() + 0.5).floor()),
            "string" if arguments.is_empty() => Value::String(focus.item.string_value(tree).into_owned()),
            "string" => Value::String(text(0)),
            "concat" => Value::String(text(0) + &text(1)),
            "name" => Value::String(first().map_or(String::new(), |item| item.name(tree).into_owned())),
            "local-name" => Value::String(first().map_or("", |item| item.local_name(tree)).to_string()),
            "substring-before" => {
                let (all, part) = (text(0), text(1));
                Value::String(all.split_once(&part).map_or("", |(before, _)| before).to_string())
            }
            "substring-after" => {
                let (all, part) = (text(0), text(1));
                Value::String(all.split_once(&part).map_or("", |(_, after)| after).to_string())
            }
            "normalize-space" => {
                let space = |c| matches!(c, ' ' | '\t' | '\r' | '\n');
                let all = text(0);
                let words: Vec<&str> = all.split(space).filter(|word| !word.is_empty()).collect();
                Value::String(words.join(" "))
            }
            "starts-with" => Value::Boolean(text(0).starts_with(&text(1))),
            "contains" => Value::Boolean(text(0).contains(&text(1))),
            "not" => Value::Boolean(!arguments[0].boolean()),
            "boolean" => Value::Boolean(arguments[0].boolean()),
            "true" => Value::Boolean(true),
            "false" => Value::Boolean(false),
            "id" => {
                let words = match &arguments[0] {
                    Value::Nodes(items) => {
                        items.iter().fold(String::new(), |all, item| all + " " + &item.string_value(tree))
                    }
                    _ => text(0),
                };
                let space = |c| matches!(c, ' ' | '\t' | '\r' | '\n');
                let find = |word: &str| {
                    let mut all = self.descendants(Item::Node(NodeId::DOCUMENT)).into_iter();
                    all.find(|item| tree.attribute(item.node(), "id") == Some(word))
                };
                let found = words.split(space).filter(|word| !word.is_empty()).filter_map(find);
                Value::Nodes(unique(found.collect()))
            }
            _ => unreachable!("{function}"),
        }
    }
}

/// Document order as numbers: attributes behind their element, before its children.
fn order(item: Item) -> (u32, usize) {
    match item {
        Item::Node(node) => (node.number(), 0),
        Item::Attribute { owner, index } => (owner.number(), index + 1),
    }
}

fn unique(mut items: Vec<Item>) -> Vec<Item> {
    items.sort_by_key(|item| order(*item));
    items.dedup();
    items
}

// --- The comparison -------------------------------------------------------------------------

fn page(random: &mut Random) -> String {
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

fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left == right || left.is_nan() && right.is_nan(),
        _ => left == right,
    }
}

#[test]
fn random_expressions_agree_with_the_recommendation() {
    let rounds: u64 = std::env::var("XPATH_ROUNDS").map_or(3000, |rounds| rounds.parse().unwrap());
    let mut compared = 0;
    let mut not_empty = 0;
    for seed in 1..=rounds {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let html = page(&mut random);
        let document = Document::parse(&html, None);
        let tree = document.tree();
        for _ in 0..4 {
            let expr = if random.below(2) == 0 { nodes(&mut random, 3) } else { any(&mut random, 3) };
            let mut source = String::new();
            write(&expr, &mut source);
            let nodes = tree.end(NodeId::DOCUMENT) as usize;
            let context = tree.node(random.below(nodes) as u32).unwrap();
            if tree.kind(context) == Kind::Doctype {
                continue;
            }
            let focus = Focus { item: Item::Node(context), position: 1, size: 1 };
            let Some(expected) = (Naive { tree, steps: 0 }).eval(&expr, focus) else { continue };
            let expression = Expression::compile(&source).unwrap_or_else(|e| panic!("{source}: {e}"));
            let got = expression.evaluate(tree, context).unwrap_or_else(|e| panic!("{source}: {e}"));
            assert!(
                same(&expected, &got),
                "seed {seed}, context {context:?}\n{html}\n{source}\nexpected {expected:?}\ngot      {got:?}"
            );
            compared += 1;
            not_empty += usize::from(matches!(&got, Value::Nodes(items) if !items.is_empty()));
        }
    }
    println!("{compared} expressions agree, {not_empty} of them with nodes");
    assert!(compared as u64 > rounds && not_empty as u64 > rounds / 2);
}
