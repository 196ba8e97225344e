//! `session_cookies_t`: cookies taken from a jar.

use super::guard::guard;
use super::handle::{free, get, give, handles};
use super::text::put;
use crate::cookies::{Cookie, Reason, SameSite};
use crate::error::{Code, Error, Result};
use std::ffi::{c_char, c_int};

/// A snapshot of cookies; the jar may change or be freed meanwhile. Immutable: many threads may
/// read it. Cookies are counted from 0; an index that is too large gives NULL or 0.
pub struct session_cookies_t {
    _private: [u8; 0],
}
handles!(session_cookies_t: Owned<Cookies>);

/// What is behind a `session_cookies_t`.
#[derive(Debug)]
pub(super) struct Cookies {
    cookies: Vec<(Cookie, Reason)>,
    /// Name, value, domain, path and partition of each cookie, with a NUL behind each.
    text: Vec<u8>,
    /// Where the texts of each cookie begin.
    starts: Vec<usize>,
}

/// Hands cookies to the caller.
pub(super) fn give_cookies(cookies: impl Iterator<Item = (Cookie, Reason)>) -> *mut session_cookies_t {
    let cookies: Vec<_> = cookies.collect();
    let (mut text, mut starts) = (Vec::new(), Vec::with_capacity(cookies.len()));
    for (cookie, _) in &cookies {
        starts.push(text.len());
        for part in parts(cookie) {
            text.extend_from_slice(part);
            text.push(0);
        }
    }
    give(Cookies { cookies, text, starts })
}

fn parts(cookie: &Cookie) -> [&[u8]; 5] {
    [
        cookie.name(),
        cookie.value(),
        cookie.domain().as_bytes(),
        cookie.path().as_bytes(),
        cookie.partition().unwrap_or_default().as_bytes(),
    ]
}

impl Cookies {
    fn at(&self, index: usize) -> Result<&(Cookie, Reason)> {
        let missing = || Error::new(Code::Argument, format!("there is no cookie {index}"));
        self.cookies.get(index).ok_or_else(missing)
    }
}

/// # Safety
/// The handle is NULL or live, and `length` NULL or writable.
unsafe fn part(
    cookies: *const session_cookies_t,
    index: usize,
    length: *mut usize,
    number: usize,
) -> Result<*const c_char> {
    // SAFETY: the caller's promise is passed on.
    unsafe {
        put(length, 0);
        let cookies = get(cookies)?;
        let parts = parts(&cookies.at(index)?.0);
        let before: usize = parts[..number].iter().map(|part| part.len() + 1).sum();
        put(length, parts[number].len());
        Ok(cookies.text[cookies.starts[index] + before..].as_ptr().cast())
    }
}

/// Frees the snapshot and all text that was borrowed from it. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_cookies_free(cookies: *mut session_cookies_t) {
    guard(|| {
        // SAFETY: the caller passes NULL or a live handle and does not use it again.
        unsafe { free(cookies) };
        Ok(())
    })
}

/// How many cookies there are; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_cookies_count(cookies: *const session_cookies_t) -> usize {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(unsafe { get(cookies) }?.cookies.len()))
}

/// The name, empty for a nameless cookie: bytes as the server sent them, NUL-terminated, and
/// their number in *length unless that is NULL. Valid until the snapshot is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_cookies_name(
    cookies: *const session_cookies_t,
    index: usize,
    length: *mut usize,
) -> *const c_char {
    // SAFETY: the caller passes NULL or a live handle, and NULL or a writable length.
    guard(|| unsafe { part(cookies, index, length, 0) })
}

/// The value: bytes as the server sent them; otherwise as session_cookies_name().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_cookies_value(
    cookies: *const session_cookies_t,
    index: usize,
    length: *mut usize,
) -> *const c_char {
    // SAFETY: the caller passes NULL or a live handle, and NULL or a writable length.
    guard(|| unsafe { part(cookies, index, length, 1) })
}

/// The domain, without a leading dot, in lower case and ASCII; otherwise as
/// session_cookies_name().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_cookies_domain(
    cookies: *const session_cookies_t,
    index: usize,
    length: *mut usize,
) -> *const c_char {
    // SAFETY: the caller passes NULL or a live handle, and NULL or a writable length.
    guard(|| unsafe { part(cookies, index, length, 2) })
}

/// The path; otherwise as session_cookies_name().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_cookies_path(
    cookies: *const session_cookies_t,
    index: usize,
    length: *mut usize,
) -> *const c_char {
    // SAFETY: the caller passes NULL or a live handle, and NULL or a writable length.
    guard(|| unsafe { part(cookies, index, length, 3) })
}

/// The key of the partition, NULL for a cookie in none; otherwise as session_cookies_name().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_cookies_partition(
    cookies: *const session_cookies_t,
    index: usize,
    length: *mut usize,
) -> *const c_char {
    // SAFETY: the caller passes NULL or a live handle, and NULL or a writable length.
    guard(|| unsafe {
        put(length, 0);
        match get(cookies)?.at(index)?.0.partition() {
            None => Ok(std::ptr::null()),
            Some(_) => part(cookies, index, length, 4),
        }
    })
}

/// # Safety
/// The handle is NULL or live.
unsafe fn flag(
    cookies: *const session_cookies_t,
    index: usize,
    flag: impl FnOnce(&Cookie) -> bool,
) -> Result<c_int> {
    // SAFETY: the caller's promise is passed on.
    unsafe { get(cookies) }?.at(index).map(|(cookie, _)| flag(cookie).into())
}

/// 1 when it is sent to its domain only, 0 when to subdomains too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_cookies_host_only(cookies: *const session_cookies_t, index: usize) -> c_int {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| unsafe { flag(cookies, index, Cookie::host_only) })
}

/// 1 when it is sent over secure connections only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_cookies_secure(cookies: *const session_cookies_t, index: usize) -> c_int {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| unsafe { flag(cookies, index, Cookie::secure) })
}

/// 1 when it is out of reach of scripts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_cookies_http_only(cookies: *const session_cookies_t, index: usize) -> c_int {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| unsafe { flag(cookies, index, Cookie::http_only) })
}

/// The SameSite attribute: 0 unset (treated as Lax), 1 None, 2 Lax, 3 Strict.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_cookies_same_site(cookies: *const session_cookies_t, index: usize) -> c_int {
    guard(|| {
        // SAFETY: the caller passes NULL or a live handle.
        let site: SameSite = unsafe { get(cookies) }?.at(index)?.0.same_site();
        Ok(site as c_int)
    })
}

/// When it expires, in milliseconds since 1970; 0 for a session cookie.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_cookies_expires_ms(cookies: *const session_cookies_t, index: usize) -> i64 {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(unsafe { get(cookies) }?.at(index)?.0.expires().unwrap_or(0)))
}

/// When it was first stored, in milliseconds since 1970.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_cookies_creation_ms(cookies: *const session_cookies_t, index: usize) -> i64 {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(unsafe { get(cookies) }?.at(index)?.0.creation()))
}

/// When it was last stored or sent, in milliseconds since 1970, exact to a minute.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_cookies_last_access_ms(
    cookies: *const session_cookies_t,
    index: usize,
) -> i64 {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(unsafe { get(cookies) }?.at(index)?.0.last_access()))
}

/// The reason, where there is one: of session_jar_explain() why it is sent or not, of a change
/// hook why it came or went. SESSION_COOKIE_REASON_NO_COOKIE where there is none, such as beyond the last
/// and for NULL. session_cookie_reason_text() explains it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_cookies_reason(cookies: *const session_cookies_t, index: usize) -> c_int {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(unsafe { get(cookies) }?.at(index)?.1)) as c_int
}
