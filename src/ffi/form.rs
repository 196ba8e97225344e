//! `session_form_t`: a form, filled in and submitted.

use super::buffer::{fill, session_buffer_t};
use super::guard::{guard, status};
use super::handle::{free, get, get_mut, give, handles};
use super::html::session_html_t;
use super::nodes::session_node_t;
use super::request::session_request_t;
use super::text::{bytes, optional_text, text};
use crate::error::{Code, Error, Result};
use crate::html::form::{File, Form, Submitter, by_id, by_index, by_name, forms};
use crate::html::{Document, NodeId};
use crate::http::headers::check_value;
use crate::session::Request;
use std::ffi::{c_char, c_int, c_void};

/// A form in the state that its page and you gave it. It is independent of its document, carries
/// the error of the last call that failed, and belongs to one thread at a time.
pub struct session_form_t {
    _private: [u8; 0],
}
handles!(session_form_t: Owned<Filled>);

/// What is behind a `session_form_t`.
#[derive(Debug)]
pub(super) struct Filled {
    /// None if the form was not found.
    pub form: Option<Form>,
    error: Option<Error>,
}

impl Filled {
    fn form(&mut self) -> Result<&mut Form> {
        let error = self.error.clone();
        self.form.as_mut().ok_or_else(|| error.unwrap_or_else(|| Code::Form.into()))
    }
}

/// Makes a handle of the form that `find` finds; it carries the error if there is none.
///
/// # Safety
/// `html` is NULL or a live handle.
unsafe fn open(
    html: *const session_html_t,
    find: impl FnOnce(&Document) -> Result<NodeId>,
) -> *mut session_form_t {
    guard(|| {
        let open = || {
            // SAFETY: the caller's promise is passed on.
            let document = unsafe { get(html) }?;
            Form::new(document, find(document)?)
        };
        Ok(give(match crate::panic::guard(open).unwrap_or_else(Err) {
            Ok(form) => Filled { form: Some(form), error: None },
            Err(error) => Filled { form: None, error: Some(error) },
        }))
    })
}

/// Changes a form; the form remembers the error.
///
/// # Safety
/// `form` is NULL or a live handle that no other thread uses now.
unsafe fn change(form: *mut session_form_t, change: impl FnOnce(&mut Form) -> Result<()>) -> Code {
    status(|| {
        // SAFETY: the caller's promise is passed on.
        let filled = unsafe { get_mut(form) }?;
        let result = crate::panic::guard(|| change(filled.form()?)).unwrap_or_else(Err);
        if let Err(error) = &result {
            filled.error = Some(error.clone());
        }
        result
    })
}

/// The number of forms on the page.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_html_form_count(html: *const session_html_t) -> usize {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(forms(unsafe { get(html) }?).len()))
}

/// The form that a node is, that owns it (a field anywhere on the page), or that it is inside
/// of. Never NULL unless there is no memory: without such a form the handle carries the error
/// (SESSION_E_FORM, SESSION_E_NODE), and everything asked of it fails. The caller owns it; free
/// it with session_form_free(). Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_html_form(
    html: *const session_html_t,
    node: session_node_t,
) -> *mut session_form_t {
    let find = |document: &Document| {
        let gone = || Error::new(Code::Node, format!("the document has no node {node}"));
        document.tree().node(node).ok_or_else(gone)
    };
    // SAFETY: the pointer is passed on as it is.
    unsafe { open(html, find) }
}

/// The form at a place on the page, from 0. Errors and ownership as session_html_form().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_html_form_at(
    html: *const session_html_t,
    index: usize,
) -> *mut session_form_t {
    // SAFETY: the pointer is passed on as it is.
    unsafe { open(html, |document| by_index(document, index)) }
}

/// The first form with this name, else the first with it as its id. Errors and ownership as
/// session_html_form().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_html_form_named(
    html: *const session_html_t,
    name: *const c_char,
) -> *mut session_form_t {
    let find = |document: &Document| {
        // SAFETY: the caller passes NULL or a NUL-terminated text.
        let name = unsafe { text("name", name) }?;
        by_name(document, name).or_else(|error| by_id(document, name).map_err(|_| error))
    };
    // SAFETY: the pointer is passed on as it is.
    unsafe { open(html, find) }
}

/// The form that the first node matching a CSS selector is, that owns it, or that it is inside of.
/// Errors: also SESSION_E_SELECTOR. Ownership as session_html_form().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_html_form_find(
    html: *const session_html_t,
    css: *const c_char,
) -> *mut session_form_t {
    let find = |document: &Document| {
        // SAFETY: the caller passes NULL or a NUL-terminated selector.
        let css = unsafe { text("css", css) }?;
        let none = || Error::new(Code::Form, format!("nothing on the page matches \"{css}\""));
        document.find_first(NodeId::DOCUMENT, css)?.ok_or_else(none)
    };
    // SAFETY: the pointer is passed on as it is.
    unsafe { open(html, find) }
}

/// Frees a form. Requests made of it stay. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_form_free(form: *mut session_form_t) {
    guard(|| {
        // SAFETY: the caller passes NULL or a live handle and does not use it again.
        unsafe { free(form) };
        Ok(())
    })
}

/// The error of the last call on this form that failed, SESSION_OK if none did.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_form_error(form: *const session_form_t) -> Code {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(unsafe { get(form) }?.error.as_ref().map_or(Code::Ok, Error::code)))
}

/// That error in one line, which names the field, option or button; "" if there is none. Lent by
/// the form until the next call on it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_form_error_message(form: *const session_form_t) -> *const c_char {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(unsafe { get(form) }?.error.as_ref().map_or(c"", Error::message_c).as_ptr()))
}

/// The form element; 0 if the form was not found.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_form_node(form: *const session_form_t) -> session_node_t {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(unsafe { get(form) }?.form.as_ref().map_or(0, |form| form.node().number())))
}

/// Writes the whole form as JSON: {"name", "id", "action", "encoding", "fields": [{"name", "type",
/// "value", "label", "checked", "disabled", "options": [{"value", "label", "selected",
/// "disabled"}]}]}. The label is what a button or an option shows.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_form_json(form: *const session_form_t, into: *mut session_buffer_t) -> Code {
    let write = |out: &mut String| {
        // SAFETY: the caller passes NULL or a live handle, used by this thread only.
        let filled = unsafe { get(form) }?;
        let missing = || filled.error.clone().unwrap_or_else(|| Code::Form.into());
        out.push_str(&filled.form.as_ref().ok_or_else(missing)?.to_json());
        Ok(())
    };
    // SAFETY: the caller passes NULL or a live handle, used by this thread only.
    unsafe { fill(into, write) }
}

/// Sets the first field with this name that takes a value: the text of a text field, hidden and
/// read-only ones too; the option of a select, by its value or else by what it shows; the radio
/// button with this value. A color that CSS can name becomes #rrggbb. Errors: SESSION_E_FORM if there
/// is none, or it cannot hold the value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_form_set(
    form: *mut session_form_t,
    name: *const c_char,
    value: *const c_char,
) -> Code {
    // SAFETY: the texts are NULL or NUL-terminated and outlive the call.
    unsafe { change(form, |form| form.set(text("name", name)?, text("value", value)?)) }
}

/// Sets the field at a place (from 0). Errors as session_form_set().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_form_set_at(
    form: *mut session_form_t,
    field: usize,
    value: *const c_char,
) -> Code {
    // SAFETY: the text is NULL or NUL-terminated and outlives the call.
    unsafe { change(form, |form| form.set_at(field, text("value", value)?)) }
}

/// Checks (1) or unchecks (0) the first checkbox or radio button with this name and, unless it is
/// NULL, this value. Checking a radio button unchecks the others of its group. Errors:
/// SESSION_E_FORM if there is none, or to uncheck a radio button.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_form_check(
    form: *mut session_form_t,
    name: *const c_char,
    value: *const c_char,
    checked: c_int,
) -> Code {
    // SAFETY: the texts are NULL or NUL-terminated and outlive the call.
    unsafe {
        change(form, |form| form.check(text("name", name)?, optional_text("value", value)?, checked != 0))
    }
}

/// Checks (1) or unchecks (0) the field at a place (from 0). Errors as session_form_check().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_form_check_at(
    form: *mut session_form_t,
    field: usize,
    checked: c_int,
) -> Code {
    // SAFETY: the pointer is passed on as it is.
    unsafe { change(form, |form| form.check_at(field, checked != 0)) }
}

/// Selects (1) or unselects (0) an option of the first select with this name, by its value or
/// else by what it shows; the others of a select of several options stay as they are. A drop-down
/// of which nothing is selected selects its first option again. Errors: SESSION_E_FORM if there is
/// none, or the option is disabled.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_form_select(
    form: *mut session_form_t,
    name: *const c_char,
    value: *const c_char,
    selected: c_int,
) -> Code {
    // SAFETY: the texts are NULL or NUL-terminated and outlive the call.
    unsafe { change(form, |form| form.select(text("name", name)?, text("value", value)?, selected != 0)) }
}

/// Attaches a file of this machine to the first file field with this name. It is read when the
/// request is sent; the server is told the last component of its path. A NULL type is
/// application/octet-stream. A field that does not take several holds the last one. The page
/// itself can never name a file. Errors: SESSION_E_FORM if there is no such field, SESSION_E_HEADER
/// for a type with control characters.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_form_attach_file(
    form: *mut session_form_t,
    name: *const c_char,
    path: *const c_char,
    content_type: *const c_char,
) -> Code {
    // SAFETY: the texts are NULL or NUL-terminated and outlive the call.
    unsafe {
        change(form, |form| {
            form.attach(text("name", name)?, File::path(text("path", path)?, media_type(content_type)?))
        })
    }
}

/// Attaches bytes, which are copied, as a file of this name. Otherwise as
/// session_form_attach_file().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_form_attach_bytes(
    form: *mut session_form_t,
    name: *const c_char,
    filename: *const c_char,
    content_type: *const c_char,
    content: *const c_void,
    length: usize,
) -> Code {
    // SAFETY: the texts are NULL or NUL-terminated, the bytes there, and all outlive the call.
    unsafe {
        change(form, |form| {
            let content_type = media_type(content_type)?;
            let content = bytes("content", content, length)?;
            form.attach(text("name", name)?, File::bytes(text("filename", filename)?, content_type, content))
        })
    }
}

/// # Safety
/// The text is NULL or NUL-terminated, and outlives the result.
unsafe fn media_type<'a>(content_type: *const c_char) -> Result<&'a str> {
    // SAFETY: the caller's promise is passed on.
    let content_type = unsafe { optional_text("content_type", content_type) }?.unwrap_or_default();
    check_value("content_type", content_type.as_bytes())?;
    Ok(content_type)
}

/// Adds a hidden field that the page does not have, as scripts do.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_form_add(
    form: *mut session_form_t,
    name: *const c_char,
    value: *const c_char,
) -> Code {
    // SAFETY: the texts are NULL or NUL-terminated and outlive the call.
    unsafe {
        change(form, |form| {
            form.add(text("name", name)?, text("value", value)?);
            Ok(())
        })
    }
}

/// Disables (1) or enables (0) the first field with this name, as scripts do. Errors:
/// SESSION_E_FORM if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_form_set_disabled(
    form: *mut session_form_t,
    name: *const c_char,
    disabled: c_int,
) -> Code {
    // SAFETY: the text is NULL or NUL-terminated and outlives the call.
    unsafe { change(form, |form| form.set_disabled(text("name", name)?, disabled != 0)) }
}

/// Makes the request that a browser sends when the form's first submit button that is not
/// disabled is clicked: method, address, body, encoding, Referer and Origin as the form, the
/// button and the page say. Send it with session_send(); it can be changed before. NULL on an
/// error, which session_form_error() tells: SESSION_E_URL or SESSION_E_SCHEME for an action that
/// is no http or https address, SESSION_E_FORM for a form that only closes a dialog. The caller
/// owns it; free it with session_request_free(). The form stays as it is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_form_submit(form: *mut session_form_t) -> *mut session_request_t {
    // SAFETY: the pointer is passed on as it is.
    unsafe { submit(form, || Ok(Submitter::Default)) }
}

/// The same with the first submit button with this name and, unless it is NULL, this value.
/// SESSION_E_FORM also if there is none, or it is disabled.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_form_submit_with(
    form: *mut session_form_t,
    name: *const c_char,
    value: *const c_char,
) -> *mut session_request_t {
    let submitter = || {
        // SAFETY: the texts are NULL or NUL-terminated and outlive the call.
        let (name, value) = unsafe { (text("name", name)?, optional_text("value", value)?) };
        Ok(match value {
            Some(value) => Submitter::NameValue(name.into(), value.into()),
            None => Submitter::Name(name.into()),
        })
    };
    // SAFETY: the pointer is passed on as it is.
    unsafe { submit(form, submitter) }
}

/// The same with the submit button at a place among the fields (from 0). SESSION_E_FORM also if
/// there is none, or it is disabled.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_form_submit_at(
    form: *mut session_form_t,
    field: usize,
) -> *mut session_request_t {
    // SAFETY: the pointer is passed on as it is.
    unsafe { submit(form, || Ok(Submitter::Field(field))) }
}

/// The same with an image button, clicked at this place, in pixels from its upper left corner.
/// SESSION_E_FORM also if it is no image.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_form_submit_image(
    form: *mut session_form_t,
    field: usize,
    x: c_int,
    y: c_int,
) -> *mut session_request_t {
    // SAFETY: the pointer is passed on as it is.
    unsafe { submit(form, || Ok(Submitter::ImageAt { field, x, y })) }
}

/// The same without any button, as a script's form.submit() does.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_form_submit_without(form: *mut session_form_t) -> *mut session_request_t {
    // SAFETY: the pointer is passed on as it is.
    unsafe { submit(form, || Ok(Submitter::None)) }
}

/// # Safety
/// As [`change`].
unsafe fn submit(
    form: *mut session_form_t,
    submitter: impl FnOnce() -> Result<Submitter>,
) -> *mut session_request_t {
    let mut request = std::ptr::null_mut();
    let make = |form: &mut Form| {
        request = give(Request::from_submission(&form.submission(submitter()?)?)?);
        Ok(())
    };
    // SAFETY: the caller's promise is passed on.
    unsafe { change(form, make) };
    request
}
