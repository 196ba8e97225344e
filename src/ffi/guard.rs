//! Nothing unwinds into the caller: errors and panics become what the function returns.

use crate::cookies::Reason;
use crate::error::{Code, Error, Result};
use crate::panic;

/// What a function returns when it fails.
pub(super) trait Fallback {
    /// The value that says so.
    fn fallback(error: Error) -> Self;
}

/// Runs the body of an exported function.
pub(super) fn guard<R: Fallback>(body: impl FnOnce() -> Result<R>) -> R {
    panic::guard(body).unwrap_or_else(Err).unwrap_or_else(R::fallback)
}

/// Runs the body of an exported function that returns a code.
pub(super) fn status(body: impl FnOnce() -> Result<()>) -> Code {
    guard(|| body().map(|()| Code::Ok))
}

impl Fallback for Code {
    fn fallback(error: Error) -> Code {
        error.code()
    }
}

impl Fallback for Reason {
    fn fallback(_: Error) -> Reason {
        Reason::NoCookie
    }
}

impl<T> Fallback for *const T {
    fn fallback(_: Error) -> *const T {
        std::ptr::null()
    }
}

impl<T> Fallback for *mut T {
    fn fallback(_: Error) -> *mut T {
        std::ptr::null_mut()
    }
}

macro_rules! zero {
    ($($number:ty),*) => {$(
        impl Fallback for $number {
            fn fallback(_: Error) -> $number {
                Default::default()
            }
        }
    )*};
}
zero!((), i32, i64, u32, u64, usize, f64);
