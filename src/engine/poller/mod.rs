//! What the engine sleeps on: curl's sockets, a timer and a wake-up from other threads, behind
//! one descriptor that fits into any event loop.

#[cfg(any(target_os = "linux", target_os = "android"))]
#[path = "epoll.rs"]
mod system;
#[cfg(any(
    target_os = "macos",
    target_os = "ios",
    target_os = "freebsd",
    target_os = "netbsd",
    target_os = "openbsd"
))]
#[path = "kqueue.rs"]
mod system;

pub(super) use system::Poller;

/// What happened on a descriptor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ready {
    pub socket: i32,
    pub readable: bool,
    pub writable: bool,
    pub failed: bool,
}

/// What is wanted of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Interest {
    pub read: bool,
    pub write: bool,
}
