//! macOS and the BSDs: a kqueue with a user event for wake-ups and a timer event.

use super::{Interest, Ready};
use once_cell::sync::OnceCell;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::time::Duration;

const WAKE: usize = 1;
const TIMER: usize = 2;

/// The queue. All methods may be called by any thread; only one waits at a time.
#[derive(Debug)]
pub(in crate::engine) struct Poller {
    queue: OwnedFd,
    /// What event loops of the host watch: the inner queue and a user event of its own.
    outer: OnceCell<OwnedFd>,
}

fn change(ident: usize, filter: i16, flags: u16, fflags: u32, data: isize) -> libc::kevent {
    // SAFETY: a kevent is plain numbers and a pointer, for which zero is valid.
    let mut event: libc::kevent = unsafe { std::mem::zeroed() };
    event.ident = ident as _;
    event.filter = filter as _;
    event.flags = flags as _;
    event.fflags = fflags as _;
    event.data = data as _;
    event
}

fn queue() -> io::Result<OwnedFd> {
    // SAFETY: plain system calls; the descriptor belongs to nobody else.
    unsafe {
        let fd = libc::kqueue();
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC);
        Ok(OwnedFd::from_raw_fd(fd))
    }
}

fn apply(queue: &OwnedFd, changes: &[libc::kevent]) -> io::Result<()> {
    // SAFETY: the changes outlive the call; no events are asked for.
    let result = unsafe {
        libc::kevent(
            queue.as_raw_fd(),
            changes.as_ptr(),
            changes.len() as _,
            std::ptr::null_mut(),
            0,
            std::ptr::null(),
        )
    };
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

impl Poller {
    pub fn new() -> io::Result<Poller> {
        let poller = Poller { queue: queue()?, outer: OnceCell::new() };
        poller.apply(&[change(WAKE, libc::EVFILT_USER, libc::EV_ADD, 0, 0)])?;
        Ok(poller)
    }

    /// The descriptor for event loops: readable when something is to be done.
    pub fn export(&self) -> io::Result<i32> {
        let outer = self.outer.get_or_try_init(|| {
            let outer = queue()?;
            let inner = self.queue.as_raw_fd() as usize;
            apply(&outer, &[change(inner, libc::EVFILT_READ, libc::EV_ADD, 0, 0)])?;
            io::Result::Ok(outer)
        })?;
        Ok(outer.as_raw_fd())
    }

    pub fn attach(&self, on: bool) {
        if let Some(outer) = self.outer.get() {
            let flags = if on { libc::EV_ADD } else { libc::EV_DELETE };
            let inner = self.queue.as_raw_fd() as usize;
            let _ = apply(outer, &[change(inner, libc::EVFILT_READ, flags, 0, 0)]);
        }
    }

    /// Holds the exported descriptor readable, or no longer.
    pub fn signal(&self, on: bool) {
        let Some(outer) = self.outer.get() else { return };
        let _ = if on {
            apply(outer, &[change(WAKE, libc::EVFILT_USER, libc::EV_ADD, libc::NOTE_TRIGGER, 0)])
                .and_then(|()| apply(outer, &[change(WAKE, libc::EVFILT_USER, 0, libc::NOTE_TRIGGER, 0)]))
        } else {
            apply(outer, &[change(WAKE, libc::EVFILT_USER, libc::EV_DELETE, 0, 0)])
        };
    }

    fn apply(&self, changes: &[libc::kevent]) -> io::Result<()> {
        apply(&self.queue, changes)
    }

    pub fn watch(&self, socket: i32, interest: Interest, _watched: bool) {
        for (filter, wanted) in [(libc::EVFILT_READ, interest.read), (libc::EVFILT_WRITE, interest.write)] {
            let flags = if wanted { libc::EV_ADD } else { libc::EV_DELETE };
            let _ = self.apply(&[change(socket as usize, filter, flags, 0, 0)]);
        }
    }

    pub fn forget(&self, socket: i32) {
        self.watch(socket, Interest { read: false, write: false }, true);
    }

    pub fn wake(&self) {
        let _ = self.apply(&[change(WAKE, libc::EVFILT_USER, 0, libc::NOTE_TRIGGER, 0)]);
    }

    pub fn clear(&self) {
        let _ = self.apply(&[change(WAKE, libc::EVFILT_USER, libc::EV_DELETE, 0, 0)]);
        let _ = self.apply(&[change(WAKE, libc::EVFILT_USER, libc::EV_ADD, 0, 0)]);
    }

    pub fn arm(&self, after: Option<Duration>) {
        let event = match after {
            // Milliseconds are the unit that every kqueue has; rounded up.
            Some(after) => change(
                TIMER,
                libc::EVFILT_TIMER,
                libc::EV_ADD | libc::EV_ONESHOT,
                0,
                (after.as_millis() as isize).saturating_add(1),
            ),
            None => change(TIMER, libc::EVFILT_TIMER, libc::EV_DELETE, 0, 0),
        };
        let _ = self.apply(&[event]);
    }

    pub fn wait(&self, timeout: Option<Duration>, ready: &mut Vec<Ready>) -> bool {
        ready.clear();
        let spec = timeout.map(|timeout| libc::timespec {
            tv_sec: timeout.as_secs().min(i32::MAX as u64) as libc::time_t,
            tv_nsec: timeout.subsec_nanos() as _,
        });
        let spec = spec.as_ref().map_or(std::ptr::null(), |spec| spec as *const libc::timespec);
        // SAFETY: zeroed kevents are valid; the kernel fills as many as it reports.
        let mut events: [libc::kevent; 64] = unsafe { std::mem::zeroed() };
        // SAFETY: the array has room for as many events as are asked for; the time-out is live.
        let count = unsafe {
            libc::kevent(
                self.queue.as_raw_fd(),
                std::ptr::null(),
                0,
                events.as_mut_ptr(),
                events.len() as _,
                spec,
            )
        };
        for event in &events[..usize::try_from(count).unwrap_or(0)] {
            let (read, write) = (
                event.filter as i32 == libc::EVFILT_READ as i32,
                event.filter as i32 == libc::EVFILT_WRITE as i32,
            );
            if read || write {
                ready.push(Ready {
                    socket: event.ident as i32,
                    readable: read,
                    writable: write,
                    failed: event.flags as u32 & libc::EV_ERROR as u32 != 0,
                });
            }
        }
        usize::try_from(count) == Ok(events.len())
    }
}
