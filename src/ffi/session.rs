//! `session_t`: the session.

use super::guard::{guard, status};
use super::handle::{get, give_shared, handles, share, take_shared};
use super::jar::session_jar_t;
use super::response::{respond, session_response_t};
use super::text::{bytes, duration, optional_bytes_text, optional_text, text};
use crate::error::{Code, Error, Result};
use crate::http::Body;
use crate::http::redirect::Policy;
use crate::http::user_agent::Style;
use crate::session::{Auth, Request, Session};
use once_cell::sync::Lazy;
use std::ffi::{CString, c_char, c_int, c_void};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// A session: the cookies, connections, credentials and defaults that requests share. Any number
/// of threads may use one at the same time.
pub struct session_t {
    _private: [u8; 0],
}
handles!(session_t: Shared<Session> {
    fn check(session: &Session) -> Result<()> {
        session.check_process()
    }
});

/// Makes a session with an empty cookie jar of its own. Does no I/O and starts no thread. The
/// caller owns it; free it with session_free(). NULL only when there is no memory.
#[unsafe(no_mangle)]
pub extern "C" fn session_new() -> *mut session_t {
    guard(|| Ok(give_shared(Arc::new(Session::new()))))
}

/// Frees a session. Requests under way end with SESSION_E_CLOSED, and every thread that waits in
/// a call on the session returns. Responses, documents and jars taken from it stay valid. May
/// wait for a name look-up that is under way, which no system can interrupt. In a child process
/// of the one that made it, it only forgets the session. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_free(session: *mut session_t) {
    guard(|| {
        // SAFETY: the caller passes NULL or a live handle and does not use it again.
        if let Some(session) = unsafe { take_shared(session) } {
            match session.check_process() {
                Ok(()) => session.close(),
                // The sockets are the parent's, and its locks may be held for ever.
                Err(_) => std::mem::forget(session),
            }
        }
        Ok(())
    })
}

/// Changes a session for an exported function, all of which are unsafe to call: this is left safe for
/// brevity alone. The handle is NULL or live.
pub(super) fn with(session: *const session_t, change: impl FnOnce(&Session) -> Result<()>) -> Code {
    // SAFETY: the exported function's caller passes NULL or a live handle.
    status(|| change(unsafe { get(session) }?))
}

/// The session's cookie jar: a reference of one's own, to be freed with session_jar_free(). It
/// outlives the session. NULL for a NULL session, and in a child process of the one that made it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_jar(session: *mut session_t) -> *mut session_jar_t {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(give_shared(unsafe { get(session) }?.jar())))
}

/// Uses another jar from the next request on. Any number of sessions may share one. The session
/// keeps a reference of its own: the caller's must still be freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_set_jar(session: *mut session_t, jar: *const session_jar_t) -> Code {
    with(session, |session| {
        // SAFETY: the caller passes NULL or a live handle.
        session.set_jar(unsafe { share(jar) }?);
        Ok(())
    })
}

/// Gives a header one value in every request of the session, in place of a default one. A NULL
/// value sends no such header at all, be it User-Agent, Cookie or Authorization; only Host stays, which
/// HTTP requires. Content-Length and Transfer-Encoding are made from the body; values of the caller's
/// are left out. Default
/// headers: User-Agent (libhtmlsession and its version), Accept (any type) and Accept-Encoding
/// (gzip, deflate, br, zstd). SESSION_E_HEADER for a name that is not a token or a value with CR, LF or
/// another control character (RFC 9110, 5.5); nothing is changed then. Other bytes of a value are sent
/// as they are, UTF-8 or not. libcurl takes about 1 MiB of headers and refuses more: SESSION_E_HEADER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_set_header(
    session: *mut session_t,
    name: *const c_char,
    value: *const c_char,
) -> Code {
    // SAFETY: the texts are NULL or NUL-terminated and outlive the call.
    with(session, |session| unsafe { session.set_header(text("name", name)?, optional_bytes_text(value)) })
}

/// Marks a header as secret: like Authorization and Cookie, it stays behind when a redirect leads
/// to another scheme, host or port.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_set_secret_header(session: *mut session_t, name: *const c_char) -> Code {
    // SAFETY: the text is NULL or NUL-terminated and outlives the call.
    with(session, |session| session.set_secret_header(unsafe { text("name", name) }?))
}

/// Sends the headers that a browser has for a page whose address was typed in, in its order:
/// "chrome", "firefox", "safari", "edge", or "random" for any of them. NULL: the library's own, the
/// default. session_set_header() and a request's own headers change them one by one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_set_browser(session: *mut session_t, style: *const c_char) -> Code {
    with(session, |session| {
        // SAFETY: the text is NULL or NUL-terminated and outlives the call.
        let style = unsafe { optional_text("style", style) }?;
        session.set_browser(style.map(Style::named).transpose()?);
        Ok(())
    })
}

/// The User-Agent of a current browser, by the names of session_set_browser(); NULL for another name.
/// Static.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_user_agent(style: *const c_char) -> *const c_char {
    static AGENTS: Lazy<Vec<(&str, CString)>> = Lazy::new(|| {
        let agent = |style: &Style| Some((style.user_agent(), CString::new(style.user_agent()).ok()?));
        Style::ALL.iter().filter_map(agent).collect()
    });
    guard(|| {
        // SAFETY: the text is NULL or NUL-terminated and outlives the call.
        let agent = Style::named(unsafe { text("style", style) }?)?.user_agent();
        let found = AGENTS.iter().find(|(known, _)| *known == agent);
        Ok(found.map_or(std::ptr::null(), |(_, text)| text.as_ptr()))
    })
}

/// Gives a query parameter one value in every request of the session; NULL takes it back. It is
/// appended behind the query of the request's URL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_set_param(
    session: *mut session_t,
    name: *const c_char,
    value: *const c_char,
) -> Code {
    with(session, |session| {
        // SAFETY: the texts are NULL or NUL-terminated and outlive the call.
        let (name, value) = unsafe { (text("name", name)?, optional_text("value", value)?) };
        session.set_param(name, value);
        Ok(())
    })
}

/// The URL that relative URLs of requests are resolved against; NULL (the default): there is
/// none, and a relative URL is an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_set_base_url(session: *mut session_t, url: *const c_char) -> Code {
    // SAFETY: the text is NULL or NUL-terminated and outlives the call.
    with(session, |session| session.set_base_url(unsafe { optional_text("url", url) }?))
}

/// How long a whole request may take, redirects and retries included, in milliseconds; negative
/// is for ever, and 0 ends every request at once. Default 300000. Beyond it the request ends with
/// SESSION_E_TIMEOUT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_set_timeout_ms(session: *mut session_t, milliseconds: i64) -> Code {
    with(session, |session| {
        session.set_timeouts(|timeouts| timeouts.total = duration(milliseconds));
        Ok(())
    })
}

/// How long it may take until a connection stands, name look-up and TLS included, in
/// milliseconds; negative is for ever, and with 0 only a connection comes about that stands at
/// once, as on the same machine. Default 10000. Beyond it: SESSION_E_CONNECT_TIMEOUT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_set_connect_timeout_ms(session: *mut session_t, milliseconds: i64) -> Code {
    with(session, |session| {
        session.set_timeouts(|timeouts| timeouts.connect = duration(milliseconds));
        Ok(())
    })
}

/// How long the peer may be silent on a connection that stands, in milliseconds; negative is for
/// ever, and 0 lets it not be silent at all. A line of a header counts when it is whole. Default 30000.
/// Beyond it: SESSION_E_READ_TIMEOUT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_set_read_timeout_ms(session: *mut session_t, milliseconds: i64) -> Code {
    with(session, |session| {
        session.set_timeouts(|timeouts| timeouts.read = duration(milliseconds));
        Ok(())
    })
}

/// Sends HTTP Basic credentials (RFC 7617) with every request; they do not follow a redirect to
/// another scheme, host or port. A NULL user takes credentials of any kind back. SESSION_E_ARGUMENT for
/// control characters, and for a colon in the user's name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_set_auth_basic(
    session: *mut session_t,
    user: *const c_char,
    password: *const c_char,
) -> Code {
    // SAFETY: the texts are NULL or NUL-terminated and outlive the call.
    with(session, |session| unsafe { set_auth(session, user, password, Auth::basic) })
}

/// Answers HTTP Digest challenges (RFC 7616; MD5, SHA-256, SHA-512, SHA-512/256, their -sess forms,
/// qop auth), and further requests in advance. The challenge is a hop of its own in the history. A
/// NULL user takes credentials of any kind back. SESSION_E_ARGUMENT for control characters in the user's
/// name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_set_auth_digest(
    session: *mut session_t,
    user: *const c_char,
    password: *const c_char,
) -> Code {
    // SAFETY: the texts are NULL or NUL-terminated and outlive the call.
    with(session, |session| unsafe { set_auth(session, user, password, Auth::digest) })
}

/// Sends a bearer token (RFC 6750) with every request. NULL takes credentials of any kind back.
/// SESSION_E_HEADER for a token that is not one word.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_set_auth_bearer(session: *mut session_t, token: *const c_char) -> Code {
    with(session, |session| {
        // SAFETY: the text is NULL or NUL-terminated and outlives the call.
        let token = unsafe { optional_text("token", token) }?;
        session.set_auth(token.map_or(Ok(Auth::None), Auth::bearer)?);
        Ok(())
    })
}

/// Uses NTLM (MS-NLMP) where a server asks for it; a domain goes in front of the user with a
/// backslash. libcurl speaks it with the server within one hop. A NULL user takes credentials of
/// any kind back. SESSION_E_UNSUPPORTED if the library is built without it (session_features() has
/// "ntlm").
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_set_auth_ntlm(
    session: *mut session_t,
    user: *const c_char,
    password: *const c_char,
) -> Code {
    // SAFETY: the texts are NULL or NUL-terminated and outlive the call.
    with(session, |session| unsafe { set_auth(session, user, password, Auth::ntlm) })
}

/// Uses Negotiate (RFC 4559: Kerberos) with the credentials of the operating system's user.
/// SESSION_E_UNSUPPORTED if the library is built without it (session_features() has "negotiate").
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_set_auth_negotiate(session: *mut session_t) -> Code {
    with(session, |session| {
        session.set_auth(Auth::negotiate()?);
        Ok(())
    })
}

/// # Safety
/// As [`credentials`].
unsafe fn set_auth(
    session: &Session,
    user: *const c_char,
    password: *const c_char,
    make: fn(&str, &str) -> Result<Auth>,
) -> Result<()> {
    // SAFETY: the caller's promise is passed on.
    session.set_auth(unsafe { credentials(user, password, make) }?);
    Ok(())
}

/// Credentials from C; a NULL user is none.
///
/// # Safety
/// The texts are NULL or NUL-terminated and outlive the call.
pub(super) unsafe fn credentials(
    user: *const c_char,
    password: *const c_char,
    make: fn(&str, &str) -> Result<Auth>,
) -> Result<Auth> {
    // SAFETY: the caller's promise is passed on.
    let (user, password) =
        unsafe { (optional_text("user", user)?, optional_text("password", password)?.unwrap_or("")) };
    user.map_or(Ok(Auth::None), |user| make(user, password))
}

/// Takes credentials from a netrc file where neither URL, request nor session names any; they never
/// beat an Authorization header, and no redirect to another origin asks for them. The file is read
/// now. NULL (the default): from none. SESSION_E_IO if it cannot be read or everyone may write to it,
/// SESSION_E_ARGUMENT if it is no netrc file.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_set_netrc(session: *mut session_t, path: *const c_char) -> Code {
    with(session, |session| {
        // SAFETY: the text is NULL or NUL-terminated and outlives the call.
        session.set_netrc(unsafe { optional_text("path", path) }?.map(Path::new))
    })
}

/// What redirects do to the method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum session_redirects {
    /// As Python's requests: 301 turns POST into GET, 302 and 303 everything but HEAD.
    Requests = 0,
    /// As browsers (Fetch, 4.5): 301 and 302 turn POST into GET, 303 everything but HEAD.
    Fetch = 1,
    /// As RFC 9110, 15.4: only 303 changes the method.
    Strict = 2,
}

/// How many redirects are followed; 0: none, and the redirect itself is the response. Default 30.
/// One more ends the request with SESSION_E_TOO_MANY_REDIRECTS, its history complete.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_set_redirect_limit(session: *mut session_t, limit: u32) -> Code {
    with(session, |session| {
        session.set_redirects(|redirects| redirects.limit = limit);
        Ok(())
    })
}

/// What redirects do to the method: one of the SESSION_REDIRECTS_ values. Default
/// SESSION_REDIRECTS_REQUESTS. 307 and 308 never change it. With refuse_downgrade not 0 a
/// redirect from https to http ends the request with SESSION_E_REDIRECT; default 0: it is
/// followed without credentials.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_set_redirect_policy(
    session: *mut session_t,
    policy: c_int,
    refuse_downgrade: c_int,
) -> Code {
    with(session, |session| {
        let policy = policy_of(policy)?;
        session.set_redirects(|redirects| {
            redirects.policy = policy;
            redirects.refuse_downgrade = refuse_downgrade != 0;
        });
        Ok(())
    })
}

/// The policy of a SESSION_REDIRECTS_ value.
pub(super) fn policy_of(number: c_int) -> Result<Policy> {
    match number {
        0 => Ok(Policy::Requests),
        1 => Ok(Policy::Fetch),
        2 => Ok(Policy::Strict),
        other => Err(Error::new(Code::Argument, format!("no redirect policy has the number {other}"))),
    }
}

/// Follows pages that lead on by themselves, by a Refresh header or <meta http-equiv=refresh>, if
/// they wait at most this many milliseconds for it; the wait is kept. They count as redirects of
/// status 302; a page that names itself is not followed. Where a reader, a sink or a file takes the
/// body only the header counts. Negative, the default: not at all.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_set_refresh(session: *mut session_t, max_delay_ms: i64) -> Code {
    with(session, |session| {
        session.set_refresh(duration(max_delay_ms));
        Ok(())
    })
}

/// How often a request is tried in all (1, the default: once), and how long to wait at most before the
/// second try, in milliseconds, doubling from then on up to two minutes. Each wait is between half of
/// that and all of it, lest clients come back together. Every method is tried again while nothing of
/// the request was sent: no address, no connection. Idempotent ones (RFC 9110, 9.2.2) also after a
/// connection or a stream that broke, and after 429, 502, 503 and 504 (session_set_retry_statuses());
/// a Retry-After of the server's beats the back-off, up to two minutes. Nothing is tried again once a
/// sink or a reader has part of the body. A kept connection that died before a byte came back is
/// replaced at once, whatever is set here, if the method is idempotent or nothing was sent.
/// SESSION_E_ARGUMENT for no try at all or a negative wait.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_set_retry(session: *mut session_t, attempts: u32, backoff_ms: i64) -> Code {
    with(session, |session| {
        let (attempts, backoff) = tries(attempts, backoff_ms)?;
        session.change_retry(|policy| (policy.attempts, policy.backoff) = (attempts, backoff));
        Ok(())
    })
}

/// How often to try, and the wait before the second try.
pub(super) fn tries(attempts: u32, backoff_ms: i64) -> Result<(u32, Duration)> {
    match duration(backoff_ms).filter(|_| attempts > 0) {
        Some(backoff) => Ok((attempts, backoff)),
        None => Err(Error::new(Code::Argument, format!("{attempts} tries, {backoff_ms} ms apart"))),
    }
}

/// The statuses after which a request is tried again, in place of 429, 502, 503 and 504; any_method
/// not 0: also with methods that are not idempotent, such as POST. Counts once session_set_retry()
/// allows more than one try.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_set_retry_statuses(
    session: *mut session_t,
    statuses: *const c_int,
    count: usize,
    any_method: c_int,
) -> Code {
    with(session, |session| {
        let length = count.saturating_mul(size_of::<c_int>());
        // SAFETY: the array is NULL with 0, or outlives the call.
        let bytes = unsafe { bytes("statuses", statuses.cast(), length) }?;
        let numbers = bytes.chunks_exact(size_of::<c_int>()).map(|number| {
            let number = c_int::from_ne_bytes(number.try_into().unwrap_or_default());
            u16::try_from(number)
                .ok()
                .filter(|status| (100..1000).contains(status))
                .ok_or_else(|| Error::new(Code::Argument, format!("{number} is no status")))
        });
        let statuses = numbers.collect::<Result<Vec<u16>>>()?;
        session.change_retry(|policy| {
            policy.statuses = statuses;
            policy.any_method = any_method != 0;
        });
        Ok(())
    })
}

/// The most bytes that a body may have, as received and as decoded; negative: no limit but that
/// of session_set_max_decoded_ratio(). Default: none. Beyond it: SESSION_E_BODY_TOO_LARGE, and
/// the response has what came until then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_set_max_body(session: *mut session_t, bytes: i64) -> Code {
    with(session, |session| {
        session.set_max_body(u64::try_from(bytes).unwrap_or(u64::MAX));
        Ok(())
    })
}

/// How many times larger than received a body of more than 64 MiB may be once it is decoded.
/// Default 200; 0 is like 1. Beyond it: SESSION_E_RATIO.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_set_max_decoded_ratio(session: *mut session_t, ratio: u32) -> Code {
    with(session, |session| {
        session.set_max_decoded_ratio(u64::from(ratio));
        Ok(())
    })
}

/// # Safety
/// The pointers are NULL, or a live handle, NUL-terminated texts, and bytes that outlive the call.
unsafe fn request(
    session: *mut session_t,
    method: &str,
    url: *const c_char,
    content_type: *const c_char,
    body: Option<(*const c_void, usize)>,
) -> *mut session_response_t {
    respond(|| {
        // SAFETY: the caller's promise is passed on.
        unsafe {
            let session = share(session)?;
            let mut request = Request::new(method, text("url", url)?)?;
            if let Some((pointer, length)) = body {
                let bytes = Body::Bytes(bytes("body", pointer, length)?.into());
                request.set_body(bytes, optional_text("content_type", content_type)?)?;
            }
            Ok(session.send_owned(Box::new(request)))
        }
    })
}

/// Sends a GET request and waits for its end. Never NULL: whatever goes wrong is in the response
/// (session_response_error()). The caller owns it; free it with session_response_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_get(session: *mut session_t, url: *const c_char) -> *mut session_response_t {
    // SAFETY: the arguments are passed on as they are.
    unsafe { request(session, "GET", url, std::ptr::null(), None) }
}

/// Sends a HEAD request; otherwise as session_get().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_head(
    session: *mut session_t,
    url: *const c_char,
) -> *mut session_response_t {
    // SAFETY: the arguments are passed on as they are.
    unsafe { request(session, "HEAD", url, std::ptr::null(), None) }
}

/// Sends an OPTIONS request; otherwise as session_get().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_options(
    session: *mut session_t,
    url: *const c_char,
) -> *mut session_response_t {
    // SAFETY: the arguments are passed on as they are.
    unsafe { request(session, "OPTIONS", url, std::ptr::null(), None) }
}

/// Sends a DELETE request; otherwise as session_get().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_delete(
    session: *mut session_t,
    url: *const c_char,
) -> *mut session_response_t {
    // SAFETY: the arguments are passed on as they are.
    unsafe { request(session, "DELETE", url, std::ptr::null(), None) }
}

/// Sends a POST request with a body, which is copied. content_type is the body's media type, or
/// NULL to send none. Otherwise as session_get().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_post(
    session: *mut session_t,
    url: *const c_char,
    content_type: *const c_char,
    body: *const c_void,
    length: usize,
) -> *mut session_response_t {
    // SAFETY: the arguments are passed on as they are.
    unsafe { request(session, "POST", url, content_type, Some((body, length))) }
}

/// Sends a PUT request with a body; otherwise as session_post().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_put(
    session: *mut session_t,
    url: *const c_char,
    content_type: *const c_char,
    body: *const c_void,
    length: usize,
) -> *mut session_response_t {
    // SAFETY: the arguments are passed on as they are.
    unsafe { request(session, "PUT", url, content_type, Some((body, length))) }
}

/// Sends a PATCH request with a body; otherwise as session_post().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_patch(
    session: *mut session_t,
    url: *const c_char,
    content_type: *const c_char,
    body: *const c_void,
    length: usize,
) -> *mut session_response_t {
    // SAFETY: the arguments are passed on as they are.
    unsafe { request(session, "PATCH", url, content_type, Some((body, length))) }
}
