//! Storing: what becomes of the cookies of a response.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use url::Url;

use super::bucket::{Bucket, Origin, Removed, Room};
use super::context::Context;
use super::cookie::{Cookie, SESSION};
use super::host::Place;
use super::jar::{Jar, bucket_key};
use super::options::{JarOptions, Policy, Verdict};
use super::parse;
use super::reason::{Outcome, Reason};
use super::rules;

impl Jar {
    /// Stores what one `Set-Cookie` field says, as [`Jar::store_response`] does.
    pub fn store(&self, url: &Url, field: &[u8], context: &Context<'_>) -> Outcome {
        let arrival = Arrival::new(self, url, context);
        let (mut outcome, cookie) = arrival.admit(field);
        if let Some(cookie) = cookie {
            arrival.put(std::iter::once((0, cookie)), std::slice::from_mut(&mut outcome));
        }
        outcome
    }

    /// Stores the cookies of one response, all at once: no other thread sees some of them without
    /// the rest.
    ///
    /// `fields` are the values of its `Set-Cookie` fields in their order, never joined. The
    /// outcomes are first one for each field, in order, then one for each cookie that was evicted
    /// to make room.
    pub fn store_response<'a>(
        &self,
        url: &Url,
        fields: impl IntoIterator<Item = &'a [u8]>,
        context: &Context<'_>,
    ) -> Vec<Outcome> {
        let arrival = Arrival::new(self, url, context);
        let mut outcomes = Vec::new();
        let mut admitted = Vec::new();
        for (index, field) in fields.into_iter().enumerate() {
            let (outcome, cookie) = arrival.admit(field);
            outcomes.push(outcome);
            admitted.extend(cookie.map(|cookie| (index, cookie)));
        }
        if !admitted.is_empty() {
            let evicted = arrival.put(admitted.into_iter(), &mut outcomes);
            outcomes.extend(
                evicted
                    .iter()
                    .map(|(cookie, reason)| Outcome { name: cookie.name().into(), reason: *reason }),
            );
        }
        outcomes
    }

    /// Stores cookies of one registrable domain under one lock. `done` is told of each, with the
    /// number that it came with, what became of it, and its sequence. Gives back the others that were
    /// evicted to make room.
    pub(super) fn put_all(
        &self,
        registrable: &str,
        cookies: impl ExactSizeIterator<Item = (usize, Cookie)>,
        from: &Origin,
        mut done: impl FnMut(usize, Reason, u64),
    ) -> Removed {
        let (options, now) = (&from.options, from.now);
        let watched = self.has_change_hook.load(Ordering::Acquire);
        let mut stored: Removed = Vec::new();
        let mut removed: Removed = Vec::new();
        let mut evicted: Removed = Vec::new();
        let stores = cookies.len();
        let mut map = self.shard(registrable).write();
        for (index, mut cookie) in cookies {
            let partitioned = cookie.partition().is_some();
            if partitioned {
                self.has_partitions.store(true, Ordering::Relaxed);
            }
            let key = bucket_key(registrable, cookie.partition());
            let bucket = match map.get_mut(&*key) {
                Some(bucket) => bucket,
                None if cookie.is_expired(now) => {
                    done(index, Reason::DeletedNothing, 0);
                    continue;
                }
                None => map.entry(Box::from(&*key)).or_default(),
            };
            let gone = removed.len();
            bucket.expire(now, &mut removed);
            if cookie.creation == now {
                cookie.creation = self.latest_creation.fetch_max(now, Ordering::Relaxed).max(now);
            }
            let mut sequence = self.next_sequence.fetch_add(1, Ordering::Relaxed);
            if cookie.expires < self.earliest.load(Ordering::Relaxed) {
                self.earliest.fetch_min(cookie.expires, Ordering::Relaxed);
            }
            let mut reason = bucket.put(cookie, &mut sequence, from, &mut removed);
            if reason == Reason::Accepted {
                self.total.fetch_add(1, Ordering::Relaxed);
            }
            if matches!(reason, Reason::Accepted | Reason::Replaced) {
                bucket.shrink(room(partitioned, options), now, &mut removed);
            }
            for (victim, why) in &removed[gone..] {
                self.total.fetch_sub(1, Ordering::Relaxed);
                if victim.sequence == sequence {
                    reason = *why;
                } else if matches!(why, Reason::EvictedDomain | Reason::EvictedPartition) {
                    evicted.push((victim.clone(), *why));
                }
            }
            done(index, reason, sequence);
            if watched && matches!(reason, Reason::Accepted | Reason::Replaced) {
                let kept = bucket.cookies().iter().find(|cookie| cookie.sequence == sequence);
                stored.extend(kept.map(|cookie| (cookie.clone(), reason)));
            }
            if bucket.cookies().is_empty() {
                map.remove(&*key);
            }
        }
        drop(map);
        self.tell(&removed);
        self.tell(&stored);
        self.after_stores(stores, options, now, &mut evicted);
        evicted
    }

    /// Keeps the whole jar within its limit, and finds expired cookies in domains that nobody
    /// asks for. Neither is done often enough to cost more than a little at each store.
    fn after_stores(&self, stores: usize, options: &JarOptions, now: i64, evicted: &mut Removed) {
        let total = self.total.load(Ordering::Relaxed);
        let since = self.stores_since_sweep.fetch_add(stores, Ordering::Relaxed) + stores;
        if since >= 1024.max(total) {
            self.stores_since_sweep.store(0, Ordering::Relaxed);
            self.clear_expired_at(now);
        }
        if options.max_total != 0 && total > options.max_total {
            self.evict(options.max_total, now, evicted);
        }
    }

    /// L1: brings the jar a tenth below its limit, so that it is not done at every store.
    fn evict(&self, limit: usize, now: i64, evicted: &mut Removed) {
        let Ok(guard) = self.evicting.try_lock() else { return };
        let mut removed = self.sweep(now);
        let mut uses: Vec<(i64, u64)> = Vec::new();
        for shard in &self.shards {
            let map = shard.read();
            let cookies = map.values().flat_map(Bucket::cookies);
            uses.extend(cookies.map(|cookie| (cookie.last_access(), cookie.sequence)));
        }
        if uses.len() > limit {
            let surplus = uses.len() - (limit - limit / 10);
            let (_, oldest_kept, _) = uses.select_nth_unstable(surplus);
            let oldest_kept = *oldest_kept;
            let expired = removed.len();
            for shard in &self.shards {
                self.remove_in(shard, None, Reason::EvictedTotal, &mut removed, |cookie| {
                    (cookie.last_access(), cookie.sequence) < oldest_kept
                });
            }
            evicted.extend_from_slice(&removed[expired..]);
        }
        drop(guard);
        self.tell(&removed);
    }

    /// Runs the change hook; no lock is held.
    pub(super) fn tell(&self, changes: &[(Cookie, Reason)]) {
        if changes.is_empty() || !self.has_change_hook.load(Ordering::Acquire) {
            return;
        }
        if let Some(hook) = self.hooks().change {
            changes.iter().for_each(|(cookie, reason)| hook(cookie, *reason));
        }
    }
}

/// A response whose cookies are to be stored.
struct Arrival<'a> {
    jar: &'a Jar,
    url: &'a Url,
    context: &'a Context<'a>,
    place: Option<Place<'a>>,
    from: Origin,
    policy: Option<Arc<Policy>>,
}

impl<'a> Arrival<'a> {
    fn new(jar: &'a Jar, url: &'a Url, context: &'a Context<'a>) -> Arrival<'a> {
        let place = Place::of(url);
        let options = jar.options();
        let from = Origin {
            secure: place.as_ref().is_some_and(|place| rules::is_secure(place, &options)),
            http_api: context.http_api,
            now: jar.now(),
            options,
        };
        let policy = jar.has_policy.load(Ordering::Acquire).then(|| jar.hooks().policy).flatten();
        Arrival { jar, url, context, place, from, policy }
    }

    /// Every check that needs no lock, the policy's among them.
    fn admit(&self, field: &[u8]) -> (Outcome, Option<Cookie>) {
        let now = self.from.now;
        let parsed = parse::parse(field);
        let name = match &parsed {
            Ok(parsed) => parsed.name.into(),
            Err(_) => parse::guess_name(field).into(),
        };
        let cookie = parsed.and_then(|parsed| {
            let place = self.place.as_ref().ok_or(Reason::BadUrl)?;
            let mut cookie = rules::admit(&parsed, place, self.context, &self.from.options, now)?;
            // A deletion needs no one's leave.
            let policy = self.policy.as_ref().filter(|_| !cookie.is_expired(now));
            match policy.map(|policy| policy(self.url, &cookie)) {
                None | Some(Verdict::Accept) => {}
                Some(Verdict::Refuse) => return Err(Reason::Policy),
                Some(Verdict::SessionOnly) => cookie.expires = SESSION,
            }
            Ok(cookie)
        });
        let reason = cookie.as_ref().map_or_else(|reason| *reason, |_| Reason::Accepted);
        (Outcome { name, reason }, cookie.ok())
    }

    fn put(
        &self,
        cookies: impl ExactSizeIterator<Item = (usize, Cookie)>,
        outcomes: &mut [Outcome],
    ) -> Removed {
        let Some(place) = &self.place else { return Vec::new() };
        let done = |index: usize, reason, _| outcomes[index].reason = reason;
        self.jar.put_all(place.registrable, cookies, &self.from, done)
    }
}

fn room(partitioned: bool, options: &JarOptions) -> Room {
    if partitioned {
        Room {
            cookies: options.max_per_partition,
            bytes: options.max_partition_bytes,
            reason: Reason::EvictedPartition,
        }
    } else {
        Room { cookies: options.max_per_domain, bytes: 0, reason: Reason::EvictedDomain }
    }
}
