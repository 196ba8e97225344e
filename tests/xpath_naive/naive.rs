//! The Recommendation's words, one by one.

use crate::generate::{Expr, Start};
use htmlsession::html::xpath::{Item, Value};
use htmlsession::html::{Kind, NodeId, Tree};

#[derive(Clone, Copy)]
pub struct Focus {
    pub item: Item,
    pub position: usize,
    pub size: usize,
}

pub struct Naive<'t> {
    pub tree: &'t Tree,
    pub steps: u64,
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

    /// The value; nothing if it is too much work for this evaluator.
    pub fn eval(&mut self, expr: &Expr, focus: Focus) -> Option<Value> {
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
