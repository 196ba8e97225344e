//! The C functions of XPath and of its values, called as C calls them.

use htmlsession::Code;
use htmlsession::ffi::html::*;
use htmlsession::ffi::node::*;
use htmlsession::ffi::nodes::*;
use htmlsession::ffi::value::*;
use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr::{null, null_mut};

const PAGE: &str = "<!doctype html><title>T</title><body><p id=a class='x y'>One<b>two</b><!--c--></p>\
    <p id=b>12.5</p><svg><use xlink:href='#i'/></svg>";

const NONE: [session_node_t; 0] = [];

fn page(html: &str) -> *mut session_html_t {
    // SAFETY: live pointers.
    let page = unsafe { session_html_new(html.as_ptr().cast(), html.len(), null(), null()) };
    assert!(!page.is_null());
    page
}

fn string(pointer: *const c_char) -> Option<String> {
    // SAFETY: NULL or a live string of the library.
    (!pointer.is_null()).then(|| unsafe { CStr::from_ptr(pointer) }.to_str().unwrap().to_string())
}

/// A value, freed at the end.
struct Value(*mut session_value_t);

impl Value {
    fn of(page: *const session_html_t, scope: session_node_t, expression: &str) -> Value {
        let expression = CString::new(expression).unwrap();
        // SAFETY: live pointers.
        let value = unsafe { session_html_xpath(page, scope, expression.as_ptr()) };
        assert!(!value.is_null());
        Value(value)
    }

    fn error(&self) -> (Code, String) {
        // SAFETY: a live value.
        unsafe { (session_value_error(self.0), string(session_value_error_message(self.0)).unwrap()) }
    }

    /// Its type, and what it is as a string, a number and a boolean.
    fn all(&self) -> (c_int, String, f64, c_int) {
        // SAFETY: a live value.
        unsafe {
            let mut length = usize::MAX;
            let text = string(session_value_string(self.0, &mut length)).unwrap();
            assert_eq!(length, text.len());
            (session_value_type(self.0), text, session_value_number(self.0), session_value_boolean(self.0))
        }
    }

    fn nodes(&self) -> Vec<session_node_t> {
        let mut count = usize::MAX;
        // SAFETY: a live value, which lends `count` nodes.
        unsafe {
            let nodes = session_value_nodes(self.0, &mut count);
            assert_eq!(session_value_count(self.0), count);
            assert_eq!(nodes.is_null(), count == 0);
            if count == 0 { Vec::new() } else { std::slice::from_raw_parts(nodes, count).to_vec() }
        }
    }

    /// Each item's kind, name and text.
    fn items(&self) -> Vec<(c_int, String, String)> {
        // SAFETY: a live value.
        unsafe {
            let item = |index| {
                let mut length = usize::MAX;
                let text = string(session_value_item_text(self.0, index, &mut length)).unwrap();
                assert_eq!(length, text.len());
                let name = string(session_value_item_name(self.0, index)).unwrap();
                (session_value_item_kind(self.0, index), name, text)
            };
            let count = session_value_count(self.0);
            let mut length = usize::MAX;
            assert_eq!(session_value_item_kind(self.0, count), session_item_kind::None as c_int);
            assert!(session_value_item_name(self.0, count).is_null());
            assert!(session_value_item_text(self.0, count, &mut length).is_null());
            assert_eq!(length, 0);
            (0..count).map(item).collect()
        }
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        // SAFETY: freed once.
        unsafe { session_value_free(self.0) };
    }
}

fn item(kind: session_item_kind, name: &str, text: &str) -> (c_int, String, String) {
    (kind as c_int, name.into(), text.into())
}

#[test]
fn values_have_a_type_and_convert() {
    let page = page(PAGE);
    let all = |expression: &str| Value::of(page, 0, expression).all();
    assert_eq!(all("count(//p)"), (SESSION_VALUE_TYPE_NUMBER, "2".into(), 2.0, 1));
    assert_eq!(all("1 div 0"), (SESSION_VALUE_TYPE_NUMBER, "Infinity".into(), f64::INFINITY, 1));
    assert_eq!(all("0"), (SESSION_VALUE_TYPE_NUMBER, "0".into(), 0.0, 0));
    assert_eq!(all("1 = 1"), (SESSION_VALUE_TYPE_BOOLEAN, "true".into(), 1.0, 1));
    assert_eq!(all("1 = 2"), (SESSION_VALUE_TYPE_BOOLEAN, "false".into(), 0.0, 0));
    assert_eq!(all("string(//p[2])"), (SESSION_VALUE_TYPE_STRING, "12.5".into(), 12.5, 1));
    assert_eq!(all("//p[2]"), (SESSION_VALUE_TYPE_NODES, "12.5".into(), 12.5, 1));
    let (kind, text, number, boolean) = all("//none");
    assert_eq!((kind, &*text, number.is_nan(), boolean), (SESSION_VALUE_TYPE_NODES, "", true, 0));
    let (kind, text, number, boolean) = all("''");
    assert_eq!((kind, &*text, number.is_nan(), boolean), (SESSION_VALUE_TYPE_STRING, "", true, 0));
    let (_, text, number, boolean) = all("0 div 0");
    assert_eq!((&*text, number.is_nan(), boolean), ("NaN", true, 0));
    assert_eq!(Value::of(page, 0, "1").nodes(), NONE);
    assert_eq!(Value::of(page, 0, "//none").error(), (Code::Ok, String::new()));
    // SAFETY: freed once.
    unsafe { session_html_free(page) };
}

#[test]
fn items_have_a_kind_a_name_and_a_text() {
    use session_item_kind::{Attribute, Comment, Document, Element, Text};
    let page = page(PAGE);
    let below = Value::of(page, 0, "//p[1] | //p[1]/@* | //p[1]/node()");
    assert_eq!(
        below.items(),
        [
            item(Element, "p", "Onetwo"),
            item(Attribute, "id", "a"),
            item(Attribute, "class", "x y"),
            item(Text, "", "One"),
            item(Element, "b", "two"),
            item(Comment, "", "c"),
        ]
    );
    // An attribute's node is its element.
    let nodes = below.nodes();
    assert_eq!([nodes[1], nodes[2]], [nodes[0]; 2]);
    // SAFETY: live pointers.
    assert_eq!(string(unsafe { session_node_tag(page, nodes[4]) }).as_deref(), Some("b"));
    assert_eq!(Value::of(page, 0, "//use/@*").items(), [item(Attribute, "xlink:href", "#i")]);
    let root = Value::of(page, 0, "/");
    assert_eq!(root.nodes(), [0]);
    assert_eq!(root.items(), [item(Document, "", "TOnetwo12.5")]);
    // What is lent stays where it is.
    // SAFETY: a live value.
    unsafe {
        assert_eq!(
            session_value_item_text(root.0, 0, null_mut()),
            session_value_item_text(root.0, 0, null_mut())
        );
        session_html_free(page);
    }
}

#[test]
fn the_scope_is_the_context() {
    let page = page(PAGE);
    // SAFETY: a live document.
    let root = unsafe { session_html_root(page) };
    // Without one it is the root element.
    for scope in [0, root] {
        assert_eq!(Value::of(page, scope, ".").nodes(), [root]);
        assert_eq!(Value::of(page, scope, "body/p").nodes().len(), 2);
        assert_eq!(Value::of(page, scope, "html").nodes(), NONE);
        assert_eq!(Value::of(page, scope, "/html").nodes(), [root]);
    }
    let second = Value::of(page, 0, "//p[2]").nodes()[0];
    assert_eq!(Value::of(page, second, "string(@id)").all().1, "b");
    assert_eq!(Value::of(page, second, ".//b").nodes(), NONE);
    assert_eq!(Value::of(page, second, "//b").nodes().len(), 1);
    assert_eq!(Value::of(page, u32::MAX, ".").error().0, Code::Node);
    // SAFETY: freed once.
    unsafe { session_html_free(page) };
}

#[test]
fn errors_come_with_the_value() {
    let page = page(PAGE);
    for (expression, column) in [("//p[", "column 5"), ("//p[foo()]", "column 5"), ("", "column 1")] {
        let value = Value::of(page, 0, expression);
        let (code, message) = value.error();
        assert_eq!(code, Code::Xpath, "{expression}");
        assert!(message.contains(column), "{expression}: {message}");
        assert_eq!(value.all(), (SESSION_VALUE_TYPE_NONE, String::new(), 0.0, 0));
        assert_eq!((value.nodes(), value.items()), (vec![], vec![]));
    }
    // SAFETY: freed once.
    unsafe { session_html_free(page) };
}

#[test]
fn too_much_work_is_an_error() {
    let page = page(&"<i>x</i>".repeat(3000));
    let value = Value::of(page, 0, "//i[count(following::i[following::i[. = 'y']]) = 1]");
    assert_eq!(value.error().0, Code::Budget);
    assert_eq!(value.nodes(), NONE);
    // SAFETY: freed once.
    unsafe { session_html_free(page) };
}

#[test]
fn the_items_texts_are_bounded() {
    // 400 nested elements of 1 MB would be 400 MB of text.
    let html = format!("{}{}", "<div>".repeat(400), "x".repeat(1 << 20));
    let page = page(&html);
    let value = Value::of(page, 0, "//div");
    // SAFETY: live pointers.
    unsafe {
        let count = session_value_count(value.0);
        let lent =
            (0..count).filter(|at| !session_value_item_text(value.0, *at, null_mut()).is_null()).count();
        assert_eq!((count, lent), (400, 256));
        // What was lent still is.
        let mut length = 0;
        assert!(!session_value_item_text(value.0, 0, &mut length).is_null());
        assert_eq!(length, 1 << 20);
        session_html_free(page);
    }
}

#[test]
fn a_value_outlives_its_document() {
    let page = page(PAGE);
    let (items, text) = (Value::of(page, 0, "//p/@id"), Value::of(page, 0, "//p"));
    // SAFETY: freed once.
    unsafe { session_html_free(page) };
    let id = |text| item(session_item_kind::Attribute, "id", text);
    assert_eq!(items.items(), [id("a"), id("b")]);
    assert_eq!(text.all().1, "Onetwo");
}

#[test]
fn null_is_an_error_and_no_crash() {
    let page = page(PAGE);
    // SAFETY: NULL or live pointers.
    unsafe {
        for value in
            [session_html_xpath(null(), 0, c".".as_ptr()), session_html_xpath(page, 0, null())].map(Value)
        {
            assert_eq!(value.error().0, Code::Null);
        }
        let value = Value(session_html_xpath(page, 0, c"\xff".as_ptr()));
        assert_eq!(value.error().0, Code::Utf8);
        let mut length = usize::MAX;
        assert_eq!(session_value_error(null()), Code::Null);
        assert!(session_value_error_message(null()).is_null());
        assert_eq!(session_value_type(null()), SESSION_VALUE_TYPE_NONE);
        assert_eq!(session_value_count(null()), 0);
        assert!(session_value_nodes(null(), &mut length).is_null());
        assert_eq!(length, 0);
        assert_eq!(session_value_item_kind(null(), 0), 0);
        assert!(session_value_item_name(null(), 0).is_null());
        assert!(session_value_item_text(null(), 0, null_mut()).is_null());
        assert_eq!(session_value_number(null()), 0.0);
        assert_eq!(session_value_boolean(null()), 0);
        assert!(session_value_string(null(), &mut length).is_null());
        session_value_free(null_mut());
        let value = Value(session_html_xpath(page, 0, c"//p".as_ptr()));
        assert!(!session_value_nodes(value.0, null_mut()).is_null());
        assert_eq!(string(session_value_string(value.0, null_mut())).as_deref(), Some("Onetwo"));
        session_html_free(page);
    }
}
