//! THIRD-PARTY.txt names everything that is linked into the library, with its licence. What cargo and
//! the sources of the crates say is compared with it; UPDATE_LICENCES=1 writes it anew.
#![cfg(target_os = "linux")]

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The same file whatever machine the test runs on.
const TARGET: &str = "x86_64-unknown-linux-gnu";

const TOP: &str = "\
libhtmlsession is under the MIT licence or the Apache License 2.0, as you like. The shared library and the
archive hold code of others as well: what this file lists, the macros that write some of it included.
Of a choice (\"OR\") you may take either. The sources, those under the MPL 2.0 among them, are unchanged
and to be had where \"source\" says.

Rust's standard library is inside too: MIT OR Apache-2.0, https://github.com/rust-lang/rust; what it
holds of others is in share/doc/rust/COPYRIGHT-library.html of each toolchain.

Built with the distribution's libraries, it holds no curl, nghttp2, OpenSSL and zlib.

Made by: UPDATE_LICENCES=1 cargo test --test licences
";

/// What a crate brings along: its name, its licence, the crate, the files there that hold the text
/// (of C: the first comment), and its home.
const BROUGHT: [(&str, &str, &str, &[&str], &str); 4] = [
    ("curl", "curl AND ISC", "curl-sys", &["curl/COPYING", "curl/LICENSES/ISC.txt"], "https://curl.se/"),
    (
        "nghttp2",
        "MIT",
        "libnghttp2-sys",
        &["nghttp2/COPYING", "nghttp2/lib/sfparse.c"],
        "https://nghttp2.org/",
    ),
    ("OpenSSL", "Apache-2.0", "openssl-src", &["openssl/LICENSE.txt"], "https://openssl-library.org/"),
    ("zlib", "Zlib", "libz-sys", &["src/zlib/LICENSE"], "https://zlib.net/"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What cargo says. What no build has needed so far it downloads first.
fn cargo(arguments: &[&str]) -> String {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let output = cargo.current_dir(root()).args(arguments).arg("--locked").output();
    let output = output.expect("cargo");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// The crates that are linked in, and the macros that write parts of them: name and version.
fn linked() -> BTreeSet<(String, String)> {
    let tree = cargo(&[
        "tree",
        "--edges=normal",
        "--prefix=none",
        "--no-dedupe",
        "--format={p}",
        "--target",
        TARGET,
    ]);
    let named = |line: &str| {
        let (name, rest) = line.split_once(" v")?;
        Some((name.to_owned(), rest.split(' ').next()?.to_owned()))
    };
    tree.lines().filter_map(named).filter(|(name, _)| name != env!("CARGO_PKG_NAME")).collect()
}

/// A licence's text without what differs by chance: ends of lines, and empty ones around it.
fn tidy(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

/// The first comment of a C source.
fn comment(source: &str) -> String {
    let comment = source.split("/*").nth(1).and_then(|rest| rest.split("*/").next()).expect("a comment");
    let line = |line: &'_ str| line.strip_prefix(" *").unwrap_or(line).trim_start().to_owned();
    comment.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn text_of(file: &Path) -> String {
    let text = fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let text = String::from_utf8_lossy(&text);
    tidy(&if file.extension().is_some_and(|end| end == "c") { comment(&text) } else { text.into_owned() })
}

/// The files in a crate's folder that hold its licence.
fn licence_files(folder: &Path) -> Vec<PathBuf> {
    let holds = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        path.is_file()
            && ["licen", "copying", "copyright", "unlicense", "notice"]
                .iter()
                .any(|begin| name.starts_with(begin))
    };
    let entries = fs::read_dir(folder).expect("the sources of the crate");
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.expect("a file").path()).filter(|path| holds(path)).collect();
    files.sort();
    files
}

/// The version of what a crate brings: "0.4.91+curl-8.22.0" says it; zlib's stands in its header.
fn version_brought(folder: &Path, version: &str) -> String {
    if let Some((_, brought)) = version.split_once('+') {
        return brought.trim_start_matches(|c: char| !c.is_ascii_digit()).to_owned();
    }
    let header = fs::read_to_string(folder.join("src/zlib/zlib.h")).expect("zlib.h");
    header
        .split('"')
        .skip_while(|part| !part.ends_with("ZLIB_VERSION "))
        .nth(1)
        .expect("a version")
        .to_owned()
}

/// Texts, each once, by the numbers that they are referred to with.
#[derive(Default)]
struct Texts {
    numbers: BTreeMap<String, usize>,
    texts: Vec<String>,
}

impl Texts {
    fn number(&mut self, text: String) -> usize {
        // Equal but for the breaks of lines and spaces.
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let Texts { numbers, texts } = self;
        *numbers.entry(words).or_insert_with(|| {
            texts.push(text);
            texts.len()
        })
    }

    fn numbers(&mut self, files: &[PathBuf]) -> String {
        let numbers: BTreeSet<usize> = files.iter().map(|file| self.number(text_of(file))).collect();
        numbers.iter().map(|number| format!("[{number}]")).collect::<Vec<_>>().join(" ")
    }
}

fn made() -> String {
    let metadata = cargo(&["metadata", "--format-version=1", "--filter-platform", TARGET]);
    let metadata: Value = serde_json::from_str(&metadata).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let say = |package: &Value, key: &str| package[key].as_str().unwrap_or_default().to_owned();
    let folder =
        |package: &Value| Path::new(&say(package, "manifest_path")).parent().expect("a folder").to_owned();

    let (mut list, mut texts) = (String::from(TOP), Texts::default());
    let mut entry = |name: &str, licence: &str, source: &str, text: &str| {
        let _ =
            write!(list, "\n{name}\n    licence: {licence}\n    source:  {source}\n    text:    {text}\n");
    };
    for (name, licence, brings, files, home) in BROUGHT {
        let named = |package: &&Value| package["name"] == brings;
        let package = packages.iter().find(named).unwrap_or_else(|| panic!("no {brings}"));
        let (folder, version) = (folder(package), say(package, "version"));
        let files: Vec<PathBuf> = files.iter().map(|file| folder.join(file)).collect();
        let source = format!("https://crates.io/crates/{brings}/{version}, {home}");
        let name = format!("{name} {}", version_brought(&folder, &version));
        entry(&name, licence, &source, &texts.numbers(&files));
    }
    let rules = "https://publicsuffix.org/list/, here without comments: src/cookies/public_suffix/rules.txt";
    let mozilla = packages.iter().find(|package| package["name"] == "cssparser").expect("the MPL's text");
    let text = texts.numbers(&licence_files(&folder(mozilla)));
    entry("the public suffix list", "MPL-2.0", rules, &text);
    let linked = linked();
    assert!(linked.len() > 50, "{linked:?}");
    for (name, version) in linked {
        let is = |package: &&Value| package["name"] == *name && package["version"] == *version;
        let package = packages.iter().find(is).unwrap_or_else(|| panic!("no {name} {version}"));
        let mut text = texts.numbers(&licence_files(&folder(package)));
        if text.is_empty() {
            let authors: Vec<&str> =
                package["authors"].as_array().expect("authors").iter().filter_map(Value::as_str).collect();
            text = format!("none in the crate; by {}", authors.join(", "));
        }
        let source = format!("https://crates.io/crates/{name}/{version}, {}", say(package, "repository"));
        entry(&format!("{name} {version}"), &say(package, "license").replace('/', " OR "), &source, &text);
    }
    for (index, text) in texts.texts.iter().enumerate() {
        let _ = write!(list, "\n{}\n[{}]\n\n{text}\n", "-".repeat(80), index + 1);
    }
    list
}

#[test]
fn third_party_names_all_that_is_linked_in() {
    let (file, made) = (root().join("THIRD-PARTY.txt"), made());
    if std::env::var_os("UPDATE_LICENCES").is_some() {
        fs::write(&file, &made).expect("THIRD-PARTY.txt");
    }
    let kept = fs::read_to_string(&file).expect("THIRD-PARTY.txt");
    let differs = kept.lines().zip(made.lines()).position(|(kept, made)| kept != made);
    assert!(
        kept == made,
        "THIRD-PARTY.txt is old (line {}): UPDATE_LICENCES=1 cargo test --test licences",
        differs.unwrap_or_else(|| kept.lines().count().min(made.lines().count())) + 1
    );
}
