//! The conformance vectors for XPath, read from the folder that `HTMLSESSION_VECTORS` names.
#![cfg(conformance)]

use htmlsession::html::xpath::{Expression, Item, Value};
use htmlsession::html::{Document, Kind, NodeId, Tree};
use serde_json::{Value as Json, json};

#[test]
fn the_vectors_pass() {
    let path = std::path::Path::new(env!("HTMLSESSION_VECTORS")).join("xpath/cases.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut failed = Vec::new();
    let mut count = 0;
    for line in text.lines() {
        let case: Json = serde_json::from_str(line).unwrap();
        count += 1;
        let expect = &case["expect"];
        let got = evaluate(&case);
        if !agrees(expect, &got) {
            failed.push(format!("{} {}: expected {expect}, got {got}", case["id"], case["xpath"]));
        }
    }
    println!("{} of {count} vectors pass", count - failed.len());
    assert!(count > 0);
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

fn evaluate(case: &Json) -> Json {
    let page = Document::parse(case["html"].as_str().unwrap(), None);
    let tree = page.tree();
    let root = tree.root_element().unwrap();
    let context = match case["context"].as_str() {
        None => root,
        Some(path) => match Expression::compile(path).unwrap().evaluate(tree, root).unwrap() {
            Value::Nodes(items) => {
                assert_eq!(items.len(), 1);
                items[0].node()
            }
            other => panic!("the context is {other:?}"),
        },
    };
    let source = case["xpath"].as_str().unwrap();
    match Expression::compile(source).and_then(|expression| expression.evaluate(tree, context)) {
        Err(error) => json!({"type": "error", "value": error.message()}),
        Ok(Value::Nodes(items)) => {
            let items: Vec<Json> = items.iter().map(|item| describe(tree, *item)).collect();
            json!({"type": "nodeset", "value": items})
        }
        Ok(Value::String(text)) => json!({"type": "string", "value": text}),
        Ok(Value::Boolean(boolean)) => json!({"type": "boolean", "value": boolean}),
        Ok(Value::Number(number)) if number.is_finite() => json!({"type": "number", "value": number}),
        Ok(number) => json!({"type": "number", "value": number.string(tree)}),
    }
}

fn agrees(expect: &Json, got: &Json) -> bool {
    if expect["type"] != got["type"] {
        return false;
    }
    match expect["type"].as_str().unwrap() {
        "error" => true,
        "number" => match (expect["value"].as_f64(), got["value"].as_f64()) {
            (Some(a), Some(b)) => (a - b).abs() <= 1e-9,
            _ => expect["value"] == got["value"],
        },
        _ => expect["value"] == got["value"],
    }
}

fn describe(tree: &Tree, item: Item) -> Json {
    let node = item.node();
    if let Item::Attribute { .. } = item {
        let value = item.string_value(tree);
        return json!({"k": "attribute", "name": item.name(tree), "owner": path(tree, node), "value": value});
    }
    match tree.kind(node) {
        Kind::Element => {
            let text = item.string_value(tree);
            let mut described = json!({"k": "element", "name": tree.name(node), "path": path(tree, node)});
            if text.chars().count() > 300 {
                described["text_len"] = json!(text.chars().count());
                described["text_sha256"] = json!(sha256(&text));
            } else {
                described["text"] = json!(text);
            }
            match item.namespace_uri(tree) {
                "http://www.w3.org/2000/svg" => described["ns"] = json!("svg"),
                "http://www.w3.org/1998/Math/MathML" => described["ns"] = json!("mathml"),
                _ => {}
            }
            described
        }
        Kind::Text => {
            let parent = tree.parent(node).unwrap();
            json!({"k": "text", "parent": path(tree, parent), "value": tree.data(node)})
        }
        Kind::Comment => json!({"k": "comment", "path": path(tree, node), "value": tree.data(node)}),
        kind => json!({"k": format!("{kind:?}").to_lowercase()}),
    }
}

fn sha256(text: &str) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The steps from the root, each with its place among the siblings of the same name.
fn path(tree: &Tree, node: NodeId) -> String {
    let mut path = String::new();
    let mut at = node;
    while let Some(parent) = tree.parent(at) {
        let name = |id: NodeId| match tree.kind(id) {
            Kind::Comment => "comment()",
            _ => tree.name(id),
        };
        let before =
            tree.children(parent).take_while(|id| *id != at).filter(|id| name(*id) == name(at)).count();
        path = format!("/{}[{}]{path}", name(at), before + 1);
        at = parent;
    }
    path
}
