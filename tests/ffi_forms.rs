//! Forms, search templates and extraction through the C functions.
#![allow(unsafe_op_in_unsafe_fn, clippy::undocumented_unsafe_blocks)] // every call is across the border

use htmlsession::Code;
use htmlsession::ffi::buffer::{
    session_buffer_data, session_buffer_free, session_buffer_new, session_buffer_t,
};
use htmlsession::ffi::extract::*;
use htmlsession::ffi::fields::*;
use htmlsession::ffi::form::*;
use htmlsession::ffi::html::{
    session_html_free, session_html_new, session_html_parse, session_html_t, session_html_title,
};
use htmlsession::ffi::matches::*;
use htmlsession::ffi::request::{session_request_free, session_request_method, session_request_url};
use std::ffi::{CStr, CString, c_char};
use std::ptr::{null, null_mut};

struct Page {
    html: *mut session_html_t,
    buffer: *mut session_buffer_t,
}

impl Page {
    fn new(html: &str) -> Page {
        let html =
            unsafe { session_html_new(html.as_ptr().cast(), html.len(), c"http://h/p?q".as_ptr(), null()) };
        assert!(!html.is_null());
        Page { html, buffer: session_buffer_new() }
    }

    fn text(&self) -> String {
        unsafe { borrowed(session_buffer_data(self.buffer, null_mut())) }
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        unsafe {
            session_html_free(self.html);
            session_buffer_free(self.buffer);
        }
    }
}

unsafe fn borrowed(text: *const c_char) -> String {
    assert!(!text.is_null());
    unsafe { CStr::from_ptr(text) }.to_str().unwrap().to_string()
}

#[test]
fn the_request_of_a_form_tells_where_it_goes() {
    let page =
        Page::new("<form><input name=q value='a b'></form><form method=post action=in><input name=q></form>");
    let expected = [("GET", "http://h/p?q=a+b"), ("POST", "http://h/in")];
    unsafe {
        for (index, (method, url)) in expected.into_iter().enumerate() {
            let form = session_html_form_at(page.html, index);
            let request = session_form_submit(form);
            assert_eq!(borrowed(session_request_method(request)), method);
            assert_eq!((session_request_url(request, page.buffer), page.text()), (Code::Ok, url.into()));
            session_request_free(request);
            session_form_free(form);
        }
        assert!(session_request_method(null()).is_null());
        assert_eq!((session_request_url(null(), page.buffer), page.text()), (Code::Null, String::new()));
    }
}

/// As session_html_new(), which cannot say so.
#[test]
fn what_is_wrong_with_a_page_is_told() {
    let page = Page::new("<title>stale</title>");
    let parse = |url: &CStr, encoding: *const c_char| unsafe {
        let mut html = page.html;
        session_html_title(page.html, page.buffer);
        let code =
            session_html_parse(c"<p>".as_ptr().cast(), 3, url.as_ptr(), encoding, &mut html, page.buffer);
        assert_eq!(html.is_null(), code != Code::Ok);
        session_html_free(html);
        (code, page.text())
    };
    assert_eq!(parse(c"http://h/", null()), (Code::Ok, String::new()));
    let relative = "relative URL without a base: not a url".to_string();
    assert_eq!(parse(c"not a url", null()), (Code::Url, relative));
    let port = "invalid port number: http://h:x/?…".to_string();
    assert_eq!(parse(c"http://ann:secret@h:x/?secret", null()), (Code::Url, port));
    let (code, message) = parse(c"http://h/", c"latin-17".as_ptr());
    assert_eq!((code, &*message), (Code::Argument, "no such encoding: \"latin-17\""));
}

#[test]
fn a_login_form_is_filled_in_and_submitted() {
    let page = Page::new(
        "<form name=login method=post action=/in><input type=hidden name=csrf value=t><input name=user>\
         <input type=checkbox name=keep><select name=s><option>a<option value=2>b</select><input type=file name=f>\
         <button name=go value=1>Go</button><input type=image name=i></form>",
    );
    unsafe {
        assert_eq!(session_html_form_count(page.html), 1);
        let form = session_html_form_named(page.html, c"login".as_ptr());
        assert_eq!(
            (session_form_error(form), borrowed(session_form_error_message(form))),
            (Code::Ok, String::new())
        );
        assert_eq!(session_form_field_count(form), 7);
        assert_eq!(borrowed(session_form_field_type(form, 2)), "checkbox");
        assert_eq!(session_form_set(form, c"user".as_ptr(), c"me".as_ptr()), Code::Ok);
        assert_eq!(session_form_check(form, c"keep".as_ptr(), null(), 1), Code::Ok);
        assert_eq!(session_form_select(form, c"s".as_ptr(), c"b".as_ptr(), 1), Code::Ok);
        assert_eq!(session_form_field_checked(form, 2), 1);
        assert_eq!(session_form_field_disabled(form, 2), 0);
        assert_ne!(session_form_field_node(form, 2), session_form_node(form));
        assert_eq!(session_form_add(form, c"x".as_ptr(), c"y".as_ptr()), Code::Ok);
        assert_eq!(session_form_field_node(form, 7), session_form_node(form));
        let content = *b"hi";
        let attached = session_form_attach_bytes(
            form,
            c"f".as_ptr(),
            c"a.txt".as_ptr(),
            null(),
            content.as_ptr().cast(),
            content.len(),
        );
        assert_eq!(attached, Code::Ok);
        for (field, name, value) in
            [(0, "csrf", "t"), (1, "user", "me"), (3, "s", "2"), (4, "f", "a.txt"), (5, "go", "1")]
        {
            assert_eq!(session_form_field_name(form, field, page.buffer), Code::Ok);
            assert_eq!(page.text(), name);
            assert_eq!(session_form_field_value(form, field, page.buffer), Code::Ok);
            assert_eq!(page.text(), value);
        }
        assert_eq!(session_form_json(form, page.buffer), Code::Ok);
        assert!(page.text().contains(r#""name":"login""#));
        // Errors name the offender, and do not spoil the form.
        assert_eq!(session_form_set(form, c"none".as_ptr(), c"x".as_ptr()), Code::Form);
        assert_eq!(borrowed(session_form_error_message(form)), "no field \"none\" in the form");
        assert_eq!(session_form_set(form, null(), c"x".as_ptr()), Code::Null);
        assert_eq!(session_form_set_at(form, 99, c"x".as_ptr()), Code::Form);
        let (name, file, bad) = (c"user".as_ptr(), c"f".as_ptr(), c"text/plain\r\nX: y".as_ptr());
        assert_eq!(session_form_attach_file(form, name, file, bad), Code::Header);
        assert_eq!(session_form_attach_bytes(form, name, file, bad, null(), 0), Code::Header);
        assert_eq!(session_form_check_at(form, 0, 1), Code::Form);
        assert_eq!(session_form_set_disabled(form, c"user".as_ptr(), 1), Code::Ok);
        assert_eq!(session_form_field_disabled(form, 1), 1);
        for request in [
            session_form_submit(form),
            session_form_submit_with(form, c"go".as_ptr(), c"1".as_ptr()),
            session_form_submit_at(form, 5),
            session_form_submit_image(form, 6, 3, 4),
            session_form_submit_without(form),
        ] {
            assert!(!request.is_null());
            session_request_free(request);
        }
        assert!(session_form_submit_with(form, c"user".as_ptr(), null()).is_null());
        assert_eq!(borrowed(session_form_error_message(form)), "no submit button \"user\" in the form");
        session_form_free(form);
    }
}

#[test]
fn the_options_of_a_select_are_listed() {
    let page = Page::new(
        "<form><input name=t><select name=s><option>a<option value=2 label=Two selected>b\
         <optgroup disabled><option>c</select></form>",
    );
    unsafe {
        let form = session_html_form_find(page.html, c"select".as_ptr());
        assert_eq!(session_form_error(form), Code::Ok);
        assert_eq!((session_form_option_count(form, 0), session_form_option_count(form, 1)), (0, 3));
        for (option, value, label, selected, disabled) in
            [(0, "a", "a", 0, 0), (1, "2", "Two", 1, 0), (2, "c", "c", 0, 1)]
        {
            assert_eq!(session_form_option_value(form, 1, option, page.buffer), Code::Ok);
            assert_eq!(page.text(), value);
            assert_eq!(session_form_option_label(form, 1, option, page.buffer), Code::Ok);
            assert_eq!(page.text(), label);
            assert_eq!(session_form_option_selected(form, 1, option), selected);
            assert_eq!(session_form_option_disabled(form, 1, option), disabled);
        }
        assert_eq!(session_form_option_value(form, 1, 3, page.buffer), Code::Form);
        assert_eq!(session_form_option_value(form, 0, 0, page.buffer), Code::Form);
        assert_eq!(session_form_option_selected(form, 9, 0), 0);
        session_form_free(form);
    }
}

#[test]
fn forms_that_are_not_there_carry_the_error() {
    let page = Page::new("<p>no form</p>");
    unsafe {
        for (form, code) in [
            (session_html_form_at(page.html, 0), Code::Form),
            (session_html_form_named(page.html, c"x".as_ptr()), Code::Form),
            (session_html_form(page.html, 1), Code::Form),
            (session_html_form(page.html, 999), Code::Node),
            (session_html_form_find(page.html, c"p".as_ptr()), Code::Form),
            (session_html_form_find(page.html, c"a".as_ptr()), Code::Form),
            (session_html_form_find(page.html, c"a[".as_ptr()), Code::Selector),
            (session_html_form_at(null(), 0), Code::Null),
        ] {
            assert_eq!(session_form_error(form), code);
            assert!(!borrowed(session_form_error_message(form)).is_empty());
            assert_eq!(session_form_set(form, c"a".as_ptr(), c"b".as_ptr()), code);
            assert_eq!((session_form_field_count(form), session_form_node(form)), (0, 0));
            assert!(session_form_submit(form).is_null());
            assert!(session_form_field_type(form, 0).is_null());
            assert_eq!(session_form_json(form, page.buffer), code);
            session_form_free(form);
        }
        session_form_free(null_mut());
        assert_eq!(session_form_error(null()), Code::Null);
    }
}

#[test]
fn templates_give_typed_values_and_spans() {
    let page = Page::new("<p>a: 1, 2.5, 99999999999999999999, 2020-02-29; b: 2, -1.5, 3, 2021-01-01; </p>");
    unsafe {
        let flags = SESSION_SEARCH_ALL | SESSION_SEARCH_TEXT;
        let template = c"{name:w}: {:d}, {:f}, {:d}, {day:%Y-%m-%d};";
        let found = session_html_search(page.html, 0, template.as_ptr(), flags);
        assert_eq!(session_matches_error(found), Code::Ok);
        assert_eq!((session_matches_count(found), session_matches_field_count(found)), (2, 5));
        assert_eq!(borrowed(session_matches_field_name(found, 4)), "day");
        assert!(session_matches_field_name(found, 1).is_null());
        assert_eq!(session_matches_field(found, c"day".as_ptr()), 4);
        assert_eq!(session_matches_field(found, c"x".as_ptr()), -1);
        let types: Vec<_> = (0..6).map(|field| session_matches_type(found, 0, field)).collect();
        let expected = [
            SESSION_MATCH_TEXT,
            SESSION_MATCH_INTEGER,
            SESSION_MATCH_NUMBER,
            SESSION_MATCH_BIG_INTEGER,
            SESSION_MATCH_DATE,
            SESSION_MATCH_NONE,
        ];
        assert_eq!(types, expected);
        assert_eq!(session_matches_integer(found, 1, 1), 2);
        assert_eq!(session_matches_number(found, 1, 2), -1.5);
        assert_eq!(session_matches_number(found, 0, 3), 1e20);
        for (field, text) in ["a", "1", "2.5", "99999999999999999999", "2020-02-29"].into_iter().enumerate() {
            assert_eq!(session_matches_value(found, 0, field, page.buffer), Code::Ok);
            assert_eq!(page.text(), text);
        }
        let (mut start, mut end, mut length) = (0, 0, 0);
        assert_eq!(session_matches_span(found, 1, 2, &mut start, &mut end), Code::Ok);
        let searched = borrowed(session_matches_searched(found, &mut length));
        assert_eq!((&searched[start..end], length), ("-1.5", searched.len()));
        assert_eq!(session_matches_range(found, 0, &mut start, &mut end), Code::Ok);
        assert_eq!(&searched[start..end], "a: 1, 2.5, 99999999999999999999, 2020-02-29;");
        assert_eq!(session_matches_span(found, 2, 0, &mut start, &mut end), Code::Argument);
        assert_eq!(session_matches_range(found, 2, &mut start, &mut end), Code::Argument);
        assert_eq!(session_matches_value(found, 0, 9, page.buffer), Code::Argument);
        assert_eq!(session_matches_json(found, page.buffer), Code::Ok);
        assert!(page.text().starts_with(
            r#"[{"fixed":[1,2.5,"99999999999999999999"],"named":{"day":"2020-02-29","name":"a"}}"#
        ));
        session_matches_free(found);
        for (template, flags, count) in [
            (c"<p>{}:", 0, 1),
            (c"<P>{}:", SESSION_SEARCH_CASE, 0),
            (c"<p>{}:", SESSION_SEARCH_FULL_TEXT, 0),
            (c"{:d}", 0, 1),
        ] {
            let found = session_html_search(page.html, 0, template.as_ptr(), flags);
            assert_eq!(session_matches_count(found), count, "{template:?}");
            session_matches_free(found);
        }
        for (html, scope, template, flags, code) in [
            (page.html.cast_const(), 0, c"{:q}".as_ptr(), 0, Code::Template),
            (page.html, 999, c"{}".as_ptr(), 0, Code::Node),
            (page.html, 0, c"{}".as_ptr(), 16, Code::Argument),
            (page.html, 0, c"{}".as_ptr(), SESSION_SEARCH_TEXT | SESSION_SEARCH_FULL_TEXT, Code::Argument),
            (page.html, 0, null(), 0, Code::Null),
            (null(), 0, c"{}".as_ptr(), 0, Code::Null),
        ] {
            let found = session_html_search(html, scope, template, flags);
            assert_eq!((session_matches_error(found), session_matches_count(found)), (code, 0));
            assert!(!borrowed(session_matches_error_message(found)).is_empty());
            assert_eq!(session_matches_json(found, page.buffer), code);
            session_matches_free(found);
        }
    }
}

#[test]
fn one_call_extracts_a_page() {
    let page = Page::new("<h1>T</h1><a href=x>1</a>");
    unsafe {
        let json = CString::new(r#"{"t": "h1", "u": {"css": "a", "get": "@href", "as": "url"}}"#).unwrap();
        assert_eq!(session_html_extract(page.html, json.as_ptr(), page.buffer), Code::Ok);
        assert_eq!(page.text(), r#"{"t":"T","u":"http://h/x"}"#);
        let spec = session_spec_new(json.as_ptr());
        assert_eq!(session_spec_error(spec), Code::Ok);
        assert_eq!(session_spec_run(spec, page.html, 0, page.buffer), Code::Ok);
        assert_eq!(page.text(), r#"{"t":"T","u":"http://h/x"}"#);
        assert_eq!(session_spec_run(spec, page.html, 999, page.buffer), Code::Node);
        assert_eq!(session_spec_run(spec, null(), 0, page.buffer), Code::Null);
        assert_eq!(session_spec_run(spec, page.html, 0, null_mut()), Code::Null);
        session_spec_free(spec);
        let bad = session_spec_new(c"{\"a\": 1}".as_ptr());
        assert_eq!(session_spec_error(bad), Code::Spec);
        let message = "field \"a\": neither a selector, a list nor an object";
        assert_eq!(borrowed(session_spec_error_message(bad)), message);
        assert_eq!(session_spec_run(bad, page.html, 0, page.buffer), Code::Spec);
        assert_eq!(page.text(), message);
        session_spec_free(bad);
        let missing = c"{\"a\": {\"css\": \"h2\", \"required\": true}}";
        assert_eq!(session_html_extract(page.html, missing.as_ptr(), page.buffer), Code::Missing);
        assert_eq!(page.text(), "field \"a\" is required, and the page has no value");
    }
}
