//! Templates, forms, pagination and extraction on damaged and random input: nothing panics, and
//! what comes out keeps its promises.

#[path = "support/random.rs"]
mod random;

use htmlsession::html::extract::Spec;
use htmlsession::html::form::{Body, Form, Method, Submitter, forms};
use htmlsession::html::pagination::NEXT_SYMBOLS;
use htmlsession::html::template::Template;
use htmlsession::html::{Document, ParseOptions};
use random::Random;
use url::Url;

#[test]
fn random_templates_match_within_the_text() {
    let pieces = [
        "{",
        "}",
        "{{",
        "}}",
        "{}",
        "{a}",
        "{b:d}",
        "{a:d}",
        "{:",
        ":",
        "<",
        ">",
        "^",
        "=",
        "5",
        ".3",
        ",",
        "d",
        "x",
        "f}",
        "g}",
        "%}",
        "ti}",
        "tt}",
        "{:%Y-%m-%d}",
        "{:%H%M",
        "n",
        "w}",
        "S}",
        "l",
        "[k]",
        "é",
        " ",
        "-",
        "\n",
        "|",
        "*",
        "\\",
        "$",
    ];
    let words = [
        "1",
        "0x1f",
        "-",
        " ",
        "a",
        "É",
        ".",
        "5.5",
        "2020-02-29",
        "12:00",
        "PM",
        "%",
        "\n",
        "|",
        "nan",
        "1,000",
        "}",
        "日",
    ];
    let mut random = Random(0xD1B5_4A32_D192_ED03);
    let mut compiled = 0;
    for _ in 0..20_000 {
        let source = random.text(&pieces, 8);
        let Ok(template) = Template::compile(&source) else { continue };
        compiled += 1;
        let text = random.text(&words, 20);
        let Ok(found) = template.search_all(&text, 50) else { continue };
        let mut end = 0;
        for matched in &found {
            let range = matched.range();
            assert!(end <= range.start && range.end <= text.len(), "{source:?} on {text:?}");
            end = range.end;
            for field in 0..template.fields().len() {
                let span = matched.span(field).unwrap();
                assert!(range.start <= span.start && span.end <= range.end, "{source:?} on {text:?}");
                assert!(matched.text(field).is_some() && matched.value(field).is_some());
            }
            // What a match covers, the template matches as a whole, if all of it is needed.
            let again = template.parse(&text[range.clone()]).unwrap();
            assert!(again.is_some_and(|again| again.range() == (0..range.len())), "{source:?} on {text:?}");
        }
    }
    assert!(compiled > 5_000);
}

#[test]
fn random_forms_are_sent_as_they_promise() {
    let pieces = [
        "<form>",
        "<form id=f action='x?y#z'",
        " method=post",
        " enctype=multipart/form-data",
        " enctype=text/plain",
        ">",
        "</form>",
        "<table>",
        "<tr><td>",
        "</table>",
        "<fieldset disabled>",
        "<legend>",
        "</fieldset>",
        "<datalist>",
        "</datalist>",
        "<input name=a",
        "<input type=",
        "checkbox",
        "radio",
        "file",
        "image",
        "submit",
        "range",
        "date",
        "number",
        " name='\"\r\n'",
        " name=b",
        " form=f",
        " value='1&2'",
        " checked",
        " disabled",
        " dirname=d",
        " multiple",
        "<select name=s",
        "<option selected>",
        "<optgroup disabled>",
        "</select>",
        "<textarea name=t wrap=hard cols=2>",
        "</textarea>",
        "<button name=c formaction=javascript:1",
        "</button>",
        "<base href=",
        "text שלום",
        "\u{e9}",
        "<template>",
        "<div dir=auto>",
        " accept-charset=shift_jis",
    ];
    let mut random = Random(0xA076_1D64_78BD_642F);
    let mut sent = 0;
    for _ in 0..4_000 {
        let html = format!("<form>{}", random.text(&pieces, 40));
        let options =
            ParseOptions { url: Url::parse("http://h.example/d/p?q#f").ok(), ..ParseOptions::default() };
        let page = Document::from_bytes(html.as_bytes(), options).unwrap();
        for node in forms(&page) {
            let mut form = Form::new(&page, node).unwrap();
            for field in 0..form.fields().len() {
                let text = random.text(&["1", "x\r\n", "é", "\"", "2020-01-01", "=&"], 3);
                let _ = form.set_at(field, &text);
                let _ = form.check_at(field, random.below(2) == 0);
            }
            let submitter = match random.below(3) {
                0 => Submitter::None,
                1 => Submitter::Default,
                _ => Submitter::Field(random.below(4)),
            };
            let Ok(submission) = form.submission(submitter) else { continue };
            sent += 1;
            assert!(matches!(submission.url.scheme(), "http" | "https"), "{html}");
            assert_eq!(submission.method == Method::Get, submission.body == Body::Empty);
            if let Body::Multipart(parts) = &submission.body {
                assert_eq!(parts.len(), submission.entries.len());
                assert!(
                    parts.iter().all(|part| !part.name.iter().any(|byte| b"\r\n\"".contains(byte))),
                    "{html}"
                );
            }
        }
        page.next_url(&NEXT_SYMBOLS);
    }
    assert!(sent > 1_000);
}

#[test]
fn damaged_specifications_are_errors_or_answers() {
    let whole = r#"{"a": ["li::text"], "b": {"css": "li", "all": true, "fields": {"c": {"xpath": "count(.//i)", "as": "integer"},
        "d": {"template": "{x:d} {}", "default": {"k": [1]}}}}, "e": {"css": "a", "get": "@href", "as": "url", "required": false}}"#;
    let page =
        Document::parse("<ul><li>1 a <i>x</i><li>2 b</ul><a href=/x>y</a>", Url::parse("http://h/").ok());
    let mut random = Random(0xE703_7ED1_A0B4_28DB);
    let pieces =
        ["\"", "{", "}", "[", "]", ":", ",", "true", "1", "::attr(x)", "//", "li", "{}", "\\", "é", " "];
    let mut answers = 0;
    for _ in 0..5_000 {
        let mut spec = whole.to_string();
        for _ in 0..1 + random.below(2) {
            let at = random.below(spec.len());
            if spec.is_char_boundary(at) {
                let to = (at + random.below(3)).min(spec.len());
                if spec.is_char_boundary(to) {
                    spec.replace_range(at..to, &random.text(&pieces, 1));
                }
            }
        }
        let Ok(compiled) = Spec::compile(&spec) else { continue };
        let Ok(json) = compiled.run(&page) else { continue };
        answers += 1;
        assert!(serde_json::from_str::<serde_json::Value>(&json).unwrap().is_object(), "{spec}");
    }
    assert!(answers > 100);
}
