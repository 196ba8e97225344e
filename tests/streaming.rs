//! Bodies that are read while they come.

mod support;

use htmlsession::http::retry::RetryPolicy;
use htmlsession::{Code, Error, Session};
use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};
use support::bodies::{flood, piece, read_all, request, streamed};
use support::{Server, gzip, reply, wait_until};

#[test]
fn the_call_returns_with_the_head_and_the_reader_sets_the_pace() {
    let written = Arc::new(AtomicUsize::new(0));
    let server = flood(640, written.clone());
    let session = Session::new();
    session.set_timeouts(|timeouts| timeouts.read = Some(Duration::from_millis(2000)));
    let response = session.send(&streamed(&server.url("/")));
    assert_eq!((response.error(), response.status(), response.is_streamed()), (None, 200, true));
    assert_eq!(response.body(), b"");
    assert_eq!(response.html().unwrap_err().code(), Code::State);
    // Longer than the read time-out: the reader's own silence is none of the server's.
    std::thread::sleep(Duration::from_millis(2500));
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
fn a_reader_who_never_waits_holds_up_nobody() {
    let server = Server::raw(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while stream.write_all(&[b'x'; 1 << 16]).is_ok() {}
        false
    });
    let asked = Arc::new(AtomicBool::new(false));
    let told = asked.clone();
    let other = Server::new(move |_| {
        told.store(true, Ordering::SeqCst);
        reply("200 OK", &[], b"other")
    });
    let session = Session::new();
    let mut endless = streamed(&server.url("/"));
    endless.set_timeout(Some(Duration::from_millis(3000)));
    let response = session.send(&endless);
    session.submit(&request(&other.url("/")), 0).unwrap();
    let (start, mut chunk) = (Instant::now(), vec![0; 16 * 1024]);
    let error = loop {
        match response.read(&mut chunk) {
            Ok(count) => assert!(count > 0 && start.elapsed() < Duration::from_secs(40)),
            Err(error) => break error,
        }
    };
    assert_eq!(error.code(), Code::Timeout);
    assert!(asked.load(Ordering::SeqCst), "the other request was sent meanwhile");
    assert_eq!(session.next(None).unwrap().unwrap().body(), b"other");
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
                std::thread::sleep(Duration::from_secs(50));
                Ok(())
            }
        };
        false
    });
    let session = Session::new();
    session.set_timeouts(|timeouts| timeouts.read = Some(Duration::from_millis(1500)));
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
    wait_until("the connection is closed", || closed.load(Ordering::SeqCst));
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
        std::thread::sleep(Duration::from_secs(50));
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
            assert!(readable(30_000), "{path}: its head does not come");
            if let Some(response) = session.next(Some(Duration::ZERO)).unwrap() {
                break response;
            }
        };
        if path == "/fast" {
            // Nobody reads: the descriptor comes to rest.
            let start = Instant::now();
            while readable(100) {
                assert!(session.next(Some(Duration::ZERO)).unwrap().is_none());
                assert!(start.elapsed() < Duration::from_secs(30), "it stays readable");
            }
        }
        let (mut all, mut waits, mut chunk) = (0, 0, vec![0; 100_000]);
        while let Some(count) = response.available().unwrap() {
            if count == 0 {
                waits += 1;
                assert!(readable(30_000), "{path}: no more comes after {all} bytes");
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
            std::thread::sleep(Duration::from_millis(200));
            let _ = stream.write_all(b"x");
        }
        true
    });
    let session = Session::new();
    session.set_timeouts(|timeouts| timeouts.total = Some(Duration::from_millis(1200)));
    assert_eq!(session.get(&server.url("/")).error().map(Error::code), Some(Code::Timeout));
    assert_eq!(read_all(&session.send(&streamed(&server.url("/")))).unwrap(), b"xxxxxxxxxx");
    let mut own = streamed(&server.url("/"));
    own.set_timeout(Some(Duration::from_millis(1200)));
    assert_eq!(read_all(&session.send(&own)).unwrap_err().1.code(), Code::Timeout);
}

#[test]
fn nobody_waits_behind_a_reader() {
    let (go_on, told) = std::sync::mpsc::channel();
    let told = std::sync::Mutex::new(told);
    let server = Server::raw(move |_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n");
        told.lock().unwrap().recv().is_ok() && stream.write_all(b"end").is_ok()
    });
    let session = Session::new();
    let response = session.send(&streamed(&server.url("/")));
    std::thread::scope(|scope| {
        let go_on = go_on; // dropped if this fails, so that the reader ends
        let reader = scope.spawn(|| {
            loop {
                // The thread below may be the one that reads, for a moment.
                match response.read(&mut [0; 9]) {
                    Err(error) if error.code() == Code::State => std::thread::yield_now(),
                    read => break read,
                }
            }
        });
        // Asks for nothing, and so is only refused because another thread reads.
        let busy = loop {
            match response.read(&mut []) {
                Ok(_) => std::thread::yield_now(),
                Err(error) => break error,
            }
        };
        assert_eq!(busy.code(), Code::State);
        assert_eq!(response.available(), Ok(Some(0)));
        assert_eq!(response.read_line(&mut Vec::new()).unwrap_err().code(), Code::State);
        go_on.send(()).unwrap();
        assert_eq!(reader.join().unwrap(), Ok(3));
    });
    assert_eq!(response.read(&mut [0; 9]), Ok(0));
}

#[test]
fn asking_what_is_there_refuses_no_reader() {
    let server = Server::raw(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        (0..2000).for_each(|_| drop(stream.write_all(b"line\n")));
        false
    });
    let session = Session::new();
    let response = session.send(&streamed(&server.url("/")));
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::SeqCst) {
                response.available().unwrap();
            }
        });
        let read = read_all(&response);
        over.store(true, Ordering::SeqCst);
        assert_eq!(read.unwrap().len(), 10_000);
    });
}
