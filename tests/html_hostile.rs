//! Pages made to hurt: nothing panics, overflows the stack, or takes more than linear time or
//! memory. The times are hang guards, not measurements.

use htmlsession::Code;
use htmlsession::html::{Document, Limits, NodeId, ParseOptions};
use std::time::{Duration, Instant};

const HANG: Duration = Duration::from_secs(60);

/// Runs on a stack as small as a fiber's.
fn on_small_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::Builder::new().stack_size(128 * 1024).spawn(work).unwrap().join().unwrap()
}

/// The number of ancestors of the deepest node.
fn depth(page: &Document) -> usize {
    let tree = page.tree();
    let mut depths: Vec<usize> = Vec::with_capacity(tree.len() as usize);
    for id in (0..tree.len()).filter_map(|number| tree.node(number)) {
        depths.push(tree.parent(id).map_or(0, |parent| depths[parent.number() as usize] + 1));
    }
    depths.into_iter().max().unwrap_or(0)
}

fn count(page: &Document, name: &str) -> usize {
    let tree = page.tree();
    tree.descendants(NodeId::DOCUMENT).filter(|id| tree.name(*id) == name).count()
}

#[test]
fn a_million_nested_elements() {
    let start = Instant::now();
    let (elements, deepest, length) = on_small_stack(|| {
        let page = Document::parse(&"<div>".repeat(1_000_000), None);
        let mut html = String::new();
        page.tree().outer_html(NodeId::DOCUMENT, &mut html);
        (count(&page, "div"), depth(&page), html.len())
    });
    assert_eq!(elements, 1_000_000);
    assert_eq!(deepest, 513); // the document, then 512 elements, one more for the leaves
    assert_eq!(length, 1_000_000 * "<div></div>".len() + "<html><head></head><body></body></html>".len());
    assert!(start.elapsed() < HANG);
}

#[test]
fn elements_at_the_cap_stay_siblings_and_their_end_tags_find_them() {
    let html = format!("{}<p id=in>a<i>b</i>c</p>d{}<p id=out>e", "<div>".repeat(600), "</div>".repeat(600));
    let page = Document::parse(&html, None);
    let tree = page.tree();
    let by_id = |value: &str| {
        tree.descendants(NodeId::DOCUMENT).find(|id| tree.attribute(*id, "id") == Some(value)).unwrap()
    };
    assert_eq!(tree.ancestors(by_id("in")).count(), 513);
    // Every end tag was matched: what follows is back at the top.
    assert_eq!(tree.parent(by_id("out")).map(|id| tree.name(id)), Some("body"));
    assert_eq!(count(&page, "div"), 600);
    assert_eq!(count(&page, "i"), 1);
    let text: String = (0..tree.len()).map(|n| tree.data(tree.node(n).unwrap())).collect();
    assert_eq!(text, "abcde");
}

#[test]
fn five_hundred_levels_are_untouched() {
    let html = "<div>".repeat(500);
    assert_eq!(depth(&Document::parse(&html, None)), 502);
}

#[test]
fn deep_pages_of_every_kind_end() {
    for unit in [
        "<b>",
        "<a>",
        "<p>",
        "<ul><li>",
        "<table>",
        "<table><tr><td>",
        "<table><b>",
        "<select>",
        "<option>",
        "<svg>",
        "<svg><g>",
        "<math><mi>",
        "<template>",
        "<form>",
        "<button>",
        "<font size=1>",
        "<b></p>",
        "<div></x>",
        "<style></style><div>",
        "<script></script><p>",
        "<textarea></textarea><i>",
        "<ruby><rt>",
        "<frameset>",
        "<object>",
        "<table><caption>",
        "<svg><foreignObject>",
        "<nobr>",
        "<h1>",
        "<dd>",
        "<svg><desc><div>",
        "<table><div><tr>",
        "<p><table>",
        "<html x=1><body y=1><div>",
        "<title></title><b>",
        "<div></b></i><b>",
        "<template><tr>",
        "<li></ul>",
        "<br></br>",
        "<select><div>",
        "<plaintext>",
    ] {
        for tail in ["", "</div>", "x", "</table>"] {
            let html = format!("{}{}", unit.repeat(1_500), tail.repeat(1_500));
            let start = Instant::now();
            let page = on_small_stack(move || Document::parse(&html, None));
            assert!(depth(&page) < 1_200, "{unit} {tail}");
            assert!(start.elapsed() < HANG, "{unit} {tail}");
        }
    }
}

#[test]
fn a_hundred_thousand_attributes() {
    let start = Instant::now();
    let list: String = (0..100_000).map(|n| format!(" a{n}={n} A{n}=x")).collect();
    let page = Document::parse(&format!("<p{list}>"), None);
    let tree = page.tree();
    let p = tree.descendants(NodeId::DOCUMENT).find(|id| tree.name(*id) == "p").unwrap();
    assert_eq!(tree.attribute_count(p), 100_000);
    assert_eq!(tree.attribute(p, "a99999"), Some("99999"));
    // Names that no table of all parses may take in.
    let list: String = (0..100_000).map(|n| format!(" data-attribute-{n}={n}")).collect();
    let page = Document::parse(&format!("<p{list}>"), None);
    let tree = page.tree();
    let p = tree.descendants(NodeId::DOCUMENT).find(|id| tree.name(*id) == "p").unwrap();
    assert_eq!(tree.attribute_count(p), 100_000);
    assert_eq!(tree.attribute(p, "data-attribute-99999"), Some("99999"));
    // Many tags that add to the first one.
    let more: String = (0..20_000).map(|n| format!("<html a{n}=1><body b{n}=2>")).collect();
    let page = Document::parse(&more, None);
    assert_eq!(page.tree().attribute_count(page.tree().root_element().unwrap()), 20_000);
    assert!(start.elapsed() < HANG);
}

#[test]
fn ten_thousand_misnestings() {
    let start = Instant::now();
    let page = Document::parse(&format!("{}{}", "<b><p>".repeat(10_000), "</b>".repeat(10_000)), None);
    assert!(page.tree().len() > 20_000);
    let page = Document::parse(&"<b><i></b>".repeat(10_000), None);
    assert!(page.tree().len() > 20_000);
    assert!(start.elapsed() < HANG);
}

#[test]
fn text_that_is_added_to_again_and_again_is_copied_once() {
    let start = Instant::now();
    let html = format!("<table>{}", "<tr a=b>x".repeat(200_000));
    let page = Document::parse(&html, None);
    let tree = page.tree();
    let text = tree.descendants(NodeId::DOCUMENT).find(|id| tree.data(*id).starts_with('x')).unwrap();
    assert_eq!(tree.data(text), "x".repeat(200_000));
    assert!(start.elapsed() < HANG);
}

#[test]
fn a_page_beyond_a_limit_is_refused() {
    let refused = |html: &str, limits| {
        let options = ParseOptions { limits, ..ParseOptions::default() };
        let error = Document::from_bytes(html.as_bytes(), options).unwrap_err();
        assert_eq!(error.code(), Code::DocumentTooLarge, "{error}");
    };
    let bytes = |bytes| Limits { bytes, ..Limits::default() };
    let nodes = |nodes| Limits { nodes, ..Limits::default() };
    refused("<p>abc", bytes(5));
    refused(&"<p>".repeat(100), nodes(100));
    refused("<p a b c d e f g h i j k>", nodes(10));
    refused(&"<table><template><b><p></b>".repeat(100), nodes(50));
    // A small page that asks for a large tree.
    let formatting: String = (0..100).map(|n| format!("<b x={n}>")).collect();
    refused(&format!("<p>{formatting}{}", "<p>x".repeat(100_000)), nodes(1_000_000));
    let long = format!("<p><b title='{}'>{}", "t".repeat(100_000), "<p>x".repeat(100_000));
    refused(&long, Limits::default());
    let names: String = (0..140_000).map(|n| format!("<x-{n}></x-{n}>")).collect();
    refused(&names, Limits::default());
    // What fits, fits.
    let options = ParseOptions { limits: Limits { bytes: 6, nodes: 6 }, ..ParseOptions::default() };
    assert!(Document::from_bytes(b"<p>abc", options).is_ok());
}

#[test]
fn random_bytes_parse() {
    // xorshift; the pieces make the bytes look like markup now and then. None of them is where
    // html5ever departs from the standard (docs/html.md).
    const PIECES: &[&[u8]] = &[
        b"<",
        b">",
        b"</",
        b"/>",
        b"<!--",
        b"-->",
        b"<![CDATA[",
        b"]]>",
        b"&",
        b"&#x",
        b";",
        b"\0",
        b"\r\n",
        b"'",
        b"\"",
        b"=",
        b"<table>",
        b"<b>",
        b"</b>",
        b"<script>",
        b"<svg>",
        b"<template>",
        b"<col>",
        b"<select>",
        b"<p>",
        b"</p>",
        b"<a>",
        b"</a>",
        b"<i>",
        b"</i>",
        b"<div>",
        b"</div>",
        b"<li>",
        b"<ul>",
        b"</ul>",
        b"<tr>",
        b"<td>",
        b"</td>",
        b"<tbody>",
        b"</table>",
        b"<caption>",
        b"<option>",
        b"<optgroup>",
        b"</select>",
        b"<button>",
        b"<form>",
        b"</form>",
        b"<h1>",
        b"</h2>",
        b"<br>",
        b"<input>",
        b"<object>",
        b"</object>",
        b"</template>",
        b"<math>",
        b"</svg>",
        b"<g>",
        b"<frameset>",
        b"<body>",
        b"<html>",
        b"<head>",
        b"<textarea>",
        b"<style>",
        b"<nobr>",
        b"<font>",
        b"<pre>",
        b"<p x=y>",
        b"<b x=y>",
        b" ",
        b"x",
    ];
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for _ in 0..10_000 {
        let mut bytes = Vec::new();
        for _ in 0..random() % 60 {
            match random() % 6 {
                0 => bytes.push(random() as u8),
                _ => bytes.extend_from_slice(PIECES[random() as usize % PIECES.len()]),
            }
        }
        let own = Document::from_bytes(&bytes, ParseOptions::default()).unwrap();
        let stock = Document::from_bytes_with_html5ever(&bytes, ParseOptions::default()).unwrap();
        assert_eq!(own.tree().dump(), stock.tree().dump(), "{bytes:?}");
    }
}
