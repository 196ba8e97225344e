//! Decisions R1 to R6 and C: what is sent.

use std::sync::atomic::Ordering;

use htmlsession::cookies::{Context, JarOptions, Reason, RequestCookies, Site};

use super::{START, header, header_in, jar, store, url};

#[test]
fn r1_host_and_domain() {
    let (jar, _) = jar();
    store(&jar, "http://example.com/", "host=1");
    store(&jar, "http://www.example.com/", "wide=1; Domain=example.com");
    assert_eq!(header(&jar, "http://example.com/"), "host=1; wide=1");
    assert_eq!(header(&jar, "http://example.com:8080/"), "host=1; wide=1");
    assert_eq!(header(&jar, "http://a.b.example.com/"), "wide=1");
    assert_eq!(header(&jar, "http://badexample.com/"), "");
    assert_eq!(header(&jar, "http://example.com.evil.example/"), "");
    assert_eq!(header(&jar, "http://com/"), "");
    store(&jar, "http://192.168.0.10/", "ip=1; Domain=192.168.0.10");
    assert_eq!(header(&jar, "http://192.168.0.10/"), "ip=1");
    assert_eq!(header(&jar, "http://0xc0.168.10/"), "ip=1");
    assert_eq!(header(&jar, "http://168.0.10/"), "");
}

#[test]
fn r1_secure_http_only_and_expiry() {
    let (jar, time) = jar();
    store(&jar, "https://example.com/", "s=1; Secure");
    store(&jar, "https://example.com/", "h=1; HttpOnly");
    store(&jar, "https://example.com/", "e=1; Max-Age=2");
    assert_eq!(header(&jar, "https://example.com/"), "s=1; h=1; e=1");
    assert_eq!(header(&jar, "wss://example.com/"), "s=1; h=1; e=1");
    assert_eq!(header(&jar, "http://example.com/"), "h=1; e=1");
    let script = Context { http_api: false, ..Context::default() };
    assert_eq!(header_in(&jar, "https://example.com/", &script), "s=1; e=1");
    time.store(START + 1999, Ordering::Relaxed);
    assert_eq!(header(&jar, "http://example.com/"), "h=1; e=1");
    // At its expiry it is expired.
    time.store(START + 2000, Ordering::Relaxed);
    assert_eq!(header(&jar, "http://example.com/"), "h=1");
    assert_eq!(jar.len(), 2);
}

#[test]
fn r2_paths() {
    let (jar, _) = jar();
    store(&jar, "http://example.com/foo/bar", "default=1");
    store(&jar, "http://example.com/", "slash=1; Path=/foo/");
    store(&jar, "http://example.com/", "case=1; Path=/FOO");
    store(&jar, "http://example.com/", "pct=1; Path=/f%6Fo");
    store(&jar, "http://example.com/", "root=1; Path=/");
    assert_eq!(header(&jar, "http://example.com/foo"), "default=1; root=1");
    assert_eq!(header(&jar, "http://example.com/foo/"), "slash=1; default=1; root=1");
    assert_eq!(header(&jar, "http://example.com/foo/x?y#z"), "slash=1; default=1; root=1");
    assert_eq!(header(&jar, "http://example.com/foobar"), "root=1");
    assert_eq!(header(&jar, "http://example.com/f%6Fo"), "pct=1; root=1");
    assert_eq!(header(&jar, "http://example.com?/foo"), "root=1");
    assert_eq!(header(&jar, "http://example.com/x/../foo"), "default=1; root=1");
}

#[test]
fn r3_longer_paths_first_then_age() {
    let (jar, _) = jar();
    for (name, path) in [("a", "/"), ("b", "/x/y"), ("c", "/x"), ("d", "/x/y"), ("e", "/"), ("f", "/x/y/")] {
        store(&jar, "http://example.com/", &format!("{name}=1; Path={path}"));
    }
    store(&jar, "http://www.example.com/", "g=1; Domain=example.com; Path=/x");
    assert_eq!(header(&jar, "http://example.com/x/y/z"), "f=1; b=1; d=1; c=1; g=1; a=1; e=1");
}

#[test]
fn r4_serialisation() {
    let (jar, _) = jar();
    store(&jar, "http://example.com/", "a=\"1 2\"");
    store(&jar, "http://example.com/", "=x=y");
    store(&jar, "http://example.com/", "b=");
    assert_eq!(header(&jar, "http://example.com/"), "a=\"1 2\"; x=y; b=");
    let mut out = b"Cookie: ".to_vec();
    assert_eq!(jar.header(&url("http://example.com/"), &Context::default(), &mut out), 3);
    assert_eq!(out, b"Cookie: a=\"1 2\"; x=y; b=");
    assert_eq!(jar.header(&url("http://other.example/"), &Context::default(), &mut out), 0);
    assert_eq!(out, b"Cookie: a=\"1 2\"; x=y; b=");
}

#[test]
fn r4_a_limit_of_the_header_drops_whole_cookies_from_the_end() {
    let (jar, _) = jar();
    for field in ["aaa=1", "bbb=1", "ccccccc=1", "d=1"] {
        store(&jar, "http://example.com/", field);
    }
    let mut options = JarOptions::default();
    options.max_header_bytes = 17;
    jar.set_options(&options);
    assert_eq!(header(&jar, "http://example.com/"), "aaa=1; bbb=1");
    let explained = jar.explain(&url("http://example.com/"), &Context::default());
    let reasons: Vec<_> = explained.into_iter().map(|(_, reason)| reason).collect();
    assert_eq!(reasons, [Reason::Sent, Reason::Sent, Reason::HeaderFull, Reason::HeaderFull]);
    options.max_header_bytes = 12;
    jar.set_options(&options);
    assert_eq!(header(&jar, "http://example.com/"), "aaa=1; bbb=1");
    options.max_header_bytes = 11;
    jar.set_options(&options);
    assert_eq!(header(&jar, "http://example.com/"), "aaa=1");
}

#[test]
fn r5_sending_is_a_use_noted_once_a_minute() {
    let (jar, time) = jar();
    let site = url("http://example.com/");
    store(&jar, "http://example.com/", "a=1");
    store(&jar, "http://example.com/", "b=1; Path=/x");
    for (now, expected) in [(START + 59_999, START), (START + 60_000, START + 60_000)] {
        time.store(now, Ordering::Relaxed);
        header(&jar, "http://example.com/");
        assert_eq!(jar.get(&site, b"a").unwrap().last_access(), expected);
    }
    let unsent = jar.get(&url("http://example.com/x"), b"b").unwrap();
    assert_eq!(unsent.last_access(), START);
}

#[test]
fn r6_other_schemes_have_no_cookies() {
    let (jar, _) = jar();
    store(&jar, "http://example.com/", "a=1");
    assert_eq!(header(&jar, "ws://example.com/"), "a=1");
    assert_eq!(header(&jar, "ftp://example.com/"), "");
    assert_eq!(header(&jar, "blob:http://example.com/x"), "");
}

#[test]
fn c_same_site_when_sending() {
    let (jar, _) = jar();
    let site = "https://example.com/";
    for field in
        ["unset=1", "none=1; SameSite=None; Secure", "lax=1; SameSite=Lax", "strict=1; SameSite=Strict"]
    {
        store(&jar, site, field);
    }
    let get = |site_context| header_in(&jar, site, &Context { site: site_context, ..Context::default() });
    assert_eq!(get(Site::Same), "unset=1; none=1; lax=1; strict=1");
    assert_eq!(get(Site::Navigation), "unset=1; none=1; lax=1");
    assert_eq!(get(Site::UnsafeNavigation), "none=1");
    assert_eq!(get(Site::Cross), "none=1");
}

#[test]
fn c_the_context_of_a_request() {
    let site = |page: &str, to: &str, top_level: bool, method: &str| {
        Context::on_behalf_of(&url(page), &url(to), top_level, method).site
    };
    let page = "https://a.example.com/";
    assert_eq!(site(page, "https://b.example.com/", false, "POST"), Site::Same);
    assert_eq!(site(page, "http://b.example.com/", false, "GET"), Site::Cross);
    assert_eq!(site(page, "https://other.example/", false, "GET"), Site::Cross);
    assert_eq!(site(page, "https://other.example/", true, "GET"), Site::Navigation);
    assert_eq!(site(page, "https://other.example/", true, "POST"), Site::UnsafeNavigation);
    assert_eq!(site("https://a.github.io/", "https://b.github.io/", false, "GET"), Site::Cross);
    assert_eq!(site("about:blank", "https://b.example/", false, "GET"), Site::Cross);
}

#[test]
fn cookies_of_one_request_go_last_and_win_by_name() {
    let (jar, _) = jar();
    store(&jar, "http://example.com/", "a=1");
    store(&jar, "http://example.com/", "b=1");
    let site = url("http://example.com/");
    let mut mine = RequestCookies::new(&site);
    mine.set(b"a", b"mine").unwrap();
    mine.set(b"c", b"3").unwrap();
    let send = |to: &str| {
        let mut out = Vec::new();
        jar.header_with(&url(to), &Context::default(), &mine, &mut out);
        String::from_utf8(out).unwrap()
    };
    assert_eq!(send("http://example.com/"), "b=1; a=mine; c=3");
    assert_eq!(send("http://www.example.com/"), "");
    assert_eq!(send("http://example.com:81/"), "a=1; b=1");
    assert_eq!(jar.len(), 2);
    let (empty, _) = super::jar();
    let mut out = Vec::new();
    assert_eq!(empty.header_with(&site, &Context::default(), &mine, &mut out), 2);
    assert_eq!(out, b"a=mine; c=3");
}

#[test]
fn every_cookie_of_the_site_is_explained() {
    let (jar, _) = jar();
    let site = "https://www.example.com/x";
    for field in
        ["sent=1", "secure=1; Secure", "path=1; Path=/y", "http=1; HttpOnly", "strict=1; SameSite=Strict"]
    {
        store(&jar, site, field);
    }
    store(&jar, "https://other.example.com/", "host=1");
    store(&jar, "https://example.org/", "elsewhere=1");
    let context = Context { http_api: false, site: Site::Navigation, ..Context::default() };
    let mut explained: Vec<_> = jar
        .explain(&url("http://www.example.com/x"), &context)
        .into_iter()
        .map(|(cookie, reason)| (String::from_utf8(cookie.name().to_vec()).unwrap(), reason))
        .collect();
    explained.sort();
    let expected = [
        ("host", Reason::OtherHost),
        ("http", Reason::HttpOnly),
        ("path", Reason::OtherPath),
        ("secure", Reason::NotSecure),
        ("sent", Reason::Sent),
        ("strict", Reason::SameSite),
    ];
    assert_eq!(explained, expected.map(|(name, reason)| (name.to_owned(), reason)));
}
