//! lexbor in this process: `benches/lexbor.c` as the shared library that `HTMLSESSION_LEXBOR` names.

use std::ffi::{CStr, CString, c_char, c_void};

type OfPage = unsafe extern "C" fn(*const c_char, usize, *const c_char) -> usize;

/// Its functions: each parses a page, asks it one thing, frees it, and tells how much it found.
pub struct Lexbor {
    parse: unsafe extern "C" fn(*const c_char, usize) -> usize,
    keep: unsafe extern "C" fn(*const c_char, usize) -> *mut c_void,
    links: OfPage,
    css: OfPage,
    text: OfPage,
    page: OfPage,
}

impl Lexbor {
    /// Loads it; `None`, and a line that says so, if `HTMLSESSION_LEXBOR` is not set.
    pub fn load() -> Option<Lexbor> {
        let Some(path) = std::env::var_os("HTMLSESSION_LEXBOR") else {
            println!("lexbor in C: absent (make bench-html builds it)");
            return None;
        };
        let path = CString::new(path.into_encoded_bytes()).expect("no NUL");
        // SAFETY: a NUL-terminated path; the library stays loaded.
        let library = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW) };
        assert!(!library.is_null(), "{path:?} cannot be loaded");
        let symbol = |name: &CStr| {
            // SAFETY: a loaded library and a NUL-terminated name.
            let found = unsafe { libc::dlsym(library, name.as_ptr()) };
            assert!(!found.is_null(), "{path:?} has no {name:?}");
            found
        };
        // SAFETY: these are the types of the functions of benches/lexbor.c.
        unsafe {
            let of_page = |name| std::mem::transmute::<*mut c_void, OfPage>(symbol(name));
            Some(Lexbor {
                parse: std::mem::transmute::<*mut c_void, unsafe extern "C" fn(*const c_char, usize) -> usize>(
                    symbol(c"peer_parse"),
                ),
                keep: std::mem::transmute::<
                    *mut c_void,
                    unsafe extern "C" fn(*const c_char, usize) -> *mut c_void,
                >(symbol(c"peer_keep")),
                links: of_page(c"peer_links"),
                css: of_page(c"peer_css"),
                text: of_page(c"peer_text"),
                page: of_page(c"peer_page"),
            })
        }
    }

    /// Parses and frees a page.
    pub fn parse(&self, page: &[u8]) -> usize {
        // SAFETY: bytes that outlive the call.
        unsafe { (self.parse)(page.as_ptr().cast(), page.len()) }
    }

    /// Parses a page and keeps it until the end of the process.
    pub fn keep(&self, page: &[u8]) {
        // SAFETY: bytes that outlive the call.
        unsafe { (self.keep)(page.as_ptr().cast(), page.len()) };
    }

    /// The absolute URLs of all `a[href]`.
    pub fn links(&self, page: &[u8], url: &CStr) -> usize {
        self.ask(self.links, page, url)
    }

    /// What matches a selector, always the same one.
    pub fn css(&self, page: &[u8], css: &CStr) -> usize {
        self.ask(self.css, page, css)
    }

    /// The text content.
    pub fn text(&self, page: &[u8]) -> usize {
        self.ask(self.text, page, c"")
    }

    /// The absolute URLs of all `a[href]`, and the title.
    pub fn page(&self, page: &[u8], url: &CStr) -> usize {
        self.ask(self.page, page, url)
    }

    fn ask(&self, function: OfPage, page: &[u8], argument: &CStr) -> usize {
        // SAFETY: bytes and a NUL-terminated text that outlive the call.
        unsafe { function(page.as_ptr().cast(), page.len(), argument.as_ptr()) }
    }
}
