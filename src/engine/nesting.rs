//! Threads that wait for one engine while they lead another.
//!
//! A callback may wait for other engines. Where the thread that drives one of those waits in a callback
//! of its own, for this very thread, nobody would drive either.

use super::shared::this_thread;
use crate::error::{Code, Error};
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};

thread_local! {
    /// How many engines this thread leads.
    static LEADS: Cell<usize> = const { Cell::new(0) };
}

/// Who leads an engine; 0 is nobody. It changes with the engine's lock held; threads that hold another
/// engine's look at it too.
#[derive(Clone, Debug, Default)]
pub(super) struct Leader(Arc<AtomicUsize>);

impl Leader {
    pub fn thread(&self) -> Option<usize> {
        Some(self.0.load(Ordering::Relaxed)).filter(|thread| *thread != 0)
    }

    /// The calling thread begins to lead.
    pub fn begin(&self) {
        self.0.store(this_thread(), Ordering::Relaxed);
        LEADS.set(LEADS.get() + 1);
    }

    /// It leads no longer.
    pub fn end(&self) {
        self.0.store(0, Ordering::Relaxed);
        LEADS.set(LEADS.get() - 1);
    }
}

/// A thread that leads, and waits for an engine that another one leads.
struct Waiting {
    process: u32,
    thread: usize,
    awaited: Leader,
}

static WAITING: Mutex<Vec<Waiting>> = Mutex::new(Vec::new());

/// In a process that was forked while another thread held the lock it is held for ever.
fn waiting() -> Option<MutexGuard<'static, Vec<Waiting>>> {
    const TRIES: usize = 10_000;
    (0..TRIES).find_map(|_| match WAITING.try_lock() {
        Ok(waiting) => Some(waiting),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => {
            std::thread::yield_now();
            None
        }
    })
}

/// The calling thread waits, without an end of its own, as long as this lives.
#[derive(Debug)]
pub(super) struct Nested(usize);

impl Nested {
    /// The calling thread is to wait for the engine of this leader, which is another thread. `None` if it
    /// leads no engine itself: then nobody waits for it.
    pub fn enter(awaited: &Leader) -> Result<Option<Nested>, Error> {
        if LEADS.get() == 0 {
            return Ok(None);
        }
        let (process, me) = (crate::process::id(), this_thread());
        let Some(mut waiting) = waiting() else { return Ok(None) };
        let mut at = awaited.thread();
        for _ in 0..=waiting.len() {
            if at == Some(me) {
                return Err(Error::new(Code::Busy, "the session's callback waits for this one"));
            }
            let Some(next) = waiting.iter().find(|one| (one.process, Some(one.thread)) == (process, at))
            else {
                break;
            };
            at = next.awaited.thread();
        }
        waiting.push(Waiting { process, thread: me, awaited: awaited.clone() });
        Ok(Some(Nested(me)))
    }
}

impl Drop for Nested {
    fn drop(&mut self) {
        let process = crate::process::id();
        if let Some(mut waiting) = waiting() {
            waiting.retain(|one| (one.process, one.thread) != (process, self.0));
        }
    }
}
