//! The engine through the C ABI: threads, event loops, cancelling, forks and signals.

mod support;

use htmlsession::Code;
use htmlsession::ffi::network::*;
use htmlsession::ffi::queue::*;
use htmlsession::ffi::request::*;
use htmlsession::ffi::response::*;
use htmlsession::ffi::session::*;
use std::collections::HashSet;
use std::ffi::{CStr, CString};
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use support::{Server, reply};

/// A handle that threads may share, as the header says.
#[derive(Clone, Copy)]
struct Handle(*mut session_t);
// SAFETY: sessions are made for this.
unsafe impl Send for Handle {}
// SAFETY: sessions are made for this.
unsafe impl Sync for Handle {}

impl Handle {
    fn new() -> Handle {
        Handle(session_new())
    }

    fn get(self, url: &str) -> Answer {
        let url = CString::new(url).unwrap();
        // SAFETY: a live handle and text.
        Answer::take(unsafe { session_get(self.0, url.as_ptr()) }).expect("never NULL")
    }

    fn submit(self, url: &str) -> u64 {
        let url = CString::new(url).unwrap();
        let mut id = 0;
        // SAFETY: live handles and text.
        unsafe {
            let request = session_request_new(c"GET".as_ptr(), url.as_ptr());
            assert_eq!(session_submit(self.0, request, std::ptr::null_mut(), &mut id), Code::Ok);
            session_request_free(request);
        }
        id
    }

    fn next(self, timeout: i64) -> Option<Answer> {
        // SAFETY: a live handle.
        Answer::take(unsafe { session_next(self.0, timeout) })
    }

    fn cancel_all(self) {
        // SAFETY: a live handle.
        unsafe { assert_eq!(session_cancel(self.0, 0), Code::Ok) };
    }

    fn free(self) {
        // SAFETY: a live handle, not used again.
        unsafe { session_free(self.0) };
    }
}

/// What the tests look at of a response.
#[derive(Debug)]
struct Answer {
    id: u64,
    code: Code,
    status: i32,
    body: Vec<u8>,
    message: String,
}

impl Answer {
    fn take(response: *mut session_response_t) -> Option<Answer> {
        // SAFETY: NULL or a live handle, freed here.
        unsafe {
            if response.is_null() {
                return None;
            }
            let mut length = 0;
            let body = session_response_body(response, &mut length);
            let answer = Answer {
                id: session_response_id(response),
                code: session_response_error(response),
                status: session_response_status(response),
                body: std::slice::from_raw_parts(body.cast::<u8>(), length).to_vec(),
                message: CStr::from_ptr(session_response_error_message(response)).to_str().unwrap().into(),
            };
            session_response_free(response);
            Some(answer)
        }
    }
}

fn readable(fd: i32, timeout: i32) -> bool {
    let mut poll = libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
    // SAFETY: one descriptor in a live structure.
    unsafe { libc::poll(&mut poll, 1, timeout) == 1 }
}

fn echo() -> Server {
    Server::new(|seen| reply("200 OK", &[], seen.target.as_bytes()))
}

/// Never answers until the test is over.
fn silent() -> Server {
    Server::raw(|_, _| {
        std::thread::sleep(Duration::from_secs(30));
        false
    })
}

#[test]
fn sixteen_threads_make_500_requests_each_on_one_session() {
    let servers = [echo(), echo(), echo()];
    let session = Handle::new();
    std::thread::scope(|scope| {
        for thread in 0..16 {
            let servers = &servers;
            scope.spawn(move || {
                for number in 0..500 {
                    let path = format!("/{thread}/{number}");
                    let answer = session.get(&servers[number % 3].url(&path));
                    assert_eq!((answer.code, answer.status), (Code::Ok, 200), "{}", answer.message);
                    assert_eq!(answer.body, path.as_bytes());
                }
            });
        }
    });
    for server in &servers {
        assert!(server.connections() <= 16, "{} connections", server.connections());
    }
    session.free();
}

#[test]
fn threads_and_submissions_mix() {
    let server = echo();
    let session = Handle::new();
    let mut ids: HashSet<u64> =
        (0..300).map(|number| session.submit(&server.url(&format!("/s{number}")))).collect();
    let seen = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let server = &server;
            scope.spawn(move || {
                for number in 0..50 {
                    let path = format!("/{thread}/{number}");
                    assert_eq!(session.get(&server.url(&path)).body, path.as_bytes());
                }
            });
        }
        for _ in 0..3 {
            scope.spawn(|| {
                while let Some(answer) = session.next(-1) {
                    seen.lock().unwrap().push(answer.id);
                }
            });
        }
    });
    for id in seen.into_inner().unwrap() {
        assert!(ids.remove(&id), "{id} came twice");
    }
    assert!(ids.is_empty());
    session.free();
}

#[test]
fn the_descriptor_drives_a_thousand_requests() {
    let server = echo();
    let session = Handle::new();
    // SAFETY: a live handle.
    let fd = unsafe { session_fd(session.0) };
    assert!(fd >= 0);
    assert!(!readable(fd, 0), "nothing to do yet");
    let mut left: HashSet<u64> =
        (0..1000).map(|number| session.submit(&server.url(&format!("/{number}")))).collect();
    let mut wakes = 0;
    while !left.is_empty() {
        assert!(readable(fd, 30_000), "{} left", left.len());
        wakes += 1;
        while let Some(answer) = session.next(0) {
            assert_eq!(answer.code, Code::Ok);
            assert!(left.remove(&answer.id));
        }
    }
    assert!(!readable(fd, 100), "still readable with nothing to do");
    assert!(wakes < 20_000, "{wakes} wake-ups: a busy loop");
    session.free();
}

#[test]
fn the_descriptor_tells_time_outs_and_other_threads_submissions() {
    let server = silent();
    let session = Handle::new();
    // SAFETY: a live handle.
    unsafe {
        session_set_timeout_ms(session.0, 300);
        let fd = session_fd(session.0);
        let id = std::thread::scope(|scope| scope.spawn(|| session.submit(&server.url("/"))).join().unwrap());
        let start = Instant::now();
        let answer = loop {
            assert!(readable(fd, 30_000));
            if let Some(answer) = session.next(0) {
                break answer;
            }
        };
        assert_eq!((answer.id, answer.code), (id, Code::Timeout));
        assert!(start.elapsed() >= Duration::from_millis(250), "{:?}", start.elapsed());
        assert!(!readable(fd, 50));
    }
    session.free();
}

#[test]
fn ten_thousand_submissions_may_be_outstanding() {
    let server = echo();
    let session = Handle::new();
    for number in 0..10_000 {
        session.submit(&server.url(&format!("/{number}")));
    }
    // SAFETY: a live handle.
    unsafe { assert_eq!(session_outstanding(session.0), 10_000) };
    let mut count = 0;
    while let Some(answer) = session.next(-1) {
        assert_eq!(answer.code, Code::Ok);
        count += 1;
    }
    assert_eq!(count, 10_000);
    assert!(server.connections() <= 32, "{} connections", server.connections());
    session.free();
}

#[test]
fn one_connection_keeps_the_order() {
    let server = echo();
    let session = Handle::new();
    // SAFETY: a live handle.
    unsafe { assert_eq!(session_set_connection_limits(session.0, 1, 1, 1), Code::Ok) };
    let ids: Vec<u64> = (0..50).map(|number| session.submit(&server.url(&format!("/{number}")))).collect();
    let came: Vec<u64> = std::iter::from_fn(|| session.next(-1)).map(|answer| answer.id).collect();
    assert_eq!(came, ids);
    let targets: Vec<String> = server.seen().into_iter().map(|seen| seen.target).collect();
    assert_eq!(targets, (0..50).map(|number| format!("/{number}")).collect::<Vec<_>>());
    assert_eq!(server.connections(), 1);
    session.free();
}

#[test]
fn cancelling_one_leaves_the_others() {
    let (slow, fast) = (silent(), echo());
    let session = Handle::new();
    let stuck = session.submit(&slow.url("/"));
    let fine = session.submit(&fast.url("/x"));
    let answer = session.next(-1).unwrap();
    assert_eq!((answer.id, answer.code), (fine, Code::Ok));
    assert!(session.next(50).is_none());
    // SAFETY: a live handle.
    unsafe {
        assert_eq!(session_cancel(session.0, stuck), Code::Ok);
        assert_eq!(session_cancel(session.0, 4711), Code::Ok);
    }
    let answer = session.next(-1).unwrap();
    assert_eq!((answer.id, answer.code), (stuck, Code::Cancelled));
    assert!(session.next(-1).is_none(), "nothing is left to wait for");
    session.free();
}

#[test]
fn a_cancel_storm_loses_nothing() {
    let server = echo();
    let session = Handle::new();
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::SeqCst) {
                session.cancel_all();
                std::thread::sleep(Duration::from_micros(300));
            }
        });
        let workers: Vec<_> = (0..8)
            .map(|thread| {
                let server = &server;
                scope.spawn(move || {
                    for number in 0..100 {
                        let path = format!("/{thread}/{number}");
                        let answer = session.get(&server.url(&path));
                        match answer.code {
                            Code::Ok => assert_eq!(answer.body, path.as_bytes()),
                            code => assert_eq!(code, Code::Cancelled, "{}", answer.message),
                        }
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.join().unwrap();
        }
        over.store(true, Ordering::SeqCst);
    });
    session.free();
}

#[test]
fn freeing_the_session_ends_every_wait() {
    let server = silent();
    let session = Handle::new();
    session.submit(&server.url("/submitted"));
    std::thread::scope(|scope| {
        let getting: Vec<_> =
            (0..4).map(|_| scope.spawn(|| session.get(&server.url("/blocked")).code)).collect();
        // All are inside of their calls.
        server.wait_for(5);
        let start = Instant::now();
        session.free();
        for thread in getting {
            assert_eq!(thread.join().unwrap(), Code::Closed);
        }
        assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
    });
}

/// Forks, uses the inherited session and one of its own in the child, and gives the child's status.
fn fork_and_use(session: Handle, url: &str) -> i32 {
    // SAFETY: the child only calls the library and _exit.
    unsafe {
        let child = libc::fork();
        if child == 0 {
            let inherited = session.get(url);
            let cancelled = session_cancel(session.0, 0);
            session.free();
            let own = Handle::new();
            let fresh = own.get(url);
            own.free();
            let ok = inherited.code == Code::Forked && cancelled == Code::Forked && fresh.body == b"/child";
            libc::_exit(if ok { 0 } else { 1 });
        }
        let mut status = 0;
        let start = Instant::now();
        while libc::waitpid(child, &mut status, libc::WNOHANG) == 0 {
            if start.elapsed() > Duration::from_secs(60) {
                libc::kill(child, libc::SIGKILL);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        status
    }
}

#[test]
fn a_hundred_children_during_transfers() {
    // Slow enough for a fork to come in their midst.
    let server = Server::new(|seen| {
        let pause = if seen.target == "/during" { 10 } else { 0 };
        std::thread::sleep(Duration::from_millis(pause));
        reply("200 OK", &[], seen.target.as_bytes())
    });
    let session = Handle::new();
    assert_eq!(session.get(&server.url("/before")).status, 200);
    let url = server.url("/child");
    for fork in 0..100 {
        for _ in 0..4 {
            session.submit(&server.url("/during"));
        }
        session.next(0);
        assert_eq!(fork_and_use(session, &url), 0, "child {fork} hung, crashed or saw the wrong thing");
    }
    let mut count = 0;
    while let Some(answer) = session.next(-1) {
        assert_eq!((answer.code, &*answer.body), (Code::Ok, &b"/during"[..]), "{}", answer.message);
        count += 1;
    }
    assert!(count > 200, "{count} of 400 were still under way");
    assert_eq!(session.get(&server.url("/after")).body, b"/after");
    session.free();
}

#[test]
fn children_while_other_threads_drive_the_transfers() {
    let server = echo();
    let session = Handle::new();
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    let mut count = 0;
                    while !over.load(Ordering::SeqCst) {
                        assert_eq!(session.get(&server.url("/parent")).body, b"/parent");
                        count += 1;
                    }
                    count
                })
            })
            .collect();
        let url = server.url("/child");
        let wrong = (0..30).filter(|_| fork_and_use(session, &url) != 0).count();
        over.store(true, Ordering::SeqCst);
        for worker in workers {
            assert!(worker.join().unwrap() > 0);
        }
        assert_eq!(wrong, 0, "children hung, crashed or saw the wrong thing");
    });
    session.free();
}

#[test]
fn signals_do_not_break_a_request() {
    static ALARMS: AtomicBool = AtomicBool::new(false);
    extern "C" fn alarm(_: i32) {
        ALARMS.store(true, Ordering::SeqCst);
    }
    let server = Server::new(|_| {
        std::thread::sleep(Duration::from_millis(3));
        reply("200 OK", &[], b"fine")
    });
    let session = Handle::new();
    // SAFETY: a handler that only stores a flag; the timer is stopped again.
    unsafe {
        libc::signal(libc::SIGALRM, alarm as *const () as usize);
        let every = libc::timeval { tv_sec: 0, tv_usec: 1000 };
        libc::setitimer(
            libc::ITIMER_REAL,
            &libc::itimerval { it_interval: every, it_value: every },
            std::ptr::null_mut(),
        );
    }
    for _ in 0..100 {
        let answer = session.get(&server.url("/"));
        assert_eq!((answer.code, &*answer.body), (Code::Ok, &b"fine"[..]), "{}", answer.message);
    }
    // SAFETY: zero stops the timer.
    unsafe {
        libc::setitimer(libc::ITIMER_REAL, &std::mem::zeroed(), std::ptr::null_mut());
    }
    assert!(ALARMS.load(Ordering::SeqCst));
    session.free();
}

#[test]
fn a_peer_that_closes_during_an_upload_raises_no_sigpipe() {
    let server = Server::raw(|_, _| false);
    // SAFETY: the child only calls the library and _exit; SIGPIPE kills it by default.
    let status = unsafe {
        let url = CString::new(server.url("/")).unwrap();
        let child = libc::fork();
        if child == 0 {
            libc::signal(libc::SIGPIPE, libc::SIG_DFL);
            let session = Handle::new();
            let body = vec![b'x'; 8 << 20];
            for _ in 0..5 {
                let response =
                    session_post(session.0, url.as_ptr(), std::ptr::null(), body.as_ptr().cast(), body.len());
                session_response_free(response);
            }
            session.free();
            libc::_exit(0);
        }
        let mut status = 0;
        libc::waitpid(child, &mut status, 0);
        status
    };
    assert_eq!(status, 0, "killed by signal {}", status & 0x7f);
}

#[test]
fn no_descriptor_survives_exec() {
    let server = echo();
    let session = Handle::new();
    // SAFETY: a live handle.
    unsafe { session_fd(session.0) };
    assert_eq!(session.get(&server.url("/")).status, 200);
    for entry in std::fs::read_dir("/proc/self/fd").unwrap().flatten() {
        let fd: i32 = entry.file_name().to_str().unwrap().parse().unwrap();
        // SAFETY: asks for flags only.
        let flags = unsafe { libc::fcntl(fd, libc::F_GETFD) };
        let target = std::fs::read_link(entry.path()).unwrap_or_default();
        if fd > 2 && flags >= 0 && target.to_string_lossy().contains("socket") {
            assert!(flags & libc::FD_CLOEXEC != 0, "{fd} is {target:?}");
        }
    }
    session.free();
}

#[test]
fn a_reset_handle_keeps_nothing_of_the_last_request() {
    let server = echo();
    let session = Handle::new();
    // SAFETY: live handles and texts.
    unsafe {
        let url = CString::new(server.url("/first")).unwrap();
        let request = session_request_new(c"PROPFIND".as_ptr(), url.as_ptr());
        for (name, value) in
            [(c"Host", c"other.example"), (c"X-One", c"1"), (c"Authorization", c"Basic eA==")]
        {
            assert_eq!(session_request_set_header(request, name.as_ptr(), value.as_ptr()), Code::Ok);
        }
        session_request_set_body(request, c"text/plain".as_ptr(), b"body".as_ptr().cast(), 4);
        session_response_free(session_send(session.0, request));
        session_request_free(request);
    }
    assert_eq!(server.last().header("host").as_deref(), Some("other.example"));
    session.get(&server.url("/second"));
    let second = server.last();
    assert_eq!((&*second.method, second.body.len()), ("GET", 0));
    assert_eq!(second.header("host"), Some(format!("127.0.0.1:{}", server.port)));
    for name in ["x-one", "authorization", "content-type", "content-length"] {
        assert_eq!(second.header(name), None, "{name}");
    }
    assert_eq!(server.connections(), 1);
    session.free();
}

#[test]
fn a_server_that_drips_headers_meets_the_total_time_out() {
    let server = Server::raw(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nX: ");
        for _ in 0..600 {
            std::thread::sleep(Duration::from_millis(50));
            if stream.write_all(b"y").is_err() {
                break;
            }
        }
        false
    });
    let session = Handle::new();
    // SAFETY: a live handle.
    unsafe { session_set_timeout_ms(session.0, 400) };
    let start = Instant::now();
    assert_eq!(session.get(&server.url("/")).code, Code::Timeout);
    assert!((400..15_000).contains(&start.elapsed().as_millis()), "{:?}", start.elapsed());
    session.free();
}
