//! `session_node_t`: one node of a document.

use super::buffer::{fill, session_buffer_t};
use super::guard::{Fallback, guard};
use super::handle::get;
use super::html::{number, session_html_t};
use super::nodes::{nodes, session_node_t, session_nodes_t};
use super::strings::{session_strings_t, strings};
use super::text::{put, text};
use crate::error::{Code, Error, Result};
use crate::html::{Document, Kind, NodeId, Strings};
use std::ffi::{c_char, c_int};

/// Asks a document for one of its nodes; 0 is none.
///
/// # Safety
/// The pointer is NULL or a live handle.
unsafe fn ask<R: Fallback>(
    html: *const session_html_t,
    node: session_node_t,
    ask: impl FnOnce(&'static Document, NodeId) -> Result<R>,
) -> R {
    // SAFETY: the caller's promise is passed on; what is lent lives as long as the handle.
    guard(|| unsafe {
        let html = get(html)?;
        ask(html, known(html, node)?)
    })
}

fn known(html: &Document, node: session_node_t) -> Result<NodeId> {
    match node {
        0 => Err(Error::new(Code::Node, "0 is no node")),
        node => html.node(node),
    }
}

/// Lends a text that has a NUL behind it.
///
/// # Safety
/// `length` is NULL or may be written to.
unsafe fn lend(text: Option<&str>, length: *mut usize) -> *const c_char {
    text.map_or(std::ptr::null(), |text| {
        // SAFETY: the caller's promise is passed on.
        unsafe { put(length, text.len() - 1) };
        text.as_ptr().cast()
    })
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum session_kind {
    /// No node of this document, or its root.
    None = 0,
    /// An element.
    Element = 1,
    /// A run of text.
    Text = 2,
    /// A comment.
    Comment = 3,
    /// The document type declaration.
    Doctype = 4,
    /// The root of a template's contents.
    Fragment = 5,
}

/// What the node is: a SESSION_KIND_ value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_node_kind(html: *const session_html_t, node: session_node_t) -> c_int {
    // SAFETY: the pointer is passed on as it is.
    unsafe {
        ask(html, node, |html, node| {
            Ok(match html.tree().kind(node) {
                Kind::Document => session_kind::None,
                Kind::Element => session_kind::Element,
                Kind::Text => session_kind::Text,
                Kind::Comment => session_kind::Comment,
                Kind::Doctype => session_kind::Doctype,
                Kind::Fragment => session_kind::Fragment,
            } as c_int)
        })
    }
}

/// An element's name, in lower case in HTML; NULL for other nodes. Lent by the document.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_node_tag(
    html: *const session_html_t,
    node: session_node_t,
) -> *const c_char {
    // SAFETY: the pointer is passed on as it is, and no length is asked for.
    unsafe { ask(html, node, |html, node| Ok(lend(html.lent_name(node), std::ptr::null_mut()))) }
}

/// The value of an attribute by its name with its prefix ("href", "xlink:href"), in any case, and
/// its length in *length unless that is NULL; "" for an attribute without a value, NULL if there
/// is none. Lent by the document.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_node_attribute(
    html: *const session_html_t,
    node: session_node_t,
    name: *const c_char,
    length: *mut usize,
) -> *const c_char {
    // SAFETY: the pointers are NULL, or live, NUL-terminated and writable as they must be.
    unsafe {
        put(length, 0);
        ask(html, node, |html, node| Ok(lend(html.lent_value(node, text("name", name)?), length)))
    }
}

/// The number of an element's attributes; 0 for other nodes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_node_attribute_count(
    html: *const session_html_t,
    node: session_node_t,
) -> usize {
    // SAFETY: the pointer is passed on as it is.
    unsafe { ask(html, node, |html, node| Ok(html.tree().attribute_count(node))) }
}

/// The attribute at an index from 0, in the order of the source: its name, with its prefix, and
/// value in *name and *value, each unless NULL. SESSION_E_ARGUMENT beyond the last, SESSION_E_NODE
/// without such a node, and both are NULL. Lent by the document.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_node_attribute_at(
    html: *const session_html_t,
    node: session_node_t,
    index: usize,
    name: *mut *const c_char,
    value: *mut *const c_char,
) -> Code {
    // SAFETY: the pointers are NULL, or live and writable as they must be.
    unsafe {
        put(name, std::ptr::null());
        put(value, std::ptr::null());
        ask(html, node, |html, node| {
            let attribute = html.lent_attribute(node, index);
            let missing = || Error::new(Code::Argument, "no such attribute");
            let (own_name, own_value) = attribute.ok_or_else(missing)?;
            put(name, own_name.as_ptr().cast());
            put(value, own_value.as_ptr().cast());
            Ok(Code::Ok)
        })
    }
}

/// The words of an attribute that is a list, such as class and rel; none without the attribute.
/// The name in any case on an HTML element. Never NULL but for want of memory; free it with
/// session_strings_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_node_tokens(
    html: *const session_html_t,
    node: session_node_t,
    name: *const c_char,
) -> *mut session_strings_t {
    // SAFETY: the caller passes NULL or a live handle, and NULL or a NUL-terminated name.
    strings(|| unsafe {
        let html = get(html)?;
        let mut tokens = Strings::default();
        html.tokens(known(html, node)?, text("name", name)?).for_each(|token| tokens.push(token));
        Ok(tokens)
    })
}

/// The line of the source that the element's tag begins in, from 1; 0 where no tag made it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_node_line(html: *const session_html_t, node: session_node_t) -> c_int {
    // SAFETY: the pointer is passed on as it is.
    unsafe { ask(html, node, |html, node| Ok(c_int::try_from(html.tree().line(node)).unwrap_or(c_int::MAX))) }
}

/// The parent; 0 for the root element.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_node_parent(
    html: *const session_html_t,
    node: session_node_t,
) -> session_node_t {
    // SAFETY: the pointer is passed on as it is.
    unsafe { ask(html, node, |html, node| Ok(number(html.tree().parent(node)))) }
}

/// The first child of any kind; 0 if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_node_first_child(
    html: *const session_html_t,
    node: session_node_t,
) -> session_node_t {
    // SAFETY: the pointer is passed on as it is.
    unsafe { ask(html, node, |html, node| Ok(number(html.tree().first_child(node)))) }
}

/// The last child of any kind; 0 if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_node_last_child(
    html: *const session_html_t,
    node: session_node_t,
) -> session_node_t {
    // SAFETY: the pointer is passed on as it is.
    unsafe { ask(html, node, |html, node| Ok(number(html.tree().last_child(node)))) }
}

/// The next sibling of any kind; 0 if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_node_next_sibling(
    html: *const session_html_t,
    node: session_node_t,
) -> session_node_t {
    // SAFETY: the pointer is passed on as it is.
    unsafe { ask(html, node, |html, node| Ok(number(html.tree().next_sibling(node)))) }
}

/// The previous sibling of any kind; 0 if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_node_previous_sibling(
    html: *const session_html_t,
    node: session_node_t,
) -> session_node_t {
    // SAFETY: the pointer is passed on as it is.
    unsafe { ask(html, node, |html, node| Ok(number(html.tree().previous_sibling(node)))) }
}

/// The next sibling that is an element; 0 if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_node_next_element(
    html: *const session_html_t,
    node: session_node_t,
) -> session_node_t {
    // SAFETY: the pointer is passed on as it is.
    unsafe { ask(html, node, |html, node| Ok(number(html.tree().next_element(node)))) }
}

/// The previous sibling that is an element; 0 if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_node_previous_element(
    html: *const session_html_t,
    node: session_node_t,
) -> session_node_t {
    // SAFETY: the pointer is passed on as it is.
    unsafe { ask(html, node, |html, node| Ok(number(html.tree().previous_element(node)))) }
}

/// The root of a template's contents, which are a tree of their own; 0 for other nodes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_node_template_contents(
    html: *const session_html_t,
    node: session_node_t,
) -> session_node_t {
    // SAFETY: the pointer is passed on as it is.
    unsafe { ask(html, node, |html, node| Ok(number(html.tree().template_contents(node)))) }
}

/// The children of any kind in order (0: of the document). Never NULL but for want of memory;
/// free the result with session_nodes_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_node_children(
    html: *const session_html_t,
    node: session_node_t,
) -> *mut session_nodes_t {
    // SAFETY: the caller passes NULL or a live handle.
    nodes(|| unsafe {
        let html = get(html)?;
        Ok(html.tree().children(html.node(node)?).collect())
    })
}

/// The ancestors, the parent first, without the document. Never NULL but for want of memory;
/// free the result with session_nodes_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_node_ancestors(
    html: *const session_html_t,
    node: session_node_t,
) -> *mut session_nodes_t {
    // SAFETY: the caller passes NULL or a live handle.
    nodes(|| unsafe {
        let html = get(html)?;
        let ancestors = html.tree().ancestors(known(html, node)?);
        Ok(ancestors.filter(|ancestor| *ancestor != NodeId::DOCUMENT).collect())
    })
}

/// 1 if the element, which :scope is, matches a CSS selector, 0 if not, and after an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_node_matches(
    html: *const session_html_t,
    element: session_node_t,
    css: *const c_char,
) -> c_int {
    // SAFETY: the caller passes NULL or a live handle, and NULL or a NUL-terminated selector.
    guard(|| unsafe { Ok(c_int::from(get(html)?.matches(NodeId::from_number(element), text("css", css)?)?)) })
}

/// The nearest that matches a CSS selector of the element, which :scope is, and its ancestors; 0 if
/// none does, and after an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_node_closest(
    html: *const session_html_t,
    element: session_node_t,
    css: *const c_char,
) -> session_node_t {
    // SAFETY: the caller passes NULL or a live handle, and NULL or a NUL-terminated selector.
    guard(|| unsafe { Ok(number(get(html)?.closest(NodeId::from_number(element), text("css", css)?)?)) })
}

/// Writes what `write` makes of a node into a buffer; node 0 is the whole document.
///
/// # Safety
/// The pointers are NULL or live handles.
unsafe fn write(
    html: *const session_html_t,
    node: session_node_t,
    into: *mut session_buffer_t,
    write: impl FnOnce(&Document, NodeId, &mut String),
) -> Code {
    // SAFETY: the caller's promise is passed on.
    unsafe {
        fill(into, |text| {
            let html = get(html)?;
            write(html, html.node(node)?, text);
            Ok(())
        })
    }
}

/// Writes the text of a node (0: of the document) as a reader sees it: blocks on lines of their
/// own, br as a line break, a tab between the cells of a row, runs of white space as one space
/// but in pre and textarea; what is not shown (script, style, whatever is hidden, a dialog that is
/// not open, a popover) is left out, but what details holds is given, open or closed.
/// SESSION_E_NODE without such a node.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_node_text(
    html: *const session_html_t,
    node: session_node_t,
    into: *mut session_buffer_t,
) -> Code {
    // SAFETY: the pointers are passed on as they are.
    unsafe { write(html, node, into, Document::text) }
}

/// Writes all text of a node (0: of the document) as it stands: DOM's textContent.
/// SESSION_E_NODE without such a node.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_node_full_text(
    html: *const session_html_t,
    node: session_node_t,
    into: *mut session_buffer_t,
) -> Code {
    // SAFETY: the pointers are passed on as they are.
    unsafe { write(html, node, into, Document::full_text) }
}

/// Writes the text right below a node, without that of elements below it, as it stands.
/// SESSION_E_NODE without such a node.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_node_own_text(
    html: *const session_html_t,
    node: session_node_t,
    into: *mut session_buffer_t,
) -> Code {
    // SAFETY: the pointers are passed on as they are.
    unsafe { write(html, node, into, Document::own_text) }
}

/// Writes a node (0: the document) as HTML (DOM's outerHTML). SESSION_E_NODE without such a node.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_node_html(
    html: *const session_html_t,
    node: session_node_t,
    into: *mut session_buffer_t,
) -> Code {
    // SAFETY: the pointers are passed on as they are.
    unsafe { write(html, node, into, |html, node, text| html.tree().outer_html(node, text)) }
}

/// Writes what is below a node (0: the document) as HTML (DOM's innerHTML). SESSION_E_NODE
/// without such a node.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_node_inner_html(
    html: *const session_html_t,
    node: session_node_t,
    into: *mut session_buffer_t,
) -> Code {
    // SAFETY: the pointers are passed on as they are.
    unsafe { write(html, node, into, |html, node, text| html.tree().inner_html(node, text)) }
}
