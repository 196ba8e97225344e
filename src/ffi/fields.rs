//! The fields of a `session_form_t`, and the options of its selects.

use super::buffer::{fill, session_buffer_t};
use super::form::{Filled, session_form_t};
use super::guard::guard;
use super::handle::get;
use super::nodes::session_node_t;
use crate::error::{Code, Error, Result};
use crate::html::form::{Choice, Field};
use std::ffi::{c_char, c_int};

/// Writes something of a field.
///
/// # Safety
/// The pointers are NULL or live handles that no other thread uses now.
unsafe fn write(
    form: *const session_form_t,
    field: usize,
    into: *mut session_buffer_t,
    write: impl FnOnce(&Field, &mut String) -> Result<()>,
) -> Code {
    // SAFETY: the caller's promise is passed on.
    unsafe { fill(into, |out| write(at(get(form)?, field)?, out)) }
}

fn at(filled: &Filled, field: usize) -> Result<&Field> {
    let found = filled.form.as_ref().and_then(|form| form.fields().get(field));
    found.ok_or_else(|| Error::new(Code::Form, format!("no field {field} in the form")))
}

fn choice(field: &Field, option: usize) -> Result<&Choice> {
    let message = || format!("no option {option} in the field \"{}\"", field.name);
    field.options.get(option).ok_or_else(|| Error::new(Code::Form, message()))
}

/// The number of the form's fields (buttons too), in document order, wherever on the page they
/// are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_form_field_count(form: *const session_form_t) -> usize {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(unsafe { get(form) }?.form.as_ref().map_or(0, |form| form.fields().len())))
}

/// The type of a field (from 0): that of the input ("text", "checkbox", "file"; "button" for
/// reset buttons too), "select-one", "select-multiple" or "textarea". Static; NULL if there is no
/// such field.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_form_field_type(form: *const session_form_t, field: usize) -> *const c_char {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(at(unsafe { get(form) }?, field)?.kind.name_c().as_ptr()))
}

/// The element of a field, of an added one that of the form; 0 if there is no such field.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_form_field_node(
    form: *const session_form_t,
    field: usize,
) -> session_node_t {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(at(unsafe { get(form) }?, field)?.node.number()))
}

/// Writes the name of a field. Errors: SESSION_E_FORM if there is no such field.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_form_field_name(
    form: *const session_form_t,
    field: usize,
    into: *mut session_buffer_t,
) -> Code {
    // SAFETY: the pointers are passed on as they are.
    unsafe {
        write(form, field, into, |field, out| {
            out.push_str(&field.name);
            Ok(())
        })
    }
}

/// Writes the value of a field: its text, what a checkbox or button sends, the value of the
/// first selected option, the name of the first attached file. Errors: SESSION_E_FORM if there
/// is no such field.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_form_field_value(
    form: *const session_form_t,
    field: usize,
    into: *mut session_buffer_t,
) -> Code {
    // SAFETY: the pointers are passed on as they are.
    unsafe {
        write(form, field, into, |field, out| {
            out.push_str(field.shown_value());
            Ok(())
        })
    }
}

/// 1 if the checkbox or radio button is checked, else 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_form_field_checked(form: *const session_form_t, field: usize) -> c_int {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(at(unsafe { get(form) }?, field)?.checked.into()))
}

/// 1 if the field is disabled, by itself or by a fieldset around it, and so is not sent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_form_field_disabled(form: *const session_form_t, field: usize) -> c_int {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(at(unsafe { get(form) }?, field)?.disabled.into()))
}

/// The number of a select's options, in document order; 0 for other fields.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_form_option_count(form: *const session_form_t, field: usize) -> usize {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(at(unsafe { get(form) }?, field)?.options.len()))
}

/// Writes the value of an option (from 0) of a select: what is sent when it is selected. Errors:
/// SESSION_E_FORM if there is no such option.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_form_option_value(
    form: *const session_form_t,
    field: usize,
    option: usize,
    into: *mut session_buffer_t,
) -> Code {
    // SAFETY: the pointers are passed on as they are.
    unsafe {
        write(form, field, into, |field, out| {
            out.push_str(&choice(field, option)?.value);
            Ok(())
        })
    }
}

/// Writes what an option (from 0) of a select shows. Errors as session_form_option_value().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_form_option_label(
    form: *const session_form_t,
    field: usize,
    option: usize,
    into: *mut session_buffer_t,
) -> Code {
    // SAFETY: the pointers are passed on as they are.
    unsafe {
        write(form, field, into, |field, out| {
            out.push_str(&choice(field, option)?.label);
            Ok(())
        })
    }
}

/// 1 if the option (from 0) of a select is selected, else 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_form_option_selected(
    form: *const session_form_t,
    field: usize,
    option: usize,
) -> c_int {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(choice(at(unsafe { get(form) }?, field)?, option)?.selected.into()))
}

/// 1 if the option (from 0) of a select is disabled, by itself or by its group, and so can not be
/// selected.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_form_option_disabled(
    form: *const session_form_t,
    field: usize,
    option: usize,
) -> c_int {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(choice(at(unsafe { get(form) }?, field)?, option)?.disabled.into()))
}
