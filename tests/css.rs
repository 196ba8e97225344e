//! CSS selectors: what they find beyond scraper's, and what they cost.

use htmlsession::Code;
use htmlsession::html::{Document, NodeId, Selector};

fn page(html: &str) -> Document {
    Document::parse(html, None)
}

/// What a selector finds, each element by its id.
fn ids(page: &Document, css: &str) -> String {
    ids_below(page, NodeId::DOCUMENT, css)
}

fn ids_below(page: &Document, scope: NodeId, css: &str) -> String {
    let found = page.find(scope, css).unwrap_or_else(|error| panic!("{css}: {error}"));
    let name = |id: &NodeId| page.tree().attribute(*id, "id").unwrap_or("?").to_string();
    found.iter().map(name).collect::<Vec<_>>().join(" ")
}

fn values(page: &Document, scope: NodeId, css: &str) -> Vec<String> {
    page.find_values(scope, css).unwrap().iter().map(String::from).collect()
}

fn error(css: &str) -> String {
    let error = Selector::compile(css).expect_err(css);
    assert_eq!(error.code(), Code::Selector);
    error.message().to_string()
}

const SHOP: &str = "<!doctype html><html lang=en id=html><body id=body>\
    <div id=d1 class='box first'><p id=p1>One <b id=b1>Two</b></p><p id=p2 lang=de-CH>Drei</p></div>\
    <div id=d2 class=box><p id=p3>two</p><span id=s1 lang=''>x</span><p id=p4></p></div>\
    <a id=a1 href=/x>next</a><a id=a2>no</a><map><area id=ar href=y></map>";

#[test]
fn text_is_looked_for_with_or_without_case() {
    let page = page(SHOP);
    assert_eq!(ids(&page, "p:contains(Two)"), "p1");
    assert_eq!(ids(&page, "p:contains('Two')"), "p1");
    assert_eq!(ids(&page, ":is(p, b, div):icontains(TWO)"), "d1 p1 b1 d2 p3");
    assert_eq!(ids(&page, "p:contains(\"One Two\")"), "p1");
    assert_eq!(ids(&page, "p:not(:icontains(two))"), "p2 p4");
    assert_eq!(ids(&page, "p:contains('')"), "p1 p2 p3 p4");
    assert_eq!(ids(&page, "p:contains(e T)"), "p1");
    assert_eq!(ids(&page, "p:contains(zzz)"), "");
    let quotes = self::page("<p id=p>I don't say \"hi\"");
    assert_eq!(ids(&quotes, "p:contains(\"don't\"), b"), "p");
    assert_eq!(ids(&quotes, "p:contains(say \"hi\"), b"), "p");
}

#[test]
fn states_are_those_of_the_markup() {
    let page = page(
        "<form><fieldset id=f disabled><legend><input id=i1></legend><legend><input id=i2></legend>\
         <select id=s><optgroup id=g disabled><option id=o1></optgroup><option id=o2 selected></select></fieldset>\
         <input id=c1 type=checkbox checked><input id=c2 type=RADIO checked><input id=c3 checked>\
         <textarea id=t disabled></textarea><button id=b></button><a id=a disabled></a></form>",
    );
    assert_eq!(ids(&page, ":checked"), "o2 c1 c2");
    assert_eq!(ids(&page, ":selected"), "o2");
    // A drop-down shows one option always.
    let options = self::page(
        "<select><optgroup disabled><option id=o1></optgroup><option id=o2><option id=o3></select>\
         <select><option id=p1 selected><option id=p2 selected></select><select size=2><option id=q1></select>\
         <select multiple><option id=r1 selected><option id=r2 selected><option id=r3></select>\
         <div><option id=s1 selected><option id=s2></div>\
         <template><select><option id=t1><option id=t2></select></template>",
    );
    assert_eq!(ids(&options, "option:checked"), "o2 p2 r1 r2 s1");
    assert_eq!(ids(&page, ":disabled"), "f i2 s g o1 o2 t");
    assert_eq!(ids(&page, ":enabled"), "i1 c1 c2 c3 b");
}

#[test]
fn states_of_controls_and_others_follow_from_the_markup() {
    let page = page(
        "<input id=i1 required><input id=i2 type=hidden required><input id=i3 readonly><select id=s required></select>\
         <fieldset disabled><textarea id=t></textarea></fieldset><input id=i4 type=checkbox><button id=b></button>\
         <div id=e contenteditable><p id=p><i id=n contenteditable=false></i><i id=x contenteditable=no></i></div>\
         <details id=d open></details><dialog id=g></dialog><my-tag id=m></my-tag><p id=q is=my-p>\
         <svg id=v><font-face id=f></font-face></svg>",
    );
    assert_eq!(ids(&page, ":required"), "i1 s");
    assert_eq!(ids(&page, ":optional"), "i2 i3 t i4");
    assert_eq!(ids(&page, ":read-write"), "i1 e p x");
    assert_eq!(ids(&page, ":is(input, textarea, i):read-only"), "i2 i3 t i4 n");
    assert_eq!(ids(&page, ":open"), "d");
    assert_eq!(ids(&page, "body :not(:defined)"), "m q");
}

#[test]
fn links_and_languages() {
    let page = page(SHOP);
    assert_eq!(ids(&page, ":link"), "a1 ar");
    assert_eq!(ids(&page, "a:any-link"), "a1");
    assert_eq!(ids(&page, "p:lang(de)"), "p2");
    assert_eq!(ids(&page, "p:lang('*-CH')"), "p2");
    assert_eq!(ids(&page, "p:lang(DE-ch, fr)"), "p2");
    assert_eq!(ids(&page, "p:lang(d)"), "");
    assert_eq!(ids(&page, "div > :lang(en)"), "p1 p3 p4");
    assert_eq!(ids(&page, "span:lang('')"), "s1");
}

#[test]
fn quirks_mode_forgets_the_case_of_ids_and_classes() {
    let html = "<p id=Main class='x Price'><b class=Ärger></b>";
    for (doctype, price, main) in [("", 1, 1), ("<!doctype html>", 0, 0)] {
        let page = page(&format!("{doctype}{html}"));
        let count = |css| page.find(NodeId::DOCUMENT, css).unwrap().len();
        assert_eq!((count(".pRICE"), count("#main")), (price, main));
        assert_eq!((count(".Price"), count("#Main"), count(".ärger")), (1, 1, 0));
        assert_eq!((count("[class~=price]"), count("[id=main]")), (0, 0));
    }
}

#[test]
fn places_among_matching_siblings() {
    let page = page(
        "<ul><li id=1 class=x><li id=2><li id=3 class=x><li id=4 class=x><li id=5></ul><ol><li id=6 class=x></ol>",
    );
    assert_eq!(ids(&page, "li:nth-child(2 of .x)"), "3");
    assert_eq!(ids(&page, "li:nth-child(odd of .x)"), "1 4 6");
    assert_eq!(ids(&page, "li:nth-last-child(1 of .x)"), "4 6");
    assert_eq!(ids(&page, ":nth-child(1 of :not(.x))"), "? ? ? 2");
}

#[test]
fn has_nests() {
    let page = page("<div id=1><p id=2><b id=3></b></p></div><div id=4><p id=5></p></div><i id=6></i>");
    assert_eq!(ids(&page, "div:has(p:has(b))"), "1");
    assert_eq!(ids(&page, "div:has(> p:not(:has(b)))"), "4");
    assert_eq!(ids(&page, "div:has(+ div:has(+ i))"), "1");
    assert_eq!(ids(&page, ":not(:has(*)):not(head)"), "3 5 6");
    assert_eq!(ids(&page, "div:has(~ i):has(p > b)"), "1");
    assert_eq!(ids(&page, "div:has(+ div p)"), "1");
}

#[test]
fn places_in_the_result() {
    let page = page(
        "<table><tr id=r1 class=x><td id=a><td id=b><tr id=r2><td id=c><td id=d><tr id=r3 class=x><td id=e></table>",
    );
    assert_eq!(ids(&page, "td:first"), "a");
    assert_eq!(ids(&page, "td:last"), "e");
    assert_eq!(ids(&page, "td:eq(2)"), "c");
    assert_eq!(ids(&page, "td:eq(-2)"), "d");
    assert_eq!(ids(&page, "td:eq(9)"), "");
    assert_eq!(ids(&page, "td:lt(2)"), "a b");
    assert_eq!(ids(&page, "td:gt(2)"), "d e");
    assert_eq!(ids(&page, "td:gt(-3)"), "d e");
    assert_eq!(ids(&page, "td:even"), "a c e");
    assert_eq!(ids(&page, "td:odd"), "b d");
    assert_eq!(ids(&page, "td:not(:first)"), "b c d e");
    assert_eq!(ids(&page, "td:not(:eq(-1))"), "a b c d");
    assert_eq!(ids(&page, "td:gt(0):lt(2)"), "b c");
    assert_eq!(ids(&page, "tr:eq(1) td"), "c d");
    assert_eq!(ids(&page, "tr:eq(1) > td:last"), "d");
    assert_eq!(ids(&page, "tr:first + tr td:first"), "c");
    assert_eq!(ids(&page, "tr:gt(0).x"), "r3");
    assert_eq!(ids(&page, "td:last, tr:first, td:first"), "r1 a e");
    let row = page.find_first(NodeId::DOCUMENT, "#r2").unwrap().unwrap();
    assert_eq!(ids_below(&page, row, "td:first"), "c");
    let cell = page.find_first(row, "td:last").unwrap().unwrap();
    assert!(!page.matches(cell, "td:last").unwrap());
    assert!(page.matches(cell, "td:eq(3)").unwrap());
}

#[test]
fn text_and_attributes_as_scrapys_users_write_them() {
    let page = page(
        "<div id=d title=t>one <a href=/1>two<b>three</b></a><!-- c --><a name=x>four</a> five</div><p>six</p>",
    );
    let all = |css| values(&page, NodeId::DOCUMENT, css);
    assert_eq!(all("a::text"), ["two", "four"]);
    assert_eq!(all("div::text"), ["one ", " five"]);
    assert_eq!(all("div ::text"), ["one ", "two", "three", "four", " five"]);
    assert_eq!(all("div *::text"), all("div ::text"));
    assert_eq!(all("div > *::text"), ["two", "four"]);
    assert_eq!(all("a::attr(href)"), ["/1"]);
    assert_eq!(all("a::attr(HREF)"), ["/1"]);
    // As in [viewBox], case counts where the element is not HTML's.
    let foreign = self::page("<svg viewBox='0 0 1 1'><use xlink:href=#old href=#new /></svg><p VIEWBOX=p>");
    let all_of = |css| values(&foreign, NodeId::DOCUMENT, css);
    assert_eq!(all_of("::attr(viewBox)"), ["0 0 1 1", "p"]);
    assert_eq!(all_of("::attr(viewbox)"), ["p"]);
    assert_eq!(all_of("use::attr(href)"), ["#new"]);
    assert_eq!(all_of("use::attr('xlink:href')"), ["#old"]);
    assert_eq!(all("div ::attr(title)"), ["t"]);
    assert_eq!(all("::attr(name)"), ["x"]);
    assert_eq!(all("p::text, a::attr(href), a:last::text"), ["/1", "four", "six"]);
    assert_eq!(all("a"), ["twothree", "four"]);
    let link = page.find_first(NodeId::DOCUMENT, "a").unwrap().unwrap();
    assert_eq!(values(&page, link, "::attr(href)"), ["/1"]);
    assert_eq!(values(&page, link, "::text"), ["two", "three"]);
    // As nodes: the text nodes, and the elements that have the attribute.
    let texts = page.find(NodeId::DOCUMENT, "a::text").unwrap();
    assert_eq!(texts.iter().map(|id| page.tree().data(*id)).collect::<Vec<_>>(), ["two", "four"]);
    assert_eq!(page.find(NodeId::DOCUMENT, "a::attr(href)").unwrap(), [link]);
}

#[test]
fn the_scope_is_not_in_its_own_result() {
    let page = page(SHOP);
    let tree = page.tree();
    let div = page.find_first(NodeId::DOCUMENT, "#d1").unwrap().unwrap();
    assert_eq!(ids_below(&page, div, "*"), "p1 b1 p2");
    assert_eq!(ids_below(&page, div, "div"), "");
    assert_eq!(ids_below(&page, div, "body p:last-child"), "p2");
    assert_eq!(ids_below(&page, div, ":scope > p"), "p1 p2");
    let bold = page.find_first(div, "b").unwrap().unwrap();
    assert!(page.matches(bold, "#d1 b").unwrap());
    assert!(!page.matches(bold, "i").unwrap());
    assert!(!page.matches(NodeId::DOCUMENT, "*").unwrap());
    assert_eq!(page.closest(bold, "p").unwrap(), tree.parent(bold));
    assert_eq!(page.closest(bold, "b").unwrap(), Some(bold));
    assert_eq!(page.closest(bold, "div").unwrap(), Some(div));
    assert_eq!(page.closest(bold, "table").unwrap(), None);
    // The element that is asked is the scope.
    assert!(page.matches(bold, ":scope").unwrap());
    assert!(!page.matches(bold, ":scope b").unwrap());
    assert_eq!(page.closest(bold, ":scope").unwrap(), Some(bold));
    assert_eq!(page.closest(bold, "div:has(:scope)").unwrap(), Some(div));
}

#[test]
fn template_contents_are_a_page_of_their_own() {
    let page = page("<p id=1></p><template id=t><p id=2></p><p id=3></p></template>");
    assert_eq!(ids(&page, "p"), "1");
    let template = page.find_first(NodeId::DOCUMENT, "template").unwrap().unwrap();
    assert_eq!(ids_below(&page, template, "p"), "");
    let contents = page.tree().template_contents(template).unwrap();
    assert_eq!(ids_below(&page, contents, "p"), "2 3");
    assert_eq!(ids_below(&page, contents, "p + p:last-child"), "3");
    assert_eq!(ids_below(&page, contents, ":root"), "");
}

#[test]
fn a_foreign_node_is_an_error() {
    let large = page("<p><p><p><p><p><p><p><p>");
    let node = large.tree().node(large.tree().len() - 1).unwrap();
    let small = page("x");
    assert_eq!(small.find(node, "p").unwrap_err().code(), Code::Node);
    assert_eq!(small.matches(node, "p").unwrap_err().code(), Code::Node);
    assert_eq!(small.closest(node, "p").unwrap_err().code(), Code::Node);
    assert_eq!(small.find_containing(node, &[]).unwrap_err().code(), Code::Node);
}

#[test]
fn errors_name_the_column_and_what_is_meant() {
    for (css, message) in [
        ("", "column 1: a selector is missing"),
        ("a,", "column 3: a selector is missing"),
        (", a", "column 1: a selector is missing"),
        ("a >", "column 4: a selector is missing behind the combinator"),
        ("a > > b", "column 5: unexpected '>'"),
        ("div..x", "column 5: a class name is missing behind '.'"),
        ("#1a", "column 1: '#1a' is no id selector, as it starts with a digit; write '[id=\"1a\"]'"),
        ("a[href", ""),
        ("a[]", "column 3: an attribute's name is missing"),
        ("a[href=1]", "column 8: the value must be a name or a quoted string"),
        ("a[href!=x]", "column 7: no '!=' in CSS; write ':not([name=value])'"),
        ("a[href=x q]", "column 10: only 'i' or 's' may follow an attribute's value"),
        ("a:frist-child", "column 2: no pseudo-class ':frist-child'; is ':first-child' meant?"),
        ("é > a:hover", "column 6: ':hover' needs a browser"),
        ("dialog:modal", "column 7: ':modal' needs a browser"),
        (":user-invalid", "column 1: ':user-invalid' needs a browser"),
        (":valid", "column 1: no pseudo-class ':valid'"),
        ("a:contains", "column 2: no pseudo-class ':contains'; it is written ':contains(…)'"),
        ("a:first(2)", "column 2: no pseudo-class ':first()'; it is written ':first'"),
        ("a:text", "column 2: no pseudo-class ':text'; a pseudo-element takes two colons: '::text'"),
        ("a::before", "column 2: no pseudo-element '::before'; there are '::text' and '::attr(name)'"),
        ("a::attr", "column 2: ::attr needs a name: '::attr(href)'"),
        ("a::text b", "column 9: unexpected 'b'"),
        ("a:nth-child(x)", "column 13: a position such as '2', 'odd' or '2n+1' is missing"),
        ("a:eq(b)", "column 6: a whole number is missing"),
        ("a:not(b:first)", "column 8: a position cannot stand inside another pseudo-class"),
        ("a:is(b::text)", ""),
        ("svg|a", "column 1: unknown namespace prefix \"svg\"; '*|' is any"),
        ("//a", "column 1: unexpected '/'; is it XPath?"),
        ("a)", "column 2: ')' closes nothing"),
        ("a:contains()", "column 12: the text to look for is missing"),
        (
            "a:contains(don't)",
            "column 12: a text that holds a quote must stand in quotes: ':contains(\"don't\")'",
        ),
    ] {
        if message.is_empty() {
            Selector::compile(css).unwrap_or_else(|error| panic!("{css}: {error}"));
        } else {
            let expected = format!("selector {css:?}, {message}");
            assert_eq!(error(css), expected);
        }
    }
}

#[test]
fn hostile_selectors_and_pages_need_little_stack() {
    let run = || {
        for (opening, closing) in
            [(":not(", ")"), (":is(", ")"), (":has(", ")"), ("(", ")"), ("[", "]"), (":x(", "")]
        {
            for depth in [11, 100, 100_000] {
                error(&format!("{}a{}", opening.repeat(depth), closing.repeat(depth)));
            }
            let deep = format!("{}a{}", opening.repeat(10), closing.repeat(10));
            let _ = Selector::compile(&deep);
        }
        // Brackets in strings nest nothing; a quote that opens no string hides none.
        let bracket = "(".repeat(11);
        Selector::compile(&format!("[title='{bracket}'] [x=\"\\\"{bracket}\"]:contains('{bracket}')"))
            .unwrap();
        for hidden in ["\\'", "/*'*/", "url(a'b)", "'\n"] {
            let error = error(&format!(":is({hidden}{}')", "(".repeat(60_000)));
            assert!(error.ends_with("nested more than 10 deep"), "{error}");
        }
        let page = page(&"<div>".repeat(5000));
        let deep = format!("{}div{}", ":not(".repeat(10), ")".repeat(10));
        assert!(page.find(NodeId::DOCUMENT, &deep).unwrap().len() > 100);
        let deep = format!("{}div{}", ":has(".repeat(10), ")".repeat(10));
        assert!(page.find(NodeId::DOCUMENT, &deep).unwrap().len() > 100);
        let long = vec!["div"; 400].join(" ");
        assert!(page.find(NodeId::DOCUMENT, &long).unwrap().len() > 50);
        let long = vec!["div"; 10_000].join(" ");
        assert_eq!(page.find(NodeId::DOCUMENT, &long).unwrap(), []);
        let long = "a ".repeat(40_000);
        assert!(error(&long).ends_with("longer than 64 KiB"));
        let long = vec!["i"; 20_000].join("~");
        assert!(error(&long).contains("more than 64 '~'"));
        let mut text = String::new();
        page.text(NodeId::DOCUMENT, &mut text);
        assert_eq!(text, "");
    };
    std::thread::Builder::new().stack_size(128 * 1024).spawn(run).unwrap().join().unwrap();
}

#[test]
fn siblings_and_depth_cost_no_more_than_they_must() {
    let siblings = page(&format!("{}<b></b>", "<i></i>".repeat(20_000)));
    let count = |page: &Document, css: &str| page.find(NodeId::DOCUMENT, css).unwrap().len();
    assert_eq!(count(&siblings, "b ~ i"), 0);
    assert_eq!(count(&siblings, "i ~ i"), 19_999);
    assert_eq!(count(&siblings, "i ~ i ~ b"), 1);
    assert_eq!(count(&siblings, ":has(~ b)"), 20_000);
    assert_eq!(count(&siblings, "i:has(~ u, ~ b)"), 20_000);
    assert_eq!(count(&siblings, "i:not(:has(~ i))"), 1);
    assert_eq!(count(&siblings, "i:nth-child(odd)"), 10_000);
    assert_eq!(count(&siblings, "i:nth-last-child(-n+3)"), 2);
    assert_eq!(count(&siblings, "i:nth-of-type(20000)"), 1);
    assert_eq!(count(&siblings, "i:nth-last-child(2 of i)"), 1);
    assert_eq!(count(&siblings, "i:contains('')"), 20_000);
    let nested = page(&"<div>".repeat(5000));
    assert_eq!(count(&nested, "p div"), 0);
    assert_eq!(count(&nested, "div:has(p)"), 0);
    assert!(count(&nested, "div div div") > 500);
}

#[test]
fn what_elements_inherit_is_told_once() {
    let count = |page: &Document, css: &str| page.find(NodeId::DOCUMENT, css).unwrap().len();
    let controls = page(&format!(
        "<fieldset disabled>{}<legend><input></legend><legend><input></legend></fieldset><input>",
        "<input>".repeat(100_000)
    ));
    assert_eq!(count(&controls, "input:disabled"), 100_001);
    assert_eq!(count(&controls, "input:enabled"), 2);
    assert_eq!(count(&controls, "input:read-write"), 2);
    let attributes: String = (0..20_000).map(|n| format!(" a{n}")).collect();
    for around in ["<div lang=de>".to_string(), format!("<div{attributes} lang=de contenteditable>")] {
        let html = format!("{around}{}{}", "<div>".repeat(400), "<p></p>".repeat(20_000));
        let nested = page(&html);
        assert_eq!(count(&nested, ":lang(de) p"), 20_000);
        assert_eq!(count(&nested, "p:lang(en)"), 0);
        assert_eq!(count(&nested, "p:read-write"), if around.len() > 20 { 20_000 } else { 0 });
    }
}

#[test]
fn ancestors_are_searched_for_text_once() {
    let text = "no needle here ".repeat(20_000);
    let blocks = format!("<div>{text}{}</div>", "<div>x</div><p></p>".repeat(10_000));
    let page = page(&format!("<div>{blocks}</div><div>NEEDLE<p id=found></p></div>"));
    assert_eq!(ids(&page, "div:contains(NEEDLE) p"), "found");
    assert_eq!(page.find(NodeId::DOCUMENT, "div:icontains('NO NEEDLE') p").unwrap().len(), 10_000);
}

#[test]
fn a_part_that_nearly_matches_everywhere_is_looked_for_in_one_pass() {
    let page = page(&format!("<p title='{}'>", "A".repeat(1 << 20)));
    let count = |css: String| page.find(NodeId::DOCUMENT, &css).unwrap().len();
    assert_eq!(count(format!("[title*={}b i]", "a".repeat(50_000))), 0);
    assert_eq!(count(format!("[title*={} i]", "a".repeat(50_000))), 1);
}

#[test]
fn a_selector_that_takes_too_much_work_is_an_error() {
    let siblings = page(&format!("<u></u>{}", "<i></i>".repeat(20_000)));
    let error = siblings.find(NodeId::DOCUMENT, "i:has(~ i + i + u)").unwrap_err();
    assert_eq!(error.code(), Code::Budget);
    assert_eq!(error.message(), "the selector takes too much work on this page");
}

#[test]
fn many_threads_ask_one_document() {
    let mut html = String::new();
    for row in 0..500 {
        html.push_str(&format!("<tr class=r{}><td>{row}<td><a href=/{row}>Row {row}</a>", row % 7));
    }
    let page = page(&format!("<table>{html}</table>"));
    let ask = |page: &Document| {
        let mut answers = Vec::new();
        for css in [
            "tr:nth-child(3n) a",
            "tr:has(a):icontains('row 1')",
            ".r3 > td:nth-of-type(2)",
            "a:last",
            "td ~ td",
        ] {
            answers.push(page.find(NodeId::DOCUMENT, css).unwrap());
        }
        answers.push(page.find_containing(NodeId::DOCUMENT, &["ROW 44"]).unwrap());
        answers
    };
    let expected = ask(&Document::parse(&format!("<table>{html}</table>"), None));
    std::thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                for _ in 0..5 {
                    assert_eq!(ask(&page), expected);
                }
            });
        }
    });
}
