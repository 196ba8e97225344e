//! Text as a reader sees it, as it stands, and the search for it.

use htmlsession::html::{Document, NodeId};

fn page(html: &str) -> Document {
    Document::parse(html, None)
}

fn text(html: &str) -> String {
    let page = page(html);
    let mut text = String::new();
    page.text(NodeId::DOCUMENT, &mut text);
    text
}

fn of(page: &Document, css: &str, ask: impl Fn(&Document, NodeId, &mut String)) -> String {
    let id = page.find_first(NodeId::DOCUMENT, css).unwrap().unwrap();
    let mut text = String::new();
    ask(page, id, &mut text);
    text
}

#[test]
fn text_is_what_a_reader_sees() {
    for (html, expected) in [
        ("", ""),
        ("a", "a"),
        ("  a  \n b ", "a b"),
        ("<p>a</p><p>b</p>", "a\nb"),
        ("<div><div>a</div></div><div></div>b", "a\nb"),
        ("a<br>b", "a\nb"),
        ("a<br><br>b", "a\n\nb"),
        ("<p>a<br></p>b", "a\nb"),
        ("<br>a<br>", "a"),
        ("a <b> b</b> c", "a b c"),
        ("a<b>b</b>c", "abc"),
        ("a <p> b </p> c", "a\nb\nc"),
        ("a\u{a0} \u{a0}b", "a\u{a0} \u{a0}b"),
        ("\u{a0}", "\u{a0}"),
        // No white space, and no break either.
        ("a\u{200b}b", "a\u{200b}b"),
        ("€ \u{2009}x", "€ \u{2009}x"),
        ("a<script>x</script><style>y</style><!-- z -->b", "ab"),
        ("a<template><p>x</p></template>b", "ab"),
        ("a<iframe>x</iframe>b", "ab"),
        ("a<noscript>b</noscript>", "ab"),
        ("a<input list=l><datalist id=l><option>x</datalist>b", "ab"),
        ("a<p HIDDEN>x<b>y</b></p><i hidden=until-found>b</i>c<svg hidden>d</svg>", "abcd"),
        ("a<dialog>x</dialog>b<dialog open>c</dialog>", "ab\nc"),
        ("<div popover>Menu</div><p>x", "x"),
        ("<dialog popover=manual>x</dialog><dialog popover open>a</dialog><svg popover>b</svg>", "a\nb"),
        ("<details><summary>a</summary>b</details>", "a\nb"),
        ("a<canvas>x</canvas><video><p>y</p></video><audio>z</audio><object>b</object>", "ab"),
        ("<ruby>a<rp>(</rp><rt>b</rt><rp>)</rp></ruby>", "ab"),
        ("<title>t</title><body>b", "t\nb"),
        ("<ul><li>1<li>2</ul>3", "1\n2\n3"),
        ("<h1>h</h1>x<hr>y", "h\nx\ny"),
        ("<table><tr><td>1<td>2<tr><td>3<td>4</table>", "1\t2\n3\t4"),
        ("<table><tr><th>a</th><td></td><td>c</td></tr></table>d", "a\t\tc\nd"),
        // Columns stay apart, but nothing stands at the ends.
        ("<table><tr><td>a<td><br><p><td>c<td><tr><td> <td>b<td>c</table>d", "a\t\tc\n\tb\tc\nd"),
        ("<table><tr><td><td>b<td></table>", "b"),
        ("<table><tr><td>a<td><table><tr><td></table><td>c</table>", "a\t\tc"),
        ("<table><tr><td><p>1</p><td>2</table>", "1\n2"),
        ("<pre>a\n  b\n\nc\n</pre>d", "a\n  b\n\nc\nd"),
        ("x<pre>\n\n a</pre>", "x\n\n a"),
        ("<pre>a <b> b</b>\tc</pre>", "a  b\tc"),
        ("a <textarea>x\n  y</textarea> b", "a x\n  y b"),
        ("<select><option>a<option>b</select>", "a\nb"),
        ("<dl><dt>a<dd>b</dl>", "a\nb"),
        ("<u>a</u><mark>b</mark><x-y>c</x-y>", "abc"),
        ("<svg><style>x</style><text>a</text></svg>", "a"),
        (
            "<a href=/x><svg><title>Close</title><desc>d</desc><metadata>m</metadata><path/></svg>Home</a>",
            "Home",
        ),
        // The names of HTML's blocks mean nothing elsewhere.
        ("a<svg><summary>b</summary></svg><math><mi>c</mi><title>d</title><td>e</td></math>f", "abcdef"),
    ] {
        assert_eq!(text(html), expected, "{html:?}");
    }
}

#[test]
fn text_of_one_node_has_no_end_of_the_next() {
    let page = page("<p id=p>a <b>b </b></p>tail<script>s</script><style>  x  y </style>");
    assert_eq!(of(&page, "p", Document::text), "a b");
    assert_eq!(of(&page, "b", Document::text), "b");
    assert_eq!(of(&page, "b::text", Document::text), "b");
    assert_eq!(of(&page, "script", Document::text), "s");
    assert_eq!(of(&page, "style", Document::text), "x y");
    assert_eq!(of(&self::page("<svg><title>a  b</title></svg>"), "svg title", Document::text), "a b");
    assert_eq!(of(&self::page("<p hidden>a<b hidden>x</b>"), "p", Document::text), "a");
    // Behind what is there already.
    let mut text = String::from("x ");
    page.text(page.find_first(NodeId::DOCUMENT, "p").unwrap().unwrap(), &mut text);
    assert_eq!(text, "x a b");
}

#[test]
fn full_and_own_text_are_as_they_stand() {
    let page = page("<div> a <p>b<!-- c --></p>\n<script>d</script> e</div>f");
    assert_eq!(of(&page, "div", Document::full_text), " a b\nd e");
    assert_eq!(of(&page, "div", Document::own_text), " a \n e");
    assert_eq!(of(&page, "p", Document::own_text), "b");
    let comment =
        page.tree().descendants(NodeId::DOCUMENT).find(|id| page.tree().data(*id) == " c ").unwrap();
    let mut text = String::new();
    page.full_text(comment, &mut text);
    assert_eq!(text, " c ");
    text.clear();
    page.text(comment, &mut text);
    assert_eq!(text, "");
}

#[test]
fn unknown_nodes_have_no_text() {
    let large = page("<p><p><p><p><p><p>");
    let node = large.tree().node(large.tree().len() - 1).unwrap();
    let small = page("x");
    let mut text = String::new();
    small.text(node, &mut text);
    small.full_text(node, &mut text);
    small.own_text(node, &mut text);
    assert_eq!(text, "");
    assert_eq!(small.tokens(node, "class").count(), 0);
}

#[test]
fn tokens_and_title() {
    let found = page("<title> a\n b </title><svg><title>c</title></svg><a class=' x  y\tx ' rel=''>");
    let link = found.find_first(NodeId::DOCUMENT, "a").unwrap().unwrap();
    assert_eq!(found.tokens(link, "class").collect::<Vec<_>>(), ["x", "y", "x"]);
    assert_eq!(found.tokens(link, "rel").count(), 0);
    assert_eq!(found.tokens(link, "id").count(), 0);
    assert_eq!(found.title().as_deref(), Some("a b"));
    assert_eq!(page("<svg><title>c</title></svg>").title(), None);
    assert_eq!(page("<title></title>").title().as_deref(), Some(""));
}

fn ids(page: &Document, found: Vec<NodeId>) -> String {
    let id = |node: &NodeId| page.tree().attribute(*node, "id").unwrap_or("-").to_string();
    found.iter().map(id).collect::<Vec<_>>().join(" ")
}

#[test]
fn elements_containing_a_text_are_found_in_document_order() {
    let page = page(
        "<div id=1><p id=2>The Quick <b id=3>brown</b></p><p id=4>fox</p></div><p id=5>ΟΔΟΣ</p><p id=6>STRASSE ß</p>",
    );
    let find = |needles: &[&str]| ids(&page, page.find_containing(NodeId::DOCUMENT, needles).unwrap());
    assert_eq!(find(&["quick BROWN"]), "- - 1 2");
    assert_eq!(find(&["brown"]), "- - 1 2 3");
    assert_eq!(find(&["brownfox"]), "- - 1");
    assert_eq!(find(&["fox", "quick"]), "- - 1 2 4");
    assert_eq!(find(&["οδος"]), "- - 5");
    assert_eq!(find(&["SS"]), "- - 6");
    assert_eq!(find(&["nowhere"]), "");
    assert_eq!(find(&[""]), "- - - 1 2 3 4 5 6");
    assert_eq!(find(&[]), "- - - 1 2 3 4 5 6");
    let with =
        |css, needles: &[&str]| ids(&page, page.find_with_text(NodeId::DOCUMENT, css, needles).unwrap());
    assert_eq!(with("p", &["o"]), "2 4");
    assert_eq!(with("p", &[]), "2 4 5 6");
    let div = page.find_first(NodeId::DOCUMENT, "div").unwrap().unwrap();
    assert_eq!(ids(&page, page.find_containing(div, &["FOX"]).unwrap()), "4");
}

#[test]
fn the_search_agrees_with_searching_each_element() {
    // Few letters, so that needles overlap themselves and the borders of elements.
    let mut state = 7u64;
    let mut below = |limit: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % limit
    };
    for _ in 0..300 {
        let mut html = String::new();
        for _ in 0..below(40) {
            html.push_str(["a", "b", "A", "aa", "<i>", "</i>", "<u>", "</u>", "É"][below(9) as usize]);
        }
        let page = page(&html);
        for needle in ["a", "aa", "aba", "bb", "é", "aé", "ab"] {
            let expected: Vec<NodeId> = page
                .tree()
                .descendants(NodeId::DOCUMENT)
                .filter(|id| page.tree().is_element(*id))
                .filter(|id| {
                    let mut text = String::new();
                    page.full_text(*id, &mut text);
                    text.to_lowercase().contains(needle)
                })
                .collect();
            assert_eq!(
                page.find_containing(NodeId::DOCUMENT, &[needle]).unwrap(),
                expected,
                "{needle} in {html}"
            );
            let css = format!(":icontains({needle})");
            assert_eq!(page.find(NodeId::DOCUMENT, &css).unwrap(), expected, "{css} on {html}");
        }
    }
}
