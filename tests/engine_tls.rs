//! The engine over TLS against nginx, which speaks HTTP/2 on one port and HTTP/1.1 alone on another.
#![cfg(target_os = "linux")]

mod support;

use htmlsession::http::{Body, HttpVersion};
use htmlsession::{Request, Session};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use support::daemon::{self, Daemon, certificates, free_ports};
use support::library::scratch;
use support::{Server, reply};

/// nginx as site.test; below /slow/ it asks the given server. `few` speaks HTTP/2 too, with two
/// streams at a time.
struct Site {
    folder: PathBuf,
    http2: u16,
    http1: u16,
    few: u16,
    _server: Daemon,
}

impl Site {
    fn new(name: &str, behind: u16) -> Site {
        let folder = scratch(&format!("engine_tls_{name}"));
        certificates(&folder);
        let [http2, http1, few] = free_ports();
        let path = folder.display();
        let server = |port: u16, protocol: &str| {
            format!(
                "server {{ listen 127.0.0.1:{port} ssl {protocol}; server_name site.test;\n\
                 ssl_certificate {path}/site.pem; ssl_certificate_key {path}/site.key;\n\
                 location /slow/ {{ proxy_pass http://127.0.0.1:{behind}; }}\n\
                 location = /big.bin {{ root {path}; }}\n\
                 location /short/ {{ keepalive_requests 20; proxy_pass http://127.0.0.1:{behind}; }}\n\
                 location / {{ return 200 '$server_protocol $request_uri'; }} }}\n"
            )
        };
        let two_streams = "http2; http2_max_concurrent_streams 2";
        let servers = server(http2, "http2") + &server(http1, "") + &server(few, two_streams);
        let nginx = daemon::nginx(&folder, &servers, &[http2, http1, few]);
        Site { folder, http2, http1, few, _server: nginx }
    }

    fn session(&self) -> Session {
        let session = Session::new();
        session.set_trust_env(false);
        session.set_timeouts(|timeouts| timeouts.connect = Some(Duration::from_secs(60)));
        session.set_ca_file(self.folder.join("ca.pem").to_str());
        for port in [self.http1, self.http2, self.few] {
            session.set_resolve("site.test", port, Some("127.0.0.1")).unwrap();
        }
        session
    }

    fn url(&self, port: u16, path: &str) -> String {
        format!("https://site.test:{port}{path}")
    }
}

#[test]
fn sixteen_threads_make_500_requests_each_over_mixed_protocols() {
    let plain = Server::new(|seen| reply("200 OK", &[], format!("plain {}", seen.target).as_bytes()));
    let site = Site::new("mixed", plain.port);
    let session = site.session();
    std::thread::scope(|scope| {
        for thread in 0..16 {
            let (session, site, plain) = (&session, &site, &plain);
            scope.spawn(move || {
                for number in 0..500 {
                    let path = format!("/{thread}/{number}");
                    let (url, version, body) = match number % 3 {
                        0 => (site.url(site.http2, &path), HttpVersion::Http2, format!("HTTP/2.0 {path}")),
                        1 => (site.url(site.http1, &path), HttpVersion::Http11, format!("HTTP/1.1 {path}")),
                        _ => (plain.url(&path), HttpVersion::Http11, format!("plain {path}")),
                    };
                    let response = session.get(&url);
                    assert_eq!((response.error(), response.status()), (None, 200), "{url}");
                    assert_eq!(response.version(), Some(version), "{url}");
                    assert_eq!(String::from_utf8_lossy(response.body()), body);
                    assert_eq!(response.url(), url);
                }
            });
        }
    });
}

#[test]
fn submissions_and_threads_share_the_connections_of_http_2() {
    let site = Site::new("shared", 1);
    let session = site.session();
    for number in 0..1000 {
        let request = Request::new("GET", &site.url(site.http2, &format!("/submitted/{number}"))).unwrap();
        session.submit(&request, number).unwrap();
    }
    let opened = std::sync::atomic::AtomicUsize::new(0);
    let count = |reused: bool| opened.fetch_add(usize::from(!reused), std::sync::atomic::Ordering::SeqCst);
    let mut came = vec![false; 1000];
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (session, site, count) = (&session, &site, &count);
            scope.spawn(move || {
                for number in 0..100 {
                    let path = format!("/{thread}/{number}");
                    let response = session.get(&site.url(site.http2, &path));
                    assert_eq!(response.error(), None);
                    assert_eq!(response.body(), format!("HTTP/2.0 {path}").as_bytes());
                    count(response.reused_connection());
                }
            });
        }
        while let Some(response) = session.next(None).unwrap() {
            assert_eq!(response.error(), None);
            let number = response.userdata();
            assert_eq!(response.body(), format!("HTTP/2.0 /submitted/{number}").as_bytes());
            assert!(!std::mem::replace(&mut came[number], true), "{number} came twice");
            count(response.reused_connection());
        }
    });
    assert!(came.iter().all(|came| *came));
    // nginx ends a connection after a thousand requests.
    let opened = opened.into_inner();
    assert!((1..=8).contains(&opened), "{opened} connections for 1,400 requests");
}

#[test]
fn a_slow_response_over_http_1_does_not_hold_up_the_next_request() {
    let slow = Server::new(|_| {
        std::thread::sleep(Duration::from_secs(5));
        reply("200 OK", &[], b"slow")
    });
    let site = Site::new("slow", slow.port);
    // The first contact: nothing is known yet of what the server speaks.
    let session = site.session();
    let start = Instant::now();
    for (number, path) in ["/slow/", "/fast"].into_iter().enumerate() {
        let request = Request::new("GET", &site.url(site.http1, path)).unwrap();
        session.submit(&request, number).unwrap();
    }
    let first = session.next(None).unwrap().unwrap();
    assert_eq!((first.error(), first.body()), (None, &b"HTTP/1.1 /fast"[..]), "the slow one came first");
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    let second = session.next(None).unwrap().unwrap();
    assert_eq!((second.error(), second.body()), (None, &b"slow"[..]));
    // Nor later, when it is.
    for (number, path) in ["/slow/", "/fast"].into_iter().enumerate() {
        let request = Request::new("GET", &site.url(site.http1, path)).unwrap();
        session.submit(&request, number).unwrap();
    }
    assert_eq!(session.next(None).unwrap().unwrap().body(), b"HTTP/1.1 /fast");
    assert_eq!(session.next(None).unwrap().unwrap().body(), b"slow");
}

#[test]
fn waiting_for_a_stream_is_not_connecting() {
    let behind = Server::new(|_| {
        std::thread::sleep(Duration::from_millis(800));
        reply("200 OK", &[], b"late")
    });
    let site = Site::new("few", behind.port);
    let session = site.session();
    session.set_connection_limits(1, 10, 10).unwrap();
    session.set_timeouts(|timeouts| timeouts.connect = Some(Duration::from_millis(2000)));
    assert_eq!(session.get(&site.url(site.few, "/")).error(), None);
    let start = Instant::now();
    for number in 0..12 {
        session.submit(&Request::new("GET", &site.url(site.few, "/slow/")).unwrap(), number).unwrap();
    }
    while let Some(response) = session.next(None).unwrap() {
        assert_eq!((response.error(), response.body()), (None, &b"late"[..]), "{}", response.userdata());
    }
    assert!(start.elapsed() > Duration::from_millis(4000), "there was no queue");
}

#[test]
fn a_paused_stream_does_not_hold_up_others_of_its_connection() {
    let site = Site::new("streams", 1);
    std::fs::write(site.folder.join("big.bin"), vec![7; 20 << 20]).unwrap();
    let session = site.session();
    let mut request = Request::new("GET", &site.url(site.http2, "/big.bin")).unwrap();
    request.set_streamed(true);
    let streams: Vec<_> = (0..3).map(|_| session.send(&request)).collect();
    for number in 0..100 {
        let response = session.get(&site.url(site.http2, &format!("/{number}")));
        assert_eq!((response.error(), response.version()), (None, Some(HttpVersion::Http2)));
        assert!(response.reused_connection());
    }
    let mut chunk = vec![0; 1 << 20];
    for stream in &streams[..2] {
        let mut all = 0;
        loop {
            match stream.read(&mut chunk).unwrap() {
                0 => break,
                count => all += count,
            }
        }
        assert_eq!(all, 20 << 20);
    }
    // One that is given up takes nothing with it.
    drop(streams);
    assert!(session.get(&site.url(site.http2, "/after")).reused_connection());
}

#[test]
fn posts_arrive_once_while_connections_come_and_go() {
    let server = Server::new(|seen| reply("200 OK", &[], &seen.body));
    let site = Site::new("posts", server.port);
    let session = site.session();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (session, site) = (&session, &site);
            scope.spawn(move || {
                for number in 0..150 {
                    // nginx ends each connection after twenty of these.
                    let port = if number % 2 == 0 { site.http2 } else { site.http1 };
                    let mut request = Request::new("POST", &site.url(port, "/short/")).unwrap();
                    let body = format!("{thread}/{number} {}", "x".repeat(number * 100));
                    request.set_body(Body::Bytes(body.as_bytes().into()), Some("text/plain")).unwrap();
                    let response = session.send(&request);
                    assert_eq!((response.error(), response.status()), (None, 200), "{thread}/{number}");
                    assert!(response.body() == body.as_bytes(), "{thread}/{number}");
                }
            });
        }
    });
    let mut bodies: Vec<_> = server.seen().into_iter().map(|seen| seen.body).collect();
    assert_eq!(bodies.len(), 8 * 150);
    bodies.sort();
    bodies.dedup();
    assert_eq!(bodies.len(), 8 * 150, "some came twice");
}
