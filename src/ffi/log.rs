//! What a session tells of its requests.

use super::callback::{Userdata, session_free_fn};
use super::session::{session_t, with};
use crate::error::{Code, Error};
use crate::session::{Entry, Level};
use crate::text::Text;
use std::ffi::{c_char, c_int, c_void};
use std::sync::Arc;

/// How much a log is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum session_log {
    /// What failed.
    Error = 0,
    /// What was decided too: redirects, retries, challenges, cookies that were refused.
    Info = 1,
    /// Every request and response too.
    Debug = 2,
}

/// Told what a request goes through: a SESSION_LOG_ value, the request's number (of a submitted
/// one its id), what happened in one word ("request", "response", "redirect", "method", "strip",
/// "auth", "retry", "cookie", "hsts", "proxy", "resume", "refresh", "end"; there may be more), and
/// what exactly, in one line. The texts are lent for the call. Secrets are never told: no
/// credentials, no values of cookies, no queries of URLs.
pub type session_log_fn = Option<
    unsafe extern "C" fn(
        level: c_int,
        request: u64,
        event: *const c_char,
        text: *const c_char,
        userdata: *mut c_void,
    ),
>;

/// Sets the log, and how much it is told (a SESSION_LOG_ value), from the next request on; NULL,
/// the default: none. It runs on a thread that waits in the session, without a lock held; from
/// inside it, calls that would wait on the same session give SESSION_E_BUSY. free_userdata, unless
/// NULL, is called when the userdata is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_set_log(
    session: *mut session_t,
    level: c_int,
    log: session_log_fn,
    userdata: *mut c_void,
    free_userdata: session_free_fn,
) -> Code {
    let userdata = Userdata { pointer: userdata, free: free_userdata };
    with(session, |session| {
        let level = match level {
            0 => Level::Error,
            1 => Level::Info,
            2 => Level::Debug,
            other => return Err(Error::new(Code::Argument, format!("no log level has the number {other}"))),
        };
        session.set_log(log.map(|log| {
            let told = move |entry: &Entry<'_>| {
                let (userdata, text) = (&userdata, Text::new(entry.text));
                let (event, text) = (entry.event.name().as_ptr(), text.as_c_str().as_ptr());
                // SAFETY: the caller gave this function for this userdata.
                unsafe { log(entry.level as c_int, entry.request, event, text, userdata.pointer) };
            };
            (level, Arc::new(told) as Arc<_>)
        }));
        Ok(())
    })
}
