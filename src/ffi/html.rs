//! `session_html_t`: a page, and what it can be asked.

use super::buffer::{fill, session_buffer_t, tell};
use super::guard::guard;
use super::handle::{get, give_shared, handles, take_shared};
use super::nodes::{nodes, session_node_t, session_nodes_t};
use super::strings::{session_strings_t, strings};
use super::text::{bytes, optional_text, put, text, texts};
use crate::error::{Code, Error, Result};
use crate::html::pagination::NEXT_SYMBOLS;
use crate::html::{Document, LinkKind, LinkKinds, LinkOptions, NodeId, ParseOptions};
use encoding_rs::Encoding;
use std::ffi::{c_char, c_void};
use std::sync::Arc;
use url::Url;

/// A parsed page. Immutable; any number of threads may ask it at the same time. It outlives the
/// response that it was taken from.
pub struct session_html_t {
    _private: [u8; 0],
}
handles!(session_html_t: Shared<Document>);

/// Parses a page as browsers without scripts do. `url` is the address that its links are
/// relative to, or NULL. `encoding` is the name of the encoding to read it in ("utf-8",
/// "windows-1252"), or NULL to find it as browsers do: byte order mark, the page's own
/// declaration, detection. The caller owns the document; free it with session_html_free(). NULL
/// if the URL or the encoding is not valid, the page exceeds the limits, or there is no memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_html_new(
    bytes_of_page: *const c_void,
    length: usize,
    url: *const c_char,
    encoding: *const c_char,
) -> *mut session_html_t {
    // SAFETY: the caller passes `length` readable bytes, and NULL or NUL-terminated strings.
    guard(|| Ok(give_shared(unsafe { parse(bytes_of_page, length, url, encoding) }?)))
}

/// As session_html_new(), and tells why there is no document: *html gets the document, or NULL, and
/// the buffer, unless NULL, the error in one line. SESSION_E_URL, SESSION_E_ARGUMENT for the encoding,
/// SESSION_E_DOCUMENT_TOO_LARGE, SESSION_E_MEMORY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_html_parse(
    bytes_of_page: *const c_void,
    length: usize,
    url: *const c_char,
    encoding: *const c_char,
    html: *mut *mut session_html_t,
    into: *mut session_buffer_t,
) -> Code {
    // SAFETY: as for session_html_new(); the others are NULL, writable or live.
    unsafe {
        put(html, std::ptr::null_mut());
        tell(into, |_| {
            if html.is_null() {
                return Err(Error::new(Code::Null, "html is NULL"));
            }
            put(html, give_shared(parse(bytes_of_page, length, url, encoding)?));
            Ok(())
        })
    }
}

/// # Safety
/// The pointers are NULL, or `length` bytes and NUL-terminated strings.
unsafe fn parse(
    bytes_of_page: *const c_void,
    length: usize,
    url: *const c_char,
    encoding: *const c_char,
) -> Result<Arc<Document>> {
    // SAFETY: the caller's promise is passed on.
    let (page, url, encoding) = unsafe {
        let encoding = optional_text("encoding", encoding)?;
        (bytes("bytes", bytes_of_page, length)?, optional_text("url", url)?, encoding)
    };
    if let Some(label) = encoding.filter(|label| Encoding::for_label(label.as_bytes()).is_none()) {
        return Err(Error::new(Code::Argument, format!("no such encoding: {label:?}")));
    }
    let options = ParseOptions {
        url: url.map(super::text::parse_url).transpose()?,
        encoding: encoding.map(String::from),
        ..ParseOptions::default()
    };
    Ok(Arc::new(Document::from_bytes(page, options)?))
}

/// Frees a document. Results taken from it stay valid; its nodes do not. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_html_free(html: *mut session_html_t) {
    guard(|| {
        // SAFETY: the caller passes NULL or a live handle and does not use it again.
        drop(unsafe { take_shared(html) });
        Ok(())
    })
}

/// The name of the encoding that the page was read in, as the Encoding standard spells it; NULL
/// for a NULL document. Lent by the document.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_html_encoding(html: *const session_html_t) -> *const c_char {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(unsafe { get(html) }?.lent_encoding().as_ptr()))
}

/// Writes the page's title: the text of its first title element, white space collapsed. Empty if
/// it has none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_html_title(
    html: *const session_html_t,
    into: *mut session_buffer_t,
) -> Code {
    // SAFETY: the caller passes NULL or live handles.
    unsafe {
        fill(into, |text| {
            text.push_str(&get(html)?.title().unwrap_or_default());
            Ok(())
        })
    }
}

/// Writes the URL that the page's links are relative to (HTML, "document base URL"): its first
/// base element's, or the page's own. Empty if it has neither.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_html_base_url(
    html: *const session_html_t,
    into: *mut session_buffer_t,
) -> Code {
    // SAFETY: the caller passes NULL or live handles.
    unsafe {
        fill(into, |text| {
            text.push_str(get(html)?.base_url().map_or("", Url::as_str));
            Ok(())
        })
    }
}

/// Writes the absolute URL of a reference, resolved against the page's base (WHATWG URL), its query
/// in the page's encoding. SESSION_E_URL if that cannot be done.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_html_resolve(
    html: *const session_html_t,
    reference: *const c_char,
    into: *mut session_buffer_t,
) -> Code {
    // SAFETY: the caller passes NULL or live handles, and NULL or a NUL-terminated reference.
    unsafe {
        fill(into, |out| {
            let (html, reference) = (get(html)?, text("reference", reference)?);
            let none = || Error::new(Code::Url, format!("{reference:?} cannot be resolved"));
            out.push_str(&html.resolve(reference).ok_or_else(none)?);
            Ok(())
        })
    }
}

/// The root element ("html"); 0 if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_html_root(html: *const session_html_t) -> session_node_t {
    // SAFETY: the caller passes NULL or a live handle.
    guard(|| Ok(number(unsafe { get(html) }?.tree().root_element())))
}

/// The elements below `scope` (0: in the whole document) that match a CSS selector, in document
/// order. The scope itself is never among them.
///
/// The selectors are those of Selectors 4 without namespaces, states that need a browser, :default,
/// :valid, :invalid, :in-range, :out-of-range and :dir(). Those of controls (:checked, :disabled,
/// :required, :read-write and others) are as the markup has them. Beyond them there are :contains(text),
/// :icontains(text), :selected, places in the result as jQuery has them (:first, :last, :eq(n),
/// :lt(n), :gt(n), :even, :odd), and ::text and ::attr(name) as Scrapy has them: ::text gives text nodes, ::attr(name) the
/// elements that have the attribute.
///
/// Never NULL but for want of memory: a result carries its error, see session_nodes_error().
/// Errors: SESSION_E_SELECTOR (the message names the column), SESSION_E_BUDGET for a selector
/// that takes too much work on this page, SESSION_E_NODE for a scope that the document does not
/// have. A selector may have 64 KiB and pseudo-classes 10 deep in one another. Free it with
/// session_nodes_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_html_find(
    html: *const session_html_t,
    scope: session_node_t,
    css: *const c_char,
) -> *mut session_nodes_t {
    // SAFETY: the caller passes NULL or a live handle, and NULL or a NUL-terminated selector.
    nodes(|| unsafe { get(html)?.find(NodeId::from_number(scope), text("css", css)?) })
}

/// The first node that session_html_find() would give, without looking further; 0 if there is
/// none, and after an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_html_find_first(
    html: *const session_html_t,
    scope: session_node_t,
    css: *const c_char,
) -> session_node_t {
    // SAFETY: the caller passes NULL or a live handle, and NULL or a NUL-terminated selector.
    guard(|| unsafe { Ok(number(get(html)?.find_first(NodeId::from_number(scope), text("css", css)?)?)) })
}

/// The elements below `scope` that match a CSS selector (NULL: all) and whose full text contains
/// one of `count` needles, without regard to case; with a count of 0 the text does not matter.
/// Otherwise as session_html_find().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_html_find_containing(
    html: *const session_html_t,
    scope: session_node_t,
    css: *const c_char,
    needles: *const *const c_char,
    count: usize,
) -> *mut session_nodes_t {
    // SAFETY: the caller passes NULL or a live handle, NULL or NUL-terminated strings, and NULL or
    // `count` of them.
    nodes(|| unsafe {
        let (html, scope) = (get(html)?, NodeId::from_number(scope));
        let needles = texts("needles", needles, count)?;
        match optional_text("css", css)? {
            Some(css) => html.find_with_text(scope, css, &needles),
            None => html.find_containing(scope, &needles),
        }
    })
}

/// The strings that a selector ending in ::text or ::attr(name) asks for, in document order; of
/// elements the full text. Errors as of session_html_find(), see session_strings_error(). Never
/// NULL but for want of memory; free the list with session_strings_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_html_find_values(
    html: *const session_html_t,
    scope: session_node_t,
    css: *const c_char,
) -> *mut session_strings_t {
    // SAFETY: the caller passes NULL or a live handle, and NULL or a NUL-terminated selector.
    strings(|| unsafe { get(html)?.find_values(NodeId::from_number(scope), text("css", css)?) })
}

/// Absolute URLs instead of references as written; those that cannot be resolved are left out.
pub const SESSION_LINKS_ABSOLUTE: u32 = 1;
/// The same link as often as it stands.
pub const SESSION_LINKS_REPEATED: u32 = 2;
/// Links into the same page too: "#…", and an empty href of an a or area element.
pub const SESSION_LINKS_ANCHORS: u32 = 4;
/// Links with the scheme javascript too.
pub const SESSION_LINKS_JAVASCRIPT: u32 = 8;
/// Links with the scheme mailto too.
pub const SESSION_LINKS_MAILTO: u32 = 16;
/// The links of a elements; the default if no element is named.
pub const SESSION_LINKS_A: u32 = 256;
/// The links of area elements.
pub const SESSION_LINKS_AREA: u32 = 512;
/// The links of link elements.
pub const SESSION_LINKS_LINK: u32 = 1024;
/// The sources of img elements.
pub const SESSION_LINKS_IMG: u32 = 2048;
/// The actions of form elements.
pub const SESSION_LINKS_FORM: u32 = 4096;

/// The links of `scope` and of what is below it (0: of the whole document), in document order.
/// `flags` are SESSION_LINKS_ values added up; with 0 they are those of a elements as written but
/// without white space at the ends, each once, without links into the same page, javascript: and
/// mailto:. Errors: SESSION_E_ARGUMENT for a flag that does not exist, SESSION_E_NODE,
/// SESSION_E_BUDGET for absolute URLs that are too much text, as behind a base URL without measure.
/// Never NULL but for want of memory; free the list with session_strings_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_html_links(
    html: *const session_html_t,
    scope: session_node_t,
    flags: u32,
) -> *mut session_strings_t {
    // SAFETY: the caller passes NULL or a live handle.
    strings(|| unsafe { get(html) }?.links(NodeId::from_number(scope), link_options(flags)?))
}

/// The elements that session_html_links() has its links from: the node at an index is where the
/// string at that index stands, first if it stands often. session_nodes_text() and
/// session_nodes_attribute() tell the links' texts and rel. Errors as of session_html_links(), see
/// session_nodes_error(). Never NULL but for want of memory; free it with session_nodes_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_html_link_nodes(
    html: *const session_html_t,
    scope: session_node_t,
    flags: u32,
) -> *mut session_nodes_t {
    // SAFETY: the caller passes NULL or a live handle.
    nodes(|| unsafe { get(html)?.link_nodes(NodeId::from_number(scope), link_options(flags)?) })
}

fn link_options(flags: u32) -> Result<LinkOptions> {
    let kinds = [
        (SESSION_LINKS_A, LinkKind::A),
        (SESSION_LINKS_AREA, LinkKind::Area),
        (SESSION_LINKS_LINK, LinkKind::Link),
        (SESSION_LINKS_IMG, LinkKind::Img),
        (SESSION_LINKS_FORM, LinkKind::Form),
    ];
    let known = 31 | kinds.iter().fold(0, |bits, (bit, _)| bits | bit);
    if flags & !known != 0 {
        return Err(Error::new(Code::Argument, format!("no link flag {:#x}", flags & !known)));
    }
    let named: Vec<LinkKind> =
        kinds.into_iter().filter(|(bit, _)| flags & bit != 0).map(|(_, kind)| kind).collect();
    Ok(LinkOptions {
        absolute: flags & SESSION_LINKS_ABSOLUTE != 0,
        repeated: flags & SESSION_LINKS_REPEATED != 0,
        anchors: flags & SESSION_LINKS_ANCHORS != 0,
        javascript: flags & SESSION_LINKS_JAVASCRIPT != 0,
        mailto: flags & SESSION_LINKS_MAILTO != 0,
        kinds: LinkKinds::of(if named.is_empty() { &[LinkKind::A] } else { &named }),
    })
}

/// Writes the address of the next page: what the page declares with rel=next, else what the Link
/// header of its response did, else what its links say ("next", "more", "older"). Empty if there
/// is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_html_next_url(
    html: *const session_html_t,
    into: *mut session_buffer_t,
) -> Code {
    // SAFETY: the caller passes NULL or live handles.
    unsafe {
        fill(into, |text| {
            text.push_str(get(html)?.next_url(&NEXT_SYMBOLS).as_ref().map_or("", Url::as_str));
            Ok(())
        })
    }
}

/// The same with `count` words of your own that links to a next page have in their text, in any
/// case. With a count of 0 only what is declared counts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_html_next_url_with(
    html: *const session_html_t,
    symbols: *const *const c_char,
    count: usize,
    into: *mut session_buffer_t,
) -> Code {
    // SAFETY: the caller passes NULL or live handles, and NULL or `count` NUL-terminated strings.
    unsafe {
        fill(into, |text| {
            let (html, symbols) = (get(html)?, texts("symbols", symbols, count)?);
            text.push_str(html.next_url(&symbols).as_ref().map_or("", Url::as_str));
            Ok(())
        })
    }
}

/// A node for C: the document is none.
pub(super) fn number(node: Option<NodeId>) -> session_node_t {
    node.map_or(0, NodeId::number)
}
