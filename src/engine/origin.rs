//! An origin (RFC 6454) as libcurl's URL functions have it.

use crate::error::{Code, Error};
use std::ffi::{CString, c_char, c_int, c_uint};

// What the bindings lack.
#[repr(C)]
struct Curlu {
    _private: [u8; 0],
}
const CURLUPART_URL: c_int = 0;
const CURLUE_OUT_OF_MEMORY: c_int = 7;
unsafe extern "C" {
    fn curl_url() -> *mut Curlu;
    fn curl_url_cleanup(url: *mut Curlu);
    fn curl_url_set(url: *mut Curlu, part: c_int, content: *const c_char, flags: c_uint) -> c_int;
}

/// A parsed origin, for `CURLOPT_CURLU`.
#[derive(Debug)]
pub(super) struct Origin(*mut Curlu);

// SAFETY: the value alone owns the memory.
unsafe impl Send for Origin {}

impl Origin {
    /// A serialised URL as its origin, and what a request to that asks for (RFC 9112, 3.2.1).
    pub fn split(url: &str) -> (&str, &str) {
        let host = url.find("://").map_or(0, |end| end + 3);
        let end = url[host..].find(['/', '?']).map_or(url.len(), |path| host + path);
        url.split_at(end)
    }

    /// Parses `scheme://host:port`.
    pub fn parse(text: &str) -> Result<Origin, Error> {
        let memory = || Error::new(Code::Memory, "no memory for the URL");
        let text = CString::new(text).map_err(|_| Error::new(Code::Url, "the host holds a NUL character"))?;
        // SAFETY: no arguments; the value owns what is returned.
        let origin = Origin(unsafe { curl_url() });
        if origin.0.is_null() {
            return Err(memory());
        }
        // SAFETY: a live handle and a NUL-terminated text, which is copied.
        match unsafe { curl_url_set(origin.0, CURLUPART_URL, text.as_ptr(), 0) } {
            0 => Ok(origin),
            CURLUE_OUT_OF_MEMORY => Err(memory()),
            _ => Err(Error::new(Code::Url, format!("libcurl does not take {}", text.to_string_lossy()))),
        }
    }

    pub fn raw(&self) -> *const std::ffi::c_void {
        self.0.cast_const().cast()
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        // SAFETY: the handle is ours or NULL, and no transfer uses it any more.
        unsafe { curl_url_cleanup(self.0) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_its_origin_and_its_target() {
        for (url, origin, target) in [
            ("http://host/", "http://host", "/"),
            ("https://host:8443/a/b?c=d://e", "https://host:8443", "/a/b?c=d://e"),
            ("http://[::1]:80//x?", "http://[::1]:80", "//x?"),
        ] {
            assert_eq!(Origin::split(url), (origin, target));
            assert!(Origin::parse(origin).is_ok());
        }
        assert_eq!(Origin::parse("http://a b").expect_err("a space").code(), Code::Url);
    }
}
