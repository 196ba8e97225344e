//! Log-in by form: a token against forgery, a checkbox, two submit buttons, and a file.

mod support {
    pub mod login;
    pub mod server;
}

use htmlsession::html::form::{File, Form, Submitter, by_index};
use htmlsession::html::{Document, NodeId};
use htmlsession::{Request, Response, Session};
use std::sync::Arc;
use support::login::site;
use support::server::{Server, reply};

fn open(session: &Session, server: &Server) -> Form {
    let page = session.get(&server.url("/account/login"));
    let page = page.html().unwrap();
    Form::new(page, page.find_first(NodeId::DOCUMENT, "#login").unwrap().unwrap()).unwrap()
}

fn fill(form: &mut Form) {
    form.set("user", "ada").unwrap();
    form.set("password", "s3cret & more").unwrap();
    form.check("remember", None, true).unwrap();
    form.attach("avatar", File::bytes("/home/ada/face.png", "image/png", *b"a face")).unwrap();
}

fn submit(session: &Session, form: &Form, button: Submitter) -> Arc<Response> {
    session.send(&Request::from_submission(&form.submission(button).unwrap()).unwrap())
}

fn says(page: &Document, css: &str) -> String {
    let mut text = String::new();
    page.text(page.find_first(NodeId::DOCUMENT, css).unwrap().unwrap(), &mut text);
    text
}

#[test]
fn everything_that_the_form_holds_arrives() {
    let (server, session) = (site(), Session::new());
    let mut form = open(&session, &server);
    fill(&mut form);
    let home = submit(&session, &form, Submitter::Default);
    assert_eq!((home.status(), home.url()), (200, &*server.url("/home")));
    assert_eq!(
        says(home.html().unwrap(), "h1"),
        "csrf/user/password/remember/avatar/go by login remembered face.png image/png a face"
    );
    let sent = &server.seen()[1];
    assert_eq!(sent.header("referer"), Some(server.url("/account/login")));
    assert_eq!(sent.header("origin"), Some(server.url("")));
}

#[test]
fn what_is_left_empty_is_sent_as_browsers_do() {
    let (server, session) = (site(), Session::new());
    let mut form = open(&session, &server);
    fill(&mut form);
    form.check("remember", None, false).unwrap();
    let home = submit(&session, &form, Submitter::None);
    // No button is none, and an unchecked box is not there at all.
    assert_eq!(
        says(home.html().unwrap(), "h1"),
        "csrf/user/password/avatar by nothing forgotten face.png image/png a face"
    );

    let mut form = open(&session, &server);
    form.set("user", "ada").unwrap();
    form.set("password", "s3cret & more").unwrap();
    let home = submit(&session, &form, Submitter::Name("go".into()));
    // A file field without a file is an empty file.
    assert_eq!(
        says(home.html().unwrap(), "h1"),
        "csrf/user/password/avatar/go by login forgotten application/octet-stream"
    );
}

#[test]
fn the_other_button_leads_elsewhere() {
    let (server, session) = (site(), Session::new());
    let mut form = open(&session, &server);
    fill(&mut form);
    let refused = submit(&session, &form, Submitter::NameValue("go".into(), "register".into()));
    assert_eq!((refused.status(), refused.url()), (403, &*server.url("/account/register")));
    assert_eq!(says(refused.html().unwrap(), ".error"), "closed");
    assert!(String::from_utf8_lossy(&server.last().body).contains("register"));
}

#[test]
fn a_forged_token_and_a_wrong_password_are_refused() {
    let (server, session) = (site(), Session::new());
    let mut form = open(&session, &server);
    fill(&mut form);
    form.set("csrf", "guessed").unwrap();
    let refused = submit(&session, &form, Submitter::Default);
    assert_eq!(refused.status(), 403);
    assert_eq!(says(refused.html().unwrap(), ".error"), "forged");

    let mut form = open(&session, &server);
    fill(&mut form);
    form.set("password", "guessed").unwrap();
    let refused = submit(&session, &form, Submitter::Default);
    assert_eq!(says(refused.html().unwrap(), ".error"), "wrong password");
    // The token is bound to the visitor: another session's cookie jar does not have it.
    let mut form = open(&session, &server);
    fill(&mut form);
    assert_eq!(says(submit(&Session::new(), &form, Submitter::Default).html().unwrap(), ".error"), "forged");
}

#[test]
fn a_page_says_what_is_told_of_it_and_redirects_may_change_it() {
    let server = Server::new(|seen| {
        let policy = |policy| ("Referrer-Policy", policy);
        match &*seen.target {
            "/page" => {
                let page = b"<form method=post action=/hop><input name=a></form>";
                let fields = [policy("no-referrer"), policy("unsafe-url, x"), ("Content-Type", "text/html")];
                reply("200 OK", &fields, page)
            }
            "/hop" => reply("307 Temporary", &[policy("origin"), ("Location", "/next")], b""),
            "/next" => reply("307 Temporary", &[policy("no-referrer"), ("Location", "/last")], b""),
            "/last" => reply("307 Temporary", &[policy("unsafe-url"), ("Location", "/end")], b""),
            _ => reply("200 OK", &[], b"end"),
        }
    });
    let session = Session::new();
    let page = session.get(&server.url("/page"));
    let page = page.html().unwrap();
    let form = Form::new(page, by_index(page, 0).unwrap()).unwrap();
    let request = Request::from_submission(&form.submission(Submitter::Default).unwrap()).unwrap();
    assert_eq!(session.send(&request).body(), b"end");
    let told: Vec<_> =
        server.seen()[1..].iter().map(|seen| (seen.header("referer"), seen.header("origin"))).collect();
    let (null, origin) = (Some("null".into()), Some(server.url("")));
    assert_eq!(
        told,
        [
            (Some(server.url("/page")), origin.clone()),
            (Some(server.url("/")), origin),
            (None, null.clone()),
            (None, null)
        ]
    );
}
