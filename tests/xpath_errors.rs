//! What XPath refuses: bad expressions with their columns, deep and long ones on small stacks,
//! and expressions that take too much work.

use htmlsession::Code;
use htmlsession::html::xpath::{DEFAULT_BUDGET, Expression, Value};
use htmlsession::html::{Document, NodeId};

#[test]
fn bad_expressions_name_the_column() {
    for (expression, column, part) in BAD {
        let error = match Expression::compile(expression) {
            Ok(_) => panic!("{expression:?} compiles"),
            Err(error) => error,
        };
        assert_eq!(error.code(), Code::Xpath, "{expression}");
        let ending = format!(" at column {column}");
        assert!(error.message().ends_with(&ending), "{expression:?}: {error} (expected{ending})");
        assert!(error.message().contains(part), "{expression:?}: {error} (expected {part:?})");
    }
    assert!(BAD.len() >= 100);
}

#[rustfmt::skip]
const BAD: &[(&str, usize, &str)] = &[
    ("", 1, "expected an expression, found the end"),
    (" ", 2, "found the end"),
    ("//", 3, "expected a node test, found the end"),
    ("///", 3, "found '/'"),
    ("//a/", 5, "expected a node test"),
    ("//a//", 6, "expected a node test"),
    ("a/ /b", 4, "found '/'"),
    ("a///b", 4, "found '/'"),
    ("/ | ", 5, "expected an expression"),
    ("a |", 4, "expected an expression"),
    ("| a", 1, "found '|'"),
    ("a | -b", 5, "found '-'"),
    ("a | 1", 3, "'|' joins node-sets"),
    ("'x' | a", 5, "'|' joins node-sets"),
    ("a b", 3, "expected an operator, found 'b'"),
    ("a 'b'", 3, "found ''b''"),
    ("1 2", 3, "found '2'"),
    ("1..2", 3, "found '.2'"),
    ("1.2.3", 4, "found '.3'"),
    ("(1", 1, "'(' is never closed"),
    ("((1)", 1, "'(' is never closed"),
    ("1)", 2, "found ')'"),
    ("()", 2, "expected an expression, found ')'"),
    ("(1,2)", 3, "expected an operator or ')', found ','"),
    ("a[", 3, "expected an expression, found the end"),
    ("a[1", 2, "'[' is never closed"),
    ("a[]", 3, "found ']'"),
    ("a]", 2, "found ']'"),
    ("a[1)", 4, "expected an operator or ']', found ')'"),
    ("(a]", 3, "found ']'"),
    ("a[1]]", 5, "found ']'"),
    ("[1]", 1, "found '['"),
    (".[1]", 2, "found '['"),
    ("..[1]", 3, "found '['"),
    ("/[1]", 2, "found '['"),
    ("1[1]", 2, "'[' after what is no node-set"),
    ("'a'[1]", 4, "'[' after what is no node-set"),
    ("'a'/b", 4, "'/' after what is no node-set"),
    ("1//b", 2, "'//' after what is no node-set"),
    ("count(a)/b", 9, "'/' after what is no node-set"),
    ("(a = b)[1]", 8, "'[' after what is no node-set"),
    ("a/1", 3, "expected a node test, found '1'"),
    ("a/'b'", 3, "expected a node test"),
    ("a/(b)", 3, "expected a node test, found '('"),
    ("a/count(b)", 3, "'count()' is no node test"),
    ("a/string()", 3, "'string()' is no node test"),
    ("child::count(b)", 8, "'count()' is no node test"),
    ("@", 2, "expected a node test"),
    ("@@a", 2, "found '@'"),
    ("@1", 2, "found '1'"),
    ("//@", 4, "expected a node test"),
    ("@child::a", 7, "found '::'"),
    ("child::", 8, "expected a node test, found the end"),
    ("child::child::a", 13, "found '::'"),
    ("chlid::a", 1, "unknown axis 'chlid'"),
    ("a/Parent::b", 3, "unknown axis 'Parent'"),
    ("::a", 1, "found '::'"),
    ("a::", 1, "unknown axis 'a'"),
    ("child:a", 1, "unknown namespace prefix 'child'"),
    ("foo:bar", 1, "unknown namespace prefix 'foo'"),
    ("//foo:*", 3, "unknown namespace prefix 'foo'"),
    ("@foo:bar", 2, "unknown namespace prefix 'foo'"),
    ("foo:bar()", 1, "unknown namespace prefix 'foo'"),
    ("re:test(., 'x')", 1, "unknown namespace prefix 're'"),
    ("foo:", 5, "expected a name after the prefix"),
    ("foo: bar", 5, "expected a name after the prefix"),
    (":a", 1, "unexpected character ':'"),
    ("*:a", 2, "unexpected character ':'"),
    ("$x", 1, "undefined variable '$x'"),
    ("1 + $a:b", 5, "undefined variable '$a:b'"),
    ("$", 2, "expected the name of a variable"),
    ("$1", 2, "expected the name of a variable"),
    ("foo()", 1, "unknown function 'foo()'"),
    ("Count(a)", 1, "unknown function 'Count()'"),
    ("ends-with('a', 'b')", 1, "unknown function 'ends-with()'"),
    ("a[matches(., 'b')]", 3, "unknown function 'matches()'"),
    ("count()", 1, "wrong number of arguments (0; it takes 1)"),
    ("count(a, b)", 1, "wrong number of arguments (2; it takes 1)"),
    ("count(1)", 1, "node-set"),
    ("sum('a')", 1, "node-set"),
    ("name(1)", 1, "node-set"),
    ("local-name('a')", 1, "node-set"),
    ("namespace-uri(true())", 1, "node-set"),
    ("last(1)", 1, "wrong number of arguments (1; it takes 0)"),
    ("position(a)", 1, "it takes 0"),
    ("true(1)", 1, "it takes 0"),
    ("not()", 1, "it takes 1"),
    ("concat('a')", 1, "it takes at least 2"),
    ("contains('a')", 1, "it takes 2"),
    ("substring('a')", 1, "it takes 2 to 3"),
    ("substring('a', 1, 2, 3)", 1, "it takes 2 to 3"),
    ("translate('a', 'b')", 1, "it takes 3"),
    ("string(1, 2)", 1, "it takes 0 to 1"),
    ("lang()", 1, "it takes 1"),
    ("id()", 1, "it takes 1"),
    ("count(a", 1, "'(' is never closed"),
    ("count(a,)", 9, "expected an expression, found ')'"),
    ("count(,a)", 7, "found ','"),
    ("count(a b)", 9, "expected an operator, found 'b'"),
    ("'abc", 1, "string without its closing quote"),
    ("a[@b=\"c']", 6, "string without its closing quote"),
    ("1 +", 4, "expected an expression"),
    ("+ 1", 1, "found '+'"),
    ("1 + + 2", 5, "found '+'"),
    ("-", 2, "expected an expression"),
    ("1 !", 3, "unexpected character '!'"),
    ("1 ! = 2", 3, "unexpected character '!'"),
    ("1 == 1", 4, "found '='"),
    ("1 <> 2", 4, "found '>'"),
    ("a && b", 3, "unexpected character '&'"),
    ("a || b", 4, "found '|'"),
    ("a % b", 3, "unexpected character '%'"),
    ("a#b", 2, "unexpected character '#'"),
    ("a > b > ", 9, "expected an expression"),
    ("text(1)", 6, "expected ')', found '1'"),
    ("node('x')", 6, "expected ')'"),
    ("comment(", 9, "expected ')', found the end"),
    ("processing-instruction(a)", 24, "expected ')'"),
    ("a and", 6, "expected an expression"),
    ("a and or b", 10, "expected an operator, found 'b'"),
    ("’a’", 1, "unexpected character '’'"),
    ("\u{3000}a", 1, "unexpected character"),
    ("ä/ö/\u{a0}", 5, "unexpected character"),
    ("a\0b", 2, "unexpected character '\\0'"),
];

/// Runs `work` on a thread with a stack of 128 KiB: what musl gives a thread and Ruby a fiber.
fn on_a_small_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().stack_size(128 * 1024);
        builder.spawn_scoped(scope, work).unwrap().join().unwrap()
    })
}

#[test]
fn bombs_are_errors_on_a_small_stack() {
    type Shape = fn(usize) -> String;
    let shapes: &[(&str, Shape)] = &[
        ("parentheses", |n| format!("{}1{}", "(".repeat(n), ")".repeat(n))),
        ("predicates", |n| format!("{}a{}", "a[".repeat(n), "]".repeat(n))),
        ("functions", |n| format!("{}1{}", "not(".repeat(n), ")".repeat(n))),
        ("operators", |n| format!("{}1", "1+".repeat(n))),
        ("minuses", |n| format!("{}1", "- ".repeat(n))),
        ("steps", |n| format!("{}a", "a/".repeat(n))),
        ("unions", |n| format!("{}a", "a|".repeat(n))),
        ("filters", |n| format!("(a){}", "[1]".repeat(n))),
        ("absolute paths", |n| format!("//a{}", "[//a".repeat(n) + &"]".repeat(n))),
        ("open brackets", |n| "a[(".repeat(n)),
    ];
    let page = Document::parse("<a><a><a>1</a></a></a>", None);
    for (name, shape) in shapes {
        for depth in [100, 10_000, 1_000_000] {
            let source = shape(depth);
            let result = on_a_small_stack(|| {
                let expression = Expression::compile(&source)?;
                expression.evaluate(page.tree(), NodeId::DOCUMENT)
            });
            match result {
                Ok(_) => assert_eq!(depth, 100, "{name} × {depth} is taken"),
                Err(error) => {
                    assert_eq!(error.code(), Code::Xpath, "{name} × {depth}: {error}");
                    assert!(error.message().contains(" at column "), "{name} × {depth}: {error}");
                    assert!(depth > 100 || *name == "open brackets", "{name} × {depth}: {error}");
                }
            }
        }
    }
}

#[test]
fn the_limits_are_exact() {
    let nested = |n: usize| format!("{}1{}", "(".repeat(n), ")".repeat(n));
    assert!(Expression::compile(&nested(256)).is_ok());
    let error = Expression::compile(&nested(257)).unwrap_err();
    assert_eq!(error.message(), "nested deeper than 256 at column 257");
    let tokens = |n: usize| format!("1{}", "+1".repeat(n));
    assert!(Expression::compile(&tokens(4999)).is_ok());
    let error = Expression::compile(&tokens(5000)).unwrap_err();
    assert_eq!(error.message(), "more than 10000 tokens at column 10001");
    let long = |n: usize| format!("'{}'", "x".repeat(n - 2));
    assert!(Expression::compile(&long(65_536)).is_ok());
    let error = Expression::compile(&long(65_537)).unwrap_err();
    assert_eq!(error.message(), "expression longer than 65536 bytes at column 65537");
}

/// The deepest tree that the parser makes, and the widest expressions, on a small stack.
#[test]
fn deep_pages_are_walked_on_a_small_stack() {
    let html = "<b><i>".repeat(400);
    let page = Document::parse(&html, None);
    for source in [
        "count(//*[ancestor::*[ancestor::b]])",
        "count(//*/ancestor-or-self::node()/descendant::i)",
        "string(//i[not(.//i)]/ancestor::b[1])",
        "count(//b[.//b[.//b[.//b]]])",
    ] {
        let value = on_a_small_stack(|| {
            Expression::compile(source).unwrap().evaluate(page.tree(), NodeId::DOCUMENT).unwrap()
        });
        assert!(
            matches!(value, Value::Number(n) if n > 100.0) || matches!(value, Value::String(_)),
            "{source}"
        );
    }
}

fn list(length: usize) -> Document {
    let items: String = (0..length).map(|n| format!("<i class=c{}>x{n}</i>", n % 7)).collect();
    Document::parse(&format!("<!doctype html><body>{items}"), None)
}

#[test]
fn too_much_work_is_an_error() {
    let page = list(3000);
    for source in [
        "//i[count(following::i[following::i[. = 'y']]) = 1]",
        "//i[following::i[following::i[. = 'y']]]",
        "sum(//i[//i[concat(., /) = 'x']])",
        "//*[preceding::*[preceding::*[. = 'y']]]",
    ] {
        let expression = Expression::compile(source).unwrap();
        let error = expression.evaluate_within(page.tree(), NodeId::DOCUMENT, 1_000_000).unwrap_err();
        assert_eq!(error.code(), Code::Budget, "{source}: {error}");
        assert_eq!(error.message(), "the expression takes more than 1000000 steps on this page");
    }
}

#[test]
fn strings_do_not_grow_without_bound() {
    let page = Document::parse(&"x".repeat(1_000_000), None);
    let double = |inner: String| format!("concat({inner}, {inner})");
    let mut source = "concat(/, /)".to_string();
    for _ in 0..8 {
        source = double(source); // 512 MB of text from 3 kB
    }
    let error = Expression::compile(&source).unwrap().evaluate(page.tree(), NodeId::DOCUMENT).unwrap_err();
    assert_eq!(error.code(), Code::Budget);
}

/// What an expression costs on a list of 5,000: a multiple of the page's size, not its square.
#[test]
fn looking_around_is_not_quadratic() {
    let page = list(5000);
    let size = u64::from(page.tree().len());
    for source in [
        "count(//*/following::*)",
        "count(//*/preceding::*)",
        "count(//*/ancestor::*)",
        "count(//i/following-sibling::i)",
        "count(//i/preceding-sibling::node())",
        "//i[preceding::i]",
        "//i[preceding::y]",
        "//i[following::y]",
        "//i[preceding-sibling::y]",
        "//i[following-sibling::y]",
        "//i[../y]",
        "//i[. = //i]",
        "//i[. != //i]",
        "//i[. > //i]",
        "//i[//i = .]",
        "//i[preceding-sibling::i[1]]",
        "//i[following::i[position() = 1]]",
        "//i[count(preceding-sibling::i) = 3]",
        "//i[count(preceding::i) = 3]",
        "//i[count(//i) = 1]",
        "//i[@class = //i[1]/@class]",
        "//i[id(@class)]",
        "//i[contains(., string(//i[1]))]",
        "//i[1]",
        "//i[last()]",
        "(//i)[last()]",
    ] {
        let budget = 40 * size;
        let result =
            Expression::compile(source).unwrap().evaluate_within(page.tree(), NodeId::DOCUMENT, budget);
        assert!(result.is_ok(), "{source}: {}", result.unwrap_err());
    }
}

/// An attribute costs the same wherever it stands, and whoever walks attributes pays for each.
#[test]
fn attributes_are_no_exception() {
    let attributes: String = (0..60_000).map(|n| format!(" a{n}=v{n}")).collect();
    let page = Document::parse(&format!("<p{attributes}>{}", "<i></i>".repeat(5_000)), None);
    let evaluate =
        |source: &str| Expression::compile(source).unwrap().evaluate(page.tree(), NodeId::DOCUMENT);
    assert_eq!(evaluate("count(//@*[. = 'v59999'])").unwrap(), Value::Number(1.0));
    assert_eq!(evaluate("count(//@*[starts-with(., 'v5')])").unwrap(), Value::Number(11_111.0));
    let languages = Expression::compile("//i[lang('de')]").unwrap();
    let error = languages.evaluate_within(page.tree(), NodeId::DOCUMENT, 1_000_000).unwrap_err();
    assert_eq!(error.code(), Code::Budget);
}

/// With the budget spent no further node's text is read.
#[test]
fn nested_text_is_read_no_further_than_the_budget_goes() {
    let page = Document::parse(&format!("{}{}", "<div>".repeat(500), "x".repeat(4 << 20)), None);
    for source in ["sum(//div)", "//div[. = //div/text()/../..]", "//div > //div"] {
        let error = Expression::compile(source).unwrap().evaluate_within(page.tree(), NodeId::DOCUMENT, 1000);
        assert_eq!(error.unwrap_err().code(), Code::Budget, "{source}");
    }
}

/// What needs one node looks at few.
#[test]
fn enough_is_enough() {
    let page = list(5000);
    for source in [
        "(//i)[1]",
        "(//i)[position() < 4]",
        "/html/body/i[1]",
        "/html/body/i[position() = 1]",
        "/html/body/i[@class = 'c1'][1]",
        "boolean(//i)",
        "boolean(//i[@class = 'c2'])",
        "not(//i)",
        "string(//i)",
        "//i and //i",
        "boolean(//i | //y)",
        "name(//i[. = 'x3'])",
        "/html/body/i[1]/following::i[1]",
    ] {
        let result = Expression::compile(source).unwrap().evaluate_within(page.tree(), NodeId::DOCUMENT, 200);
        assert!(result.is_ok(), "{source}: {}", result.unwrap_err());
    }
    assert_eq!(DEFAULT_BUDGET, 50_000_000);
}

/// Tokens in any order: compiled or refused, and whatever runs stays within its budget.
#[test]
fn any_tokens_in_any_order_are_harmless() {
    const TOKENS: &[&str] = &[
        "/",
        "//",
        "(",
        ")",
        "[",
        "]",
        ".",
        "..",
        "@",
        ",",
        "::",
        "*",
        "|",
        "+",
        "-",
        "=",
        "!=",
        "<",
        ">=",
        "and",
        "or",
        "div",
        "mod",
        "a",
        "b",
        "i",
        "id",
        "text()",
        "node()",
        "1",
        "2.5",
        "'x'",
        "\"\"",
        "count(",
        "last()",
        "position()",
        "not(",
        "string(",
        "concat(",
        "id(",
        "sum(",
        "ancestor::",
        "preceding::",
        "following::",
        "descendant-or-self::",
        "self::",
        "attribute::",
        "namespace::",
        "xml:lang",
        "x:y",
        "$v",
        " ",
        "é",
        "\0",
    ];
    let page = Document::parse("<a id=x><b>1</b><i xml:lang=en>2<!--c--><a>x</a></i></a><b id=2>", None);
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut below = |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as usize % bound
    };
    let mut taken = 0;
    for _ in 0..200_000 {
        let source: String = (0..=below(9)).map(|_| TOKENS[below(TOKENS.len())]).collect();
        match Expression::compile(&source) {
            Ok(expression) => {
                taken += 1;
                let value = expression.evaluate_within(page.tree(), NodeId::DOCUMENT, 100_000).unwrap();
                if let Value::Nodes(items) = value {
                    assert!(items.is_sorted_by(|a, b| (a.node(), a) < (b.node(), b)), "{source}");
                }
            }
            Err(error) => assert_eq!(error.code(), Code::Xpath, "{source}"),
        }
    }
    assert!(taken > 10_000, "{taken}");
}
