//! The C ABI: one file for each C type, a thin reading of the Rust API without logic of its own.
//!
//! The comments of the exported functions are the manual of the C header, which is generated from
//! these files. The exported functions take any pointer that the header allows.
#![allow(clippy::missing_safety_doc)] // the header states each function's rules once, for C readers
#![allow(non_camel_case_types)]

mod encoding;
mod guard;
mod handle;
mod text;

pub mod api;
pub mod buffer;
pub mod callback;
pub mod code;
pub mod cookies;
pub mod extract;
pub mod fields;
pub mod form;
pub mod hop;
pub mod html;
pub mod jar;
pub mod jar_options;
pub mod log;
pub mod matches;
pub mod network;
pub mod node;
pub mod nodes;
pub mod pages;
pub mod queue;
pub mod request;
pub mod response;
pub mod session;
pub mod streams;
pub mod strings;
pub mod value;
pub mod version;
