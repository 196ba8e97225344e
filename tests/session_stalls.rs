//! Servers that stall, drip or never answer: the connect, the read and the total time-out end each of
//! them, with their own codes and what had come by then.

mod support;

use htmlsession::{Code, Session};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use support::Server;

/// Nothing here takes that long: it hangs.
const HANGS: Duration = Duration::from_secs(20);

fn session() -> Session {
    let session = Session::new();
    session.set_timeouts(|timeouts| timeouts.total = Some(HANGS));
    session
}

/// The time-out's code and that it came when it was due: neither early nor late by seconds.
#[track_caller]
fn times_out(session: &Session, url: &str, code: Code, limit: Duration) -> Vec<u8> {
    let start = Instant::now();
    let response = session.get(url);
    let passed = start.elapsed();
    assert_eq!(response.error().map(|error| error.code()), Some(code), "{url}: {:?}", response.error());
    assert!(passed >= limit && passed < limit + HANGS / 2, "{passed:?} instead of {limit:?}");
    response.body().to_vec()
}

const LIMIT: Duration = Duration::from_millis(500);

/// A server that writes `start` and then `drip` every 100 ms.
fn dripping(start: &'static [u8], drip: &'static [u8]) -> Server {
    Server::raw(move |_, stream| {
        let _ = stream.write_all(start);
        let until = Instant::now() + HANGS;
        while Instant::now() < until && stream.write_all(drip).is_ok() {
            thread::sleep(Duration::from_millis(100));
        }
        false
    })
}

#[test]
fn servers_that_drip_meet_the_total_time_out() {
    let session = Session::new();
    let timed = |server: &Server, read: Option<Duration>, total: Duration| {
        session.set_timeouts(|timeouts| (timeouts.read, timeouts.total) = (read, Some(total)));
        times_out(&session, &server.url("/"), Code::Timeout, total)
    };
    // Each byte is a sign of life to the read time-out, so that the total one ends this.
    let drops = dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x");
    let body = timed(&drops, Some(4 * LIMIT), 6 * LIMIT);
    assert!(body.len() > 2 && body.iter().all(|byte| *byte == b'x'), "the part that came is kept");
    for (start, drip) in [
        (&b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"[..], &b"1\r\nx\r\n"[..]),
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        (b"HTTP/1.1 200 OK\r\nX: ", b"y"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ] {
        timed(&dripping(start, drip), None, LIMIT);
    }
    // Each hop is quick, but they do not end.
    let server = Server::new(|_| {
        thread::sleep(LIMIT / 5);
        support::reply("302 Found", &[("Location", "/")], b"")
    });
    timed(&server, None, LIMIT);
}

#[test]
fn servers_that_fall_silent_meet_the_read_time_out() {
    let session = session();
    session.set_timeouts(|timeouts| timeouts.read = Some(LIMIT));
    for (start, body) in [
        (&b""[..], &b""[..]),
        (b"HTTP/1.1 200 O", b""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", b"half"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", b"half"),
    ] {
        let server = Server::raw(move |_, stream| {
            let _ = stream.write_all(start);
            thread::sleep(HANGS);
            false
        });
        assert_eq!(times_out(&session, &server.url("/"), Code::ReadTimeout, LIMIT), body);
    }
}

#[test]
fn bytes_that_say_nothing_are_no_progress() {
    let session = session();
    session.set_timeouts(|timeouts| timeouts.read = Some(LIMIT));
    // A chunk whose extension never ends.
    let server = Server::raw(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n1;");
        while stream.write_all(&[b'x'; 4096]).is_ok() {}
        false
    });
    assert_eq!(times_out(&session, &server.url("/"), Code::ReadTimeout, LIMIT), b"half");
}

#[test]
fn a_peer_that_never_pauses_can_be_cancelled() {
    let session = Session::new();
    let server = Server::raw(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;");
        while stream.write_all(&[b'x'; 65536]).is_ok() {}
        false
    });
    thread::scope(|scope| {
        let getting = scope.spawn(|| {
            let response = session.get(&server.url("/"));
            (response.error().map(|error| error.code()), Instant::now())
        });
        server.wait_for(1);
        thread::sleep(LIMIT);
        let cancelled = Instant::now();
        session.cancel(0).unwrap();
        let (code, returned) = getting.join().unwrap();
        assert_eq!(code, Some(Code::Cancelled));
        println!("returned after {:?}", returned - cancelled);
        assert!(returned - cancelled < HANGS / 2, "{:?}", returned - cancelled);
    });
}

#[test]
fn an_upload_that_nobody_reads_meets_the_read_time_out() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://127.0.0.1:{}/", listener.local_addr().unwrap().port());
    let held = thread::spawn(move || listener.accept().map(|(stream, _)| (stream, thread::sleep(HANGS / 4))));
    let session = session();
    session.set_timeouts(|timeouts| timeouts.read = Some(LIMIT));
    let mut request = htmlsession::Request::new("PUT", &url).unwrap();
    let body: Arc<[u8]> = vec![b'x'; 64 << 20].into();
    request.set_body(htmlsession::http::Body::Bytes(body), None).unwrap();
    let response = session.send(&request);
    assert_eq!(response.error().map(|error| error.code()), Some(Code::ReadTimeout));
    drop(held);
}

#[test]
fn hanging_while_connecting_meets_the_connect_time_out() {
    let session = session();
    session.set_timeouts(|timeouts| timeouts.connect = Some(LIMIT));
    // A server that takes the connection and never answers the TLS handshake.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    times_out(&session, &format!("https://127.0.0.1:{port}/"), Code::ConnectTimeout, LIMIT);
    // One that breaks off in the midst of it.
    let (sender, receiver) = std::sync::mpsc::channel::<()>();
    let half = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = half.local_addr().unwrap().port();
    thread::spawn(move || {
        if let Ok((mut stream, _)) = half.accept() {
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(&[0x16, 3, 3, 0x40, 0, 2, 0, 0]);
            let _ = receiver.recv_timeout(HANGS);
        }
    });
    times_out(&session, &format!("https://127.0.0.1:{port}/"), Code::ConnectTimeout, LIMIT);
    drop(sender);
    // A listener whose queue is full: the connection is never made.
    let (listener, queue) = full_listener();
    let port = listener.local_addr().unwrap().port();
    times_out(&session, &format!("http://127.0.0.1:{port}/"), Code::ConnectTimeout, LIMIT);
    drop(queue);
}

/// A listener that takes no further connection, and those that fill its queue.
fn full_listener() -> (TcpListener, Vec<TcpStream>) {
    use std::os::fd::AsRawFd;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    // SAFETY: an open socket; listening again only changes the length of its queue.
    assert_eq!(unsafe { libc::listen(listener.as_raw_fd(), 0) }, 0);
    let address = listener.local_addr().unwrap();
    let mut queue = Vec::new();
    for _ in 0..8 {
        match TcpStream::connect_timeout(&address, Duration::from_millis(100)) {
            Ok(stream) => queue.push(stream),
            Err(_) => return (listener, queue),
        }
    }
    panic!("the queue of a listener never fills");
}

#[test]
fn a_session_that_rested_has_all_of_its_time() {
    // Time-outs count from when a request begins, not from when the last one ended.
    let session = session();
    session.set_timeouts(|timeouts| {
        timeouts.connect = Some(4 * LIMIT);
        timeouts.read = Some(4 * LIMIT);
    });
    let servers = [0, 1].map(|_| {
        Server::new(|_| {
            thread::sleep(LIMIT / 5);
            support::reply("200 OK", &[], b"")
        })
    });
    // Over a new connection, a kept one and a new one.
    for server in [&servers[0], &servers[0], &servers[1]] {
        assert_eq!(session.get(&server.url("/")).error(), None);
        thread::sleep(5 * LIMIT);
    }
}
