//! `session_buffer_t`: text that the library computes, in memory that the caller uses again.

use super::guard::guard;
use super::handle::{free, get, get_mut, give, handles};
use super::text::put;
use crate::error::{Code, Error, Result};
use std::ffi::c_char;

/// A growing text that functions write their result into. Use one again and again: each
/// function replaces what was in it. One thread at a time.
#[allow(non_camel_case_types)]
pub struct session_buffer_t {
    _private: [u8; 0],
}
handles!(session_buffer_t: Owned<Buffer>);

/// What is behind a `session_buffer_t`: the text, and a NUL behind it.
#[derive(Debug)]
pub(super) struct Buffer(Vec<u8>);

impl Buffer {
    /// Replaces the content by what `write` appends. After an error the buffer is empty.
    pub fn fill(&mut self, write: impl FnOnce(&mut String) -> Result<()>) -> Result<()> {
        let mut bytes = std::mem::take(&mut self.0);
        bytes.clear();
        let mut text = String::from_utf8(bytes).unwrap_or_default();
        let result = write(&mut text);
        if result.is_err() {
            text.clear();
        }
        self.0 = text.into_bytes();
        self.end().and(result)
    }

    /// Replaces the content by bytes that need not be UTF-8.
    pub fn fill_bytes(&mut self, write: impl FnOnce(&mut Vec<u8>) -> Result<()>) -> Result<()> {
        let mut bytes = std::mem::take(&mut self.0);
        bytes.clear();
        let result = write(&mut bytes);
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

/// The buffer behind an argument, to be written to.
///
/// # Safety
/// As [`get_mut`].
pub(super) unsafe fn buffer<'a>(into: *mut session_buffer_t) -> Result<&'a mut Buffer> {
    // SAFETY: the caller's promise is passed on.
    unsafe { get_mut(into) }
}

/// Passes an outcome on, and writes its error into a buffer in one line: nothing if there is none,
/// and nowhere if the buffer is NULL.
///
/// # Safety
/// The buffer is NULL, or as for [`get_mut`].
pub(super) unsafe fn tell(into: *mut session_buffer_t, outcome: Result<()>) -> Result<()> {
    if !into.is_null() {
        // SAFETY: the caller's promise is passed on.
        unsafe { buffer(into) }?.fill(|text| {
            text.push_str(outcome.as_ref().err().map_or("", Error::message));
            Ok(())
        })?;
    }
    outcome
}
