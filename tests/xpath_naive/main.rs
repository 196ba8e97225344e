//! Random expressions on random pages, evaluated twice: by the library, and by an evaluator
//! that follows the Recommendation's words literally: recursive, with every axis listed in full
//! for every node and every predicate run on every candidate.

mod generate;
mod naive;

use generate::{Random, any, nodes, page, write};
use htmlsession::html::xpath::{Expression, Item, Value};
use htmlsession::html::{Document, Kind, NodeId};
use naive::{Focus, Naive};

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
