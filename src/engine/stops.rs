//! Tasks that were cancelled, and that the leader has not ended yet.

use super::ids::IdMap;
use crate::error::{Code, Error};
use crate::lock::lock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};

/// The leader obeys when libcurl lets it, which may be after all of a fast response. What was
/// cancelled is called no more meanwhile, least of all by the callback that cancelled it.
#[derive(Debug, Default)]
pub(super) struct Stops {
    any: AtomicBool,
    /// By id, 0 for all.
    codes: Mutex<IdMap<Code>>,
}

impl Stops {
    fn codes(&self) -> MutexGuard<'_, IdMap<Code>> {
        lock(&self.codes)
    }

    /// Before the leader is told: it takes back what it has been told. False if it was told already, and
    /// has not taken its commands since.
    pub fn put(&self, id: u64, code: Code) -> bool {
        let mut codes = self.codes();
        let before = codes.len();
        codes.entry(id).or_insert(code);
        self.any.store(true, Ordering::Release);
        codes.len() > before
    }

    /// Why this task is not to be called any more.
    #[inline]
    pub fn of(&self, id: u64) -> Option<Error> {
        if self.any.load(Ordering::Acquire) { self.find(id) } else { None }
    }

    #[cold]
    fn find(&self, id: u64) -> Option<Error> {
        let codes = self.codes();
        codes.get(&0).or_else(|| codes.get(&id)).map(|code| (*code).into())
    }

    /// The leader has taken its commands, all of them: what is told from now on comes with others. With
    /// the engine's lock held.
    pub fn clear(&self) {
        if self.any.swap(false, Ordering::AcqRel) {
            self.codes().clear();
        }
    }
}
