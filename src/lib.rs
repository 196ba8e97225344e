//! A browser session without the browser.

pub mod cookies;
pub mod error;
pub mod html;
pub mod http;

pub use error::{Code, Error, Result};
