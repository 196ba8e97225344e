//! Forms: the requests that they make (HTML, 4.10.22).

use htmlsession::Code;
use htmlsession::html::form::{self, Body, Enctype, File, FileContent, Form, Method, Submission, Submitter};
use htmlsession::html::{Document, ParseOptions};
use url::Url;

fn first(html: &str) -> Form {
    let page = Document::parse(html, Some(Url::parse("http://h.example/dir/page?q#f").unwrap()));
    Form::new(&page, form::by_index(&page, 0).unwrap()).unwrap()
}

fn submit(html: &str) -> Submission {
    first(html).submission(Submitter::Default).unwrap()
}

#[test]
fn get_replaces_the_query_of_the_action() {
    for (html, url) in [
        (
            "<form action='/s?old=1#frag'><input name=q value='a b&c=ü'></form>",
            "http://h.example/s?q=a+b%26c%3D%C3%BC#frag",
        ),
        ("<form action=''><input name=q></form>", "http://h.example/dir/page?q=#f"),
        ("<form><input name=q value='*-._~'></form>", "http://h.example/dir/page?q=*-._%7E#f"),
        ("<form action=x></form>", "http://h.example/dir/x?"),
        ("<base href='http://b.example/b/'><form action=x><input name=a></form>", "http://b.example/b/x?a="),
        // An empty action is the page, not its base.
        ("<base href='http://b.example/b/'><form><input name=a></form>", "http://h.example/dir/page?a=#f"),
        ("<form action=' ../up\n '><input name=a value='1\n2'></form>", "http://h.example/up?a=12"),
        (
            "<form method=bogus action=x><textarea name=a>1\n2</textarea></form>",
            "http://h.example/dir/x?a=1%0D%0A2",
        ),
        (
            "<form action=x enctype=multipart/form-data><input type=file name=f></form>",
            "http://h.example/dir/x?f=",
        ),
    ] {
        let submission = submit(html);
        assert_eq!(
            (submission.method, submission.url.as_str(), submission.body),
            (Method::Get, url, Body::Empty),
            "{html}"
        );
        assert_eq!(submission.referrer.unwrap().as_str(), "http://h.example/dir/page?q#f");
    }
}

fn bytes(submission: &Submission) -> (&str, &[u8]) {
    match &submission.body {
        Body::Bytes { content_type, bytes } => (content_type, bytes),
        other => panic!("{other:?}"),
    }
}

#[test]
fn post_sends_a_body_and_keeps_the_query() {
    let submission =
        submit("<form method=POST action='x?k=ü'><input name='a b' value='1+1=2 €'><input name=c></form>");
    assert_eq!(submission.method.name(), "POST");
    assert_eq!(submission.url.as_str(), "http://h.example/dir/x?k=%C3%BC");
    assert_eq!(bytes(&submission), ("application/x-www-form-urlencoded", &b"a+b=1%2B1%3D2+%E2%82%AC&c="[..]));
    let plain = submit(
        "<form method=post enctype=TEXT/plain><input name=a value='x&y'><textarea name=b>1\n2</textarea></form>",
    );
    assert_eq!(bytes(&plain), ("text/plain", &b"a=x&y\r\nb=1\r\n2\r\n"[..]));
    assert_eq!(bytes(&submit("<form method=post></form>")).1, b"");
}

#[test]
fn multipart_has_a_part_for_each_entry() {
    let html = "<form method=post enctype='multipart/form-data'><input name='a\"b' value='1'><textarea name=t>1\n2</textarea>\
                <input type=file name=e><input type=file name=f></form>";
    let mut form = first(html);
    form.attach("f", File::bytes("q\"\r\n.png", "image/png", *b"\x89PNG\n")).unwrap();
    let Body::Multipart(parts) = form.submission(Submitter::None).unwrap().body else { panic!() };
    let content = |at: usize| match &parts[at].content {
        FileContent::Bytes(bytes) => bytes.to_vec(),
        other => panic!("{other:?}"),
    };
    assert_eq!(parts.len(), 4);
    assert_eq!((parts[0].name.as_slice(), parts[0].filename.is_none()), (&b"a%22b"[..], true));
    assert_eq!((content(1), parts[1].content_type.is_none()), (b"1\r\n2".to_vec(), true));
    assert_eq!((parts[2].filename.as_deref(), content(2)), (Some(&b""[..]), Vec::new()));
    assert_eq!(parts[2].content_type.as_deref(), Some("application/octet-stream"));
    assert_eq!(parts[3].filename.as_deref(), Some(&b"q%22%0D%0A.png"[..]));
    assert_eq!((content(3), parts[3].content_type.as_deref()), (b"\x89PNG\n".to_vec(), Some("image/png")));
    // Multipart without any file stays multipart.
    let none = submit("<form method=post enctype=multipart/form-data><input name=a></form>");
    assert!(matches!(none.body, Body::Multipart(parts) if parts.len() == 1));
}

#[test]
fn the_submitter_overrides_the_form() {
    let form = first(
        "<form action=a method=get target=t><input name=v value=1>\
         <button name=p formaction=b formmethod=post formenctype=text/plain formtarget=_blank>p</button>\
         <button name=e formaction='' formmethod=bogus formenctype=bogus>e</button></form>",
    );
    let own = form.submission(Submitter::None).unwrap();
    assert_eq!(
        (own.url.as_str(), own.method, own.target.as_str()),
        ("http://h.example/dir/a?v=1", Method::Get, "t")
    );
    let p = form.submission(Submitter::Name("p".into())).unwrap();
    assert_eq!(
        (p.url.as_str(), p.method, p.enctype, p.target.as_str()),
        ("http://h.example/dir/b", Method::Post, Enctype::TextPlain, "_blank")
    );
    assert_eq!(bytes(&p).1, b"v=1\r\np=\r\n");
    let e = form.submission(Submitter::Name("e".into())).unwrap();
    assert_eq!(
        (e.url.as_str(), e.method, e.enctype),
        ("http://h.example/dir/page?v=1&e=#f", Method::Get, Enctype::UrlEncoded)
    );
}

#[test]
fn forms_are_sent_in_their_encoding() {
    let page = |label: &str, html: &str| {
        let options = ParseOptions {
            encoding: Some(label.into()),
            url: Url::parse("http://h/").ok(),
            ..Default::default()
        };
        Document::from_bytes(html.as_bytes(), options).unwrap()
    };
    let query = |page: &Document| {
        let form = Form::new(page, form::by_index(page, 0).unwrap()).unwrap();
        let sent = form.submission(Submitter::None).unwrap();
        (sent.encoding, sent.url.query().unwrap().to_string())
    };
    let html = "<form><input name=a value='&#233;&#8364;&#12354;'></form>";
    assert_eq!(query(&page("windows-1252", html)), ("windows-1252", "a=%E9%80%26%2312354%3B".into()));
    assert_eq!(query(&page("utf-8", html)), ("UTF-8", "a=%C3%A9%E2%82%AC%E3%81%82".into()));
    assert_eq!(query(&page("shift_jis", html)), ("Shift_JIS", "a=%26%23233%3B%26%238364%3B%82%A0".into()));
    for (accept, encoding) in [
        ("iso-8859-1 utf-8", "windows-1252"),
        ("bogus latin2", "ISO-8859-2"),
        ("bogus", "UTF-8"),
        ("", "UTF-8"),
        ("utf-16", "UTF-8"),
    ] {
        let html = format!("<form accept-charset='{accept}'><input type=hidden name=_charset_></form>");
        assert_eq!(query(&page("shift_jis", &html)), (encoding, format!("_charset_={encoding}")), "{accept}");
    }
    // What the page's encoding lacks is escaped as a whole in the action's query, as in the body.
    let lacking = page("windows-1252", "<form method=post action='/a?z=&#x4e2d;'></form>");
    let form = Form::new(&lacking, form::by_index(&lacking, 0).unwrap()).unwrap();
    assert_eq!(form.submission(Submitter::None).unwrap().url.query(), Some("z=%26%2320013%3B"));
    // The action's own query is in the page's encoding, the body in the form's.
    let page = page(
        "windows-1252",
        "<form method=post accept-charset=utf-8 action='x?&#233;'><input name=a value='&#233;'></form>",
    );
    let form = Form::new(&page, form::by_index(&page, 0).unwrap()).unwrap();
    let sent = form.submission(Submitter::None).unwrap();
    assert_eq!((sent.url.query(), bytes(&sent).1), (Some("%E9"), &b"a=%C3%A9"[..]));
}

#[test]
fn what_cannot_be_sent_is_an_error() {
    for (html, code, message) in [
        (
            "<form method=dialog></form>",
            Code::Form,
            "the form closes a dialog and sends nothing (method=dialog)",
        ),
        (
            "<form action='mailto:a@b'></form>",
            Code::Scheme,
            "the form's action \"mailto:a@b\" is neither http nor https",
        ),
        (
            "<form action='javascript:x()'></form>",
            Code::Scheme,
            "the form's action \"javascript:x()\" is neither http nor https",
        ),
        (
            "<form action='file:///etc/passwd'></form>",
            Code::Scheme,
            "the form's action \"file:///etc/passwd\" is neither http nor https",
        ),
        (
            "<form action='http://[x'></form>",
            Code::Url,
            "the form's action \"http://[x\": invalid IPv6 address",
        ),
    ] {
        let error = first(html).submission(Submitter::Default).unwrap_err();
        assert_eq!((error.code(), error.message()), (code, message), "{html}");
    }
    let nowhere = Document::parse("<form></form>", None);
    let form = Form::new(&nowhere, form::by_index(&nowhere, 0).unwrap()).unwrap();
    assert_eq!(form.submission(Submitter::None).unwrap_err().code(), Code::Url);
}
