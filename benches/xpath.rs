//! XPath on a list of 5,000 siblings: shapes that are quadratic in simpler evaluators, and the
//! ones that scrapers use. Prints the best of several runs, and what each costs compared with
//! a plain walk over the page (`//*`).

use htmlsession::html::xpath::Expression;
use htmlsession::html::{Document, NodeId};
use std::fmt::Write;
use std::hint::black_box;
use std::time::{Duration, Instant};

const EXPRESSIONS: &[&str] = &[
    "//*",
    "//i[last()]",
    "//i[1]",
    "(//i)[1]",
    "count(//*/following::*)",
    "count(//*/preceding::*)",
    "count(//i/following-sibling::i)",
    "count(//i/preceding-sibling::i)",
    "count(//*/ancestor::*)",
    "//i[.=//i]",
    "//i[.!=//i]",
    "//i[. > //i]",
    "//i[preceding::i]",
    "//i[preceding::y]",
    "//i[following::y]",
    "//i[following-sibling::y]",
    "//i[preceding-sibling::y]",
    "//i[preceding-sibling::i[1]]",
    "//i[preceding::i[1]]",
    "//i[../y]",
    "//i[count(preceding-sibling::i) mod 2 = 0]",
    "//i[count(preceding::i) mod 2 = 0]",
    "//i[position() mod 2 = 0]",
    "//i[contains(., '7')]",
    "//i[@class='c3']",
    "//i[contains(concat(' ', @class, ' '), ' c3 ')]",
    "//i[normalize-space() = 'x7']",
    "//i[count(//i) = 5000]",
    "//i[@class = //i[1]/@class]",
    "//@class",
    "//text()",
    "string(//i)",
    "boolean(//i)",
];

fn main() {
    let mut html = String::from("<!doctype html><title>t</title><body>");
    for n in 0..5000 {
        let _ = write!(html, "<i class=c{}>x{n}</i>", n % 7);
    }
    let page = Document::parse(&html, None);
    let mut base = None;
    for source in EXPRESSIONS {
        let expression = Expression::compile(source).unwrap();
        let mut best = Duration::MAX;
        let runs = Instant::now();
        while runs.elapsed() < Duration::from_millis(200) {
            let start = Instant::now();
            if let Err(error) = black_box(expression.evaluate(page.tree(), NodeId::DOCUMENT)) {
                println!("{source}: {error}");
                break;
            }
            best = best.min(start.elapsed());
        }
        let ratio = best.as_secs_f64() / base.get_or_insert(best).as_secs_f64();
        println!("{source:50} {:>10.1} µs {ratio:>8.2} ×", best.as_secs_f64() * 1e6);
    }
    let start = Instant::now();
    for _ in 0..1000 {
        black_box(
            Expression::compile("//div[contains(@class, 'row')]/ul/li[position() < 4]//a/@href").unwrap(),
        );
    }
    println!("{:50} {:>10.1} µs", "compile", start.elapsed().as_secs_f64() * 1e3);
}
