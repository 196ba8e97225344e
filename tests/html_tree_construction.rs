//! The html5lib tree-construction tests, scripting off.
//!
//! They are read from the folder that `HTMLSESSION_VECTORS` names; without it nothing is run,
//! and the test says so.

use htmlsession::html::{Document, ParseOptions};
use std::path::{Path, PathBuf};

#[derive(Default)]
struct Test {
    data: String,
    context: Option<String>,
    expected: String,
    script_on: bool,
}

/// The tests of a file. Sections start with a `#` line; their last line break is not theirs.
fn tests_of(text: &str) -> Vec<Test> {
    let mut tests: Vec<Test> = Vec::new();
    let mut section = "";
    for line in text.split_inclusive('\n') {
        let name = line.trim_end_matches('\n');
        match name {
            "#data" => tests.push(Test::default()),
            "#script-on" => tests.last_mut().unwrap().script_on = true,
            "#errors" | "#new-errors" | "#document-fragment" | "#document" | "#script-off" => {}
            _ => {
                let Some(test) = tests.last_mut() else { continue };
                match section {
                    "#data" => test.data.push_str(line),
                    "#document-fragment" => test.context = Some(name.to_string()),
                    "#document" => test.expected.push_str(line),
                    _ => {}
                }
                continue;
            }
        }
        section = name;
    }
    for test in &mut tests {
        test.data.pop();
        test.expected.truncate(test.expected.trim_end_matches('\n').len());
    }
    tests
}

fn dump(test: &Test) -> String {
    let options = ParseOptions { encoding: Some("utf-8".into()), ..ParseOptions::default() };
    let page = match &test.context {
        Some(context) => Document::fragment_from_bytes(test.data.as_bytes(), context, options).unwrap(),
        None => Document::from_bytes(test.data.as_bytes(), options).unwrap(),
    };
    page.tree().dump().trim_end_matches('\n').to_string()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("html5lib/tree-construction")
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "dat"))
        .collect();
    files.sort();
    files
}

#[test]
fn html5lib_tree_construction_tests() {
    let Some(vectors) = std::env::var_os("HTMLSESSION_VECTORS") else {
        println!("vectors absent: html5lib tree-construction tests not run (set HTMLSESSION_VECTORS)");
        return;
    };
    let folder = Path::new(&vectors).join("html5lib/tree-construction");
    let (mut passed, mut scripted, mut failed) = (0, 0, Vec::new());
    for path in files(&folder) {
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = String::from_utf8(std::fs::read(&path).unwrap()).expect("a test file is UTF-8");
        for (place, test) in tests_of(&text).iter().enumerate() {
            if test.script_on {
                scripted += 1;
                continue;
            }
            let found = dump(test);
            if found == test.expected {
                passed += 1;
            } else {
                let expected = &test.expected;
                failed.push(format!("{file} {place} {:?}\n{found}\nexpected:\n{expected}\n", test.data));
            }
        }
    }
    println!(
        "html5lib tree construction: {passed} passed, {scripted} are for scripting on, {} failed",
        failed.len()
    );
    assert!(passed > 1500, "too few tests in {}", folder.display());
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
