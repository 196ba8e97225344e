//! The jar as a whole: setting by hand, deleting, hooks, threads.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use htmlsession::cookies::{Context, CookieSpec, Filter, Jar, Reason, SameSite, Verdict};

use super::{START, all, header, jar, store, url};

#[test]
fn setting_by_hand_keeps_the_rules() {
    let (jar, _) = jar();
    let base = CookieSpec { name: b"a", value: b"1", domain: "www.example.com", ..CookieSpec::default() };
    let cases: &[(CookieSpec<'_>, Reason)] = &[
        (base, Reason::Accepted),
        (CookieSpec { value: b"2", ..base }, Reason::Replaced),
        (CookieSpec { expires: Some(START), ..base }, Reason::Deleted),
        (CookieSpec { expires: Some(START), ..base }, Reason::DeletedNothing),
        (CookieSpec { domain: ".Example.COM", host_only: false, ..base }, Reason::Accepted),
        (CookieSpec { domain: "co.uk", host_only: false, ..base }, Reason::Accepted),
        (CookieSpec { domain: "not a host", ..base }, Reason::DomainInvalid),
        (CookieSpec { domain: "", ..base }, Reason::DomainInvalid),
        (CookieSpec { name: b"", value: b"", ..base }, Reason::Empty),
        (CookieSpec { name: b"a=b", ..base }, Reason::Malformed),
        (CookieSpec { value: b"1; Secure", ..base }, Reason::Malformed),
        (CookieSpec { value: b"1\r\n", ..base }, Reason::ControlCharacter),
        (CookieSpec { path: "x", ..base }, Reason::Malformed),
        (CookieSpec { path: "/\u{fc}", ..base }, Reason::PathInvalid),
        (CookieSpec { name: b"__Host-a", ..base }, Reason::PrefixHost),
        (CookieSpec { name: b"__Host-a", secure: true, ..base }, Reason::Accepted),
        (CookieSpec { name: b"__Host-a", secure: true, path: "/x", ..base }, Reason::PrefixHost),
        (CookieSpec { same_site: SameSite::None, ..base }, Reason::SameSiteNoneInsecure),
        (CookieSpec { partition: Some("https://x.example"), ..base }, Reason::PartitionedInsecure),
    ];
    for (spec, expected) in cases {
        assert_eq!(jar.set(spec).reason, *expected, "{spec:?}");
    }
    let long = vec![b'x'; 4096];
    assert_eq!(jar.set(&CookieSpec { value: &long, ..base }).reason, Reason::TooLong);
    assert_eq!(header(&jar, "http://sub.example.com/"), "a=1");
    assert_eq!(header(&jar, "http://sub.co.uk/"), "");
    assert_eq!(header(&jar, "http://co.uk/"), "a=1");
    jar.set(&CookieSpec { name: b"far", expires: Some(i64::MAX - 1), ..base });
    assert_eq!(
        jar.get(&url("http://www.example.com/"), b"far").unwrap().expires(),
        Some(START + 34_560_000_000)
    );
}

#[test]
fn a_snapshot_is_sorted_and_stays_as_it_is() {
    let (jar, _) = jar();
    for (site, field) in [
        ("http://b.example/", "z=1"),
        ("http://a.example/", "b=1; Path=/x"),
        ("http://a.example/", "b=1; Path=/"),
        ("http://a.example/", "a=1; Path=/x"),
        ("http://b.example/", "y=1"),
    ] {
        store(&jar, site, field);
    }
    let before = all(&jar);
    jar.clear();
    store(&jar, "http://a.example/", "b=2; Path=/");
    let show: Vec<_> = before
        .iter()
        .map(|c| {
            format!("{} {} {}={}", c.domain(), c.path(), c.name().escape_ascii(), c.value().escape_ascii())
        })
        .collect();
    assert_eq!(
        show,
        ["a.example / b=1", "a.example /x a=1", "a.example /x b=1", "b.example / y=1", "b.example / z=1"]
    );
}

#[test]
fn deleting() {
    let (jar, _) = jar();
    let fill = || {
        jar.clear();
        for (site, field) in [
            ("http://example.com/", "a=1"),
            ("http://example.com/", "b=1; Max-Age=60"),
            ("http://www.example.com/", "a=1; Path=/x"),
            ("http://www.example.com/", "c=1; Domain=example.com"),
            ("http://other.com/", "a=1"),
            ("http://10.0.0.1/", "a=1"),
        ] {
            assert_eq!(store(&jar, site, field), Reason::Accepted);
        }
    };
    let cases: &[(Filter<'_>, usize)] = &[
        (Filter::default(), 6),
        (Filter { name: Some(b"a"), ..Filter::default() }, 4),
        (Filter { domain: Some("example.com"), ..Filter::default() }, 3),
        (Filter { domain: Some("example.com"), subdomains: true, ..Filter::default() }, 4),
        (Filter { domain: Some("com"), subdomains: true, ..Filter::default() }, 5),
        (Filter { domain: Some("0.1"), subdomains: true, ..Filter::default() }, 0),
        (Filter { domain: Some("www.example.com"), path: Some("/x"), ..Filter::default() }, 1),
        (Filter { domain: Some("absent.example"), ..Filter::default() }, 0),
        (Filter { session: true, ..Filter::default() }, 5),
    ];
    for (filter, expected) in cases {
        fill();
        assert_eq!(jar.cookies(filter).len(), *expected, "{filter:?}");
        assert_eq!(jar.delete(filter), *expected, "{filter:?}");
        assert_eq!(jar.len(), 6 - expected, "{filter:?}");
        assert_eq!(jar.cookies(filter).len(), 0, "{filter:?}");
    }
    fill();
    assert_eq!(jar.clear_session(), 5);
    assert_eq!(header(&jar, "http://example.com/"), "b=1");
    fill();
    assert_eq!(jar.delete_if(|cookie| cookie.domain().contains("other") && jar.len() == 6), 1);
    assert_eq!(jar.clear(), 5);
}

#[test]
fn subdomains_below_a_public_suffix_are_found() {
    for (domain, sites) in [
        ("amazonaws.com", ["amazonaws.com", "ec2.amazonaws.com", "z.s3.amazonaws.com", "s3.amazonaws.com"]),
        ("kawasaki.jp", ["kawasaki.jp", "a.b.kawasaki.jp", "b.kawasaki.jp", "a.city.kawasaki.jp"]),
        ("b.kawasaki.jp", ["b.kawasaki.jp", "a.b.kawasaki.jp", "c.b.kawasaki.jp", "d.c.b.kawasaki.jp"]),
        ("example.com.", ["example.com.", "a.example.com.", "b.a.example.com.", "c.example.com."]),
    ] {
        let (jar, _) = jar();
        for site in sites {
            assert_eq!(store(&jar, &format!("http://{site}/"), "a=1"), Reason::Accepted);
        }
        let filter = Filter { domain: Some(domain), subdomains: true, ..Filter::default() };
        assert_eq!((jar.cookies(&filter).len(), jar.delete(&filter)), (4, 4), "{domain}");
    }
}

#[test]
fn the_policy_decides_outside_the_locks() {
    let jar = Arc::new(Jar::new());
    let inner = Arc::downgrade(&jar);
    jar.set_policy(Some(Arc::new(move |url, cookie| {
        // Using the jar from here must not lock up.
        let jar = inner.upgrade().unwrap();
        jar.store(&Url::parse("http://elsewhere.invalid/").unwrap(), b"\x01", &Context::default());
        jar.cookies_for(url, &Context::default());
        match cookie.name() {
            b"tracker" => Verdict::Refuse,
            b"long" => Verdict::SessionOnly,
            _ => Verdict::Accept,
        }
    })));
    use url::Url;
    assert_eq!(store(&jar, "http://example.com/", "tracker=1"), Reason::Policy);
    assert_eq!(store(&jar, "http://example.com/", "long=1; Max-Age=60"), Reason::Accepted);
    assert_eq!(store(&jar, "http://example.com/", "other=1; Max-Age=60"), Reason::Accepted);
    assert_eq!(store(&jar, "http://example.com/", "tracker=1; Max-Age=0"), Reason::DeletedNothing);
    assert_eq!(all(&jar).iter().map(|cookie| cookie.is_session()).collect::<Vec<_>>(), [true, false]);
    jar.set_policy(None);
    assert_eq!(store(&jar, "http://example.com/", "tracker=1"), Reason::Accepted);
}

#[test]
fn every_change_is_told() {
    let (jar, time) = jar();
    let told = Arc::new(Mutex::new(Vec::new()));
    let log = told.clone();
    jar.set_change_hook(Some(Arc::new(move |cookie, reason| {
        log.lock().unwrap().push(format!("{} {reason:?}", cookie.name().escape_ascii()));
    })));
    let site = "http://example.com/";
    store(&jar, site, "a=1");
    store(&jar, site, "a=2");
    store(&jar, site, "b=1; Max-Age=1");
    store(&jar, site, "a=; Max-Age=0");
    store(&jar, site, "bad=1; Domain=other.example");
    time.store(START + 1000, Ordering::Relaxed);
    store(&jar, site, "c=1");
    jar.clear();
    let expected =
        ["a Accepted", "a Replaced", "b Accepted", "a Deleted", "b Expired", "c Accepted", "c Cleared"];
    assert_eq!(*told.lock().unwrap(), expected);
}

#[test]
fn a_replaced_cookie_is_told_as_it_is_kept() {
    let (jar, time) = jar();
    let told = Arc::new(Mutex::new(Vec::new()));
    let log = told.clone();
    jar.set_change_hook(Some(Arc::new(move |cookie, _| log.lock().unwrap().push(cookie.clone()))));
    let site = "http://example.com/";
    store(&jar, site, "a=1");
    time.store(START + 1000, Ordering::Relaxed);
    store(&jar, site, "a=2");
    let told: Vec<_> =
        told.lock().unwrap().iter().map(|cookie| (cookie.value().to_vec(), cookie.creation())).collect();
    assert_eq!(told, [(b"1".to_vec(), START), (b"2".to_vec(), START)]);
    assert_eq!(all(&jar)[0].creation(), START);
}

#[test]
fn one_response_is_stored_all_at_once() {
    let jar = Arc::new(Jar::new());
    let done = Arc::new(AtomicBool::new(false));
    let seen = Arc::new(AtomicUsize::new(0));
    let site = url("https://example.com/");
    let readers: Vec<_> = (0..2)
        .map(|_| {
            let (jar, done, seen, site) = (jar.clone(), done.clone(), seen.clone(), site.clone());
            std::thread::spawn(move || {
                let mut out = Vec::new();
                while !done.load(Ordering::Relaxed) {
                    out.clear();
                    if jar.header(&site, &Context::default(), &mut out) != 0 {
                        let text = std::str::from_utf8(&out).unwrap();
                        let values: Vec<_> =
                            text.split("; ").map(|pair| pair.split('=').nth(1).unwrap()).collect();
                        assert!(
                            values.len() == 5 && values.iter().all(|value| *value == values[0]),
                            "{text}"
                        );
                        seen.fetch_add(1, Ordering::Relaxed);
                    }
                }
            })
        })
        .collect();
    let mut round = 0;
    while round < 2000 || seen.load(Ordering::Relaxed) == 0 {
        let fields: Vec<String> = (0..5).map(|index| format!("c{index}={round}")).collect();
        jar.store_response(&site, fields.iter().map(String::as_bytes), &Context::default());
        round += 1;
    }
    done.store(true, Ordering::Relaxed);
    readers.into_iter().for_each(|reader| reader.join().unwrap());
}

#[test]
fn sixteen_threads_on_one_jar() {
    let jar = Arc::new(Jar::new());
    let mut options = jar.options();
    options.max_total = 300;
    jar.set_options(&options);
    let threads: Vec<_> = (0..16_u64)
        .map(|thread| {
            let jar = jar.clone();
            std::thread::spawn(move || {
                let mut out = Vec::new();
                for step in 0..500_u64 {
                    let site = url(&format!("https://s{}.example/", (thread * 31 + step * 17) % 100));
                    let field = format!("c{}={step}; Max-Age={}", step % 9, step % 4);
                    jar.store(&site, field.as_bytes(), &Context::default());
                    out.clear();
                    jar.header(&site, &Context::default(), &mut out);
                    match step % 100 {
                        0 => drop(jar.cookies(&Filter::default())),
                        50 => drop(jar.delete(&Filter { name: Some(b"c1"), ..Filter::default() })),
                        99 => drop(jar.len()),
                        _ => {}
                    }
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    // The count and the cookies agree, and the limit held.
    let count = all(&jar).len();
    assert_eq!(jar.clear(), count);
    assert!(count <= 300 + 16, "{count}");
    assert_eq!(jar.len(), 0);
}
