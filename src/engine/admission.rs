//! Who may start: connection limits, first in first out within a host.
//!
//! libcurl has limits of its own but promises no order among the transfers it holds back, and
//! ten thousand handles in it would cost their memory; so transfers wait here.

use super::Limits;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

/// Streams that one HTTP/2 connection is taken to carry: libcurl's own default.
const STREAMS: usize = 100;
/// How many hosts' protocols are remembered.
const REMEMBERED: usize = 4096;

/// How many transfers a host's connection carries at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    /// The first TLS handshake will tell.
    Unknown,
    /// One: HTTP/1.
    Single,
    /// Many: HTTP/2.
    Multiplexed,
}

#[derive(Debug, Default)]
struct Host {
    active: usize,
    /// A connection stands, or the attempt is over.
    connected: bool,
    /// Ids that wait, the oldest first: a later hop of an old request does not queue up behind
    /// requests that were submitted after it.
    waiting: BTreeSet<u64>,
    listed: bool,
}

#[derive(Debug, Default)]
pub(super) struct Admission {
    hosts: HashMap<Arc<str>, Host>,
    /// Hosts with waiting transfers, in turn, lest one host starve the others.
    turn: VecDeque<Arc<str>>,
    /// What hosts were seen to speak.
    spoken: HashMap<Arc<str>, Protocol>,
    active: usize,
}

impl Admission {
    /// Asks to start a transfer: true means "now", false that [`Admission::next`] will name it.
    pub fn ask(&mut self, limits: &Limits, host: &Arc<str>, id: u64) -> bool {
        let protocol = self.protocol(host);
        let room = self.active < limits.total;
        let entry = match self.hosts.get_mut(host) {
            Some(entry) => entry,
            None => self.hosts.entry(host.clone()).or_default(),
        };
        if room && entry.waiting.is_empty() && entry.active < entry.capacity(limits, protocol) {
            entry.active += 1;
            self.active += 1;
            return true;
        }
        entry.waiting.insert(id);
        if !entry.listed {
            entry.listed = true;
            self.turn.push_back(host.clone());
        }
        false
    }

    /// A transfer that was let in is over.
    pub fn leave(&mut self, host: &str) {
        self.active -= 1;
        let entry = self.hosts.get_mut(host).expect("a host with an active transfer is known");
        entry.active -= 1;
        // If it could not connect, the others need not try one after the other.
        entry.connected = true;
        if entry.active == 0 && entry.waiting.is_empty() && !entry.listed {
            self.hosts.remove(host);
        }
    }

    /// A transfer that waits gives up.
    pub fn withdraw(&mut self, host: &str, id: u64) {
        if let Some(entry) = self.hosts.get_mut(host) {
            entry.waiting.remove(&id);
        }
    }

    /// A connection to the host stands: libcurl knows by now what it can carry.
    pub fn connected(&mut self, host: &str) {
        if let Some(entry) = self.hosts.get_mut(host) {
            entry.connected = true;
        }
    }

    /// The host answered, with HTTP/2 or not.
    pub fn answered(&mut self, host: &Arc<str>, multiplexed: bool) {
        let protocol = if multiplexed { Protocol::Multiplexed } else { Protocol::Single };
        if let Some(known) = self.spoken.get_mut(host) {
            *known = protocol;
            return;
        }
        if self.spoken.len() == REMEMBERED {
            self.spoken.clear();
        }
        self.spoken.insert(host.clone(), protocol);
    }

    /// What the host speaks, as far as it is known.
    pub fn protocol(&self, host: &str) -> Protocol {
        let first = if host.starts_with("https:") { Protocol::Unknown } else { Protocol::Single };
        self.spoken.get(host).copied().unwrap_or(first)
    }

    /// The next transfer that may start, if any.
    pub fn next(&mut self, limits: &Limits) -> Option<u64> {
        for _ in 0..self.turn.len() {
            if self.active >= limits.total {
                return None;
            }
            let name = self.turn.pop_front()?;
            let protocol = self.protocol(&name);
            let host = self.hosts.get_mut(&name).expect("a listed host is known");
            if host.active >= host.capacity(limits, protocol) {
                self.turn.push_back(name);
                continue;
            }
            let first = host.waiting.pop_first();
            host.active += usize::from(first.is_some());
            self.active += usize::from(first.is_some());
            host.listed = !host.waiting.is_empty();
            if host.listed {
                self.turn.push_back(name);
            } else if host.active == 0 {
                self.hosts.remove(&name);
            }
            if first.is_some() {
                return first;
            }
        }
        None
    }
}

impl Host {
    fn capacity(&self, limits: &Limits, protocol: Protocol) -> usize {
        match protocol {
            // The first one finds out: with HTTP/2 the others share its connection, and with
            // HTTP/1.1 they need not wait for its response.
            Protocol::Unknown if !self.connected => 1,
            Protocol::Unknown | Protocol::Single => limits.per_host,
            Protocol::Multiplexed => limits.per_host.max(STREAMS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { per_host: 2, total: 3, idle: 3 };

    #[test]
    fn a_host_is_served_in_order_and_within_its_limit() {
        let mut admission = Admission::default();
        assert!(admission.ask(&LIMITS, &"a".into(), 1));
        assert!(admission.ask(&LIMITS, &"a".into(), 2));
        assert!(!admission.ask(&LIMITS, &"a".into(), 4));
        assert!(!admission.ask(&LIMITS, &"a".into(), 3));
        assert_eq!(admission.next(&LIMITS), None);
        admission.leave("a");
        assert_eq!(admission.next(&LIMITS), Some(3));
        assert_eq!(admission.next(&LIMITS), None);
        admission.leave("a");
        // A newcomer does not overtake one that waits.
        assert!(!admission.ask(&LIMITS, &"a".into(), 5));
        assert_eq!(admission.next(&LIMITS), Some(4));
        admission.withdraw("a", 5);
        admission.leave("a");
        admission.leave("a");
        assert_eq!(admission.next(&LIMITS), None);
        assert!(admission.hosts.is_empty() && admission.turn.is_empty());
    }

    #[test]
    fn hosts_take_turns_within_the_total() {
        let mut admission = Admission::default();
        for (host, id, now) in
            [("a", 1, true), ("a", 2, true), ("b", 3, true), ("b", 4, false), ("c", 5, false)]
        {
            assert_eq!(admission.ask(&LIMITS, &host.into(), id), now);
        }
        admission.leave("a");
        assert_eq!(admission.next(&LIMITS), Some(4));
        assert_eq!(admission.next(&LIMITS), None);
        admission.leave("b");
        assert_eq!(admission.next(&LIMITS), Some(5));
    }

    #[test]
    fn the_first_connection_tells_what_an_https_host_speaks() {
        let limits = Limits { total: 200, ..LIMITS };
        let mut admission = Admission::default();
        assert!(admission.ask(&limits, &"https://a".into(), 1));
        assert!(!admission.ask(&limits, &"https://a".into(), 2));
        assert!(!admission.ask(&limits, &"https://a".into(), 3));
        assert_eq!(admission.next(&limits), None);
        admission.connected("https://a");
        assert_eq!(admission.next(&limits), Some(2));
        admission.answered(&"https://a".into(), false);
        assert_eq!(admission.next(&limits), None);
        admission.leave("https://a");
        assert_eq!(admission.next(&limits), Some(3));
    }

    #[test]
    fn a_multiplexed_host_carries_many() {
        let limits = Limits { total: 200, ..LIMITS };
        let mut admission = Admission::default();
        admission.answered(&"a".into(), true);
        assert_eq!((0..150).filter(|id| admission.ask(&limits, &"a".into(), *id)).count(), STREAMS);
    }
}
