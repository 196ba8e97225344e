//! Requests that are sent again: silently when a kept connection turns out to be dead, by policy after
//! failures and statuses, and never where a second execution could do harm.

mod support;

use htmlsession::http::Body;
use htmlsession::http::retry::RetryPolicy;
use htmlsession::{Code, Request, Session};
use std::collections::HashMap;
use std::io::Write;
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use support::{Server, reply};

/// A server that answers the first request of each connection, and ends it at the second one: at once,
/// in the way that `end` says.
fn tired(end: fn(&mut TcpStream)) -> Server {
    let served: Mutex<HashMap<u16, u32>> = Mutex::default();
    Server::raw(move |seen, stream| {
        let peer = stream.peer_addr().unwrap().port();
        let count = {
            let mut served = served.lock().unwrap();
            let count = served.entry(peer).or_default();
            *count += 1;
            *count
        };
        if count == 1 {
            return stream.write_all(&reply("200 OK", &[], seen.method.as_bytes())).is_ok();
        }
        end(stream);
        false
    })
}

fn closes(_: &mut TcpStream) {}

/// Ends the connection with a reset.
fn resets(stream: &mut TcpStream) {
    use std::os::fd::AsRawFd;
    let linger = libc::linger { l_onoff: 1, l_linger: 0 };
    let size = size_of::<libc::linger>() as u32;
    let option = std::ptr::from_ref(&linger).cast();
    // SAFETY: an open socket, and a structure that outlives the call.
    unsafe { libc::setsockopt(stream.as_raw_fd(), libc::SOL_SOCKET, libc::SO_LINGER, option, size) };
}

fn breaks_off(stream: &mut TcpStream) {
    let _ = stream.write_all(b"HTTP/1.1 200 O");
}

fn request(method: &str, url: &str) -> Request {
    let mut request = Request::new(method, url).unwrap();
    if matches!(method, "POST" | "PUT" | "PATCH") {
        request.set_body(Body::Bytes(b"body"[..].into()), Some("text/plain")).unwrap();
    }
    request
}

#[test]
fn a_kept_connection_that_died_is_replaced_silently() {
    for end in [closes as fn(&mut TcpStream), resets] {
        for method in ["GET", "HEAD", "PUT", "DELETE"] {
            let server = tired(end);
            let session = Session::new();
            assert_eq!(session.get(&server.url("/")).error(), None);
            let response = session.send(&request(method, &server.url("/again")));
            assert_eq!((response.error(), response.status()), (None, 200), "{method}");
            assert_eq!(server.connections(), 2, "{method}");
            let seen = server.seen();
            assert_eq!(seen.len(), 3, "{method}: the first, the lost and the repeated one");
            assert_eq!(seen[1].body, seen[2].body, "{method}");
            assert_eq!((response.history().len(), response.reused_connection()), (0, false), "{method}");
        }
    }
}

#[test]
fn what_may_have_been_done_is_not_done_again() {
    for end in [closes as fn(&mut TcpStream), resets] {
        for method in ["POST", "PATCH", "PURCHASE"] {
            let server = tired(end);
            let session = Session::new();
            assert_eq!(session.get(&server.url("/")).error(), None);
            let response = session.send(&request(method, &server.url("/buy")));
            let code = response.error().map(|error| error.code());
            assert!(matches!(code, Some(Code::Receive | Code::Send)), "{method}: {code:?}");
            let sent = server.seen().iter().filter(|seen| seen.method == method).count();
            assert_eq!(sent, 1, "{method} reached the server {sent} times");
        }
    }
}

#[test]
fn a_response_that_has_begun_is_not_asked_for_again() {
    let server = tired(breaks_off);
    let session = Session::new();
    assert_eq!(session.get(&server.url("/")).error(), None);
    let response = session.send(&request("POST", &server.url("/again")));
    assert!(response.error().is_some());
    assert_eq!(server.seen().len(), 2);
}

#[test]
fn a_server_that_always_closes_is_asked_twice_at_most() {
    let server = Server::raw(|_, _| false);
    let session = Session::new();
    let response = session.get(&server.url("/"));
    assert_eq!(response.error().map(|error| error.code()), Some(Code::Receive));
    assert!(server.seen().len() <= 2, "{} times", server.seen().len());
}

/// A server that fails `count` times with a status and then is well.
fn failing(count: usize, status: &'static str, retry_after: Option<&'static str>) -> Server {
    let asked = AtomicUsize::new(0);
    Server::new(move |_| {
        if asked.fetch_add(1, Ordering::SeqCst) >= count {
            return reply("200 OK", &[], b"well");
        }
        let headers: Vec<_> = retry_after.iter().map(|value| ("Retry-After", *value)).collect();
        reply(status, &headers, b"busy")
    })
}

fn session(attempts: u32) -> Session {
    let session = Session::new();
    let backoff = Duration::from_millis(20);
    session.set_retry(Some(RetryPolicy { attempts, backoff, ..RetryPolicy::default() }));
    session
}

#[test]
fn statuses_are_tried_again_by_policy() {
    let server = failing(2, "503 Service Unavailable", None);
    let response = Session::new().get(&server.url("/"));
    assert_eq!((response.status(), server.seen().len()), (503, 1), "not by default");

    let server = failing(2, "503 Service Unavailable", None);
    let response = session(3).get(&server.url("/"));
    assert_eq!((response.error(), response.status(), response.body()), (None, 200, &b"well"[..]));
    assert_eq!((server.seen().len(), response.history().len()), (3, 0));

    let server = failing(5, "503 Service Unavailable", None);
    let response = session(3).get(&server.url("/"));
    assert_eq!((response.error(), response.status(), response.body()), (None, 503, &b"busy"[..]));
    assert_eq!(server.seen().len(), 3);

    for (method, times) in [("PUT", 2), ("POST", 1)] {
        let server = failing(1, "502 Bad Gateway", None);
        session(3).send(&request(method, &server.url("/")));
        assert_eq!(server.seen().len(), times, "{method}");
        assert!(server.seen().iter().all(|seen| seen.body == b"body"), "{method}");
    }
    let server = failing(1, "500 Internal Server Error", None);
    assert_eq!(session(3).get(&server.url("/")).status(), 500);
}

#[test]
fn the_server_names_the_wait() {
    let server = failing(1, "429 Too Many Requests", Some("1"));
    let start = Instant::now();
    assert_eq!(session(2).get(&server.url("/")).status(), 200);
    assert!(start.elapsed() >= Duration::from_secs(1), "{:?}", start.elapsed());
    // Longer than one would wait: the response as it is, at once.
    let server = failing(1, "429 Too Many Requests", Some("100000"));
    assert_eq!(session(2).get(&server.url("/")).status(), 429);
    // The wait counts against the total time-out, and can be cancelled.
    let server = failing(1, "429 Too Many Requests", Some("60"));
    let session = session(2);
    session.set_timeouts(|timeouts| timeouts.total = Some(Duration::from_millis(2000)));
    let response = session.get(&server.url("/"));
    assert_eq!(response.error().map(|error| error.code()), Some(Code::Timeout));
    assert_eq!((response.status(), response.body()), (429, &b"busy"[..]), "what came is still there");
}

#[test]
fn failures_to_connect_are_tried_again_for_every_method() {
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    for method in ["GET", "POST"] {
        let session = session(4);
        let start = Instant::now();
        let response = session.send(&request(method, &format!("http://127.0.0.1:{port}/")));
        assert_eq!(response.error().map(|error| error.code()), Some(Code::Connect));
        // Three waits of at least half of 20, 40 and 80 ms.
        assert!(start.elapsed() >= Duration::from_millis(70), "{method}: {:?}", start.elapsed());
    }
}
