//! `session_strings_t`: many strings in one buffer.

use super::guard::guard;
use super::handle::{free, get, give, handles};
use super::text::put;
use crate::error::{Code, Error, Result};
use crate::html::Strings;
use std::ffi::c_char;

/// A list of strings in one buffer, or the error for which there is none. Immutable; any number
/// of threads may read it. It outlives what it was taken from.
pub struct session_strings_t {
    _private: [u8; 0],
}
handles!(session_strings_t: Owned<Listed>);

/// What is behind a `session_strings_t`.
#[derive(Debug, Default)]
pub(super) struct Listed {
    strings: Strings,
    error: Option<Error>,
}

/// Hands a list, or its error, to the caller.
pub(super) fn strings(list: impl FnOnce() -> Result<Strings>) -> *mut session_strings_t {
    give(match crate::panic::guard(list).unwrap_or_else(Err) {
        Ok(strings) => Listed { strings, error: None },
        Err(error) => Listed { error: Some(error), ..Listed::default() },
    })
}

/// Frees a list and the strings in it. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_strings_free(strings: *mut session_strings_t) {
    guard(|| {
        // SAFETY: the caller passes NULL or a live handle and does not use it again.
        unsafe { free(strings) };
        Ok(())
    })
}

/// What went wrong when the list was asked for, SESSION_OK if nothing; the list is empty then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_strings_error(strings: *const session_strings_t) -> Code {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(unsafe { get(strings) }?.error.as_ref().map_or(Code::Ok, Error::code)))
}

/// The error in one line that names the offender and, of a selector, the column; "" if there is
/// none. Lent by the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_strings_error_message(strings: *const session_strings_t) -> *const c_char {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(unsafe { get(strings) }?.error.as_ref().map_or(c"", Error::message_c).as_ptr()))
}

/// The number of strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_strings_count(strings: *const session_strings_t) -> usize {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(unsafe { get(strings) }?.strings.len()))
}

/// The string at an index from 0, NUL-terminated, and its length in *length unless that is NULL.
/// NULL beyond the last, and where an element has no such attribute. Lent by the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_strings_at(
    strings: *const session_strings_t,
    index: usize,
    length: *mut usize,
) -> *const c_char {
    // SAFETY: the caller passes NULL or a live handle, and NULL or a writable length.
    guard(|| unsafe {
        put(length, 0);
        let string = get(strings)?.strings.with_nul(index);
        Ok(string.map_or(std::ptr::null(), |string| {
            put(length, string.len() - 1);
            string.as_ptr().cast()
        }))
    })
}

/// All strings at once: one buffer, each string followed by a NUL. *offsets, unless NULL, becomes
/// an array of one number more than there are strings: where each begins in the buffer, and at
/// the end the buffer's size; string i has offsets[i + 1] - offsets[i] - 1 bytes. Where an
/// element has no such attribute the string is empty; session_strings_missing() tells those apart. Lent
/// by the list. NULL for a NULL list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_strings_data(
    strings: *const session_strings_t,
    offsets: *mut *const usize,
) -> *const c_char {
    // SAFETY: the caller passes NULL or a live handle, and NULL or a writable pointer.
    guard(|| unsafe {
        put(offsets, std::ptr::null());
        let list = &get(strings)?.strings;
        put(offsets, list.offsets().as_ptr());
        Ok(if list.data().is_empty() { c"".as_ptr() } else { list.data().as_ptr().cast() })
    })
}

/// The indexes at which there is no string, because an element has no such attribute, in order; their
/// number in *count unless that is NULL. Lent by the list. NULL only for a NULL list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_strings_missing(
    strings: *const session_strings_t,
    count: *mut usize,
) -> *const usize {
    // SAFETY: the caller passes NULL or a live handle, and NULL or a writable count.
    guard(|| unsafe {
        put(count, 0);
        let missing = get(strings)?.strings.missing();
        put(count, missing.len());
        Ok(missing.as_ptr())
    })
}
