//! Line breaks through every function of the C interface whose text ends up in the head of a
//! message: the call is refused and not a byte reaches the server; and when its refusal goes
//! unnoticed, the request that is sent all the same holds nothing of it.

use htmlsession::ffi::network::session_set_proxy;
use htmlsession::ffi::request::*;
use htmlsession::ffi::response::*;
use htmlsession::ffi::session::*;
use htmlsession::{Auth, Code, Request, Session};
use std::ffi::{CStr, CString, c_char};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::ptr::null;
use std::sync::{Arc, Mutex};
use std::thread;

/// A server that keeps every byte that it was sent.
struct Wire {
    url: String,
    bytes: Arc<Mutex<Vec<u8>>>,
}

impl Wire {
    fn new() -> Wire {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let bytes: Arc<Mutex<Vec<u8>>> = Arc::default();
        let kept = bytes.clone();
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let kept = kept.clone();
                thread::spawn(move || {
                    let mut buffer = [0; 4096];
                    while let Ok(count @ 1..) = stream.read(&mut buffer) {
                        kept.lock().unwrap().extend_from_slice(&buffer[..count]);
                        if buffer[..count].ends_with(b"\r\n\r\n") {
                            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                        }
                    }
                });
            }
        });
        Wire { url, bytes }
    }

    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.bytes.lock().unwrap())
    }
}

/// What a setter works on.
struct Handles {
    session: *mut session_t,
    request: *mut session_request_t,
    url: CString,
}

/// Sends a request to a URL and tells how it ended.
unsafe fn get(session: *mut session_t, url: *const c_char) -> Code {
    // SAFETY: the caller passes a live handle and a text.
    unsafe {
        let response = session_get(session, url);
        let code = session_response_error(response);
        session_response_free(response);
        code
    }
}

type Setter = unsafe fn(&Handles, *const c_char) -> Code;

/// A URL with the text behind it.
unsafe fn with_url(handles: &Handles, text: *const c_char) -> CString {
    // SAFETY: a NUL-terminated text.
    CString::new([handles.url.to_bytes(), unsafe { CStr::from_ptr(text) }.to_bytes()].concat()).unwrap()
}

/// Each takes the text in, and gives the code of its refusal.
const SETTERS: [(&str, Code, Setter); 9] = [
    ("header of the session", Code::Header, |handles, text| {
        // SAFETY: live handles and texts, here and below.
        unsafe { session_set_header(handles.session, c"User-Agent".as_ptr(), text) }
    }),
    ("name of a header", Code::Header, |handles, text| {
        // SAFETY: as above.
        unsafe { session_set_header(handles.session, text, c"value".as_ptr()) }
    }),
    ("header of the request", Code::Header, |handles, text| {
        // SAFETY: as above.
        unsafe { session_request_set_header(handles.request, c"Referer".as_ptr(), text) }
    }),
    ("further value", Code::Header, |handles, text| {
        // SAFETY: as above.
        unsafe { session_request_add_header(handles.request, c"Range".as_ptr(), text) }
    }),
    ("cookie", Code::Argument, |handles, text| {
        // SAFETY: as above.
        unsafe { session_request_set_cookie(handles.request, c"name".as_ptr(), text) }
    }),
    ("type of the body", Code::Header, |handles, text| {
        // SAFETY: as above.
        unsafe { session_request_set_body(handles.request, text, null(), 0) }
    }),
    ("bearer token", Code::Header, |handles, text| {
        // SAFETY: as above.
        unsafe { session_set_auth_bearer(handles.session, text) }
    }),
    ("method", Code::Method, |handles, text| {
        // SAFETY: as above.
        unsafe {
            let request = session_request_new(text, handles.url.as_ptr());
            let response = session_send(handles.session, request);
            session_request_free(request);
            let code = session_response_error(response);
            session_response_free(response);
            code
        }
    }),
    ("URL", Code::Url, |handles, text| {
        // SAFETY: as above.
        unsafe { get(handles.session, with_url(handles, text).as_ptr()) }
    }),
];

const BREAKS: [&str; 4] = ["\r", "\n", "\r\n", "\0"];

/// Where the break stands: at the beginning, inside, at the end.
fn texts(line_break: &str) -> [String; 3] {
    [format!("{line_break}X-Evil: 1"), format!("good{line_break}X-Evil: 1"), format!("good{line_break}")]
}

#[test]
fn no_byte_reaches_the_wire() {
    let wire = Wire::new();
    let mut attempts = 0;
    for (name, expected, set) in SETTERS {
        for line_break in BREAKS {
            for text in texts(line_break) {
                // SAFETY: live handles, freed below.
                let handles = unsafe {
                    let url = CString::new(&*wire.url).unwrap();
                    Handles {
                        session: session_new(),
                        request: session_request_new(c"GET".as_ptr(), url.as_ptr()),
                        url,
                    }
                };
                // A C text ends at a NUL: what is behind it is out of the library's sight.
                let code = {
                    let bytes = [text.as_bytes(), b"\0"].concat();
                    // SAFETY: live handles and NUL-terminated bytes.
                    unsafe { set(&handles, bytes.as_ptr().cast()) }
                };
                let sent = wire.take();
                if line_break != "\0" {
                    assert_eq!(code, expected, "{name}: {text:?}");
                    assert_eq!(sent.len(), 0, "{name}: {text:?} sent {:?}", String::from_utf8_lossy(&sent));
                    attempts += 1;
                }
                assert!(!String::from_utf8_lossy(&sent).contains("Evil"), "{name}: {text:?}");
                // Whoever does not look at the code sends a request without it.
                // SAFETY: live handles, not used afterwards.
                unsafe {
                    session_response_free(session_send(handles.session, handles.request));
                    session_request_free(handles.request);
                    session_free(handles.session);
                }
                let sent = String::from_utf8(wire.take()).unwrap();
                assert!(sent.starts_with("GET / HTTP/1.1\r\n"), "{name}: {text:?} sent {sent:?}");
                assert!(!sent.contains("Evil"), "{name}: {text:?} sent {sent:?}");
                assert!(!sent.replace("\r\n", "").contains(['\r', '\n', '\0']), "{name}: {sent:?}");
                assert_eq!(sent.matches("\r\n\r\n").count(), 1, "{name}: {sent:?}");
            }
        }
    }
    assert_eq!(attempts, 9 * 3 * 3);
}

#[test]
fn no_nul_reaches_the_wire() {
    // Rust texts may hold one, and behind it what C would not see.
    let wire = Wire::new();
    type Attempt = fn(&Session, &str, &str) -> Option<Code>;
    fn code<T>(result: htmlsession::Result<T>) -> Option<Code> {
        result.err().map(|error| error.code())
    }
    let attempts: [(&str, Attempt); 9] = [
        ("header of the session", |session, _, text| {
            code(session.set_header("User-Agent", Some(text.as_bytes())))
        }),
        ("name of a header", |session, _, text| code(session.set_header(text, Some(b"value")))),
        ("header of the request", |_, url, text| {
            code(Request::new("GET", url).unwrap().set_header("Referer", Some(text.as_bytes())))
        }),
        ("further value", |_, url, text| {
            code(Request::new("GET", url).unwrap().add_header("Range", text.as_bytes()))
        }),
        ("cookie", |_, url, text| {
            code(Request::new("GET", url).unwrap().set_cookie(b"name", text.as_bytes()))
        }),
        ("type of the body", |_, url, text| {
            code(Request::new("GET", url).unwrap().set_body(htmlsession::http::Body::Empty, Some(text)))
        }),
        ("bearer token", |_, _, text| code(Auth::bearer(text))),
        ("method", |_, url, text| code(Request::new(text, url))),
        ("URL", |session, url, text| session.get(&format!("{url}{text}")).error().map(|error| error.code())),
    ];
    for (name, attempt) in attempts {
        for text in texts("\0") {
            let refused = attempt(&Session::new(), &wire.url, &text);
            assert!(refused.is_some_and(|code| code != Code::Internal), "{name}: {text:?}");
            assert_eq!(wire.take().len(), 0, "{name}: {text:?}");
        }
    }
}

#[test]
fn what_is_encoded_stays_on_its_line() {
    // Parameters and names of parts may hold anything: they are encoded.
    let wire = Wire::new();
    for text in ["\r", "\n", "\r\n"].iter().flat_map(|line_break| texts(line_break)) {
        let text = CString::new(text).unwrap();
        // SAFETY: live handles and texts.
        unsafe {
            let session = session_new();
            assert_eq!(session_set_param(session, text.as_ptr(), text.as_ptr()), Code::Ok);
            assert_eq!(session_set_auth_basic(session, c"user".as_ptr(), text.as_ptr()), Code::Argument);
            let url = CString::new(&*wire.url).unwrap();
            assert_eq!(get(session, url.as_ptr()), Code::Ok);
            assert_ne!(session_set_base_url(session, with(&wire.url, &text).as_ptr()), Code::Ok);
            assert_ne!(session_set_proxy(session, with("http://proxy", &text).as_ptr()), Code::Ok);
            session_free(session);
        }
        let sent = String::from_utf8(wire.take()).unwrap();
        let head = sent.strip_suffix("\r\n\r\n").expect("one head");
        let lines: Vec<&str> = head.split("\r\n").collect();
        assert_eq!(lines.len(), 5, "request line, Host, three defaults: {lines:?}");
        assert!(
            !lines.iter().any(|line| line.contains(['\r', '\n']) || line.starts_with("X-Evil")),
            "{lines:?}"
        );
    }
}

fn with(start: &str, text: &CStr) -> CString {
    CString::new([start.as_bytes(), text.to_bytes()].concat()).unwrap()
}
