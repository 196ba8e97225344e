//! Linux: an epoll set over curl's sockets, a timerfd and an eventfd.

use super::{Interest, Ready};
use once_cell::sync::OnceCell;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::time::Duration;

/// The set. All methods may be called by any thread; only one waits at a time.
#[derive(Debug)]
pub(in crate::engine) struct Poller {
    set: OwnedFd,
    timer: OwnedFd,
    event: OwnedFd,
    outer: OnceCell<Outer>,
}

/// What event loops of the host watch: the inner set, and an eventfd of its own, so that an
/// outcome which waits for the event loop does not keep the leader from sleeping.
#[derive(Debug)]
struct Outer {
    set: OwnedFd,
    event: OwnedFd,
}

fn check(result: i32) -> io::Result<i32> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

fn own(result: i32) -> io::Result<OwnedFd> {
    let fd = check(result)?;
    // SAFETY: the descriptor was just made and belongs to nobody else.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

fn control(set: &OwnedFd, operation: i32, socket: i32, interest: Interest) -> io::Result<()> {
    let mut events = 0;
    if interest.read {
        events |= libc::EPOLLIN as u32;
    }
    if interest.write {
        events |= libc::EPOLLOUT as u32;
    }
    let mut event = libc::epoll_event { events, u64: socket as u64 };
    // SAFETY: the set is open and the event outlives the call.
    check(unsafe { libc::epoll_ctl(set.as_raw_fd(), operation, socket, &mut event) })?;
    Ok(())
}

fn set(event: &OwnedFd) {
    let one = 1u64.to_ne_bytes();
    // SAFETY: eight bytes from a live array. A full counter (EAGAIN) is readable already.
    unsafe { libc::write(event.as_raw_fd(), one.as_ptr().cast(), 8) };
}

impl Poller {
    pub fn new() -> io::Result<Poller> {
        // SAFETY: plain system calls without pointers.
        let (set, timer, event) = unsafe {
            (
                own(libc::epoll_create1(libc::EPOLL_CLOEXEC))?,
                own(libc::timerfd_create(libc::CLOCK_MONOTONIC, libc::TFD_NONBLOCK | libc::TFD_CLOEXEC))?,
                own(libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC))?,
            )
        };
        let poller = Poller { set, timer, event, outer: OnceCell::new() };
        let read = Interest { read: true, write: false };
        control(&poller.set, libc::EPOLL_CTL_ADD, poller.timer.as_raw_fd(), read)?;
        control(&poller.set, libc::EPOLL_CTL_ADD, poller.event.as_raw_fd(), read)?;
        Ok(poller)
    }

    /// The descriptor for event loops: readable when something is to be done.
    pub fn export(&self) -> io::Result<i32> {
        let outer = self.outer.get_or_try_init(|| {
            // SAFETY: plain system calls without pointers.
            let (set, event) = unsafe {
                (
                    own(libc::epoll_create1(libc::EPOLL_CLOEXEC))?,
                    own(libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC))?,
                )
            };
            let read = Interest { read: true, write: false };
            control(&set, libc::EPOLL_CTL_ADD, event.as_raw_fd(), read)?;
            control(&set, libc::EPOLL_CTL_ADD, self.set.as_raw_fd(), read)?;
            io::Result::Ok(Outer { set, event })
        })?;
        Ok(outer.set.as_raw_fd())
    }

    /// Whether the exported descriptor is readable when a socket is. While somebody leads, nobody else
    /// could do anything about it.
    pub fn attach(&self, on: bool) {
        if let Some(outer) = self.outer.get() {
            let operation = if on { libc::EPOLL_CTL_ADD } else { libc::EPOLL_CTL_DEL };
            let read = Interest { read: true, write: false };
            let _ = control(&outer.set, operation, self.set.as_raw_fd(), read);
        }
    }

    /// Holds the exported descriptor readable, or no longer.
    pub fn signal(&self, on: bool) {
        if let Some(outer) = self.outer.get() {
            if on { set(&outer.event) } else { drain(&outer.event) }
        }
    }

    /// Watches a socket; `watched` says whether the set has it already.
    pub fn watch(&self, socket: i32, interest: Interest, watched: bool) {
        let (first, second) = if watched {
            (libc::EPOLL_CTL_MOD, libc::EPOLL_CTL_ADD)
        } else {
            (libc::EPOLL_CTL_ADD, libc::EPOLL_CTL_MOD)
        };
        // The kernel forgets a socket when it is closed, so a reused number may be in either
        // state; the other operation then does it.
        if control(&self.set, first, socket, interest).is_err() {
            let _ = control(&self.set, second, socket, interest);
        }
    }

    /// Stops watching a socket; one that is closed already has left the set.
    pub fn forget(&self, socket: i32) {
        let _ = control(&self.set, libc::EPOLL_CTL_DEL, socket, Interest { read: false, write: false });
    }

    /// Ends the wait of the leader, now or when it next begins. Any thread.
    pub fn wake(&self) {
        set(&self.event);
    }

    /// Takes a wake-up back.
    pub fn clear(&self) {
        drain(&self.event);
    }

    /// Makes the set readable in `after`; `None` disarms.
    pub fn arm(&self, after: Option<Duration>) {
        let none = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        let value = after.map_or(none, |after| {
            // Zero would disarm: one nanosecond is "now".
            let after = after.max(Duration::from_nanos(1));
            libc::timespec {
                tv_sec: after.as_secs().min(i32::MAX as u64) as libc::time_t,
                tv_nsec: after.subsec_nanos() as _,
            }
        });
        let spec = libc::itimerspec { it_interval: none, it_value: value };
        // SAFETY: the timer is open and the value outlives the call.
        unsafe { libc::timerfd_settime(self.timer.as_raw_fd(), 0, &spec, std::ptr::null_mut()) };
    }

    /// Waits for at most `timeout` (`None`: for ever) and reports the sockets that are ready; true
    /// if there may be more of them. A signal ends the wait early, which callers see as nothing having
    /// happened.
    pub fn wait(&self, timeout: Option<Duration>, ready: &mut Vec<Ready>) -> bool {
        ready.clear();
        // Rounded up, lest a deadline half a millisecond away spins.
        let milliseconds = timeout.map_or(-1, |timeout| {
            let up = timeout.as_millis() + u128::from(timeout.subsec_nanos() % 1_000_000 != 0);
            i32::try_from(up).unwrap_or(i32::MAX)
        });
        let mut events = [libc::epoll_event { events: 0, u64: 0 }; 64];
        // SAFETY: the array has room for as many events as are asked for.
        let count = unsafe {
            libc::epoll_wait(self.set.as_raw_fd(), events.as_mut_ptr(), events.len() as i32, milliseconds)
        };
        for event in &events[..usize::try_from(count).unwrap_or(0)] {
            let (flags, socket) = (event.events, event.u64 as i32);
            if socket == self.timer.as_raw_fd() {
                drain(&self.timer);
            } else if socket != self.event.as_raw_fd() {
                ready.push(Ready {
                    socket,
                    readable: flags & (libc::EPOLLIN | libc::EPOLLHUP) as u32 != 0,
                    writable: flags & libc::EPOLLOUT as u32 != 0,
                    failed: flags & libc::EPOLLERR as u32 != 0,
                });
            }
        }
        usize::try_from(count) == Ok(events.len())
    }
}

fn drain(fd: &OwnedFd) {
    let mut count = [0u8; 8];
    // SAFETY: eight bytes into a live array; the descriptor does not block.
    unsafe { libc::read(fd.as_raw_fd(), count.as_mut_ptr().cast(), 8) };
}
