//! One request's life: hop by hop through redirects, challenges and retries.
//!
//! Each hop decides anew which cookies and credentials it carries, and stores the cookies of its
//! response before the body is read.

use super::buffers::Buffers;
use super::delivery::{Delivery, Destination, Moved};
use super::download::{self, Download};
use super::hop::{Hop, Target, told};
use super::log::{Entry, Event, Level, ending, show, without_credentials};
use super::options::{Auth, Options, Redirects, Timeouts};
use super::request::Request;
use super::response::{Note, Response};
use super::sequel::Sequel;
use super::stream::{Bookmark, Source, Stream};
use crate::calendar::now;
use crate::cookies::{Context, Jar};
use crate::engine::{self, Engine, Facts, Flow, Network, Step, Task, Transfer};
use crate::error::{Code, Error, Result};
use crate::http::head::{HeadLine, content_length};
use crate::http::hsts::{Hsts, Policy};
use crate::http::syntax::show_bytes;
use crate::http::{BodySource, Decoder, ResponseHead};
use crate::lock::lock;
use crate::text::Text;
use once_cell::sync::OnceCell;
use std::borrow::Cow;
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};
use url::Url;

/// The most bytes of the body of a response that only leads to another: a redirect, a challenge, one
/// that is tried again.
const PASSED_BY: u64 = 1 << 20;

/// A request under way.
pub(crate) struct Exchange {
    pub(super) options: Arc<Options>,
    pub(super) jar: Arc<Jar>,
    pub(super) hsts: Arc<Mutex<Hsts>>,
    pub(super) request: Box<Request>,
    /// Where it goes at first, until the first hop takes it.
    pub(super) url: Option<Result<Url>>,
    pub(super) network: Arc<Network>,
    /// For whoever reads the response while it comes.
    engine: Weak<Engine<Exchange>>,
    buffers: Arc<Buffers>,
    /// Its number in the engine, and whether that is what the caller knows it by.
    pub(super) serial: u64,
    pub(super) submitted: bool,
    pub(super) userdata: usize,
    started: Instant,
    deadline: Option<Instant>,
    pub(super) timeouts: Timeouts,
    pub(super) redirects: Redirects,

    /// What the next hop is to be; `None` before the first.
    pub(super) target: Option<Target>,
    pub(super) hop: Box<Hop>,
    pub(super) download: Option<Box<Download>>,
    history: Vec<Arc<Response>>,
    pub(super) followed: u32,
    pub(super) tries: u32,
    /// A hop was sent again because its connection had died.
    pub(super) revived: bool,
    ending: Option<Ending>,
    answered: bool,
}

/// How it ended.
struct Ending {
    error: Option<Error>,
    facts: Facts,
    elapsed: Duration,
}

impl Exchange {
    pub fn new(
        options: Arc<Options>,
        jar: Arc<Jar>,
        hsts: Arc<Mutex<Hsts>>,
        engine: Weak<Engine<Exchange>>,
        buffers: Arc<Buffers>,
        request: Box<Request>,
        url: Result<Url>,
    ) -> Exchange {
        let timeouts = request.timeouts.over(options.timeouts);
        let (started, head) = (Instant::now(), options.head);
        let network = match request.verify {
            Some(verify) if verify != options.network.verify => {
                Arc::new(Network { verify, ..(*options.network).clone() })
            }
            _ => options.network.clone(),
        };
        Exchange {
            deadline: timeouts.total.and_then(|limit| started.checked_add(limit)),
            redirects: request.redirects.over(options.redirects),
            network,
            timeouts,
            started,
            options,
            jar,
            hsts,
            request,
            url: Some(url),
            engine,
            buffers,
            serial: 0,
            submitted: false,
            userdata: 0,
            target: None,
            hop: Box::new(Hop::new(head)),
            download: None,
            history: Vec::new(),
            followed: 0,
            tries: 0,
            revived: false,
            ending: None,
            answered: false,
        }
    }

    /// The id that the caller knows it by.
    fn id(&self) -> u64 {
        if self.submitted { self.serial } else { 0 }
    }

    /// A response for an exchange that never began.
    pub fn refused(&self, error: Error) -> Response {
        let mut response = Response::failed(error);
        (response.id, response.userdata) = (self.id(), self.userdata);
        response.url = OnceCell::with_value(Text::new(&without_credentials(&self.request.url)));
        response.method = self.request.method.clone();
        response
    }

    pub(super) fn logs(&self, level: Level) -> bool {
        self.options.log.as_ref().is_some_and(|log| level <= log.level)
    }

    pub(super) fn log(&self, level: Level, event: Event, text: &str) {
        if let Some(log) = self.options.log.as_ref().filter(|log| level <= log.level) {
            (log.log)(&Entry { level, request: self.serial, event, text });
        }
    }

    /// Keeps a decision with the hop, and tells it to the log.
    pub(super) fn note(&mut self, event: Event, text: String) {
        self.log(Level::Info, event, &text);
        self.hop.notes.push(Note { event, text: Text::new(&text) });
    }

    /// Sends the target's request.
    fn begin_hop(&mut self) -> Step {
        match self.route() {
            Ok(()) => Step::Transfer,
            Err(error) => self.conclude(Some(error), Facts::default()),
        }
    }

    /// The hop is over: what now?
    fn end_hop(&mut self, result: Result<()>, facts: Facts) -> Step {
        let result = self.end_body(result);
        let mut flaw = None;
        let sequel = match result {
            Ok(()) => self.hop.sequel.take().unwrap_or(Ok(Sequel::Final)),
            // Only where it leads counts of a redirect, as in browsers.
            Err(error) if is_of_body(error.code()) && self.leads_on() => {
                flaw = Some(error).filter(|_| self.hop.head.head().status != 417);
                self.hop.sequel.take().unwrap_or(Ok(Sequel::Final))
            }
            Err(error) => match self.retry_error(&error, &facts) {
                Some(delay) => Ok(Sequel::Retry(delay)),
                None => Err(error),
            },
        };
        match sequel {
            Err(error) => self.conclude(Some(error), facts),
            Ok(Sequel::Final) => match self.refresh() {
                Ok(None) => self.conclude(None, facts),
                Ok(Some((delay, next))) => {
                    self.note(Event::Refresh, format!("to {} in {} s", show(&next.url), delay.as_secs()));
                    self.leave(&next);
                    self.push_history(None, facts);
                    self.follow(next);
                    Step::Wait(delay)
                }
                Err(error) => self.conclude(Some(error), facts),
            },
            Ok(Sequel::Retry(delay)) => Step::Wait(delay),
            Ok(Sequel::Again) => {
                self.push_history(flaw, facts);
                self.begin_hop()
            }
            Ok(Sequel::Redirect(next)) => {
                self.leave(&next);
                self.push_history(flaw, facts);
                self.follow(next);
                self.begin_hop()
            }
        }
    }

    /// Nothing more comes of the body. What the decoder holds back belongs to it, also when the
    /// transfer broke.
    fn end_body(&mut self, result: Result<()>) -> Result<()> {
        let Hop { decoder, body, delivery, head, .. } = &mut *self.hop;
        let finished = match decoder {
            Some(decoder) => delivery.finish(decoder, body),
            // libcurl takes a head that breaks off for a whole one.
            None if !head.is_complete() => {
                Err(Error::new(Code::Truncated, "the connection ended before the response's header did"))
            }
            None => Ok(()),
        };
        let result = result.and(finished);
        let Delivery::File(download) = delivery else { return result };
        let result = result.and_then(|()| download.commit());
        if result.is_err() {
            download.give_up();
            if let Delivery::File(download) = std::mem::take(delivery) {
                self.download = Some(download);
            }
        }
        result
    }

    /// Whether another hop follows whatever becomes of this one's body.
    fn leads_on(&self) -> bool {
        matches!(self.hop.sequel, Some(Ok(Sequel::Redirect(_) | Sequel::Again)))
    }

    /// Whether the response is none for the caller: what it leads to is.
    fn is_passed_by(&self) -> bool {
        self.leads_on() || matches!(self.hop.sequel, Some(Ok(Sequel::Retry(_))))
    }

    /// `flaw`: what was wrong with the hop's body.
    fn push_history(&mut self, flaw: Option<Error>, facts: Facts) {
        let response = self.take_response(flaw, facts, self.started.elapsed(), false);
        self.history.push(Arc::new(response));
    }

    /// The hop as a response.
    fn take_response(
        &mut self,
        error: Option<Error>,
        facts: Facts,
        elapsed: Duration,
        last: bool,
    ) -> Response {
        let head = std::mem::take(&mut self.hop.head).into_head();
        self.make_response(head, error, facts, elapsed, last)
    }

    fn make_response(
        &mut self,
        head: ResponseHead,
        error: Option<Error>,
        facts: Facts,
        elapsed: Duration,
        last: bool,
    ) -> Response {
        let id = self.id();
        let hop = &mut self.hop;
        if !facts.answered && !facts.unanswered {
            // Nothing was sent at all.
            (hop.cookie, hop.cookies_sent) = Default::default();
        }
        let mut body = std::mem::take(&mut hop.body);
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
        let resumed_from = match (&hop.delivery, &self.download) {
            (Delivery::File(download), _) | (_, Some(download)) => download.offset,
            _ => 0,
        };
        Response {
            id,
            userdata: self.userdata,
            error,
            method,
            url: match parsed_url {
                Some(_) => OnceCell::new(),
                None => OnceCell::with_value(Text::new(&without_credentials(&self.request.url))),
            },
            parsed_url,
            head,
            body,
            history: Vec::new(),
            facts,
            proxy: hop.proxy.take().unwrap_or_default(),
            cookie: std::mem::take(&mut hop.cookie),
            cookies_sent: hop.cookies_sent,
            cookies: std::mem::take(&mut hop.cookies),
            notes: std::mem::take(&mut hop.notes),
            undecoded: hop.decoder.as_ref().and_then(Decoder::undecoded).map(Text::new),
            resumed_from,
            elapsed,
            source: None,
            bookmark: Bookmark::default(),
            html: OnceCell::new(),
            text: OnceCell::new(),
        }
    }

    fn conclude(&mut self, error: Option<Error>, facts: Facts) -> Step {
        let told = self.options.log.is_some().then(|| ending(error.as_ref(), self.started.elapsed()));
        let step = self.settle(error, facts);
        // Last: should it panic, all else is done.
        if let Some((level, text)) = told {
            self.log(level, Event::End, &text);
        }
        step
    }

    fn settle(&mut self, error: Option<Error>, facts: Facts) -> Step {
        if let (Delivery::Stream(stream), true) = (&self.hop.delivery, self.answered) {
            stream.end(error, facts, std::mem::take(&mut self.hop.head).into_head().trailers);
            return Step::Answered;
        }
        // Whoever takes the response need not do so soon.
        self.hop.source = None;
        self.ending = Some(Ending { error, facts, elapsed: self.started.elapsed() });
        Step::Finish
    }

    /// The final head is complete.
    fn head_complete(&mut self) -> Result<Flow> {
        let Some(target) = &self.target else { return Ok(Flow::Go) };
        let head = self.hop.head.head();
        if self.logs(Level::Debug) {
            let reason = show_bytes(head.reason.as_str().as_bytes());
            let text = format!("{} {reason} from {}", head.status, show(&target.url));
            self.log(Level::Debug, Event::Response, &text);
        }
        if head.headers.contains("set-cookie") {
            self.store_cookies();
        }
        let (Some(target), head) = (&self.target, self.hop.head.head()) else { return Ok(Flow::Go) };
        if self.options.hsts
            && self.network.verify
            && target.url.scheme() == "https"
            && let Some(policy) = head.headers.get("strict-transport-security").and_then(Policy::parse)
        {
            lock(&self.hsts).note(&target.url, policy, now());
        }
        let auth = self.request.auth.as_ref().unwrap_or(&self.options.auth);
        if let Auth::Digest(client) = auth
            && let Some(info) = head.headers.get("authentication-info")
        {
            lock(client).authenticated(&target.url, info);
        }
        let has_body = target.method.as_str() != "HEAD" && !matches!(head.status, 204 | 304);
        let promised = content_length(&head.headers)?.filter(|_| has_body);
        self.hop.promised = promised;
        self.hop.sequel = Some(self.judge());
        let head = self.hop.head.head();
        let codings = head.headers.get_all("content-encoding").filter(|_| has_body);
        let mut limits = self.options.decode;
        limits.max_bytes = limits.max_bytes.min(self.max_body());
        let decoder = Decoder::new(codings, limits);
        if promised > Some(self.max_body()) && !self.leads_on() {
            return Err(self.body_too_large());
        }
        self.hop.decoder = Some(decoder?);
        if self.hop.head.head().status == 417 && self.leads_on() {
            // libcurl would send the request again itself, and with the caller's header.
            return Err(Error::new(Code::Truncated, "the expectation was refused"));
        }
        let refresh = self.named_by_header().map_or(Ok(None), |named| self.refresh_to(named));
        let is_final = matches!((&self.hop.sequel, refresh), (Some(Ok(Sequel::Final)), Ok(None)))
            && !self.is_unsettled();
        if is_final && !matches!(self.request.destination, Destination::Memory) {
            return self.deliver();
        }
        // What the server promises is only believed up to a point.
        self.hop.body = self.buffers.take(promised.unwrap_or(0).min(1 << 20) as usize + 1);
        Ok(Flow::Go)
    }

    /// Whether libcurl may send the request again within the transfer, with credentials.
    fn is_unsettled(&self) -> bool {
        let auth = self.request.auth.as_ref().unwrap_or(&self.options.auth);
        self.hop.head.head().status == 401 && matches!(auth, Auth::Native(_))
    }

    /// The final body begins, and goes somewhere else than into memory.
    fn deliver(&mut self) -> Result<Flow> {
        let head = self.hop.head.head();
        let good = head.status < 400;
        let has_body = self.target.as_ref().is_some_and(|target| target.method.as_str() != "HEAD");
        self.hop.delivery = match &self.request.destination {
            Destination::Reader => Delivery::Stream(Arc::new(Stream::default())),
            Destination::Sink(sink) if good => Delivery::Sink(sink.clone()),
            Destination::File(..) if !has_body => Delivery::Memory,
            Destination::File(..) => match &mut self.download {
                None => Delivery::Memory,
                Some(download) => match download.judge(head) {
                    download::Handling::Write => {
                        download.begin(head, now())?;
                        if let (206, Some(total)) = (head.status, self.hop.promised.as_mut()) {
                            *total += download.offset;
                        }
                        Delivery::File(self.download.take().expect("there is one"))
                    }
                    download::Handling::Unasked => {
                        let text = "a part of the file came, which was not asked for";
                        return Err(Error::new(Code::Protocol, text));
                    }
                    download::Handling::Keep | download::Handling::Restart => Delivery::Memory,
                },
            },
            _ => Delivery::Memory,
        };
        if let Delivery::File(download) = &self.hop.delivery
            && download.offset > 0
        {
            let offset = download.offset;
            self.note(Event::Resume, format!("goes on at byte {offset}"));
        }
        // The pace is the reader's from here on, or the body's size decides.
        if !matches!(self.hop.delivery, Delivery::Memory) && self.request.timeouts.total.is_none() {
            self.deadline = None;
        }
        Ok(if matches!(self.hop.delivery, Delivery::Stream(_)) { Flow::Answer } else { Flow::Go })
    }

    fn store_cookies(&mut self) {
        let Some(target) = &self.target else { return };
        let fields = self.hop.head.head().headers.get_all("set-cookie");
        self.hop.cookies = self.jar.store_response(&target.url, fields, &Context::default());
        let refused: Vec<String> = self
            .hop
            .cookies
            .iter()
            .filter(|outcome| !outcome.is_success())
            .map(|outcome| told(&outcome.name, outcome.reason))
            .collect();
        for text in refused {
            self.note(Event::Cookie, text);
        }
    }

    fn body_too_large(&self) -> Error {
        let of =
            self.target.as_ref().map_or(Cow::Borrowed("the response"), |target| show(&target.url).into());
        Error::new(Code::BodyTooLarge, format!("the body of {of} exceeds {} bytes", self.max_body()))
    }

    fn max_body(&self) -> u64 {
        let most = self.request.max_body.unwrap_or(self.options.max_body);
        if self.is_passed_by() { most.min(PASSED_BY) } else { most }
    }

    fn progress(&self) -> Result<()> {
        let Some(progress) = &self.request.progress else { return Ok(()) };
        let offset = match &self.hop.delivery {
            Delivery::File(download) => download.offset,
            _ => 0,
        };
        let source = self.hop.source.as_ref();
        let (sent, to_send) = source.map_or((0, Some(0)), |source| (source.sent(), source.len()));
        progress(&Moved {
            received: offset + self.hop.received,
            to_receive: self.hop.promised,
            sent,
            to_send,
        })
    }
}

/// Errors that a response's body makes, and nobody's wish.
pub(super) fn is_of_body(code: Code) -> bool {
    use Code::{BodyTooLarge, Encoding, Protocol, Ratio, ReadTimeout, Receive, Slow, Truncated};
    matches!(code, BodyTooLarge | Encoding | Protocol | Ratio | ReadTimeout | Receive | Slow | Truncated)
}

impl Task for Exchange {
    type Output = Arc<Response>;

    fn resume(&mut self, event: engine::Event) -> Step {
        match event {
            engine::Event::Start | engine::Event::Waited => self.begin_hop(),
            engine::Event::Transferred(result, facts) => self.end_hop(result, facts),
            engine::Event::Stopped(error, facts) => {
                let result = self.end_body(Err(error));
                self.conclude(result.err(), facts.unwrap_or_default())
            }
        }
    }

    fn host(&self) -> Cow<'_, str> {
        self.origin()
    }

    fn transfer(&mut self, transfer: &mut Transfer) -> Result<()> {
        self.write(transfer)
    }

    fn header(&mut self, line: &[u8]) -> Result<Flow> {
        if self.hop.head.is_complete() && line.starts_with(b"HTTP/") && self.is_unsettled() {
            // libcurl has sent the request again: another response follows.
            let hop = std::mem::take(&mut self.hop);
            self.hop.head = hop.head;
            self.hop.head.reset();
            (self.hop.source, self.hop.cookie, self.hop.cookies_sent) =
                (hop.source, hop.cookie, hop.cookies_sent);
            (self.hop.notes, self.hop.proxy) = (hop.notes, hop.proxy);
        }
        match self.hop.head.line(line)? {
            HeadLine::End => self.head_complete(),
            _ => Ok(Flow::Go),
        }
    }

    fn body(&mut self, data: &[u8]) -> Result<Flow> {
        let max = self.max_body();
        let hop = &mut self.hop;
        let again = hop.taken.min(data.len());
        let room = usize::try_from(max - hop.received).unwrap_or(usize::MAX);
        let all = &data[again..];
        let fresh = &all[..all.len().min(room)];
        let Some(decoder) = &mut hop.decoder else {
            return Err(Error::new(Code::Protocol, "a body without a header"));
        };
        let taken = hop.delivery.push(decoder, fresh, &mut hop.body)?;
        hop.received += taken as u64;
        if taken == fresh.len() && fresh.len() < all.len() {
            return Err(self.body_too_large());
        }
        let flow = match (taken < fresh.len(), &hop.delivery) {
            (true, _) => Flow::Pause,
            (false, Delivery::Stream(_)) => Flow::Signal,
            (false, _) => Flow::Go,
        };
        // All of a piece comes again that was not taken whole.
        hop.taken = if flow == Flow::Pause { again + taken } else { hop.taken - again };
        if self.request.progress.is_some() {
            self.progress()?;
        }
        Ok(flow)
    }

    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        let count = self.hop.source.as_mut().map_or(Ok(0), |source| source.read(into))?;
        if self.request.progress.is_some() {
            self.progress()?;
        }
        Ok(count)
    }

    fn rewind(&mut self) -> Result<()> {
        self.hop.source.as_mut().map_or(Ok(()), BodySource::rewind)
    }

    fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    fn answer(&mut self, facts: Facts) -> Option<Arc<Response>> {
        let Delivery::Stream(stream) = &self.hop.delivery else { return None };
        let source = Source::new(stream.clone(), self.engine.upgrade()?, self.serial);
        let head = self.hop.head.head().clone();
        let mut response = self.make_response(head, None, facts, self.started.elapsed(), true);
        response.history = std::mem::take(&mut self.history);
        response.source = Some(source);
        self.answered = true;
        Some(Arc::new(response))
    }

    fn finish(mut self: Box<Self>) -> Arc<Response> {
        let Some(Ending { error, facts, elapsed }) = self.ending.take() else {
            let error = Error::new(Code::Internal, "the request came to no end");
            return Arc::new(self.refused(error));
        };
        let mut response = self.take_response(error, facts, elapsed, true);
        response.history = std::mem::take(&mut self.history);
        Arc::new(response)
    }
}
