//! HTTP Strict Transport Security (RFC 6797): hosts that are only reached over https.

use super::syntax::{Scanner, field_text};
use crate::error::{Code, Error, Result};
use crate::http::date::{parse_compact_date, write_compact_date};
use std::collections::HashMap;
use std::collections::hash_map::Entry::{Occupied, Vacant};
use std::fmt::Write;
use url::{Host, Url};

/// Hosts of servers remembered at most, by default.
const DEFAULT_CAPACITY: usize = 10_000;
/// A field with more directives than this is invalid: real ones have three.
const MOST_DIRECTIVES: usize = 32;
/// A `max-age` beyond this counts as this: 100 years.
const LONGEST: i64 = 100 * 365 * 86_400;

/// The hosts that asked for https. Time is given with each call, in seconds since 1970-01-01 UTC.
#[derive(Clone, Debug)]
pub struct Hsts {
    hosts: HashMap<Box<str>, Entry>,
    capacity: usize,
}

/// What a `Strict-Transport-Security` field asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    max_age: i64,
    subdomains: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    /// `i64::MAX`: never.
    expires: i64,
    subdomains: bool,
}

impl Default for Hsts {
    fn default() -> Hsts {
        Hsts::with_capacity(DEFAULT_CAPACITY)
    }
}

impl Hsts {
    /// An empty table of at most 10,000 hosts, not counting those that are loaded.
    pub fn new() -> Hsts {
        Hsts::default()
    }

    /// An empty table of at most this many hosts, not counting those that are loaded; at the limit the
    /// one that expires first goes.
    pub fn with_capacity(capacity: usize) -> Hsts {
        Hsts { hosts: HashMap::new(), capacity: capacity.max(1) }
    }

    /// The number of hosts, those included whose time has passed.
    pub fn len(&self) -> usize {
        self.hosts.len()
    }

    /// Whether no host is known.
    pub fn is_empty(&self) -> bool {
        self.hosts.is_empty()
    }

    /// Forgets every host.
    pub fn clear(&mut self) {
        self.hosts.clear();
    }

    /// Takes what the first `Strict-Transport-Security` field of a response asks for. It counts only
    /// over https with a verified certificate (the caller's to know), and never for addresses. Says
    /// whether the table changed.
    pub fn note(&mut self, url: &Url, policy: Policy, now: i64) -> bool {
        let Some(host) = secure_host(url) else { return false };
        if policy.max_age == 0 {
            return self.hosts.remove(host.as_str()).is_some();
        }
        let entry = Entry { expires: now.saturating_add(policy.max_age), subdomains: policy.subdomains };
        self.insert(host, entry, now);
        true
    }

    /// Turns an http URL into an https one if its host is known: port 80 becomes 443, another one
    /// stays. Says whether it did.
    pub fn upgrade(&self, url: &mut Url, now: i64) -> bool {
        if url.scheme() != "http" || !self.is_known(url, now) {
            return false;
        }
        url.set_scheme("https").is_ok()
    }

    fn is_known(&self, url: &Url, now: i64) -> bool {
        let Some(Host::Domain(host)) = url.host() else { return false };
        let host = host.trim_end_matches('.');
        let known = |name: &str, is_itself: bool| {
            self.hosts.get(name).is_some_and(|entry| entry.expires > now && (is_itself || entry.subdomains))
        };
        known(host, true) || host.match_indices('.').any(|(dot, _)| known(&host[dot + 1..], false))
    }

    fn insert(&mut self, host: String, entry: Entry, now: i64) {
        if !self.hosts.contains_key(host.as_str()) && self.hosts.len() >= self.capacity {
            self.hosts.retain(|_, entry| entry.expires > now);
            if self.hosts.len() >= self.capacity {
                let first =
                    self.hosts.iter().min_by_key(|(_, entry)| entry.expires).map(|(host, _)| host.clone());
                first.and_then(|host| self.hosts.remove(&host));
            }
        }
        self.hosts.insert(host.into(), entry);
    }

    /// The table as text, in the format of curl's HSTS file, hosts in order; those whose time has
    /// passed are left out.
    pub fn to_text(&self, now: i64) -> String {
        let mut text =
            String::from("# HSTS: one host a line, a leading dot for its subdomains too, and when it ends\n");
        let mut hosts: Vec<_> = self.hosts.iter().filter(|(_, entry)| entry.expires > now).collect();
        hosts.sort_by_key(|(host, _)| *host);
        for (host, entry) in hosts {
            let dot = if entry.subdomains { "." } else { "" };
            // Writing into a string does not fail.
            let _ = match entry.expires {
                i64::MAX => writeln!(text, "{dot}{host} \"unlimited\""),
                expires => writeln!(text, "{dot}{host} \"{}\"", write_compact_date(expires)),
            };
        }
        text
    }

    /// The hosts of a text in the format of curl's HSTS file, however many they are.
    ///
    /// # Errors
    /// [`Code::Argument`] with the number of the line that is damaged.
    pub fn parse(text: &str, now: i64) -> Result<Hsts> {
        let mut table = Hsts::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (host, entry) = parse_line(line).ok_or_else(|| {
                Error::new(Code::Argument, format!("line {} of the HSTS list is damaged", number + 1))
            })?;
            if entry.expires > now {
                table.load(host.into(), entry);
            }
        }
        Ok(table)
    }

    /// Adds the hosts of another table. Those that are known already keep the later end.
    pub fn merge(&mut self, other: Hsts) {
        for (host, entry) in other.hosts {
            self.load(host, entry);
        }
    }

    /// Hosts that the caller names take no room from those of servers.
    fn load(&mut self, host: Box<str>, entry: Entry) {
        match self.hosts.entry(host) {
            Occupied(mut known) if known.get().expires < entry.expires => drop(known.insert(entry)),
            Occupied(_) => {}
            Vacant(place) => {
                place.insert(entry);
                self.capacity += 1;
            }
        }
    }
}

/// The host of an https URL, unless it is an address.
fn secure_host(url: &Url) -> Option<String> {
    match url.host() {
        Some(Host::Domain(host)) if url.scheme() == "https" => {
            Some(host.trim_end_matches('.').to_ascii_lowercase())
        }
        _ => None,
    }
}

impl Policy {
    /// Reads a field. `None` for an invalid one: without `max-age`, or with a directive twice
    /// (RFC 6797, 6.1).
    pub fn parse(field: &[u8]) -> Option<Policy> {
        let (mut max_age, mut subdomains) = (None, false);
        let mut seen: Vec<String> = Vec::new();
        let mut scanner = Scanner::new(field);
        loop {
            scanner.skip_ows();
            let name = field_text(scanner.token()).to_ascii_lowercase();
            scanner.skip_ows();
            let value = scanner.eat(b'=').then(|| {
                scanner.skip_ows();
                scanner.quoted().unwrap_or_else(|| scanner.token().to_vec())
            });
            scanner.skip_ows();
            if !name.is_empty() {
                if seen.len() == MOST_DIRECTIVES || seen.contains(&name) {
                    return None;
                }
                match (name.as_str(), value) {
                    ("max-age", Some(value)) => max_age = Some(seconds(&value)?),
                    ("max-age", None) => return None,
                    ("includesubdomains", _) => subdomains = true,
                    _ => {}
                }
                seen.push(name);
            }
            if scanner.is_at_end() {
                return Some(Policy { max_age: max_age?, subdomains });
            }
            if !scanner.eat(b';') {
                return None;
            }
        }
    }
}

fn seconds(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = digits
        .iter()
        .fold(0i64, |number, digit| number.saturating_mul(10).saturating_add(i64::from(digit - b'0')));
    Some(value.min(LONGEST))
}

fn parse_line(line: &str) -> Option<(String, Entry)> {
    let (host, end) = line.split_once([' ', '\t'])?;
    let (host, subdomains) = match host.strip_prefix('.') {
        Some(host) => (host, true),
        None => (host, false),
    };
    let Ok(Host::Domain(host)) = Host::parse(host.trim_end_matches('.')) else { return None };
    let end = end.trim().strip_prefix('"')?.strip_suffix('"')?;
    let expires = if end == "unlimited" { i64::MAX } else { parse_compact_date(end)? };
    Some((host.to_ascii_lowercase(), Entry { expires, subdomains }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_000_000_000;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn upgraded(table: &Hsts, text: &str) -> Option<String> {
        let mut url = url(text);
        table.upgrade(&mut url, NOW).then(|| url.into())
    }

    fn note(table: &mut Hsts, host: &str, field: &str) -> bool {
        Policy::parse(field.as_bytes()).is_some_and(|policy| table.note(&url(host), policy, NOW))
    }

    fn noted(host: &str, field: &str) -> Hsts {
        let mut table = Hsts::new();
        note(&mut table, host, field);
        table
    }

    #[test]
    fn fields() {
        let cases: &[(&str, Option<(i64, bool)>)] = &[
            ("max-age=31536000", Some((31_536_000, false))),
            ("max-age=15768000 ; includeSubDomains", Some((15_768_000, true))),
            ("max-age=\"31536000\"", Some((31_536_000, false))),
            ("includesubdomains; MAX-AGE = 0", Some((0, true))),
            ("max-age=1; preload; foo=\"b;ar\"; baz=q;", Some((1, false))),
            (";; max-age=1 ;;", Some((1, false))),
            ("max-age=99999999999999999999999", Some((LONGEST, false))),
            ("includeSubDomains", None),
            ("max-age", None),
            ("max-age=", None),
            ("max-age=-1", None),
            ("max-age=1x", None),
            ("max-age=1, max-age=2", None),
            ("max-age=1; max-age=2", None),
            ("max-age=1; includeSubDomains; includesubdomains", None),
            ("", None),
        ];
        for (field, expected) in cases {
            let policy = Policy::parse(field.as_bytes()).map(|policy| (policy.max_age, policy.subdomains));
            assert_eq!(policy, *expected, "{field}");
        }
        let of = |count: usize| (0..count).map(|n| format!("; d{n}")).collect::<String>();
        assert!(Policy::parse(format!("max-age=1{}", of(31)).as_bytes()).is_some());
        assert!(Policy::parse(format!("max-age=1{}", of(32)).as_bytes()).is_none());
    }

    #[test]
    fn only_names_over_https_are_noted() {
        assert!(noted("http://h.example/", "max-age=1").is_empty());
        assert!(noted("https://1.2.3.4/", "max-age=1").is_empty());
        assert!(noted("https://[::1]/", "max-age=1").is_empty());
        assert_eq!(noted("https://H.example./", "max-age=1").len(), 1);
    }

    #[test]
    fn upgrades() {
        let table = noted("https://h.example/", "max-age=10");
        assert_eq!(upgraded(&table, "http://h.example/a?b#c").unwrap(), "https://h.example/a?b#c");
        assert_eq!(upgraded(&table, "http://u:p@H.EXAMPLE.:80/").unwrap(), "https://u:p@h.example./");
        assert_eq!(upgraded(&table, "http://h.example:8080/").unwrap(), "https://h.example:8080/");
        for other in [
            "https://h.example/",
            "http://sub.h.example/",
            "http://example/",
            "http://xh.example/",
            "http://1.2.3.4/",
        ] {
            assert_eq!(upgraded(&table, other), None, "{other}");
        }
        let table = noted("https://h.example/", "max-age=10; includeSubDomains");
        assert!(upgraded(&table, "http://a.b.h.example/").is_some());
        assert_eq!(upgraded(&table, "http://ah.example/"), None);
    }

    #[test]
    fn time_passes_and_zero_removes() {
        let mut table = noted("https://h.example/", "max-age=10");
        let mut target = url("http://h.example/");
        assert!(!table.upgrade(&mut target, NOW + 10));
        assert!(table.upgrade(&mut target, NOW + 9));
        assert!(!note(&mut table, "https://h.example/", "nonsense"));
        assert_eq!(table.len(), 1);
        assert!(note(&mut table, "https://h.example/", "max-age=0"));
        assert!(table.is_empty());
    }

    #[test]
    fn text_goes_there_and_back() {
        let mut table = noted("https://b.example/", "max-age=86400");
        note(&mut table, "https://a.example/", "max-age=10; includeSubDomains");
        table.merge(Hsts::parse("forever.example \"unlimited\"\n", NOW).unwrap());
        let text = table.to_text(NOW);
        let lines: Vec<_> = text.lines().skip(1).collect();
        assert_eq!(
            lines,
            [
                ".a.example \"20010909 01:46:50\"",
                "b.example \"20010910 01:46:40\"",
                "forever.example \"unlimited\""
            ]
        );
        let again = Hsts::parse(&text, NOW).unwrap();
        assert_eq!(again.to_text(NOW), text);
        assert_eq!(again.to_text(NOW + 20).lines().count(), 3, "what has ended is not written");
    }

    #[test]
    fn curl_files_are_read() {
        let file = "# Your HSTS cache. https://curl.se/docs/hsts.html\n# This file was generated by libcurl!\n\n\
                    .Example.com \"20301231 23:59:59\"\r\nold.example \"19990101 00:00:00\"\nb\u{fc}cher.example \"unlimited\"\n";
        let table = Hsts::parse(file, NOW).unwrap();
        assert_eq!(table.len(), 2);
        assert!(upgraded(&table, "http://www.example.com/").is_some());
        assert!(upgraded(&table, "http://xn--bcher-kva.example/").is_some());
    }

    #[test]
    fn damaged_text_is_refused() {
        for bad in [
            "h",
            "h 20301231",
            "h \"soon\"",
            "1.2.3.4 \"unlimited\"",
            ". \"unlimited\"",
            "h \"20301331 00:00:00\"",
            "a\0b \"unlimited\"",
        ] {
            let error = Hsts::parse(&format!("good.example \"unlimited\"\n{bad}\n"), NOW).unwrap_err();
            assert_eq!(
                (error.code(), error.message()),
                (Code::Argument, "line 2 of the HSTS list is damaged"),
                "{bad:?}"
            );
        }
    }

    #[test]
    fn the_table_is_bounded_and_drops_what_ends_first() {
        let mut table = Hsts::with_capacity(100);
        for number in 0..1000 {
            let field = format!("max-age={}", 1000 + number);
            note(&mut table, &format!("https://h{number}.example/"), &field);
        }
        assert_eq!(table.len(), 100);
        assert!(upgraded(&table, "http://h999.example/").is_some());
        assert!(upgraded(&table, "http://h0.example/").is_none());
    }

    #[test]
    fn whatever_is_loaded_is_kept() {
        let list: String = (0..1000).map(|number| format!("l{number}.example \"unlimited\"\n")).collect();
        let mut table = Hsts::with_capacity(2);
        for _ in 0..2 {
            table.merge(Hsts::parse(&list, NOW).unwrap());
            assert_eq!((table.len(), table.capacity), (1000, 1002));
        }
        for number in 0..3 {
            note(&mut table, &format!("https://h{number}.example/"), "max-age=9");
        }
        assert_eq!(table.len(), 1002);
    }
}
