//! Hostile and broken replies over HTTP/2, frame by frame (RFC 9113): each ends as an error, soon, and
//! the session goes on with others.

mod support;

use htmlsession::http::Body;
use htmlsession::http::retry::RetryPolicy;
use htmlsession::{Code, Error, Request, Session, VersionChoice};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Nothing here takes that long: it hangs.
const HANGS: Duration = Duration::from_secs(20);

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PUSH_PROMISE: u8 = 5;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;

const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u32).to_be_bytes();
    let mut bytes = vec![length[1], length[2], length[3], kind, flags];
    bytes.extend_from_slice(&stream.to_be_bytes());
    bytes.extend_from_slice(payload);
    bytes
}

/// A field that no table keeps (RFC 7541, 6.2.2).
fn field(name: &[u8], value: &[u8]) -> Vec<u8> {
    let text = |text: &[u8]| {
        let mut bytes = Vec::new();
        if text.len() < 127 {
            bytes.push(text.len() as u8);
        } else {
            bytes.push(127);
            let mut rest = text.len() - 127;
            while rest >= 128 {
                bytes.push((rest % 128) as u8 | 128);
                rest /= 128;
            }
            bytes.push(rest as u8);
        }
        bytes.extend_from_slice(text);
        bytes
    };
    [vec![0], text(name), text(value)].concat()
}

/// `:status: 200` of the static table, and further fields.
fn ok(fields: &[(&[u8], &[u8])]) -> Vec<u8> {
    let mut block = vec![0x88];
    fields.iter().for_each(|(name, value)| block.extend(field(name, value)));
    block
}

fn head(fields: &[(&[u8], &[u8])]) -> Vec<u8> {
    frame(HEADERS, END_HEADERS, 1, &ok(fields))
}

enum Reply {
    /// These bytes, and then nothing: the connection stays open.
    Bytes(Vec<u8>),
    /// These bytes, and the connection ends.
    Last(Vec<u8>),
    /// These, and then those for ever.
    Endless(Vec<u8>, Vec<u8>),
}
use Reply::{Bytes, Endless, Last};

/// Answers the request of each connection with the reply.
fn serve(reply: Reply) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let reply = Arc::new(reply);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let reply = reply.clone();
            thread::spawn(move || answer(stream, &reply));
        }
    });
    port
}

fn answer(mut stream: TcpStream, reply: &Reply) -> Option<()> {
    stream.set_read_timeout(Some(HANGS)).ok()?;
    let mut reader = stream.try_clone().ok()?;
    reader.read_exact(&mut [0; 24]).ok()?; // the preface
    stream.write_all(&frame(SETTINGS, 0, 0, &[])).ok()?;
    loop {
        let mut start = [0; 9];
        reader.read_exact(&mut start).ok()?;
        let length = u32::from_be_bytes([0, start[0], start[1], start[2]]) as usize;
        reader.read_exact(&mut vec![0; length]).ok()?;
        if start[3] == HEADERS {
            break;
        }
    }
    stream.write_all(&frame(SETTINGS, 1, 0, &[])).ok()?; // its settings count
    // What the client says further is read, lest it waits for room.
    thread::spawn(move || while reader.read(&mut [0; 4096]).is_ok_and(|count| count > 0) {});
    match reply {
        Bytes(bytes) => {
            stream.write_all(bytes).ok()?;
            thread::sleep(HANGS);
        }
        Last(bytes) => {
            stream.write_all(bytes).ok()?;
            let _ = stream.shutdown(std::net::Shutdown::Write);
            thread::sleep(Duration::from_millis(100));
        }
        Endless(start, again) => {
            stream.write_all(start).ok()?;
            while stream.write_all(again).is_ok() {}
        }
    }
    Some(())
}

fn session() -> Session {
    let session = Session::new();
    session.set_http_version(VersionChoice::Http2);
    session.set_timeouts(|timeouts| {
        timeouts.read = Some(Duration::from_secs(1));
        timeouts.total = Some(HANGS);
    });
    session.set_max_body(1 << 20);
    session
}

/// What a reply comes to: the code, and the body that came.
fn check(name: &str, reply: Reply, codes: &[Code], body: &[u8]) {
    let port = serve(reply);
    let session = session();
    let response = session.get(&format!("http://127.0.0.1:{port}/"));
    let code = response.error().map_or(Code::Ok, |error| error.code());
    assert!(codes.contains(&code), "{name}: {code:?} instead of {codes:?}: {:?}", response.error());
    assert!(
        response.body() == body,
        "{name}: {} bytes of body instead of {}",
        response.body().len(),
        body.len()
    );
    assert_eq!(session.jar().len(), 0, "{name}");
    // The session is as good as new.
    let good = serve(Bytes([head(&[]), frame(DATA, END_STREAM, 1, b"well")].concat()));
    let response = session.get(&format!("http://127.0.0.1:{good}/"));
    assert_eq!((response.error(), response.body()), (None, &b"well"[..]), "after {name}");
}

#[test]
fn good_replies() {
    let one = |frames: &[Vec<u8>]| Bytes(frames.concat());
    let end = |body: &[u8]| frame(DATA, END_STREAM, 1, body);
    check("plain", one(&[head(&[(b"content-length", b"2")]), end(b"ok")]), &[Code::Ok], b"ok");
    check("in pieces", one(&[head(&[]), frame(DATA, 0, 1, b"o"), end(b"k")]), &[Code::Ok], b"ok");
    check(
        "trailers",
        one(&[
            head(&[]),
            frame(DATA, 0, 1, b"ok"),
            frame(HEADERS, END_HEADERS | END_STREAM, 1, &field(b"x", b"y")),
        ]),
        &[Code::Ok],
        b"ok",
    );
    let early = frame(HEADERS, END_HEADERS, 1, &field(b":status", b"103"));
    check("early hints", one(&[early, head(&[]), end(b"ok")]), &[Code::Ok], b"ok");
    let (first, rest) = (ok(&[(b"x", b"y")]), field(b"z", b"y"));
    check(
        "continued headers",
        one(&[frame(HEADERS, 0, 1, &first), frame(CONTINUATION, END_HEADERS, 1, &rest), end(b"ok")]),
        &[Code::Ok],
        b"ok",
    );
    check(
        "the connection says goodbye after the response",
        one(&[head(&[]), end(b"ok"), frame(GOAWAY, 0, 0, &[0, 0, 0, 1, 0, 0, 0, 0])]),
        &[Code::Ok],
        b"ok",
    );
}

#[test]
fn broken_replies() {
    let half = || [head(&[]), frame(DATA, 0, 1, b"half")].concat();
    let after = |bytes: Vec<u8>| Bytes([half(), bytes].concat());
    // libcurl says goodbye to a server that breaks the protocol and waits for it to close the
    // connection; one that does not, as here, meets the read time-out at the latest.
    const BROKEN: &[Code] = &[Code::Protocol, Code::Receive, Code::Send, Code::Truncated, Code::ReadTimeout];
    check("reset", after(frame(RST_STREAM, 0, 1, &[0, 0, 0, 2])), BROKEN, b"half");
    check("cancelled", after(frame(RST_STREAM, 0, 1, &[0, 0, 0, 8])), BROKEN, b"half");
    check("going away", after(frame(GOAWAY, 0, 0, &[0, 0, 0, 0, 0, 0, 0, 2])), BROKEN, b"half");
    check("the end of the connection", Last(half()), BROKEN, b"half");
    check("silence", Bytes(half()), &[Code::ReadTimeout], b"half");
    check("no frame at all", Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_vec()), BROKEN, b"");
    check("a body without headers", Bytes(frame(DATA, END_STREAM, 1, b"x")), BROKEN, b"");
    check("damaged headers", Bytes(frame(HEADERS, END_HEADERS, 1, &[0xff; 20])), BROKEN, b"");
    check("no status", Bytes(frame(HEADERS, END_HEADERS | END_STREAM, 1, &field(b"x", b"y"))), BROKEN, b"");
    let status = field(b":status", b"2000");
    check("a status that is none", Bytes(frame(HEADERS, END_HEADERS | END_STREAM, 1, &status)), BROKEN, b"");
    let long = [head(&[(b"content-length", b"100")]), frame(DATA, END_STREAM, 1, b"half")].concat();
    check("a body shorter than its length", Bytes(long), BROKEN, b"half");
    let short = [head(&[(b"content-length", b"2")]), frame(DATA, END_STREAM, 1, b"longer")].concat();
    check("a body longer than its length", Bytes(short), BROKEN, b"");
    let lengths: &[(&[u8], &[u8])] = &[(b"content-length", b"2"), (b"content-length", b"4")];
    check("two lengths", Bytes([head(lengths), frame(DATA, END_STREAM, 1, b"ok")].concat()), BROKEN, b"");
    check(
        "a frame that is too long",
        Bytes([head(&[]), frame(DATA, 0, 1, &[0; 17_000])].concat()),
        BROKEN,
        b"",
    );
    check("another stream", after(frame(DATA, END_STREAM, 2, b"x")), BROKEN, b"half");
    check(
        "a pushed response",
        after(frame(PUSH_PROMISE, END_HEADERS, 1, &[0, 0, 0, 2, 0x88])),
        BROKEN,
        b"half",
    );
    check(
        "a window that overflows",
        after(frame(WINDOW_UPDATE, 0, 1, &[0x7f, 0xff, 0xff, 0xff])),
        BROKEN,
        b"half",
    );
    check(
        "a frame in the midst of headers",
        Bytes([frame(HEADERS, 0, 1, &ok(&[])), frame(DATA, END_STREAM, 1, b"x")].concat()),
        BROKEN,
        b"",
    );
}

#[test]
fn headers_that_hide_others() {
    // HTTP/2 can carry any byte in a header: none may become a header of its own.
    for (name, value) in [
        (&b"x"[..], &b"a\r\nset-cookie: evil=1"[..]),
        (b"x", b"a\nset-cookie: evil=1"),
        (b"x", b"a\0b"),
        (b"x\r\nset-cookie: evil=1\r\ny", b"b"),
        (b"x: y\r\nset-cookie", b"evil=1"),
        (b"Set-Cookie", b"evil=1"),
        (b"connection", b"close"),
        (b"transfer-encoding", b"chunked"),
        (b":path", b"/"),
    ] {
        let port = serve(Bytes([head(&[(name, value)]), frame(DATA, END_STREAM, 1, b"ok")].concat()));
        let session = session();
        let response = session.get(&format!("http://127.0.0.1:{port}/"));
        let shown = String::from_utf8_lossy(value);
        assert_eq!(session.jar().len(), 0, "{shown:?}");
        assert_eq!(response.headers().get_str("set-cookie"), None, "{shown:?}");
        for (_, value) in response.headers().iter() {
            assert!(!value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)), "{shown:?}");
        }
        let code = response.error().map_or(Code::Ok, |error| error.code());
        assert!(matches!(code, Code::Ok | Code::Protocol | Code::ReadTimeout), "{shown:?}: {code:?}");
        assert!(code != Code::Ok || response.body() == b"ok", "{shown:?}");
    }
}

#[test]
fn replies_without_end() {
    const ENDED: &[Code] =
        &[Code::HeadersTooLarge, Code::Protocol, Code::ReadTimeout, Code::Receive, Code::Send];
    let start = frame(HEADERS, 0, 1, &ok(&[]));
    let fields = field(b"x", &[b'y'; 1000]).repeat(16);
    check("headers", Endless(start.clone(), frame(CONTINUATION, 0, 1, &fields)), ENDED, b"");
    check(
        "empty pieces of headers",
        Endless(start.clone(), frame(CONTINUATION, 0, 1, &[]).repeat(100)),
        ENDED,
        b"",
    );
    let many: Vec<u8> =
        (0..20_000).flat_map(|number| field(format!("x-{number}").as_bytes(), b"y")).collect();
    let mut all = start;
    for piece in many.chunks(16_000) {
        all.extend(frame(CONTINUATION, 0, 1, piece));
    }
    all.extend(frame(CONTINUATION, END_HEADERS, 1, &[]));
    all.extend(frame(DATA, END_STREAM, 1, b"ok"));
    check("20,000 headers", Bytes(all), ENDED, b"");
    let early = frame(HEADERS, END_HEADERS, 1, &field(b":status", b"103"));
    check("interim responses", Endless(vec![], early.repeat(100)), ENDED, b"");
    check("pings", Endless(vec![], frame(PING, 0, 0, &[0; 8]).repeat(100)), ENDED, b"");
    check("settings", Endless(vec![], frame(SETTINGS, 0, 0, &[]).repeat(100)), ENDED, b"");
    check("empty pieces of a body", Endless(head(&[]), frame(DATA, 0, 1, &[]).repeat(100)), ENDED, b"");
    check("windows", Endless(vec![], frame(WINDOW_UPDATE, 0, 0, &[0, 0, 0, 1]).repeat(100)), ENDED, b"");
    check("unknown frames", Endless(vec![], frame(0x42, 0, 0, b"what").repeat(100)), ENDED, b"");
    check("refusals", Bytes(frame(RST_STREAM, 0, 1, &[0, 0, 0, 7])), ENDED, b"");
    let away = frame(GOAWAY, 0, 0, &[0; 8]);
    check("a server that always goes away", Last(away), ENDED, b"");
    let limit = vec![b'z'; 1 << 20];
    check("a body", Endless(head(&[]), frame(DATA, 0, 1, &[b'z'; 16_000])), &[Code::BodyTooLarge], &limit);
}

/// Answers each whole request: `script` gets the number of the connection and of the stream, and says
/// what to send and whether the connection then ends. Counts the requests.
fn scripted(script: fn(usize, u32) -> (Vec<u8>, bool)) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let count = Arc::new(AtomicUsize::new(0));
    let counter = count.clone();
    let run = move |connection: usize, mut stream: TcpStream| -> Option<()> {
        stream.set_read_timeout(Some(HANGS)).ok()?;
        stream.read_exact(&mut [0; 24]).ok()?; // the preface
        stream.write_all(&[frame(SETTINGS, 0, 0, &[]), frame(SETTINGS, 1, 0, &[])].concat()).ok()?;
        loop {
            let mut start = [0; 9];
            stream.read_exact(&mut start).ok()?;
            let length = u32::from_be_bytes([0, start[0], start[1], start[2]]) as usize;
            stream.read_exact(&mut vec![0; length]).ok()?;
            if matches!(start[3], DATA | HEADERS) && start[4] & END_STREAM != 0 {
                counter.fetch_add(1, Ordering::SeqCst);
                let number = u32::from_be_bytes([start[5], start[6], start[7], start[8]]);
                let (bytes, ends) = script(connection, number);
                stream.write_all(&bytes).ok()?;
                if ends {
                    return Some(());
                }
            }
        }
    };
    thread::spawn(move || {
        for (number, stream) in listener.incoming().flatten().enumerate() {
            let run = run.clone();
            thread::spawn(move || run(number, stream));
        }
    });
    (port, count)
}

fn well(stream: u32) -> Vec<u8> {
    [frame(HEADERS, END_HEADERS, stream, &ok(&[])), frame(DATA, END_STREAM, stream, b"well")].concat()
}

fn head_of(stream: u32) -> Vec<u8> {
    frame(HEADERS, END_HEADERS, stream, &ok(&[]))
}

fn goaway(last: u8) -> Vec<u8> {
    frame(GOAWAY, 0, 0, &[0, 0, 0, last, 0, 0, 0, 0])
}

#[test]
fn what_may_have_been_done_is_not_done_again() {
    /// What happens to the second request; without an error it is sent again.
    type Case = (&'static str, fn(usize, u32) -> (Vec<u8>, bool), Option<Code>);
    let cases: [Case; 5] = [
        (
            "it ends",
            |_, stream| if stream == 1 { (well(1), false) } else { (vec![], true) },
            Some(Code::Receive),
        ),
        (
            "it was looked at",
            |_, stream| if stream == 1 { (well(1), false) } else { (goaway(3), true) },
            Some(Code::Receive),
        ),
        (
            "the stream broke",
            |_, stream| match stream {
                1 => (well(1), false),
                stream => (frame(RST_STREAM, 0, stream, &[0, 0, 0, 2]), false),
            },
            Some(Code::Truncated),
        ),
        (
            "the stream is refused",
            |_, stream| match stream {
                1 => (well(1), false),
                stream => (frame(RST_STREAM, 0, stream, &[0, 0, 0, 7]), false),
            },
            None,
        ),
        (
            "it was not looked at",
            |_, stream| if stream == 1 { (well(1), false) } else { (goaway(1), true) },
            None,
        ),
    ];
    for (name, script, error) in cases {
        let (port, count) = scripted(script);
        let session = session();
        let url = format!("http://127.0.0.1:{port}/");
        assert_eq!(session.get(&url).body(), b"well", "{name}");
        let mut post = Request::new("POST", &url).unwrap();
        post.set_body(Body::Bytes(b"REFUSED_STREAM (1)"[..].into()), None).unwrap();
        post.set_header("X", Some(b"HTTP/2 stream 1 refused by server, try again")).unwrap();
        let response = session.send(&post);
        let expected = (error, if error.is_none() { 3 } else { 2 });
        // Whether sending or receiving meets the end first is a matter of luck.
        let code = response.error().map(|error| error.code());
        let code = code.map(|code| if code == Code::Send { Code::Receive } else { code });
        assert_eq!((code, count.load(Ordering::SeqCst)), expected, "{name}: {:?}", response.error());
    }
}

#[test]
fn a_stream_that_breaks_is_asked_for_again() {
    let (port, count) = scripted(|_, stream| (frame(RST_STREAM, 0, stream, &[0, 0, 0, 2]), false));
    let session = session();
    session.set_retry(Some(RetryPolicy { attempts: 3, backoff: Duration::ZERO, ..RetryPolicy::default() }));
    let response = session.get(&format!("http://127.0.0.1:{port}/"));
    assert_eq!(response.error().map(|error| error.code()), Some(Code::Truncated));
    assert_eq!(count.load(Ordering::SeqCst), 3);
    let (port, count) = scripted(|_, stream| (frame(RST_STREAM, 0, stream, &[0, 0, 0, 1]), false));
    let response = session.get(&format!("http://127.0.0.1:{port}/"));
    assert_eq!(response.error().map(|error| error.code()), Some(Code::Protocol));
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

/// Answers all requests, those that it allows at a time together. Of each connection: how long the
/// requests' headers were, in the order in which they came.
fn count_headers(allowed: u8) -> (u16, Arc<Mutex<Vec<Vec<u32>>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let lengths: Arc<Mutex<Vec<Vec<u32>>>> = Arc::default();
    let connections = lengths.clone();
    thread::spawn(move || {
        for (connection, stream) in listener.incoming().flatten().enumerate() {
            connections.lock().unwrap().push(Vec::new());
            let lengths = connections.clone();
            let note = move |length| lengths.lock().unwrap()[connection].push(length);
            thread::spawn(move || answer_together(stream, allowed, &note));
        }
    });
    (port, lengths)
}

fn answer_together(mut stream: TcpStream, allowed: u8, note: &dyn Fn(u32)) -> Option<()> {
    let mut reader = stream.try_clone().ok()?;
    // SETTINGS_MAX_CONCURRENT_STREAMS
    stream.write_all(&frame(SETTINGS, 0, 0, &[0, 3, 0, 0, 0, allowed])).ok()?;
    reader.read_exact(&mut [0; 24]).ok()?;
    let mut open = Vec::new();
    loop {
        reader.set_read_timeout(Some(Duration::from_millis(3))).ok()?;
        if reader.peek(&mut [0]).is_err() {
            // Nothing more comes for now.
            let replies = open.drain(..).map(|id| frame(HEADERS, END_HEADERS | END_STREAM, id, &ok(&[])));
            stream.write_all(&replies.collect::<Vec<_>>().concat()).ok()?;
        }
        reader.set_read_timeout(Some(HANGS)).ok()?;
        let mut start = [0; 9];
        reader.read_exact(&mut start).ok()?;
        let length = u32::from_be_bytes([0, start[0], start[1], start[2]]);
        reader.read_exact(&mut vec![0; length as usize]).ok()?;
        match (start[3], start[4]) {
            (SETTINGS, 0) => stream.write_all(&frame(SETTINGS, 1, 0, &[])).ok()?,
            (HEADERS, _) => {
                note(length);
                open.push(u32::from_be_bytes([start[5], start[6], start[7], start[8]]));
            }
            _ => {}
        }
    }
}

#[test]
fn requests_to_a_host_are_sent_in_their_order_however_many_it_allows() {
    for allowed in [100, 30, 3] {
        let (port, lengths) = count_headers(allowed);
        let session = session();
        for number in 1..=600 {
            // Each path is longer than the one before, and so is its header.
            let url = format!("http://127.0.0.1:{port}/{}", "a".repeat(8 * number));
            session.submit(&Request::new("GET", &url).unwrap(), number).unwrap();
        }
        for _ in 0..600 {
            assert_eq!(session.next(Some(HANGS)).unwrap().unwrap().error(), None);
        }
        let lengths = lengths.lock().unwrap();
        assert_eq!(lengths.iter().map(Vec::len).sum::<usize>(), 600);
        for lengths in &*lengths {
            // The first request of a connection fills the tables.
            let rest = &lengths[1..];
            assert!(rest.is_sorted(), "{allowed} at a time: {lengths:?}");
        }
    }
}

#[test]
fn a_connection_that_broke_is_used_no_more() {
    /// What the first connection does, and whether the first two requests must not notice.
    type Case = (&'static str, fn(usize, u32) -> (Vec<u8>, bool), bool);
    let cases: [Case; 4] = [
        (
            "a head in too many pieces",
            |connection, stream| match (connection, stream) {
                (0, 3) => {
                    let pieces = frame(CONTINUATION, 0, stream, &field(b"x", &[b'y'; 100])).repeat(20);
                    ([frame(HEADERS, 0, stream, &ok(&[])), pieces].concat(), false)
                }
                _ => (well(stream), false),
            },
            false,
        ),
        (
            "pings after a response",
            |connection, stream| match (connection, stream) {
                (0, 1) => ([well(stream), frame(PING, 0, 0, &[0; 8]).repeat(20_000)].concat(), false),
                _ => (well(stream), false),
            },
            false,
        ),
        (
            "a stream that nobody opened",
            |connection, stream| match (connection, stream) {
                (0, 1) => ([well(stream), well(2)].concat(), false),
                _ => (well(stream), false),
            },
            false,
        ),
        (
            "the end",
            |connection, stream| match (connection, stream) {
                (0, 3) => (Vec::new(), true),
                _ => (well(stream), false),
            },
            true,
        ),
    ];
    for (name, script, unnoticed) in cases {
        let (port, _) = scripted(script);
        let session = session();
        for number in 0..4 {
            let response = session.get(&format!("http://127.0.0.1:{port}/"));
            let code = response.error().map(Error::code);
            assert!(
                code.is_none_or(|code| code == Code::Protocol),
                "{name}, {number}: {:?}",
                response.error()
            );
            assert!(code.is_none() || number < 2 && !unnoticed, "{name}, {number}: {:?}", response.error());
            assert!(code.is_some() || response.body() == b"well", "{name}, {number}");
        }
    }
}

#[test]
fn more_streams_may_be_open_than_connections() {
    let (port, _) = scripted(|_, stream| (head_of(stream), false));
    let session = session();
    session.set_connection_limits(2, 200, 2).unwrap();
    let open = |_| {
        let mut request = Request::new("GET", &format!("http://127.0.0.1:{port}/")).unwrap();
        request.set_streamed(true);
        let response = session.send(&request);
        assert_eq!(response.error(), None);
        response
    };
    let responses: Vec<_> = (0..20).map(open).collect();
    assert_eq!(responses.len(), 20);
}

#[test]
fn what_ends_before_its_turn_is_never_sent() {
    type End = fn(&Session);
    let ends: [(&str, Code, End); 3] = [
        ("cancelled together", Code::Cancelled, |session| session.cancel(0).unwrap()),
        ("cancelled one by one", Code::Cancelled, |session| {
            (2..=301).for_each(|id| session.cancel(id).unwrap());
        }),
        ("closed", Code::Closed, Session::close),
    ];
    for (name, code, end) in ends {
        // It answers one request of each connection.
        let (port, count) =
            scripted(|_, stream| (if stream == 1 { well(stream) } else { Vec::new() }, false));
        let session = session();
        let url = format!("http://127.0.0.1:{port}/");
        assert_eq!(session.get(&url).body(), b"well");
        let mut request = Request::new("POST", &url).unwrap();
        request.set_body(Body::Bytes(Arc::from(&b"pay"[..])), None).unwrap();
        for _ in 0..300 {
            session.submit(&request, 0).unwrap();
        }
        let start = std::time::Instant::now();
        while count.load(Ordering::SeqCst) < 2 && start.elapsed() < HANGS {
            assert!(session.next(Some(Duration::from_millis(50))).unwrap().is_none(), "{name}");
        }
        assert!(session.next(Some(Duration::from_millis(400))).unwrap().is_none(), "{name}");
        let sent = count.load(Ordering::SeqCst);
        assert!((2..300).contains(&sent), "{name}: {sent}");
        end(&session);
        while let Ok(Some(response)) = session.next(Some(HANGS)) {
            assert_eq!(response.error().map(Error::code), Some(code), "{name}");
        }
        thread::sleep(Duration::from_millis(100));
        assert_eq!(count.load(Ordering::SeqCst), sent, "{name}");
    }
}
