//! `session_nodes_t`: the nodes that a query found.

use super::guard::guard;
use super::handle::{free, get, give, handles};
use super::html::session_html_t;
use super::strings::{session_strings_t, strings};
use super::text::{put, text};
use crate::error::{Code, Error, Result};
use crate::html::NodeId;
use std::ffi::c_char;

/// A node of a document: a plain number, valid as long as its document. 0 is no node, and as a
/// scope the whole document. A number that the document does not have gives "none" everywhere.
pub type session_node_t = u32;

/// The nodes that a query found, in document order, or the error for which there are none.
/// Immutable; any number of threads may read it. It outlives its document.
pub struct session_nodes_t {
    _private: [u8; 0],
}
handles!(session_nodes_t: Owned<Found>);

/// What is behind a `session_nodes_t`.
#[derive(Debug, Default)]
pub(super) struct Found {
    nodes: Vec<session_node_t>,
    error: Option<Error>,
}

/// Hands a query's result, or its error, to the caller.
pub(super) fn nodes(query: impl FnOnce() -> Result<Vec<NodeId>>) -> *mut session_nodes_t {
    give(match crate::panic::guard(query).unwrap_or_else(Err) {
        Ok(nodes) => Found { nodes: nodes.into_iter().map(NodeId::number).collect(), error: None },
        Err(error) => Found { error: Some(error), ..Found::default() },
    })
}

/// Frees a result. Its nodes need no freeing and stay valid as long as their document. NULL is
/// allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_nodes_free(nodes: *mut session_nodes_t) {
    guard(|| {
        // SAFETY: the caller passes NULL or a live handle and does not use it again.
        unsafe { free(nodes) };
        Ok(())
    })
}

/// What went wrong with the query, SESSION_OK if nothing; there are no nodes then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_nodes_error(nodes: *const session_nodes_t) -> Code {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(unsafe { get(nodes) }?.error.as_ref().map_or(Code::Ok, Error::code)))
}

/// The error in one line that names the offender and, of a selector, the column; "" if there is
/// none. Lent by the result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_nodes_error_message(nodes: *const session_nodes_t) -> *const c_char {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(unsafe { get(nodes) }?.error.as_ref().map_or(c"", Error::message_c).as_ptr()))
}

/// All nodes at once, as one array, and their number in *count unless that is NULL. Lent by the
/// result. NULL if there are none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_nodes_data(
    nodes: *const session_nodes_t,
    count: *mut usize,
) -> *const session_node_t {
    // SAFETY: the caller passes NULL or a live handle, and NULL or a writable count.
    guard(|| unsafe {
        put(count, 0);
        let nodes = &get(nodes)?.nodes;
        put(count, nodes.len());
        Ok(if nodes.is_empty() { std::ptr::null() } else { nodes.as_ptr() })
    })
}

/// The number of nodes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_nodes_count(nodes: *const session_nodes_t) -> usize {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(unsafe { get(nodes) }?.nodes.len()))
}

/// The node at an index from 0; 0 beyond the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_nodes_at(nodes: *const session_nodes_t, index: usize) -> session_node_t {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(unsafe { get(nodes) }?.nodes.get(index).copied().unwrap_or(0)))
}

/// One attribute of every node, in the result's order, in one call; no string for a node that
/// does not have it. The name in any case on HTML elements, as written on others. Never NULL but for
/// want of memory; free the list with session_strings_free(). `html` is the document that the result is
/// of. The list of a query that failed has the query's error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_nodes_attribute(
    nodes: *const session_nodes_t,
    html: *const session_html_t,
    name: *const c_char,
) -> *mut session_strings_t {
    // SAFETY: the caller passes NULL or live handles, and NULL or a NUL-terminated name.
    strings(|| unsafe { get(html)?.attributes_of(&ids(nodes)?, text("name", name)?) })
}

/// The text of every node as session_node_text() gives it, in one call. Never NULL but for want
/// of memory; free the list with session_strings_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_nodes_text(
    nodes: *const session_nodes_t,
    html: *const session_html_t,
) -> *mut session_strings_t {
    // SAFETY: the caller passes NULL or live handles.
    strings(|| unsafe { get(html)?.texts_of(&ids(nodes)?) })
}

/// The full text of every node as session_node_full_text() gives it, in one call. Never NULL but
/// for want of memory; free the list with session_strings_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_nodes_full_text(
    nodes: *const session_nodes_t,
    html: *const session_html_t,
) -> *mut session_strings_t {
    // SAFETY: the caller passes NULL or live handles.
    strings(|| unsafe { get(html)?.full_texts_of(&ids(nodes)?) })
}

/// # Safety
/// The pointer is NULL or a live handle.
unsafe fn ids(nodes: *const session_nodes_t) -> Result<Vec<NodeId>> {
    // SAFETY: the caller's promise is passed on.
    let found = unsafe { get(nodes) }?;
    if let Some(error) = &found.error {
        return Err(error.clone());
    }
    Ok(found.nodes.iter().map(|number| NodeId::from_number(*number)).collect())
}
