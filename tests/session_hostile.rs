//! Hostile and broken replies, through a whole session: each ends as an error of its own code (or
//! as a good response where being strict would hurt), soon, and with the part of the body that came.

mod support;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use htmlsession::{Code, Error, Request, Response, Session};
use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;
use support::{Server, gzip};

/// Nothing here takes that long: it hangs.
const HANGS: Duration = Duration::from_secs(20);

enum Reply {
    /// These bytes, then the connection is closed.
    Bytes(Vec<u8>),
    /// A beginning, and then this again and again until the client has had enough.
    Endless(&'static [u8], Vec<u8>),
}

enum Ends {
    /// With this body and no error.
    Well(&'static [u8]),
    /// With this error, and this much of the body.
    Badly(Code, &'static [u8]),
}
use Ends::{Badly, Well};

fn bytes(text: &'static str) -> Reply {
    Reply::Bytes(text.into())
}

/// A reply whose framing is in order, whatever its body is.
fn encoded(coding: &str, body: &[u8]) -> Reply {
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {}\r\n\r\n", body.len());
    Reply::Bytes([head.as_bytes(), body].concat())
}

fn session() -> Session {
    let session = Session::new();
    session.set_timeouts(|timeouts| timeouts.total = Some(HANGS));
    session
}

/// How a request ended: the code, its message, and the body that came.
type End = (Code, String, Vec<u8>);

fn end(response: &Response, body: &[u8], error: Option<&Error>) -> End {
    assert_eq!(response.ok(), response.error().is_none() && response.status() < 400);
    match error.or(response.error()) {
        None => (Code::Ok, String::new(), body.to_vec()),
        Some(error) => (error.code(), error.message().into(), body.to_vec()),
    }
}

fn added(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}

type Way = (&'static str, fn(&Session, Request) -> End);

/// Ways to take a body in. Each must tell the same of it.
const WAYS: [Way; 4] = [
    ("into memory", |session, request| {
        let response = session.send(&request);
        end(&response, response.body(), None)
    }),
    ("as a stream", |session, mut request| {
        request.set_streamed(true);
        let response = session.send(&request);
        let (mut body, mut chunk) = (Vec::new(), [0; 1000]);
        loop {
            match response.read(&mut chunk) {
                Ok(0) => return end(&response, &body, None),
                Ok(count) => body.extend_from_slice(&chunk[..count]),
                Err(error) => return end(&response, &body, Some(&error)),
            }
        }
    }),
    ("through a sink", |session, mut request| {
        let body = Arc::new(Mutex::new(Vec::new()));
        let taken = body.clone();
        request.set_sink(Some(Arc::new(move |piece: &[u8]| {
            taken.lock().unwrap().extend_from_slice(piece);
            Ok(())
        })));
        let response = session.send(&request);
        let body = [&body.lock().unwrap(), response.body()].concat();
        end(&response, &body, None)
    }),
    ("into a file", |session, mut request| {
        let name = format!("hostile-{:?}", thread::current().id()).replace(['(', ')'], "");
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        request.set_output_file(Some(&path), true);
        let response = session.send(&request);
        // What is not whole is no file yet; a part is kept if more of it can be asked for.
        let mut body = response.body().to_vec();
        for (path, whole) in [(path.clone(), true), (added(&path, "part"), false)] {
            if let Ok(bytes) = fs::read(&path) {
                assert_eq!(whole, response.error().is_none(), "{}", path.display());
                body.extend(bytes);
            }
            let _ = fs::remove_file(&path);
            let _ = fs::remove_file(added(&path, "meta"));
        }
        end(&response, &body, None)
    }),
];

/// Serves each row at its number and checks what the session makes of it.
fn check(rows: Vec<(&'static str, Reply, Ends)>) {
    let (mut names, mut replies) = (Vec::new(), Vec::new());
    for (name, reply, ends) in rows {
        names.push((name, ends));
        replies.push(reply);
    }
    let server = Server::raw(move |seen, stream| {
        match &replies[seen.target[1..].parse::<usize>().unwrap()] {
            Reply::Bytes(bytes) => drop(stream.write_all(bytes)),
            Reply::Endless(start, again) => {
                let _ = stream.write_all(start);
                while stream.write_all(again).is_ok() {}
            }
        }
        false
    });
    let session = session();
    session.set_max_body(1 << 30);
    let mut wrong = Vec::new();
    for (number, (name, ends)) in names.iter().enumerate() {
        let (expected, body) = match ends {
            Well(body) => (Code::Ok, *body),
            Badly(code, body) => (*code, *body),
        };
        for (way, take) in WAYS {
            let request = Request::new("GET", &server.url(&format!("/{number}"))).unwrap();
            let (code, message, came) = take(&session, request);
            let kept = came == body || (way == "into a file" && code != Code::Ok);
            if code != expected || !kept {
                wrong.push(format!(
                    "{name} {way}: {code:?} ({message}) and {} bytes {:?} instead of {expected:?} and {:?}",
                    came.len(),
                    String::from_utf8_lossy(&came[..came.len().min(40)]),
                    String::from_utf8_lossy(body)
                ));
            }
            assert_eq!(message.is_empty(), code == Code::Ok, "{name} {way}");
            assert!(!message.contains(['\r', '\n', '\0']), "{name} {way}: {message:?}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn framing() {
    check(vec![
        (
            "a body shorter than its length",
            bytes("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this"),
            Badly(Code::Truncated, b"only this"),
        ),
        (
            "no body at all where one was promised",
            bytes("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"),
            Badly(Code::Truncated, b""),
        ),
        (
            "a body longer than its length: the rest is dropped",
            bytes("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\nfalse"),
            Well(b"ok"),
        ),
        (
            "no length: the body ends with the connection",
            bytes("HTTP/1.1 200 OK\r\n\r\nall of it"),
            Well(b"all of it"),
        ),
        (
            "cut inside a chunk",
            bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n8\r\nefg"),
            Badly(Code::Truncated, b"abcdefg"),
        ),
        (
            "cut between chunks",
            bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n"),
            Badly(Code::Truncated, b"abcd"),
        ),
        (
            "cut before the last line end",
            bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n"),
            Badly(Code::Truncated, b"abcd"),
        ),
        (
            "cut inside a trailer",
            bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\nX: y"),
            Badly(Code::Truncated, b"abcd"),
        ),
        (
            "a chunk's size that is no number",
            bytes(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\nxyz\r\nabc\r\n0\r\n\r\n",
            ),
            Badly(Code::Protocol, b"abcd"),
        ),
        (
            "a negative size of a chunk",
            bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-4\r\nabcd\r\n0\r\n\r\n"),
            Badly(Code::Protocol, b""),
        ),
        (
            "a size of a chunk with 17 digits",
            bytes(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000004\r\nabcd\r\n0\r\n\r\n",
            ),
            Badly(Code::Protocol, b""),
        ),
        (
            "a chunk that is longer than its size",
            bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabcd\r\n0\r\n\r\n"),
            Badly(Code::Protocol, b"ab"),
        ),
        (
            "chunks win over a length",
            bytes(
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n",
            ),
            Well(b"abcd"),
        ),
        (
            "two lengths that differ",
            bytes("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 4\r\n\r\nabcd"),
            Badly(Code::Protocol, b""),
        ),
        (
            "a list of lengths that differ",
            bytes("HTTP/1.1 200 OK\r\nContent-Length: 2, 4\r\n\r\nabcd"),
            Badly(Code::Protocol, b""),
        ),
        (
            "the same length twice",
            bytes("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nabcd"),
            Well(b"abcd"),
        ),
        (
            "a negative length",
            bytes("HTTP/1.1 200 OK\r\nContent-Length: -4\r\n\r\nabcd"),
            Badly(Code::Protocol, b""),
        ),
        (
            "a length that is no number",
            bytes("HTTP/1.1 200 OK\r\nContent-Length: four\r\n\r\nabcd"),
            Badly(Code::Protocol, b""),
        ),
        (
            "a length with something behind it",
            bytes("HTTP/1.1 200 OK\r\nContent-Length: 4 bytes\r\n\r\nabcd"),
            Badly(Code::Protocol, b""),
        ),
        (
            "a length with 23 digits",
            bytes("HTTP/1.1 200 OK\r\nContent-Length: 10000000000000000000004\r\n\r\nabcd"),
            Badly(Code::Protocol, b""),
        ),
        (
            "a space before the colon: no length for libcurl, so the body ends with the connection",
            bytes("HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok"),
            Well(b"ok"),
        ),
        ("a connection that closes at once", bytes(""), Badly(Code::Receive, b"")),
        ("204 has no body", bytes("HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nabcd"), Well(b"")),
        ("304 has no body", bytes("HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n"), Well(b"")),
    ]);
}

#[test]
fn heads() {
    let many = |count: usize| {
        let mut text = "HTTP/1.1 200 OK\r\n".to_string();
        (0..count).for_each(|number| text += &format!("X-{number}: y\r\n"));
        Reply::Bytes((text + "Content-Length: 2\r\n\r\nok").into())
    };
    let long = |length: usize| {
        Reply::Bytes(
            format!("HTTP/1.1 200 OK\r\nX: {}\r\nContent-Length: 2\r\n\r\nok", "y".repeat(length)).into(),
        )
    };
    check(vec![
        ("the longest header line", long(102_397 - 3), Well(b"ok")),
        ("a longer header line", long(102_398 - 3), Badly(Code::HeadersTooLarge, b"")),
        ("4,000 headers", many(4000), Well(b"ok")),
        ("20,000 headers", many(20_000), Badly(Code::HeadersTooLarge, b"")),
        (
            "endless headers",
            Reply::Endless(b"HTTP/1.1 200 OK\r\n", b"X-Again: and again\r\n".repeat(50)),
            Badly(Code::HeadersTooLarge, b""),
        ),
        (
            "an endless header line",
            Reply::Endless(b"HTTP/1.1 200 OK\r\nX: ", vec![b'y'; 1000]),
            Badly(Code::HeadersTooLarge, b""),
        ),
        (
            "an endless status line",
            Reply::Endless(b"HTTP/1.1 200 ", vec![b'y'; 1000]),
            Badly(Code::HeadersTooLarge, b""),
        ),
        (
            "endless interim responses",
            Reply::Endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n".to_vec()),
            Badly(Code::HeadersTooLarge, b""),
        ),
        ("endless empty lines", Reply::Endless(b"", b"\r\n".repeat(500)), Badly(Code::Protocol, b"")),
        (
            "endless trailers",
            Reply::Endless(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n",
                b"X-Again: and again\r\n".repeat(50),
            ),
            Badly(Code::HeadersTooLarge, b"ok"),
        ),
        (
            "interim responses before the final one",
            bytes(
                "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
            ),
            Well(b"ok"),
        ),
        (
            "NUL in a header",
            bytes("HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 2\r\n\r\nok"),
            Badly(Code::Protocol, b""),
        ),
        (
            "CR inside a header",
            bytes("HTTP/1.1 200 OK\r\nX: a\rSet-Cookie: evil=1\r\nContent-Length: 2\r\n\r\nok"),
            Badly(Code::Protocol, b""),
        ),
        (
            "a line without a colon",
            bytes("HTTP/1.1 200 OK\r\nno colon\r\nContent-Length: 2\r\n\r\nok"),
            Badly(Code::Protocol, b""),
        ),
        ("line feeds alone", bytes("HTTP/1.1 200 OK\nContent-Length: 2\n\nok"), Well(b"ok")),
        ("HTTP/0.9", bytes("<html>hello</html>"), Badly(Code::Protocol, b"")),
        ("a status that is no number", bytes("HTTP/1.1 OK\r\n\r\n"), Badly(Code::Protocol, b"")),
        ("a status of four digits", bytes("HTTP/1.1 2000 OK\r\n\r\n"), Badly(Code::Protocol, b"")),
        ("a status below 100", bytes("HTTP/1.1 099 No\r\n\r\n"), Badly(Code::Protocol, b"")),
        ("a version that is none", bytes("HTTP/9.9 200 OK\r\n\r\nok"), Badly(Code::Protocol, b"")),
        ("another protocol", bytes("SSH-2.0-OpenSSH_9.2\r\n"), Badly(Code::Protocol, b"")),
        ("a head that breaks off", bytes("HTTP/1.1 200 OK\r\nContent-Le"), Badly(Code::Truncated, b"")),
        (
            "interim responses and no final one",
            bytes("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"),
            Badly(Code::Receive, b""),
        ),
        (
            "a switch of protocols that nobody asked for is a final response",
            bytes("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nxyz"),
            Well(b"xyz"),
        ),
    ]);
}

#[test]
fn content_codings() {
    let text = b"the quick brown fox jumps over the lazy dog, again and again and again";
    let packed = gzip(text);
    let broken = |at: usize| {
        let mut bytes = packed.clone();
        bytes[at] ^= 0x55;
        bytes
    };
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
    zlib.write_all(text).unwrap();
    let mut raw = DeflateEncoder::new(Vec::new(), Compression::default());
    raw.write_all(text).unwrap();
    let zstd = ruzstd::encoding::compress_to_vec(&text[..], ruzstd::encoding::CompressionLevel::Fastest);
    // Its data is stored, so that what was there before the cut is known.
    let mut stored = GzEncoder::new(Vec::new(), Compression::none());
    stored.write_all(b"half of it, and the other half").unwrap();
    let stored = stored.finish().unwrap();
    let bomb = gzip(&vec![0; 256 << 20]);
    check(vec![
        ("gzip", encoded("gzip", &packed), Well(text)),
        ("x-gzip, spelled otherwise", encoded("X-GZip", &packed), Well(text)),
        ("deflate as zlib", encoded("deflate", &zlib.finish().unwrap()), Well(text)),
        ("deflate without it", encoded("deflate", &raw.finish().unwrap()), Well(text)),
        ("zstd", encoded("zstd", &zstd), Well(text)),
        ("gzip twice", encoded("gzip, gzip", &gzip(&packed)), Well(text)),
        (
            "gzip that is cut, its framing complete",
            encoded("gzip", &stored[..10 + 5 + 10]),
            Badly(Code::Truncated, b"half of it"),
        ),
        ("gzip without its end", encoded("gzip", &packed[..packed.len() - 4]), Badly(Code::Truncated, text)),
        ("zstd that is cut", encoded("zstd", &zstd[..zstd.len() - 3]), Badly(Code::Truncated, b"")),
        (
            "gzip that is cut by the end of the connection",
            Reply::Bytes(
                [
                    &b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1000\r\n\r\n"[..],
                    &stored[..10 + 5 + 10],
                ]
                .concat(),
            ),
            Badly(Code::Truncated, b"half of it"),
        ),
        ("gzip with a bad header", encoded("gzip", &broken(0)), Badly(Code::Encoding, b"")),
        ("gzip with a bad sum", encoded("gzip", &broken(packed.len() - 6)), Badly(Code::Encoding, text)),
        ("gzip with a bad length", encoded("gzip", &broken(packed.len() - 2)), Badly(Code::Encoding, text)),
        ("gzip and junk", encoded("gzip", &[&packed[..], b"junk"].concat()), Well(text)),
        (
            "two members of gzip",
            encoded("gzip", &[gzip(b"hello "), gzip(b"world")].concat()),
            Well(b"hello world"),
        ),
        (
            "ten codings",
            encoded("gzip, gzip, gzip, gzip, gzip, gzip, gzip, gzip, gzip, gzip", &packed),
            Badly(Code::Encoding, b""),
        ),
        ("an unknown coding arrives as it is", encoded("aes128gcm", b"cipher"), Well(b"cipher")),
        ("an empty body is no broken gzip", encoded("gzip", b""), Well(b"")),
    ]);
    // What a bomb had made when it was stopped is kept, and no more than that.
    for (name, coding, body) in
        [("a bomb", "gzip", bomb.clone()), ("a bomb in gzip", "gzip, gzip", gzip(&bomb))]
    {
        let server = Server::raw(move |_, stream| {
            if let Reply::Bytes(bytes) = encoded(coding, &body) {
                let _ = stream.write_all(&bytes);
            }
            false
        });
        let response = session().get(&server.url("/"));
        assert_eq!(response.error().map(|error| error.code()), Some(Code::Ratio), "{name}");
        assert!(response.body().len() <= 64 << 20, "{name}: {} bytes", response.body().len());
        assert!(response.body().iter().all(|byte| *byte == 0), "{name}");
    }
}

#[test]
fn an_endless_body_ends_at_the_limit() {
    let server = Server::raw(|seen, stream| {
        let start: &[u8] = match &*seen.target {
            "/chunked" => b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            _ => b"HTTP/1.1 200 OK\r\n\r\n",
        };
        let piece: &[u8] = if seen.target == "/chunked" { b"5\r\nabcde\r\n" } else { b"abcde" };
        let again = piece.repeat(1000);
        let _ = stream.write_all(start);
        while stream.write_all(&again).is_ok() {}
        false
    });
    let session = session();
    session.set_max_body(123_456);
    for path in ["/chunked", "/open"] {
        let response = session.get(&server.url(path));
        assert_eq!(response.error().map(|error| error.code()), Some(Code::BodyTooLarge), "{path}");
        let expected = &b"abcde".repeat(30_000)[..123_456];
        assert_eq!(response.body().len(), expected.len(), "{path}: the limit, and no byte less");
        assert!(response.body() == expected, "{path}");
    }
    // A length beyond the limit is refused before any of it is read.
    let long = Server::raw(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 123457\r\n\r\n");
        thread::sleep(HANGS);
        false
    });
    let response = session.get(&long.url("/"));
    assert_eq!(response.error().map(|error| error.code()), Some(Code::BodyTooLarge));
}

#[test]
fn redirects_that_never_end() {
    let server = Server::new(|seen| {
        let location = match &*seen.target {
            "/loop" => "/loop".to_string(),
            "/there" => "/back".into(),
            "/back" => "/there".into(),
            growing => format!("{growing}{}", "/longer".repeat(200)),
        };
        support::reply("302 Found", &[("Location", &location)], b"")
    });
    let session = session();
    for path in ["/loop", "/there", "/growing"] {
        let response = session.get(&server.url(path));
        let error = response.error().unwrap_or_else(|| panic!("{path} ended well"));
        assert_eq!(error.code(), Code::TooManyRedirects, "{path}");
        assert_eq!(response.history().len(), 30, "{path}");
        assert_eq!(response.status(), 302, "{path}");
    }
    // As many as are allowed pass.
    let chain = Server::new(|seen| match seen.target[1..].parse::<u32>().unwrap() {
        30 => support::reply("200 OK", &[], b"arrived"),
        step => support::reply("302 Found", &[("Location", &format!("/{}", step + 1))], b""),
    });
    let response = session.get(&chain.url("/0"));
    assert_eq!((response.error(), response.body()), (None, &b"arrived"[..]));
    let statuses: Vec<_> = response.history().iter().map(|hop| hop.url().to_string()).collect();
    assert_eq!(statuses, (0..30).map(|step| chain.url(&format!("/{step}"))).collect::<Vec<_>>());
}

#[test]
fn redirects_leave_http_for_nothing() {
    // Whoever connects is counted.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let connects = Arc::new(AtomicUsize::new(0));
    let counter = connects.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            counter.fetch_add(1, Ordering::SeqCst);
            drop(stream);
        }
    });
    let server = Server::new(|seen| {
        let query = seen.target.split_once('?').unwrap().1.replace("%20", " ");
        support::reply("302 Found", &[("Location", &query)], b"see there")
    });
    let session = session();
    let targets = [
        format!("ftp://127.0.0.1:{port}/x"),
        format!("FTP://127.0.0.1:{port}/x"),
        format!("gopher://127.0.0.1:{port}/_x"),
        format!("dict://127.0.0.1:{port}/d:x"),
        format!("ldap://127.0.0.1:{port}/"),
        format!("smb://127.0.0.1:{port}/share"),
        format!("telnet://127.0.0.1:{port}/"),
        format!("ws://127.0.0.1:{port}/"),
        "file:///etc/passwd".into(),
        "file://localhost/etc/passwd".into(),
        "javascript:alert(1)".into(),
        "data:text/html,x".into(),
        "http://".into(),
        "http://[::1".into(),
        format!("http://127.0.0.1:{}/", 65_536 + u32::from(port)),
    ];
    for target in &targets {
        let response = session.get(&server.url(&format!("/?{target}")));
        let error = response.error().unwrap_or_else(|| panic!("{target} was followed"));
        assert_eq!(error.code(), Code::Redirect, "{target}: {error}");
        // The response that asked for it is there to be looked at.
        assert_eq!((response.status(), response.body()), (302, &b"see there"[..]), "{target}");
    }
    assert_eq!(connects.load(Ordering::SeqCst), 0);
    // Nor does a plain request.
    for target in &targets {
        let response = session.get(target);
        let code = response.error().unwrap_or_else(|| panic!("{target} was fetched")).code();
        assert!(matches!(code, Code::Scheme | Code::Url), "{target}: {code:?}");
    }
    assert_eq!(connects.load(Ordering::SeqCst), 0);
}

#[test]
fn a_broken_reply_does_not_reach_the_next_request() {
    let server = Server::raw(|seen, stream| {
        let reply: &[u8] = match &*seen.target {
            // A second response that nobody asked for, on the same connection.
            "/extra" => b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned",
            // A body where there is none.
            "/204" => b"HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned",
            "/chunks" => b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned",
            _ => b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nclean",
        };
        stream.write_all(reply).is_ok()
    });
    let session = session();
    for path in ["/extra", "/204", "/chunks"] {
        session.get(&server.url(path));
        // Late bytes have come by then, too.
        thread::sleep(Duration::from_millis(50));
        let response = session.get(&server.url("/next"));
        assert_eq!((response.error(), response.body()), (None, &b"clean"[..]), "{path}");
    }
    let mut head = htmlsession::Request::new("HEAD", &server.url("/extra")).unwrap();
    head.set_timeout(Some(HANGS));
    assert_eq!(session.send(&head).body(), b"");
    assert_eq!(session.get(&server.url("/next")).body(), b"clean", "a body behind HEAD");
}
