//! Where connections come from and go to, how many there are, and servers that hold back.
#![cfg(target_os = "linux")]

mod support;

use htmlsession::http::HttpVersion;
use htmlsession::http::retry::RetryPolicy;
use htmlsession::{Code, Request, Session, VersionChoice};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use support::daemon::{self, free_port};
use support::library::scratch;
use support::{Server, reply};

#[test]
fn a_unix_socket_takes_the_place_of_host_and_port() {
    let path = scratch("network_unix").join("socket");
    let _ = fs::remove_file(&path);
    let listener = UnixListener::bind(&path).unwrap();
    let server = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let head: Vec<String> =
            lines.by_ref().map(Result::unwrap).take_while(|line| !line.is_empty()).collect();
        (&stream).write_all(&reply("200 OK", &[], b"inside")).unwrap();
        head
    });
    let session = Session::new();
    session.set_unix_socket(path.to_str()).unwrap();
    session.set_proxy(Some("http://nowhere.invalid:1")).unwrap();
    let response = session.get("http://daemon.test/version");
    assert_eq!((response.error(), response.body(), response.proxy()), (None, &b"inside"[..], ""));
    session.set_proxy(None).unwrap();
    let head = server.join().unwrap();
    assert_eq!(head[0], "GET /version HTTP/1.1");
    assert!(head.contains(&"Host: daemon.test".to_string()), "{head:?}");

    session.set_unix_socket(Some("/nowhere/socket")).unwrap();
    assert_eq!(session.get("http://daemon.test/").error().map(|error| error.code()), Some(Code::Connect));
    for wrong in ["", &"x".repeat(108)] {
        assert_eq!(session.set_unix_socket(Some(wrong)).unwrap_err().code(), Code::Argument);
    }
    // Without it the name counts again.
    session.set_unix_socket(None).unwrap();
    let server = Server::new(|_| reply("200 OK", &[], b"outside"));
    assert_eq!(session.get(&server.url("/")).body(), b"outside");
}

#[test]
fn only_the_public_internet_is_reached_where_that_is_asked_for() {
    let server = Server::new(|_| reply("200 OK", &[], b"inside"));
    let port = server.port;
    let session = Session::new();
    // A retry would not help, and there is none.
    session.set_retry(Some(RetryPolicy { attempts: 3, ..RetryPolicy::default() }));
    for (name, address) in [("inside.test", "127.0.0.1"), ("both.test", "[::1],127.0.0.1")] {
        session.set_resolve(name, port, Some(address)).unwrap();
    }
    assert_eq!(session.get(&format!("http://inside.test:{port}/")).body(), b"inside");

    session.set_public_only(true);
    for host in
        ["inside.test", "both.test", "127.0.0.1", "0x7f.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]"]
    {
        let response = session.get(&format!("http://{host}:{port}/"));
        let error = response.error().expect("refused");
        assert_eq!((error.code(), response.status()), (Code::Refused, 0), "{host}: {error}");
        assert!(error.message().contains("no public address"), "{error}");
    }
    session.set_public_only(false);
    assert_eq!(session.get(&format!("http://inside.test:{port}/")).body(), b"inside");
    // Neither by the connection that was kept, nor by another one did they come there.
    assert_eq!(server.seen().len(), 2);
    assert!(server.connections() <= 2, "{}", server.connections());
}

#[test]
fn what_is_not_public_is_refused_through_a_proxy_and_behind_a_redirect() {
    // Stands for every host of the internet, and is itself on this machine.
    let proxy = Server::new(|seen| match seen.target.as_str() {
        "http://news.example/" => reply("200 OK", &[], b"news"),
        "http://lure.example/" => reply("302 Found", &[("Location", "http://169.254.169.254/latest")], b""),
        other => panic!("{other} was asked for"),
    });
    let session = Session::new();
    session.set_proxy(Some(&proxy.url(""))).unwrap();
    session.set_public_only(true);
    assert_eq!(session.get("http://news.example/").body(), b"news");
    for url in ["http://localhost/", "http://a.localhost./", "http://10.1/", "http://[fd00::1]/"] {
        assert_eq!(session.get(url).error().map(|error| error.code()), Some(Code::Refused), "{url}");
    }
    let response = session.get("http://lure.example/");
    assert_eq!(response.error().map(|error| error.code()), Some(Code::Refused));
    assert_eq!(response.history().len(), 1);
}

#[test]
fn connections_leave_from_the_interface_that_was_set() {
    let server = Server::raw(|_, stream: &mut TcpStream| {
        let from = stream.peer_addr().unwrap().ip().to_string();
        stream.write_all(&reply("200 OK", &[], from.as_bytes())).is_ok()
    });
    let session = Session::new();
    for (interface, from) in
        [(None, "127.0.0.1"), (Some("127.0.0.2"), "127.0.0.2"), (Some("lo"), "127.0.0.1")]
    {
        session.set_interface(interface).unwrap();
        let response = session.get(&server.url("/"));
        assert_eq!((response.error(), response.body()), (None, from.as_bytes()), "{interface:?}");
    }
    session.set_interface(Some("127.0.0.2")).unwrap();
    assert_eq!(session.get(&server.url("/")).body(), b"127.0.0.2");
    if cfg!(feature = "bundled") {
        // A libcurl before 8.16 goes on with the connection that it has.
        session.set_interface(None).unwrap();
        assert_eq!(session.get(&server.url("/")).body(), b"127.0.0.1");
    }
    session.set_interface(Some("nosuch0")).unwrap();
    assert_eq!(session.get(&server.url("/")).error().map(|error| error.code()), Some(Code::Connect));
    assert_eq!(session.set_interface(Some("")).unwrap_err().code(), Code::Argument);
}

#[test]
fn without_idle_connections_each_ends_with_its_request() {
    let server = Server::raw(|_, stream: &mut TcpStream| {
        let from = stream.peer_addr().unwrap().port().to_string();
        stream.write_all(&reply("200 OK", &[], from.as_bytes())).is_ok()
    });
    let session = Session::new();
    let from = || session.get(&server.url("/")).body().to_vec();
    assert_eq!(from(), from());
    session.set_connection_limits(4, 4, 0).unwrap();
    from();
    assert_ne!(from(), from());
}

#[test]
fn the_version_of_http_is_the_one_that_was_chosen() {
    let server = Server::new(|_| reply("200 OK", &[], b""));
    let session = Session::new();
    session.set_http_version(VersionChoice::Http11);
    assert_eq!(session.get(&server.url("/")).version(), Some(HttpVersion::Http11));
    // It is the request that says 1.0: the answer may be of either version.
    session.set_http_version(VersionChoice::Http10);
    assert_eq!(session.get(&server.url("/")).status(), 200);
    session.set_http_version(VersionChoice::Http2);
    assert!(session.get(&server.url("/")).error().is_some(), "the server does not speak HTTP/2");
}

#[test]
fn no_more_connections_than_the_limits_allow() {
    let (open, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counts = (open.clone(), most.clone());
    let server = Server::new(move |_| {
        let now = counts.0.fetch_add(1, Ordering::SeqCst) + 1;
        counts.1.fetch_max(now, Ordering::SeqCst);
        thread::sleep(Duration::from_millis(5));
        counts.0.fetch_sub(1, Ordering::SeqCst);
        reply("200 OK", &[], b"")
    });
    let session = Session::new();
    assert_eq!(session.set_connection_limits(0, 1, 1).unwrap_err().code(), Code::Argument);
    session.set_connection_limits(3, 10, 2).unwrap();
    let request = Request::new("GET", &server.url("/")).unwrap();
    let mut order = Vec::new();
    for _ in 0..60 {
        order.push(session.submit(&request, 0).unwrap());
    }
    let mut answered = 0;
    while let Some(response) = session.next(None).unwrap() {
        assert_eq!((response.error(), response.status()), (None, 200));
        answered += 1;
    }
    assert_eq!(answered, 60);
    assert_eq!(most.load(Ordering::SeqCst), 3);
}

/// nginx lets two requests a second through and gives ten bytes at a time of a file.
#[test]
fn a_server_that_holds_back_is_waited_for() {
    let folder = scratch("network_limits");
    fs::write(folder.join("slow.bin"), vec![b'x'; 4000]).unwrap();
    let (port, path) = (free_port(), folder.display());
    let http = format!(
        "limit_req_zone $server_port zone=one:1m rate=2r/s; limit_req_status 429;\n\
         server {{ listen 127.0.0.1:{port}; root {path};\n\
         location /limited {{ limit_req zone=one; try_files /slow.bin =404; }}\n\
         location /slow.bin {{ limit_rate 2000; }} }}"
    );
    let _server = daemon::nginx(&folder, &http, &[port]);
    let at = |path: &str| format!("http://127.0.0.1:{port}{path}");

    let session = Session::new();
    let statuses: Vec<u16> = (0..3).map(|_| session.get(&at("/limited")).status()).collect();
    assert_eq!((statuses[0], statuses.contains(&429)), (200, true));
    let backoff = Duration::from_millis(300);
    session.set_retry(Some(RetryPolicy { attempts: 6, backoff, ..RetryPolicy::default() }));
    for _ in 0..3 {
        let response = session.get(&at("/limited"));
        assert_eq!((response.error(), response.status(), response.body().len()), (None, 200, 4000));
    }

    // Slow is not silent: the read time-out starts anew with each piece, the total one does not.
    session.set_retry(None);
    session.set_timeouts(|timeouts| timeouts.read = Some(Duration::from_millis(1900)));
    let start = Instant::now();
    assert_eq!(session.get(&at("/slow.bin")).body().len(), 4000);
    assert!(start.elapsed() > Duration::from_millis(900));
    session.set_timeouts(|timeouts| timeouts.total = Some(Duration::from_millis(500)));
    let response = session.get(&at("/slow.bin"));
    assert_eq!(response.error().map(|error| error.code()), Some(Code::Timeout));
    assert!(!response.body().is_empty() && response.body().len() < 4000, "what came before is kept");
}
