//! The C header, the plugin table and the list of exported symbols are generated, committed and
//! compared: `UPDATE_HEADER=1 cargo test --test header` writes them anew.

mod support;

use std::collections::BTreeMap;
use std::fs;
use support::header::{self, SYMBOLS};

fn golden(path: &str, generated: &str) {
    let file = header::root().join(path);
    if std::env::var_os("UPDATE_HEADER").is_some() {
        fs::write(&file, generated).expect(path);
        return;
    }
    let committed = fs::read_to_string(&file).unwrap_or_default();
    if committed == generated {
        return;
    }
    let differs = committed.lines().zip(generated.lines()).position(|(old, new)| old != new);
    let line = differs.unwrap_or(committed.lines().count().min(generated.lines().count()));
    panic!(
        "{path} is not what the sources say, from line {}:\n  committed: {}\n  generated: {}\n\
         run UPDATE_HEADER=1 cargo test --test header",
        line + 1,
        committed.lines().nth(line).unwrap_or("(end)"),
        generated.lines().nth(line).unwrap_or("(end)"),
    );
}

/// One test, since the header is made from the table, and the table from the list.
#[test]
fn what_is_generated_is_up_to_date() {
    let functions = header::functions();
    golden(SYMBOLS, &header::symbols(&functions));
    golden("src/ffi/api.rs", &header::api(&functions));
    golden("include/htmlsession.h", &header::header());
}

#[test]
fn every_function_is_documented_and_has_the_prefix() {
    let functions = header::functions();
    assert!(functions.len() > 50, "{}", functions.len());
    for (name, function) in &functions {
        assert!(name.starts_with("session_"), "{name}");
        assert!(function.documented, "{name} has no comment");
    }
}

/// What is private to a source must not become a type of the interface.
#[test]
fn every_type_has_the_prefix() {
    let header = header::header();
    let name = |line: &str| {
        let line = line.split_once(")(").map_or(line, |(name, _)| name);
        line.trim_end_matches(';').rsplit([' ', '*']).next().map(str::to_string)
    };
    let declared = |line: &&str| line.starts_with("typedef ") && !line.ends_with('{');
    let closed = |line: &&str| line.starts_with("} ") && line.ends_with(';');
    let names: Vec<String> =
        header.lines().filter(|line| declared(line) || closed(line)).filter_map(name).collect();
    assert!(names.len() > 30, "{names:?}");
    for name in names {
        assert!(name.starts_with("session_"), "{name}");
    }
}

#[test]
fn symbols_only_grow() {
    let listed: Vec<String> = header::listed_symbols();
    let functions: BTreeMap<_, _> = header::functions().into_iter().collect();
    for name in &listed {
        assert!(functions.contains_key(name), "{name} was exported once and is gone");
    }
}
