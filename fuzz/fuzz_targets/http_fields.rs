//! Any bytes as a field that the library parses: challenges, links, HSTS, redirects, dates.
#![no_main]

use htmlsession::http::auth::{DigestChallenge, DigestClient, parse_challenges};
use htmlsession::http::redirect::{self, Policy};
use htmlsession::http::{date, hsts::{self, Hsts}, link, proxy, retry};
use libfuzzer_sys::fuzz_target;
use url::Url;

fuzz_target!(|data: &[u8]| {
    let base = Url::parse("https://h/a/b?c#d").expect("a URL");
    for challenge in parse_challenges([data]) {
        let _ = DigestChallenge::new(&challenge);
    }
    let mut client = DigestClient::new("user", "password").expect("a plain name");
    if client.challenged(&base, [data], 0) == Ok(true) {
        let answer = client.authorization("GET", &base).expect("random bytes").expect("a space");
        assert!(!answer.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)));
        client.authenticated(&base, data);
    }
    let links = link::parse_links([data]);
    let _ = link::find_link(&links, "next", &base);
    let mut table = Hsts::with_capacity(4);
    if let Some(policy) = hsts::Policy::parse(data) {
        table.note(&base, policy, 0);
    }
    if let Ok(Some(next)) = redirect::decide(302, "POST", true, &base, Some(data), Policy::Requests) {
        assert!(matches!(next.url.scheme(), "http" | "https"));
    }
    let text = String::from_utf8_lossy(data);
    let _ = redirect::parse_refresh(&text);
    if let Some(seconds) = date::parse_http_date(&text, 1_700_000_000) {
        assert_eq!(date::parse_http_date(&date::format_http_date(seconds), 0), Some(seconds));
    }
    let _ = retry::parse_retry_after(&text, 0);
    proxy::NoProxy::parse(&text).matches(&base);
    let _ = proxy::Proxy::parse(&text);
});
