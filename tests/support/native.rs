//! The library as C sees it: where cargo left it, and how to compile and run C programs with it.
#![allow(dead_code)] // each test file uses its part

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The strictest that C99 programs are compiled with.
pub const STRICT: &[&str] = &["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror"];

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A folder of the test's own, empty.
pub fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a scratch folder");
    folder
}

/// The folder of `libhtmlsession.so` and `.a`: cargo leaves them beside the test programs.
pub fn built() -> PathBuf {
    let folder = env::current_exe().expect("this program").parent().expect("its folder").to_path_buf();
    assert!(folder.join("libhtmlsession.so").exists(), "no libhtmlsession.so in {}", folder.display());
    folder
}

/// Whether this library brings libcurl and OpenSSL with it.
pub fn bundled() -> bool {
    cfg!(feature = "bundled")
}

/// A folder with the library under the names that linkers and loaders look for.
pub fn library(folder: &Path) -> PathBuf {
    let lib = folder.join("lib");
    fs::create_dir_all(&lib).expect("a folder");
    for name in ["libhtmlsession.so", "libhtmlsession.so.0"] {
        std::os::unix::fs::symlink(built().join("libhtmlsession.so"), lib.join(name)).expect("a link");
    }
    lib
}

/// Runs a command to its end and gives its output; it must succeed.
pub fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    expect(command, &output)
}

fn expect(command: &Command, output: &Output) -> String {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}\n{}\n{out}\n{err}", output.status);
    out.into_owned()
}

pub fn cc() -> Command {
    Command::new(env::var("CC").unwrap_or_else(|_| "cc".into()))
}

/// Compiles C sources with the header and the library; gives the program.
///
/// `HTMLSESSION_SANITIZE` names sanitizers to compile the C side with.
pub fn compile(folder: &Path, lib: &Path, name: &str, sources: &[PathBuf], further: &[&str]) -> PathBuf {
    let program = folder.join(name);
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
