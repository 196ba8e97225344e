//! `session_jar_t`: limits, rules and callbacks.

use super::callback::{Userdata, session_free_fn};
use super::cookies::{give_cookies, session_cookies_free, session_cookies_t};
use super::guard::status;
use super::handle::get;
use super::jar::session_jar_t;
use crate::cookies::{Cookie, Reason, Verdict};
use crate::error::{Code, Error, Result};
use std::ffi::{c_char, c_int, c_void};
use std::sync::Arc;
use url::Url;

/// Tells the time: milliseconds since 1970-01-01 00:00:00 UTC. May be called on any thread that
/// uses the jar, at the same time as on others.
pub type session_clock_fn = Option<unsafe extern "C" fn(userdata: *mut c_void) -> i64>;

/// Decides about a cookie that passed all checks: 0 stores it, 1 stores it without its expiry, as
/// a session cookie, anything else refuses it. The cookies object holds this one cookie and is
/// valid during the call. It may use the jar.
pub type session_cookie_policy_fn = Option<
    unsafe extern "C" fn(
        url: *const c_char,
        cookie: *const session_cookies_t,
        userdata: *mut c_void,
    ) -> c_int,
>;

/// Told of every cookie that came or went, and why (session_cookies_reason). The cookies object
/// holds this one cookie and is valid during the call. It may use the jar.
pub type session_cookie_change_fn =
    Option<unsafe extern "C" fn(cookie: *const session_cookies_t, userdata: *mut c_void)>;

/// A limit from C: negative makes no sense.
fn limit(number: i64) -> Result<usize> {
    usize::try_from(number).map_err(|_| Error::new(Code::Argument, format!("{number} is no limit")))
}

/// Sets the limits; 0 means none. Most cookies of one registrable domain (default 180), most
/// cookies in the jar (default 100,000), and most bytes of a Cookie header (default 0). What is unused
/// for longest goes first.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_jar_set_limits(
    jar: *mut session_jar_t,
    per_domain: i64,
    total: i64,
    header_bytes: i64,
) -> Code {
    status(|| {
        // SAFETY: the caller passes NULL or a live handle.
        let jar = unsafe { get(jar) }?;
        let mut options = jar.options();
        options.max_per_domain = limit(per_domain)?;
        options.max_total = limit(total)?;
        options.max_header_bytes = limit(header_bytes)?;
        jar.set_options(&options);
        Ok(())
    })
}

/// Sets the longest lifetime that a server may give a cookie, in milliseconds. Default and most:
/// 400 days.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_jar_set_max_lifetime_ms(jar: *mut session_jar_t, milliseconds: i64) -> Code {
    status(|| {
        // SAFETY: the caller passes NULL or a live handle.
        let jar = unsafe { get(jar) }?;
        let mut options = jar.options();
        options.max_lifetime = limit(milliseconds)? as i64 / 1000;
        jar.set_options(&options);
        Ok(())
    })
}

/// Sets whether http to localhost, its subdomains, 127.0.0.0/8 and ::1 counts as secure. Default 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_jar_set_loopback_secure(jar: *mut session_jar_t, secure: c_int) -> Code {
    status(|| {
        // SAFETY: the caller passes NULL or a live handle.
        let jar = unsafe { get(jar) }?;
        let mut options = jar.options();
        options.loopback_is_secure = secure != 0;
        jar.set_options(&options);
        Ok(())
    })
}

/// Sets whether Partitioned cookies of requests without a partition are kept in the partition of
/// the request's own site, and sent from there. Default 0: they are stored without a partition.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_jar_set_partition_by_own_site(jar: *mut session_jar_t, own: c_int) -> Code {
    status(|| {
        // SAFETY: the caller passes NULL or a live handle.
        let jar = unsafe { get(jar) }?;
        let mut options = jar.options();
        options.partition_by_own_site = own != 0;
        jar.set_options(&options);
        Ok(())
    })
}

/// Sets the clock; NULL, the default, is the system's. free_userdata, unless NULL, is called when
/// the userdata is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_jar_set_clock(
    jar: *mut session_jar_t,
    clock: session_clock_fn,
    userdata: *mut c_void,
    free_userdata: session_free_fn,
) -> Code {
    let userdata = Userdata { pointer: userdata, free: free_userdata };
    // SAFETY: the caller passes NULL or a live handle, and a function for its userdata.
    status(|| unsafe {
        get(jar)?.set_clock(clock.map(|clock| {
            Arc::new(move || {
                let userdata = &userdata;
                clock(userdata.pointer)
            }) as Arc<_>
        }));
        Ok(())
    })
}

/// Sets what decides about cookies before they are stored; NULL, the default, accepts all. It is
/// called without a lock held. free_userdata as for session_jar_set_clock().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_jar_set_policy(
    jar: *mut session_jar_t,
    policy: session_cookie_policy_fn,
    userdata: *mut c_void,
    free_userdata: session_free_fn,
) -> Code {
    let userdata = Userdata { pointer: userdata, free: free_userdata };
    // SAFETY: the caller passes NULL or a live handle, and a function for its userdata.
    status(|| unsafe {
        get(jar)?.set_policy(policy.map(|policy| {
            Arc::new(move |url: &Url, cookie: &Cookie| {
                let userdata = &userdata;
                let Ok(url) = std::ffi::CString::new(url.as_str()) else { return Verdict::Refuse };
                let one = give_cookies(std::iter::once((cookie.clone(), Reason::Accepted)));
                let verdict = policy(url.as_ptr(), one, userdata.pointer);
                session_cookies_free(one);
                match verdict {
                    0 => Verdict::Accept,
                    1 => Verdict::SessionOnly,
                    _ => Verdict::Refuse,
                }
            }) as Arc<_>
        }));
        Ok(())
    })
}

/// Sets what is told of every change; NULL, the default, is nothing. It is called on the thread
/// that made the change, after it, without a lock held. free_userdata as for
/// session_jar_set_clock().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_jar_set_change_hook(
    jar: *mut session_jar_t,
    hook: session_cookie_change_fn,
    userdata: *mut c_void,
    free_userdata: session_free_fn,
) -> Code {
    let userdata = Userdata { pointer: userdata, free: free_userdata };
    // SAFETY: the caller passes NULL or a live handle, and a function for its userdata.
    status(|| unsafe {
        get(jar)?.set_change_hook(hook.map(|hook| {
            Arc::new(move |cookie: &Cookie, reason: Reason| {
                let userdata = &userdata;
                let one = give_cookies(std::iter::once((cookie.clone(), reason)));
                hook(one, userdata.pointer);
                session_cookies_free(one);
            }) as Arc<_>
        }));
        Ok(())
    })
}
