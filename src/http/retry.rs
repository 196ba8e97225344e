//! Whether a failed request is sent again, and when.

use super::date::parse_http_date;
use crate::error::Code;
use std::time::Duration;

/// When requests are sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Tries in all, the first one included; default 1: nothing is sent again.
    pub attempts: u32,
    /// The wait before the second try; it doubles with each further one; default 500 ms.
    pub backoff: Duration,
    /// The longest wait of that kind; default 2 minutes.
    pub max_backoff: Duration,
    /// The longest `Retry-After` that is waited for; beyond it the response is given back;
    /// default 2 minutes.
    pub max_retry_after: Duration,
    /// The statuses that are tried again; default 429, 502, 503, 504.
    pub statuses: Vec<u16>,
    /// Also methods that are not idempotent, such as POST; default no.
    pub any_method: bool,
}

impl Default for RetryPolicy {
    fn default() -> RetryPolicy {
        RetryPolicy {
            attempts: 1,
            backoff: Duration::from_millis(500),
            max_backoff: Duration::from_secs(120),
            max_retry_after: Duration::from_secs(120),
            statuses: vec![429, 502, 503, 504],
            any_method: false,
        }
    }
}

/// How a try failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure<'a> {
    /// With a response: its status and its `Retry-After` field.
    Status(u16, Option<&'a str>),
    /// Without a whole response.
    Error(Code),
}

/// That a request is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// How long to wait first.
    pub delay: Duration,
    /// Whether the server named the delay.
    pub told: bool,
}

impl RetryPolicy {
    /// Whether, and when, to send a request again.
    ///
    /// `tries` counts those made; `random` is uniform in 0 to 1 and spreads the waits over the
    /// upper half of their length; `now` is in seconds since 1970-01-01 UTC.
    pub fn decide(&self, method: &str, tries: u32, failure: Failure, random: f64, now: i64) -> Option<Retry> {
        if tries == 0 || tries >= self.attempts {
            return None;
        }
        let repeatable = self.any_method || is_idempotent(method);
        let retry_after = match failure {
            Failure::Status(status, retry_after) if self.statuses.contains(&status) && repeatable => {
                retry_after.and_then(|value| parse_retry_after(value, now))
            }
            Failure::Error(code) if was_never_sent(code) || (repeatable && is_passing(code)) => None,
            _ => return None,
        };
        match retry_after {
            Some(delay) if delay > self.max_retry_after => None,
            Some(delay) => Some(Retry { delay, told: true }),
            None => Some(Retry { delay: self.wait(tries, random), told: false }),
        }
    }

    fn wait(&self, tries: u32, random: f64) -> Duration {
        let factor = 1u32.checked_shl(tries - 1).unwrap_or(u32::MAX);
        let longest = self.backoff.saturating_mul(factor).min(self.max_backoff);
        longest.mul_f64(0.5 + 0.5 * random.clamp(0.0, 1.0))
    }
}

/// Whether sending a request twice does what sending it once does (RFC 9110, 9.2.2; RFC 4918).
pub fn is_idempotent(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS" | "TRACE" | "PUT" | "DELETE" | "QUERY" | "PROPFIND")
}

/// Whether a request that failed on a connection that had served others before is sent again at
/// once, whatever the policy: the server may just have closed it. Only while nothing of a
/// response came, and where a second execution does no harm or none can have happened.
pub fn is_stale_connection(code: Code, reused: bool, sent: bool, bytes_received: u64, method: &str) -> bool {
    reused
        && bytes_received == 0
        && matches!(code, Code::Send | Code::Receive)
        && (!sent || is_idempotent(method))
}

/// Errors before a byte of the request was sent: safe for every method.
fn was_never_sent(code: Code) -> bool {
    matches!(code, Code::Dns | Code::Connect | Code::ConnectTimeout | Code::Proxy)
}

/// Errors that another try may not meet. The total time-out is not among them: it is spent.
fn is_passing(code: Code) -> bool {
    matches!(code, Code::Send | Code::Receive | Code::ReadTimeout | Code::Truncated | Code::Slow)
}

/// A `Retry-After` field (RFC 9110, 10.2.3): seconds or a date. A date that has passed is no wait.
pub fn parse_retry_after(value: &str, now: i64) -> Option<Duration> {
    let value = value.trim_matches([' ', '\t']);
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let seconds = parse_http_date(value, now)?.saturating_sub(now);
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 784_111_777; // Sun, 06 Nov 1994 08:49:37 GMT

    fn policy(attempts: u32) -> RetryPolicy {
        RetryPolicy { attempts, ..RetryPolicy::default() }
    }

    fn delay(policy: &RetryPolicy, tries: u32, failure: Failure, random: f64) -> Option<u128> {
        policy.decide("GET", tries, failure, random, NOW).map(|retry| retry.delay.as_millis())
    }

    #[test]
    fn nothing_is_sent_again_by_default() {
        let failure = Failure::Error(Code::Connect);
        assert_eq!(RetryPolicy::default().decide("GET", 1, failure, 0.5, NOW), None);
    }

    #[test]
    fn tries_are_counted() {
        let failure = Failure::Status(503, None);
        assert!(delay(&policy(3), 1, failure, 0.0).is_some());
        assert!(delay(&policy(3), 2, failure, 0.0).is_some());
        assert_eq!(delay(&policy(3), 3, failure, 0.0), None);
        assert_eq!(delay(&policy(3), 0, failure, 0.0), None);
    }

    #[test]
    fn waits_double_up_to_the_longest_and_are_spread() {
        let policy = policy(100);
        let failure = Failure::Error(Code::Receive);
        let waits: Vec<_> = (1..=4).map(|tries| delay(&policy, tries, failure, 1.0).unwrap()).collect();
        assert_eq!(waits, [500, 1000, 2000, 4000]);
        assert_eq!(delay(&policy, 1, failure, 0.0), Some(250));
        assert_eq!(delay(&policy, 1, failure, 0.5), Some(375));
        for tries in [9, 20, 33, 99] {
            assert_eq!(delay(&policy, tries, failure, 1.0), Some(120_000), "{tries}");
        }
        assert_eq!(delay(&policy, 1, failure, f64::INFINITY), Some(500));
        let none = RetryPolicy { backoff: Duration::ZERO, ..policy };
        assert_eq!(delay(&none, 50, failure, 1.0), Some(0));
    }

    #[test]
    fn the_server_can_name_the_delay() {
        let policy = policy(5);
        let told = |value| policy.decide("GET", 1, Failure::Status(429, Some(value)), 0.0, NOW);
        assert_eq!(told("7"), Some(Retry { delay: Duration::from_secs(7), told: true }));
        assert_eq!(told(" 0 "), Some(Retry { delay: Duration::ZERO, told: true }));
        assert_eq!(
            told("Sun, 06 Nov 1994 08:50:07 GMT"),
            Some(Retry { delay: Duration::from_secs(30), told: true })
        );
        assert_eq!(told("Sun, 06 Nov 1994 08:00:00 GMT"), Some(Retry { delay: Duration::ZERO, told: true }));
        assert_eq!(told("120").unwrap().delay, Duration::from_secs(120));
        for too_long in ["121", "99999999999999999999999", "Mon, 07 Nov 1994 08:49:37 GMT"] {
            assert_eq!(told(too_long), None, "{too_long}");
        }
        for unreadable in ["", "-1", "1.5", "soon"] {
            assert_eq!(told(unreadable).unwrap().delay, Duration::from_millis(250), "{unreadable:?}");
        }
    }

    #[test]
    fn methods() {
        let policy = policy(2);
        let decide = |method: &str, failure| policy.decide(method, 1, failure, 0.0, NOW).is_some();
        for (method, idempotent) in [
            ("GET", true),
            ("PUT", true),
            ("DELETE", true),
            ("POST", false),
            ("PATCH", false),
            ("get", false),
        ] {
            assert_eq!(decide(method, Failure::Status(503, None)), idempotent, "{method}");
            assert_eq!(decide(method, Failure::Error(Code::Receive)), idempotent, "{method}");
            assert!(decide(method, Failure::Error(Code::Connect)), "{method} was never sent");
            assert!(decide(method, Failure::Error(Code::Dns)), "{method} was never sent");
        }
        let any = RetryPolicy { any_method: true, ..policy };
        assert!(any.decide("POST", 1, Failure::Status(503, None), 0.0, NOW).is_some());
    }

    #[test]
    fn statuses_and_errors() {
        let policy = policy(2);
        for (status, again) in
            [(429, true), (502, true), (503, true), (504, true), (500, false), (404, false), (200, false)]
        {
            assert_eq!(delay(&policy, 1, Failure::Status(status, None), 0.0).is_some(), again, "{status}");
        }
        let own = RetryPolicy { statuses: vec![418], ..policy.clone() };
        assert!(delay(&own, 1, Failure::Status(418, None), 0.0).is_some());
        assert!(delay(&own, 1, Failure::Status(503, Some("1")), 0.0).is_none());
        for code in
            [Code::Timeout, Code::TlsUntrusted, Code::Protocol, Code::Ratio, Code::Cancelled, Code::Encoding]
        {
            assert_eq!(delay(&policy, 1, Failure::Error(code), 0.0), None, "{code:?}");
        }
    }

    #[test]
    fn stale_connections() {
        assert!(is_stale_connection(Code::Receive, true, true, 0, "GET"));
        assert!(is_stale_connection(Code::Send, true, false, 0, "POST"));
        assert!(!is_stale_connection(Code::Receive, true, true, 0, "POST"));
        assert!(!is_stale_connection(Code::Receive, true, true, 1, "GET"));
        assert!(!is_stale_connection(Code::Receive, false, true, 0, "GET"));
        assert!(!is_stale_connection(Code::ReadTimeout, true, true, 0, "GET"));
    }
}
