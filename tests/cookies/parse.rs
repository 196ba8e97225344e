//! Decisions P1 to P9: what a field says.

use std::time::{Duration, Instant};

use htmlsession::cookies::{Cookie, Reason, SameSite};

use super::{START, only};

const SITE: &str = "https://www.example.com/a/b";

fn pair(field: &str) -> Result<(String, String), Reason> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    only(SITE, field).map(|cookie| (text(cookie.name()), text(cookie.value())))
}

fn get<T>(field: &str, part: impl Fn(&Cookie) -> T) -> T {
    part(&only(SITE, field).unwrap_or_else(|reason| panic!("{field}: {reason}")))
}

#[test]
fn p1_a_control_character_anywhere_refuses_the_field() {
    for byte in (0..0x20).chain([0x7F]) {
        let byte = char::from(byte);
        for field in [format!("a{byte}b=1"), format!("a=1{byte}2"), format!("a=1; x=y{byte}z; Path=/")] {
            let expected = if byte == '\t' { None } else { Some(Reason::ControlCharacter) };
            assert_eq!(only(SITE, &field).err(), expected, "{field:?}");
        }
    }
}

#[test]
fn p2_name_and_value() {
    type Parsed = Result<(&'static str, &'static str), Reason>;
    let cases: &[(&str, Parsed)] = &[
        ("a=1", Ok(("a", "1"))),
        (" \t a \t=\t 1 \t; Secure", Ok(("a", "1"))),
        ("a=b=c", Ok(("a", "b=c"))),
        ("a=", Ok(("a", ""))),
        ("foo", Ok(("", "foo"))),
        ("=foo", Ok(("", "foo"))),
        ("=a=b", Ok(("", "a=b"))),
        ("a=\"1; 2\"", Ok(("a", "\"1"))),
        ("a=\"x y\"", Ok(("a", "\"x y\""))),
        ("a b=c\td", Ok(("a b", "c\td"))),
        ("a=%41+%", Ok(("a", "%41+%"))),
        ("a=1,b=2", Ok(("a", "1,b=2"))),
        ("é=ü", Ok(("é", "ü"))),
        ("", Err(Reason::Empty)),
        ("=", Err(Reason::Empty)),
        (" = ; Path=/", Err(Reason::Empty)),
        ("; a=1", Err(Reason::Empty)),
    ];
    for (field, expected) in cases {
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(pair(field), expected, "{field:?}");
    }
}

#[test]
fn p2_at_most_4096_bytes_of_name_and_value() {
    let field = |name: usize, value: usize| format!("{}={}; Path=/", "n".repeat(name), "v".repeat(value));
    assert!(only(SITE, &field(4096, 0)).is_ok());
    assert!(only(SITE, &field(1, 4095)).is_ok());
    assert!(only(SITE, &"v".repeat(4096)).is_ok());
    assert_eq!(only(SITE, &field(1, 4096)).err(), Some(Reason::TooLong));
    assert_eq!(only(SITE, &field(4097, 0)).err(), Some(Reason::TooLong));
    // The field as a whole has no limit.
    assert!(only(SITE, &format!("a=1; x={}; Secure", "y".repeat(100_000))).unwrap().secure());
}

#[test]
fn p3_a_long_attribute_value_drops_that_attribute_only() {
    let path = |length: usize| format!("/{}", "p".repeat(length - 1));
    assert_eq!(get(&format!("a=1; Path={}", path(1024)), |cookie| cookie.path().len()), 1024);
    assert_eq!(get(&format!("a=1; Path={}", path(1025)), |cookie| cookie.path().to_owned()), "/a");
    assert_eq!(get(&format!("a=1; Path=/x; Path={}", path(1025)), |cookie| cookie.path().to_owned()), "/x");
    let zeros = |length: usize| format!("a=1; Max-Age={}60", "0".repeat(length - 2));
    assert_eq!(get(&zeros(1024), Cookie::expires), Some(START + 60_000));
    assert_eq!(get(&zeros(1025), Cookie::expires), None);
}

#[test]
fn p3_many_attributes_cost_linear_time() {
    let start = Instant::now();
    for field in [format!("a=1{}", ";".repeat(1 << 20)), format!("a=1{}", "; Path=/x".repeat(1 << 17))] {
        assert!(only(SITE, &field).is_ok());
    }
    assert!(start.elapsed() < Duration::from_secs(30));
}

#[test]
fn p4_the_last_usable_attribute_counts() {
    assert_eq!(get("a=1; Path=/x; Path=/y", |cookie| cookie.path().to_owned()), "/y");
    assert_eq!(get("a=1; Max-Age=10; Max-Age=20", Cookie::expires), Some(START + 20_000));
    assert_eq!(get("a=1; Max-Age=10; Max-Age=x", Cookie::expires), Some(START + 10_000));
    let first = "a=1; Expires=Wed, 01 Jan 2020 00:01:00 GMT";
    assert_eq!(get(&format!("{first}; Expires=never"), Cookie::expires), Some(START + 60_000));
    let second = "Expires=Wed, 01 Jan 2020 00:02:00 GMT";
    assert_eq!(get(&format!("{first}; {second}"), Cookie::expires), Some(START + 120_000));
    // Max-Age wins in any order.
    assert_eq!(get(&format!("{first}; Max-Age=5"), Cookie::expires), Some(START + 5000));
    assert_eq!(get(&format!("a=1; Max-Age=5; {second}"), Cookie::expires), Some(START + 5000));
    assert_eq!(get("a=1; SameSite=Lax; SameSite=Strict", Cookie::same_site), SameSite::Strict);
}

#[test]
fn p4_max_age_is_an_optional_minus_and_digits() {
    for value in ["+1", "1.5", "1x", "50,399", "", "-", "--1", "0x1", "1 2", "\"1\""] {
        assert_eq!(get(&format!("a=1; Max-Age={value}"), Cookie::expires), None, "{value}");
    }
    assert_eq!(get("a=1; mAx-aGe = 1 ", Cookie::expires), Some(START + 1000));
}

#[test]
fn p5_lifetimes() {
    const CAP: i64 = START + 34_560_000_000;
    for value in ["0", "-0", "-1", &format!("-{}", "9".repeat(1023))] {
        assert_eq!(
            only(SITE, &format!("a=1; Max-Age={value}")).err(),
            Some(Reason::DeletedNothing),
            "{value}"
        );
    }
    for value in ["34560000", "34560001", "9223372036854775807", "9223372036854775808", &"9".repeat(1024)] {
        assert_eq!(get(&format!("a=1; Max-Age={value}"), Cookie::expires), Some(CAP), "{value}");
    }
    assert_eq!(get("a=1; Max-Age=34559999", Cookie::expires), Some(CAP - 1000));
    assert_eq!(get("a=1; Expires=Fri, 31 Dec 9999 23:59:59 GMT", Cookie::expires), Some(CAP));
    assert_eq!(get("a=1", Cookie::expires), None);
    let past = only(SITE, "a=1; Expires=Mon, 01 Jan 1601 00:00:00 GMT");
    assert_eq!(past.err(), Some(Reason::DeletedNothing));
}

#[test]
fn p6_domain() {
    let domain = |value: &str| {
        only(SITE, &format!("a=1; Domain={value}")).map(|c| (c.domain().to_owned(), c.host_only()))
    };
    let wide = |domain: &str| Ok((domain.to_owned(), false));
    let host_only = Ok(("www.example.com".to_owned(), true));
    assert_eq!(domain("example.com"), wide("example.com"));
    assert_eq!(domain(".example.com"), wide("example.com"));
    assert_eq!(domain("EXAMPLE.Com"), wide("example.com"));
    assert_eq!(domain("www.example.com"), wide("www.example.com"));
    assert_eq!(domain(""), host_only);
    assert_eq!(domain("other.example; Domain="), host_only);
    assert_eq!(domain("other.example; Domain=example.com"), wide("example.com"));
    assert_eq!(domain("example.com; Domain=other.example"), Err(Reason::DomainMismatch));
    assert_eq!(domain("."), Err(Reason::DomainInvalid));
    assert_eq!(domain("..example.com"), Err(Reason::DomainMismatch));
    assert_eq!(domain("example.com."), Err(Reason::DomainMismatch));
    assert_eq!(domain("exämple.com"), Err(Reason::DomainInvalid));
    assert_eq!(domain("exämple.com; Domain=example.com"), wide("example.com"));
    assert_eq!(domain("\"example.com\""), Err(Reason::DomainMismatch));
}

#[test]
fn p7_path() {
    let path = |value: &str| only(SITE, &format!("a=1; Path={value}")).map(|cookie| cookie.path().to_owned());
    let is = |path: &str| Ok(path.to_owned());
    assert_eq!(path("/x/"), is("/x/"));
    assert_eq!(path("/x/../y//%2e"), is("/x/../y//%2e"));
    assert_eq!(path(""), is("/a"));
    assert_eq!(path("x"), is("/a"));
    assert_eq!(path("\"/x\""), is("/a"));
    assert_eq!(path("/x; Path=y"), is("/a"));
    assert_eq!(path("/x; Path"), is("/a"));
    assert_eq!(path("/ü"), Err(Reason::PathInvalid));
    assert_eq!(path("/ü; Path=/x"), is("/x"));
}

#[test]
fn p8_flags_count_with_any_value() {
    let cookie = only(SITE, "a=1; secure=no; HTTPONLY=0").unwrap();
    assert!(cookie.secure() && cookie.http_only());
    let cookie = only(SITE, "a=1; Secured; HttpOnl").unwrap();
    assert!(!cookie.secure() && !cookie.http_only());
}

#[test]
fn p9_same_site() {
    let cases = [
        ("strict", SameSite::Strict),
        ("LAX", SameSite::Lax),
        ("None; Secure", SameSite::None),
        ("Lax; SameSite=whatever", SameSite::Unset),
        ("", SameSite::Unset),
    ];
    for (value, expected) in cases {
        assert_eq!(get(&format!("a=1; SameSite={value}"), Cookie::same_site), expected, "{value}");
    }
}
