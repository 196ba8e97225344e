//! The C ABI of jars and cookies: what it hands out, and that no pointer brings it down.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicUsize, Ordering};

use htmlsession::Code;
use htmlsession::cookies::Reason;
use htmlsession::ffi::buffer::*;
use htmlsession::ffi::cookies::*;
use htmlsession::ffi::jar::*;
use htmlsession::ffi::jar_options::*;

const URL: &CStr = c"https://www.example.com/a/b";

/// A jar and a buffer, freed with the test.
struct Fixture {
    jar: *mut session_jar_t,
    buffer: *mut session_buffer_t,
}

impl Fixture {
    fn new() -> Fixture {
        // SAFETY: no pointers.
        Fixture { jar: session_jar_new(), buffer: session_buffer_new() }
    }

    fn store(&self, field: &[u8]) -> (Code, Reason) {
        let mut reason = Reason::Cleared;
        // SAFETY: a live jar, a string and bytes.
        let code = unsafe {
            session_jar_store(self.jar, URL.as_ptr(), field.as_ptr().cast(), field.len(), &mut reason)
        };
        (code, reason)
    }

    fn text(&self) -> String {
        let mut length = 0;
        // SAFETY: a live buffer, whose text has that length.
        unsafe {
            let data = session_buffer_data(self.buffer, &mut length);
            assert_eq!(*data.add(length), 0);
            String::from_utf8(std::slice::from_raw_parts(data.cast(), length).to_vec()).unwrap()
        }
    }

    fn header(&self) -> String {
        // SAFETY: live handles and a string.
        assert_eq!(unsafe { session_jar_header(self.jar, URL.as_ptr(), self.buffer) }, Code::Ok);
        self.text()
    }

    fn count(&self) -> usize {
        // SAFETY: a live jar.
        unsafe { session_jar_count(self.jar) }
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        // SAFETY: live handles, not used again.
        unsafe {
            session_jar_free(self.jar);
            session_buffer_free(self.buffer);
        }
    }
}

type Part = unsafe extern "C" fn(*const session_cookies_t, usize, *mut usize) -> *const c_char;

fn part(cookies: *const session_cookies_t, index: usize, part: Part) -> Option<String> {
    let mut length = 77;
    // SAFETY: a live handle; the text is NUL-terminated and has that length.
    unsafe {
        let text = part(cookies, index, &mut length);
        if text.is_null() {
            assert_eq!(length, 0);
            return None;
        }
        assert_eq!(CStr::from_ptr(text).count_bytes(), length);
        Some(CStr::from_ptr(text).to_str().unwrap().to_owned())
    }
}

#[test]
fn storing_tells_the_reason() {
    let jar = Fixture::new();
    assert_eq!(jar.store(b"a=1"), (Code::Ok, Reason::Accepted));
    assert_eq!(jar.store(b"a=2"), (Code::Ok, Reason::Replaced));
    assert_eq!(jar.store(b"b=\x00"), (Code::CookieRefused, Reason::ControlCharacter));
    assert_eq!(jar.store(b"b=1; Domain=com"), (Code::CookieRefused, Reason::PublicSuffix));
    assert_eq!(jar.store(b"a=; Max-Age=0"), (Code::Ok, Reason::Deleted));
    assert_eq!(jar.header(), "");
    // SAFETY: static texts.
    let text = |reason: c_int| unsafe { CStr::from_ptr(session_cookie_reason_text(reason)) };
    assert_eq!(text(Reason::PublicSuffix as c_int), c"the Domain attribute is a public suffix");
    assert_eq!(text(-1), c"unknown reason");
}

#[test]
fn setting_reading_and_deleting_by_hand() {
    let jar = Fixture::new();
    let set = |domain: &CStr, name: &CStr, value: &CStr, flags| {
        let mut reason = Reason::Cleared;
        // SAFETY: a live jar and strings.
        let code = unsafe {
            let (domain, name, value) = (domain.as_ptr(), name.as_ptr(), value.as_ptr());
            session_jar_set(jar.jar, domain, null(), name, value, 0, flags, &mut reason)
        };
        (code, reason)
    };
    assert_eq!(set(c"www.example.com", c"a", c"1", SESSION_COOKIE_HTTP_ONLY), (Code::Ok, Reason::Accepted));
    assert_eq!(
        set(c"example.com", c"b", c"2", SESSION_COOKIE_SUBDOMAINS | SESSION_COOKIE_SAME_SITE_LAX).0,
        Code::Ok
    );
    assert_eq!(set(c".example.org", c"b", c"2", 0).0, Code::Ok);
    // SAFETY: a live jar and strings.
    unsafe {
        let url = c"http://below.example.org/".as_ptr();
        assert_eq!(session_jar_get(jar.jar, url, c"b".as_ptr(), jar.buffer), Code::Ok);
        assert_eq!(session_jar_set_autosave(jar.jar, c"".as_ptr(), 0), Code::Argument);
        let cookies = session_jar_cookies(jar.jar, null(), null(), null());
        for index in [0, 99] {
            assert_eq!(session_cookies_reason(cookies, index), Reason::NoCookie as i32);
        }
        session_cookies_free(cookies);
    }
    assert_eq!(set(c"x y", c"b", c"2", 0), (Code::CookieRefused, Reason::DomainInvalid));
    assert_eq!(set(c"example.com", c"b", c"2", 1 << 20), (Code::Argument, Reason::NoCookie));
    assert_eq!(jar.header(), "a=1; b=2");
    // SAFETY: live handles and strings.
    unsafe {
        assert_eq!(session_jar_get(jar.jar, URL.as_ptr(), c"b".as_ptr(), jar.buffer), Code::Ok);
        assert_eq!(jar.text(), "2");
        assert_eq!(session_jar_get(jar.jar, URL.as_ptr(), c"c".as_ptr(), jar.buffer), Code::Missing);
        assert_eq!(jar.text(), "");

        let cookies = session_jar_cookies(jar.jar, c".Example.com".as_ptr(), null(), null());
        assert_eq!(session_cookies_count(cookies), 2);
        assert_eq!(part(cookies, 0, session_cookies_name).as_deref(), Some("b"));
        assert_eq!(part(cookies, 0, session_cookies_value).as_deref(), Some("2"));
        assert_eq!(part(cookies, 1, session_cookies_domain).as_deref(), Some("www.example.com"));
        assert_eq!(part(cookies, 1, session_cookies_path).as_deref(), Some("/"));
        assert_eq!(part(cookies, 1, session_cookies_partition), None);
        assert_eq!(part(cookies, 2, session_cookies_name), None);
        let flags = |index| {
            [
                session_cookies_host_only(cookies, index),
                session_cookies_secure(cookies, index),
                session_cookies_http_only(cookies, index),
                session_cookies_same_site(cookies, index),
            ]
        };
        assert_eq!((flags(0), flags(1), flags(2)), ([0, 0, 0, 2], [1, 0, 1, 0], [0; 4]));
        assert_eq!(session_cookies_expires_ms(cookies, 0), 0);
        assert!(session_cookies_creation_ms(cookies, 0) > 0);
        assert_eq!(session_cookies_last_access_ms(cookies, 0), session_cookies_creation_ms(cookies, 0));

        let mut count = 7;
        let delete =
            |domain: &CStr, count| session_jar_delete(jar.jar, domain.as_ptr(), null(), null(), count);
        assert_eq!((delete(c"example.com", &mut count), count), (Code::Ok, 1));
        assert_eq!((delete(c"not a domain", &mut count), count), (Code::Argument, 0));
        // The snapshot outlives what it shows.
        assert_eq!(part(cookies, 0, session_cookies_value).as_deref(), Some("2"));
        session_cookies_free(cookies);
        assert_eq!(session_jar_clear_session(jar.jar), Code::Ok);
    }
    assert_eq!(jar.count(), 0);
}

#[test]
fn a_request_is_explained() {
    let jar = Fixture::new();
    jar.store(b"a=1; Path=/x");
    jar.store(b"b=1; SameSite=Strict; Path=/");
    // SAFETY: live handles and strings.
    unsafe {
        let explain = |flags| session_jar_explain(jar.jar, URL.as_ptr(), flags, null());
        let cookies = explain(SESSION_COOKIES_NAVIGATION | SESSION_COOKIES_NON_HTTP);
        assert_eq!(session_cookies_count(cookies), 2);
        assert_eq!(session_cookies_reason(cookies, 0), Reason::OtherPath as c_int);
        assert_eq!(session_cookies_reason(cookies, 1), Reason::SameSite as c_int);
        session_cookies_free(cookies);
        assert!(explain(SESSION_COOKIES_NAVIGATION | SESSION_COOKIES_CROSS_SITE).is_null());
        assert!(explain(64).is_null());
    }
}

#[test]
fn loading_and_saving() {
    let (jar, other) = (Fixture::new(), Fixture::new());
    jar.store(b"a=1; Max-Age=3600");
    jar.store(b"b=2");
    let path = std::env::temp_dir().join(format!("htmlsession-abi-{}.json", std::process::id()));
    let path = CString::new(path.to_str().unwrap()).unwrap();
    let mut count = 0;
    // SAFETY: live handles and strings.
    unsafe {
        assert_eq!(session_jar_save(jar.jar, path.as_ptr(), 0, &mut count), Code::Ok);
        assert_eq!(count, 2);
        let load = |flags, count| session_jar_load(other.jar, path.as_ptr(), 0, flags, count, other.buffer);
        assert_eq!((load(SESSION_LOAD_DROP_SESSION, &mut count), count), (Code::Ok, 1));
        assert_eq!((load(0, &mut count), count), (Code::Ok, 2));
        assert_eq!(other.header(), "a=1; b=2");
        assert_eq!(load(99, &mut count), Code::Argument);
        assert_eq!(session_jar_save_buffer(jar.jar, 1, jar.buffer), Code::Ok);
        assert!(jar.text().starts_with("# Netscape HTTP Cookie File\n"));
        std::fs::remove_file(path.to_str().unwrap()).unwrap();
        assert_eq!((load(0, &mut count), count), (Code::Io, 0));
        assert!(other.text().starts_with("cannot read"));

        let read = |text: &str, count| {
            let data = text.as_ptr().cast();
            session_jar_load_bytes(other.jar, data, text.len(), 1, 0, count, other.buffer)
        };
        let skipped = "com\tTRUE\t/\tFALSE\t0\tc\t3\nwww.example.com\tFALSE\t/\tFALSE\t0\td\t4\n";
        assert_eq!((read(skipped, &mut count), count), (Code::Ok, 1));
        assert_eq!(other.text(), "1: the Domain attribute is a public suffix");
        assert_eq!((read("junk", &mut count), count), (Code::CookieFile, 0));
        assert_eq!(other.text(), "line 1: not seven fields separated by TAB");
        assert_eq!(session_jar_save(jar.jar, path.as_ptr(), 9, &mut count), Code::Argument);

        assert_eq!(session_jar_set_autosave(other.jar, path.as_ptr(), 0), Code::Ok);
        drop(other);
        assert!(std::fs::read_to_string(path.to_str().unwrap()).unwrap().contains("\"d\""));
        std::fs::remove_file(path.to_str().unwrap()).unwrap();
    }
}

#[test]
fn what_the_limits_remove_is_reported() {
    let jar = Fixture::new();
    let lines = |names: &[&str]| -> String {
        names.iter().map(|name| format!("www.example.com\tFALSE\t/\tFALSE\t0\t{name}\t1\n")).collect()
    };
    let load = |names: &[&str]| {
        let (text, mut count) = (lines(names), 77);
        // SAFETY: a live jar and buffer, and bytes.
        let code = unsafe {
            session_jar_load_bytes(jar.jar, text.as_ptr().cast(), text.len(), 1, 0, &mut count, jar.buffer)
        };
        assert_eq!((code, count), (Code::Ok, jar.count()));
        jar.text()
    };
    // SAFETY: a live jar.
    assert_eq!(unsafe { session_jar_set_limits(jar.jar, 2, 0, 0) }, Code::Ok);
    assert_eq!(load(&["a", "b"]), "");
    assert_eq!(load(&["c", "d", "e"]), "1: evicted: too many cookies in its domain\nevicted to make room: 2");
}

#[test]
fn what_is_written_to_is_written_also_after_an_error() {
    let jar = Fixture::new();
    let (mut one, mut two) = (Reason::Accepted, [Reason::Accepted; 2]);
    let (fields, lengths) = ([c"a=1".as_ptr(), null()], [3, 2]);
    let stale = || {
        // SAFETY: a live jar and buffer.
        unsafe { session_jar_save_buffer(jar.jar, 0, jar.buffer) };
        assert!(!jar.text().is_empty());
    };
    // SAFETY: live handles, strings, and arrays of two.
    unsafe {
        let store =
            |url: &CStr, one| session_jar_store(jar.jar, url.as_ptr(), c"a=1".as_ptr().cast(), 3, one);
        assert_eq!((store(c"no url", &mut one), one), (Code::Url, Reason::NoCookie));
        let (fields, lengths) = (fields.as_ptr(), lengths.as_ptr());
        let code = session_jar_store_response(
            jar.jar,
            URL.as_ptr(),
            fields,
            lengths,
            2,
            0,
            null(),
            two.as_mut_ptr(),
        );
        assert_eq!((code, two, jar.count()), (Code::Null, [Reason::NoCookie; 2], 0));
        one = Reason::Accepted;
        let domain = c"a.example".as_ptr();
        let code = session_jar_set(jar.jar, domain, null(), null(), c"1".as_ptr(), 0, 0, &mut one);
        assert_eq!((code, one), (Code::Null, Reason::NoCookie));
        let code = session_jar_set(jar.jar, domain, null(), c"".as_ptr(), c"1".as_ptr(), 0, 0, &mut one);
        assert_eq!((code, one), (Code::Ok, Reason::Accepted));

        stale();
        assert_eq!(session_jar_load(jar.jar, c"x".as_ptr(), 7, 0, null_mut(), jar.buffer), Code::Argument);
        assert_eq!(jar.text(), "7 is no format of cookie files");
        stale();
        assert_eq!(session_jar_load_bytes(jar.jar, null(), 5, 0, 0, null_mut(), jar.buffer), Code::Null);
        assert_eq!(jar.text(), "data is NULL with a length of 5");
        stale();
        assert_eq!(session_jar_save_buffer(null_mut(), 0, jar.buffer), Code::Null);
        assert_eq!(jar.text(), "");
    }
}

static FREED: AtomicUsize = AtomicUsize::new(0);

unsafe extern "C" fn freed(_: *mut c_void) {
    FREED.fetch_add(1, Ordering::Relaxed);
}

unsafe extern "C" fn decide(url: *const c_char, cookie: *const session_cookies_t, jar: *mut c_void) -> c_int {
    // SAFETY: the library passes live pointers, and the jar is the test's.
    unsafe {
        assert_eq!(CStr::from_ptr(url), URL);
        session_jar_count(jar.cast());
    }
    match part(cookie, 0, session_cookies_name).as_deref() {
        Some("keep") => 0,
        Some("short") => 1,
        _ => 2,
    }
}

unsafe extern "C" fn tell(cookie: *const session_cookies_t, log: *mut c_void) {
    let name = part(cookie, 0, session_cookies_name).unwrap();
    // SAFETY: the log is the test's, and this its only thread.
    unsafe { (*log.cast::<Vec<(String, c_int)>>()).push((name, session_cookies_reason(cookie, 0))) };
}

unsafe extern "C" fn noon(_: *mut c_void) -> i64 {
    43_200_000
}

#[test]
fn callbacks() {
    let jar = Fixture::new();
    let mut log: Vec<(String, c_int)> = Vec::new();
    let log: *mut Vec<(String, c_int)> = &mut log;
    // SAFETY: a live jar; the log outlives it; each function fits its userdata.
    unsafe {
        assert_eq!(session_jar_set_policy(jar.jar, Some(decide), jar.jar.cast(), Some(freed)), Code::Ok);
        assert_eq!(session_jar_set_change_hook(jar.jar, Some(tell), log.cast(), Some(freed)), Code::Ok);
        assert_eq!(session_jar_set_clock(jar.jar, Some(noon), null_mut(), Some(freed)), Code::Ok);
        assert_eq!(jar.store(b"keep=1; Max-Age=60"), (Code::Ok, Reason::Accepted));
        assert_eq!(jar.store(b"short=1; Max-Age=60"), (Code::Ok, Reason::Accepted));
        assert_eq!(jar.store(b"no=1"), (Code::CookieRefused, Reason::Policy));
        // What the program itself sets is its own word.
        let own =
            session_jar_set(jar.jar, c"b.example".as_ptr(), null(), c"no".as_ptr(), null(), 0, 0, null_mut());
        assert_eq!(
            (own, session_jar_delete(jar.jar, null(), null(), c"no".as_ptr(), null_mut())),
            (Code::Ok, Code::Ok)
        );
        let cookies = session_jar_cookies(jar.jar, null(), null(), null());
        assert_eq!(session_cookies_expires_ms(cookies, 0), 43_260_000);
        assert_eq!(session_cookies_expires_ms(cookies, 1), 0);
        session_cookies_free(cookies);
        assert_eq!(session_jar_clear(jar.jar), Code::Ok);
        let cleared = Reason::Cleared as c_int;
        let told = ["keep", "short", "no", "no", "keep", "short"]
            .map(String::from)
            .into_iter()
            .zip([0, 0, 0, cleared, cleared, cleared]);
        assert_eq!(*log, told.collect::<Vec<_>>());

        assert_eq!(FREED.load(Ordering::Relaxed), 0);
        assert_eq!(session_jar_set_clock(jar.jar, None, null_mut(), None), Code::Ok);
        assert_eq!(FREED.load(Ordering::Relaxed), 1);
        // A refused call frees its userdata too.
        assert_eq!(session_jar_set_clock(null_mut(), Some(noon), null_mut(), Some(freed)), Code::Null);
        assert_eq!(FREED.load(Ordering::Relaxed), 2);
        drop(jar);
        assert_eq!(FREED.load(Ordering::Relaxed), 4);
    }
}

#[test]
fn options() {
    let jar = Fixture::new();
    // SAFETY: a live jar.
    unsafe {
        assert_eq!(session_jar_set_limits(jar.jar, 2, 0, 7), Code::Ok);
        assert_eq!(session_jar_set_limits(jar.jar, -1, 0, 0), Code::Argument);
        assert_eq!(session_jar_set_max_lifetime_ms(jar.jar, 60_000), Code::Ok);
        assert_eq!(session_jar_set_loopback_secure(jar.jar, 0), Code::Ok);
        assert_eq!(session_jar_set_partition_by_own_site(jar.jar, 1), Code::Ok);
        assert_eq!(session_jar_set_partition_limits(jar.jar, 1, -1), Code::Argument);
        assert_eq!(session_jar_set_partition_limits(jar.jar, 0, 8), Code::Ok);
        assert_eq!(session_jar_set_same_site_none_secure(jar.jar, 0), Code::Ok);
    }
    for field in [b"a=1", b"b=1", b"c=1"] {
        assert_eq!(jar.store(field).0, Code::Ok);
    }
    assert_eq!((jar.count(), jar.header()), (2, "b=1".into()));
    assert_eq!(jar.store(b"d=1; SameSite=None"), (Code::Ok, Reason::Accepted));
    // A lifetime is exact to the millisecond.
    let store = |field: &[u8]| {
        let mut reason = Reason::Cleared;
        let (url, field, length) = (c"https://b.example/".as_ptr(), field.as_ptr().cast(), field.len());
        // SAFETY: a live jar, a string and bytes.
        unsafe { session_jar_store(jar.jar, url, field, length, &mut reason) };
        reason
    };
    assert_eq!(store(b"big=12345; Secure; Partitioned"), Reason::Accepted);
    assert_eq!(store(b"big=123456; Secure; Partitioned"), Reason::EvictedPartition);
    // SAFETY: a live jar.
    unsafe {
        assert_eq!(session_jar_set_clock(jar.jar, Some(noon), null_mut(), None), Code::Ok);
        assert_eq!(session_jar_set_max_lifetime_ms(jar.jar, 999), Code::Ok);
        assert_eq!(store(b"short=1; Max-Age=60"), Reason::Accepted);
        let cookies = session_jar_cookies(jar.jar, null(), null(), c"short".as_ptr());
        assert_eq!(session_cookies_expires_ms(cookies, 0), 43_200_999);
        session_cookies_free(cookies);
    }
}

#[test]
fn null_is_an_error_or_nothing() {
    let jar = Fixture::new();
    let none: *mut session_jar_t = null_mut();
    let url = URL.as_ptr();
    // SAFETY: NULL is allowed everywhere, and the others are live.
    unsafe {
        session_jar_free(null_mut());
        session_cookies_free(null_mut());
        let codes = [
            session_jar_store(none, url, null(), 0, null_mut()),
            session_jar_store(jar.jar, null(), null(), 0, null_mut()),
            session_jar_store(jar.jar, url, null(), 1, null_mut()),
            session_jar_store_response(jar.jar, url, null(), null(), 1, 0, null(), null_mut()),
            session_jar_header(none, url, jar.buffer),
            session_jar_header(jar.jar, null(), jar.buffer),
            session_jar_header(jar.jar, url, null_mut()),
            session_jar_set(jar.jar, null(), null(), null(), null(), 0, 0, null_mut()),
            session_jar_get(jar.jar, url, null(), jar.buffer),
            session_jar_delete(none, null(), null(), null(), null_mut()),
            session_jar_clear(none),
            session_jar_clear_session(none),
            session_jar_load(jar.jar, null(), 0, 0, null_mut(), null_mut()),
            session_jar_load_bytes(jar.jar, null(), 1, 0, 0, null_mut(), null_mut()),
            session_jar_save(jar.jar, null(), 0, null_mut()),
            session_jar_save_buffer(none, 0, jar.buffer),
            session_jar_save_buffer(jar.jar, 0, null_mut()),
            session_jar_set_autosave(none, null(), 0),
            session_jar_set_limits(none, 0, 0, 0),
            session_jar_set_max_lifetime_ms(none, 0),
            session_jar_set_loopback_secure(none, 0),
            session_jar_set_partition_by_own_site(none, 0),
            session_jar_set_policy(none, None, null_mut(), None),
            session_jar_set_change_hook(none, None, null_mut(), None),
        ];
        assert!(codes.iter().all(|code| *code == Code::Null), "{codes:?}");
        assert_eq!(session_jar_store(jar.jar, c"no url".as_ptr(), null(), 0, null_mut()), Code::Url);
        assert_eq!(session_jar_store(jar.jar, url, null(), 0, null_mut()), Code::CookieRefused);
        assert_eq!(
            session_jar_store_response(jar.jar, url, null(), null(), 0, 0, null(), null_mut()),
            Code::Ok
        );
        assert_eq!(session_jar_header(jar.jar, c"\xFF".as_ptr(), jar.buffer), Code::Utf8);
        assert_eq!(session_jar_count(none), 0);
        assert!(session_jar_cookies(none, null(), null(), null()).is_null());
        assert!(session_jar_explain(none, url, 0, null()).is_null());
        assert_eq!(session_cookies_count(null()), 0);
        assert_eq!(part(null(), 0, session_cookies_name), None);
        assert_eq!(part(null(), 0, session_cookies_partition), None);
        assert_eq!(session_cookies_secure(null(), 0), 0);
        assert_eq!(session_cookies_expires_ms(null(), 0), 0);
        assert_eq!(session_cookies_reason(null(), 0), Reason::NoCookie as i32);
    }
}

#[test]
fn a_forked_child_cannot_use_the_jar() {
    let jar = Fixture::new();
    jar.store(b"a=1");
    // SAFETY: the child makes two calls that must not wait for a lock, and exits at once.
    unsafe {
        let child = libc::fork();
        assert!(child >= 0);
        if child == 0 {
            let code = session_jar_clear(jar.jar);
            session_jar_free(jar.jar);
            libc::_exit(if code == Code::Forked { 42 } else { 1 });
        }
        let mut status = 0;
        assert_eq!(libc::waitpid(child, &mut status, 0), child);
        assert!(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 42);
    }
    assert_eq!(jar.header(), "a=1");
}
