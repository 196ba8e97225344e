//! Who may start: connection limits, first in first out within a host.
//!
//! libcurl has limits of its own but promises no order among the transfers it holds back, and
//! ten thousand handles in it would cost their memory; so transfers wait here.

use super::Limits;
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

/// Streams that one HTTP/2 connection is taken to carry: libcurl's own default.
const STREAMS: usize = 100;
/// How many hosts are remembered to speak HTTP/2.
const REMEMBERED: usize = 4096;

#[derive(Debug, Default)]
struct Host {
    active: usize,
    /// Ids that wait, the oldest first: a later hop of an old request does not queue up behind
    /// requests that were submitted after it.
    waiting: BTreeSet<u64>,
    listed: bool,
}

#[derive(Debug, Default)]
pub(super) struct Admission {
    hosts: HashMap<Box<str>, Host>,
    /// Hosts with waiting transfers, in turn, lest one host starve the others.
    turn: VecDeque<Box<str>>,
    multiplexed: HashSet<Box<str>>,
    active: usize,
}

impl Admission {
    /// Asks to start a transfer: true means "now", false that [`Admission::next`] will name it.
    pub fn ask(&mut self, limits: &Limits, host: &str, id: u64) -> bool {
        let multiplexed = self.multiplexed.contains(host);
        let room = self.active < limits.total;
        let entry = match self.hosts.get_mut(host) {
            Some(entry) => entry,
            None => self.hosts.entry(host.into()).or_default(),
        };
        if room && entry.waiting.is_empty() && entry.active < capacity(limits, multiplexed) {
            entry.active += 1;
            self.active += 1;
            return true;
        }
        entry.waiting.insert(id);
        if !entry.listed {
            entry.listed = true;
            self.turn.push_back(host.into());
        }
        false
    }

    /// A transfer that was let in is over.
    pub fn leave(&mut self, host: &str) {
        self.active -= 1;
        let entry = self.hosts.get_mut(host).expect("a host with an active transfer is known");
        entry.active -= 1;
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

    /// The host answered with HTTP/2: its connection carries many transfers.
    pub fn multiplexes(&mut self, host: &str) {
        if !self.multiplexed.contains(host) {
            if self.multiplexed.len() == REMEMBERED {
                self.multiplexed.clear();
            }
            self.multiplexed.insert(host.into());
        }
    }

    /// The next transfer that may start, if any.
    pub fn next(&mut self, limits: &Limits) -> Option<u64> {
        for _ in 0..self.turn.len() {
            if self.active >= limits.total {
                return None;
            }
            let name = self.turn.pop_front()?;
            let multiplexed = self.multiplexed.contains(&name);
            let host = self.hosts.get_mut(&name).expect("a listed host is known");
            if host.active >= capacity(limits, multiplexed) {
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

fn capacity(limits: &Limits, multiplexed: bool) -> usize {
    if multiplexed { limits.per_host.max(STREAMS) } else { limits.per_host }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { per_host: 2, total: 3, idle: 3 };

    #[test]
    fn a_host_is_served_in_order_and_within_its_limit() {
        let mut admission = Admission::default();
        assert!(admission.ask(&LIMITS, "a", 1));
        assert!(admission.ask(&LIMITS, "a", 2));
        assert!(!admission.ask(&LIMITS, "a", 4));
        assert!(!admission.ask(&LIMITS, "a", 3));
        assert_eq!(admission.next(&LIMITS), None);
        admission.leave("a");
        assert_eq!(admission.next(&LIMITS), Some(3));
        assert_eq!(admission.next(&LIMITS), None);
        admission.leave("a");
        // A newcomer does not overtake one that waits.
        assert!(!admission.ask(&LIMITS, "a", 5));
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
            assert_eq!(admission.ask(&LIMITS, host, id), now);
        }
        admission.leave("a");
        assert_eq!(admission.next(&LIMITS), Some(4));
        assert_eq!(admission.next(&LIMITS), None);
        admission.leave("b");
        assert_eq!(admission.next(&LIMITS), Some(5));
    }

    #[test]
    fn a_multiplexed_host_carries_many() {
        let limits = Limits { total: 200, ..LIMITS };
        let mut admission = Admission::default();
        admission.multiplexes("a");
        assert_eq!((0..150).filter(|id| admission.ask(&limits, "a", *id)).count(), STREAMS);
    }
}
