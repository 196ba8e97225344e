//! HTTP through the C ABI against raw libcurl of the same version and settings, interleaved in one run.
//!
//! `cargo bench --bench http`, with words of a row's name as arguments for that row alone; needs
//! nginx, and measures the library of `HTMLSESSION_LIBRARY`, else itself. CPU is that of this process
//! per request; each ratio is the median of the ratios of its rounds, below 1 is better than the
//! other (for requests per second: above 1).
//!
//! "raw" is libcurl with a fixed `Cookie` header that throws everything away but the body's length.
//! "by hand" is what a program writes that needs of libcurl what a session's response has: cookies
//! by libcurl's engine, redirects, and of each response its status, URL, address, times, headers
//! and body in memory of its own.

use curl_sys as sys;
use htmlsession::ffi::session::session_t;
use std::cell::RefCell;
use std::ffi::{CStr, CString, c_char, c_void};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::{Duration, Instant};
use support::library::api;

mod support {
    pub mod library;
}

const ROUNDS: usize = 9;

fn cpu() -> Duration {
    // SAFETY: the kernel fills the structure, for which zero is valid.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &mut usage);
        usage
    };
    let time = |time: libc::timeval| Duration::new(time.tv_sec as u64, time.tv_usec as u32 * 1000);
    time(usage.ru_utime) + time(usage.ru_stime)
}

/// nginx with static files, HTTP and HTTP/2 over TLS.
struct Nginx(Child, PathBuf);

impl Nginx {
    fn start() -> Nginx {
        let dir = std::env::temp_dir().join(format!("htmlsession-bench-{}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a scratch directory");
        for (name, size) in [("1k", 1 << 10), ("10k", 10 << 10), ("100k", 100 << 10)] {
            std::fs::write(dir.join(name), vec![b'x'; size]).expect("a file");
        }
        let path = dir.display();
        let certificate = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"])
            .args(["-addext", "subjectAltName=IP:127.0.0.1", "-out", "cert.pem", "-keyout", "key.pem"])
            .current_dir(&dir)
            .output()
            .expect("the openssl command (Debian: openssl)");
        assert!(certificate.status.success());
        let config = format!(
            "daemon off; user root; worker_processes 1; pid {path}/pid; error_log {path}/error.log;\n\
             events {{ worker_connections 1024; }}\n\
             http {{ access_log off; keepalive_requests 100000000; default_type text/plain;\n\
             client_body_temp_path {path}; proxy_temp_path {path}; fastcgi_temp_path {path};\n\
             uwsgi_temp_path {path}; scgi_temp_path {path};\n\
             server {{ listen 127.0.0.1:8971; root {path}; add_header Set-Cookie 'id=1; Path=/'; }}\n\
             server {{ listen 127.0.0.1:8972 ssl http2; root {path};\n\
             ssl_certificate {path}/cert.pem; ssl_certificate_key {path}/key.pem; }} }}\n"
        );
        std::fs::write(dir.join("nginx.conf"), config).expect("a file");
        let child = Command::new("nginx")
            .arg("-c")
            .arg(dir.join("nginx.conf"))
            .spawn()
            .expect("nginx (Debian: nginx)");
        let nginx = Nginx(child, dir);
        for _ in 0..100 {
            if std::net::TcpStream::connect("127.0.0.1:8972").is_ok() {
                return nginx;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("nginx did not start");
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // SAFETY: a signal to our own child.
        unsafe { libc::kill(self.0.id() as i32, libc::SIGTERM) };
        let _ = self.0.wait();
        let _ = std::fs::remove_dir_all(&self.1);
    }
}

extern "C" fn keep(data: *mut c_char, size: usize, count: usize, body: *mut c_void) -> usize {
    // SAFETY: libcurl passes its buffer and the vector that was set.
    unsafe {
        let bytes = std::slice::from_raw_parts(data.cast::<u8>(), size * count);
        (*body.cast::<Vec<u8>>()).extend_from_slice(bytes);
    }
    size * count
}

/// The settings that every request of libcurl's has here.
fn easy(url: &CString) -> *mut sys::CURL {
    // SAFETY: a new handle, options of the right types, and texts that libcurl copies.
    unsafe {
        let easy = sys::curl_easy_init();
        sys::curl_easy_setopt(easy, sys::CURLOPT_URL, url.as_ptr());
        sys::curl_easy_setopt(easy, sys::CURLOPT_NOSIGNAL, 1_i64);
        sys::curl_easy_setopt(easy, sys::CURLOPT_SSL_VERIFYPEER, 0_i64);
        sys::curl_easy_setopt(easy, sys::CURLOPT_SSL_VERIFYHOST, 0_i64);
        sys::curl_easy_setopt(easy, sys::CURLOPT_HTTP_VERSION, 4_i64);
        // Where a connection carries many; with HTTP/1.1 it would make each wait for the first.
        let is_https = url.as_bytes().starts_with(b"https:");
        sys::curl_easy_setopt(easy, sys::CURLOPT_PIPEWAIT, i64::from(is_https));
        sys::curl_easy_setopt(easy, sys::CURLOPT_WRITEFUNCTION, keep as *const c_void);
        easy
    }
}

/// The request's headers: those that a session sends.
fn set_headers(easy: *mut sys::CURL, cookie: Option<&CStr>) {
    let agent =
        [c"User-Agent: libhtmlsession/0.1.0", c"Accept: */*", c"Accept-Encoding: gzip, deflate, br, zstd"];
    let mut headers = std::ptr::null_mut();
    // SAFETY: a live handle, and texts that libcurl copies; the list stays.
    unsafe {
        for header in agent.into_iter().chain(cookie) {
            headers = sys::curl_slist_append(headers, header.as_ptr());
        }
        sys::curl_easy_setopt(easy, sys::CURLOPT_HTTPHEADER, headers);
    }
}

fn raw_easy(url: &CString, body: *mut Vec<u8>) -> *mut sys::CURL {
    let easy = easy(url);
    // SAFETY: a live handle, and a vector that outlives it.
    unsafe { sys::curl_easy_setopt(easy, sys::CURLOPT_WRITEDATA, body) };
    set_headers(easy, Some(c"Cookie: id=1"));
    easy
}

/// A response by hand: name and value are places in the text.
#[derive(Default)]
struct Reply {
    status: i64,
    url: CString,
    address: CString,
    times: [f64; 5],
    text: Vec<u8>,
    headers: Vec<[std::ops::Range<usize>; 2]>,
    body: Vec<u8>,
}

extern "C" fn keep_header(data: *mut c_char, size: usize, count: usize, reply: *mut c_void) -> usize {
    // SAFETY: libcurl passes a line and the reply that was set.
    let (line, reply) =
        unsafe { (std::slice::from_raw_parts(data.cast::<u8>(), size * count), &mut *reply.cast::<Reply>()) };
    if line.starts_with(b"HTTP/") {
        // Of a redirect or an interim response nothing stays.
        reply.text.clear();
        reply.headers.clear();
    }
    let start = reply.text.len();
    reply.text.extend_from_slice(line.trim_ascii_end());
    if let Some(colon) = line.iter().position(|&byte| byte == b':') {
        let value = colon + 1 + line[colon + 1..].iter().take_while(|byte| **byte == b' ').count();
        let end = reply.text.len();
        reply.headers.push([start..start + colon, (start + value).min(end)..end]);
    }
    size * count
}

fn by_hand_easy(url: &CString) -> *mut sys::CURL {
    let easy = easy(url);
    set_headers(easy, None);
    // SAFETY: a live handle, and a static text.
    unsafe {
        // The empty name switches the cookie engine on.
        sys::curl_easy_setopt(easy, sys::CURLOPT_COOKIEFILE, c"".as_ptr());
        sys::curl_easy_setopt(easy, sys::CURLOPT_FOLLOWLOCATION, 1_i64);
        sys::curl_easy_setopt(easy, sys::CURLOPT_HEADERFUNCTION, keep_header as *const c_void);
    }
    easy
}

/// The next request begins: its URL and its reply.
fn by_hand_begin(easy: *mut sys::CURL, url: &CString) -> Box<Reply> {
    let mut reply = Box::new(Reply::default());
    // SAFETY: a live handle, a text that libcurl copies, and a reply that outlives the transfer.
    unsafe {
        sys::curl_easy_setopt(easy, sys::CURLOPT_URL, url.as_ptr());
        sys::curl_easy_setopt(easy, sys::CURLOPT_WRITEDATA, &raw mut reply.body);
        sys::curl_easy_setopt(easy, sys::CURLOPT_HEADERDATA, &raw mut *reply);
    }
    reply
}

fn by_hand_end(easy: *mut sys::CURL, reply: &mut Reply) {
    // SAFETY: a live handle, and for each question a place of the type that its answer has.
    unsafe {
        sys::curl_easy_getinfo(easy, sys::CURLINFO_RESPONSE_CODE, &mut reply.status);
        let text = |info| {
            let mut text: *const c_char = std::ptr::null();
            sys::curl_easy_getinfo(easy, info, &mut text);
            CStr::from_ptr(text).to_owned()
        };
        reply.url = text(sys::CURLINFO_EFFECTIVE_URL);
        reply.address = text(sys::CURLINFO_PRIMARY_IP);
        let times = [
            sys::CURLINFO_NAMELOOKUP_TIME,
            sys::CURLINFO_CONNECT_TIME,
            sys::CURLINFO_APPCONNECT_TIME,
            sys::CURLINFO_STARTTRANSFER_TIME,
            sys::CURLINFO_TOTAL_TIME,
        ];
        for (info, time) in times.into_iter().zip(&mut reply.times) {
            sys::curl_easy_getinfo(easy, info, &raw mut *time);
        }
    }
    assert!(reply.status == 200 && !reply.body.is_empty());
    std::hint::black_box(reply);
}

fn by_hand_sequential(url: &CString, requests: usize) {
    let easy = by_hand_easy(url);
    for _ in 0..requests {
        let mut reply = by_hand_begin(easy, url);
        // SAFETY: a live handle.
        assert_eq!(unsafe { sys::curl_easy_perform(easy) }, sys::CURLE_OK);
        by_hand_end(easy, &mut reply);
    }
    // SAFETY: the last use of the handle.
    unsafe { sys::curl_easy_cleanup(easy) };
}

/// One after the other on one connection.
fn raw_sequential(url: &CString, requests: usize) {
    raw_buffered(url, requests, None);
}

/// The same with as large a buffer as a session has.
fn raw_large_buffer(url: &CString, requests: usize) {
    raw_buffered(url, requests, Some(256 << 10));
}

fn raw_buffered(url: &CString, requests: usize, buffer: Option<i64>) {
    let mut body = Vec::new();
    let easy = raw_easy(url, &mut body);
    if let Some(bytes) = buffer {
        // SAFETY: a live handle.
        unsafe { sys::curl_easy_setopt(easy, sys::CURLOPT_BUFFERSIZE, bytes) };
    }
    for _ in 0..requests {
        body.clear();
        // SAFETY: a live handle.
        assert_eq!(unsafe { sys::curl_easy_perform(easy) }, sys::CURLE_OK);
        assert!(!body.is_empty());
    }
    // SAFETY: the last use of the handle.
    unsafe { sys::curl_easy_cleanup(easy) };
}

/// Sixteen threads, each with a handle and a connection of its own.
fn raw_threads(url: &CString, requests: usize) {
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| raw_sequential(url, requests / 16));
        }
    });
}

fn our_session() -> *mut session_t {
    let api = api();
    let session = (api.session_new)();
    // SAFETY: a live handle.
    unsafe { (api.session_set_verify)(session, 0) };
    session
}

fn our_sequential(url: &CString, requests: usize) {
    let api = api();
    let session = our_session();
    for _ in 0..requests {
        // SAFETY: live handles.
        unsafe {
            let response = (api.session_get)(session, url.as_ptr());
            assert_eq!((api.session_response_status)(response), 200);
            let mut length = 0;
            assert!(!(api.session_response_body)(response, &mut length).is_null() && length > 0);
            (api.session_response_free)(response);
        }
    }
    // SAFETY: the last use of the handle.
    unsafe { (api.session_free)(session) };
}

/// Many in flight from one thread, on at most 64 connections. Each transfer has its number as its
/// private pointer; `begin` and `end` see to one.
fn multi(
    easies: &[*mut sys::CURL],
    requests: usize,
    mut begin: impl FnMut(*mut sys::CURL, usize),
    mut end: impl FnMut(*mut sys::CURL, usize),
) {
    // SAFETY: live handles, used by this thread only, and freed at the end.
    unsafe {
        let multi = sys::curl_multi_init();
        sys::curl_multi_setopt(multi, 3, 2_i64); // CURLMOPT_PIPELINING: multiplex
        let mut started = 0;
        for (number, &easy) in easies.iter().enumerate().take(requests) {
            sys::curl_easy_setopt(easy, sys::CURLOPT_PRIVATE, number);
            begin(easy, number);
            sys::curl_multi_add_handle(multi, easy);
            started += 1;
        }
        let mut done = 0;
        while done < requests {
            let mut running = 0;
            sys::curl_multi_perform(multi, &mut running);
            let mut left = 0;
            loop {
                let message = sys::curl_multi_info_read(multi, &mut left);
                if message.is_null() {
                    break;
                }
                let easy = (*message).easy_handle;
                let mut number = 0_usize;
                sys::curl_easy_getinfo(easy, sys::CURLINFO_PRIVATE, &mut number);
                end(easy, number);
                done += 1;
                sys::curl_multi_remove_handle(multi, easy);
                if started < requests {
                    started += 1;
                    begin(easy, number);
                    sys::curl_multi_add_handle(multi, easy);
                }
            }
            if done < requests {
                sys::curl_multi_wait(multi, std::ptr::null_mut(), 0, 1000, std::ptr::null_mut());
            }
        }
        for &easy in easies {
            sys::curl_multi_remove_handle(multi, easy);
            sys::curl_easy_cleanup(easy);
        }
        sys::curl_multi_cleanup(multi);
    }
}

fn raw_multi(url: &CString, requests: usize) {
    let mut bodies: Vec<Vec<u8>> = vec![Vec::new(); 64];
    let easies: Vec<*mut sys::CURL> = bodies.iter_mut().map(|body| raw_easy(url, body)).collect();
    let bodies = bodies.as_mut_ptr();
    multi(
        &easies,
        requests,
        |_, _| {},
        |_, number| {
            // SAFETY: a vector that libcurl does not write into now.
            let body = unsafe { &mut *bodies.add(number) };
            assert!(!body.is_empty());
            body.clear();
        },
    );
}

fn by_hand_multi(url: &CString, requests: usize) {
    // One jar for all.
    // SAFETY: a new handle, with options of the right types.
    let share = unsafe {
        let share = sys::curl_share_init();
        sys::curl_share_setopt(share, sys::CURLSHOPT_SHARE, sys::CURL_LOCK_DATA_COOKIE);
        share
    };
    let easies: Vec<*mut sys::CURL> = (0..64).map(|_| by_hand_easy(url)).collect();
    for &easy in &easies {
        // SAFETY: live handles.
        unsafe { sys::curl_easy_setopt(easy, sys::CURLOPT_SHARE, share) };
    }
    let replies: RefCell<Vec<Option<Box<Reply>>>> = RefCell::new((0..64).map(|_| None).collect());
    multi(
        &easies,
        requests,
        |easy, number| replies.borrow_mut()[number] = Some(by_hand_begin(easy, url)),
        |easy, number| {
            let mut reply = replies.borrow_mut()[number].take().expect("it has begun");
            by_hand_end(easy, &mut reply);
        },
    );
    // SAFETY: no handle uses it any more.
    unsafe { sys::curl_share_cleanup(share) };
}

fn our_multi(url: &CString, requests: usize) {
    let api = api();
    let session = our_session();
    // SAFETY: live handles, freed at the end.
    unsafe {
        (api.session_set_connection_limits)(session, 64, 64, 64);
        let request = (api.session_request_new)(c"GET".as_ptr(), url.as_ptr());
        let submit = || {
            (api.session_submit)(session, request, std::ptr::null_mut(), std::ptr::null_mut());
        };
        (0..requests.min(64)).for_each(|_| submit());
        let mut started = requests.min(64);
        for _ in 0..requests {
            let response = (api.session_next)(session, -1);
            assert_eq!((api.session_response_status)(response), 200);
            (api.session_response_free)(response);
            if started < requests {
                started += 1;
                submit();
            }
        }
        (api.session_request_free)(request);
        (api.session_free)(session);
    }
}

/// Sixteen threads that block on one session.
fn our_threads(url: &CString, requests: usize) {
    let api = api();
    let session = our_session() as usize;
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(move || {
                for _ in 0..requests / 16 {
                    // SAFETY: a live handle, which threads may share.
                    unsafe {
                        let response = (api.session_get)(session as *mut session_t, url.as_ptr());
                        assert_eq!((api.session_response_status)(response), 200);
                        (api.session_response_free)(response);
                    }
                }
            });
        }
    });
    // SAFETY: the last use of the handle.
    unsafe { (api.session_free)(session as *mut session_t) };
}

type Contender = fn(&CString, usize);

/// CPU and wall time of one pass, per request in microseconds.
fn pass(run: Contender, url: &CString, requests: usize) -> (f64, f64) {
    let (cpu_before, start) = (cpu(), Instant::now());
    run(url, requests);
    let micros = |time: Duration| time.as_secs_f64() * 1e6 / requests as f64;
    (micros(cpu() - cpu_before), micros(start.elapsed()))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// With arguments, only the rows whose name holds one of them.
fn is_asked(what: &str) -> bool {
    let mut asked = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).peekable();
    asked.peek().is_none() || asked.any(|argument| what.contains(&argument))
}

/// A session, and what it is compared with, in the same rounds.
fn compare(what: &str, url: &str, requests: usize, ours: Contender, others: &[(&str, Contender)]) {
    if !is_asked(what) {
        return;
    }
    let url = CString::new(url).expect("no NUL");
    let contenders: Vec<Contender> = [ours].into_iter().chain(others.iter().map(|other| other.1)).collect();
    let mut passes: Vec<Vec<(f64, f64)>> = vec![Vec::new(); contenders.len()];
    for contender in &contenders {
        pass(*contender, &url, requests / 4);
    }
    for round in 0..ROUNDS {
        for turn in 0..contenders.len() {
            let turn = if round % 2 == 0 { turn } else { contenders.len() - 1 - turn };
            passes[turn].push(pass(contenders[turn], &url, requests));
        }
    }
    let middle = |turn: usize, pick: fn(&(f64, f64)) -> f64| median(passes[turn].iter().map(pick).collect());
    let (cpu, rate) = (middle(0, |pass| pass.0), 1e6 / middle(0, |pass| pass.1));
    println!("{what:<40} CPU {cpu:6.1} us               requests/s {rate:7.0}");
    for (at, (name, _)) in others.iter().enumerate() {
        let turn = at + 1;
        let ratio = |pick: fn(&(f64, f64)) -> f64| {
            median(passes[0].iter().zip(&passes[turn]).map(|(own, other)| pick(own) / pick(other)).collect())
        };
        println!(
            "  {name:<38} CPU {:6.1} us, ratio {:.2};  requests/s {:7.0}, ratio {:.2}",
            middle(turn, |pass| pass.0),
            ratio(|pass| pass.0),
            1e6 / middle(turn, |pass| pass.1),
            1.0 / ratio(|pass| pass.1),
        );
    }
}

fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap_or("VmRSS: 0");
    line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).unwrap_or(0)
}

fn main() {
    let _nginx = Nginx::start();
    let (http, https) = ("http://127.0.0.1:8971", "https://127.0.0.1:8972");
    println!("each row: median of {ROUNDS} interleaved rounds");
    let alone: [(&str, Contender); 2] = [("raw", raw_sequential), ("by hand", by_hand_sequential)];
    let many: [(&str, Contender); 2] = [("raw", raw_multi), ("by hand", by_hand_multi)];
    let buffered: (&str, Contender) = ("raw, buffer of 256 KiB", raw_large_buffer);
    compare("GET 1 KiB, keep-alive", &format!("{http}/1k"), 3000, our_sequential, &alone);
    compare("GET 10 KiB, keep-alive", &format!("{http}/10k"), 3000, our_sequential, &alone);
    let query = "q=a+search+of+some+words&page=12&sort=newest&filter=none&session=0123456789abcdef";
    compare("GET 10 KiB, a longer URL", &format!("{http}/10k?{query}"), 3000, our_sequential, &alone);
    let large = [alone[0], buffered, alone[1]];
    compare("GET 100 KiB, keep-alive", &format!("{http}/100k"), 2000, our_sequential, &large);
    compare("GET 10 KiB, HTTP/2 over TLS", &format!("{https}/10k"), 2000, our_sequential, &alone);
    compare("64 in flight, 10 KiB", &format!("{http}/10k"), 6400, our_multi, &many);
    compare("64 in flight, 10 KiB, HTTP/2 over TLS", &format!("{https}/10k"), 6400, our_multi, &many);
    let threads: [(&str, Contender); 2] =
        [("64 in flight from one thread", our_multi), ("raw, a handle for each thread", raw_threads)];
    compare("16 threads, 10 KiB", &format!("{http}/10k"), 6400, our_threads, &threads);

    if !is_asked("session_new, memory") {
        return;
    }
    let api = api();
    let start = Instant::now();
    for _ in 0..10_000 {
        let session = (api.session_new)();
        // SAFETY: the last use of the handle.
        unsafe { (api.session_free)(session) };
    }
    println!("session_new + session_free: {:.2} us", start.elapsed().as_secs_f64() * 100.0);

    let url = CString::new(format!("{http}/1k")).expect("no NUL");
    our_sequential(&url, 20_000);
    let before = resident();
    our_sequential(&url, 200_000);
    println!("memory over 200,000 requests: {before} KiB before, {} KiB after", resident());
}
