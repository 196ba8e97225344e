//! The tree construction stage, scripting off: a few pages for every insertion mode, and the
//! html5lib tests, which are read from the folder that `HTMLSESSION_VECTORS` names.

use htmlsession::html::{Document, NodeId};

/// A page as HTML; of most pages only what is in the body.
fn shown(html: &str) -> String {
    let mut out = String::new();
    Document::parse(html, None).tree().outer_html(NodeId::DOCUMENT, &mut out);
    let body =
        out.strip_prefix("<html><head></head><body>").and_then(|out| out.strip_suffix("</body></html>"));
    body.map(str::to_string).unwrap_or(out)
}

#[test]
fn every_insertion_mode() {
    #[rustfmt::skip]
    let cases = [
        // initial
        ("<!-- a --><!doctype html><!-- b --> <p>", "<!-- a --><!DOCTYPE html><!-- b --><html><head></head><body><p></p></body></html>"),
        (" <p>", "<p></p>"),
        // before html
        ("<!doctype html><!--a--><html lang=en><!--b-->", "<!DOCTYPE html><!--a--><html lang=\"en\"><!--b--><head></head><body></body></html>"),
        ("</p></head>x", "x"),
        // before head
        ("<html> </x><!--a--><head id=h>", "<html><!--a--><head id=\"h\"></head><body></body></html>"),
        // in head
        ("<head><title>a<b>&lt;</title><base><link><meta><style><p></style><script><p></script>x", "<html><head><title>a&lt;b&gt;&lt;</title><base><link><meta><style><p></style><script><p></script></head><body>x</body></html>"),
        ("<head><noscript><link><p>x", "<html><head><noscript><link></noscript></head><body><p>x</p></body></html>"),
        ("<head><noscript><!--a--> </noscript><meta>", "<html><head><noscript><!--a--> </noscript><meta></head><body></body></html>"),
        ("<head></br>", "<br>"),
        ("<head><head></x><template>a</template></head>", "<html><head><template>a</template></head><body></body></html>"),
        // after head
        ("<head></head> <!--a--><link><body id=b>", "<html><head><link></head> <!--a--><body id=\"b\"></body></html>"),
        ("<head></head><meta><p>", "<html><head><meta></head><body><p></p></body></html>"),
        ("<head></head></head><template></template>x", "<html><head><template></template></head><body>x</body></html>"),
        // in body
        ("<body>a<html x=1 y=2><body z=3>b", "<html x=\"1\" y=\"2\"><head></head><body z=\"3\">ab</body></html>"),
        ("<p>a<p>b<div>c</p>d", "<p>a</p><p>b</p><div>c<p></p>d</div>"),
        ("<p>a<button><p>b</button>c</p>d", "<p>a<button><p>b</p></button>c</p>d"),
        ("<h1>a<h2>b</h1>c", "<h1>a</h1><h2>b</h2>c"),
        ("<ul><li>a<li>b<ul><li>c</ul>d</li></ul>", "<ul><li>a</li><li>b<ul><li>c</li></ul>d</li></ul>"),
        ("<li>a<div><li>b<p><li>c", "<li>a<div></div></li><li>b<p></p></li><li>c</li>"),
        ("<dl><dt>a<dd>b<dt>c</dl>", "<dl><dt>a</dt><dd>b</dd><dt>c</dt></dl>"),
        ("<ul><li><address><li>a<section><li>b", "<ul><li><address></address></li><li>a<section><li>b</li></section></li></ul>"),
        ("<form id=1><form id=2><div></form>x", "<form id=\"1\"><div>x</div></form>"),
        ("<button>a<button>b", "<button>a</button><button>b</button>"),
        ("<pre>\n\na</pre><textarea>\nb</textarea>", "<pre>\na</pre><textarea>b</textarea>"),
        ("<a href=1>x<a href=2>y</a>z", "<a href=\"1\">x</a><a href=\"2\">y</a>z"),
        ("<a><div>x<a>y", "<a></a><div><a>x</a><a>y</a></div>"),
        ("<b>1<i>2</b>3</i>4", "<b>1<i>2</i></b><i>3</i>4"),
        ("<b><p>x</b>y</p>z", "<b></b><p><b>x</b>y</p>z"),
        ("<b>a<p>b<div>c</b>d", "<b>a<p>b</p></b><div><b>c</b>d</div>"),
        ("<p><b><b><b><b>1<p>2", "<p><b><b><b><b>1</b></b></b></b></p><p><b><b><b>2</b></b></b></p>"),
        ("<b><search>x</b>y", "<b></b><search><b>x</b>y</search>"),
        ("<p><b x=1 y=2><b y=2 x=1><b x=1 y=2><b y=2 x=1></p>x", "<p><b x=\"1\" y=\"2\"><b y=\"2\" x=\"1\"><b x=\"1\" y=\"2\"><b y=\"2\" x=\"1\"></b></b></b></b></p><b y=\"2\" x=\"1\"><b x=\"1\" y=\"2\"><b y=\"2\" x=\"1\">x</b></b></b>"),
        ("<nobr>a<nobr>b</nobr>c", "<nobr>a</nobr><nobr>b</nobr>c"),
        ("<object><b>a</object>b", "<object><b>a</b></object>b"),
        ("<table><b>a<tr><td>b", "<b>a</b><table><tbody><tr><td>b</td></tr></tbody></table>"),
        ("<p><table></table>x", "<p><table></table>x</p>"),
        ("<!doctype html><p><table></table>x", "<!DOCTYPE html><html><head></head><body><p></p><table></table>x</body></html>"),
        ("</p></br></x>", "<br>"),
        ("<br/><hr><img><image><input><param>x", "<br><hr><img><img><input><param>x"),
        ("<div>a<span>b</div>c", "<div>a<span>b</span></div>c"),
        ("<div><x-a>a<div></x-a>b</div>c", "<div><x-a>a<div>b</div>c</x-a></div>"),
        ("<plaintext></plaintext>x", "<plaintext></plaintext>x</plaintext>"),
        ("<xmp><b></xmp><iframe><b></iframe><noembed><b></noembed>", "<xmp><b></xmp><iframe><b></iframe><noembed><b></noembed>"),
        ("<ruby>a<rb>b<rt>c<rtc>d<rt>e<rp>f</ruby>", "<ruby>a<rb>b</rb><rt>c</rt><rtc>d<rt>e</rt><rp>f</rp></rtc></ruby>"),
        ("<svg><p>x", "<svg></svg><p>x</p>"),
        ("<frameset><frame></frameset>", "<html><head></head><frameset><frame></frameset></html>"),
        (" <frameset>", "<html><head></head><frameset></frameset></html>"),
        ("x<frameset>", "x"),
        ("</body><p>x", "<p>x</p>"),
        ("</html> x<!--a-->", " x<!--a-->"),
        ("<p></body><!--a--></html><!--b-->", "<html><head></head><body><p></p></body><!--a--></html><!--b-->"),
        // select
        ("<select><option>a<option>b<optgroup><option>c<hr></select>", "<select><option>a</option><option>b</option><optgroup><option>c</option></optgroup><hr></select>"),
        ("<select><div>a<option>b</div>c", "<select><div>a<option>b</option></div>c</select>"),
        ("<select><select>a", "<select></select>a"),
        ("<select><input>a", "<select></select><input>a"),
        ("<option>a<option>b", "<option>a</option><option>b</option>"),
        // in table
        ("<table>a<b>b<td>c", "a<b>b</b><table><tbody><tr><td>c</td></tr></tbody></table>"),
        ("<table> <tr> <td> x", "<table> <tbody><tr> <td> x</td></tr></tbody></table>"),
        ("<table> x <tr>", " x <table><tbody><tr></tr></tbody></table>"),
        ("<table><caption>a<td>b", "<table><caption>a</caption><tbody><tr><td>b</td></tr></tbody></table>"),
        ("<table><caption>a</table>b", "<table><caption>a</caption></table>b"),
        ("<table><col><col><tr>", "<table><colgroup><col><col></colgroup><tbody><tr></tr></tbody></table>"),
        ("<table><colgroup><col>x", "x<table><colgroup><col></colgroup></table>"),
        ("<table><tbody><tr><td>a<td>b<tr><th>c<tbody><td>d</table>e", "<table><tbody><tr><td>a</td><td>b</td></tr><tr><th>c</th></tr></tbody><tbody><tr><td>d</td></tr></tbody></table>e"),
        ("<table><td>a</tr>b</tbody>c", "bc<table><tbody><tr><td>a</td></tr></tbody></table>"),
        ("<table><tr><td><table><td>a</table>b</table>c", "<table><tbody><tr><td><table><tbody><tr><td>a</td></tr></tbody></table>b</td></tr></tbody></table>c"),
        ("<table><table><td>a", "<table></table><table><tbody><tr><td>a</td></tr></tbody></table>"),
        ("<table><form><input type=hidden><input><select><script></script><style></style>", "<input><select><script></script><style></style></select><table><form></form><input type=\"hidden\"></table>"),
        ("<table><div>a<td>b</div>c", "<div>a</div><table><tbody><tr><td>bc</td></tr></tbody></table>"),
        ("<table><tr><p>a", "<p>a</p><table><tbody><tr></tr></tbody></table>"),
        ("<table><td></body></html>a", "<table><tbody><tr><td>a</td></tr></tbody></table>"),
        ("<table></td></tr></tbody></caption></col>a", "a<table></table>"),
        ("<table><a>1<td>2</a>3", "<a>1</a><table><tbody><tr><td>23</td></tr></tbody></table>"),
        ("<table> <!doctype x>x", "x<table> </table>"),
        // in template
        ("<template><td>a</template>", "<html><head><template><td>a</td></template></head><body></body></html>"),
        ("<template><tr><td>a</tr><div>b", "<html><head><template><tr><td>a</td></tr><div>b</div></template></head><body></body></html>"),
        ("<template><col><div>a</template>", "<html><head><template><col></template></head><body></body></html>"),
        ("<template><caption>a</caption>b</template>", "<html><head><template><caption>a</caption>b</template></head><body></body></html>"),
        ("<template><div>a</template></div>b", "<html><head><template><div>a</div></template></head><body>b</body></html>"),
        ("<template>a<template>b", "<html><head><template>a<template>b</template></template></head><body></body></html>"),
        ("<table><template><tr></template><tr>", "<table><template><tr></tr></template><tbody><tr></tr></tbody></table>"),
        ("<div><template></div>a</template>b", "<div><template>a</template>b</div>"),
        // frameset
        ("<frameset> a<frame><noframes><b></noframes><p></frameset> b</html> c<!--d-->", "<html><head></head><frameset> <frame><noframes><b></noframes></frameset>  </html><!--d-->"),
        // foreign content
        ("<svg viewbox=1 xlink:href=2 xml:lang=3 definitionurl=4><foreignobject><p viewbox=5>x", "<svg viewBox=\"1\" xlink:href=\"2\" xml:lang=\"3\" definitionurl=\"4\"><foreignObject><p viewbox=\"5\">x</p></foreignObject></svg>"),
        ("<math definitionurl=1><mi><b>x</b><mglyph><malignmark></math>", "<math definitionURL=\"1\"><mi><b>x</b><mglyph><malignmark></malignmark></mglyph></mi></math>"),
        ("<svg><lineargradient/><g/>a</svg>b", "<svg><linearGradient></linearGradient><g></g>a</svg>b"),
        ("<svg><title><b>x</b></title><desc><p>y", "<svg><title><b>x</b></title><desc><p>y</p></desc></svg>"),
        ("<math><annotation-xml encoding=text/html><p>x</annotation-xml><annotation-xml><p>y", "<math><annotation-xml encoding=\"text/html\"><p>x<annotation-xml></annotation-xml></p><p>y</p></annotation-xml></math>"),
        ("<math><annotation-xml encoding=text/html><svg><p>x", "<math><annotation-xml encoding=\"text/html\"><svg></svg><p>x</p></annotation-xml></math>"),
        ("<math><annotation-xml><svg><circle>", "<math><annotation-xml><svg><circle></circle></svg></annotation-xml></math>"),
        ("<svg><![CDATA[a<b>]]></svg><![CDATA[a]]>", "<svg>a&lt;b&gt;</svg><!--[CDATA[a]]-->"),
        ("<svg><font size=1>x", "<svg></svg><font size=\"1\">x</font>"),
        ("<svg><font>x", "<svg><font>x</font></svg>"),
        ("<svg><g></p>x", "<svg><g></g></svg><p></p>x"),
        ("<svg><G></g>x", "<svg><g></g>x</svg>"),
        ("<svg><a><b>x", "<svg><a></a></svg><b>x</b>"),
        ("<svg><foreignObject><div><svg></foreignObject>x", "<svg><foreignObject><div><svg>x</svg></div></foreignObject></svg>"),
        ("<table><svg><td>x", "<svg><td>x</td></svg><table></table>"),
        ("<div><svg><path></div>x", "<div><svg><path></path></svg></div>x"),
    ];
    for (html, expected) in cases {
        assert_eq!(shown(html), expected, "{html:?}");
    }
}

#[cfg(conformance)]
mod html5lib {
    use htmlsession::html::{Document, ParseOptions};
    use std::path::{Path, PathBuf};

    #[derive(Default)]
    struct Test {
        data: String,
        context: Option<String>,
        expected: String,
        script_on: bool,
    }

    /// The tests of a file. Sections start with a `#` line; their last line break is not theirs.
    fn tests_of(text: &str) -> Vec<Test> {
        let mut tests: Vec<Test> = Vec::new();
        let mut section = "";
        for line in text.split_inclusive('\n') {
            let name = line.trim_end_matches('\n');
            match name {
                "#data" => tests.push(Test::default()),
                "#script-on" => tests.last_mut().unwrap().script_on = true,
                "#errors" | "#new-errors" | "#document-fragment" | "#document" | "#script-off" => {}
                _ => {
                    let Some(test) = tests.last_mut() else { continue };
                    match section {
                        "#data" => test.data.push_str(line),
                        "#document-fragment" => test.context = Some(name.to_string()),
                        "#document" => test.expected.push_str(line),
                        _ => {}
                    }
                    continue;
                }
            }
            section = name;
        }
        for test in &mut tests {
            test.data.pop();
            test.expected.truncate(test.expected.trim_end_matches('\n').len());
        }
        tests
    }

    fn dump(test: &Test) -> String {
        let options = ParseOptions { encoding: Some("utf-8".into()), ..ParseOptions::default() };
        let page = match &test.context {
            Some(context) => Document::fragment_from_bytes(test.data.as_bytes(), context, options).unwrap(),
            None => Document::from_bytes(test.data.as_bytes(), options).unwrap(),
        };
        page.tree().dump().trim_end_matches('\n').to_string()
    }

    fn files(folder: &Path) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
            .expect("html5lib/tree-construction")
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "dat"))
            .collect();
        files.sort();
        files
    }

    #[test]
    fn html5lib_tree_construction_tests() {
        let folder = Path::new(env!("HTMLSESSION_VECTORS")).join("html5lib/tree-construction");
        let (mut passed, mut scripted, mut failed) = (0, 0, Vec::new());
        for path in files(&folder) {
            let file = path.file_name().unwrap().to_string_lossy().into_owned();
            let text = String::from_utf8(std::fs::read(&path).unwrap()).expect("a test file is UTF-8");
            for (place, test) in tests_of(&text).iter().enumerate() {
                if test.script_on {
                    scripted += 1;
                    continue;
                }
                let found = dump(test);
                if found == test.expected {
                    passed += 1;
                } else {
                    let expected = &test.expected;
                    failed.push(format!("{file} {place} {:?}\n{found}\nexpected:\n{expected}\n", test.data));
                }
            }
        }
        println!(
            "html5lib tree construction: {passed} passed, {scripted} are for scripting on, {} failed",
            failed.len()
        );
        assert!(passed > 1500, "too few tests in {}", folder.display());
        assert!(failed.is_empty(), "{}", failed.join("\n"));
    }
}
