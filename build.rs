//! Names the shared library and keeps it loaded: what cargo itself does not do for a C ABI. Makes
//! the table of public suffixes. Says which tests can run.

use std::path::Path;
use std::{env, fs};

#[path = "src/cookies/public_suffix/compile.rs"]
mod public_suffix;

/// The soname's number: that of the binary interface, `SESSION_ABI_VERSION`.
const ABI: &str = "0";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    link_arguments();
    public_suffixes();
    conformance();
}

/// Tests of cases that others collected are built where `HTMLSESSION_VECTORS` names their folder, and
/// nowhere else: none passes that has not run.
fn conformance() {
    println!("cargo::rustc-check-cfg=cfg(conformance)");
    println!("cargo:rerun-if-env-changed=HTMLSESSION_VECTORS");
    if env::var_os("HTMLSESSION_VECTORS").is_some() {
        println!("cargo:rustc-cfg=conformance");
    }
}

fn public_suffixes() {
    const RULES: &str = "src/cookies/public_suffix/rules.txt";
    println!("cargo:rerun-if-changed={RULES}");
    let rules = fs::read_to_string(RULES).expect(RULES);
    let to = Path::new(&env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join("public_suffixes");
    fs::write(&to, public_suffix::compile(&rules)).expect("OUT_DIR is writable");
}

fn link_arguments() {
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
