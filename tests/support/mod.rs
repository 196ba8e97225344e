//! What tests share.
#![allow(dead_code, unused_imports)] // each test file uses its part

pub mod bodies;
mod coding;
#[cfg(target_os = "linux")]
pub mod daemon;
pub mod environment;
pub mod header;
#[cfg(target_os = "linux")]
pub mod library;
mod server;
pub mod snippets;

pub use coding::gzip;
pub use server::{Seen, Server, reply, wait_until};
