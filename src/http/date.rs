//! HTTP dates (RFC 9110, 5.6.7): three forms are read, one is written.

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The seconds of 0000-01-01 00:00:00 and of 9999-12-31 23:59:59.
const FIRST: i64 = -62_167_219_200;
const LAST: i64 = 253_402_300_799;

/// Days from 1970-01-01 to a date of the Gregorian calendar.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March here, so that the leap day is the last.
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month and day of a number of days since 1970-01-01.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = (month + 2) % 12 + 1;
    (year + era * 400 + i64::from(month <= 2), month, day)
}

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
    let month = MONTHS.iter().position(|name| name.eq_ignore_ascii_case(month))? as i64 + 1;
    if !(1..=days_of(month, year)).contains(&day) {
        return None;
    }
    Some(days_from_civil(year, month, day) * 86_400 + seconds_of(time)?)
}

fn days_of(month: i64, year: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
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
    let (this_year, _, _) = civil_from_days(now.clamp(FIRST, LAST).div_euclid(86_400));
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
    let seconds = seconds.clamp(FIRST, LAST);
    let (days, time) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil_from_days(days);
    let weekday = DAYS[(days + 3).rem_euclid(7) as usize];
    let month = MONTHS[(month - 1) as usize];
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
}

/// Reads the date of curl's HSTS file: `20301231 23:59:59`, in UTC.
pub(crate) fn parse_compact_date(text: &str) -> Option<i64> {
    let (date, time) = text.split_once(' ').filter(|(date, _)| date.len() == 8 && date.is_ascii())?;
    let (year, month, day) = (number(&date[..4], 4)?, number(&date[4..6], 2)?, number(&date[6..], 2)?);
    if !(1..=12).contains(&month) || !(1..=days_of(month, year)).contains(&day) {
        return None;
    }
    Some(days_from_civil(year, month, day) * 86_400 + seconds_of(time)?)
}

/// Writes the date of curl's HSTS file.
pub(crate) fn write_compact_date(seconds: i64) -> String {
    let seconds = seconds.clamp(FIRST, LAST);
    let ((year, month, day), time) =
        (civil_from_days(seconds.div_euclid(86_400)), seconds.rem_euclid(86_400));
    format!("{year:04}{month:02}{day:02} {:02}:{:02}:{:02}", time / 3600, time / 60 % 60, time % 60)
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
            civil_from_days(seconds / 86_400).0
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

    #[test]
    fn every_day_of_eight_centuries_goes_there_and_back() {
        let mut previous = days_from_civil(1599, 12, 31);
        for year in 1600..2400 {
            for month in 1..=12 {
                for day in 1..=28 {
                    let days = days_from_civil(year, month, day);
                    assert!(days > previous);
                    assert_eq!(civil_from_days(days), (year, month, day));
                    previous = days;
                }
            }
        }
        assert_eq!(days_from_civil(2400, 1, 1) - days_from_civil(1600, 1, 1), 2 * 146_097);
    }
}
