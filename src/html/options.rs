//! How a page is to be parsed.

use crate::http::referrer::ReferrerPolicy;
use url::Url;

/// What a page may cost. Beyond a limit, parsing ends with
/// [`Code::DocumentTooLarge`](crate::Code::DocumentTooLarge).
///
/// Two more are fixed. Elements nested deeper than 512 levels become children of the element at
/// that depth, as in browsers. A page may use 131,072 different names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The length of the page in bytes, before decoding. Default: 256 MiB. More than 1 GiB is
    /// taken as 1 GiB.
    pub bytes: usize,
    /// The number of nodes and attributes of the tree. Default: 16,777,216. (Misnested
    /// formatting elements let a small page ask for a large tree.)
    pub nodes: u32,
}

impl Limits {
    /// Positions in the tree are 32-bit, and decoding can make three bytes of one.
    pub(super) const MAX_BYTES: usize = 1 << 30;
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { bytes: 256 << 20, nodes: 1 << 24 }
    }
}

/// How [`Document::from_bytes`](super::Document::from_bytes) parses.
#[derive(Clone, Debug, Default)]
pub struct ParseOptions {
    /// The encoding that the caller wants, as a label of the Encoding standard; it beats all
    /// that the page and the response say. A label that nobody knows is ignored. Default: none.
    pub encoding: Option<String>,
    /// The value of the response's `Content-Type` header, whose `charset` counts. Default: none.
    pub content_type: Option<String>,
    /// The page's address, that relative links are resolved against. Default: none.
    pub url: Option<Url>,
    /// The next page that the response's `Link` header names, for
    /// [`Document::next_url`](super::Document::next_url). Default: none.
    pub next: Option<Url>,
    /// What the response's `Referrer-Policy` header says. Default: none.
    pub referrer_policy: Option<ReferrerPolicy>,
    /// What the page may cost.
    pub limits: Limits,
}
