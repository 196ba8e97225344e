//! Decisions S1 to S12: what is stored.

use std::sync::atomic::Ordering;

use htmlsession::cookies::{Context, CookieSpec, JarOptions, Reason, SameSite, Site};

use super::{START, all, header, jar, only, store, url};

fn at(from: &str, field: &str) -> Result<(String, bool), Reason> {
    only(from, field).map(|cookie| (cookie.domain().to_owned(), cookie.host_only()))
}

fn is(domain: &str, host_only: bool) -> Result<(String, bool), Reason> {
    Ok((domain.to_owned(), host_only))
}

#[test]
fn s1_the_host_is_canonical() {
    assert_eq!(at("http://WWW.Example.COM/", "a=1"), is("www.example.com", true));
    assert_eq!(at("http://bücher.example/", "a=1"), is("xn--bcher-kva.example", true));
    assert_eq!(at("http://0x7f.1/", "a=1"), is("127.0.0.1", true));
    assert_eq!(at("http://[2001:DB8:0::1]/", "a=1"), is("2001:db8::1", true));
    assert_eq!(at("http://example.com./", "a=1"), is("example.com.", true));
    let (jar, _) = jar();
    assert_eq!(store(&jar, "http://example.com./", "a=1"), Reason::Accepted);
    assert_eq!(header(&jar, "http://example.com/"), "");
    assert_eq!(header(&jar, "http://example.com./"), "a=1");
    assert_eq!(store(&jar, "file:///etc/passwd", "a=1"), Reason::BadUrl);
    assert_eq!(store(&jar, "data:text/plain,x", "a=1"), Reason::BadUrl);
    assert_eq!(store(&jar, "ftp://example.com/", "a=1"), Reason::BadUrl);
}

#[test]
fn s2_public_suffixes() {
    let refused = Err(Reason::PublicSuffix);
    assert_eq!(at("http://example.com/", "a=1; Domain=com"), refused);
    assert_eq!(at("http://www.example.co.uk/", "a=1; Domain=.co.uk"), refused);
    assert_eq!(at("http://user.github.io/", "a=1; Domain=github.io"), refused);
    assert_eq!(at("http://a.unknowntld/", "a=1; Domain=unknowntld"), refused);
    assert_eq!(at("http://a.b.ck/", "a=1; Domain=b.ck"), refused);
    assert_eq!(at("http://a.www.ck/", "a=1; Domain=www.ck"), is("www.ck", false));
    assert_eq!(
        at("http://a.city.kawasaki.jp/", "a=1; Domain=city.kawasaki.jp"),
        is("city.kawasaki.jp", false)
    );
    assert_eq!(at("http://a.xn--55qx5d.cn/", "a=1; Domain=xn--55qx5d.cn"), refused);
    // Equal to the host: only for it.
    assert_eq!(at("http://github.io/", "a=1; Domain=github.io"), is("github.io", true));
    assert_eq!(at("http://localhost/", "a=1; Domain=localhost"), is("localhost", true));
    assert_eq!(at("http://a.localhost/", "a=1; Domain=localhost"), refused);
    // One trailing dot does not make another list.
    assert_eq!(at("http://www.gnome.org./", "a=1; Domain=.org."), refused);
    assert_eq!(at("http://www.gnome.org./", "a=1; Domain=gnome.org."), is("gnome.org.", false));
}

#[test]
fn s3_the_domain_covers_the_host() {
    let refused = Err(Reason::DomainMismatch);
    assert_eq!(at("http://a.b.example.com/", "a=1; Domain=b.example.com"), is("b.example.com", false));
    assert_eq!(at("http://example.com/", "a=1; Domain=www.example.com"), refused);
    assert_eq!(at("http://badexample.com/", "a=1; Domain=example.com"), refused);
    assert_eq!(at("http://example.com/", "a=1; Domain=example.org"), refused);
    assert_eq!(at("http://example.com/", "a=1; Domain=example.com:80"), refused);
    assert_eq!(at("http://1.2.3.4/", "a=1; Domain=1.2.3.4"), is("1.2.3.4", true));
    assert_eq!(at("http://1.2.3.4/", "a=1; Domain=3.4"), refused);
    assert_eq!(at("http://[::1]/", "a=1; Domain=[::1]"), is("::1", true));
    assert_eq!(at("http://www.example.com/", "a=1; Domain=1.2.3.4"), refused);
    // A public suffix lies between: the domain is another site than the host.
    assert_eq!(at("http://x.s3.amazonaws.com/", "a=1; Domain=amazonaws.com"), refused);
    assert_eq!(at("http://s3.amazonaws.com/", "a=1; Domain=amazonaws.com"), refused);
    assert_eq!(at("http://a.b.kawasaki.jp/", "a=1; Domain=kawasaki.jp"), refused);
    assert_eq!(
        at("http://y.x.s3.amazonaws.com/", "a=1; Domain=x.s3.amazonaws.com"),
        is("x.s3.amazonaws.com", false)
    );
    assert_eq!(at("http://ec2.amazonaws.com/", "a=1; Domain=amazonaws.com"), is("amazonaws.com", false));
}

#[test]
fn s4_secure_needs_a_secure_connection() {
    assert_eq!(at("http://example.com/", "a=1; Secure"), Err(Reason::NotSecure));
    for secure in [
        "https://example.com/",
        "wss://example.com/",
        "http://localhost:8080/",
        "http://a.localhost/",
        "http://127.8.9.1/",
        "http://[::1]/",
    ] {
        assert!(only(secure, "a=1; Secure").is_ok(), "{secure}");
    }
    for insecure in ["ws://example.com/", "http://128.0.0.1/", "http://notlocalhost/", "http://127.example/"]
    {
        assert_eq!(only(insecure, "a=1; Secure").err(), Some(Reason::NotSecure), "{insecure}");
    }
    let (jar, _) = jar();
    let mut options = JarOptions::default();
    options.loopback_is_secure = false;
    jar.set_options(&options);
    assert_eq!(store(&jar, "http://localhost/", "a=1; Secure"), Reason::NotSecure);
}

#[test]
fn s5_http_only_and_other_calls() {
    let script = Context { http_api: false, ..Context::default() };
    let (jar, _) = jar();
    let site = url("http://example.com/");
    let set = |field: &str, context: &Context<'_>| jar.store(&site, field.as_bytes(), context).reason;
    assert_eq!(set("a=1; HttpOnly", &script), Reason::HttpOnly);
    assert_eq!(set("a=1; HttpOnly", &Context::default()), Reason::Accepted);
    assert_eq!(set("a=2", &script), Reason::HttpOnly);
    assert_eq!(set("a=2; Max-Age=0", &script), Reason::HttpOnly);
    assert_eq!(header(&jar, "http://example.com/"), "a=1");
    assert_eq!(set("a=2", &Context::default()), Reason::Replaced);
    assert_eq!(set("a=3", &script), Reason::Replaced);
}

#[test]
fn s6_an_insecure_connection_leaves_secure_cookies_alone() {
    let (jar, time) = jar();
    let secure = "https://www.example.com/a/b";
    assert_eq!(store(&jar, secure, "a=1; Secure; Path=/a; Domain=example.com; Max-Age=60"), Reason::Accepted);
    let plain = "http://www.example.com/a/b";
    assert_eq!(store(&jar, plain, "a=2; Path=/a"), Reason::OverlaySecure);
    assert_eq!(store(&jar, plain, "a=2; Path=/a/b"), Reason::OverlaySecure);
    assert_eq!(store(&jar, plain, "a=2; Path=/a; Max-Age=0"), Reason::OverlaySecure);
    assert_eq!(store(&jar, "http://example.com/", "a=2; Path=/a"), Reason::OverlaySecure);
    assert_eq!(store(&jar, plain, "a=2; Path=/"), Reason::Accepted);
    assert_eq!(store(&jar, plain, "a=2; Path=/ab"), Reason::Accepted);
    assert_eq!(store(&jar, plain, "b=2; Path=/a"), Reason::Accepted);
    assert_eq!(store(&jar, "https://www.example.com/", "a=3; Path=/a"), Reason::Accepted);
    // What has expired protects nothing.
    time.store(START + 60_000, Ordering::Relaxed);
    assert_eq!(store(&jar, "http://example.com/", "a=4; Path=/a; Domain=example.com"), Reason::Accepted);
}

#[test]
fn a_nameless_cookie_that_passes_for_a_named_one_shadows_no_more_than_that() {
    let (jar, _) = jar();
    let plain = "http://www.example.com/x";
    let secure = "https://www.example.com/";
    assert_eq!(store(&jar, secure, "sid=good; Secure; HttpOnly; Path=/"), Reason::Accepted);
    for field in ["=sid=evil; Path=/x", "==sid=evil; Path=/x", "= sid =evil", "=sid=; Path=/"] {
        assert_eq!(store(&jar, plain, field), Reason::OverlaySecure, "{field}");
    }
    let script = Context { http_api: false, ..Context::default() };
    let set = |field: &str| jar.store(&url(secure), field.as_bytes(), &script).reason;
    assert_eq!(set("=sid=evil; Path=/"), Reason::HttpOnly);
    assert_eq!(header(&jar, "https://www.example.com/x"), "sid=good");
    // Of another name, or from a secure connection.
    assert_eq!(store(&jar, plain, "=other=1"), Reason::Accepted);
    assert_eq!(set("=side=1; Path=/"), Reason::Replaced);
    assert_eq!(store(&jar, secure, "=sid=2; Path=/y"), Reason::Accepted);
}

#[test]
fn s7_cross_site_responses() {
    let stored = |field: &str, site: Site| {
        let (jar, _) = jar();
        let context = Context { site, ..Context::default() };
        jar.store(&url("https://example.com/"), field.as_bytes(), &context).reason
    };
    for field in ["a=1", "a=1; SameSite=Lax", "a=1; SameSite=Strict", "a=1; SameSite=None; Secure"] {
        for site in [Site::Same, Site::Navigation, Site::UnsafeNavigation] {
            assert_eq!(stored(field, site), Reason::Accepted, "{field}");
        }
    }
    assert_eq!(stored("a=1", Site::Cross), Reason::SameSite);
    assert_eq!(stored("a=1; SameSite=Lax", Site::Cross), Reason::SameSite);
    assert_eq!(stored("a=1; SameSite=None; Secure", Site::Cross), Reason::Accepted);
    assert_eq!(stored("a=1; SameSite=None", Site::Same), Reason::SameSiteNoneInsecure);
    let (jar, _) = jar();
    let mut options = JarOptions::default();
    options.same_site_none_needs_secure = false;
    jar.set_options(&options);
    assert_eq!(store(&jar, "http://example.com/", "a=1; SameSite=None"), Reason::Accepted);
    assert_eq!(all(&jar)[0].same_site(), SameSite::None);
}

#[test]
fn s8_prefixes() {
    let cases: &[(&str, Option<Reason>)] = &[
        ("__Secure-a=1; Secure", None),
        ("__Secure-a=1", Some(Reason::PrefixSecure)),
        ("__sEcUrE-a=1", Some(Reason::PrefixSecure)),
        ("__Host-a=1; Secure; Path=/", None),
        ("__Host-a=1; Path=/", Some(Reason::PrefixHost)),
        ("__Host-a=1; Secure", Some(Reason::PrefixHost)),
        ("__Host-a=1; Secure; Path=", Some(Reason::PrefixHost)),
        ("__Host-a=1; Secure; Path=/x", Some(Reason::PrefixHost)),
        ("__Host-a=1; Secure; Path=/; Domain=example.com", Some(Reason::PrefixHost)),
        ("__Host-a=1; Secure; Path=/; Domain=", None),
        ("__Http-a=1; Secure; HttpOnly", None),
        ("__Http-a=1; Secure", Some(Reason::PrefixHttp)),
        ("__Http-a=1; HttpOnly", Some(Reason::PrefixHttp)),
        ("__Host-Http-a=1; Secure; HttpOnly; Path=/", None),
        ("__Host-Http-a=1; Secure; Path=/", Some(Reason::PrefixHostHttp)),
        ("__host-http-a=1; Secure; HttpOnly", Some(Reason::PrefixHostHttp)),
        ("__Host-a; Secure; Path=/", Some(Reason::PrefixNameless)),
        ("= __Secure-a=1; Secure", Some(Reason::PrefixNameless)),
        ("__HTTP-a", Some(Reason::PrefixNameless)),
        ("__Hostess=1", None),
        ("__Secure=1", None),
        ("a=__Host-b", None),
        ("_Host-a=1", None),
    ];
    for (field, expected) in cases {
        assert_eq!(only("https://example.com/", field).err(), *expected, "{field}");
    }
}

#[test]
fn s9_partitions() {
    let site = url("https://widget.example/");
    let under = |key: &'static str| Context { partition: Some(key), ..Context::default() };
    let (jar, _) = jar();
    let set = |field: &str, context: &Context<'_>| jar.store(&site, field.as_bytes(), context).reason;
    let get = |context: &Context<'_>| super::header_in(&jar, site.as_str(), context);
    assert_eq!(set("a=1; Partitioned", &under("https://one.example")), Reason::PartitionedInsecure);
    assert_eq!(set("a=1; Secure; Partitioned", &under("https://one.example")), Reason::Accepted);
    assert_eq!(set("a=2; Secure; Partitioned", &under("https://two.example")), Reason::Accepted);
    assert_eq!(set("a=3; Secure", &under("https://two.example")), Reason::Accepted);
    assert_eq!(get(&Context::default()), "a=3");
    assert_eq!(get(&under("https://one.example")), "a=1; a=3");
    assert_eq!(get(&under("https://two.example")), "a=2; a=3");
    assert_eq!(get(&under("https://three.example")), "a=3");
    assert_eq!(jar.len(), 3);
    let explained = jar.explain(&site, &under("https://one.example"));
    let reasons: Vec<_> =
        explained.iter().map(|(cookie, reason)| (cookie.value().to_vec(), *reason)).collect();
    assert_eq!(
        reasons,
        [
            (b"1".to_vec(), Reason::Sent),
            (b"3".to_vec(), Reason::Sent),
            (b"2".to_vec(), Reason::OtherPartition)
        ]
    );

    // An empty key is none, also in a file.
    let (jar, _) = super::jar();
    assert_eq!(jar.store(&site, b"a=1; Secure; Partitioned", &under("")).reason, Reason::Accepted);
    assert_eq!(all(&jar)[0].partition(), None);
    assert_eq!(super::header_in(&jar, site.as_str(), &under("")), "a=1");
    let spec =
        CookieSpec { name: b"b", domain: "widget.example", partition: Some(""), ..CookieSpec::default() };
    assert_eq!(jar.set(&spec).reason, Reason::Accepted);
    assert_eq!(header(&jar, site.as_str()), "a=1; b=");

    // Without a key: unpartitioned, or by option in the partition of its own site.
    let (jar, _) = super::jar();
    assert_eq!(store(&jar, site.as_str(), "a=1; Secure; Partitioned"), Reason::Accepted);
    assert_eq!(all(&jar)[0].partition(), None);
    let mut options = JarOptions::default();
    options.partition_by_own_site = true;
    jar.set_options(&options);
    assert_eq!(store(&jar, "https://x.widget.example/", "b=1; Secure; Partitioned"), Reason::Accepted);
    assert_eq!(
        all(&jar).iter().filter_map(|cookie| cookie.partition()).collect::<Vec<_>>(),
        ["https://widget.example"]
    );
    assert_eq!(header(&jar, "https://x.widget.example/"), "b=1");
}

#[test]
fn s10_a_replaced_cookie_keeps_its_age_and_its_place() {
    let (jar, time) = jar();
    let site = "http://www.example.com/";
    for field in ["a=1; Max-Age=100", "b=1", "c=1"] {
        assert_eq!(store(&jar, site, field), Reason::Accepted);
    }
    time.store(START + 10_000, Ordering::Relaxed);
    assert_eq!(store(&jar, site, "a=2; HttpOnly; SameSite=Lax"), Reason::Replaced);
    assert_eq!(header(&jar, site), "a=2; b=1; c=1");
    let cookie = jar.get(&url(site), b"a").unwrap();
    assert_eq!((cookie.creation(), cookie.last_access()), (START, START + 10_000));
    assert_eq!((cookie.expires(), cookie.http_only(), cookie.same_site()), (None, true, SameSite::Lax));
    // Another path, another domain, or host-only or not: another cookie.
    for field in ["a=3; Path=/x", "a=4; Domain=example.com", "a=5; Domain=www.example.com"] {
        assert_eq!(store(&jar, site, field), Reason::Accepted);
    }
    assert_eq!(jar.len(), 6);
    assert_eq!(header(&jar, site), "a=2; b=1; c=1; a=4; a=5");
    assert_eq!(store(&jar, site, "a=; Max-Age=0"), Reason::Deleted);
    assert_eq!(store(&jar, site, "a=; Max-Age=0"), Reason::DeletedNothing);
    assert_eq!(header(&jar, site), "b=1; c=1; a=4; a=5");
    // An expired one is as good as absent.
    assert_eq!(store(&jar, site, "d=1; Max-Age=10"), Reason::Accepted);
    assert_eq!(store(&jar, site, "e=1"), Reason::Accepted);
    time.store(START + 20_000, Ordering::Relaxed);
    assert_eq!(store(&jar, site, "d=2"), Reason::Accepted);
    assert_eq!(header(&jar, site), "b=1; c=1; a=4; a=5; e=1; d=2");
    assert_eq!(jar.get(&url(site), b"d").unwrap().creation(), START + 20_000);
}

#[test]
fn s11_a_deletion_passes_the_same_checks() {
    let (jar, _) = jar();
    let secure = "https://example.com/";
    assert_eq!(store(&jar, secure, "__Host-a=1; Secure; Path=/"), Reason::Accepted);
    assert_eq!(store(&jar, secure, "__Host-a=; Path=/; Max-Age=0"), Reason::PrefixHost);
    assert_eq!(store(&jar, "http://example.com/", "__Host-a=; Secure; Path=/; Max-Age=0"), Reason::NotSecure);
    assert_eq!(jar.len(), 1);
    assert_eq!(store(&jar, secure, "__Host-a=; Secure; Path=/; Max-Age=0"), Reason::Deleted);
    assert_eq!(jar.len(), 0);
}

#[test]
fn s12_the_order_is_that_of_the_fields_not_of_the_clock() {
    let (jar, time) = jar();
    let fields = ["b=1", "a=1", "c=1"].map(str::as_bytes);
    jar.store_response(&url("http://example.com/"), fields, &Context::default());
    time.store(START - 1_000_000, Ordering::Relaxed);
    assert_eq!(store(&jar, "http://example.com/", "0=1"), Reason::Accepted);
    assert_eq!(header(&jar, "http://example.com/"), "b=1; a=1; c=1; 0=1");
}
