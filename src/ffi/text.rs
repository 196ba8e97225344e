//! Text and bytes across the border.

use crate::error::{Code, Error, Result};
use crate::session::show_text;
use std::ffi::{CStr, c_char, c_void};
use std::time::Duration;
use url::Url;

/// A text argument: NUL-terminated UTF-8, not NULL.
///
/// # Safety
/// The pointer is NULL or a NUL-terminated string that outlives the call.
pub(super) unsafe fn text<'a>(what: &str, pointer: *const c_char) -> Result<&'a str> {
    // SAFETY: the caller's promise is passed on.
    unsafe { optional_text(what, pointer) }?.ok_or_else(|| Error::new(Code::Null, format!("{what} is NULL")))
}

/// A text argument that may be NULL.
///
/// # Safety
/// The pointer is NULL or a NUL-terminated string that outlives the call.
pub(super) unsafe fn optional_text<'a>(what: &str, pointer: *const c_char) -> Result<Option<&'a str>> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: not NULL, so a NUL-terminated string that outlives the call.
    let bytes = unsafe { CStr::from_ptr(pointer) };
    let text = bytes.to_str().map_err(|error| {
        let text = format!("{what} is not valid UTF-8 at byte {}", error.valid_up_to());
        Error::new(Code::Utf8, text)
    })?;
    Ok(Some(text))
}

/// A URL. The error shows neither its credentials nor its query.
pub(super) fn parse_url(text: &str) -> Result<Url> {
    Url::parse(text).map_err(|error| Error::new(Code::Url, format!("{error}: {}", show_text(text))))
}

/// An argument of several texts: NULL only with a count of 0.
///
/// # Safety
/// The pointer is NULL or points at `count` pointers, each NULL or a NUL-terminated string; all
/// outlive the call.
pub(super) unsafe fn texts<'a>(
    what: &str,
    pointer: *const *const c_char,
    count: usize,
) -> Result<Vec<&'a str>> {
    if count == 0 {
        return Ok(Vec::new());
    }
    if pointer.is_null() || count > isize::MAX as usize / size_of::<*const c_char>() {
        return Err(Error::new(Code::Null, format!("{what} is NULL with a count of {count}")));
    }
    // SAFETY: not NULL, so `count` pointers that outlive the call.
    let pointers = unsafe { std::slice::from_raw_parts(pointer, count) };
    // SAFETY: the caller's promise is passed on.
    pointers.iter().map(|one| unsafe { text(what, *one) }).collect()
}

/// A text argument whose bytes need not be UTF-8 (header values), or NULL.
///
/// # Safety
/// The pointer is NULL or a NUL-terminated string that outlives the call.
pub(super) unsafe fn optional_bytes_text<'a>(pointer: *const c_char) -> Option<&'a [u8]> {
    // SAFETY: not NULL, so a NUL-terminated string that outlives the call.
    (!pointer.is_null()).then(|| unsafe { CStr::from_ptr(pointer) }.to_bytes())
}

/// Bytes: NULL only with a length of 0.
///
/// # Safety
/// The pointer is NULL or points at `length` bytes that outlive the call.
pub(super) unsafe fn bytes<'a>(what: &str, pointer: *const c_void, length: usize) -> Result<&'a [u8]> {
    match (pointer.is_null(), length) {
        (_, 0) => Ok(&[]),
        (true, _) => Err(Error::new(Code::Null, format!("{what} is NULL with a length of {length}"))),
        (false, _) if length > isize::MAX as usize => {
            Err(Error::new(Code::Argument, format!("{what} cannot be {length} bytes long")))
        }
        // SAFETY: not NULL, so `length` bytes that outlive the call.
        (false, _) => Ok(unsafe { std::slice::from_raw_parts(pointer.cast(), length) }),
    }
}

/// Writes an output argument that may be NULL.
///
/// # Safety
/// The pointer is NULL or may be written to.
pub(super) unsafe fn put<T>(out: *mut T, value: T) {
    if !out.is_null() {
        // SAFETY: not NULL, so it may be written to.
        unsafe { out.write(value) };
    }
}

/// Lends a stored text: its length to `length`, and the pointer as the result.
///
/// # Safety
/// `length` is NULL or may be written to.
pub(super) unsafe fn lend(text: &CStr, length: *mut usize) -> *const c_char {
    // SAFETY: the caller's promise is passed on.
    unsafe { put(length, text.count_bytes()) };
    text.as_ptr()
}

/// A time in milliseconds; negative is for ever.
pub(super) fn duration(milliseconds: i64) -> Option<Duration> {
    u64::try_from(milliseconds).ok().map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_that_is_none_keeps_its_secrets() {
        let error = parse_url("http://ann:s3cret@h:99999/a?t=s3cret").unwrap_err();
        assert_eq!((error.code(), error.message()), (Code::Url, "invalid port number: http://h:99999/a?…"));
    }
}
