//! Files of other programs.

use htmlsession::cookies::{Cookie, Format, Jar, JarOptions, LoadOptions};

use super::{START, all, header, jar};

fn load(text: &str) -> Vec<Cookie> {
    let (jar, _) = jar();
    let report = jar.load_bytes(text.as_bytes(), &LoadOptions::default()).unwrap();
    assert_eq!(report.skipped, []);
    all(&jar)
}

fn show(cookie: &Cookie) -> String {
    let flags = [cookie.host_only(), cookie.secure(), cookie.http_only()].map(u8::from);
    let pair = format!("{}={}", cookie.name().escape_ascii(), cookie.value().escape_ascii());
    let (site, expires) = (cookie.same_site(), cookie.expires());
    format!("{pair} {} {} {flags:?} {site:?} {expires:?}", cookie.domain(), cookie.path())
}

fn shown(text: &str) -> Vec<String> {
    load(text).iter().map(show).collect()
}

#[test]
fn playwright_storage_state() {
    let text = r#"{"cookies":[
        {"name":"a","value":"1","domain":".example.com","path":"/","expires":-1,
         "httpOnly":true,"secure":true,"sameSite":"Lax"},
        {"name":"b","value":"2","domain":"www.example.com","path":"/x","expires":1900000000.5,
         "httpOnly":false,"secure":false,"sameSite":"Strict"}],"origins":[]}"#;
    assert_eq!(
        shown(text),
        [
            "a=1 example.com / [0, 1, 1] Lax None",
            "b=2 www.example.com /x [1, 0, 0] Strict Some(1900000000500)"
        ]
    );
}

#[test]
fn puppeteer_with_a_partition_key() {
    let text = r#"[{"name":"a","value":"1","domain":"w.example","path":"/","expires":-1,"size":2,"secure":true,
        "session":true,"partitionKey":{"topLevelSite":"https://t.example","hasCrossSiteAncestor":false}}]"#;
    assert_eq!(load(text)[0].partition(), Some("https://t.example"));
}

#[test]
fn a_partition_of_the_cookie_s_own_site_is_none_unless_the_jar_asks_for_it() {
    let puppeteer = r#"[{"name":"a","value":"1","domain":".www.w.example","path":"/","secure":true,
        "partitionKey":{"topLevelSite":"https://w.example","hasCrossSiteAncestor":false}}]"#;
    let playwright = r#"{"cookies":[{"name":"a","value":"1","domain":"www.w.example","path":"/","expires":-1,
        "secure":true,"sameSite":"None","partitionKey":"https://w.example","_crHasCrossSiteAncestor":false}]}"#;
    let site = "https://www.w.example/";
    for text in [puppeteer, playwright] {
        let (jar, _) = jar();
        jar.load_bytes(text.as_bytes(), &LoadOptions::default()).unwrap();
        assert_eq!((all(&jar)[0].partition(), header(&jar, site).as_str()), (None, "a=1"), "{text}");
        // Inside of another site it is kept apart.
        let embedded = text.replace("Ancestor\":false", "Ancestor\":true");
        assert_eq!(load(&embedded)[0].partition(), Some("https://w.example"), "{text}");
        assert_eq!(load(&text.replace("//w.", "//v."))[0].partition(), Some("https://v.example"), "{text}");
        let mut options = JarOptions::default();
        options.partition_by_own_site = true;
        let own = Jar::with_options(&options);
        own.load_bytes(text.as_bytes(), &LoadOptions::default()).unwrap();
        assert_eq!(all(&own)[0].partition(), Some("https://w.example"), "{text}");
        assert_eq!(header(&own, site), "a=1", "{text}");
        // A file of our own is exact.
        let (saved, _) = own.save_bytes(Format::Json);
        let exact = load(std::str::from_utf8(&saved).unwrap());
        assert_eq!(exact[0].partition(), Some("https://w.example"), "{text}");
    }
}

#[test]
fn browser_extension() {
    let text = r#"[
        {"domain":".example.com","expirationDate":1900000000.123456,"hostOnly":false,"httpOnly":false,
         "name":"a","path":"/","sameSite":"no_restriction","secure":true,"session":false,"storeId":"0","value":"1","id":1},
        {"domain":"example.com","hostOnly":true,"httpOnly":true,"name":"b","path":"/","sameSite":"unspecified",
         "secure":false,"session":true,"storeId":"0","value":"2","id":2}]"#;
    assert_eq!(
        shown(text),
        ["a=1 example.com / [0, 1, 0] None Some(1900000000123)", "b=2 example.com / [1, 0, 1] Unset None"]
    );
}

#[test]
fn selenium() {
    let text = r#"[{"domain":"example.com","expiry":1900000000,"httpOnly":true,"name":"a","path":"/",
        "sameSite":"None","secure":true,"value":"1"}]"#;
    assert_eq!(shown(text), ["a=1 example.com / [1, 1, 1] None Some(1900000000000)"]);
}

#[test]
fn tough_cookie() {
    let text = r#"{"version":"tough-cookie@4.1.3","storeType":"MemoryCookieStore","rejectPublicSuffixes":true,
        "cookies":[
        {"key":"a","value":"1","expires":"2030-03-17T17:46:40.000Z","domain":"example.com","path":"/",
         "hostOnly":false,"creation":"2020-01-01T00:00:00.250Z","lastAccessed":"2020-01-02T00:00:00.000Z"},
        {"key":"b","expires":"Infinity","domain":"example.com","path":"/","hostOnly":true,"sameSite":"lax",
         "httpOnly":true,"creation":"2020-01-01T00:00:00.000Z"},
        {"key":"c","value":"3","maxAge":3600,"domain":"example.com","path":"/","hostOnly":true,
         "creation":"2020-01-01T00:00:01.000Z"}]}"#;
    assert_eq!(
        shown(text),
        [
            "a=1 example.com / [0, 0, 0] Unset Some(1900000000000)",
            "b= example.com / [1, 0, 1] Lax None",
            "c=3 example.com / [1, 0, 0] Unset Some(1577840401000)",
        ]
    );
    let cookie = &load(text)[0];
    assert_eq!((cookie.creation(), cookie.last_access()), (START + 250, START + 86_400_000));
}

#[test]
fn http_archive() {
    let text = r#"{"log":{"version":"1.2","entries":[
        {"request":{"url":"https://www.example.com/a/b","cookies":[{"name":"sent","value":"s"},{"name":"a","value":"old"}]},
         "response":{"headers":[{"name":"Set-Cookie","value":"a=1; Path=/; Secure\nb=2"}],"cookies":[{"name":"a","value":"1"}]}},
        {"request":{"url":"https://api.example.org/","cookies":[]},
         "response":{"headers":[],"cookies":[
            {"name":"c","value":"3","path":"/","domain":".example.org","expires":"2030-03-17T17:46:40.000Z","httpOnly":true,"secure":true}]}},
        {"request":{"url":"https://www.example.com/","cookies":[{"name":"sent","value":"s"}]},"response":{}},
        {"request":{"url":"data:,x"}}]}}"#;
    assert_eq!(
        shown(text),
        [
            "c=3 example.org / [0, 1, 1] Unset Some(1900000000000)",
            "a=1 www.example.com / [1, 1, 0] Unset None",
            "sent=s www.example.com / [1, 0, 0] Unset None",
            "b=2 www.example.com /a [1, 0, 0] Unset None",
        ]
    );
}

#[test]
fn perl_and_python() {
    let text = "#LWP-Cookies-2.0\n\
        Set-Cookie3: a=\"1; \\\"x\"; path=\"/\"; domain=\".example.com\"; path_spec; domain_dot; secure; \
        expires=\"2030-03-17 17:46:40Z\"; HttpOnly=None; version=0\n\
        Set-Cookie3: b=2; path=\"/x\"; domain=localhost.local; discard; version=0\n";
    let (jar, _) = jar();
    let report = jar.load_bytes(text.as_bytes(), &LoadOptions::default()).unwrap();
    // A semicolon inside a value cannot go into a header.
    assert_eq!((report.read, report.skipped.len()), (1, 1));
    assert_eq!(header(&jar, "http://localhost/x"), "b=2");
    assert_eq!(
        shown(&text.replace("1; ", "1 ")),
        [
            "a=1 \\\"x example.com / [0, 1, 1] Unset Some(1900000000000)",
            "b=2 localhost /x [1, 0, 0] Unset None"
        ]
    );
}
