//! The jar: cookies by registrable domain, shared between sessions and threads.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{SystemTime, UNIX_EPOCH};

use url::Url;

use super::bucket::{Bucket, Origin, Removed, Room};
use super::context::Context;
use super::cookie::{Cookie, SESSION};
use super::files::Autosave;
use super::filter::Filter;
use super::host::{self, Place};
use super::options::{ChangeHook, Clock, JarOptions, Policy, Settings, Verdict};
use super::parse;
use super::reason::{Outcome, Reason};
use super::request::RequestCookies;
use super::rules::{self, Request};
use crate::error::{Code, Result};

/// How many parts a jar has, each with its own lock.
const SHARDS: usize = 64;

/// Holds cookies and answers which of them a request sends.
///
/// All methods take `&self` and may be called from any number of threads; wrap the jar in an
/// [`Arc`] to share it. The cost of a header or of a store depends on the cookies of one
/// registrable domain, not on the size of the jar. No lock is held while a file is read or
/// written or while a hook runs.
pub struct Jar {
    shards: Box<[Shard]>,
    /// Cookies stored, expired ones included.
    total: AtomicUsize,
    /// The order of creation: clocks step, and a response may set many cookies at one time.
    next_sequence: AtomicU64,
    /// No cookie expires before this time.
    earliest: AtomicI64,
    /// Stores since expired cookies were last looked for everywhere.
    stores_since_sweep: AtomicUsize,
    /// Some cookie is or was partitioned.
    has_partitions: AtomicBool,
    settings: Settings,
    hooks: RwLock<Hooks>,
    /// Which hooks are set, so that nobody locks `hooks` for nothing.
    has_clock: AtomicBool,
    has_policy: AtomicBool,
    has_change_hook: AtomicBool,
    /// Held by the thread that evicts for the whole jar.
    evicting: Mutex<()>,
    pub(super) autosave: Mutex<Option<Autosave>>,
    /// The process that made it.
    process: u32,
}

/// Its own cache line each: neighbours must not slow each other down.
#[derive(Default)]
#[repr(align(64))]
struct Shard(RwLock<HashMap<Box<str>, Bucket>>);

#[derive(Clone, Default)]
struct Hooks {
    clock: Option<Arc<Clock>>,
    policy: Option<Arc<Policy>>,
    change: Option<Arc<ChangeHook>>,
}

impl Shard {
    fn read(&self) -> RwLockReadGuard<'_, HashMap<Box<str>, Bucket>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<Box<str>, Bucket>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The key of a bucket. `^` can stand in no host.
fn bucket_key<'a>(registrable: &'a str, partition: Option<&str>) -> Cow<'a, str> {
    match partition {
        None => Cow::Borrowed(registrable),
        Some(partition) => Cow::Owned(format!("{partition}^{registrable}")),
    }
}

impl Default for Jar {
    fn default() -> Self {
        Jar::new()
    }
}

impl Jar {
    /// An empty jar with the default options.
    pub fn new() -> Jar {
        Jar::with_options(&JarOptions::default())
    }

    /// An empty jar.
    pub fn with_options(options: &JarOptions) -> Jar {
        Jar {
            shards: (0..SHARDS).map(|_| Shard::default()).collect(),
            total: AtomicUsize::new(0),
            next_sequence: AtomicU64::new(0),
            earliest: AtomicI64::new(i64::MAX),
            stores_since_sweep: AtomicUsize::new(0),
            has_partitions: AtomicBool::new(false),
            settings: Settings::new(options),
            hooks: RwLock::default(),
            has_clock: AtomicBool::new(false),
            has_policy: AtomicBool::new(false),
            has_change_hook: AtomicBool::new(false),
            evicting: Mutex::new(()),
            autosave: Mutex::new(None),
            process: std::process::id(),
        }
    }

    /// [`Code::Forked`] in another process than the one that made the jar: it was inherited through
    /// `fork`, and some of its locks may be held for ever.
    pub fn check_process(&self) -> Result<()> {
        if self.process == std::process::id() { Ok(()) } else { Err(Code::Forked.into()) }
    }

    /// The options in use.
    pub fn options(&self) -> JarOptions {
        self.settings.get()
    }

    /// Sets the options. Tighter limits take effect at the next store.
    pub fn set_options(&self, options: &JarOptions) {
        self.settings.set(options);
    }

    /// Sets the clock; `None` for the system's, which is the default. It may be called at any
    /// time and on any thread, without a lock held.
    pub fn set_clock(&self, clock: Option<Arc<Clock>>) {
        let mut hooks = self.hooks.write().unwrap_or_else(PoisonError::into_inner);
        self.has_clock.store(clock.is_some(), Ordering::Release);
        let old = std::mem::replace(&mut hooks.clock, clock);
        drop(hooks);
        drop(old);
    }

    /// Sets the policy; `None`, the default, accepts everything.
    pub fn set_policy(&self, policy: Option<Arc<Policy>>) {
        let mut hooks = self.hooks.write().unwrap_or_else(PoisonError::into_inner);
        self.has_policy.store(policy.is_some(), Ordering::Release);
        let old = std::mem::replace(&mut hooks.policy, policy);
        drop(hooks);
        drop(old);
    }

    /// Sets what is told of every change; `None` is the default.
    pub fn set_change_hook(&self, hook: Option<Arc<ChangeHook>>) {
        let mut hooks = self.hooks.write().unwrap_or_else(PoisonError::into_inner);
        self.has_change_hook.store(hook.is_some(), Ordering::Release);
        let old = std::mem::replace(&mut hooks.change, hook);
        drop(hooks);
        drop(old);
    }

    /// The time by the jar's clock, in milliseconds since 1970.
    pub fn now(&self) -> i64 {
        if self.has_clock.load(Ordering::Acquire)
            && let Some(clock) = self.hooks().clock
        {
            return clock();
        }
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            Err(_) => 0,
        }
    }

    fn hooks(&self) -> Hooks {
        self.hooks.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// All buckets of a registrable domain, partitioned or not, are in one shard.
    fn shard(&self, registrable: &str) -> &Shard {
        // FNV-1a: which lock is taken matters little; the map within has a keyed hash.
        let hash = registrable.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
        });
        &self.shards[(hash >> 32) as usize % SHARDS]
    }
}

/// Sending.
impl Jar {
    /// Appends the value of the `Cookie` header for a request (`a=1; b=2`) to `out`, and returns
    /// how many cookies it has; 0 means that there is to be no header. Nothing but `out`
    /// allocates.
    pub fn header(&self, url: &Url, context: &Context<'_>, out: &mut Vec<u8>) -> usize {
        self.write_header(url, context, &[], out)
    }

    /// As [`Jar::header`], with the cookies of this one request behind those of the jar. A cookie
    /// of the jar with the name of one of them is left out.
    pub fn header_with(
        &self,
        url: &Url,
        context: &Context<'_>,
        cookies: &RequestCookies,
        out: &mut Vec<u8>,
    ) -> usize {
        self.write_header(url, context, cookies.at(url), out)
    }

    fn write_header(
        &self,
        url: &Url,
        context: &Context<'_>,
        extra: &[(Box<[u8]>, Box<[u8]>)],
        out: &mut Vec<u8>,
    ) -> usize {
        let mut header =
            Header { start: out.len(), out, cookies: 0, limit: self.options().max_header_bytes, full: false };
        self.visit(url, context, |cookie, request| {
            if request.keeps_back(cookie).is_none()
                && !extra.iter().any(|(name, _)| **name == *cookie.name())
                && header.push(cookie.name(), cookie.value())
            {
                cookie.touch(request.now);
            }
        });
        for (name, value) in extra {
            header.push(name, value);
        }
        header.cookies
    }

    /// The cookies that a request sends, in the order of the header. Not counted as a use.
    pub fn cookies_for(&self, url: &Url, context: &Context<'_>) -> Vec<Cookie> {
        let mut cookies = Vec::new();
        self.visit(url, context, |cookie, request| {
            if request.keeps_back(cookie).is_none() {
                cookies.push(cookie.clone());
            }
        });
        cookies
    }

    /// The first cookie of this name that a request for `url` sends.
    pub fn get(&self, url: &Url, name: &[u8]) -> Option<Cookie> {
        self.cookies_for(url, &Context::default()).into_iter().find(|cookie| cookie.name() == name)
    }

    /// Every cookie of the URL's registrable domain, with the reason why a request sends it or
    /// does not, in the order of the header.
    pub fn explain(&self, url: &Url, context: &Context<'_>) -> Vec<(Cookie, Reason)> {
        let limit = self.options().max_header_bytes;
        let mut header = Header { start: 0, out: &mut Vec::new(), cookies: 0, limit, full: false };
        let mut explained = Vec::new();
        self.visit(url, context, |cookie, request| {
            let reason = request.keeps_back(cookie).unwrap_or_else(|| {
                if header.push(cookie.name(), cookie.value()) { Reason::Sent } else { Reason::HeaderFull }
            });
            explained.push((cookie.clone(), reason));
        });
        if self.has_partitions.load(Ordering::Relaxed)
            && let Some(place) = Place::of(url)
        {
            let used = self.partition_of(&place, context);
            for (key, bucket) in self.shard(place.registrable).read().iter() {
                for cookie in bucket.cookies() {
                    let other = cookie.partition().is_some() && cookie.partition() != used.as_deref();
                    if other && key.rsplit('^').next() == Some(place.registrable) {
                        explained.push((cookie.clone(), Reason::OtherPartition));
                    }
                }
            }
        }
        explained
    }

    /// The partition whose cookies a request may send.
    fn partition_of<'c>(&self, place: &Place<'_>, context: &Context<'c>) -> Option<Cow<'c, str>> {
        match context.partition {
            Some(partition) => Some(Cow::Borrowed(partition)),
            None if self.options().partition_by_own_site => Some(Cow::Owned(rules::site_key(place))),
            None => None,
        }
    }

    /// Calls `f` with every cookie that may concern a request, in the order of the header, under
    /// the shard's read lock.
    #[inline]
    fn visit(&self, url: &Url, context: &Context<'_>, mut f: impl FnMut(&Cookie, &Request<'_>)) {
        let Some(place) = Place::of(url) else { return };
        let request = Request::new(&place, context, &self.settings.get(), self.now());
        let partition =
            self.has_partitions.load(Ordering::Relaxed).then(|| self.partition_of(&place, context)).flatten();
        let map = self.shard(place.registrable).read();
        let common = map.get(place.registrable).map_or(&[][..], Bucket::cookies);
        let own = partition
            .and_then(|partition| map.get(&*bucket_key(place.registrable, Some(&partition))))
            .map_or(&[][..], Bucket::cookies);
        // Both are in the order of the header: merge them.
        let key = |cookie: &Cookie| (std::cmp::Reverse(cookie.path_len()), cookie.sequence);
        let mut own = own.iter().peekable();
        for cookie in common {
            while let Some(next) = own.next_if(|next| key(next) < key(cookie)) {
                f(next, &request);
            }
            f(cookie, &request);
        }
        own.for_each(|cookie| f(cookie, &request));
    }
}

/// A `Cookie` header that is being written.
struct Header<'a> {
    start: usize,
    out: &'a mut Vec<u8>,
    cookies: usize,
    /// Most bytes; 0 for no limit.
    limit: usize,
    /// A cookie did not fit.
    full: bool,
}

impl Header<'_> {
    /// Appends a cookie; `false` if it does not fit, and then nothing more does.
    #[inline]
    fn push(&mut self, name: &[u8], value: &[u8]) -> bool {
        let length = if name.is_empty() { 0 } else { name.len() + 1 } + value.len();
        if self.limit != 0 {
            let separator = if self.cookies == 0 { 0 } else { 2 };
            self.full |= self.out.len() - self.start + separator + length > self.limit;
            if self.full {
                return false;
            }
        }
        self.out.reserve(length + 2);
        if self.cookies != 0 {
            self.out.extend_from_slice(b"; ");
        }
        if !name.is_empty() {
            self.out.extend_from_slice(name);
            self.out.push(b'=');
        }
        self.out.extend_from_slice(value);
        self.cookies += 1;
        true
    }
}

/// Storing.
impl Jar {
    /// Stores what one `Set-Cookie` field says, as [`Jar::store_response`] does.
    pub fn store(&self, url: &Url, field: &[u8], context: &Context<'_>) -> Outcome {
        let arrival = Arrival::new(self, url, context);
        let (mut outcome, cookie) = arrival.admit(field);
        if let Some(cookie) = cookie {
            let outcomes = std::slice::from_mut(&mut outcome);
            arrival.put(std::iter::once((0, cookie)), outcomes, &mut Vec::new());
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
        let mut evicted = Vec::new();
        if !admitted.is_empty() {
            arrival.put(admitted.into_iter(), &mut outcomes, &mut evicted);
        }
        outcomes.append(&mut evicted);
        outcomes
    }

    /// Stores cookies of one registrable domain under one lock. Each has the index of its outcome.
    pub(super) fn put_all(
        &self,
        registrable: &str,
        cookies: impl ExactSizeIterator<Item = (usize, Cookie)>,
        from: &Origin,
        outcomes: &mut [Outcome],
        evicted: &mut Vec<Outcome>,
    ) {
        let (options, now) = (&from.options, from.now);
        let watched = self.has_change_hook.load(Ordering::Acquire);
        let mut stored: Removed = Vec::new();
        let mut removed: Removed = Vec::new();
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
                    outcomes[index].reason = Reason::DeletedNothing;
                    continue;
                }
                None => map.entry(Box::from(&*key)).or_default(),
            };
            let gone = removed.len();
            bucket.expire(now, &mut removed);
            cookie.sequence = self.next_sequence.fetch_add(1, Ordering::Relaxed);
            let sequence = cookie.sequence;
            if cookie.expires < self.earliest.load(Ordering::Relaxed) {
                self.earliest.fetch_min(cookie.expires, Ordering::Relaxed);
            }
            let copy = watched.then(|| cookie.clone());
            let mut reason = bucket.put(cookie, from, &mut removed);
            if reason == Reason::Accepted {
                self.total.fetch_add(1, Ordering::Relaxed);
                bucket.shrink(room(partitioned, options), now, &mut removed);
            }
            for (victim, why) in &removed[gone..] {
                self.total.fetch_sub(1, Ordering::Relaxed);
                if victim.sequence == sequence {
                    reason = *why;
                } else if matches!(why, Reason::EvictedDomain | Reason::EvictedPartition) {
                    evicted.push(Outcome { name: victim.name().into(), reason: *why });
                }
            }
            outcomes[index].reason = reason;
            stored.extend(
                copy.filter(|_| matches!(reason, Reason::Accepted | Reason::Replaced))
                    .map(|cookie| (cookie, reason)),
            );
            if bucket.cookies().is_empty() {
                map.remove(&*key);
            }
        }
        drop(map);
        self.tell(&removed);
        self.tell(&stored);
        self.after_stores(stores, options, now, evicted);
    }

    /// Keeps the whole jar within its limit, and finds expired cookies in domains that nobody
    /// asks for. Neither is done often enough to cost more than a little at each store.
    fn after_stores(&self, stores: usize, options: &JarOptions, now: i64, evicted: &mut Vec<Outcome>) {
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
    fn evict(&self, limit: usize, now: i64, outcomes: &mut Vec<Outcome>) {
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
            let evicted = removed[expired..].iter();
            outcomes.extend(
                evicted.map(|(cookie, reason)| Outcome { name: cookie.name().into(), reason: *reason }),
            );
        }
        drop(guard);
        self.tell(&removed);
    }

    /// Runs the change hook; no lock is held.
    fn tell(&self, changes: &[(Cookie, Reason)]) {
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
        evicted: &mut Vec<Outcome>,
    ) {
        if let Some(place) = &self.place {
            self.jar.put_all(place.registrable, cookies, &self.from, outcomes, evicted);
        }
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

/// Looking and deleting.
impl Jar {
    /// How many cookies there are that have not expired.
    pub fn len(&self) -> usize {
        self.clear_expired_at(self.now());
        self.total.load(Ordering::Relaxed)
    }

    /// Whether there is no cookie.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A snapshot of the chosen cookies, sorted by domain, path and name. The cookies share their
    /// strings with the jar; the jar may change meanwhile, and the snapshot stays as it is.
    pub fn cookies(&self, filter: &Filter<'_>) -> Vec<Cookie> {
        let mut cookies = self.snapshot(filter);
        cookies.sort_by(|one, other| {
            let key = |cookie: &Cookie| (cookie.host_only(), cookie.sequence);
            (one.domain(), one.path(), one.name())
                .cmp(&(other.domain(), other.path(), other.name()))
                .then_with(|| key(one).cmp(&key(other)))
        });
        cookies
    }

    /// The chosen cookies in no order.
    pub(super) fn snapshot(&self, filter: &Filter<'_>) -> Vec<Cookie> {
        let now = self.now();
        let chosen = |cookie: &&Cookie| !cookie.is_expired(now) && filter.matches(cookie);
        let mut cookies = Vec::new();
        match filter.registrable().filter(|_| !self.has_partitions.load(Ordering::Relaxed)) {
            Some(registrable) => {
                let map = self.shard(registrable).read();
                let all = map.get(registrable).map_or(&[][..], Bucket::cookies);
                cookies.extend(all.iter().filter(chosen).cloned());
            }
            None => {
                for shard in &self.shards {
                    let map = shard.read();
                    cookies.extend(map.values().flat_map(Bucket::cookies).filter(chosen).cloned());
                }
            }
        }
        cookies
    }

    /// Deletes the chosen cookies, and returns how many they were.
    pub fn delete(&self, filter: &Filter<'_>) -> usize {
        let mut removed = Vec::new();
        match filter.registrable().filter(|_| !self.has_partitions.load(Ordering::Relaxed)) {
            Some(registrable) => {
                let shard = self.shard(registrable);
                self.remove_in(shard, Some(registrable), Reason::Cleared, &mut removed, |cookie| {
                    filter.matches(cookie)
                });
            }
            None => {
                for shard in &self.shards {
                    self.remove_in(shard, None, Reason::Cleared, &mut removed, |cookie| {
                        filter.matches(cookie)
                    });
                }
            }
        }
        self.tell(&removed);
        removed.len()
    }

    /// Deletes the cookies for which `condition` holds, and returns how many they were. It is
    /// asked without a lock held, and so may use the jar.
    pub fn delete_if(&self, mut condition: impl FnMut(&Cookie) -> bool) -> usize {
        let chosen: Vec<Cookie> =
            self.snapshot(&Filter::default()).into_iter().filter(|cookie| condition(cookie)).collect();
        let mut removed = Vec::new();
        for cookie in &chosen {
            let registrable = host::domain_key(cookie.domain());
            let key = bucket_key(registrable, cookie.partition());
            self.remove_in(self.shard(registrable), Some(&key), Reason::Cleared, &mut removed, |other| {
                other.sequence == cookie.sequence && other.value() == cookie.value()
            });
        }
        self.tell(&removed);
        removed.len()
    }

    /// Deletes all cookies, and returns how many they were.
    pub fn clear(&self) -> usize {
        self.delete(&Filter::default())
    }

    /// Deletes the cookies without an expiry, as when a browser is closed, and returns how many
    /// they were.
    pub fn clear_session(&self) -> usize {
        self.delete(&Filter { session: true, ..Filter::default() })
    }

    /// Deletes the expired cookies, and returns how many they were. The jar does this by itself
    /// in time; they are never sent nor listed.
    pub fn clear_expired(&self) -> usize {
        self.clear_expired_at(self.now())
    }

    fn clear_expired_at(&self, now: i64) -> usize {
        let removed = self.sweep(now);
        self.tell(&removed);
        removed.len()
    }

    /// Removes the expired cookies; at once when there cannot be any.
    fn sweep(&self, now: i64) -> Removed {
        let mut removed = Vec::new();
        if now < self.earliest.load(Ordering::Relaxed) {
            return removed;
        }
        // What is stored meanwhile lowers it again.
        self.earliest.store(i64::MAX, Ordering::Relaxed);
        for shard in &self.shards {
            self.remove_in(shard, None, Reason::Expired, &mut removed, |cookie| cookie.is_expired(now));
            let earliest = shard.read().values().map(Bucket::earliest).min();
            self.earliest.fetch_min(earliest.unwrap_or(i64::MAX), Ordering::Relaxed);
        }
        removed
    }

    /// Removes cookies of one shard, or of one bucket in it.
    fn remove_in(
        &self,
        shard: &Shard,
        key: Option<&str>,
        reason: Reason,
        removed: &mut Removed,
        mut condition: impl FnMut(&Cookie) -> bool,
    ) {
        let before = removed.len();
        let mut map = shard.write();
        match key {
            Some(key) => {
                if let Some(bucket) = map.get_mut(key) {
                    bucket.remove_if(&mut condition, reason, removed);
                    if bucket.cookies().is_empty() {
                        map.remove(key);
                    }
                }
            }
            None => {
                map.retain(|_, bucket| {
                    if bucket.cookies().iter().any(&mut condition) {
                        bucket.remove_if(&mut condition, reason, removed);
                    }
                    !bucket.cookies().is_empty()
                });
                if map.len() < map.capacity() / 4 {
                    map.shrink_to_fit();
                }
            }
        }
        self.total.fetch_sub(removed.len() - before, Ordering::Relaxed);
    }
}

impl fmt::Debug for Jar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jar")
            .field("cookies", &self.total.load(Ordering::Relaxed))
            .field("options", &self.options())
            .finish_non_exhaustive()
    }
}
