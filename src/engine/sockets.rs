//! libcurl's sockets in the set that the engine sleeps on.
//!
//! libcurl gives a connection's socket up after each transfer and takes it up again with the
//! next. The set keeps it meanwhile, so that a request on a kept connection costs no system call
//! here. That is only safe for sockets whose end is told: a number that is used anew would look
//! as if it were in the set already.

use super::poller::{Interest, Poller, Ready};
use crate::lock::lock;
use curl_sys as sys;
use std::ffi::{c_char, c_int, c_void};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard};

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
        lock(&self.table)
    }

    /// Opens a socket of the kind that libcurl wants, whose end will be told with [`close`]. No program
    /// that the host starts inherits it. `CURL_SOCKET_BAD` if that fails.
    pub fn open(&self, address: &sys::curl_sockaddr) -> sys::curl_socket_t {
        let number = open(address.family, address.socktype, address.protocol);
        if number >= 0 {
            self.opened(number);
        }
        number
    }

    fn opened(&self, number: i32) {
        let mut table = self.table();
        let Some(socket) = entry(&mut table, number) else { return };
        *socket = Socket { lasting: true, ..Socket::default() };
    }

    /// A socket is about to be closed.
    fn closing(&self, number: i32) {
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

fn open(family: c_int, kind: c_int, protocol: c_int) -> c_int {
    #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
    // SAFETY: no pointers.
    return unsafe { libc::socket(family, kind | libc::SOCK_CLOEXEC, protocol) };
    #[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
    // SAFETY: no pointers.
    unsafe {
        let number = libc::socket(family, kind, protocol);
        if number >= 0 {
            libc::fcntl(number, libc::F_SETFD, libc::FD_CLOEXEC);
        }
        number
    }
}

/// The IP address in one of libcurl's; `None` for another kind.
///
/// # Safety
/// The pointer is one that libcurl has called with and not returned from.
pub(super) unsafe fn ip_of(address: *const sys::curl_sockaddr) -> Option<IpAddr> {
    // SAFETY: `addrlen` says how much there is, more than the type has room for, and the family what.
    unsafe {
        let start = &raw const (*address).addr;
        let length = (*address).addrlen as usize;
        match (*address).family {
            libc::AF_INET if length >= size_of::<libc::sockaddr_in>() => {
                let found = start.cast::<libc::sockaddr_in>().read_unaligned();
                Some(IpAddr::V4(u32::from_be(found.sin_addr.s_addr).into()))
            }
            libc::AF_INET6 if length >= size_of::<libc::sockaddr_in6>() => {
                let found = start.cast::<libc::sockaddr_in6>().read_unaligned();
                Some(IpAddr::V6(found.sin6_addr.s6_addr.into()))
            }
            _ => None,
        }
    }
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
