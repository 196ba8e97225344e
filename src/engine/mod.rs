//! Drives transfers: the only place that names curl.
//!
//! One engine owns one libcurl multi handle and no thread. The thread that wants something
//! *leads*: it runs every transfer of the engine until its own is done, and then hands the lead
//! to a thread that still waits. The engine knows transfers, time-outs and connections; what a
//! request is made of (redirects, cookies, retries) is a [`Task`] that it resumes.

mod admission;
mod authorities;
mod driver;
mod ids;
mod lead;
mod nesting;
mod origin;
mod outcome;
mod poller;
mod receiver;
mod settings;
mod shared;
mod signals;
mod sockets;
mod stops;
mod transfer;

pub(crate) use authorities::Authorities;
pub(crate) use lead::Engine;
pub use outcome::Timings;
pub(crate) use outcome::{Facts, libcurl};
pub use transfer::{ClientCert, VersionChoice};
pub(crate) use transfer::{Native, Network, Proxy, Transfer, Upload};

use crate::error::Error;
use std::borrow::Cow;
use std::time::{Duration, Instant};

/// Limits of an engine's connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Connections to one host (scheme, name and port, or proxy).
    pub per_host: usize,
    /// Connections in all.
    pub total: usize,
    /// Idle connections that are kept for reuse.
    pub idle: usize,
}

/// What the engine tells a task.
#[derive(Debug)]
pub(crate) enum Event {
    /// The task begins.
    Start,
    /// The transfer that it asked for is over.
    Transferred(Result<(), Error>, Facts),
    /// The delay that it asked for is over.
    Waited,
    /// The task as a whole is over: a time-out, a cancellation or a transfer that could not be
    /// written, with the facts of the transfer that it interrupted. It must answer
    /// [`Step::Finish`] or [`Step::Answered`].
    Stopped(Error, Option<Facts>),
}

/// What a task wants next.
#[derive(Debug)]
pub(crate) enum Step {
    /// Run a transfer with [`Task::host`]. What it is, [`Task::transfer`] says when its turn comes.
    Transfer,
    /// Wait that long.
    Wait(Duration),
    /// Nothing: whoever waits for the output may ask for it.
    Finish,
    /// Nothing: the output was given already, by [`Task::answer`].
    Answered,
}

/// What a callback of a task wants of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// Nothing: go on.
    Go,
    /// The task can answer before its end: ask [`Task::answer`].
    Answer,
    /// A thread that waits for a signal of the task should look ([`Engine::wait_until`]).
    Signal,
    /// The task takes no more now. The same bytes come again after [`Engine::unpause`].
    Pause,
}

/// One request's whole life, as the engine sees it. Every method but [`Task::finish`] runs on the
/// leading thread, without any lock held.
pub(crate) trait Task: Send + Sized + 'static {
    /// What it comes to.
    type Output: Send;

    /// The next step.
    fn resume(&mut self, event: Event) -> Step;
    /// What shares connections and limits with the next transfer: scheme, host, port and the proxy.
    fn host(&self) -> Cow<'_, str>;
    /// Writes the next transfer, which goes out at once, in place of what is in it. An error stops the
    /// task.
    fn transfer(&mut self, transfer: &mut Transfer) -> Result<(), Error>;
    /// A header line, its line end included: status lines, fields, the blank line, and after
    /// the body the trailers.
    fn header(&mut self, line: &[u8]) -> Result<Flow, Error>;
    /// A piece of the body as it came from the wire (chunks undone).
    fn body(&mut self, data: &[u8]) -> Result<Flow, Error>;
    /// The next bytes of the request's body; 0 at its end.
    fn read(&mut self, into: &mut [u8]) -> Result<usize, Error>;
    /// Starts the request's body anew, when libcurl must send it once more.
    fn rewind(&mut self) -> Result<(), Error>;
    /// When the task must be over.
    fn deadline(&self) -> Option<Instant>;
    /// The result before the end, with the facts so far, after a [`Flow::Answer`]. The task goes
    /// on without anybody who waits for its end.
    fn answer(&mut self, facts: Facts) -> Option<Self::Output>;
    /// The result. Called last, on the thread that takes it: what it costs holds no other up.
    fn finish(self: Box<Self>) -> Self::Output;
}
