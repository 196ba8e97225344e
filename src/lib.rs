//! A browser session without the browser: HTTP sessions on libcurl with a cookie engine of their
//! own, and HTML pages that can be asked with CSS, XPath and search templates.
//!
//! The same as a C library is `include/htmlsession.h`; [`ffi`] is a thin reading of this API.

mod atomic_file;
mod calendar;
pub mod cookies;
mod engine;
pub mod error;
pub mod ffi;
pub mod html;
pub mod http;
mod json;
mod lock;
mod panic;
mod process;
mod public_address;
mod reference;
pub mod session;
mod text;

pub use engine::{ClientCert, VersionChoice};
pub use error::{Code, Error, Result};
pub use session::{Auth, Request, Response, Session};
