//! What can go wrong: one stable number per kind of error, and a message that names the offender.

use crate::text::Text;
use std::fmt;

/// What went wrong, as a stable number.
///
/// The numbers stand in blocks, never change and are never used again; new ones may be added, so
/// treat a number you do not know as an error of its block. Each block maps onto one family of
/// the exceptions of Python's requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(C)]
#[non_exhaustive]
pub enum Code {
    /// No error.
    Ok = 0,

    /// A pointer that must not be NULL was NULL.
    Null = 1,
    /// An argument has a value that the function does not take.
    Argument = 2,
    /// A text argument is not valid UTF-8.
    Utf8 = 3,
    /// The object is not in a state in which this call makes sense: the body of a streamed response as
    /// a whole, a walk or a response whose reader is at work on another thread.
    State = 4,
    /// The call came from inside a callback and would wait for itself: on the same session, or on one
    /// whose own callback waits for this one.
    Busy = 5,
    /// The handle belongs to another process: it was inherited through `fork`.
    Forked = 6,
    /// Memory for data whose size a peer decides could not be had.
    Memory = 7,
    /// A bug in the library: a panic was caught. The message says where.
    Internal = 8,
    /// This build of the library, or this platform, cannot do it.
    Unsupported = 9,
    /// A file could not be read or written.
    Io = 10,
    /// The transfer was cancelled with `session_cancel`.
    Cancelled = 11,
    /// The session was freed while the transfer was under way.
    Closed = 12,
    /// A callback returned non-zero and so stopped the transfer.
    Callback = 13,

    /// The URL cannot be parsed, or has no host.
    Url = 100,
    /// The scheme of the URL is neither `http` nor `https`.
    Scheme = 101,
    /// The method is not a token (RFC 9110, 5.6.2).
    Method = 102,
    /// A header's name is not a token, or its value holds CR, LF, NUL or another control.
    Header = 103,
    /// The request's body could not be read (file, reader callback).
    Body = 104,
    /// The body must be sent once more (redirect, retry, authentication) and cannot be rewound.
    Rewind = 105,
    /// The proxy's URL cannot be parsed, or has a scheme that is not supported.
    ProxyUrl = 106,
    /// The address of the host is refused: `session_set_public_only`.
    Refused = 107,

    /// The host's name could not be resolved.
    Dns = 200,
    /// The connection was refused or the host could not be reached.
    Connect = 201,
    /// The connection broke while the request was sent.
    Send = 202,
    /// The connection broke before or while the response was received.
    Receive = 203,
    /// The proxy could not be reached or refused to serve.
    Proxy = 204,

    /// The TLS handshake failed.
    Tls = 220,
    /// The server's certificate is not signed by a trusted authority.
    TlsUntrusted = 221,
    /// The server's certificate is for another host.
    TlsHost = 222,
    /// The server's certificate has expired or is not valid yet.
    TlsExpired = 223,
    /// The client certificate or its key cannot be used.
    TlsClientCert = 224,
    /// The server's public key is not the pinned one.
    TlsPin = 225,
    /// The file or the bytes of trusted authorities cannot be used.
    TlsCa = 226,

    /// The total time-out passed.
    Timeout = 300,
    /// The connect time-out passed.
    ConnectTimeout = 301,
    /// The read time-out passed: no byte came for that long.
    ReadTimeout = 302,
    /// The transfer stayed below the low-speed limit for too long.
    Slow = 303,

    /// The response is not valid HTTP, or has several different `Location` headers.
    Protocol = 400,
    /// The response's body ended early.
    Truncated = 401,
    /// The response's content encoding (gzip, deflate, br, zstd) is damaged.
    Encoding = 402,
    /// The response's headers exceed the limit of size or number.
    HeadersTooLarge = 403,
    /// The response's body exceeds the limit of size.
    BodyTooLarge = 404,
    /// The response's body grows too much when it is decoded (a decompression bomb).
    Ratio = 405,
    /// More redirects than the limit.
    TooManyRedirects = 406,
    /// The target of a redirect is refused: its URL, its scheme, or https to http.
    Redirect = 407,
    /// The status is 400 or more. No request fails with it: it is what
    /// session_response_failure() speaks of.
    Status = 408,

    /// The CSS selector is invalid; the message names the column.
    Selector = 500,
    /// The XPath expression is invalid; the message names the column.
    Xpath = 501,
    /// The search template is invalid; the message names the column.
    Template = 502,
    /// The extraction specification is invalid; the message names the field.
    Spec = 503,
    /// The query exceeded its budget of work.
    Budget = 504,
    /// The document exceeds the limit of size or of nodes.
    DocumentTooLarge = 505,
    /// No such node in this document.
    Node = 506,
    /// No such form, field, option or submitter.
    Form = 507,
    /// A required value is missing in the page; the message names the field.
    Missing = 508,

    /// The cookie was refused; the reason is told apart.
    CookieRefused = 600,
    /// The cookie file is damaged; the message names the line.
    CookieFile = 601,
}

impl Code {
    /// Every code, in the order of their numbers.
    pub const ALL: &'static [Code] = &[
        Code::Ok,
        Code::Null,
        Code::Argument,
        Code::Utf8,
        Code::State,
        Code::Busy,
        Code::Forked,
        Code::Memory,
        Code::Internal,
        Code::Unsupported,
        Code::Io,
        Code::Cancelled,
        Code::Closed,
        Code::Callback,
        Code::Url,
        Code::Scheme,
        Code::Method,
        Code::Header,
        Code::Body,
        Code::Rewind,
        Code::ProxyUrl,
        Code::Refused,
        Code::Dns,
        Code::Connect,
        Code::Send,
        Code::Receive,
        Code::Proxy,
        Code::Tls,
        Code::TlsUntrusted,
        Code::TlsHost,
        Code::TlsExpired,
        Code::TlsClientCert,
        Code::TlsPin,
        Code::TlsCa,
        Code::Timeout,
        Code::ConnectTimeout,
        Code::ReadTimeout,
        Code::Slow,
        Code::Protocol,
        Code::Truncated,
        Code::Encoding,
        Code::HeadersTooLarge,
        Code::BodyTooLarge,
        Code::Ratio,
        Code::TooManyRedirects,
        Code::Redirect,
        Code::Status,
        Code::Selector,
        Code::Xpath,
        Code::Template,
        Code::Spec,
        Code::Budget,
        Code::DocumentTooLarge,
        Code::Node,
        Code::Form,
        Code::Missing,
        Code::CookieRefused,
        Code::CookieFile,
    ];

    /// The code with this number, if there is one.
    pub fn from_number(number: i32) -> Option<Code> {
        Self::ALL.iter().copied().find(|code| *code as i32 == number)
    }

    /// A short description in English: lower case, no full stop, NUL-terminated for C.
    pub fn description(self) -> &'static std::ffi::CStr {
        match self {
            Code::Ok => c"no error",
            Code::Null => c"a required pointer is NULL",
            Code::Argument => c"invalid argument",
            Code::Utf8 => c"text is not valid UTF-8",
            Code::State => c"the call makes no sense in this state",
            Code::Busy => c"called from inside a callback of the same session",
            Code::Forked => c"the handle belongs to another process (fork)",
            Code::Memory => c"out of memory",
            Code::Internal => c"internal error",
            Code::Unsupported => c"not supported by this build",
            Code::Io => c"file error",
            Code::Cancelled => c"cancelled",
            Code::Closed => c"the session was freed",
            Code::Callback => c"stopped by a callback",
            Code::Url => c"invalid URL",
            Code::Scheme => c"unsupported URL scheme",
            Code::Method => c"invalid method",
            Code::Header => c"invalid header",
            Code::Body => c"the request's body cannot be read",
            Code::Rewind => c"the request's body cannot be sent again",
            Code::ProxyUrl => c"invalid proxy URL",
            Code::Refused => c"address refused",
            Code::Dns => c"host name could not be resolved",
            Code::Connect => c"could not connect",
            Code::Send => c"connection broke while sending",
            Code::Receive => c"connection broke while receiving",
            Code::Proxy => c"proxy error",
            Code::Tls => c"TLS handshake failed",
            Code::TlsUntrusted => c"server certificate is not trusted",
            Code::TlsHost => c"server certificate is for another host",
            Code::TlsExpired => c"server certificate is expired or not valid yet",
            Code::TlsClientCert => c"client certificate cannot be used",
            Code::TlsPin => c"server key is not the pinned one",
            Code::TlsCa => c"trusted authorities cannot be used",
            Code::Timeout => c"timed out",
            Code::ConnectTimeout => c"timed out while connecting",
            Code::ReadTimeout => c"timed out while reading",
            Code::Slow => c"transfer too slow",
            Code::Protocol => c"invalid HTTP response",
            Code::Truncated => c"response ended early",
            Code::Encoding => c"damaged content encoding",
            Code::HeadersTooLarge => c"response headers too large",
            Code::BodyTooLarge => c"response body too large",
            Code::Ratio => c"response body decodes to too much",
            Code::TooManyRedirects => c"too many redirects",
            Code::Redirect => c"redirect refused",
            Code::Status => c"HTTP error status",
            Code::Selector => c"invalid CSS selector",
            Code::Xpath => c"invalid XPath expression",
            Code::Template => c"invalid search template",
            Code::Spec => c"invalid extraction specification",
            Code::Budget => c"query exceeded its work budget",
            Code::DocumentTooLarge => c"document too large",
            Code::Node => c"no such node",
            Code::Form => c"no such form, field, option or submitter",
            Code::Missing => c"required value is missing in the page",
            Code::CookieRefused => c"cookie refused",
            Code::CookieFile => c"damaged cookie file",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.description().to_string_lossy())
    }
}

/// An error: its code and a message of one line that names the offender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    code: Code,
    message: Text,
}

impl Error {
    /// An error with a message. Line breaks and NULs in it (a server's or a caller's text may
    /// be quoted) become spaces, so that it stays one line and one C string.
    pub fn new(code: Code, message: impl AsRef<str>) -> Error {
        let message = message.as_ref();
        if message.contains(['\r', '\n']) {
            return Error { code, message: Text::new(&message.replace(['\r', '\n'], " ")) };
        }
        Error { code, message: Text::new(message) }
    }

    /// What went wrong.
    pub fn code(&self) -> Code {
        self.code
    }

    /// What exactly: one line, without the code's description.
    pub fn message(&self) -> &str {
        self.message.as_str()
    }

    /// The message as a C string.
    pub fn message_c(&self) -> &std::ffi::CStr {
        self.message.as_c_str()
    }
}

impl From<Code> for Error {
    fn from(code: Code) -> Error {
        Error::new(code, code.to_string())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message.as_str())
    }
}

impl std::error::Error for Error {}

/// What fallible calls of this library return.
pub type Result<T, E = Error> = std::result::Result<T, E>;
