//! The real `curl` reads a jar of ours, and we read one of curl's.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};

use htmlsession::cookies::{CookieSpec, Filter, Format, Jar, LoadOptions, Reason};

use super::files::Folder;
use super::{header, store};

/// Answers every request with the same `Set-Cookie` fields, and hands out the `Cookie` headers.
fn serve(set_cookies: &'static [&'static str]) -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut cookie = String::new();
            let mut reader = BufReader::new(&stream);
            let mut line = String::new();
            while reader.read_line(&mut line).is_ok_and(|length| length > 2) {
                if let Some(value) = line.strip_prefix("Cookie: ") {
                    cookie = value.trim_end().into();
                }
                line.clear();
            }
            let fields: String = set_cookies.iter().map(|field| format!("Set-Cookie: {field}\r\n")).collect();
            let _ =
                write!(&stream, "HTTP/1.1 200 OK\r\n{fields}Content-Length: 0\r\nConnection: close\r\n\r\n");
            if sender.send(cookie).is_err() {
                return;
            }
        }
    });
    (port, receiver)
}

fn curl(port: u16, url: &str, option: &str, file: &Path) {
    let output = Command::new("curl")
        .args(["--silent", "--show-error", "--max-time", "60", "--noproxy", "*"])
        .args(["--connect-to", &format!("::127.0.0.1:{port}"), option])
        .arg(file)
        .arg(url)
        .output()
        .unwrap_or_else(|error| {
            panic!("the command `curl` cannot be run ({error}): install it, e.g. `apt-get install curl`")
        });
    assert!(output.status.success(), "curl: {}", String::from_utf8_lossy(&output.stderr));
}

fn sorted(header: &str) -> Vec<&str> {
    let mut pairs: Vec<_> = header.split("; ").collect();
    pairs.sort_unstable();
    pairs
}

#[test]
fn curl_reads_what_we_write() {
    let jar = Jar::new();
    let site = "https://www.shop.example/a/b";
    for field in [
        "host=1; Path=/",
        "wide=2; Domain=shop.example; Path=/a",
        "flags=3; HttpOnly; Max-Age=3600; Path=/",
        "secure=4; Secure; Path=/",
        "dir=5; Path=/a/b/",
        "empty=; Path=/",
        "spaces=a b \"c\"; Path=/",
        "elsewhere=6; Path=/other",
    ] {
        assert_eq!(store(&jar, site, field), Reason::Accepted, "{field}");
    }
    store(&jar, "http://other.example/", "foreign=7");
    let folder = Folder::new("curl-reads");
    let file = folder.file("cookies.txt");
    assert_eq!(jar.save(&file, Format::Netscape).unwrap().written, 9);
    let (port, requests) = serve(&[]);
    for to in ["http://www.shop.example/a/b/c", "http://sub.shop.example/a", "http://nothing.example/"] {
        curl(port, to, "--cookie", &file);
        let ours = header(&jar, to);
        // The same cookies; curl has an order of its own.
        assert_eq!(sorted(&requests.recv().unwrap()), sorted(&ours), "{to}");
    }
    assert_eq!(
        sorted(&header(&jar, "http://www.shop.example/a/b/c")),
        ["dir=5", "empty=", "flags=3", "host=1", "spaces=a b \"c\"", "wide=2"]
    );
}

/// The one that it does not give back: curl's lines have no empty fields but at the end.
#[test]
fn curl_takes_the_value_of_a_nameless_cookie_for_the_name() {
    let jar = Jar::new();
    assert_eq!(store(&jar, "http://www.shop.example/", "nameless"), Reason::Accepted);
    let folder = Folder::new("curl-nameless");
    let file = folder.file("cookies.txt");
    jar.save(&file, Format::Netscape).unwrap();
    let (port, requests) = serve(&[]);
    curl(port, "http://www.shop.example/", "--cookie", &file);
    assert_eq!(requests.recv().unwrap(), "nameless=");
    let back = Jar::new();
    back.load(&file, &LoadOptions::default()).unwrap();
    assert_eq!(header(&back, "http://www.shop.example/"), "nameless");
}

#[test]
fn we_read_what_curl_writes() {
    let (port, requests) = serve(&[
        "host=1; Path=/",
        "wide=2; Domain=shop.example; Path=/a",
        "flags=3; HttpOnly; Max-Age=3600; Path=/",
        "empty=; Path=/",
        "dir=5",
    ]);
    let folder = Folder::new("curl-writes");
    let file = folder.file("cookies.txt");
    curl(port, "http://www.shop.example/a/b", "--cookie-jar", &file);
    assert_eq!(requests.recv().unwrap(), "");
    let jar = Jar::new();
    let report = jar.load(&file, &LoadOptions::default()).unwrap();
    assert_eq!((report.read, report.skipped.len()), (5, 0));
    assert_eq!(
        sorted(&header(&jar, "http://www.shop.example/a/b")),
        ["dir=5", "empty=", "flags=3", "host=1", "wide=2"]
    );
    assert_eq!(header(&jar, "http://sub.shop.example/a"), "wide=2");
    let flags = &jar.cookies(&Filter { name: Some(b"flags"), ..Filter::default() })[0];
    let left = flags.expires().unwrap() - jar.now();
    assert!(flags.http_only() && flags.host_only() && (3_500_000..=3_600_000).contains(&left));
    // And back: a jar of curl's that went through ours is the same to curl.
    let back = folder.file("back.txt");
    jar.set(&CookieSpec { name: b"added", value: b"x", domain: "www.shop.example", ..CookieSpec::default() });
    jar.save(&back, Format::Netscape).unwrap();
    curl(port, "http://www.shop.example/a/b", "--cookie", &back);
    assert_eq!(
        sorted(&requests.recv().unwrap()),
        ["added=x", "dir=5", "empty=", "flags=3", "host=1", "wide=2"]
    );
}
