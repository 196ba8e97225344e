//! Bodies that go to a sink or into a file, and what is told of their progress.

mod support;

use htmlsession::http::Body;
use htmlsession::http::retry::RetryPolicy;
use htmlsession::session::{Moved, Progress, Sink};
use htmlsession::{Code, Error, Request, Session};
use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::bodies::{flood, piece, read_all, request, streamed};
use support::{Seen, Server, gzip, reply};

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
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("downloads_{name}"));
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
        // More than the rest: what is too much is left out.
        ([("ETag", "\"v\""), ("Content-Range", "bytes 3-5/6")], b"defg", Some(Code::Protocol)),
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
                assert_eq!((path.exists(), response.resumed_from()), (false, 3));
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
fn two_downloads_of_one_file_do_not_damage_each_other() {
    let folder = Folder::new("two");
    let path = folder.0.join("a.bin");
    let data: Vec<u8> = (0..4).flat_map(piece).collect();
    let (ranges, go_on) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
    let (seen_ranges, may, body) = (ranges.clone(), go_on.clone(), data.clone());
    let server = Server::raw(move |seen, stream| {
        let head = format!("HTTP/1.1 200 OK\r\nETag: \"v\"\r\nContent-Length: {}\r\n\r\n", body.len());
        let first = seen_ranges.lock().unwrap().is_empty();
        seen_ranges.lock().unwrap().push(seen.header("range"));
        let (begin, end) = body.split_at(body.len() / 2);
        let _ = stream.write_all(&[head.as_bytes(), begin].concat());
        while first && !may.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(5));
        }
        stream.write_all(end).is_ok()
    });
    let request = into_file(&server.url("/"), &path, true);
    std::thread::scope(|scope| {
        let slow = scope.spawn(|| Session::new().send(&request));
        let begun = || fs::metadata(folder.0.join("a.bin.part")).is_ok_and(|part| part.len() > 0);
        support::wait_until("the first one is being written", begun);
        // It is being written: the other one does not go on with it, but begins anew.
        assert_eq!(Session::new().send(&request).error(), None);
        assert!(fs::read(&path).unwrap() == data);
        go_on.store(true, Ordering::SeqCst);
        let error = slow.join().unwrap().error().cloned().expect("it has lost its file");
        assert!(error.code() == Code::Io && error.message().contains("another download"), "{error}");
    });
    assert_eq!(*ranges.lock().unwrap(), [None, None]);
    assert!(fs::read(&path).unwrap() == data);
    assert_eq!(folder.files(), ["a.bin"]);
}

#[test]
fn a_part_that_nobody_asked_for_is_no_file() {
    let folder = Folder::new("unasked");
    let path = folder.0.join("a.bin");
    let server = Server::new(|seen| {
        let range = [("Content-Range", if seen.target == "/whole" { "bytes 0-4/5" } else { "bytes 5-9/10" })];
        reply("206 Partial Content", &range, b"12345")
    });
    let session = Session::new();
    let code = |request: &Request| session.send(request).error().map(Error::code);
    for resume in [false, true] {
        assert_eq!(code(&into_file(&server.url("/"), &path, resume)), Some(Code::Protocol));
        assert!(folder.files().is_empty(), "{:?}", folder.files());
    }
    assert_eq!(code(&into_file(&server.url("/whole"), &path, true)), None);
    assert_eq!(fs::read(&path).unwrap(), b"12345");
    fs::remove_file(&path).unwrap();
    let mut own = into_file(&server.url("/"), &path, true);
    own.set_header("Range", Some(b"bytes=5-9")).unwrap();
    assert_eq!((code(&own), fs::read(&path).unwrap()), (None, b"12345".to_vec()));
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
