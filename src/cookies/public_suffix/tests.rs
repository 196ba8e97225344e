use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::*;
use crate::cookies::canonical_domain;

const RULES: &str = "src/cookies/public_suffix/rules.txt";

const NOTICE: &str = "\
// The rules of the public suffix list, both sections, in canonical form.
//
// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.
//
// The list with its comments: https://publicsuffix.org/list/public_suffix_list.dat
";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rules() -> Vec<String> {
    let text = fs::read_to_string(root().join(RULES)).unwrap();
    text.lines().filter(|line| !line.starts_with("//")).map(str::to_owned).collect()
}

/// The names of rules without `*.` and `!`.
fn name(rule: &str) -> &str {
    rule.trim_start_matches(['*', '.', '!'])
}

/// The folder of the `psl` crate that Cargo.lock names.
fn psl_crate() -> PathBuf {
    // Not "--offline": it reads all packages, and another build than the default one may have fetched less.
    let arguments = ["metadata", "--format-version", "1", "--locked"];
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages.iter().find(|package| package["name"] == "psl").unwrap();
    Path::new(package["manifest_path"].as_str().unwrap()).parent().unwrap().to_owned()
}

/// Hosts are looked up in canonical form, and the list is written in Unicode.
fn canonical(rule: &str) -> String {
    let (mark, name) = rule.split_at(rule.len() - name(rule).len());
    format!("{mark}{}", canonical_domain(name).unwrap())
}

#[test]
fn the_rules_are_those_of_the_psl_crate() {
    let list = fs::read_to_string(psl_crate().join("data/rules.txt")).unwrap();
    let text = list.lines().fold(NOTICE.to_owned(), |text, rule| text + &canonical(rule) + "\n");
    let file = root().join(RULES);
    if std::env::var_os("UPDATE_PUBLIC_SUFFIXES").is_some() {
        fs::write(&file, text).unwrap();
        return;
    }
    let update = "run UPDATE_PUBLIC_SUFFIXES=1 cargo test --lib public_suffix";
    assert!(fs::read_to_string(&file).unwrap() == text, "{RULES} is not what the psl crate says: {update}");
}

/// Two oracles: the rules asked one by one, and the `psl` crate.
struct Oracles {
    rules: HashSet<String>,
    /// The names that longer names of rules end with.
    inner: HashSet<String>,
}

impl Oracles {
    fn new() -> Oracles {
        let rules = rules();
        let inner = |rule: &String| {
            let dots: Vec<usize> = rule.match_indices('.').map(|(dot, _)| dot).collect();
            dots.into_iter().map(|dot| rule[dot + 1..].to_owned()).collect::<Vec<_>>()
        };
        Oracles { inner: rules.iter().flat_map(inner).collect(), rules: rules.into_iter().collect() }
    }

    /// By the letter of publicsuffix.org: of the rules that match, an exception, or the longest.
    fn by_rules(&self, host: &str) -> usize {
        let suffixes = || [host].into_iter().chain(host.match_indices('.').map(|(dot, _)| &host[dot + 1..]));
        let parent = |name: &str| name.find('.').map(|dot| name[dot + 1..].to_owned());
        let has = |rule: String| self.rules.contains(&rule);
        if let Some(exception) = suffixes().find(|name| has(format!("!{name}"))) {
            return parent(exception).unwrap().len();
        }
        let matches = |name: &&str| {
            has(name.to_string()) || parent(name).is_some_and(|parent| has(format!("*.{parent}")))
        };
        suffixes().find(matches).unwrap_or_else(|| suffixes().last().unwrap()).len()
    }

    fn by_psl(host: &str) -> usize {
        let labels = || host.rsplit('.').map(str::as_bytes);
        psl::Psl::find(&psl::List, labels()).len.max(labels().next().unwrap().len()).min(host.len())
    }

    #[track_caller]
    fn compare(&self, host: &str) {
        let expected = self.by_rules(host);
        assert_eq!(length(host.as_bytes()), expected, "{host}");
        if Oracles::by_psl(host) != expected {
            // The crate forgets `*.cloud.int.apple` for r.cloud.int.apple, since
            // `*.r.cloud.int.apple` is a rule as well.
            let suffix = &host[host.len() - expected..];
            let parent = suffix.split_once('.').map_or("", |(_, parent)| parent);
            assert!(self.rules.contains(&format!("*.{parent}")) && self.inner.contains(suffix), "{host}");
        }
    }
}

/// The name of each rule, hosts around it, and hosts that nearly are one.
#[test]
fn every_rule_decides() {
    let oracles = Oracles::new();
    for rule in rules() {
        let name = name(&rule);
        let parent = name.split_once('.').map_or("", |(_, parent)| parent);
        oracles.compare(name);
        oracles.compare(parent);
        for before in ["a", "www", "a.b", "city", "x.y.z", "", "a.", ".", "xn--p1ai", "com", "co.uk", "1"] {
            oracles.compare(&format!("{before}.{name}"));
            oracles.compare(&format!("{before}.{parent}"));
            oracles.compare(&format!("{before}{name}"));
            oracles.compare(&format!("{before}-{parent}"));
        }
        for at in 1..name.len() {
            oracles.compare(&name[at..]);
            oracles.compare(&name[..at]);
            oracles.compare(&format!("{}.{}", &name[..at], &name[at..]));
        }
    }
}

/// Labels of rules put together anew.
#[test]
fn random_hosts() {
    let oracles = Oracles::new();
    let rules = rules();
    let labels: Vec<&str> = rules.iter().flat_map(|rule| name(rule).split('.')).collect();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut lengths: HashMap<usize, usize> = HashMap::new();
    for _ in 0..100_000 {
        let mut host = String::new();
        for _ in 0..random(4) {
            host += labels[random(labels.len())];
            host += if random(50) == 0 { ".." } else { "." };
        }
        let rule = name(&rules[random(rules.len())]);
        // The rule, what it ends with, or a name that ends alike.
        host += match random(4) {
            0 => rule.splitn(random(3) + 1, '.').last().unwrap(),
            1 => &rule[random(rule.len())..],
            _ => rule,
        };
        oracles.compare(&host);
        *lengths.entry(length(host.as_bytes())).or_default() += 1;
    }
    assert!(lengths.len() > 20, "{lengths:?}");
}

#[test]
fn every_kind_of_rule_is_there() {
    let cases = [
        ("com", "com"),
        ("example.com", "com"),
        ("www.example.co.uk", "co.uk"),
        // A wildcard, and an exception from it.
        ("a.b.ck", "b.ck"),
        ("a.www.ck", "ck"),
        ("a.b.kobe.jp", "b.kobe.jp"),
        ("a.city.kobe.jp", "kobe.jp"),
        ("kobe.jp", "jp"),
        // The private section, with a wildcard, and a wildcard with rules below it.
        ("user.github.io", "github.io"),
        ("a.b.compute.amazonaws.com", "b.compute.amazonaws.com"),
        ("compute.amazonaws.com", "com"),
        ("r.cloud.int.apple", "r.cloud.int.apple"),
        // Names in other scripts.
        ("www.xn--85x722f.xn--55qx5d.cn", "xn--55qx5d.cn"),
        ("a.xn--p1ai", "xn--p1ai"),
        // No rule; empty labels; what no host is.
        ("a.b.unlisted", "unlisted"),
        ("localhost", "localhost"),
        ("a..com", "com"),
        ("a..ck", ".ck"),
        ("", ""),
        ("COM.\u{1}", "\u{1}"),
        ("com\u{1}com", "com\u{1}com"),
    ];
    for (host, suffix) in cases {
        assert_eq!(&host[host.len() - length(host.as_bytes())..], suffix, "{host}");
    }
}

#[test]
fn names_that_have_rules_below_them() {
    let rules = rules();
    let parents: HashSet<&str> = rules
        .iter()
        .flat_map(|rule| {
            let rule = rule.trim_start_matches('!');
            rule.match_indices('.').map(move |(dot, _)| &rule[dot + 1..])
        })
        .collect();
    for name in rules.iter().map(|rule| name(rule)).chain(["example.com", "s3.amazonaws.co", ".com"]) {
        assert_eq!(has_rules_below(name.as_bytes()), parents.contains(name), "{name}");
    }
    assert!(parents.iter().all(|parent| has_rules_below(parent.as_bytes())));
}
