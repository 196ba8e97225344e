//! Dates: the cookie-date algorithm (RFC 6265bis, 5.1.1) and RFC 3339 timestamps.

use crate::calendar::{DAY, day_of, month_named};

/// The time that a cookie-date means, in seconds since 1970-01-01 00:00:00 UTC, negative before.
///
/// RFC 6265bis, 5.1.1: the date is cut into tokens, and the first token that looks like a time, a
/// day of the month, a month or a year is taken as such; everything else (weekday, zone) is
/// skipped. So all three forms of HTTP-date (RFC 9110, 5.6.7) are read, and most of what servers
/// send in their place. `None` when a part is missing or the date does not exist.
///
/// One pass, linear in the length of `date`.
pub fn parse(date: &[u8]) -> Option<i64> {
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    for token in date.split(|byte| is_delimiter(*byte)).filter(|token| !token.is_empty()) {
        if time.is_none() {
            time = read_time(token);
            if time.is_some() {
                continue;
            }
        }
        if day.is_none() {
            day = read_number(token, 1, 2);
            if day.is_some() {
                continue;
            }
        }
        if month.is_none() {
            month = token.get(..3).and_then(month_named);
            if month.is_some() {
                continue;
            }
        }
        if year.is_none() {
            year = read_number(token, 2, 4);
        }
    }
    let (hour, minute, second) = time?;
    let year = match year? {
        year @ 0..=69 => year + 2000,
        year @ 70..=99 => year + 1900,
        year => year,
    };
    if year < 1601 {
        return None;
    }
    timestamp(year, month?, day?, hour, minute, second)
}

/// The time that an RFC 3339 timestamp (`2031-02-03T04:05:06.789Z`, `…+01:00`) means, in
/// milliseconds since 1970. Further digits of the fraction are dropped.
pub(crate) fn parse_rfc3339(text: &str) -> Option<i64> {
    let text = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| -> Option<i64> {
        text.get(range)?.iter().try_fold(0, |number: i64, byte| {
            byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0'))
        })
    };
    let is = |at: usize, bytes: &[u8]| text.get(at).is_some_and(|byte| bytes.contains(byte));
    if !(is(4, b"-") && is(7, b"-") && is(10, b"Tt ") && is(13, b":") && is(16, b":")) {
        return None;
    }
    let seconds =
        timestamp(digits(0..4)?, digits(5..7)?, digits(8..10)?, digits(11..13)?, digits(14..16)?, {
            // A leap second is the last second of its minute here.
            digits(17..19)?.min(59)
        })?;
    let mut at = 19;
    let mut millis = 0;
    if is(at, b".") {
        let fraction = text[at + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if fraction == 0 {
            return None;
        }
        for place in 0..3 {
            let digit = if place < fraction { text[at + 1 + place] - b'0' } else { 0 };
            millis = millis * 10 + i64::from(digit);
        }
        at += 1 + fraction;
    }
    let offset = match &text[at..] {
        b"Z" | b"z" => 0,
        zone if zone.len() == 6 && zone[3] == b':' && matches!(zone[0], b'+' | b'-') => {
            let minutes = digits(at + 1..at + 3)? * 60 + digits(at + 4..at + 6)?;
            if zone[0] == b'-' { -minutes } else { minutes }
        }
        _ => return None,
    };
    Some((seconds - offset * 60) * 1000 + millis)
}

/// Seconds since 1970 of a date and time in UTC; `None` if there is no such date or time.
fn timestamp(year: i64, month: i64, day: i64, hour: i64, minute: i64, second: i64) -> Option<i64> {
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Some(day_of(year, month, day)? * DAY + hour * 3600 + minute * 60 + second)
}

fn is_delimiter(byte: u8) -> bool {
    matches!(byte, 0x09 | 0x20..=0x2F | 0x3B..=0x40 | 0x5B..=0x60 | 0x7B..=0x7E)
}

/// A number of `least` to `most` digits at the start of a token, ended by a non-digit or the
/// token's end.
fn read_number(token: &[u8], least: usize, most: usize) -> Option<i64> {
    let digits = token.iter().take(most + 1).take_while(|byte| byte.is_ascii_digit()).count();
    (least..=most)
        .contains(&digits)
        .then(|| token[..digits].iter().fold(0, |number, byte| number * 10 + i64::from(byte - b'0')))
}

fn read_time(token: &[u8]) -> Option<(i64, i64, i64)> {
    let mut fields = token.splitn(3, |byte| *byte == b':');
    let (hour, minute, rest) = (fields.next()?, fields.next()?, fields.next()?);
    let whole = |field: &[u8]| {
        let fits = field.len() <= 2 && field.iter().all(u8::is_ascii_digit);
        fits.then(|| read_number(field, 1, 2)).flatten()
    };
    Some((whole(hour)?, whole(minute)?, read_number(rest, 1, 2)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_three_forms_of_http_date() {
        for date in
            ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
        {
            assert_eq!(parse(date.as_bytes()), Some(784_111_777), "{date}");
        }
    }

    #[test]
    fn p10_reads_what_the_algorithm_reads() {
        let cases: &[(&str, Option<i64>)] = &[
            ("1 jan 1970 0:0:0", Some(0)),
            ("00:00:00 1 Januarius 1970 gibberish", Some(0)),
            ("1 jan 1601 00:00:00", Some(-11_644_473_600)),
            ("31 dec 1600 23:59:59", None),
            ("31 dec 9999 23:59:59", Some(253_402_300_799)),
            ("1 jan 69 00:00:00", Some(3_124_224_000)),
            ("1 jan 70 00:00:00", Some(0)),
            ("29 feb 2000 00:00:00", Some(951_782_400)),
            ("29 feb 1900 00:00:00", None),
            ("31 apr 2020 00:00:00", None),
            ("0 apr 2020 00:00:00", None),
            ("1 jan 2020 24:00:00", None),
            ("1 jan 2020 00:60:00", None),
            ("1 jan 2020 00:00:60", None),
            ("1 jan 2020 00:00:009", None),
            ("1 jan 2020 000:00:00", None),
            ("1 jan 2020 00:00:00.123 PST", Some(1_577_836_800)),
            ("1 jan 2020 09e9 10:11:12junk:13", Some(1_577_873_472)),
            ("012 jan 2020 00:00:00", None),
            ("1 jan 20201 00:00:00", None),
            ("1 jan 2 00:00:00", None),
            ("1 ja 2020 00:00:00", None),
            ("2020 1 jan 00:00:00", Some(1_577_836_800)),
            ("", None),
            ("::: ,;, 1", None),
        ];
        for (date, expected) in cases {
            assert_eq!(parse(date.as_bytes()), *expected, "{date}");
        }
    }

    #[test]
    fn a_long_token_costs_linear_time() {
        assert_eq!(parse(&vec![b'1'; 1 << 20]), None);
        assert_eq!(parse(&b"1:".repeat(1 << 19)), None);
    }

    #[test]
    fn reads_rfc_3339() {
        let cases: &[(&str, Option<i64>)] = &[
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2020-01-01T01:00:00.5+01:00", Some(1_577_836_800_500)),
            ("2020-01-01t00:00:00.1239z", Some(1_577_836_800_123)),
            ("2020-01-01T00:00:00", None),
            ("2020-13-01T00:00:00Z", None),
            ("2020-01-01T00:00:00.Z", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_rfc3339(text), *expected, "{text}");
        }
    }
}
