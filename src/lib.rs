//! A browser session without the browser.

pub mod cookies;
pub mod error;
pub mod html;
mod engine;
pub mod http;
mod panic;

pub use error::{Code, Error, Result};
