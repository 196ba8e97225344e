//! The value of `Content-Type`, as browsers read it (MIME Sniffing, "parse a MIME type"; Fetch,
//! "extract a MIME type").

use crate::http::syntax::is_token;
use std::borrow::Cow;

/// A media type.
struct MimeType<'t> {
    essence: &'t str,
    charset: Option<Cow<'t, str>>,
}

const SPACE: [char; 4] = [' ', '\t', '\n', '\r'];

/// The `charset` parameter of a `Content-Type` value: the first one, quotes removed.
pub fn charset_parameter(content_type: &str) -> Option<Cow<'_, str>> {
    parse(content_type)?.charset
}

/// What the `Content-Type` fields of a response say together: the last type counts, and has the
/// charset of those before it if they are of the same kind.
pub(crate) fn content_type<'v>(fields: impl Iterator<Item = &'v [u8]>) -> Option<String> {
    let fields: Vec<Cow<'_, str>> = fields.map(String::from_utf8_lossy).collect();
    let all = fields.join(", ");
    let mut found: Option<MimeType<'_>> = None;
    for value in split(&all) {
        let Some(mut next) = parse(value).filter(|next| next.essence != "*/*") else { continue };
        if let Some(before) = found
            && next.charset.is_none()
            && before.essence.eq_ignore_ascii_case(next.essence)
        {
            next.charset = before.charset;
        }
        found = Some(next);
    }
    let MimeType { essence, charset } = found?;
    let Some(charset) = charset else { return Some(essence.into()) };
    let charset = charset.replace('\\', "\\\\").replace('"', "\\\"");
    Some(format!("{essence};charset=\"{charset}\""))
}

/// The values between the commas that are not quoted.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let mut after = text;
        loop {
            let at = after.find(['"', ',']).unwrap_or(after.len());
            after = match after[at..].strip_prefix('"') {
                Some(quoted) => quoted_string(quoted).1,
                None => &after[at..],
            };
            if after.is_empty() || after.starts_with(',') {
                break;
            }
        }
        rest = after.get(1..);
        Some(&text[..text.len() - after.len()])
    })
}

/// The type, if it is one, and its charset.
fn parse(text: &str) -> Option<MimeType<'_>> {
    let text = text.trim_matches(SPACE);
    let end = text.find(';').unwrap_or(text.len());
    let essence = text[..end].trim_end_matches(SPACE);
    let (kind, sub) = essence.split_once('/')?;
    if !is_token(kind.as_bytes()) || !is_token(sub.as_bytes()) {
        return None;
    }
    let mut charset = None;
    let mut rest = &text[end..];
    while let Some(parameter) = rest.strip_prefix(';') {
        let parameter = parameter.trim_start_matches(SPACE);
        let end = parameter.find([';', '=']).unwrap_or(parameter.len());
        let name = &parameter[..end];
        let Some(value) = parameter[end..].strip_prefix('=') else {
            rest = &parameter[end..];
            continue;
        };
        let (value, after) = match value.strip_prefix('"') {
            Some(quoted) => quoted_string(quoted),
            None => {
                let end = value.find(';').unwrap_or(value.len());
                (Cow::Borrowed(value[..end].trim_end_matches(SPACE)), &value[end..])
            }
        };
        // An empty value counts only between quotes.
        let counts = matches!(value, Cow::Owned(_)) || !value.is_empty();
        let fine = value.chars().all(|c| c == '\t' || !c.is_ascii_control());
        if charset.is_none() && counts && fine && name.eq_ignore_ascii_case("charset") {
            charset = Some(value);
        }
        rest = &after[after.find(';').unwrap_or(after.len())..];
    }
    Some(MimeType { essence, charset })
}

/// A quoted string behind its opening quote, and what follows it.
fn quoted_string(text: &str) -> (Cow<'_, str>, &str) {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (Cow::Owned(value), &text[at + 1..]),
            '\\' => value.push(chars.next().map_or('\\', |(_, c)| c)),
            _ => value.push(c),
        }
    }
    (Cow::Owned(value), "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_charset_of_a_content_type() {
        for (value, charset) in [
            ("text/html", None),
            ("text/html;charset=utf-8", Some("utf-8")),
            (" text/html ; CharSet=UTF-8 ; x=y", Some("UTF-8")),
            ("text/html; charset=\"utf-8\"", Some("utf-8")),
            ("text/html; charset='utf-8'", Some("'utf-8'")),
            ("text/html; charset = utf-8", None),
            ("text/html; charset =utf-8; charset=b", Some("b")),
            ("text/html; charset= utf-8", Some(" utf-8")),
            ("text/html; charset=\"ut\\f-8\"; x", Some("utf-8")),
            ("text/html; x=\"; charset=big5\"; charset=koi8-r", Some("koi8-r")),
            ("text/html; charset=a; charset=b", Some("a")),
            ("text/html; charset=; charset=b", Some("b")),
            ("text/html; charset=\"\"; charset=b", Some("")),
            ("text/html; charset; charset=b", Some("b")),
            ("text/html; charset=\"open", Some("open")),
            ("text/html; charset=\"open\\", Some("open\\")),
            ("text; charset=utf-8", None),
            ("text/; charset=utf-8", None),
            ("te xt/html; charset=utf-8", None),
            ("charset=utf-8", None),
            ("", None),
            (";;;", None),
        ] {
            assert_eq!(charset_parameter(value).as_deref(), charset, "{value}");
        }
    }

    #[test]
    fn several_fields_are_one() {
        let of = |fields: &[&str]| content_type(fields.iter().map(|field| field.as_bytes()));
        for (fields, found) in [
            (&["text/html"][..], Some("text/html")),
            (&["text/html;charset=a", "text/html"], Some("text/html;charset=\"a\"")),
            (&["text/html;charset=a, TEXT/HTML;x"], Some("TEXT/HTML;charset=\"a\"")),
            (&["text/html;charset=a", "text/html;charset=b"], Some("text/html;charset=\"b\"")),
            (&["text/html;charset=a", "text/plain"], Some("text/plain")),
            (&["text/html;charset=a", "text/plain", "text/html"], Some("text/html")),
            (&["text/html;charset=a", "", "*/*;charset=b", "cannot"], Some("text/html;charset=\"a\"")),
            (&["text/html;x=\",text/plain\";charset=a,"], Some("text/html;charset=\"a\"")),
            (&["text/html;x=\"", "text/plain;charset=a"], Some("text/html")),
            (&["text/html;charset=\"a\\\"\\\\\""], Some("text/html;charset=\"a\\\"\\\\\"")),
            (&["text", "*/*"], None),
            (&[], None),
        ] {
            assert_eq!(of(fields).as_deref(), found, "{fields:?}");
        }
    }
}
