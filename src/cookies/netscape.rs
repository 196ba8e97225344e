//! cookies.txt, the format of Netscape, curl and wget: one cookie a line, seven fields separated
//! by TAB.

use super::cookie::Cookie;
use super::files::{Found, Reader};
use super::parse::{self, Lifetime};
use super::reason::Reason;
use super::spec::{CookieSpec, Times};
use crate::http::syntax::trim_ows;

const HTTP_ONLY: &[u8] = b"#HttpOnly_";

/// Reads a file, liberally: as curl, wget, yt-dlp, Python and browser extensions write it.
pub(crate) fn read(bytes: &[u8], reader: &mut Reader) {
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let found = read_line(line.strip_suffix(b"\r").unwrap_or(line), reader.now());
        if let Some(found) = found {
            reader.take(index + 1, found);
        }
    }
}

/// `None` for a line that is to be skipped in silence.
fn read_line(line: &[u8], now: i64) -> Option<Found> {
    let (line, http_only) = match line.strip_prefix(HTTP_ONLY) {
        Some(line) => (line, true),
        None => (line, false),
    };
    if (!http_only && line.starts_with(b"#")) || trim_ows(line).is_empty() {
        return None;
    }
    if line.get(..11).is_some_and(|start| start.eq_ignore_ascii_case(b"Set-Cookie:")) {
        return Some(read_field(&line[11..], now));
    }
    let mut fields = line.splitn(7, |byte| *byte == b'\t');
    let mut next = || fields.next();
    let (Some(domain), Some(wide), Some(path), Some(secure), Some(expires), Some(name)) =
        (next(), next(), next(), next(), next(), next())
    else {
        return Some(Found::damaged("not seven fields separated by TAB"));
    };
    // Some writers leave out the last TAB of a cookie without a value.
    let value = next().unwrap_or_default();
    let (Some(wide), Some(secure)) = (read_flag(wide), read_flag(secure)) else {
        return Some(Found::damaged("a flag is neither TRUE nor FALSE"));
    };
    let expires = match read_expiry(trim_ows(expires)) {
        Ok(expires) => expires,
        Err(found) => return Some(found),
    };
    let Ok(domain) = std::str::from_utf8(trim_ows(domain)) else {
        return Some(Found::Refused(Reason::DomainInvalid));
    };
    let path = match std::str::from_utf8(path) {
        Ok("") => "/",
        Ok(path) => path,
        Err(_) => return Some(Found::Refused(Reason::PathInvalid)),
    };
    let spec = CookieSpec {
        name,
        value,
        domain: without_port(domain),
        host_only: !wide,
        path,
        secure,
        http_only,
        expires,
        ..CookieSpec::default()
    };
    Some(spec.admit(Times::default(), now).into())
}

/// wget writes the port behind the domain where it is not the default one.
fn without_port(domain: &str) -> &str {
    match domain.split_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => domain,
    }
}

fn read_flag(field: &[u8]) -> Option<bool> {
    match trim_ows(field) {
        field if field.eq_ignore_ascii_case(b"TRUE") => Some(true),
        field if field.eq_ignore_ascii_case(b"FALSE") => Some(false),
        _ => None,
    }
}

/// Seconds since 1970, perhaps with a fraction; nothing, 0 and -1 mean a session cookie.
fn read_expiry(field: &[u8]) -> Result<Option<i64>, Found> {
    let text = std::str::from_utf8(field).unwrap_or("?");
    if matches!(text, "" | "0" | "-1") {
        return Ok(None);
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits.is_empty() && plain(digits) && plain(fraction) {
        let seconds = digits
            .bytes()
            .fold(0_i64, |number, digit| number.saturating_mul(10).saturating_add(i64::from(digit - b'0')));
        let millis = seconds.saturating_mul(1000);
        return Ok(Some(if digits.len() < whole.len() { -millis } else { millis }));
    }
    match text.parse::<f64>() {
        // 1.79e+308 and the like: meant as never, written by mistake.
        Ok(_) => Err(Found::Refused(Reason::Malformed)),
        Err(_) => Err(Found::damaged("the expiry is not a number")),
    }
}

/// A line with a `Set-Cookie` field, which curl reads too. There is no URL: it needs a Domain.
fn read_field(field: &[u8], now: i64) -> Found {
    let parsed = match parse::parse(trim_ows(field)) {
        Ok(parsed) => parsed,
        Err(reason) => return Found::Refused(reason),
    };
    let Some(domain) = parsed.domain.and_then(|domain| std::str::from_utf8(domain).ok()) else {
        return Found::Refused(Reason::DomainInvalid);
    };
    let spec = CookieSpec {
        name: parsed.name,
        value: parsed.value,
        domain,
        host_only: false,
        path: parsed.path.and_then(|path| std::str::from_utf8(path).ok()).unwrap_or("/"),
        secure: parsed.secure,
        http_only: parsed.http_only,
        same_site: parsed.same_site,
        expires: match parsed.lifetime {
            Lifetime::Session => None,
            Lifetime::MaxAge(seconds) => Some(now.saturating_add(seconds.saturating_mul(1000))),
            Lifetime::Expires(time) => Some(time.saturating_mul(1000)),
        },
        partition: None,
    };
    spec.admit(Times::default(), now).into()
}

/// Writes the cookies; returns how many. A cookie with a TAB in it, or in a partition, has no
/// place in this format and is left out.
pub(crate) fn write(cookies: &[Cookie], out: &mut Vec<u8>) -> usize {
    out.extend_from_slice(
        b"# Netscape HTTP Cookie File\n# This file was generated by libhtmlsession. Edit at your own risk.\n\n",
    );
    let mut written = 0;
    for cookie in cookies {
        let text = [cookie.name(), cookie.value(), cookie.path_bytes()];
        if cookie.partition().is_some() || text.iter().any(|text| text.contains(&b'\t')) {
            continue;
        }
        if cookie.http_only() {
            out.extend_from_slice(HTTP_ONLY);
        }
        if !cookie.host_only() {
            out.push(b'.');
        }
        let flag = |flag: bool| if flag { "TRUE" } else { "FALSE" };
        // 0 would be a session cookie.
        let expires = cookie.expires().map_or(0, |millis| millis.div_euclid(1000).max(1)).to_string();
        let fields = [
            cookie.domain_bytes(),
            flag(!cookie.host_only()).as_bytes(),
            cookie.path_bytes(),
            flag(cookie.secure()).as_bytes(),
            expires.as_bytes(),
            cookie.name(),
        ];
        for field in fields {
            out.extend_from_slice(field);
            out.push(b'\t');
        }
        out.extend_from_slice(cookie.value());
        out.push(b'\n');
        written += 1;
    }
    written
}
