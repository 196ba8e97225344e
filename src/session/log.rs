//! What a request went through: told as it happens, and kept with each hop.

use crate::error::Error;
use std::borrow::Cow;
use std::ffi::CStr;
use std::time::Duration;
use url::{Position, Url};

/// How much a log wants to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(C)]
pub enum Level {
    /// What failed.
    Error = 0,
    /// What was decided: redirects, retries, challenges, cookies that were refused.
    Info = 1,
    /// Every request and response too.
    Debug = 2,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A request is sent.
    Request,
    /// The head of a response came.
    Response,
    /// A response asks for another request.
    Redirect,
    /// A redirect changes the method, or takes the body away.
    Method,
    /// A header stays behind at a redirect.
    Strip,
    /// A challenge is answered.
    Auth,
    /// A hop is tried once more.
    Retry,
    /// A cookie of the response was refused.
    Cookie,
    /// An http URL became an https one, because its host asked for it once.
    Hsts,
    /// The request goes through a proxy.
    Proxy,
    /// A download goes on where an earlier one ended, or cannot.
    Resume,
    /// A page leads on by itself.
    Refresh,
    /// The request is over.
    End,
}

impl Event {
    /// Its name: one word in lower case.
    pub fn name(self) -> &'static CStr {
        match self {
            Event::Request => c"request",
            Event::Response => c"response",
            Event::Redirect => c"redirect",
            Event::Method => c"method",
            Event::Strip => c"strip",
            Event::Auth => c"auth",
            Event::Retry => c"retry",
            Event::Cookie => c"cookie",
            Event::Hsts => c"hsts",
            Event::Proxy => c"proxy",
            Event::Resume => c"resume",
            Event::Refresh => c"refresh",
            Event::End => c"end",
        }
    }
}

/// One line of a log. It never holds a secret: no credentials, no values of cookies, no header that
/// was marked as secret, no query of a URL.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// How much it matters.
    pub level: Level,
    /// The request's number within its session; of a submitted request its id.
    pub request: u64,
    /// What happened.
    pub event: Event,
    /// What exactly, in one line.
    pub text: &'a str,
}

/// What is told. It is called on the thread that leads, without a lock held.
pub type Log = dyn Fn(&Entry<'_>) + Send + Sync;

/// What is told, and how much of it.
#[derive(Clone)]
pub(crate) struct Logger {
    pub level: Level,
    pub log: std::sync::Arc<Log>,
}

impl std::fmt::Debug for Logger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Logger").field("level", &self.level).finish_non_exhaustive()
    }
}

/// How a request ended, as a log tells it.
pub(super) fn ending(error: Option<&Error>, elapsed: Duration) -> (Level, String) {
    match error {
        Some(error) => {
            let what = error.code().description().to_string_lossy();
            (Level::Error, format!("{what}: {}", error.message()))
        }
        None => (Level::Debug, format!("after {} ms", elapsed.as_millis())),
    }
}

/// A URL as it was given, without credentials. Of what is no URL all that could be some is left out.
pub(super) fn without_credentials(url: &str) -> Cow<'_, str> {
    let Some(at) = url.rfind('@') else { return Cow::Borrowed(url) };
    if let Ok(mut parsed) = Url::parse(url)
        && parsed.set_username("").is_ok()
        && parsed.set_password(None).is_ok()
    {
        return Cow::Owned(parsed.into());
    }
    if url.starts_with(['/', '?', '#', '.']) && !url.starts_with("//") {
        return Cow::Borrowed(url);
    }
    // Which part is which only a valid URL tells: nothing before the last @ is trusted but a scheme.
    let scheme = url.find(':').map_or("", |colon| &url[..=colon]);
    let is_scheme = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.:".contains(&byte));
    let scheme = if is_scheme && scheme.len() <= at { scheme } else { "" };
    let slashes = if url[scheme.len()..].starts_with("//") { "//" } else { "" };
    Cow::Owned(format!("{scheme}{slashes}{}", &url[at + 1..]))
}

/// The text of a URL that is not valid, as messages may show it.
pub(crate) fn show_text(url: &str) -> String {
    let bare = without_credentials(url);
    match bare.find(['?', '#']) {
        Some(end) => format!("{}…", &bare[..=end]),
        None => bare.into_owned(),
    }
}

/// A URL as a log may show it.
pub(super) fn show(url: &Url) -> String {
    /// How much of a URL is shown.
    const SHOWN: usize = 500;
    let bare = &url[..Position::AfterPath];
    if let Some(start) = bare.get(..SHOWN).filter(|start| start.len() < bare.len()) {
        return format!("{start}…");
    }
    if url.query().is_some() { format!("{bare}?…") } else { bare.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_that_are_none_keep_their_secrets() {
        for (url, bare, shown) in [
            ("http://h:99999/a?b#c", "http://h:99999/a?b#c", "http://h:99999/a?…"),
            ("http://user:pass@h:99999/?t=1", "http://h:99999/?t=1", "http://h:99999/?…"),
            ("http://user:pa/s?s@h/", "http://h/", "http://h/"),
            ("http:user:pass@h", "http://h/", "http://h/"),
            ("http://user:p@h/@me?a@b", "http://h/@me?a@b", "http://h/@me?…"),
            ("http://h/@me", "http://h/@me", "http://h/@me"),
            ("/@me", "/@me", "/@me"),
            ("user:pass@h", "user:h", "user:h"),
            ("//user@h/#x@y", "//y", "//y"),
            ("us er:pass@h", "h", "h"),
            ("@", "", ""),
            ("/a", "/a", "/a"),
        ] {
            assert_eq!(without_credentials(url), bare, "{url}");
            assert_eq!(show_text(url), shown, "{url}");
        }
    }
}
