//! Certificates good and bad, made with the openssl command and shown by nginx: what is trusted, and
//! with which code each other one fails.
#![cfg(target_os = "linux")]

mod support;

use htmlsession::cookies::Context;
use htmlsession::http::user_agent::Style;
use htmlsession::{Auth, ClientCert, Code, Request, Session, VersionChoice};
use std::collections::HashMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;
use support::daemon::{self, Daemon, certificates, free_ports, openssl};
use support::environment::{is_child, with_environment};
use support::library::scratch;
use support::{Server, reply};

/// nginx with a port for each kind of certificate.
struct Site {
    folder: PathBuf,
    ports: [u16; KINDS.len()],
    _server: Daemon,
}

/// Names of certificates (and keys), and what else nginx is told.
const KINDS: [(&str, &str); 11] = [
    ("site", "ssl_protocols TLSv1.2 TLSv1.3;"),
    ("self", ""),
    ("expired", ""),
    ("future", ""),
    ("client", ""),
    ("leaf", ""),
    ("chain", ""),
    ("site", "ssl_protocols TLSv1.1; ssl_ciphers ALL:@SECLEVEL=0;"),
    ("site", "ssl_protocols TLSv1.2; ssl_ciphers eNULL:@SECLEVEL=0;"),
    ("site", "ssl_protocols TLSv1.2;"),
    ("site", "ssl_client_certificate ca.pem; ssl_verify_client on;"),
];
const SITE: usize = 0;
const SELF_SIGNED: usize = 1;
const EXPIRED: usize = 2;
const NOT_YET: usize = 3;
const WRONG_USE: usize = 4;
const INCOMPLETE: usize = 5;
const CHAIN: usize = 6;
const TLS_11: usize = 7;
const NULL_CIPHER: usize = 8;
const TLS_12: usize = 9;
const MUTUAL: usize = 10;

/// A key and a certificate of it, signed by `issuer`.
fn issue(folder: &Path, name: &str, issuer: &str, extensions: &str, dates: &str) {
    fs::write(folder.join(format!("{name}.ext")), extensions).unwrap();
    fs::write(folder.join("index.txt"), "").unwrap();
    openssl(
        folder,
        &format!(
            "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {name}.key -out {name}.csr -subj /CN={name}"
        ),
    );
    openssl(
        folder,
        &format!(
            "ca -batch -notext -config ca.cnf -in {name}.csr -cert {issuer}.pem -keyfile {issuer}.key \
             -extfile {name}.ext -out {name}.pem {dates}"
        ),
    );
}

impl Site {
    fn new(name: &str) -> Site {
        let folder = scratch(&format!("session_tls_{name}"));
        certificates(&folder);
        fs::write(
            folder.join("ca.cnf"),
            "[ca]\ndefault_ca=own\n[own]\nnew_certs_dir=.\ndatabase=index.txt\nrand_serial=yes\n\
             default_md=sha256\npolicy=any\nunique_subject=no\n[any]\ncommonName=supplied\n",
        )
        .unwrap();
        let name = "subjectAltName=DNS:site.test\n";
        openssl(
            &folder,
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout self.key -out self.pem -days 2 -subj /CN=site.test -addext subjectAltName=DNS:site.test",
        );
        issue(&folder, "expired", "ca", name, "-startdate 20200101000000Z -enddate 20210101000000Z");
        issue(&folder, "future", "ca", name, "-startdate 20990101000000Z -enddate 21000101000000Z");
        issue(&folder, "client", "ca", &format!("{name}extendedKeyUsage=clientAuth\n"), "-days 2");
        issue(&folder, "other", "ca", "extendedKeyUsage=clientAuth\n", "-days 2");
        issue(&folder, "middle", "ca", "basicConstraints=critical,CA:true\n", "-days 2");
        issue(&folder, "leaf", "middle", name, "-days 2");
        let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
        fs::write(folder.join("chain.pem"), read("leaf.pem") + &read("middle.pem")).unwrap();
        fs::copy(folder.join("leaf.key"), folder.join("chain.key")).unwrap();
        openssl(&folder, "ec -aes128 -in client.key -passout pass:sesame -out locked.key");

        let ports = free_ports();
        let mut http = String::new();
        for ((name, more), port) in KINDS.iter().zip(&ports) {
            http += &format!(
                "server {{ listen 127.0.0.1:{port} ssl http2; server_name site.test; keepalive_timeout 60;\n\
                 ssl_certificate {folder}/{name}.pem; ssl_certificate_key {folder}/{name}.key; {}\n\
                 location / {{ return 200 '$connection $ssl_client_s_dn'; }}\n\
                 location /to {{ return 302 $arg_url; }}\n\
                 location /headers {{ return 200 '$http_sec_ch_ua|$http_accept_encoding|$http_x_own'; }}\n\
                 location /strict {{ add_header Strict-Transport-Security max-age=60; return 200 ok; }} }}\n",
                more.replace("ca.pem", &format!("{}/ca.pem", folder.display())),
                folder = folder.display()
            );
        }
        let server = daemon::nginx(&folder, &http, &ports);
        Site { folder, ports, _server: server }
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).to_str().unwrap().into()
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.folder.join(name)).unwrap()
    }

    fn url(&self, kind: usize) -> String {
        format!("https://site.test:{}/", self.ports[kind])
    }

    /// A session that finds site.test and other.test here, and trusts the system's authorities.
    fn stranger(&self) -> Session {
        let session = Session::new();
        session.set_trust_env(false);
        // With all tests at once on a slow machine a handshake may take its time.
        session.set_timeouts(|timeouts| timeouts.connect = Some(std::time::Duration::from_secs(60)));
        for port in self.ports {
            session.set_resolve("site.test", port, Some("127.0.0.1")).unwrap();
            session.set_resolve("other.test", port, Some("127.0.0.1")).unwrap();
        }
        session
    }

    /// One that trusts the authority of the certificates here.
    fn session(&self) -> Session {
        let session = self.stranger();
        session.set_ca_file(Some(&self.path("ca.pem")));
        session
    }
}

/// How a request ends.
fn get(session: &Session, url: &str) -> Result<String, Code> {
    let response = session.get(url);
    match response.error() {
        None => Ok(String::from_utf8(response.body().to_vec()).unwrap()),
        Some(error) => {
            assert_eq!((response.status(), response.body()), (0, &b""[..]), "{url}: {error}");
            assert!(!error.message().is_empty(), "{url}");
            Err(error.code())
        }
    }
}

#[test]
fn each_bad_certificate_has_its_code() {
    let site = Site::new("matrix");
    let cases = [
        ("good", SITE, None),
        ("self-signed", SELF_SIGNED, Some(Code::TlsUntrusted)),
        ("expired", EXPIRED, Some(Code::TlsExpired)),
        ("not valid yet", NOT_YET, Some(Code::TlsExpired)),
        ("for clients only", WRONG_USE, Some(Code::TlsUntrusted)),
        ("incomplete chain", INCOMPLETE, Some(Code::TlsUntrusted)),
        ("complete chain", CHAIN, None),
        ("TLS 1.1 only", TLS_11, Some(Code::Tls)),
        ("null cipher", NULL_CIPHER, Some(Code::Tls)),
        ("TLS 1.2 only", TLS_12, None),
    ];
    for version in [VersionChoice::Auto, VersionChoice::Http11] {
        let session = site.session();
        session.set_http_version(version);
        for (name, kind, code) in cases {
            assert_eq!(get(&session, &site.url(kind)).err(), code, "{name}");
        }
        let other = format!("https://other.test:{}/", site.ports[SITE]);
        assert_eq!(get(&session, &other).err(), Some(Code::TlsHost));
        let address = format!("https://127.0.0.1:{}/", site.ports[SITE]);
        assert_eq!(get(&session, &address).err(), Some(Code::TlsHost));
        assert_eq!(get(&site.stranger(), &site.url(SITE)), Err(Code::TlsUntrusted));
        // Without verification all that can be encrypted is spoken to.
        session.set_verify(false);
        for (name, kind, _) in cases {
            let expected = matches!(kind, TLS_11 | NULL_CIPHER).then_some(Code::Tls);
            assert_eq!(get(&session, &site.url(kind)).err(), expected, "{name}, not verified");
        }
        assert_eq!(get(&session, &other).err(), None);
        // And afterwards no connection of that time is used.
        session.set_verify(true);
        for (name, kind, code) in cases {
            assert_eq!(get(&session, &site.url(kind)).err(), code, "{name}, verified again");
        }
        assert_eq!(get(&session, &other).err(), Some(Code::TlsHost));
    }
}

#[test]
fn authorities_come_from_files_and_bytes() {
    let site = Site::new("authorities");
    let session = site.stranger();
    session.set_ca_pem(Some(&site.read("ca.pem")));
    get(&session, &site.url(SITE)).unwrap();
    // The leaf's own authority is not enough for another one's.
    session.set_ca_pem(Some(&site.read("self.pem")));
    assert_eq!(get(&session, &site.url(SITE)), Err(Code::TlsUntrusted));
    get(&session, &site.url(SELF_SIGNED)).unwrap();
    // The later call counts, whichever it is.
    session.set_ca_file(Some(&site.path("ca.pem")));
    assert_eq!(get(&session, &site.url(SELF_SIGNED)), Err(Code::TlsUntrusted));
    session.set_ca_pem(Some(&site.read("self.pem")));
    get(&session, &site.url(SELF_SIGNED)).unwrap();
    session.set_ca_file(None);
    assert_eq!(get(&session, &site.url(SELF_SIGNED)), Err(Code::TlsUntrusted));
    session.set_ca_file(Some(&site.path("self.pem")));
    session.set_ca_pem(None);
    assert_eq!(get(&session, &site.url(SELF_SIGNED)), Err(Code::TlsUntrusted));

    fs::write(site.folder.join("empty.pem"), "").unwrap();
    fs::write(site.folder.join("junk.pem"), "-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n")
        .unwrap();
    for file in ["missing.pem", "empty.pem", "junk.pem", "ca.key"] {
        let session = site.stranger();
        session.set_ca_file(Some(&site.path(file)));
        assert_eq!(get(&session, &site.url(SITE)), Err(Code::TlsCa), "{file}");
    }
    for bytes in [&b"junk"[..], &site.read("junk.pem"), &site.read("ca.key")] {
        let session = site.stranger();
        session.set_ca_pem(Some(bytes));
        assert_eq!(get(&session, &site.url(SITE)), Err(Code::TlsCa), "{}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn authorities_of_the_environment_count_unless_told_otherwise() {
    const TEST: &str = "authorities_of_the_environment_count_unless_told_otherwise";
    if !is_child(TEST) {
        let site = Site::new("environment");
        let (own, log) = (site.path("ca.pem"), site.path("keys.log"));
        let _ = fs::remove_file(&log);
        let url = site.url(SITE);
        with_environment(TEST, &[("SSL_CERT_FILE", &own), ("SITE", &url), ("SSLKEYLOGFILE", &log)]);
        openssl(&site.folder, "rehash .");
        let folder = site.folder.to_str().unwrap();
        with_environment(TEST, &[("SSL_CERT_DIR", folder), ("SITE", &url)]);
        // A libcurl of the system's writes down the keys for whoever asks for them.
        assert!(!cfg!(feature = "bundled") || !Path::new(&log).exists());
        return;
    }
    let url = std::env::var("SITE").unwrap();
    let session = Session::new();
    let port = url::Url::parse(&url).unwrap().port().unwrap();
    session.set_resolve("site.test", port, Some("127.0.0.1")).unwrap();
    get(&session, &url).unwrap();
    session.set_trust_env(false);
    assert_eq!(get(&session, &url), Err(Code::TlsUntrusted));
    session.set_trust_env(true);
    get(&session, &url).unwrap();
}

#[test]
fn a_server_may_refuse_a_client_after_the_handshake() {
    let site = Site::new("refused");
    let [port] = free_ports();
    let mut command = std::process::Command::new("openssl");
    command
        .current_dir(&site.folder)
        .args(["s_server", "-quiet", "-tls1_3", "-Verify", "1", "-CAfile", "ca.pem"]);
    command.args(["-cert", "site.pem", "-key", "site.key", "-accept", &port.to_string()]);
    let _server = daemon::start(&mut command, &[port], &site.folder.join("s_server.log"));
    let session = site.session();
    session.set_resolve("site.test", port, Some("127.0.0.1")).unwrap();
    assert_eq!(get(&session, &format!("https://site.test:{port}/")), Err(Code::TlsClientCert));
}

#[test]
fn a_browser_sends_to_https_what_it_does_not_send_to_http() {
    let site = Site::new("browser");
    let plain = Server::new(|seen| {
        let to = seen.target.strip_prefix("/to?url=").unwrap_or_default();
        reply(if to.is_empty() { "200 OK" } else { "302 Found" }, &[("Location", to)], b"plain")
    });
    let session = site.session();
    session.set_resolve("site.test", plain.port, Some("127.0.0.1")).unwrap();
    session.set_browser(Some(Style::Chrome));
    session.set_header("X-Own", Some(b"own")).unwrap();
    let mut request = Request::new("GET", &format!("{}headers", site.url(SITE))).unwrap();
    request.set_header("Accept-Language", None).unwrap();
    let secure = String::from_utf8(session.send(&request).body().to_vec()).unwrap();
    assert!(secure.contains("Chrom") && secure.ends_with("br, zstd|own"), "{secure}");
    let to = format!("http://site.test:{}/to?url={}headers", plain.port, site.url(SITE));
    assert_eq!(session.get(&to).body(), secure.as_bytes());
    let to = format!("{}to?url=http://site.test:{}/", site.url(SITE), plain.port);
    let mut request = Request::new("GET", &to).unwrap();
    request.set_header("Accept-Language", None).unwrap();
    assert_eq!(session.send(&request).body(), b"plain");
    let seen = plain.last();
    let sent = |name| seen.header(name);
    assert_eq!((sent("sec-ch-ua"), sent("accept-language")), (None, None));
    assert_eq!(
        (sent("accept-encoding").as_deref(), sent("x-own").as_deref()),
        (Some("gzip, deflate"), Some("own"))
    );
}

#[test]
fn a_client_shows_its_certificate_on_a_connection_of_its_own() {
    let site = Site::new("mutual");
    let session = site.session();
    session.set_http_version(VersionChoice::Http11);
    let url = site.url(MUTUAL);
    let response = session.get(&url);
    assert_eq!((response.error(), response.status()), (None, 400), "nginx wants a certificate");

    let files = |cert: &str, key: &str, passphrase: Option<&str>| ClientCert::Files {
        cert: site.path(cert),
        key: Some(site.path(key)),
        passphrase: passphrase.map(Into::into),
    };
    let pem = |cert: &str, key: &str, passphrase: Option<&str>| ClientCert::Pem {
        cert: site.read(cert),
        key: site.read(key),
        passphrase: passphrase.map(Into::into),
    };
    let mut connections = HashMap::new();
    for (cert, name) in [
        (files("client.pem", "client.key", None), "CN=client"),
        (files("other.pem", "other.key", None), "CN=other"),
        (pem("client.pem", "client.key", None), "CN=client"),
        (pem("other.pem", "other.key", None), "CN=other"),
        (files("client.pem", "locked.key", Some("sesame")), "CN=client"),
        (pem("client.pem", "locked.key", Some("sesame")), "CN=client"),
    ] {
        session.set_client_cert(Some(cert));
        let (first, again) = (get(&session, &url).unwrap(), get(&session, &url).unwrap());
        assert_eq!(first, again, "the connection is kept");
        let (connection, subject) = first.split_once(' ').unwrap();
        assert_eq!(subject, name);
        let owner = connections.entry(connection.to_string()).or_insert(name);
        assert_eq!(*owner, name, "over another's connection");
    }
    assert!(connections.len() >= 2);
    session.set_client_cert(None);
    assert_eq!(session.get(&url).status(), 400, "no certificate any more");

    fs::write(site.folder.join("junk.pem"), "junk").unwrap();
    for (cert, what) in [
        (files("missing.pem", "client.key", None), "no file"),
        (files("client.pem", "missing.key", None), "no key"),
        (files("client.pem", "other.key", None), "another's key"),
        (files("client.pem", "locked.key", Some("open")), "wrong passphrase"),
        (files("junk.pem", "client.key", None), "junk"),
        (pem("junk.pem", "client.key", None), "junk bytes"),
        (pem("client.pem", "junk.pem", None), "a junk key"),
        (pem("client.pem", "other.key", None), "another's key bytes"),
        (pem("client.pem", "locked.key", Some("open")), "wrong passphrase for bytes"),
    ] {
        session.set_client_cert(Some(cert));
        let response = session.get(&url);
        assert_eq!(
            response.error().map(|error| error.code()),
            Some(Code::TlsClientCert),
            "{what}: {:?}",
            response.error()
        );
    }
}

/// The pin of a certificate's key.
fn pin(site: &Site, name: &str) -> String {
    openssl(&site.folder, &format!("x509 -in {name}.pem -pubkey -noout -out {name}.pub"));
    openssl(&site.folder, &format!("pkey -pubin -in {name}.pub -outform der -out {name}.der"));
    openssl(&site.folder, &format!("dgst -sha256 -binary -out {name}.sum {name}.der"));
    let sum = openssl(&site.folder, &format!("base64 -A -in {name}.sum"));
    format!("sha256//{}", sum.trim())
}

#[test]
fn pinned_keys() {
    let site = Site::new("pins");
    let (own, other) = (pin(&site, "site"), pin(&site, "client"));
    let session = site.session();
    let url = site.url(SITE);
    get(&session, &url).unwrap();
    // The open connection, made before the pin, must not serve.
    session.set_pinned_key(Some(&other)).unwrap();
    assert_eq!(get(&session, &url), Err(Code::TlsPin));
    session.set_pinned_key(Some(&own)).unwrap();
    get(&session, &url).unwrap();
    session.set_pinned_key(Some(&format!("{other};{own}"))).unwrap();
    get(&session, &url).unwrap();
    // A pin does not make a bad certificate good, and counts without verification as well.
    let stranger = site.stranger();
    stranger.set_pinned_key(Some(&own)).unwrap();
    assert_eq!(get(&stranger, &url), Err(Code::TlsUntrusted));
    stranger.set_verify(false);
    get(&stranger, &url).unwrap();
    stranger.set_pinned_key(Some(&other)).unwrap();
    assert_eq!(get(&stranger, &url), Err(Code::TlsPin));
}

#[test]
fn the_lowest_version_counts() {
    let site = Site::new("versions");
    let session = site.session();
    get(&session, &site.url(TLS_12)).unwrap();
    session.set_min_tls(13).unwrap();
    assert_eq!(get(&session, &site.url(TLS_12)), Err(Code::Tls), "nor over the open connection");
    get(&session, &site.url(SITE)).unwrap();
    session.set_min_tls(12).unwrap();
    get(&session, &site.url(TLS_12)).unwrap();
}

#[test]
fn a_step_from_https_to_http_leaves_secrets_behind() {
    let site = Site::new("downgrade");
    let plain = Server::new(|_| reply("200 OK", &[], b"plain"));
    let session = site.session();
    session.set_resolve("site.test", plain.port, Some("127.0.0.1")).unwrap();
    session.set_auth(Auth::basic("ann", "secret").unwrap());
    let host = url::Url::parse(&site.url(SITE)).unwrap();
    for field in [&b"safe=secret; Secure"[..], b"open=1"] {
        session.jar().store(&host, field, &Context::default());
    }
    assert_eq!(session.jar().len(), 2);
    let to = format!("{}to?url=http://site.test:{}/end", site.url(SITE), plain.port);
    let mut request = Request::new("GET", &to).unwrap();
    request.set_cookie(b"mine", b"secret").unwrap();
    let response = session.send(&request);
    assert_eq!((response.error(), response.body()), (None, &b"plain"[..]));
    assert_eq!(response.history()[0].status(), 302);
    let seen = plain.last();
    assert_eq!(seen.header("cookie").as_deref(), Some("open=1"));
    assert_eq!(seen.header("authorization"), None);
    assert_eq!(seen.header("referer"), None);

    session.set_redirects(|redirects| redirects.refuse_downgrade = true);
    let response = session.send(&request);
    assert_eq!(response.error().map(|error| error.code()), Some(Code::Redirect));
    assert_eq!((response.status(), plain.seen().len()), (302, 1));
}

#[test]
fn a_strict_host_is_not_spoken_to_over_http_again() {
    let site = Site::new("strict");
    let plain = site.url(SITE).replace("https:", "http:");
    let session = site.session();
    assert_eq!(session.get(&plain).status(), 400, "nginx: plain HTTP was sent to an HTTPS port");
    // Said over a connection that was not verified it counts for nothing.
    session.set_verify(false);
    session.get(&format!("{}strict", site.url(SITE)));
    session.set_verify(true);
    assert_eq!(session.get(&plain).status(), 400);
    session.get(&format!("{}strict", site.url(SITE)));
    let response = session.get(&plain);
    assert_eq!((response.status(), response.url()), (200, &*site.url(SITE)));
    // A redirect to it that names http is no step down.
    session.set_redirects(|redirects| redirects.refuse_downgrade = true);
    let response = session.get(&format!("{}to?url={plain}", site.url(SITE)));
    assert_eq!((response.error(), response.status(), response.url()), (None, 200, &*site.url(SITE)));
    session.set_hsts(false);
    assert_eq!(session.get(&plain).status(), 400);
}

/// Passes bytes on between a client and a port, and cuts the connection after so many of the server's.
fn cut(port: u16, after: usize) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let server = TcpStream::connect(("127.0.0.1", port)).unwrap();
            let (mut from_client, mut to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            thread::spawn(move || std::io::copy(&mut from_client, &mut to_server));
            thread::spawn(move || {
                let _ = std::io::copy(&mut (&server).take(after as u64), &mut &client);
                let _ = client.shutdown(Shutdown::Both);
            });
        }
    });
    own
}

#[test]
fn a_connection_that_is_cut_is_no_end_of_a_body() {
    // A body without a length ends with the connection: over TLS only if the server says so, else
    // anyone on the way could shorten it.
    let site = Site::new("cut");
    let plain = Server::raw(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.0 200 OK\r\n\r\n");
        let _ = stream.write_all(&[b'x'; 200_000]);
        false
    });
    let folder = scratch("session_tls_cut_proxy");
    let path = site.folder.display();
    let [port] = free_ports();
    let http = format!(
        "server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {path}/site.pem; ssl_certificate_key {path}/site.key;\n\
         location / {{ proxy_pass http://127.0.0.1:{}; }} }}",
        plain.port
    );
    let _front = daemon::nginx(&folder, &http, &[port]);
    let session = site.session();
    session.set_http_version(VersionChoice::Http10);
    let [whole, short] = [cut(port, usize::MAX), cut(port, 100_000)];
    for port in [whole, short] {
        session.set_resolve("site.test", port, Some("127.0.0.1")).unwrap();
    }
    let response = session.get(&format!("https://site.test:{whole}/"));
    assert_eq!((response.error(), response.body().len()), (None, 200_000));
    assert_eq!(response.headers().get_str("content-length"), None);
    let response = session.get(&format!("https://site.test:{short}/"));
    let code = response.error().map(|error| error.code());
    assert!(matches!(code, Some(Code::Receive | Code::Truncated)), "{code:?}: {}", response.body().len());
    assert!(!response.body().is_empty() && response.body().len() < 200_000);
}
