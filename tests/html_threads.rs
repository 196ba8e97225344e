//! One document, asked by many threads at once: all that is worked out on first use (indexes, text,
//! base URL, compiled queries in the shared caches) is worked out while others ask for it too.

use htmlsession::html::form::{Form, by_index};
use htmlsession::html::{Document, LinkOptions, NodeId, ParseOptions, SearchOptions};
use std::sync::{Arc, Barrier};
use std::thread;

const THREADS: usize = 64;

fn page() -> Document {
    let mut html = String::from("<!doctype html><title>Threads</title><base href=/base/><table>");
    for row in 0..200 {
        html += &format!(
            "<tr class='r{}' id=i{row}><td>Item {row}<td><a href='{row}.html'>price {row} €</a>",
            row % 7
        );
    }
    html += "</table><form><input name=q value=1><button name=go>Go</button></form>";
    let options = ParseOptions { url: "http://h/p".parse().ok(), ..ParseOptions::default() };
    Document::from_bytes(html.as_bytes(), options).unwrap()
}

/// Everything that a page can be asked, in an order that depends on the thread.
fn ask(page: &Document, thread: usize) -> Vec<String> {
    let all = NodeId::DOCUMENT;
    let questions: [&dyn Fn() -> String; 9] = [
        &|| format!("{:?}", page.find(all, "tr:nth-child(odd) > td + td a").unwrap().len()),
        &|| format!("{:?}", page.find(all, &format!("#i{} td:contains('Item')", 7)).unwrap().len()),
        &|| format!("{:?}", page.find_values(all, "tr.r3 a::attr(href)").unwrap().iter().collect::<Vec<_>>()),
        &|| format!("{:?}", page.xpath(all, "count(//td[contains(., '€')]/preceding::tr)").unwrap()),
        &|| format!("{:?}", page.find_containing(all, &["ITEM 19", "none"]).unwrap().len()),
        &|| {
            let mut text = String::new();
            page.text(all, &mut text);
            page.full_text(all, &mut text);
            text
        },
        &|| page.search(all, "price {:d} €", SearchOptions::default()).unwrap().to_json(),
        &|| format!("{:?}", page.links(all, LinkOptions::absolute()).unwrap().iter().collect::<Vec<_>>()),
        &|| {
            let form = Form::new(page, by_index(page, 0).unwrap()).unwrap();
            format!("{} {:?}", form.to_json(), page.base_url())
        },
    ];
    let mut answers = vec![String::new(); questions.len()];
    for turn in 0..questions.len() {
        let at = (turn + thread) % questions.len();
        answers[at] = questions[at]();
    }
    answers
}

#[test]
fn many_threads_ask_one_document_and_get_the_same_answers() {
    let expected = ask(&page(), 0);
    // A fresh page, that nobody has asked anything yet.
    let page = Arc::new(page());
    let start = Arc::new(Barrier::new(THREADS));
    let threads: Vec<_> = (0..THREADS)
        .map(|number| {
            let (page, start) = (page.clone(), start.clone());
            thread::spawn(move || {
                start.wait();
                ask(&page, number)
            })
        })
        .collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), expected);
    }
}
