//! Which process this is, without a system call each time.

use once_cell::sync::OnceCell;
use std::ffi::c_int;
use std::sync::atomic::{AtomicU32, Ordering};

type Handler = extern "C" fn();

unsafe extern "C" {
    fn pthread_atfork(prepare: Option<Handler>, parent: Option<Handler>, child: Option<Handler>) -> c_int;
}

static PROCESS: AtomicU32 = AtomicU32::new(0);

extern "C" fn note() {
    PROCESS.store(std::process::id(), Ordering::Relaxed);
}

/// The id of the running process; a child of `fork` has its own.
pub(crate) fn id() -> u32 {
    static WATCHED: OnceCell<bool> = OnceCell::new();
    let watched = WATCHED.get_or_init(|| {
        note();
        // SAFETY: the library is never unloaded, and the handler only asks and stores a number.
        unsafe { pthread_atfork(None, None, Some(note)) == 0 }
    });
    if *watched { PROCESS.load(Ordering::Relaxed) } else { std::process::id() }
}
