use super::*;
use crate::html::names::Names;
use serde_json::Value;

/// A token, for comparing.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Seen {
    Start(String, Vec<(String, Value)>, bool),
    End(String),
    Text(String),
    Comment(String),
    Doctype(Option<String>, Option<String>, Option<String>, bool),
    EndOfFile,
}

/// Keeps the tokens, and switches the state as the tree builder does.
pub(super) struct Keeper {
    pub seen: Vec<Seen>,
    names: Names,
    attributes: Vec<(String, Value)>,
    lines: Vec<u32>,
    foreign: bool,
    switches: bool,
}

impl Keeper {
    fn new(foreign: bool, switches: bool) -> Keeper {
        let (seen, attributes, lines) = Default::default();
        Keeper { seen, names: Names::new(), attributes, lines, foreign, switches }
    }

    fn text_of(&self, name: Name) -> String {
        self.names.text(name.number).to_string()
    }
}

impl Sink for Keeper {
    fn name(&mut self, text: &str) -> Name {
        self.names.name(text)
    }

    fn open_tag(&mut self) {
        self.attributes.clear();
    }

    fn attribute(&mut self, name: Name, value: &str) {
        self.attributes.push((self.text_of(name), Value::from(value)));
    }

    fn start_tag(&mut self, name: Name, self_closing: bool, line: u32) -> Option<State> {
        let name = self.text_of(name);
        let state = match &*name {
            "title" | "textarea" => Some(State::Rcdata),
            "style" | "xmp" => Some(State::Rawtext),
            "script" => Some(State::ScriptData),
            "plaintext" => Some(State::Plaintext),
            _ => None,
        };
        self.seen.push(Seen::Start(name, std::mem::take(&mut self.attributes), self_closing));
        self.lines.push(line);
        state.filter(|_| self.switches)
    }

    fn end_tag(&mut self, name: Name) {
        self.seen.push(Seen::End(self.text_of(name)));
    }

    fn text(&mut self, text: &str) {
        assert!(!text.is_empty() && !text.contains('\0'));
        self.seen.push(Seen::Text(text.to_string()));
    }

    fn nul(&mut self) {
        self.seen.push(Seen::Text("\0".to_string()));
    }

    fn comment(&mut self, text: &str) {
        self.seen.push(Seen::Comment(text.to_string()));
    }

    fn doctype(&mut self, doctype: Doctype) {
        let Doctype { name, public_id, system_id, force_quirks } = doctype;
        self.seen.push(Seen::Doctype(name, public_id, system_id, !force_quirks));
    }

    fn end(&mut self) {
        self.seen.push(Seen::EndOfFile);
    }

    fn in_foreign_content(&self) -> bool {
        self.foreign
    }
}

pub(super) fn tokens(text: &str, state: State, last: Option<&str>) -> Vec<Seen> {
    tokenize(text, state, last, Keeper::new(false, false)).seen
}

/// The tokens of a document as one line: `<a b="c">`, `</a>`, `"text"`, `{comment}`, `[doctype]`.
fn shown(html: &str, foreign: bool) -> String {
    line(tokenize(&normalized(html), State::Data, None, Keeper::new(foreign, true)).seen)
}

fn line(seen: Vec<Seen>) -> String {
    let mut out = String::new();
    let mut text = String::new();
    for token in seen {
        if let Seen::Text(more) = token {
            text += &more;
            continue;
        }
        if !text.is_empty() {
            out += &format!("{:?}", std::mem::take(&mut text));
        }
        match token {
            Seen::Start(name, attributes, closing) => {
                out += &format!("<{name}");
                for (name, value) in attributes {
                    out += &format!(" {name}={value}");
                }
                out += if closing { "/>" } else { ">" };
            }
            Seen::End(name) => out += &format!("</{name}>"),
            Seen::Comment(text) => out += &format!("{{{text}}}"),
            Seen::Doctype(name, public, system, sound) => {
                let or_none = |id: Option<String>| id.map_or("none".into(), |id| format!("{id:?}"));
                let mark = if sound { "" } else { " quirks" };
                out += &format!("[{} {} {}{mark}]", or_none(name), or_none(public), or_none(system));
            }
            Seen::Text(_) => {}
            Seen::EndOfFile => assert!(!out.ends_with('$'), "two ends"),
        }
    }
    if !text.is_empty() {
        out += &format!("{text:?}");
    }
    out
}

fn check(cases: &[(&str, &str)]) {
    for (html, expected) in cases {
        assert_eq!(shown(html, false), *expected, "{html:?}");
    }
}

#[test]
fn data_and_tag_open_states() {
    check(&[
        ("", ""),
        ("a", r#""a""#),
        ("a<", r#""a<""#),
        ("a<b", r#""a""#), // a tag that the file ends in is none
        ("1 < 2 <3 <", r#""1 < 2 <3 <""#),
        ("<<a>", r#""<"<a>"#),
        ("<é>", r#""<é>""#),
        ("a\0b", r#""a\0b""#),
        ("</", r#""</""#),
        ("a</>b", r#""ab""#),
        ("</ a>b", r#"{ a}"b""#),
        ("</1>b", r#"{1}"b""#),
        ("<?php x?>b", r#"{?php x?}"b""#),
        ("<?", "{?}"),
        ("a\r\nb\rc\n\r\n", r#""a\nb\nc\n\n""#),
        ("\r\r\n\r", r#""\n\n\n""#),
    ]);
}

#[test]
fn tag_name_and_attribute_states() {
    check(&[
        ("<a>", "<a>"),
        ("<A1-Bé>", "<a1-bé>"),
        ("<a\0b>", "<a\u{fffd}b>"),
        ("<a/>", "<a/>"),
        ("<a/ >", "<a>"),
        ("<a / >", "<a>"),
        ("<a//>", "<a/>"),
        ("<a/b/>", r#"<a b=""/>"#),
        ("<a\n\t\x0C b>", r#"<a b="">"#),
        ("<a\u{0B}b>", "<a\u{b}b>"), // a vertical tab is no white space
        ("<a =b>", r#"<a =b="">"#),
        ("<a =b=c>", r#"<a =b="c">"#),
        ("<a ==b>", r#"<a =="b">"#),
        ("<a B=C>", r#"<a b="C">"#),
        ("<a b = c>", r#"<a b="c">"#),
        ("<a b\n=\nc>", r#"<a b="c">"#),
        ("<a b=>", r#"<a b="">"#),
        ("<a b= >", r#"<a b="">"#),
        ("<a b c>", r#"<a b="" c="">"#),
        ("<a b='c\"d'>", r#"<a b="c\"d">"#),
        ("<a b=\"c'd\">", r#"<a b="c'd">"#),
        ("<a b='c'd='e'>", r#"<a b="c" d="e">"#),
        ("<a b='c'/>", r#"<a b="c"/>"#),
        ("<a b=c/>", r#"<a b="c/">"#),
        ("<a b=c\"'<=`d>", r#"<a b="c\"'<=`d">"#),
        ("<a b=\"x>y\">", r#"<a b="x>y">"#),
        ("<a b\"'<c>", "<a b\"'<c=\"\">"),
        ("<a b\0=\0 c='\0' d=\"\0\">", "<a b\u{fffd}=\"\u{fffd}\" c=\"\u{fffd}\" d=\"\u{fffd}\">"),
        ("<a b=1 B=2 b=3 c=4>", r#"<a b="1" c="4">"#),
        ("<a b='\r\n'>", r#"<a b="\n">"#),
        ("<a b", ""),
        ("<a b=", ""),
        ("<a b=c", ""),
        ("<a b='c>", ""),
        ("<a b='c'", ""),
        ("<a/", ""),
        ("x</a", r#""x""#),
        ("</A b='>' c/>x", r#"</a>"x""#),
        ("</a b='>x", ""),
    ]);
}

#[test]
fn many_attributes_and_a_late_duplicate() {
    let list: String = (0..40).map(|n| format!(" a{n}={n}")).collect();
    let tokens = tokens(&normalized(&format!("<p{list} A39=x a0=y z=1>")), State::Data, None);
    let Seen::Start(_, attributes, _) = &tokens[0] else { panic!("{tokens:?}") };
    assert_eq!(attributes.len(), 41);
    assert_eq!(attributes[39], ("a39".to_string(), Value::from("39")));
    assert_eq!(attributes[40], ("z".to_string(), Value::from("1")));
}

#[test]
fn comment_states() {
    check(&[
        ("<!---->", "{}"),
        ("<!-->a", r#"{}"a""#),
        ("<!--->a", r#"{}"a""#),
        ("<!---->a", r#"{}"a""#),
        ("<!----->a", r#"{-}"a""#),
        ("<!--a-->", "{a}"),
        ("<!--a--!>b", r#"{a}"b""#),
        ("<!----!>b", r#"{}"b""#),
        ("<!---!>-->", "{-!>}"),
        ("<!--a--b-->", "{a--b}"),
        ("<!--a--!b-->", "{a--!b}"),
        ("<!--a--!-->", "{a--!}"),
        ("<!--a->b-->", "{a->b}"),
        ("<!--a<!--b-->c", r#"{a<!--b}"c""#),
        ("<!--a<!-->c", r#"{a<!}"c""#),
        ("<!--a\0-->", "{a\u{fffd}}"),
        ("<!--a", "{a}"),
        ("<!--a-", "{a}"),
        ("<!--a--", "{a}"),
        ("<!--a---", "{a-}"),
        ("<!--a--!", "{a}"),
        ("<!--a-!", "{a-!}"),
        ("<!--", "{}"),
        ("<!---", "{}"),
        ("<!----", "{}"),
        ("<!-a>b", r#"{-a}"b""#),
        ("<!a\0>b", "{a\u{fffd}}\"b\""),
        ("<!>b", r#"{}"b""#),
        ("<!", "{}"),
    ]);
}

#[test]
fn doctype_states() {
    check(&[
        ("<!DOCTYPE html>", r#"["html" none none]"#),
        ("<!doctypehtml>", r#"["html" none none]"#),
        ("<!docType\n HTML >x", r#"["html" none none]"x""#),
        ("<!DOCTYPE>", "[none none none quirks]"),
        ("<!DOCTYPE >", "[none none none quirks]"),
        ("<!DOCTYPE", "[none none none quirks]"),
        ("<!DOCTYPE ", "[none none none quirks]"),
        ("<!DOCTYPE a\0", "[\"a\u{fffd}\" none none quirks]"),
        ("<!DOCTYPE html", r#"["html" none none quirks]"#),
        ("<!DOCTYPE html ", r#"["html" none none quirks]"#),
        ("<!DOCTYPE html x>y", r#"["html" none none quirks]"y""#),
        ("<!DOCTYPE html x", r#"["html" none none quirks]"#),
        ("<!DOCTYPE a PUBLIC>", r#"["a" none none quirks]"#),
        ("<!DOCTYPE a public'b'>", r#"["a" "b" none]"#),
        ("<!DOCTYPE a PUBLIC \"b'\" >", r#"["a" "b'" none]"#),
        ("<!DOCTYPE a PUBLIC b>", r#"["a" none none quirks]"#),
        ("<!DOCTYPE a PUBLIC 'b>c", r#"["a" "b" none quirks]"c""#),
        ("<!DOCTYPE a PUBLIC 'b", r#"["a" "b" none quirks]"#),
        ("<!DOCTYPE a PUBLIC 'b'", r#"["a" "b" none quirks]"#),
        ("<!DOCTYPE a PUBLIC 'b'\"c\">", r#"["a" "b" "c"]"#),
        ("<!DOCTYPE a PUBLIC 'b' 'c' >", r#"["a" "b" "c"]"#),
        ("<!DOCTYPE a PUBLIC 'b' c>", r#"["a" "b" none quirks]"#),
        ("<!DOCTYPE a PUBLIC '\0' 'c>", "[\"a\" \"\u{fffd}\" \"c\" quirks]"),
        ("<!DOCTYPE a SYSTEM>", r#"["a" none none quirks]"#),
        ("<!DOCTYPE a SYSTEM'c'>", r#"["a" none "c"]"#),
        ("<!DOCTYPE a system ''>", r#"["a" none ""]"#),
        ("<!DOCTYPE a SYSTEM c>", r#"["a" none none quirks]"#),
        ("<!DOCTYPE a SYSTEM 'c' d>e", r#"["a" none "c"]"e""#),
        ("<!DOCTYPE a SYSTEM 'c' d", r#"["a" none "c"]"#),
        ("<!DOCTYPE a SYSTEM 'c'", r#"["a" none "c" quirks]"#),
        ("<!DOCTYPE a SYSTEM 'c' ", r#"["a" none "c" quirks]"#),
    ]);
}

#[test]
fn rcdata_and_rawtext_states() {
    check(&[
        ("<title>a<b>&amp;</b></title>c", r#"<title>"a<b>&</b>"</title>"c""#),
        ("<title></TITLE >c", r#"<title></title>"c""#),
        ("<title></title/>c", r#"<title></title>"c""#),
        ("<title></titlex></title\n>", r#"<title>"</titlex>"</title>"#),
        ("<title></ title></title>", r#"<title>"</ title>"</title>"#),
        ("<title>a</title", r#"<title>"a</title""#),
        ("<title>a</title ", r#"<title>"a""#),
        ("<title>a\0&#0;", "<title>\"a\u{fffd}\u{fffd}\""),
        ("<title>a<", r#"<title>"a<""#),
        ("<title>a</", r#"<title>"a</""#),
        ("<style>&amp;<!--</style>-->", r#"<style>"&amp;<!--"</style>"-->""#),
        ("<style>\0</style>", "<style>\"\u{fffd}\"</style>"),
        ("<style></title></style>", r#"<style>"</title>"</style>"#),
        ("<plaintext>a\0</plaintext>&amp;", "<plaintext>\"a\u{fffd}</plaintext>&amp;\""),
    ]);
}

#[test]
fn script_data_states() {
    check(&[
        ("<script>a<b&amp;\0</script>c", "<script>\"a<b&amp;\u{fffd}\"</script>\"c\""),
        ("<script></SCRIPT a='>'>c", r#"<script></script>"c""#),
        ("<script></scriptx></script>", r#"<script>"</scriptx>"</script>"#),
        ("<script><!--</script>c", r#"<script>"<!--"</script>"c""#),
        ("<script><!--<script></script>--></script>c", r#"<script>"<!--<script></script>-->"</script>"c""#),
        ("<script><!--<script></script></script>c", r#"<script>"<!--<script></script>"</script>"c""#),
        ("<script><!--<SCRIPT\n></script>", r#"<script>"<!--<SCRIPT\n></script>""#),
        ("<script><!--<script/></script>", r#"<script>"<!--<script/></script>""#),
        ("<script><!--<scriptx></script>c", r#"<script>"<!--<scriptx>"</script>"c""#),
        ("<script><!--<script>--></script>c", r#"<script>"<!--<script>-->"</script>"c""#),
        ("<script><!--><script></script>c", r#"<script>"<!--><script>"</script>"c""#),
        ("<script><!---><script></script>c", r#"<script>"<!---><script>"</script>"c""#),
        ("<script><!-<script></script>c", r#"<script>"<!-<script>"</script>"c""#),
        ("<script><!--a--b><script></script>", r#"<script>"<!--a--b><script></script>""#),
        ("<script><!--a---><script></script>c", r#"<script>"<!--a---><script>"</script>"c""#),
        ("<script><!--<script></scriptx>--></script>", r#"<script>"<!--<script></scriptx>-->"</script>"#),
        (
            "<script><!--<script></script><script></script></script>c",
            r#"<script>"<!--<script></script><script></script>"</script>"c""#,
        ),
        ("<script><!--</script", r#"<script>"<!--</script""#),
        ("<script><!--", r#"<script>"<!--""#),
    ]);
}

#[test]
fn cdata_sections_are_for_foreign_content() {
    assert_eq!(shown("<![CDATA[a]]>b", false), r#"{[CDATA[a]]}"b""#);
    for (html, expected) in [
        ("<![CDATA[a<b>&amp;]]>c", r#""a<b>&amp;c""#),
        ("<![CDATA[]]]>", r#""]""#),
        ("<![CDATA[a]]", r#""a]]""#),
        ("<![CDATA[a\0]]>", r#""a\0""#),
        ("<![CDATA[", ""),
        ("<![cdata[a]]>", "{[cdata[a]]}"),
    ] {
        assert_eq!(shown(html, true), expected, "{html:?}");
    }
}

#[test]
fn character_references() {
    check(&[
        ("&", r#""&""#),
        ("&&amp;", r#""&&""#),
        ("&amp", r#""&""#),
        ("&ampx", r#""&x""#),
        ("&notit; &notin; &not", r#""¬it; ∉ ¬""#),
        ("&nosuch; &1; &;", r#""&nosuch; &1; &;""#),
        ("&NotEqualTilde;", "\"\u{2242}\\u{338}\""),
        ("&CounterClockwiseContourIntegral;", "\"\u{2233}\""),
        ("&AMP &Amp;", r#""& &Amp;""#),
        ("&#65;&#x42;&#X43&#x;&#;&#", r#""ABC&#x;&#;&#""#),
        ("&#0;&#xD800;&#x110000;&#99999999999999999999;", "\"\u{fffd}\u{fffd}\u{fffd}\u{fffd}\""),
        ("&#128;&#x81;&#159;", "\"\u{20ac}\\u{81}\u{178}\""),
        ("&#13;&#xFFFF;", "\"\\r\\u{ffff}\""),
        ("&lt;a>", r#""<a>""#),
        ("<a b=&amp;c=&ampd&amp=e&amp'&amp>", r#"<a b="&c=&ampd&amp=e&'&">"#),
        ("<a b='&notit;&not;&not'>", r#"<a b="&notit;¬¬">"#),
        ("<a b='&#65&#66;'>", r#"<a b="AB">"#),
        ("<a b=&>", r#"<a b="&">"#),
        ("<a b=\"&quot;\">", r#"<a b="\"">"#),
    ]);
}

#[test]
fn lines_are_those_of_the_start_tags() {
    let html = normalized("<a>\r\n<b\n\nc>\r<d></d><!--\n--><e>");
    assert_eq!(tokenize(&html, State::Data, None, Keeper::new(false, false)).lines, [1, 2, 5, 6]);
}
