//! A request, built step by step.

use super::delivery::{Destination, Progress, Sink};
use super::log::show_text;
use super::options::{Auth, Redirects, Timeouts};
use crate::error::{Code, Error, Result};
use crate::http::headers::check_method;
use crate::http::proxy::{Proxy, ProxySetting};
use crate::http::redirect::Policy;
use crate::http::referrer::ReferrerPolicy;
use crate::http::retry::RetryPolicy;
use crate::http::{Body, HeaderOverlay, Multipart, Params, Part};
use crate::text::Text;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// A request: a method, a URL and what differs from the session's defaults. It can be sent any
/// number of times, unless its body comes from a reader.
#[derive(Clone)]
pub struct Request {
    pub(crate) method: Text,
    pub(crate) url: String,
    pub(crate) headers: HeaderOverlay,
    pub(crate) params: Params,
    pub(crate) body: Body,
    /// The body's type, unless the headers say another.
    pub(crate) content_type: Option<String>,
    pub(crate) fields: Params,
    pub(crate) parts: Option<Arc<Multipart>>,
    pub(crate) cookies: Vec<(Vec<u8>, Vec<u8>)>,
    pub(crate) auth: Option<Auth>,
    pub(crate) timeouts: Overrides,
    pub(crate) redirects: RedirectOverrides,
    pub(crate) max_body: Option<u64>,
    pub(crate) proxy: ProxySetting,
    pub(crate) verify: Option<bool>,
    pub(crate) retry: Option<Option<RetryPolicy>>,
    /// Tries in all, and the wait before the second.
    pub(crate) attempts: Option<(u32, Duration)>,
    pub(crate) refresh: Option<Option<Duration>>,
    pub(crate) destination: Destination,
    pub(crate) progress: Option<Arc<Progress>>,
    /// What is told of the page that it comes of, whose address is in its headers.
    pub(crate) of_page: Option<ReferrerPolicy>,
    /// It goes on from where another request led.
    pub(crate) led: Option<Led>,
    /// Why it cannot be sent.
    pub(crate) defect: Option<Error>,
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Request { method, url, headers, body, destination, .. } = self;
        let (mut shown, url) = (f.debug_struct("Request"), show_text(url));
        shown.field("method", method).field("url", &url).field("headers", headers).field("body", body);
        shown.field("destination", destination).finish_non_exhaustive()
    }
}

/// Where a request stands that goes on from where another one led.
#[derive(Clone)]
pub(crate) struct Led {
    /// What cookies and credentials were given for.
    pub home: Url,
    /// A step led to another origin: credentials stay behind from then on, as after a redirect.
    pub away: bool,
}

/// What differs from the session's redirects.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RedirectOverrides {
    pub limit: Option<u32>,
    pub policy: Option<Policy>,
    pub refuse_downgrade: Option<bool>,
}

impl RedirectOverrides {
    pub fn over(&self, below: Redirects) -> Redirects {
        Redirects {
            limit: self.limit.unwrap_or(below.limit),
            policy: self.policy.unwrap_or(below.policy),
            refuse_downgrade: self.refuse_downgrade.unwrap_or(below.refuse_downgrade),
        }
    }
}

/// Time-outs that differ from the session's.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Overrides {
    pub connect: Option<Option<Duration>>,
    pub read: Option<Option<Duration>>,
    pub total: Option<Option<Duration>>,
}

impl Overrides {
    pub fn over(&self, below: Timeouts) -> Timeouts {
        Timeouts {
            connect: self.connect.unwrap_or(below.connect),
            read: self.read.unwrap_or(below.read),
            total: self.total.unwrap_or(below.total),
        }
    }
}

impl Request {
    /// A request. The method is any token (RFC 9110, 9.1) and case-sensitive; the URL may be
    /// relative to the session's base URL.
    ///
    /// # Errors
    /// [`Code::Method`] when the method is not a token.
    pub fn new(method: &str, url: &str) -> Result<Request> {
        check_method(method)?;
        Ok(Request {
            method: Text::method(method),
            url: url.into(),
            headers: HeaderOverlay::new(),
            params: Params::new(),
            body: Body::Empty,
            content_type: None,
            fields: Params::new(),
            parts: None,
            cookies: Vec::new(),
            auth: None,
            timeouts: Overrides::default(),
            redirects: RedirectOverrides::default(),
            max_body: None,
            proxy: ProxySetting::Unset,
            verify: None,
            retry: None,
            attempts: None,
            refresh: None,
            destination: Destination::Memory,
            progress: None,
            of_page: None,
            led: None,
            defect: None,
        })
    }

    /// A request that cannot be sent: its response carries this error.
    pub(crate) fn defective(error: Error) -> Request {
        let mut request = Request::new("GET", "").expect("a method that is a token");
        request.defect = Some(error);
        request
    }

    /// Its method.
    pub fn method(&self) -> &Text {
        &self.method
    }

    /// Its URL as it was given, or as a form made it: perhaps relative, and without the parameters
    /// that are added when it is sent.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What is wrong with the request so that it cannot be sent, if anything.
    pub fn defect(&self) -> Option<&Error> {
        self.defect.as_ref()
    }

    /// Gives a header one value for this request; `None` sends none, whatever the session says.
    ///
    /// # Errors
    /// [`Code::Header`] for a name that is not a token, or a value with controls.
    pub fn set_header(&mut self, name: &str, value: Option<&[u8]>) -> Result<()> {
        self.headers.set(name, value)
    }

    /// Adds a further value to a header.
    ///
    /// # Errors
    /// As [`Request::set_header`].
    pub fn add_header(&mut self, name: &str, value: &[u8]) -> Result<()> {
        self.headers.add(name, value)
    }

    /// Adds a query parameter behind those of the URL and the session.
    pub fn add_param(&mut self, name: &str, value: &str) {
        self.params.add(name, value);
    }

    /// Gives a query parameter one value; `None` drops the session's.
    pub fn set_param(&mut self, name: &str, value: Option<&str>) {
        self.params.set(name, value);
    }

    /// Sets the body and its type, in place of whatever body was set before.
    ///
    /// # Errors
    /// [`Code::Header`] for a type that cannot stand in a header.
    pub fn set_body(&mut self, body: Body, content_type: Option<&str>) -> Result<()> {
        if let Some(content_type) = content_type {
            crate::http::headers::check_value("Content-Type", content_type.as_bytes())?;
        }
        self.body = body;
        self.content_type = content_type.map(Into::into);
        self.fields = Params::new();
        self.parts = None;
        Ok(())
    }

    /// Adds a field of a form. With fields alone the body is urlencoded, with parts it is a
    /// multipart form.
    pub fn add_field(&mut self, name: &str, value: &str) {
        match &mut self.parts {
            Some(parts) => Arc::make_mut(parts).push(Part::field(name, value)),
            None => self.fields.add(name, value),
        }
    }

    /// Adds a part of a multipart form; fields that were added before come first.
    ///
    /// # Errors
    /// [`Code::Internal`] when the operating system has no random bytes for the boundary.
    pub fn add_part(&mut self, part: Part) -> Result<()> {
        if self.parts.is_none() {
            let mut form = Multipart::new()?;
            for (name, value) in std::mem::take(&mut self.fields).iter() {
                form.push(Part::field(name, value));
            }
            self.parts = Some(Arc::new(form));
        }
        if let Some(parts) = &mut self.parts {
            Arc::make_mut(parts).push(part);
        }
        Ok(())
    }

    /// Sets a cookie for this request: sent to its origin only, never stored.
    ///
    /// # Errors
    /// [`Code::Argument`] for a pair that cannot stand in a header.
    pub fn set_cookie(&mut self, name: &[u8], value: &[u8]) -> Result<()> {
        let probe = Url::parse("http://localhost/").map_err(|_| Code::Internal)?;
        crate::cookies::RequestCookies::new(&probe).set(name, value)?;
        self.cookies.push((name.into(), value.into()));
        Ok(())
    }

    /// Uses these credentials instead of the session's.
    pub fn set_auth(&mut self, auth: Auth) {
        self.auth = Some(auth);
    }

    /// The connect time-out of this request; `None` is for ever.
    pub fn set_connect_timeout(&mut self, timeout: Option<Duration>) {
        self.timeouts.connect = Some(timeout);
    }

    /// The read time-out of this request; `None` is for ever.
    pub fn set_read_timeout(&mut self, timeout: Option<Duration>) {
        self.timeouts.read = Some(timeout);
    }

    /// The total time-out of this request; `None` is for ever.
    pub fn set_timeout(&mut self, timeout: Option<Duration>) {
        self.timeouts.total = Some(timeout);
    }

    /// What happens at redirects of this request.
    pub fn set_redirects(&mut self, redirects: Redirects) {
        let Redirects { limit, policy, refuse_downgrade } = redirects;
        self.set_redirect_limit(limit);
        self.set_redirect_policy(policy, refuse_downgrade);
    }

    /// How many redirects of this request are followed.
    pub fn set_redirect_limit(&mut self, limit: u32) {
        self.redirects.limit = Some(limit);
    }

    /// How redirects change the method, and whether a step from https to http is refused.
    pub fn set_redirect_policy(&mut self, policy: Policy, refuse_downgrade: bool) {
        self.redirects.policy = Some(policy);
        self.redirects.refuse_downgrade = Some(refuse_downgrade);
    }

    /// When this request is tried again; `None`: never.
    pub fn set_retry(&mut self, policy: Option<RetryPolicy>) {
        self.retry = Some(policy);
    }

    /// How often this request is tried in all, and how long to wait before the second try; else as
    /// the session says.
    pub fn set_attempts(&mut self, attempts: u32, backoff: Duration) {
        self.attempts = Some((attempts, backoff));
    }

    /// As [`Session::set_refresh`](super::Session::set_refresh), for this request.
    pub fn set_refresh(&mut self, longest: Option<Duration>) {
        self.refresh = Some(longest);
    }

    /// Whether certificates are verified for this request.
    pub fn set_verify(&mut self, verify: bool) {
        self.verify = Some(verify);
    }

    /// Gives the response back as soon as its final head is there; its body is read from it with
    /// [`Response::read`](super::Response::read) while it comes. The total time-out then ends with
    /// the head, unless this request sets one.
    pub fn set_streamed(&mut self, streamed: bool) {
        self.destination = if streamed { Destination::Reader } else { Destination::Memory };
    }

    /// Gives the final response's body to a sink, decoded, piece by piece; the response has none then.
    /// Of a status of 400 and more the body stays with the response. The sink is called on the
    /// thread that leads; its error ends the request. The total time-out as for
    /// [`Request::set_streamed`]. `None`: into memory.
    pub fn set_sink(&mut self, sink: Option<Arc<Sink>>) {
        self.destination = sink.map_or(Destination::Memory, Destination::Sink);
    }

    /// Writes the body of a 200 (or 206) into a file. It comes into being as `.part` beside it, and
    /// takes its place when it is whole and on the disk. With `resume` a partial file of an earlier try
    /// is gone on with if the resource is still the same (RFC 9110, 13.1.5), and kept after a
    /// failure. Other statuses leave the file alone, and their body is the response's. The total
    /// time-out as for [`Request::set_streamed`]. `None`: into memory.
    pub fn set_output_file(&mut self, path: Option<&Path>, resume: bool) {
        self.destination = path.map_or(Destination::Memory, |path| Destination::File(path.into(), resume));
    }

    /// Is told of each piece that is sent or received, on the thread that leads; its error ends the
    /// request.
    pub fn set_progress(&mut self, progress: Option<Arc<Progress>>) {
        self.progress = progress;
    }

    /// The most bytes of a body, as received and as decoded.
    pub fn set_max_body(&mut self, bytes: u64) {
        self.max_body = Some(bytes);
    }

    /// Sends this request through a proxy; `None`: directly, whatever the session says.
    ///
    /// # Errors
    /// [`Code::ProxyUrl`].
    pub fn set_proxy(&mut self, url: Option<&str>) -> Result<()> {
        self.proxy = url.map_or(Ok(ProxySetting::Direct), |url| Proxy::parse(url).map(ProxySetting::Use))?;
        Ok(())
    }

    /// The body as it is sent, with its type.
    pub(crate) fn payload(&self) -> (Body, Option<String>) {
        if let Some(parts) = &self.parts {
            return (Body::Multipart(parts.clone()), Some(parts.content_type()));
        }
        if !self.fields.is_empty() {
            let encoded: Arc<[u8]> = self.fields.encode().into_bytes().into();
            return (Body::Bytes(encoded), Some(crate::http::query::FORM_TYPE.into()));
        }
        (self.body.clone(), self.content_type.clone())
    }
}
