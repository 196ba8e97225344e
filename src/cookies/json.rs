//! Our own JSON: everything the jar knows of a cookie, exactly.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::cookie::{Cookie, SameSite};

/// Writes the cookies, one a line. Times are seconds since 1970, with up to three decimals; a
/// name or value that is not UTF-8 is written as `name_b64` or `value_b64`.
pub(crate) fn write(cookies: &[Cookie], out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"version\":1,\"cookies\":[");
    for (index, cookie) in cookies.iter().enumerate() {
        out.extend_from_slice(if index == 0 { b"\n{" } else { b",\n{" });
        bytes(out, "name", cookie.name());
        bytes(out, "value", cookie.value());
        text(out, "domain", Some(cookie.domain()));
        flag(out, "host_only", cookie.host_only());
        text(out, "path", Some(cookie.path()));
        flag(out, "secure", cookie.secure());
        flag(out, "http_only", cookie.http_only());
        let same_site = match cookie.same_site() {
            SameSite::Unset => None,
            SameSite::None => Some("none"),
            SameSite::Lax => Some("lax"),
            SameSite::Strict => Some("strict"),
        };
        text(out, "same_site", same_site);
        time(out, "expires", cookie.expires());
        time(out, "creation", Some(cookie.creation()));
        time(out, "last_access", Some(cookie.last_access()));
        text(out, "partition_key", cookie.partition());
        out.pop();
        out.push(b'}');
    }
    out.extend_from_slice(b"\n]}\n");
}

// Writing to a vector cannot fail.
fn text(out: &mut Vec<u8>, key: &str, value: Option<&str>) {
    let _ = write!(out, "\"{key}\":");
    let _ = serde_json::to_writer(&mut *out, &value);
    out.push(b',');
}

fn bytes(out: &mut Vec<u8>, key: &str, value: &[u8]) {
    match std::str::from_utf8(value) {
        Ok(value) => text(out, key, Some(value)),
        Err(_) => text(out, &format!("{key}_b64"), Some(&STANDARD.encode(value))),
    }
}

fn flag(out: &mut Vec<u8>, key: &str, value: bool) {
    let _ = write!(out, "\"{key}\":{value},");
}

fn time(out: &mut Vec<u8>, key: &str, millis: Option<i64>) {
    let _ = match millis {
        None => write!(out, "\"{key}\":null,"),
        Some(millis) if millis % 1000 == 0 => write!(out, "\"{key}\":{},", millis / 1000),
        Some(millis) => {
            let sign = if millis < 0 { "-" } else { "" };
            let millis = millis.unsigned_abs();
            write!(out, "\"{key}\":{sign}{}.{:03},", millis / 1000, millis % 1000)
        }
    };
}
