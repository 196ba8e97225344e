//! Persistence: cookies.txt, our JSON, and files that are never left half done.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use htmlsession::Code;
use htmlsession::cookies::{
    Context, Cookie, CookieSpec, Filter, Format, Jar, LoadOptions, LoadReport, Reason, SameSite,
};

use super::random::Random;
use super::{START, all, header, jar, store, url};

/// A folder for one test, removed with it.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("htmlsession-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(&self.0)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn load(text: &str) -> (Jar, LoadReport) {
    let (jar, _) = jar();
    let report = jar.load_bytes(text.as_bytes(), &LoadOptions::default()).unwrap();
    (jar, report)
}

/// Loads one line of cookies.txt.
fn line(line: &str) -> Result<Cookie, Reason> {
    let (jar, report) = load(line);
    assert_eq!(report.read + report.skipped.len(), 1, "{line}");
    all(&jar).pop().ok_or_else(|| report.skipped[0].1)
}

#[test]
fn netscape_is_read_liberally() {
    let text = "\u{feff}# anything\r\n\r\n  \r\n\
        example.com\tFALSE\t/\tFALSE\t2000000000\ta\t1\r\n\
        #HttpOnly_.example.com\tTRUE\t/x/\tTRUE\t0\tb\t2\n\
        # a comment\n\
        www.example.com\tfalse\t/\tfalse\t\tc\t\n\
        www.example.com\tFALSE\t/\tFALSE\t2000000000.75\td\n\
        .www.example.com\tFALSE\t/\tFALSE\t-1\te\tx\ty\n\
        Set-Cookie: f=1; Domain=.example.com; Path=/p; HttpOnly";
    let (jar, report) = load(text);
    assert_eq!((report.read, report.skipped.len()), (6, 0));
    let show: Vec<_> = all(&jar)
        .iter()
        .map(|c| {
            let flags = [c.host_only(), c.secure(), c.http_only()].map(u8::from);
            let pair = format!("{}={}", c.name().escape_ascii(), c.value().escape_ascii());
            format!("{pair} {} {} {flags:?} {:?}", c.domain(), c.path(), c.expires())
        })
        .collect();
    assert_eq!(
        show,
        [
            "a=1 example.com / [1, 0, 0] Some(2000000000000)",
            "f=1 example.com /p [0, 0, 1] None",
            "b=2 example.com /x/ [0, 1, 1] None",
            "c= www.example.com / [1, 0, 0] None",
            "d= www.example.com / [1, 0, 0] Some(2000000000000)",
            "e=x\\ty www.example.com / [1, 0, 0] None",
        ]
    );
}

#[test]
fn netscape_lines_that_break_a_rule_are_skipped_with_the_reason() {
    let cases = [
        ("co.uk\tTRUE\t/\tFALSE\t0\ta\t1", Reason::PublicSuffix),
        ("example.com\tTRUE\t/\tFALSE\t0\t__Host-a\t1", Reason::PrefixHost),
        ("example.com\tTRUE\t/\tFALSE\t0\ta\t\u{1}", Reason::ControlCharacter),
        ("example.com\tTRUE\t/\tFALSE\t0\t\t", Reason::Empty),
        ("example.com\tTRUE\t/\tFALSE\t1\ta\t1", Reason::Expired),
        ("example.com\tTRUE\t/\tFALSE\t-5\ta\t1", Reason::Expired),
        ("example.com\tTRUE\t/\tFALSE\t1.79e+308\ta\t1", Reason::Malformed),
        ("exa mple\tTRUE\t/\tFALSE\t0\ta\t1", Reason::DomainInvalid),
        ("example.com\tTRUE\tx\tFALSE\t0\ta\t1", Reason::Malformed),
        ("Set-Cookie: a=1", Reason::DomainInvalid),
    ];
    for (text, expected) in cases {
        assert_eq!(line(text).err(), Some(expected), "{text:?}");
    }
    let long = format!("example.com\tTRUE\t/\tFALSE\t0\ta\t{}", "x".repeat(4096));
    assert_eq!(line(&long).err(), Some(Reason::TooLong));
}

#[test]
fn netscape_fields() {
    let expires =
        |field: &str| line(&format!("example.com\tTRUE\t/\tFALSE\t{field}\ta\t1")).unwrap().expires();
    // Expiries are taken as they are: no cap on what was stored.
    assert_eq!(expires("4102444800"), Some(4_102_444_800_000));
    assert_eq!(expires("99999999999999999999"), Some(253_402_300_799_999));
    let nameless = line("example.com\tFALSE\t/\tFALSE\t0\t\tvalue").unwrap();
    assert_eq!((nameless.name(), nameless.value()), (&b""[..], &b"value"[..]));
    assert_eq!(line("example.com:8080\tFALSE\t/\tFALSE\t0\ta\t1").unwrap().domain(), "example.com");
    assert_eq!(line("2001:db8::1\tTRUE\t/\tFALSE\t0\ta\t1").unwrap().domain(), "2001:db8::1");
    assert!(line("10.0.0.1\tTRUE\t/\tFALSE\t0\ta\t1").unwrap().host_only());
    assert_eq!(line("Bücher.example\tFALSE\t/\tFALSE\t0\ta\t1").unwrap().domain(), "xn--bcher-kva.example");
    let (jar, _) = jar();
    let latin1 =
        jar.load_bytes(b"example.com\tFALSE\t/\tFALSE\t0\ta\t\xE9\n", &LoadOptions::default()).unwrap();
    assert_eq!((latin1.read, all(&jar)[0].value()), (1, &b"\xE9"[..]));
}

#[test]
fn a_damaged_file_is_an_error_with_its_line_and_changes_nothing() {
    let good = "example.com\tFALSE\t/\tFALSE\t0\tnew\t1\n";
    let cases = [
        (format!("{good}example.com\tFALSE\t/\tFAL"), "line 2: not seven fields"),
        (format!("{good}\n\nexample.com FALSE / FALSE 0 a 1"), "line 4: not seven fields"),
        (format!("{good}example.com\tYES\t/\tFALSE\t0\ta\t1"), "line 2: a flag"),
        (format!("{good}example.com\tTRUE\t/\tFALSE\tsoon\ta\t1"), "line 2: the expiry"),
        ("<html>".into(), "line 1: not seven fields"),
        ("{\"cookies\":[\n{\"name\":\"a\",".into(), "cookie 2: EOF"),
        ("{\"version\":2,\"cookies\":[]}".into(), "version 2"),
        ("{\"other\":1}".into(), "neither an array"),
        (
            "[{\"name\":\"a\",\"value\":\"1\",\"domain\":\"a.example\"},{\"value\":\"1\"}]".into(),
            "cookie 2: no \"name\"",
        ),
        ("[{\"name\":\"a\",\"value\":\"1\"}]".into(), "cookie 1: no \"domain\""),
        ("[{\"name\":\"a\",\"value\":1,\"domain\":\"a.example\"}]".into(), "\"value\" is not a string"),
        ("[1]".into(), "cookie 1: not an object"),
        (format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000)), "more than 80 arrays"),
    ];
    let folder = Folder::new("damaged");
    let path = folder.file("jar");
    for (text, expected) in cases {
        let (jar, _) = jar();
        store(&jar, "http://example.com/", "old=1");
        fs::write(&path, &text).unwrap();
        let error = jar.load(&path, &LoadOptions::default()).unwrap_err();
        assert_eq!(error.code(), Code::CookieFile);
        assert!(error.message().contains(expected), "{error} / {expected}");
        assert!(error.message().starts_with(path.to_str().unwrap()), "{error}");
        assert_eq!(header(&jar, "http://example.com/"), "old=1");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
    let (jar, _) = jar();
    let lenient = LoadOptions { lenient: true, ..LoadOptions::default() };
    let report = jar.load_bytes(format!("junk\n{good}").as_bytes(), &lenient).unwrap();
    assert_eq!((report.read, report.skipped), (1, vec![(1, Reason::Malformed)]));
}

#[test]
fn netscape_as_it_is_written() {
    let (jar, _) = jar();
    let site = "https://www.example.com/a/";
    for field in [
        "z=1; Path=/",
        "d=1; Domain=example.com; Secure; HttpOnly; Max-Age=60; Path=/x/",
        "=nameless; Path=/",
        "tab=1\t2",
        "empty=; Path=/; Max-Age=60",
    ] {
        assert_eq!(store(&jar, site, field), Reason::Accepted);
    }
    let (text, report) = jar.save_bytes(Format::Netscape);
    assert_eq!((report.written, report.skipped), (4, 1));
    let text = String::from_utf8(text).unwrap();
    let (comments, lines) = text.split_once("\n\n").unwrap();
    assert_eq!(comments.lines().next(), Some("# Netscape HTTP Cookie File"));
    assert_eq!(
        lines,
        "www.example.com\tFALSE\t/\tFALSE\t0\tz\t1\n\
         #HttpOnly_.example.com\tTRUE\t/x/\tTRUE\t1577836860\td\t1\n\
         www.example.com\tFALSE\t/\tFALSE\t0\t\tnameless\n\
         www.example.com\tFALSE\t/\tFALSE\t1577836860\tempty\t\n"
    );
    // What it can hold, it gives back, in the same order.
    let (back, report) = load(&text);
    assert_eq!(report.read, 4);
    assert_eq!(header(&back, site), "z=1; nameless; empty=");
    assert_eq!(back.save_bytes(Format::Netscape).0, text.as_bytes());
}

#[test]
fn json_gives_everything_back() {
    let (jar, time) = jar();
    let key = Context { partition: Some("https://top.example"), ..Context::default() };
    let site = url("https://www.example.com/a/b");
    time.store(START + 123, std::sync::atomic::Ordering::Relaxed);
    for field in [
        &b"a=1; Max-Age=60; SameSite=Strict; Secure; HttpOnly; Domain=example.com"[..],
        b"\xFF=\xFE\t\"\\; SameSite=None; Secure; Path=/",
        b"=n\xC3\xA9; SameSite=Lax",
        b"p=1; Secure; Partitioned",
    ] {
        assert_eq!(jar.store(&site, field, &key).reason, Reason::Accepted);
    }
    let (text, report) = jar.save_bytes(Format::Json);
    assert_eq!((report.written, report.skipped), (4, 0));
    let value: serde_json::Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(value["cookies"][0]["expires"], 1_577_836_860.123);
    assert_eq!(value["cookies"][0]["same_site"], "strict");
    assert_eq!(value["cookies"][1]["value_b64"], "/gkiXA==");
    assert_eq!(value["cookies"][3]["partition_key"], "https://top.example");
    let (back, _) = super::jar();
    assert_eq!(back.load_bytes(&text, &LoadOptions::default()).unwrap().read, 4);
    assert_eq!(all(&back), all(&jar));
    assert_eq!(back.save_bytes(Format::Json).0, text);
    assert_eq!(all(&back)[0].same_site(), SameSite::Strict);
}

#[test]
fn the_order_is_that_of_creation_also_of_what_is_loaded() {
    let (jar, time) = jar();
    let site = "http://example.com/";
    let entry = |name: &str, seconds: i64| {
        format!(
            r#"{{"name":"{name}","value":"1","domain":"example.com","host_only":true,"path":"/",
            "creation":{seconds}}}"#
        )
    };
    let load = |entries: &[String]| {
        let text = format!(r#"{{"version":1,"cookies":[{}]}}"#, entries.join(","));
        jar.load_bytes(text.as_bytes(), &LoadOptions::default()).unwrap();
    };
    store(&jar, site, "new=1");
    store(&jar, site, "new2=1");
    load(&[entry("old3", 1000), entry("old1", 998), entry("twin", 998), entry("old2", 999)]);
    let expected = "old1=1; twin=1; old2=1; old3=1; new=1; new2=1";
    assert_eq!(header(&jar, site), expected);
    // No clock that steps back makes a new cookie an old one.
    time.store(997_500, std::sync::atomic::Ordering::Relaxed);
    store(&jar, site, "newer=1");
    load(&[entry("oldest", 997)]);
    assert_eq!(header(&jar, site), format!("oldest=1; {expected}; newer=1"));
    jar.delete(&Filter { name: Some(b"newer"), ..Filter::default() });
    for format in [Format::Netscape, Format::Json] {
        let (back, _) = super::jar();
        back.load_bytes(&jar.save_bytes(format).0, &LoadOptions::default()).unwrap();
        assert_eq!(header(&back, site), format!("oldest=1; {expected}"));
    }
}

#[test]
fn the_session_is_over() {
    let text = "example.com\tFALSE\t/\tFALSE\t0\ta\t1\nexample.com\tFALSE\t/\tFALSE\t2000000000\tb\t1\n";
    let (jar, _) = jar();
    let options = LoadOptions { drop_session: true, ..LoadOptions::default() };
    let report = jar.load_bytes(text.as_bytes(), &options).unwrap();
    assert_eq!((report.read, report.dropped), (1, 1));
    assert_eq!(header(&jar, "http://example.com/"), "b=1");
}

#[test]
fn a_saved_file_is_private_and_replaces_a_link_not_its_target() {
    let folder = Folder::new("private");
    let (jar, _) = jar();
    store(&jar, "http://example.com/", "a=1");
    let mode = |path: &PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    let path = folder.file("jar.txt");
    fs::write(&path, "old").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    jar.save(&path, Format::Auto).unwrap();
    assert_eq!(mode(&path), 0o600);
    assert!(fs::read_to_string(&path).unwrap().starts_with("# Netscape"));
    let json = folder.file("jar.json");
    jar.save(&json, Format::Auto).unwrap();
    assert_eq!(mode(&json), 0o600);
    assert!(fs::read_to_string(&json).unwrap().starts_with("{\"version\":1"));

    let (target, link) = (folder.file("target"), folder.file("link"));
    fs::write(&target, "untouched").unwrap();
    symlink(&target, &link).unwrap();
    jar.save(&link, Format::Netscape).unwrap();
    assert_eq!(fs::read_to_string(&target).unwrap(), "untouched");
    assert!(fs::symlink_metadata(&link).unwrap().is_file());
    assert_eq!(folder.names(), ["jar.json", "jar.txt", "link", "target"]);
}

#[test]
fn what_cannot_be_read_or_written_is_an_error() {
    let folder = Folder::new("errors");
    let (jar, _) = jar();
    let code = |path: &PathBuf| jar.load(path, &LoadOptions::default()).unwrap_err().code();
    assert_eq!(code(&folder.file("absent")), Code::Io);
    assert_eq!(code(&PathBuf::from("/dev/zero")), Code::Io);
    assert_eq!(code(&folder.file("")), Code::Io);
    let pipe = folder.file("pipe");
    let name = std::ffi::CString::new(pipe.to_str().unwrap()).unwrap();
    // SAFETY: a path, NUL-terminated.
    assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
    assert_eq!(code(&pipe), Code::Io);
    for path in [folder.file("no/such/folder"), PathBuf::from("/"), folder.file("")] {
        assert_eq!(jar.save(&path, Format::Json).unwrap_err().code(), Code::Io, "{}", path.display());
    }
    assert_eq!(folder.names(), ["pipe"]);
}

#[test]
fn autosave_when_the_last_reference_goes() {
    let folder = Folder::new("autosave");
    let path = folder.file("jar.json");
    let jar = Arc::new(Jar::new());
    jar.set_autosave(Some((&path, Format::Auto)));
    store(&jar, "http://example.com/", "a=1");
    let other = jar.clone();
    drop(jar);
    assert!(!path.exists());
    store(&other, "http://example.com/", "b=1");
    drop(other);
    let back = Jar::new();
    assert_eq!(back.load(&path, &LoadOptions::default()).unwrap().read, 2);
    fs::remove_file(&path).unwrap();
    back.set_autosave(Some((&path, Format::Auto)));
    back.set_autosave(None);
    drop(back);
    assert!(!path.exists());
}

#[test]
fn a_save_that_is_killed_leaves_the_old_or_the_new_file_whole() {
    let folder = Folder::new("killed");
    let path = folder.file("jar");
    let jars = [300, 400].map(|count| {
        let (jar, _) = jar();
        for index in 0..count {
            let (domain, value) = (format!("s{}.example", index / 10), "x".repeat(100));
            let name = format!("c{index}");
            let spec = CookieSpec {
                name: name.as_bytes(),
                value: value.as_bytes(),
                domain: &domain,
                ..CookieSpec::default()
            };
            assert_eq!(jar.set(&spec).reason, Reason::Accepted);
        }
        jar
    });
    let texts = [&jars[0], &jars[1]].map(|jar| jar.save_bytes(Format::Json).0);
    let start = Instant::now();
    for jar in jars.iter().rev() {
        jar.save(&path, Format::Json).unwrap();
    }
    // Long enough for a child to save both a few times.
    let moments = 3 * start.elapsed().as_micros() as usize + 1000;
    let mut random = Random(0x5EED);
    let mut seen = [0, 0];
    for _ in 0..100 {
        // SAFETY: the child calls nothing but save, and never returns.
        let child = unsafe { libc::fork() };
        assert!(child >= 0);
        if child == 0 {
            loop {
                let _ = jars[1].save(&path, Format::Json);
                let _ = jars[0].save(&path, Format::Json);
            }
        }
        std::thread::sleep(Duration::from_micros(random.below(moments) as u64));
        let mut status = 0;
        // SAFETY: our own child, not yet waited for.
        unsafe {
            assert_eq!(libc::kill(child, libc::SIGKILL), 0);
            assert_eq!(libc::waitpid(child, &mut status, 0), child);
        }
        let text = fs::read(&path).unwrap();
        let which = texts.iter().position(|whole| *whole == text);
        seen[which.expect("neither the old nor the new file")] += 1;
    }
    assert!(seen[0] > 0 && seen[1] > 0, "{seen:?}");
}
