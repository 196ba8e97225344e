//! The shared library as cargo built it, and programs of other languages that use it.
#![allow(dead_code)] // each test file uses its part

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

/// No program of the tests takes this long: it hangs.
const HANGS: Duration = Duration::from_secs(600);

/// The shared library. Cargo leaves it beside the executables of the tests.
pub fn built() -> PathBuf {
    let executable = std::env::current_exe().expect("the path of the test");
    let library = executable.with_file_name("libhtmlsession.so");
    assert!(library.exists(), "{} is missing", library.display());
    library
}

/// A folder of the test's own below cargo's target folder.
pub fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).expect("a folder below target");
    folder
}

/// A folder in which linkers and loaders find the library under the names that they look for.
pub fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = scratch("lib");
        for name in ["libhtmlsession.so", "libhtmlsession.so.0"] {
            let link = folder.join(name);
            let _ = fs::remove_file(&link);
            std::os::unix::fs::symlink(built(), &link).expect("a link to the library");
        }
        folder
    })
}

/// Runs a program of the Debian package `package` to its end: its standard output. Panics with
/// all that it wrote if it fails.
pub fn run(package: &str, command: &mut Command) -> String {
    let (success, output, errors) = outcome(package, command);
    assert!(success, "{command:?} failed\n{output}{errors}");
    output
}

/// Runs a program to its end: whether it succeeded, its standard output and its errors.
pub fn outcome(package: &str, command: &mut Command) -> (bool, String, String) {
    let name = command.get_program().to_string_lossy().into_owned();
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.unwrap_or_else(|error| panic!("{name} cannot be run ({error}): install {package}"));
    let output = child.stdout.take().map(reader);
    let errors = child.stderr.take().map(reader);
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child to wait for") {
            break status;
        }
        if started.elapsed() > HANGS {
            let _ = child.kill();
            let _ = child.wait();
            panic!("{command:?} hangs");
        }
        thread::sleep(Duration::from_millis(5));
    };
    let text =
        |reader: Option<thread::JoinHandle<String>>| reader.and_then(|r| r.join().ok()).unwrap_or_default();
    (status.success(), text(output), text(errors))
}

fn reader(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
