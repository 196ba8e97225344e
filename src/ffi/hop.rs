//! What happened on a hop: decisions, cookies, the proxy.

use super::buffer::{fill_bytes, session_buffer_t};
use super::guard::{guard, status};
use super::handle::get;
use super::response::session_response_t;
use super::text::put;
use crate::cookies::Reason;
use crate::error::{Code, Error};
use crate::text::Text;
use std::ffi::{c_char, c_int};

/// The number of decisions that were made on this hop: redirects, headers that stayed behind,
/// retries, challenges, cookies that were refused and the like.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_note_count(response: *const session_response_t) -> usize {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(unsafe { get(response) }?.notes().len()))
}

/// A decision of this hop: what it was about in one word, as a log is told it (session_set_log()),
/// in *event, and what exactly in *text, each unless NULL. SESSION_E_ARGUMENT beyond the last, and
/// both are NULL. Lent by the response.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_note_at(
    response: *const session_response_t,
    index: usize,
    event: *mut *const c_char,
    text: *mut *const c_char,
) -> Code {
    // SAFETY: the pointers are NULL, or live and writable as they must be.
    guard(|| unsafe {
        put(event, std::ptr::null());
        put(text, std::ptr::null());
        let note = get(response)?.notes().get(index);
        let note = note.ok_or_else(|| Error::new(Code::Argument, "no such note"))?;
        put(event, note.event.name().as_ptr());
        put(text, note.text.as_c_str().as_ptr());
        Ok(Code::Ok)
    })
}

/// The number of Set-Cookie fields of this hop.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_cookie_count(response: *const session_response_t) -> usize {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(unsafe { get(response) }?.cookies().len()))
}

/// What became of a Set-Cookie field of this hop: the cookie's name, written into a buffer, and in
/// *reason whether it was stored or why not (SESSION_COOKIE_REASON_ values;
/// session_cookie_reason_text() explains them), each unless NULL. SESSION_E_ARGUMENT beyond the
/// last, and SESSION_COOKIE_REASON_NO_COOKIE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_cookie_at(
    response: *const session_response_t,
    index: usize,
    name: *mut session_buffer_t,
    reason: *mut c_int,
) -> Code {
    // SAFETY: the pointers are NULL, live handles, or writable.
    unsafe {
        put(reason, Reason::NoCookie as c_int);
        let write = |bytes: &mut Vec<u8>| {
            let outcome = get(response)?.cookies().get(index);
            let outcome = outcome.ok_or_else(|| Error::new(Code::Argument, "no such Set-Cookie field"))?;
            put(reason, outcome.reason as c_int);
            bytes.extend_from_slice(&outcome.name);
            Ok(())
        };
        if name.is_null() { status(|| write(&mut Vec::new())) } else { fill_bytes(name, write) }
    }
}

/// How many cookies this hop sent; 0 if it sent nothing at all.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_cookies_sent(response: *const session_response_t) -> usize {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(unsafe { get(response) }?.cookies_sent()))
}

/// Writes the Cookie field that this hop sent ("a=1; b=2") into a buffer; empty if there was none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_cookie_header(
    response: *const session_response_t,
    into: *mut session_buffer_t,
) -> Code {
    // SAFETY: the pointers are NULL or live handles.
    unsafe {
        fill_bytes(into, |bytes| {
            bytes.extend_from_slice(get(response)?.cookie_field());
            Ok(())
        })
    }
}

/// The proxy that this hop went through, without credentials ("http://10.0.0.1:3128"); "" if there
/// was none. Lent by the response.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_proxy(response: *const session_response_t) -> *const c_char {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(unsafe { get(response) }?.proxy.as_c_str().as_ptr()))
}

/// 1 if the hop used a connection that an earlier request had opened, else 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_reused_connection(response: *const session_response_t) -> c_int {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(c_int::from(unsafe { get(response) }?.reused_connection())))
}

/// The content encodings that are still on the body because they are not known here ("compress");
/// "" if there are none. Lent by the response.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_undecoded(response: *const session_response_t) -> *const c_char {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(unsafe { get(response) }?.undecoded.as_ref().map_or(c"", Text::as_c_str).as_ptr()))
}
