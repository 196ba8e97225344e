//! Proxies as others write them: tinyproxy for HTTP and CONNECT, nginx for HTTP over TLS, dante for
//! SOCKS 4 and 5, microsocks for SOCKS 5 with credentials.
#![cfg(target_os = "linux")]

mod support;

use htmlsession::{Code, Request, Response, Session};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::daemon::{self, Daemon, certificates, free_port, free_ports, start, system_program};
use support::library::scratch;
use support::{Server, reply};

/// What a proxy wrote about its work.
fn log(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap_or_default()
}

/// Waits until a log has a line with this in it: proxies may write it after they did it.
#[track_caller]
fn logged(folder: &Path, name: &str, what: &str) {
    for _ in 0..100 {
        if log(folder, name).contains(what) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("no \"{what}\" in {}", log(folder, name));
}

/// An origin over HTTP, and nginx as one over HTTPS.
struct Origins {
    folder: PathBuf,
    plain: Server,
    tls_port: u16,
    _tls: Daemon,
}

impl Origins {
    fn new(name: &str) -> Origins {
        let folder = scratch(&format!("proxies_{name}"));
        certificates(&folder);
        let port = free_port();
        let path = folder.display();
        let http = format!(
            "server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {path}/site.pem;\n\
             ssl_certificate_key {path}/site.key; location / {{ return 200 'secure $http_proxy_authorization'; }} }}"
        );
        let tls = daemon::nginx(&folder, &http, &[port]);
        let plain = Server::new(|seen| reply("200 OK", &[], format!("plain {}", seen.target).as_bytes()));
        Origins { folder, plain, tls_port: port, _tls: tls }
    }

    fn http(&self, host: &str) -> String {
        format!("http://{host}:{}/x", self.plain.port)
    }

    fn https(&self, host: &str) -> String {
        format!("https://{host}:{}/x", self.tls_port)
    }

    /// A session that trusts the authority here; site.test is known to it, and to no proxy.
    fn session(&self) -> Session {
        let session = Session::new();
        session.set_trust_env(false);
        session.set_ca_file(self.folder.join("ca.pem").to_str());
        for port in [self.plain.port, self.tls_port] {
            session.set_resolve("site.test", port, Some("127.0.0.1")).unwrap();
        }
        session
    }

    /// Both kinds of targets through one kind of proxy.
    #[track_caller]
    fn reached(&self, session: &Session, host: &str) {
        body(&session.get(&self.http(host)), "plain /x");
        body(&session.get(&self.https(host)), "secure ");
        assert_eq!(self.plain.last().header("proxy-authorization"), None);
    }
}

#[track_caller]
fn body(response: &Response, expected: &str) {
    assert_eq!(response.error(), None);
    assert_eq!(String::from_utf8_lossy(response.body()), expected);
}

#[track_caller]
fn fails(response: &Response, code: Code) {
    assert_eq!(response.error().map(|error| error.code()), Some(code), "{:?}", response.error());
}

fn tinyproxy(folder: &Path, more: &str) -> (String, Daemon) {
    let port = free_port();
    let config = format!(
        "Port {port}\nListen 127.0.0.1\nTimeout 60\nMaxClients 50\nLogLevel Connect\nViaProxyName \"tiny\"\n\
         LogFile \"{}\"\n{more}\n",
        folder.join("proxy.log").display()
    );
    fs::write(folder.join("tinyproxy.conf"), config).unwrap();
    let mut command = Command::new("tinyproxy");
    command.arg("-d").arg("-c").arg(folder.join("tinyproxy.conf"));
    (format!("127.0.0.1:{port}"), start(&mut command, &[port], &folder.join("proxy.out")))
}

#[test]
fn http_and_connect() {
    let origins = Origins::new("http");
    let (proxy, _running) = tinyproxy(&origins.folder, "");
    let session = origins.session();
    session.set_proxy(Some(&format!("http://{proxy}"))).unwrap();
    // The proxy finds the host, not we: it knows localhost.
    origins.reached(&session, "localhost");
    assert!(origins.plain.last().header("via").is_some_and(|via| via.contains("tiny")));
    logged(&origins.folder, "proxy.log", &format!("GET http://localhost:{}/x", origins.plain.port));
    logged(&origins.folder, "proxy.log", &format!("CONNECT localhost:{}", origins.tls_port));
    let unknown = session.get(&origins.http("nobody.invalid"));
    assert_eq!((unknown.error(), unknown.status() / 100), (None, 5), "the proxy's own answer");
    fails(&session.get(&origins.https("nobody.invalid")), Code::Proxy);
    // The server behind the tunnel is still verified, by its own name.
    fails(&session.get(&origins.https("127.0.0.1")), Code::TlsHost);

    // Per request, both ways.
    let mut direct = Request::new("GET", &origins.http("127.0.0.1")).unwrap();
    direct.set_proxy(None).unwrap();
    body(&session.send(&direct), "plain /x");
    assert_eq!(origins.plain.last().header("via"), None);
    session.set_proxy(None).unwrap();
    body(&session.get(&origins.http("127.0.0.1")), "plain /x");
    assert_eq!(origins.plain.last().header("via"), None);
    let mut proxied = Request::new("GET", &origins.http("127.0.0.1")).unwrap();
    proxied.set_proxy(Some(&proxy)).unwrap();
    body(&session.send(&proxied), "plain /x");
    assert!(origins.plain.last().header("via").is_some());
    let mut proxied = Request::new("POST", &origins.https("localhost")).unwrap();
    proxied.set_proxy(Some(&proxy)).unwrap();
    proxied.add_field("a", &"b".repeat(100_000));
    body(&session.send(&proxied), "secure ");
}

#[test]
fn http_with_credentials() {
    let origins = Origins::new("http_auth");
    let (proxy, _running) = tinyproxy(&origins.folder, "BasicAuth ann pr0xy");
    let session = origins.session();
    // tinyproxy has a status of its own for credentials that are wrong.
    for (url, status) in [(format!("http://{proxy}"), 407), (format!("http://ann:wrong@{proxy}"), 401)] {
        session.set_proxy(Some(&url)).unwrap();
        let refused = session.get(&origins.http("localhost"));
        assert_eq!((refused.error(), refused.status()), (None, status), "{url}");
        fails(&session.get(&origins.https("localhost")), Code::Proxy);
    }
    assert_eq!(origins.plain.connections(), 0);
    session.set_proxy(Some(&format!("http://ann:pr0xy@{proxy}"))).unwrap();
    origins.reached(&session, "localhost");
    // The tunnel that is open belongs to who opened it.
    session.set_proxy(Some(&format!("http://ann:wrong@{proxy}"))).unwrap();
    fails(&session.get(&origins.https("localhost")), Code::Proxy);
}

#[test]
fn http_over_tls() {
    let origins = Origins::new("https");
    let [port, own] = free_ports();
    // nginx passes plain requests on; it has no CONNECT. What it was told, it tells.
    let folder = scratch("proxies_https_proxy");
    let path = origins.folder.display();
    let http = format!(
        "server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {path}/site.pem; ssl_certificate_key {path}/site.key;\n\
         location / {{ proxy_pass http://$http_host$request_uri; proxy_set_header X-Asked $http_proxy_authorization; }} }}\n\
         server {{ listen 127.0.0.1:{own}; location / {{ return 200 own; }} }}"
    );
    let _proxy = daemon::nginx(&folder, &http, &[port, own]);
    let session = origins.session();
    session.set_proxy(Some(&format!("https://ann:pr0xy@localhost:{port}"))).unwrap();
    body(&session.get(&origins.http("127.0.0.1")), "plain /x");
    assert_eq!(origins.plain.last().header("x-asked").as_deref(), Some("Basic YW5uOnByMHh5"));
    // The proxy's certificate is verified as a server's is.
    session.set_proxy(Some(&format!("https://127.0.0.1:{port}"))).unwrap();
    fails(&session.get(&origins.http("127.0.0.1")), Code::TlsHost);
    session.set_proxy(Some(&format!("https://localhost:{port}"))).unwrap();
    session.set_ca_file(None);
    fails(&session.get(&origins.http("127.0.0.1")), Code::TlsUntrusted);
    session.set_ca_pem(Some(&fs::read(origins.folder.join("ca.pem")).unwrap()));
    body(&session.get(&origins.http("127.0.0.1")), "plain /x");
    session.set_ca_pem(None);
    session.set_verify(false);
    body(&session.get(&origins.http("127.0.0.1")), "plain /x");
}

#[test]
fn socks_4_and_5() {
    let origins = Origins::new("socks");
    let port = free_port();
    let folder = &origins.folder;
    let config = format!(
        "logoutput: {}\ninternal: 127.0.0.1 port = {port}\nexternal: 127.0.0.1\nclientmethod: none\nsocksmethod: none\n\
         client pass {{ from: 127.0.0.0/8 to: 0.0.0.0/0 }}\n\
         socks pass {{ from: 127.0.0.0/8 to: 0.0.0.0/0 log: connect }}\n",
        folder.join("dante.log").display()
    );
    fs::write(folder.join("dante.conf"), config).unwrap();
    let mut dante = Command::new(system_program("danted"));
    dante.arg("-f").arg(folder.join("dante.conf")).arg("-p").arg(folder.join("dante.pid"));
    let _running = start(&mut dante, &[port], &folder.join("dante.out"));
    let passed = || log(folder, "dante.log").matches("tcp/connect [").count();
    for (number, (scheme, host)) in
        [("socks4", "site.test"), ("socks5", "site.test"), ("socks5h", "localhost")].into_iter().enumerate()
    {
        let session = origins.session();
        session.set_proxy(Some(&format!("{scheme}://127.0.0.1:{port}"))).unwrap();
        origins.reached(&session, host);
        logged(folder, "dante.log", &format!(".{}\n", origins.tls_port));
        assert!(passed() >= 2 * (number + 1), "{scheme}: {}", log(folder, "dante.log"));
    }
    // Who resolves the name: with the h the proxy does, and site.test is unknown to it.
    let session = origins.session();
    session.set_proxy(Some(&format!("socks5h://127.0.0.1:{port}"))).unwrap();
    fails(&session.get(&origins.http("site.test")), Code::Proxy);
    // Nothing listens there.
    session.set_proxy(Some(&format!("socks5://127.0.0.1:{}", free_port()))).unwrap();
    fails(&session.get(&origins.http("site.test")), Code::Proxy);
}

#[test]
fn socks_5_with_credentials() {
    let origins = Origins::new("socks_auth");
    let port = free_port();
    let mut microsocks = Command::new("microsocks");
    microsocks.args(["-i", "127.0.0.1", "-p", &port.to_string(), "-u", "ann", "-P", "pr:0xy"]);
    let _running = start(&mut microsocks, &[port], &origins.folder.join("microsocks.log"));
    let session = origins.session();
    for (scheme, host) in [("socks5", "site.test"), ("socks5h", "localhost")] {
        for bad in ["", "ann:wrong@", "bob:pr%3A0xy@"] {
            session.set_proxy(Some(&format!("{scheme}://{bad}127.0.0.1:{port}"))).unwrap();
            fails(&session.get(&origins.http(host)), Code::Proxy);
            fails(&session.get(&origins.https(host)), Code::Proxy);
        }
        session.set_proxy(Some(&format!("{scheme}://ann:pr%3A0xy@127.0.0.1:{port}"))).unwrap();
        origins.reached(&session, host);
        // Another's open connection through the proxy is none for whoever has no right to it.
        session.set_proxy(Some(&format!("{scheme}://ann:wrong@127.0.0.1:{port}"))).unwrap();
        fails(&session.get(&origins.https(host)), Code::Proxy);
    }
}
