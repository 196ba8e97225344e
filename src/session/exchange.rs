//! One request's life: hop by hop through redirects, challenges and retries.
//!
//! Each hop decides anew which cookies and credentials it carries, and stores the cookies of its
//! response before the body is read.

use super::options::{Auth, Options, Redirects, Timeouts, absolute, default_headers};
use super::request::Request;
use super::response::Response;
use crate::cookies::{Context, Jar, Outcome, RequestCookies};
use crate::engine::{Event, Facts, HeaderLines, Proxy, Step, Task, Transfer, Upload};
use crate::error::{Code, Error, Result};
use crate::http::head::{HeadLine, content_length};
use crate::http::hsts::Hsts;
use crate::http::netrc::Netrc;
use crate::http::proxy;
use crate::http::redirect::{self, Next};
use crate::http::retry::Failure;
use crate::http::{Body, BodySource, Decoder, HeadParser, Headers, auth};
use crate::text::Text;
use once_cell::sync::OnceCell;
use std::borrow::Cow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use url::{Position, Url};

/// A request under way.
pub(crate) struct Exchange {
    options: Arc<Options>,
    jar: Arc<Jar>,
    hsts: Arc<Mutex<Hsts>>,
    request: Request,
    pub(super) id: u64,
    pub(super) userdata: usize,
    started: Instant,
    deadline: Option<Instant>,
    timeouts: Timeouts,
    redirects: Redirects,

    /// What the next hop is to be; `None` before the first.
    target: Option<Target>,
    hop: Hop,
    history: Vec<Arc<Response>>,
    followed: u32,
    tries: u32,
    response: Option<Response>,
}

/// Where a hop goes and what it says.
struct Target {
    url: Url,
    method: Text,
    /// The caller's headers and the defaults, less what redirects took away.
    headers: Cow<'static, Headers>,
    body: Body,
    content_type: Option<String>,
    cookies: Option<RequestCookies>,
    /// What shares connections and limits.
    host: Arc<str>,
    /// Credentials from the URL or the options may still be sent.
    trusted: bool,
    /// The value of `Authorization` that the URL's credentials make.
    url_auth: Option<String>,
    /// A challenge was answered on this URL.
    answered: bool,
}

/// What is known of the hop under way.
#[derive(Default)]
struct Hop {
    head: HeadParser,
    decoder: Option<Decoder>,
    body: Vec<u8>,
    received: u64,
    source: Option<BodySource>,
    cookies_sent: usize,
    cookies: Vec<Outcome>,
}

impl Exchange {
    pub fn new(options: Arc<Options>, jar: Arc<Jar>, hsts: Arc<Mutex<Hsts>>, request: Request) -> Exchange {
        let timeouts = request.timeouts.over(options.timeouts);
        let started = Instant::now();
        Exchange {
            deadline: timeouts.total.and_then(|limit| started.checked_add(limit)),
            redirects: request.redirects.unwrap_or(options.redirects),
            timeouts,
            started,
            options,
            jar,
            hsts,
            request,
            id: 0,
            userdata: 0,
            target: None,
            hop: Hop::default(),
            history: Vec::new(),
            followed: 0,
            tries: 0,
            response: None,
        }
    }

    /// A response for an exchange that never began.
    pub fn refused(self, error: Error) -> Response {
        let mut response = Response::failed(error);
        (response.id, response.userdata) = (self.id, self.userdata);
        response.url = Text::new(&self.request.url);
        response.method = self.request.method.clone();
        response
    }

    fn prepare(&self) -> Result<Target> {
        let request = &self.request;
        let mut url = absolute(&request.url, self.options.base_url.as_ref())?;
        request.params.over(&self.options.params).append_to(&mut url);
        let url_auth = match auth::url_credentials(&url) {
            Some((user, password)) => Some(auth::basic(&user, &password)?),
            None => None,
        };
        // They have become a header: no log, no `Referer` and no response repeats them.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        let browser = self.options.browser.map(|style| style.header_set(url.scheme() == "https"));
        let mut headers = browser.map_or(Cow::Borrowed(default_headers()), Cow::Owned);
        for overlay in [&self.options.headers, &request.headers] {
            if !overlay.is_empty() {
                headers = Cow::Owned(overlay.apply(&headers)?);
            }
        }
        let mut cookies = None;
        for (name, value) in &request.cookies {
            cookies.get_or_insert_with(|| RequestCookies::new(&url)).set(name, value)?;
        }
        let (body, content_type) = request.payload();
        Ok(Target {
            url,
            method: request.method.clone(),
            headers,
            body,
            content_type,
            cookies,
            host: "".into(),
            trusted: true,
            url_auth,
            answered: false,
        })
    }

    /// Sends the target's request.
    fn begin_hop(&mut self) -> Step {
        match self.transfer() {
            Ok(transfer) => Step::Transfer(Box::new(transfer)),
            Err(error) => self.conclude(Some(error), Facts::default()),
        }
    }

    fn transfer(&mut self) -> Result<Transfer> {
        let target = match &mut self.target {
            Some(target) => target,
            None => {
                let target = self.prepare()?;
                self.target.insert(target)
            }
        };
        if self.options.hsts {
            lock(&self.hsts).upgrade(&mut target.url, now());
        }
        let hop = &mut self.hop;
        hop.head = HeadParser::new(self.options.head);
        hop.decoder = None;
        hop.body = Vec::new();
        hop.received = 0;
        hop.cookies = Vec::new();
        hop.cookies_sent = 0;
        hop.source = None;
        let upload = match &target.body {
            Body::Empty => Upload::None,
            Body::Bytes(bytes) => Upload::Bytes(bytes.clone()),
            streamed => {
                let source = streamed.open()?;
                let length = source.len();
                hop.source = Some(source);
                Upload::Stream(length)
            }
        };
        let mut lines = HeaderLines::with_capacity(target.headers.byte_len() + 512);
        for (name, value) in target.headers.iter() {
            lines.push(name, value);
        }
        if let (Some(content_type), false) = (&target.content_type, target.headers.contains("content-type")) {
            lines.push("Content-Type", content_type.as_bytes());
        }
        if !target.headers.contains("cookie") {
            let context = Context::default();
            let sent = lines.write("Cookie", |out| {
                let count = match &target.cookies {
                    None => self.jar.header(&target.url, &context, out),
                    Some(own) => self.jar.header_with(&target.url, &context, own, out),
                };
                (count != 0).then_some(count)
            });
            hop.cookies_sent = sent.unwrap_or(0);
        }
        if target.trusted && !target.headers.contains("authorization") {
            let auth = self.request.auth.as_ref().unwrap_or(&self.options.auth);
            if let Some(value) = authorization(target, auth, self.options.netrc.as_deref())? {
                lines.push("Authorization", &value);
            }
        }
        // libcurl adds these of its own accord unless told not to.
        let sends = !matches!((&upload, target.method.as_str()), (Upload::None, "GET" | "HEAD"));
        let has_type = target.content_type.is_some() || target.headers.contains("content-type");
        for (name, unwanted) in [
            ("Accept", !target.headers.contains("accept")),
            ("Content-Type", sends && !has_type),
            ("Expect", sends && !target.headers.contains("expect")),
        ] {
            if unwanted {
                lines.refuse(name);
            }
        }
        let environment: Option<proxy::Environment> =
            self.options.trust_env.then_some(&|name: &str| std::env::var(name).ok());
        let proxy = proxy::select(&self.request.proxy, &self.options.proxy, environment, &target.url)?;
        let proxy = proxy.map(|proxy| {
            let (username, password) = proxy.credentials.clone().unzip();
            Proxy { url: proxy.url(), username, password }
        });
        let origin = &target.url[..Position::BeforePath];
        match &proxy {
            Some(proxy) => target.host = format!("{origin} via {}", proxy.url).into(),
            None if *target.host == *origin => {}
            None => target.host = origin.into(),
        }
        Ok(Transfer {
            url: target.url[..Position::AfterQuery].into(),
            host: target.host.clone(),
            method: target.method.clone(),
            headers: lines,
            upload,
            network: self.options.network.clone(),
            proxy,
            connect_timeout: self.timeouts.connect,
            read_timeout: self.timeouts.read,
        })
    }

    /// The hop is over: what now?
    fn end_hop(&mut self, result: Result<()>, facts: Facts) -> Step {
        let result = result.and(self.end_body());
        if let Some(delay) = self.retry(&result) {
            self.tries += 1;
            return Step::Wait(delay);
        }
        if let Err(error) = result {
            return self.conclude(Some(error), facts);
        }
        match self.next_hop() {
            Ok(None) => self.conclude(None, facts),
            Ok(Some(change)) => {
                let response = self.take_response(None, facts, false);
                self.history.push(Arc::new(response));
                self.apply(change);
                self.begin_hop()
            }
            Err(error) => self.conclude(Some(error), facts),
        }
    }

    /// Nothing more comes. What had come of a broken body is kept whole.
    fn end_body(&mut self) -> Result<()> {
        let Hop { decoder, body, head, .. } = &mut self.hop;
        match decoder {
            Some(decoder) => decoder.finish(body),
            // libcurl takes a head that breaks off for a whole one.
            None if !head.is_complete() => {
                Err(Error::new(Code::Truncated, "the connection ended before the response's header did"))
            }
            None => Ok(()),
        }
    }

    /// How long to wait before the same hop is tried once more.
    fn retry(&self, result: &Result<()>) -> Option<Duration> {
        let (policy, target) = (self.options.retry.as_ref()?, self.target.as_ref()?);
        let head = self.hop.head.head();
        let failure = match result {
            Err(error) => Failure::Error(error.code()),
            Ok(()) => Failure::Status(head.status, head.headers.get_str("retry-after")),
        };
        let mut random = [0; 4];
        let _ = getrandom::fill(&mut random);
        let random = f64::from(u32::from_ne_bytes(random)) / (f64::from(u32::MAX) + 1.0);
        let retry = policy.decide(target.method.as_str(), self.tries + 1, failure, random, now())?;
        Some(retry.delay)
    }

    /// Whether the response asks for another request.
    fn next_hop(&mut self) -> Result<Option<Change>> {
        let Some(target) = &mut self.target else { return Ok(None) };
        let head = self.hop.head.head();
        let auth = self.request.auth.as_ref().unwrap_or(&self.options.auth);
        if let (401, true, Auth::Digest(client)) = (head.status, target.trusted, auth) {
            let values = head.headers.get_all("www-authenticate");
            let mut client = lock(client);
            if client.challenged(&target.url, values, target.answered)? {
                return Ok(Some(Change::Answer));
            }
        }
        if self.redirects.limit == 0 {
            return Ok(None);
        }
        let next = redirect::decide(
            head.status,
            target.method.as_str(),
            !target.body.is_empty(),
            &target.url,
            redirect::location(&head.headers)?,
            self.redirects.policy,
            self.redirects.refuse_downgrade,
        )?;
        if next.is_some() && self.followed == self.redirects.limit {
            let text = format!("more than {} redirects", self.redirects.limit);
            return Err(Error::new(Code::TooManyRedirects, text));
        }
        Ok(next.map(Change::Redirect))
    }

    fn apply(&mut self, change: Change) {
        let Some(target) = &mut self.target else { return };
        self.tries = 0;
        match change {
            Change::Answer => target.answered = true,
            Change::Redirect(next) => {
                self.followed += 1;
                redirect::strip(target.headers.to_mut(), &next, &self.options.secrets);
                if !next.keeps_body {
                    target.body = Body::Empty;
                    target.content_type = None;
                }
                target.trusted &= !next.cross_origin;
                target.answered = false;
                target.method = Text::method(&next.method);
                target.url = next.url;
                let _ = target.url.set_username("");
                let _ = target.url.set_password(None);
            }
        }
    }

    /// The hop as a response.
    fn take_response(&mut self, error: Option<Error>, facts: Facts, last: bool) -> Response {
        let hop = std::mem::take(&mut self.hop);
        let head = hop.head.into_head();
        let mut body = hop.body;
        if body.try_reserve_exact(1).is_err() {
            body.pop();
        }
        body.push(0);
        // The last hop needs its target no more.
        let target = if last { self.target.take() } else { None };
        let (parsed_url, method) = match (target, &self.target) {
            (Some(target), _) => (Some(target.url), target.method),
            (None, Some(target)) => (Some(target.url.clone()), target.method.clone()),
            (None, None) => (None, self.request.method.clone()),
        };
        Response {
            id: self.id,
            userdata: self.userdata,
            error,
            method,
            url: Text::new(parsed_url.as_ref().map_or(&*self.request.url, Url::as_str)),
            parsed_url,
            head,
            body,
            history: Vec::new(),
            facts,
            cookies_sent: hop.cookies_sent,
            cookies: hop.cookies,
            undecoded: hop.decoder.as_ref().and_then(Decoder::undecoded).map(Into::into),
            elapsed: self.started.elapsed(),
            html: OnceCell::new(),
            text: OnceCell::new(),
        }
    }

    fn conclude(&mut self, error: Option<Error>, facts: Facts) -> Step {
        let mut response = self.take_response(error, facts, true);
        response.history = std::mem::take(&mut self.history);
        self.response = Some(response);
        Step::Finish
    }

    /// The final head is complete.
    fn head_complete(&mut self) -> Result<()> {
        let Some(target) = &self.target else { return Ok(()) };
        let head = self.hop.head.head();
        let mut fields = head.headers.get_all("set-cookie").peekable();
        if fields.peek().is_some() {
            self.hop.cookies = self.jar.store_response(&target.url, fields, &Context::default());
        }
        if self.options.hsts && self.options.network.verify && target.url.scheme() == "https" {
            if let Some(field) = head.headers.get("strict-transport-security") {
                lock(&self.hsts).note(&target.url, field, now());
            }
        }
        if let Auth::Digest(client) = self.request.auth.as_ref().unwrap_or(&self.options.auth) {
            if let Some(info) = head.headers.get("authentication-info") {
                let mut client = lock(client);
                client.authenticated(&target.url, info);
            }
        }
        let mut limits = self.options.decode;
        limits.max_bytes = limits.max_bytes.min(self.max_body());
        let has_body = target.method.as_str() != "HEAD" && !matches!(head.status, 204 | 304);
        let codings = head.headers.get_all("content-encoding").filter(|_| has_body);
        let promised = content_length(&head.headers)?.filter(|_| has_body).unwrap_or(0);
        if promised > self.max_body() {
            return Err(self.body_too_large());
        }
        self.hop.decoder = Some(Decoder::new(codings, limits)?);
        // What the server promises is only believed up to a point.
        let _ = self.hop.body.try_reserve(promised.min(1 << 20) as usize + 1);
        Ok(())
    }

    fn body_too_large(&self) -> Error {
        Error::new(Code::BodyTooLarge, format!("the response's body exceeds {} bytes", self.max_body()))
    }

    fn max_body(&self) -> u64 {
        self.request.max_body.unwrap_or(self.options.max_body)
    }
}

/// Seconds since 1970.
fn now() -> i64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.as_secs() as i64)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

enum Change {
    /// The same request again, with an answer to the challenge.
    Answer,
    Redirect(Next),
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
    }
}

impl Task for Exchange {
    type Output = Response;

    fn resume(&mut self, event: Event) -> Step {
        match event {
            Event::Start | Event::Waited => self.begin_hop(),
            Event::Transferred(result, facts) => self.end_hop(result, facts),
            Event::Stopped(error, facts) => {
                let _ = self.end_body();
                self.conclude(Some(error), facts.unwrap_or_default())
            }
        }
    }

    fn header(&mut self, line: &[u8]) -> Result<()> {
        match self.hop.head.line(line)? {
            HeadLine::End => self.head_complete(),
            _ => Ok(()),
        }
    }

    fn body(&mut self, data: &[u8]) -> Result<()> {
        let room = usize::try_from(self.max_body() - self.hop.received).unwrap_or(usize::MAX);
        let within = &data[..data.len().min(room)];
        self.hop.received += within.len() as u64;
        let Hop { decoder, body, .. } = &mut self.hop;
        match decoder {
            Some(decoder) => decoder.push(within, body)?,
            None => return Err(Error::new(Code::Protocol, "a body without a header")),
        }
        if within.len() == data.len() { Ok(()) } else { Err(self.body_too_large()) }
    }

    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        self.hop.source.as_mut().map_or(Ok(0), |source| source.read(into))
    }

    fn rewind(&mut self) -> Result<()> {
        self.hop.source.as_mut().map_or(Ok(()), BodySource::rewind)
    }

    fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    fn finish(self) -> Response {
        let (id, userdata) = (self.id, self.userdata);
        self.response.unwrap_or_else(|| {
            let mut response = Response::failed(Error::new(Code::Internal, "the request came to no end"));
            (response.id, response.userdata) = (id, userdata);
            response
        })
    }
}
