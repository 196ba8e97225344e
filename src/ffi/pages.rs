//! `session_pages_t`: a walk from page to page.

use super::guard::{guard, status};
use super::handle::{free, get, get_mut, give, give_shared, handles, share};
use super::request::session_request_t;
use super::response::session_response_t;
use super::session::session_t;
use super::text::texts;
use crate::error::Code;
use crate::session::PageWalk;
use std::ffi::c_char;

/// A walk from a page to the next as long as pages name one, each visited once. It belongs to one
/// thread at a time. Pages are read into memory, whatever the request says of its response's body. At
/// another origin credentials, secret headers and cookies of the request stay behind, as at a redirect.
/// The session must not be freed before the last page: then the next one fails with SESSION_E_CLOSED.
pub struct session_pages_t {
    _private: [u8; 0],
}
handles!(session_pages_t: Owned<PageWalk>);

/// Begins a walk with a request, for at most limit pages (0: 1000). Nothing is sent yet. The caller
/// owns the walk; free it with session_pages_free(). NULL for a NULL argument.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_pages_new(
    session: *mut session_t,
    request: *const session_request_t,
    limit: usize,
) -> *mut session_pages_t {
    // SAFETY: the caller passes NULL or live handles.
    guard(|| unsafe {
        let limit = if limit == 0 { 1000 } else { limit };
        Ok(give(PageWalk::new(share(session)?, get(request)?.clone(), limit)))
    })
}

/// Sets the words by which links to a next page are known, in any case: `count` of them instead of
/// "next", "more" and "older". With a count of 0 only what is declared counts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_pages_set_symbols(
    pages: *mut session_pages_t,
    symbols: *const *const c_char,
    count: usize,
) -> Code {
    // SAFETY: the caller passes NULL or a live handle that no other thread uses now, and NULL or
    // `count` NUL-terminated strings.
    status(|| unsafe {
        let (pages, symbols) = (get_mut(pages)?, texts("symbols", symbols, count)?);
        pages.set_symbols(symbols.into_iter().map(String::from).collect());
        Ok(())
    })
}

/// Frees a walk. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_pages_free(pages: *mut session_pages_t) {
    guard(|| {
        // SAFETY: the caller passes NULL or a live handle and does not use it again.
        unsafe { free(pages) };
        Ok(())
    })
}

/// Fetches the next page and waits for it. Which one that is, the page before tells: by rel=next in
/// itself or else in its Link header, else by the words of its links ("next", "more", "older", or
/// those set). NULL at the end: no next page, one that was visited already, or the limit; nothing is
/// sent for it then, unless a redirect leads to what was visited. A page that failed is the last. The
/// caller owns the response.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn session_pages_next(pages: *mut session_pages_t) -> *mut session_response_t {
    guard(|| {
        // SAFETY: the caller passes NULL or a live handle that no other thread uses now.
        let next = unsafe { get_mut(pages) }?.next();
        Ok(next.map_or(std::ptr::null_mut(), give_shared))
    })
}
