//! Who may start: connection limits, first in first out within a host.
//!
//! libcurl has limits of its own but promises no order among the transfers it holds back, and
//! ten thousand handles in it would cost their memory; so transfers wait here. How many streams an
//! HTTP/2 server allows only libcurl knows: it holds back one transfer of a host at a time.

use super::Limits;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

/// Streams that one HTTP/2 connection is taken to carry: libcurl's own default.
const STREAMS: usize = 100;
/// How many idle hosts are remembered.
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

#[derive(Debug)]
struct Host {
    name: Arc<str>,
    /// As the host last answered.
    protocol: Protocol,
    active: usize,
    /// Those of them that libcurl has not begun to send. Not counted with HTTP/1.
    unsent: usize,
    /// A connection stands, or the attempt is over.
    connected: bool,
    /// Ids that wait, the oldest first: a later hop of an old request does not queue up behind
    /// requests that were submitted after it.
    waiting: BTreeSet<u64>,
    /// It has its turn.
    listed: bool,
}

#[derive(Debug, Default)]
pub(super) struct Admission {
    hosts: HashMap<Arc<str>, Host>,
    /// Hosts with waiting transfers, in turn, lest one host starve the others.
    turn: VecDeque<Arc<str>>,
    active: usize,
    /// How many hosts there may be before the idle ones go.
    room: usize,
}

impl Admission {
    /// Asks to start a transfer: what the host speaks if it may now, `None` if
    /// [`Admission::next`] will name it.
    pub fn ask(&mut self, limits: &Limits, host: &str, id: u64) -> (Arc<str>, Option<Protocol>) {
        if let Some(entry) = self.hosts.get_mut(host) {
            return entry.ask(limits, &mut self.active, &mut self.turn, id);
        }
        if self.hosts.len() >= self.room.max(REMEMBERED) {
            self.hosts.retain(|_, entry| entry.active != 0 || entry.listed);
            self.room = 2 * self.hosts.len();
        }
        let name: Arc<str> = host.into();
        let entry = self.hosts.entry(name.clone()).or_insert(Host::new(name));
        entry.ask(limits, &mut self.active, &mut self.turn, id)
    }

    /// A transfer that was let in is over. `multiplexed`: whether the host answered with HTTP/2,
    /// `None` if it did not answer. `unsent`: [`Admission::sent`] was not told of it, and is told of
    /// those of its protocol.
    pub fn leave(&mut self, host: &str, multiplexed: Option<bool>, unsent: bool) {
        self.active -= 1;
        let entry = self.hosts.get_mut(host).expect("a host with an active transfer is known");
        entry.active -= 1;
        entry.unsent -= usize::from(unsent);
        // If it could not connect, the others need not try one after the other.
        entry.connected = true;
        match multiplexed {
            Some(multiplexed) => entry.answers(multiplexed),
            // Next time the first one finds out again.
            None if entry.active == 0 && !entry.listed => entry.connected = false,
            None => {}
        }
    }

    /// A transfer that was not sent found no way to the host: the others need not find that out one after
    /// the other. What the host speaks the next answer will tell.
    pub fn lost(&mut self, host: &str) {
        if let Some(entry) = self.hosts.get_mut(host) {
            entry.protocol = Protocol::Unknown;
        }
    }

    /// The host answers, with HTTP/2 or not.
    pub fn answers(&mut self, host: &str, multiplexed: bool) {
        if let Some(entry) = self.hosts.get_mut(host) {
            entry.answers(multiplexed);
        }
    }

    /// A transfer that waits gives up.
    pub fn withdraw(&mut self, host: &str, id: u64) {
        if let Some(entry) = self.hosts.get_mut(host) {
            entry.waiting.remove(&id);
        }
    }

    /// A transfer is sent that was let in when the host was not known to speak HTTP/1: libcurl knows by
    /// now what its connection can carry.
    pub fn sent(&mut self, host: &str) {
        if let Some(entry) = self.hosts.get_mut(host) {
            entry.unsent -= 1;
            entry.connected = true;
        }
    }

    /// The next transfer that may start, if any, and what its host speaks.
    pub fn next(&mut self, limits: &Limits) -> Option<(u64, Protocol)> {
        for _ in 0..self.turn.len() {
            if self.active >= limits.total {
                return None;
            }
            let name = self.turn.pop_front()?;
            let host = self.hosts.get_mut(&name).expect("a listed host is known");
            if !host.has_room(limits) {
                self.turn.push_back(name);
                continue;
            }
            let first = host.waiting.pop_first();
            host.listed = !host.waiting.is_empty();
            if host.listed {
                self.turn.push_back(name);
            }
            if let Some(first) = first {
                host.let_in(&mut self.active);
                return Some((first, host.protocol));
            }
        }
        None
    }
}

impl Host {
    fn new(name: Arc<str>) -> Host {
        let protocol = if name.starts_with("https:") { Protocol::Unknown } else { Protocol::Single };
        Host {
            name,
            protocol,
            active: 0,
            unsent: 0,
            connected: false,
            waiting: BTreeSet::new(),
            listed: false,
        }
    }

    /// [`Admission::ask`], with how many are active in all, and the list of those that wait.
    fn ask(
        &mut self,
        limits: &Limits,
        active: &mut usize,
        turn: &mut VecDeque<Arc<str>>,
        id: u64,
    ) -> (Arc<str>, Option<Protocol>) {
        if *active < limits.total && self.waiting.is_empty() && self.has_room(limits) {
            self.let_in(active);
            return (self.name.clone(), Some(self.protocol));
        }
        self.waiting.insert(id);
        if !self.listed {
            self.listed = true;
            turn.push_back(self.name.clone());
        }
        (self.name.clone(), None)
    }

    fn answers(&mut self, multiplexed: bool) {
        self.protocol = if multiplexed { Protocol::Multiplexed } else { Protocol::Single };
    }

    fn let_in(&mut self, active: &mut usize) {
        self.active += 1;
        self.unsent += usize::from(self.protocol != Protocol::Single);
        *active += 1;
    }

    fn has_room(&self, limits: &Limits) -> bool {
        let room = match self.protocol {
            // The first one finds out: with HTTP/2 the others share its connection, and with
            // HTTP/1.1 they need not wait for its response.
            Protocol::Unknown if !self.connected => 1,
            Protocol::Unknown | Protocol::Single => limits.per_host,
            // libcurl may hold one back until its connection has room for another stream.
            Protocol::Multiplexed if self.unsent != 0 => 0,
            Protocol::Multiplexed => limits.per_host.max(STREAMS),
        };
        self.active < room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { per_host: 2, total: 3, idle: 3 };

    #[test]
    fn a_host_is_served_in_order_and_within_its_limit() {
        let mut admission = Admission::default();
        assert!(admission.ask(&LIMITS, "a", 1).1.is_some());
        assert!(admission.ask(&LIMITS, "a", 2).1.is_some());
        assert!(admission.ask(&LIMITS, "a", 4).1.is_none());
        assert!(admission.ask(&LIMITS, "a", 3).1.is_none());
        assert_eq!(admission.next(&LIMITS), None);
        admission.leave("a", None, false);
        assert_eq!(admission.next(&LIMITS).map(|next| next.0), Some(3));
        assert_eq!(admission.next(&LIMITS), None);
        admission.leave("a", None, false);
        // A newcomer does not overtake one that waits.
        assert!(admission.ask(&LIMITS, "a", 5).1.is_none());
        assert_eq!(admission.next(&LIMITS).map(|next| next.0), Some(4));
        admission.withdraw("a", 5);
        admission.leave("a", None, false);
        admission.leave("a", None, false);
        assert_eq!(admission.next(&LIMITS), None);
        assert!(admission.turn.is_empty() && admission.active == 0);
    }

    #[test]
    fn hosts_take_turns_within_the_total() {
        let mut admission = Admission::default();
        for (host, id, now) in
            [("a", 1, true), ("a", 2, true), ("b", 3, true), ("b", 4, false), ("c", 5, false)]
        {
            assert_eq!(admission.ask(&LIMITS, host, id).1.is_some(), now);
        }
        admission.leave("a", None, false);
        assert_eq!(admission.next(&LIMITS).map(|next| next.0), Some(4));
        assert_eq!(admission.next(&LIMITS), None);
        admission.leave("b", None, false);
        assert_eq!(admission.next(&LIMITS).map(|next| next.0), Some(5));
    }

    #[test]
    fn the_first_connection_tells_what_an_https_host_speaks() {
        let limits = Limits { per_host: 6, total: 200, ..LIMITS };
        let mut admission = Admission::default();
        assert!(admission.ask(&limits, "https://a", 1).1.is_some());
        assert!(admission.ask(&limits, "https://a", 2).1.is_none());
        assert!(admission.ask(&limits, "https://a", 3).1.is_none());
        assert_eq!(admission.next(&limits), None);
        admission.sent("https://a");
        assert_eq!(admission.next(&limits).map(|next| next.0), Some(2));
        assert_eq!(admission.next(&limits).map(|next| next.0), Some(3));
        admission.leave("https://a", Some(false), false);
        assert_eq!(admission.ask(&limits, "https://a", 4).1, Some(Protocol::Single));
    }

    #[test]
    fn a_multiplexed_host_carries_many_and_is_sent_one_after_the_other() {
        let limits = Limits { total: 200, ..LIMITS };
        let mut admission = Admission::default();
        let host = "https://a";
        assert!(admission.ask(&limits, host, 0).1.is_some());
        admission.sent(host);
        admission.leave(host, Some(true), false);
        assert_eq!((1..150).filter(|id| admission.ask(&limits, host, *id).1.is_some()).count(), 1);
        // The second waits until the first is sent, and so on.
        assert_eq!(admission.next(&limits), None);
        let mut sent = 0;
        loop {
            admission.sent(host);
            sent += 1;
            let Some((id, Protocol::Multiplexed)) = admission.next(&limits) else { break };
            assert_eq!((id, admission.next(&limits)), (sent + 1, None));
        }
        assert_eq!(sent, STREAMS as u64);
    }

    #[test]
    fn where_the_way_to_a_multiplexed_host_is_lost_the_others_try_at_once() {
        let limits = Limits { per_host: 6, total: 200, ..LIMITS };
        let mut admission = Admission::default();
        let host = "https://a";
        assert!(admission.ask(&limits, host, 0).1.is_some());
        admission.sent(host);
        admission.leave(host, Some(true), false);
        assert_eq!((1..10).filter(|id| admission.ask(&limits, host, *id).1.is_some()).count(), 1);
        // One that is cancelled has lost nothing.
        admission.leave(host, None, true);
        assert_eq!(admission.next(&limits).map(|next| next.0), Some(2));
        assert_eq!(admission.next(&limits), None);
        admission.lost(host);
        admission.leave(host, None, true);
        assert_eq!(std::iter::from_fn(|| admission.next(&limits)).count(), 6);
    }

    #[test]
    fn after_a_failed_attempt_the_others_try_at_once() {
        let limits = Limits { per_host: 6, total: 200, ..LIMITS };
        let mut admission = Admission::default();
        let host: Arc<str> = "https://a".into();
        assert_eq!((1..5).filter(|id| admission.ask(&limits, &host, *id).1.is_some()).count(), 1);
        admission.leave(&host, None, true);
        assert_eq!(std::iter::from_fn(|| admission.next(&limits)).count(), 3);
    }

    #[test]
    fn idle_hosts_are_forgotten() {
        let mut admission = Admission::default();
        for host in 0..3 * REMEMBERED {
            let host: Arc<str> = host.to_string().into();
            assert!(admission.ask(&LIMITS, &host, 1).1.is_some());
            admission.leave(&host, Some(false), false);
        }
        assert!(admission.hosts.len() <= REMEMBERED);
    }
}
