//! Asking real pages: the library beside scraper, in one run.
//!
//! ```text
//! HTMLSESSION_CORPUS=folder[:folder…] cargo bench --bench query [-- ROUNDS]
//! ```
//!
//! The folders are searched for `.html` files, of which 200 are taken, evenly spread; without
//! any, pages are made up. Contenders run in turn, round by round, and the CPU time of the
//! process counts. A ratio is the median over the rounds of the ratio within one round.

use htmlsession::html::{Document, LinkOptions, NodeId, Selector};
use std::collections::HashSet;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use url::Url;

const COMPLEX: &str = "div > ul li:nth-child(odd) > a[href^=http]:not([rel~=nofollow]), \
    table tr:not(:first-child) td + td a, .section > p:has(a) code";

fn html_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|path| !path.is_symlink()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            html_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "html") {
            found.push(path);
        }
    }
}

fn corpus() -> Vec<String> {
    let mut files = Vec::new();
    for folder in std::env::split_paths(&std::env::var_os("HTMLSESSION_CORPUS").unwrap_or_default()) {
        html_files(&folder, &mut files);
    }
    if files.is_empty() {
        println!("no pages in HTMLSESSION_CORPUS: 20 made up");
        return (0..20).map(made_up).collect();
    }
    let step = (files.len() / 200).max(1);
    let pages = files.iter().step_by(step).take(200);
    pages.map(|path| String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned()).collect()
}

fn made_up(page: usize) -> String {
    let mut html = String::from("<!doctype html><title>made up</title><div class=section>");
    for row in 0..2000 {
        html.push_str(&format!(
            "<div class='row r{}'><ul><li><a href='page-{page}-{row}.html'>Row {row}</a> and <code>some</code> text</li>\
             <li><a href='http://h{row}.example/x?y={row}' rel=nofollow>far</a></ul><p>A paragraph of words.</p></div>",
            row % 5
        ));
    }
    html
}

/// Nanoseconds that this thread, the only one, was on a processor.
fn cpu() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/schedstat").expect("/proc/self/schedstat");
    stat.split(' ').next().and_then(|field| field.parse().ok()).expect("a number")
}

fn timed(work: impl FnOnce() -> usize) -> (u64, usize) {
    let start = cpu();
    let count = black_box(work());
    (cpu() - start, count)
}

fn base() -> Url {
    Url::parse("https://example.org/docs/index.html").expect("a URL")
}

type Task = (&'static str, fn(&Document) -> usize, fn(&scraper::Html) -> usize);

const TASKS: [Task; 5] = [
    ("nothing", |_| 0, |_| 0),
    (
        "absolute links",
        |page| page.links(NodeId::DOCUMENT, LinkOptions::absolute()).map_or(0, |links| links.len()),
        |page| {
            let anchors = scraper::Selector::parse("a[href]").expect("a selector");
            let base = base();
            let references =
                page.select(&anchors).filter_map(|link| link.value().attr("href")).map(str::trim);
            let wanted = references.filter(|href| {
                let lower = href.to_ascii_lowercase();
                !href.is_empty()
                    && !href.starts_with('#')
                    && !lower.starts_with("javascript:")
                    && !lower.starts_with("mailto:")
            });
            wanted.filter_map(|href| base.join(href).ok()).map(String::from).collect::<HashSet<_>>().len()
        },
    ),
    (
        "complex CSS",
        |page| {
            Selector::compile(COMPLEX)
                .and_then(|css| css.find(page, NodeId::DOCUMENT))
                .map_or(0, |found| found.len())
        },
        |page| page.select(&scraper::Selector::parse(COMPLEX).expect("a selector")).count(),
    ),
    (
        "full text",
        |page| {
            let mut text = String::new();
            page.full_text(NodeId::DOCUMENT, &mut text);
            text.len()
        },
        |page| page.root_element().text().collect::<String>().len(),
    ),
    (
        "text as read",
        |page| {
            let mut text = String::new();
            page.text(NodeId::DOCUMENT, &mut text);
            text.len()
        },
        |page| page.root_element().text().collect::<String>().len(),
    ),
];

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    let rounds = std::env::args().filter_map(|arg| arg.parse().ok()).next().unwrap_or(5);
    let pages = corpus();
    let bytes: usize = pages.iter().map(String::len).sum();
    println!("{} pages, {:.2} MB, {rounds} rounds", pages.len(), bytes as f64 / 1e6);
    println!(
        "{:<16} {:>12} {:>12} {:>8} {:>12}  found",
        "parse and …", "MB/s ours", "MB/s scraper", "ratio", "asking, ms"
    );
    for (name, ours, theirs) in TASKS {
        let (mut ratios, mut asking) = (Vec::new(), Vec::new());
        let (mut best_ours, mut best_theirs) = (u64::MAX, u64::MAX);
        let (mut found, mut found_theirs) = (0, 0);
        for _ in 0..rounds {
            let (mut parse_time, mut ask_time, mut their_time) = (0, 0, 0);
            (found, found_theirs) = (0, 0);
            for html in &pages {
                let start = cpu();
                let page = Document::parse(html, Some(base()));
                parse_time += cpu() - start;
                let (time, count) = timed(|| ours(&page));
                ask_time += time;
                found += count;
                drop(page);
                let (time, count) = timed(|| theirs(&scraper::Html::parse_document(html)));
                their_time += time;
                found_theirs += count;
            }
            let our_time = parse_time + ask_time;
            ratios.push(our_time as f64 / their_time as f64);
            asking.push(ask_time as f64 / 1e6);
            best_ours = best_ours.min(our_time);
            best_theirs = best_theirs.min(their_time);
        }
        let rate = |nanoseconds: u64| bytes as f64 / 1e6 / (nanoseconds as f64 / 1e9);
        println!(
            "{name:<16} {:>12.0} {:>12.0} {:>8.2} {:>12.2}  {found} ({found_theirs})",
            rate(best_ours),
            rate(best_theirs),
            median(ratios),
            median(asking)
        );
    }
}
