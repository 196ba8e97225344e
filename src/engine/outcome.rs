//! What came of a transfer: facts for the response, and libcurl's errors as ours.

use crate::error::{Code, Error};
use crate::text::Text;
use curl::easy::Easy2;
use curl_sys as sys;
use std::ffi::{CStr, c_char, c_long};
use std::sync::Arc;
use std::time::Duration;

const OFF_T: sys::CURLINFO = 0x60_0000;
const LONG: sys::CURLINFO = 0x20_0000;
const STRING: sys::CURLINFO = 0x10_0000;
/// The frames of HTTP/2 went wrong, or their connection broke.
pub(super) const CURLE_HTTP2: sys::CURLcode = 16;

/// Times of one hop, from its start; zero for what did not happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timings {
    /// Waiting for a free connection.
    pub queue: Duration,
    /// The host's name was resolved.
    pub name_lookup: Duration,
    /// The connection stood.
    pub connect: Duration,
    /// TLS was agreed.
    pub tls: Duration,
    /// The first byte of the response came.
    pub first_byte: Duration,
    /// The hop was over.
    pub total: Duration,
}

/// What was measured of a transfer. Times count from the transfer's start and are zero for what
/// did not happen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    /// There was a response.
    pub answered: bool,
    /// It came over HTTP/2 or newer: its connection carries many transfers.
    pub multiplexed: bool,
    /// The address of the server or proxy: `ip:port`, an IPv6 address in brackets.
    pub remote: Arc<Text>,
    pub timings: Timings,
    pub sent: u64,
    pub received: u64,
    /// Something was sent, be it of the head alone, and no response came.
    pub unanswered: bool,
    /// The transfer used a connection that an earlier one had opened.
    pub reused: bool,
}

fn off_t(raw: *mut sys::CURL, info: sys::CURLINFO) -> u64 {
    let mut value: sys::curl_off_t = 0;
    // SAFETY: the handle is live and this kind of info writes one curl_off_t.
    let code = unsafe { sys::curl_easy_getinfo(raw, OFF_T + info, &mut value) };
    if code == sys::CURLE_OK { value.max(0) as u64 } else { 0 }
}

fn long(raw: *mut sys::CURL, info: sys::CURLINFO) -> c_long {
    let mut value: c_long = 0;
    // SAFETY: the handle is live and this kind of info writes one long.
    let code = unsafe { sys::curl_easy_getinfo(raw, LONG + info, &mut value) };
    if code == sys::CURLE_OK { value } else { 0 }
}

/// Bytes of the request's body that were sent so far.
pub(super) fn sent(raw: *mut sys::CURL) -> u64 {
    off_t(raw, 7)
}

/// The address of a server or proxy.
#[derive(Debug, Default)]
pub(super) struct Remote {
    ip: Vec<u8>,
    port: c_long,
    text: Arc<Text>,
}

impl Remote {
    /// Takes the address of another connection, mostly the same one.
    pub fn set(&mut self, ip: &CStr, port: c_long) {
        if self.ip == ip.to_bytes() && self.port == port {
            return;
        }
        let text = ip.to_string_lossy();
        self.text = Arc::new(Text::new(&match text.contains(':') {
            true => format!("[{text}]:{port}"),
            false => format!("{text}:{port}"),
        }));
        (self.ip, self.port) = (ip.to_bytes().into(), port);
    }

    /// The address of the connection that a transfer tried to make.
    fn of(easy: *mut sys::CURL) -> Remote {
        let mut remote = Remote::default();
        let mut ip: *const c_char = std::ptr::null();
        // SAFETY: the handle is live; the string, if any, is valid until its next transfer.
        unsafe {
            sys::curl_easy_getinfo(easy, STRING + 32, &mut ip);
            if !ip.is_null() && !CStr::from_ptr(ip).is_empty() {
                remote.set(CStr::from_ptr(ip), long(easy, 40));
            }
        }
        remote
    }
}

/// Whether something of a request was sent and no line of a response has come.
pub(super) fn is_unanswered(easy: *mut sys::CURL) -> bool {
    // CURLINFO_REQUEST_SIZE and CURLINFO_HEADER_SIZE.
    long(easy, 12) > 0 && long(easy, 11) == 0
}

impl Facts {
    /// The facts of a live easy handle, whose transfer may still run. `remote`: where it is connected
    /// to; `uploads`: whether it has a body to send.
    pub(super) fn of(easy: *mut sys::CURL, remote: Option<&Remote>, uploads: bool) -> Facts {
        let time = |info| Duration::from_micros(off_t(easy, info));
        // Nothing is asked that a kept connection or a request without a body leaves at zero.
        let reused = long(easy, 26) == 0;
        let fresh = |info| if reused { Duration::ZERO } else { time(info) };
        // CURLINFO_HTTP_VERSION: 3 is HTTP/2.
        let version = long(easy, 46);
        Facts {
            answered: version != 0,
            multiplexed: version >= 3,
            remote: remote.map_or_else(|| Remote::of(easy).text, |remote| remote.text.clone()),
            timings: Timings {
                queue: time(65),
                name_lookup: fresh(51),
                connect: fresh(52),
                tls: fresh(56),
                first_byte: time(54),
                total: time(50),
            },
            sent: if uploads { off_t(easy, 7) } else { 0 },
            received: off_t(easy, 8),
            unanswered: version == 0 && is_unanswered(easy),
            reused,
        }
    }
}

/// What OpenSSL said of the server's certificate or, where none was looked at, of the proxy's.
fn verify_result(easy: *mut sys::CURL) -> c_long {
    match long(easy, 13) {
        0 => long(easy, 47),
        result => result,
    }
}

/// Our error for a failed transfer to a host.
pub(super) fn error_of<H>(
    easy: &Easy2<H>,
    failure: &curl::Error,
    facts: &Facts,
    host: &str,
    proxied: bool,
) -> Error {
    let detail = easy.take_error_buf();
    let detail = detail.as_deref().or(failure.extra_description()).unwrap_or(failure.description());
    let code = match failure.code() {
        sys::CURLE_URL_MALFORMAT => Code::Url,
        sys::CURLE_COULDNT_RESOLVE_PROXY | 97 => Code::Proxy,
        sys::CURLE_COULDNT_RESOLVE_HOST => Code::Dns,
        sys::CURLE_COULDNT_CONNECT if proxied => Code::Proxy,
        sys::CURLE_COULDNT_CONNECT | sys::CURLE_INTERFACE_FAILED => Code::Connect,
        sys::CURLE_PARTIAL_FILE => Code::Truncated,
        sys::CURLE_READ_ERROR => Code::Body,
        sys::CURLE_OUT_OF_MEMORY => Code::Memory,
        sys::CURLE_OPERATION_TIMEDOUT if detail.contains("too slow") => Code::Slow,
        // Our own timers do the rest, so that this is libcurl's guard for connecting.
        sys::CURLE_OPERATION_TIMEDOUT => Code::ConnectTimeout,
        sys::CURLE_ABORTED_BY_CALLBACK => Code::Refused,
        sys::CURLE_GOT_NOTHING => Code::Receive,
        sys::CURLE_SEND_ERROR => Code::Send,
        // libcurl reports what it cannot parse with the code of a broken connection.
        sys::CURLE_RECV_ERROR if detail.contains("chunk") => Code::Protocol,
        sys::CURLE_RECV_ERROR if detail.contains("oo large response headers") => Code::HeadersTooLarge,
        sys::CURLE_RECV_ERROR if detail.contains("CONNECT") => Code::Proxy,
        // With TLS 1.3 a server refuses a client after the handshake.
        sys::CURLE_RECV_ERROR if detail.contains("alert certificate required") => Code::TlsClientCert,
        sys::CURLE_RECV_ERROR if detail.contains("SSL_read") && detail.contains(" alert ") => Code::Tls,
        sys::CURLE_RECV_ERROR => Code::Receive,
        // A connection that broke below HTTP/2.
        CURLE_HTTP2 if detail.starts_with("Send failure") => Code::Send,
        CURLE_HTTP2 if detail.starts_with("Recv failure") => Code::Receive,
        92 => stream_error(detail),
        100 if detail.contains("request") => Code::Header,
        100 => Code::HeadersTooLarge,
        // A body of unknown length, for HTTP/1.0.
        sys::CURLE_UPLOAD_FAILED => Code::Unsupported,
        sys::CURLE_SSL_CERTPROBLEM | 98 => Code::TlsClientCert,
        sys::CURLE_BAD_FUNCTION_ARGUMENT if detail.contains("private key") => Code::TlsClientCert,
        sys::CURLE_PEER_FAILED_VERIFICATION => match verify_result(easy.raw()) {
            9 | 10 => Code::TlsExpired,
            // 1, "unspecified": libcurl compares the names before it asks OpenSSL for the result.
            0 | 1 | 62 | 64 => Code::TlsHost,
            _ => Code::TlsUntrusted,
        },
        sys::CURLE_SSL_ISSUER_ERROR | 91 => Code::TlsUntrusted,
        sys::CURLE_SSL_CACERT_BADFILE | sys::CURLE_SSL_CRL_BADFILE => Code::TlsCa,
        90 => Code::TlsPin,
        sys::CURLE_SSL_CONNECT_ERROR
        | sys::CURLE_SSL_CIPHER
        | sys::CURLE_SSL_ENGINE_NOTFOUND
        | sys::CURLE_SSL_ENGINE_SETFAILED
        | sys::CURLE_SSL_ENGINE_INITFAILED
        | sys::CURLE_USE_SSL_FAILED
        | sys::CURLE_SSL_SHUTDOWN_FAILED => Code::Tls,
        sys::CURLE_BAD_CONTENT_ENCODING => Code::Encoding,
        sys::CURLE_SEND_FAIL_REWIND => Code::Rewind,
        // What came was none of an answer, but left on a kept connection.
        CURLE_HTTP2 if facts.reused && facts.unanswered => Code::Receive,
        // Without a word of its own: the connection ended.
        CURLE_HTTP2 if detail.starts_with("Error in the HTTP2 framing layer") => Code::Receive,
        // Also: a server reply that is no HTTP (8), HTTP/2 framing errors.
        sys::CURLE_UNSUPPORTED_PROTOCOL | 8 | CURLE_HTTP2 => Code::Protocol,
        sys::CURLE_TOO_MANY_REDIRECTS => Code::TooManyRedirects,
        4 | sys::CURLE_UNKNOWN_OPTION => Code::Unsupported,
        _ => Code::Internal,
    };
    let name = host.split("://").nth(1).and_then(|rest| rest.split([':', ' ']).next()).unwrap_or(host);
    if detail.contains(name) {
        Error::new(code, detail)
    } else {
        Error::new(code, format!("{host}: {detail}"))
    }
}

/// An HTTP/2 stream that broke: somebody speaks the protocol wrong (RFC 9113, 7: PROTOCOL_ERROR,
/// FLOW_CONTROL_ERROR, FRAME_SIZE_ERROR, COMPRESSION_ERROR), or the response only has no end.
fn stream_error(detail: &str) -> Code {
    let number = detail.split("(error 0x").nth(1).and_then(|rest| rest.split([' ', ')']).next());
    match number.and_then(|number| u32::from_str_radix(number, 16).ok()) {
        Some(1 | 3 | 6 | 9) => Code::Protocol,
        _ => Code::Truncated,
    }
}

/// The libcurl in use.
pub(crate) struct Libcurl {
    pub version: String,
    pub tls: String,
    pub http2: bool,
    pub ntlm: bool,
    pub negotiate: bool,
}

/// Which libcurl this is.
pub(crate) fn libcurl() -> Libcurl {
    let version = curl::Version::get();
    Libcurl {
        version: version.version().into(),
        tls: version.ssl_version().unwrap_or("").into(),
        http2: version.feature_http2(),
        ntlm: version.feature_ntlm(),
        negotiate: version.feature_spnego(),
    }
}
