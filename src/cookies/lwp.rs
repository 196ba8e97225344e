//! The `Set-Cookie3` files of Perl's LWP and Python's `http.cookiejar.LWPCookieJar`.

use super::date;
use super::files::{Found, Reader};
use super::spec::{CookieSpec, Times};

pub(crate) const FIRST_LINE: &[u8] = b"#LWP-Cookies-";

const FIELD: &[u8] = b"Set-Cookie3:";

pub(crate) fn read(bytes: &[u8], reader: &mut Reader) {
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = line.trim_ascii();
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        let found = match line.strip_prefix(FIELD) {
            Some(field) => read_cookie(field, reader.now()),
            None => Found::damaged("not a Set-Cookie3 line"),
        };
        reader.take(index + 1, found);
    }
}

fn read_cookie(field: &[u8], now: i64) -> Found {
    let mut words = Words(field);
    let Some((name, value)) = words.next() else { return Found::damaged("no cookie") };
    let mut spec = CookieSpec { name: &name, ..CookieSpec::default() };
    let value = value.unwrap_or_default();
    spec.value = &value;
    let (mut domain, mut path) = (String::new(), String::from("/"));
    for (key, value) in words {
        let text = String::from_utf8_lossy(value.as_deref().unwrap_or_default()).into_owned();
        match key.to_ascii_lowercase().as_slice() {
            b"domain" => domain = text,
            b"path" => path = text,
            b"secure" => spec.secure = true,
            b"httponly" => spec.http_only = true,
            b"expires" => {
                spec.expires = date::parse_rfc3339(&text);
                if spec.expires.is_none() {
                    return Found::damaged("the expiry is not a time");
                }
            }
            _ => {}
        }
    }
    if domain.is_empty() {
        return Found::damaged("no domain");
    }
    // Hosts without a dot get ".local" there.
    let host = domain.strip_suffix(".local").filter(|host| !host.contains('.')).unwrap_or(&domain);
    spec.domain = host;
    spec.host_only = !domain.starts_with('.');
    spec.path = &path;
    spec.admit(Times::default(), now).into()
}

/// The `key=value` pairs of a field, separated by `;`, with values as tokens or quoted strings.
struct Words<'a>(&'a [u8]);

impl Iterator for Words<'_> {
    type Item = (Vec<u8>, Option<Vec<u8>>);

    fn next(&mut self) -> Option<Self::Item> {
        let mut rest = self.0.trim_ascii_start();
        if rest.is_empty() {
            return None;
        }
        let end = rest.iter().position(|byte| matches!(byte, b'=' | b';')).unwrap_or(rest.len());
        let key = rest[..end].trim_ascii().to_vec();
        let mut value = None;
        if rest.get(end) == Some(&b'=') {
            rest = &rest[end + 1..];
            let mut text = Vec::new();
            if let Some(quoted) = rest.strip_prefix(b"\"") {
                let mut at = 0;
                while at < quoted.len() && quoted[at] != b'"' {
                    at += usize::from(quoted[at] == b'\\' && at + 1 < quoted.len());
                    text.push(quoted[at]);
                    at += 1;
                }
                rest = &quoted[(at + 1).min(quoted.len())..];
            } else {
                let end = rest.iter().position(|byte| *byte == b';').unwrap_or(rest.len());
                text.extend_from_slice(rest[..end].trim_ascii());
                rest = &rest[end..];
            }
            value = Some(text);
        } else {
            rest = &rest[end..];
        }
        let end = rest.iter().position(|byte| *byte == b';').map_or(rest.len(), |semicolon| semicolon + 1);
        self.0 = &rest[end..];
        Some((key, value))
    }
}
