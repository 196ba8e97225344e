//! Why a cookie was stored, refused, sent or kept back: one code for each decision.

use std::ffi::CStr;
use std::fmt;

/// What became of a cookie, and why.
///
/// The numbers are stable; new ones may be added. Those below 20 are successes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(C)]
#[non_exhaustive]
pub enum Reason {
    /// Stored as a new cookie.
    Accepted = 0,
    /// Stored in the place of one with the same name, domain and path.
    Replaced = 1,
    /// It was expired already, and so deleted the stored one.
    Deleted = 2,
    /// It was expired already, and there was nothing to delete.
    DeletedNothing = 3,
    /// Sent with the request.
    Sent = 10,

    /// The field holds a control character (RFC 6265bis, 5.6, step 1).
    ControlCharacter = 20,
    /// Neither name nor value.
    Empty = 21,
    /// Name and value are longer than 4096 bytes together.
    TooLong = 22,
    /// The `Domain` attribute is `.`, or is not ASCII.
    DomainInvalid = 23,
    /// The `Domain` attribute is neither the request's host nor a parent of it within its
    /// registrable domain.
    DomainMismatch = 24,
    /// The `Domain` attribute is a public suffix: the cookie would reach strangers.
    PublicSuffix = 25,
    /// The `Path` attribute is not ASCII and so can never match.
    PathInvalid = 26,
    /// `Secure`, but the connection is not.
    NotSecure = 27,
    /// A Secure cookie of that name would be shadowed from an insecure connection.
    OverlaySecure = 28,
    /// `HttpOnly`, but the call is not HTTP.
    HttpOnly = 29,
    /// `SameSite`, but the request is cross-site.
    SameSite = 30,
    /// `SameSite=None` without `Secure`.
    SameSiteNoneInsecure = 31,
    /// The name begins with `__Secure-`, and a condition of that prefix is not met.
    PrefixSecure = 32,
    /// The name begins with `__Host-`, and a condition of that prefix is not met.
    PrefixHost = 33,
    /// The name begins with `__Http-`, and a condition of that prefix is not met.
    PrefixHttp = 34,
    /// The name begins with `__Host-Http-`, and a condition of that prefix is not met.
    PrefixHostHttp = 35,
    /// A nameless cookie whose value begins with a prefix: on the wire it would pass for one.
    PrefixNameless = 36,
    /// `Partitioned` without `Secure`.
    PartitionedInsecure = 37,
    /// The URL has no host, or its scheme is none of http, https, ws and wss.
    BadUrl = 38,
    /// The caller's policy refused it.
    Policy = 39,
    /// The name, value or path given by hand cannot stand in a header.
    Malformed = 40,
    /// The call failed before there was a cookie to decide about; its code says why.
    NoCookie = 41,

    /// Removed: the registrable domain has too many cookies.
    EvictedDomain = 50,
    /// Removed: the partition has too many cookies or bytes.
    EvictedPartition = 51,
    /// Removed: the jar has too many cookies.
    EvictedTotal = 52,
    /// Expired.
    Expired = 53,
    /// Deleted by the caller.
    Cleared = 54,

    /// Kept back: it belongs to another host.
    OtherHost = 60,
    /// Kept back: its path does not match.
    OtherPath = 61,
    /// Kept back: it belongs to another partition.
    OtherPartition = 62,
    /// Kept back: a cookie of this request has the same name.
    Overridden = 63,
    /// Kept back: the header is as long as it may be.
    HeaderFull = 64,
}

impl Reason {
    /// Every reason, in the order of their numbers.
    pub const ALL: &'static [Reason] = &[
        Reason::Accepted,
        Reason::Replaced,
        Reason::Deleted,
        Reason::DeletedNothing,
        Reason::Sent,
        Reason::ControlCharacter,
        Reason::Empty,
        Reason::TooLong,
        Reason::DomainInvalid,
        Reason::DomainMismatch,
        Reason::PublicSuffix,
        Reason::PathInvalid,
        Reason::NotSecure,
        Reason::OverlaySecure,
        Reason::HttpOnly,
        Reason::SameSite,
        Reason::SameSiteNoneInsecure,
        Reason::PrefixSecure,
        Reason::PrefixHost,
        Reason::PrefixHttp,
        Reason::PrefixHostHttp,
        Reason::PrefixNameless,
        Reason::PartitionedInsecure,
        Reason::BadUrl,
        Reason::Policy,
        Reason::Malformed,
        Reason::NoCookie,
        Reason::EvictedDomain,
        Reason::EvictedPartition,
        Reason::EvictedTotal,
        Reason::Expired,
        Reason::Cleared,
        Reason::OtherHost,
        Reason::OtherPath,
        Reason::OtherPartition,
        Reason::Overridden,
        Reason::HeaderFull,
    ];

    /// A short description in English: lower case, no full stop.
    pub fn description(self) -> &'static CStr {
        match self {
            Reason::Accepted => c"stored",
            Reason::Replaced => c"stored, replacing the one of the same name, domain and path",
            Reason::Deleted => c"deleted the stored cookie",
            Reason::DeletedNothing => c"already expired, and no such cookie was stored",
            Reason::Sent => c"sent",
            Reason::ControlCharacter => c"the field holds a control character",
            Reason::Empty => c"both name and value are empty",
            Reason::TooLong => c"name and value are longer than 4096 bytes together",
            Reason::DomainInvalid => c"the Domain attribute is not a domain",
            Reason::DomainMismatch => c"the Domain attribute does not cover the host",
            Reason::PublicSuffix => c"the Domain attribute is a public suffix",
            Reason::PathInvalid => c"the Path attribute cannot match any request",
            Reason::NotSecure => c"a Secure cookie needs a secure connection",
            Reason::OverlaySecure => c"an insecure connection cannot shadow a Secure cookie",
            Reason::HttpOnly => c"an HttpOnly cookie is out of reach of a non-HTTP call",
            Reason::SameSite => c"the SameSite attribute forbids it in a cross-site request",
            Reason::SameSiteNoneInsecure => c"SameSite=None needs Secure",
            Reason::PrefixSecure => c"the prefix __Secure- needs Secure",
            Reason::PrefixHost => c"the prefix __Host- needs Secure, Path=/ and no Domain",
            Reason::PrefixHttp => c"the prefix __Http- needs Secure and HttpOnly",
            Reason::PrefixHostHttp => c"the prefix __Host-Http- needs Secure, HttpOnly, Path=/ and no Domain",
            Reason::PrefixNameless => c"a nameless cookie may not begin with a prefix",
            Reason::PartitionedInsecure => c"Partitioned needs Secure",
            Reason::BadUrl => c"the URL cannot have cookies",
            Reason::Policy => c"refused by policy",
            Reason::Malformed => c"a name, value or path that cannot stand in a header",
            Reason::NoCookie => c"there is no cookie: the call failed",
            Reason::EvictedDomain => c"evicted: too many cookies in its domain",
            Reason::EvictedPartition => c"evicted: too many cookies in its partition",
            Reason::EvictedTotal => c"evicted: too many cookies in the jar",
            Reason::Expired => c"expired",
            Reason::Cleared => c"deleted by the caller",
            Reason::OtherHost => c"not sent: it belongs to another host",
            Reason::OtherPath => c"not sent: its path does not match",
            Reason::OtherPartition => c"not sent: it belongs to another partition",
            Reason::Overridden => c"not sent: the request has its own cookie of that name",
            Reason::HeaderFull => c"not sent: the header has reached its limit",
        }
    }

    /// Whether the cookie was stored, deleted as its sender asked, or sent.
    pub fn is_success(self) -> bool {
        (self as i32) < 20
    }

    /// The reason with this number, if there is one.
    pub fn from_number(number: i32) -> Option<Reason> {
        Self::ALL.iter().copied().find(|reason| *reason as i32 == number)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.description().to_string_lossy())
    }
}

/// What became of one cookie that was to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The cookie's name: bytes as they came, without surrounding whitespace; empty for a nameless
    /// cookie. Of a field that could not be parsed, at most the first 256 bytes of what seems to be it.
    pub name: Box<[u8]>,
    /// What became of it.
    pub reason: Reason,
}

impl Outcome {
    /// Whether the cookie was stored, or deleted as its sender asked.
    pub fn is_success(&self) -> bool {
        self.reason.is_success()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cookie \"{}\": {}", self.name.escape_ascii(), self.reason)
    }
}
