//! The next page: declared, told by the header, or guessed from the links' words.

use htmlsession::html::pagination::{NEXT_SYMBOLS, Pages};
use htmlsession::html::{Document, ParseOptions};
use htmlsession::session::PageWalk;
use htmlsession::{Code, Request, Session};
use std::sync::Arc;
use support::server::{Server, reply};
use url::Url;

mod support {
    pub mod server;
}

fn next(html: &str) -> Option<String> {
    let page = Document::parse(html, Url::parse("http://h/list?p=1#top").ok());
    page.next_url(&NEXT_SYMBOLS).map(|url| url.to_string())
}

#[test]
fn declared_next_pages_come_first() {
    for (html, expected) in [
        ("<a href=/more>more</a><link rel=next href='?p=2'>", "http://h/list?p=2"),
        ("<a href=/a>next</a><a href=/b rel='nofollow NEXT'>&raquo;</a>", "http://h/b"),
        ("<map><area rel=next href=/c></map>", "http://h/c"),
        ("<base href=http://b/x/><a rel=next href=2>2</a>", "http://b/x/2"),
        // One that leads nowhere is passed over.
        (
            "<a rel=next>x</a><a rel=next href=''>x</a><a rel=next href='javascript:go()'>x</a><a rel=next href=/d>x</a>",
            "http://h/d",
        ),
        ("<a rel=next href='http://[bad'>x</a><a href=/e>More</a>", "http://h/e"),
        // rel is a list of words.
        ("<a rel=nextish href=/f>x</a><a rel=next href=/g>x</a>", "http://h/g"),
        // A page may declare itself, or a place on it.
        ("<a rel=next href='#'>Next</a><a href=/p3>older</a>", "http://h/p3"),
        ("<link rel=next href='?p=1#x'><a href=/h>older</a>", "http://h/h"),
        ("<link rel=next href=''><a href=/h>older</a>", "http://h/h"),
    ] {
        assert_eq!(next(html).as_deref(), Some(expected), "{html}");
    }
}

#[test]
fn words_of_links_are_the_last_resort() {
    for (html, expected) in [
        ("<a href=/1>one</a><a href=/2>Next</a>", Some("http://h/2")),
        ("<a href=/1>OLDER posts</a><a href=/2>Next</a>", Some("http://h/1")),
        // A class with next, or an address with page, is a better sign; the first of them counts.
        (
            "<a href=/1>more</a><a href=/2 class='x btn-next'>more</a><a href=/page/3>more</a>",
            Some("http://h/2"),
        ),
        (
            "<a href=/1>more</a><a href=/page/3>more</a><a href=/2 class=next>more</a>",
            Some("http://h/page/3"),
        ),
        ("<a href=/page/9>nine</a><a href=/1>more</a>", Some("http://h/1")),
        // The text of the whole link counts, and parts of words.
        ("<a href=/1><i>N</i>ext</a>", Some("http://h/1")),
        ("<a href=/1>Annexternal</a>", Some("http://h/1")),
        // Places on the page itself, other schemes and links without address do not.
        (
            "<a href='#more'>more</a><a href='mailto:next@h'>next</a><a>next</a><a href=/1>next</a>",
            Some("http://h/1"),
        ),
        ("<a href='#more'>more</a>", None),
        ("<p>next</p>", None),
        ("", None),
    ] {
        assert_eq!(next(html).as_deref(), expected, "{html}");
    }
}

#[test]
fn symbols_can_be_set() {
    let page = Document::parse("<a href=/1>next</a><a href=/2>Suivant »</a>", Url::parse("http://h/").ok());
    let with = |symbols: &[&str]| page.next_url(symbols).map(|url| url.path().to_string());
    assert_eq!(with(&["SUIVANT"]).as_deref(), Some("/2"));
    assert_eq!(with(&["»", "next"]).as_deref(), Some("/1"));
    assert_eq!(with(&["weiter"]), None);
    assert_eq!(with(&[]), None);
}

#[test]
fn the_header_stands_between_markup_and_words() {
    let header = Url::parse("http://h/from-header").unwrap();
    let of = |html: &str| {
        let (url, next) = (Url::parse("http://h/").ok(), Some(header.clone()));
        let options = ParseOptions { url, next, ..ParseOptions::default() };
        let page = Document::from_bytes(html.as_bytes(), options).unwrap();
        page.next_url(&NEXT_SYMBOLS).unwrap().path().to_string()
    };
    assert_eq!(of("<a href=/1>next</a>"), "/from-header");
    assert_eq!(of("<a href=/1 rel=next>x</a>"), "/1");
    assert_eq!(of("<a href='#' rel=next>x</a>"), "/from-header");
}

#[test]
fn a_walk_follows_the_header_and_the_words() {
    let server = Server::new(|seen| match &*seen.target {
        "/1" => reply("200 OK", &[("Link", "</2>; rel=next")], b"<a href=/9>next</a>"),
        "/2" => reply("200 OK", &[], b"<a href=/9>next</a><a href=/3>Weiter</a>"),
        _ => reply("200 OK", &[], b"the end"),
    });
    let session = Arc::new(Session::new());
    let first = session.get(&server.url("/1"));
    // The document knows what its response's header said.
    assert_eq!(first.html().unwrap().next_url(&NEXT_SYMBOLS).unwrap().path(), "/2");
    assert_eq!(first.next_url().unwrap().unwrap().path(), "/2");
    let mut walk = PageWalk::new(session, Request::new("GET", &server.url("/1")).unwrap(), 10);
    walk.set_symbols(vec!["weiter".into()]);
    let pages: Vec<String> = std::iter::from_fn(|| walk.next()).map(|page| page.url().to_string()).collect();
    assert_eq!(pages, ["/1", "/2", "/3"].map(|path| server.url(path)));
}

#[test]
fn a_walk_reads_its_pages_whatever_its_request_says() {
    let server = Server::new(|seen| match &*seen.target {
        "/1" => reply("200 OK", &[], b"<a href=/2>next</a>"),
        _ => reply("200 OK", &[], b"the end"),
    });
    let session = Arc::new(Session::new());
    let mut first = Request::new("GET", &server.url("/1")).unwrap();
    first.set_streamed(true);
    assert_eq!(session.send(&first).next_url().unwrap_err().code(), Code::State);
    let mut walk = PageWalk::new(session, first, 10);
    assert_eq!(std::iter::from_fn(|| walk.next()).count(), 2);
}

#[test]
fn a_walk_ends_in_circles_and_at_its_limit() {
    let url = |path: &str| Url::parse("http://h/").unwrap().join(path).unwrap();
    let mut pages = Pages::new(3);
    assert!(pages.visit(&url("a")));
    assert!(pages.visit(&url("a?p=2")));
    assert!(!pages.visit(&url("a#x")));
    assert!(!pages.visit(&url("a?p=2")));
    assert!(pages.visit(&url("b")));
    assert!(!pages.visit(&url("c")));
    assert_eq!(pages.visited(), 3);
    assert!(!Pages::new(0).visit(&url("a")));
    let mut all = Pages::default();
    assert_eq!((0..2_000).filter(|n| all.visit(&url(&n.to_string()))).count(), 1_000);
}

#[test]
fn a_walk_asks_for_no_page_that_it_would_not_give() {
    let server = Server::new(|seen| match &*seen.target {
        "/a" => reply("200 OK", &[], b"<a href=/b#here>next</a>"),
        "/b" => reply("200 OK", &[], b"<a href=/a>next</a>"),
        "/0" => reply("302 Found", &[("Location", "/1")], b""),
        "/gone" => reply("302 Found", &[("Location", "/missing")], b""),
        "/missing" => reply("404 Not Found", &[], b""),
        "/back" => reply("302 Found", &[("Location", "/front")], b""),
        "/front" => reply("200 OK", &[], b"<a href=/back>next</a>"),
        endless => {
            let number: usize = endless[1..].parse().unwrap();
            reply("200 OK", &[], format!("<a href=/{}>next</a>", number + 1).as_bytes())
        }
    });
    let walk = |path: &str, limit: usize| {
        let before = server.seen().len();
        let request = Request::new("GET", &server.url(path)).unwrap();
        let mut walk = PageWalk::new(Arc::new(Session::new()), request, limit);
        let pages = std::iter::from_fn(|| walk.next()).count();
        (pages, server.seen().len() - before)
    };
    assert_eq!(walk("/1", 2), (2, 2), "the limit");
    assert_eq!(walk("/0", 2), (2, 3), "a redirect is no page");
    assert_eq!(walk("/1", 0), (0, 0));
    assert_eq!(walk("/a", 9), (2, 2), "a circle");
    assert_eq!(walk("/gone", 9), (1, 2), "what failed is given");
    assert_eq!(walk("/front", 9), (1, 3), "where a redirect leads only its answer tells");
}
