//! `session_code`: the numbers, and what they mean.

use crate::error::Code;
use std::ffi::{c_char, c_int};

/// Explains a code in a few words of English ("could not connect"). Static text, never NULL:
/// a number that is no code gives "unknown code". Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn session_strerror(code: c_int) -> *const c_char {
    Code::from_number(code).map_or(c"unknown code", Code::description).as_ptr()
}
