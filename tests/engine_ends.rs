//! What ends how: requests that never began, streams whose session goes, callbacks that wait for each other.

mod support;

use htmlsession::session::{Entry, Event, Level};
use htmlsession::{Code, Error, Response, Session};
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Barrier, Condvar, Mutex, Weak};
use std::thread;
use std::time::{Duration, Instant};
use support::bodies::{read_all, request, streamed};
use support::{Server, gzip, reply, wait_until};

/// Far longer than anything here takes.
const LONG: Duration = Duration::from_secs(20);

fn millis(number: u64) -> Duration {
    Duration::from_millis(number)
}

fn code(response: &Response) -> Option<Code> {
    response.error().map(Error::code)
}

/// Runs what may never come back on a thread that nobody joins.
fn begin<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> Receiver<T> {
    let (done, end) = mpsc::channel();
    thread::spawn(move || done.send(body()));
    end
}

/// What comes back all the same.
fn ends<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> T {
    begin(body).recv_timeout(LONG).expect("it comes to an end")
}

/// Never answers.
fn silent() -> Server {
    Server::raw(|_, _| {
        thread::sleep(LONG);
        false
    })
}

#[test]
fn what_was_submitted_between_two_calls_of_cancel_is_cancelled_too() {
    let server = silent();
    let session = Session::new();
    session.set_timeouts(|timeouts| timeouts.total = Some(Duration::from_secs(5)));
    for _ in 0..3 {
        session.submit(&request(&server.url("/")), 0).unwrap();
        session.cancel(0).unwrap();
    }
    let later = session.submit(&request(&server.url("/")), 0).unwrap();
    for _ in 0..3 {
        assert_eq!(code(&session.next(None).unwrap().unwrap()), Some(Code::Cancelled));
    }
    assert_eq!(session.outstanding(), 1);
    session.cancel(later).unwrap();
    assert_eq!(code(&session.next(None).unwrap().unwrap()), Some(Code::Cancelled));
}

/// Uses the session when it goes.
struct Asks(Weak<Session>);

impl Drop for Asks {
    fn drop(&mut self) {
        if let Some(session) = self.0.upgrade() {
            session.outstanding();
        }
    }
}

#[test]
fn what_goes_with_a_request_that_never_began_may_use_the_session() {
    ends(|| {
        let session = Arc::new(Session::new());
        let asks = Asks(Arc::downgrade(&session));
        let gone = Arc::new(());
        let left = Arc::downgrade(&gone);
        let mut never = request("http://127.0.0.1:1/");
        never.set_sink(Some(Arc::new(move |_| {
            let _ = (&asks, &gone);
            Ok(())
        })));
        session.submit(&never, 0).unwrap();
        drop(never);
        session.close();
        assert_eq!(code(&session.next(None).unwrap().unwrap()), Some(Code::Closed));
        assert_eq!(left.strong_count(), 0);
        assert_eq!(session.next(None).unwrap_err().code(), Code::Closed);
    });
}

#[test]
fn a_response_that_came_as_its_session_went_keeps_nothing() {
    let gate = Arc::new((Mutex::new(false), Condvar::new()));
    let opened = gate.clone();
    let server = Server::raw(move |seen, stream| {
        if matches!(&*seen.target, "/late" | "/last") {
            let is_open = gate.0.lock().unwrap();
            drop(gate.1.wait_timeout_while(is_open, LONG, |is_open| !*is_open).unwrap());
        }
        if seen.target == "/last" {
            thread::sleep(millis(100));
        }
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
        let _ = stream.write_all(if seen.target == "/late" { b"" } else { b"x" });
        thread::sleep(LONG);
        false
    });
    let session = Session::new();
    let jar = Arc::downgrade(&session.jar());
    let read = session.send(&streamed(&server.url("/read")));
    session.submit(&streamed(&server.url("/late")), 0).unwrap();
    let owner = Arc::new(Mutex::new(None::<Session>));
    let owned = owner.clone();
    let mut last = request(&server.url("/last"));
    last.set_sink(Some(Arc::new(move |_| {
        drop(owned.lock().unwrap().take());
        Ok(())
    })));
    session.submit(&last, 0).unwrap();
    let mut held = request(&server.url("/held"));
    held.set_sink(Some(Arc::new(move |_| {
        // While nobody looks there come the head of the one, and then what ends the session.
        *opened.0.lock().unwrap() = true;
        opened.1.notify_all();
        thread::sleep(millis(400));
        Ok(())
    })));
    session.submit(&held, 0).unwrap();
    *owner.lock().unwrap() = Some(session);
    let (error, read) = ends(move || (read_all(&read).unwrap_err().1, read));
    assert_eq!(error.code(), Code::Closed);
    assert!(owner.lock().unwrap().is_none());
    drop(read);
    assert!(jar.upgrade().is_none(), "something keeps the session's parts");
}

#[test]
fn a_thread_that_waits_with_a_time_out_takes_no_news_of_streams() {
    let server = Server::raw(|seen, stream| {
        if seen.target == "/slow" {
            thread::sleep(LONG);
        }
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n");
        for _ in 0..3 {
            thread::sleep(millis(100));
            let _ = stream.write_all(b"ab");
        }
        true
    });
    let session = Session::new();
    let mut poll = libc::pollfd { fd: session.fd().unwrap(), events: libc::POLLIN, revents: 0 };
    session.submit(&request(&server.url("/slow")), 0).unwrap();
    let response = session.send(&streamed(&server.url("/")));
    let over = AtomicBool::new(false);
    let (mut body, mut missed) = (Vec::new(), 0);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::SeqCst) {
                let _ = session.next(Some(millis(1)));
            }
        });
        while let Some(count) = response.available().unwrap() {
            if count > 0 {
                let mut piece = [0; 10];
                let count = response.read(&mut piece).unwrap();
                body.extend_from_slice(&piece[..count]);
                continue;
            }
            // What comes now the descriptor must still tell.
            thread::sleep(millis(150));
            // SAFETY: one live structure.
            missed += usize::from(unsafe { libc::poll(&mut poll, 1, 3000) } == 0);
            assert!(session.next(Some(Duration::ZERO)).unwrap().is_none());
        }
        over.store(true, Ordering::SeqCst);
        session.cancel(0).unwrap();
    });
    assert_eq!((&*body, missed), (&b"ababab"[..], 0));
}

#[test]
fn an_error_behind_a_pause_ends_the_stream() {
    let server = Server::raw(|_, stream| {
        let head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n";
        let mut body = gzip(&vec![7; 8 << 20]);
        let half = body.len() / 2;
        body[half..].fill(0xff);
        let _ = stream.write_all(head).and_then(|()| stream.write_all(&body));
        thread::sleep(LONG);
        false
    });
    let session = Session::new();
    session.set_timeouts(|timeouts| timeouts.read = Some(2 * LONG));
    let response = session.send(&streamed(&server.url("/")));
    let start = Instant::now();
    let error = ends(move || read_all(&response).unwrap_err().1);
    assert_eq!(error.code(), Code::Encoding, "{error}");
    assert!(start.elapsed() < LONG / 2, "{:?}", start.elapsed());
}

#[test]
fn no_time_is_too_long() {
    let server = Server::new(|seen| match &*seen.target {
        "/led" => reply("200 OK", &[("Refresh", "18446744073709551615; url=/")], b"x"),
        _ => reply("200 OK", &[], b"x"),
    });
    let session = Session::new();
    session.set_timeouts(|timeouts| {
        (timeouts.connect, timeouts.read, timeouts.total) =
            (Some(Duration::MAX), Some(Duration::MAX), Some(Duration::MAX));
    });
    assert_eq!(session.get(&server.url("/")).body(), b"x");
    session.set_refresh(Some(Duration::MAX));
    let mut led = request(&server.url("/led"));
    led.set_timeout(Some(millis(300)));
    assert_eq!(code(&session.send(&led)), Some(Code::Timeout));
    session.submit(&request(&server.url("/")), 0).unwrap();
    assert_eq!(session.next(Some(Duration::MAX)).unwrap().unwrap().body(), b"x");
}

#[test]
fn a_log_that_panics_ends_no_stream_without_a_word() {
    let server = Server::raw(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
        false
    });
    let (end, body) = ends(move || {
        let session = Session::new();
        let log = |entry: &Entry<'_>| assert!(entry.event != Event::End, "a mistake of the caller's");
        session.set_log(Some((Level::Error, Arc::new(log))));
        let response = session.send(&streamed(&server.url("/")));
        let (body, error) = read_all(&response).unwrap_err();
        (error.code(), body)
    });
    assert_eq!((end, &*body), (Code::Truncated, &b"half"[..]));
}

#[test]
fn a_stream_that_is_dropped_while_another_thread_ends_is_closed() {
    let closed = Arc::new(AtomicBool::new(false));
    let flag = closed.clone();
    let server = Server::raw(move |_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while stream.write_all(&[0; 4096]).is_ok() {
            thread::sleep(millis(1));
        }
        flag.store(true, Ordering::SeqCst);
        false
    });
    let session = Session::new();
    let stream = Mutex::new(Some(session.send(&streamed(&server.url("/endless")))));
    session.set_log(Some((
        Level::Debug,
        Arc::new(move |entry: &Entry<'_>| {
            if entry.event == Event::End {
                // Another thread's work, while this one leads for the last time.
                thread::scope(|scope| drop(scope.spawn(|| drop(stream.lock().unwrap().take()))));
            }
        }),
    )));
    assert_eq!(code(&session.get("http://")), Some(Code::Url));
    wait_until("the connection is closed", || closed.load(Ordering::SeqCst));
}

#[test]
fn nobody_is_kept_by_those_who_cancel_all_the_time() {
    let server = Server::new(|_| reply("200 OK", &[], b"x"));
    let (session, over) = (Arc::new(Session::new()), Arc::new(AtomicBool::new(false)));
    let (cancelled, ended) = (session.clone(), over.clone());
    let cancelling = thread::spawn(move || {
        while !ended.load(Ordering::SeqCst) {
            cancelled.cancel(0).unwrap();
        }
    });
    let codes = begin(move || {
        let get = |number| session.get(&if number % 2 == 0 { "http://".into() } else { server.url("/") });
        (0..200).map(|number| code(&get(number))).collect::<Vec<_>>()
    });
    let codes = codes.recv_timeout(LONG);
    over.store(true, Ordering::SeqCst);
    cancelling.join().unwrap();
    assert!(codes.unwrap().into_iter().all(|code| matches!(code, None | Some(Code::Url | Code::Cancelled))));
}

#[test]
fn callbacks_of_two_sessions_that_wait_for_each_other_do_not_wait_for_ever() {
    let server = Arc::new(Server::new(|_| reply("200 OK", &[], b"x")));
    let sessions = [Arc::new(Session::new()), Arc::new(Session::new())];
    let both = Arc::new(Barrier::new(2));
    let ended: Vec<_> = (0..2)
        .map(|own| {
            let (server, both) = (server.clone(), both.clone());
            let [own, other] = [own, 1 - own].map(|number| sessions[number].clone());
            begin(move || {
                let inner = Arc::new(Mutex::new(None));
                let (url, told) = (server.url("/inner"), inner.clone());
                let mut outer = request(&server.url("/outer"));
                outer.set_sink(Some(Arc::new(move |_| {
                    both.wait();
                    *told.lock().unwrap() = Some(code(&other.get(&url)));
                    Ok(())
                })));
                let outer = code(&own.send(&outer));
                (outer, inner.lock().unwrap().take().unwrap())
            })
        })
        .collect();
    let mut codes: Vec<_> =
        ended.into_iter().map(|end| end.recv_timeout(LONG).expect("it comes to an end")).collect();
    codes.sort_by_key(|(_, inner)| inner.is_some());
    assert_eq!(codes, [(None, None), (None, Some(Code::Busy))]);
}
