//! What one hop sends: the request of its target, made anew for each.

use super::buffers::Buffer;
use super::delivery::{Delivery, Destination};
use super::download::Download;
use super::exchange::Exchange;
use super::log::{Event, Level, show};
use super::options::Auth;
use super::response::Note;
use super::sequel::Sequel;
use crate::calendar::now;
use crate::cookies::{Context, Outcome, Reason, RequestCookies};
use crate::engine::{Proxy, Transfer, Upload};
use crate::error::{Code, Error, Result};
use crate::http::netrc::Netrc;
use crate::http::proxy::{self, Environment};
use crate::http::retry::is_idempotent;
use crate::http::syntax::show_bytes;
use crate::http::{Body, BodySource, Decoder, HeadLimits, HeadParser, Headers, auth};
use crate::lock::lock;
use crate::public_address;
use crate::text::Text;
use std::borrow::Cow;
use std::sync::Arc;
use url::{Position, Url};

/// Where a hop goes and what it says.
pub(super) struct Target {
    pub url: Url,
    pub method: Text,
    /// The caller's headers and the defaults, less what redirects took away.
    pub headers: Arc<Headers>,
    /// They are those of a request to https.
    pub secure: bool,
    pub body: Body,
    pub content_type: Option<String>,
    pub cookies: Option<RequestCookies>,
    /// Credentials from the URL or the options may still be sent.
    pub trusted: bool,
    /// The value of `Authorization` that the URL's credentials make.
    pub url_auth: Option<String>,
    /// Challenges that were answered on this URL.
    pub answers: u32,
}

const UPGRADED: &str = "http became https";

/// What is known of the hop under way.
#[derive(Default)]
pub(super) struct Hop {
    pub head: HeadParser,
    pub decoder: Option<Decoder>,
    pub body: Buffer,
    pub delivery: Delivery,
    pub sequel: Option<Result<Sequel>>,
    /// Bytes of the body on the wire, and how many it has by its head.
    pub received: u64,
    pub promised: Option<u64>,
    /// Bytes that come again after a pause, and were taken already.
    pub taken: usize,
    pub source: Option<BodySource>,
    /// The `Cookie` field.
    pub cookie: Vec<u8>,
    pub cookies_sent: usize,
    pub cookies: Vec<Outcome>,
    pub proxy: Option<Text>,
    /// The proxy of the transfer to come.
    pub route: Option<Proxy>,
    pub notes: Vec<Note>,
}

impl Hop {
    pub fn new(limits: HeadLimits) -> Hop {
        Hop { head: HeadParser::new(limits), ..Hop::default() }
    }
}

impl Exchange {
    fn prepare(&mut self) -> Result<Target> {
        let url = self.url.take();
        let request = &self.request;
        let led = request.led.as_ref();
        if let Some(defect) = &request.defect {
            return Err(defect.clone());
        }
        let mut url = url.unwrap_or_else(|| Err(Code::Internal.into()))?;
        let away = led.is_some_and(|led| led.away);
        if !(away || request.params.is_empty() && self.options.params.is_empty()) {
            request.params.over(&self.options.params).append_to(&mut url);
        }
        let mut url_auth = None;
        if let Some((user, password)) = auth::url_credentials(&url) {
            // The request's own count more.
            if request.auth.is_none() {
                url_auth = Some(auth::basic(&user, &password)?);
            }
            // They have become a header: no log, no `Referer` and no response repeats them.
            let _ = url.set_username("");
            let _ = url.set_password(None);
        }
        let upgraded = self.upgrade(&mut url);
        let secure = url.scheme() == "https";
        let headers = self.headers_for(secure)?;
        let mut cookies = None;
        for (name, value) in &request.cookies {
            cookies
                .get_or_insert_with(|| RequestCookies::new(led.map_or(&url, |led| &led.home)))
                .set(name, value)?;
        }
        let (body, content_type) = request.payload();
        if request.method.as_str() == "HEAD" && !body.is_empty() {
            return Err(Error::new(Code::Argument, "a HEAD request has no body (RFC 9110, 9.3.2)"));
        }
        if upgraded {
            self.note(Event::Hsts, UPGRADED.into());
        }
        Ok(Target {
            url,
            method: self.request.method.clone(),
            headers,
            secure,
            body,
            content_type,
            cookies,
            trusted: true,
            url_auth,
            answers: 0,
        })
    }

    /// The caller's headers and the defaults.
    fn headers_for(&self, secure: bool) -> Result<Arc<Headers>> {
        let request = &self.request;
        // A range of an encoded body would not fit what was decoded.
        let encoded = !matches!(request.destination, Destination::File(_, true));
        let headers = self.options.headers_for(secure, encoded)?;
        Ok(if request.headers.is_empty() { headers } else { Arc::new(request.headers.apply(&headers)?) })
    }

    /// A browser's headers to http are not those to https: after a change of the scheme, the
    /// other ones, less what redirects took away.
    fn adapt_headers(&self, target: &mut Target) -> Result<()> {
        let secure = target.url.scheme() == "https";
        if secure == target.secure || self.options.browser.is_none() {
            return Ok(());
        }
        let (before, after) = (self.headers_for(target.secure)?, self.headers_for(secure)?);
        let mut headers = Headers::new();
        for (name, value) in after.iter() {
            let (was, is) = (before.get(name), target.headers.get(name));
            match is {
                Some(changed) if is != was => headers.add(name, changed)?,
                None if was.is_some() => {}
                _ => headers.add(name, value)?,
            }
        }
        (target.headers, target.secure) = (Arc::new(headers), secure);
        Ok(())
    }

    /// Finds where the next hop goes.
    pub(super) fn route(&mut self) -> Result<()> {
        match self.target.take() {
            None => {
                self.target = Some(self.prepare()?);
                self.strip_led();
            }
            Some(mut target) => {
                // The last try's body, file and reader are done with before they are opened anew.
                let notes = std::mem::take(&mut self.hop.notes);
                *self.hop = Hop { notes, ..Hop::new(self.options.head) };
                if self.upgrade(&mut target.url) {
                    self.note(Event::Hsts, UPGRADED.into());
                }
                let adapted = self.adapt_headers(&mut target);
                self.target = Some(target);
                adapted?;
            }
        }
        self.hop.route = self.proxy()?;
        match &self.target {
            Some(target) if self.network.public_only && self.network.unix_socket.is_none() => {
                public_address::check(&target.url)
            }
            _ => Ok(()),
        }
    }

    /// Turns http into https where the host asked for it (RFC 6797, 8.3).
    pub(super) fn upgrade(&self, url: &mut Url) -> bool {
        let hsts = lock(&self.hsts);
        self.options.hsts && !hsts.is_empty() && hsts.upgrade(url, now())
    }

    /// Whether the caller wants no such header, whatever there is for it.
    pub(super) fn is_absent(&self, name: &str) -> bool {
        let (own, session) = (&self.request.headers, &self.options.headers);
        own.is_removed(name) || session.is_removed(name) && !own.fields().contains(name)
    }

    /// What shares connections and limits with the next hop.
    pub(super) fn origin(&self) -> Cow<'_, str> {
        let origin = self.target.as_ref().map_or("", |target| &target.url[..Position::BeforePath]);
        match &self.hop.route {
            Some(proxy) => Cow::Owned(format!("{origin} via {}", proxy.url)),
            None => Cow::Borrowed(origin),
        }
    }

    /// Writes the next hop's request: with the cookies and credentials that there are now.
    pub(super) fn write(&mut self, transfer: &mut Transfer) -> Result<()> {
        let [no_cookies, no_credentials, no_type] =
            ["cookie", "authorization", "content-type"].map(|name| self.is_absent(name));
        let Some(target) = &self.target else { return Err(Code::Internal.into()) };
        let hop = &mut self.hop;
        let Transfer {
            url,
            method,
            headers: lines,
            upload,
            network,
            native,
            proxy,
            connect_timeout,
            read_timeout,
            repeatable,
        } = transfer;
        url.clear();
        url.push_str(&target.url[..Position::AfterQuery]);
        method.clone_from(&target.method);
        network.clone_from(&self.network);
        *upload = match &target.body {
            Body::Empty => Upload::None,
            // libcurl does not tell how far it is with bytes of its own.
            Body::Bytes(bytes) if self.request.progress.is_none() => Upload::Bytes(bytes.clone()),
            streamed => {
                let source = streamed.open()?;
                let length = source.len();
                hop.source = Some(source);
                Upload::Stream(length)
            }
        };
        lines.reset(target.headers.byte_len() + 512);
        let mut framed = false;
        for (name, value) in target.headers.iter() {
            // Where a message ends is said once, by who knows (RFC 9112, 6).
            let frames =
                ["content-length", "transfer-encoding"].iter().any(|it| name.eq_ignore_ascii_case(it));
            if frames {
                framed = true;
            } else if !name.eq_ignore_ascii_case("cookie") {
                lines.push(name, value);
            }
        }
        let content_type = target.content_type.as_ref().filter(|_| !no_type);
        if let (Some(content_type), false) = (content_type, target.headers.contains("content-type")) {
            lines.push("Content-Type", content_type.as_bytes());
        }
        if target.headers.contains("cookie") {
            // In place of the jar's.
            let own = target.cookies.iter().flat_map(|cookies| cookies.at(&target.url));
            let own = own.map(|(name, value)| [name, &b"="[..], value].concat());
            let given = target.headers.get_all("cookie").map(<[u8]>::to_vec);
            hop.cookie = given.chain(own).collect::<Vec<_>>().join(&b"; "[..]);
            hop.cookies_sent = hop.cookie.split(|byte| *byte == b';').filter(|pair| !pair.is_empty()).count();
            lines.push("Cookie", &hop.cookie);
        } else if !no_cookies {
            let context = Context::default();
            let sent = lines.write("Cookie", |out| {
                let start = out.len();
                let count = match &target.cookies {
                    None => self.jar.header(&target.url, &context, out),
                    Some(own) => self.jar.header_with(&target.url, &context, own, out),
                };
                (count != 0).then(|| (count, out[start..].to_vec()))
            });
            (hop.cookies_sent, hop.cookie) = sent.unwrap_or_default();
        }
        let credentials = self.request.auth.as_ref().unwrap_or(&self.options.auth);
        // A request that wants no credentials wants none of a file either.
        let netrc = self.options.netrc.as_deref().filter(|_| self.request.auth.is_none());
        *native = None;
        if target.trusted && !no_credentials && !target.headers.contains("authorization") {
            if let Auth::Native(own) = credentials {
                *native = Some(own.0.clone());
            } else if let Some(value) = authorization(target, credentials, netrc)? {
                lines.push("Authorization", &value);
            }
        }
        if let Destination::File(path, resume) = &self.request.destination {
            let url = target.url.as_str();
            let download = self.download.get_or_insert_with(|| Box::new(Download::new(path, *resume, url)));
            let own = target.headers.contains("range") || target.headers.contains("if-range");
            if let Some((range, validator)) = download.range(own) {
                lines.push("Range", range.as_bytes());
                lines.push("If-Range", validator.as_bytes());
            }
        }
        // libcurl adds these of its own accord unless told not to.
        let sends = !matches!((&*upload, target.method.as_str()), (Upload::None, "GET" | "HEAD"));
        let has_type = content_type.is_some() || target.headers.contains("content-type");
        for (name, unwanted) in [
            ("Accept", !target.headers.contains("accept")),
            ("Content-Type", sends && !has_type),
            ("Expect", sends && !target.headers.contains("expect")),
        ] {
            if unwanted {
                lines.refuse(name);
            }
        }
        *proxy = hop.route.take();
        (*connect_timeout, *read_timeout) = (self.timeouts.connect, self.timeouts.read);
        *repeatable = is_idempotent(method.as_str()) || self.may_repeat();
        if framed {
            self.note(Event::Strip, "Content-Length, Transfer-Encoding: the body says where it ends".into());
        }
        if self.logs(Level::Debug) {
            self.log_request();
        }
        Ok(())
    }

    fn log_request(&self) {
        let Some(target) = &self.target else { return };
        let (url, cookies) = (show(&target.url), self.hop.cookies_sent);
        let text = format!("{} {url} with {cookies} cookies", target.method);
        self.log(Level::Debug, Event::Request, &text);
        let mut kept = self.jar.explain(&target.url, &Context::default());
        kept.retain(|(_, reason)| *reason != Reason::Sent);
        for (cookie, reason) in kept {
            self.log(Level::Debug, Event::Cookie, &told(cookie.name(), reason));
        }
    }

    fn proxy(&mut self) -> Result<Option<Proxy>> {
        let Some(target) = self.target.as_ref().filter(|_| self.network.unix_socket.is_none()) else {
            return Ok(None);
        };
        let variables = self.options.environment.as_deref().filter(|variables| !variables.is_empty());
        let lookup = |name: &str| {
            let (_, value) = variables?.iter().find(|(known, _)| *known == name)?;
            Some(value.clone())
        };
        let environment: Option<Environment> = variables.is_some().then_some(&lookup);
        let proxy = proxy::select(&self.request.proxy, &self.options.proxy, environment, &target.url)?;
        let Some(proxy) = proxy else { return Ok(None) };
        let url = proxy.url();
        let (username, password) = proxy.credentials.unzip();
        self.note(Event::Proxy, url.clone());
        self.hop.proxy = Some(Text::new(&url));
        Ok(Some(Proxy { url, username, password }))
    }
}

/// What became of a cookie, as logs and notes tell it.
pub(super) fn told(name: &[u8], reason: Reason) -> String {
    format!("{}: {}", show_bytes(name), reason.description().to_string_lossy())
}

/// The value of `Authorization` for a hop.
fn authorization(target: &Target, credentials: &Auth, netrc: Option<&Netrc>) -> Result<Option<Vec<u8>>> {
    if let Some(value) = &target.url_auth {
        return Ok(Some(value.clone().into_bytes()));
    }
    match credentials {
        Auth::None => {
            let found = netrc.and_then(|netrc| netrc.find(target.url.host_str()?, None));
            found.map(|(user, password)| Ok(auth::basic(user, password)?.into_bytes())).transpose()
        }
        Auth::Header(value) => Ok(Some(value.clone().into_bytes())),
        Auth::Digest(client) => {
            let mut client = lock(client);
            client.authorization(target.method.as_str(), &target.url)
        }
        Auth::Native(_) => Ok(None),
    }
}
