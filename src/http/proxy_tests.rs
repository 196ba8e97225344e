use super::*;

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

#[test]
fn proxies_are_parsed() {
    let cases = [
        ("proxy:3128", "http://proxy:3128", None),
        ("proxy", "http://proxy:80", None),
        ("http://Proxy.Example/", "http://proxy.example:80", None),
        ("http://proxy:443", "http://proxy:443", None),
        ("https://proxy", "https://proxy:443", None),
        ("https://proxy:80", "https://proxy:80", None),
        ("socks4://h", "socks4://h:1080", None),
        ("socks4a://h:80", "socks4a://h:80", None),
        ("socks5://h:443", "socks5://h:443", None),
        ("SOCKS5H://[::1]:9050", "socks5h://[::1]:9050", None),
        ("user:pass@proxy:1", "http://proxy:1", Some(("user", "pass"))),
        ("http://u%40x:p%3A%2F%25@proxy", "http://proxy:80", Some(("u@x", "p:/%"))),
        ("socks5://user@h", "socks5://h:1080", Some(("user", ""))),
        ("http://10.0.0.1:8080", "http://10.0.0.1:8080", None),
        ("http://b\u{fc}cher.example:1", "http://xn--bcher-kva.example:1", None),
    ];
    for (text, expected, credentials) in cases {
        let proxy = Proxy::parse(text).unwrap();
        assert_eq!(proxy.url(), expected, "{text}");
        let credentials = credentials.map(|(user, password)| (user.to_owned(), password.to_owned()));
        assert_eq!(proxy.credentials, credentials, "{text}");
    }
}

#[test]
fn proxies_that_are_none() {
    for text in [
        "",
        "ftp://h",
        "http://",
        "http:// h",
        "h:99999",
        "h:0",
        "socks6://h",
        "http://h\r\nX: y",
        "h\0",
        "://h",
        "http://u%0d%0a:p@h",
        "http://u:%00@h",
        "http://%ff@h",
        "http://[::1",
        "h:port",
    ] {
        assert_eq!(Proxy::parse(text).unwrap_err().code(), Code::ProxyUrl, "{text:?}");
    }
}

#[test]
fn passwords_are_never_shown() {
    let error = Proxy::parse("ftp://user:s3cret@h").unwrap_err();
    assert!(error.message().contains("\"h\"") && !error.message().contains("s3cret"), "{error}");
    let proxy = Proxy::parse("http://user:s3cret@h").unwrap();
    assert_eq!(format!("{proxy:?}"), "Proxy(http://\u{2026}@h:80)");
}

#[test]
fn no_proxy_lists() {
    let cases: &[(&str, &[&str], &[&str])] = &[
        ("*", &["http://any/", "http://1.2.3.4/", "https://[::1]/"], &[]),
        (
            "example.com",
            &[
                "http://example.com/",
                "http://EXAMPLE.com:8080/",
                "https://a.b.example.com/",
                "http://example.com./",
            ],
            &["http://notexample.com/", "http://example.com.evil/", "http://com/"],
        ),
        (".example.com", &["http://example.com/", "http://a.example.com/"], &["http://notexample.com/"]),
        ("*.example.com.", &["http://a.example.com/"], &["http://aexample.com/"]),
        (
            "example.com:8080",
            &["http://example.com:8080/", "http://a.example.com:8080/"],
            &["http://example.com/"],
        ),
        ("example.com:443", &["https://example.com/"], &["http://example.com/"]),
        (
            "10.1.2.3",
            &["http://10.1.2.3/", "http://10.1.2.3:99/", "http://[::ffff:10.1.2.3]/"],
            &["http://10.1.2.30/"],
        ),
        ("10.1.2.3:99", &["http://10.1.2.3:99/"], &["http://10.1.2.3/"]),
        (
            "10.0.0.0/8",
            &["http://10.255.0.1/", "http://[::ffff:10.0.0.1]/"],
            &["http://11.0.0.1/", "http://10.example/"],
        ),
        ("192.168.1.64/26", &["http://192.168.1.127/"], &["http://192.168.1.128/", "http://192.168.1.63/"]),
        ("0.0.0.0/0", &["http://1.2.3.4/"], &["http://[::1]/", "http://h/"]),
        ("1.2.3.4/32", &["http://1.2.3.4/"], &["http://1.2.3.5/"]),
        ("fd00::/8", &["http://[fd12::1]/"], &["http://[fe80::1]/", "http://10.0.0.1/"]),
        ("::/0", &["http://[fe80::1]/"], &["http://10.0.0.1/"]),
        ("::1", &["http://[::1]/", "http://[0:0::1]:80/"], &["http://[::2]/"]),
        ("[::1]:8080", &["http://[::1]:8080/"], &["http://[::1]/"]),
        ("[::1]", &["http://[::1]/"], &["http://[::2]/"]),
        ("b\u{fc}cher.example", &["http://xn--bcher-kva.example/"], &["http://bcher.example/"]),
        (
            "localhost 127.0.0.1,, a.b ",
            &["http://localhost/", "http://127.0.0.1/", "http://0x7f.1/", "http://a.b/"],
            &["http://b/"],
        ),
        (
            "10.0.0.0/33, ::/129, x/y, h:port, a b:1:2",
            &["http://a/"],
            &["http://10.0.0.1/", "http://h/", "http://b/"],
        ),
        ("", &[], &["http://h/"]),
    ];
    for (list, inside, outside) in cases {
        let rules = NoProxy::parse(list);
        for target in *inside {
            assert!(rules.matches(&url(target)), "{list} should match {target}");
        }
        for target in *outside {
            assert!(!rules.matches(&url(target)), "{list} should not match {target}");
        }
    }
}

/// The proxy that an environment names for a URL.
fn environment(variables: &[(&str, &str)], target: &str) -> Option<String> {
    let lookup =
        |name: &str| variables.iter().find(|(other, _)| *other == name).map(|(_, value)| value.to_string());
    from_environment(&url(target), &lookup).unwrap().map(|proxy| proxy.url())
}

#[test]
fn the_environment() {
    let of = |variables: &[(&str, &str)], target: &str| environment(variables, target);
    assert_eq!(of(&[], "http://h/"), None);
    assert_eq!(of(&[("http_proxy", "p:1")], "http://h/").unwrap(), "http://p:1");
    assert_eq!(of(&[("http_proxy", "p:1")], "https://h/"), None);
    assert_eq!(of(&[("HTTP_PROXY", "p:1")], "http://h/"), None, "a request's Proxy header could have set it");
    assert_eq!(of(&[("HTTPS_PROXY", "p:1")], "https://h/").unwrap(), "http://p:1");
    assert_eq!(of(&[("HTTPS_PROXY", "p:1"), ("https_proxy", "q:2")], "https://h/").unwrap(), "http://q:2");
    assert_eq!(of(&[("ALL_PROXY", "socks5h://p")], "http://h/").unwrap(), "socks5h://p:1080");
    assert_eq!(of(&[("all_proxy", "p:1"), ("http_proxy", "q:2")], "http://h/").unwrap(), "http://q:2");
    assert_eq!(of(&[("http_proxy", ""), ("all_proxy", "p:1")], "http://h/").unwrap(), "http://p:1");
    assert_eq!(of(&[("https_proxy", " "), ("HTTPS_PROXY", "p:1")], "https://h/"), None);
    assert_eq!(of(&[("http_proxy", "p:1"), ("no_proxy", "h")], "http://h/"), None);
    assert_eq!(of(&[("http_proxy", "p:1"), ("NO_PROXY", "h")], "http://sub.h/"), None);
    assert_eq!(
        of(&[("http_proxy", "p:1"), ("no_proxy", "x"), ("NO_PROXY", "h")], "http://h/").unwrap(),
        "http://p:1"
    );
}

#[test]
fn a_broken_environment_is_named() {
    let lookup = |name: &str| (name == "http_proxy").then(|| "ftp://u:p@h".to_owned());
    let error = from_environment(&url("http://x/"), &lookup).unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (
            Code::ProxyUrl,
            "in the environment's http_proxy: proxy \"h\": its scheme is none of http, https, socks4, socks4a, socks5, socks5h"
        )
    );
}

#[test]
fn explicit_settings_beat_the_environment() {
    let lookup: Environment = &|name| matches!(name, "http_proxy").then(|| "env:1".to_owned());
    let (one, two) = (Proxy::parse("one").unwrap(), Proxy::parse("two").unwrap());
    use ProxySetting::*;
    let target = url("http://h/");
    let chosen = |request, session, environment| {
        select(&request, &session, environment, &target).unwrap().map(|proxy| proxy.host)
    };
    assert_eq!(chosen(Use(one.clone()), Use(two.clone()), Some(lookup)).unwrap(), "one");
    assert_eq!(chosen(Unset, Use(two.clone()), Some(lookup)).unwrap(), "two");
    assert_eq!(chosen(Direct, Use(two), Some(lookup)), None);
    assert_eq!(chosen(Unset, Direct, Some(lookup)), None);
    assert_eq!(chosen(Unset, Unset, Some(lookup)).unwrap(), "env");
    assert_eq!(chosen(Unset, Unset, None), None);
}
