//! Real pages: the library's parser and html5ever must make the same tree of every one.
//!
//! The pages are every `.html` file below the folders that `HTMLSESSION_CORPUS` names (separated
//! by `:`), and below Debian's documentation packages that are installed (python3-doc,
//! postgresql-doc, libstdc++-doc). What was compared is printed; with no pages at all the test
//! says so and passes.

use htmlsession::html::{Document, NodeId, ParseOptions, Tree};
use std::path::{Path, PathBuf};

fn folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = match std::env::var_os("HTMLSESSION_CORPUS") {
        Some(named) => std::env::split_paths(&named).collect(),
        None => Vec::new(),
    };
    let packages = ["python3", "postgresql-doc-", "libstdc++-"];
    for entry in std::fs::read_dir("/usr/share/doc").into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if packages.iter().any(|package| name.starts_with(package)) {
            folders.push(entry.path());
        }
    }
    folders
}

/// The `.html` files below a folder, links not followed.
fn pages(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let Ok(kind) = entry.file_type() else { continue };
            let path = entry.path();
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() && path.extension().is_some_and(|extension| extension == "html") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The first node in which two trees differ, if they do.
fn difference(a: &Tree, b: &Tree) -> Option<String> {
    if a.len() != b.len() {
        return Some(format!("{} and {} nodes", a.len(), b.len()));
    }
    if (a.quirks(), a.doctype()) != (b.quirks(), b.doctype()) {
        return Some("another doctype".to_string());
    }
    let same = |id: NodeId| {
        (a.kind(id), a.end(id), a.parent(id)) == (b.kind(id), b.end(id), b.parent(id))
            && (a.name(id), a.namespace(id), a.data(id)) == (b.name(id), b.namespace(id), b.data(id))
            && a.attributes(id).eq(b.attributes(id))
            && (a.template_contents(id), a.parser_form(id)) == (b.template_contents(id), b.parser_form(id))
    };
    let other = (0..a.len()).filter_map(|number| a.node(number)).find(|id| !same(*id))?;
    Some(format!("node {}: {} {:?}", other.number(), a.name(other), a.data(other)))
}

#[test]
fn both_parsers_make_the_same_trees() {
    let (mut compared, mut bytes, mut different) = (0, 0, Vec::new());
    for folder in folders() {
        let before = compared;
        for path in pages(&folder) {
            let page = std::fs::read(&path).unwrap();
            let own = Document::from_bytes(&page, ParseOptions::default()).unwrap();
            let stock = Document::from_bytes_with_html5ever(&page, ParseOptions::default()).unwrap();
            if let Some(difference) = difference(own.tree(), stock.tree()) {
                different.push(format!("{}: {difference}", path.display()));
            }
            compared += 1;
            bytes += page.len();
        }
        if compared > before {
            println!("{}: {} pages", folder.display(), compared - before);
        }
    }
    if compared == 0 {
        println!("no pages found (HTMLSESSION_CORPUS, documentation packages): nothing compared");
    }
    println!("{compared} pages of {bytes} bytes compared, {} differ", different.len());
    assert!(different.is_empty(), "{}", different.join("\n"));
}
