//! Hosts that are found where the caller says, as libcurl's CURLOPT_RESOLVE has them.

use crate::error::{Code, Error, Result};
use std::net::IpAddr;
use url::Host;

/// What an entry is of (`host:port`), and the entry.
pub(super) fn entry(host: &str, port: u16, address: Option<&str>) -> Result<(String, String)> {
    let bad = |text: String| Err(Error::new(Code::Argument, text));
    // To libcurl `*` is every host, and `-` or `+` in front has a meaning of its own.
    let is_name = |name: &str| {
        !name.starts_with('-')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
    };
    let name = match Host::parse(host) {
        Ok(Host::Domain(name)) if is_name(&name) => name,
        _ => return bad(format!("\"{}\" is no name that DNS could find", host.escape_debug())),
    };
    if port == 0 {
        return bad("no host has the port 0".into());
    }
    let key = format!("{name}:{port}");
    let Some(address) = address else {
        // libcurl keeps what it was told until it is told to forget it.
        let entry = format!("-{key}");
        return Ok((key, entry));
    };
    let mut addresses = Vec::new();
    for one in address.split(',') {
        let bare = one.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(one);
        match bare.parse() {
            Ok(IpAddr::V4(address)) if bare == one => addresses.push(address.to_string()),
            Ok(IpAddr::V6(address)) => addresses.push(format!("[{address}]")),
            _ => return bad(format!("\"{}\" is no IP address", one.escape_debug())),
        }
    }
    let entry = format!("{key}:{}", addresses.join(","));
    Ok((key, entry))
}

/// Whether an entry is of this `host:port`.
pub(super) fn is_of(entry: &str, key: &str) -> bool {
    let rest = entry.strip_prefix('-').unwrap_or(entry).strip_prefix(key);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries() {
        for (host, port, address, expected) in [
            ("H.Test", 80, Some("127.0.0.1"), Some("h.test:80:127.0.0.1")),
            ("h", 8080, Some("::1"), Some("h:8080:[::1]")),
            ("h", 8080, Some("[::1],10.0.0.1"), Some("h:8080:[::1],10.0.0.1")),
            ("j\u{e4}.test", 80, Some("10.0.0.1"), Some("xn--j-0fa.test:80:10.0.0.1")),
            ("h", 80, None, Some("-h:80")),
            ("h", 0, Some("10.0.0.1"), None),
            ("h:test", 80, Some("10.0.0.1"), None),
            ("*", 80, Some("10.0.0.1"), None),
            ("-h.test", 80, Some("10.0.0.1"), None),
            ("+h.test", 80, Some("10.0.0.1"), None),
            ("a-b_c.test", 80, Some("10.0.0.1"), Some("a-b_c.test:80:10.0.0.1")),
            ("", 80, Some("10.0.0.1"), None),
            ("127.0.0.1", 80, Some("10.0.0.1"), None),
            ("h", 80, Some(""), None),
            ("h", 80, Some("10.0.0.1,"), None),
            ("h", 80, Some("[10.0.0.1]"), None),
            ("h", 80, Some("not an address"), None),
        ] {
            let entry = entry(host, port, address).map_err(|error| error.code());
            assert_eq!(
                entry.map(|entry| entry.1),
                expected.map(String::from).ok_or(Code::Argument),
                "{host}"
            );
        }
        for (entry, of) in
            [("h:80:1.1.1.1", true), ("-h:80", true), ("h:8080:1.1.1.1", false), ("-h:8", false)]
        {
            assert_eq!(is_of(entry, "h:80"), of, "{entry}");
        }
    }
}
