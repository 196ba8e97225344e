//! The Gregorian calendar, extended to all years: a day is a number, that of the days since
//! 1970-01-01.

use std::time::{SystemTime, UNIX_EPOCH};

/// The seconds of a day.
pub(crate) const DAY: i64 = 86_400;

pub(crate) const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

pub(crate) const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// The month whose name has these three letters first, in any case; January is 1.
pub(crate) fn month_named(letters: &[u8]) -> Option<i64> {
    let at = MONTHS.iter().position(|name| letters.eq_ignore_ascii_case(name.as_bytes()))?;
    Some(at as i64 + 1)
}

pub(crate) fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// The day of a date; none if there is no such date.
pub(crate) fn day_of(year: i64, month: i64, day: i64) -> Option<i64> {
    let last = match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=last).contains(&day) {
        return None;
    }
    // Years begin in March here, so that the leap day is the last.
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

/// Year, month and day of the month.
pub(crate) fn date_of(day: i64) -> (i64, i64, i64) {
    let days = day + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = (month + 2) % 12 + 1;
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// The day of the week; Monday is 0, as in [`WEEKDAYS`].
pub(crate) fn weekday_of(day: i64) -> usize {
    (day + 3).rem_euclid(7) as usize
}

/// Seconds since 1970-01-01 UTC by the system's clock; 0 if it shows an earlier time.
pub(crate) fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_eight_centuries_goes_there_and_back() {
        let mut expected = day_of(1600, 1, 1).unwrap();
        assert_eq!(expected, -135_140);
        for year in 1600..2400 {
            for month in 1..=12 {
                for day in 1..=31 {
                    if let Some(found) = day_of(year, month, day) {
                        assert_eq!((found, date_of(found)), (expected, (year, month, day)));
                        expected += 1;
                    }
                }
            }
        }
        assert_eq!(expected - -135_140, 2 * 146_097);
    }

    #[test]
    fn known_days() {
        for (date, day, weekday) in [
            ((0, 1, 1), -719_528, "Sat"),
            ((1, 1, 1), -719_162, "Mon"),
            ((1970, 1, 1), 0, "Thu"),
            ((2000, 2, 29), 11_016, "Tue"),
            ((2011, 11, 20), 15_298, "Sun"),
            ((9999, 12, 31), 2_932_896, "Fri"),
        ] {
            assert_eq!(day_of(date.0, date.1, date.2), Some(day), "{date:?}");
            assert_eq!((date_of(day), WEEKDAYS[weekday_of(day)]), (date, weekday));
        }
    }

    #[test]
    fn days_that_are_not() {
        for (year, month, day) in
            [(2011, 2, 29), (1900, 2, 29), (2011, 0, 1), (2011, 13, 1), (2011, 4, 31), (2011, 1, 0)]
        {
            assert_eq!(day_of(year, month, day), None, "{year}-{month}-{day}");
        }
    }
}
