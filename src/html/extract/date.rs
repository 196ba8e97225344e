//! Dates in a text, as machines and people write them, as ISO 8601.

use crate::error::Result;
use crate::html::template::{Template, Value};

/// What a date is looked for with.
#[derive(Debug)]
pub(super) struct Dates {
    /// Tried in this order.
    forms: Vec<Template>,
    /// With none of the caller's own: ISO 8601, which comes first and which clocks are read with.
    iso: Option<Template>,
}

/// Zones with names (RFC 5322, 4.3).
const ZONES: [(&str, &str); 12] = [
    ("Z", "Z"),
    ("UTC", "Z"),
    ("GMT", "Z"),
    ("UT", "Z"),
    ("EST", "-05:00"),
    ("EDT", "-04:00"),
    ("CST", "-06:00"),
    ("CDT", "-05:00"),
    ("MST", "-07:00"),
    ("MDT", "-06:00"),
    ("PST", "-08:00"),
    ("PDT", "-07:00"),
];

impl Dates {
    /// The forms that say themselves which part is what.
    pub fn known() -> Result<Dates> {
        let forms = ["{:th}", "{:tc}", "{:%d %B %Y}", "{:%d %b %Y}", "{:%B %d, %Y}", "{:%b %d, %Y}"];
        let forms = forms.iter().map(|form| Template::compile(form)).collect::<Result<_>>()?;
        Ok(Dates { forms, iso: Some(Template::compile("{:ti}")?) })
    }

    /// A date type of the template language; none if it is no such thing.
    pub fn of_format(format: &str) -> Result<Option<Dates>> {
        let template = Template::compile(&format!("{{:{format}}}"))?;
        let is_date = template.fields().len() == 1 && template.fields()[0].is_date();
        Ok(is_date.then(|| Dates { forms: vec![template], iso: None }))
    }

    /// The first date: of the first form that has one, and not a part of a longer word or number.
    pub fn find(&self, text: &str) -> Result<Option<String>> {
        if let Some(iso) = &self.iso
            && let Some(found) = find_iso(text, iso)?
        {
            return Ok(Some(found));
        }
        for form in &self.forms {
            for found in form.search_all(text, 64)? {
                let range = found.range();
                if !stands_alone(text, range.start, range.end) {
                    continue;
                }
                match (found.value(0), &self.iso) {
                    (Some(Value::Date(day)), Some(iso)) => {
                        let rest = text[range.end..].trim_start_matches([',', ' ', '\t', '\n', '\u{a0}']);
                        let rest = rest.strip_prefix("at ").unwrap_or(rest);
                        let timed = clock(rest).map(|clock| format!("{day}T{clock}"));
                        let timed = timed.map(|timed| read(&timed, iso)).transpose()?.flatten();
                        return Ok(Some(timed.unwrap_or(day)));
                    }
                    (Some(Value::DateTime(iso) | Value::Date(iso) | Value::Time(iso)), _) => {
                        return Ok(Some(iso));
                    }
                    _ => {}
                }
            }
        }
        Ok(None)
    }
}

fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    !text[..start].chars().next_back().is_some_and(char::is_alphanumeric)
        && !text[end..].starts_with(|c: char| c.is_ascii_digit())
}

/// The value of a date in full.
fn read(text: &str, iso: &Template) -> Result<Option<String>> {
    Ok(match iso.parse(text)?.and_then(|found| found.value(0)) {
        Some(Value::DateTime(iso) | Value::Date(iso)) => Some(iso),
        _ => None,
    })
}

fn find_iso(text: &str, iso: &Template) -> Result<Option<String>> {
    const FORM: &[u8; 10] = b"dddd-dd-dd";
    let fits = |window: &[u8]| {
        window.iter().zip(FORM).all(|(byte, form)| match form {
            b'd' => byte.is_ascii_digit(),
            literal => byte == literal,
        })
    };
    for (start, window) in text.as_bytes().windows(FORM.len()).enumerate() {
        let end = start + FORM.len();
        if !fits(window) || !stands_alone(text, start, end) {
            continue;
        }
        let (day, rest) = (&text[start..end], &text[end..]);
        let time = match rest.strip_prefix(['T', 't']) {
            Some(time) => time,
            // A clock stands apart from the day.
            None if rest.starts_with(char::is_whitespace) => rest.trim_start(),
            None => "",
        };
        if let Some(clock) = clock(time)
            && let Some(found) = read(&format!("{day}T{clock}"), iso)?
        {
            return Ok(Some(found));
        }
        if let Some(found) = read(day, iso)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The digits at the start of a text, if there are so many, and what follows.
fn digits(text: &str, least: usize, most: usize) -> Option<(&str, &str)> {
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    (least..=most).contains(&end).then(|| text.split_at(end))
}

/// A time of day at the start of a text (`7:08`, `07:08:09.5`), what half of the day it is in, and
/// its zone.
fn clock(text: &str) -> Option<String> {
    let (hour, rest) = digits(text, 1, 2)?;
    let (minute, mut rest) = digits(rest.strip_prefix(':')?, 2, 2)?;
    let (mut second, mut fraction) = ("00", String::new());
    if let Some((digits_of, after)) = rest.strip_prefix(':').and_then(|rest| digits(rest, 2, 2)) {
        (second, rest) = (digits_of, after);
        if let Some((parts, after)) = rest.strip_prefix(['.', ',']).and_then(|rest| digits(rest, 1, 9)) {
            (fraction, rest) = (format!(".{parts}"), after);
        }
    }
    let mut hour: u32 = hour.parse().ok()?;
    let word = |text: &str| -> usize { text.bytes().take_while(u8::is_ascii_alphanumeric).count() };
    let after = rest.trim_start();
    let half = &after[..word(after)];
    let (morning, evening) = (half.eq_ignore_ascii_case("am"), half.eq_ignore_ascii_case("pm"));
    if morning || evening {
        if !(1..=12).contains(&hour) {
            return None;
        }
        hour = hour % 12 + if evening { 12 } else { 0 };
        rest = &after[2..];
    }
    let zone = zone(rest.trim_start()).unwrap_or_default();
    Some(format!("{hour:02}:{minute}:{second}{fraction}{zone}"))
}

fn zone(text: &str) -> Option<String> {
    let word = text.bytes().take_while(u8::is_ascii_alphanumeric).count();
    if let Some((_, zone)) = ZONES.iter().find(|(name, _)| *name == &text[..word]) {
        return Some((*zone).into());
    }
    let sign = text.chars().next().filter(|c| matches!(c, '+' | '-' | '\u{2212}'))?;
    let (written, rest) = digits(&text[sign.len_utf8()..], 2, 4)?;
    let minutes = match (written.len(), rest.strip_prefix(':').and_then(|rest| digits(rest, 2, 2))) {
        (2, Some((minutes, _))) => minutes,
        (2, None) => "00",
        (4, _) => &written[2..],
        _ => return None,
    };
    let sign = if sign == '+' { '+' } else { '-' };
    Some(format!("{sign}{}:{minutes}", &written[..2]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_found_as_they_are_written() {
        let dates = Dates::known().unwrap();
        for (text, expected) in [
            ("2024-05-06", "2024-05-06T00:00:00"),
            ("on 2024-05-06T07:08:09Z.", "2024-05-06T07:08:09+00:00"),
            ("2024-05-06T07:08:09+02", "2024-05-06T07:08:09+02:00"),
            ("2024-05-06 07:08:09 +0230", "2024-05-06T07:08:09+02:30"),
            ("2024-05-06 07:08:09\u{2212}02:00", "2024-05-06T07:08:09-02:00"),
            ("2024-05-06 7:08 PM", "2024-05-06T19:08:00"),
            ("2024-05-06 12:30 am", "2024-05-06T00:30:00"),
            ("2024-05-06 07:08:09 UTC", "2024-05-06T07:08:09+00:00"),
            ("2024-05-06 07:08:09,5 GMT", "2024-05-06T07:08:09.500000+00:00"),
            ("2024-05-06 07:08 - 09:00", "2024-05-06T07:08:00"),
            ("Order 2024-05-06-1234", "2024-05-06T00:00:00"),
            ("12024-05-06 or 2023-01-02", "2023-01-02T00:00:00"),
            ("2024-13-45, 2024-05-067, 2024-05-06", "2024-05-06T00:00:00"),
            ("Mon, 20 Jan 2014 10:21:36 +0100", "2014-01-20T10:21:36+01:00"),
            ("Mon, 20 Jan 2014 10:21:36 GMT", "2014-01-20T10:21:36+00:00"),
            ("Mon, 20 Jan 2014 10:21:36 EST", "2014-01-20T10:21:36-05:00"),
            ("Mon, 20 Jan 2014 10:21:36", "2014-01-20T10:21:36"),
            ("Sun Sep 16 01:03:52 1973", "1973-09-16T01:03:52"),
            ("21/Nov/2011:00:07:11 +0000", "2011-11-21T00:07:11+00:00"),
            ("115 May 2020", ""),
            ("May 5, 20201", ""),
            ("Dismay 5, 2020", ""),
            ("5 May 2020", "2020-05-05"),
            ("May 5, 2020 at 7:08 pm", "2020-05-05T19:08:00"),
            ("no", ""),
        ] {
            assert_eq!(dates.find(text).unwrap().unwrap_or_default(), expected, "{text}");
        }
        assert!(Dates::of_format("d").unwrap().is_none());
        let format = Dates::of_format("%d.%m.%Y").unwrap().unwrap();
        assert_eq!(format.find("106.5.2024, 6.5.2024").unwrap().as_deref(), Some("2024-05-06"));
    }
}
