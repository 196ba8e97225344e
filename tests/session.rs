//! What a session does, against a server in this process.

mod support;

use htmlsession::http::Body;
use htmlsession::{Auth, Code, Request, Session};
use std::io::Write;
use std::time::{Duration, Instant};
use support::{Server, reply};

#[test]
fn a_login_keeps_its_cookie_through_the_redirect() {
    let server = Server::new(|seen| match (&*seen.method, &*seen.target) {
        ("POST", "/login") if seen.body == b"user=ann&pass=x%26y" => {
            reply("302 Found", &[("Location", "/list"), ("Set-Cookie", "id=7; HttpOnly")], b"")
        }
        ("GET", "/list") if seen.header("cookie").as_deref() == Some("id=7") => {
            reply("200 OK", &[("Content-Type", "text/html")], b"<title>List</title><a href='b?c'>x</a>")
        }
        _ => reply("403 Forbidden", &[], b""),
    });
    let session = Session::new();
    let mut login = Request::new("POST", &server.url("/login")).unwrap();
    login.add_field("user", "ann");
    login.add_field("pass", "x&y");
    let response = session.send(&login);
    assert_eq!(response.error(), None);
    assert_eq!((response.status(), response.url()), (200, &*server.url("/list")));
    let history = response.history();
    assert_eq!(history.len(), 1);
    assert_eq!((history[0].status(), history[0].method(), history[0].reason()), (302, "POST", "Found"));
    assert_eq!(history[0].headers().get_str("location"), Some("/list"));
    assert_eq!(session.jar().len(), 1);
    let page = response.html().unwrap();
    assert_eq!(page.base_url().unwrap().as_str(), server.url("/list"));
    assert_eq!(server.connections(), 1);
    let sent = &server.seen()[0];
    assert_eq!(sent.header("content-type").as_deref(), Some("application/x-www-form-urlencoded"));
    assert_eq!(sent.header("expect"), None);
}

#[test]
fn headers_are_set_replaced_and_really_removed() {
    let server = Server::new(|_| reply("200 OK", &[("A", "1"), ("a", "2")], b""));
    let session = Session::new();
    session.get(&server.url("/"));
    let sent = server.last();
    assert_eq!(sent.header("user-agent").as_deref(), Some("libhtmlsession/0.1.0"));
    assert_eq!(sent.header("accept").as_deref(), Some("*/*"));
    assert_eq!(sent.header("accept-encoding").as_deref(), Some("gzip, deflate, br, zstd"));
    for name in ["User-Agent", "accept", "ACCEPT-ENCODING"] {
        session.set_header(name, None).unwrap();
    }
    session.set_header("X-A", Some(b"1")).unwrap();
    session.set_header("X-Empty", Some(b"")).unwrap();
    let mut request = Request::new("GET", &server.url("/")).unwrap();
    request.set_header("x-a", Some(b"2")).unwrap();
    request.add_header("x-a", b"3").unwrap();
    let response = session.send(&request);
    assert_eq!(response.headers().get_all("a").collect::<Vec<_>>(), [b"1", b"2"]);
    let sent = server.last();
    let names: Vec<&str> = sent.headers.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["Host", "x-a", "x-a", "X-Empty"]);
    assert_eq!(sent.header("x-a").as_deref(), Some("2, 3"));
}

#[test]
fn bad_input_has_its_own_code_and_names_the_offender() {
    let session = Session::new();
    let code = |url: &str| {
        let response = session.get(url);
        assert_eq!((response.status(), response.ok()), (0, false));
        let error = response.error().expect(url).clone();
        assert!(error.message().contains(url.split_whitespace().next().unwrap()), "{error}");
        error.code()
    };
    assert_eq!(code("no-scheme/x"), Code::Url);
    assert_eq!(code("http://"), Code::Url);
    assert_eq!(code("http://a:99999/"), Code::Url);
    assert_eq!(code("http://h/ \r\nX: y"), Code::Url);
    assert_eq!(code("ftp://h/"), Code::Scheme);
    assert_eq!(code("file:///etc/passwd"), Code::Scheme);
    for method in ["", "GE T", "GET\r\nX: y", "G\0"] {
        assert_eq!(Request::new(method, "http://h/").unwrap_err().code(), Code::Method, "{method:?}");
    }
    for (name, value) in [("A B", "x"), ("", "x"), ("A", "x\r\nB: y"), ("A", "\n"), ("A", "a\0b")] {
        let error = session.set_header(name, Some(value.as_bytes())).unwrap_err();
        assert_eq!(error.code(), Code::Header, "{name:?}: {value:?}");
    }
}

#[test]
fn failures_to_connect_are_told_apart() {
    let session = Session::new();
    session.set_trust_env(false);
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let code = |url: &str| session.get(url).error().map(|error| error.code());
    assert_eq!(code(&format!("http://127.0.0.1:{closed}/")), Some(Code::Connect));
    assert_eq!(code("http://no-such-host.invalid/"), Some(Code::Dns));
    let plain = Server::new(|_| reply("200 OK", &[], b""));
    assert_eq!(code(&format!("https://127.0.0.1:{}/", plain.port)), Some(Code::Tls));
}

#[test]
fn the_three_time_outs() {
    let server = Server::raw(|seen, stream| {
        match &*seen.target {
            "/silent" => std::thread::sleep(Duration::from_secs(50)),
            _ => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
                for _ in 0..600 {
                    std::thread::sleep(Duration::from_millis(50));
                    if stream.write_all(b"x").is_err() {
                        break;
                    }
                }
            }
        }
        false
    });
    let session = Session::new();
    let timed = |path: &str| {
        let start = Instant::now();
        let response = session.get(&server.url(path));
        let error = response.error().expect("a time-out").clone();
        (error.code(), start.elapsed(), response.body().len())
    };
    session.set_timeouts(|timeouts| timeouts.read = Some(Duration::from_millis(200)));
    let (code, time, _) = timed("/silent");
    assert_eq!(code, Code::ReadTimeout);
    assert!((200..15_000).contains(&time.as_millis()), "{time:?}");
    session
        .set_timeouts(|timeouts| (timeouts.read, timeouts.total) = (None, Some(Duration::from_millis(600))));
    let (code, time, body) = timed("/drip");
    assert_eq!(code, Code::Timeout);
    assert!((600..15_000).contains(&time.as_millis()), "{time:?}");
    assert!(body > 0, "the part of the body that came is kept");
}

#[test]
fn redirects_end_at_the_limit_with_their_history() {
    let server = Server::new(|seen| {
        let step: u32 = seen.target[1..].parse().unwrap();
        reply("302 Found", &[("Location", &format!("/{}", step + 1))], b"hop")
    });
    let session = Session::new();
    let response = session.get(&server.url("/0"));
    assert_eq!(response.error().unwrap().code(), Code::TooManyRedirects);
    assert_eq!(response.history().len(), 30);
    assert_eq!(response.history()[29].url(), server.url("/29"));
    assert_eq!((response.status(), response.body()), (302, &b"hop"[..]));
    session.set_redirects(|redirects| redirects.limit = 0);
    let response = session.get(&server.url("/0"));
    assert_eq!((response.error(), response.status(), response.history().len()), (None, 302, 0));
}

#[test]
fn credentials_stay_at_their_origin() {
    let other = Server::new(|_| reply("200 OK", &[], b"there"));
    let target = other.url("/x");
    let server = Server::new(move |_| reply("307 Temporary Redirect", &[("Location", &target)], b""));
    let session = Session::new();
    session.set_auth(Auth::basic("ann", "secret").unwrap());
    session.set_secret_header("X-Api-Key").unwrap();
    let mut request = Request::new("PUT", &server.url("/")).unwrap();
    request.set_header("X-Api-Key", Some(b"k")).unwrap();
    request.set_header("X-Plain", Some(b"p")).unwrap();
    request.set_header("Proxy-Authorization", Some(b"q")).unwrap();
    request.set_cookie(b"mine", b"1").unwrap();
    request.set_body(Body::Bytes(b"body"[..].into()), Some("text/plain")).unwrap();
    let response = session.send(&request);
    assert_eq!((response.error(), response.body()), (None, &b"there"[..]));
    let first = server.last();
    assert_eq!(first.header("authorization").as_deref(), Some("Basic YW5uOnNlY3JldA=="));
    assert_eq!(first.header("cookie").as_deref(), Some("mine=1"));
    let second = other.last();
    assert_eq!((&*second.method, &*second.body), ("PUT", &b"body"[..]));
    assert_eq!(second.header("x-plain").as_deref(), Some("p"));
    for name in ["authorization", "x-api-key", "proxy-authorization", "cookie"] {
        assert_eq!(second.header(name), None, "{name}");
    }
}

#[test]
fn submitted_requests_come_back_with_their_ids() {
    let server = Server::new(|seen| reply("200 OK", &[], seen.target.as_bytes()));
    let session = Session::new();
    let mut ids = std::collections::HashMap::new();
    for number in 0..200 {
        let request = Request::new("GET", &server.url(&format!("/{number}"))).unwrap();
        ids.insert(session.submit(&request, number).unwrap(), number);
    }
    while let Some(response) = session.next(None).unwrap() {
        let number = ids.remove(&response.id()).expect("each comes once");
        assert_eq!(response.userdata(), number);
        assert_eq!(response.body(), format!("/{number}").as_bytes());
    }
    assert!(ids.is_empty());
    assert!(server.connections() <= 32);
}

#[test]
fn threads_share_one_session() {
    let server = Server::new(|seen| reply("200 OK", &[], seen.target.as_bytes()));
    let session = Session::new();
    std::thread::scope(|scope| {
        for thread in 0..16 {
            let (session, server) = (&session, &server);
            scope.spawn(move || {
                for number in 0..50 {
                    let path = format!("/{thread}/{number}");
                    let response = session.get(&server.url(&path));
                    assert_eq!((response.error(), response.body()), (None, path.as_bytes()));
                }
            });
        }
    });
    assert!(server.connections() <= 16, "{}", server.connections());
}

#[test]
fn cancel_reaches_a_blocked_thread() {
    let server = Server::raw(|_, _| {
        std::thread::sleep(Duration::from_secs(50));
        false
    });
    let session = Session::new();
    std::thread::scope(|scope| {
        let blocked = scope.spawn(|| {
            let response = session.get(&server.url("/"));
            (response.error().unwrap().code(), Instant::now())
        });
        server.wait_for(1);
        let cancelled = Instant::now();
        session.cancel(0).unwrap();
        let (code, returned) = blocked.join().unwrap();
        assert_eq!(code, Code::Cancelled);
        assert!(returned - cancelled < Duration::from_secs(15));
    });
}

#[test]
fn digest_answers_the_challenge_and_then_in_advance() {
    let server = Server::new(|seen| match seen.header("authorization") {
        Some(value) if value.starts_with("Digest ") && value.contains("nc=") => {
            reply("200 OK", &[], value.as_bytes())
        }
        _ => {
            let challenge = "Digest realm=\"r\", qop=\"auth\", nonce=\"n\", algorithm=SHA-256";
            reply("401 Unauthorized", &[("WWW-Authenticate", challenge), ("Set-Cookie", "c=1")], b"")
        }
    });
    let session = Session::new();
    session.set_auth(Auth::digest("ann", "pw").unwrap());
    let response = session.get(&server.url("/"));
    assert_eq!((response.status(), response.history().len()), (200, 1));
    assert!(response.text().unwrap().contains("nc=00000001"));
    assert_eq!(server.last().header("cookie").as_deref(), Some("c=1"));
    let response = session.get(&server.url("/"));
    assert_eq!((response.status(), response.history().len()), (200, 0));
    assert!(response.text().unwrap().contains("nc=00000002"));
}
