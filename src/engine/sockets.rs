//! libcurl's sockets in the set that the engine sleeps on.
//!
//! libcurl gives a connection's socket up after each transfer and takes it up again with the
//! next. The set keeps it meanwhile, so that a request on a kept connection costs no system call
//! here. That is only safe for sockets whose end is told: a number that is used anew would look
//! as if it were in the set already.

use super::poller::{Interest, Poller, Ready};
use curl_sys as sys;
use std::ffi::{c_char, c_int, c_void};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What is known of a socket, by its number.
#[derive(Clone, Copy, Debug, Default)]
struct Socket {
    /// What the set looks out for; `None`: it does not have the socket.
    set: Option<Interest>,
    /// What libcurl wants; `None`: nothing now.
    wanted: Option<Interest>,
    /// Its end will be told, or it lives as long as libcurl's multi handle.
    lasting: bool,
}

/// The sockets of one engine. Only the leader uses it; the lock is for the compiler.
#[derive(Debug)]
pub(super) struct Sockets {
    poller: Arc<Poller>,
    table: Mutex<Vec<Socket>>,
}

impl Sockets {
    pub fn new(poller: Arc<Poller>) -> Sockets {
        Sockets { poller, table: Mutex::default() }
    }

    fn table(&self) -> MutexGuard<'_, Vec<Socket>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A socket was opened whose end will be told with [`Sockets::closing`].
    pub fn opened(&self, number: i32) {
        let mut table = self.table();
        let Some(socket) = entry(&mut table, number) else { return };
        *socket = Socket { lasting: true, ..Socket::default() };
    }

    /// A socket is about to be closed.
    pub fn closing(&self, number: i32) {
        let mut table = self.table();
        let Some(socket) = entry(&mut table, number) else { return };
        // Closing alone does not take it out of the set while a child process has a copy.
        if std::mem::take(socket).set.is_some() {
            self.poller.forget(number);
        }
    }

    /// libcurl wants to know of a socket, or no longer (`None`). `is_internal`: whether it is one of
    /// the multi handle's own.
    pub fn want(&self, number: i32, interest: Option<Interest>, is_internal: impl FnOnce() -> bool) {
        let mut table = self.table();
        let Some(socket) = entry(&mut table, number) else { return };
        socket.lasting = socket.lasting || is_internal();
        socket.wanted = interest;
        match interest {
            None if socket.lasting => {}
            None => {
                *socket = Socket::default();
                self.poller.forget(number);
            }
            Some(interest) if socket.set == Some(interest) => {}
            Some(interest) => {
                self.poller.watch(number, interest, socket.set.is_some());
                socket.set = Some(interest);
            }
        }
    }

    /// Whether libcurl is to be told of an event. Otherwise the socket is idle, and something
    /// happened to it all the same: the server ended a kept connection. The set drops it.
    pub fn wanted(&self, event: &Ready) -> bool {
        let mut table = self.table();
        let Some(socket) = entry(&mut table, event.socket) else { return false };
        if socket.wanted.is_none() && socket.set.take().is_some() {
            self.poller.forget(event.socket);
        }
        socket.wanted.is_some()
    }
}

fn entry(table: &mut Vec<Socket>, number: i32) -> Option<&mut Socket> {
    let index = usize::try_from(number).ok()?;
    if table.len() <= index {
        table.resize(index + 1, Socket::default());
    }
    table.get_mut(index)
}

/// libcurl's CURLMOPT_SOCKETFUNCTION.
pub(super) extern "C" fn want(
    easy: *mut sys::CURL,
    number: sys::curl_socket_t,
    what: c_int,
    sockets: *mut c_void,
    _: *mut c_void,
) -> c_int {
    let is_internal = || {
        let mut token: *mut c_char = std::ptr::null_mut();
        // SAFETY: libcurl passes a live handle. Every transfer of ours has its id there; what has
        // none is the multi handle's own.
        unsafe { sys::curl_easy_getinfo(easy, sys::CURLINFO_PRIVATE, &mut token) };
        token.is_null()
    };
    let has = |flag| what & flag != 0;
    let interest = (what != sys::CURL_POLL_REMOVE)
        .then(|| Interest { read: has(sys::CURL_POLL_IN), write: has(sys::CURL_POLL_OUT) });
    // SAFETY: the driver set its sockets, which outlive the multi handle.
    unsafe { &*sockets.cast::<Sockets>() }.want(number, interest, is_internal);
    0
}

/// libcurl's CURLOPT_CLOSESOCKETFUNCTION.
pub(super) extern "C" fn close(sockets: *mut c_void, number: c_int) -> c_int {
    // SAFETY: the engine sets its sockets, which outlive the multi handle and its connections.
    unsafe { &*sockets.cast::<Sockets>() }.closing(number);
    // SAFETY: libcurl hands over a socket of its own for closing.
    unsafe { libc::close(number) }
}
