use super::*;

fn challenge(text: &str) -> DigestChallenge {
    DigestChallenge::choose(&parse_challenges([text.as_bytes()])).unwrap().unwrap()
}

fn respond_to(text: &str, user: &str, password: &str, uri: &str, cnonce: &str) -> String {
    let answer = Answer { method: "GET", uri, count: 1, cnonce, session_nonce: None };
    String::from_utf8(respond(&challenge(text), user, password, &answer)).unwrap()
}

/// A parameter of an answer, without its quotes.
fn param(field: &[u8], name: &str) -> String {
    let challenge = &parse_challenges([field])[0];
    String::from_utf8(challenge.param(name).unwrap_or_default().to_vec()).unwrap()
}

const MUFASA_NONCE: &str = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
const MUFASA_CNONCE: &str = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
const MUFASA_OPAQUE: &str = "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS";

fn mufasa(algorithm: &str) -> String {
    let text = format!(
        "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm={algorithm}, \
         nonce=\"{MUFASA_NONCE}\", opaque=\"{MUFASA_OPAQUE}\""
    );
    respond_to(&text, "Mufasa", "Circle of Life", "/dir/index.html", MUFASA_CNONCE)
}

#[test]
fn the_examples_of_rfc_7616() {
    assert_eq!(
        mufasa("MD5"),
        format!(
            "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", nonce=\"{MUFASA_NONCE}\", \
             uri=\"/dir/index.html\", response=\"8ca523f5e9506fed4657c9700eebdbec\", algorithm=MD5, \
             opaque=\"{MUFASA_OPAQUE}\", qop=auth, nc=00000001, cnonce=\"{MUFASA_CNONCE}\""
        )
    );
    assert_eq!(
        param(mufasa("SHA-256").as_bytes(), "response"),
        "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
    );
}

#[test]
fn the_example_of_rfc_7616_with_userhash_as_corrected_by_its_erratum() {
    let field = respond_to(
        "Digest realm=\"api@example.org\", qop=\"auth\", algorithm=SHA-512-256, \
         nonce=\"5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK\", \
         opaque=\"HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS\", charset=UTF-8, userhash=true",
        "J\u{e4}s\u{f8}n Doe",
        "Secret, or not?",
        "/doe.json",
        "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",
    );
    let field = field.as_bytes();
    assert_eq!(param(field, "username"), "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b");
    assert_eq!(param(field, "response"), "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5");
    assert_eq!(param(field, "userhash"), "true");
}

#[test]
fn the_example_of_rfc_2617() {
    let field = respond_to(
        "Digest realm=\"testrealm@host.com\", qop=\"auth,auth-int\", \
         nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"",
        "Mufasa",
        "Circle Of Life",
        "/dir/index.html",
        "0a4f113b",
    );
    assert_eq!(param(field.as_bytes(), "response"), "6629fae49393a05397450978507c4ef1");
    assert!(!field.contains("algorithm"), "none was named, none is sent");
}

#[test]
fn the_older_form_without_qop() {
    // MD5("MD5(Mufasa:testrealm@host.com:Circle Of Life):nonce:MD5(GET:/dir/index.html)")
    let field = respond_to(
        "Digest realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"",
        "Mufasa",
        "Circle Of Life",
        "/dir/index.html",
        "unused",
    );
    assert_eq!(param(field.as_bytes(), "response"), "670fd8c2df070c60b045671b8b24ff02");
    assert!(!field.contains("nc=") && !field.contains("cnonce") && !field.contains("qop"), "{field}");
}

#[test]
fn session_keys_are_made_once() {
    let challenge = challenge("Digest realm=\"r\", nonce=\"first\", qop=auth, algorithm=MD5-sess");
    assert!(challenge.session);
    let mut later = challenge.clone();
    later.nonce = b"second".to_vec();
    let answer = |session_nonce| Answer { method: "GET", uri: "/", count: 1, cnonce: "c", session_nonce };
    let key = Algorithm::Md5.hash(&[Algorithm::Md5.hash(&[b"u", b"r", b"p"]).as_bytes(), b"first", b"c"]);
    let expected = |nonce: &[u8]| {
        let request = Algorithm::Md5.hash(&[b"GET", b"/"]);
        Algorithm::Md5.hash(&[key.as_bytes(), nonce, b"00000001", b"c", b"auth", request.as_bytes()])
    };
    let first = respond(&challenge, "u", "p", &answer(None));
    assert_eq!(param(&first, "response"), expected(b"first"));
    assert_eq!(param(&first, "algorithm"), "MD5-sess");
    let second = respond(&later, "u", "p", &answer(Some(b"first")));
    assert_eq!(param(&second, "response"), expected(b"second"));
}

#[test]
fn values_are_quoted_and_the_name_extended_where_the_server_reads_utf_8() {
    let field = respond_to("Digest realm=\"a\\\"b\\\\c\", nonce=\"n\"", "us\"er\\", "p", "/", "");
    assert!(field.starts_with(r#"Digest username="us\"er\\", realm="a\"b\\c", "#), "{field}");
    let field = respond_to("Digest realm=r, nonce=n, charset=utf-8", "J\u{e4}s\u{f8}n Doe", "p", "/", "");
    assert!(field.starts_with("Digest username*=UTF-8''J%C3%A4s%C3%B8n%20Doe, "), "{field}");
    let field = respond_to("Digest realm=r, nonce=n", "J\u{e4}", "p", "/", "");
    assert!(field.starts_with("Digest username=\"J\u{e4}\", "), "{field}");
}

#[test]
fn the_first_challenge_that_can_be_answered_is_taken() {
    let choose = |text: &str| DigestChallenge::choose(&parse_challenges([text.as_bytes()]));
    let both = "Digest realm=r, nonce=n, algorithm=SHA-256, qop=auth, Digest realm=r, nonce=n, algorithm=MD5, qop=auth";
    assert_eq!(choose(both).unwrap().unwrap().algorithm, Algorithm::Sha256);
    let other =
        "Digest realm=r, nonce=n, algorithm=GOST, Basic realm=r, Digest realm=r, nonce=n, algorithm=md5";
    assert_eq!(choose(other).unwrap().unwrap().algorithm, Algorithm::Md5);
    assert_eq!(choose("Basic realm=r").unwrap(), None);
    let failures = [
        (
            "Digest realm=r, nonce=n, algorithm=SHA-1",
            Code::Unsupported,
            "Digest algorithm \"SHA-1\" is not known",
        ),
        (
            "Digest realm=r, nonce=n, qop=\"auth-int\"",
            Code::Unsupported,
            "the server's Digest wants qop \"auth-int\"",
        ),
        ("Digest realm=r", Code::Protocol, "the server's Digest challenge has no nonce"),
        ("Digest nonce=n", Code::Protocol, "the server's Digest challenge has no realm"),
        (
            "Digest realm=\"a\x01b\", nonce=n",
            Code::Protocol,
            "the server's Digest challenge has a control character",
        ),
    ];
    for (text, code, message) in failures {
        let error = choose(text).unwrap_err();
        assert_eq!((error.code(), error.message()), (code, message));
    }
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn client() -> DigestClient {
    DigestClient::new("u", "p").unwrap()
}

#[test]
fn nonces_are_used_again_with_a_count() {
    let (mut client, url) = (client(), url("http://h/a?b=c#d"));
    assert_eq!(client.authorization("GET", &url).unwrap(), None);
    assert!(client.challenged(&url, [&b"Digest realm=r, nonce=n1, qop=auth"[..]], 0).unwrap());
    let first = client.authorization("GET", &url).unwrap().unwrap();
    let second = client.authorization("POST", &url).unwrap().unwrap();
    assert_eq!((param(&first, "nc"), param(&second, "nc")), ("00000001".into(), "00000002".into()));
    assert_eq!(param(&first, "uri"), "/a?b=c");
    assert_ne!(param(&first, "cnonce"), param(&second, "cnonce"));
    assert_eq!(param(&first, "cnonce").len(), 32);
}

#[test]
fn a_new_nonce_starts_the_count_again() {
    let (mut client, url) = (client(), url("http://h/"));
    client.challenged(&url, [&b"Digest realm=r, nonce=n1, qop=auth"[..]], 0).unwrap();
    client.authorization("GET", &url).unwrap();
    client.authenticated(&url, b"nextnonce=\"n2\", qop=auth");
    let field = client.authorization("GET", &url).unwrap().unwrap();
    assert_eq!((param(&field, "nonce"), param(&field, "nc")), ("n2".into(), "00000001".into()));
    client.authenticated(&url, b"rspauth=\"x\"");
    let field = client.authorization("GET", &url).unwrap().unwrap();
    assert_eq!((param(&field, "nonce"), param(&field, "nc")), ("n2".into(), "00000002".into()));
}

#[test]
fn refused_credentials_are_not_tried_again_but_a_stale_nonce_is() {
    let (mut client, url) = (client(), url("http://h/"));
    let plain = [&b"Digest realm=r, nonce=n1, qop=auth"[..]];
    assert!(client.challenged(&url, plain, 0).unwrap());
    assert!(!client.challenged(&url, plain, 1).unwrap());
    assert_eq!(client.authorization("GET", &url).unwrap(), None, "the space is forgotten");
    assert!(client.challenged(&url, plain, 0).unwrap());
    assert!(client.challenged(&url, [&b"Digest realm=r, nonce=n2, qop=auth, stale=TRUE"[..]], 1).unwrap());
    let field = client.authorization("GET", &url).unwrap().unwrap();
    assert_eq!((param(&field, "nonce"), param(&field, "nc")), ("n2".into(), "00000001".into()));
    assert!(!client.challenged(&url, [&b"Basic realm=r"[..]], 0).unwrap());
    // A server that finds every nonce stale is not answered for ever.
    let stale = [&b"Digest realm=r, nonce=n3, qop=auth, stale=true"[..]];
    assert!(client.challenged(&url, stale, MAX_ANSWERS - 1).unwrap());
    assert!(!client.challenged(&url, stale, MAX_ANSWERS).unwrap());
}

#[test]
fn credentials_stay_in_their_protection_space() {
    let mut client = client();
    client
        .challenged(
            &url("https://h/a/x"),
            [&b"Digest realm=r, nonce=n, domain=\"/b /c/ https://other/\""[..]],
            0,
        )
        .unwrap();
    let mut answers = |text: &str| client.authorization("GET", &url(text)).unwrap().is_some();
    for inside in ["https://h/a/x", "https://h/b", "https://h/b/y", "https://h/c/z", "https://h:443/b"] {
        assert!(answers(inside), "{inside}");
    }
    for outside in
        ["https://h/", "https://h/c", "http://h/b", "https://h:8443/b", "https://other/", "https://x.h/b"]
    {
        assert!(!answers(outside), "{outside}");
    }
}

#[test]
fn spaces_do_not_grow_without_bound() {
    let mut client = client();
    for number in 0..200 {
        let url = url(&format!("http://h{number}/"));
        client.challenged(&url, [&b"Digest realm=r, nonce=n"[..]], 0).unwrap();
    }
    assert_eq!(client.spaces.len(), MAX_SPACES);
    assert!(client.authorization("GET", &url("http://h199/")).unwrap().is_some());
    assert!(client.authorization("GET", &url("http://h0/")).unwrap().is_none());
}

#[test]
fn secrets_are_not_shown() {
    let client = DigestClient::new("user", "s3cret").unwrap();
    assert!(!format!("{client:?}").contains("s3cret"));
    assert_eq!(DigestClient::new("a\r\nb", "").unwrap_err().code(), Code::Argument);
}
