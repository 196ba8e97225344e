//! Properties that hold for any input, tried on many random ones.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use htmlsession::cookies::{Context, Format, Jar, LoadOptions, Reason, SameSite, Site, parse};
use url::Url;

use super::random::Random;
use super::{START, all, jar};

const HOSTS: &[&str] = &[
    "example.com",
    "www.example.com",
    "a.www.example.com",
    "example.co.uk",
    "co.uk",
    "badexample.com",
    "user.github.io",
    "localhost",
    "a.localhost",
    "127.0.0.1",
    "10.0.0.1",
    "0.0.1",
    "[::1]",
    "[2001:db8::1]",
    "example.com.",
    "com",
    "www.ck",
    "a.b.ck",
];

pub fn random_url(random: &mut Random) -> Url {
    let scheme = random.pick(&["http", "https", "http", "https", "ws", "wss"]);
    let host = random.pick(HOSTS);
    let path = random.pick(&["", "/", "/a", "/a/", "/a/b", "/a/b/c", "/ab", "/A", "/a%20b", "/a?/b#/c"]);
    Url::parse(&format!("{scheme}://{host}{path}")).unwrap()
}

pub fn random_field(random: &mut Random) -> Vec<u8> {
    let mut field: Vec<u8> = match random.below(12) {
        0 => (0..random.below(30)).map(|_| random.next() as u8).collect(),
        1 => random
            .pick(&["=", "", " ", "=x", "x", "=a=b", "__Host-", "=__Secure-x", "a==b", "\t=\t"])
            .as_bytes()
            .to_vec(),
        2 => {
            let length = 4093 + random.below(6);
            [b"a=".as_slice(), &vec![b'v'; length]].concat()
        }
        _ => {
            let prefix =
                random.pick(&["", "", "", "", "__Host-", "__secure-", "__Http-", "__Host-Http-", "__HOST-"]);
            let name = random.pick(&["a", "b", "c", "d e", "\u{e9}"]);
            format!("{prefix}{name}={}", random.below(100)).into_bytes()
        }
    };
    for _ in 0..random.below(6) {
        field.extend_from_slice(random.pick(&[";", "; ", " ;\t", ";;"]).as_bytes());
        let attribute = match random.below(9) {
            0 | 1 => "Secure".into(),
            2 => format!("{}{}", random.pick(&["HttpOnly", "httponly=", "Partitioned"]), ""),
            3 => format!("SameSite={}", random.pick(&["Lax", "strict", "None", "none", "x", "", "Strict "])),
            4 => format!(
                "Domain={}{}",
                random.pick(&["", ".", ".."]),
                random.pick(&[HOSTS, &["", ".", "org", "EXAMPLE.com"]].concat())
            ),
            5 => format!(
                "Path={}",
                random.pick(&["/", "/a", "/a/", "/a/b", "", "a", "/A", "/a%20b", "/\u{fc}"])
            ),
            6 => format!(
                "Max-Age={}",
                random.pick(&["0", "-1", "1", "60", "99999999999999999999", "x", "", "-", "1.5"])
            ),
            7 => format!(
                "Expires={}",
                random.pick(&[
                    "Wed, 01 Jan 2020 00:01:00 GMT",
                    "1 jan 1970 0:0:0",
                    "never",
                    "31 dec 9999 1:1:1"
                ])
            ),
            _ => format!("x={}", "y".repeat(1023 + random.below(3))),
        };
        field.extend_from_slice(attribute.as_bytes());
    }
    field
}

pub fn random_context(random: &mut Random) -> Context<'static> {
    let sites = [Site::Same, Site::Same, Site::Same, Site::Navigation, Site::UnsafeNavigation, Site::Cross];
    let partitions = [None, None, Some("https://one.example"), Some("https://two.example")];
    Context {
        http_api: !random.once_in(5),
        site: sites[random.below(6)],
        partition: partitions[random.below(4)],
    }
}

fn fill(random: &mut Random, jar: &Jar, fields: usize) {
    for _ in 0..fields {
        let (url, context) = (random_url(random), random_context(random));
        jar.store(&url, &random_field(random), &context);
    }
}

fn host(url: &Url) -> &str {
    url.host_str().unwrap().trim_matches(['[', ']'])
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost") || host.starts_with("127.") || host == "::1"
}

#[test]
fn what_is_sent_belongs_to_the_host_and_secure_stays_secure() {
    let mut random = Random(1);
    let mut sent = 0;
    for _ in 0..300 {
        let (jar, time) = jar();
        fill(&mut random, &jar, 60);
        time.fetch_add(random.below(100_000) as i64, Ordering::Relaxed);
        let now = jar.now();
        for _ in 0..30 {
            let (url, context) = (random_url(&mut random), random_context(&mut random));
            let (host, path) = (host(&url), url.path());
            let cookies = jar.cookies_for(&url, &context);
            for cookie in &cookies {
                let domain = cookie.domain();
                let covers = host == domain
                    || (!cookie.host_only()
                        && host.strip_suffix(domain).is_some_and(|start| start.ends_with('.'))
                        && host.parse::<std::net::IpAddr>().is_err());
                assert!(covers, "{url} {cookie:?}");
                assert!(cookie.host_only() || !["com", "co.uk", "github.io", "ck"].contains(&domain));
                let secure = matches!(url.scheme(), "https" | "wss") || is_loopback(host);
                assert!(secure || !cookie.secure(), "{url} {cookie:?}");
                assert!(context.http_api || !cookie.http_only());
                assert!(cookie.expires().is_none_or(|time| time > now));
                assert!(path.starts_with(cookie.path()));
                assert!(cookie.partition().is_none_or(|key| context.partition == Some(key)));
                assert!(match context.site {
                    Site::Same => true,
                    Site::Navigation => cookie.same_site() != SameSite::Strict,
                    _ => cookie.same_site() == SameSite::None,
                });
                let name = cookie.name().to_ascii_lowercase();
                assert!(cookie.secure() || !(name.starts_with(b"__host-") || name.starts_with(b"__secure-")));
                sent += 1;
            }
            assert!(cookies.is_sorted_by_key(|cookie| std::cmp::Reverse(cookie.path().len())));
            let expected: Vec<Vec<u8>> = cookies
                .iter()
                .map(|c| {
                    if c.name().is_empty() {
                        c.value().to_vec()
                    } else {
                        [c.name(), b"=", c.value()].concat()
                    }
                })
                .collect();
            let mut out = Vec::new();
            assert_eq!(jar.header(&url, &context, &mut out), cookies.len());
            assert_eq!(out, expected.join(&b"; "[..]));
            let explained = jar.explain(&url, &context);
            let explained = explained.iter().filter(|(_, reason)| *reason == Reason::Sent);
            assert_eq!(explained.count(), cookies.len());
        }
    }
    assert!(sent > 2000, "{sent}");
}

#[test]
fn no_two_cookies_have_the_same_key_and_the_count_is_right() {
    let mut random = Random(2);
    for _ in 0..200 {
        let (jar, _) = jar();
        fill(&mut random, &jar, 100);
        let cookies = all(&jar);
        let keys: BTreeSet<_> =
            cookies.iter().map(|c| (c.partition(), c.name(), c.domain(), c.host_only(), c.path())).collect();
        assert_eq!((keys.len(), jar.len()), (cookies.len(), cookies.len()));
    }
}

#[test]
fn saving_and_loading_json_is_the_identity() {
    let mut random = Random(3);
    for _ in 0..200 {
        let (one, time) = jar();
        for _ in 0..40 {
            time.fetch_add(random.below(7) as i64 - 3, Ordering::Relaxed);
            fill(&mut random, &one, 1);
        }
        let (other, clock) = jar();
        clock.store(one.now(), Ordering::Relaxed);
        let (text, _) = one.save_bytes(Format::Json);
        let report = other.load_bytes(&text, &LoadOptions::default()).unwrap();
        assert_eq!(report.skipped, []);
        assert_eq!(all(&one), all(&other));
        assert_eq!(other.save_bytes(Format::Json).0, text);
        for _ in 0..10 {
            let (url, context) = (random_url(&mut random), random_context(&mut random));
            let (mut left, mut right) = (Vec::new(), Vec::new());
            one.header(&url, &context, &mut left);
            other.header(&url, &context, &mut right);
            assert_eq!(left, right);
        }
    }
}

#[test]
fn saving_and_loading_netscape_is_the_identity_for_what_it_holds() {
    let mut random = Random(4);
    for _ in 0..100 {
        let (one, _) = jar();
        fill(&mut random, &one, 40);
        let (text, _) = one.save_bytes(Format::Netscape);
        let (other, _) = jar();
        assert_eq!(other.load_bytes(&text, &LoadOptions::default()).unwrap().skipped, []);
        assert_eq!(other.save_bytes(Format::Netscape).0, text);
    }
}

#[test]
fn storing_the_same_again_changes_nothing() {
    let mut random = Random(5);
    for _ in 0..3000 {
        let (jar, _) = jar();
        let (url, context, field) =
            (random_url(&mut random), random_context(&mut random), random_field(&mut random));
        let first = jar.store(&url, &field, &context).reason;
        let before = all(&jar);
        let second = jar.store(&url, &field, &context).reason;
        assert_eq!(all(&jar), before);
        assert_eq!(second, if first == Reason::Accepted { Reason::Replaced } else { first });
    }
}

#[test]
fn any_bytes_are_parsed_and_any_file_is_read_without_a_panic() {
    let mut random = Random(6);
    let (jar, _) = jar();
    let pieces: &[&str] = &[
        "\t",
        "\n",
        "\r\n",
        "#HttpOnly_",
        "TRUE",
        "FALSE",
        "example.com",
        "0",
        "1e9",
        "-",
        "Set-Cookie:",
        "=",
        ";",
        "{",
        "}",
        "[",
        "]",
        "\"cookies\"",
        ":",
        ",",
        "\"name\"",
        "\"a\"",
        "\"domain\"",
        "\"a.b\"",
        "null",
        "1.5",
        "#LWP-Cookies-2.0\n",
        "Set-Cookie3:",
        "\\",
        "\"",
        "/",
        "\u{e9}",
    ];
    for _ in 0..20_000 {
        let mut bytes = Vec::new();
        for _ in 0..random.below(25) {
            if random.once_in(8) {
                bytes.push(random.next() as u8);
            } else {
                bytes.extend_from_slice(random.pick(pieces).as_bytes());
            }
        }
        let _ = parse::parse(&bytes);
        let lenient = LoadOptions { lenient: random.once_in(2), ..LoadOptions::default() };
        let _ = jar.load_bytes(&bytes, &lenient);
    }
    assert!(jar.now() == START);
}
