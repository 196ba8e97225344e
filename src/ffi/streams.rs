//! Bodies in pieces: responses that are read while they come, sinks, files, and readers.

use super::buffer::{fill_bytes, session_buffer_t};
use super::callback::{Userdata, session_free_fn};
use super::guard::guard;
use super::handle::{get, share};
use super::request::{session_request_t, with};
use super::response::session_response_t;
use super::text::{optional_text, text};
use crate::error::{Code, Error, Result};
use crate::http::{Body, BodyRead};
use crate::session::Moved;
use std::ffi::{c_char, c_int, c_void};
use std::path::Path;
use std::sync::Arc;

/// Takes a piece of a body, decoded; the bytes are lent for the call. 0 goes on, anything else
/// ends the request with SESSION_E_CALLBACK.
pub type session_sink_fn =
    Option<unsafe extern "C" fn(data: *const c_void, length: usize, userdata: *mut c_void) -> c_int>;

/// Told how far a transfer is, in bytes of the bodies as they go over the wire; -1 for what is not
/// known. Those that a resumed download had before count as received. 0 goes on, anything else
/// ends the request with SESSION_E_CALLBACK.
pub type session_progress_fn = Option<
    unsafe extern "C" fn(
        received: i64,
        to_receive: i64,
        sent: i64,
        to_send: i64,
        userdata: *mut c_void,
    ) -> c_int,
>;

/// Writes the next bytes of a request's body, room at most, and returns how many; 0 is the end, a
/// negative number ends the request with SESSION_E_CALLBACK.
pub type session_body_read_fn =
    Option<unsafe extern "C" fn(into: *mut c_void, room: usize, userdata: *mut c_void) -> i64>;

/// Goes back to the first byte of a request's body; anything but 0 says that it cannot.
pub type session_body_rewind_fn = Option<unsafe extern "C" fn(userdata: *mut c_void) -> c_int>;

/// A number, or an error's code with a minus.
fn signed(body: impl FnOnce() -> Result<i64>) -> i64 {
    crate::panic::guard(body).unwrap_or_else(Err).unwrap_or_else(|error| -i64::from(error.code() as i32))
}

/// Gives the response back as soon as the head of the final one is complete, after redirects,
/// challenges and retries; its body is then read with session_response_read() while it comes. The
/// transfer waits while nobody reads, with about 256 KiB in memory. session_response_body() is
/// empty then, and text, JSON and page cannot be had. The total time-out ends with the head,
/// unless this request has one of its own; the read time-out passes only if nothing more has come
/// when the reader is back. Freeing the response cancels what was not read. 0 takes it back: into
/// memory, the default.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_request_set_streamed(
    request: *mut session_request_t,
    streamed: c_int,
) -> Code {
    with(request, |request| {
        request.set_streamed(streamed != 0);
        Ok(())
    })
}

/// Gives the body of the final response to a function, decoded, piece by piece; the response has
/// none then. Of a status of 400 and more the body stays with the response. The function runs on a
/// thread that waits in the session, without a lock held; from inside it, calls that would wait on
/// the same session give SESSION_E_BUSY. NULL: into memory, the default. The total time-out as for
/// session_request_set_streamed(). free_userdata, unless NULL, is called when the userdata is not
/// used any more: not before the request and every transfer of it are gone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_request_set_sink(
    request: *mut session_request_t,
    sink: session_sink_fn,
    userdata: *mut c_void,
    free_userdata: session_free_fn,
) -> Code {
    let userdata = Userdata { pointer: userdata, free: free_userdata };
    with(request, |request| {
        request.set_sink(sink.map(|sink| {
            Arc::new(move |data: &[u8]| {
                let userdata = &userdata;
                // SAFETY: the caller gave this function for this userdata.
                let answer = unsafe { sink(data.as_ptr().cast(), data.len(), userdata.pointer) };
                stop_unless(answer == 0, "the sink")
            }) as Arc<_>
        }));
        Ok(())
    })
}

fn stop_unless(good: bool, who: &str) -> Result<()> {
    if good { Ok(()) } else { Err(Error::new(Code::Callback, format!("{who} stopped the transfer"))) }
}

/// Writes the body of a response of status 200 (or 206) into a file. It comes into being beside
/// it, with ".part" at the end of its name, and takes its place when it is whole and on the disk:
/// the file is never half written. With resume not 0 a partial file of an earlier try of the same
/// URL is gone on with if the server says that the resource is still the same (If-Range; what it
/// was is noted in ".part.meta"); else it starts anew. After a failure it is kept where the server
/// gave something to compare (a strong ETag, or a Last-Modified that is old enough to count as one);
/// else nothing could ever be told to fit, and it is removed. Other statuses
/// leave the file alone, and their body is the response's. The total time-out as for
/// session_request_set_streamed(). SESSION_E_ARGUMENT for a path that ends in no name. The request
/// ends with SESSION_E_IO if the file cannot be written, also because another download of it came
/// later, and with SESSION_E_PROTOCOL if a part comes that was not asked for. NULL: into memory, the
/// default.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_request_set_output_file(
    request: *mut session_request_t,
    path: *const c_char,
    resume: c_int,
) -> Code {
    with(request, |request| {
        // SAFETY: the text is NULL or NUL-terminated and outlives the call.
        let path = unsafe { optional_text("path", path) }?;
        if path.is_some_and(|path| matches!(path.rsplit('/').next(), Some("" | "." | ".."))) {
            return Err(Error::new(Code::Argument, "path: it names no file"));
        }
        request.set_output_file(path.map(Path::new), resume != 0);
        Ok(())
    })
}

/// Sets what is told of every piece that is sent or received; NULL, the default, is nothing.
/// Threads and free_userdata as for session_request_set_sink().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_request_set_progress(
    request: *mut session_request_t,
    progress: session_progress_fn,
    userdata: *mut c_void,
    free_userdata: session_free_fn,
) -> Code {
    let userdata = Userdata { pointer: userdata, free: free_userdata };
    with(request, |request| {
        request.set_progress(progress.map(|progress| {
            Arc::new(move |moved: &Moved| {
                let (userdata, number) = (&userdata, |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX));
                let Moved { received, to_receive, sent, to_send } = *moved;
                // SAFETY: the caller gave this function for this userdata.
                let answer = unsafe {
                    progress(
                        number(received),
                        to_receive.map_or(-1, number),
                        number(sent),
                        to_send.map_or(-1, number),
                        userdata.pointer,
                    )
                };
                stop_unless(answer == 0, "the progress callback")
            }) as Arc<_>
        }));
        Ok(())
    })
}

struct Reader {
    read: unsafe extern "C" fn(*mut c_void, usize, *mut c_void) -> i64,
    rewind: session_body_rewind_fn,
    userdata: Userdata,
}

impl BodyRead for Reader {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        // SAFETY: the caller gave this function for this userdata; it writes into the slice.
        let count = unsafe { (self.read)(into.as_mut_ptr().cast(), into.len(), self.userdata.pointer) };
        usize::try_from(count)
            .map_err(|_| Error::new(Code::Callback, "the body's reader stopped the transfer"))
    }

    fn rewind(&mut self) -> Result<()> {
        let Some(rewind) = self.rewind else {
            return Err(Error::new(Code::Rewind, "the body's reader has no function to start again"));
        };
        // SAFETY: the caller gave this function for this userdata.
        match unsafe { rewind(self.userdata.pointer) } {
            0 => Ok(()),
            _ => Err(Error::new(Code::Rewind, "the body's reader cannot start again")),
        }
    }
}

/// Sets the body to what a function writes, of this many bytes; a negative length: it is not
/// known, and the body is sent in chunks. With a length, fewer bytes end the request with
/// SESSION_E_BODY. rewind is called when the body must be sent once more (redirects 307 and 308,
/// challenges, retries, sending the request again); without it, NULL, that ends the request with
/// SESSION_E_REWIND. One transfer at a time can use it, another one gives SESSION_E_STATE. The
/// media type may be NULL. Threads and free_userdata as for session_request_set_sink().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_request_set_body_reader(
    request: *mut session_request_t,
    content_type: *const c_char,
    length: i64,
    read: session_body_read_fn,
    rewind: session_body_rewind_fn,
    userdata: *mut c_void,
    free_userdata: session_free_fn,
) -> Code {
    let userdata = Userdata { pointer: userdata, free: free_userdata };
    with(request, |request| {
        let read = read.ok_or_else(|| Error::new(Code::Null, "read is NULL"))?;
        // SAFETY: the text is NULL or NUL-terminated and outlives the call.
        let content_type = unsafe { optional_text("content_type", content_type) }?;
        let reader = Box::new(Reader { read, rewind, userdata });
        request.set_body(Body::reader(reader, u64::try_from(length).ok()), content_type)
    })
}

/// Reads the next bytes of the body, decoded, room at most, and returns how many; 0 is the end, and
/// with a room of 0 says nothing. Of a streamed response it waits for at least one byte, and the
/// calling thread drives the transfer meanwhile; the body of others is read from memory. After all
/// bytes that came before, what broke the transfer: its code with a minus (-SESSION_E_TRUNCATED),
/// and session_response_error() tells it from then on. -SESSION_E_BUSY from inside a callback of
/// the session. Any thread, one at a time: -SESSION_E_STATE while another one reads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_read(
    response: *mut session_response_t,
    into: *mut c_void,
    room: usize,
) -> i64 {
    signed(|| {
        if into.is_null() && room > 0 {
            return Err(Error::new(Code::Null, "into is NULL"));
        }
        let room = room.min(isize::MAX as usize);
        // SAFETY: the caller passes NULL or a live handle, and room for as many bytes.
        let (response, into) = unsafe {
            let into: &mut [u8] =
                if room == 0 { &mut [] } else { std::slice::from_raw_parts_mut(into.cast(), room) };
            // Its own reference: a thread that waits outlives who frees the handle too early.
            (share(response)?, into)
        };
        Ok(response.read(into)? as i64)
    })
}

/// Reads the next line of the body into a buffer, without its end (CR LF, LF or CR): 1, or 0 when
/// there is none left. Else as session_response_read(); the two may be mixed. A line of more than
/// 16 MiB is -SESSION_E_BODY_TOO_LARGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_read_line(
    response: *mut session_response_t,
    into: *mut session_buffer_t,
) -> c_int {
    let answer = signed(|| {
        let mut any = false;
        let read = |line: &mut Vec<u8>| {
            // SAFETY: the caller passes NULL or a live handle.
            any = unsafe { share(response) }?.read_line(line)?;
            Ok(())
        };
        // SAFETY: the caller passes NULL or a live handle, the buffer its own.
        let code = unsafe { fill_bytes(into, read) };
        if code == Code::Ok { Ok(i64::from(any)) } else { Err(code.into()) }
    });
    answer as c_int
}

/// How many bytes of the body can be read without waiting; 0 if a read would have to wait, or while
/// another thread reads; -1 if it would tell the end or an error. It never waits itself. For event
/// loops: session_fd() is readable when more may have come, and session_next(session, 0) takes it in.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_available(response: *mut session_response_t) -> i64 {
    // SAFETY: the caller passes NULL or a live handle.
    signed(|| Ok(unsafe { get(response) }?.available()?.map_or(-1, |bytes| bytes as i64))).max(-1)
}

/// 1 if the body is read while it comes (session_request_set_streamed()), else 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_is_streamed(response: *const session_response_t) -> c_int {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(c_int::from(unsafe { get(response) }?.is_streamed())))
}

/// Where a resumed download went on: how many bytes its file had before. 0 if it started anew.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_resumed_from(response: *const session_response_t) -> u64 {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(unsafe { get(response) }?.resumed_from()))
}

/// A field that came behind the body (a trailer; RFC 9110, 6.5), and its length in *length unless
/// that is NULL; NULL if there is none. Of a streamed response only after its end. Lent by the
/// response.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_response_trailer(
    response: *const session_response_t,
    name: *const c_char,
    length: *mut usize,
) -> *const c_char {
    // SAFETY: the pointers are NULL, or live, NUL-terminated and writable as they must be.
    guard(|| unsafe {
        super::text::put(length, 0);
        let value = get(response)?.trailers().get_c(text("name", name)?);
        Ok(value.map_or(std::ptr::null(), |value| super::text::lend(value, length)))
    })
}
