//! Versions and features.

use once_cell::sync::Lazy;
use std::ffi::{CString, c_char};

/// The number of the binary interface. It changes when a program must be compiled anew.
pub const SESSION_ABI_VERSION: u32 = 0;

fn part(text: &str) -> u32 {
    text.parse().unwrap_or(0)
}

/// The version of the library at run time, as text: "0.1.0". Static.
#[unsafe(no_mangle)]
pub extern "C" fn session_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// The version of the library at run time as a number that can be compared: 0x000100 is 0.1.0.
/// SESSION_VERSION_NUMBER is that of the header.
#[unsafe(no_mangle)]
pub extern "C" fn session_version_number() -> u32 {
    let major = part(env!("CARGO_PKG_VERSION_MAJOR"));
    let minor = part(env!("CARGO_PKG_VERSION_MINOR"));
    major << 16 | minor << 8 | part(env!("CARGO_PKG_VERSION_PATCH"))
}

/// The number of the binary interface at run time. A program that was compiled against a header
/// with another SESSION_ABI_VERSION must not use this library.
#[unsafe(no_mangle)]
pub extern "C" fn session_abi_version() -> u32 {
    SESSION_ABI_VERSION
}

/// What the library was built with, as words separated by spaces: "libcurl/8.22.0 OpenSSL/3.6.3
/// http2 gzip deflate br zstd"; "ntlm" and "negotiate" where libcurl has them. Static.
#[unsafe(no_mangle)]
pub extern "C" fn session_features() -> *const c_char {
    static FEATURES: Lazy<CString> = Lazy::new(|| {
        let curl = crate::engine::libcurl();
        let http2 = if curl.http2 { " http2" } else { "" };
        let ntlm = if curl.ntlm { " ntlm" } else { "" };
        let negotiate = if curl.negotiate { " negotiate" } else { "" };
        let text =
            format!("libcurl/{} {}{http2}{ntlm}{negotiate} gzip deflate br zstd", curl.version, curl.tls);
        CString::new(text).unwrap_or_default()
    });
    FEATURES.as_ptr()
}
