//! The parts of HTTP that are ours: headers, bodies and their codings, credentials, links.
//!
//! Everything here is pure: bytes and plain values in, plain values out. Nothing in this module
//! opens a connection, reads the environment or keeps a thread; what needs the time or random
//! bytes can be given them.

pub mod auth;
pub mod body;
pub mod coding;
pub mod date;
pub mod head;
pub mod headers;
pub mod hsts;
pub mod json;
pub mod lines;
pub mod link;
pub mod netrc;
pub mod overlay;
pub mod proxy;
pub mod query;
mod random;
pub mod redirect;
pub mod referrer;
pub mod retry;
pub mod status;
pub mod syntax;
pub mod user_agent;

pub use body::{Body, BodyRead, BodySource, Multipart, Part};
pub use coding::{DecodeLimits, Decoder};
pub use head::{HeadLimits, HeadParser, HttpVersion, ResponseHead, StatusLine};
pub use headers::Headers;
pub use overlay::HeaderOverlay;
pub use query::Params;
