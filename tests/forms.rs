//! Forms: their fields and what these send, clause by clause of the HTML standard (4.10).

use htmlsession::Code;
use htmlsession::html::form::{self, EntryValue, FieldType, File, Form, Submission, Submitter};
use htmlsession::html::{Document, NodeId};
use url::Url;

fn page(html: &str) -> Document {
    Document::parse(html, Some(Url::parse("http://h.example/dir/page?q#f").unwrap()))
}

fn first(html: &str) -> Form {
    let page = page(html);
    Form::new(&page, form::by_index(&page, 0).unwrap()).unwrap()
}

/// The entry list, written `name=value` and joined with `&`.
fn entries(submission: &Submission) -> String {
    let shown = submission.entries.iter().map(|entry| match &entry.value {
        EntryValue::Text(text) => format!("{}={text}", entry.name),
        EntryValue::File(file) => format!("{}=<{} {}>", entry.name, file.filename, file.content_type),
    });
    shown.collect::<Vec<_>>().join("&")
}

fn sent(html: &str) -> String {
    entries(&first(&format!("<form>{html}</form>")).submission(Submitter::None).unwrap())
}

fn clicked(html: &str, submitter: Submitter) -> String {
    entries(&first(html).submission(submitter).unwrap())
}

#[test]
fn the_entry_list_follows_the_standard() {
    for (html, expected) in [
        // In document order, unnamed controls left out.
        (
            "<input name=a value=1><input value=2><input name='' value=3><textarea name=b>x</textarea>",
            "a=1&b=x",
        ),
        // Names twice are sent twice.
        ("<input name=a value=1><input name=a value=2>", "a=1&a=2"),
        // Disabled controls.
        ("<input name=a disabled value=1><select name=b disabled><option>x</select><input name=c>", "c="),
        // Disabled fieldsets, but for their first legend.
        (
            "<fieldset disabled><input name=a><legend><input name=b><fieldset disabled><input name=c></fieldset></legend>\
             <legend><input name=d></legend><div><input name=e></div></fieldset><input name=f>",
            "b=&f=",
        ),
        ("<fieldset disabled><div><legend><input name=a></legend></div></fieldset>", ""),
        ("<fieldset><input name=a></fieldset>", "a="),
        // Controls in a datalist.
        ("<datalist><input name=a value=1></datalist><input name=b>", "b="),
        // Buttons that were not clicked.
        ("<input type=submit name=a value=1><button name=b value=2>x</button><input type=image name=c>", ""),
        (
            "<input type=reset name=a value=1><input type=BUTTON name=b value=2><button type=reset name=c>x</button>",
            "",
        ),
        // Checkboxes and radio buttons.
        (
            "<input type=checkbox name=a><input type=checkbox name=b checked><input type=CheckBox name=c value='' checked>",
            "b=on&c=",
        ),
        ("<input type=radio name=r value=1 checked><input type=radio name=r value=2 checked>", "r=2"),
        ("<input type=radio name=r><input type=radio name=s checked>", "s=on"),
        // Unknown types are text.
        ("<input type=foo name=a value='x\ny'>", "a=xy"),
        // Hidden fields keep line breaks; the charset field.
        (
            "<input type=hidden name=a value='x\ny'><input type=hidden name=_ChArSeT_ value=z>",
            "a=x\ny&_ChArSeT_=UTF-8",
        ),
        ("<input name=_charset_ value=z>", "_charset_=z"),
        // Textareas: the first line break is markup, others become LF.
        ("<textarea name=a>\n\nx\r\ny\rz</textarea>", "a=\nx\ny\nz"),
        // File fields: never what the page says.
        ("<input type=file name=a value='/etc/passwd'>", "a=< application/octet-stream>"),
        // Object and output are no longer, or never were, sent.
        ("<output name=a>x</output><object name=b></object><keygen name=c>", ""),
        // Controls in a template's contents are not on the page.
        ("<template><input name=a></template><input name=b>", "b="),
        // SVG elements are no controls.
        ("<svg><input name=a></svg><input name=b>", "b="),
    ] {
        assert_eq!(sent(html), expected, "{html}");
    }
}

#[test]
fn selects_send_their_options() {
    for (html, expected) in [
        ("<select name=s><option>a<option>b</select>", "s=a"),
        ("<select name=s><option disabled>a<option>b</select>", "s=b"),
        ("<select name=s><optgroup disabled><option>a</optgroup><optgroup><option>b</select>", "s=b"),
        ("<select name=s><option selected>a<option selected value=2>b<option>c</select>", "s=2"),
        ("<select name=s><option>a<option selected disabled>b</select>", ""),
        ("<select name=s><option disabled>a</select>", ""),
        ("<select name=s></select>", ""),
        ("<select name=s size=2><option>a<option>b</select>", ""),
        ("<select name=s size=0><option>a</select>", "s=a"),
        ("<select name=s size=1x><option>a</select>", "s=a"),
        ("<select name=s multiple><option>a<option>b</select>", ""),
        ("<select name=s multiple><option selected>a<option>b<option selected>c</select>", "s=a&s=c"),
        ("<select name=s multiple><option selected>a<option selected disabled>b</select>", "s=a"),
        // Other options, data lists, rules and groups in groups hide options from the select.
        ("<select name=s><option value=o>a<b><option value=i selected>z</b></select>", "s=o"),
        ("<select name=s><datalist><option selected>q</datalist><option>w</select>", "s=w"),
        (
            "<select name=s><optgroup><div><optgroup><option selected>q</optgroup></div></optgroup><option>w</select>",
            "s=w",
        ),
        ("<select name=s><div><option>a</div><optgroup><p><option selected>b</select>", "s=b"),
        ("<select name=s><option>  a \n\t b&nbsp;  </select>", "s=a b\u{a0}"),
        ("<select name=s><option value=''>a</select>", "s="),
        ("<select name=s><option label=l>a</select>", "s=a"),
        ("<select><option selected>a</select>", ""),
    ] {
        assert_eq!(sent(html), expected, "{html}");
    }
}

#[test]
fn values_are_sanitized_by_type() {
    for (kind, value, expected) in [
        ("text", "a\r\nb", "ab"),
        ("search", " a\n", " a"),
        ("tel", "\n1", "1"),
        ("password", "p\nq", "pq"),
        ("url", "  http://x/\n ", "http://x/"),
        ("email", " a@b \n", "a@b"),
        ("email multiple", " a@b , c@d ", "a@b,c@d"),
        ("number", "1.5e3", "1.5e3"),
        ("number", "-.5", "-.5"),
        ("number", "1,5", ""),
        ("number", "+1", ""),
        ("number", "1.", ""),
        ("number", "Infinity", ""),
        ("range", "", "50"),
        ("range", "x", "50"),
        ("range", "200", "100"),
        ("range min=10 max=5", "7", "10"),
        ("range min=0 max=1", "", "1"),
        ("range min=0 step=10", "44", "40"),
        ("range min=0 step=10", "45", "50"),
        ("range min=0 max=95 step=10", "95", "90"),
        ("range step=10", "44", "44"),
        ("range step=any", "44.5", "44.5"),
        // Steps are decimals, whatever binary numbers make of them.
        ("range min=0 max=1 step=0.1", "0.3", "0.3"),
        ("range min=0 max=1 step=0.1", "0.70", "0.70"),
        ("range min=0 max=0.3 step=0.1", "9", "0.3"),
        ("range min=0 max=1 step=0.1", "0.32", "0.3"),
        ("range min=0 max=1 step=0.1", "0.15", "0.2"),
        ("range min=-1.5 max=1 step=1e-2", "0.29", "0.29"),
        ("range min=0 max=1 step=.3", "1", "0.9"),
        ("range min=0 max=1e308 step=1e-300", "1e300", "1e300"),
        ("color", " #F0a ", "#ff00aa"),
        ("color", "#12345", "#000000"),
        ("color", "red", "#ff0000"),
        ("date", "2024-02-29", "2024-02-29"),
        ("date", "2023-02-29", ""),
        ("date", "2023-2-1", ""),
        ("month", "2024-12", "2024-12"),
        ("month", "2024-13", ""),
        ("week", "2020-W53", "2020-W53"),
        ("week", "2021-W53", ""),
        ("time", "23:59:59.999", "23:59:59.999"),
        ("time", "24:00", ""),
        ("datetime-local", "2024-01-01 10:00:00.000", "2024-01-01T10:00"),
        ("datetime-local", "2024-01-01T10:00:30.500", "2024-01-01T10:00:30.5"),
        ("datetime-local", "2024-01-01T10", ""),
    ] {
        let html = format!("<input name=v type={kind} value=\"{value}\">");
        assert_eq!(sent(&html), format!("v={expected}"), "{html}");
    }
}

#[test]
fn the_submitter_is_the_one_chosen() {
    let html = "<form><input name=t value=1><button name=off disabled>0</button><input type=submit name=a value=A>\
                <button name=b value=B>b</button><button type=button name=c>c</button><input type=image name=i>\
                <input type=image><button command=show-modal name=k>k</button><button name=d type=bogus>d</button></form>";
    let form = first(html);
    let at = |name: &str| form.field(name).unwrap();
    for (submitter, expected) in [
        (Submitter::Default, "t=1&a=A"),
        (Submitter::None, "t=1"),
        (Submitter::Name("b".into()), "t=1&b=B"),
        (Submitter::NameValue("a".into(), "A".into()), "t=1&a=A"),
        (Submitter::Field(at("b")), "t=1&b=B"),
        (Submitter::Node(form.fields()[at("a")].node), "t=1&a=A"),
        (Submitter::Name("i".into()), "t=1&i.x=0&i.y=0"),
        (Submitter::ImageAt { field: at("i"), x: 3, y: -4 }, "t=1&i.x=3&i.y=-4"),
        (Submitter::ImageAt { field: at("i") + 1, x: 3, y: 4 }, "t=1&x=3&y=4"),
        (Submitter::Name("d".into()), "t=1&d="),
    ] {
        assert_eq!(clicked(html, submitter.clone()), expected, "{submitter:?}");
    }
    for (submitter, message) in [
        (Submitter::Name("off".into()), "the submit button \"off\" is disabled"),
        (Submitter::Name("c".into()), "no submit button \"c\" in the form"),
        (Submitter::Name("k".into()), "no submit button \"k\" in the form"),
        (
            Submitter::NameValue("a".into(), "x".into()),
            "no submit button \"a\" with the value \"x\" in the form",
        ),
        (Submitter::Field(0), "no submit button at place 0 in the form"),
        (Submitter::Field(99), "no submit button at place 99 in the form"),
        (Submitter::Node(NodeId::DOCUMENT), "no submit button of the node 0 in the form"),
        (Submitter::ImageAt { field: at("a"), x: 0, y: 0 }, "the submit button at place 2 is no image"),
    ] {
        let error = form.submission(submitter).unwrap_err();
        assert_eq!((error.code(), error.message()), (Code::Form, message));
    }
    assert_eq!(clicked("<form><input name=a></form>", Submitter::Default), "a=");
    // The button that opens a select submits only if it says so.
    for (kind, expected) in [("", "s=b&go=1"), ("type=x", "s=b&go=1"), ("type=submit", "s=b&o=")] {
        let html = format!(
            "<form><select name=s><button name=o {kind}><selectedcontent></selectedcontent></button>\
             <option>a<option selected>b</select><button name=go value=1>Go</button></form>"
        );
        assert_eq!(clicked(&html, Submitter::Default), expected, "{kind}");
    }
}

#[test]
fn controls_belong_to_their_form_owner() {
    let owned = |html: &str, index: usize| {
        let page = page(html);
        let form = Form::new(&page, form::by_index(&page, index).unwrap()).unwrap();
        form.fields().iter().map(|field| field.name.clone()).collect::<Vec<_>>().join(" ")
    };
    // The form attribute, across the page, before and behind.
    let html = "<input name=a form=f><form id=f><input name=b><input name=c form=g><input name=d form=none>\
                <input name=e form=''></form><div><p><select name=s form=f></select></div><form id=g></form>";
    assert_eq!((owned(html, 0), owned(html, 1)), ("a b s".into(), "c".into()));
    // The first element with the id counts, and must be a form.
    assert_eq!(owned("<p id=f></p><form id=f><input name=a><input name=b form=f></form>", 0), "a");
    // A form in a table is empty, but owns what follows it until its end tag.
    let html =
        "<table><form id=t><tr><td><input name=a><td><button name=b></button></form></table><input name=c>";
    assert_eq!(owned(html, 0), "a b");
    // A form's end tag in the middle does not end the element: its descendants stay its own.
    assert_eq!(owned("<form><div></form><input name=a></div><input name=b>", 0), "a");
    // A form start tag inside of a form is ignored.
    let html = "<form id=a><form id=b><input name=x></form><input name=y>";
    assert_eq!(owned(html, 0), "x");
    assert_eq!(form::forms(&page(html)).len(), 1);
    // But one that follows a misplaced end tag is nested, and is the nearer one.
    let html = "<form id=a><div></form><form id=b><input name=x></form><input name=y></div></form>";
    assert_eq!((owned(html, 0), owned(html, 1)), ("y".into(), "x".into()));
}

#[test]
fn forms_are_found_by_place_name_id_and_node() {
    let page = page("<form name=n><p><b>x</b></p></form><form id=i><input form=i></form><input form=i><hr>");
    let tree = page.tree();
    let node = |name: &str, nth: usize| {
        tree.descendants(NodeId::DOCUMENT).filter(|id| tree.name(*id) == name).nth(nth).unwrap()
    };
    let forms: Vec<NodeId> = form::forms(&page).collect();
    assert_eq!(forms.len(), 2);
    assert_eq!(form::by_name(&page, "n").unwrap(), forms[0]);
    assert_eq!(form::by_id(&page, "i").unwrap(), forms[1]);
    assert_eq!(form::by_node(&page, node("b", 0)).unwrap(), forms[0]);
    assert_eq!(form::by_node(&page, node("input", 1)).unwrap(), forms[1]);
    assert_eq!(
        (Form::new(&page, forms[0]).unwrap().name(), Form::new(&page, forms[1]).unwrap().id()),
        ("n", "i")
    );
    let foreign = Document::parse(&"<p>".repeat(99), None).tree().node(90).unwrap();
    for (error, code, message) in [
        (form::by_index(&page, 2).unwrap_err(), Code::Form, "no form 2: the page has 2"),
        (form::by_name(&page, "x").unwrap_err(), Code::Form, "no form with the name \"x\""),
        (form::by_id(&page, "n").unwrap_err(), Code::Form, "no form with the id \"n\""),
        (Form::new(&page, foreign).unwrap_err(), Code::Node, "the document has no node 90"),
    ] {
        assert_eq!((error.code(), error.message()), (code, message));
    }
    let stray = form::by_node(&page, node("hr", 0)).unwrap_err();
    assert_eq!(stray.code(), Code::Form);
}

#[test]
fn fields_are_listed_with_type_value_and_options() {
    let form = first(
        "<form><input type=Search name=q value=x><select name=s><optgroup label=g disabled><option value=1 label=One>1</optgroup>\
         <option selected>two</select><input type=checkbox name=c value=y checked disabled><button name=b value=v> Go <i>now</i></button>\
         <select multiple name=m></select><textarea name=t>t</textarea><input type=submit value=Send></form>",
    );
    let shown: Vec<String> = form
        .fields()
        .iter()
        .map(|f| {
            format!("{} {} {:?} {:?} {} {}", f.kind.name(), f.name, f.value, f.label, f.checked, f.disabled)
        })
        .collect();
    assert_eq!(
        shown,
        [
            "search q \"x\" \"\" false false",
            "select-one s \"\" \"\" false false",
            "checkbox c \"y\" \"\" true true",
            "submit b \"v\" \"Go now\" false false",
            "select-multiple m \"\" \"\" false false",
            "textarea t \"t\" \"\" false false",
            "submit  \"Send\" \"Send\" false false",
        ]
    );
    let options: Vec<_> = form.fields()[1]
        .options
        .iter()
        .map(|o| (o.value.as_str(), o.label.as_str(), o.selected, o.disabled))
        .collect();
    assert_eq!(options, [("1", "One", false, true), ("two", "two", true, false)]);
}

#[test]
fn forms_are_told_as_json() {
    let form = first(
        "<form name=n id=i action=x><input name=q value=1><select name=s><option value=1>One</select></form>",
    );
    let expected = serde_json::json!({"name": "n", "id": "i", "action": "x", "encoding": "UTF-8", "fields": [
        {"name": "q", "type": "text", "value": "1", "label": "", "checked": false, "disabled": false},
        {"name": "s", "type": "select-one", "value": "1", "label": "", "checked": false, "disabled": false,
         "options": [{"value": "1", "label": "One", "selected": true, "disabled": false}]},
    ]});
    assert_eq!(form.to_json(), expected.to_string());
}

#[test]
fn fields_are_filled_in() {
    let html = "<form><input name=user><input type=hidden name=csrf value=tok><input type=password name=pw>\
                <input type=checkbox name=keep><input type=checkbox name=tag value=x><input type=checkbox name=tag value=y checked>\
                <input type=radio name=r value=1 checked><input type=radio name=r value=2><input type=radio name=R value=3 checked>\
                <select name=s><option value=1>One<option value=2>Two<option value=3 disabled>Three</select>\
                <select name=m multiple><option selected>a<option>b<option>c</select>\
                <textarea name=t></textarea><input type=number name=n><input type=file name=f>\
                <input type=range name=v min=0 max=1 step=0.1 disabled></form>";
    let mut form = first(html);
    form.set("user", "me\n").unwrap();
    form.set("csrf", "other").unwrap();
    form.set("pw", "p&=").unwrap();
    form.check("keep", None, true).unwrap();
    form.check("tag", Some("x"), true).unwrap();
    form.check("tag", Some("y"), false).unwrap();
    form.set("r", "2").unwrap();
    form.set("s", "Two").unwrap();
    form.select("m", "c", true).unwrap();
    form.set("t", "1\r\n2").unwrap();
    form.set("n", "-1.5").unwrap();
    form.add("extra", "e");
    form.attach("f", File::bytes("C:\\x\\a.txt", "text/plain", *b"hi")).unwrap();
    assert_eq!(
        entries(&form.submission(Submitter::None).unwrap()),
        "user=me&csrf=other&pw=p&=&keep=on&tag=x&r=2&R=3&s=2&m=a&m=c&t=1\n2&n=-1.5&f=<a.txt text/plain>&extra=e"
    );
    form.select("s", "1", true).unwrap();
    form.select("m", "a", false).unwrap();
    form.set("m", "b").unwrap();
    form.set_disabled("user", true).unwrap();
    form.attach("f", File::path("/tmp/dir/b.bin", "")).unwrap();
    let submission = form.submission(Submitter::None).unwrap();
    assert_eq!(
        entries(&submission),
        "csrf=other&pw=p&=&keep=on&tag=x&r=2&R=3&s=1&m=b&t=1\n2&n=-1.5&f=<b.bin application/octet-stream>&extra=e"
    );
    for (result, message) in [
        (form.set("none", "x"), "no field \"none\" in the form"),
        (form.set("keep", "x"), "\"keep\" is no field that takes a text but of type checkbox"),
        (form.set("f", "/etc/passwd"), "\"f\" is no field that takes a text but of type file"),
        (form.set("s", "Four"), "no option \"Four\" in \"s\""),
        (form.set("s", "3"), "the option \"3\" of \"s\" is disabled"),
        (form.set("r", "9"), "no \"r\" of the form has the value \"9\""),
        (form.set("n", "abc"), "the field \"n\" of type number cannot be \"abc\""),
        (form.set("v", "200"), "the field \"v\" of type range cannot be \"200\""),
        (form.set("v", "0.25"), "the field \"v\" of type range cannot be \"0.25\""),
        (form.set("v", "abc"), "the field \"v\" of type range cannot be \"abc\""),
        (form.set("v", ""), "the field \"v\" of type range cannot be \"\""),
        (form.set_at(99, "x"), "no field 99: the form has 16"),
        (form.set_at(3, "x"), "the field \"keep\" of type checkbox takes no text"),
        (form.check("user", None, true), "\"user\" is no checkbox or radio button but of type text"),
        (form.check("r", Some("1"), false), "the radio button \"r\" is unchecked by checking another"),
        (form.check_at(0, true), "the field \"user\" of type text cannot be checked"),
        (form.select("user", "x", true), "\"user\" is no select but of type text"),
        (form.select("m", "z", true), "no option \"z\" in \"m\""),
        (form.attach("user", File::default()), "\"user\" is no file field but of type text"),
        (form.attach("zip", File::default()), "no field \"zip\" in the form"),
        (form.set_disabled("zip", true), "no field \"zip\" in the form"),
    ] {
        let error = result.unwrap_err();
        assert_eq!((error.code(), error.message()), (Code::Form, message));
    }
}

#[test]
fn a_drop_down_shows_an_option_always() {
    let html = "<form><select name=s><option disabled>a<option>b<option selected>c</select>\
                <select name=l size=2><option selected>a</select>\
                <select name=m multiple><option selected>a</select></form>";
    let mut form = first(html);
    for (name, option) in [("s", "c"), ("l", "a"), ("m", "a")] {
        form.select(name, option, false).unwrap();
    }
    assert_eq!(entries(&form.submission(Submitter::None).unwrap()), "s=b");
}

#[test]
fn several_files_go_only_where_the_page_allows_them() {
    let mut form = first("<form><input type=file name=one><input type=file name=many multiple></form>");
    for name in ["one", "many"] {
        form.attach(name, File::bytes("a", "x/a", *b"1")).unwrap();
        form.attach(name, File::bytes("b", "x/b", *b"2")).unwrap();
    }
    assert_eq!(entries(&form.submission(Submitter::None).unwrap()), "one=<b x/b>&many=<a x/a>&many=<b x/b>");
}

#[test]
fn directions_are_sent_where_asked_for() {
    for (html, expected) in [
        ("<input name=a dirname=d value=x>", "a=x&d=ltr"),
        // It is the attribute that must not be empty, not the text.
        ("<input name=a dirname=d>", "a=&d=ltr"),
        ("<p dir=rtl><textarea name=a dirname=d></textarea>", "a=&d=rtl"),
        ("<input name=a dirname='' value=x>", "a=x"),
        ("<p dir=RTL><input name=a dirname=d value=x>", "a=x&d=rtl"),
        ("<p dir=rtl><input type=tel name=a dirname=d value=1>", "a=1&d=ltr"),
        ("<p dir=rtl><input dir=bogus name=a dirname=d value=x>", "a=x&d=rtl"),
        ("<textarea dir=auto name=a dirname=d>1 שלום</textarea>", "a=1 שלום&d=rtl"),
        ("<textarea dir=auto name=a dirname=d>1 a שלום</textarea>", "a=1 a שלום&d=ltr"),
        ("<div dir=auto><script>x</script>مرحبا<input name=a dirname=d value=x></div>", "a=x&d=rtl"),
        ("<bdi>x <input name=a dirname=d value=ש></bdi>", "a=ש&d=ltr"),
        ("<input type=number name=a dirname=d value=1>", "a=1"),
        ("<input type=hidden name=a dirname=d value=1>", "a=1&d=ltr"),
    ] {
        assert_eq!(sent(html), expected, "{html}");
    }
    let submit = "<form><input type=submit name=a dirname=d value=x></form>";
    assert_eq!(clicked(submit, Submitter::Default), "a=x&d=ltr");
}

#[test]
fn hard_wrapping_breaks_long_lines() {
    for (html, expected) in [
        ("<textarea name=t wrap=HARD cols=5>ab cd ef\nxyz</textarea>", "t=ab \ncd ef\nxyz"),
        ("<textarea name=t wrap=hard cols=3>abcdefg</textarea>", "t=abc\ndef\ng"),
        ("<textarea name=t wrap=hard>1234567890 1234567890</textarea>", "t=1234567890 \n1234567890"),
        ("<textarea name=t cols=3>abcdefg</textarea>", "t=abcdefg"),
    ] {
        assert_eq!(sent(html), expected, "{html}");
    }
}

#[test]
fn colors_are_set_as_css_writes_them() {
    let mut form = first("<form><input type=color name=c></form>");
    for (color, sent) in [("#abc", "c=#aabbcc"), ("RED", "c=#ff0000"), ("rgb(1 2 3 / 50%)", "c=#010203")] {
        form.set("c", color).unwrap();
        assert_eq!(entries(&form.submission(Submitter::None).unwrap()), sent);
    }
    for wrong in ["", "reddish", "#12"] {
        assert_eq!(form.set("c", wrong).unwrap_err().code(), Code::Form, "{wrong}");
    }
}

#[test]
fn many_forms_are_read_in_one_pass() {
    let form = |n| format!("<form name=f{n}><input name=i value={n}><input name=j form=g></form>");
    let html: String = (0..20_000).map(form).collect();
    let page = page(&format!("<meta charset=utf-8>{html}<form id=g></form>"));
    assert_eq!(form::forms(&page).len(), 20_001);
    for n in 0..20_000 {
        let form = Form::new(&page, form::by_index(&page, n).unwrap()).unwrap();
        assert_eq!((form.name(), form.fields().len()), (&*format!("f{n}"), 1));
        let field = form.fields()[0].node;
        assert_eq!(form::by_node(&page, field).unwrap(), form.node());
    }
    let last = Form::new(&page, form::by_id(&page, "g").unwrap()).unwrap();
    assert_eq!(last.fields().len(), 20_000);
}

#[test]
fn large_forms_are_read_in_one_pass() {
    let mut html = String::from("<form id=f></form>");
    for n in 0..20_000 {
        html.push_str(&format!("<input type=radio name=r value={n} checked form=f><b id=i{n}></b>"));
    }
    let form = first(&html);
    assert_eq!(form.fields().len(), 20_000);
    assert_eq!(form.fields()[0].kind, FieldType::Radio);
    assert_eq!(entries(&form.submission(Submitter::None).unwrap()), "r=19999");
}

#[test]
fn buttons_within_buttons_do_not_each_keep_a_large_text() {
    let text = "x".repeat(100_000);
    let html = format!("<form>{}{text}</form>", "<button><table><tr><td>".repeat(50));
    let labels: Vec<usize> = first(&html).fields().iter().map(|field| field.label.len()).collect();
    assert_eq!(labels, [10_000; 50]);
}
