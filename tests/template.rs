//! The template language: what each template finds, as Python's `parse` finds it.

#[path = "support/random.rs"]
mod random;

use htmlsession::Code;
use htmlsession::html::template::{Match, Template, Value};
use random::Random;

/// Template, text, how it is applied, and by match its fields: `name=type:value@start-end`.
#[rustfmt::skip]
const CASES: &[(&str, &str, &str, &[&str])] = &[
    ("It's {}, I love it!", "It's spam, I love it!", "parse", &["s:spam@5-9"]),
    ("{}", "abc", "search", &["s:a@0-1"]),
    ("{}", "abc", "parse", &["s:abc@0-3"]),
    ("{} {}", "a b c", "parse", &["s:a@0-1, s:b c@2-5"]),
    ("Hello {name}!", "say hello World! HELLO you!", "all", &["name=s:World@10-15", "name=s:you@23-26"]),
    ("{x} {x}", "foo foo", "parse", &["x=s:foo@0-3"]),
    ("{x} {x}", "foo FOO", "search", &["x=s:foo@0-3"]),
    ("{x} {x}", "foo bar", "search", &[]),
    ("{{{}}}", "{a}", "parse", &["s:a@1-2"]),
    ("{{}}", "{}", "parse", &[""]),
    ("function() {{ return {}; }}", "x function() { return 5; } y", "search", &["s:5@22-23"]),
    ("a { color: {} }", "A { color: red }", "search", &["s:red@11-14"]),
    ("{a.b} {c[d][e]} {f-g}", "1 2 3", "parse", &["a.b=s:1@0-1, c[d][e]=s:2@2-3, f-g=s:3@4-5"]),
    ("{0} {1} {_x}", "1 2 3", "parse", &["s:1@0-1, s:2@2-3, s:3@4-5"]),
    ("{:d}", "a -12 b", "search", &["i:12@1-5"]),
    ("{:d}", "0x1F", "search", &["i:0@0-1"]),
    ("{:d}", "0x1F", "parse", &["i:31@0-4"]),
    ("{:d}", "0b101", "parse", &["i:5@0-5"]),
    ("{:d}", "-0o17", "parse", &["i:-15@0-5"]),
    ("{:d}", " 0x1f", "parse", &["i:1@0-5"]),
    ("{:d}", "+-5", "parse", &["i:5@0-3"]),
    ("{:2d}{:2d}", "1234", "parse", &["i:12@0-2, i:34@2-4"]),
    ("{:2d}", "12345", "search", &["i:12@0-2"]),
    ("{:,d}", "1,234,567", "parse", &["i:1234567@0-9"]),
    ("{:_d}", "1_234", "parse", &["i:1234@0-5"]),
    ("{:x=5d}|", "-xxx12|", "parse", &["i:-12@0-6"]),
    ("{:05d}", "00042", "parse", &["i:42@0-5"]),
    ("{:d}", "99999999999999999999", "parse", &["i:99999999999999999999@0-20"]),
    ("{:n}", "1,234,567", "parse", &["i:1234567@0-9"]),
    ("{:n}", "1.234", "parse", &["i:1234@0-5"]),
    ("{:b}", "0b1011", "parse", &["i:11@0-6"]),
    ("{:o}", "0o777", "parse", &["i:511@0-5"]),
    ("{:x}", "0xDEADbeef", "parse", &["i:3735928559@0-10"]),
    ("{:X}", "-ff", "parse", &["i:-255@0-3"]),
    ("{:%}", "12.5%", "parse", &["f:0.125@0-5"]),
    ("{:f}", "3.14", "parse", &["f:3.14@0-4"]),
    ("{:f}", "3", "parse", &[]),
    ("{:.0f}", "3", "parse", &["f:3.0@0-1"]),
    ("{:F}", "-.5", "parse", &["f:-0.5@0-3"]),
    ("{:f}", "NaN", "parse", &["f:nan@0-3"]),
    ("{:e}", "1.5e-3", "parse", &["f:0.0015@0-6"]),
    ("{:e}", "-inf", "parse", &["f:-inf@0-4"]),
    ("{:g}", "7", "parse", &["f:7.0@0-1"]),
    ("{:g}", "-1.5E+3", "parse", &["f:-1500.0@0-7"]),
    ("{:.2f} EUR", "pay 12.34 eur", "search", &["f:12.34@3-9"]),
    ("{:w} {:W}x", "a_1é --x", "parse", &["s:a_1é@0-5, s:--@6-8"]),
    ("{:l}", "abcſ1", "search", &["s:abcſ@0-5"]),
    ("{:s}|{:S}|{:D}", "  |a-b|xy", "parse", &["s:  @0-2, s:a-b@3-6, s:xy@7-9"]),
    ("{:<}|", "a   |", "parse", &["s:a@0-1"]),
    ("{:>}|", "   a|", "parse", &["s:a@3-4"]),
    ("{:^}|", "  a  |", "parse", &["s:a@2-3"]),
    ("{:.^10}|", "..a...|", "parse", &[]),
    ("{:5}|", "  a|", "search", &[]),
    ("{:5}|", "abcdefg|", "parse", &["s:abcdefg@0-7"]),
    ("{:.3}{:.3}", "abcd", "parse", &["s:a@0-1, s:bcd@1-4"]),
    ("{:2.3}", "abcd", "search", &["s:ab@0-2"]),
    ("{:x<3}|", "abxx|", "parse", &["s:abx@0-3"]),
    ("{:10}|", "       abc|", "search", &["s:       abc@0-10"]),
    ("{:ti}", "2011-11-20", "parse", &["D:2011-11-20T00:00:00@0-10"]),
    ("{:ti}", "1972-01-20T10:21:36Z", "parse", &["D:1972-01-20T10:21:36+00:00@0-20"]),
    ("{:ti}", "1972-01-20 10:21:36.5+01:30", "parse", &["D:1972-01-20T10:21:36.500000+01:30@0-27"]),
    ("{:te}", "Mon, 20 Jan 1972 10:21:36 +1000", "parse", &["D:1972-01-20T10:21:36+10:00@0-31"]),
    ("{:te}", "9 Nov 2011 07:05:06 -0530", "parse", &["D:2011-11-09T07:05:06-05:30@0-25"]),
    ("{:tg}", "20/1/1972 10:21:36 PM +1000", "parse", &["D:1972-01-20T22:21:36+10:00@0-27"]),
    ("{:tg}", "20-Nov-2011 12:00 am", "parse", &["D:2011-11-20T00:00:00@0-20"]),
    ("{:ta}", "1/20/1972 12:15 PM", "parse", &["D:1972-01-20T12:15:00@0-18"]),
    ("{:ta}", "November/20/1972", "parse", &["D:1972-11-20T00:00:00@0-16"]),
    ("{:th}", "21/Nov/2011:10:21:36 +0300", "parse", &["D:2011-11-21T10:21:36+03:00@0-26"]),
    ("{:tc}", "Sun Sep 16 01:03:52 1973", "parse", &["D:1973-09-16T01:03:52@0-24"]),
    ("{:tt}", "10:21:36.25 PM -5:30", "parse", &["t:22:21:36.250000-05:30@0-20"]),
    ("at {:tt}", "at 7:05", "parse", &["t:07:05:00@3-7"]),
    ("{:tt}", "no time here", "search", &[]),
    ("{:tt}", " PM +01:00", "parse", &[]),
    ("{:tt}", "Opens 9:00 AM, closes 5:00 PM", "all", &["t:09:00:00@6-13", "t:17:00:00@22-29"]),
    ("{:te}", "Mon, 20 Jan 2014 10:21:36 GMT", "parse", &["D:2014-01-20T10:21:36+00:00@0-29"]),
    ("{:te}", "20 Jan 2014 10:21 ut", "parse", &["D:2014-01-20T10:21:00+00:00@0-20"]),
    ("{:te}", "20 Jan 2014 10:21 UTC", "search", &["D:2014-01-20T10:21:00+00:00@0-21"]),
    ("{:%Y-%m-%d}", "2020-02-29", "parse", &["d:2020-02-29@0-10"]),
    ("{:%H:%M:%S.%f}", "23:59:01.5", "parse", &["t:23:59:01.500000@0-10"]),
    ("{:%d/%b/%y}", "1/jan/69", "parse", &["d:1969-01-01@0-8"]),
    ("{:%j %Y}", "60 2020", "parse", &["d:2020-02-29@0-7"]),
    ("{:%a %W %Y}", "Tue 10 2011", "parse", &["d:2011-03-08@0-11"]),
    ("{:%U %w %Y}", "0 6 2011", "parse", &["d:2011-01-01@0-8"]),
    ("{:%I:%M %p %z}", "12:30 AM +01:30", "search", &["t:00:30:00+01:30@0-15"]),
    ("{:%Y-%m-%d %H:%M}", "on 2011-11-20 10:21 x", "search", &["D:2011-11-20T10:21:00@3-19"]),
    ("<a href=\"{url}\">{text}</a>", "<A HREF=\"/x?a=1&amp;b\">Ünï\n</A><a href=\"\">e</a><a href=\"b\">c</a>", "all", &["url=s:/x?a=1&amp;b@9-21, text=s:Ünï\n@23-29", "url=s:\">e</a><a href=\"b@42-59, text=s:c@61-62"]),
    ("K={}", "k=1", "search", &["s:1@2-3"]),
    ("s{}", "ſ1", "search", &["s:1@2-3"]),
    ("é{}", "xÉy", "search", &["s:y@3-4"]),
    ("{}.", "a.b.", "all", &["s:a@0-1", "s:b@2-3"]),
    ("a{}", "ab", "all", &["s:b@1-2"]),
    ("{:S}@{:S}", "mail joe@example.org now", "search", &["s:joe@5-8, s:example.org@9-20"]),
    ("{a:d}+{a:d}", "5+6 7+7", "search", &["a=i:7@4-5"]),
    ("", "abc", "search", &[""]),
    ("x", "axb", "search", &[""]),
    ("{a:d} {b}: {c:w}", "12 é: wörd", "parse", &["a=i:12@0-2, b=s:é@3-5, c=s:wörd@7-12"]),
];

fn show(template: &Template, found: &Match<'_>) -> String {
    let field = |at: usize| {
        let name = template.fields()[at].name().map(|name| format!("{name}=")).unwrap_or_default();
        let span = found.span(at).unwrap();
        let value = match found.value(at).unwrap() {
            Value::Text(text) => format!("s:{text}"),
            Value::Integer(number) => format!("i:{number}"),
            Value::BigInteger(number) => format!("i:{number}"),
            Value::Float(number) if number.is_nan() => "f:nan".into(),
            Value::Float(number) => format!("f:{number:?}"),
            Value::DateTime(iso) => format!("D:{iso}"),
            Value::Date(iso) => format!("d:{iso}"),
            Value::Time(iso) => format!("t:{iso}"),
        };
        format!("{name}{value}@{}-{}", span.start, span.end)
    };
    (0..template.fields().len()).map(field).collect::<Vec<_>>().join(", ")
}

#[test]
fn templates_find_what_the_language_says() {
    for (template, text, mode, expected) in CASES {
        let compiled = Template::compile(template).unwrap();
        let found = match *mode {
            "parse" => compiled.parse(text).unwrap().into_iter().collect(),
            "search" => compiled.search_all(text, 1).unwrap(),
            _ => compiled.search_all(text, usize::MAX).unwrap(),
        };
        let shown: Vec<String> = found.iter().map(|found| show(&compiled, found)).collect();
        assert_eq!(shown, *expected, "{template:?} on {text:?}");
    }
}

#[test]
fn dates_that_do_not_exist_are_passed_over() {
    let find = |template: &str, text: &str| -> Vec<Value> {
        let template = Template::compile(template).unwrap();
        let found = template.search_all(text, 9).unwrap();
        found.iter().map(|found| found.fixed(0).unwrap()).collect()
    };
    let date = |text: &str| Value::DateTime(text.into());
    assert_eq!(find("{:ti}|", "2011-13-01| 2011-12-01|"), [date("2011-12-01T00:00:00")]);
    assert_eq!(find("{:%Y-%m-%d}", "2021-02-29 2020-02-29"), [Value::Date("2020-02-29".into())]);
    assert_eq!(find("{:tg}", "1/1/2000 13:00 PM"), []);
    assert_eq!(find("{:%Y (%B).}", "2020 (May).. 2020 (may)x"), [Value::Date("2020-05-01".into())]);
    assert_eq!(find("{:ti}", "2011-01-01T10:00:00+0160"), []);
}

#[test]
fn dates_without_a_year_are_of_this_one() {
    let year = |template: &str, text: &str| match Template::compile(template).unwrap().parse(text).unwrap() {
        Some(found) => match found.fixed(0).unwrap() {
            Value::DateTime(iso) | Value::Date(iso) => iso,
            other => panic!("{other:?}"),
        },
        None => panic!("{text} does not match"),
    };
    let days = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() / 86_400;
    let this = 1970 + days * 400 / 146_097;
    assert_eq!(year("{:ts}", "Nov 9 03:37:44"), format!("{this}-11-09T03:37:44"));
    assert_eq!(year("{:%d %b}", "9 nov"), format!("{this}-11-09"));
}

#[test]
fn case_counts_only_if_asked_for() {
    let sensitive = Template::compile_case_sensitive("K{:x}").unwrap();
    assert!(sensitive.search("k1 k2").unwrap().is_none());
    assert_eq!(sensitive.search("k1 K2f").unwrap().unwrap().fixed(0), Some(Value::Integer(2 * 16 + 15)));
}

#[test]
fn a_match_knows_its_places_and_nests_its_names() {
    let template = Template::compile("{a[x][y]:d}/{a[z]}/{b.c}/{}.").unwrap();
    let found = template.search("-- ä 1/2/3/4.").unwrap().unwrap();
    assert_eq!(found.range(), 5..14);
    assert_eq!(
        found.to_json(),
        serde_json::json!({"fixed": ["4"], "named": {"a": {"x": {"y": 1}, "z": "2"}, "b.c": "3"}})
    );
    assert_eq!(
        (found.named("a[z]"), found.named("a"), found.named("")),
        (Some(Value::Text("2".into())), None, None)
    );
    assert_eq!((found.fixed(1), found.value(4), found.span(4)), (None, None, None));
    assert_eq!(template.fields()[0].keys().collect::<Vec<_>>(), ["a", "x", "y"]);
    assert_eq!(template.fields()[3].name(), None);
}

#[test]
fn empty_matches_go_on_behind_the_next_character() {
    let template = Template::compile("").unwrap();
    let found = template.search_all("é1", 10).unwrap();
    let ranges: Vec<_> = found.iter().map(|found| found.range()).collect();
    assert_eq!(ranges, [0..0, 2..2, 3..3]);
    assert_eq!(Template::compile("").unwrap().search_all("ab", 10).unwrap().len(), 3);
}

#[test]
fn a_fill_is_the_character_itself() {
    for (template, text, value) in [
        ("{:|>}x", "|||ax", "a"),
        ("{:*<}x", "a**x", "a"),
        ("{:.=3d}x", "..12x", "12"),
        ("{:(^}x", "((a((x", "a"),
    ] {
        let template = Template::compile(template).unwrap();
        let found = template.parse(text).unwrap().unwrap();
        let expected = value.parse().map_or(Value::Text(value.into()), Value::Integer);
        assert_eq!(found.fixed(0), Some(expected), "{text}");
    }
}

/// Bad templates: the column and a piece of the message.
#[test]
fn bad_templates_name_the_column() {
    let mut cases: Vec<(String, usize, &str)> = vec![
        ("{:z}".into(), 3, "unknown type \"z\""),
        ("ab {name:dd}".into(), 10, "unknown type \"dd\""),
        ("é{:>5q}".into(), 6, "unknown type \"q\""),
        ("{:5.3}".into(), 6, "the precision 3 is less than the width 5"),
        ("{:.0}".into(), 5, "the precision 0 is less than the width 1"),
        ("{:00d}".into(), 5, "an integer cannot be 0 wide"),
        ("{:99999999999}".into(), 3, "the width 99999999999 is too large"),
        ("{:.99999999999}".into(), 15, "the precision 99999999999 is too large"),
        ("{a:d} {a}".into(), 7, "the repeated field \"a\" has the type \"\" here and \"d\" before"),
        ("{a} {a[b]}".into(), 5, "the fields \"a\" and \"a[b]\" exclude each other"),
        ("{a[b][c]} {a[b]}".into(), 11, "exclude each other"),
        ("{a[b:d]}".into(), 6, "unknown type \"d]\""),
        ("{:%Y-%Q}".into(), 6, "unknown date directive %Q"),
        ("{:%Y-%}".into(), 6, "the date format ends with a lone %"),
        ("{:%Y %Y}".into(), 6, "date directive %Y is given twice"),
        ("{:%Z}".into(), 3, "unknown type \"%Z\""),
        ("x{:tx}".into(), 4, "unknown type \"tx\""),
        ("{:<<}".into(), 4, "unknown type \"<\""),
        ("{:,,d}".into(), 4, "unknown type \",d\""),
        ("{:-+d}".into(), 4, "unknown type \"+d\""),
        ("{}".repeat(1001), 2001, "more than 1000 fields"),
    ];
    for c in ('a'..='z').chain('A'..='Z').filter(|c| !"nboxXfFeEgGwWdDsSl".contains(*c)) {
        cases.push((format!("id={{n:{c}}}"), 7, "unknown type"));
        cases.push((format!("{{:t{c}{c}}}"), 3, "unknown type"));
        cases.push((format!("{{x:8{c}d}}"), 5, "unknown type"));
    }
    assert!(cases.len() > 100);
    for (template, column, what) in cases {
        let error = Template::compile(&template).unwrap_err();
        assert_eq!(error.code(), Code::Template, "{template}");
        let place = format!("column {column}: ");
        assert!(
            error.message().starts_with(&place) && error.message().contains(what),
            "{template}: {} is not at {column}: {what}",
            error.message()
        );
    }
}

/// What a template wrote, it reads: values put into a template's literals come back.
#[test]
fn formatted_text_is_read_back() {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for _ in 0..2_000 {
        let (mut template, mut text, mut expected) = (String::from("<"), String::from("<"), Vec::new());
        for _ in 0..1 + random.below(5) {
            let number = random.below(100_000) as i64;
            let word = random.pick(&["a", "Zoë", "x1", "日本"]);
            let (spec, written, value) = match random.below(6) {
                0 => (":d", number.to_string(), Value::Integer(number)),
                1 => (":x", format!("{number:x}"), Value::Integer(number)),
                2 => (":f", format!("{number}.25"), Value::Float(number as f64 + 0.25)),
                3 => (":w", word.to_string(), Value::Text(word.into())),
                4 => (":_>", format!("{word:_>8}"), Value::Text(word.into())),
                _ => ("", word.to_string(), Value::Text(word.into())),
            };
            let separator = random.pick(&["; ", "</b>", " | ", "-\n", "·"]);
            template.push_str(&format!("{{{spec}}}{separator}"));
            text.push_str(&written);
            text.push_str(separator);
            expected.push(value);
        }
        let template = Template::compile(&template).unwrap();
        let page = format!("noise {text} noise");
        let found = template.search(&page).unwrap().unwrap_or_else(|| panic!("{text}"));
        for (at, value) in expected.iter().enumerate() {
            assert_eq!(found.value(at).as_ref(), Some(value), "{text}");
        }
    }
}
