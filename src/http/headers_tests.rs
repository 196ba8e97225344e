use super::*;

fn list(headers: &Headers) -> Vec<(String, String)> {
    headers.iter().map(|(name, value)| (name.into(), String::from_utf8_lossy(value).into())).collect()
}

fn headers(fields: &[(&str, &str)]) -> Headers {
    let mut headers = Headers::new();
    for (name, value) in fields {
        headers.add(name, value.as_bytes()).unwrap();
    }
    headers
}

#[test]
fn names_compare_without_case_and_order_is_kept() {
    let mut h = headers(&[("B", "1"), ("a", "2"), ("b", "3")]);
    assert_eq!(h.get("b"), Some(&b"1"[..]));
    assert_eq!(h.get_all("B").collect::<Vec<_>>(), [b"1", b"3"]);
    assert_eq!(h.get_joined("b").unwrap(), b"1, 3");
    assert_eq!((h.len(), h.byte_len()), (3, 6));
    h.set("B", b"4").unwrap();
    assert_eq!(list(&h), [("B".into(), "4".into()), ("a".to_string(), "2".to_string())]);
    assert_eq!(h.remove("A"), 1);
    assert_eq!(h.remove("A"), 0);
    assert_eq!(list(&h), [("B".to_string(), "4".to_string())]);
    assert_eq!(h.get("a"), None);
    assert_eq!(h.get_joined("a"), None);
}

#[test]
fn fields_are_c_strings() {
    let h = headers(&[("Name", "value"), ("Empty", ""), ("Last", "x")]);
    assert_eq!(h.at(0), Some((c"Name", c"value")));
    assert_eq!(h.at(1), Some((c"Empty", c"")));
    assert_eq!(h.get_c("last"), Some(c"x"));
    assert_eq!(h.at(3), None);
}

#[test]
fn values_are_trimmed_and_may_hold_tabs_and_high_bytes() {
    let mut h = Headers::new();
    h.set("A", b" \t x\ty\xE9\xC3\xA9 \t").unwrap();
    assert_eq!(h.get("a"), Some(&b"x\ty\xE9\xC3\xA9"[..]));
    assert_eq!(h.get_str("a"), None);
    h.set("A", b"  ").unwrap();
    assert_eq!(h.get("a"), Some(&b""[..]));
}

#[test]
fn every_control_is_refused_in_values() {
    for byte in (0..0x20u8).chain([0x7f]) {
        let mut h = Headers::new();
        for value in [vec![byte, b'a'], vec![b'a', byte], vec![b'a', byte, b'b']] {
            let outcome = h.add("X", &value);
            if byte == b'\t' {
                assert!(outcome.is_ok());
            } else {
                let error = outcome.unwrap_err();
                assert_eq!(error.code(), Code::Header, "{byte}");
                assert!(error.message().contains("\"X\""), "{}", error.message());
            }
        }
    }
}

#[test]
fn errors_name_the_header_and_never_the_value() {
    let mut h = Headers::new();
    let error = h.set("Authorization", b"Bearer s3cret\r\nX: y").unwrap_err();
    assert_eq!(error.message(), "the value of header \"Authorization\" has CR at column 14");
    let error = h.set("Bad Name", b"x").unwrap_err();
    assert_eq!(error.message(), "header name \"Bad Name\" is not a token: a space at column 4");
    for name in ["", "a:b", ":authority", "a\r\nb", "a\0", "é", "a\u{7f}"] {
        assert_eq!(h.set(name, b"x").unwrap_err().code(), Code::Header, "{name:?}");
    }
    assert!(h.is_empty());
}

#[test]
fn a_refused_set_changes_nothing() {
    let mut h = headers(&[("A", "1"), ("A", "2")]);
    assert!(h.set("A", b"3\n").is_err());
    assert_eq!(h.get_all("A").count(), 2);
}

#[test]
fn methods_are_tokens() {
    for good in ["GET", "get", "PROPFIND", "M-SEARCH", "x"] {
        assert!(check_method(good).is_ok());
    }
    for bad in ["", "GET /", "GET\r\nX: y", "GE\0T", "G(T", "GÉT"] {
        assert_eq!(check_method(bad).unwrap_err().code(), Code::Method, "{bad:?}");
    }
    assert_eq!(
        check_method("GET\r\n").unwrap_err().message(),
        "method \"GET\\x0d\\x0a\" is not a token: CR at column 4"
    );
}

#[test]
fn debug_hides_credentials() {
    let h = headers(&[("Cookie", "sid=42"), ("authorization", "Basic eA=="), ("Accept", "*/*")]);
    let shown = format!("{h:?}");
    assert!(shown.contains("*/*") && !shown.contains("42") && !shown.contains("eA=="), "{shown}");
}
