//! The jar: cookies by registrable domain, shared between sessions and threads.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{SystemTime, UNIX_EPOCH};

use super::bucket::{Bucket, Removed};
use super::cookie::Cookie;
use super::files::Autosave;
use super::filter::Filter;
use super::host;
use super::options::{ChangeHook, Clock, JarOptions, Policy, Settings};
use super::reason::Reason;
use crate::error::{Code, Result};
use crate::lock;

/// How many parts a jar has, each with its own lock.
const SHARDS: usize = 64;

/// Holds cookies and answers which of them a request sends.
///
/// All methods take `&self` and may be called from any number of threads; wrap the jar in an
/// [`Arc`] to share it. The cost of a header or of a store depends on the cookies of one
/// registrable domain, not on the size of the jar. No lock is held while a file is read or
/// written or while a hook runs.
pub struct Jar {
    pub(super) shards: Box<[Shard]>,
    /// Cookies stored, expired ones included.
    pub(super) total: AtomicUsize,
    /// The order among those of one time of creation: a response may set many cookies.
    pub(super) next_sequence: AtomicU64,
    /// The latest creation: clocks step, and the order of creation must not.
    pub(super) latest_creation: AtomicI64,
    /// No cookie expires before this time.
    pub(super) earliest: AtomicI64,
    /// Stores since expired cookies were last looked for everywhere.
    pub(super) stores_since_sweep: AtomicUsize,
    /// Some cookie is or was partitioned.
    pub(super) has_partitions: AtomicBool,
    pub(super) settings: Settings,
    /// Held by the thread that changes the settings; nobody who reads them waits for it.
    changing: Mutex<()>,
    hooks: RwLock<Hooks>,
    /// Which hooks are set, so that nobody locks `hooks` for nothing.
    has_clock: AtomicBool,
    pub(super) has_policy: AtomicBool,
    pub(super) has_change_hook: AtomicBool,
    /// Held by the thread that evicts for the whole jar.
    pub(super) evicting: Mutex<()>,
    pub(super) autosave: Mutex<Option<Autosave>>,
    /// The process that made it.
    process: u32,
}

/// Its own cache line each: neighbours must not slow each other down.
#[derive(Default)]
#[repr(align(64))]
pub(super) struct Shard(RwLock<HashMap<Box<str>, Bucket>>);

#[derive(Clone, Default)]
pub(super) struct Hooks {
    clock: Option<Arc<Clock>>,
    pub(super) policy: Option<Arc<Policy>>,
    pub(super) change: Option<Arc<ChangeHook>>,
}

impl Shard {
    pub(super) fn read(&self) -> RwLockReadGuard<'_, HashMap<Box<str>, Bucket>> {
        lock::read(&self.0)
    }

    pub(super) fn write(&self) -> RwLockWriteGuard<'_, HashMap<Box<str>, Bucket>> {
        lock::write(&self.0)
    }
}

/// The key of a bucket. `^` can stand in no host.
pub(super) fn bucket_key<'a>(registrable: &'a str, partition: Option<&str>) -> Cow<'a, str> {
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
            latest_creation: AtomicI64::new(i64::MIN),
            earliest: AtomicI64::new(i64::MAX),
            stores_since_sweep: AtomicUsize::new(0),
            has_partitions: AtomicBool::new(false),
            settings: Settings::new(options),
            changing: Mutex::new(()),
            hooks: RwLock::default(),
            has_clock: AtomicBool::new(false),
            has_policy: AtomicBool::new(false),
            has_change_hook: AtomicBool::new(false),
            evicting: Mutex::new(()),
            autosave: Mutex::new(None),
            process: crate::process::id(),
        }
    }

    /// [`Code::Forked`] in another process than the one that made the jar: it was inherited through
    /// `fork`, and some of its locks may be held for ever.
    pub fn check_process(&self) -> Result<()> {
        if self.process == crate::process::id() { Ok(()) } else { Err(Code::Forked.into()) }
    }

    /// The options in use.
    pub fn options(&self) -> JarOptions {
        self.settings.get()
    }

    /// Sets the options. Tighter limits take effect at the next store.
    pub fn set_options(&self, options: &JarOptions) {
        self.change_options(|current| current.clone_from(options));
    }

    /// Changes some of the options; what other threads change at the same time is kept.
    pub fn change_options(&self, change: impl FnOnce(&mut JarOptions)) {
        let _changing = lock::lock(&self.changing);
        let mut options = self.options();
        change(&mut options);
        self.settings.set(&options);
    }

    /// Sets the clock; `None` for the system's, which is the default. It may be called at any
    /// time and on any thread, without a lock held.
    pub fn set_clock(&self, clock: Option<Arc<Clock>>) {
        let mut hooks = lock::write(&self.hooks);
        self.has_clock.store(clock.is_some(), Ordering::Release);
        let old = std::mem::replace(&mut hooks.clock, clock);
        drop(hooks);
        drop(old);
    }

    /// Sets the policy; `None`, the default, accepts everything.
    pub fn set_policy(&self, policy: Option<Arc<Policy>>) {
        let mut hooks = lock::write(&self.hooks);
        self.has_policy.store(policy.is_some(), Ordering::Release);
        let old = std::mem::replace(&mut hooks.policy, policy);
        drop(hooks);
        drop(old);
    }

    /// Sets what is told of every change; `None` is the default.
    pub fn set_change_hook(&self, hook: Option<Arc<ChangeHook>>) {
        let mut hooks = lock::write(&self.hooks);
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

    pub(super) fn hooks(&self) -> Hooks {
        lock::read(&self.hooks).clone()
    }

    /// All buckets of a registrable domain, partitioned or not, are in one shard.
    pub(super) fn shard(&self, registrable: &str) -> &Shard {
        // FNV-1a: which lock is taken matters little; the map within has a keyed hash.
        let hash = registrable.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
        });
        &self.shards[(hash >> 32) as usize % SHARDS]
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

    pub(super) fn clear_expired_at(&self, now: i64) -> usize {
        let removed = self.sweep(now);
        self.tell(&removed);
        removed.len()
    }

    /// Removes the expired cookies; at once when there cannot be any.
    pub(super) fn sweep(&self, now: i64) -> Removed {
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
    pub(super) fn remove_in(
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
