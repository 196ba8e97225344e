//! The matcher's promises about work, which only its counter shows.

use super::*;
use crate::error::Code;

fn work(template: &str, text: &str, budget: u64) -> Result<usize> {
    Ok(Template::compile(template)?.search_within(text, usize::MAX, budget)?.len())
}

#[test]
fn fields_between_literals_take_linear_work() {
    let page = "<a href=\"x\">y</a> ".repeat(10_000);
    assert_eq!(work("<a href=\"{}\">{}</a>", &page, 40 * page.len() as u64).unwrap(), 10_000);
    // Each of these would take quadratic or cubic work if failures were not remembered.
    for template in [
        "<a{}y{}>{}nowhere",
        "{}nowhere",
        "{}<a{}y{}nowhere",
        "<a{:S}nowhere",
        "{:w}nowhere",
        "{:>9}nowhere",
        "{:x<}!",
    ] {
        let found = work(template, &page, 40 * page.len() as u64);
        assert_eq!(found.unwrap(), 0, "{template}");
    }
    let run = "x".repeat(200_000);
    assert_eq!(work("{:w}!", &run, 10 * run.len() as u64).unwrap(), 0);
    assert_eq!(work("{:d}{:w}{:S}{:l}!", &run, 40 * run.len() as u64).unwrap(), 0);
}

#[test]
fn hopeless_work_ends_with_an_error() {
    let text = "ab".repeat(4_000);
    let error = work("{x}{y}{x}{y}!", &text, BUDGET / 20).unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (Code::Budget, "the search template takes too much work on this text")
    );
    let groups = "1,111".to_string() + &",111".repeat(20_000);
    assert_eq!(work("{:n}!", &groups, BUDGET / 20).unwrap_err().code(), Code::Budget);
}
