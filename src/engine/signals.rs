//! What libcurl's callbacks tell the driver, and the time that they go by.

use super::Flow;
use super::sockets::Sockets;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Shared by a driver and the callbacks of its transfers, which all run on the leading thread.
#[derive(Debug)]
pub(super) struct Signals {
    pub sockets: Sockets,
    origin: Instant,
    /// Microseconds since `origin`: the time when the leader last woke up. Callbacks are many
    /// and all happen right after.
    now: AtomicU64,
    /// When libcurl wants to be called: microseconds since `origin` plus one, 0 for never.
    timer: AtomicU64,
    /// Hosts to which a first connection stands.
    connected: Mutex<Vec<Arc<str>>>,
    /// What tasks want, with their ids.
    flows: Mutex<Vec<(u64, Flow)>>,
}

impl Signals {
    pub fn new(sockets: Sockets) -> Signals {
        Signals {
            sockets,
            origin: Instant::now(),
            now: AtomicU64::new(0),
            timer: AtomicU64::new(0),
            connected: Mutex::default(),
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
        self.at(self.moment())
    }

    /// The time of the last look, as a number that costs nothing to make.
    pub fn moment(&self) -> u64 {
        self.now.load(Ordering::Relaxed)
    }

    /// The time that a moment was.
    pub fn at(&self, moment: u64) -> Instant {
        self.origin + Duration::from_micros(moment)
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

    /// When libcurl wants to be called.
    pub fn timer(&self) -> Option<Instant> {
        let due = self.timer.load(Ordering::Relaxed);
        (due != 0).then(|| self.origin + Duration::from_micros(due - 1))
    }

    /// A task wants something.
    pub fn put(&self, id: u64, flow: Flow) {
        let mut flows = self.flows.lock().unwrap_or_else(PoisonError::into_inner);
        if flows.last() != Some(&(id, flow)) {
            flows.push((id, flow));
        }
    }

    /// What tasks want since the last call.
    pub fn take_flows(&self) -> Vec<(u64, Flow)> {
        std::mem::take(&mut self.flows.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A first connection to a host stands.
    pub fn connected(&self, host: &Arc<str>) {
        self.connected.lock().unwrap_or_else(PoisonError::into_inner).push(host.clone());
    }

    /// The hosts to which a first connection stands since the last call.
    pub fn take_connected(&self) -> Vec<Arc<str>> {
        std::mem::take(&mut self.connected.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
