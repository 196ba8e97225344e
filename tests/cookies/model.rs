//! The draft, written down a second time as plainly as possible and compared with the engine on
//! random input: no index, no limits, text split into lists, every step in the draft's order.

use std::sync::atomic::Ordering;

use htmlsession::cookies::{Context, Site};
use url::Url;

use super::jar;
use super::properties::{random_context, random_field, random_url};
use super::random::Random;

#[derive(Clone)]
struct Stored {
    name: Vec<u8>,
    value: Vec<u8>,
    domain: String,
    host_only: bool,
    path: String,
    secure: bool,
    http_only: bool,
    same_site: &'static str,
    expires: Option<i64>,
    partition: Option<String>,
    order: usize,
}

#[derive(Default)]
struct Model {
    cookies: Vec<Stored>,
    next: usize,
}

fn strip(bytes: &[u8]) -> Vec<u8> {
    let text: String = bytes.iter().map(|byte| *byte as char).collect();
    text.trim_matches([' ', '\t']).chars().map(|character| character as u8).collect()
}

fn pair(bytes: &[u8]) -> (Vec<u8>, Vec<u8>, bool) {
    match bytes.iter().position(|byte| *byte == b'=') {
        Some(at) => (strip(&bytes[..at]), strip(&bytes[at + 1..]), true),
        None => (strip(bytes), Vec::new(), false),
    }
}

/// Whether servers may take one cookie, a name and a value, for the other.
fn passes_for(one: (&[u8], &[u8]), other: (&[u8], &[u8])) -> bool {
    let sent = |(name, value): (&[u8], &[u8])| {
        let pad = value.iter().take_while(|byte| b"= \t".contains(byte)).count();
        match value[pad..].iter().position(|byte| *byte == b'=') {
            Some(at) if name.is_empty() => strip(&value[pad..pad + at]),
            _ => name.to_vec(),
        }
    };
    one.0 == other.0 || sent(one) == sent(other)
}

/// The dates that the generator makes.
fn date(value: &[u8]) -> Option<i64> {
    match std::str::from_utf8(value).ok()? {
        "Wed, 01 Jan 2020 00:01:00 GMT" => Some(1_577_836_860),
        "1 jan 1970 0:0:0" => Some(0),
        "31 dec 9999 1:1:1" => Some(253_402_218_061),
        _ => None,
    }
}

/// The rules that concern the hosts of the generator.
fn is_suffix(domain: &str) -> bool {
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    let labels: Vec<_> = domain.split('.').collect();
    match labels.as_slice() {
        [_] => true,
        [other, "ck"] => *other != "www",
        ["co", "uk"] | ["github", "io"] => true,
        _ => false,
    }
}

fn is_ip(host: &str) -> bool {
    host.parse::<std::net::IpAddr>().is_ok()
}

fn host(url: &Url) -> String {
    url.host_str().unwrap().trim_matches(['[', ']']).to_owned()
}

fn is_secure(url: &Url) -> bool {
    let host = host(url);
    let local =
        host == "localhost" || host.ends_with(".localhost") || host.starts_with("127.") || host == "::1";
    matches!(url.scheme(), "https" | "wss") || local
}

fn domain_matches(host: &str, domain: &str) -> bool {
    host == domain || (host.ends_with(&format!(".{domain}")) && !is_ip(host))
}

fn path_matches(request: &str, cookie: &str) -> bool {
    request == cookie
        || (request.starts_with(cookie) && cookie.ends_with('/'))
        || request.starts_with(&format!("{cookie}/"))
}

impl Model {
    fn store(&mut self, url: &Url, field: &[u8], context: &Context<'_>, now: i64) {
        if field.iter().any(|byte| matches!(byte, 0..=8 | 10..=31 | 127)) {
            return;
        }
        let mut parts = field.split(|byte| *byte == b';');
        let (mut name, mut value, has_equals) = pair(parts.next().unwrap());
        if !has_equals {
            (name, value) = (Vec::new(), name);
        }
        let size = name.len() + value.len();
        if size == 0 || size > 4096 {
            return;
        }
        let attributes: Vec<(String, Vec<u8>)> = parts
            .map(pair)
            .filter(|(_, value, _)| value.len() <= 1024)
            .map(|(name, value, _)| (String::from_utf8_lossy(&name).to_ascii_lowercase(), value))
            .collect();
        let last =
            |name: &str| attributes.iter().rev().find(|(other, _)| other == name).map(|(_, value)| value);
        let has = |name: &str| last(name).is_some();

        let cap = now + 400 * 86_400_000;
        let max_age = attributes.iter().rev().filter(|(name, _)| name == "max-age").find_map(|(_, value)| {
            let text = std::str::from_utf8(value).ok()?;
            let digits = text.strip_prefix('-').unwrap_or(text);
            let number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            number.then(|| text.parse::<i128>().unwrap().min(1 << 60) as i64)
        });
        let date =
            attributes.iter().rev().filter(|(name, _)| name == "expires").find_map(|(_, value)| date(value));
        let expires = match (max_age, date) {
            (Some(seconds), _) if seconds <= 0 => Some(i64::MIN),
            (Some(seconds), _) => Some(now.saturating_add(seconds.saturating_mul(1000)).min(cap)),
            (None, Some(date)) => Some((date * 1000).min(cap)),
            (None, None) => None,
        };

        let request = host(url);
        let mut domain = match last("domain") {
            None => String::new(),
            Some(value) => match String::from_utf8(value.clone()) {
                Ok(value) if value.is_ascii() => {
                    if value == "." {
                        return;
                    }
                    value.strip_prefix('.').unwrap_or(&value).to_ascii_lowercase()
                }
                _ => return,
            },
        };
        if is_ip(&request) && domain == format!("[{request}]") {
            domain = request.clone();
        }
        let mut host_only = domain.is_empty();
        if !host_only && !is_ip(&domain) && is_suffix(&domain) {
            if domain != request {
                return;
            }
            host_only = true;
        }
        if !host_only && !domain_matches(&request, &domain) {
            return;
        }
        host_only |= is_ip(&request);
        if host_only {
            domain = request;
        }

        let path = match last("path") {
            Some(value) if value.starts_with(b"/") => match String::from_utf8(value.clone()) {
                Ok(value) if value.is_ascii() => Some(value),
                _ => return,
            },
            _ => None,
        };
        let root = path.as_deref() == Some("/");
        let path = path.unwrap_or_else(|| {
            let path = url.path();
            match path.rfind('/') {
                Some(at) if at > 0 => path[..at].to_owned(),
                _ => "/".to_owned(),
            }
        });
        let (secure, http_only) = (has("secure"), has("httponly"));
        let same_site = match last("samesite").map(|value| value.to_ascii_lowercase()).as_deref() {
            Some(b"strict") => "strict",
            Some(b"lax") => "lax",
            Some(b"none") => "none",
            _ => "unset",
        };
        if (secure && !is_secure(url))
            || (http_only && !context.http_api)
            || (same_site != "none" && context.site == Site::Cross)
            || (same_site == "none" && !secure)
            || (has("partitioned") && !secure)
        {
            return;
        }
        let lower = name.to_ascii_lowercase();
        for prefix in [&b"__host-"[..], b"__secure-", b"__http-", b"__host-http-"] {
            if name.is_empty() && value.to_ascii_lowercase().starts_with(prefix) {
                return;
            }
        }
        let like = |prefix: &str| lower.starts_with(prefix.as_bytes());
        if (["__secure-", "__host-", "__http-"].iter().any(|prefix| like(prefix)) && !secure)
            || (like("__host-") && !(host_only && root))
            || ((like("__http-") || like("__host-http-")) && !http_only)
        {
            return;
        }

        self.cookies.retain(|cookie| cookie.expires.is_none_or(|time| time > now));
        let partition = context.partition.filter(|_| has("partitioned")).map(str::to_owned);
        let neighbours = || self.cookies.iter().filter(|cookie| cookie.partition == partition);
        let shadows = |old: &Stored| {
            // What a public suffix has for itself is out of reach of the hosts below it, and the
            // other way round: nothing there can be shadowed.
            old.secure
                && (old.domain == domain || !is_suffix(&old.domain) && !is_suffix(&domain))
                && passes_for((&old.name, &old.value), (&name, &value))
                && (domain_matches(&old.domain, &domain) || domain_matches(&domain, &old.domain))
                && path_matches(&path, &old.path)
        };
        if !secure && !is_secure(url) && neighbours().any(shadows) {
            return;
        }
        let same = |old: &Stored| {
            old.partition == partition
                && old.name == name
                && old.domain == domain
                && old.host_only == host_only
                && old.path == path
        };
        let hides = |old: &Stored| {
            old.http_only
                && old.partition == partition
                && passes_for((&old.name, &old.value), (&name, &value))
                && old.domain == domain
                && old.host_only == host_only
                && old.path == path
        };
        if !context.http_api && self.cookies.iter().any(hides) {
            return;
        }
        let mut order = self.next;
        if let Some(old) = self.cookies.iter().position(same) {
            order = self.cookies.remove(old).order;
        }
        self.next += 1;
        if expires.is_some_and(|time| time <= now) {
            return;
        }
        self.cookies.push(Stored {
            name,
            value,
            domain,
            host_only,
            path,
            secure,
            http_only,
            same_site,
            expires,
            partition,
            order,
        });
    }

    fn header(&self, url: &Url, context: &Context<'_>, now: i64) -> Vec<u8> {
        let request = host(url);
        let mut cookies: Vec<&Stored> = self
            .cookies
            .iter()
            .filter(|cookie| {
                (if cookie.host_only {
                    request == cookie.domain
                } else {
                    domain_matches(&request, &cookie.domain)
                }) && path_matches(url.path(), &cookie.path)
                    && (!cookie.secure || is_secure(url))
                    && (!cookie.http_only || context.http_api)
                    && cookie.expires.is_none_or(|time| time > now)
                    && (cookie.partition.is_none() || cookie.partition.as_deref() == context.partition)
                    && match context.site {
                        Site::Same => true,
                        Site::Navigation => cookie.same_site != "strict",
                        _ => cookie.same_site == "none",
                    }
            })
            .collect();
        cookies.sort_by_key(|cookie| (std::cmp::Reverse(cookie.path.len()), cookie.order));
        let texts: Vec<Vec<u8>> = cookies
            .iter()
            .map(|cookie| match cookie.name.as_slice() {
                b"" => cookie.value.clone(),
                name => [name, b"=", cookie.value.as_slice()].concat(),
            })
            .collect();
        texts.join(&b"; "[..])
    }
}

#[test]
fn the_engine_and_the_plain_model_agree() {
    let mut random = Random(7);
    let mut sent = 0;
    for round in 0..250 {
        let (jar, time) = jar();
        let mut model = Model::default();
        for step in 0..80 {
            time.fetch_add(random.below(3000) as i64, Ordering::Relaxed);
            let now = jar.now();
            let (url, context) = (random_url(&mut random), random_context(&mut random));
            let field = random_field(&mut random);
            model.store(&url, &field, &context, now);
            let outcome = jar.store(&url, &field, &context);
            let (url, context) = (random_url(&mut random), random_context(&mut random));
            let mut header = Vec::new();
            jar.header(&url, &context, &mut header);
            let expected = model.header(&url, &context, now);
            let show = |header: &[u8]| header.escape_ascii().to_string().replace("vvvvvvvv", "");
            assert_eq!(
                show(&header),
                show(&expected),
                "round {round} step {step}, {url}, after \"{}\" ({:?})",
                field.escape_ascii(),
                outcome.reason
            );
            sent += usize::from(!header.is_empty());
        }
    }
    assert!(sent > 500, "{sent}");
}
