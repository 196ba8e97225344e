//! Tasks that were cancelled, and that the leader has not ended yet.

use crate::error::{Code, Error};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// The leader obeys when libcurl lets it, which may be after all of a fast response. What was
/// cancelled is called no more meanwhile, least of all by the callback that cancelled it.
#[derive(Debug, Default)]
pub(super) struct Stops {
    any: AtomicBool,
    /// Ids, 0 for all.
    list: Mutex<Vec<(u64, Code)>>,
}

impl Stops {
    /// Before the leader is told: it takes back what it has been told.
    pub fn put(&self, id: u64, code: Code) {
        self.list.lock().unwrap_or_else(PoisonError::into_inner).push((id, code));
        self.any.store(true, Ordering::Release);
    }

    /// Why this task is not to be called any more.
    #[inline]
    pub fn of(&self, id: u64) -> Option<Error> {
        if self.any.load(Ordering::Acquire) { self.find(id) } else { None }
    }

    #[cold]
    fn find(&self, id: u64) -> Option<Error> {
        let list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        list.iter().find(|(stopped, _)| *stopped == 0 || *stopped == id).map(|(_, code)| (*code).into())
    }

    /// The leader obeys.
    pub fn clear(&self) {
        if self.any.swap(false, Ordering::AcqRel) {
            self.list.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }
}
