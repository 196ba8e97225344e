//! The date and time types that have names: `ti te tg ta th tc tt ts`.

use super::chars;
use super::matcher::{BUDGET, Matcher, UNSET};
use super::pattern::Program;
use super::value::Value;
use crate::calendar::{self, DAY};

const TIME: &str = r"(\d{1,2}:\d{1,2}(:\d{1,2}(\.\d+)?)?)";
const MERIDIEM: &str = r"(\s+[AP]M)";
const ZONE: &str = r"(\s+[-+]\d\d?:?\d\d)";
/// Mail and HTTP name Greenwich too (RFC 5322, 4.3; RFC 9110, 5.6.7).
const MAIL_ZONE: &str = r"(\s+[-+]\d\d?:?\d\d|\s+GMT|\s+UTC?)";
const DAYS: &str = "(Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const MONTHS: &str = "(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)";
const ALL_MONTHS: &str = "(Jan|January|Feb|February|Mar|March|Apr|April|May|Jun|June|Jul|July|Aug|August|Sep|September\
                          |Oct|October|Nov|November|Dec|December)";

/// The order of a date's parts.
#[derive(Clone, Copy, Debug)]
enum Order {
    YearMonthDay(usize),
    DayMonthYear(usize),
    MonthDayYear(usize),
    /// Day, month and year in groups of their own.
    Apart(usize, usize, usize),
    /// Month and day in groups of their own; the year is the current one.
    ThisYear(usize, usize),
    /// No date at all.
    TimeOnly,
}

/// One of the named forms: its pattern and which of its groups holds what.
#[derive(Clone, Debug)]
pub(super) struct DateForm {
    pattern: String,
    groups: Program,
    order: Order,
    time: usize,
    meridiem: Option<usize>,
    zone: Option<usize>,
}

impl DateForm {
    /// The form with this name.
    pub fn of(name: &str) -> Option<DateForm> {
        use Order::*;
        let (pattern, order, time, meridiem, zone) = match name {
            "ti" => (
                format!(r"(\d{{4}}-\d\d-\d\d)((\s+|T){TIME})?(Z|\s*[-+]\d\d:?\d\d)?"),
                YearMonthDay(0),
                3,
                None,
                Some(6),
            ),
            "te" => (
                format!(r"({DAYS},\s+)?(\d{{1,2}}\s+{MONTHS}\s+\d{{4}})\s+{TIME}{MAIL_ZONE}"),
                DayMonthYear(2),
                4,
                None,
                Some(7),
            ),
            "tg" => (
                format!(r"(\d{{1,2}}[-/](\d{{1,2}}|{ALL_MONTHS})[-/]\d{{4}})(\s+{TIME})?{MERIDIEM}?{ZONE}?"),
                DayMonthYear(0),
                4,
                Some(7),
                Some(8),
            ),
            "ta" => (
                format!(r"((\d{{1,2}}|{ALL_MONTHS})[-/]\d{{1,2}}[-/]\d{{4}})(\s+{TIME})?{MERIDIEM}?{ZONE}?"),
                MonthDayYear(0),
                4,
                Some(7),
                Some(8),
            ),
            "th" => (
                format!(r"(\d{{1,2}}[-/]{MONTHS}[-/]\d{{4}}):{TIME}{ZONE}"),
                DayMonthYear(0),
                2,
                None,
                Some(5),
            ),
            "tc" => (
                format!(r"({DAYS})\s+{MONTHS}\s+(\d{{1,2}})\s+{TIME}\s+(\d{{4}})"),
                Apart(3, 2, 7),
                4,
                None,
                None,
            ),
            "tt" => (format!("{TIME}{MERIDIEM}?{ZONE}?"), TimeOnly, 0, Some(3), Some(4)),
            "ts" => (
                format!(r"{MONTHS}(\s+)(\d+)(\s+)(\d{{1,2}}:\d{{1,2}}:\d{{1,2}})?"),
                ThisYear(0, 2),
                4,
                None,
                None,
            ),
            _ => return None,
        };
        let groups = Program::with_groups(&pattern);
        Some(DateForm { pattern, groups, order, time, meridiem, zone })
    }

    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// The date that the text says; none if there is no such date.
    pub fn convert(&self, text: &str) -> Option<Value> {
        let found = groups(&self.groups, text)?;
        let group = |at: usize| found.get(at).copied().flatten();
        let mut time = clock(group(self.time))?;
        if let Some(meridiem) = self.meridiem.and_then(group) {
            let late = meridiem.trim_start().starts_with(['p', 'P']);
            time.hour = match (late, time.hour) {
                (false, 12) => 0,
                (true, hour) if hour != 12 => hour + 12,
                (_, hour) => hour,
            };
        }
        time.zone = self.zone.and_then(group).map(zone).transpose_or_none()?;
        time.check()?;
        // The separators are dashes, slashes or white space; runs of the latter count once.
        let parts = |at: usize| -> Option<[&str; 3]> {
            let mut parts = group(at)?.split(|c: char| c == '-' || c == '/' || chars::is_space(c));
            let mut next = || parts.find(|part| !part.is_empty());
            Some([next()?, next()?, next()?])
        };
        let (year, month, day) = match self.order {
            Order::TimeOnly => return Some(Value::Time(time.to_iso())),
            Order::YearMonthDay(at) => parts(at).map(|[y, m, d]| (y, m, d))?,
            Order::DayMonthYear(at) => parts(at).map(|[d, m, y]| (y, m, d))?,
            Order::MonthDayYear(at) => parts(at).map(|[m, d, y]| (y, m, d))?,
            Order::Apart(d, m, y) => (group(y)?, group(m)?, group(d)?),
            Order::ThisYear(m, d) => ("", group(m)?, group(d)?),
        };
        let year = if year.is_empty() { current_year() } else { number(year)? };
        let date = Date::new(year, month_number(month)?, number(day)?)?;
        Some(Value::DateTime(format!("{}T{}", date.to_iso(), time.to_iso())))
    }
}

/// `Some(None)` (there, but no value) fails; nothing there is fine.
trait TransposeOrNone<T> {
    fn transpose_or_none(self) -> Option<Option<T>>;
}

impl<T> TransposeOrNone<T> for Option<Option<T>> {
    fn transpose_or_none(self) -> Option<Option<T>> {
        match self {
            None => Some(None),
            Some(inner) => inner.map(Some),
        }
    }
}

/// The groups of a pattern that matches the whole text.
pub(super) fn groups<'t>(program: &Program, text: &'t str) -> Option<Vec<Option<&'t str>>> {
    let mut matcher = Matcher::new(program, text, true, BUDGET).ok()?;
    matcher.match_at(0).ok()??;
    let group = |bounds: &[u32]| {
        let set = bounds[0] != UNSET && bounds[1] != UNSET;
        set.then(|| &text[bounds[0] as usize..bounds[1] as usize])
    };
    Some(matcher.slots.chunks_exact(2).map(group).collect())
}

/// A number in decimal digits of any script.
pub(super) fn number(text: &str) -> Option<u32> {
    let digits = |value: Option<u32>, c| value?.checked_mul(10)?.checked_add(chars::digit(c)?);
    text.chars().fold(Some(0), digits).filter(|_| !text.is_empty())
}

/// The microseconds of the digits behind a second's point.
pub(super) fn fraction(digits: &str) -> Option<u32> {
    (0..6)
        .zip(digits.chars().map(chars::digit).chain(std::iter::repeat(Some(0))))
        .try_fold(0, |value, (_, digit)| Some(value * 10 + digit?))
}

fn month_number(text: &str) -> Option<u32> {
    if text.chars().all(|c| chars::digit(c).is_some()) {
        return number(text);
    }
    let short = text.get(..3)?;
    calendar::month_named(short.as_bytes()).map(|month| month as u32)
}

fn clock(text: Option<&str>) -> Option<Time> {
    let mut time = Time::default();
    let mut parts = text.unwrap_or("0:0").split(':');
    time.hour = number(parts.next()?)?;
    time.minute = number(parts.next()?)?;
    if let Some(seconds) = parts.next() {
        let (whole, rest) = seconds.split_once('.').unwrap_or((seconds, ""));
        time.second = number(whole)?;
        time.microsecond = fraction(rest)?;
    }
    Some(time)
}

/// The seconds east of Greenwich of `Z`, `GMT`, `UT`, `UTC`, `+hh:mm`, `+hhmm` or `+hmm`.
fn zone(text: &str) -> Option<i32> {
    let text = text.trim();
    if ["z", "gmt", "ut", "utc"].iter().any(|zero| text.eq_ignore_ascii_case(zero)) {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits: Vec<u32> = text.chars().filter_map(chars::digit).collect();
    let (minutes, hours) = digits.split_last_chunk::<2>().map(|(hours, minutes)| (minutes, hours))?;
    let minutes = minutes[0] * 10 + minutes[1];
    let hours = hours.iter().fold(0, |value, digit| value * 10 + digit);
    (minutes < 60 && hours < 24).then_some(sign * (hours * 3600 + minutes * 60) as i32)
}

/// The year by the system's clock, in UTC.
pub(super) fn current_year() -> u32 {
    calendar::date_of(calendar::now() / DAY).0 as u32
}

/// A day of the years 1 to 9999, as the calendar numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Date(i64);

impl Date {
    pub fn new(year: u32, month: u32, day: u32) -> Option<Date> {
        Date::of(calendar::day_of(year.into(), month.into(), day.into())?)
    }

    fn of(day: i64) -> Option<Date> {
        (1..=9999).contains(&calendar::date_of(day).0).then_some(Date(day))
    }

    /// So many days later.
    pub fn plus(self, days: i64) -> Option<Date> {
        Date::of(self.0 + days)
    }

    /// Monday is 0.
    pub fn weekday(self) -> u32 {
        calendar::weekday_of(self.0) as u32
    }

    pub fn to_iso(self) -> String {
        let (year, month, day) = calendar::date_of(self.0);
        format!("{year:04}-{month:02}-{day:02}")
    }
}

/// A time of day, with the seconds of its zone east of Greenwich.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Time {
    pub hour: u32,
    pub minute: u32,
    pub second: u32,
    pub microsecond: u32,
    pub zone: Option<i32>,
}

impl Time {
    /// Whether the clock can show it.
    pub fn check(&self) -> Option<()> {
        (self.hour < 24 && self.minute < 60 && self.second < 60).then_some(())
    }

    pub fn to_iso(self) -> String {
        let mut text = format!("{:02}:{:02}:{:02}", self.hour, self.minute, self.second);
        if self.microsecond > 0 {
            text.push_str(&format!(".{:06}", self.microsecond));
        }
        if let Some(zone) = self.zone {
            let (sign, zone) = (if zone < 0 { '-' } else { '+' }, zone.unsigned_abs());
            text.push_str(&format!("{sign}{:02}:{:02}", zone / 3600, zone / 60 % 60));
            if zone % 60 > 0 {
                text.push_str(&format!(":{:02}", zone % 60));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_of_years_with_four_digits() {
        let last = Date::new(9999, 12, 31).unwrap();
        assert_eq!((last.to_iso().as_str(), last.weekday(), last.plus(1)), ("9999-12-31", 4, None));
        let first = Date::new(1, 1, 1).unwrap();
        assert_eq!((first.to_iso().as_str(), first.weekday(), first.plus(-1)), ("0001-01-01", 0, None));
        assert_eq!(first.plus(365), Date::new(2, 1, 1));
        for (y, m, d) in [(2011, 2, 29), (2011, 0, 1), (2011, 13, 1), (0, 1, 1), (10000, 1, 1)] {
            assert_eq!(Date::new(y, m, d), None, "{y}-{m}-{d}");
        }
    }
}
