//! Real pages: the library's parser and html5ever must make the same tree of every one.
//!
//! The pages are every `.html` file below the folders that `HTMLSESSION_CORPUS` names (separated
//! by `:`), and below Debian's documentation packages that are installed (python3-doc,
//! postgresql-doc, libstdc++-doc), besides one that is always there. What was compared is printed.

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

/// Where nothing else is there: what parsers have to get right, in one page.
const PAGE: &str = "<!doctype html><title>&amp;&notit;&#x80;</title><p>a<b>b<p>c</b>d<table><td>1<tr>x<td>2<div>\
    </table><svg><title>t<p>u</svg><math><mi><b></math><form><form><input hidden></form><select><option>1<option>2\
    </select><ul><li>a<li>b<ul><li>c</ul></ul><textarea>\n\n</textarea><pre>\nx</pre><a>1<a>2<nobr>3<nobr>4</nobr>\
    <template><tr><td>x</template><script><!--<script></script>--></script><plaintext></p>";

#[test]
fn both_parsers_make_the_same_trees() {
    let (mut compared, mut bytes, mut different) = (0, 0, Vec::new());
    let mut compare = |name: &str, page: &[u8]| {
        let own = Document::from_bytes(page, ParseOptions::default()).unwrap();
        let stock = Document::from_bytes_with_html5ever(page, ParseOptions::default()).unwrap();
        if let Some(difference) = difference(own.tree(), stock.tree()) {
            different.push(format!("{name}: {difference}"));
        }
        compared += 1;
        bytes += page.len();
    };
    compare("the page that is always there", PAGE.as_bytes());
    for folder in folders() {
        let pages = pages(&folder);
        for path in &pages {
            compare(&path.display().to_string(), &std::fs::read(path).unwrap());
        }
        println!("{}: {} pages", folder.display(), pages.len());
    }
    println!("{compared} pages of {bytes} bytes compared, {} differ", different.len());
    assert!(different.is_empty(), "{}", different.join("\n"));
}
