//! What libcurl's callbacks tell the driver, and the time that they go by.

use super::Flow;
use super::sockets::Sockets;
use super::stops::Stops;
use crate::lock::lock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Shared by a driver and the callbacks of its transfers, which all run on the leading thread.
#[derive(Debug)]
pub(super) struct Signals {
    pub sockets: Sockets,
    pub stops: Arc<Stops>,
    origin: Instant,
    /// Microseconds since `origin`: the time when the leader last woke up. Callbacks are many
    /// and all happen right after.
    now: AtomicU64,
    /// Microseconds in which somebody listened to the peers: not those that tasks took for themselves.
    /// Silence is measured in them.
    listened: AtomicU64,
    /// A task was called since the time was last counted.
    acted: AtomicBool,
    /// When libcurl wants to be called: microseconds since `origin` plus one, 0 for never.
    timer: AtomicU64,
    /// The hosts of transfers that are sent.
    sent: Mutex<Vec<Arc<str>>>,
    /// The hosts that answer otherwise than expected, and whether it is with HTTP/2.
    answers: Mutex<Vec<(Arc<str>, bool)>>,
    /// What tasks want, with their ids.
    flows: Mutex<Vec<(u64, Flow)>>,
}

/// So much later, or in a hundred years where a clock does not go that far.
pub(super) fn after(at: Instant, time: Duration) -> Instant {
    at.checked_add(time).unwrap_or(at + Duration::from_secs(100 * 365 * 24 * 3600))
}

impl Signals {
    pub fn new(sockets: Sockets, stops: Arc<Stops>) -> Signals {
        Signals {
            sockets,
            stops,
            origin: Instant::now(),
            now: AtomicU64::new(0),
            listened: AtomicU64::new(0),
            acted: AtomicBool::new(false),
            timer: AtomicU64::new(0),
            sent: Mutex::default(),
            answers: Mutex::default(),
            flows: Mutex::default(),
        }
    }

    /// Looks at the clock.
    pub fn tick(&self) -> Instant {
        let now = Instant::now();
        self.now.store((now - self.origin).as_micros() as u64, Ordering::Relaxed);
        now
    }

    /// The time of the last look.
    pub fn now(&self) -> Instant {
        self.origin + Duration::from_micros(self.moment())
    }

    fn moment(&self) -> u64 {
        self.now.load(Ordering::Relaxed)
    }

    /// How long somebody has listened so far, in microseconds.
    pub fn listened(&self) -> u64 {
        self.listened.load(Ordering::Relaxed)
    }

    /// Somebody has listened for so much longer.
    pub fn listen(&self, time: Duration) {
        self.listened.store(self.listened() + time.as_micros() as u64, Ordering::Relaxed);
    }

    /// libcurl wants to be called after this time; `None`: it no longer does.
    pub fn set_timer(&self, after: Option<Duration>) {
        let at = match after {
            None => 0,
            // At once, whatever the clock says by now.
            Some(Duration::ZERO) => 1,
            // Too early by what was done since the last look: libcurl then asks for the rest.
            Some(after) => self.moment() + after.as_micros() as u64 + 1,
        };
        self.timer.store(at, Ordering::Relaxed);
    }

    /// A task is called: what it does may take its time.
    pub fn act(&self) {
        self.acted.store(true, Ordering::Relaxed);
    }

    /// Somebody worked for so long. It counts where no task was called: a peer that keeps libcurl busy
    /// says nothing.
    pub fn work(&self, time: Duration) {
        if !self.acted.swap(false, Ordering::Relaxed) {
            self.listen(time);
        }
    }

    /// When libcurl wants to be called.
    pub fn timer(&self) -> Option<Instant> {
        let due = self.timer.load(Ordering::Relaxed);
        (due != 0).then(|| self.origin + Duration::from_micros(due - 1))
    }

    /// A task wants something.
    pub fn put(&self, id: u64, flow: Flow) {
        let mut flows = lock(&self.flows);
        if flows.last() != Some(&(id, flow)) {
            flows.push((id, flow));
        }
    }

    /// What tasks want since the last call.
    pub fn take_flows(&self) -> Vec<(u64, Flow)> {
        std::mem::take(&mut lock(&self.flows))
    }

    /// A transfer to this host is sent.
    pub fn sent(&self, host: &Arc<str>) {
        lock(&self.sent).push(host.clone());
    }

    /// The hosts of the transfers that were sent since the last call.
    pub fn take_sent(&self) -> Vec<Arc<str>> {
        std::mem::take(&mut lock(&self.sent))
    }

    /// A host answers otherwise than expected.
    pub fn answer(&self, host: &Arc<str>, multiplexed: bool) {
        lock(&self.answers).push((host.clone(), multiplexed));
    }

    /// Those that did since the last call.
    pub fn take_answers(&self) -> Vec<(Arc<str>, bool)> {
        std::mem::take(&mut lock(&self.answers))
    }
}
