//! Which proxy a request goes through.
//!
//! Explicit choices beat the environment, a request's beats its session's. The environment is
//! given as a function, so that a host can leave it out and tests can make their own.

use super::auth::percent_decode;
use crate::error::{Code, Error, Result};
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use url::{Host, Url};

/// How to speak to a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyScheme {
    /// HTTP; `CONNECT` for https targets.
    Http,
    /// As HTTP, over TLS.
    Https,
    /// SOCKS 4, names resolved here.
    Socks4,
    /// SOCKS 4a, names resolved by the proxy.
    Socks4a,
    /// SOCKS 5, names resolved here.
    Socks5,
    /// SOCKS 5, names resolved by the proxy.
    Socks5h,
}

impl ProxyScheme {
    /// The scheme as written in URLs.
    pub fn as_str(self) -> &'static str {
        match self {
            ProxyScheme::Http => "http",
            ProxyScheme::Https => "https",
            ProxyScheme::Socks4 => "socks4",
            ProxyScheme::Socks4a => "socks4a",
            ProxyScheme::Socks5 => "socks5",
            ProxyScheme::Socks5h => "socks5h",
        }
    }

    fn parse(text: &str) -> Option<ProxyScheme> {
        use ProxyScheme::*;
        [Http, Https, Socks4, Socks4a, Socks5, Socks5h]
            .into_iter()
            .find(|scheme| scheme.as_str().eq_ignore_ascii_case(text))
    }

    fn default_port(self) -> u16 {
        match self {
            ProxyScheme::Http => 80,
            ProxyScheme::Https => 443,
            _ => 1080,
        }
    }
}

/// A proxy.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    /// How to speak to it.
    pub scheme: ProxyScheme,
    /// Its host: a name in ASCII, an IPv4 address, or an IPv6 address in brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// User name and password, percent-decoded.
    pub credentials: Option<(String, String)>,
}

/// Never shows the password.
impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = if self.credentials.is_some() { "…@" } else { "" };
        write!(f, "Proxy({}://{user}{}:{})", self.scheme.as_str(), self.host, self.port)
    }
}

impl Proxy {
    /// Parses a proxy's URL: `[scheme://][user[:password]@]host[:port]`. Without a scheme it is
    /// http. Default ports: 80, 443 for https, 1080 for SOCKS. A path is ignored.
    ///
    /// # Errors
    /// [`Code::ProxyUrl`]; the message never shows credentials.
    pub fn parse(text: &str) -> Result<Proxy> {
        let text = text.trim_matches(' ');
        let shown = text.rsplit('@').next().unwrap_or_default();
        let bad =
            |why: &str| Error::new(Code::ProxyUrl, format!("proxy \"{}\": {why}", shown.escape_default()));
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(bad("it has a space or a control character"));
        }
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let scheme = ProxyScheme::parse(scheme)
            .ok_or_else(|| bad("its scheme is none of http, https, socks4, socks4a, socks5, socks5h"))?;
        // Read as two schemes of the standard, so that either's default port can be told apart
        // from no port.
        let as_http = Url::parse(&format!("http://{rest}")).map_err(|error| bad(&error.to_string()))?;
        let as_https = Url::parse(&format!("https://{rest}")).map_err(|error| bad(&error.to_string()))?;
        let host = as_http.host_str().filter(|host| !host.is_empty()).ok_or_else(|| bad("it has no host"))?;
        let port = as_http.port().or(as_https.port()).unwrap_or(scheme.default_port());
        if port == 0 {
            return Err(bad("its port is 0"));
        }
        let decode = |text: &str| {
            let text = String::from_utf8(percent_decode(text.as_bytes())).ok();
            text.filter(|text| !text.chars().any(char::is_control))
                .ok_or_else(|| bad("its credentials hold a control character or are not UTF-8"))
        };
        let credentials = if as_http.username().is_empty() && as_http.password().is_none() {
            None
        } else {
            Some((decode(as_http.username())?, decode(as_http.password().unwrap_or_default())?))
        };
        Ok(Proxy { scheme, host: host.into(), port, credentials })
    }

    /// The URL without credentials, with scheme and port.
    pub fn url(&self) -> String {
        format!("{}://{}:{}", self.scheme.as_str(), self.host, self.port)
    }
}

/// What was said about the proxy at one level.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ProxySetting {
    /// Nothing: the level below decides.
    #[default]
    Unset,
    /// No proxy, whatever the level below says.
    Direct,
    /// This one.
    Use(Proxy),
}

/// The environment variables that are looked at.
pub const VARIABLES: [&str; 7] =
    ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"];

/// A lookup of environment variables: the process's own, or a made one.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The proxy for a URL, `None` for a direct connection: the request's setting, else the
/// session's, else what the environment says, if it is asked at all.
///
/// # Errors
/// [`Code::ProxyUrl`] when the environment's value cannot be used.
pub fn select(
    request: &ProxySetting,
    session: &ProxySetting,
    environment: Option<Environment>,
    url: &Url,
) -> Result<Option<Proxy>> {
    for setting in [request, session] {
        match setting {
            ProxySetting::Unset => {}
            ProxySetting::Direct => return Ok(None),
            ProxySetting::Use(proxy) => return Ok(Some(proxy.clone())),
        }
    }
    environment.map_or(Ok(None), |lookup| from_environment(url, lookup))
}

/// The proxy that the environment names for a URL.
///
/// Looked at are `http_proxy` (only in lower case: a CGI server sets `HTTP_PROXY` from a request's
/// `Proxy` header), `https_proxy`, `HTTPS_PROXY`, then `all_proxy`, `ALL_PROXY`; and `no_proxy`,
/// `NO_PROXY`. Of a pair the first that is set decides; an empty value names none. `localhost` and
/// loopback addresses are never reached through a proxy of the environment.
///
/// # Errors
/// [`Code::ProxyUrl`] with the variable's name.
pub fn from_environment(url: &Url, lookup: Environment) -> Result<Option<Proxy>> {
    if is_loopback(url) {
        return Ok(None);
    }
    let first_set = |names: &[&'static str]| {
        names
            .iter()
            .find_map(|&name| lookup(name).map(|value| (name, value)))
            .filter(|(_, value)| !value.trim().is_empty())
    };
    let own: &[&'static str] = match url.scheme() {
        "http" => &["http_proxy"],
        "https" => &["https_proxy", "HTTPS_PROXY"],
        _ => &[],
    };
    let Some((name, value)) = first_set(own).or_else(|| first_set(&["all_proxy", "ALL_PROXY"])) else {
        return Ok(None);
    };
    if first_set(&["no_proxy", "NO_PROXY"]).is_some_and(|(_, list)| NoProxy::parse(&list).matches(url)) {
        return Ok(None);
    }
    let proxy = Proxy::parse(&value).map_err(|error| {
        Error::new(Code::ProxyUrl, format!("in the environment's {name}: {}", error.message()))
    })?;
    Ok(Some(proxy))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => plain(address).is_loopback(),
        None => false,
    }
}

/// The hosts that are reached without a proxy.
///
/// Entries are separated by commas or spaces: `*` for all; a name for itself and its subdomains,
/// with or without a leading `.` or `*.`; an address; an address block (`10.0.0.0/8`, `fd00::/8`);
/// each but a block may have a port (`[::1]:8080`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoProxy {
    rules: Vec<(Rule, Option<u16>)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Rule {
    All,
    Domain(String),
    Block(IpAddr, u8),
}

impl NoProxy {
    /// Reads a list. An entry that is nothing of the kind is passed over.
    pub fn parse(list: &str) -> NoProxy {
        let entries = list.split(|c: char| c == ',' || c.is_whitespace()).filter(|entry| !entry.is_empty());
        NoProxy { rules: entries.filter_map(parse_rule).collect() }
    }

    /// Whether a URL's host is reached without a proxy.
    pub fn matches(&self, url: &Url) -> bool {
        let port = url.port_or_known_default();
        let (name, address) = match url.host() {
            None => return false,
            Some(Host::Domain(name)) => (name.trim_end_matches('.').to_ascii_lowercase(), None),
            Some(Host::Ipv4(address)) => (String::new(), Some(IpAddr::V4(address))),
            Some(Host::Ipv6(address)) => (String::new(), Some(plain(address))),
        };
        self.rules.iter().any(|(rule, only)| {
            (only.is_none() || *only == port)
                && match rule {
                    Rule::All => true,
                    Rule::Domain(domain) => {
                        address.is_none()
                            && name
                                .strip_suffix(domain.as_str())
                                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
                    }
                    Rule::Block(block, bits) => {
                        address.is_some_and(|address| in_block(address, *block, *bits))
                    }
                }
        })
    }
}

fn parse_rule(entry: &str) -> Option<(Rule, Option<u16>)> {
    if entry == "*" {
        return Some((Rule::All, None));
    }
    if let Some((address, bits)) = entry.split_once('/') {
        let address: IpAddr = address.trim_matches(['[', ']']).parse().ok()?;
        let bits: u8 = bits.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        return (bits <= most).then_some((Rule::Block(address, bits), None));
    }
    if let Ok(address) = entry.parse::<Ipv6Addr>() {
        return Some((Rule::Block(plain(address), if plain(address).is_ipv4() { 32 } else { 128 }), None));
    }
    let (host, port) = match entry.rsplit_once(':') {
        Some((host, port)) if !entry.ends_with(']') => (host, Some(port.parse().ok()?)),
        _ => (entry, None),
    };
    let host = host.strip_prefix("*.").or(host.strip_prefix('.')).unwrap_or(host).trim_end_matches('.');
    let rule = match Host::parse(host).ok()? {
        Host::Domain(name) => Rule::Domain(name.to_ascii_lowercase()),
        Host::Ipv4(address) => Rule::Block(IpAddr::V4(address), 32),
        Host::Ipv6(address) => Rule::Block(plain(address), if plain(address).is_ipv4() { 32 } else { 128 }),
    };
    Some((rule, port))
}

/// An IPv4 address that was written as IPv6 (`::ffff:10.0.0.1`), or the address itself.
fn plain(address: Ipv6Addr) -> IpAddr {
    address.to_ipv4_mapped().map_or(IpAddr::V6(address), IpAddr::V4)
}

fn in_block(address: IpAddr, block: IpAddr, bits: u8) -> bool {
    fn same(one: u128, two: u128, width: u32, bits: u8) -> bool {
        let shift = width - u32::from(bits);
        one.checked_shr(shift).unwrap_or(0) == two.checked_shr(shift).unwrap_or(0)
    }
    match (address, block) {
        (IpAddr::V4(one), IpAddr::V4(two)) => same(u32::from(one).into(), u32::from(two).into(), 32, bits),
        (IpAddr::V6(one), IpAddr::V6(two)) => same(one.into(), two.into(), 128, bits),
        _ => false,
    }
}

#[cfg(test)]
#[path = "proxy_tests.rs"]
mod tests;
