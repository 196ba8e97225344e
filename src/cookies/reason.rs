//! Why a cookie was stored, refused, sent or kept back: one code for each decision.

use std::ffi::CStr;
use std::fmt;

macro_rules! reasons {
    ($($(#[doc = $doc:literal])* $name:ident = $number:literal, $text:literal;)*) => {
        /// What became of a cookie, and why.
        ///
        /// The numbers are stable; new ones may be added. Those below 20 are successes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(C)]
        #[non_exhaustive]
        pub enum Reason {
            $($(#[doc = $doc])* $name = $number,)*
        }

        impl Reason {
            /// Every reason, in the order of their numbers.
            pub const ALL: &'static [Reason] = &[$(Reason::$name,)*];

            /// A short description in English: lower case, no full stop.
            pub fn description(self) -> &'static CStr {
                match self {
                    $(Reason::$name => $text,)*
                }
            }
        }
    };
}

reasons! {
    /// Stored as a new cookie.
    Accepted = 0, c"stored";
    /// Stored in the place of one with the same name, domain and path.
    Replaced = 1, c"stored, replacing the one of the same name, domain and path";
    /// It was expired already, and so deleted the stored one.
    Deleted = 2, c"deleted the stored cookie";
    /// It was expired already, and there was nothing to delete.
    DeletedNothing = 3, c"already expired, and no such cookie was stored";
    /// Sent with the request.
    Sent = 10, c"sent";

    /// The field holds a control character (RFC 6265bis, 5.6, step 1).
    ControlCharacter = 20, c"the field holds a control character";
    /// Neither name nor value.
    Empty = 21, c"both name and value are empty";
    /// Name and value are longer than 4096 bytes together.
    TooLong = 22, c"name and value are longer than 4096 bytes together";
    /// The `Domain` attribute is `.`, or is not ASCII.
    DomainInvalid = 23, c"the Domain attribute is not a domain";
    /// The `Domain` attribute is neither the request's host nor a parent of it.
    DomainMismatch = 24, c"the Domain attribute does not cover the host";
    /// The `Domain` attribute is a public suffix: the cookie would reach strangers.
    PublicSuffix = 25, c"the Domain attribute is a public suffix";
    /// The `Path` attribute is not ASCII and so can never match.
    PathInvalid = 26, c"the Path attribute cannot match any request";
    /// `Secure`, but the connection is not.
    NotSecure = 27, c"a Secure cookie needs a secure connection";
    /// A Secure cookie of that name would be shadowed from an insecure connection.
    OverlaySecure = 28, c"an insecure connection cannot shadow a Secure cookie";
    /// `HttpOnly`, but the call is not HTTP.
    HttpOnly = 29, c"an HttpOnly cookie is out of reach of a non-HTTP call";
    /// `SameSite`, but the request is cross-site.
    SameSite = 30, c"the SameSite attribute forbids it in a cross-site request";
    /// `SameSite=None` without `Secure`.
    SameSiteNoneInsecure = 31, c"SameSite=None needs Secure";
    /// The name begins with `__Secure-`, and a condition of that prefix is not met.
    PrefixSecure = 32, c"the prefix __Secure- needs Secure";
    /// The name begins with `__Host-`, and a condition of that prefix is not met.
    PrefixHost = 33, c"the prefix __Host- needs Secure, Path=/ and no Domain";
    /// The name begins with `__Http-`, and a condition of that prefix is not met.
    PrefixHttp = 34, c"the prefix __Http- needs Secure and HttpOnly";
    /// The name begins with `__Host-Http-`, and a condition of that prefix is not met.
    PrefixHostHttp = 35, c"the prefix __Host-Http- needs Secure, HttpOnly, Path=/ and no Domain";
    /// A nameless cookie whose value begins with a prefix: on the wire it would pass for one.
    PrefixNameless = 36, c"a nameless cookie may not begin with a prefix";
    /// `Partitioned` without `Secure`.
    PartitionedInsecure = 37, c"Partitioned needs Secure";
    /// The URL has no host, or its scheme is none of http, https, ws and wss.
    BadUrl = 38, c"the URL cannot have cookies";
    /// The caller's policy refused it.
    Policy = 39, c"refused by policy";
    /// The name, value or path given by hand cannot stand in a header.
    Malformed = 40, c"a name, value or path that cannot stand in a header";

    /// Removed: the registrable domain has too many cookies.
    EvictedDomain = 50, c"evicted: too many cookies in its domain";
    /// Removed: the partition has too many cookies or bytes.
    EvictedPartition = 51, c"evicted: too many cookies in its partition";
    /// Removed: the jar has too many cookies.
    EvictedTotal = 52, c"evicted: too many cookies in the jar";
    /// Expired.
    Expired = 53, c"expired";
    /// Deleted by the caller.
    Cleared = 54, c"deleted by the caller";

    /// Kept back: it belongs to another host.
    OtherHost = 60, c"not sent: it belongs to another host";
    /// Kept back: its path does not match.
    OtherPath = 61, c"not sent: its path does not match";
    /// Kept back: it belongs to another partition.
    OtherPartition = 62, c"not sent: it belongs to another partition";
    /// Kept back: a cookie of this request has the same name.
    Overridden = 63, c"not sent: the request has its own cookie of that name";
    /// Kept back: the header is as long as it may be.
    HeaderFull = 64, c"not sent: the header has reached its limit";
}

impl Reason {
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
