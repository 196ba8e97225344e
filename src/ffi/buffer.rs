//! `session_buffer_t`: text that the library computes, in memory that the caller uses again.

use super::guard::{guard, status};
use super::handle::{free, get, get_mut, give, handles};
use super::text::put;
use crate::error::{Code, Error, Result};
use crate::panic;
use std::ffi::c_char;

/// A growing text that functions write their result into. Use one again and again: each
/// function replaces what was in it. One thread at a time.
pub struct session_buffer_t {
    _private: [u8; 0],
}
handles!(session_buffer_t: Owned<Buffer>);

/// What is behind a `session_buffer_t`: the text, and a NUL behind it.
#[derive(Debug)]
pub(super) struct Buffer(Vec<u8>);

impl Buffer {
    /// Replaces the content by what `write` appends. After an error it is empty.
    fn fill(&mut self, write: impl FnOnce(&mut Vec<u8>) -> Result<()>) -> Result<()> {
        let mut bytes = std::mem::take(&mut self.0);
        bytes.clear();
        let result = panic::guard(|| write(&mut bytes)).unwrap_or_else(Err);
        if result.is_err() {
            bytes.clear();
        }
        self.0 = bytes;
        self.end().and(result)
    }

    fn end(&mut self) -> Result<()> {
        if self.0.try_reserve(1).is_err() {
            self.0 = vec![0];
            return Err(Error::new(Code::Memory, "no memory for the text"));
        }
        self.0.push(0);
        Ok(())
    }
}

/// Makes an empty buffer. The caller owns it; free it with session_buffer_free(). NULL only
/// when there is no memory.
#[unsafe(no_mangle)]
pub extern "C" fn session_buffer_new() -> *mut session_buffer_t {
    guard(|| Ok(give(Buffer(vec![0]))))
}

/// Frees a buffer and the text in it. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_buffer_free(buffer: *mut session_buffer_t) {
    guard(|| {
        // SAFETY: the caller passes NULL or a live handle and does not use it again.
        unsafe { free(buffer) };
        Ok(())
    })
}

/// The text: NUL-terminated, and its length without the NUL in *length unless that is NULL.
/// Valid until the buffer is written to again or freed. NULL only for a NULL buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_buffer_data(
    buffer: *const session_buffer_t,
    length: *mut usize,
) -> *const c_char {
    // SAFETY: the caller passes NULL or a live handle, and NULL or a writable length.
    guard(|| unsafe {
        put(length, 0);
        let Buffer(bytes) = get(buffer)?;
        put(length, bytes.len() - 1);
        Ok(bytes.as_ptr().cast())
    })
}

/// Runs the body of an exported function that writes text into a buffer. All that can fail is done in
/// it: whatever happens, the buffer has nothing of what it had.
///
/// # Safety
/// As [`get_mut`].
pub(super) unsafe fn fill(
    into: *mut session_buffer_t,
    write: impl FnOnce(&mut String) -> Result<()>,
) -> Code {
    let write = |bytes: &mut Vec<u8>| {
        let mut text = String::from_utf8(std::mem::take(bytes)).unwrap_or_default();
        let result = write(&mut text);
        *bytes = text.into_bytes();
        result
    };
    // SAFETY: the caller's promise is passed on.
    unsafe { fill_bytes(into, write) }
}

/// As [`fill`], for text that need not be UTF-8.
///
/// # Safety
/// As [`get_mut`].
pub(super) unsafe fn fill_bytes(
    into: *mut session_buffer_t,
    write: impl FnOnce(&mut Vec<u8>) -> Result<()>,
) -> Code {
    // SAFETY: the caller's promise is passed on.
    status(|| unsafe { get_mut(into) }?.fill(write))
}

/// As [`fill`], but after an error the buffer has its message, in one line; the buffer may be NULL.
///
/// # Safety
/// The buffer is NULL, or as for [`get_mut`].
pub(super) unsafe fn tell(
    into: *mut session_buffer_t,
    write: impl FnOnce(&mut String) -> Result<()>,
) -> Code {
    status(|| {
        let mut text = String::new();
        let result = panic::guard(|| write(&mut text)).unwrap_or_else(Err);
        if !into.is_null() {
            let text = result.as_ref().map_or_else(Error::message, |()| &text);
            // SAFETY: the caller's promise is passed on.
            unsafe { get_mut(into) }?.fill(|bytes| {
                bytes.extend_from_slice(text.as_bytes());
                Ok(())
            })?;
        }
        result
    })
}
