//! Bodies that are read while they come, or go to a sink or into a file.

mod support;

use htmlsession::http::Body;
use htmlsession::http::retry::RetryPolicy;
use htmlsession::session::{Moved, Progress, Sink};
use htmlsession::{Code, Error, Request, Response, Session};
use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};
use support::{Seen, Server, gzip, reply};

/// A piece of 64 KiB that tells its place.
fn piece(number: usize) -> Vec<u8> {
    static PATTERN: LazyLock<Vec<u8>> = LazyLock::new(|| (0..65 * 1024).map(|at| (at % 251) as u8).collect());
    PATTERN[number % 1024..][..64 * 1024].to_vec()
}

fn request(url: &str) -> Request {
    Request::new("GET", url).unwrap()
}

fn streamed(url: &str) -> Request {
    let mut request = request(url);
    request.set_streamed(true);
    request
}

fn read_all(response: &Response) -> Result<Vec<u8>, (Vec<u8>, Error)> {
    let (mut all, mut chunk) = (Vec::new(), vec![0; 10_000]);
    loop {
        match response.read(&mut chunk) {
            Ok(0) => return Ok(all),
            Ok(count) => all.extend_from_slice(&chunk[..count]),
            Err(error) => return Err((all, error)),
        }
    }
}

/// Sends `count` pieces of [`piece`], and counts those that it could write.
fn flood(count: usize, written: Arc<AtomicUsize>) -> Server {
    Server::raw(move |_, stream| {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", count * 64 * 1024);
        if stream.write_all(head.as_bytes()).is_err() {
            return false;
        }
        for number in 0..count {
            if stream.write_all(&piece(number)).is_err() {
                return false;
            }
            written.fetch_add(1, Ordering::SeqCst);
        }
        true
    })
}

#[test]
fn the_call_returns_with_the_head_and_the_reader_sets_the_pace() {
    let written = Arc::new(AtomicUsize::new(0));
    let server = flood(640, written.clone());
    let session = Session::new();
    session.set_timeouts(|timeouts| timeouts.read = Some(Duration::from_millis(300)));
    let response = session.send(&streamed(&server.url("/")));
    assert_eq!((response.error(), response.status(), response.is_streamed()), (None, 200, true));
    assert_eq!(response.body(), b"");
    assert_eq!(response.html().unwrap_err().code(), Code::State);
    // Longer than the read time-out: the reader's own silence is none of the server's.
    std::thread::sleep(Duration::from_millis(700));
    let other = Server::new(|_| reply("200 OK", &[], b"other"));
    assert_eq!(session.get(&other.url("/")).body(), b"other");
    let ahead = written.load(Ordering::SeqCst);
    assert!(ahead < 400, "{ahead} of 640 pieces were taken from the server although nobody reads");
    let mut number = 0;
    let mut chunk = vec![0; 64 * 1024];
    let mut filled = 0;
    loop {
        let count = response.read(&mut chunk[filled..]).unwrap();
        filled += count;
        if filled == chunk.len() {
            assert!(chunk == piece(number), "piece {number}");
            (number, filled) = (number + 1, 0);
        }
        if count == 0 {
            break;
        }
    }
    assert_eq!((number, filled), (640, 0));
    assert_eq!(response.read(&mut chunk).unwrap(), 0, "the end stays the end");
    assert_eq!(response.bytes_received(), 640 * 64 * 1024);
    // The connection can be used again.
    assert!(session.get(&server.url("/")).reused_connection());
}

#[test]
fn redirects_challenges_and_retries_come_before_the_stream() {
    let tries = AtomicUsize::new(0);
    let server = Server::new(move |seen| match &*seen.target {
        "/a" => reply("302 Found", &[("Location", "/b")], b"moved"),
        "/b" if tries.fetch_add(1, Ordering::SeqCst) == 0 => reply("503 Busy", &[], b"later"),
        "/b" if seen.header("authorization").is_none() => {
            let challenge = "Digest realm=\"r\", nonce=\"n\", qop=\"auth\"";
            reply("401 Unauthorized", &[("WWW-Authenticate", challenge)], b"who?")
        }
        _ => reply("200 OK", &[("Content-Encoding", "gzip")], &gzip(b"the body")),
    });
    let session = Session::new();
    session.set_auth(htmlsession::Auth::digest("u", "p").unwrap());
    let retry = RetryPolicy { attempts: 2, backoff: Duration::ZERO, ..RetryPolicy::default() };
    session.set_retry(Some(retry));
    let response = session.send(&streamed(&server.url("/a")));
    let statuses: Vec<u16> = response.history().iter().map(|hop| hop.status()).collect();
    assert_eq!((response.status(), statuses), (200, vec![302, 401]));
    assert_eq!(response.history()[0].body(), b"moved");
    assert_eq!(read_all(&response).unwrap(), b"the body");
}

#[test]
fn lines_come_as_they_are_sent() {
    let server = Server::raw(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        for part in ["one\r", "\ntw", "o\n\nthree\rfour"] {
            std::thread::sleep(Duration::from_millis(30));
            let _ = stream.write_all(format!("{:x}\r\n{part}\r\n", part.len()).as_bytes());
        }
        stream.write_all(b"0\r\nT: 1\r\n\r\n").is_ok()
    });
    let session = Session::new();
    for request in [streamed(&server.url("/")), request(&server.url("/"))] {
        let response = session.send(&request);
        let (mut lines, mut line) = (Vec::new(), Vec::new());
        while response.read_line(&mut line).unwrap() {
            lines.push(String::from_utf8(line.clone()).unwrap());
        }
        assert_eq!(lines, ["one", "two", "", "three", "four"]);
        assert_eq!(response.available().unwrap(), None);
        assert_eq!(response.trailers().get_str("t"), Some("1"));
    }
    let response = session.send(&streamed(&server.url("/")));
    let mut line = Vec::new();
    assert!(response.read_line(&mut line).unwrap());
    assert_eq!(
        (line.as_slice(), read_all(&response).unwrap()),
        (&b"one"[..], b"two\n\nthree\rfour".to_vec())
    );
}

#[test]
fn a_broken_stream_gives_its_bytes_and_then_its_error() {
    let server = Server::raw(|seen, stream| {
        let whole = gzip(&piece(3));
        let _ = match &*seen.target {
            "/short" => stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"),
            "/gzip" => {
                let head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Encoding: gzip\r\n\r\n";
                let _ = stream.write_all(head.as_bytes());
                stream.write_all(&whole[..whole.len() - 10])
            }
            _ => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
                std::thread::sleep(Duration::from_secs(3));
                Ok(())
            }
        };
        false
    });
    let session = Session::new();
    session.set_timeouts(|timeouts| timeouts.read = Some(Duration::from_millis(200)));
    for (path, code) in [("/short", Code::Truncated), ("/silent", Code::ReadTimeout)] {
        let response = session.send(&streamed(&server.url(path)));
        assert!(response.ok());
        let (bytes, error) = read_all(&response).unwrap_err();
        assert_eq!((&*bytes, error.code()), (&b"half"[..], code));
        assert_eq!(response.error().map(Error::code), Some(code));
        assert!(!response.ok());
        assert_eq!(response.read(&mut [0; 1]).unwrap_err().code(), code, "it stays so");
    }
    let (bytes, error) = read_all(&session.send(&streamed(&server.url("/gzip")))).unwrap_err();
    assert_eq!(error.code(), Code::Truncated);
    assert!(bytes == piece(3)[..bytes.len()] && bytes.len() > 1000, "{} bytes", bytes.len());
}

#[test]
fn a_broken_stream_gives_its_last_line_and_then_its_error() {
    let server = Server::raw(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\none\npartial");
        false
    });
    let response = Session::new().send(&streamed(&server.url("/")));
    let mut line = Vec::new();
    for expected in [&b"one"[..], b"partial"] {
        assert!(response.read_line(&mut line).unwrap());
        assert_eq!(line, expected);
    }
    for _ in 0..2 {
        assert_eq!(response.read_line(&mut line).unwrap_err().code(), Code::Truncated);
    }
}

#[test]
fn zstd_that_breaks_off_gives_what_it_held_back() {
    // A frame with one raw block of 5 bytes that is not the last.
    let frame = b"\x28\xb5\x2f\xfd\x00\x58\x28\x00\x00hello";
    let server = Server::raw(|_, stream| {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\nContent-Encoding: zstd\r\n\r\n";
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(frame));
        false
    });
    let session = Session::new();
    let response = session.get(&server.url("/"));
    assert_eq!(response.error().map(Error::code), Some(Code::Truncated));
    assert_eq!(response.body(), b"hello");
    let (bytes, error) = read_all(&session.send(&streamed(&server.url("/")))).unwrap_err();
    assert_eq!((&*bytes, error.code()), (&b"hello"[..], Code::Truncated));
}

#[test]
fn a_bomb_does_not_fill_the_readers_memory() {
    // 64 MiB of zeros in about 65 KiB.
    static BOMB: LazyLock<Vec<u8>> = LazyLock::new(|| gzip(&vec![0; 64 << 20]));
    let server = Server::new(|_| reply("200 OK", &[("Content-Encoding", "gzip")], &BOMB));
    let session = Session::new();
    session.set_max_decoded_ratio(2000);
    let response = session.send(&streamed(&server.url("/")));
    let (mut chunk, zeros) = (vec![1; 1 << 20], vec![0; 1 << 20]);
    let (mut all, mut most) = (0, 0);
    loop {
        most = most.max(response.available().unwrap().unwrap_or(0));
        let count = response.read(&mut chunk).unwrap();
        assert!(chunk[..count] == zeros[..count]);
        all += count;
        if count == 0 {
            break;
        }
    }
    assert_eq!(all, 64 << 20);
    assert!(most < 4 << 20, "{most} bytes were held at once");
}

#[test]
fn dropping_a_stream_closes_its_connection() {
    let closed = Arc::new(AtomicBool::new(false));
    let flag = closed.clone();
    let server = Server::raw(move |_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
        while stream.write_all(&[0; 4096]).is_ok() {}
        flag.store(true, Ordering::SeqCst);
        false
    });
    let session = Session::new();
    let response = session.send(&streamed(&server.url("/")));
    assert!(response.read(&mut [0; 10]).unwrap() > 0);
    drop(response);
    let start = Instant::now();
    while !closed.load(Ordering::SeqCst) {
        assert!(start.elapsed() < Duration::from_secs(10), "the connection stays open");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn closing_the_session_ends_its_streams() {
    let server = flood(1000, Arc::default());
    let session = Session::new();
    let response = session.send(&streamed(&server.url("/")));
    session.close();
    drop(session);
    let (bytes, error) = read_all(&response).unwrap_err();
    assert_eq!(error.code(), Code::Closed);
    assert!(bytes.len() < 1000 * 64 * 1024);
}

#[test]
fn threads_read_their_own_streams_of_one_session() {
    let server = flood(40, Arc::default());
    let session = Session::new();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let response = session.send(&streamed(&server.url("/")));
                let all = read_all(&response).unwrap();
                assert_eq!(all.len(), 40 * 64 * 1024);
                assert!((0..40).all(|number| all[number * 65536..(number + 1) * 65536] == piece(number)));
            });
            scope.spawn(|| assert_eq!(session.get(&server.url("/")).body().len(), 40 * 64 * 1024));
        }
    });
}

#[test]
fn a_storm_of_streams_that_are_read_dropped_and_cancelled() {
    let server = flood(30, Arc::default());
    let session = Session::new();
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(20));
                session.cancel(0).unwrap();
            }
        });
        let readers: Vec<_> = (0..6)
            .map(|thread| {
                let (session, server) = (&session, &server);
                scope.spawn(move || {
                    let mut chunk = vec![0; 50_000];
                    for round in 0..40 {
                        let response = session.send(&streamed(&server.url("/")));
                        for _ in 0..(thread * 7 + round) % 60 {
                            match response.read(&mut chunk) {
                                Ok(0) => break,
                                Ok(_) => {}
                                Err(error) => {
                                    assert_eq!(error.code(), Code::Cancelled);
                                    break;
                                }
                            }
                        }
                    }
                })
            })
            .collect();
        readers.into_iter().for_each(|reader| reader.join().unwrap());
        over.store(true, Ordering::SeqCst);
    });
    // Nothing is left behind.
    let response = session.send(&streamed(&server.url("/")));
    assert_eq!(read_all(&response).unwrap().len(), 30 * 64 * 1024);
}

#[test]
fn a_session_is_freed_with_its_unclaimed_streams() {
    let (session, weak) = {
        let jar = Session::new().jar();
        let weak = Arc::downgrade(&jar);
        let session = Session::new();
        session.set_jar(jar);
        (session, weak)
    };
    let server = flood(30, Arc::default());
    let id = session.submit(&streamed(&server.url("/")), 0).unwrap();
    session.submit(&streamed(&server.url("/")), 0).unwrap();
    let response = session.wait(id, None).unwrap().expect("its head");
    // The other one has come too, and nobody asks for it.
    while session.wait(id + 1, Some(Duration::ZERO)).unwrap().is_none() {
        assert!(session.outstanding() == 1);
    }
    let third = session.submit(&streamed(&server.url("/")), 0).unwrap();
    let other = session.submit(&request(&server.url("/")), 0).unwrap();
    assert!(session.wait(other, None).unwrap().is_some() && third < other);
    drop(session);
    assert_eq!(read_all(&response).unwrap_err().1.code(), Code::Closed);
    drop(response);
    assert!(weak.upgrade().is_none(), "something keeps the session's parts");
}

#[test]
fn submitted_requests_can_be_streamed() {
    let server = flood(20, Arc::default());
    let session = Session::new();
    let mut ids: Vec<u64> =
        (0..5).map(|number| session.submit(&streamed(&server.url("/")), number).unwrap()).collect();
    let mut responses = Vec::new();
    while let Some(response) = session.next(None).unwrap() {
        responses.push(response);
    }
    assert_eq!(session.outstanding(), 0);
    for response in &responses {
        ids.retain(|id| *id != response.id());
        assert_eq!(read_all(response).unwrap().len(), 20 * 64 * 1024);
    }
    assert!(ids.is_empty() && responses.len() == 5);
    assert!(session.next(Some(Duration::ZERO)).unwrap().is_none());
    // Cancelled while its reader waits.
    let silent = Server::raw(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
        std::thread::sleep(Duration::from_secs(5));
        false
    });
    let id = session.submit(&streamed(&silent.url("/")), 0).unwrap();
    let response = session.wait(id, None).unwrap().expect("its head is there");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(100));
            session.cancel(id).unwrap();
        });
        assert_eq!(response.read(&mut [0; 9]).unwrap_err().code(), Code::Cancelled);
    });
}

#[test]
fn an_event_loop_reads_without_waiting() {
    let server = Server::raw(|seen, stream| {
        let count = if seen.target == "/slow" { 20 } else { 200 };
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", count * 65536);
        let _ = stream.write_all(head.as_bytes());
        for number in 0..count {
            if seen.target == "/slow" {
                std::thread::sleep(Duration::from_millis(10));
            }
            if stream.write_all(&piece(number)).is_err() {
                return false;
            }
        }
        true
    });
    let session = Session::new();
    let fd = session.fd().unwrap();
    let readable = |timeout| {
        let mut poll = libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
        // SAFETY: one descriptor in a live structure.
        unsafe { libc::poll(&mut poll, 1, timeout) == 1 }
    };
    for path in ["/slow", "/fast"] {
        session.submit(&streamed(&server.url(path)), 0).unwrap();
        let response = loop {
            assert!(readable(5000), "{path}: its head does not come");
            if let Some(response) = session.next(Some(Duration::ZERO)).unwrap() {
                break response;
            }
        };
        if path == "/fast" {
            // Nobody reads: the descriptor comes to rest.
            let start = Instant::now();
            while readable(100) {
                assert!(session.next(Some(Duration::ZERO)).unwrap().is_none());
                assert!(start.elapsed() < Duration::from_secs(10), "it stays readable");
            }
        }
        let (mut all, mut waits, mut chunk) = (0, 0, vec![0; 100_000]);
        while let Some(count) = response.available().unwrap() {
            if count == 0 {
                waits += 1;
                assert!(readable(5000), "{path}: no more comes after {all} bytes");
                assert!(session.next(Some(Duration::ZERO)).unwrap().is_none());
                continue;
            }
            all += response.read(&mut chunk).unwrap();
        }
        let length = response.headers().get_str("content-length").unwrap();
        assert_eq!(all.to_string(), length);
        assert!(waits < 5000, "{waits} waits: a busy loop");
        assert!(!readable(50), "nothing is left to do");
    }
}

#[test]
fn the_total_time_out_ends_with_the_head_unless_the_request_has_one() {
    let server = Server::raw(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
        for _ in 0..10 {
            std::thread::sleep(Duration::from_millis(50));
            let _ = stream.write_all(b"x");
        }
        true
    });
    let session = Session::new();
    session.set_timeouts(|timeouts| timeouts.total = Some(Duration::from_millis(250)));
    assert_eq!(session.get(&server.url("/")).error().map(Error::code), Some(Code::Timeout));
    assert_eq!(read_all(&session.send(&streamed(&server.url("/")))).unwrap(), b"xxxxxxxxxx");
    let mut own = streamed(&server.url("/"));
    own.set_timeout(Some(Duration::from_millis(250)));
    assert_eq!(read_all(&session.send(&own)).unwrap_err().1.code(), Code::Timeout);
}

fn collector() -> (Arc<Mutex<Vec<u8>>>, Arc<Sink>) {
    let bytes = Arc::new(Mutex::new(Vec::new()));
    let into = bytes.clone();
    let sink: Arc<Sink> = Arc::new(move |piece| {
        into.lock().unwrap().extend_from_slice(piece);
        Ok(())
    });
    (bytes, sink)
}

#[test]
fn a_sink_gets_the_final_body_decoded() {
    let server = Server::new(|seen| match &*seen.target {
        "/a" => reply("302 Found", &[("Location", "/b")], b"moved"),
        "/b" => reply("200 OK", &[("Content-Encoding", "gzip")], &gzip(&piece(1))),
        _ => reply("404 Not Found", &[], b"nothing here"),
    });
    let session = Session::new();
    let (bytes, sink) = collector();
    let mut to_sink = request(&server.url("/a"));
    to_sink.set_sink(Some(sink.clone()));
    let response = session.send(&to_sink);
    assert_eq!((response.error(), response.body()), (None, &b""[..]));
    assert!(*bytes.lock().unwrap() == piece(1));
    assert_eq!(response.history()[0].body(), b"moved");
    bytes.lock().unwrap().clear();
    let mut to_sink = request(&server.url("/missing"));
    to_sink.set_sink(Some(sink));
    assert_eq!(session.send(&to_sink).body(), b"nothing here");
    assert!(bytes.lock().unwrap().is_empty());
}

#[test]
fn a_page_that_leads_on_is_not_given_to_the_sink() {
    let server = Server::new(|seen| match &*seen.target {
        "/" => reply("200 OK", &[("Refresh", "0; url=/end")], b"wait"),
        "/late" => reply("200 OK", &[("Refresh", "60; url=/end")], b"late"),
        _ => reply("200 OK", &[], b"end"),
    });
    let session = Session::new();
    session.set_refresh(Some(Duration::from_secs(1)));
    for (path, expected) in [("/", &b"end"[..]), ("/late", b"late")] {
        let (taken, sink) = collector();
        let mut request = request(&server.url(path));
        request.set_sink(Some(sink));
        assert_eq!(session.send(&request).error(), None);
        assert_eq!(*taken.lock().unwrap(), expected);
        assert_eq!(read_all(&session.send(&streamed(&server.url(path)))).unwrap(), expected);
    }
}

#[test]
fn a_sink_can_stop_and_may_use_the_session() {
    let server = flood(100, Arc::default());
    let session = Arc::new(Session::new());
    let mut stopped = request(&server.url("/"));
    stopped.set_sink(Some(Arc::new(|_| Err(Error::new(Code::Callback, "enough")))));
    let response = session.send(&stopped);
    let error = response.error().unwrap();
    assert_eq!((error.code(), error.message(), response.status()), (Code::Callback, "enough", 200));
    // What would wait for itself is refused, the rest works.
    let (inner, url) = (session.clone(), server.url("/"));
    let codes = Arc::new(Mutex::new(Vec::new()));
    let seen = codes.clone();
    let mut request = request(&server.url("/"));
    request.set_sink(Some(Arc::new(move |_| {
        let code = inner.get(&url).error().map(Error::code);
        let id = inner.submit(&Request::new("GET", &url).unwrap(), 0).unwrap();
        inner.cancel(id).unwrap();
        seen.lock().unwrap().push(code);
        Ok(())
    })));
    assert_eq!(session.send(&request).error(), None);
    let codes = codes.lock().unwrap();
    assert!(!codes.is_empty() && codes.iter().all(|code| *code == Some(Code::Busy)));
    while let Some(response) = session.next(None).unwrap() {
        assert_eq!(response.error().map(Error::code), Some(Code::Cancelled));
    }
}

#[test]
fn progress_is_told_and_can_stop() {
    let server = Server::new(|seen| reply("200 OK", &[], &vec![7; seen.body.len()]));
    let last = Arc::new(Mutex::new(Moved::default()));
    let into = last.clone();
    let told: Arc<Progress> = Arc::new(move |moved| {
        *into.lock().unwrap() = *moved;
        Ok(())
    });
    let session = Session::new();
    let mut post = Request::new("POST", &server.url("/")).unwrap();
    let source = std::io::Cursor::new(vec![1; 300_000]);
    post.set_body(Body::from_read(source, Some(300_000)), None).unwrap();
    post.set_progress(Some(told));
    assert_eq!(session.send(&post).body().len(), 300_000);
    let all = Moved { received: 300_000, to_receive: Some(300_000), sent: 300_000, to_send: Some(300_000) };
    assert_eq!(*last.lock().unwrap(), all);
    post.set_body(Body::Bytes(vec![1; 300_000].into()), None).unwrap();
    *last.lock().unwrap() = Moved::default();
    assert_eq!(session.send(&post).error(), None);
    assert_eq!(*last.lock().unwrap(), all);
    assert_eq!(server.last().header("content-length").as_deref(), Some("300000"));
    post.set_progress(Some(Arc::new(|_| Err(Error::new(Code::Callback, "no")))));
    assert_eq!(session.send(&post).error().map(Error::code), Some(Code::Callback));
}

/// A folder of the test's own.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("streaming_{name}"));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn files(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(&self.0)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

/// A server of one resource with ranges. It breaks off after `breaks` bytes of every whole response.
struct Ranged {
    tag: Mutex<String>,
    data: Mutex<Vec<u8>>,
    breaks: AtomicUsize,
}

impl Ranged {
    fn serve(tag: &str, data: Vec<u8>, breaks: usize) -> (Arc<Ranged>, Server) {
        let state = Arc::new(Ranged {
            tag: Mutex::new(tag.into()),
            data: Mutex::new(data),
            breaks: AtomicUsize::new(breaks),
        });
        let own = state.clone();
        (state, Server::raw(move |seen, stream| own.answer(seen, stream)))
    }

    fn answer(&self, seen: &Seen, stream: &mut TcpStream) -> bool {
        let (tag, data) = (self.tag.lock().unwrap().clone(), self.data.lock().unwrap().clone());
        let range = seen.header("range").filter(|_| seen.header("if-range") == Some(tag.clone()));
        let from: Option<usize> =
            range.and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
        let (line, from, range) = match from {
            Some(from) if from >= data.len() => {
                let head = format!("HTTP/1.1 416 No\r\nContent-Range: bytes */{}\r\n", data.len());
                return stream.write_all(format!("{head}Content-Length: 0\r\n\r\n").as_bytes()).is_ok();
            }
            Some(from) => {
                let range = format!("Content-Range: bytes {from}-{}/{}\r\n", data.len() - 1, data.len());
                ("206 Partial Content", from, range)
            }
            None => ("200 OK", 0, String::new()),
        };
        let head =
            format!("HTTP/1.1 {line}\r\nETag: {tag}\r\n{range}Content-Length: {}\r\n\r\n", data.len() - from);
        let _ = stream.write_all(head.as_bytes());
        if seen.method == "HEAD" {
            return true;
        }
        let breaks = self.breaks.load(Ordering::SeqCst);
        let end = data.len().min(from.saturating_add(breaks));
        stream.write_all(&data[from..end]).is_ok() && end == data.len()
    }
}

fn into_file(url: &str, path: &std::path::Path, resume: bool) -> Request {
    let mut request = request(url);
    request.set_output_file(Some(path), resume);
    request
}

#[test]
fn a_file_appears_whole_or_not_at_all() {
    let folder = Folder::new("whole");
    let path = folder.0.join("a.bin");
    let data: Vec<u8> = (0..20).flat_map(piece).collect();
    let (state, server) = Ranged::serve("\"v1\"", data.clone(), 500_000);
    let session = Session::new();
    fs::write(&path, "old").unwrap();
    let response = session.send(&into_file(&server.url("/"), &path, false));
    assert_eq!(response.error().map(Error::code), Some(Code::Truncated));
    assert_eq!((fs::read(&path).unwrap(), folder.files()), (b"old".to_vec(), vec!["a.bin".into()]));
    state.breaks.store(usize::MAX, Ordering::SeqCst);
    let response = session.send(&into_file(&server.url("/"), &path, false));
    assert_eq!((response.error(), response.status(), response.body()), (None, 200, &b""[..]));
    assert!(fs::read(&path).unwrap() == data);
    assert_eq!(folder.files(), ["a.bin"]);
    // No body, no file.
    let mut head = Request::new("HEAD", &server.url("/")).unwrap();
    head.set_output_file(Some(&path), false);
    assert_eq!((session.send(&head).status(), fs::read(&path).unwrap().len()), (200, data.len()));
    // A folder that is not there, and statuses that are no success.
    let response = session.send(&into_file(&server.url("/"), &folder.0.join("no/a"), false));
    assert_eq!(response.error().map(Error::code), Some(Code::Io));
    let missing = Server::new(|_| reply("404 Not Found", &[], b"nothing"));
    let response = session.send(&into_file(&missing.url("/"), &path, true));
    assert_eq!((response.status(), response.body()), (404, &b"nothing"[..]));
    assert!(fs::read(&path).unwrap() == data);
}

#[test]
fn a_download_goes_on_where_it_broke() {
    let folder = Folder::new("resume");
    let path = folder.0.join("a.bin");
    let data: Vec<u8> = (0..20).flat_map(piece).collect();
    let (state, server) = Ranged::serve("\"v1\"", data.clone(), 500_000);
    let session = Session::new();
    let request = into_file(&server.url("/x?y"), &path, true);
    for (round, have) in [500_000, 1_000_000].into_iter().enumerate() {
        let response = session.send(&request);
        assert_eq!(response.error().map(Error::code), Some(Code::Truncated), "{round}");
        assert_eq!(folder.files(), ["a.bin.part", "a.bin.part.meta"]);
        assert_eq!(fs::metadata(folder.0.join("a.bin.part")).unwrap().len(), have);
    }
    let response = session.send(&request);
    assert_eq!((response.error(), response.status(), response.resumed_from()), (None, 206, 1_000_000));
    assert!(fs::read(&path).unwrap() == data);
    assert_eq!(folder.files(), ["a.bin"]);
    let sent = server.last();
    assert_eq!(sent.header("range").as_deref(), Some("bytes=1000000-"));
    assert_eq!(sent.header("if-range").as_deref(), Some("\"v1\""));
    assert_eq!(sent.header("accept-encoding").as_deref(), Some("identity"));
    // Of another URL nothing is gone on with.
    fs::remove_file(&path).unwrap();
    session.send(&request);
    session.send(&into_file(&server.url("/other"), &path, true));
    assert_eq!(server.last().header("range"), None);
    // Retries go on as well.
    fs::remove_file(folder.0.join("a.bin.part")).unwrap();
    let mut request = into_file(&server.url("/x"), &path, true);
    request.set_retry(Some(RetryPolicy { attempts: 3, backoff: Duration::ZERO, ..RetryPolicy::default() }));
    assert_eq!(session.send(&request).error(), None);
    assert!(fs::read(&path).unwrap() == data);
    state.breaks.store(usize::MAX, Ordering::SeqCst);
}

#[test]
fn a_changed_resource_starts_anew() {
    let folder = Folder::new("changed");
    let path = folder.0.join("a.bin");
    let (state, server) = Ranged::serve("\"v1\"", piece(1), 1000);
    let session = Session::new();
    let request = into_file(&server.url("/"), &path, true);
    assert!(session.send(&request).error().is_some());
    *state.tag.lock().unwrap() = "\"v2\"".into();
    *state.data.lock().unwrap() = piece(2);
    state.breaks.store(usize::MAX, Ordering::SeqCst);
    let response = session.send(&request);
    assert_eq!((response.error(), response.status(), response.resumed_from()), (None, 200, 0));
    assert!(fs::read(&path).unwrap() == piece(2));
    // A partial file that is whole asks for its last byte only; one that is too long starts anew.
    for (have, status) in [(65536, 206), (70_000, 206)] {
        fs::remove_file(&path).unwrap();
        state.breaks.store(1000, Ordering::SeqCst);
        assert!(session.send(&request).error().is_some());
        state.breaks.store(usize::MAX, Ordering::SeqCst);
        let mut part = piece(2);
        part.resize(have, 0);
        fs::write(folder.0.join("a.bin.part"), part).unwrap();
        let response = session.send(&request);
        assert_eq!((response.error(), response.status()), (None, status));
        assert!(fs::read(&path).unwrap() == piece(2));
    }
    assert_eq!(folder.files(), ["a.bin"]);
}

#[test]
fn a_range_that_does_not_fit_makes_no_file() {
    let begun = |path: &Path| {
        fs::write(path.with_extension("bin.part"), b"abc").unwrap();
    };
    // Each answers the range of a file of 6 bytes, of which 3 are there.
    for (fields, body, code) in [
        // Less than the rest: what came stays, and the next try goes on.
        ([("ETag", "\"v\""), ("Content-Range", "bytes 3-4/6")], &b"de"[..], Some(Code::Truncated)),
        // Another version, or another length: asked for anew.
        ([("ETag", "\"w\""), ("Content-Range", "bytes 3-5/6")], b"xyz", None),
        ([("ETag", "\"v\""), ("Content-Range", "bytes 3-3/4")], b"x", None),
    ] {
        let folder = Folder::new("misfit");
        let path = folder.0.join("a.bin");
        let server = Server::raw(move |seen, stream| {
            let whole = [("ETag", "\"v\"")];
            let _ = match seen.header("range").as_deref() {
                Some("bytes=3-") => stream.write_all(&reply("206 Partial Content", &fields, body)),
                Some("bytes=5-") => {
                    let fields = [("ETag", "\"v\""), ("Content-Range", "bytes 5-5/6")];
                    stream.write_all(&reply("206 Partial Content", &fields, b"f"))
                }
                _ if seen.target == "/break" => {
                    let head = b"HTTP/1.1 200 OK\r\nETag: \"v\"\r\nContent-Length: 6\r\n\r\nabc";
                    let _ = stream.write_all(head);
                    return false;
                }
                _ => stream.write_all(&reply("200 OK", &whole, b"abcdef")),
            };
            true
        });
        let session = Session::new();
        let request = into_file(&server.url("/break"), &path, true);
        assert_eq!(session.send(&request).error().map(Error::code), Some(Code::Truncated));
        begun(&path);
        let response = session.send(&request);
        match code {
            Some(code) => {
                assert_eq!(response.error().map(Error::code), Some(code));
                assert!(!path.exists());
                assert_eq!(session.send(&request).error(), None);
                assert_eq!(fs::read(&path).unwrap(), b"abcdef");
            }
            // The whole breaks off here too: no byte of the other version is in the file.
            None => {
                assert_eq!(response.error().map(Error::code), Some(Code::Truncated));
                assert_eq!(fs::read(path.with_extension("bin.part")).unwrap(), b"abc");
            }
        }
    }
}

#[test]
fn a_file_that_cannot_take_its_place_leaves_nothing_behind() {
    let folder = Folder::new("in_the_way");
    let path = folder.0.join("a.bin");
    fs::create_dir(&path).unwrap();
    let server = Server::new(|_| reply("200 OK", &[], b"x"));
    let response = Session::new().send(&into_file(&server.url("/"), &path, false));
    assert_eq!(response.error().map(Error::code), Some(Code::Io));
    assert_eq!(folder.files(), ["a.bin"]);
}

#[test]
fn a_server_that_refuses_the_range_is_asked_for_the_whole() {
    for bad in ["416", "206 other", "206 none"] {
        let folder = Folder::new(&format!("refused_{}", bad.len()));
        let path = folder.0.join("a.bin");
        let first = AtomicBool::new(true);
        let server = Server::raw(move |seen, stream| {
            let answer = if first.swap(false, Ordering::SeqCst) {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nETag: \"v\"\r\nContent-Length: 6\r\n\r\nabc");
                return false;
            } else if seen.header("range").is_none() {
                reply("200 OK", &[("ETag", "\"v\"")], b"abcdef")
            } else {
                match bad {
                    "416" => reply("416 No", &[], b""),
                    "206 other" => reply("206 Partial", &[("Content-Range", "bytes 0-5/6")], b"abcdef"),
                    _ => reply("206 Partial", &[], b"def"),
                }
            };
            stream.write_all(&answer).is_ok()
        });
        let session = Session::new();
        let request = into_file(&server.url("/"), &path, true);
        assert!(session.send(&request).error().is_some());
        let response = session.send(&request);
        assert_eq!((response.error(), response.status(), response.history().len()), (None, 200, 1), "{bad}");
        assert_eq!(response.history()[0].notes()[0].text(), "the range is refused: the whole is asked for");
        assert_eq!(fs::read(&path).unwrap(), b"abcdef");
        assert_eq!(folder.files(), ["a.bin"]);
    }
}
