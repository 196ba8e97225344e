//! The binary interface as C programs meet it: `tests/c/*.c` against the built library, once as
//! they are and once under valgrind; what the library exports, and what it needs.
#![cfg(target_os = "linux")]

mod support {
    pub mod coding;
    pub mod library;
    pub mod login;
    pub mod native;
    pub mod null_calls;
    pub mod server;
}

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use support::coding::gzip;
use support::native::{self, compile, root, run, scratch};
use support::null_calls;
use support::server::{Seen, Server, reply};

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect(path)
}

/// Runs a program, then once more under valgrind: no error, and no memory that is lost for good.
///
/// Under sanitizers there is no second run: the two do not go together.
fn check(program: &Path, folder: &Path, arguments: &[&str]) {
    run(Command::new(program).args(arguments).current_dir(folder));
    if std::env::var_os("HTMLSESSION_SANITIZE").is_some() {
        return;
    }
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--quiet", "--error-exitcode=99", "--leak-check=full", "--show-leak-kinds=definite"]);
    valgrind.args(["--errors-for-leak-kinds=definite", "--num-callers=30"]);
    valgrind.arg(format!("--suppressions={}", root().join("tests/c/valgrind.supp").display()));
    run(valgrind.arg(program).args(arguments).current_dir(folder));
}

fn program(name: &str) -> (PathBuf, PathBuf) {
    let folder = scratch(&format!("c_abi_{name}"));
    let source = root().join("tests/c").join(format!("{name}.c"));
    (compile(&folder, name, &[source], &[]), folder)
}

/// The site of the C programs: a log-in that redirects, three lists behind it, and silence.
fn site() -> Server {
    Server::new(|seen: &Seen| {
        let inside = seen.header("cookie").is_some_and(|cookies| cookies.contains("sid=1"));
        match (&*seen.method, &*seen.target) {
            ("POST", "/login") if seen.body == b"user=ada&password=secret" => {
                let headers = [("Location", "/list?page=1"), ("Set-Cookie", "sid=1; Path=/; HttpOnly")];
                reply("302 Found", &headers, b"")
            }
            ("GET", target) if inside && target.starts_with("/list?page=") => {
                let page: usize = target["/list?page=".len()..].parse().expect("a page");
                let mut body = format!("<title>Page {page}</title><ul>");
                for item in (page - 1) * 3 + 1..=page * 3 {
                    body += &format!("<li><a href=/item/{item}>Item {item}</a>");
                }
                body += "</ul>";
                if page < 3 {
                    body += &format!("<a rel=next href='?page={}'>more</a>", page + 1);
                }
                reply("200 OK", &[("Content-Type", "text/html")], body.as_bytes())
            }
            ("GET", "/page") => {
                let body = "<ul><li><a href=1>a</a><li><a href=2>b</a><li><a href=3>c</a></ul><a href=4>d</a>\
                    <form><input name=q><button name=go></form>";
                reply("200 OK", &[("Content-Type", "text/html"), ("Set-Cookie", "seen=1")], body.as_bytes())
            }
            ("GET", path) if path.starts_with("/echo/") => reply("200 OK", &[], path.as_bytes()),
            ("POST", "/echo/back") => reply("200 OK", &[], &seen.body),
            ("GET", path) if path.starts_with("/silent") => {
                std::thread::sleep(Duration::from_secs(5));
                Vec::new()
            }
            _ => reply("401 Unauthorized", &[], b"log in"),
        }
    })
}

/// The site of `stream.c`.
fn pieces() -> Server {
    Server::raw(|seen, stream| {
        let answer = match &*seen.target {
            "/lines" => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                for piece in ["one\n", "\nth", "ree"] {
                    let _ = stream.write_all(format!("{:x}\r\n{piece}\r\n", piece.len()).as_bytes());
                }
                b"0\r\nX-Sum: 3\r\n\r\n".to_vec()
            }
            "/big" => reply("200 OK", &[], &vec![b'x'; 1 << 20]),
            "/echo" => reply("200 OK", &[], &seen.body),
            "/moved" => reply("307 Temporary Redirect", &[("Location", "/echo")], b""),
            "/file" if seen.header("range").as_deref() == Some("bytes=1000-") => {
                reply("206 Partial Content", &[("Content-Range", "bytes 1000-4999/5000")], &[7; 4000])
            }
            "/file" => {
                let whole = reply("200 OK", &[("ETag", "\"e\"")], &[7; 5000]);
                let _ = stream.write_all(&whole[..whole.len() - 4000]);
                return false;
            }
            target if target.starts_with("/cookies") => {
                let cookies = [("Set-Cookie", "good=1"), ("Set-Cookie", "bad=1; Domain=example.org")];
                reply("200 OK", &cookies, b"")
            }
            _ => reply("404 Not Found", &[], b"no such page"),
        };
        stream.write_all(&answer).is_ok()
    })
}

/// A URL at which nothing listens.
fn nowhere() -> String {
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
    format!("http://{}/", port.expect("a port that was just free"))
}

#[test]
fn the_main_job() {
    let (server, (session, folder)) = (site(), program("session"));
    check(&session, &folder, &[&server.url(""), &nowhere()]);
}

#[test]
fn logging_in_by_form() {
    let (server, (login, folder)) = (support::login::site(), program("login"));
    let avatar = folder.join("face.png");
    fs::write(&avatar, "a face").expect("a scratch file");
    check(&login, &folder, &[&server.url(""), avatar.to_str().expect("UTF-8")]);
}

#[test]
fn bodies_come_and_go_in_pieces() {
    let (server, (stream, folder)) = (pieces(), program("stream"));
    check(&stream, &folder, &[&server.url(""), folder.to_str().expect("UTF-8")]);
}

#[test]
fn objects_are_freed_in_any_order() {
    let (server, (free_order, folder)) = (site(), program("free_order"));
    check(&free_order, &folder, &[&server.url("/page")]);
}

#[test]
fn nodes_are_integers() {
    let (html, folder) = program("html");
    check(&html, &folder, &[]);
}

#[test]
fn null_is_an_error_and_no_crash() {
    let functions = null_calls::functions(&read("include/htmlsession.h"));
    let names: BTreeSet<&str> = functions.iter().map(|function| &*function.name).collect();
    let symbols = read(SYMBOLS);
    let listed: BTreeSet<&str> = symbols.lines().filter(|name| *name != "session_api").collect();
    assert_eq!(names, listed, "the header's table and {SYMBOLS}");

    let folder = scratch("c_abi_null");
    fs::write(folder.join("null_calls.inc"), null_calls::calls(&functions)).expect("a scratch file");
    // Unused results, and NULL where the compiler would warn, are the point here.
    let loose = ["-Wno-nonnull", "-Wno-unused-value", "-Wno-unused-result"];
    let null = compile(&folder, "null", &[root().join("tests/c/null.c")], &loose);
    check(&null, &folder, &[]);
}

#[test]
fn the_process_stays_as_it_is() {
    let (server, (process, folder)) = (site(), program("process"));
    // Not under valgrind, which keeps descriptors of its own.
    run(Command::new(process).arg(server.url("/page")).current_dir(folder));
}

#[test]
fn one_thread_runs_a_thousand_requests_in_its_own_event_loop() {
    let (server, (epoll, folder)) = (site(), program("epoll"));
    check(&epoll, &folder, &[&server.url("")]);
}

#[test]
fn threads_cancel_and_free_what_others_wait_for() {
    let (server, (storm, folder)) = (site(), program("storm"));
    check(&storm, &folder, &[&server.url("")]);
}

#[test]
fn callbacks_may_use_the_library() {
    let (server, (callbacks, folder)) = (site(), program("callbacks"));
    check(&callbacks, &folder, &[&server.url("/page"), &server.url("/echo/back")]);
}

#[test]
fn a_plugin_resolves_one_name() {
    let server = site();
    let folder = scratch("c_abi_plugin");
    // Not linked: only loaded.
    let plugin = folder.join("plugin");
    let mut cc = native::cc();
    cc.args(native::STRICT).args(["-D_GNU_SOURCE", "-I"]).arg(root().join("include"));
    cc.arg(root().join("tests/c/plugin.c")).arg("-ldl").arg("-o").arg(&plugin);
    run(&mut cc);
    let lib = native::built().join("libhtmlsession.so");
    let copy = folder.join("copy.so");
    fs::copy(&lib, &copy).expect("a copy");
    run(Command::new(&plugin).arg(&lib).arg(server.url("/page")).arg(&copy));
}

/// What the optimised library is built for; here it only has to work.
#[test]
fn the_work_that_makes_the_profile_is_done() {
    let (folder, sources) = (scratch("c_abi_train"), root().join("packaging/train"));
    let sources = [sources.join("train.c"), sources.join("site.c")];
    run(Command::new(compile(&folder, "train", &sources, &[])).arg("3"));
}

/// A gzip stream of ten gibibytes of zeros, ten mebibytes long: a mebibyte of them that ends at a
/// whole byte and refers to nothing before it, again and again.
fn bomb() -> Vec<u8> {
    let mut compress = flate2::Compress::new(flate2::Compression::best(), false);
    let mut piece = Vec::with_capacity(1 << 16);
    compress.compress_vec(&vec![0; 1 << 20], &mut piece, flate2::FlushCompress::Full).expect("zeros");
    assert!(compress.total_in() == 1 << 20 && piece.len() > 900 && piece.len() < 1500, "{}", piece.len());
    [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &piece.repeat(10 << 10)].concat()
}

#[test]
fn ten_gibibytes_of_nothing_end_early_in_little_memory() {
    let (bomb, (program, folder)) = (bomb(), program("bomb"));
    assert!((9 << 20..15 << 20).contains(&bomb.len()), "{} bytes", bomb.len());
    let twice = gzip(&bomb);
    let server = Server::new(move |seen: &Seen| match &*seen.target {
        "/twice" => reply("200 OK", &[("Content-Encoding", "gzip, gzip")], &twice),
        _ => reply("200 OK", &[("Content-Encoding", "gzip")], &bomb),
    });
    // Under the address sanitizer memory is no measure.
    let limit = if std::env::var_os("HTMLSESSION_SANITIZE").is_some() { "4096" } else { "150" };
    for path in ["/once", "/twice"] {
        run(Command::new(&program).args([&server.url(path), limit]).current_dir(&folder));
    }
}

#[test]
fn the_header_is_clean_in_five_dialects() {
    let folder = scratch("c_abi_header");
    let (c, cpp) = (folder.join("alone.c"), folder.join("alone.cc"));
    fs::write(&c, "#include \"htmlsession.h\"\nint main(void) { return 0; }\n").expect("a scratch file");
    fs::copy(&c, &cpp).expect("a copy");
    for (compiler, dialect, source) in [
        ("cc", "c99", &c),
        ("cc", "c11", &c),
        ("cc", "c17", &c),
        ("c++", "c++11", &cpp),
        ("c++", "c++20", &cpp),
    ] {
        let mut command = Command::new(compiler);
        command.arg(format!("-std={dialect}")).args(["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I"]);
        run(command.arg(root().join("include")).arg("-fsyntax-only").arg(source));
    }
}

const SYMBOLS: &str = "tests/abi/symbols.txt";

#[test]
fn the_list_of_symbols_is_what_is_exported() {
    let names =
        run(Command::new("nm").args(["-D", "--defined-only"]).arg(native::built().join("libhtmlsession.so")));
    let exported: BTreeSet<&str> = names.lines().filter_map(|line| line.split(' ').next_back()).collect();
    let symbols = read(SYMBOLS);
    let mut listed: BTreeSet<&str> = symbols.lines().collect();
    listed.insert("session_api");
    assert_eq!(exported, listed);
}

#[test]
fn the_library_is_named_stays_loaded_and_needs_only_libc() {
    let dynamic = run(Command::new("readelf").args(["-dW"]).arg(native::built().join("libhtmlsession.so")));
    assert!(dynamic.contains("[libhtmlsession.so.0]"), "{dynamic}");
    assert!(dynamic.contains("NODELETE") && dynamic.contains("SYMBOLIC"), "{dynamic}");
    let needed = dynamic.lines().filter(|line| line.contains("(NEEDED)"));
    let needed: Vec<&str> = needed.filter_map(|line| line.split(['[', ']']).nth(1)).collect();
    assert!(needed.contains(&"libc.so.6"), "{needed:?}");
    if !native::bundled() {
        assert!(needed.iter().any(|name| name.starts_with("libcurl")), "{needed:?}");
        return;
    }
    let system = ["libc.so.6", "libm.so.6", "libgcc_s.so.1", "ld-linux-", "libpthread.so.0", "libdl.so.2"];
    for name in needed {
        assert!(system.iter().any(|known| name.starts_with(known)), "{name} is needed");
    }
}
