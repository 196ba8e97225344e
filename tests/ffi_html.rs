//! The C functions of documents, nodes and results, called as C calls them.

use htmlsession::Code;
use htmlsession::ffi::buffer::*;
use htmlsession::ffi::html::*;
use htmlsession::ffi::node::*;
use htmlsession::ffi::nodes::*;
use htmlsession::ffi::strings::*;
use std::ffi::{CStr, CString, c_char};
use std::ptr::{null, null_mut};

const PAGE: &str = "<!doctype html><title> A  page </title><base href=/base/>\
    <ul class='x y'><li id=i1><a href=one>One</a><li id=i2 Data-K><a href=two rel='a b'>Two</a></ul><p>End";

fn c(text: &str) -> CString {
    CString::new(text).unwrap()
}

/// A document, freed at the end.
struct Page(*mut session_html_t);

impl Page {
    fn new(html: &str) -> Page {
        let url = c("http://h/p/q");
        // SAFETY: live pointers.
        let page = unsafe { session_html_new(html.as_ptr().cast(), html.len(), url.as_ptr(), null()) };
        assert!(!page.is_null());
        Page(page)
    }

    fn first(&self, css: &str) -> session_node_t {
        // SAFETY: live pointers.
        unsafe { session_html_find_first(self.0, 0, c(css).as_ptr()) }
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // SAFETY: live, and not used again.
        unsafe { session_html_free(self.0) };
    }
}

fn string(pointer: *const c_char) -> Option<String> {
    // SAFETY: NULL or a live string of the library.
    (!pointer.is_null()).then(|| unsafe { CStr::from_ptr(pointer) }.to_str().unwrap().to_string())
}

fn buffered(write: impl FnOnce(*mut session_buffer_t) -> Code) -> String {
    // SAFETY: a live buffer, freed once.
    unsafe {
        let buffer = session_buffer_new();
        assert_eq!(write(buffer), Code::Ok);
        let mut length = 0;
        let text = string(session_buffer_data(buffer, &mut length)).unwrap();
        assert_eq!(length, text.len());
        session_buffer_free(buffer);
        text
    }
}

/// The strings of a list, which is freed.
fn listed(list: *mut session_strings_t) -> Vec<Option<String>> {
    // SAFETY: a live list, freed once.
    unsafe {
        assert_eq!(session_strings_error(list), Code::Ok);
        assert_eq!(string(session_strings_error_message(list)).as_deref(), Some(""));
        let strings: Vec<_> = (0..session_strings_count(list))
            .map(|index| {
                let mut length = usize::MAX;
                let found = string(session_strings_at(list, index, &mut length));
                assert_eq!(length, found.as_ref().map_or(0, String::len));
                found
            })
            .collect();
        assert!(session_strings_at(list, strings.len(), null_mut()).is_null());
        let mut offsets = null();
        let data = session_strings_data(list, &mut offsets);
        for (index, expected) in strings.iter().enumerate() {
            let found = string(data.add(*offsets.add(index)));
            assert_eq!(found.as_deref(), Some(expected.as_deref().unwrap_or("")));
            let length = *offsets.add(index + 1) - *offsets.add(index) - 1;
            assert_eq!(length, expected.as_ref().map_or(0, String::len));
        }
        session_strings_free(list);
        strings
    }
}

fn some(strings: &[&str]) -> Vec<Option<String>> {
    strings.iter().map(|string| Some(string.to_string())).collect()
}

#[test]
fn a_page_is_asked() {
    let page = Page::new(PAGE);
    // SAFETY: live pointers, each result freed once.
    unsafe {
        assert_eq!(buffered(|into| session_html_title(page.0, into)), "A page");
        assert_eq!(buffered(|into| session_html_base_url(page.0, into)), "http://h/base/");
        assert_eq!(buffered(|into| session_html_resolve(page.0, c("../x").as_ptr(), into)), "http://h/x");
        let root = session_html_root(page.0);
        assert_eq!(string(session_node_tag(page.0, root)).as_deref(), Some("html"));
        assert_eq!(session_node_parent(page.0, root), 0);
        let found = session_html_find(page.0, 0, c("li").as_ptr());
        assert_eq!(session_nodes_error(found), Code::Ok);
        let mut count = 0;
        let data = session_nodes_data(found, &mut count);
        assert_eq!((count, session_nodes_count(found)), (2, 2));
        let items = std::slice::from_raw_parts(data, count).to_vec();
        assert_eq!([session_nodes_at(found, 0), session_nodes_at(found, 1)], items[..]);
        assert_eq!(session_nodes_at(found, 2), 0);
        assert_eq!(
            listed(session_nodes_attribute(found, page.0, c("data-k").as_ptr())),
            [None, Some(String::new())]
        );
        assert_eq!(listed(session_nodes_text(found, page.0)), some(&["One", "Two"]));
        assert_eq!(listed(session_nodes_full_text(found, page.0)), some(&["One", "Two"]));
        session_nodes_free(found);
        let contains = |css: Option<&str>, needles: &[&str]| {
            let css = css.map(c);
            let needles: Vec<CString> = needles.iter().map(|needle| c(needle)).collect();
            let pointers: Vec<*const c_char> = needles.iter().map(|needle| needle.as_ptr()).collect();
            let css = css.as_ref().map_or(null(), |css| css.as_ptr());
            session_html_find_containing(page.0, 0, css, pointers.as_ptr(), pointers.len())
        };
        // Below an element.
        let found = session_html_find(page.0, items[1], c("a").as_ptr());
        assert_eq!(session_nodes_at(found, 0), page.first("a:last"));
        session_nodes_free(found);
        let found = contains(Some("li"), &["TWO"]);
        assert_eq!(session_nodes_at(found, 0), items[1]);
        session_nodes_free(found);
        let found = contains(None, &["end"]);
        assert_eq!(session_nodes_count(found), 3);
        session_nodes_free(found);
        // Any of several will do; none asks for nothing.
        for (needles, count) in
            [(&["one", "TWO"][..], 2), (&["one", "three"], 1), (&["three", "4"], 0), (&[], 2)]
        {
            let found = contains(Some("li"), needles);
            assert_eq!(
                (session_nodes_error(found), session_nodes_count(found)),
                (Code::Ok, count),
                "{needles:?}"
            );
            session_nodes_free(found);
        }
        let found = session_html_find_containing(page.0, 0, null(), null(), 1);
        assert_eq!(session_nodes_error(found), Code::Null);
        session_nodes_free(found);
        assert_eq!(
            listed(session_html_find_values(page.0, 0, c("a::attr(href)").as_ptr())),
            some(&["one", "two"])
        );
        assert_eq!(session_node_matches(page.0, items[0], c("ul > :first-child").as_ptr()), 1);
        assert_eq!(session_node_matches(page.0, items[1], c("ul > :first-child").as_ptr()), 0);
        assert_eq!(session_node_closest(page.0, items[0], c("ul").as_ptr()), page.first("ul"));
    }
}

#[test]
fn links_by_flags() {
    let page = Page::new(PAGE);
    // SAFETY: live pointers, each list freed once.
    unsafe {
        assert_eq!(listed(session_html_links(page.0, 0, 0)), some(&["one", "two"]));
        let absolute = session_html_links(page.0, page.first("#i2"), SESSION_LINKS_ABSOLUTE);
        assert_eq!(listed(absolute), some(&["http://h/base/two"]));
        assert_eq!(listed(session_html_links(page.0, 0, SESSION_LINKS_IMG)), []);
        // Their elements stand at the same places.
        let nodes = session_html_link_nodes(page.0, 0, 0);
        assert_eq!(session_nodes_count(nodes), 2);
        assert_eq!(session_nodes_at(nodes, 1), page.first("#i2 a"));
        assert_eq!(listed(session_nodes_text(nodes, page.0)), some(&["One", "Two"]));
        let rels = listed(session_nodes_attribute(nodes, page.0, c("rel").as_ptr()));
        assert_eq!(rels, [None, Some("a b".to_string())]);
        session_nodes_free(nodes);
        let twice = Page::new("<a href=x>1</a><a href='http://['>2</a><a href=y>3</a><a href=./x>4</a>");
        for (flags, expected) in [
            (0, "1 2 3 4"),
            (SESSION_LINKS_ABSOLUTE, "1 3"),
            (SESSION_LINKS_ABSOLUTE | SESSION_LINKS_REPEATED, "1 3 4"),
        ] {
            let nodes = session_html_link_nodes(twice.0, 0, flags);
            let texts: Vec<String> =
                listed(session_nodes_text(nodes, twice.0)).into_iter().flatten().collect();
            assert_eq!(texts.join(" "), expected, "{flags}");
            session_nodes_free(nodes);
        }
        let wrong = session_html_link_nodes(page.0, 0, 32);
        assert_eq!(session_nodes_error(wrong), Code::Argument);
        session_nodes_free(wrong);
        let wrong = session_html_links(page.0, 0, 32);
        assert_eq!(session_strings_error(wrong), Code::Argument);
        assert_eq!(string(session_strings_error_message(wrong)).as_deref(), Some("no link flag 0x20"));
        assert_eq!(session_strings_count(wrong), 0);
        session_strings_free(wrong);
    }
}

#[test]
fn the_next_page_is_known_by_words_of_ones_own() {
    let page = Page::new("<a href=/1>next</a><a href=/2>Weiter</a>");
    // SAFETY: live pointers.
    unsafe {
        assert_eq!(buffered(|into| session_html_next_url(page.0, into)), "http://h/1");
        let words = [c("suivant"), c("weiter")];
        let words = [words[0].as_ptr(), words[1].as_ptr()];
        let with = |words: *const *const c_char, count| {
            buffered(|into| session_html_next_url_with(page.0, words, count, into))
        };
        assert_eq!(with(words.as_ptr(), 2), "http://h/2");
        assert_eq!(with(words.as_ptr(), 1), "");
        assert_eq!(with(null(), 0), "");
        let buffer = session_buffer_new();
        assert_eq!(session_html_next_url_with(page.0, null(), 1, buffer), Code::Null);
        assert_eq!(session_html_next_url_with(page.0, [null()].as_ptr(), 1, buffer), Code::Null);
        session_buffer_free(buffer);
    }
}

#[test]
fn a_node_is_asked() {
    let page = Page::new(PAGE);
    let (list, item) = (page.first("ul"), page.first("#i2"));
    // SAFETY: live pointers, each result freed once.
    unsafe {
        let mut length = 9;
        let attribute = |node, name: &str, length: *mut usize| {
            string(session_node_attribute(page.0, node, c(name).as_ptr(), length))
        };
        assert_eq!(attribute(list, "CLASS", &mut length).as_deref(), Some("x y"));
        assert_eq!(length, 3);
        assert_eq!(attribute(item, "data-k", &mut length).as_deref(), Some(""));
        assert_eq!(attribute(item, "href", &mut length), None);
        assert_eq!(length, 0);
        assert_eq!(session_node_attribute_count(page.0, item), 2);
        let (mut name, mut value) = (null(), null());
        assert_eq!(session_node_attribute_at(page.0, item, 1, &mut name, &mut value), Code::Ok);
        assert_eq!((string(name).as_deref(), string(value).as_deref()), (Some("data-k"), Some("")));
        assert_eq!(session_node_attribute_at(page.0, item, 2, &mut name, &mut value), Code::Argument);
        assert!(name.is_null() && value.is_null());
        // The prefix of a foreign attribute is part of its name.
        let names = "xlink:actuate xlink:arcrole xlink:href xlink:role xlink:show xlink:title xlink:type xml:lang \
                     xml:space xmlns xmlns:xlink href viewBox";
        let foreign = Page::new(&format!("<svg {}></svg>", names.replace(' ', "=1 ")));
        let svg = foreign.first("svg");
        for (at, written) in names.split(' ').enumerate() {
            assert_eq!(session_node_attribute_at(foreign.0, svg, at, &mut name, &mut value), Code::Ok);
            assert_eq!(string(name).as_deref(), Some(written));
        }
        let both = Page::new("<svg><use xlink:href=#old href=#new>");
        let of = |name: &str| {
            string(session_node_attribute(both.0, both.first("use"), c(name).as_ptr(), null_mut()))
        };
        assert_eq!((of("href").as_deref(), of("XLink:href").as_deref()), (Some("#new"), Some("#old")));
        assert_eq!(
            string(session_node_attribute(foreign.0, svg, c("viewbox").as_ptr(), null_mut())).as_deref(),
            Some("")
        );
        assert_eq!(listed(session_node_tokens(page.0, list, c("class").as_ptr())), some(&["x", "y"]));
        assert_eq!(session_node_line(page.0, item), 1);
        assert_eq!(session_node_kind(page.0, item), session_kind::Element as i32);
        let text = session_node_first_child(page.0, page.first("p"));
        assert_eq!(session_node_kind(page.0, text), session_kind::Text as i32);
        assert!(session_node_tag(page.0, text).is_null());
        assert_eq!(session_node_last_child(page.0, list), item);
        assert_eq!(session_node_previous_sibling(page.0, item), page.first("#i1"));
        assert_eq!(session_node_next_sibling(page.0, item), 0);
        assert_eq!(session_node_next_element(page.0, list), page.first("p"));
        assert_eq!(session_node_previous_element(page.0, page.first("p")), list);
        let children = session_node_children(page.0, list);
        assert_eq!(session_nodes_count(children), 2);
        session_nodes_free(children);
        let ancestors = session_node_ancestors(page.0, list);
        assert_eq!(session_nodes_count(ancestors), 2);
        session_nodes_free(ancestors);
        assert_eq!(buffered(|into| session_node_text(page.0, list, into)), "One\nTwo");
        assert_eq!(buffered(|into| session_node_full_text(page.0, list, into)), "OneTwo");
        assert_eq!(buffered(|into| session_node_own_text(page.0, page.first("p"), into)), "End");
        assert_eq!(buffered(|into| session_node_html(page.0, page.first("p"), into)), "<p>End</p>");
        assert_eq!(buffered(|into| session_node_inner_html(page.0, page.first("p"), into)), "End");
    }
}

#[test]
fn a_result_carries_its_error() {
    let page = Page::new(PAGE);
    // SAFETY: NULL or live pointers, each result freed once.
    unsafe {
        for (html, scope, css, code, message) in [
            (page.0, 0, c("a["), Code::Selector, "selector \"a[\", column 3: an attribute's name is missing"),
            (page.0, 4_000_000_000, c("a"), Code::Node, "the document has no node 4000000000"),
            (null_mut(), 0, c("a"), Code::Null, "session_html_t pointer is NULL"),
        ] {
            let found = session_html_find(html, scope, css.as_ptr());
            assert_eq!(session_nodes_error(found), code);
            assert_eq!(string(session_nodes_error_message(found)).as_deref(), Some(message));
            assert_eq!(session_nodes_count(found), 0);
            assert!(session_nodes_data(found, null_mut()).is_null());
            for list in [
                session_nodes_text(found, page.0),
                session_nodes_full_text(found, page.0),
                session_nodes_attribute(found, page.0, c"id".as_ptr()),
            ] {
                assert_eq!(session_strings_error(list), code);
                session_strings_free(list);
            }
            session_nodes_free(found);
        }
        let found = session_html_find(page.0, 0, null());
        assert_eq!(session_nodes_error(found), Code::Null);
        session_nodes_free(found);
        let not_utf8 = session_html_find(page.0, 0, c"\xff".as_ptr());
        assert_eq!(session_nodes_error(not_utf8), Code::Utf8);
        session_nodes_free(not_utf8);
    }
}

#[test]
fn null_and_foreign_nodes_give_none() {
    let page = Page::new(PAGE);
    // SAFETY: NULL is allowed everywhere.
    unsafe {
        session_html_free(null_mut());
        session_nodes_free(null_mut());
        session_strings_free(null_mut());
        assert_eq!(session_nodes_count(null()), 0);
        assert_eq!(session_nodes_error(null()), Code::Null);
        assert_eq!(session_strings_count(null()), 0);
        assert!(session_strings_data(null(), null_mut()).is_null());
        assert_eq!(session_html_root(null()), 0);
        assert!(session_html_new(null(), 3, null(), null()).is_null());
        assert!(session_html_new(null(), 0, c"no url".as_ptr(), null()).is_null());
        let buffer = session_buffer_new();
        for node in [0, 1_000, u32::MAX] {
            assert!(session_node_tag(page.0, node).is_null());
            assert!(session_node_attribute(page.0, node, c"id".as_ptr(), null_mut()).is_null());
            assert_eq!(session_node_parent(page.0, node), 0);
            assert_eq!(session_node_next_sibling(page.0, node), 0);
            assert_eq!(session_node_previous_element(page.0, node), 0);
            assert_eq!(session_node_line(page.0, node), 0);
            assert_eq!(session_node_kind(page.0, node), 0);
            assert_eq!(session_node_attribute_count(page.0, node), 0);
            if node != 0 {
                assert_eq!(session_node_text(page.0, node, buffer), Code::Node);
                assert_eq!(session_node_html(page.0, node, buffer), Code::Node);
            }
        }
        assert_eq!(session_node_text(page.0, 0, buffer), Code::Ok);
        assert_eq!(session_node_text(page.0, 0, null_mut()), Code::Null);
        assert_eq!(session_node_text(null(), 0, buffer), Code::Null);
        session_buffer_free(buffer);
        // An empty page is a page.
        let empty = session_html_new(null(), 0, null(), null());
        assert_ne!(session_html_root(empty), 0);
        session_html_free(empty);
    }
}
