//! Parsing real pages: the library against lexbor in C, scraper, stock html5ever and, through
//! Python, selectolax (lexbor), lxml (libxml2) and requests-html.
//!
//! ```text
//! HTMLSESSION_CORPUS=folder[:folder…] cargo bench --bench html [-- ROUNDS]
//! ```
//!
//! The folders hold the npm package htmlparser-benchmark and Debian's python3-doc and
//! postgresql-doc (unpacked is enough); 100, 50 and 50 pages of them are taken. Contenders, each in
//! a process of its own, run in turn, round by round, and their CPU time counts. A ratio is the median over
//! the rounds of the ratio within one round, the best is the fastest round. Everything is measured twice:
//! with glibc's malloc as it is, which gives memory back to the kernel after nearly every page,
//! and with a warm heap, which keeps it, as a busy host's does. `HTMLSESSION_PYTHON` names the
//! Python that has the peers installed (default `python3`), `HTMLSESSION_LEXBOR` the library that
//! `make bench-html` makes of `lexbor.c`; an absent one is said to be absent.

use htmlsession::html::{Document, ParseOptions};
use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use support::lexbor::Lexbor;
use support::{corpus, cpu, median, resident, run_itself};

mod support;

const OWN: [&str; 5] = ["htmlsession", "lexbor", "htmlsession+html5ever", "scraper", "html5ever"];
const PEERS: [&str; 3] = ["selectolax", "lxml", "requests-html"];

/// html5ever with a sink that keeps nothing.
mod nothing {
    use html5ever::tendril::StrTendril;
    use html5ever::tree_builder::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
    use html5ever::{Attribute, ExpandedName, QualName, ns};
    use std::borrow::Cow;
    use std::rc::Rc;

    pub struct Sink;

    impl TreeSink for Sink {
        type Handle = Rc<QualName>;
        type Output = ();
        type ElemName<'a> = ExpandedName<'a>;

        fn finish(self) {}
        fn parse_error(&self, _: Cow<'static, str>) {}
        fn get_document(&self) -> Rc<QualName> {
            Rc::new(QualName::new(None, ns!(), "".into()))
        }
        fn elem_name<'a>(&'a self, target: &'a Rc<QualName>) -> ExpandedName<'a> {
            target.expanded()
        }
        fn create_element(&self, name: QualName, _: Vec<Attribute>, _: ElementFlags) -> Rc<QualName> {
            Rc::new(name)
        }
        fn create_comment(&self, _: StrTendril) -> Rc<QualName> {
            self.get_document()
        }
        fn create_pi(&self, _: StrTendril, _: StrTendril) -> Rc<QualName> {
            self.get_document()
        }
        fn append(&self, _: &Rc<QualName>, _: NodeOrText<Rc<QualName>>) {}
        fn append_before_sibling(&self, _: &Rc<QualName>, _: NodeOrText<Rc<QualName>>) {}
        fn append_based_on_parent_node(
            &self,
            _: &Rc<QualName>,
            _: &Rc<QualName>,
            _: NodeOrText<Rc<QualName>>,
        ) {
        }
        fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}
        fn get_template_contents(&self, target: &Rc<QualName>) -> Rc<QualName> {
            target.clone()
        }
        fn same_node(&self, a: &Rc<QualName>, b: &Rc<QualName>) -> bool {
            Rc::ptr_eq(a, b)
        }
        fn set_quirks_mode(&self, _: QuirksMode) {}
        fn add_attrs_if_missing(&self, _: &Rc<QualName>, _: Vec<Attribute>) {}
        fn remove_from_parent(&self, _: &Rc<QualName>) {}
        fn reparent_children(&self, _: &Rc<QualName>, _: &Rc<QualName>) {}
    }
}

#[allow(clippy::large_enum_variant)] // there is one at a time
enum Parsed {
    Own(Document),
    Lexbor(usize),
    Scraper(scraper::Html),
    Nothing,
}

fn parse(name: &str, page: &[u8], lexbor: Option<&Lexbor>) -> Parsed {
    let own = |parse: fn(&[u8], ParseOptions) -> htmlsession::Result<Document>| {
        Parsed::Own(parse(page, ParseOptions::default()).expect("within the limits"))
    };
    match name {
        "htmlsession" => own(Document::from_bytes),
        "lexbor" => Parsed::Lexbor(lexbor.map_or(0, |lexbor| lexbor.parse(page))),
        "htmlsession+html5ever" => own(Document::from_bytes_with_html5ever),
        "scraper" => Parsed::Scraper(scraper::Html::parse_document(&String::from_utf8_lossy(page))),
        _ => {
            use html5ever::tendril::TendrilSink;
            let text = String::from_utf8_lossy(page);
            html5ever::parse_document(nothing::Sink, Default::default()).one(&*text);
            Parsed::Nothing
        }
    }
}

impl Parsed {
    /// Something of the tree, so that none is optimized away.
    fn nodes(&self) -> usize {
        match self {
            Parsed::Own(page) => page.tree().len() as usize,
            Parsed::Scraper(page) => page.tree.nodes().len(),
            Parsed::Lexbor(found) => *found,
            Parsed::Nothing => 0,
        }
    }
}

/// Contenders in a process of their own: no one's freed memory is another's.
struct Process {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Process {
    fn start(command: &mut Command, paths: &[PathBuf]) -> Option<Process> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
        let (mut to, from) = (child.stdin.take()?, BufReader::new(child.stdout.take()?));
        for path in paths {
            writeln!(to, "load {}", path.display()).ok()?;
        }
        Some(Process { child, to, from })
    }

    /// This program once more, as the contender of this name.
    fn own(name: &str, paths: &[PathBuf]) -> Option<Process> {
        if name == "lexbor" && std::env::var_os("HTMLSESSION_LEXBOR").is_none() {
            return None;
        }
        let itself = std::env::current_exe().expect("the bench itself");
        Process::start(Command::new(itself).args(["serve", name]), paths)
    }

    fn python(paths: &[PathBuf]) -> Option<Process> {
        let python = std::env::var_os("HTMLSESSION_PYTHON").unwrap_or_else(|| "python3".into());
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/html_peers.py");
        Process::start(Command::new(python).arg(script), paths)
    }

    fn ask(&mut self, command: &str, name: &str) -> Option<u64> {
        writeln!(self.to, "{command} {name}").ok()?;
        let mut answer = String::new();
        self.from.read_line(&mut answer).ok()?;
        answer.trim().parse().ok()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Answers as html_peers.py does: "load PATH", and "run NAME" with the time of a pass.
fn serve(name: &str) {
    let lexbor = if name == "lexbor" { Lexbor::load() } else { None };
    let mut pages = Vec::new();
    for line in std::io::stdin().lines() {
        let line = line.expect("a command");
        if let Some(path) = line.strip_prefix("load ") {
            pages.push(std::fs::read(path).expect("a page"));
            continue;
        }
        let start = cpu();
        for page in &pages {
            black_box(parse(name, page, lexbor.as_ref()).nodes());
        }
        println!("{}", cpu() - start);
    }
}

fn measure(rounds: usize) {
    let paths = corpus();
    let sizes = paths.iter().map(|path| path.metadata().expect("a page").len());
    let bytes: u64 = sizes.sum();
    if paths.is_empty() {
        println!("no pages found (HTMLSESSION_CORPUS): nothing measured");
        return;
    }
    println!("{} pages, {:.2} MB, {rounds} rounds", paths.len(), bytes as f64 / 1e6);
    let mut own: Vec<Option<Process>> = OWN.iter().map(|name| Process::own(name, &paths)).collect();
    let mut python = Process::python(&paths);
    let names: Vec<&str> = OWN.into_iter().chain(PEERS).collect();
    let mut times: Vec<Vec<Option<u64>>> = vec![Vec::new(); names.len()];
    for round in 0..rounds {
        for (at, name) in names.iter().enumerate() {
            let time = match own.get_mut(at) {
                Some(process) => process.as_mut().and_then(|process| process.ask("run", name)),
                // Seconds a pass: one is enough.
                None if *name == "requests-html" && round > 0 => None,
                None => python.as_mut().and_then(|process| process.ask("run", name)),
            };
            times[at].push(time);
        }
    }
    println!("{:<24}{:>10}{:>10}{:>14}", "", "best MB/s", "median", "time / ours");
    for (name, times_of) in names.iter().zip(&times) {
        let rate = |time: u64| bytes as f64 * 1e3 / time as f64;
        let Some(best) = times_of.iter().flatten().min() else {
            println!("{name:<24}    absent");
            continue;
        };
        let ratios =
            times_of.iter().zip(&times[0]).filter_map(|(time, own)| Some((*time)? as f64 / (*own)? as f64));
        let ratio = median(ratios.collect());
        let middle = median(times_of.iter().flatten().map(|time| rate(*time)).collect());
        println!("{name:<24}{:>10.1}{middle:>10.1}{ratio:>14.2}", rate(*best));
    }
}

/// Memory that keeping all pages takes, in a process of its own each.
fn memory(name: &str) {
    let paths = corpus();
    let pages: Vec<Vec<u8>> = paths.iter().map(|path| std::fs::read(path).expect("a page")).collect();
    let bytes: usize = pages.iter().map(Vec::len).sum();
    let lexbor = if name == "lexbor" { Lexbor::load() } else { None };
    let keep = |page: &Vec<u8>| {
        if let Some(lexbor) = &lexbor {
            lexbor.keep(page);
        }
        if name == "lexbor" { Parsed::Nothing } else { parse(name, page, None) }
    };
    black_box(keep(&pages[0]).nodes());
    let before = resident();
    let kept: Vec<Parsed> = pages.iter().map(keep).collect();
    let grown = resident() - before;
    println!("{name:<24}{:>10.2} MiB per MB", grown as f64 / 1024.0 / (bytes as f64 / 1e6));
    black_box(kept.iter().map(Parsed::nodes).sum::<usize>());
}

/// A page ten times as long must take ten times as long.
fn linearity() {
    let one =
        "<div class=row><p>Some <b>text</b> &amp; a <a href='/x?y=z'>link</a></p></div>\n".repeat(5_000);
    let ten = one.repeat(10);
    let best = |page: &str| {
        let time = |_| {
            let start = cpu();
            black_box(parse("htmlsession", page.as_bytes(), None).nodes());
            cpu() - start
        };
        (0..15).map(time).min().unwrap_or(0) as f64
    };
    let (small, large) = (best(&one), best(&ten));
    println!("10 times the page: {:.2} times the time", large / small);
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.first().map(String::as_str) {
        Some("serve") => serve(&arguments[1]),
        Some("measure") => measure(arguments[1].parse().expect("a number of rounds")),
        Some("memory") => memory(&arguments[1]),
        Some("linearity") => linearity(),
        rounds => {
            let rounds = rounds.unwrap_or("15").to_string();
            println!("== default malloc");
            run_itself(&["measure", &rounds], false);
            println!("== warm heap");
            run_itself(&["measure", &rounds], true);
            println!("== memory");
            let lexbor = std::env::var_os("HTMLSESSION_LEXBOR").map(|_| "lexbor");
            for name in ["htmlsession", "scraper"].into_iter().chain(lexbor) {
                run_itself(&["memory", name], false);
            }
            println!("== linearity (warm heap)");
            run_itself(&["linearity"], true);
        }
    }
}
