//! `session_request_t`: a request, built step by step.

use super::buffer::{fill, session_buffer_t};
use super::guard::{guard, status};
use super::handle::{free, get, get_mut, give, handles, share};
use super::response::{respond, session_response_t};
use super::session::{credentials, policy_of, session_t, tries};
use super::text::{bytes, duration, optional_bytes_text, optional_text, text};
use crate::error::{Code, Error, Result};
use crate::http::{Body, Part};
use crate::session::{Auth, Request};
use std::ffi::{c_char, c_int, c_void};

/// A request: method, URL, and what differs from the session's defaults. It can be sent any
/// number of times and belongs to one thread at a time.
pub struct session_request_t {
    _private: [u8; 0],
}
handles!(session_request_t: Owned<Request>);

/// Changes a request for an exported function, all of which are unsafe to call: this is left safe for
/// brevity alone. The handle is NULL, or live and used by no other thread now.
pub(super) fn with(request: *mut session_request_t, change: impl FnOnce(&mut Request) -> Result<()>) -> Code {
    // SAFETY: the exported function's caller passes NULL or such a handle.
    status(|| change(unsafe { get_mut(request) }?))
}

/// Makes a request. The method is any token (RFC 9110, 9.1), case-sensitive; the URL may be
/// relative to the session's base URL and is checked when the request is sent. Never NULL: with a
/// NULL argument, text that is not UTF-8 or a method that is not a token, session_request_error() says
/// so, and so does the response when the request is sent. The caller owns it; free it with
/// session_request_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_request_new(
    method: *const c_char,
    url: *const c_char,
) -> *mut session_request_t {
    let make = || {
        // SAFETY: the texts are NULL or NUL-terminated and outlive the call.
        let (method, url) = unsafe { (text("method", method)?, text("url", url)?) };
        Request::new(method, url)
    };
    give(crate::panic::guard(make).unwrap_or_else(Err).unwrap_or_else(Request::defective))
}

/// What is wrong with a request so that it cannot be sent, SESSION_OK if nothing: an argument of
/// session_request_new().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_request_error(request: *const session_request_t) -> Code {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(unsafe { get(request) }?.defect().map_or(Code::Ok, Error::code)))
}

/// The same in one line that names the offender; "" if nothing is wrong. Lent by the request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_request_error_message(request: *const session_request_t) -> *const c_char {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(unsafe { get(request) }?.defect().map_or(c"", Error::message_c).as_ptr()))
}

/// The method of a request. Lent by the request. NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_request_method(request: *const session_request_t) -> *const c_char {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(unsafe { get(request) }?.method().as_c_str().as_ptr()))
}

/// Writes the URL of a request as session_request_new() was given it, or as a form made it, its data
/// included if it is sent with GET: without what session_request_set_param() and its kin add.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_request_url(
    request: *const session_request_t,
    into: *mut session_buffer_t,
) -> Code {
    // SAFETY: the caller passes NULL or live handles, used by this thread only.
    unsafe {
        fill(into, |out| {
            out.push_str(get(request)?.url());
            Ok(())
        })
    }
}

/// Frees a request. One that was submitted goes on. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_request_free(request: *mut session_request_t) {
    guard(|| {
        // SAFETY: the caller passes NULL or a live handle and does not use it again.
        unsafe { free(request) };
        Ok(())
    })
}

/// Gives a header one value, in place of the session's; NULL sends none. Errors as
/// session_set_header().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_request_set_header(
    request: *mut session_request_t,
    name: *const c_char,
    value: *const c_char,
) -> Code {
    // SAFETY: the texts are NULL or NUL-terminated and outlive the call.
    with(request, |request| unsafe { request.set_header(text("name", name)?, optional_bytes_text(value)) })
}

/// Adds a further value to a header of the request. All that the request has of a header stands in
/// place of the session's and of a default. Errors as session_set_header().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_request_add_header(
    request: *mut session_request_t,
    name: *const c_char,
    value: *const c_char,
) -> Code {
    // SAFETY: the texts are NULL or NUL-terminated and outlive the call.
    with(request, |request| unsafe {
        request.add_header(text("name", name)?, text("value", value)?.as_bytes())
    })
}

/// Gives a query parameter one value, in place of the session's; NULL drops it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_request_set_param(
    request: *mut session_request_t,
    name: *const c_char,
    value: *const c_char,
) -> Code {
    with(request, |request| {
        // SAFETY: the texts are NULL or NUL-terminated and outlive the call.
        unsafe { request.set_param(text("name", name)?, optional_text("value", value)?) };
        Ok(())
    })
}

/// Adds a query parameter, also one of a name that the request has already. All that it has of a name
/// stand in place of the session's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_request_add_param(
    request: *mut session_request_t,
    name: *const c_char,
    value: *const c_char,
) -> Code {
    with(request, |request| {
        // SAFETY: the texts are NULL or NUL-terminated and outlive the call.
        unsafe { request.add_param(text("name", name)?, text("value", value)?) };
        Ok(())
    })
}

/// Sets the body, which is copied, and its media type or NULL. It replaces any body that was set
/// before, fields and parts too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_request_set_body(
    request: *mut session_request_t,
    content_type: *const c_char,
    body: *const c_void,
    length: usize,
) -> Code {
    with(request, |request| {
        // SAFETY: the text is NULL or NUL-terminated, the bytes NULL with 0; both outlive the call.
        let (body, content_type) =
            unsafe { (bytes("body", body, length)?, optional_text("content_type", content_type)?) };
        request.set_body(Body::Bytes(body.into()), content_type)
    })
}

/// Sets the body to JSON text, which is copied and sent as application/json.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_request_set_json(
    request: *mut session_request_t,
    json: *const c_char,
) -> Code {
    with(request, |request| {
        // SAFETY: the text is NULL or NUL-terminated and outlives the call.
        let json = unsafe { text("json", json) }?;
        request.set_body(Body::Bytes(json.as_bytes().into()), Some("application/json"))
    })
}

/// Sets the body to a file, which is read while it is sent and never kept in memory. The media
/// type may be NULL. A file that cannot be read, or is a pipe, ends the request with SESSION_E_BODY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_request_set_body_file(
    request: *mut session_request_t,
    content_type: *const c_char,
    path: *const c_char,
) -> Code {
    with(request, |request| {
        // SAFETY: the texts are NULL or NUL-terminated and outlive the call.
        let (path, content_type) =
            unsafe { (text("path", path)?, optional_text("content_type", content_type)?) };
        request.set_body(Body::File(path.into()), content_type)
    })
}

/// Adds a field of a form. Fields alone are sent as application/x-www-form-urlencoded; with a part
/// or a file the form is sent as multipart/form-data.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_request_add_field(
    request: *mut session_request_t,
    name: *const c_char,
    value: *const c_char,
) -> Code {
    with(request, |request| {
        // SAFETY: the texts are NULL or NUL-terminated and outlive the call.
        unsafe { request.add_field(text("name", name)?, text("value", value)?) };
        Ok(())
    })
}

/// Adds bytes, which are copied, as a part of a multipart form. The file name and the media type
/// may be NULL; the type is then application/octet-stream if there is a file name, and else none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_request_add_part(
    request: *mut session_request_t,
    name: *const c_char,
    filename: *const c_char,
    content_type: *const c_char,
    data: *const c_void,
    length: usize,
) -> Code {
    with(request, |request| {
        // SAFETY: the texts are NULL or NUL-terminated, the bytes NULL with 0; all outlive the call.
        let (name, filename, content_type, data) = unsafe {
            (
                text("name", name)?,
                optional_text("filename", filename)?,
                optional_text("content_type", content_type)?,
                bytes("data", data, length)?,
            )
        };
        let part = Part::bytes(name, data).with_filename(filename);
        request.add_part(match content_type {
            Some(content_type) => part.with_content_type(content_type)?,
            None => part,
        })
    })
}

/// Adds a file as a part of a multipart form. It is read while it is sent; the server learns the
/// last part of its path. A NULL media type is application/octet-stream.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_request_add_file(
    request: *mut session_request_t,
    name: *const c_char,
    path: *const c_char,
    content_type: *const c_char,
) -> Code {
    with(request, |request| {
        // SAFETY: the texts are NULL or NUL-terminated and outlive the call.
        let (name, path, content_type) = unsafe {
            (text("name", name)?, text("path", path)?, optional_text("content_type", content_type)?)
        };
        let part = Part::file(name, path);
        request.add_part(match content_type {
            Some(content_type) => part.with_content_type(content_type)?,
            None => part,
        })
    })
}

/// Sets a cookie for this request alone: sent to the URL's origin, never stored. SESSION_E_ARGUMENT
/// for a pair that cannot stand in a header.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_request_set_cookie(
    request: *mut session_request_t,
    name: *const c_char,
    value: *const c_char,
) -> Code {
    with(request, |request| {
        // SAFETY: the texts are NULL or NUL-terminated and outlive the call.
        unsafe { request.set_cookie(text("name", name)?.as_bytes(), text("value", value)?.as_bytes()) }
    })
}

/// Uses HTTP Basic credentials for this request. A NULL user sends none, whatever the URL, the session
/// and a netrc file say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_request_set_auth_basic(
    request: *mut session_request_t,
    user: *const c_char,
    password: *const c_char,
) -> Code {
    with(request, |request| {
        // SAFETY: the texts are NULL or NUL-terminated and outlive the call.
        request.set_auth(unsafe { credentials(user, password, Auth::basic) }?);
        Ok(())
    })
}

/// As session_set_auth_digest(), for this request. A NULL user sends none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_request_set_auth_digest(
    request: *mut session_request_t,
    user: *const c_char,
    password: *const c_char,
) -> Code {
    with(request, |request| {
        // SAFETY: the texts are NULL or NUL-terminated and outlive the call.
        request.set_auth(unsafe { credentials(user, password, Auth::digest) }?);
        Ok(())
    })
}

/// As session_set_auth_bearer(), for this request. NULL sends none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_request_set_auth_bearer(
    request: *mut session_request_t,
    token: *const c_char,
) -> Code {
    with(request, |request| {
        // SAFETY: the text is NULL or NUL-terminated and outlives the call.
        let token = unsafe { optional_text("token", token) }?;
        request.set_auth(token.map_or(Ok(Auth::None), Auth::bearer)?);
        Ok(())
    })
}

/// As session_set_auth_ntlm(), for this request. A NULL user sends none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_request_set_auth_ntlm(
    request: *mut session_request_t,
    user: *const c_char,
    password: *const c_char,
) -> Code {
    with(request, |request| {
        // SAFETY: the texts are NULL or NUL-terminated and outlive the call.
        request.set_auth(unsafe { credentials(user, password, Auth::ntlm) }?);
        Ok(())
    })
}

/// As session_set_auth_negotiate(), for this request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_request_set_auth_negotiate(request: *mut session_request_t) -> Code {
    with(request, |request| {
        request.set_auth(Auth::negotiate()?);
        Ok(())
    })
}

/// As session_set_verify(), for this request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_request_set_verify(request: *mut session_request_t, verify: c_int) -> Code {
    with(request, |request| {
        request.set_verify(verify != 0);
        Ok(())
    })
}

/// As session_set_retry(), for this request; statuses and methods are the session's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_request_set_retry(
    request: *mut session_request_t,
    attempts: u32,
    backoff_ms: i64,
) -> Code {
    with(request, |request| {
        let (attempts, backoff) = tries(attempts, backoff_ms)?;
        request.set_attempts(attempts, backoff);
        Ok(())
    })
}

/// As session_set_redirect_policy(), for this request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_request_set_redirect_policy(
    request: *mut session_request_t,
    policy: c_int,
    refuse_downgrade: c_int,
) -> Code {
    with(request, |request| {
        request.set_redirect_policy(policy_of(policy)?, refuse_downgrade != 0);
        Ok(())
    })
}

/// As session_set_refresh(), for this request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_request_set_refresh(
    request: *mut session_request_t,
    max_delay_ms: i64,
) -> Code {
    with(request, |request| {
        request.set_refresh(duration(max_delay_ms));
        Ok(())
    })
}

/// As session_set_timeout_ms(), for this request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_request_set_timeout_ms(
    request: *mut session_request_t,
    milliseconds: i64,
) -> Code {
    with(request, |request| {
        request.set_timeout(duration(milliseconds));
        Ok(())
    })
}

/// As session_set_connect_timeout_ms(), for this request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_request_set_connect_timeout_ms(
    request: *mut session_request_t,
    milliseconds: i64,
) -> Code {
    with(request, |request| {
        request.set_connect_timeout(duration(milliseconds));
        Ok(())
    })
}

/// As session_set_read_timeout_ms(), for this request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_request_set_read_timeout_ms(
    request: *mut session_request_t,
    milliseconds: i64,
) -> Code {
    with(request, |request| {
        request.set_read_timeout(duration(milliseconds));
        Ok(())
    })
}

/// As session_set_redirect_limit(), for this request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_request_set_redirect_limit(
    request: *mut session_request_t,
    limit: u32,
) -> Code {
    with(request, |request| {
        request.set_redirect_limit(limit);
        Ok(())
    })
}

/// As session_set_max_body(), for this request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_request_set_max_body(request: *mut session_request_t, bytes: i64) -> Code {
    with(request, |request| {
        request.set_max_body(u64::try_from(bytes).unwrap_or(u64::MAX));
        Ok(())
    })
}

/// As session_set_proxy(), for this request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_request_set_proxy(
    request: *mut session_request_t,
    url: *const c_char,
) -> Code {
    // SAFETY: the text is NULL or NUL-terminated and outlives the call.
    with(request, |request| request.set_proxy(unsafe { optional_text("url", url) }?))
}

/// Sends a request and waits for its end; what it returns is as in session_get(). The request can
/// be sent again. Any thread; the calling thread does the work, and meanwhile that of other threads
/// that wait in the session.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_send(
    session: *mut session_t,
    request: *const session_request_t,
) -> *mut session_response_t {
    respond(|| {
        // SAFETY: the caller passes NULL or live handles.
        let (session, request) = unsafe { (share(session)?, get(request)?) };
        Ok(session.send(request))
    })
}
