//! `make install` into a folder, and programs built there as a user of the library builds them: with
//! pkg-config, with CMake, and from the archive, beside another libcurl.
#![cfg(target_os = "linux")]

mod support {
    pub mod library;
    pub mod native;
    pub mod server;
}

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use support::native::{self, STRICT, run, scratch};
use support::server::{Server, reply};

/// Fetches a page and says its title.
const PROGRAM: &str = r#"
#include <htmlsession.h>
#include <stdio.h>
int main(int argc, char **argv) {
    session_t *session = session_new();
    session_response_t *response = session_get(session, argc > 1 ? argv[1] : "");
    session_html_t *page = session_response_html(response);
    session_buffer_t *title = session_buffer_new();
    session_html_title(page, title);
    printf("%d %s, %s\n", session_response_status(response), session_buffer_data(title, NULL), session_version());
    session_buffer_free(title);
    session_html_free(page);
    session_response_free(response);
    session_free(session);
    return 0;
}
"#;

/// Names that the library has inside, here for something else.
const NAMESAKES: &str = r#"
#include <stdio.h>
int curl_easy_init(void);
int SSL_new(void);
int inflate(void);
int curl_easy_init(void) { return 1; }
int SSL_new(void) { return 2; }
int inflate(void) { return 3; }
__attribute__((constructor)) static void tell(void) {
    printf("%d%d%d ", curl_easy_init(), SSL_new(), inflate());
}
"#;

fn said() -> String {
    format!("200 Installed, {}\n", env!("CARGO_PKG_VERSION"))
}

fn server() -> Server {
    Server::new(|_| reply("200 OK", &[("Content-Type", "text/html")], b"<title>Installed</title>"))
}

/// Installs what cargo built for the tests, once; gives the prefix.
fn prefix() -> &'static Path {
    static PREFIX: OnceLock<PathBuf> = OnceLock::new();
    PREFIX.get_or_init(|| {
        let folder = scratch("install");
        let prefix = folder.join("usr");
        let mut make = Command::new("make");
        make.current_dir(native::root()).arg("install");
        // Not that of a make that runs these tests.
        make.env_remove("MAKEFLAGS").env_remove("MAKELEVEL").env_remove("DESTDIR");
        make.arg(format!("BUILD={}", native::built().display()));
        make.arg(format!("OUT={}", folder.join("out").display()));
        run(make.arg(format!("PREFIX={}", prefix.display())));
        prefix
    })
}

fn source(folder: &Path) -> PathBuf {
    let source = folder.join("main.c");
    fs::write(&source, PROGRAM).expect("a scratch file");
    source
}

fn pkg_config(arguments: &[&str]) -> Vec<String> {
    let mut command = Command::new("pkg-config");
    command.env("PKG_CONFIG_PATH", prefix().join("lib/pkgconfig")).args(arguments).arg("htmlsession");
    run(&mut command).split_whitespace().map(String::from).collect()
}

#[test]
fn the_library_has_its_version_and_links() {
    let lib = prefix().join("lib");
    let version = env!("CARGO_PKG_VERSION");
    assert!(lib.join(format!("libhtmlsession.so.{version}")).metadata().expect("the library").len() > 0);
    for (link, target) in [
        ("libhtmlsession.so.0", format!("libhtmlsession.so.{version}")),
        ("libhtmlsession.so", "libhtmlsession.so.0".into()),
    ] {
        assert_eq!(fs::read_link(lib.join(link)).expect(link).to_str(), Some(&*target));
    }
    let header = fs::read_to_string(prefix().join("include/htmlsession.h")).expect("the header");
    assert_eq!(header, fs::read_to_string(native::root().join("include/htmlsession.h")).expect("the header"));
}

#[test]
fn pkg_config_builds_a_program() {
    let (server, folder) = (server(), scratch("install_pkg_config"));
    assert_eq!(pkg_config(&["--modversion"]), [env!("CARGO_PKG_VERSION")]);
    let program = folder.join("main");
    let mut cc = native::cc();
    cc.args(STRICT).arg(source(&folder)).arg("-o").arg(&program).args(pkg_config(&["--cflags", "--libs"]));
    run(&mut cc);
    let out = run(Command::new(program).arg(server.url("/")).env("LD_LIBRARY_PATH", prefix().join("lib")));
    assert_eq!(out, said());
}

#[test]
fn cmake_builds_a_program() {
    let (server, folder) = (server(), scratch("install_cmake"));
    source(&folder);
    let version = env!("CARGO_PKG_VERSION");
    let lists = format!(
        "cmake_minimum_required(VERSION 3.13)\nproject(user C)\nfind_package(htmlsession {version} REQUIRED)\n\
         add_executable(shared main.c)\ntarget_link_libraries(shared htmlsession::htmlsession)\n\
         add_executable(static main.c)\ntarget_link_libraries(static htmlsession::static)\n"
    );
    fs::write(folder.join("CMakeLists.txt"), lists).expect("a scratch file");
    let build = folder.join("build");
    let mut configure = Command::new("cmake");
    configure.arg("-S").arg(&folder).arg("-B").arg(&build);
    run(configure.arg(format!("-DCMAKE_PREFIX_PATH={}", prefix().display())));
    let targets: &[&str] = if native::bundled() { &["shared", "static"] } else { &["shared"] };
    for target in targets {
        run(Command::new("cmake").arg("--build").arg(&build).args(["--target", target]));
        // CMake has put the library's folder into the program.
        assert_eq!(run(Command::new(build.join(target)).arg(server.url("/"))), said());
    }
}

#[test]
fn the_archive_exports_the_functions_alone() {
    if !native::bundled() {
        return;
    }
    let (server, folder) = (server(), scratch("install_archive"));
    let archive = prefix().join("lib/libhtmlsession.a");
    let names = run(Command::new("nm").args(["-g", "--defined-only"]).arg(&archive));
    let mut exported: Vec<&str> = names.lines().filter_map(|line| line.splitn(3, ' ').nth(2)).collect();
    exported.sort_unstable();
    let symbols = fs::read_to_string(native::root().join("tests/abi/symbols.txt")).expect("the list");
    let mut listed: Vec<&str> = symbols.lines().chain(["session_api"]).collect();
    listed.sort_unstable();
    listed.dedup();
    assert_eq!(exported, listed);

    let namesakes = folder.join("namesakes.c");
    fs::write(&namesakes, NAMESAKES).expect("a scratch file");
    let program = folder.join("main");
    let private = pkg_config(&["--static", "--libs-only-l"]);
    let mut cc = native::cc();
    cc.args(STRICT).arg(source(&folder)).arg(&namesakes).arg(&archive).arg("-o").arg(&program);
    cc.args(pkg_config(&["--cflags"])).args(private.iter().filter(|flag| *flag != "-lhtmlsession"));
    run(&mut cc);
    assert_eq!(run(Command::new(&program).arg(server.url("/"))), format!("123 {}", said()));
}

#[test]
fn a_staged_installation_goes_below_destdir() {
    let folder = scratch("install_destdir");
    let mut make = Command::new("make");
    make.current_dir(native::root()).env_remove("MAKEFLAGS").env_remove("MAKELEVEL");
    make.arg("install").arg(format!("BUILD={}", native::built().display()));
    // The archive is ready already.
    make.arg(format!("OUT={}", prefix().parent().expect("a folder").join("out").display()));
    run(make.args(["PREFIX=/opt/x"]).arg(format!("DESTDIR={}", folder.display())));
    let config = fs::read_to_string(folder.join("opt/x/lib/pkgconfig/htmlsession.pc")).expect("the file");
    assert!(config.starts_with("prefix=/opt/x\n"), "{config}");
    assert!(!config.contains('@'), "{config}");
    let cmake = folder.join("opt/x/lib/cmake/htmlsession");
    for name in ["htmlsession-config.cmake", "htmlsession-config-version.cmake"] {
        assert!(!fs::read_to_string(cmake.join(name)).expect(name).contains('@'), "{name}");
    }
    let mut make = Command::new("make");
    make.current_dir(native::root()).env_remove("MAKEFLAGS").env_remove("MAKELEVEL");
    run(make.args(["uninstall", "PREFIX=/opt/x"]).arg(format!("DESTDIR={}", folder.display())));
    let left = run(Command::new("find").arg(&folder).args(["-not", "-type", "d"]));
    assert_eq!(left, "");
}
