//! What a session does by default, and what a request changes of it.

use super::log::{Logger, show_text};
use crate::engine::{Authorities, Limits, Native, Network};
use crate::error::{Code, Error, Result};
use crate::http::auth::digest::DigestClient;
use crate::http::netrc::Netrc;
use crate::http::proxy::{self, ProxySetting};
use crate::http::redirect::{self, Policy};
use crate::http::retry::RetryPolicy;
use crate::http::user_agent::Style;
use crate::http::{DecodeLimits, HeadLimits, HeaderOverlay, Headers, Params, auth, coding};
use crate::reference;
use once_cell::sync::OnceCell;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use url::{Position, Url};

/// Credentials for the servers that a session talks to.
#[derive(Clone, Default)]
pub enum Auth {
    /// None; credentials in a URL still count.
    #[default]
    None,
    /// The value of an `Authorization` header, sent with each request: Basic and Bearer.
    Header(String),
    /// Digest (RFC 7616): answers challenges, and further requests in advance.
    Digest(Arc<Mutex<DigestClient>>),
    /// NTLM or Negotiate, which libcurl speaks with the server over one connection.
    Native(NativeAuth),
}

/// Credentials that libcurl uses itself.
#[derive(Clone)]
pub struct NativeAuth(pub(crate) Native);

/// Shows of what kind they are only.
impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Auth::None => "None",
            Auth::Header(_) => "Header",
            Auth::Digest(_) => "Digest",
            Auth::Native(_) => "Native",
        })
    }
}

impl std::fmt::Debug for NativeAuth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NativeAuth")
    }
}

impl Auth {
    /// HTTP Basic (RFC 7617).
    ///
    /// # Errors
    /// [`Code::Argument`] for a user name with a colon, or controls.
    pub fn basic(user: &str, password: &str) -> Result<Auth> {
        if user.contains(char::is_control) || password.contains(char::is_control) {
            let text = "a user name or password for Basic authentication cannot have a control character";
            return Err(Error::new(Code::Argument, text));
        }
        auth::basic(user, password).map(Auth::Header)
    }

    /// A bearer token (RFC 6750).
    ///
    /// # Errors
    /// [`Code::Header`] for a token that cannot stand in a header, or is not one word.
    pub fn bearer(token: &str) -> Result<Auth> {
        auth::bearer(token).map(Auth::Header)
    }

    /// HTTP Digest (RFC 7616).
    ///
    /// # Errors
    /// [`Code::Argument`] for a user name with controls.
    pub fn digest(user: &str, password: &str) -> Result<Auth> {
        Ok(Auth::Digest(Arc::new(Mutex::new(DigestClient::new(user, password)?))))
    }

    /// NTLM (MS-NLMP). The user may have a domain in front, with a backslash between.
    ///
    /// # Errors
    /// [`Code::Unsupported`] when the libcurl in use lacks it.
    pub fn ntlm(user: &str, password: &str) -> Result<Auth> {
        if !crate::engine::libcurl().ntlm {
            return Err(Error::new(Code::Unsupported, "this libcurl is built without NTLM"));
        }
        let (user, password) = (user.into(), password.into());
        Ok(Auth::Native(NativeAuth(Native { scheme: Native::NTLM, user, password })))
    }

    /// Negotiate (RFC 4559: Kerberos), with the credentials of the operating system's user.
    ///
    /// # Errors
    /// [`Code::Unsupported`] when the libcurl in use lacks it.
    pub fn negotiate() -> Result<Auth> {
        if !crate::engine::libcurl().negotiate {
            return Err(Error::new(Code::Unsupported, "this libcurl is built without Negotiate (GSS-API)"));
        }
        let none = String::new;
        Ok(Auth::Native(NativeAuth(Native { scheme: Native::NEGOTIATE, user: none(), password: none() })))
    }
}

/// How long things may take; `None` is for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Until a connection stands, name look-up and TLS included. Default 10 s.
    pub connect: Option<Duration>,
    /// Between two pieces of a body, or two lines of a header. Default 30 s.
    pub read: Option<Duration>,
    /// The whole request, redirects and retries included. Default 5 min.
    pub total: Option<Duration>,
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts {
            connect: Some(Duration::from_secs(10)),
            read: Some(Duration::from_secs(30)),
            total: Some(Duration::from_secs(300)),
        }
    }
}

/// What happens at redirects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redirects {
    /// How many are followed; 0: none, the redirect itself is the response. Default 30.
    pub limit: u32,
    /// How they change the method. Default: as requests.
    pub policy: Policy,
    /// Whether a step from https to http is refused. Default: no; credentials never take it.
    pub refuse_downgrade: bool,
}

impl Default for Redirects {
    fn default() -> Redirects {
        Redirects { limit: redirect::DEFAULT_LIMIT, policy: Policy::default(), refuse_downgrade: false }
    }
}

/// A session's defaults.
#[derive(Clone)]
pub(crate) struct Options {
    pub headers: HeaderOverlay,
    /// All headers of a request to http and to https, once they were asked for. Made anew after
    /// each change.
    pub all_headers: [OnceCell<Arc<Headers>>; 2],
    pub params: Params,
    pub base_url: Option<Url>,
    pub auth: Auth,
    pub timeouts: Timeouts,
    pub redirects: Redirects,
    /// Headers that stay behind when a redirect leaves the origin.
    pub secrets: Vec<String>,
    pub retry: Option<RetryPolicy>,
    /// The longest delay after which pages that lead on by themselves are followed.
    pub refresh: Option<Duration>,
    pub head: HeadLimits,
    pub decode: DecodeLimits,
    /// Bytes of a body on the wire.
    pub max_body: u64,
    pub network: Arc<Network>,
    pub proxy: ProxySetting,
    /// The environment's variables that name proxies, as they were when they were last looked at;
    /// `None` if they are not to be used.
    pub environment: Option<Arc<[(&'static str, String)]>>,
    pub limits: Limits,
    /// The browser whose headers requests have.
    pub browser: Option<Style>,
    pub netrc: Option<Arc<Netrc>>,
    /// Whether hosts that ask for https get it (RFC 6797).
    pub hsts: bool,
    pub log: Option<Logger>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            headers: HeaderOverlay::new(),
            all_headers: Default::default(),
            params: Params::new(),
            base_url: None,
            auth: Auth::None,
            timeouts: Timeouts::default(),
            redirects: Redirects::default(),
            secrets: Vec::new(),
            retry: None,
            refresh: None,
            head: HeadLimits::default(),
            decode: DecodeLimits::default(),
            max_body: u64::MAX,
            network: Arc::new(Network { authorities: Authorities::of_environment(), ..Network::default() }),
            proxy: ProxySetting::Unset,
            environment: Some(environment()),
            limits: Limits { per_host: 32, total: 256, idle: 64 },
            browser: None,
            netrc: None,
            hsts: true,
            log: None,
        }
    }
}

/// The variables of the environment that name proxies. Read rarely, because the process may be
/// changing its environment.
pub(crate) fn environment() -> Arc<[(&'static str, String)]> {
    proxy::VARIABLES.iter().filter_map(|name| Some((*name, std::env::var(name).ok()?))).collect()
}

impl Options {
    /// The headers that every request has unless it says otherwise. `encoded`: whether its body may
    /// have a content coding.
    pub fn headers_for(&self, secure: bool, encoded: bool) -> Result<Arc<Headers>> {
        if !encoded {
            return self.make_headers(secure, false);
        }
        self.all_headers[usize::from(secure)].get_or_try_init(|| self.make_headers(secure, true)).cloned()
    }

    fn make_headers(&self, secure: bool, encoded: bool) -> Result<Arc<Headers>> {
        let mut headers = match self.browser {
            Some(style) => style.header_set(secure),
            None => default_headers()?,
        };
        if !encoded {
            headers.set("Accept-Encoding", b"identity")?;
        }
        self.headers.apply(&headers).map(Arc::new)
    }
}

fn default_headers() -> Result<Headers> {
    let mut headers = Headers::new();
    let agent = concat!("libhtmlsession/", env!("CARGO_PKG_VERSION"));
    for (name, value) in
        [("User-Agent", agent), ("Accept", "*/*"), ("Accept-Encoding", coding::ACCEPT_ENCODING)]
    {
        headers.add(name, value.as_bytes())?;
    }
    Ok(headers)
}

/// What follows in a URL that is spelled with the origin of another. To look at a host costs more
/// than all the rest of it.
fn path_of<'u>(url: &'u str, other: &Url) -> Option<&'u str> {
    let path = url.strip_prefix(&other[..Position::BeforePath])?;
    // Two slashes would begin another host.
    match path.as_bytes() {
        [b'/', b'/' | b'\\', ..] => None,
        [b'/', ..] => Some(path),
        _ => None,
    }
}

/// The absolute URL of a request. `last`: one that was used before, without credentials.
pub(crate) fn absolute(url: &str, base: Option<&Url>, last: Option<&Url>) -> Result<Url> {
    // The URL standard drops line breaks and tabs; a caller who passes them has a bug, or has
    // been handed an injection.
    if let Some(control) = url.bytes().find(u8::is_ascii_control).map(char::from) {
        let shown = show_text(url);
        let text = format!("the URL \"{}\" holds the control character {control:?}", shown.escape_debug());
        return Err(Error::new(Code::Url, text));
    }
    let parsed = match (base, last.and_then(|last| path_of(url, last).map(|path| (last, path)))) {
        (_, Some((last, path))) => last.join(path),
        (Some(base), None) => reference::join(base, url),
        (None, None) => Url::parse(url),
    };
    let parsed = parsed.map_err(|error| Error::new(Code::Url, format!("\"{}\": {error}", show_text(url))))?;
    if !matches!(parsed.scheme(), "http" | "https") {
        let scheme = parsed.scheme();
        let text = format!("\"{}\": scheme \"{scheme}\" is neither http nor https", show_text(url));
        return Err(Error::new(Code::Scheme, text));
    }
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_before_a_host_count_for_two() {
        let base = Url::parse("https://h.example/a").unwrap();
        assert_eq!(absolute("///o.example/x", Some(&base), None).unwrap().as_str(), "https://o.example/x");
    }

    #[test]
    fn a_url_is_the_same_with_and_without_the_last_one() {
        let last = Url::parse("http://h.example:8080/a/b?c#d").unwrap();
        for rest in [
            "/",
            "",
            "/x",
            "//x/y",
            "/\\x/y",
            "/../x",
            "/x/./y?q#f",
            "?q",
            "#f",
            "0/x",
            ".evil/x",
            "@evil/x",
            "/ ",
            "/é?é",
            "/a b",
            "/\\",
        ] {
            let url = format!("http://h.example:8080{rest}");
            let text = |last| absolute(&url, None, last).map(String::from).map_err(|error| error.code());
            assert_eq!(text(Some(&last)), text(None), "{url}");
        }
    }
}
