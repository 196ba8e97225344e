//! Cookies by RFC 6265bis: parser, domain and path rules, and the jar. No curl, no HTML.

mod bucket;
mod context;
mod cookie;
pub mod date;
mod files;
mod filter;
mod host;
mod import;
mod jar;
mod json;
mod lwp;
mod netscape;
mod options;
pub mod parse;
mod public_suffix;
mod reason;
mod request;
mod rules;
mod send;
mod spec;
mod store;

pub use context::{Context, Site};
pub use cookie::{Cookie, SameSite};
pub use files::{Format, LoadOptions, LoadReport, SaveReport};
pub use filter::Filter;
pub use host::canonical as canonical_domain;
pub use jar::Jar;
pub use options::{ChangeHook, Clock, JarOptions, MAX_LIFETIME, Policy, Verdict};
pub use reason::{Outcome, Reason};
pub use request::RequestCookies;
pub use spec::CookieSpec;
