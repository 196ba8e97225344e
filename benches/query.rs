//! Asking real pages: the library beside lexbor in C and scraper, in one run.
//!
//! ```text
//! HTMLSESSION_CORPUS=folder[:folder…] cargo bench --bench query [-- ROUNDS]
//! ```
//!
//! The pages are those of the bench `html`. Each is parsed, asked one thing, and freed; contenders
//! run in turn, round by round, and the CPU time of the process counts. A ratio is the median over
//! the rounds of the ratio within one round: below 1 the library is faster. Everything is measured
//! twice, with glibc's malloc as it is and with a warm heap. `HTMLSESSION_LEXBOR` names the library
//! that `make bench-html` makes of `lexbor.c`.
//!
//! What is found differs where the parsers' policies do: an empty `href`, content of `noscript`.

use htmlsession::html::{Document, LinkOptions, NodeId, ParseOptions};
use std::ffi::CString;
use std::hint::black_box;
use support::lexbor::Lexbor;
use support::{corpus, cpu, median, page_named, run_itself};
use url::Url;

mod support;

const COMPLEX: &str = "div > ul li:nth-child(odd) > a[href^=http]:not([rel~=nofollow]), \
    table tr:not(:first-child) td + td a, .section > p:has(a) code";

const BASE: &str = "https://example.org/docs/index.html";

fn base() -> Url {
    Url::parse(BASE).expect("a URL")
}

/// Every `a[href]`, as lexbor and scraper give them.
fn all_links() -> LinkOptions {
    LinkOptions { repeated: true, anchors: true, javascript: true, mailto: true, ..LinkOptions::absolute() }
}

struct Task {
    name: &'static str,
    ours: fn(&Document) -> usize,
    lexbor: fn(&Lexbor, &[u8]) -> usize,
    scraper: fn(&scraper::Html) -> usize,
}

const TASKS: [Task; 5] = [
    Task {
        name: "nothing",
        ours: |_| 0,
        lexbor: |lexbor, page| {
            lexbor.parse(page);
            0
        },
        scraper: |_| 0,
    },
    Task {
        name: "absolute links",
        ours: |page| page.links(NodeId::DOCUMENT, all_links()).map_or(0, |links| links.len()),
        lexbor: |lexbor, page| lexbor.links(page, c"https://example.org/docs/index.html"),
        scraper: |page| {
            let anchors = scraper::Selector::parse("a[href]").expect("a selector");
            let base = base();
            let references =
                page.select(&anchors).filter_map(|link| link.value().attr("href")).map(str::trim);
            let absolute = references.filter_map(|href| base.join(href).ok()).map(String::from);
            absolute.collect::<Vec<_>>().len()
        },
    },
    Task {
        name: "complex CSS",
        ours: |page| page.find(NodeId::DOCUMENT, COMPLEX).map_or(0, |found| found.len()),
        lexbor: |lexbor, page| lexbor.css(page, &CString::new(COMPLEX).expect("no NUL")),
        scraper: |page| page.select(&scraper::Selector::parse(COMPLEX).expect("a selector")).count(),
    },
    Task {
        name: "full text",
        ours: |page| {
            let mut text = String::new();
            page.full_text(NodeId::DOCUMENT, &mut text);
            text.len()
        },
        lexbor: |lexbor, page| lexbor.text(page),
        scraper: |page| page.root_element().text().collect::<String>().len(),
    },
    Task {
        name: "text as read",
        ours: |page| {
            let mut text = String::new();
            page.text(NodeId::DOCUMENT, &mut text);
            text.len()
        },
        lexbor: |lexbor, page| lexbor.text(page),
        scraper: |page| page.root_element().text().collect::<String>().len(),
    },
];

fn timed(work: impl FnOnce() -> usize) -> (u64, usize) {
    let start = cpu();
    let count = black_box(work());
    (cpu() - start, count)
}

fn parsed(page: &[u8]) -> Document {
    let options = ParseOptions { url: Some(base()), ..ParseOptions::default() };
    Document::from_bytes(page, options).expect("within the limits")
}

fn measure(rounds: usize) {
    let pages: Vec<Vec<u8>> = corpus().iter().map(|path| std::fs::read(path).expect("a page")).collect();
    if pages.is_empty() {
        println!("no pages found (HTMLSESSION_CORPUS): nothing measured");
        return;
    }
    let bytes: usize = pages.iter().map(Vec::len).sum();
    let lexbor = Lexbor::load();
    println!("{} pages, {:.2} MB, {rounds} rounds", pages.len(), bytes as f64 / 1e6);
    println!(
        "{:<16} {:>10} {:>14} {:>15} {:>12}  found (lexbor, scraper)",
        "parse and …", "MB/s", "time / lexbor", "time / scraper", "asking, ms"
    );
    for task in &TASKS {
        let (mut to_lexbor, mut to_scraper, mut asking) = (Vec::new(), Vec::new(), Vec::new());
        let mut best = u64::MAX;
        let mut found = [0; 3];
        for _ in 0..rounds {
            let (mut parsing, mut ask, mut times) = (0, 0, [0; 2]);
            found = [0; 3];
            // Each contender has a pass of its own: they would share no cache in earnest.
            for page in &pages {
                let start = cpu();
                let document = parsed(page);
                parsing += cpu() - start;
                let (time, count) = timed(|| (task.ours)(&document));
                ask += time;
                found[0] += count;
                let (time, _) = timed(|| {
                    drop(document);
                    0
                });
                parsing += time;
            }
            if let Some(lexbor) = &lexbor {
                for page in &pages {
                    let (time, count) = timed(|| (task.lexbor)(lexbor, page));
                    times[0] += time;
                    found[1] += count;
                }
            }
            for page in &pages {
                let (time, count) =
                    timed(|| (task.scraper)(&scraper::Html::parse_document(&String::from_utf8_lossy(page))));
                times[1] += time;
                found[2] += count;
            }
            let ours = (parsing + ask) as f64;
            to_lexbor.push(ours / times[0] as f64);
            to_scraper.push(ours / times[1] as f64);
            asking.push(ask as f64 / 1e6);
            best = best.min(parsing + ask);
        }
        let [ours, lexbors, scrapers] = found;
        println!(
            "{:<16} {:>10.0} {:>14.2} {:>15.2} {:>12.2}  {ours} ({lexbors}, {scrapers})",
            task.name,
            bytes as f64 * 1e3 / best as f64,
            median(to_lexbor),
            median(to_scraper),
            median(asking)
        );
    }
}

/// A page of 1.7 MB with 18,000 links.
fn one_large_page() {
    let Some(path) = page_named("genindex-all.html") else { return };
    let page = std::fs::read(path).expect("a page");
    let lexbor = Lexbor::load();
    let best = |work: &dyn Fn() -> usize| {
        let times = (0..9).map(|_| timed(work));
        times.min().map_or((0.0, 0), |(time, count)| (time as f64 / 1e6, count))
    };
    let (ours, count) = best(&|| {
        parsed(&page).links(NodeId::DOCUMENT, LinkOptions::absolute()).map_or(0, |links| links.len())
    });
    println!(
        "genindex-all.html, {:.2} MB: {count} absolute links, each once, in {ours:.1} ms",
        page.len() as f64 / 1e6
    );
    if let Some(lexbor) = lexbor {
        let (all, count) =
            best(&|| parsed(&page).links(NodeId::DOCUMENT, all_links()).map_or(0, |links| links.len()));
        let (theirs, found) = best(&|| lexbor.links(&page, c"https://example.org/docs/index.html"));
        println!(
            "  all {count} in {all:.1} ms; lexbor all {found} in {theirs:.1} ms: {:.2} of its time",
            all / theirs
        );
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.first().map(String::as_str) {
        Some("measure") => measure(arguments[1].parse().expect("a number of rounds")),
        Some("large") => one_large_page(),
        rounds => {
            let rounds = rounds.unwrap_or("7");
            println!("== default malloc");
            run_itself(&["measure", rounds], false);
            println!("== warm heap");
            run_itself(&["measure", rounds], true);
            run_itself(&["large"], true);
        }
    }
}
