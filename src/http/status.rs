//! Status codes: their reason phrases, and the sentence that tells a failed one.

use super::syntax::show_bytes;
use std::ffi::CStr;

/// The registered reason phrase of a status code (IANA HTTP Status Code Registry), or "" for a
/// code that has none. HTTP/2 and HTTP/3 send no phrase: responses then show this one.
pub fn reason_phrase(status: u16) -> &'static str {
    phrase(status).to_str().unwrap_or_default()
}

/// [`reason_phrase`] as C has it.
pub(super) fn phrase(status: u16) -> &'static CStr {
    match status {
        100 => c"Continue",
        101 => c"Switching Protocols",
        102 => c"Processing",
        103 => c"Early Hints",
        104 => c"Upload Resumption Supported",
        200 => c"OK",
        201 => c"Created",
        202 => c"Accepted",
        203 => c"Non-Authoritative Information",
        204 => c"No Content",
        205 => c"Reset Content",
        206 => c"Partial Content",
        207 => c"Multi-Status",
        208 => c"Already Reported",
        226 => c"IM Used",
        300 => c"Multiple Choices",
        301 => c"Moved Permanently",
        302 => c"Found",
        303 => c"See Other",
        304 => c"Not Modified",
        305 => c"Use Proxy",
        307 => c"Temporary Redirect",
        308 => c"Permanent Redirect",
        400 => c"Bad Request",
        401 => c"Unauthorized",
        402 => c"Payment Required",
        403 => c"Forbidden",
        404 => c"Not Found",
        405 => c"Method Not Allowed",
        406 => c"Not Acceptable",
        407 => c"Proxy Authentication Required",
        408 => c"Request Timeout",
        409 => c"Conflict",
        410 => c"Gone",
        411 => c"Length Required",
        412 => c"Precondition Failed",
        413 => c"Content Too Large",
        414 => c"URI Too Long",
        415 => c"Unsupported Media Type",
        416 => c"Range Not Satisfiable",
        417 => c"Expectation Failed",
        421 => c"Misdirected Request",
        422 => c"Unprocessable Content",
        423 => c"Locked",
        424 => c"Failed Dependency",
        425 => c"Too Early",
        426 => c"Upgrade Required",
        428 => c"Precondition Required",
        429 => c"Too Many Requests",
        431 => c"Request Header Fields Too Large",
        451 => c"Unavailable For Legal Reasons",
        500 => c"Internal Server Error",
        501 => c"Not Implemented",
        502 => c"Bad Gateway",
        503 => c"Service Unavailable",
        504 => c"Gateway Timeout",
        505 => c"HTTP Version Not Supported",
        506 => c"Variant Also Negotiates",
        507 => c"Insufficient Storage",
        508 => c"Loop Detected",
        510 => c"Not Extended",
        511 => c"Network Authentication Required",
        _ => c"",
    }
}

/// The sentence for a status of 400 and more, as requests' `raise_for_status` words it:
/// `404 Client Error: Not Found for url: https://h/`. Statuses from 600 on, which no standard knows
/// but servers send, have a wording of their own. `None` below 400.
pub fn failure_message(status: u16, reason: &str, url: &str) -> Option<String> {
    let kind = match status {
        ..400 => return None,
        400..500 => "Client Error",
        500..600 => "Server Error",
        _ => "Unknown Status",
    };
    Some(format!("{status} {kind}: {} for url: {url}", show_bytes(reason.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases() {
        assert_eq!(reason_phrase(200), "OK");
        assert_eq!(reason_phrase(422), "Unprocessable Content");
        assert_eq!(reason_phrase(306), "");
        assert_eq!(reason_phrase(599), "");
    }

    #[test]
    fn failures() {
        let url = "http://h/a";
        assert_eq!(failure_message(399, "x", url), None);
        assert_eq!(
            failure_message(404, "Not Found", url).as_deref(),
            Some("404 Client Error: Not Found for url: http://h/a")
        );
        assert_eq!(
            failure_message(503, "Busy", url).as_deref(),
            Some("503 Server Error: Busy for url: http://h/a")
        );
        assert_eq!(
            failure_message(999, "Request denied", url).as_deref(),
            Some("999 Unknown Status: Request denied for url: http://h/a")
        );
        assert!(failure_message(600, "", url).is_some());
        assert!(failure_message(500, "a\x1b[2Jb", url).unwrap().contains("a\\x1b[2Jb"));
    }
}
