//! HTTP dates (RFC 9110, 5.6.7): three forms are read, one is written.

use crate::calendar::{DAY, MONTHS, WEEKDAYS, date_of, day_of, month_named, weekday_of};

/// The seconds of 0000-01-01 00:00:00 and of 9999-12-31 23:59:59.
const FIRST: i64 = -62_167_219_200;
const LAST: i64 = 253_402_300_799;

/// Reads a date in any of the three forms into seconds since 1970-01-01 UTC.
///
/// `now`, in the same seconds, places the two-digit year of the RFC 850 form: more than 50 years
/// ahead means the last century. `None` for anything else, impossible dates among them.
pub fn parse_http_date(text: &str, now: i64) -> Option<i64> {
    let text = text.trim_matches([' ', '\t']);
    let words: Vec<&str> = text.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    let (day, month, year, time) = match words[..] {
        // Sunday, 06-Nov-94 08:49:37 GMT
        [_, date, time, "GMT" | "UTC"] => {
            let mut parts = date.split('-');
            let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
            if parts.next().is_some() {
                return None;
            }
            (number(day, 2)?, month, year_of(year, now)?, time)
        }
        // Sun, 06 Nov 1994 08:49:37 GMT
        [_, day, month, year, time, "GMT" | "UTC"] => (number(day, 2)?, month, number(year, 4)?, time),
        // Sun Nov  6 08:49:37 1994
        [_, month, day, time, year] => (number(day, 2)?, month, number(year, 4)?, time),
        _ => return None,
    };
    Some(day_of(year, month_named(month.as_bytes())?, day)? * DAY + seconds_of(time)?)
}

/// A number of up to `digits` digits.
fn number(text: &str, digits: usize) -> Option<i64> {
    if text.is_empty() || text.len() > digits || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

fn year_of(text: &str, now: i64) -> Option<i64> {
    let year = number(text, 4)?;
    if text.len() != 2 {
        return (text.len() == 4).then_some(year);
    }
    let (this_year, _, _) = date_of(now.clamp(FIRST, LAST).div_euclid(DAY));
    let candidate = this_year - this_year.rem_euclid(100) + year;
    Some(if candidate > this_year + 50 { candidate - 100 } else { candidate })
}

fn seconds_of(time: &str) -> Option<i64> {
    let mut parts = time.split(':');
    let mut part = |limit: i64| {
        parts.next().filter(|text| text.len() == 2).and_then(|text| number(text, 2)).filter(|n| *n <= limit)
    };
    // A leap second is the next minute's first.
    let seconds = part(23)? * 3600 + part(59)? * 60 + part(60)?;
    parts.next().is_none().then_some(seconds)
}

/// Writes seconds since 1970-01-01 UTC as a date: `Sun, 06 Nov 1994 08:49:37 GMT`. Years outside
/// 0 to 9999 become the nearest of these.
pub fn format_http_date(seconds: i64) -> String {
    let (of_calendar, time) = split(seconds);
    let (year, month, day) = date_of(of_calendar);
    let (weekday, month) = (WEEKDAYS[weekday_of(of_calendar)], MONTHS[(month - 1) as usize]);
    format!("{weekday}, {day:02} {month} {year:04} {time} GMT")
}

/// The day, as the calendar numbers it, and the time of day.
fn split(seconds: i64) -> (i64, String) {
    let seconds = seconds.clamp(FIRST, LAST);
    let time = seconds.rem_euclid(DAY);
    (seconds.div_euclid(DAY), format!("{:02}:{:02}:{:02}", time / 3600, time / 60 % 60, time % 60))
}

/// Reads the date of curl's HSTS file: `20301231 23:59:59`, in UTC.
pub(crate) fn parse_compact_date(text: &str) -> Option<i64> {
    let (date, time) = text.split_once(' ').filter(|(date, _)| date.len() == 8 && date.is_ascii())?;
    let (year, month, day) = (number(&date[..4], 4)?, number(&date[4..6], 2)?, number(&date[6..], 2)?);
    Some(day_of(year, month, day)? * DAY + seconds_of(time)?)
}

/// Writes the date of curl's HSTS file.
pub(crate) fn write_compact_date(seconds: i64) -> String {
    let (of_calendar, time) = split(seconds);
    let (year, month, day) = date_of(of_calendar);
    format!("{year:04}{month:02}{day:02} {time}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-01-01
    const NOW: i64 = 1_767_225_600;

    #[test]
    fn the_three_forms_of_rfc_9110() {
        for text in
            ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
        {
            assert_eq!(parse_http_date(text, NOW), Some(784_111_777), "{text}");
        }
        assert_eq!(format_http_date(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
    }

    #[test]
    fn edges() {
        for (text, seconds) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Wed, 31 Dec 1969 23:59:59 GMT", -1),
            ("Tue, 29 Feb 2000 12:00:00 GMT", 951_825_600),
            ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
            ("Sat, 01 Jan 0000 00:00:00 GMT", -62_167_219_200),
            ("Wed, 01 Mar 2028 00:00:00 GMT", 1_835_481_600),
        ] {
            assert_eq!(parse_http_date(text, NOW), Some(seconds), "{text}");
            assert_eq!(format_http_date(seconds), text);
        }
        assert_eq!(format_http_date(i64::MAX), "Fri, 31 Dec 9999 23:59:59 GMT");
        assert_eq!(parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT", NOW), Some(1_483_228_800));
    }

    #[test]
    fn two_digit_years_lie_around_now() {
        let year = |text: &str| {
            let seconds = parse_http_date(&format!("Monday, 01-Jan-{text} 00:00:00 GMT"), NOW).unwrap();
            date_of(seconds / DAY).0
        };
        assert_eq!(
            (year("26"), year("76"), year("77"), year("99"), year("00")),
            (2026, 2076, 1977, 1999, 2000)
        );
        assert_eq!(year("1994"), 1994, "met in the wild");
    }

    #[test]
    fn what_is_no_date() {
        for text in [
            "",
            "0",
            "-1",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 31 Feb 2020 00:00:00 GMT",
            "Sun, 29 Feb 2100 00:00:00 GMT",
            "Sun, 00 Jan 2020 00:00:00 GMT",
            "Sun, 06 Nov 1994 24:00:00 GMT",
            "Sun, 06 Nov 1994 8:49:37 GMT",
            "Sun, 06 Nov 1994 08:49 GMT",
            "Sun, 06 Nov 1994 08:49:37:00 GMT",
            "Sun, 06 Foo 1994 08:49:37 GMT",
            "Sun, 06 Nov 94 08:49:37 GMT x",
            "Sun, 06-Nov-94-1 08:49:37 GMT",
            "Sun, +6 Nov 1994 08:49:37 GMT",
            "Sun, \u{0666} Nov 1994 08:49:37 GMT",
        ] {
            assert_eq!(parse_http_date(text, NOW), None, "{text:?}");
        }
    }
}
