//! Who waits for what: threads that arrive while another one sleeps, event loops that look rarely or
//! idly, callbacks that take their time, and descriptors that run out.

mod support;

use htmlsession::session::Sink;
use htmlsession::{Code, Error, Request, Response, Session};
use std::io::Write;
use std::net::TcpListener;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use support::{Server, reply};

/// Far longer than anything here takes, and far shorter than the slow answers, for which nobody waits.
const SOON: Duration = Duration::from_secs(15);

fn millis(number: u64) -> Duration {
    Duration::from_millis(number)
}

/// Answers /N after N milliseconds.
fn server() -> Server {
    Server::new(|seen| {
        thread::sleep(millis(seen.target[1..].parse().unwrap_or(0)));
        reply("200 OK", &[], seen.target.as_bytes())
    })
}

fn submit(session: &Session, url: &str) -> u64 {
    session.submit(&Request::new("GET", url).unwrap(), 0).unwrap()
}

fn code(response: &Response) -> Option<Code> {
    response.error().map(Error::code)
}

/// How often a descriptor is readable within this time, if each time everything is taken.
fn wakes(session: &Session, time: Duration) -> usize {
    let mut poll = libc::pollfd { fd: session.fd().unwrap(), events: libc::POLLIN, revents: 0 };
    let until = Instant::now() + time;
    let mut wakes = 0;
    while let Some(left) = until.checked_duration_since(Instant::now()) {
        // SAFETY: one live structure.
        if unsafe { libc::poll(&mut poll, 1, left.as_millis() as i32 + 1) } > 0 {
            wakes += 1;
            while session.next(Some(Duration::ZERO)).unwrap().is_some() {}
        }
    }
    wakes
}

#[test]
fn a_call_begins_at_once_while_another_thread_sleeps() {
    let server = server();
    let session = Session::new();
    thread::scope(|scope| {
        let slow = scope.spawn(|| session.get(&server.url("/50000")));
        server.wait_for(1);
        let start = Instant::now();
        assert_eq!(session.get(&server.url("/0")).body(), b"/0");
        let mut timed = Request::new("GET", &server.url("/50000")).unwrap();
        timed.set_timeout(Some(millis(300)));
        assert_eq!(code(&session.send(&timed)), Some(Code::Timeout));
        assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
        session.cancel(0).unwrap();
        assert_eq!(code(&slow.join().unwrap()), Some(Code::Cancelled));
    });
}

#[test]
fn every_waiting_thread_is_told() {
    let server = server();
    let session = Session::new();
    thread::scope(|scope| {
        let slow = scope.spawn(|| session.get(&server.url("/50000")));
        server.wait_for(1);
        for _ in 0..2 {
            submit(&session, &server.url("/400"));
        }
        let start = Instant::now();
        // Two of the three get a response each, and the third learns that there is none left.
        let next = || session.next(None).unwrap().is_some();
        let waits: Vec<_> = (0..3).map(|_| scope.spawn(next)).collect();
        assert_eq!(waits.into_iter().map(|wait| usize::from(wait.join().unwrap())).sum::<usize>(), 2);
        assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
        let id = submit(&session, &server.url("/300"));
        let (start, session) = (Instant::now(), &session);
        let wait = move || session.wait(id, None).unwrap().is_some();
        let waits: Vec<_> = (0..2).map(|_| scope.spawn(wait)).collect();
        assert_eq!(waits.into_iter().map(|wait| usize::from(wait.join().unwrap())).sum::<usize>(), 1);
        assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
        session.cancel(0).unwrap();
        slow.join().unwrap();
    });
}

#[test]
fn time_outs_hold_however_the_session_is_driven() {
    let server = server();
    // Nobody accepts: the kernel's queue is full.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    // SAFETY: a plain system call on a live descriptor.
    unsafe { libc::listen(std::os::fd::AsRawFd::as_raw_fd(&listener), 0) };
    let address = listener.local_addr().unwrap();
    let _full: Vec<_> = (0..8)
        .map(|_| std::net::TcpStream::connect_timeout(&address, millis(50)))
        .take_while(Result::is_ok)
        .collect();
    let hole = format!("http://{address}/");
    type Drive = fn(&Session);
    let drives: [Drive; 3] = [
        |session| {
            let mut poll = libc::pollfd { fd: session.fd().unwrap(), events: libc::POLLIN, revents: 0 };
            // SAFETY: one live structure.
            unsafe { libc::poll(&mut poll, 1, 5000) };
        },
        |_| thread::sleep(millis(20)),
        |session| {
            assert_eq!(session.outstanding(), 1);
            thread::sleep(millis(15));
        },
    ];
    for (number, drive) in drives.into_iter().enumerate() {
        let session = Session::new();
        session.set_timeouts(|timeouts| {
            (timeouts.connect, timeouts.read) = (Some(millis(500)), Some(millis(500)));
        });
        for (url, expected) in [(&server.url("/50000"), Code::ReadTimeout), (&hole, Code::ConnectTimeout)] {
            submit(&session, url);
            let start = Instant::now();
            let timeout = if number == 2 { millis(10) } else { Duration::ZERO };
            let response = loop {
                match session.next(Some(timeout)).unwrap() {
                    Some(response) => break response,
                    None => drive(&session),
                }
            };
            assert_eq!(code(&response), Some(expected), "driven by {number}");
            assert!((millis(490)..SOON).contains(&start.elapsed()), "{number}: {:?}", start.elapsed());
        }
    }
}

#[test]
fn the_descriptor_is_quiet_when_there_is_nothing_to_do() {
    // Closes each connection 200 ms after it has answered.
    let server = Server::raw(|_, stream| {
        let _ = stream.write_all(&reply("200 OK", &[], b"x"));
        thread::sleep(millis(200));
        false
    });
    let session = Session::new();
    session.fd().unwrap();
    for _ in 0..5 {
        submit(&session, &server.url("/"));
    }
    let mut taken = 0;
    while session.next(None).unwrap().is_some() {
        taken += 1;
    }
    assert_eq!(taken, 5);
    let idle = wakes(&session, millis(600));
    assert!(idle < 30, "{idle} times readable while idle");
    session.set_resolve("h.test", 80, Some("127.0.0.1")).unwrap();
    let changed = wakes(&session, millis(100));
    assert!(changed < 30, "{changed} times readable after a change");
}

fn slow_sink(pause: Duration) -> Arc<Sink> {
    let calls = AtomicUsize::new(0);
    Arc::new(move |_| {
        if calls.fetch_add(1, Ordering::SeqCst) == 1 {
            thread::sleep(pause);
        }
        Ok(())
    })
}

#[test]
fn the_descriptor_is_quiet_while_a_callback_runs() {
    let server = Server::raw(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na");
        thread::sleep(millis(100));
        let _ = stream.write_all(b"b");
        true
    });
    let quick = Server::new(|_| reply("200 OK", &[], b"x"));
    let session = Session::new();
    session.fd().unwrap();
    thread::scope(|scope| {
        let blocked = scope.spawn(|| {
            let mut request = Request::new("GET", &server.url("/")).unwrap();
            request.set_sink(Some(slow_sink(millis(700))));
            session.send(&request).error().is_none()
        });
        thread::sleep(millis(300));
        submit(&session, &quick.url("/"));
        let busy = wakes(&session, millis(300));
        assert!(busy < 30, "{busy} times readable while another thread leads");
        assert!(blocked.join().unwrap());
    });
    // It tells of sockets again.
    submit(&session, &quick.url("/"));
    let (start, mut told) = (Instant::now(), 0);
    while session.outstanding() > 0 {
        assert!(start.elapsed() < SOON, "told {told} times");
        told += wakes(&session, millis(20));
    }
    assert!(told > 0);
}

#[test]
fn what_has_come_is_no_silence_however_long_a_callback_took() {
    let server = Server::raw(|seen, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 30000000\r\n\r\n");
        if seen.target == "/late" {
            thread::sleep(millis(300));
        }
        let piece = [b'x'; 30_000];
        (0..1000).all(|_| stream.write_all(&piece).is_ok())
    });
    let session = Session::new();
    session.set_timeouts(|timeouts| timeouts.read = Some(millis(2000)));
    submit(&session, &server.url("/late"));
    let mut request = Request::new("GET", &server.url("/big")).unwrap();
    request.set_sink(Some(slow_sink(millis(3000))));
    session.submit(&request, 0).unwrap();
    while let Some(response) = session.next(None).unwrap() {
        assert_eq!(code(&response), None, "{}", response.url());
    }
}

#[test]
fn more_sockets_than_one_look_takes_are_all_seen() {
    let server = server();
    let session = Session::new();
    session.set_connection_limits(200, 200, 200).unwrap();
    let fd = session.fd().unwrap();
    // SAFETY: plain system calls with live structures; the set is closed at the end.
    unsafe {
        let set = libc::epoll_create1(libc::EPOLL_CLOEXEC);
        let mut event = libc::epoll_event { events: (libc::EPOLLIN | libc::EPOLLET) as u32, u64: 0 };
        assert_eq!(libc::epoll_ctl(set, libc::EPOLL_CTL_ADD, fd, &mut event), 0);
        for _ in 0..150 {
            submit(&session, &server.url("/300"));
        }
        let mut left = 150;
        loop {
            while session.next(Some(Duration::ZERO)).unwrap().is_some() {
                left -= 1;
            }
            if left == 0 {
                break;
            }
            assert_eq!(libc::epoll_wait(set, &mut event, 1, 30_000), 1, "no edge, {left} left");
        }
        libc::close(set);
    }
}

/// Runs a test of this file in a process of its own, which gets the URL of a server: what it changes is
/// the process's.
fn alone(name: &str, body: fn(&str)) {
    const URL: &str = "HTMLSESSION_ALONE";
    if let Ok(url) = std::env::var(URL) {
        return body(&url);
    }
    let server = server();
    let test = std::env::current_exe().unwrap();
    let arguments = ["--exact", name, "--nocapture"];
    let child = Command::new(test).args(arguments).env(URL, server.url("/0")).output().unwrap();
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
}

fn limit_descriptors(limit: u64) {
    let limit = libc::rlimit { rlim_cur: limit, rlim_max: 100_000 };
    // SAFETY: a live structure. Where the hard limit is lower the soft one is set alone.
    unsafe {
        let mut now: libc::rlimit = std::mem::zeroed();
        libc::getrlimit(libc::RLIMIT_NOFILE, &mut now);
        now.rlim_cur = limit.rlim_cur.min(now.rlim_max);
        assert_eq!(libc::setrlimit(libc::RLIMIT_NOFILE, &now), 0);
    }
}

#[test]
fn without_descriptors_each_request_still_has_its_end() {
    alone("without_descriptors_each_request_still_has_its_end", |url| {
        let open = std::fs::read_dir("/proc/self/fd").unwrap().count() as u64;
        for free in 0..12 {
            let session = Session::new();
            limit_descriptors(open + free);
            let submitted = session.submit(&Request::new("GET", url).unwrap(), 0);
            let blocking = session.get(url);
            assert_ne!(code(&blocking), Some(Code::Internal), "{free}: {:?}", blocking.error());
            let ended = session.next(None).map(|response| response.is_some());
            assert_eq!(ended.is_ok_and(|ended| ended), submitted.is_ok(), "{free}: {submitted:?}");
            assert_eq!(session.outstanding(), 0);
            limit_descriptors(1000);
            let again = session.get(url);
            assert_eq!(again.body(), b"/0", "{free}: it recovers: {:?}", again.error());
        }
    });
}

#[test]
fn descriptors_beyond_1024_serve_as_well() {
    alone("descriptors_beyond_1024_serve_as_well", |url| {
        limit_descriptors(3000);
        let _held: Vec<_> = (0..1500).map(|_| std::fs::File::open("/dev/null").unwrap()).collect();
        let session = Session::new();
        assert_eq!(session.get(url).body(), b"/0");
        assert!(session.fd().unwrap() > 1024);
    });
}

#[test]
fn a_descriptor_tells_of_streams_that_another_thread_moves() {
    let pieces = Server::raw(|seen, stream| {
        if seen.target == "/slow" {
            thread::sleep(millis(50_000));
            return stream.write_all(&reply("200 OK", &[], b"slow")).is_ok();
        }
        let head = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n");
        head.is_ok()
            && (0..3).all(|_| {
                thread::sleep(millis(200));
                stream.write_all(b"ab").is_ok()
            })
    });
    let session = Session::new();
    let mut poll = libc::pollfd { fd: session.fd().unwrap(), events: libc::POLLIN, revents: 0 };
    let mut streamed = Request::new("GET", &pieces.url("/")).unwrap();
    streamed.set_streamed(true);
    let response = session.send(&streamed);
    thread::scope(|scope| {
        let slow = scope.spawn(|| session.get(&pieces.url("/slow")));
        pieces.wait_for(2);
        let (start, mut body) = (Instant::now(), Vec::new());
        loop {
            match response.available().unwrap() {
                None => break,
                Some(0) => {
                    // SAFETY: one live structure.
                    assert_eq!(unsafe { libc::poll(&mut poll, 1, 30_000) }, 1, "after {body:?}");
                    assert!(session.next(Some(Duration::ZERO)).unwrap().is_none());
                }
                Some(_) => {
                    let mut piece = [0; 10];
                    let count = response.read(&mut piece).unwrap();
                    body.extend_from_slice(&piece[..count]);
                }
            }
        }
        assert_eq!(body, b"ababab");
        assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
        session.cancel(0).unwrap();
        assert_eq!(code(&slow.join().unwrap()), Some(Code::Cancelled));
    });
}

#[test]
fn a_loop_with_nothing_submitted_rests_while_another_thread_waits() {
    let drip = Server::raw(|_, stream| {
        let head = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n");
        head.is_ok()
            && (0..400).all(|_| {
                thread::sleep(millis(2));
                stream.write_all(b"x").is_ok()
            })
    });
    let session = Session::new();
    session.fd().unwrap();
    thread::scope(|scope| {
        let call = scope.spawn(|| {
            let mut request = Request::new("GET", &drip.url("/")).unwrap();
            // What takes its time leaves the socket readable.
            request.set_sink(Some(Arc::new(|_| {
                thread::sleep(millis(1));
                Ok(())
            })));
            session.send(&request)
        });
        let wakes = wakes(&session, millis(600));
        assert!(wakes <= 20, "{wakes}");
        assert_eq!(code(&call.join().unwrap()), None);
    });
}

#[test]
fn cancelling_what_is_over_takes_no_memory() {
    fn pages() -> usize {
        let text = std::fs::read_to_string("/proc/self/statm").unwrap();
        text.split(' ').nth(1).unwrap().parse().unwrap()
    }
    alone("cancelling_what_is_over_takes_no_memory", |url| {
        let session = Session::new();
        for _ in 0..50 {
            submit(&session, url);
        }
        while session.next(None).unwrap().is_some() {}
        let cancel = || (0..400_000_u64).for_each(|number| session.cancel(number % 60).unwrap());
        cancel();
        let before = pages();
        cancel();
        assert!(pages() < before + 1000, "{before} pages became {}", pages());
    });
}
