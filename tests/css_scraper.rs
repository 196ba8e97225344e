//! CSS selectors: the same grammar and the same answers as scraper's.

#[path = "support/random.rs"]
mod random;

use htmlsession::html::{Document, NodeId, Selector};
use random::Random;

const NAMES: [&str; 10] = ["div", "p", "a", "b", "ul", "li", "span", "svg", "circle", "td"];
const CLASSES: [&str; 5] = ["x", "y", "z", "X", "a-b"];

fn random_page(random: &mut Random) -> String {
    let mut html = String::from("<!doctype html><!-- c -->");
    let mut open: Vec<&str> = Vec::new();
    for _ in 0..random.below(60) + 10 {
        match random.below(10) {
            0..=5 => {
                let name = random.pick(&NAMES);
                html.push_str(&format!("<{name}"));
                for _ in 0..random.below(3) {
                    match random.below(7) {
                        0 => html.push_str(&format!(" id={}", random.pick(&["i", "j", "I"]))),
                        1 => html.push_str(&format!(
                            " class='{} {}'",
                            random.pick(&CLASSES),
                            random.pick(&CLASSES)
                        )),
                        2 => html.push_str(&format!(" class={}", random.pick(&CLASSES))),
                        3 => html
                            .push_str(&format!(" href='{}'", random.pick(&["", "/a", "http://h/", "x y"]))),
                        4 => html.push_str(&format!(" type={}", random.pick(&["text", "TEXT", "Radio"]))),
                        5 => html.push_str(&format!(" lang={}", random.pick(&["en", "en-US", "de"]))),
                        _ => html
                            .push_str(&format!(" data-K='{}'", random.pick(&["1", "one two", "x-y", "x"]))),
                    }
                }
                html.push('>');
                open.push(name);
            }
            6 | 7 => {
                if let Some(name) = open.pop() {
                    html.push_str(&format!("</{name}>"));
                }
            }
            8 => html.push_str(random.pick(&["text", " ", "\n", "<!--c-->"])),
            _ => html.push_str(random.pick(&["<br>", "<img class=x>", "<input type=Text>"])),
        }
    }
    html
}

fn random_simple(random: &mut Random, depth: usize) -> String {
    let inner = |random: &mut Random| random_list(random, depth + 1);
    match random.below(if depth < 2 { 18 } else { 13 }) {
        0 | 1 => format!(".{}", random.pick(&CLASSES)),
        2 => format!("#{}", random.pick(&["i", "j", "I"])),
        3 => format!("[{}]", random.pick(&["href", "HREF", "class", "*|href", "|id", "data-k", "data-K"])),
        4 => {
            let operator = random.pick(&["=", "~=", "|=", "^=", "$=", "*="]);
            let name = random.pick(&["href", "class", "type", "lang", "data-k", "id", "*|type", "TYPE"]);
            let value = random.pick(&["x", "y", "\"\"", "'/a'", "en", "text", "one", "\"x y\"", "radio"]);
            format!("[{name}{operator}{value}{}]", random.pick(&["", "", " i", " s"]))
        }
        5 => ":first-child".to_string(),
        6 => random.pick(&[":last-child", ":only-child", ":LAST-child"]).to_string(),
        7 => random.pick(&[":first-of-type", ":last-of-type", ":only-of-type"]).to_string(),
        8 | 9 => {
            let name = random.pick(&["nth-child", "nth-last-child", "nth-of-type", "nth-last-of-type"]);
            let formula =
                ["odd", "even", "2", "0", "-1", "n", "2n+1", "-n+3", "3n-1", "-2n+4", "n+2", "+3n - 2"];
            format!(":{name}({})", random.pick(&formula))
        }
        10 => ":empty".to_string(),
        11 => ":root".to_string(),
        12 => ":scope".to_string(),
        13 => format!(":not({})", inner(random)),
        14 => format!(":is({})", inner(random)),
        15 => format!(":where({}, !, {})", inner(random), random.pick(&["a", ":nope", ""])),
        _ => {
            // `:has()` inside `:has()` is refused by scraper.
            let list = inner(random);
            if list.contains(":has") {
                String::new()
            } else {
                format!(":has({} {list})", random.pick(&["", ">", "+", "~"]))
            }
        }
    }
}

fn random_compound(random: &mut Random, depth: usize) -> String {
    let mut compound = match random.below(4) {
        0 | 1 => random.pick(&NAMES).to_string(),
        2 => random.pick(&["*", "*|a", "DIV", "Circle", "|p", "*|*", ""]).to_string(),
        _ => String::new(),
    };
    for _ in 0..random.below(3) {
        compound.push_str(&random_simple(random, depth));
    }
    if compound.is_empty() { "li".to_string() } else { compound }
}

fn random_list(random: &mut Random, depth: usize) -> String {
    let mut list = random_compound(random, depth);
    for _ in 0..random.below(4 - depth) {
        list.push_str(random.pick(&[" ", " > ", "+", " ~ ", " ", ">"]));
        list.push_str(&random_compound(random, depth));
    }
    if random.below(6) == 0 {
        list.push_str(", ");
        list.push_str(&random_compound(random, depth));
    }
    list
}

fn scraper_page(html: &str) -> scraper::Html {
    use html5ever::tendril::TendrilSink;
    use scraper::{Html, HtmlTreeSink};
    let mut options = html5ever::ParseOpts::default();
    options.tree_builder.scripting_enabled = false;
    html5ever::parse_document(HtmlTreeSink::new(Html::new_document()), options).one(html)
}

#[test]
fn answers_are_scrapers() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let (mut compared, mut found_some) = (0, 0);
    for _ in 0..150 {
        let html = random_page(&mut random);
        let ours = Document::parse(&html, None);
        let theirs = scraper_page(&html);
        let our_elements: Vec<NodeId> =
            ours.tree().descendants(NodeId::DOCUMENT).filter(|id| ours.tree().is_element(*id)).collect();
        let their_elements: Vec<_> =
            theirs.tree.root().descendants().filter_map(scraper::ElementRef::wrap).collect();
        assert_eq!(our_elements.len(), their_elements.len(), "{html}");
        for _ in 0..20 {
            let css = random_list(&mut random, 0);
            let expected = scraper::Selector::parse(&css);
            let compiled = Selector::compile(&css);
            assert_eq!(compiled.is_ok(), expected.is_ok(), "{css}: {compiled:?}");
            let (Ok(compiled), Ok(expected)) = (compiled, expected) else { continue };
            let wanted: Vec<NodeId> = std::iter::zip(&our_elements, &their_elements)
                .filter(|(_, theirs)| expected.matches(theirs))
                .map(|(ours, _)| *ours)
                .collect();
            let found = compiled.find(&ours, NodeId::DOCUMENT).unwrap();
            assert_eq!(found, wanted, "{css} on {html}");
            assert_eq!(compiled.find_first(&ours, NodeId::DOCUMENT).unwrap(), wanted.first().copied());
            // The same below an element, which is then the scope.
            let at = random.below(our_elements.len());
            let scope = our_elements[at];
            let below: Vec<NodeId> = std::iter::zip(&our_elements, &their_elements)
                .filter(|(ours_id, _)| ours.tree().contains(scope, **ours_id) && **ours_id != scope)
                .filter(|(_, theirs)| expected.matches_with_scope(theirs, Some(their_elements[at])))
                .map(|(ours, _)| *ours)
                .collect();
            assert_eq!(
                compiled.find(&ours, scope).unwrap(),
                below,
                "{css} below {} on {html}",
                scope.number()
            );
            compared += 1;
            found_some += usize::from(!wanted.is_empty());
        }
    }
    assert!(compared >= 2000, "{compared}");
    assert!(found_some >= 500, "{found_some}");
}

#[test]
fn the_grammar_is_scrapers() {
    // Pieces in any order: mostly wrong, and wrong in the same places.
    let pieces = [
        "a",
        "*",
        "|",
        "#i",
        "#1",
        ".c",
        ".",
        ":",
        "::",
        "[",
        "]",
        "(",
        ")",
        "=",
        "~=",
        "~",
        "+",
        ">",
        ",",
        " ",
        "'s'",
        "\"",
        "\\",
        "1",
        "-",
        "--x",
        "i",
        "\n",
        "/**/",
        "/*",
        "@",
        "{",
        "}",
        "!",
        "&",
        "é",
        "\\31 ",
        ":not(",
        ":is(",
        ":nth-child(",
        "2n+1",
        ":first-child",
        ":root",
        "of",
        "\0",
        "%",
        "||",
        ">>",
        "[a=b",
        "[a=b i]",
        "u+1",
        "url(",
        "5px",
        "<!--",
        "-->",
        ":slotted(a)",
        ":hover",
    ];
    let mut random = Random(42);
    let (mut valid, mut invalid) = (0, 0);
    for _ in 0..60_000 {
        let mut css = String::new();
        for _ in 0..random.below(7) + 1 {
            css.push_str(random.pick(&pieces));
        }
        if css.contains("of") && css.contains(":nth-child(") {
            continue; // ours alone has `:nth-child(2 of S)`
        }
        let ours = Selector::compile(&css);
        assert_eq!(ours.is_ok(), scraper::Selector::parse(&css).is_ok(), "{css:?}: {ours:?}");
        if ours.is_ok() { valid += 1 } else { invalid += 1 }
    }
    assert!(valid > 2000 && invalid > 2000, "{valid} valid, {invalid} invalid");
}
