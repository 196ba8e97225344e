//! Date and time types written in the directives of strptime: `%Y-%m-%d %H:%M`.

use super::chars;
use super::date::{Date, Time, current_year, fraction, groups, number};
use super::kind::{Wrong, literal};
use super::pattern::Program;
use super::value::Value;
use crate::calendar::{DAY, MONTHS, WEEKDAYS};

/// Directive, what the template matches, and what a real date has there.
const DIRECTIVES: [(char, &str, &str); 18] = [
    ('a', "(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat)", "Sun|Mon|Tue|Wed|Thu|Fri|Sat"),
    (
        'A',
        "(?:Sunday|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday)",
        "Sunday|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday",
    ),
    ('w', "[0-6]", "[0-6]"),
    ('d', "[0-9]{1,2}", r"3[0-1]|[1-2]\d|0[1-9]|[1-9]"),
    (
        'b',
        "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)",
        "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec",
    ),
    (
        'B',
        "(?:January|February|March|April|May|June|July|August|September|October|November|December)",
        "January|February|March|April|May|June|July|August|September|October|November|December",
    ),
    ('m', "[0-9]{1,2}", "1[0-2]|0[1-9]|[1-9]"),
    ('y', "[0-9]{2}", r"\d\d"),
    ('Y', "[0-9]{4}", r"\d\d\d\d"),
    ('H', "[0-9]{1,2}", r"2[0-3]|[0-1]\d|\d"),
    ('I', "[0-9]{1,2}", "1[0-2]|0[1-9]|[1-9]"),
    ('p', "(?:AM|PM)", "AM|PM"),
    ('M', "[0-9]{2}", r"[0-5]\d|\d"),
    ('S', "[0-9]{2}", r"6[0-1]|[0-5]\d|\d"),
    ('f', "[0-9]{1,6}", "[0-9]{1,6}"),
    ('z', "[-+|][0-9]{2}(?::?[0-9]{2})?(?::?[0-9]{2})?", r"[-+]\d\d:?[0-5]\d(?::?[0-5]\d)?"),
    ('j', "[0-9]{1,3}", r"36[0-6]|3[0-5]\d|[1-2]\d\d|0[1-9]\d|00[1-9]|[1-9]\d|0[1-9]|[1-9]"),
    ('U', "[0-9]{1,2}", r"5[0-3]|[0-4]\d|\d"),
];

/// A compiled format.
#[derive(Clone, Debug)]
pub(super) struct Strptime {
    pattern: String,
    groups: Program,
    /// The directive of each group.
    directives: Vec<char>,
}

fn patterns(directive: char) -> Option<(&'static str, &'static str)> {
    // %W counts weeks from Monday where %U counts from Sunday; they look alike.
    let looked_up = if directive == 'W' { 'U' } else { directive };
    DIRECTIVES.iter().find(|(name, ..)| *name == looked_up).map(|(_, lax, strict)| (*lax, *strict))
}

/// Whether the text has at least one directive.
pub(super) fn has_directive(text: &str) -> bool {
    text.char_indices().any(|(at, c)| c == '%' && text[at + 1..].chars().next().and_then(patterns).is_some())
}

impl Strptime {
    /// Compiles a format; what is no directive stands for itself.
    pub fn compile(format: &str) -> Result<Strptime, Wrong> {
        let (mut pattern, mut strict) = (String::new(), String::new());
        let mut directives = Vec::new();
        let mut characters = format.chars().enumerate();
        while let Some((at, c)) = characters.next() {
            if c != '%' {
                let same = literal(c);
                pattern.push_str(&same);
                strict.push_str(&same);
                continue;
            }
            let directive = match characters.next() {
                Some((_, '%')) => {
                    pattern.push_str(r"\%");
                    strict.push_str(r"\%");
                    continue;
                }
                Some((_, directive)) => directive,
                None => return Err((at, "the date format ends with a lone %".into())),
            };
            let Some((lax, exact)) = patterns(directive) else {
                return Err((at, format!("unknown date directive %{directive}")));
            };
            if directives.contains(&directive) {
                return Err((at, format!("date directive %{directive} is given twice")));
            }
            directives.push(directive);
            pattern.push_str(lax);
            strict.push_str(&format!("({exact})"));
        }
        Ok(Strptime { pattern, groups: Program::with_groups(&strict), directives })
    }

    pub fn pattern(&self) -> String {
        self.pattern.clone()
    }

    /// The date, the time or both that the text says; none if there is no such.
    pub fn convert(&self, text: &str) -> Option<Value> {
        let found = groups(&self.groups, text)?;
        let get = |directive: char| {
            let at = self.directives.iter().position(|d| *d == directive)?;
            found[at]
        };
        let has = |set: &str| self.directives.iter().any(|d| set.contains(*d));
        let time = self.time(&get)?;
        if !has("aAwdbBmyYjUW") {
            return Some(Value::Time(time.to_iso()));
        }
        let date = self.date(&get)?.to_iso();
        Some(match has("HIpMSfz") {
            true => Value::DateTime(format!("{date}T{}", time.to_iso())),
            false => Value::Date(date),
        })
    }

    fn time<'t>(&self, get: &impl Fn(char) -> Option<&'t str>) -> Option<Time> {
        let value = |directive| get(directive).and_then(number);
        let mut time =
            Time { minute: value('M').unwrap_or(0), second: value('S').unwrap_or(0), ..Time::default() };
        time.hour = match (value('I'), get('p')) {
            (Some(hour), meridiem) => {
                hour % 12 + if meridiem.is_some_and(|m| m.starts_with(['p', 'P'])) { 12 } else { 0 }
            }
            (None, _) => value('H').unwrap_or(0),
        };
        time.microsecond = fraction(get('f').unwrap_or(""))?;
        time.zone = get('z').map(|zone| {
            let digits: Vec<u32> = zone.chars().filter_map(chars::digit).collect();
            let seconds = digits.chunks(2).fold(0, |sum, pair| sum * 60 + (pair[0] * 10 + pair[1]) as i32);
            let seconds = if digits.len() == 4 { seconds * 60 } else { seconds };
            if zone.starts_with('-') { -seconds } else { seconds }
        });
        // A zone is less than a day away.
        if time.zone.is_some_and(|zone| i64::from(zone.abs()) >= DAY) {
            return None;
        }
        time.check()?;
        Some(time)
    }

    fn date<'t>(&self, get: &impl Fn(char) -> Option<&'t str>) -> Option<Date> {
        let value = |directive| get(directive).and_then(number);
        let named = |directive, names: &[&str]| {
            let short = get(directive)?.get(..3)?;
            names.iter().position(|name| name.eq_ignore_ascii_case(short)).map(|at| at as u32)
        };
        let year = match (value('Y'), value('y')) {
            (Some(year), _) => year,
            (None, Some(year)) => year + if year < 69 { 2000 } else { 1900 },
            (None, None) => current_year(),
        };
        let month = value('m').or_else(|| Some(named('b', &MONTHS).or_else(|| named('B', &MONTHS))? + 1));
        let first = Date::new(year, 1, 1)?;
        // Monday is 0; %w counts from Sunday.
        let weekday = value('w')
            .map(|day| (day + 6) % 7)
            .or_else(|| named('a', &WEEKDAYS))
            .or_else(|| named('A', &WEEKDAYS));
        let of_week = match (value('U'), value('W'), weekday) {
            (Some(week), _, Some(day)) => Some((week, (first.weekday() + 1) % 7, (day + 1) % 7)),
            (None, Some(week), Some(day)) => Some((week, first.weekday(), day)),
            _ => None,
        };
        let of_year = value('j').map(i64::from).or_else(|| {
            let (week, first, day) = of_week?;
            // Week 0 is what stands before the first whole week.
            let week_0 = (7 - i64::from(first)) % 7;
            Some(match week {
                0 => 1 + i64::from(day) - i64::from(first),
                week => 1 + week_0 + 7 * (i64::from(week) - 1) + i64::from(day),
            })
        });
        match of_year {
            Some(day) => first.plus(day - 1),
            None => Date::new(year, month.unwrap_or(1), value('d').unwrap_or(1)),
        }
    }
}
