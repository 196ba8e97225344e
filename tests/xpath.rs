//! XPath 1.0, section by section of the Recommendation, on HTML pages.

use htmlsession::Code;
use htmlsession::html::xpath::{Expression, Item, Value};
use htmlsession::html::{Document, NodeId};

const PAGE: &str = "<!doctype html><html lang=en xmlns='http://www.w3.org/1999/xhtml'><head><title>T</title></head>\
<body><div id=d1 class='row first'><p id=p1>one<b>two</b><!--c1-->three</p><p id=p2 title=x>four</p></div>\
<div id=d2 class=row><ul id=u><li id=l1>1</li><li id=l2 lang=de-AT>2</li><li id=l3>3</li><li id=l4>x</li></ul>\
<svg id=s viewBox='0 0 1 1'><a id=sa xlink:href='#p1' xml:lang=fr>link</a></svg></div><!--c2--></body></html>";

/// What an expression gives on a page, in short: elements by their ids (or names), attributes as
/// `@name=value`, texts and comments quoted, the document as `/`.
fn on(html: &str, context: &str, expression: &str) -> String {
    let page = Document::parse(html, None);
    let tree = page.tree();
    let start = match Expression::compile(context).unwrap().evaluate(tree, NodeId::DOCUMENT).unwrap() {
        Value::Nodes(items) => items[0].node(),
        other => panic!("{other:?} is no context"),
    };
    let value = match Expression::compile(expression).and_then(|compiled| compiled.evaluate(tree, start)) {
        Ok(value) => value,
        Err(error) => return format!("error: {error}"),
    };
    let Value::Nodes(items) = &value else {
        return match value {
            Value::String(text) => format!("{text:?}"),
            other => other.string(tree).into_owned(),
        };
    };
    let name = |item: &Item| match item {
        Item::Attribute { .. } => format!("@{}={}", item.name(tree), item.string_value(tree)),
        Item::Node(NodeId::DOCUMENT) => "/".to_string(),
        Item::Node(node) if tree.is_element(*node) => {
            tree.attribute(*node, "id").unwrap_or(tree.name(*node)).to_string()
        }
        Item::Node(_) => format!("{:?}", item.string_value(tree)),
    };
    items.iter().map(name).collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn check(cases: &[(&str, &str)]) {
    for (expression, expected) in cases {
        assert_eq!(on(PAGE, "/", expression), *expected, "{expression}");
    }
}

#[track_caller]
fn check_at(context: &str, cases: &[(&str, &str)]) {
    for (expression, expected) in cases {
        assert_eq!(on(PAGE, context, expression), *expected, "{expression} at {context}");
    }
}

#[test]
fn location_paths() {
    check(&[
        ("/", "/"),
        ("/html", "html"),
        ("/html/body/div", "d1 d2"),
        ("//p", "p1 p2"),
        ("/html//li", "l1 l2 l3 l4"),
        ("//ul/../svg", "s"),
        ("//p/.", "p1 p2"),
        ("//p/..", "d1"),
        ("//.", &on(PAGE, "/", "/descendant-or-self::node()")),
        ("/..", ""),
        ("/.", "/"),
        ("//nosuch/p", ""),
        ("//div[@class='row']", "d2"),
    ]);
    check_at(
        "//div[@id='d1']",
        &[("p", "p1 p2"), ("*", "p1 p2"), (".", "d1"), ("/html", "html"), (".//b", "b")],
    );
}

#[test]
fn axes() {
    check_at(
        "//li[@id='l2']",
        &[
            ("child::node()", "\"2\""),
            ("parent::*", "u"),
            ("ancestor::*", "html body d2 u"),
            ("ancestor-or-self::*", "html body d2 u l2"),
            ("ancestor::node()", "/ html body d2 u"),
            ("following-sibling::*", "l3 l4"),
            ("preceding-sibling::*", "l1"),
            ("following::*", "l3 l4 s sa"),
            ("preceding::*", "head title d1 p1 b p2 l1"),
            ("preceding::p", "p1 p2"),
            ("attribute::*", "@id=l2 @lang=de-AT"),
            ("self::li", "l2"),
            ("self::ul", ""),
            ("descendant::node()", "\"2\""),
            ("descendant-or-self::node()", "l2 \"2\""),
            ("namespace::*", ""),
            ("namespace::node()", ""),
        ],
    );
    // The positions of reverse axes count backwards, results are in document order all the same.
    check_at(
        "//li[@id='l3']",
        &[
            ("preceding-sibling::*[1]", "l2"),
            ("preceding-sibling::*[2]", "l1"),
            ("(preceding-sibling::*)[1]", "l1"),
            ("ancestor::*[1]", "u"),
            ("ancestor::*[last()]", "html"),
            ("(ancestor::*)[1]", "html"),
            ("preceding::*[1]", "l2"),
            ("preceding::p[1]", "p2"),
            ("preceding::*[position() < 3]", "l1 l2"),
            ("following::*[1]", "l4"),
        ],
    );
}

#[test]
fn attributes_have_parents_but_no_siblings_or_children() {
    check(&[
        ("//li[2]/@id/..", "l2"),
        ("//li[2]/@id/ancestor::ul", "u"),
        ("//li[2]/@id/ancestor-or-self::node()[1]", "@id=l2"),
        ("//li[2]/@id/ancestor-or-self::node()", "/ html body d2 u l2 @id=l2"),
        ("//li[2]/@id/self::node()", "@id=l2"),
        ("//li[2]/@id/self::*", ""),
        ("//li[2]/@id/child::node()", ""),
        ("//li[2]/@id/following-sibling::node()", ""),
        ("//li[2]/@id/preceding-sibling::node()", ""),
        ("//li[2]/@id/descendant-or-self::node()", "@id=l2"),
        // What follows an attribute in document order begins with its element's children.
        ("//li[2]/@id/following::node()[1]", "\"2\""),
        ("//li[2]/@id/preceding::*[1]", "l1"),
        ("//li[2]/@*[1]", "@id=l2"),
        ("//li[2]/@*[last()]", "@lang=de-AT"),
        ("(//@lang)[2]", "@lang=de-AT"),
        ("//li/@lang | //p[2]/@title", "@title=x @lang=de-AT"),
        ("//p[@title]/@*[. = 'x']", "@title=x"),
    ]);
}

#[test]
fn node_tests() {
    check(&[
        ("//p[1]/node()", "\"one\" b \"c1\" \"three\""),
        ("//p[1]/text()", "\"one\" \"three\""),
        ("//comment()", "\"c1\" \"c2\""),
        ("//processing-instruction()", ""),
        ("//processing-instruction('x')", ""),
        ("//svg//a", "sa"),
        ("//LI", ""),
        ("//svg/@viewBox", "@viewBox=0 0 1 1"),
        ("//svg/@viewbox", ""),
        // The document type is no node.
        ("/node()", "html"),
        ("/html/preceding::node()", ""),
        ("count(/html/preceding-sibling::node())", "0"),
    ]);
}

#[test]
fn names_and_namespaces() {
    check(&[
        ("name(//svg)", "\"svg\""),
        ("namespace-uri(//svg)", "\"http://www.w3.org/2000/svg\""),
        ("namespace-uri(//p)", "\"http://www.w3.org/1999/xhtml\""),
        ("name(//svg/a/@*[2])", "\"xlink:href\""),
        ("local-name(//svg/a/@*[2])", "\"href\""),
        ("namespace-uri(//svg/a/@*[2])", "\"http://www.w3.org/1999/xlink\""),
        ("namespace-uri(//p/@id)", "\"\""),
        // An attribute's name without a prefix means: of no namespace.
        ("//svg/a/@href", ""),
        ("//svg/a/@xml:lang", "@xml:lang=fr"),
        ("//@xml:*", "@xml:lang=fr"),
        ("//xml:lang", ""),
        ("//svg:a", "error: unknown namespace prefix 'svg' at column 3"),
        ("//@xlink:href", "error: unknown namespace prefix 'xlink' at column 4"),
        // Declarations of namespaces are no attribute nodes.
        ("/html/@*", "@lang=en"),
        ("//@xmlns", ""),
        ("name(/)", "\"\""),
        ("name(//text())", "\"\""),
        ("name()", "\"\""),
        ("local-name(//nosuch)", "\"\""),
    ]);
    assert_eq!(on("<p xml:lang=de>", "/", "//@xml:lang"), "@xml:lang=de");
    assert_eq!(on("<svg xmlns:xlink=x xlink:href=y>", "/", "//svg/@*"), "@xlink:href=y");
}

#[test]
fn predicates() {
    check(&[
        ("//li[2]", "l2"),
        ("//li[position()=2]", "l2"),
        ("//li[2.5]", ""),
        ("//li[0]", ""),
        ("//li[-1]", ""),
        ("//li[last()]", "l4"),
        ("//li[last()-1]", "l3"),
        ("//li[position()>2]", "l3 l4"),
        ("//li[3>=position()]", "l1 l2 l3"),
        ("//li[position() mod 2 = 0]", "l2 l4"),
        ("//li[position()!=1][1]", "l2"),
        ("//li[position()>1][last()]", "l4"),
        ("//li[last()][1]", "l4"),
        ("//li[last()][last()]", "l4"),
        ("//p[1]", "p1"),
        ("(//p)[1]", "p1"),
        ("(//p)[last()]", "p2"),
        ("//div/*[1]", "p1 u"),
        ("(//div/*)[1]", "p1"),
        ("//div[p]", "d1"),
        ("//div[not(p)]", "d2"),
        ("//div[.//li[. = '3']]", "d2"),
        ("//li['']", ""),
        ("//li['0']", "l1 l2 l3 l4"),
        ("//li[true()]", "l1 l2 l3 l4"),
        ("//li[count(//p)]", "l2"),
        ("//li[number(.)=position()]", "l1 l2 l3"),
        ("//li[. = position()]", "l1 l2 l3"),
        ("//*[@id][@title]", "p2"),
        ("//*['x' = @title]", "p2"),
        ("//li[@id='l1' or @id='l3']", "l1 l3"),
        ("//div[ul/li[2][@lang]]", "d2"),
        ("//li[preceding-sibling::li[2]]", "l3 l4"),
        ("//li[following-sibling::*[1][@lang]]", "l1"),
        ("(//div | //li)[position() = 3]", "l1"),
        ("(//div)[2]/ul/li[1]", "l1"),
        ("id('u')/li[1]", "l1"),
        ("id('u')[2]", ""),
    ]);
}

#[test]
fn unions_are_in_document_order() {
    check(&[
        ("//li[1] | //p[1]", "p1 l1"),
        ("//p | //p", "p1 p2"),
        ("//p/@id | //p", "p1 @id=p1 p2 @id=p2"),
        ("/ | /html", "/ html"),
        ("count(//li | //p | //div)", "8"),
        ("string(//li | //p)", "\"onetwothree\""),
        ("-//li|//p", "NaN"),
    ]);
}

#[test]
fn operators() {
    check(&[
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("8 div 4 div 2", "1"),
        ("5 - 3 - 1", "1"),
        ("- - 3", "3"),
        ("-3 + 5", "2"),
        ("2 * -3", "-6"),
        ("5 mod 2", "1"),
        ("5 mod -2", "1"),
        ("-5 mod 2", "-1"),
        ("1.5 mod 0.5", "0"),
        ("1 div 0", "Infinity"),
        ("-1 div 0", "-Infinity"),
        ("0 div 0", "NaN"),
        ("1 = 1 = 1", "true"),
        ("3 > 2 > 1", "false"),
        ("1 < 2 = true()", "true"),
        ("true() or 1 div 0", "true"),
        ("false() or false() and true()", "false"),
        ("true() and 'x' and 1 and //p", "true"),
        ("0.1 + 0.2", "0.30000000000000004"),
        ("'3' + '4'", "7"),
        ("'x' + 1", "NaN"),
        ("true() + true()", "2"),
        ("//li[1] + //li[2]", "3"),
        ("/html/body/div", "d1 d2"),
        ("3div 2", "1.5"),
        ("-(1)", "-1"),
    ]);
}

#[test]
fn names_that_look_like_operators() {
    let page = "<div><and>a</and><or>o</or><mod>2</mod><div>d</div></div>";
    for (expression, expected) in [
        ("//and", "and"),
        ("//mod mod mod", "NaN"),
        ("count(//div/div)", "1"),
        ("//and | //or", "and or"),
        ("//mod * 2", "4"),
        ("count(//div/*)", "4"),
        ("//mod - 1", "1"),
        ("count(//mod-1)", "0"),
    ] {
        assert_eq!(on(page, "/", expression), expected, "{expression}");
    }
}

#[test]
fn comparisons() {
    check(&[
        ("//li = 3", "true"),
        ("//li = 'x'", "true"),
        ("//li = 5", "false"),
        ("//li != 3", "true"),
        ("//title = //p", "false"),
        ("//li < 2", "true"),
        ("//li > 3", "false"),
        ("//li >= 3", "true"),
        ("2 < //li", "true"),
        ("//nosuch = 1", "false"),
        ("//nosuch != 1", "false"),
        ("//nosuch = false()", "true"),
        ("//li = true()", "true"),
        ("//li != true()", "false"),
        ("//nosuch < true()", "true"),
        ("//li = //li", "true"),
        ("//li != //li", "true"),
        ("//li[1] != //li[1]", "false"),
        ("//li < //li", "true"),
        ("//li[3] < //li", "false"),
        ("//li[1] <= //li[1]", "true"),
        ("'1' = 1", "true"),
        ("'1.0' = 1", "true"),
        ("'1.0' = '1'", "false"),
        ("true() = 'false'", "true"),
        ("true() = 2", "true"),
        ("'' = false()", "true"),
        ("'a' < 'b'", "false"),
        ("0 div 0 = 0 div 0", "false"),
        ("0 div 0 != 0 div 0", "true"),
        ("-0 = 0", "true"),
        ("true() > false()", "true"),
        ("//li[. = //li[3]]", "l3"),
        ("//li[. != //li]", "l1 l2 l3 l4"),
        ("//li[. > //li]", "l2 l3"),
        ("//li[//li = .]", "l1 l2 l3 l4"),
        ("//li[//li > .]", "l1 l2"),
    ]);
}

#[test]
fn node_set_functions() {
    check(&[
        ("last()", "1"),
        ("position()", "1"),
        ("count(//li)", "4"),
        ("count(//nosuch)", "0"),
        ("count(//li/..)", "1"),
        ("count(/)", "1"),
        ("id('l1')", "l1"),
        ("id('l3 l1\tnosuch')", "l1 l3"),
        ("id(//p/@id)", "p1 p2"),
        ("id(1)", ""),
        ("id('l2')/@lang", "@lang=de-AT"),
        ("local-name(//li)", "\"li\""),
        ("name(//@title)", "\"title\""),
    ]);
    let twice = "<p id=x>1<p id=x>2<b id=''>";
    assert_eq!(on(twice, "/", "string(id('x'))"), "\"1\"");
    assert_eq!(on(twice, "/", "count(id('x'))"), "1");
    assert_eq!(on(twice, "/", "count(id(''))"), "0");
}

#[test]
fn string_functions() {
    check(&[
        ("string(//p)", "\"onetwothree\""),
        ("string(//p/@id)", "\"p1\""),
        ("string(//comment())", "\"c1\""),
        ("string(//nosuch)", "\"\""),
        ("string(/)", "\"Tonetwothreefour123xlink\""),
        ("string(1 div 3)", "\"0.3333333333333333\""),
        ("string(10000000000)", "\"10000000000\""),
        ("string(-0)", "\"0\""),
        ("string(0.000001)", "\"0.000001\""),
        ("string(1.0)", "\"1\""),
        ("string(true())", "\"true\""),
        ("string(-1 div 0)", "\"-Infinity\""),
        ("concat('a', 1, true(), //li)", "\"a1true1\""),
        ("starts-with('abc', 'ab')", "true"),
        ("starts-with('abc', '')", "true"),
        ("contains('abc', 'bc')", "true"),
        ("contains('abc', '')", "true"),
        ("contains('', 'a')", "false"),
        ("substring-before('1999/04/01', '/')", "\"1999\""),
        ("substring-after('1999/04/01', '/')", "\"04/01\""),
        ("substring-before('abc', 'x')", "\"\""),
        ("substring-after('abc', 'x')", "\"\""),
        ("substring-after('abc', '')", "\"abc\""),
        ("substring('12345', 2, 3)", "\"234\""),
        ("substring('12345', 2)", "\"2345\""),
        ("substring('12345', 1.5, 2.6)", "\"234\""),
        ("substring('12345', 0, 3)", "\"12\""),
        ("substring('12345', 0 div 0, 3)", "\"\""),
        ("substring('12345', 1, 0 div 0)", "\"\""),
        ("substring('12345', -42, 1 div 0)", "\"12345\""),
        ("substring('12345', -1 div 0, 1 div 0)", "\"\""),
        ("substring('äöü€𝄞x', 4, 2)", "\"€𝄞\""),
        ("string-length('äöü€𝄞')", "5"),
        ("string-length('')", "0"),
        ("normalize-space('  a \t\n b  ')", "\"a b\""),
        ("normalize-space('\u{a0}a\u{a0}')", "\"\\u{a0}a\\u{a0}\""),
        ("translate('bar', 'abc', 'ABC')", "\"BAr\""),
        ("translate('--aaa--', 'abc-', 'ABC')", "\"AAA\""),
        ("translate('äbä', 'äb', 'ßä')", "\"ßäß\""),
        ("translate('aa', 'aa', 'xy')", "\"xx\""),
    ]);
    check_at(
        "//p[@id='p1']",
        &[
            ("string()", "\"onetwothree\""),
            ("string-length()", "11"),
            ("normalize-space()", "\"onetwothree\""),
            ("name()", "\"p\""),
            ("local-name()", "\"p\""),
            ("number()", "NaN"),
            ("count(text())", "2"),
        ],
    );
}

#[test]
fn boolean_functions() {
    check(&[
        ("boolean(0)", "false"),
        ("boolean(-0.5)", "true"),
        ("boolean(0 div 0)", "false"),
        ("boolean('')", "false"),
        ("boolean('false')", "true"),
        ("boolean(//p)", "true"),
        ("boolean(//nosuch)", "false"),
        ("boolean(//p[2])", "true"),
        ("boolean(//nosuch | //p)", "true"),
        ("boolean(id('p1'))", "true"),
        ("not(1)", "false"),
        ("not(//nosuch)", "true"),
        ("true()", "true"),
        ("false()", "false"),
        ("//*[lang('de')]", "l2"),
        ("//*[lang('DE-at')]", "l2"),
        ("//*[lang('d')]", ""),
        ("count(//*[lang('en')])", "14"),
        ("//*[lang('fr')]", "sa"),
        ("//li[2]/@id[lang('de')]", "@id=l2"),
        ("//li[2]/text()[lang('de')]", "\"2\""),
    ]);
    assert_eq!(on("<p xml:lang=de>", "//p", "lang('de')"), "true");
    assert_eq!(on("<p>", "//p", "lang('de')"), "false");
}

#[test]
fn number_functions() {
    check(&[
        ("number('12')", "12"),
        ("number(' -12.50 ')", "-12.5"),
        ("number('1e3')", "NaN"),
        ("number('+1')", "NaN"),
        ("number('')", "NaN"),
        ("number(true())", "1"),
        ("number(//li[2])", "2"),
        ("number(//nosuch)", "NaN"),
        ("sum(//li[position() < 4])", "6"),
        ("sum(//li)", "NaN"),
        ("sum(//nosuch)", "0"),
        ("floor(2.6)", "2"),
        ("floor(-2.5)", "-3"),
        ("ceiling(2.2)", "3"),
        ("ceiling(-2.5)", "-2"),
        ("round(2.5)", "3"),
        ("round(-2.5)", "-2"),
        ("round(0 div 0)", "NaN"),
        ("1 div round(-0.2)", "-Infinity"),
        ("1 div -0", "-Infinity"),
        (".5 + 5.", "5.5"),
    ]);
}

#[test]
fn literals_and_white_space() {
    check(&[
        ("\"it's\"", "\"it's\""),
        ("'say \"x\"'", "\"say \\\"x\\\"\""),
        (" \n\t/ html / body\r\n/ div [ 1 ] ", "d1"),
        ("child :: html", "html"),
        ("count ( //p )", "2"),
        ("//li [ position ( ) = last ( ) ]", "l4"),
        ("''", "\"\""),
    ]);
}

#[test]
fn template_contents_are_trees_of_their_own() {
    let html = "<body><template><i>x</i><i>y</i></template><i>z</i>";
    assert_eq!(on(html, "/", "//i/text()"), "\"z\"");
    assert_eq!(on(html, "/", "//template/node()"), "");
    let page = Document::parse(html, None);
    let tree = page.tree();
    let template = tree.descendants(NodeId::DOCUMENT).find(|id| tree.is_html(*id, "template")).unwrap();
    let contents = tree.template_contents(template).unwrap();
    let all = Expression::compile("//i").unwrap();
    let Value::Nodes(items) = all.evaluate(tree, tree.first_child(contents).unwrap()).unwrap() else {
        panic!()
    };
    assert_eq!(items.iter().map(|item| item.string_value(tree)).collect::<String>(), "xy");
    let Value::Nodes(items) = Expression::compile("/").unwrap().evaluate(tree, contents).unwrap() else {
        panic!()
    };
    assert_eq!(items, [Item::Node(contents)]);
}

#[test]
fn values_convert() {
    let page = Document::parse(PAGE, None);
    let tree = page.tree();
    let of = |source: &str| Expression::compile(source).unwrap().evaluate(tree, NodeId::DOCUMENT).unwrap();
    assert_eq!(of("//li").number(tree), 1.0);
    assert_eq!(of("//li").string(tree), "1");
    assert!(of("//li").boolean());
    assert_eq!(of("//li").items().unwrap().len(), 4);
    assert_eq!(of("'7'").number(tree), 7.0);
    assert_eq!(of("'7'").items(), None);
    assert!(!of("0 div 0").boolean());
    assert_eq!(of("1 = 1").number(tree), 1.0);
    assert_eq!(of("1 = 1").string(tree), "true");
    let Value::Nodes(items) = of("//p[2]/@title") else { panic!() };
    assert_eq!(items[0].attribute(tree).unwrap().value, "x");
    assert_eq!(tree.attribute(items[0].node(), "id"), Some("p2"));
}

#[test]
fn a_context_must_be_a_node_of_the_tree() {
    let small = Document::parse("", None);
    let large = Document::parse(PAGE, None);
    let last = large.tree().node(large.tree().len() - 1).unwrap();
    let expression = Expression::compile("/").unwrap();
    assert_eq!(expression.evaluate(small.tree(), last).unwrap_err().code(), Code::Node);
    // Node 1 is the document type: no node for XPath.
    let doctype = large.tree().node(1).unwrap();
    assert_eq!(expression.evaluate(large.tree(), doctype).unwrap_err().code(), Code::Node);
}

#[test]
fn a_document_answers_from_any_node() {
    let page = Document::parse(PAGE, None);
    let tree = page.tree();
    let root = tree.root_element().unwrap();
    assert!(page.xpath(NodeId::DOCUMENT, "html/body").unwrap().boolean());
    assert!(!page.xpath(NodeId::DOCUMENT, "body").unwrap().boolean());
    assert!(page.xpath(root, "body").unwrap().boolean());
    assert_eq!(page.xpath(root, "//*[").unwrap_err().code(), Code::Xpath);
}

#[test]
fn threads_share_an_expression() {
    let page = Document::parse(PAGE, None);
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                for _ in 0..100 {
                    let expression = Expression::cached("//li[. = //li[3]]/@id").unwrap();
                    let value = expression.evaluate(page.tree(), NodeId::DOCUMENT).unwrap();
                    assert_eq!(value.string(page.tree()), "l3");
                }
            });
        }
    });
}
