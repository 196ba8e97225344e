//! Hosts: the canonical form, the public suffix list, domain-match, path-match, and which
//! connections count as secure.

use std::borrow::Cow;

use url::{Host, Url};

use super::public_suffix;

/// The longest host that can have cookies. DNS stops at 253 bytes; URL parsers do not.
const MAX_HOST: usize = 255;

/// What the cookie rules need to know of a URL.
#[derive(Clone, Debug)]
pub(crate) struct Place<'a> {
    /// The canonical host: lower case, A-labels, IPv6 without brackets. A trailing dot stays.
    pub host: &'a str,
    pub is_ip: bool,
    /// The registrable domain of the host, or the host itself where it has none.
    pub registrable: &'a str,
    /// The path as it is sent, without query and fragment.
    pub path: &'a str,
    /// Secure by its scheme.
    pub https: bool,
    /// Not secure by its scheme, but does not leave this machine.
    pub loopback: bool,
}

impl<'a> Place<'a> {
    /// `None` for a URL that cannot have cookies: another scheme than http, https, ws and wss, or
    /// no host.
    pub fn of(url: &'a Url) -> Option<Place<'a>> {
        let https = match url.scheme() {
            "https" | "wss" => true,
            "http" | "ws" => false,
            _ => return None,
        };
        let host = url.host_str()?;
        let (host, is_ip) = match host.strip_prefix('[') {
            Some(host) => (host.strip_suffix(']')?, true),
            None => (host, is_ipv4(host)),
        };
        if host.is_empty() || host.len() > MAX_HOST {
            return None;
        }
        let registrable = if is_ip { host } else { registrable_domain(host) };
        let path = match url.path() {
            "" => "/",
            path => path,
        };
        Some(Place { host, is_ip, registrable, path, https, loopback: !https && is_loopback(host, is_ip) })
    }
}

/// Whether a canonical host is an IPv4 address: the URL parser leaves no other host of digits.
fn is_ipv4(host: &str) -> bool {
    host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// `localhost`, its subdomains, 127.0.0.0/8 and ::1.
fn is_loopback(host: &str, is_ip: bool) -> bool {
    if is_ip {
        return host == "::1" || host.starts_with("127.");
    }
    let host = host.strip_suffix('.').unwrap_or(host);
    host == "localhost" || host.ends_with(".localhost")
}

/// The length of the public suffix of a host in bytes. One trailing dot is not counted.
fn suffix_len(host: &str) -> usize {
    public_suffix::length(host.strip_suffix('.').unwrap_or(host).as_bytes())
}

/// Whether a canonical host name is a public suffix. Addresses never are; ask no one about them.
pub(crate) fn is_public_suffix(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    suffix_len(host) == host.len()
}

/// Whether all subdomains of a canonical host name have its registrable domain: it is no public
/// suffix, and has none below it, as amazonaws.com has s3.amazonaws.com.
pub(crate) fn is_one_site(host: &str) -> bool {
    let name = host.strip_suffix('.').unwrap_or(host);
    !is_public_suffix(name) && !public_suffix::has_rules_below(name.as_bytes())
}

/// The public suffix of a host name and one label more; the host itself if there is no more.
pub(crate) fn registrable_domain(host: &str) -> &str {
    let name = host.strip_suffix('.').unwrap_or(host);
    let Some(dot) = (name.len() - suffix_len(name)).checked_sub(1) else { return host };
    let start = name.as_bytes()[..dot].iter().rposition(|byte| *byte == b'.').map_or(0, |dot| dot + 1);
    &host[start..]
}

/// The key under which a cookie's domain is kept: its registrable domain, or the address.
pub(crate) fn domain_key(domain: &str) -> &str {
    if is_ip(domain) { domain } else { registrable_domain(domain) }
}

/// Whether a canonical domain is an address.
pub(crate) fn is_ip(domain: &str) -> bool {
    domain.contains(':') || is_ipv4(domain)
}

/// The canonical form of a host given as text: UTS 46 to A-labels, lower case, IPv6 in the form
/// of RFC 5952 without brackets. `None` if it is no host.
pub fn canonical(host: &str) -> Option<Cow<'_, str>> {
    let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'-' | b'.' | b'_');
    let canonical = if host.bytes().all(|byte| plain(byte) || byte.is_ascii_digit())
        && !host.ends_with(|last: char| last.is_ascii_digit())
        && !host.contains("xn--")
    {
        Cow::Borrowed(host)
    } else if host.contains(':') {
        let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        Cow::Owned(address.parse::<std::net::Ipv6Addr>().ok()?.to_string())
    } else {
        match Host::parse(host).ok()? {
            Host::Domain(domain) => Cow::Owned(domain),
            address => Cow::Owned(address.to_string()),
        }
    };
    (!canonical.is_empty() && canonical.len() <= MAX_HOST).then_some(canonical)
}

/// Whether `host` is `domain` or, being a name, a subdomain of it (RFC 6265bis, 5.1.3). Both are
/// canonical.
pub(crate) fn domain_match(host: &[u8], is_ip: bool, domain: &[u8]) -> bool {
    match host.len().checked_sub(domain.len()) {
        Some(0) => host == domain,
        Some(more) => !is_ip && host[more - 1] == b'.' && &host[more..] == domain,
        None => false,
    }
}

/// RFC 6265bis, 5.1.4: bytes, with regard to case.
pub(crate) fn path_match(request: &[u8], cookie: &[u8]) -> bool {
    request.starts_with(cookie)
        && (request.len() == cookie.len() || cookie.last() == Some(&b'/') || request[cookie.len()] == b'/')
}

/// The path of a cookie that has none: the request's directory (RFC 6265bis, 5.1.4).
pub(crate) fn default_path(request: &str) -> &str {
    match request.rfind('/') {
        None | Some(0) => "/",
        Some(slash) => &request[..slash],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registrable_domains() {
        let cases = [
            ("www.example.com", "example.com"),
            ("example.com", "example.com"),
            ("com", "com"),
            ("a.b.example.co.uk", "example.co.uk"),
            ("co.uk", "co.uk"),
            ("user.github.io", "user.github.io"),
            ("a.user.github.io", "user.github.io"),
            ("github.io", "github.io"),
            ("www.ck", "www.ck"),
            ("a.www.ck", "www.ck"),
            ("a.b.foo.ck", "b.foo.ck"),
            ("foo.ck", "foo.ck"),
            ("localhost", "localhost"),
            ("a.b.unknowntld", "b.unknowntld"),
            ("www.example.com.", "example.com."),
            ("com.", "com."),
            ("www.xn--85x722f.xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn"),
            (".", "."),
            ("..", ".."),
            ("a..b", ".b"),
            ("a..com", ".com"),
            (".com", ".com"),
        ];
        for (host, expected) in cases {
            assert_eq!(registrable_domain(host), expected, "{host}");
        }
    }

    #[test]
    fn public_suffixes() {
        for host in ["com", "co.uk", "github.io", "foo.ck", "localhost", "com.", "xn--55qx5d.cn"] {
            assert!(is_public_suffix(host), "{host}");
        }
        for host in ["example.com", "www.ck", "city.kawasaki.jp", "a.localhost", "example.com."] {
            assert!(!is_public_suffix(host), "{host}");
        }
    }

    #[test]
    fn canonical_hosts() {
        let cases = [
            ("Example.COM", Some("example.com")),
            ("bücher.de", Some("xn--bcher-kva.de")),
            ("0x7f.1", Some("127.0.0.1")),
            ("[2001:DB8:0:0::1]", Some("2001:db8::1")),
            ("2001:DB8:0:0::1", Some("2001:db8::1")),
            ("example.com.", Some("example.com.")),
            ("a_b.example", Some("a_b.example")),
            ("exa mple", None),
            ("1.2.3.400", None),
            ("fe80::1%eth0", None),
            ("", None),
        ];
        for (host, expected) in cases {
            assert_eq!(canonical(host).as_deref(), expected, "{host}");
        }
    }

    #[test]
    fn r2_path_match() {
        let cases = [
            ("/foo", "/foo", true),
            ("/foo/bar", "/foo", true),
            ("/foo/bar", "/foo/", true),
            ("/foobar", "/foo", false),
            ("/foo", "/foo/", false),
            ("/Foo", "/foo", false),
            ("/", "/", true),
            ("/a", "/", true),
        ];
        for (request, cookie, expected) in cases {
            assert_eq!(path_match(request.as_bytes(), cookie.as_bytes()), expected, "{request} {cookie}");
        }
    }

    #[test]
    fn default_paths() {
        for (request, expected) in [("/", "/"), ("/a", "/"), ("/a/", "/a"), ("/a/b/c", "/a/b"), ("", "/")] {
            assert_eq!(default_path(request), expected);
        }
    }
}
