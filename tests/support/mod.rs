//! What tests share.
#![allow(dead_code, unused_imports)] // each test file uses its part

pub mod header;
mod server;

pub use server::{Seen, Server, reply};
