//! What all callbacks have in common: the caller's data, and how it is freed.

use std::ffi::c_void;

/// Frees the userdata of a callback, once, when the library will not use it again: when the
/// callback is replaced or goes with its object, and at once when the function that was to set it
/// fails or was given NULL as the callback. It may run on any thread that is inside a call of the
/// library.
pub type session_free_fn = Option<unsafe extern "C" fn(userdata: *mut c_void)>;

/// A callback's data, freed with it.
pub(super) struct Userdata {
    pub pointer: *mut c_void,
    pub free: session_free_fn,
}

// SAFETY: the header demands of userdata that any thread may use it.
unsafe impl Send for Userdata {}
// SAFETY: as above.
unsafe impl Sync for Userdata {}

impl Drop for Userdata {
    fn drop(&mut self) {
        if let Some(free) = self.free {
            // SAFETY: the caller gave this function for this pointer; it is called once.
            unsafe { free(self.pointer) };
        }
    }
}
