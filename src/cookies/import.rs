//! Cookies in JSON: our own files, and those of Playwright, Puppeteer, Selenium, browser
//! extensions, tough-cookie, and HTTP archives (HAR).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use url::Url;

use super::context::Context;
use super::cookie::SameSite;
use super::date;
use super::files::{Found, Reader};
use super::host::{self, Place};
use super::options::JarOptions;
use super::parse;
use super::rules;
use super::spec::{CookieSpec, Times};
use crate::json;

/// Reads a JSON file. Which of the formats it is shows in its shape.
pub(crate) fn read(bytes: &[u8], reader: &mut Reader) {
    let file = match json::parse(bytes) {
        Ok(file) => file,
        Err(flaw) => return reader.fail(flaw.line, &flaw.text),
    };
    // Only our own files say how exact they are: there, no number stands for "session".
    let exact = file["version"].as_i64();
    match exact {
        None | Some(1) => {}
        Some(version) => return reader.fail(1, &format!("version {version} of the format is not known")),
    }
    if let Some(entries) = file["log"]["entries"].as_array() {
        return read_archive(entries, reader);
    }
    let Some(cookies) = file.as_array().or_else(|| file["cookies"].as_array()) else {
        return reader.fail(1, "neither an array of cookies nor an object with \"cookies\"");
    };
    for (index, cookie) in cookies.iter().enumerate() {
        let found = match cookie.as_object() {
            Some(cookie) => read_cookie(cookie, exact.is_some(), None, reader),
            None => Found::damaged("not an object"),
        };
        reader.take(index + 1, found);
    }
}

/// Reads one cookie. `url` is the one it came from, where the format tells that.
fn read_cookie(cookie: &Map<String, Value>, exact: bool, url: Option<&Url>, reader: &Reader) -> Found {
    let now = reader.now();
    let any = |keys: &[&str]| keys.iter().find_map(|key| cookie.get(*key)).filter(|value| !value.is_null());
    let text = |keys: &[&str]| match any(keys) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(Found::damaged(&format!("\"{}\" is not a string", keys[0]))),
    };
    let flag = |keys: &[&str]| match any(keys) {
        None => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(_) => Err(Found::damaged(&format!("\"{}\" is neither true nor false", keys[0]))),
    };
    let bytes = |keys: &[&str], encoded: &str| match (text(keys)?, text(&[encoded])?) {
        (Some(text), _) => Ok(text.as_bytes().to_vec()),
        (None, Some(encoded)) => {
            STANDARD.decode(encoded).map_err(|_| Found::damaged("bytes that are not Base64"))
        }
        (None, None) => Err(Found::damaged(&format!("no \"{}\"", keys[0]))),
    };
    let read = || {
        let name = bytes(&["name", "key"], "name_b64")?;
        // tough-cookie leaves out what is empty.
        let value = match any(&["value", "value_b64"]) {
            None => Vec::new(),
            Some(_) => bytes(&["value"], "value_b64")?,
        };
        let from = url.and_then(Place::of);
        let domain = match (text(&["domain"])?.filter(|domain| !domain.is_empty()), &from) {
            (Some(domain), _) => domain,
            (None, Some(from)) => from.host,
            (None, None) => return Err(Found::damaged("no \"domain\"")),
        };
        let session = flag(&["session"])? == Some(true);
        let creation = read_time(any(&["creation"]), "creation")?;
        let expires = match any(&["expires", "expirationDate", "expiry"]) {
            _ if session => None,
            Some(Value::Number(number)) if !exact && number.as_f64().is_none_or(|time| time <= 0.0) => None,
            Some(Value::String(text)) if text == "Infinity" || text.is_empty() => None,
            value => read_time(value, "expires")?,
        };
        let expires = match any(&["maxAge"]).and_then(Value::as_f64) {
            Some(seconds) => Some(creation.unwrap_or(now).saturating_add((seconds * 1000.0) as i64)),
            None => expires,
        };
        let same_site = match text(&["same_site", "sameSite"])?.unwrap_or_default() {
            site if site.eq_ignore_ascii_case("strict") => SameSite::Strict,
            site if site.eq_ignore_ascii_case("lax") => SameSite::Lax,
            site if site.eq_ignore_ascii_case("none") || site == "no_restriction" => SameSite::None,
            _ => SameSite::Unset,
        };
        let partition = match any(&["partition_key", "partitionKey"]) {
            None => None,
            Some(Value::String(key)) => Some(key.as_str()),
            Some(Value::Object(key)) => key.get("topLevelSite").and_then(Value::as_str),
            Some(_) => return Err(Found::damaged("\"partition_key\" is not a string")),
        };
        // A browser has a key for each request, a jar only where it is asked to: what a site keeps
        // for itself is then stored as a field of that site would be.
        let own = !exact && !reader.own_partitions() && !is_embedded(cookie);
        let partition = partition.filter(|key| !(own && is_site_of(key, domain)));
        let last_access = read_time(any(&["last_access", "lastAccessed"]), "last_access")?;
        let spec = CookieSpec {
            name: &name,
            value: &value,
            domain,
            host_only: flag(&["host_only", "hostOnly"])?.unwrap_or(!domain.starts_with('.')),
            path: text(&["path"])?.filter(|path| !path.is_empty()).unwrap_or("/"),
            secure: flag(&["secure"])?.unwrap_or(false),
            http_only: flag(&["http_only", "httpOnly"])?.unwrap_or(false),
            same_site,
            expires,
            partition,
        };
        Ok(spec.admit(Times { creation, last_access }, now).into())
    };
    read().unwrap_or_else(|found| found)
}

/// Whether a partition is that of a site inside of another one that it is itself inside of, which
/// Puppeteer and Playwright tell.
fn is_embedded(cookie: &Map<String, Value>) -> bool {
    let of_key = cookie.get("partitionKey").and_then(|key| key.get("hasCrossSiteAncestor"));
    [of_key, cookie.get("_crHasCrossSiteAncestor")].contains(&Some(&Value::Bool(true)))
}

/// Whether the key of a partition is the site of a cookie's domain.
fn is_site_of(key: &str, domain: &str) -> bool {
    let site = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://"));
    let domain = host::canonical(domain.strip_prefix('.').unwrap_or(domain));
    domain.is_some_and(|domain| site == Some(host::domain_key(&domain)))
}

/// A time in milliseconds: seconds as a number, or a date.
fn read_time(value: Option<&Value>, key: &str) -> Result<Option<i64>, Found> {
    let time = match value {
        None => return Ok(None),
        Some(Value::Number(number)) => match number.as_i64() {
            Some(seconds) => Some(seconds.saturating_mul(1000)),
            // The conversion saturates.
            None => number.as_f64().map(|seconds| (seconds * 1000.0).round() as i64),
        },
        Some(Value::String(text)) => date::parse_rfc3339(text)
            .or_else(|| date::parse(text.as_bytes()).map(|seconds| seconds.saturating_mul(1000))),
        Some(_) => None,
    };
    time.map(Some).ok_or_else(|| Found::damaged(&format!("\"{key}\" is not a time")))
}

/// An HTTP archive: what the responses set, from their header fields where those are recorded;
/// of the requests, the cookies that nothing in the archive sets.
fn read_archive(entries: &[Value], reader: &mut Reader) {
    let mut sent = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let url = entry["request"]["url"].as_str().and_then(|url| Url::parse(url).ok());
        let Some((url, place)) = url.as_ref().and_then(|url| Some((url, Place::of(url)?))) else { continue };
        let list = |part: &str, list: &str| entry[part][list].as_array().map_or(&[][..], Vec::as_slice);
        let mut fields = list("response", "headers")
            .iter()
            .filter(|header| {
                header["name"].as_str().is_some_and(|name| name.eq_ignore_ascii_case("set-cookie"))
            })
            // Chromium writes the fields of one response into one, line by line.
            .flat_map(|header| header["value"].as_str().unwrap_or_default().lines())
            .peekable();
        let recorded = fields.peek().is_some();
        for field in fields {
            let cookie = parse::parse(field.as_bytes()).and_then(|field| {
                rules::admit(&field, &place, &Context::default(), &JarOptions::default(), reader.now())
            });
            reader.take(index + 1, cookie.into());
        }
        if !recorded {
            for cookie in list("response", "cookies").iter().filter_map(Value::as_object) {
                let found = read_cookie(cookie, false, Some(url), reader);
                reader.take(index + 1, found);
            }
        }
        for cookie in list("request", "cookies").iter().filter_map(Value::as_object) {
            if let Some(name) = cookie.get("name").and_then(Value::as_str) {
                sent.push((index + 1, name, cookie, url.clone()));
            }
        }
    }
    let mut known = reader.names();
    for (index, name, cookie, url) in sent {
        let Some(domain) = Place::of(&url).map(|place| Box::from(place.registrable)) else { continue };
        if !known.insert((name.as_bytes().into(), domain)) {
            continue;
        }
        // Only name and value of what was sent are certain.
        let pair: Map<String, Value> = ["name", "value"]
            .iter()
            .filter_map(|key| Some(((*key).into(), cookie.get(*key)?.clone())))
            .collect();
        let found = read_cookie(&pair, false, Some(&url), reader);
        reader.take(index, found);
    }
}
