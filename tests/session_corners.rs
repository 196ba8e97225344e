//! What servers and callers may do and rarely do: flaws in bodies that nobody reads, headers that are
//! taken away or say what others say already, credentials in more than one place.

mod support;

use htmlsession::cookies::{Context, Cookie, Jar, Reason};
use htmlsession::html::form::{Form, Submitter, by_index};
use htmlsession::http::Body;
use htmlsession::http::retry::RetryPolicy;
use htmlsession::session::{Entry, Event, Level};
use htmlsession::{Auth, Code, Error, Request, Session, VersionChoice};
use std::ffi::CString;
use std::fs;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};
use support::{Server, reply};

/// Answers with what it was sent: the header's lines.
fn echo() -> Server {
    Server::new(|seen| {
        let lines: Vec<String> =
            seen.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
        reply("200 OK", &[], lines.concat().as_bytes())
    })
}

fn request(method: &str, url: &str) -> Request {
    Request::new(method, url).unwrap()
}

fn keep(session: &Session, url: &str, cookie: &str) {
    let kept = session.jar().store(&url.parse().unwrap(), cookie.as_bytes(), &Context::default());
    assert!(kept.is_success(), "{cookie}");
}

#[test]
fn only_where_it_leads_counts_of_a_redirect() {
    let server = Server::raw(|seen, stream| {
        let head = "HTTP/1.1 302 Found\r\nLocation: /end\r\n";
        let rest = match &*seen.target {
            "/gzip" => "Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nmoved",
            "/short" => "Content-Length: 100\r\n\r\nabc",
            "/chunks" => "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
            "/large" => "Content-Length: 1000000\r\n\r\n",
            _ => {
                let _ = stream.write_all(&reply("200 OK", &[], b"end"));
                return true;
            }
        };
        let _ = stream.write_all(format!("{head}{rest}").as_bytes());
        seen.target == "/gzip"
    });
    let session = Session::new();
    session.set_max_body(1000);
    for (path, flaw) in [
        ("/gzip", Code::Encoding),
        ("/short", Code::Truncated),
        ("/chunks", Code::Protocol),
        ("/large", Code::Truncated),
    ] {
        let response = session.get(&server.url(path));
        assert_eq!((response.error(), response.body()), (None, &b"end"[..]), "{path}");
        let hop = &response.history()[0];
        assert_eq!(hop.error().map(Error::code), Some(flaw), "{path}: the hop tells");
    }
    // Where nothing follows, the same is an error.
    let mut plain = request("GET", &server.url("/short"));
    plain.set_redirect_limit(0);
    assert_eq!(session.send(&plain).error().map(Error::code), Some(Code::Truncated));
}

#[test]
fn a_server_that_finds_every_nonce_stale_is_not_asked_for_ever() {
    let server = Server::new(|seen| {
        let nonce = format!("Digest realm=r, qop=auth, stale=true, nonce=n{}", seen.headers.len());
        reply("401 Unauthorized", &[("WWW-Authenticate", &nonce)], b"no")
    });
    let session = Session::new();
    session.set_auth(Auth::digest("ann", "secret").unwrap());
    let response = session.get(&server.url("/"));
    assert_eq!((response.error(), response.status(), response.body()), (None, 401, &b"no"[..]));
    assert_eq!(server.seen().len(), 4);
}

#[test]
fn a_header_that_is_taken_away_stays_away() {
    let server = echo();
    let url = server.url("/");
    let full = || {
        let mut post = request("POST", &url);
        post.set_body(Body::Bytes(b"{}"[..].into()), Some("application/json")).unwrap();
        post
    };
    let session = Session::new();
    session.set_auth(Auth::basic("ann", "secret").unwrap());
    keep(&session, &url, "a=1");
    let sent = session.send(&full());
    for line in ["Authorization: Basic", "Cookie: a=1\n", "Content-Type: application/json\n"] {
        assert!(sent.text().unwrap().contains(line), "{line}");
    }
    for name in ["Authorization", "Cookie", "Content-Type"] {
        let mut bare = full();
        bare.set_header(name, None).unwrap();
        session.send(&bare);
        assert_eq!(server.last().header(name), None, "taken away by the request");
        session.set_header(name, None).unwrap();
        session.send(&full());
        assert_eq!(server.last().header(name), None, "taken away by the session");
    }
    let mut own = full();
    own.set_header("Cookie", Some(b"b=2")).unwrap();
    session.send(&own);
    assert_eq!(server.last().header("cookie").as_deref(), Some("b=2"), "the request's word is the last");
}

#[test]
fn a_cookie_header_of_the_callers_is_sent_and_told() {
    let server = echo();
    let session = Session::new();
    keep(&session, &server.url("/"), "jar=1");
    let mut own = request("GET", &server.url("/"));
    own.set_header("Cookie", Some(b"raw=1; more=2")).unwrap();
    own.set_cookie(b"z", b"9").unwrap();
    let response = session.send(&own);
    assert_eq!(server.last().header("cookie").as_deref(), Some("raw=1; more=2; z=9"));
    assert_eq!((response.cookie_field(), response.cookies_sent()), (&b"raw=1; more=2; z=9"[..], 3));
}

#[test]
fn the_body_alone_says_where_it_ends() {
    let server = echo();
    let session = Session::new();
    let framing = |request: &mut Request| {
        request.set_header("content-length", Some(b"3")).unwrap();
        request.set_header("Transfer-Encoding", Some(b"gzip")).unwrap();
    };
    let mut post = request("POST", &server.url("/"));
    framing(&mut post);
    post.set_body(Body::Bytes(b"abcGET /evil"[..].into()), None).unwrap();
    let response = session.send(&post);
    let seen = server.last();
    assert_eq!((seen.header("content-length").as_deref(), &*seen.body), (Some("12"), &b"abcGET /evil"[..]));
    assert_eq!(seen.header("transfer-encoding"), None);
    assert!(response.notes().iter().any(|note| note.event == Event::Strip), "{:?}", response.notes());
    let mut chunked = request("POST", &server.url("/"));
    framing(&mut chunked);
    chunked.set_body(Body::from_read(&b"abcdef"[..], None), None).unwrap();
    assert_eq!(session.send(&chunked).error(), None);
    let seen = server.last();
    assert_eq!((seen.header("content-length"), &*seen.body), (None, &b"abcdef"[..]));
    assert_eq!(seen.header("transfer-encoding").as_deref(), Some("chunked"));
    let mut get = request("GET", &server.url("/"));
    framing(&mut get);
    assert_eq!(session.send(&get).error(), None);
    assert_eq!((server.last().header("content-length"), server.seen().len()), (None, 3));
}

#[test]
fn a_head_request_has_no_body() {
    let server = echo();
    let mut head = request("HEAD", &server.url("/"));
    head.set_body(Body::Bytes(b"x"[..].into()), None).unwrap();
    assert_eq!(Session::new().send(&head).error().map(Error::code), Some(Code::Argument));
    assert!(server.seen().is_empty());
}

#[test]
fn credentials_of_the_request_beat_those_of_its_url() {
    let server = echo();
    let session = Session::new();
    session.set_auth(Auth::bearer("session").unwrap());
    let url = server.url("/").replace("//", "//ann:pw@");
    let sent = |request: &Request| {
        let response = session.send(request);
        assert!(!response.url().contains("ann"));
        server.last().header("authorization")
    };
    let mut own = request("GET", &url);
    assert_eq!(sent(&own).as_deref(), Some("Basic YW5uOnB3"), "they beat the session's");
    own.set_auth(Auth::bearer("own").unwrap());
    assert_eq!(sent(&own).as_deref(), Some("Bearer own"));
    own.set_auth(Auth::None);
    assert_eq!(sent(&own), None);
}

#[test]
fn urls_that_are_refused_give_no_secrets_away() {
    let session = Session::new();
    for url in [
        "http://ann:secret@h:99999/?token=secret",
        "http://ann:secret@exa mple/#secret",
        "ftp://ann:secret@h/?secret",
        "http://ann:secret@h/\u{1}?secret",
        "http://secret%3Ab:secret@h/",
    ] {
        let response = session.get(url);
        let message = response.error().expect(url).message();
        assert!(!message.contains("secret"), "{message}");
        assert!(!response.url().contains("ann") && !response.url().contains("secret@"), "{}", response.url());
    }
}

#[test]
fn silence_is_measured_from_the_last_byte() {
    let server = Server::raw(|seen, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
        if seen.method == "POST" {
            thread::sleep(Duration::from_millis(1000));
            let _ = stream.write_all(b"def");
        }
        thread::sleep(Duration::from_secs(50));
        false
    });
    let session = Session::new();
    session.set_timeouts(|timeouts| timeouts.read = Some(Duration::from_secs(2)));
    let mut post = request("POST", &server.url("/"));
    post.set_body(Body::Bytes(vec![b'x'; 1000].into()), None).unwrap();
    for (request, silence) in [(request("GET", &server.url("/")), 2000), (post, 3000)] {
        let start = Instant::now();
        let response = session.send(&request);
        let passed = start.elapsed().as_millis();
        assert_eq!(response.error().map(Error::code), Some(Code::ReadTimeout));
        assert!((silence..silence + 15_000).contains(&passed), "{passed} ms instead of {silence}");
    }
}

#[test]
fn places_of_hosts_are_checked_replaced_and_taken_back() {
    let server = echo();
    let session = Session::new();
    session.set_trust_env(false);
    for (host, port, address) in
        [("h:test", 80, "127.0.0.1"), ("h.test", 0, "127.0.0.1"), ("h.test", 80, ""), ("h.test", 80, "home")]
    {
        let refused = session.set_resolve(host, port, Some(address)).unwrap_err();
        assert_eq!(refused.code(), Code::Argument, "{host}:{port}:{address}");
    }
    let url = format!("http://h.test:{}/", server.port);
    assert_eq!(session.get(&server.url("/")).error(), None, "what was refused does no harm");
    session.set_resolve("H.Test", server.port, Some("127.0.0.1")).unwrap();
    assert_eq!(session.get(&url).error(), None);
    session.set_resolve("h.test", server.port, Some("127.0.0.2")).unwrap();
    let elsewhere = session.get(&url);
    assert_eq!(elsewhere.error().map(Error::code), Some(Code::Connect));
    assert_eq!(elsewhere.remote_address(), "", "there was no connection");
    session.set_resolve("h.test", server.port, None).unwrap();
    assert_eq!(session.get(&url).error().map(Error::code), Some(Code::Dns));
}

#[test]
fn a_file_without_a_length_is_sent_whole() {
    let server = Server::new(|seen| reply("200 OK", &[], &seen.body));
    let mut post = request("POST", &server.url("/"));
    post.set_body(Body::File("/proc/self/status".into()), None).unwrap();
    let response = Session::new().send(&post);
    assert_eq!(response.error(), None);
    assert!(response.text().unwrap().contains("Name:"));
}

#[test]
fn a_trailer_is_no_other_response() {
    let server = Server::raw(|_, stream| {
        let reply = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\
                     HTTP/1.1 404 Injected: x\r\n\r\n";
        let _ = stream.write_all(reply.as_bytes());
        true
    });
    let session = Session::new();
    let response = session.get(&server.url("/"));
    assert_eq!((response.error(), response.status(), response.body()), (None, 200, &b"hello"[..]));
    let mut streamed = request("GET", &server.url("/"));
    streamed.set_streamed(true);
    let response = session.send(&streamed);
    let mut bytes = [0; 100];
    assert_eq!((response.status(), response.read(&mut bytes).unwrap()), (200, 5));
    assert_eq!(response.read(&mut bytes).unwrap(), 0);
}

#[test]
fn a_refused_expectation_is_taken_back() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let server = Server::raw(move |seen, stream| {
        count.fetch_add(1, Ordering::SeqCst);
        let refused = seen.header("expect").is_some();
        let _ = stream.write_all(&reply(if refused { "417 No" } else { "200 OK" }, &[], b"well"));
        true
    });
    let session = Session::new();
    let mut post = request("POST", &server.url("/"));
    post.set_header("Expect", Some(b"100-continue")).unwrap();
    post.set_body(Body::Bytes(vec![b'x'; 10].into()), None).unwrap();
    for streamed in [false, true] {
        post.set_streamed(streamed);
        let response = session.send(&post);
        let mut bytes = [0; 100];
        let read = response.read(&mut bytes).unwrap();
        assert_eq!((response.error(), response.status(), &bytes[..read]), (None, 200, &b"well"[..]));
        assert_eq!(response.read(&mut bytes).unwrap(), 0);
        let [refused] = response.history() else { panic!("{:?}", response.history()) };
        assert_eq!((refused.status(), refused.error()), (417, None));
    }
    assert_eq!(asked.load(Ordering::SeqCst), 4);
}

#[test]
fn bodies_that_nobody_wants_are_not_kept() {
    let written = Arc::new(AtomicUsize::new(0));
    let count = written.clone();
    let server = Server::raw(move |seen, stream| {
        let tried = count.load(Ordering::SeqCst) > 0;
        let status = match &*seen.target {
            "/moved" => "302 Found\r\nLocation: /end",
            "/busy" if !tried => "503 Busy",
            _ => {
                let _ = stream.write_all(&reply("200 OK", &[], b"end"));
                return true;
            }
        };
        let _ = stream.write_all(format!("HTTP/1.1 {status}\r\n\r\n").as_bytes());
        let piece = vec![b'x'; 1 << 16];
        while count.load(Ordering::SeqCst) < 200 << 20 && stream.write_all(&piece).is_ok() {
            count.fetch_add(piece.len(), Ordering::SeqCst);
        }
        false
    });
    let session = Session::new();
    let retry = RetryPolicy { attempts: 2, backoff: Duration::from_millis(1), ..RetryPolicy::default() };
    session.set_retry(Some(retry));
    for path in ["/moved", "/busy"] {
        for is_streamed in [false, true] {
            written.store(0, Ordering::SeqCst);
            let mut get = request("GET", &server.url(path));
            get.set_streamed(is_streamed);
            let response = session.send(&get);
            let mut bytes = [0; 100];
            let read = response.read(&mut bytes).unwrap();
            assert_eq!((response.error(), &bytes[..read]), (None, &b"end"[..]), "{path}");
            for hop in response.history() {
                let code = hop.error().map(Error::code);
                assert_eq!((code, hop.body().len()), (Some(Code::BodyTooLarge), 1 << 20));
            }
            assert_eq!(response.history().len(), usize::from(path == "/moved"));
            // What the sockets take goes on top.
            let written = written.load(Ordering::SeqCst);
            assert!(written < 32 << 20, "{path}: {written} bytes were read");
        }
    }
}

#[test]
fn a_pipe_as_the_body_does_not_hold_everything_up() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pipe");
    let _ = fs::remove_file(&path);
    let name = CString::new(path.as_os_str().as_bytes()).unwrap();
    // SAFETY: a NUL-terminated path.
    assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
    let mut post = request("POST", "http://127.0.0.1:1/");
    post.set_body(Body::File(path.as_path().into()), None).unwrap();
    let response = Session::new().send(&post);
    assert_eq!(response.error().map(Error::code), Some(Code::Body));
    fs::remove_file(path).unwrap();
}

#[test]
fn a_callback_that_stops_a_request_stops_its_retries() {
    let server = Server::new(|_| reply("503 Busy", &[], &[b'x'; 1000]));
    let session = Session::new();
    session.set_retry(Some(RetryPolicy { attempts: 4, backoff: Duration::ZERO, ..RetryPolicy::default() }));
    let mut stopped = request("GET", &server.url("/"));
    stopped.set_progress(Some(Arc::new(|_| Err(Error::new(Code::Callback, "enough")))));
    assert_eq!(session.send(&stopped).error().map(Error::code), Some(Code::Callback));
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn a_sink_that_cancels_its_request_is_called_no_more() {
    let server = Server::new(|_| reply("200 OK", &[], &[b'x'; 4 << 20]));
    let session = Arc::new(Session::new());
    for id in [true, false] {
        let calls = Arc::new(AtomicUsize::new(0));
        let (own, count) = (Arc::downgrade(&session), calls.clone());
        let mut request = request("GET", &server.url("/"));
        let known = Arc::new(AtomicU64::new(0));
        let number = known.clone();
        request.set_sink(Some(Arc::new(move |_| {
            count.fetch_add(1, Ordering::SeqCst);
            own.upgrade().unwrap().cancel(number.load(Ordering::SeqCst)).unwrap();
            thread::sleep(Duration::from_millis(5));
            Ok(())
        })));
        let submitted = session.submit(&request, 0).unwrap();
        known.store(if id { submitted } else { 0 }, Ordering::SeqCst);
        let response = session.next(None).unwrap().unwrap();
        assert_eq!(response.error().map(Error::code), Some(Code::Cancelled));
        assert_eq!(calls.load(Ordering::SeqCst), 1);
        // The next one is none of those that were cancelled.
        assert_eq!(session.get(&server.url("/")).error(), None);
    }
}

#[test]
fn a_page_s_address_does_not_follow_its_form_elsewhere() {
    let second = Server::new(|_| reply("200 OK", &[], b"end"));
    let to = format!("http://localhost:{}/end", second.port);
    let server = Server::new(move |seen| match &*seen.target {
        "/page?token=secret" => {
            let form = |path| format!("<form method=post action={path}><input name=a value=1></form>");
            let page = ["/303", "/307", "/same"].map(form).concat();
            reply("200 OK", &[("Content-Type", "text/html")], page.as_bytes())
        }
        "/303" => reply("303 See Other", &[("Location", &to)], b""),
        "/307" => reply("307 Temporary", &[("Location", &to)], b""),
        "/same" => reply("307 Temporary", &[("Location", "/end")], b""),
        _ => reply("200 OK", &[], b"end"),
    });
    let session = Session::new();
    let page = session.get(&server.url("/page?token=secret"));
    let page = page.html().unwrap();
    let send = |index| {
        let form = Form::new(page, by_index(page, index).unwrap()).unwrap();
        let submission = form.submission(Submitter::Default).unwrap();
        assert_eq!(session.send(&Request::from_submission(&submission).unwrap()).body(), b"end");
    };
    let origin = server.url("");
    send(0);
    let seen = second.last();
    assert_eq!(seen.header("referer"), Some(format!("{origin}/")));
    assert_eq!((&*seen.method, seen.header("origin")), ("GET", None));
    send(1);
    let seen = second.last();
    assert_eq!(seen.header("referer"), Some(format!("{origin}/")));
    assert_eq!((&*seen.method, seen.header("origin")), ("POST", Some(origin.clone())));
    send(2);
    let seen = server.last();
    assert_eq!(seen.header("referer"), Some(server.url("/page?token=secret")));
    assert_eq!((&*seen.method, seen.header("origin")), ("POST", Some(origin)));
}

#[test]
fn without_redirects_a_refresh_is_the_response() {
    let server = Server::new(|_| reply("200 OK", &[("Refresh", "0; url=/end")], b"wait"));
    let session = Session::new();
    session.set_refresh(Some(Duration::from_secs(1)));
    session.set_redirects(|redirects| redirects.limit = 0);
    let response = session.get(&server.url("/"));
    assert_eq!((response.error(), response.body()), (None, &b"wait"[..]));
}

#[test]
fn what_cannot_be_sent_says_why() {
    let server = echo();
    let session = Session::new();
    for (name, length) in [("X", 2 << 20), ("User-Agent", 2 << 20), ("User-Agent", 9 << 20)] {
        let session = Session::new();
        session.set_header(name, Some(&vec![b'x'; length])).unwrap();
        let code = session.get(&server.url("/")).error().map(Error::code);
        assert_eq!(code, Some(Code::Header), "{name}: {length} bytes");
    }
    session.set_http_version(VersionChoice::Http10);
    let mut endless = request("POST", &server.url("/"));
    endless.set_body(Body::from_read(&b"bytes"[..], None), None).unwrap();
    assert_eq!(session.send(&endless).error().map(Error::code), Some(Code::Unsupported));
}

#[test]
fn what_the_url_asks_for_is_asked_for_as_it_is() {
    let server = Server::raw(|seen, stream| {
        !seen.target.starts_with("/kept")
            && stream.write_all(&reply("200 OK", &[], seen.target.as_bytes())).is_ok()
    });
    let session = Session::new();
    for target in
        ["/", "/a%2fb%2Fc", "//twice//", "/empty?", "/?a=%e4|^{}", "/a?b=http://c/d", "/empty?", "/"]
    {
        let response = session.get(&server.url(target));
        assert_eq!((response.error(), response.body()), (None, target.as_bytes()));
        assert_eq!(session.send(&request("POST", &server.url(target))).body(), target.as_bytes());
    }
    // The same when libcurl sends it again because the kept connection has died.
    assert_eq!(session.get(&server.url("/kept?")).error().map(Error::code), Some(Code::Receive));
    let asked: Vec<String> = server.seen().into_iter().map(|seen| seen.target).collect();
    assert_eq!(asked[16..], ["/kept?", "/kept?"]);
    // A proxy is asked by the whole URL.
    session.set_proxy(Some(&server.url(""))).unwrap();
    for target in ["/empty?", "/", "/a%2fb"] {
        let url = format!("http://elsewhere.test{target}");
        assert_eq!(session.get(&url).body(), url.as_bytes());
    }
}

/// Uses a session when it goes.
struct Last(Arc<Session>);

impl Drop for Last {
    fn drop(&mut self) {
        self.0.set_header("X-Last", Some(b"1")).unwrap();
    }
}

#[test]
fn what_goes_with_a_replaced_log_or_jar_may_use_the_session() {
    let session = Arc::new(Session::new());
    let last = Last(session.clone());
    session.set_log(Some((Level::Error, Arc::new(move |_: &Entry<'_>| _ = &last))));
    session.set_log(None);
    let last = Last(session.clone());
    session.jar().set_change_hook(Some(Arc::new(move |_: &Cookie, _: Reason| _ = &last)));
    session.set_jar(Arc::new(Jar::new()));
    let server = echo();
    session.get(&server.url("/"));
    assert_eq!(server.last().header("x-last").as_deref(), Some("1"));
}

#[test]
fn what_was_not_sent_sent_no_cookies() {
    let session = Session::new();
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{nobody}/");
    keep(&session, &url, "a=1");
    let response = session.get(&url);
    assert_eq!(response.error().map(Error::code), Some(Code::Connect));
    assert_eq!(response.cookies_sent(), 0);
    let server = echo();
    keep(&session, &server.url("/"), "a=1");
    assert_eq!(session.get(&server.url("/")).cookies_sent(), 1);
}

#[test]
fn what_could_never_work_is_refused_at_once() {
    let session = Session::new();
    for pin in
        ["", "abc", "/etc/passwd", "sha256//abc", "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=;"]
    {
        assert_eq!(session.set_pinned_key(Some(pin)).unwrap_err().code(), Code::Argument, "{pin}");
    }
    for (user, password) in [("a\nb", ""), ("a", "b\0"), ("a:b", "")] {
        assert_eq!(Auth::basic(user, password).unwrap_err().code(), Code::Argument);
    }
    for length in [1 << 20, 9 << 20] {
        let response = session.get(&format!("http://127.0.0.1:1/{}", "x".repeat(length)));
        assert_eq!(response.error().map(Error::code), Some(Code::Url));
    }
}

#[test]
fn a_failed_status_is_told_without_the_query_and_without_controls() {
    let server = Server::new(|seen| match &*seen.target {
        "/999" => reply("999 Request denied", &[], b""),
        _ => reply("404 No\x1b]0;way\u{85}", &[], b""),
    });
    let session = Session::new();
    let failure = |path: &str| session.get(&server.url(path)).failure().unwrap();
    let error = failure("/a?token=abc#x");
    let url = server.url("/a?…");
    assert_eq!(
        (error.code(), error.message()),
        (Code::Status, &*format!("404 Client Error: No\\x1b]0;way\\x85 for url: {url}"))
    );
    let error = failure("/999");
    let url = server.url("/999");
    assert_eq!(
        (error.code(), error.message()),
        (Code::Status, &*format!("999 Unknown Status: Request denied for url: {url}"))
    );
}

#[test]
fn a_server_s_controls_reach_neither_notes_nor_logs() {
    let cookie = "a\u{b}\u{85}\u{2028}b\u{1b}[2J=secret; Domain=other.example";
    let server = Server::new(move |_| reply("200 O\u{1b}[2J\u{9b}K", &[("Set-Cookie", cookie)], b""));
    let session = Session::new();
    let told = Arc::new(Mutex::new(Vec::new()));
    let log = told.clone();
    session.set_log(Some((
        Level::Debug,
        Arc::new(move |entry| log.lock().unwrap().push(entry.text.to_string())),
    )));
    keep(&session, &server.url("/"), "k\u{2028}\u{9b}=secret; Path=/else");
    let response = session.get(&server.url("/"));
    let lines = [&told.lock().unwrap()[..], &[response.notes()[0].text().to_string()]].concat();
    assert!(lines.len() >= 4, "{lines:?}");
    for line in lines {
        assert!(!line.contains(|c: char| c.is_control() || c == '\u{2028}'), "{line:?}");
    }
}
