//! The main job against servers of others: httpbin with gunicorn, and nginx with TLS and HTTP/2.
#![cfg(target_os = "linux")]

mod support {
    pub mod daemon;
    pub mod library;
    pub mod native;
}

use htmlsession::html::Document;
use htmlsession::html::form::{File, Form, Submitter, by_index};
use htmlsession::{Request, Session};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use support::daemon::{self, certificates, free_port, start};
use support::native::{bundled, compile, root, run, scratch};

fn program(name: &str) -> (PathBuf, PathBuf) {
    linked(name, &[])
}

/// A program that links further libraries.
fn linked(name: &str, libraries: &[&str]) -> (PathBuf, PathBuf) {
    let folder = scratch(&format!("thirdparty_{name}"));
    let source = root().join("tests/c").join(format!("{name}.c"));
    (compile(&folder, name, &[source], libraries), folder)
}

/// The Python with httpbin and gunicorn: that of `make test`, or one made here from PyPI.
fn python() -> PathBuf {
    let has_them = |python: &Path| {
        let mut import = Command::new(python);
        import.args(["-c", "import httpbin, gunicorn"]).stderr(Stdio::null());
        import.status().is_ok_and(|status| status.success())
    };
    let prepared = root().join("build/venv/bin/python");
    if has_them(&prepared) {
        return prepared;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("venv");
    let python = folder.join("bin/python");
    if !has_them(&python) {
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder));
        let mut pip = Command::new(&python);
        run(pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "httpbin",
            "gunicorn",
        ]));
    }
    python
}

#[test]
fn httpbin() {
    let (httpbin, folder) = program("httpbin");
    let port = free_port();
    let mut gunicorn = Command::new(python());
    gunicorn.args(["-m", "gunicorn", "--workers", "1", "--threads", "4", "--bind"]);
    gunicorn.arg(format!("127.0.0.1:{port}")).arg("httpbin:app");
    let _server = start(&mut gunicorn, &[port], &folder.join("log"));
    let url = format!("http://127.0.0.1:{port}/");
    run(Command::new(httpbin).arg(&url));
    login(&url);
}

/// A log-in page of our own, sent to httpbin, which tells what arrived: a token, a checkbox, one of
/// two buttons, and a file.
fn login(url: &str) {
    let page = "<form method=post enctype=multipart/form-data action=post><input type=hidden name=csrf value=t0k>\
        <input name=user><input type=checkbox name=remember><input type=checkbox name=spam>\
        <input type=file name=avatar><button name=go value=login>Log in</button>\
        <button name=go value=register>Register</button></form>";
    let page = Document::parse(page, Some(url.parse().expect("a URL")));
    let mut form = Form::new(&page, by_index(&page, 0).expect("a form")).expect("a form");
    form.set("user", "Ada & co").expect("a text field");
    form.check("remember", None, true).expect("a checkbox");
    form.attach("avatar", File::bytes("face.png", "image/png", *b"a face")).expect("a file field");
    let submission = form.submission(Submitter::Name("go".into())).expect("a button");
    let request = Request::from_submission(&submission).expect("a request");
    let response = Session::new().send(&request);
    assert_eq!(response.error(), None);
    let echo: serde_json::Value = serde_json::from_slice(response.body()).expect("JSON");
    let sent = serde_json::json!({ "csrf": "t0k", "user": "Ada & co", "remember": "on", "go": "login" });
    assert_eq!(echo["form"], sent);
    assert_eq!(echo["files"], serde_json::json!({ "avatar": "a face" }));
    assert_eq!(echo["headers"]["Referer"], url);
}

fn nginx_config(folder: &Path, port: u16) -> String {
    let mut lists = String::new();
    for page in 1..=3 {
        let next =
            if page < 3 { format!("<a rel=next href=/list/{}>next</a>", page + 1) } else { String::new() };
        lists += &format!(
            "location = /list/{page} {{ if ($inside = 0) {{ return 401; }} default_type text/html;\n\
             return 200 '<ul><li>{page}a<li>{page}b</ul>{next}'; }}\n"
        );
    }
    // nginx has no variable for a cookie whose name has a dash: the map reads the header.
    let folder = folder.display();
    format!(
        "map $http_cookie $inside {{ default 0; '~(^|; )__Host-sid=7(;|$)' 1; }}\n\
         server {{ listen 127.0.0.1:{port} ssl http2; server_name site.test;\n\
         ssl_certificate {folder}/site.pem; ssl_certificate_key {folder}/site.key;\n\
         location = /login {{ add_header Set-Cookie '__Host-sid=7; Path=/; Secure; HttpOnly';\n\
         return 302 /list/1; }}\n{lists} }}"
    )
}

#[test]
fn nginx() {
    let (tls, folder) = program("tls");
    certificates(&folder);
    let port = free_port();
    let _server = daemon::nginx(&folder, &nginx_config(&folder, port), &[port]);
    let job = || {
        let mut job = Command::new(&tls);
        job.arg(port.to_string()).arg(folder.join("ca.pem"));
        job
    };
    run(&mut job());
    // A configuration of OpenSSL's for the whole machine does not reach the one that is built in.
    if bundled() {
        let conf = folder.join("openssl.cnf");
        let text = "openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n\
            [c]\nCiphersuites = TLS_AES_128_CCM_8_SHA256\nCipherString = AES128-SHA@SECLEVEL=5\n";
        fs::write(&conf, text).expect("a file below target");
        run(job().env("OPENSSL_CONF", &conf));
    }
}

#[test]
fn beside_the_libcurl_and_openssl_of_the_distribution() {
    // In front of the sources: the linker is told to keep them all the same.
    let (beside, folder) =
        linked("beside", &["-Wl,--no-as-needed", "-lcurl", "-lssl", "-lcrypto", "-pthread"]);
    certificates(&folder);
    let port = free_port();
    let _server = daemon::nginx(&folder, &nginx_config(&folder, port), &[port]);
    let output = run(Command::new(beside).arg(port.to_string()).arg(folder.join("ca.pem")));
    assert!(output.contains(" beside libcurl/"), "{output}");
}
