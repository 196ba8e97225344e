//! Proxies that the environment names: used unless the session says no. A program of its own, since it
//! changes the environment.

mod support;

use htmlsession::{Code, Error, Request, Session};
use support::{Server, reply};

#[test]
fn proxies_of_the_environment_are_used_unless_told_otherwise() {
    let proxy = Server::new(|seen| reply("200 OK", &[], seen.target.as_bytes()));
    let origin = Server::new(|_| reply("200 OK", &[], b"direct"));
    let before = Session::new();
    for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"]
    {
        // SAFETY: the only test of this program, and its servers do not look at the environment.
        unsafe { std::env::remove_var(name) };
    }
    before.set_trust_env(true);
    // SAFETY: as above.
    unsafe {
        std::env::set_var("http_proxy", format!("http://ann:s3cret@127.0.0.1:{}", proxy.port));
        std::env::set_var("no_proxy", "internal.test");
    }
    let session = Session::new();
    let response = session.get("http://shop.test/a");
    assert_eq!((response.error(), response.body()), (None, &b"http://shop.test/a"[..]));
    assert_eq!(response.proxy(), format!("http://127.0.0.1:{}", proxy.port));
    assert_eq!(proxy.last().header("proxy-authorization").as_deref(), Some("Basic YW5uOnMzY3JldA=="));
    // Loopback and no_proxy go directly, and so does whoever says so.
    assert_eq!(session.get(&origin.url("/")).body(), b"direct");
    session.set_resolve("internal.test", origin.port, Some("127.0.0.1")).unwrap();
    let url = format!("http://internal.test:{}/", origin.port);
    let response = session.get(&url);
    assert_eq!((response.body(), response.proxy()), (&b"direct"[..], ""));
    session.set_resolve("shop.test", origin.port, Some("127.0.0.1")).unwrap();
    let shop = format!("http://shop.test:{}/", origin.port);
    assert_eq!(session.get(&shop).body(), shop.as_bytes());
    let mut own = Request::new("GET", &shop).unwrap();
    own.set_proxy(None).unwrap();
    assert_eq!(session.send(&own).body(), b"direct");
    session.set_trust_env(false);
    assert_eq!(session.get(&shop).body(), b"direct");
    // The environment is read when the session is made, and when it is asked for anew.
    before.set_resolve("shop.test", origin.port, Some("127.0.0.1")).unwrap();
    assert_eq!(before.get(&shop).body(), b"direct");
    before.set_trust_env(true);
    assert_eq!(before.get(&shop).body(), shop.as_bytes());
    // SAFETY: as above.
    unsafe { std::env::set_var("http_proxy", "ftp://nowhere") };
    let error = Session::new().get(&shop);
    assert_eq!(error.error().map(Error::code), Some(Code::ProxyUrl));
}
