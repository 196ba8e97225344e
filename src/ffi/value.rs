//! `session_value_t`: what an XPath expression evaluates to.

use super::guard::{Fallback, guard};
use super::handle::{free, get, give, handles, share};
use super::html::session_html_t;
use super::nodes::session_node_t;
use super::text::{lend, put, text};
use crate::error::{Code, Error, Result};
use crate::html::xpath::{Item, Value};
use crate::html::{Document, Kind, NodeId, Tree};
use crate::text::Text;
use std::ffi::{CStr, c_char, c_int};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

/// session_value_type(): no value, for there was an error.
pub const SESSION_VALUE_TYPE_NONE: c_int = 0;
/// session_value_type(): a node-set.
pub const SESSION_VALUE_TYPE_NODES: c_int = 1;
/// session_value_type(): a string.
pub const SESSION_VALUE_TYPE_STRING: c_int = 2;
/// session_value_type(): a number.
pub const SESSION_VALUE_TYPE_NUMBER: c_int = 3;
/// session_value_type(): a boolean.
pub const SESSION_VALUE_TYPE_BOOLEAN: c_int = 4;

/// What an item of a node-set is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum session_item_kind {
    /// No such item.
    None = 0,
    /// An element.
    Element = 1,
    /// An attribute.
    Attribute = 2,
    /// A run of text.
    Text = 3,
    /// A comment.
    Comment = 4,
    /// The document, or the root of a template's contents.
    Document = 5,
}

/// The value of an XPath expression: a node-set, a string, a number or a boolean, or the error
/// for which there is none. To its reader it never changes; any number of threads may read it.
/// It outlives its document, which it keeps in memory.
pub struct session_value_t {
    _private: [u8; 0],
}
handles!(session_value_t: Owned<Evaluated>);

/// The bytes of text that a value keeps for its items: nested nodes repeat each other's text.
const KEPT: usize = 256 << 20;

/// What is behind a `session_value_t`.
#[derive(Debug)]
pub(super) struct Evaluated {
    found: Result<(Value, Arc<Document>)>,
    /// Each item's node.
    nodes: Vec<session_node_t>,
    string: OnceLock<Text>,
    /// The items' names and string-values, made when they are first asked for.
    names: OnceLock<Box<[OnceLock<Text>]>>,
    texts: OnceLock<Box<[OnceLock<Text>]>>,
    kept: AtomicUsize,
}

impl Evaluated {
    fn new(found: Result<(Value, Arc<Document>)>) -> Evaluated {
        let items = found.as_ref().ok().and_then(|(value, _)| value.items()).unwrap_or_default();
        Evaluated {
            nodes: items.iter().map(|item| item.node().number()).collect(),
            found,
            string: OnceLock::new(),
            names: OnceLock::new(),
            texts: OnceLock::new(),
            kept: AtomicUsize::new(0),
        }
    }

    fn value(&self) -> Result<(&Value, &Document)> {
        self.found.as_ref().map(|(value, document)| (value, &**document)).map_err(Clone::clone)
    }

    fn item(&self, index: usize) -> Result<(Item, &Document)> {
        let (value, document) = self.value()?;
        let item = value.items().and_then(|items| items.get(index));
        let none = || Error::new(Code::Argument, format!("the value has no item {index}"));
        Ok((*item.ok_or_else(none)?, document))
    }

    fn name(&self, index: usize) -> Result<&CStr> {
        let (item, document) = self.item(index)?;
        let name = || Text::new(&item.name(document.tree()));
        Ok(self.slot(&self.names, index).get_or_init(name).as_c_str())
    }

    fn text(&self, index: usize) -> Result<&CStr> {
        let (item, document) = self.item(index)?;
        let slot = self.slot(&self.texts, index);
        if let Some(text) = slot.get() {
            return Ok(text.as_c_str());
        }
        let text = item.string_value(document.tree());
        if self.kept.fetch_add(text.len(), Ordering::Relaxed).saturating_add(text.len()) > KEPT {
            self.kept.fetch_sub(text.len(), Ordering::Relaxed);
            return Err(Error::new(Code::Budget, "the items' text is too much: they nest too deep"));
        }
        Ok(slot.get_or_init(|| Text::new(&text)).as_c_str())
    }

    /// The place of an item that there is.
    fn slot<'a>(&self, slots: &'a OnceLock<Box<[OnceLock<Text>]>>, index: usize) -> &'a OnceLock<Text> {
        &slots.get_or_init(|| self.nodes.iter().map(|_| OnceLock::new()).collect())[index]
    }
}

/// # Safety
/// The pointer is NULL or a live handle.
unsafe fn read<R: Fallback>(
    value: *const session_value_t,
    read: impl FnOnce(&'static Evaluated) -> Result<R>,
) -> R {
    // SAFETY: the caller's promise is passed on; what is lent lives as long as the handle.
    guard(|| read(unsafe { get(value) }?))
}

/// Where relative paths start.
fn context(tree: &Tree, scope: session_node_t) -> NodeId {
    match scope {
        0 => tree.root_element().unwrap_or(NodeId::DOCUMENT),
        scope => NodeId::from_number(scope),
    }
}

/// Evaluates an XPath 1.0 expression with `scope` as the context node.
///
/// A relative path starts at the scope; with 0 at the root element ("html"), so that "body/p"
/// and ".//p" find what they do in lxml, or at the document if it has no element. A path that
/// begins with "/" starts at the document, or at the root of the template's contents that the
/// scope is in; so "//p" finds all, "descendant::p" those below the scope.
///
/// Names without a prefix match elements of any namespace; the only prefix is "xml", and there
/// are no variables. Expressions are compiled once and kept in a cache that all threads share.
///
/// Never NULL but for want of memory: the value carries its error, see session_value_error().
/// Errors: SESSION_E_XPATH (the message names the column), SESSION_E_BUDGET for an expression
/// that takes too much work on this page, SESSION_E_NODE for a scope that the document does not
/// have or that is its document type. Free it with session_value_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_html_xpath(
    html: *const session_html_t,
    scope: session_node_t,
    expression: *const c_char,
) -> *mut session_value_t {
    guard(|| {
        let evaluate = || {
            // SAFETY: the caller passes NULL or a live handle, and NULL or a NUL-terminated text.
            let (document, expression) = unsafe { (share(html)?, text("expression", expression)?) };
            let value = document.xpath(context(document.tree(), scope), expression)?;
            Ok((value, document))
        };
        Ok(give(Evaluated::new(crate::panic::guard(evaluate).unwrap_or_else(Err))))
    })
}

/// Frees a value. Its nodes need no freeing and stay valid as long as their document. NULL is
/// allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_value_free(value: *mut session_value_t) {
    guard(|| {
        // SAFETY: the caller passes NULL or a live handle and does not use it again.
        unsafe { free(value) };
        Ok(())
    })
}

/// Why there is no value, SESSION_OK if there is one. An empty node-set is no error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_value_error(value: *const session_value_t) -> Code {
    // SAFETY: the pointer is passed on as it is.
    unsafe { read(value, |value| Ok(value.found.as_ref().err().map_or(Code::Ok, Error::code))) }
}

/// The error in one line that names the offender and the column in the expression; "" if there
/// is none. Lent by the value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_value_error_message(value: *const session_value_t) -> *const c_char {
    // SAFETY: the pointer is passed on as it is.
    unsafe { read(value, |value| Ok(value.found.as_ref().err().map_or(c"", Error::message_c).as_ptr())) }
}

/// What the value is: one of SESSION_VALUE_TYPE_…, SESSION_VALUE_TYPE_NONE after an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_value_type(value: *const session_value_t) -> c_int {
    // SAFETY: the pointer is passed on as it is.
    unsafe {
        read(value, |value| {
            Ok(match value.value()?.0 {
                Value::Nodes(_) => SESSION_VALUE_TYPE_NODES,
                Value::String(_) => SESSION_VALUE_TYPE_STRING,
                Value::Number(_) => SESSION_VALUE_TYPE_NUMBER,
                Value::Boolean(_) => SESSION_VALUE_TYPE_BOOLEAN,
            })
        })
    }
}

/// The number of items of a node-set; 0 for another type and after an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_value_count(value: *const session_value_t) -> usize {
    // SAFETY: the pointer is passed on as it is.
    unsafe { read(value, |value| Ok(value.nodes.len())) }
}

/// The items of a node-set in document order as one array, and their number in *count unless
/// that is NULL. For an attribute it has the element that has it, for the document 0. Lent by
/// the value. NULL if there are none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_value_nodes(
    value: *const session_value_t,
    count: *mut usize,
) -> *const session_node_t {
    // SAFETY: the caller passes NULL or a live handle, and NULL or a writable count.
    unsafe {
        put(count, 0);
        read(value, |value| {
            put(count, value.nodes.len());
            Ok(if value.nodes.is_empty() { std::ptr::null() } else { value.nodes.as_ptr() })
        })
    }
}

/// What an item of a node-set (from 0) is: one of SESSION_ITEM_KIND_…, SESSION_ITEM_KIND_NONE if
/// there is no such item.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_value_item_kind(value: *const session_value_t, index: usize) -> c_int {
    // SAFETY: the pointer is passed on as it is.
    unsafe {
        read(value, |value| {
            let (item, document) = value.item(index)?;
            Ok(match item {
                Item::Attribute { .. } => session_item_kind::Attribute,
                Item::Node(node) => match document.tree().kind(node) {
                    Kind::Element => session_item_kind::Element,
                    Kind::Text => session_item_kind::Text,
                    Kind::Comment => session_item_kind::Comment,
                    Kind::Document | Kind::Fragment => session_item_kind::Document,
                    Kind::Doctype => session_item_kind::None,
                },
            } as c_int)
        })
    }
}

/// The name of an element or attribute with its prefix ("a", "href", "xlink:href"); "" for
/// other items, NULL if there is no such item. Lent by the value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_value_item_name(
    value: *const session_value_t,
    index: usize,
) -> *const c_char {
    // SAFETY: the pointer is passed on as it is.
    unsafe { read(value, |value| Ok(value.name(index)?.as_ptr())) }
}

/// The string-value of an item (XPath 1.0, 5): all text below an element or the document, an
/// attribute's value, the data of a text or comment; its length in *length unless that is NULL.
/// NULL if there is no such item. Lent by the value, which makes it when it is first asked for
/// and keeps 256 MiB for all its items, NULL beyond; session_node_full_text() has no such limit.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_value_item_text(
    value: *const session_value_t,
    index: usize,
    length: *mut usize,
) -> *const c_char {
    // SAFETY: the caller passes NULL or a live handle, and NULL or a writable length.
    unsafe {
        put(length, 0);
        read(value, |value| Ok(lend(value.text(index)?, length)))
    }
}

/// The value as a number (XPath 1.0, 4.4): a boolean is 0 or 1, a string or the first node's
/// string-value is NaN where it is no number. 0 after an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_value_number(value: *const session_value_t) -> f64 {
    // SAFETY: the pointer is passed on as it is.
    unsafe { read(value, |value| value.value().map(|(value, document)| value.number(document.tree()))) }
}

/// The value as a boolean (XPath 1.0, 4.3): 1 for a node-set with items, a string that is not
/// empty, a number that is neither 0 nor NaN, and true; else 0, and 0 after an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_value_boolean(value: *const session_value_t) -> c_int {
    // SAFETY: the pointer is passed on as it is.
    unsafe { read(value, |value| value.value().map(|(value, _)| c_int::from(value.boolean()))) }
}

/// The value as a string (XPath 1.0, 4.2): of a node-set the string-value of its first item, a
/// number in decimal digits ("NaN", "Infinity"), "true" or "false"; its length in *length unless
/// that is NULL. "" after an error. NULL for a NULL value. Lent by the value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_value_string(
    value: *const session_value_t,
    length: *mut usize,
) -> *const c_char {
    // SAFETY: the caller passes NULL or a live handle, and NULL or a writable length.
    unsafe {
        put(length, 0);
        read(value, |value| {
            let string = value.string.get_or_init(|| match &value.found {
                Ok((found, document)) => Text::new(&found.string(document.tree())),
                Err(_) => Text::default(),
            });
            Ok(lend(string.as_c_str(), length))
        })
    }
}
