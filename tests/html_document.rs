//! Pages and fragments: what is parsed, what it is as HTML again, and scraper as the oracle.

use htmlsession::html::{Document, EncodingSource, Kind, NodeId, ParseOptions};
use url::Url;

fn inner(html: &str, context: &str) -> String {
    let page = Document::parse_fragment(html, context, None);
    let mut out = String::new();
    page.tree().inner_html(NodeId::DOCUMENT, &mut out);
    out
}

fn outer(html: &str) -> String {
    let page = Document::parse(html, None);
    let mut out = String::new();
    page.tree().outer_html(NodeId::DOCUMENT, &mut out);
    out
}

fn find(page: &Document, name: &str) -> NodeId {
    let tree = page.tree();
    (0..tree.len()).filter_map(|n| tree.node(n)).find(|id| tree.name(*id) == name).unwrap()
}

#[test]
fn pages_as_html() {
    for (html, expected) in [
        ("", "<html><head></head><body></body></html>"),
        (
            "<!doctype HTML PUBLIC 'x'><title>a&lt;b</title>c",
            "<!DOCTYPE html><html><head><title>a&lt;b</title></head><body>c</body></html>",
        ),
        (
            "<!--a--><html a=b><p>x<p>y<!--z--></html><!--c-->",
            "<!--a--><html a=\"b\"><head></head><body><p>x</p><p>y<!--z--></p></body></html><!--c-->",
        ),
        (
            "<p><noscript><b>a</b></noscript>b",
            "<html><head></head><body><p><noscript><b>a</b></noscript>b</p></body></html>",
        ),
    ] {
        assert_eq!(outer(html), expected, "{html}");
    }
}

#[test]
fn fragments_as_html() {
    for (html, context, expected) in [
        ("a & b<br>c\u{a0}", "div", "a &amp; b<br>c&nbsp;"),
        ("<img alt='\"<&>\u{a0}'>", "div", "<img alt=\"&quot;&lt;&amp;&gt;&nbsp;\">"),
        ("<script>a<b&&c</script>", "div", "<script>a<b&&c</script>"),
        ("<style>a>b</style><xmp>&amp;</xmp>", "div", "<style>a>b</style><xmp>&amp;</xmp>"),
        ("<noscript>a&lt;</noscript>", "div", "<noscript>a&lt;</noscript>"),
        ("<textarea>\n\na&b</textarea>", "div", "<textarea>\na&amp;b</textarea>"),
        ("<td>a<td>b", "tr", "<td>a</td><td>b</td>"),
        ("<td>a", "div", "a"),
        ("<option>a<option>b", "select", "<option>a</option><option>b</option>"),
        ("<b>a&lt;</b>", "textarea", "&lt;b&gt;a&lt;&lt;/b&gt;"),
        (
            "<template><td>a<template>b</template></td></template>c",
            "div",
            "<template><td>a<template>b</template></td></template>c",
        ),
        (
            "<svg viewbox='0' xlink:href=a xml:lang=b xmlns:xlink=c><PATH/><style>a&gt;</style></svg>",
            "div",
            "<svg viewBox=\"0\" xlink:href=\"a\" xml:lang=\"b\" xmlns:xlink=\"c\"><path></path>\
             <style>a&gt;</style></svg>",
        ),
        ("<radialgradient/><br>", "svg g", "<radialGradient></radialGradient><br>"),
        ("<mi>x", "math math", "<mi>x</mi>"),
        ("<b><i>a</b>b</i>", "div", "<b><i>a</i></b><i>b</i>"),
        ("<table>a<tr><td>b</table>", "div", "a<table><tbody><tr><td>b</td></tr></tbody></table>"),
    ] {
        assert_eq!(inner(html, context), expected, "{html}");
    }
}

#[test]
fn inner_and_outer_of_an_element() {
    let page = Document::parse("<div id=x><p>a<br>b</p>c</div><template><i>t</i></template>", None);
    let html = |name: &str, outer: bool| {
        let mut out = String::from("|");
        match outer {
            true => page.tree().outer_html(find(&page, name), &mut out),
            false => page.tree().inner_html(find(&page, name), &mut out),
        }
        out
    };
    assert_eq!(html("div", true), "|<div id=\"x\"><p>a<br>b</p>c</div>");
    assert_eq!(html("div", false), "|<p>a<br>b</p>c");
    assert_eq!(html("br", true), "|<br>");
    assert_eq!(html("br", false), "|");
    assert_eq!(html("template", true), "|<template><i>t</i></template>");
    assert_eq!(html("template", false), "|<i>t</i>");
}

#[test]
fn the_encoding_is_reported_and_a_late_meta_obeyed() {
    let parsed = |bytes: &[u8], content_type: Option<&str>| {
        let content_type = content_type.map(str::to_string);
        Document::from_bytes(bytes, ParseOptions { content_type, ..ParseOptions::default() }).unwrap()
    };
    let late = [&b"<p>\xE4</p>"[..], &b" ".repeat(2000), b"<meta charset=koi8-r>\xE4"].concat();
    let page = parsed(&late, None);
    assert_eq!((page.encoding(), page.encoding_source()), ("KOI8-R", EncodingSource::Meta));
    assert_eq!(page.tree().data(NodeId::DOCUMENT), "");
    let text = page.tree().first_child(find(&page, "p")).unwrap();
    assert_eq!(page.tree().data(text), "\u{414}");
    // What the response says is not a guess.
    let page = parsed(&late, Some("text/html; charset=iso-8859-2"));
    assert_eq!((page.encoding(), page.encoding_source()), ("ISO-8859-2", EncodingSource::Http));
    let page = Document::parse("\u{feff}<p>\u{feff}x", None);
    assert_eq!((page.encoding(), page.encoding_source()), ("UTF-8", EncodingSource::Override));
    let text = page.tree().first_child(find(&page, "p")).unwrap();
    assert_eq!(page.tree().data(text), "\u{feff}x");
}

#[test]
fn a_form_that_a_table_tears_apart_still_owns_its_fields() {
    let page =
        Document::parse("<table><form id=f><tr><td><input></table></form><form><input id=in></form>", None);
    let tree = page.tree();
    let inputs: Vec<NodeId> =
        tree.descendants(NodeId::DOCUMENT).filter(|id| tree.name(*id) == "input").collect();
    assert_eq!(tree.parser_form(inputs[0]), Some(find(&page, "form")));
    assert_eq!(tree.parser_form(inputs[1]), None);
}

#[test]
fn source_lines() {
    let page = Document::parse("<!doctype html>\n<p\nid=a>x\r\n<b>y\r<table>\n<td>z", None);
    let tree = page.tree();
    let line = |name: &str| tree.line(find(&page, name));
    assert_eq!([line("p"), line("b"), line("table"), line("td")], [2, 4, 5, 6]);
    assert_eq!([line("html"), line("body"), line("tbody"), line("tr")], [0, 0, 0, 0]);
}

/// The pages that scraper must agree on.
const PAGES: &[&str] = &[
    "<p>a<b>b<p>c</b>d",
    "<table>a<tr>b<td>c</table>",
    "<!doctype html><title>t</title><ul><li>a<li>b</ul>",
    "<select><option>a<optgroup><option>b</select>",
    "<template><p>a</template><div>b",
    "<svg><foreignObject><p>a</svg><math><mi>b",
    "<a href=1>a<a href=2>b</a>c",
    "<body a=1><body a=2 b=3><html c=4>",
    "<b><p><b><p><b><p></b></b>x",
    "<frameset><frame></frameset>x",
];

#[test]
fn the_copy_for_scraper_is_what_scraper_parses() {
    for html in PAGES {
        let ours = Document::parse(html, Some(Url::parse("http://h/").unwrap())).to_scraper();
        let theirs = scraper::Html::parse_document(html);
        assert_eq!(ours.html(), theirs.html(), "{html}");
        assert_eq!(ours.quirks_mode, theirs.quirks_mode, "{html}");
        assert_eq!(ours.tree.nodes().len(), theirs.tree.nodes().len(), "{html}");
        let all = scraper::Selector::parse("*").unwrap();
        let names = |page: &scraper::Html| -> Vec<String> {
            page.select(&all).map(|element| format!("{:?}", element.value())).collect()
        };
        assert_eq!(names(&ours), names(&theirs), "{html}");
    }
}

#[test]
fn nodes_know_their_places() {
    for html in PAGES {
        let page = Document::parse(html, None);
        let tree = page.tree();
        for id in (0..tree.len()).filter_map(|n| tree.node(n)) {
            let end = tree.end(id);
            assert!(id.number() < end && end <= tree.len(), "{html}");
            let children: Vec<NodeId> = tree.children(id).collect();
            assert_eq!(tree.first_child(id), children.first().copied(), "{html}");
            assert_eq!(tree.last_child(id), children.last().copied(), "{html}");
            for pair in children.windows(2) {
                assert_eq!(tree.next_sibling(pair[0]), Some(pair[1]), "{html}");
                assert_eq!(tree.previous_sibling(pair[1]), Some(pair[0]), "{html}");
            }
            assert!(children.iter().all(|child| tree.parent(*child) == Some(id)), "{html}");
            assert_eq!(tree.parent(id).is_none(), matches!(tree.kind(id), Kind::Document | Kind::Fragment));
        }
    }
}

#[test]
fn names_that_nobody_knows_stay_what_they_are() {
    let html = "<My-Custom-Element Data-Long-Name=1 data-long-name=2 data-other-name=3 x data-nul\0name=5>\
        <p>in</p><another-element></another-element></my-custom-ELEMENT><svg><Custom-Shape viewbox=0 data-long-name=6/></svg>";
    let page = Document::parse(html, None);
    let tree = page.tree();
    let custom = find(&page, "my-custom-element");
    let attributes: Vec<(&str, &str)> = tree.attributes(custom).map(|attr| (attr.name, attr.value)).collect();
    assert_eq!(
        attributes,
        [("data-long-name", "1"), ("data-other-name", "3"), ("x", ""), ("data-nul\u{fffd}name", "5")]
    );
    // Its end tag ended it.
    assert_eq!(tree.next_sibling(custom).map(|id| tree.name(id)), Some("svg"));
    assert_eq!(tree.parent(find(&page, "another-element")), Some(custom));
    let count = |css: &str| page.find(NodeId::DOCUMENT, css).unwrap().len();
    assert_eq!(count("my-custom-element[data-long-name='1'] > another-element"), 1);
    assert_eq!(count("[data-long-name]"), 2);
    assert_eq!(count("svg > custom-shape[viewBox]"), 1);
    let found = page.xpath(NodeId::DOCUMENT, "name(//@data-other-name/..)").unwrap();
    assert_eq!(found.string(tree), "my-custom-element");
    let scraper = page.to_scraper();
    let selector = scraper::Selector::parse("my-custom-element[data-other-name='3']").unwrap();
    assert_eq!(scraper.select(&selector).count(), 1);
    // In the same fragment the context's own name is an element's like any other.
    assert_eq!(
        inner("<a-long-context>x</a-long-context>y", "a-long-context"),
        "<a-long-context>x</a-long-context>y"
    );
}

#[test]
fn attributes_of_an_ignored_tag_leave_nothing_behind() {
    // The text that the second form ends is stored behind the form's own.
    let page = Document::parse("<form></form><table>a<form x=12345>b<form y=6789>c<td z=1>d", None);
    let mut html = String::new();
    page.tree().inner_html(page.tree().root_element().unwrap(), &mut html);
    assert_eq!(
        html,
        "<head></head><body><form></form>abc<table><form x=\"12345\"></form><tbody><tr>\
         <td z=\"1\">d</td></tr></tbody></table></body>"
    );
}

#[test]
fn text_around_a_tag_that_adds_attributes_is_one_node() {
    let page = Document::parse("<p>a<html x=1>b<body y=2>c", None);
    assert_eq!(
        page.tree().dump(),
        "\
| <html>
|   x=\"1\"
|   <head>
|   <body>
|     y=\"2\"
|     <p>
|       \"abc\"
"
    );
}

#[test]
fn text_behind_a_comment_for_the_document_goes_on_where_it_was() {
    let page = Document::parse("<p>a</body><!--c-->b", None);
    assert_eq!(
        page.tree().dump(),
        "| <html>\n|   <head>\n|   <body>\n|     <p>\n|       \"ab\"\n|   <!-- c -->\n"
    );
}

#[test]
fn what_makes_no_token_stands_not_before_a_line_break() {
    let page = Document::parse("<pre></>\n\nx</pre>", None);
    assert_eq!(page.tree().dump(), "| <html>\n|   <head>\n|   <body>\n|     <pre>\n|       \"\nx\"\n");
}

#[test]
fn selectedcontent_shows_the_selected_option() {
    for (html, expected) in [
        // the first, until another says that it is
        ("<option>a<option>b", "a"),
        ("<option>a<option selected>b<option>c", "b"),
        ("<option disabled>a<option>b", "b"),
        ("<optgroup disabled><option>a</optgroup><option>b", "b"),
        ("<option><i>a</i><template>t</template>", "<i>a</i><template>t</template>"),
        // of its own options, in groups however deep
        ("<datalist><option>a</datalist><option>b", "b"),
        ("<option>a<div><option selected>b", "a<div><option selected=\"\">b</option></div>"),
        ("<optgroup disabled><div><option>a</div></optgroup><option>b", "b"),
        ("</select>", ""),
    ] {
        let page = Document::parse(&format!("<select><button><selectedcontent></button>{html}"), None);
        let tree = page.tree();
        let content = tree.descendants(NodeId::DOCUMENT).find(|id| tree.name(*id) == "selectedcontent");
        let mut shown = String::new();
        tree.inner_html(content.unwrap(), &mut shown);
        assert_eq!(shown, expected, "{html}");
    }
    // neither a select of many options nor one that shows several has one, nor a second one
    for html in [
        "<select multiple><selectedcontent>x</selectedcontent><option>a",
        "<select size=2><selectedcontent>x</selectedcontent><option>a",
        "<select size=2x><selectedcontent>x</selectedcontent><option>a",
        "<select><option>a<selectedcontent>x</selectedcontent></option>",
    ] {
        let page = Document::parse(html, None);
        let text: String =
            (0..page.tree().len()).map(|n| page.tree().data(page.tree().node(n).unwrap())).collect();
        assert_eq!(text.matches('a').count(), 1, "{html}");
    }
    // one behind the options shows theirs as well
    let page = Document::parse("<select><option>a</option><selectedcontent></selectedcontent>", None);
    let text: String =
        (0..page.tree().len()).map(|n| page.tree().data(page.tree().node(n).unwrap())).collect();
    assert_eq!(text, "aa");
}
