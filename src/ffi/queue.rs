//! Many requests at once, and event loops.

use super::guard::{guard, status};
use super::handle::{get, give_shared, share};
use super::request::session_request_t;
use super::response::session_response_t;
use super::session::session_t;
use super::text::{duration, put};
use crate::error::Code;
use std::ffi::{c_int, c_void};

/// Submits a request and returns at once, with its id in *id unless that is NULL. The response
/// comes out of session_next() and carries the id and userdata. The request may be changed or freed
/// right away. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_submit(
    session: *mut session_t,
    request: *const session_request_t,
    userdata: *mut c_void,
    id: *mut u64,
) -> Code {
    status(|| {
        // SAFETY: the caller passes NULL or live handles, and NULL or a writable id.
        unsafe {
            put(id, 0);
            let number = get(session)?.submit(get(request)?, userdata as usize)?;
            put(id, number);
        }
        Ok(())
    })
}

/// Hands out a finished response of a submitted request, in the order in which they end. Waits at
/// most timeout_ms milliseconds (0: not at all; negative: as long as it takes) and drives the
/// transfers meanwhile. NULL when none ended in time, when no submitted request is left, when the
/// session was freed, and for a NULL session; session_outstanding() tells them apart. NULL at once
/// inside a callback of the same session, where nothing may wait, and in a process that has inherited the
/// session through fork(). The caller owns the response. Any number of threads may wait.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_next(session: *mut session_t, timeout_ms: i64) -> *mut session_response_t {
    guard(|| {
        // SAFETY: the caller passes NULL or a live handle.
        let session = unsafe { share(session) }?;
        let response = session.next(duration(timeout_ms))?;
        Ok(response.map_or(std::ptr::null_mut(), give_shared))
    })
}

/// Hands out the response of one submitted request, by its id. Waits and drives the transfers as
/// session_next(). NULL when it did not end in time, when it was handed out already or never was
/// submitted, when the session was freed, and for a NULL session. The caller owns the response.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_wait(
    session: *mut session_t,
    id: u64,
    timeout_ms: i64,
) -> *mut session_response_t {
    guard(|| {
        // SAFETY: the caller passes NULL or a live handle.
        let session = unsafe { share(session) }?;
        let response = session.wait(id, duration(timeout_ms))?;
        Ok(response.map_or(std::ptr::null_mut(), give_shared))
    })
}

/// How many submitted requests session_next() still has to hand out. 0 for a NULL session.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_outstanding(session: *const session_t) -> usize {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(unsafe { get(session) }?.outstanding()))
}

/// A descriptor that is readable when session_next(session, 0) has something to do: give it to
/// poll, epoll, kqueue, libuv or any event loop, and call session_next(session, 0) until it
/// returns NULL. It is level-triggered: readable for as long as there is something to do. (As an
/// edge-triggered one it works too if session_next() was called until NULL before waiting.) It
/// belongs to the session and is closed with it, or with the last response that is streamed; never
/// read from it. -1 when there is no descriptor left, and for a NULL session.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_fd(session: *mut session_t) -> c_int {
    let mut fd = -1;
    status(|| {
        // SAFETY: the caller passes NULL or a live handle.
        fd = unsafe { get(session) }?.fd()?;
        Ok(())
    });
    fd
}

/// Cancels a submitted request by its id, or with 0 every request of the session, those of blocked
/// threads too. Each still gives its response, with SESSION_E_CANCELLED, and its callbacks are called
/// no more: one may cancel its own request. An id that is over or unknown is no error. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_cancel(session: *mut session_t, id: u64) -> Code {
    // SAFETY: the caller passes NULL or a live handle.
    status(|| unsafe { get(session) }?.cancel(id))
}
