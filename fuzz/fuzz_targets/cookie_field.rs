//! Any `Set-Cookie` fields, from any of a few hosts: nothing panics, what is sent parses back to
//! the same pairs, and a Secure cookie never goes out over http.
#![no_main]

use htmlsession::cookies::{Context, Jar, Site, parse};
use libfuzzer_sys::fuzz_target;
use url::Url;

const URLS: [&str; 6] = [
    "http://www.example.com/a/b",
    "https://www.example.com/a/b",
    "https://example.com/",
    "http://user.github.io/a",
    "http://127.0.0.1/",
    "http://com/",
];

fuzz_target!(|data: &[u8]| {
    let jar = Jar::new();
    for (index, field) in data.split(|byte| *byte == b'\n').enumerate() {
        let (choice, field) = field.split_first().map_or((0, field), |(choice, field)| (*choice, field));
        let url = Url::parse(URLS[(choice as usize + index) % URLS.len()]).unwrap();
        let context = Context { http_api: choice & 64 == 0, site: Site::Same, ..Context::default() };
        let outcome = jar.store(&url, field, &context);
        assert!(parse::parse(field).is_ok() || !outcome.is_success());
    }
    for url in URLS {
        let url = Url::parse(url).unwrap();
        let cookies = jar.cookies_for(&url, &Context::default());
        let mut header = Vec::new();
        assert_eq!(jar.header(&url, &Context::default(), &mut header), cookies.len());
        for cookie in &cookies {
            assert!(!cookie.secure() || url.scheme() == "https" || url.host_str() == Some("127.0.0.1"));
            if !cookie.name().is_empty() {
                let pair = [cookie.name(), b"=", cookie.value()].concat();
                let parsed = parse::parse(&pair).unwrap();
                assert_eq!((parsed.name, parsed.value), (cookie.name(), cookie.value()));
            }
        }
    }
});
