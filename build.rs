//! Names the shared library and keeps it loaded: what cargo itself does not do for a C ABI.

use std::env;

/// The soname's number: that of the binary interface, `SESSION_ABI_VERSION`.
const ABI: &str = "0";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let link = |argument: &str| println!("cargo:rustc-cdylib-link-arg=-Wl,{argument}");
    match env::var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("linux" | "android" | "freebsd" | "netbsd" | "openbsd") => {
            link(&format!("-soname,libhtmlsession.so.{ABI}"));
            // Thread-local destructors and OpenSSL's clean-up would run in code that dlclose has
            // unmapped.
            link("-z,nodelete");
            // Two copies in one process each use their own functions.
            link("-Bsymbolic");
        }
        Ok("macos" | "ios") => link(&format!("-install_name,@rpath/libhtmlsession.{ABI}.dylib")),
        _ => {}
    }
}
