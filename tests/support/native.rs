//! The library as C sees it: how to compile C programs with it, and run them.
#![allow(dead_code)] // each test file uses its part

use super::library;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The strictest that C99 programs are compiled with.
pub const STRICT: &[&str] = &["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror"];

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A folder of the test's own, empty.
pub fn scratch(name: &str) -> PathBuf {
    let folder = library::scratch(name);
    fs::remove_dir_all(&folder).expect("the last run's files");
    library::scratch(name)
}

/// The folder of `libhtmlsession.so` and `.a`.
pub fn built() -> PathBuf {
    library::built().parent().expect("a folder").to_path_buf()
}

/// Whether this library brings libcurl and OpenSSL with it.
pub fn bundled() -> bool {
    cfg!(feature = "bundled")
}

/// Runs a command to its end and gives its output; it must succeed.
pub fn run(command: &mut Command) -> String {
    library::run("it (make test does)", command)
}

pub fn cc() -> Command {
    // It may be a command with arguments: "ccache gcc".
    let words = env::var("CC").unwrap_or_else(|_| "cc".into());
    let mut words = words.split_whitespace();
    let mut command = Command::new(words.next().expect("CC names a compiler"));
    command.args(words);
    command
}

/// Compiles C sources with the header and the library; gives the program.
///
/// `HTMLSESSION_SANITIZE` names sanitizers to compile the C side with.
pub fn compile(folder: &Path, name: &str, sources: &[PathBuf], further: &[&str]) -> PathBuf {
    let (program, lib) = (folder.join(name), library::folder());
    let mut command = cc();
    command.args(STRICT).args(["-g", "-D_GNU_SOURCE"]).args(further);
    if let Ok(sanitizers) = env::var("HTMLSESSION_SANITIZE") {
        command.arg(format!("-fsanitize={sanitizers}")).arg("-fno-sanitize-recover=all");
    }
    command.arg("-I").arg(root().join("include")).arg("-I").arg(root().join("tests/c")).arg("-I").arg(folder);
    command.args(sources).arg("-o").arg(&program).arg("-L").arg(lib);
    command.arg("-lhtmlsession").arg("-ldl").arg(format!("-Wl,-rpath,{}", lib.display()));
    run(&mut command);
    program
}
