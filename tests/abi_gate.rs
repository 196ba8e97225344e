//! The binary interface only grows. libabigail compares what `include/htmlsession.h` declares with
//! the committed dump `tests/abi/htmlsession.abi`; `UPDATE_ABI=1 cargo test --test abi_gate` writes
//! the dump anew.
//!
//! The dump is not made from the library, whose debug information is Rust's (large, and other with
//! each compiler), but from a file of C in which a variable stands for each function, type and
//! number of the header. That the library exports just these functions is compared by itself.
#![cfg(target_os = "linux")]

mod support;

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::header::{self, listed_symbols};
use support::library::{built, outcome, run, scratch};

const DUMP: &str = "tests/abi/htmlsession.abi";
const UPDATE: &str = "run UPDATE_ABI=1 cargo test --test abi_gate";

fn committed_header() -> String {
    fs::read_to_string(header::root().join("include/htmlsession.h")).expect("the header")
}

/// C in which `abi_…` stands for each function, each place in the plugin table, each enumeration
/// or structure, and each number.
fn source(header: &str) -> String {
    let mut c = String::from("#include \"htmlsession.h\"\n");
    let mut places = Vec::new();
    for name in listed_symbols() {
        if header.contains(&format!("{name}(")) {
            writeln!(c, "__typeof__({name}) *abi_{name};").unwrap();
            places.push(format!("abi_place_{name} = offsetof(session_api_t, {name})"));
        }
    }
    writeln!(c, "enum abi_table {{ {} }} abi_table;", places.join(", ")).unwrap();
    for line in header.lines() {
        let mut words = line.split_whitespace();
        match (words.next(), words.next(), words.next()) {
            (Some("#define"), Some(name), Some(_)) if !name.starts_with("SESSION_VERSION") => {
                writeln!(c, "enum abi_{name} {{ abi_value_{name} = {name} }} abi_{name};").unwrap();
            }
            // The table itself grows.
            (Some("}"), Some(name), None) if name != "session_api_t;" => {
                writeln!(c, "{} abi_{name}", name.trim_end_matches(';')).unwrap();
            }
            _ => {}
        }
    }
    // By this one function a host finds all others: it never changes.
    c + "_Static_assert(_Generic(&session_api, const session_api_t *(*)(uint32_t): 1, default: 0), \"\");\n"
}

/// Dumps the interface that a header declares.
fn dump(name: &str, header: &str) -> PathBuf {
    let folder = scratch("abi").join(name);
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("htmlsession.h"), header).expect("a header");
    fs::write(folder.join("abi.c"), source(header)).expect("a source");
    let mut compiler = Command::new("gcc");
    compiler.current_dir(&folder).args(["-std=c11", "-g", "-O0", "-shared", "-fPIC", "-I."]);
    run("gcc", compiler.args(["abi.c", "-o", "abi.so"]));
    let mut abidw = Command::new("abidw");
    // Nothing of this machine, and nothing that a program would not notice.
    abidw.args(["--no-architecture", "--no-corpus-path", "--no-comp-dir-path", "--no-show-locs"]);
    abidw.args(["--no-elf-needed", "--no-parameter-names", "--no-write-default-sizes"]);
    abidw.args(["--type-id-style", "hash", "--out-file", "htmlsession.abi", "abi.so"]);
    run("abigail-tools", abidw.current_dir(&folder));
    folder.join("htmlsession.abi")
}

/// What changed from one dump to another but for additions; nothing if it is compatible.
fn changes(old: &Path, new: &Path) -> Option<String> {
    let mut abidiff = Command::new("abidiff");
    let (same, report, errors) =
        outcome("abigail-tools", abidiff.args(["--no-added-syms"]).arg(old).arg(new));
    (!same).then_some(report + &errors)
}

#[test]
fn the_interface_only_grows() {
    let new = dump("new", &committed_header());
    let old = header::root().join(DUMP);
    if std::env::var_os("UPDATE_ABI").is_some() {
        fs::copy(&new, &old).expect("the dump");
    }
    let committed = fs::read_to_string(&old).unwrap_or_else(|_| panic!("{DUMP} is missing: {UPDATE}"));
    if let Some(changes) = changes(&old, &new) {
        panic!("programs that are compiled already would break:\n{changes}\nif that is meant, {UPDATE}");
    }
    for name in listed_symbols() {
        assert!(committed.contains(&format!("name='abi_{name}'")), "{name} is not in {DUMP} yet: {UPDATE}");
    }
}

#[test]
fn the_gate_tells_breaks_from_additions() {
    let header = committed_header();
    let old = dump("old", &header);
    let compare = |name, from: &str, to: &str| {
        assert!(header.contains(from), "{from} is not in the header");
        changes(&old, &dump(name, &header.replace(from, to)))
    };
    for (name, from, to, told) in [
        ("renamed", "session_outstanding(", "session_pending(", "abi_session_outstanding"),
        ("parameter", "int64_t timeout_ms)", "int32_t timeout_ms)", "parameter 2"),
        ("result", "size_t session_outstanding(", "int session_outstanding(", "return type"),
        ("code", "SESSION_E_CONNECT = 201,", "SESSION_E_CONNECT = 299,", "'201' to '299'"),
        ("code-gone", "SESSION_E_CONNECT = 201,", "", "SESSION_E_CONNECT"),
        ("number", "#define SESSION_LINKS_A 256", "#define SESSION_LINKS_A 255", "'256' to '255'"),
        ("table", "    size_t size;", "    size_t size; void *here;", "abi_place_session_new"),
    ] {
        let report = compare(name, from, to).unwrap_or_else(|| panic!("{name} went unnoticed"));
        assert!(report.contains(told), "{name}: {report}");
    }
    for (name, from, to) in [
        ("new-code", "SESSION_E_CONNECT = 201,", "SESSION_E_CONNECT = 201, SESSION_E_NEW = 299,"),
        ("new-number", "#define SESSION_LINKS_A 256", "#define SESSION_LINKS_A 256\n#define SESSION_NEW 1"),
        ("new-entry", "} session_api_t;", "void *more; } session_api_t;"),
        ("other-name", "int64_t timeout_ms)", "int64_t limit)"),
    ] {
        assert_eq!(compare(name, from, to), None, "{name}");
    }
}

/// The library exports the functions of the list and `session_api`, and nothing else: no curl, no
/// OpenSSL.
#[test]
fn the_library_exports_the_listed_functions() {
    let mut nm = Command::new("nm");
    let output =
        run("binutils", nm.args(["--dynamic", "--defined-only", "--format=just-symbols"]).arg(built()));
    let mut exported: Vec<&str> = output.lines().map(str::trim).collect();
    let mut listed = listed_symbols();
    listed.push("session_api".into());
    exported.sort_unstable();
    listed.sort_unstable();
    assert_eq!(exported, listed);
}
