//! `session_spec_t`: a page to JSON in one call.

use super::buffer::{session_buffer_t, tell};
use super::guard::guard;
use super::handle::{free, get, give, handles};
use super::html::session_html_t;
use super::nodes::session_node_t;
use super::text::text;
use crate::error::{Code, Error, Result};
use crate::html::extract::Spec;
use crate::html::{Document, NodeId};
use std::ffi::c_char;

/// A compiled extraction specification (docs/extract.md), or the error that says why it is none.
/// Immutable; any number of threads may use it.
pub struct session_spec_t {
    _private: [u8; 0],
}
handles!(session_spec_t: Owned<Result<Spec>>);

/// Compiles an extraction specification, which is JSON: {"title": "h1", "links":
/// ["a::attr(href)"]}. Never NULL unless there is no memory: a bad one carries its error, whose
/// message names the field. The caller owns it; free it with session_spec_free(). Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_spec_new(json: *const c_char) -> *mut session_spec_t {
    // SAFETY: the caller passes NULL or a NUL-terminated text.
    let compile = || Spec::compile(unsafe { text("json", json) }?);
    guard(|| Ok(give(crate::panic::guard(compile).unwrap_or_else(Err))))
}

/// Frees a specification. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_spec_free(spec: *mut session_spec_t) {
    guard(|| {
        // SAFETY: the caller passes NULL or a live handle and does not use it again.
        unsafe { free(spec) };
        Ok(())
    })
}

/// What is wrong with the specification: SESSION_E_SPEC, SESSION_OK if nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_spec_error(spec: *const session_spec_t) -> Code {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(unsafe { get(spec) }?.as_ref().err().map_or(Code::Ok, Error::code)))
}

/// The error in one line that names the field; "" if there is none. Lent by the specification.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_spec_error_message(spec: *const session_spec_t) -> *const c_char {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(unsafe { get(spec) }?.as_ref().err().map_or(c"", Error::message_c).as_ptr()))
}

/// Writes what a specification finds below a node, 0 for the whole document, as one JSON object.
/// On an error the buffer holds the message instead, in one line: SESSION_E_MISSING names the
/// required field that has no value, SESSION_E_BUDGET the field that takes too much work,
/// SESSION_E_NODE is for a node that the document does not have, and that of a bad specification
/// is its own. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_spec_run(
    spec: *const session_spec_t,
    html: *const session_html_t,
    scope: session_node_t,
    into: *mut session_buffer_t,
) -> Code {
    // SAFETY: the pointers are passed on as they are.
    unsafe {
        extract(html, scope, into, |document, scope| {
            get(spec)?.as_ref().map_err(Clone::clone)?.run_on(document, scope)
        })
    }
}

/// The same in one call, for the whole document: the specification is compiled, or taken from a
/// cache of those used lately. Errors as session_spec_run() and SESSION_E_SPEC, with the message
/// in the buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_html_extract(
    html: *const session_html_t,
    spec_json: *const c_char,
    into: *mut session_buffer_t,
) -> Code {
    // SAFETY: the pointers are passed on as they are.
    unsafe {
        extract(html, 0, into, |document, scope| {
            Spec::cached(text("spec_json", spec_json)?)?.run_on(document, scope)
        })
    }
}

/// Runs a specification into a buffer; the message of an error goes there too.
///
/// # Safety
/// The pointers are NULL or live handles, the buffer used by this thread only.
unsafe fn extract(
    html: *const session_html_t,
    scope: session_node_t,
    into: *mut session_buffer_t,
    run: impl FnOnce(&Document, NodeId) -> Result<String>,
) -> Code {
    let extract = |out: &mut String| {
        // SAFETY: the caller's promise is passed on.
        let document = unsafe { get(html) }?;
        let gone = || Error::new(Code::Node, format!("the document has no node {scope}"));
        *out = run(document, document.tree().node(scope).ok_or_else(gone)?)?;
        Ok(())
    };
    if into.is_null() {
        return Code::Null;
    }
    // SAFETY: the caller's promise is passed on.
    unsafe { tell(into, extract) }
}
