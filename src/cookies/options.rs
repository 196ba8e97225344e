//! What can be set on a jar: limits and rules, and the hooks.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering::Relaxed};

use url::Url;

use super::cookie::Cookie;
use super::reason::Reason;

/// The longest lifetime that RFC 6265bis (5.5) allows: 400 days, in milliseconds.
pub const MAX_LIFETIME: i64 = 400 * 86_400_000;

macro_rules! options {
    ($($(#[doc = $doc:literal])* $name:ident: $type:ty, $atomic:ty = $default:expr;)*) => {
        /// The limits and rules of a jar.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct JarOptions {
            $($(#[doc = $doc])* pub $name: $type,)*
        }

        impl Default for JarOptions {
            fn default() -> Self {
                JarOptions { $($name: $default,)* }
            }
        }

        /// The options of a jar in use: readers must not meet at a lock for them.
        #[derive(Debug)]
        pub(crate) struct Settings {
            $($name: $atomic,)*
        }

        impl Settings {
            pub fn new(options: &JarOptions) -> Settings {
                Settings { $($name: <$atomic>::new(options.$name),)* }
            }

            pub fn get(&self) -> JarOptions {
                JarOptions { $($name: self.$name.load(Relaxed),)* }
            }

            pub fn set(&self, options: &JarOptions) {
                $(self.$name.store(options.$name, Relaxed);)*
            }
        }
    };
}

options! {
    /// Most cookies of one registrable domain. Default 180, as Chromium; 0 for no limit.
    max_per_domain: usize, AtomicUsize = 180;
    /// Most cookies in the jar. Default 100,000; 0 for no limit. When there are more, the tenth
    /// that was used longest ago goes.
    max_total: usize, AtomicUsize = 100_000;
    /// Most cookies of one registrable domain in one partition. Default 180; 0 for no limit.
    max_per_partition: usize, AtomicUsize = 180;
    /// Most bytes of names and values of one registrable domain in one partition. Default
    /// 10,240; 0 for no limit.
    max_partition_bytes: usize, AtomicUsize = 10_240;
    /// Longest lifetime that a server may give, in milliseconds. Default 400 days, which is also the
    /// most (RFC 6265bis, 5.5).
    max_lifetime: i64, AtomicI64 = MAX_LIFETIME;
    /// Most bytes of a `Cookie` header; cookies beyond it are left out, the last ones of the order first.
    /// Default 0: no limit.
    max_header_bytes: usize, AtomicUsize = 0;
    /// Whether `http://localhost`, its subdomains, 127.0.0.0/8 and `[::1]` count as secure.
    /// Default `true`.
    loopback_is_secure: bool, AtomicBool = true;
    /// Whether `SameSite=None` needs `Secure`. Default `true`.
    same_site_none_needs_secure: bool, AtomicBool = true;
    /// Whether a `Partitioned` cookie of a request without a partition key is kept in the
    /// partition of the request's own site, and sent from there. Default `false`: it is stored
    /// unpartitioned.
    partition_by_own_site: bool, AtomicBool = false;
}

/// The time: milliseconds since 1970-01-01 00:00:00 UTC.
pub type Clock = dyn Fn() -> i64 + Send + Sync;

/// Asked before a cookie that a server sent is stored, not of what [`super::Jar::set`] and
/// [`super::Jar::load`] bring; it has passed all checks but those against its neighbours.
/// Called without any lock held: it may use the jar.
pub type Policy = dyn Fn(&Url, &Cookie) -> Verdict + Send + Sync;

/// Told of each cookie that came ([`Reason::Accepted`], [`Reason::Replaced`]) or went (deleted,
/// expired, evicted, cleared). Called without any lock held, on the thread that made the change.
pub type ChangeHook = dyn Fn(&Cookie, Reason) + Send + Sync;

/// What a [`Policy`] decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Store it.
    Accept,
    /// Refuse it: the outcome is [`Reason::Policy`].
    Refuse,
    /// Store it as a session cookie.
    SessionOnly,
}
