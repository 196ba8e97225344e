//! What sessions and requests can be told: retries, refreshes, files of hosts, logs, facts of hops.

mod support;

use htmlsession::cookies::Context;
use htmlsession::http::Body;
use htmlsession::http::redirect::Policy;
use htmlsession::http::retry::RetryPolicy;
use htmlsession::session::{Entry, Event, Level, Log};
use htmlsession::{Auth, Code, Error, Request, Session};
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use support::{Server, reply};
use url::Url;

fn get(url: &str) -> Request {
    Request::new("GET", url).unwrap()
}

fn folder(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("options_{name}"));
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

/// Answers with these statuses in turn, the last one for ever.
fn statuses(list: &'static [&'static str]) -> Server {
    let at = AtomicUsize::new(0);
    Server::new(move |_| {
        let status = list[at.fetch_add(1, Ordering::SeqCst).min(list.len() - 1)];
        reply(status, &[], status.as_bytes())
    })
}

#[test]
fn retries_by_status_method_and_request() {
    let session = Session::new();
    session.change_retry(|policy| {
        policy.attempts = 3;
        policy.backoff = Duration::ZERO;
        policy.statuses = vec![418];
    });
    let server = statuses(&["418 Teapot", "418 Teapot", "200 OK"]);
    let response = session.send(&get(&server.url("/")));
    assert_eq!((response.status(), server.seen().len()), (200, 3));
    let notes: Vec<&str> = response.notes().iter().map(|note| note.text()).collect();
    assert_eq!(notes, ["status 418: try 2 of 3 in 0 ms", "status 418: try 3 of 3 in 0 ms"]);
    let server = statuses(&["503 Busy", "200 OK"]);
    assert_eq!(session.send(&get(&server.url("/"))).status(), 503, "not among the statuses any more");
    let server = statuses(&["418 Teapot", "200 OK"]);
    let post = Request::new("POST", &server.url("/")).unwrap();
    assert_eq!(session.send(&post).status(), 418, "not idempotent");
    session.change_retry(|policy| policy.any_method = true);
    let server = statuses(&["418 Teapot", "200 OK"]);
    let post = Request::new("POST", &server.url("/")).unwrap();
    assert_eq!(session.send(&post).status(), 200);
    // A request's own number of tries keeps the session's statuses.
    let server = statuses(&["418 Teapot", "418 Teapot", "200 OK"]);
    let mut own = get(&server.url("/"));
    own.set_attempts(2, Duration::ZERO);
    assert_eq!(session.send(&own).status(), 418);
    let server = statuses(&["503 Busy", "503 Busy", "200 OK"]);
    let mut own = get(&server.url("/"));
    own.set_retry(Some(RetryPolicy { statuses: vec![503], ..RetryPolicy::default() }));
    own.set_attempts(9, Duration::ZERO);
    assert_eq!(session.send(&own).status(), 200);
}

#[test]
fn a_kept_connection_that_died_is_replaced() {
    // The first request of each connection is answered, the second finds it closed.
    let counts: Mutex<std::collections::HashMap<u16, usize>> = Mutex::default();
    let server = Server::raw(move |_, stream| {
        let port = stream.peer_addr().unwrap().port();
        let count = {
            let mut counts = counts.lock().unwrap();
            let count = counts.entry(port).or_default();
            *count += 1;
            *count
        };
        count == 1 && stream.write_all(&reply("200 OK", &[], b"ok")).is_ok()
    });
    let session = Session::new();
    for number in 0..3 {
        let response = session.get(&server.url("/"));
        assert_eq!((response.error(), response.body()), (None, &b"ok"[..]), "{number}");
    }
    assert_eq!(server.connections(), 3);
}

#[test]
fn pages_lead_on_by_themselves_only_when_asked() {
    let server = Server::new(|seen| match &*seen.target {
        "/header" => reply("200 OK", &[("Refresh", "0; url=/meta?x")], b"wait"),
        "/meta?x" => {
            let page = "<title>x</title><META HTTP-EQUIV=Refresh CONTENT=\"0.1;URL='/end'\">";
            reply("200 OK", &[("Content-Type", "text/html; charset=utf-8")], page.as_bytes())
        }
        "/based" => {
            let page = b"<base href=/folder/><meta http-equiv=refresh content='0;x?\xE4'>";
            reply("200 OK", &[("Content-Type", "text/html; charset=windows-1252")], page)
        }
        "/self" => reply("200 OK", &[("Refresh", "0")], b"self"),
        "/late" => reply("200 OK", &[("Refresh", "60; url=/end")], b"late"),
        "/loop" => reply("200 OK", &[("Refresh", "0; url=/loop2")], b"1"),
        "/loop2" => reply("200 OK", &[("Refresh", "0; url=/loop")], b"2"),
        "/ftp" => {
            reply("200 OK", &[("Refresh", "0; url=ftp://h/")], b"<meta http-equiv=refresh content='0;x'>")
        }
        "/script" => reply("200 OK", &[("Refresh", "0; url=javascript:x")], b"<p>refresh"),
        "/top" => reply("200 OK", &[("Refresh", "0; url=#top")], b"top"),
        "/latin" => {
            let mut bytes = reply("200 OK", &[("Refresh", "0; url=/caf?")], b"");
            *bytes.iter_mut().find(|byte| **byte == b'?').unwrap() = 0xE9;
            bytes
        }
        "/still" => reply("200 OK", &[("Refresh", "0")], b"<meta http-equiv=refresh content='0;x'>"),
        "/broken" => reply("200 OK", &[("Refresh", "soon")], b"<meta http-equiv=refresh content='0;/end'>"),
        "/lost" => reply("404 Not Found", &[], b"<meta http-equiv=refresh content='0;/end'>"),
        "/first" => {
            let metas = ["x", "0;javascript:x", "0;http://[", "0;/end", "0;/late"];
            let page: String =
                metas.iter().map(|x| format!("<meta http-equiv=refresh content='{x}'>")).collect();
            reply("200 OK", &[("Content-Type", "text"), ("Content-Type", "text/html")], page.as_bytes())
        }
        _ => reply("200 OK", &[], seen.target.as_bytes()),
    });
    let session = Session::new();
    assert_eq!(session.get(&server.url("/header")).body(), b"wait");
    session.set_refresh(Some(Duration::from_secs(5)));
    let response = session.get(&server.url("/header"));
    assert_eq!((response.body(), response.history().len()), (&b"/end"[..], 2));
    assert_eq!(response.history()[0].notes()[0].event, Event::Refresh);
    assert_eq!(response.history()[0].notes()[0].text(), format!("to {}?… in 0 s", server.url("/meta")));
    assert_eq!(session.get(&server.url("/based")).body(), b"/folder/x?%E4");
    assert_eq!(session.get(&server.url("/self")).body(), b"self");
    assert_eq!(session.get(&server.url("/late")).body(), b"late");
    let response = session.get(&server.url("/loop"));
    assert_eq!(response.error().map(Error::code), Some(Code::TooManyRedirects));
    assert_eq!(response.history().len(), 30);
    for stays in ["/ftp", "/script", "/top", "/still"] {
        let response = session.get(&server.url(stays));
        assert_eq!((response.error(), response.history().len()), (None, 0), "{stays}");
        assert!(!response.body().is_empty(), "{stays}");
    }
    assert_eq!(session.get(&server.url("/latin")).body(), b"/caf%C3%A9");
    for goes in ["/broken", "/lost", "/first"] {
        assert_eq!(session.get(&server.url(goes)).body(), b"/end", "{goes}");
    }
    let mut own = get(&server.url("/header"));
    own.set_refresh(None);
    assert_eq!(session.send(&own).body(), b"wait");
}

#[test]
fn several_content_types_are_one() {
    let server = Server::new(|_| {
        let fields = ["text", "text/html;charset=windows-1251", "text/html", "cannot"];
        reply("200 OK", &fields.map(|field| ("Content-Type", field)), b"\xE4")
    });
    let response = Session::new().get(&server.url("/"));
    assert_eq!((response.text().unwrap(), response.encoding().unwrap().0), ("\u{434}", "windows-1251"));
    assert_eq!(response.html().unwrap().encoding(), "windows-1251");
}

#[test]
fn a_request_beats_its_session() {
    let server = Server::new(|seen| match &*seen.target {
        "/found" => reply("302 Found", &[("Location", "/end")], b""),
        _ => {
            let auth = seen.header("authorization").unwrap_or_default();
            reply("200 OK", &[], format!("{} {auth}", seen.method).as_bytes())
        }
    });
    let session = Session::new();
    session.set_auth(Auth::basic("session", "x").unwrap());
    session.set_redirects(|redirects| redirects.policy = Policy::Strict);
    let body = |request: &Request| String::from_utf8(session.send(request).body().to_vec()).unwrap();
    let mut request = Request::new("PUT", &server.url("/found")).unwrap();
    request.set_body(Body::Bytes(b"x"[..].into()), None).unwrap();
    request.set_auth(Auth::bearer("token").unwrap());
    assert_eq!(body(&request), "PUT Bearer token");
    request.set_redirect_policy(Policy::Requests, false);
    request.set_auth(Auth::None);
    assert_eq!(body(&request), "GET ");
    request.set_redirect_limit(0);
    assert_eq!(session.send(&request).status(), 302);
    // Only the limit is the request's own: the policy stays the session's.
    let mut request = Request::new("PUT", &server.url("/found")).unwrap();
    request.set_redirect_limit(1);
    assert!(body(&request).starts_with("PUT Basic "));
}

#[test]
fn no_credentials_means_none_of_a_file_either() {
    let path = folder("netrc").join("netrc");
    fs::write(&path, "default login ann password secret\n").unwrap();
    let server = Server::new(|_| reply("200 OK", &[], b""));
    let session = Session::new();
    session.set_netrc(Some(&path)).unwrap();
    session.get(&server.url("/"));
    assert_eq!(server.last().header("authorization").as_deref(), Some("Basic YW5uOnNlY3JldA=="));
    let mut bare = get(&server.url("/"));
    bare.set_auth(Auth::None);
    session.send(&bare);
    assert_eq!(server.last().header("authorization"), None);
}

#[test]
fn hosts_of_https_are_saved_and_loaded() {
    let path = folder("hsts").join("hsts.txt");
    let session = Session::new();
    session.save_hsts(&path).unwrap();
    fs::write(&path, "# mine\n.example.com \"20991231 00:00:00\"\n\nold.example \"19990101 00:00:00\"\n")
        .unwrap();
    session.load_hsts(&path).unwrap();
    session.set_resolve("www.example.com", 80, Some("127.0.0.1")).unwrap();
    session.set_resolve("www.example.com", 443, Some("127.0.0.1")).unwrap();
    session.set_trust_env(false);
    let response = session.get("http://www.example.com/");
    assert_eq!(response.url(), "https://www.example.com/");
    assert_eq!((response.notes()[0].event, response.notes()[0].text()), (Event::Hsts, "http became https"));
    session.save_hsts(&path).unwrap();
    let saved = fs::read_to_string(&path).unwrap();
    assert_eq!(saved.lines().skip(1).collect::<Vec<_>>(), [".example.com \"20991231 00:00:00\""]);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    fs::write(&path, "new.example \"unlimited\"\nnonsense\n").unwrap();
    let error = session.load_hsts(&path).unwrap_err();
    assert_eq!(error.code(), Code::Argument);
    assert!(error.message().ends_with("hsts.txt: line 2 of the HSTS list is damaged"), "{error}");
    session.save_hsts(&path).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), saved, "a damaged file changes nothing");
    assert_eq!(session.load_hsts(&path.join("no")).unwrap_err().code(), Code::Io);
    std::fs::File::create(&path).unwrap().set_len((64 << 20) + 1).unwrap();
    let error = session.load_hsts(&path).unwrap_err();
    assert!(error.code() == Code::Io && error.message().ends_with("hsts.txt: larger than 64 MiB"), "{error}");
    assert_eq!(session.save_hsts(&path.join("no")).unwrap_err().code(), Code::Io);
}

#[test]
fn the_log_tells_everything_but_secrets() {
    let other = Server::new(|_| reply("200 OK", &[("Set-Cookie", "bad=s3cret; Domain=com")], b"there"));
    let target = other.url("/end?s3cret");
    let server =
        Server::new(move |_| reply("302 Found", &[("Location", &target), ("Set-Cookie", "ok=s3cret")], b""));
    let lines = Arc::new(Mutex::new(Vec::new()));
    let into = lines.clone();
    let log: Arc<Log> = Arc::new(move |entry: &Entry<'_>| {
        into.lock().unwrap().push(format!(
            "{} {:?} {} {}",
            entry.request,
            entry.level,
            entry.event.name().to_str().unwrap(),
            entry.text
        ));
    });
    let session = Session::new();
    session.set_trust_env(false);
    let elsewhere = Url::parse("http://127.0.0.1/deep/down").unwrap();
    session.jar().store(&elsewhere, b"deep=s3cret; Path=/deep", &Context::default());
    session.set_log(Some((Level::Debug, log.clone())));
    session.set_secret_header("X-Key").unwrap();
    let mut request = Request::new("POST", &server.url("/start?token=s3cret")).unwrap();
    request.set_header("X-Key", Some(b"s3cret")).unwrap();
    request.set_auth(Auth::basic("ann", "s3cret").unwrap());
    request.set_cookie(b"mine", b"s3cret").unwrap();
    request.set_body(Body::Bytes(b"s3cret"[..].into()), Some("text/plain")).unwrap();
    let response = session.send(&request);
    assert_eq!(response.body(), b"there");
    let told = std::mem::take(&mut *lines.lock().unwrap());
    let (from, to) = (server.url("/start?…"), other.url("/end?…"));
    let last = told.last().unwrap().clone();
    assert_eq!(
        told[..told.len() - 1],
        [
            format!("1 Debug request POST {from} with 1 cookies"),
            "1 Debug cookie deep: not sent: its path does not match".into(),
            format!("1 Debug response 302 Found from {from}"),
            format!("1 Info redirect to {to}"),
            "1 Info method POST becomes GET, without the body".into(),
            "1 Info strip X-Key: the origin changes".into(),
            "1 Info strip credentials: the origin changes".into(),
            format!("1 Debug request GET {to} with 1 cookies"),
            "1 Debug cookie deep: not sent: its path does not match".into(),
            format!("1 Debug response 200 OK from {to}"),
            "1 Info cookie bad: the Domain attribute does not cover the host".into(),
        ][..],
        "{told:#?}"
    );
    assert!(last.starts_with("1 Debug end after "), "{last}");
    assert!(!told.iter().any(|line| line.contains("s3cret")));
    let events: Vec<Event> = response.history()[0].notes().iter().map(|note| note.event).collect();
    assert_eq!(events, [Event::Redirect, Event::Method, Event::Strip, Event::Strip]);
    assert_eq!(response.cookie_field(), b"ok=s3cret", "127.0.0.1 is one host, whatever the port");
    // Errors alone, and nothing at all.
    session.set_log(Some((Level::Error, log)));
    session.get(&server.url("/"));
    assert!(lines.lock().unwrap().is_empty());
    session.get("http://no-such-host.invalid/");
    session.set_log(None);
    session.get("http://no-such-host.invalid/");
    let told = lines.lock().unwrap();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("3 Error end "), "{told:?}");
}

#[test]
fn what_only_trickles_is_cut_off() {
    let server = Server::raw(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
        for _ in 0..500 {
            if stream.write_all(b"x").is_err() {
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        false
    });
    let session = Session::new();
    session.set_low_speed(Some((1000, 1)));
    let start = Instant::now();
    let response = session.get(&server.url("/"));
    assert_eq!(response.error().map(Error::code), Some(Code::Slow));
    assert!(start.elapsed() < Duration::from_secs(25), "{:?}", start.elapsed());
    assert!(!response.body().is_empty());
}

#[test]
fn one_submitted_request_is_waited_for() {
    let server = Server::new(|seen| {
        if seen.target == "/slow" {
            std::thread::sleep(Duration::from_millis(300));
        }
        reply("200 OK", &[], seen.target.as_bytes())
    });
    let session = Session::new();
    let slow = session.submit(&get(&server.url("/slow")), 0).unwrap();
    let fast = session.submit(&get(&server.url("/fast")), 0).unwrap();
    assert!(session.wait(slow, Some(Duration::ZERO)).unwrap().is_none());
    assert_eq!(session.wait(slow, None).unwrap().unwrap().body(), b"/slow");
    assert_eq!(session.outstanding(), 1);
    assert_eq!(session.wait(fast, None).unwrap().unwrap().body(), b"/fast");
    assert!(session.wait(fast, None).unwrap().is_none(), "it was handed out");
    assert!(session.wait(999, None).unwrap().is_none(), "it never was");
    // Threads that wait for one each, while another drives.
    let ids: Vec<u64> = (0..20)
        .map(|number| session.submit(&get(&server.url(&format!("/{number}"))), number).unwrap())
        .collect();
    std::thread::scope(|scope| {
        for (number, id) in ids.into_iter().enumerate() {
            let session = &session;
            scope.spawn(move || {
                let response = session.wait(id, None).unwrap().expect("each its own");
                assert_eq!(response.body(), format!("/{number}").as_bytes());
            });
        }
    });
    assert_eq!(session.outstanding(), 0);
}

#[test]
fn schemes_that_libcurl_speaks_are_there_or_refused() {
    // What the library says of itself.
    let features = htmlsession::ffi::version::session_features();
    // SAFETY: static text.
    let features = unsafe { std::ffi::CStr::from_ptr(features) }.to_str().unwrap();
    match Auth::ntlm("domain\\user", "password") {
        Ok(_) => assert!(features.contains(" ntlm"), "{features}"),
        Err(error) => {
            assert!(!features.contains(" ntlm"), "{features}");
            assert_eq!(error.code(), Code::Unsupported);
        }
    }
    match Auth::negotiate() {
        Ok(_) => assert!(features.contains(" negotiate"), "{features}"),
        Err(error) => assert_eq!(error.code(), Code::Unsupported),
    }
}

#[test]
fn ntlm_is_one_hop_with_two_rounds() {
    let Ok(auth) = Auth::ntlm("user", "password") else {
        println!("this libcurl has no NTLM: not run");
        return;
    };
    // A challenge of MS-NLMP's own example: the target "Server" and the nonce 0123456789abcdef.
    let challenge = "TlRMTVNTUAACAAAADAAMADgAAAAzgoriASNFZ4mrze8AAAAAAAAAACQAJABEAAAABgBwFwAAAA9TAGUAcgB2AGUA\
                     cgACAAwARABvAG0AYQBpAG4AAQAMAFMAZQByAHYAZQByAAAAAAA=";
    let server = Server::new(move |seen| match seen.header("authorization") {
        Some(value) if value.starts_with("NTLM TlRMTVNTUAAD") => reply("200 OK", &[], b"welcome"),
        Some(value) if value.starts_with("NTLM TlRMTVNTUAAB") => {
            reply("401 No", &[("WWW-Authenticate", &format!("NTLM {challenge}"))], b"more")
        }
        _ => reply("401 No", &[("WWW-Authenticate", "NTLM"), ("Set-Cookie", "seen=1")], b"who?"),
    });
    let session = Session::new();
    session.set_auth(auth);
    for streamed in [false, true] {
        let mut request = get(&server.url("/"));
        request.set_streamed(streamed);
        let response = session.send(&request);
        let mut body = [0; 20];
        let count = response.read(&mut body).unwrap();
        assert_eq!((response.status(), &body[..count]), (200, &b"welcome"[..]));
        assert_eq!(response.history().len(), 0);
    }
}
