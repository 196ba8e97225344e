//! `session_response_t`: what came back.

use super::buffer::{fill, fill_bytes, session_buffer_t, tell};
use super::encoding::{encoding_name, source_name};
use super::guard::guard;
use super::handle::{get, give_shared, handles, take_shared};
use super::html::session_html_t;
use super::text::{lend, put, text};
use crate::error::{Code, Error, Result};
use crate::session::Response;
use std::ffi::{c_char, c_int, c_void};
use std::sync::Arc;

/// A response: the end of a request, whatever became of it. Immutable; any number of threads may
/// read it. It outlives its session.
pub struct session_response_t {
    _private: [u8; 0],
}
handles!(session_response_t: Shared<Response>);

/// A request always gives a response: an error becomes one that carries it.
pub(super) fn respond(send: impl FnOnce() -> Result<Arc<Response>>) -> *mut session_response_t {
    let response = crate::panic::guard(send).unwrap_or_else(Err);
    give_shared(response.unwrap_or_else(|error| Arc::new(Response::failed(error))))
}

/// # Safety
/// The handle is NULL or live.
unsafe fn read<R: super::guard::Fallback>(
    response: *const session_response_t,
    read: impl FnOnce(&'static Response) -> Result<R>,
) -> R {
    // SAFETY: the caller's promise is passed on; what is lent lives as long as the handle.
    guard(|| read(unsafe { get(response) }?))
}

/// Frees a response. Documents taken from it stay valid. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_free(response: *mut session_response_t) {
    guard(|| {
        // SAFETY: the caller passes NULL or a live handle and does not use it again.
        drop(unsafe { take_shared(response) });
        Ok(())
    })
}

/// What went wrong, SESSION_OK if nothing. A status of 400 and more is no error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_error(response: *const session_response_t) -> Code {
    // SAFETY: the pointer is passed on as it is.
    unsafe { read(response, |response| Ok(response.error().map_or(Code::Ok, Error::code))) }
}

/// The error in one line that names the offender; "" if there is none. Lent by the response.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_error_message(
    response: *const session_response_t,
) -> *const c_char {
    // SAFETY: the pointer is passed on as it is.
    unsafe { read(response, |response| Ok(response.error().map_or(c"", Error::message_c).as_ptr())) }
}

/// 1 if there is no error and the status is below 400, else 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_ok(response: *const session_response_t) -> c_int {
    // SAFETY: the pointer is passed on as it is.
    unsafe { read(response, |response| Ok(c_int::from(response.ok()))) }
}

/// The status (RFC 9110, 15); 0 if no response came.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_status(response: *const session_response_t) -> c_int {
    // SAFETY: the pointer is passed on as it is.
    unsafe { read(response, |response| Ok(c_int::from(response.status()))) }
}

/// The version of HTTP: 10, 11 or 20 (30 is kept for HTTP/3); 0 if no response came.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_http_version(response: *const session_response_t) -> c_int {
    // SAFETY: the pointer is passed on as it is.
    unsafe {
        read(response, |response| Ok(response.version().map_or(0, |version| c_int::from(version.number()))))
    }
}

/// The reason phrase; where the protocol has none, the registered one. Lent by the response.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_reason(response: *const session_response_t) -> *const c_char {
    // SAFETY: the pointer is passed on as it is.
    unsafe { read(response, |response| Ok(response.head.reason.as_c_str().as_ptr())) }
}

/// The method that this hop was made with. Lent by the response.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_method(response: *const session_response_t) -> *const c_char {
    // SAFETY: the pointer is passed on as it is.
    unsafe { read(response, |response| Ok(response.method.as_c_str().as_ptr())) }
}

/// The URL that answered, after redirects, without credentials. Lent by the response.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_url(response: *const session_response_t) -> *const c_char {
    // SAFETY: the pointer is passed on as it is.
    unsafe { read(response, |response| Ok(response.url_text().as_c_str().as_ptr())) }
}

/// The address that answered ("127.0.0.1:80", "[::1]:80"), the proxy's where there is one; "" if
/// there was no connection. Lent by the response.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_remote_address(
    response: *const session_response_t,
) -> *const c_char {
    // SAFETY: the pointer is passed on as it is.
    unsafe { read(response, |response| Ok(response.facts.remote.as_c_str().as_ptr())) }
}

/// The first value of a header, whatever the case of its name, and its length in *length unless
/// that is NULL; NULL if there is none. Lent by the response.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_header(
    response: *const session_response_t,
    name: *const c_char,
    length: *mut usize,
) -> *const c_char {
    // SAFETY: the pointers are NULL, or live, NUL-terminated and writable as they must be.
    unsafe {
        put(length, 0);
        read(response, |response| {
            let value = response.headers().get_c(text("name", name)?);
            Ok(value.map_or(std::ptr::null(), |value| lend(value, length)))
        })
    }
}

/// The number of header fields.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_header_count(response: *const session_response_t) -> usize {
    // SAFETY: the pointer is passed on as it is.
    unsafe { read(response, |response| Ok(response.headers().len())) }
}

/// The header field at an index, in the order received: its name and value in *name and *value,
/// each unless NULL. SESSION_E_ARGUMENT beyond the last, and both are NULL. Lent by the response.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_header_at(
    response: *const session_response_t,
    index: usize,
    name: *mut *const c_char,
    value: *mut *const c_char,
) -> Code {
    // SAFETY: the pointers are NULL, or live and writable as they must be.
    unsafe {
        put(name, std::ptr::null());
        put(value, std::ptr::null());
        read(response, |response| {
            let field = response.headers().at(index);
            let (own_name, own_value) = field.ok_or_else(|| Error::new(Code::Argument, "no such header"))?;
            put(name, own_name.as_ptr());
            put(value, own_value.as_ptr());
            Ok(Code::Ok)
        })
    }
}

/// The body, its content encoding undone, and its length in *length unless that is NULL. There is
/// a NUL behind it. After an error it is what had come until then. Empty if it went to a reader, a sink
/// or a file. NULL only for a NULL response. Lent by the response.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_body(
    response: *const session_response_t,
    length: *mut usize,
) -> *const c_void {
    // SAFETY: the pointers are NULL, or live and writable as they must be.
    unsafe {
        put(length, 0);
        read(response, |response| {
            put(length, response.body().len());
            Ok(response.body().as_ptr().cast())
        })
    }
}

/// The body as UTF-8 text, decoded as browsers find the encoding: byte order mark, Content-Type,
/// the page's own declaration, detection. Its length is in *length unless that is NULL; it is
/// NUL-terminated, and may hold NULs that the server sent. Decoded on the first call and lent by
/// the response. NULL for a NULL response, for one that is streamed, and when there is no memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_text(
    response: *const session_response_t,
    length: *mut usize,
) -> *const c_char {
    // SAFETY: the pointers are NULL, or live and writable as they must be.
    unsafe {
        put(length, 0);
        read(response, |response| {
            let text = response.text()?;
            put(length, text.len());
            Ok(text.as_ptr().cast())
        })
    }
}

/// What a time of session_response_timing_us() is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum session_timing {
    /// The whole request, all hops.
    Elapsed = 0,
    /// This hop, from its start to its end.
    Total = 1,
    /// Waiting for a free connection.
    Queue = 2,
    /// From the hop's start until the host's name was resolved.
    NameLookup = 3,
    /// From the hop's start until the connection stood.
    Connect = 4,
    /// From the hop's start until TLS was agreed.
    Tls = 5,
    /// From the hop's start until the first byte of the response.
    FirstByte = 6,
}

/// A time in microseconds, named by a SESSION_TIMING_ value; 0 for what did not happen, -1 for a
/// name that does not exist. Of a streamed response, what was known with its head until the reader has
/// come to the end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_timing_us(
    response: *const session_response_t,
    which: c_int,
) -> i64 {
    // SAFETY: the pointer is passed on as it is.
    unsafe {
        read(response, |response| {
            let timings = response.timings();
            let time = match which {
                0 => response.elapsed(),
                1 => timings.total,
                2 => timings.queue,
                3 => timings.name_lookup,
                4 => timings.connect,
                5 => timings.tls,
                6 => timings.first_byte,
                _ => return Ok(-1),
            };
            Ok(i64::try_from(time.as_micros()).unwrap_or(i64::MAX))
        })
    }
}

/// Bytes of the body as they came over the wire, before decoding. Of a streamed response as
/// session_response_timing_us().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_bytes_received(response: *const session_response_t) -> u64 {
    // SAFETY: the pointer is passed on as it is.
    unsafe { read(response, |response| Ok(response.bytes_received())) }
}

/// Bytes of the request's body that were sent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_bytes_sent(response: *const session_response_t) -> u64 {
    // SAFETY: the pointer is passed on as it is.
    unsafe { read(response, |response| Ok(response.bytes_sent())) }
}

/// The number of hops before this response: redirects, and challenges that were answered.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_history_count(response: *const session_response_t) -> usize {
    // SAFETY: the pointer is passed on as it is.
    unsafe { read(response, |response| Ok(response.history().len())) }
}

/// A hop before this response, the oldest at 0; NULL beyond the last. It is a response of its own,
/// lent by this one: do not free it. Of the body of a redirect or a challenge no more than 1 MiB
/// is read; if there was more, the hop carries SESSION_E_BODY_TOO_LARGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_history_at(
    response: *const session_response_t,
    index: usize,
) -> *const session_response_t {
    // SAFETY: the pointer is passed on as it is.
    unsafe {
        read(response, |response| {
            let hop = response.history().get(index);
            Ok(hop.map_or(std::ptr::null(), |hop| Arc::as_ptr(hop).cast()))
        })
    }
}

/// The id of a submitted request; 0 for others.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_id(response: *const session_response_t) -> u64 {
    // SAFETY: the pointer is passed on as it is.
    unsafe { read(response, |response| Ok(response.id())) }
}

/// What session_submit() was given for the caller's own use.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_userdata(response: *const session_response_t) -> *mut c_void {
    // SAFETY: the pointer is passed on as it is.
    unsafe { read(response, |response| Ok(response.userdata() as *mut c_void)) }
}

/// The name of the encoding of session_response_text(), as the Encoding standard spells it; NULL
/// for a NULL response and for one that is streamed. Static.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_encoding(response: *const session_response_t) -> *const c_char {
    // SAFETY: the pointer is passed on as it is.
    unsafe { read(response, |response| Ok(encoding_name(response.encoding()?.0).as_ptr())) }
}

/// What decided about the encoding: "bom" (a byte order mark), "http" (the Content-Type header),
/// "meta" (the page's own declaration), "xml", "detected" (its bytes look like it) or "default".
/// NULL for a NULL response and for one that is streamed. Static.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_encoding_source(
    response: *const session_response_t,
) -> *const c_char {
    // SAFETY: the pointer is passed on as it is.
    unsafe { read(response, |response| Ok(source_name(response.encoding()?.1).as_ptr())) }
}

/// The body as a page: parsed on the first call, the same document each time. Every call gives a
/// reference of one's own, to be freed with session_html_free(); it outlives the response. NULL for
/// a NULL response, and where session_response_html_error() says why.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_html(response: *const session_response_t) -> *mut session_html_t {
    // SAFETY: the pointer is passed on as it is.
    unsafe { read(response, |response| Ok(give_shared(response.html()?.clone()))) }
}

/// Why session_response_html() gave NULL, SESSION_OK if it does not: SESSION_E_DOCUMENT_TOO_LARGE
/// for a page beyond the limits, SESSION_E_STATE for a response that is streamed,
/// SESSION_E_MEMORY. into, unless NULL, gets the error in one line, and is empty if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_html_error(
    response: *const session_response_t,
    into: *mut session_buffer_t,
) -> Code {
    // SAFETY: the pointers are NULL or live handles, the buffer used by this thread only.
    unsafe { tell(into, |_| get(response)?.html().map(drop)) }
}

/// What is wrong with the response in one line, a status of 400 and more included ("404 Client
/// Error: Not Found for url: http://...", the URL without its query), written into a buffer; empty
/// if nothing is. Returns the error's code, SESSION_E_STATUS for a status of 400 and more, SESSION_OK
/// if nothing is wrong.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_failure(
    response: *const session_response_t,
    into: *mut session_buffer_t,
) -> Code {
    // SAFETY: the pointers are NULL or live handles.
    unsafe { tell(into, |_| get(response)?.failure().map_or(Ok(()), Err)) }
}

/// Writes the target of the Link header with this relation (RFC 8288), resolved against the
/// response's URL; empty if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_link(
    response: *const session_response_t,
    relation: *const c_char,
    into: *mut session_buffer_t,
) -> Code {
    // SAFETY: the pointers are NULL, live handles or NUL-terminated text.
    unsafe {
        fill(into, |out| {
            let link = get(response)?.link(text("relation", relation)?);
            out.push_str(link.as_ref().map_or("", url::Url::as_str));
            Ok(())
        })
    }
}

/// Writes the body as JSON text in UTF-8, whichever of UTF-8, UTF-16 and UTF-32 it came in, without
/// a byte order mark. Whether it is valid JSON is not looked at. SESSION_E_UTF8 if it is in no
/// encoding that JSON allows, SESSION_E_STATE if the response is streamed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_json(
    response: *const session_response_t,
    into: *mut session_buffer_t,
) -> Code {
    // SAFETY: the pointers are NULL or live handles.
    unsafe {
        fill_bytes(into, |bytes| {
            let response = get(response)?;
            response.check_in_memory()?;
            bytes.extend_from_slice(&crate::http::json::to_utf8(response.body())?);
            Ok(())
        })
    }
}

/// Writes the address of the next page: what the page declares with rel=next, else what the Link
/// header does, else what the page's links say ("next", "more", "older"). Empty if there is none.
/// SESSION_E_STATE if the response is streamed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_next_url(
    response: *const session_response_t,
    into: *mut session_buffer_t,
) -> Code {
    // SAFETY: the pointers are NULL or live handles.
    unsafe {
        fill(into, |text| {
            text.push_str(get(response)?.next_url()?.as_ref().map_or("", url::Url::as_str));
            Ok(())
        })
    }
}
