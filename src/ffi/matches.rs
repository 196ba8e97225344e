//! `session_matches_t`: where a search template matched.

use super::buffer::{fill, session_buffer_t};
use super::guard::{guard, status};
use super::handle::{free, get, give, handles};
use super::html::session_html_t;
use super::nodes::session_node_t;
use super::text::{put, text};
use crate::error::{Code, Error, Result};
use crate::html::template::{Match, Value};
use crate::html::{Matches, SearchIn, SearchOptions};
use crate::text::Text;
use std::ffi::{c_char, c_int};
use std::ops::Range;

/// session_html_search(): all matches. Without it the first.
pub const SESSION_SEARCH_ALL: u32 = 1;
/// session_html_search(): in the text as a reader sees it. Without it in the HTML.
pub const SESSION_SEARCH_TEXT: u32 = 2;
/// session_html_search(): in all text as it stands. Without it in the HTML.
pub const SESSION_SEARCH_FULL_TEXT: u32 = 4;
/// session_html_search(): "A" is not "a". Without it case is ignored.
pub const SESSION_SEARCH_CASE: u32 = 8;

/// session_matches_type(): no such match or field.
pub const SESSION_MATCH_NONE: c_int = 0;
/// session_matches_type(): text.
pub const SESSION_MATCH_TEXT: c_int = 1;
/// session_matches_type(): an integer that fits 64 bits.
pub const SESSION_MATCH_INTEGER: c_int = 2;
/// session_matches_type(): an integer that does not; its text is in decimal digits.
pub const SESSION_MATCH_BIG_INTEGER: c_int = 3;
/// session_matches_type(): a floating point number.
pub const SESSION_MATCH_NUMBER: c_int = 4;
/// session_matches_type(): a date with its time; its text is in ISO 8601.
pub const SESSION_MATCH_DATETIME: c_int = 5;
/// session_matches_type(): a date; its text is in ISO 8601.
pub const SESSION_MATCH_DATE: c_int = 6;
/// session_matches_type(): a time of day; its text is in ISO 8601.
pub const SESSION_MATCH_TIME: c_int = 7;

/// The matches of a search template, in the text's order, and the error if the search failed.
/// Immutable; any number of threads may read it. It outlives its document.
pub struct session_matches_t {
    _private: [u8; 0],
}
handles!(session_matches_t: Owned<Searched>);

/// What is behind a `session_matches_t`.
#[derive(Debug)]
pub(super) struct Searched {
    found: Result<Matches>,
    /// The names of the template's fields.
    names: Vec<Option<Text>>,
    text: Text,
}

impl Searched {
    fn new(found: Result<Matches>) -> Searched {
        let (names, text) = match &found {
            Ok(found) => {
                let names =
                    found.template().fields().iter().map(|field| field.name().map(Text::new)).collect();
                (names, Text::new(found.text()))
            }
            Err(_) => (Vec::new(), Text::default()),
        };
        Searched { found, names, text }
    }

    fn value(&self, index: usize, field: usize) -> Option<Value> {
        self.found.as_ref().ok()?.get(index)?.value(field)
    }
}

/// # Safety
/// The handle is NULL or live.
unsafe fn read<R: super::guard::Fallback>(
    matches: *const session_matches_t,
    read: impl FnOnce(&'static Searched) -> Result<R>,
) -> R {
    // SAFETY: the caller's promise is passed on; what is lent lives as long as the handle.
    guard(|| read(unsafe { get(matches) }?))
}

fn none(index: usize, field: usize) -> Error {
    Error::new(Code::Argument, format!("no match {index} with a field {field}"))
}

/// Looks for a search template (docs/templates.md: "Price: {:f} {currency:w}") in a node, 0 for
/// the whole document. `flags` are SESSION_SEARCH_… or 0. Never NULL unless there is no memory:
/// the result carries its error (a bad template: SESSION_E_TEMPLATE, and the column in the
/// message; other flags: SESSION_E_ARGUMENT). The caller owns it; free it with session_matches_free(). Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_html_search(
    html: *const session_html_t,
    scope: session_node_t,
    search_template: *const c_char,
    flags: u32,
) -> *mut session_matches_t {
    guard(|| {
        let search = || {
            // SAFETY: the caller passes NULL or a live handle, and NULL or a NUL-terminated text.
            let (document, template) = unsafe { (get(html)?, text("search_template", search_template)?) };
            let options = search_options(flags)?;
            let gone = || Error::new(Code::Node, format!("the document has no node {scope}"));
            let scope = document.tree().node(scope).ok_or_else(gone)?;
            document.search(scope, template, options)
        };
        Ok(give(Searched::new(crate::panic::guard(search).unwrap_or_else(Err))))
    })
}

fn search_options(flags: u32) -> Result<SearchOptions> {
    const KNOWN: u32 =
        SESSION_SEARCH_ALL | SESSION_SEARCH_TEXT | SESSION_SEARCH_FULL_TEXT | SESSION_SEARCH_CASE;
    if flags & !KNOWN != 0 {
        return Err(Error::new(Code::Argument, format!("no search flag {:#x}", flags & !KNOWN)));
    }
    Ok(SearchOptions {
        within: match flags & (SESSION_SEARCH_TEXT | SESSION_SEARCH_FULL_TEXT) {
            0 => SearchIn::Html,
            SESSION_SEARCH_TEXT => SearchIn::Text,
            SESSION_SEARCH_FULL_TEXT => SearchIn::FullText,
            _ => return Err(Error::new(Code::Argument, "a search is in the text or in all text, not both")),
        },
        limit: if flags & SESSION_SEARCH_ALL != 0 { usize::MAX } else { 1 },
        case_sensitive: flags & SESSION_SEARCH_CASE != 0,
    })
}

/// Frees the matches. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_matches_free(matches: *mut session_matches_t) {
    guard(|| {
        // SAFETY: the caller passes NULL or a live handle and does not use it again.
        unsafe { free(matches) };
        Ok(())
    })
}

/// Why the search failed, SESSION_OK if it did not. Finding nothing is no error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_matches_error(matches: *const session_matches_t) -> Code {
    // SAFETY: the pointer is passed on as it is.
    unsafe { read(matches, |searched| Ok(searched.found.as_ref().err().map_or(Code::Ok, Error::code))) }
}

/// The error in one line, with the column in the template; "" if there is none. Lent by the
/// matches.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_matches_error_message(matches: *const session_matches_t) -> *const c_char {
    // SAFETY: the pointer is passed on as it is.
    unsafe {
        read(matches, |searched| Ok(searched.found.as_ref().err().map_or(c"", Error::message_c).as_ptr()))
    }
}

/// The number of matches; 0 after an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_matches_count(matches: *const session_matches_t) -> usize {
    // SAFETY: the pointer is passed on as it is.
    unsafe { read(matches, |searched| Ok(searched.found.as_ref().map_or(0, Matches::len))) }
}

/// The number of the template's fields, repeated names counted once; 0 after an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_matches_field_count(matches: *const session_matches_t) -> usize {
    // SAFETY: the pointer is passed on as it is.
    unsafe { read(matches, |searched| Ok(searched.names.len())) }
}

/// The name of a field (from 0, in the template's order), NULL for a positional one or if there
/// is no such field. Lent by the matches.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_matches_field_name(
    matches: *const session_matches_t,
    field: usize,
) -> *const c_char {
    // SAFETY: the pointer is passed on as it is.
    unsafe {
        read(matches, |searched| {
            let name = searched.names.get(field).and_then(Option::as_ref);
            Ok(name.map_or(std::ptr::null(), |name| name.as_c_str().as_ptr()))
        })
    }
}

/// The place of the field with this name, as the template writes it ("a[b]"); -1 if there is
/// none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_matches_field(
    matches: *const session_matches_t,
    name: *const c_char,
) -> c_int {
    let found = || -> Option<usize> {
        // SAFETY: the caller passes NULL or a live handle, and NULL or a NUL-terminated text.
        let (searched, name) = unsafe { (get(matches).ok()?, text("name", name).ok()?) };
        searched.names.iter().position(|other| other.as_ref().is_some_and(|other| other.as_str() == name))
    };
    guard(|| Ok(found().and_then(|at| c_int::try_from(at).ok()).unwrap_or(-1)))
}

/// What the field is in a match (from 0): one of SESSION_MATCH_…, SESSION_MATCH_NONE if there is
/// no such match or field.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_matches_type(
    matches: *const session_matches_t,
    index: usize,
    field: usize,
) -> c_int {
    // SAFETY: the pointer is passed on as it is.
    unsafe {
        read(matches, |searched| {
            Ok(match searched.value(index, field) {
                None => SESSION_MATCH_NONE,
                Some(Value::Text(_)) => SESSION_MATCH_TEXT,
                Some(Value::Integer(_)) => SESSION_MATCH_INTEGER,
                Some(Value::BigInteger(_)) => SESSION_MATCH_BIG_INTEGER,
                Some(Value::Float(_)) => SESSION_MATCH_NUMBER,
                Some(Value::DateTime(_)) => SESSION_MATCH_DATETIME,
                Some(Value::Date(_)) => SESSION_MATCH_DATE,
                Some(Value::Time(_)) => SESSION_MATCH_TIME,
            })
        })
    }
}

/// Writes the field's value as text: numbers in digits, dates and times in ISO 8601. Errors:
/// SESSION_E_ARGUMENT if there is no such match or field.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_matches_value(
    matches: *const session_matches_t,
    index: usize,
    field: usize,
    into: *mut session_buffer_t,
) -> Code {
    // SAFETY: the caller passes NULL or live handles, the buffer used by this thread only.
    unsafe {
        fill(into, |out| {
            match get(matches)?.value(index, field).ok_or_else(|| none(index, field))? {
                Value::Integer(number) => out.push_str(&number.to_string()),
                Value::Float(number) => out.push_str(&number.to_string()),
                Value::Text(text)
                | Value::BigInteger(text)
                | Value::DateTime(text)
                | Value::Date(text)
                | Value::Time(text) => out.push_str(&text),
            }
            Ok(())
        })
    }
}

/// The field's value as an integer: 0 if it is none, or if there is no such match or field.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_matches_integer(
    matches: *const session_matches_t,
    index: usize,
    field: usize,
) -> i64 {
    // SAFETY: the pointer is passed on as it is.
    unsafe {
        read(matches, |searched| match searched.value(index, field) {
            Some(Value::Integer(number)) => Ok(number),
            _ => Err(none(index, field)),
        })
    }
}

/// The field's value as a number, integers too: 0 if it is none, or if there is no such match or
/// field.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_matches_number(
    matches: *const session_matches_t,
    index: usize,
    field: usize,
) -> f64 {
    // SAFETY: the pointer is passed on as it is.
    unsafe {
        read(matches, |searched| match searched.value(index, field) {
            Some(Value::Float(number)) => Ok(number),
            Some(Value::Integer(number)) => Ok(number as f64),
            Some(Value::BigInteger(digits)) => digits.parse().map_err(|_| none(index, field)),
            _ => Err(none(index, field)),
        })
    }
}

/// Where a match stands in session_matches_searched(): the bytes from *start up to *end, each
/// unless NULL. Errors: SESSION_E_ARGUMENT if there is no such match.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_matches_range(
    matches: *const session_matches_t,
    index: usize,
    start: *mut usize,
    end: *mut usize,
) -> Code {
    let gone = || Error::new(Code::Argument, format!("no match {index}"));
    // SAFETY: the pointers are passed on as they are.
    unsafe { place(matches, index, start, end, |found| Some(found.range()), gone) }
}

/// Where a field stands in session_matches_searched(), padding left out: the bytes from *start up
/// to *end, each unless NULL. Errors: SESSION_E_ARGUMENT if there is no such match or field.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_matches_span(
    matches: *const session_matches_t,
    index: usize,
    field: usize,
    start: *mut usize,
    end: *mut usize,
) -> Code {
    // SAFETY: the pointers are passed on as they are.
    unsafe { place(matches, index, start, end, |found| found.span(field), || none(index, field)) }
}

/// # Safety
/// The pointers are NULL or a live handle and places that may be written to.
unsafe fn place(
    matches: *const session_matches_t,
    index: usize,
    start: *mut usize,
    end: *mut usize,
    span: impl FnOnce(&Match<'_>) -> Option<Range<usize>>,
    none: impl FnOnce() -> Error,
) -> Code {
    // SAFETY: the caller's promise is passed on.
    status(|| unsafe {
        put(start, 0);
        put(end, 0);
        let found = get(matches)?.found.as_ref().ok().and_then(|found| found.get(index));
        let span = found.as_ref().and_then(span).ok_or_else(none)?;
        put(start, span.start);
        put(end, span.end);
        Ok(())
    })
}

/// The text that was searched, which the spans are places in: NUL-terminated, its length in
/// *length unless that is NULL. "" after an error. Lent by the matches.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_matches_searched(
    matches: *const session_matches_t,
    length: *mut usize,
) -> *const c_char {
    // SAFETY: the pointers are passed on as they are.
    unsafe {
        put(length, 0);
        read(matches, |searched| Ok(super::text::lend(searched.text.as_c_str(), length)))
    }
}

/// Writes all matches as JSON: [{"fixed": [...], "named": {...}}, ...]. Integers beyond 64 bits,
/// dates and times are strings. Errors: the search's own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_matches_json(
    matches: *const session_matches_t,
    into: *mut session_buffer_t,
) -> Code {
    // SAFETY: the caller passes NULL or live handles, the buffer used by this thread only.
    unsafe {
        fill(into, |out| {
            out.push_str(&get(matches)?.found.as_ref().map_err(Clone::clone)?.to_json());
            Ok(())
        })
    }
}
