//! What tests share.
#![allow(dead_code, unused_imports)] // each test file uses its part

#[cfg(target_os = "linux")]
pub mod daemon;
pub mod header;
#[cfg(target_os = "linux")]
pub mod library;
mod server;

pub use server::{Seen, Server, reply};
