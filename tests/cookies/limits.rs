//! Decisions L1 and L2: limits, eviction, expiry.

use std::sync::atomic::Ordering;

use htmlsession::cookies::{Context, Jar, JarOptions, LoadOptions, Reason};

use super::{START, all, header, jar, store, url};

fn limited(change: impl FnOnce(&mut JarOptions)) -> (Jar, std::sync::Arc<std::sync::atomic::AtomicI64>) {
    let (jar, time) = jar();
    let mut options = JarOptions::default();
    change(&mut options);
    jar.set_options(&options);
    assert_eq!(jar.options(), options);
    (jar, time)
}

fn names(jar: &Jar) -> Vec<String> {
    let mut names: Vec<_> =
        all(jar).iter().map(|cookie| String::from_utf8(cookie.name().to_vec()).unwrap()).collect();
    names.sort();
    names
}

#[test]
fn the_defaults() {
    let options = JarOptions::default();
    assert_eq!((options.max_per_domain, options.max_total), (180, 100_000));
    assert_eq!((options.max_per_partition, options.max_partition_bytes), (180, 10_240));
    assert_eq!((options.max_lifetime, options.max_header_bytes), (34_560_000_000, 0));
}

#[test]
fn l1_a_domain_keeps_exactly_its_limit() {
    let (jar, time) = jar();
    for index in 0..200 {
        time.fetch_add(60_000, Ordering::Relaxed);
        let host = format!("http://h{}.example.com/", index % 7);
        assert_eq!(store(&jar, &host, &format!("c{index}=1")), Reason::Accepted);
        assert_eq!(jar.len(), (index + 1).min(180));
    }
    assert_eq!(header(&jar, "http://h0.example.com/").split("; ").next(), Some("c21=1"));
    assert_eq!(store(&jar, "http://example.org/", "other=1"), Reason::Accepted);
    assert_eq!(jar.len(), 181);
}

#[test]
fn l1_expired_then_insecure_then_the_longest_unused() {
    let (jar, time) = limited(|options| options.max_per_domain = 3);
    let site = "https://example.com/";
    store(&jar, site, "expires=1; Max-Age=1; Secure");
    store(&jar, site, "old=1; Secure");
    store(&jar, site, "plain=1");
    time.store(START + 1000, Ordering::Relaxed);
    store(&jar, site, "a=1; Secure");
    assert_eq!(names(&jar), ["a", "old", "plain"]);
    store(&jar, site, "b=1; Secure");
    assert_eq!(names(&jar), ["a", "b", "old"]);
    // Use counts, not age.
    time.store(START + 120_000, Ordering::Relaxed);
    store(&jar, "https://example.com/", "old=1; Secure");
    store(&jar, site, "c=1; Secure");
    assert_eq!(names(&jar), ["b", "c", "old"]);
    // The new one goes itself when it is the only insecure one.
    assert_eq!(store(&jar, site, "d=1"), Reason::EvictedDomain);
    assert_eq!(names(&jar), ["b", "c", "old"]);
}

#[test]
fn l1_who_was_evicted_is_told() {
    let (jar, _) = limited(|options| options.max_per_domain = 2);
    let fields = ["a=1", "b=1", "c=1", "bad\u{1}=1", "d=1"].map(str::as_bytes);
    let outcomes = jar.store_response(&url("http://example.com/"), fields, &Context::default());
    let told: Vec<_> = outcomes
        .iter()
        .map(|outcome| (String::from_utf8(outcome.name.to_vec()).unwrap(), outcome.reason))
        .collect();
    let expected = [
        ("a", Reason::Accepted),
        ("b", Reason::Accepted),
        ("c", Reason::Accepted),
        ("bad\u{1}", Reason::ControlCharacter),
        ("d", Reason::Accepted),
        ("a", Reason::EvictedDomain),
        ("b", Reason::EvictedDomain),
    ];
    assert_eq!(told, expected.map(|(name, reason)| (name.to_owned(), reason)));
    assert_eq!(outcomes[3].to_string(), "cookie \"bad\\x01\": the field holds a control character");
}

#[test]
fn l1_the_whole_jar_loses_its_longest_unused_tenth() {
    let (jar, time) = limited(|options| options.max_total = 100);
    for index in 0..100 {
        time.fetch_add(60_000, Ordering::Relaxed);
        store(&jar, &format!("http://site{index}.example/"), "a=1");
    }
    assert_eq!(jar.len(), 100);
    time.fetch_add(60_000, Ordering::Relaxed);
    assert_eq!(header(&jar, "http://site0.example/"), "a=1");
    let outcomes = jar.store_response(&url("http://new.example/"), [&b"a=1"[..]], &Context::default());
    assert_eq!(jar.len(), 90);
    assert_eq!(outcomes.len(), 12);
    assert_eq!(outcomes.iter().filter(|outcome| outcome.reason == Reason::EvictedTotal).count(), 11);
    assert_eq!(header(&jar, "http://site0.example/"), "a=1");
    assert_eq!(header(&jar, "http://site11.example/"), "");
    assert_eq!(header(&jar, "http://site12.example/"), "a=1");
    assert_eq!(header(&jar, "http://new.example/"), "a=1");
}

#[test]
fn l1_partitions_have_limits_of_their_own() {
    let (jar, _) = limited(|options| {
        options.max_per_domain = 1;
        options.max_per_partition = 3;
        options.max_partition_bytes = 100;
    });
    let context = Context { partition: Some("https://top.example"), ..Context::default() };
    let set = |field: &str| jar.store(&url("https://widget.example/"), field.as_bytes(), &context).reason;
    for name in ["a", "b", "c", "d"] {
        assert_eq!(set(&format!("{name}=1; Secure; Partitioned")), Reason::Accepted);
    }
    assert_eq!(names(&jar), ["b", "c", "d"]);
    assert_eq!(set(&format!("e={}; Secure; Partitioned", "x".repeat(96))), Reason::Accepted);
    assert_eq!(names(&jar), ["d", "e"]);
    assert_eq!(set(&format!("f={}; Secure; Partitioned", "x".repeat(100))), Reason::EvictedPartition);
    assert_eq!(set("g=1; Secure"), Reason::Accepted);
    assert_eq!(names(&jar), ["g"]);
}

#[test]
fn l1_a_replaced_cookie_may_have_grown() {
    let (jar, time) = limited(|options| options.max_partition_bytes = 100);
    let context = Context { partition: Some("https://top.example"), ..Context::default() };
    let set = |field: &str| {
        time.fetch_add(1, Ordering::Relaxed);
        jar.store(&url("https://widget.example/"), field.as_bytes(), &context).reason
    };
    let grown = |name: &str, bytes: usize| format!("{name}={}; Secure; Partitioned", "x".repeat(bytes));
    for name in ["a", "b", "c"] {
        assert_eq!(set(&grown(name, 1)), Reason::Accepted);
    }
    assert_eq!(set(&grown("a", 97)), Reason::Replaced);
    assert_eq!(names(&jar), ["a", "c"]);
    assert_eq!(set(&grown("a", 100)), Reason::EvictedPartition);
    assert_eq!((names(&jar), jar.len()), (vec![], 0));
}

#[test]
fn l1_what_is_loaded_and_finds_no_room() {
    let (jar, time) = limited(|options| options.max_per_domain = 3);
    let load = |lines: &[&str]| {
        time.fetch_add(1, Ordering::Relaxed);
        let line = |name: &&str| format!("a.example\tFALSE\t/\tFALSE\t0\t{name}\t1\n");
        let report =
            jar.load_bytes(lines.iter().map(line).collect::<String>().as_bytes(), &LoadOptions::default());
        let report = report.unwrap();
        (report.read, report.evicted, report.skipped)
    };
    store(&jar, "http://a.example/", "old=1");
    assert_eq!(load(&["a", "b", "b"]), (3, 0, vec![]));
    assert_eq!(load(&["b", "c"]), (2, 1, vec![]));
    let evicted = |place| (place, Reason::EvictedDomain);
    assert_eq!(load(&["d", "e", "d", "f", "g"]), (3, 3, vec![evicted(1), evicted(3)]));
    assert_eq!(names(&jar), ["e", "f", "g"]);
}

#[test]
fn options_change_one_by_one() {
    let (jar, _) = jar();
    std::thread::scope(|scope| {
        scope.spawn(|| (0..100_000).for_each(|_| jar.change_options(|options| options.max_per_domain = 7)));
        for number in 1..100_000 {
            jar.change_options(|options| options.max_total = number);
            assert_eq!(jar.options().max_total, number);
        }
    });
}

#[test]
fn l2_expired_cookies_leave_by_themselves() {
    let (jar, time) = jar();
    for index in 0..500 {
        store(&jar, &format!("http://site{index}.example/"), &format!("a=1; Max-Age={}", 1 + index % 2));
    }
    assert_eq!(jar.len(), 500);
    time.store(START + 1000, Ordering::Relaxed);
    assert_eq!(jar.len(), 250);
    assert_eq!(all(&jar).len(), 250);
    time.store(START + 2000, Ordering::Relaxed);
    assert_eq!(all(&jar).len(), 0);
    assert_eq!(jar.clear_expired(), 250);
    assert_eq!(jar.clear_expired(), 0);
    assert!(jar.is_empty());
}

#[test]
fn l_a_lower_lifetime() {
    let (jar, _) = limited(|options| options.max_lifetime = 60_500);
    store(&jar, "http://example.com/", "a=1; Max-Age=3600");
    store(&jar, "http://example.com/", "b=1; Max-Age=30");
    store(&jar, "http://example.com/", "c=1");
    let expiries: Vec<_> = all(&jar).iter().map(|cookie| cookie.expires()).collect();
    assert_eq!(expiries, [Some(START + 60_500), Some(START + 30_000), None]);
}
