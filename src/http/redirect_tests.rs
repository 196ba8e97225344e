use super::*;

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn go(from: &str, location: &[u8]) -> Result<Next> {
    decide(302, "GET", false, &url(from), Some(location), Policy::Requests).map(Option::unwrap)
}

#[test]
fn methods_and_bodies() {
    const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "get"];
    // "=" kept with its body, "-" kept without, "G" GET without.
    let table = [
        (301, Policy::Requests, "==G===="),
        (302, Policy::Requests, "==GGGGG"),
        (303, Policy::Requests, "--GGGGG"),
        (307, Policy::Requests, "======="),
        (308, Policy::Requests, "======="),
        (301, Policy::Fetch, "==G===="),
        (302, Policy::Fetch, "==G===="),
        (303, Policy::Fetch, "--GGGGG"),
        (307, Policy::Fetch, "======="),
        (308, Policy::Fetch, "======="),
        (301, Policy::Strict, "======="),
        (302, Policy::Strict, "======="),
        (303, Policy::Strict, "--GGGGG"),
        (307, Policy::Strict, "======="),
        (308, Policy::Strict, "======="),
    ];
    for (status, policy, row) in table {
        for (method, expected) in METHODS.into_iter().zip(row.chars()) {
            let expected = match expected {
                '=' => (method, true),
                '-' => (method, false),
                _ => ("GET", false),
            };
            let with_body =
                decide(status, method, true, &url("http://h/"), Some(b"/x"), policy).unwrap().unwrap();
            assert_eq!(
                (with_body.method.as_str(), with_body.keeps_body),
                expected,
                "{status} {policy:?} {method}"
            );
            let without =
                decide(status, method, false, &url("http://h/"), Some(b"/x"), policy).unwrap().unwrap();
            assert_eq!((without.method.as_str(), without.keeps_body), (expected.0, false));
        }
    }
}

#[test]
fn what_is_no_redirect() {
    for status in [200, 201, 300, 304, 305, 306, 309, 400] {
        assert_eq!(
            decide(status, "GET", false, &url("http://h/"), Some(b"/x"), Policy::Fetch).unwrap(),
            None
        );
    }
    assert_eq!(decide(302, "GET", false, &url("http://h/"), None, Policy::Requests).unwrap(), None);
    assert_eq!(decide(302, "GET", false, &url("http://h/"), Some(b""), Policy::Requests).unwrap(), None);
}

#[test]
fn targets() {
    let cases: &[(&str, &[u8], &str)] = &[
        ("http://h/a/b", b"c", "http://h/a/c"),
        ("http://h/a/b", b"/c", "http://h/c"),
        ("https://h/a", b"//o/x", "https://o/x"),
        ("http://h/a?q", b"?r", "http://h/a?r"),
        ("http://h/a", b"HTTP://O:80/%7Ex", "http://o/%7Ex"),
        ("http://h/a", b" \tx y ", "http://h/x%20y"),
        // Fragments are inherited, unless there is a new one, be it empty.
        ("http://h/a#f", b"/b", "http://h/b#f"),
        ("http://h/a#f", b"/b#g", "http://h/b#g"),
        ("http://h/a#f", b"/b#", "http://h/b#"),
        ("http://h/a#f", b"https://o/", "https://o/#f"),
        // UTF-8 stays UTF-8; other bytes are kept as they are.
        ("http://h/", "/ä?ö".as_bytes(), "http://h/%C3%A4?%C3%B6"),
        ("http://h/", b"/\xe4?\xf6", "http://h/%E4?%F6"),
        ("http://h/", "http://bücher.example/".as_bytes(), "http://xn--bcher-kva.example/"),
    ];
    for (from, location, expected) in cases {
        assert_eq!(go(from, location).unwrap().url.as_str(), *expected, "{from} {location:?}");
    }
}

#[test]
fn targets_that_are_refused() {
    for (location, message) in [
        (&b"file:///etc/passwd"[..], "the redirect to \"file:///etc/passwd\" is neither http nor https"),
        (b"ftp://h/x", "the redirect to \"ftp://h/x\" is neither http nor https"),
        (b"javascript:alert(1)", "the redirect to \"javascript:alert(1)\" is neither http nor https"),
        (b"data:,x", "the redirect to \"data:,x\" is neither http nor https"),
        (b"http://[", "the redirect to \"http://[\" is no URL: invalid IPv6 address"),
        (b"http://", "the redirect to \"http://\" is no URL: empty host"),
        (b"http://h:99999/", "the redirect to \"http://h:99999/\" is no URL: invalid port number"),
    ] {
        let error = go("http://h/", location).unwrap_err();
        assert_eq!((error.code(), error.message()), (Code::Redirect, message));
    }
}

#[test]
fn downgrades_are_told_and_can_be_refused() {
    assert!(go("https://h/", b"http://h/").unwrap().downgrade);
    assert!(!go("http://h/", b"https://h/").unwrap().downgrade);
    assert!(!go("https://h/", b"/x").unwrap().downgrade);
    let error = go("https://h/", b"http://h/?secret").unwrap().too_low();
    assert_eq!(
        (error.code(), error.message()),
        (Code::Redirect, "the redirect to \"http://h/\" leads from https to http")
    );
}

#[test]
fn origins() {
    for (location, crosses) in [
        ("http://h/x", false),
        ("http://H:80/", false),
        ("/x", false),
        ("http://u:p@h/", false),
        ("https://h/", true),
        ("http://h:81/", true),
        ("http://o/", true),
        ("http://www.h/", true),
        ("http://h.o/", true),
    ] {
        assert_eq!(go("http://h/", location.as_bytes()).unwrap().cross_origin, crosses, "{location}");
    }
}

#[test]
fn several_locations_must_agree() {
    let mut headers = Headers::new();
    assert_eq!(location(&headers).unwrap(), None);
    headers.add("Location", b"/a").unwrap();
    headers.add("LOCATION", b"/a").unwrap();
    assert_eq!(location(&headers).unwrap(), Some(&b"/a"[..]));
    headers.add("Location", b"/b").unwrap();
    assert_eq!(location(&headers).unwrap_err().code(), Code::Redirect);
    headers.clear();
    headers.add("Location", b"").unwrap();
    assert_eq!(location(&headers).unwrap(), None);
}

#[test]
fn credentials_follow_to_the_same_origin_only() {
    let credentials =
        ["Authorization", "authorization", "Proxy-Authorization", "Cookie", "Host", "X-Api-Key"];
    for target in ["https://h/", "http://h:8080/", "http://o/", "http://sub.h/"] {
        let next = go("http://h/", target.as_bytes()).unwrap();
        for name in credentials {
            assert_eq!(
                is_stripped(name, next.cross_origin, true, &["x-api-key"]),
                Some(Stripped::CrossOrigin),
                "{target} {name}"
            );
        }
        assert_eq!(is_stripped("Accept", next.cross_origin, true, &["x-api-key"]), None);
        assert_eq!(is_stripped("X-Api-Key", next.cross_origin, true, &["other"]), None, "not marked");
    }
    let next = go("http://h/", b"http://h/other").unwrap();
    for name in credentials {
        assert_eq!(is_stripped(name, next.cross_origin, true, &["x-api-key"]), None, "{name}");
    }
}

#[test]
fn stripping_names_what_it_took() {
    let mut headers = Headers::new();
    for name in ["Accept", "Authorization", "Content-Type", "Content-Length", "X-Secret", "Cookie"] {
        headers.add(name, b"v").unwrap();
    }
    let same = decide(303, "POST", true, &url("http://h/"), Some(b"/x"), Policy::Requests).unwrap().unwrap();
    let mut kept = headers.clone();
    assert_eq!(
        strip(&mut kept, &same, &["x-secret"]),
        [("Content-Type".into(), Stripped::Body), ("Content-Length".into(), Stripped::Body)]
    );
    assert_eq!(kept.len(), 4);
    let cross =
        decide(307, "POST", true, &url("http://h/"), Some(b"http://o/"), Policy::Requests).unwrap().unwrap();
    let taken: Vec<_> =
        strip(&mut headers, &cross, &["x-secret"]).into_iter().map(|(name, _)| name).collect();
    assert_eq!(taken, ["Authorization", "X-Secret", "Cookie"]);
    assert_eq!(
        headers.iter().map(|(name, _)| name).collect::<Vec<_>>(),
        ["Accept", "Content-Type", "Content-Length"]
    );
}

#[test]
fn refreshes() {
    type Refresh = Option<(u64, Option<&'static str>)>;
    let cases: &[(&str, Refresh)] = &[
        ("5", Some((5, None))),
        ("  0", Some((0, None))),
        ("5; url=/x", Some((5, Some("/x")))),
        ("5;URL = '/x y' junk", Some((5, Some("/x y")))),
        ("5, url=\"/x", Some((5, Some("/x")))),
        ("5 url=/x", Some((5, Some("/x")))),
        ("5; /x", Some((5, Some("/x")))),
        ("5;url", Some((5, Some("url")))),
        ("5;urlx", Some((5, Some("urlx")))),
        ("5;url=", Some((5, None))),
        ("5;", Some((5, None))),
        ("5.9; url=/x", Some((5, Some("/x")))),
        (".5; url=/x", Some((0, Some("/x")))),
        ("99999999999999999999999", Some((u64::MAX, None))),
        ("5x", None),
        ("", None),
        ("url=/x", None),
        ("-1", None),
        ("5; \u{e4}\u{e4}", Some((5, Some("\u{e4}\u{e4}")))),
    ];
    for (value, expected) in cases {
        assert_eq!(parse_refresh(value), *expected, "{value:?}");
    }
}

#[test]
fn any_number_of_slashes_begins_a_host() {
    for location in ["///o/x", "////o/x", "//\\o/x"] {
        assert_eq!(go("http://h/", location.as_bytes()).unwrap().url.as_str(), "http://o/x", "{location}");
    }
}
