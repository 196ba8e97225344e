//! Where credentials go, and where they must not: redirects to other origins, netrc files, proxies and
//! the proxies of the environment.

mod support;

use htmlsession::cookies::RequestCookies;
use htmlsession::session::PageWalk;
use htmlsession::{Auth, ClientCert, Code, Request, Session};
use std::path::Path;
use std::sync::Arc;
use support::environment::{is_child, with_environment};
use support::{Seen, Server, reply};

/// A session that finds these names at this machine.
fn session(ports: &[u16]) -> Session {
    let session = Session::new();
    session.set_trust_env(false);
    for port in ports {
        for host in ["one.test", "two.test", "sub.one.test"] {
            session.set_resolve(host, *port, Some("127.0.0.1")).unwrap();
        }
    }
    session
}

/// Answers /to?URL with a redirect to the URL, and everything else with 200.
fn redirector(status: &'static str) -> Server {
    Server::new(move |seen| match seen.target.split_once("to?") {
        Some((_, target)) => reply(status, &[("Location", target)], b""),
        None => reply("200 OK", &[], seen.target.as_bytes()),
    })
}

fn at(host: &str, port: u16, path: &str) -> String {
    format!("http://{host}:{port}{path}")
}

const SECRETS: [(&str, &str); 4] = [
    ("Authorization", "Basic c2VjcmV0"),
    ("Cookie", "explicit=secret"),
    ("Proxy-Authorization", "Basic c2VjcmV0"),
    ("X-Api-Key", "secret"),
];

type Credential = (&'static str, fn(&Session, &mut Request), &'static str);

/// Ways to give credentials, and the header that carries them.
const CREDENTIALS: [Credential; 9] = [
    ("header of the request", |_, request| set(request, SECRETS[0]), "authorization"),
    ("Cookie of the request", |_, request| set(request, SECRETS[1]), "cookie"),
    ("Proxy-Authorization of the request", |_, request| set(request, SECRETS[2]), "proxy-authorization"),
    (
        "marked header of the session",
        |session, _| {
            session.set_secret_header("x-api-key").unwrap();
            session.set_header("X-Api-Key", Some(b"secret")).unwrap();
        },
        "x-api-key",
    ),
    (
        "header of the session",
        |session, _| session.set_header("Authorization", Some(b"Bearer secret")).unwrap(),
        "authorization",
    ),
    (
        "Basic of the session",
        |session, _| session.set_auth(Auth::basic("ann", "secret").unwrap()),
        "authorization",
    ),
    (
        "Bearer of the request",
        |_, request| request.set_auth(Auth::bearer("secret").unwrap()),
        "authorization",
    ),
    ("cookie of the request", |_, request| request.set_cookie(b"mine", b"secret").unwrap(), "cookie"),
    ("netrc", |session, _| session.set_netrc(Some(&netrc())).unwrap(), "authorization"),
];

fn set(request: &mut Request, (name, value): (&str, &str)) {
    request.set_header(name, Some(value.as_bytes())).unwrap();
}

/// A netrc file that knows every host here.
fn netrc() -> std::path::PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("credentials.netrc");
    let text = "machine one.test login ann password secret\nmachine two.test login ann password secret\n\
                machine sub.one.test login ann password secret\nmachine 127.0.0.1 login ann password secret\n";
    // Whole at any time, whoever else writes it: renamed into place.
    let temporary = path.with_extension(format!("{:?}", std::thread::current().id()));
    std::fs::write(&temporary, text).unwrap();
    std::fs::rename(&temporary, &path).unwrap();
    path
}

#[test]
fn credentials_follow_within_the_origin_and_never_beyond() {
    let (server, elsewhere) = (redirector("307 Temporary Redirect"), redirector("307 Temporary Redirect"));
    let (port, other_port) = (server.port, elsewhere.port);
    let mut checked = 0;
    for (name, give, header) in CREDENTIALS {
        for (host, to_port, kept) in [
            ("one.test", port, true),
            ("two.test", port, false),
            ("sub.one.test", port, false),
            ("one.test", other_port, false),
            ("127.0.0.1", port, false),
        ] {
            let session = session(&[port, other_port]);
            let target = at(host, to_port, "/end");
            let mut request = Request::new("GET", &at("one.test", port, &format!("/to?{target}"))).unwrap();
            give(&session, &mut request);
            let response = session.send(&request);
            assert_eq!((response.error(), response.url()), (None, &*target), "{name}");
            let first = &server.seen()[server.seen().len() - if to_port == port { 2 } else { 1 }];
            let last = if to_port == port { server.last() } else { elsewhere.last() };
            let secret = |seen: &Seen| seen.header(header);
            assert!(secret(first).is_some(), "{name} is not sent at all");
            if kept {
                assert_eq!(secret(&last), secret(first), "{name} stays behind at {target}");
            } else {
                for (field, value) in &last.headers {
                    assert!(!value.contains("secret"), "{name} went to {target} as {field}: {value}");
                }
                assert_eq!(secret(&last), None, "{name} went to {target}");
            }
            checked += 1;
        }
    }
    assert_eq!(checked, 45);
}

#[test]
fn what_stayed_behind_does_not_come_back() {
    let server = redirector("302 Found");
    let session = session(&[server.port]);
    let back = at("one.test", server.port, "/end");
    let over = at("two.test", server.port, &format!("/to?{back}"));
    let mut request = Request::new("GET", &at("one.test", server.port, &format!("/to?{over}"))).unwrap();
    set(&mut request, SECRETS[0]);
    set(&mut request, SECRETS[1]);
    assert_eq!(session.send(&request).url(), back);
    let seen = server.seen();
    assert_eq!(seen.len(), 3);
    assert!(seen[0].header("authorization").is_some() && seen[0].header("cookie").is_some());
    for hop in &seen[1..] {
        assert_eq!((hop.header("authorization"), hop.header("cookie")), (None, None));
    }
}

#[test]
fn a_walk_leaves_them_behind_as_a_redirect_does() {
    let serve = || {
        Server::new(|seen| match seen.target.split_once('?') {
            Some(("/next", url)) => {
                reply("200 OK", &[], format!("<a rel=next href='{url}'>x</a>").as_bytes())
            }
            Some((_, url)) => reply("307 Temporary Redirect", &[("Location", url)], b""),
            None => reply("200 OK", &[], b""),
        })
    };
    for (name, give, header) in CREDENTIALS {
        let (one, two) = (serve(), serve());
        let session = Arc::new(session(&[one.port, two.port]));
        let walk = |path: &str| {
            let mut request = Request::new("GET", &at("one.test", one.port, path)).unwrap();
            give(&session, &mut request);
            let mut walk = PageWalk::new(session.clone(), request, 9);
            while let Some(page) = walk.next() {
                assert!(page.ok(), "{name}: {:?}", page.error());
            }
        };
        // To a page of the same origin they go along.
        walk("/next?/end");
        assert!(one.last().header(header).is_some(), "{name}");
        // Elsewhere they do not, be it that a page or a redirect leads there, nor later on; and what
        // would be credentials in the link itself is none.
        let end = at("eve:evil@two.test", two.port, "/end");
        let further = at("two.test", two.port, &format!("/next?{end}"));
        walk(&format!("/next?{further}"));
        walk(&format!("/to?{further}"));
        assert_eq!(two.seen().len(), 4);
        for seen in two.seen() {
            assert_eq!(seen.header(header), None, "{name} went along to {}", seen.target);
            for (field, value) in &seen.headers {
                assert!(!value.contains("secret"), "{name} went along as {field}: {value}");
            }
        }
        // What stayed behind does not come back, but for cookies, which are bound to their origin.
        let back = at("one.test", one.port, "/end");
        walk(&format!("/next?{}", at("two.test", two.port, &format!("/next?{back}"))));
        assert_eq!(one.last().header(header).is_some(), name == "cookie of the request", "{name}");
    }
}

#[test]
fn credentials_of_urls_become_a_header_of_their_origin_and_nothing_else() {
    let server = redirector("302 Found");
    let session = session(&[server.port]);
    let with = |target: &str| format!("http://ann:s3cret@one.test:{}/to?{target}", server.port);
    let response = session.get(&with("/end"));
    assert_eq!(response.url(), at("one.test", server.port, "/end"));
    let [first, second] = &server.seen()[..] else { panic!("two hops") };
    assert_eq!(first.header("authorization").as_deref(), Some("Basic YW5uOnMzY3JldA=="));
    assert_eq!(second.header("authorization"), first.header("authorization"));
    assert_eq!(first.header("host"), Some(format!("one.test:{}", server.port)));

    let response = session.get(&with(&at("two.test", server.port, "/end")));
    assert_eq!(server.last().header("authorization"), None);
    // Nor are they repeated where responses are looked at or logged.
    for response in response.history().iter().chain([&response]) {
        assert!(!response.url().contains("s3cret") && !format!("{response:?}").contains("s3cret"));
    }
    // Those that a server puts into a Location are not used: it would choose what is sent where.
    let location = format!("http://eve:evil@two.test:{}/end", server.port);
    let response = session.get(&at("one.test", server.port, &format!("/to?{location}")));
    assert_eq!(response.url(), at("two.test", server.port, "/end"));
    assert_eq!(server.last().header("authorization"), None);
}

#[test]
fn cookies_are_chosen_anew_at_each_hop() {
    let server = Server::new(|seen| match seen.target.split_once("to?") {
        Some((_, target)) => {
            let set = format!("at={}", seen.header("host").unwrap().split('.').next().unwrap());
            reply("302 Found", &[("Location", target), ("Set-Cookie", &set)], b"")
        }
        None => reply("200 OK", &[], b""),
    });
    let session = session(&[server.port]);
    let end = at("one.test", server.port, "/end");
    let second = at("two.test", server.port, &format!("/to?{end}"));
    session.get(&at("one.test", server.port, &format!("/to?{second}")));
    let cookies: Vec<_> = server.seen().iter().map(|seen| seen.header("cookie")).collect();
    assert_eq!(cookies, [None, None, Some("at=one".into())]);
    session.get(&second);
    assert_eq!(server.seen()[3].header("cookie").as_deref(), Some("at=two"));
}

#[test]
fn no_hop_tells_where_it_came_from() {
    let server = redirector("302 Found");
    let session = session(&[server.port]);
    for host in ["one.test", "two.test"] {
        session.get(&at("one.test", server.port, &format!("/private/to?{}", at(host, server.port, "/end"))));
        assert_eq!(server.last().header("referer"), None);
    }
}

fn folder(name: &str) -> std::path::PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn a_netrc_in_the_home_folder_is_never_read_unasked() {
    const TEST: &str = "a_netrc_in_the_home_folder_is_never_read_unasked";
    if is_child(TEST) {
        return child_with_netrc();
    }
    let home = folder("credentials_home");
    let text = std::fs::read_to_string(netrc()).unwrap();
    for name in [".netrc", "_netrc"] {
        std::fs::write(home.join(name), &text).unwrap();
    }
    let (home, file) = (home.to_str().unwrap(), home.join(".netrc"));
    with_environment(TEST, &[("HOME", home), ("NETRC", file.to_str().unwrap())]);
}

fn child_with_netrc() {
    let server = redirector("302 Found");
    let session = session(&[server.port]);
    session.get(&at("one.test", server.port, "/plain"));
    session.get(&at("one.test", server.port, &format!("/to?{}", at("two.test", server.port, "/end"))));
    // With a user name in the URL libcurl would look for the password.
    session.get(&format!("http://ann@one.test:{}/user", server.port));
    let seen: Vec<_> = server.seen().iter().map(|seen| seen.header("authorization")).collect();
    assert_eq!(seen, [None, None, None, Some("Basic YW5uOg==".into())]);
}

/// Answers as a proxy: with the target as it was asked for.
fn proxy() -> Server {
    Server::new(|seen| reply("200 OK", &[], format!("proxied {}", seen.target).as_bytes()))
}

#[test]
fn the_environment_names_proxies_as_it_should() {
    const TEST: &str = "the_environment_names_proxies_as_it_should";
    if is_child(TEST) {
        return child_with_proxies();
    }
    let proxy = proxy();
    let url = format!("http://ann:pr0xy@127.0.0.1:{}", proxy.port);
    let port = proxy.port.to_string();
    let expect = |variables: &[(&str, &str)], proxied: &[&str], direct: &[&str]| {
        let mut variables = variables.to_vec();
        let (proxied, direct) = (proxied.join(" "), direct.join(" "));
        variables.extend([("PROXIED", &*proxied), ("DIRECT", &*direct), ("PROXY_PORT", &*port)]);
        with_environment(TEST, &variables);
    };
    // Loopback is never proxied by the environment.
    let all = ["one.test", "two.test", "sub.one.test", "10.1.2.3"];
    expect(&[("http_proxy", &url)], &all, &["127.0.0.1", "localhost"]);
    // A CGI server makes this one from a header of the request.
    expect(&[("HTTP_PROXY", &url)], &[], &["one.test"]);
    expect(&[("all_proxy", &url)], &all, &[]);
    expect(&[("ALL_PROXY", &url)], &all, &[]);
    expect(&[("https_proxy", &url)], &[], &["one.test"]);
    expect(&[("http_proxy", ""), ("all_proxy", &url)], &all, &[]);
    expect(&[("http_proxy", &url), ("no_proxy", "*")], &[], &["one.test", "two.test"]);
    expect(
        &[("http_proxy", &url), ("NO_PROXY", "one.test")],
        &["two.test", "10.1.2.3"],
        &["one.test", "sub.one.test"],
    );
    expect(&[("http_proxy", &url), ("no_proxy", ".one.test")], &["two.test"], &["one.test", "sub.one.test"]);
    expect(&[("http_proxy", &url), ("no_proxy", "one.test:1")], &["one.test"], &[]);
    expect(&[("http_proxy", &url), ("no_proxy", "192.168.0.0/16")], &["10.1.2.3"], &[]);
}

fn child_with_proxies() {
    let variable = |name: &str| std::env::var(name).unwrap();
    let hosts = |name: &str| variable(name).split_whitespace().map(String::from).collect::<Vec<_>>();
    let server = Server::new(|_| reply("200 OK", &[], b"direct"));
    let session = session(&[server.port]);
    session.set_trust_env(true);
    let get = |session: &Session, host: &str| {
        let response = session.get(&at(host, server.port, "/x"));
        assert_eq!(response.error(), None, "{host}");
        String::from_utf8(response.body().to_vec()).unwrap()
    };
    for host in hosts("PROXIED") {
        assert_eq!(get(&session, &host), format!("proxied {}", at(&host, server.port, "/x")));
    }
    for host in hosts("DIRECT") {
        assert_eq!(get(&session, &host), "direct", "{host}");
    }
    // What the session or the request say beats the environment, and it can be left out.
    let ours: Vec<_> = hosts("PROXIED").into_iter().filter(|host| host.ends_with(".test")).collect();
    session.set_trust_env(false);
    for host in &ours {
        assert_eq!(get(&session, host), "direct", "{host}: the environment is left out");
    }
    session.set_trust_env(true);
    session.set_proxy(None).unwrap();
    for host in &ours {
        assert_eq!(get(&session, host), "direct", "{host}: no proxy for the session");
    }
    let mut request = Request::new("GET", &at("one.test", server.port, "/x")).unwrap();
    request.set_proxy(Some(&format!("http://127.0.0.1:{}", variable("PROXY_PORT")))).unwrap();
    assert!(session.send(&request).body().starts_with(b"proxied "));
    for seen in server.seen() {
        assert_eq!(seen.header("proxy-authorization"), None);
    }
}

#[test]
fn credentials_of_a_proxy_stay_at_the_proxy() {
    let origin = Server::new(|_| reply("200 OK", &[], b"origin"));
    let (port, target) = (origin.port, at("one.test", origin.port, "/end"));
    let proxy = Server::new(move |_| reply("302 Found", &[("Location", &target)], b""));
    let session = session(&[port]);
    let mut request = Request::new("GET", "http://far.test/").unwrap();
    request.set_proxy(Some(&format!("http://ann:pr0xy@127.0.0.1:{}", proxy.port))).unwrap();
    session.set_redirects(|redirects| redirects.limit = 0);
    assert_eq!(session.send(&request).status(), 302);
    assert_eq!(proxy.last().target, "http://far.test/");
    assert_eq!(proxy.last().header("proxy-authorization").as_deref(), Some("Basic YW5uOnByMHh5"));
    // The next request goes directly, over a handle that knew the proxy.
    let response = session.get(&at("one.test", port, "/direct"));
    assert_eq!((response.error(), response.body()), (None, &b"origin"[..]));
    assert_eq!(origin.last().header("proxy-authorization"), None);
    assert_eq!(origin.last().target, "/direct");
}

#[test]
fn a_tunnel_tells_the_proxy_the_host_and_its_credentials_and_the_server_neither() {
    use std::io::{Read, Write};
    use std::sync::mpsc::channel;
    // The proxy answers CONNECT and then keeps what it is to pass on: the TLS greeting.
    let (sender, receiver) = channel();
    let sender = std::sync::Mutex::new(sender);
    let proxy = Server::raw(move |_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 Connection established\r\nSet-Cookie: p=1\r\n\r\n");
        let mut bytes = vec![0; 4096];
        let count = stream.read(&mut bytes).unwrap_or(0);
        bytes.truncate(count);
        let _ = sender.lock().unwrap().send(bytes);
        false
    });
    let session = Session::new();
    session.set_header("X-Secret", Some(b"s3cret")).unwrap();
    session.set_auth(Auth::basic("ann", "s3cret").unwrap());
    session.set_proxy(Some(&format!("http://bob:pr0xy@127.0.0.1:{}", proxy.port))).unwrap();
    let mut request = Request::new("GET", "https://far.test/private?x=s3cret").unwrap();
    request.set_cookie(b"c", b"s3cret").unwrap();
    let response = session.send(&request);
    assert_eq!(response.error().map(|error| error.code()), Some(Code::Tls), "{:?}", response.error());
    let connect = proxy.last();
    assert_eq!((&*connect.method, &*connect.target), ("CONNECT", "far.test:443"));
    assert_eq!(connect.header("proxy-authorization").as_deref(), Some("Basic Ym9iOnByMHh5"));
    for (name, value) in &connect.headers {
        assert!(!value.contains("s3cret"), "{name}: {value}");
    }
    for name in ["authorization", "cookie", "x-secret"] {
        assert_eq!(connect.header(name), None, "{name}");
    }
    let greeting = receiver.recv_timeout(std::time::Duration::from_secs(30)).unwrap();
    assert_eq!(greeting.first(), Some(&0x16), "TLS");
    // What the proxy sets is no cookie of the server's.
    assert_eq!(session.jar().len(), 0);
}

#[test]
fn what_is_printed_for_debugging_holds_no_secret() {
    let server = Server::new(|_| {
        let fields = [("Set-Cookie", "a=s3cret"), ("X-Token", "s3cret"), ("Link", "</?s3cret>; rel=next")];
        reply("200 OK", &fields, b"<p>s3cret")
    });
    let session = Arc::new(session(&[server.port]));
    let mut shown = Vec::new();
    let certificate = ClientCert::Pem {
        cert: b"s3cret".to_vec(),
        key: b"s3cret".to_vec(),
        passphrase: Some("s3cret".into()),
    };
    let file = || "file.pem".to_string();
    let files = ClientCert::Files { cert: file(), key: Some(file()), passphrase: Some("s3cret".into()) };
    shown.push(format!("{certificate:?} {files:#?}"));
    for auth in [Auth::basic("ann", "s3cret"), Auth::bearer("s3cret"), Auth::digest("ann", "s3cret")] {
        shown.push(format!("{:?}", auth.unwrap()));
    }
    let url = format!("http://ann:s3cret@one.test:{}/?token=s3cret", server.port);
    let mut cookies = RequestCookies::new(&url.parse().unwrap());
    cookies.set(b"a", b"s3cret").unwrap();
    shown.push(format!("{cookies:?}"));
    session.set_auth(Auth::bearer("s3cret").unwrap());
    session.set_header("X-Api-Key", Some(b"s3cret")).unwrap();
    session.set_param("key", Some("s3cret"));
    let mut request = Request::new("GET", &url).unwrap();
    request.set_auth(Auth::bearer("s3cret").unwrap());
    request.set_cookie(b"a", b"s3cret").unwrap();
    request.add_param("key", "s3cret");
    set(&mut request, ("Authorization", "s3cret"));
    shown.push(format!("{request:?}"));
    let response = session.send(&request);
    assert!(response.text().unwrap().contains("s3cret") && response.html().is_ok());
    assert!(server.last().headers.iter().any(|(_, value)| value.contains("s3cret")));
    shown.push(format!("{response:?} {response:#?}"));
    let mut walk = PageWalk::new(session.clone(), request, 3);
    assert!(walk.next().unwrap().ok());
    session.set_client_cert(Some(certificate));
    session.set_proxy(Some("http://ann:s3cret@proxy.test:1")).unwrap();
    session.set_netrc(Some(&netrc())).unwrap();
    shown.push(format!("{walk:?} {session:?} {session:#?}"));
    for text in shown {
        // Neither as text nor as a list of bytes.
        assert!(!text.contains("s3cret") && !text.contains("115, 51, 99"), "{text}");
    }
}
