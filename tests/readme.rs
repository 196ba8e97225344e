//! What README.md and docs/*.md show is true: every C program compiles and runs, every command of make
//! exists, and every file that is linked to is there.
#![cfg(target_os = "linux")]

mod support {
    pub mod library;
    pub mod native;
    pub mod server;
    pub mod snippets;
}

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use support::library;
use support::native::{compile, root, run, scratch};
use support::server::{Seen, Server, reply};
use support::snippets::blocks;

/// The README and the pages of `docs/`, with their text.
fn pages() -> Vec<(PathBuf, String)> {
    let docs = fs::read_dir(root().join("docs")).expect("docs").map(|entry| entry.expect("a file").path());
    let mut files: Vec<PathBuf> =
        docs.filter(|path| path.extension().is_some_and(|end| end == "md")).collect();
    files.sort();
    files.insert(0, root().join("README.md"));
    files.into_iter().map(|file| (file.clone(), fs::read_to_string(file).expect("a page"))).collect()
}

/// A log-in with a form, a redirect, and a page with links.
fn site() -> Server {
    Server::new(|seen: &Seen| match (&*seen.method, &*seen.target) {
        ("POST", "/login") if seen.body == b"user=ada&password=secret" => {
            reply("303 See Other", &[("Location", "/inside"), ("Set-Cookie", "sid=1")], b"")
        }
        ("GET", "/inside") if seen.header("cookie").as_deref() == Some("sid=1") => {
            reply("200 OK", &[], b"in")
        }
        ("GET", "/") => {
            let page = b"<form action=/login method=post><input name=user><input name=password></form><a href=next>n</a>";
            reply("200 OK", &[("Content-Type", "text/html")], page)
        }
        _ => reply("404 Not Found", &[], b""),
    })
}

#[test]
fn every_program_runs() {
    let server = site();
    let folder = scratch("readme");
    let mut said = Vec::new();
    for (page, text) in pages() {
        for (line, program) in blocks(&text, "c") {
            let name = format!("{}_{line}", page.file_stem().expect("a name").to_string_lossy());
            let source = folder.join(format!("{name}.c"));
            fs::write(&source, program).expect("a scratch file");
            // A short program need not use all that main() is given.
            let program = compile(&folder, &name, &[source], &["-Wno-unused-parameter"]);
            let out =
                run(Command::new(program).arg(server.url("/")).env("LD_LIBRARY_PATH", library::folder()));
            said.push(format!("{name}: {out}"));
        }
    }
    let said = said.join("");
    assert!(said.contains(&format!("{}\n", server.url("/next"))), "the links:\n{said}");
    assert!(said.contains("200 after 1 redirect(s), at"), "the log-in:\n{said}");
    assert!(said.contains("one 1\ntwo\n"), "the buffer:\n{said}");
    assert!(said.contains(&format!("200 {}\n", server.url("/"))), "many at once:\n{said}");
    assert!(said.contains(&format!("htmlsession {}\n", env!("CARGO_PKG_VERSION"))), "the plugin:\n{said}");
}

#[test]
fn every_command_of_make_exists() {
    let makefile = fs::read_to_string(root().join("Makefile")).expect("the Makefile");
    let targets = makefile.lines().find_map(|line| line.strip_prefix(".PHONY:")).expect(".PHONY");
    let targets: Vec<&str> = targets.split_whitespace().collect();
    let mut seen = 0;
    for (page, text) in pages() {
        for (line, block) in blocks(&text, "sh") {
            for command in
                block.lines().filter_map(|line| line.trim_start_matches("sudo ").strip_prefix("make "))
            {
                let target = command.split_whitespace().next().expect("a target");
                assert!(targets.contains(&target), "{}:{line}: make {target}", page.display());
                seen += 1;
            }
        }
    }
    assert!(seen >= 5, "{seen}");
    let help = run(Command::new("make").arg("help").current_dir(root()).env_remove("MAKEFLAGS"));
    for target in targets.iter().filter(|target| **target != "help") {
        assert!(help.contains(&format!("make {target}")), "make help says nothing of {target}");
    }
}

#[test]
fn every_link_leads_to_a_file() {
    for (page, text) in pages() {
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.starts_with("http") || link.starts_with('#') {
                continue;
            }
            let file = link.split('#').next().expect("a path");
            let target = page.parent().expect("a folder").join(file);
            assert!(target.exists(), "{}: {link}", page.display());
        }
    }
}
