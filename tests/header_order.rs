//! What goes over the wire of a request's headers, and in which order, whatever was sent before on
//! the same connection.

mod support;

use htmlsession::{Request, Session};
use support::{Server, reply};

/// Sends a request with these additions and gives what the server saw, less Host.
fn sent(session: &Session, server: &Server, headers: &[(&str, Option<&str>)]) -> Vec<String> {
    let mut request = Request::new("GET", &server.url("/")).unwrap();
    for (name, value) in headers {
        match value {
            Some(value) if name.starts_with('+') => request.add_header(&name[1..], value.as_bytes()).unwrap(),
            value => request.set_header(name, value.map(str::as_bytes)).unwrap(),
        }
    }
    assert_eq!(session.send(&request).error(), None);
    let seen = server.seen().pop().unwrap();
    seen.headers.iter().skip(1).map(|(name, value)| format!("{name}: {value}")).collect()
}

#[test]
fn each_request_has_its_own_headers_in_its_own_order() {
    let server = Server::new(|_| reply("200 OK", &[("Set-Cookie", "id=1")], b""));
    let session = Session::new();
    let agent = concat!("User-Agent: libhtmlsession/", env!("CARGO_PKG_VERSION"));
    let encoding = "Accept-Encoding: gzip, deflate, br, zstd";
    assert_eq!(sent(&session, &server, &[]), [agent, "Accept: */*", encoding]);
    for _ in 0..2 {
        let cookie = "Cookie: id=1";
        assert_eq!(sent(&session, &server, &[]), [agent, "Accept: */*", encoding, cookie]);
        assert_eq!(
            sent(&session, &server, &[("X-A", Some("1")), ("User-Agent", None)]),
            ["Accept: */*", encoding, "X-A: 1", cookie]
        );
        assert_eq!(
            sent(&session, &server, &[("Accept", None), ("Accept-Encoding", Some("br"))]),
            [agent, "Accept-Encoding: br", cookie]
        );
        assert_eq!(
            sent(
                &session,
                &server,
                &[("+Accept", Some("*/*")), ("+Accept", Some("text/html")), ("Cookie", Some("mine=1"))]
            ),
            [agent, "Accept: */*", "Accept: text/html", encoding, "Cookie: mine=1"]
        );
        assert_eq!(
            sent(&session, &server, &[("user-agent", Some("x")), ("Accept", Some("text/html"))]),
            ["user-agent: x", "Accept: text/html", encoding, cookie]
        );
        assert_eq!(
            sent(&session, &server, &[("User-Agent", None), ("Accept", None), ("Accept-Encoding", None)]),
            [cookie]
        );
    }
}
