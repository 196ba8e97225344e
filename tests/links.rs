//! Links: which are given, and where they lead.

use htmlsession::Code;
use htmlsession::html::{Document, LinkKind, LinkOptions, NodeId};
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
        ["/a", "b?c#d", "#top", "JavaScript:void(0)", "MAILTO:a@b", "tel:1", "//h2/x"]
    );
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
            assert_eq!(page.resolve(&reference), expected, "{reference:?} at {base}");
        }
    }
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
