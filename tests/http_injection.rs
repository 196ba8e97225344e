//! CR, LF, CR LF and NUL through every text that ends up in a message's head: refused, or encoded
//! so that nothing raw is left.

use htmlsession::http::auth::{self, DigestChallenge, DigestClient, parse_challenges};
use htmlsession::http::proxy::Proxy;
use htmlsession::http::{Body, HeaderOverlay, Headers, Multipart, Part, headers};
use htmlsession::{Code, Result};
use std::sync::Arc;
use url::Url;

const BREAKS: [&str; 4] = ["\r", "\n", "\r\n", "\0"];

/// Where the break stands: at the beginning, inside, at the end.
fn texts(line_break: &str) -> [String; 3] {
    [format!("{line_break}X-Evil: 1"), format!("good{line_break}X-Evil: 1"), format!("good{line_break}")]
}

#[test]
fn setters_refuse_line_breaks() {
    type Setter = fn(&str) -> Result<()>;
    let setters: [(&str, Code, Setter); 9] = [
        ("header value", Code::Header, |text| Headers::new().set("User-Agent", text.as_bytes())),
        ("further header value", Code::Header, |text| Headers::new().add("Cookie", text.as_bytes())),
        ("header name", Code::Header, |text| Headers::new().set(text, b"x")),
        ("overlaid header", Code::Header, |text| HeaderOverlay::new().set("Referer", Some(text.as_bytes()))),
        ("removed header", Code::Header, |text| HeaderOverlay::new().set(text, None)),
        ("method", Code::Method, headers::check_method),
        ("bearer token", Code::Header, |text| auth::bearer(text).map(drop)),
        ("proxy", Code::ProxyUrl, |text| Proxy::parse(&format!("http://{text}")).map(drop)),
        ("type of a part", Code::Header, |text| Part::field("a", "b").with_content_type(text).map(drop)),
    ];
    let mut refused = 0;
    for (name, code, set) in setters {
        for line_break in BREAKS {
            for text in texts(line_break) {
                let error = set(&text).expect_err(&format!("{name} {text:?}"));
                assert_eq!(error.code(), code, "{name} {text:?}");
                assert!(!error.message().contains(['\r', '\n', '\0']), "{name} {text:?}");
                refused += 1;
            }
        }
    }
    assert_eq!(refused, 9 * 4 * 3);
}

#[test]
fn credentials_are_encoded_or_refused() {
    let url = Url::parse("http://h/").unwrap();
    for text in BREAKS.iter().flat_map(|line_break| texts(line_break)) {
        let basic = auth::basic("user", &text).unwrap();
        assert!(basic.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' '), "{basic:?}");
        assert_eq!(DigestClient::new(&text, "p").unwrap_err().code(), Code::Argument);
        let mut client = DigestClient::new("user", &text).unwrap();
        let from_server = format!("Digest realm=\"{text}\", nonce=n");
        assert!(client.challenged(&url, [from_server.as_bytes()], 0).is_err());
        for challenge in parse_challenges([format!("Digest realm=r, nonce=n, opaque=\"{text}\"").as_bytes()])
        {
            assert!(DigestChallenge::new(&challenge).is_err());
        }
        client.challenged(&url, [&b"Digest realm=r, nonce=n, qop=auth"[..]], 0).unwrap();
        client.authenticated(&url, format!("nextnonce=\"{text}\"").as_bytes());
        let field = client.authorization("GET", &url).unwrap().unwrap();
        assert!(field.iter().all(|byte| !byte.is_ascii_control()));
    }
}

#[test]
fn names_of_parts_stay_on_their_line() {
    for text in BREAKS.iter().flat_map(|line_break| texts(line_break)) {
        let mut form = Multipart::with_boundary("B").unwrap();
        form.push(Part::bytes(&text, b"").with_filename(Some(&text)));
        let mut source = Body::Multipart(Arc::new(form)).open().unwrap();
        let mut bytes = vec![0; 4096];
        let count = source.read(&mut bytes).unwrap();
        let lines: Vec<_> = bytes[..count].split(|&byte| byte == b'\n').collect();
        assert_eq!(lines.len(), 7, "{text:?}");
        assert!(!lines.iter().any(|line| line.starts_with(b"X-Evil")), "{text:?}");
    }
}
