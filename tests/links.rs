//! Links: which are given, and where they lead.

use htmlsession::Code;
use htmlsession::html::extract::Spec;
use htmlsession::html::{Document, LinkKind, LinkOptions, NodeId, ParseOptions};
use url::Url;

fn page_at(url: &str, html: &str) -> Document {
    Document::parse(html, Some(Url::parse(url).unwrap()))
}

fn links(page: &Document, options: LinkOptions) -> Vec<String> {
    page.links(NodeId::DOCUMENT, options).unwrap().iter().map(String::from).collect()
}

const PAGE: &str = "<a href=' /a '>A</a><a href=b?c#d>B</a><a href=/a>again</a><a href=#top>top</a><a href>empty</a>\
    <a name=x>no</a><a href='JavaScript:void(0)'>js</a><a href='MAILTO:a@b'>mail</a><a href=tel:1>tel</a>\
    <map><area href=/area alt=Area></map><link rel=next href=/2><img src=i.png alt=Image>\
    <form action=/f><input value=x></form><svg><a href=/svg></a></svg><a href='//h2/x' rel='me nofollow'>far</a>";

#[test]
fn links_are_as_requests_html_gives_them_but_in_order() {
    let page = page_at("http://h/p/q?r#s", PAGE);
    let plain = LinkOptions::default();
    assert_eq!(links(&page, plain), ["/a", "b?c#d", "tel:1", "//h2/x"]);
    assert_eq!(
        links(&page, LinkOptions::absolute()),
        ["http://h/a", "http://h/p/b?c#d", "tel:1", "http://h2/x"]
    );
    assert_eq!(
        links(&page, LinkOptions { repeated: true, ..plain }),
        ["/a", "b?c#d", "/a", "tel:1", "//h2/x"]
    );
    let all = LinkOptions { anchors: true, javascript: true, mailto: true, ..plain };
    assert_eq!(
        links(&page, all),
        ["/a", "b?c#d", "#top", "", "JavaScript:void(0)", "MAILTO:a@b", "tel:1", "//h2/x"]
    );
    // Nothing leads to the page itself, but names no picture and no style sheet.
    let empty = page_at("http://h/p/q?r#s", "<a href=' '></a><img src><link href=''><form action=''></form>");
    let anchors = LinkOptions { anchors: true, ..LinkOptions::absolute() };
    assert_eq!(links(&empty, anchors.of(&LinkKind::ALL)), ["http://h/p/q?r"]);
    assert!(links(&empty, LinkOptions::default().of(&LinkKind::ALL)).is_empty());
    assert_eq!(
        links(&page, plain.of(&[LinkKind::Area, LinkKind::Link, LinkKind::Img, LinkKind::Form])),
        ["/area", "/2", "i.png", "/f"]
    );
    assert_eq!(
        links(&page, LinkOptions::absolute().of(&LinkKind::ALL)),
        [
            "http://h/a",
            "http://h/p/b?c#d",
            "tel:1",
            "http://h/area",
            "http://h/2",
            "http://h/p/i.png",
            "http://h/f",
            "http://h2/x"
        ]
    );
}

#[test]
fn links_that_lead_to_one_place_are_one() {
    let page = page_at("http://h/p/", "<a href=x><a href=./x><a href=/p/x><a href='x '><a href=X>");
    assert_eq!(links(&page, LinkOptions::default()), ["x", "./x", "/p/x", "X"]);
    assert_eq!(links(&page, LinkOptions::absolute()), ["http://h/p/x", "http://h/p/X"]);
}

#[test]
fn links_of_an_element_are_its_own_and_those_below_against_the_pages_base() {
    let page = page_at("http://h/p/", "<base href=/base/><a href=1></a><div><a href=2>x</a></div>");
    let div = page.find_first(NodeId::DOCUMENT, "div").unwrap().unwrap();
    let link = page.find_first(div, "a").unwrap().unwrap();
    for scope in [div, link] {
        let found = page.links(scope, LinkOptions::absolute()).unwrap();
        assert_eq!(found.iter().collect::<Vec<_>>(), ["http://h/base/2"]);
    }
    let far = Document::parse(&"<p>".repeat(50), None).tree().node(50).unwrap();
    assert_eq!(page.links(far, LinkOptions::default()).unwrap_err().code(), Code::Node);
}

#[test]
fn without_a_base_only_absolute_links_resolve() {
    let page = Document::parse("<a href=x><a href='http://h/ y'><a href='http://['>", None);
    assert_eq!(links(&page, LinkOptions::default()), ["x", "http://h/ y", "http://["]);
    assert_eq!(links(&page, LinkOptions::absolute()), ["http://h/%20y"]);
    assert_eq!(page.resolve("x"), None);
    assert_eq!(page.resolve("HTTP://H").as_deref(), Some("http://h/"));
}

#[test]
fn links_come_with_their_elements() {
    let page = page_at("http://h/p/q", PAGE);
    let found = page.link_elements(NodeId::DOCUMENT, LinkOptions::default().of(&LinkKind::ALL)).unwrap();
    let shown: Vec<_> = found
        .iter()
        .map(|link| (link.kind, link.reference, link.url.as_deref().unwrap_or(""), link.rel, &*link.text))
        .collect();
    assert_eq!(
        shown,
        [
            (LinkKind::A, "/a", "http://h/a", "", "A"),
            (LinkKind::A, "b?c#d", "http://h/p/b?c#d", "", "B"),
            (LinkKind::A, "/a", "http://h/a", "", "again"),
            (LinkKind::A, "tel:1", "tel:1", "", "tel"),
            (LinkKind::Area, "/area", "http://h/area", "", "Area"),
            (LinkKind::Link, "/2", "http://h/2", "next", ""),
            (LinkKind::Img, "i.png", "http://h/p/i.png", "", "Image"),
            (LinkKind::Form, "/f", "http://h/f", "", ""),
            (LinkKind::A, "//h2/x", "http://h2/x", "me nofollow", "far"),
        ]
    );
    assert!(page.tree().is_html(found[0].node, "a"));
}

#[test]
fn the_short_way_and_the_url_crate_agree() {
    let bases = [
        "http://h/",
        "http://h/a/b/c.html?q=1#f",
        "https://user:pw@h:8443/a//b/?x/y",
        "http://h/a/b;p/c:d/",
        "http://h?q",
        "file:///C:/x/y",
        "data:text/html,x",
        "http://[::1]/x/y",
    ];
    let pieces = [
        "a",
        "B",
        "/",
        "//",
        ".",
        "..",
        "?",
        "#",
        ":",
        "@",
        "%2e",
        "%",
        "%41",
        " ",
        "\t",
        "\\",
        "é",
        "x=1&y=2",
        ";p",
        "'",
        "\"",
        "<",
        ">",
        "`",
        "{",
        "}",
        "^",
        "|",
        "[",
        "]",
        "~",
        "!",
        "$",
        "(",
        ")",
        "*",
        "+",
        ",",
        "=",
        "-",
        "_",
        "http:",
        "https://h/",
        "HTTP://",
        "C:",
        "C|",
        ".x",
        "x.",
        "...",
        "\u{7f}",
        "\0",
        "mailto:a",
    ];
    let mut state = 99u64;
    let mut below = |limit: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % limit
    };
    for base in bases {
        let page = page_at(base, "");
        let url = Url::parse(base).unwrap();
        for _ in 0..20_000 {
            let mut reference = String::new();
            for _ in 0..below(7) {
                reference.push_str(pieces[below(pieces.len())]);
            }
            let expected = url.join(&reference).ok().map(String::from);
            let written = reference.replace('\t', "");
            if expected.is_none() && written.trim_start_matches(|c| c <= ' ').starts_with("//") {
                continue; // the crate knows two slashes only
            }
            assert_eq!(page.resolve(&reference), expected, "{reference:?} at {base}");
        }
    }
}

#[test]
fn queries_are_in_the_pages_encoding() {
    let in_encoding = |label: &str, html: &[u8]| {
        let (url, encoding) = (Url::parse("http://h/s").ok(), Some(label.to_string()));
        Document::from_bytes(html, ParseOptions { url, encoding, ..ParseOptions::default() }).unwrap()
    };
    let gbk = in_encoding("gbk", b"<a class=next href='?page=2&q=\xd6\xd0'>Next</a>");
    let expected = "http://h/s?page=2&q=%D6%D0";
    assert_eq!(links(&gbk, LinkOptions::absolute()), [expected]);
    assert_eq!(gbk.next_url(&["next"]).unwrap().as_str(), expected);
    assert_eq!(
        gbk.link_elements(NodeId::DOCUMENT, LinkOptions::default()).unwrap()[0].url.as_deref(),
        Some(expected)
    );
    let spec = Spec::compile(r#"{"u": {"css": "a::attr(href)", "as": "url"}}"#).unwrap();
    assert_eq!(spec.run(&gbk).unwrap(), format!("{{\"u\":\"{expected}\"}}"));
    // Paths and fragments are in UTF-8 always, and so are queries of other schemes.
    assert_eq!(gbk.resolve("中?中#中").unwrap(), "http://h/%E4%B8%AD?%D6%D0#%E4%B8%AD");
    assert_eq!(gbk.resolve("x:y?中").unwrap(), "x:y?%E4%B8%AD");
    // What an encoding lacks is a character reference; no encoding is UTF-16 outwards.
    assert_eq!(in_encoding("windows-1252", b"").resolve("?é中'").unwrap(), "http://h/s?%E9%26%2320013%3B%27");
    let lacking = in_encoding("iso-2022-jp", b"").resolve("?中é中").unwrap();
    assert_eq!(lacking, "http://h/s?%1B$BCf%1B(B%26%23233%3B%1B$BCf%1B(B");
    assert_eq!(in_encoding("utf-16le", b"").resolve("?中").unwrap(), "http://h/s?%E4%B8%AD");
    let based = in_encoding("gbk", b"<base href='/b?\xd6\xd0'>");
    assert_eq!(based.resolve("").unwrap(), "http://h/b?%D6%D0");
}

#[test]
fn surplus_slashes_before_a_host_are_passed_over() {
    let page = page_at("http://h/a", "<a href='///x.org/y'>");
    assert_eq!(links(&page, LinkOptions::absolute()), ["http://x.org/y"]);
    for reference in [" /\t////x.org/y", "//\\x.org/y", "\\/\\x.org/y", "http:////x.org/y"] {
        assert_eq!(page.resolve(reference).as_deref(), Some("http://x.org/y"), "{reference:?}");
    }
    assert_eq!(page.resolve("////"), None);
    assert_eq!(page.resolve("//?x"), None);
}

#[test]
fn a_scheme_is_known_however_it_is_broken() {
    let page = page_at(
        "http://h/",
        "<a href='java&#10;script:a'>x</a><a href='j&#9;AVASCRIPT&#13;:a'>x</a><a href='mail&#9;to:a@b'>y</a>\
         <a href='java script:a'>z</a>",
    );
    assert_eq!(links(&page, LinkOptions::default()), ["java script:a"]);
}

#[test]
fn thirty_thousand_links() {
    let html: String =
        (0..30_000).map(|n| format!("<a href='dir{}/page-{n}.html#x'>{n}</a>", n % 9)).collect();
    let page = page_at("https://example.org/docs/index.html", &html);
    let found = page.links(NodeId::DOCUMENT, LinkOptions::absolute()).unwrap();
    assert_eq!(found.len(), 30_000);
    assert_eq!(found.get(29_999), Some("https://example.org/docs/dir2/page-29999.html#x"));
    assert_eq!(found.get(30_000), None);
    // One buffer, every string followed by a NUL.
    let start = found.offsets()[1];
    assert!(found.data()[start..].starts_with("https://example.org/docs/dir1/page-1.html#x\0"));
}

#[test]
fn links_behind_a_base_without_measure_are_an_error() {
    let html = format!("<base href='/{}/'>{}", "b".repeat(1 << 20), "<a href=x>x</a>".repeat(20_000));
    let page = page_at("http://h/", &html);
    let each = LinkOptions { repeated: true, ..LinkOptions::absolute() };
    // Those that lead to one place have to be resolved as well.
    for options in [LinkOptions::absolute(), each] {
        let error = page.links(NodeId::DOCUMENT, options).unwrap_err();
        assert_eq!(error.code(), Code::Budget);
        assert_eq!(error.message(), "the links are too much text on this page");
        assert_eq!(page.link_nodes(NodeId::DOCUMENT, options).unwrap_err().code(), Code::Budget);
    }
    assert_eq!(page.link_elements(NodeId::DOCUMENT, each).unwrap_err().code(), Code::Budget);
    assert_eq!(page.links(NodeId::DOCUMENT, LinkOptions::default()).unwrap().len(), 1);
}
