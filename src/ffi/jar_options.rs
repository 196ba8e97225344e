//! `session_jar_t`: limits, rules and callbacks.

use super::callback::{Userdata, session_free_fn};
use super::cookies::{give_cookies, session_cookies_free, session_cookies_t};
use super::guard::status;
use super::handle::get;
use super::jar::session_jar_t;
use crate::cookies::{Cookie, JarOptions, Reason, Verdict};
use crate::error::{Code, Error, Result};
use std::ffi::{c_char, c_int, c_void};
use std::sync::Arc;
use url::Url;

/// Tells the time: milliseconds since 1970-01-01 00:00:00 UTC. May be called on any thread that
/// uses the jar, at the same time as on others.
pub type session_clock_fn = Option<unsafe extern "C" fn(userdata: *mut c_void) -> i64>;

/// Decides about a cookie that a server sent: 0 stores it, 1 stores it without its expiry, as a
/// session cookie, anything else refuses it. The cookies object holds this one cookie and is
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

/// Changes options of a jar; what other threads change at the same time is kept.
///
/// # Safety
/// The handle is NULL or live.
unsafe fn change(jar: *mut session_jar_t, change: impl FnOnce(&mut JarOptions)) -> Result<()> {
    // SAFETY: the caller's promise is passed on.
    unsafe { get(jar) }?.change_options(change);
    Ok(())
}

/// Sets the limits; 0 means none. Most cookies of one registrable domain (default 180), most
/// cookies in the jar (default 100,000), and most bytes of a Cookie header (default 0). What is unused
/// for longest goes first. What is there already stays until the next cookie is stored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_jar_set_limits(
    jar: *mut session_jar_t,
    per_domain: i64,
    total: i64,
    header_bytes: i64,
) -> Code {
    status(|| {
        let (per_domain, total, header_bytes) = (limit(per_domain)?, limit(total)?, limit(header_bytes)?);
        let set = |options: &mut JarOptions| {
            options.max_per_domain = per_domain;
            options.max_total = total;
            options.max_header_bytes = header_bytes;
        };
        // SAFETY: the caller passes NULL or a live handle.
        unsafe { change(jar, set) }
    })
}

/// Sets the limits of one registrable domain in one partition; 0 means none. Most cookies (default
/// 180), and most bytes of their names and values together (default 10,240). What is unused for
/// longest goes first.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_jar_set_partition_limits(
    jar: *mut session_jar_t,
    cookies: i64,
    bytes: i64,
) -> Code {
    status(|| {
        let (cookies, bytes) = (limit(cookies)?, limit(bytes)?);
        let set = |options: &mut JarOptions| {
            options.max_per_partition = cookies;
            options.max_partition_bytes = bytes;
        };
        // SAFETY: the caller passes NULL or a live handle.
        unsafe { change(jar, set) }
    })
}

/// Sets the longest lifetime that a server, or session_jar_set(), may give a cookie, in
/// milliseconds. Default and most: 400 days. With 0, a cookie with an expiry is not stored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_jar_set_max_lifetime_ms(jar: *mut session_jar_t, milliseconds: i64) -> Code {
    status(|| {
        let longest = i64::try_from(limit(milliseconds)?).unwrap_or(i64::MAX);
        // SAFETY: the caller passes NULL or a live handle.
        unsafe { change(jar, |options| options.max_lifetime = longest) }
    })
}

/// Sets whether http to localhost, its subdomains, 127.0.0.0/8 and ::1 counts as secure. Default 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_jar_set_loopback_secure(jar: *mut session_jar_t, secure: c_int) -> Code {
    // SAFETY: the caller passes NULL or a live handle.
    status(|| unsafe { change(jar, |options| options.loopback_is_secure = secure != 0) })
}

/// Sets whether SameSite=None needs Secure, without which the cookie is refused. Default 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_jar_set_same_site_none_secure(
    jar: *mut session_jar_t,
    needed: c_int,
) -> Code {
    // SAFETY: the caller passes NULL or a live handle.
    status(|| unsafe { change(jar, |options| options.same_site_none_needs_secure = needed != 0) })
}

/// Sets whether Partitioned cookies of requests without a partition are kept in the partition of
/// the request's own site, and sent from there. Default 0: they are stored without a partition.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_jar_set_partition_by_own_site(jar: *mut session_jar_t, own: c_int) -> Code {
    // SAFETY: the caller passes NULL or a live handle.
    status(|| unsafe { change(jar, |options| options.partition_by_own_site = own != 0) })
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

/// Sets what decides about the cookies that servers send, in responses and in the fields that
/// session_jar_store() and its kin are given, before they are stored; NULL, the default, accepts all.
/// It is asked of cookies that passed every check but those against stored ones: that one may still
/// shadow a Secure cookie, or be in the place of an HttpOnly one that is out of reach. It is not asked
/// of deletions, nor of what the program itself sets or loads: session_jar_set(), session_jar_load().
/// Called without a lock held. free_userdata as for session_jar_set_clock().
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
