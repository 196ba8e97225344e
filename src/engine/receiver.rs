//! What libcurl calls during a transfer.

use super::admission::Protocol;
use super::outcome::{self, Facts, Remote};
use super::settings::Settled;
use super::signals::{Signals, after};
use super::sockets;
use super::transfer::{Transfer, Upload};
use super::{Flow, Task};
use crate::error::{Code, Error};
use crate::public_address::{self, is_public};
use curl::easy::{Handler, InfoType, ReadError, SeekResult, WriteError};
use curl_sys as sys;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::io::SeekFrom;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long the end of the time to connect is put off at most.
const FORGIVEN: Duration = Duration::from_secs(1);

/// The receiver of libcurl's callbacks. It keeps the task for as long as the transfer runs.
pub(super) struct Receiver<T> {
    pub task: Option<Box<T>>,
    pub id: u64,
    /// The task takes nothing for now.
    pub paused: bool,
    /// Why a callback stopped the transfer.
    pub error: Option<Error>,
    /// An address that it was not let connect to.
    pub refused: Option<IpAddr>,
    pub connected: bool,
    /// Where to, since it is.
    remote: Remote,
    /// When it last moved, by [`Signals::listened`].
    pub active_at: u64,
    /// Bytes of the request's body that were sent when somebody last looked, and when that was.
    sent: u64,
    looked_at: u64,
    /// When it began to connect, if it did.
    connects_at: Option<u64>,
    /// That was put off once.
    forgiven: bool,
    /// How long it waited for a free connection.
    pub queued: Duration,
    /// What shares its connections and limits.
    pub host: Arc<str>,
    /// `None` while it is being written.
    pub transfer: Option<Box<Transfer>>,
    pub signals: Arc<Signals>,
    /// What the host speaks, as far as that was known.
    protocol: Protocol,
    /// This receiver's handle, where what was sent must not be sent again.
    once: Option<*mut sys::CURL>,
    /// The server has said that it did not look at what was sent.
    untouched: bool,
    pub settled: Settled,
}

impl<T: Task> Receiver<T> {
    pub fn new(signals: Arc<Signals>) -> Receiver<T> {
        Receiver {
            task: None,
            id: 0,
            paused: false,
            error: None,
            refused: None,
            connected: false,
            remote: Remote::default(),
            active_at: signals.listened(),
            sent: 0,
            looked_at: 0,
            connects_at: None,
            forgiven: false,
            queued: Duration::ZERO,
            host: "".into(),
            transfer: None,
            signals,
            protocol: Protocol::Unknown,
            once: None,
            untouched: false,
            settled: Settled::default(),
        }
    }

    /// A transfer begins. `once`: the handle, if it must not be sent twice.
    pub fn begin(&mut self, transfer: Box<Transfer>, protocol: Protocol, once: Option<*mut sys::CURL>) {
        (self.once, self.untouched) = (once, false);
        (self.error, self.refused) = (None, None);
        self.connected = false;
        self.paused = false;
        self.protocol = protocol;
        self.active_at = self.signals.listened();
        (self.sent, self.looked_at) = (0, self.active_at);
        (self.connects_at, self.forgiven) = (None, false);
        self.transfer = Some(transfer);
    }

    /// The transfer is over: only its memory stays, and why a callback stopped it.
    pub fn end(&mut self) -> Option<Error> {
        if let Some(transfer) = &mut self.transfer {
            (transfer.upload, transfer.native) = (Upload::None, None);
        }
        self.error.take()
    }

    /// Whether its host's connections may carry many, and it was not sent on one.
    pub fn is_unsent(&self) -> bool {
        !self.connected && self.protocol != Protocol::Single
    }

    pub fn is_proxied(&self) -> bool {
        self.transfer.as_ref().is_some_and(|transfer| transfer.proxy.is_some())
    }

    /// Whether it connects by itself, and only to where the public internet is.
    fn is_public_only(&self) -> bool {
        let direct = self.transfer.as_ref().filter(|transfer| transfer.proxy.is_none());
        direct.is_some_and(|transfer| transfer.network.public_only)
    }

    /// When it has been silent for too long, or to look again.
    pub fn due(&self) -> Option<Instant> {
        let uploads = self.transfer.as_ref().is_some_and(|it| !matches!(it.upload, Upload::None));
        let end = |since, limit: Duration| after(self.signals.now(), limit.saturating_sub(self.since(since)));
        // libcurl sends what it has, and calls nobody.
        let step = self.read_timeout().map(|limit| if uploads { limit / 8 } else { limit });
        match self.connected {
            // The silence is ours.
            true if self.paused => None,
            true if uploads => step.map(|step| end(self.looked_at, step)),
            true => step.map(|step| end(self.active_at, step)),
            // Nothing tells when it begins to connect, or is connected: look again when either could
            // first have lasted too long.
            false => {
                let now = self.signals.listened();
                let connects =
                    self.connect_timeout().map(|limit| end(self.connects_at.unwrap_or(now), limit));
                [connects, step.map(|step| end(now, step))].into_iter().flatten().min()
            }
        }
    }

    /// How long somebody has listened since then.
    fn since(&self, then: u64) -> Duration {
        Duration::from_micros(self.signals.listened().saturating_sub(then))
    }

    /// Looks how much was sent. Whether it has been silent for too long.
    pub fn is_silent(&mut self, sent: u64) -> bool {
        self.looked_at = self.signals.listened();
        if std::mem::replace(&mut self.sent, sent) != sent {
            self.active_at = self.looked_at;
        }
        let limit = self.read_timeout().filter(|_| self.connected && !self.paused);
        limit.is_some_and(|limit| self.since(self.active_at) >= limit)
    }

    /// It begins to look for its host, or to connect. Before that libcurl may hold it back, until
    /// another one's connection has room for it.
    fn connects(&mut self) {
        self.connects_at.get_or_insert(self.signals.listened());
    }

    /// Whether it has tried to connect for too long.
    pub fn is_late(&self) -> bool {
        let limit = self.connect_timeout().filter(|_| !self.connected);
        self.connects_at.zip(limit).is_some_and(|(at, limit)| self.since(at) >= limit)
    }

    /// Puts the end of the time to connect off, once and not for long. Whether it did.
    pub fn forgive(&mut self) -> bool {
        let more = self.connect_timeout().map_or(Duration::ZERO, |limit| limit.saturating_sub(FORGIVEN));
        self.connects_at = Some(self.signals.listened().saturating_sub(more.as_micros() as u64));
        !std::mem::replace(&mut self.forgiven, true)
    }

    fn connect_timeout(&self) -> Option<Duration> {
        self.transfer.as_ref().and_then(|transfer| transfer.connect_timeout)
    }

    fn read_timeout(&self) -> Option<Duration> {
        self.transfer.as_ref().and_then(|transfer| transfer.read_timeout)
    }

    /// What is known of the transfer, which may still run.
    pub fn facts(&self, easy: *mut sys::CURL) -> Facts {
        let uploads = self.transfer.as_ref().is_some_and(|transfer| !matches!(transfer.upload, Upload::None));
        let mut facts = Facts::of(easy, self.connected.then_some(&self.remote), uploads);
        facts.timings.queue += self.queued;
        facts
    }

    /// Runs a callback of the task; its error or panic stops the transfer. Nothing may unwind
    /// through libcurl.
    fn with_task<R>(&mut self, body: impl FnOnce(&mut T) -> Result<R, Error>) -> Option<R> {
        self.active_at = self.signals.listened();
        self.signals.act();
        let task = self.task.as_deref_mut()?;
        let stops = &self.signals.stops;
        let error = match stops.of(self.id) {
            Some(stopped) => stopped,
            None => match catch_unwind(AssertUnwindSafe(|| body(task))) {
                // The call may have been the one that stopped it.
                Ok(Ok(value)) => match stops.of(self.id) {
                    None => return Some(value),
                    Some(stopped) => stopped,
                },
                Ok(Err(error)) => error,
                Err(panic) => crate::panic::error(panic.as_ref()),
            },
        };
        self.error = Some(error);
        None
    }
}

impl<T: Task> Handler for Receiver<T> {
    fn header(&mut self, data: &[u8]) -> bool {
        if data.starts_with(b"HTTP/") {
            let multiplexed = data.starts_with(b"HTTP/2");
            let expected = if multiplexed { Protocol::Multiplexed } else { Protocol::Single };
            if self.protocol != expected {
                // The others need not wait for the end of the response to learn that.
                self.signals.answer(&self.host, multiplexed);
            }
        }
        let flow = self.with_task(|task| task.header(data));
        if let Some(flow @ (Flow::Answer | Flow::Signal)) = flow {
            self.signals.put(self.id, flow);
        }
        flow.is_some()
    }

    fn write(&mut self, data: &[u8]) -> Result<usize, WriteError> {
        match self.with_task(|task| task.body(data)) {
            Some(Flow::Go) => Ok(data.len()),
            Some(Flow::Pause) => {
                self.paused = true;
                self.signals.put(self.id, Flow::Signal);
                Err(WriteError::Pause)
            }
            Some(flow) => {
                self.signals.put(self.id, flow);
                Ok(data.len())
            }
            // Anything but the length is an error to libcurl.
            None => Ok(usize::from(data.is_empty())),
        }
    }

    fn read(&mut self, into: &mut [u8]) -> Result<usize, ReadError> {
        self.with_task(|task| task.read(into)).ok_or(ReadError::Abort)
    }

    fn seek(&mut self, whence: SeekFrom) -> SeekResult {
        match whence {
            SeekFrom::Start(0) => match self.with_task(|task| task.rewind()) {
                Some(()) => SeekResult::Ok,
                None => SeekResult::Fail,
            },
            _ => SeekResult::CantSeek,
        }
    }

    /// Called for what must not be sent twice over HTTP/2 (RFC 9113, 8.7). A text that is not known
    /// ends the request; it never sends it again.
    fn debug(&mut self, kind: InfoType, text: &[u8]) {
        let text = std::str::from_utf8(text).unwrap_or_default();
        self.untouched |= matches!(kind, InfoType::Text)
            && (text.starts_with("HTTP/2 stream ") && text.contains(" refused by server, try again")
                || text.starts_with("REFUSED_STREAM ("));
    }
}

/// Called for each address that is tried. `CURL_SOCKET_BAD` goes on to the next one.
pub(super) extern "C" fn opens<T: Task>(
    receiver: *mut c_void,
    _: sys::curlsocktype,
    address: *mut sys::curl_sockaddr,
) -> sys::curl_socket_t {
    // SAFETY: as for `prereq`; libcurl passes an address of its own.
    let (receiver, ip) = unsafe { (&mut *receiver.cast::<Receiver<T>>(), sockets::ip_of(address)) };
    receiver.connects();
    if let Some(ip) = ip.filter(|ip| receiver.is_public_only() && !is_public(*ip)) {
        receiver.refused = Some(ip);
        return sys::CURL_SOCKET_BAD;
    }
    // SAFETY: as above.
    receiver.signals.sockets.open(unsafe { &*address })
}

/// Called right before a name is looked up.
pub(super) extern "C" fn resolves<T: Task>(_: *mut c_void, _: *mut c_void, receiver: *mut c_void) -> c_int {
    // SAFETY: as for `prereq`.
    unsafe { &mut *receiver.cast::<Receiver<T>>() }.connects();
    0
}

/// Called right before the request is sent on a connection.
pub(super) extern "C" fn prereq<T: Task>(
    receiver: *mut c_void,
    ip: *mut c_char,
    _: *mut c_char,
    port: c_int,
    _: c_int,
) -> c_int {
    // SAFETY: the pointer is the receiver inside the easy handle that runs this transfer, and
    // libcurl calls this while nobody else touches it.
    let receiver = unsafe { &mut *receiver.cast::<Receiver<T>>() };
    // A kept connection died, and libcurl starts anew.
    let untouched = std::mem::take(&mut receiver.untouched);
    if receiver.connected && !untouched && receiver.once.is_some_and(outcome::is_unanswered) {
        let text = "the kept connection ended before a response; what was sent may have been done";
        receiver.error = Some(Error::new(Code::Receive, text));
        return 1; // CURL_PREREQFUNC_ABORT
    }
    // SAFETY: libcurl passes NULL or NUL-terminated text.
    let ip = (!ip.is_null()).then(|| unsafe { CStr::from_ptr(ip) });
    // A connection from when every address would do.
    if receiver.is_public_only()
        && let Some(ip) = ip.and_then(|ip| ip.to_str().ok()?.parse().ok()).filter(|ip| !is_public(*ip))
    {
        receiver.error = Some(public_address::refused(ip));
        return 1;
    }
    if !receiver.connected && receiver.protocol != Protocol::Single {
        receiver.signals.sent(&receiver.host);
    }
    receiver.connected = true;
    if let Some(ip) = ip {
        receiver.remote.set(ip, port.into());
    }
    receiver.active_at = receiver.signals.listened();
    0
}
