//! `make install` into a folder, and programs built there as a user of the library builds them: with
//! pkg-config, with CMake, and from the archive, beside another libcurl.
#![cfg(target_os = "linux")]

mod support {
    pub mod library;
    pub mod native;
    pub mod server;
}

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use support::library;
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

/// `make` with these variables, and those alone.
fn make(target: &str, variables: &[(&str, &Path)]) -> Command {
    // Files that others may not read by default.
    let mut make = Command::new("sh");
    make.args(["-c", "umask 077; exec make \"$@\"", "sh", target]).current_dir(native::root());
    // Not that of a make that runs these tests.
    make.env_remove("MAKEFLAGS").env_remove("MAKELEVEL").env_remove("DESTDIR");
    make.args(variables.iter().map(|(name, value)| format!("{name}={}", value.display())));
    make
}

/// Installs what cargo built for the tests, once; gives the prefix.
fn prefix() -> &'static Path {
    static PREFIX: OnceLock<PathBuf> = OnceLock::new();
    PREFIX.get_or_init(|| {
        let folder = scratch("install");
        let (prefix, out) = (folder.join("usr"), folder.join("out"));
        let variables = [("BUILD", &*native::built()), ("OUT", &out), ("PREFIX", &prefix)];
        run(&mut make("install", &variables));
        prefix
    })
}

/// A build with a library that is none, and an archive in which there is this.
fn small_build(folder: &Path, name: &str, source: &str) -> PathBuf {
    let build = folder.join(name);
    fs::create_dir(&build).expect("a scratch folder");
    let (object, file) = (build.join("small.o"), build.join("small.c"));
    fs::write(&file, source).expect("a scratch file");
    run(native::cc().arg("-c").arg(file).arg("-o").arg(&object));
    run(Command::new("ar").arg("rcs").arg(build.join("libhtmlsession.a")).arg(object));
    fs::write(build.join("libhtmlsession.so"), name).expect("a scratch file");
    build
}

fn source(folder: &Path) -> PathBuf {
    let source = folder.join("main.c");
    fs::write(&source, PROGRAM).expect("a scratch file");
    source
}

fn pkg_config(arguments: &[&str]) -> Vec<String> {
    pkg_config_of(prefix(), arguments).split_whitespace().map(String::from).collect()
}

fn pkg_config_of(installed: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("pkg-config");
    command.env("PKG_CONFIG_PATH", installed.join("lib/pkgconfig")).args(arguments).arg("htmlsession");
    run(&mut command)
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
    for (installed, source) in [
        ("include/htmlsession.h", "include/htmlsession.h"),
        ("include/htmlsession.hpp", "bindings/cpp/htmlsession.hpp"),
        ("share/doc/htmlsession/LICENSE-MIT", "LICENSE-MIT"),
        ("share/doc/htmlsession/LICENSE-APACHE", "LICENSE-APACHE"),
        ("share/doc/htmlsession/THIRD-PARTY.txt", "THIRD-PARTY.txt"),
        ("share/doc/htmlsession/README.md", "README.md"),
        ("share/doc/htmlsession/docs/templates.md", "docs/templates.md"),
    ] {
        let installed = fs::read(prefix().join(installed)).expect(installed);
        assert!(installed == fs::read(native::root().join(source)).expect(source), "{source}");
    }
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

/// Builds programs with CMake from what is installed at `installed`.
fn build_with_cmake(folder: &Path, installed: &Path, targets: &[&str]) {
    let server = server();
    source(folder);
    let version = env!("CARGO_PKG_VERSION");
    let lists = format!(
        "cmake_minimum_required(VERSION 3.13)\nproject(user C)\nfind_package(htmlsession {version} REQUIRED)\n\
         add_executable(shared main.c)\ntarget_link_libraries(shared htmlsession::htmlsession)\n\
         add_executable(static main.c)\ntarget_link_libraries(static htmlsession::static)\n"
    );
    fs::write(folder.join("CMakeLists.txt"), lists).expect("a scratch file");
    let build = folder.join("build");
    let mut configure = Command::new("cmake");
    configure.arg("-S").arg(folder).arg("-B").arg(&build);
    run(configure.arg(format!("-DCMAKE_PREFIX_PATH={}", installed.display())));
    for target in targets {
        run(Command::new("cmake").arg("--build").arg(&build).args(["--target", target]));
        // CMake has put the library's folder into the program.
        assert_eq!(run(Command::new(build.join(target)).arg(server.url("/"))), said());
    }
}

#[test]
fn cmake_builds_a_program() {
    build_with_cmake(&scratch("install_cmake"), prefix(), &["shared", "static"]);
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

    // All of it static; libc warns that names of hosts need the shared one.
    let mut cc = native::cc();
    cc.arg("-static").arg(source(&folder)).arg("-o").arg(&program);
    run(cc.args(pkg_config(&["--static", "--cflags", "--libs"])));
    assert_eq!(run(Command::new(&program).arg(server.url("/"))), said());
}

/// Below DESTDIR, where nobody will look for it by the names in its files; in a folder whose name has
/// to be written down with care.
#[test]
fn a_staged_installation_can_be_moved_and_taken_away() {
    let (folder, build) = (scratch("install_destdir"), native::built());
    let out = prefix().parent().expect("a folder").join("out");
    let staged = folder.join("opt/R&D lab");
    let variables =
        [("BUILD", &*build), ("OUT", &out), ("PREFIX", Path::new("/opt/R&D lab")), ("DESTDIR", &folder)];
    run(&mut make("install", &variables));
    let config = fs::read_to_string(staged.join("lib/pkgconfig/htmlsession.pc")).expect("the file");
    let begin = "prefix=/opt/R&D\\ lab\nlibdir=${prefix}/lib\nincludedir=${prefix}/include\n";
    assert!(config.starts_with(begin) && !config.contains('@'), "{config}");
    let flags = pkg_config_of(&staged, &["--define-variable=prefix=/moved", "--cflags", "--libs"]);
    assert_eq!(flags.trim(), "-I/moved/include -L/moved/lib -lhtmlsession");

    let cmake = staged.join("lib/cmake/htmlsession");
    for name in ["htmlsession-config.cmake", "htmlsession-config-version.cmake"] {
        assert!(!fs::read_to_string(cmake.join(name)).expect(name).contains('@'), "{name}");
    }
    build_with_cmake(&scratch("install_moved"), &staged, &["shared"]);

    let all = run(Command::new("find").arg(&folder).args(["-not", "-type", "l"]));
    for path in all.lines() {
        let mode = fs::metadata(path).expect(path).permissions().mode();
        assert_eq!(mode & 0o444, 0o444, "{path} is not for everybody");
    }

    // What others put beside it stays.
    let others = [staged.join("lib/libhtmlsession.so.9"), cmake.join("others.cmake")];
    others.iter().for_each(|path| fs::write(path, "").expect("a file"));
    run(&mut make("uninstall", &variables));
    let left = run(Command::new("find").arg(&folder).args(["-not", "-type", "d"]));
    let mut left: Vec<&str> = left.lines().collect();
    left.sort_unstable();
    assert_eq!(
        left,
        [cmake.join("others.cmake").to_str(), others[0].to_str()].map(|path| path.expect("UTF-8"))
    );
    assert!(!staged.join("share/doc/htmlsession").exists());
}

#[test]
fn the_archive_is_that_of_the_build_and_install_only_copies() {
    let folder = scratch("install_builds");
    let (out, destination) = (folder.join("out"), folder.join("destination"));
    let older = small_build(&folder, "older", "int session_new(void) { return 1; }");
    let newer = small_build(
        &folder,
        "newer",
        "int curl_easy_perform(void);\nint session_version(void) { return curl_easy_perform(); }",
    );
    for (build, function) in
        [(&newer, "session_version"), (&older, "session_new"), (&newer, "session_version")]
    {
        let usr = Path::new("/usr");
        let variables = [("BUILD", &**build), ("OUT", &out), ("DESTDIR", &destination), ("PREFIX", usr)];
        run(&mut make("lib", &variables));
        let prepared = || run(Command::new("find").arg(&out).args(["-printf", "%p %T@\n"]));
        let before = prepared();
        run(&mut make("install", &variables));
        assert_eq!(prepared(), before, "make install writes what make lib made");
        let archive = destination.join("usr/lib/libhtmlsession.a");
        let names = run(Command::new("nm").args(["-g", "--defined-only"]).arg(archive));
        assert!(names.contains(function), "{names}");
        // libcurl is the distribution's if the archive does not have it.
        let config =
            fs::read_to_string(destination.join("usr/lib/pkgconfig/htmlsession.pc")).expect("the file");
        assert_eq!(config.contains("Libs.private: -lcurl -lssl "), build == &newer, "{config}");
    }
}

#[test]
fn what_cannot_be_written_down_is_refused() {
    for (name, value) in [("PREFIX", "usr"), ("LIBDIR", "lib"), ("BUILD", "a b"), ("OUT", "a b")] {
        let (ended_well, _, errors) =
            library::outcome("make", &mut make("install", &[(name, Path::new(value))]));
        assert!(!ended_well && errors.contains(&format!("{name} must ")), "{errors}");
    }
    let mut need = Command::new("sh");
    need.current_dir(native::root()).env("CC", "env cc").env("CARGO", "env cargo");
    assert_eq!(run(need.args(["packaging/need.sh", "rust", "gcc", "libc6-dev"])), "");
}
