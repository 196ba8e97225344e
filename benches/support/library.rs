//! The library as C programs have it: `HTMLSESSION_LIBRARY` names the file that is measured, such as
//! what `make lib` made; without it the crate measures itself.

use htmlsession::ffi::api::{session_api, session_api_t};
use htmlsession::ffi::version::SESSION_ABI_VERSION;
use std::ffi::{CStr, CString};
use std::os::unix::ffi::OsStrExt;
use std::sync::OnceLock;

/// The table of its functions.
pub fn api() -> &'static session_api_t {
    static API: OnceLock<&session_api_t> = OnceLock::new();
    API.get_or_init(|| {
        let table = match std::env::var_os("HTMLSESSION_LIBRARY") {
            Some(path) => load(&CString::new(path.as_bytes()).expect("no NUL")),
            None => session_api,
        };
        // SAFETY: the table is static, in a library that stays loaded.
        unsafe { table(SESSION_ABI_VERSION).as_ref() }.expect("this version of the ABI")
    })
}

fn load(path: &CStr) -> extern "C" fn(u32) -> *const session_api_t {
    // SAFETY: a library that may be loaded, whose function has this type.
    unsafe {
        let library = libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL);
        assert!(!library.is_null(), "{}", CStr::from_ptr(libc::dlerror()).to_string_lossy());
        let table = libc::dlsym(library, c"session_api".as_ptr());
        assert!(!table.is_null(), "{path:?} has no session_api");
        std::mem::transmute(table)
    }
}
