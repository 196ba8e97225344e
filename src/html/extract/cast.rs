//! Casts: the text of a page turned into a number, a truth, a date or an address.

use super::date::Dates;
use crate::error::Result;
use crate::html::Document;
use serde_json::{Number, Value as Json};

/// What a text is turned into.
#[derive(Debug)]
pub(super) enum Cast {
    String,
    Number,
    Integer,
    Boolean,
    Url,
    Date(Dates),
}

impl Cast {
    /// The value of a text; none if it is no such thing.
    pub fn apply(&self, text: &str, document: &Document) -> Result<Option<Json>> {
        Ok(match self {
            Cast::String => Some(text.into()),
            Cast::Number => number(text),
            Cast::Integer => number(text).and_then(integer),
            Cast::Boolean => boolean(text).map(Json::Bool),
            Cast::Url => document.resolve(text).map(Json::String),
            Cast::Date(dates) => dates.find(text)?.map(Json::String),
        })
    }
}

/// `true`, `yes`, `on` and `1` are true; `false`, `no`, `off`, `0` and nothing are false.
fn boolean(text: &str) -> Option<bool> {
    let is = |words: [&str; 5]| words.iter().any(|word| text.trim().eq_ignore_ascii_case(word));
    if is(["true", "yes", "on", "1", "y"]) {
        return Some(true);
    }
    is(["false", "no", "off", "0", ""]).then_some(false)
}

fn integer(number: Json) -> Option<Json> {
    if number.is_i64() || number.is_u64() {
        return Some(number);
    }
    let float = number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < 9.0e15)?;
    Some((float as i64).into())
}

/// The first number in a text, as people write it: with a sign before it, thousands in groups of
/// three (parted by `,` `.` `'` or a space) and a decimal `.` or `,`. A single point is
/// decimal; a single comma is, unless it parts three digits from three or fewer others.
fn number(text: &str) -> Option<Json> {
    let text: Vec<char> = text.chars().collect();
    let digit = |at: usize| text.get(at).is_some_and(char::is_ascii_digit);
    let first = (0..text.len()).find(|at| digit(*at))?;
    // A point before the first digit makes it a fraction, if no digit or letter stands there.
    let point = first > 0
        && matches!(text[first - 1], '.' | ',')
        && !(first > 1 && text[first - 2].is_alphanumeric());
    let start = if point { first - 1 } else { first };
    let sign = text[..start].iter().rev().find(|c| !is_space(**c));
    let adjacent = start > 0 && !is_space(text[start - 1]);
    let word_before = start > 1 && text[start - 2].is_alphanumeric();
    let negative = matches!(sign, Some('\u{2212}')) || adjacent && !word_before && sign == Some(&'-');
    let mut end = first;
    // The digits since the last separator, whether there was one, and whether one was a point.
    let (mut digits, mut grouped, mut pointed) = (0, false, false);
    let groups_of_three = |at: usize| (1..=3).all(|next| digit(at + next)) && !digit(at + 4);
    while end < text.len() {
        let follows = match text[end] {
            c if c.is_ascii_digit() => true,
            '.' | ',' => digit(end + 1),
            '\'' | '\u{2019}' => groups_of_three(end),
            // "12 345", not "1.5 345".
            c if is_space(c) && c != '\n' => {
                !pointed && (if grouped { digits == 3 } else { digits <= 3 }) && groups_of_three(end)
            }
            _ => false,
        };
        if !follows {
            break;
        }
        if digit(end) {
            digits += 1;
        } else {
            (digits, grouped) = (0, true);
            pointed |= matches!(text[end], '.' | ',');
        }
        end += 1;
    }
    let mut written: String =
        text[start..end].iter().filter(|c| c.is_ascii_digit() || ".,".contains(**c)).collect();
    let decimal = decimal_separator(&mut written);
    written.retain(|c| c.is_ascii_digit() || Some(c) == decimal);
    let mut plain = written.replace(',', ".");
    plain.push_str(&exponent(&text[end..]));
    if negative {
        plain.insert(0, '-');
    }
    if let Ok(whole) = plain.parse::<i64>() {
        return Some(whole.into());
    }
    if let Ok(whole) = plain.parse::<u64>() {
        return Some(whole.into());
    }
    let float: f64 = plain.parse().ok().filter(|float: &f64| float.is_finite())?;
    Number::from_f64(float).map(Json::Number)
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || c == '\u{202f}'
}

/// The separator of the decimals. A number ends where further separators make no groups of
/// three (`1.2.3`).
fn decimal_separator(written: &mut String) -> Option<char> {
    let last = written.rfind(['.', ','])?;
    let separator = if written[last..].starts_with('.') { '.' } else { ',' };
    let first = written.find(separator)?;
    let other = if separator == '.' { ',' } else { '.' };
    if first == last {
        let behind = written.len() - last - 1;
        let decimal = separator == '.' || behind != 3 || last > 3 || last == 0 || written.starts_with('0');
        return (written.contains(other) || decimal).then_some(separator);
    }
    let mut groups = written.split(separator).map(str::len).rev();
    let (last, rest) = (groups.next()?, groups);
    let threes = |mut groups: Vec<usize>| {
        groups.pop().is_some_and(|first| first <= 3) && groups.iter().all(|digits| *digits == 3)
    };
    // In India the groups before the last are of two.
    let twos = |mut groups: Vec<usize>| {
        groups.pop().is_some_and(|first| (1..=2).contains(&first)) && groups.iter().all(|digits| *digits == 2)
    };
    let rest: Vec<usize> = rest.collect();
    if !written.contains(other) && last == 3 && (threes(rest.clone()) || separator == ',' && twos(rest)) {
        return None;
    }
    let second = written[first + 1..].find(separator).map_or(written.len(), |at| first + 1 + at);
    written.truncate(second);
    // What is left has one separator of the kind.
    decimal_separator(written)
}

/// `e5`, `E-7` right behind the digits.
fn exponent(rest: &[char]) -> String {
    let sign = usize::from(rest.len() > 1 && matches!(rest[1], '-' | '+'));
    let digits = rest.iter().skip(1 + sign).take_while(|c| c.is_ascii_digit()).count();
    let letter_behind = rest.get(1 + sign + digits).is_some_and(|c| c.is_alphanumeric());
    if !matches!(rest.first(), Some('e' | 'E')) || !(1..=4).contains(&digits) || letter_behind {
        return String::new();
    }
    rest[..1 + sign + digits].iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (text, expected) in [
            ("42", "42"),
            ("€ 1,234.50", "1234.5"),
            ("1.234,50 €", "1234.5"),
            ("1 234 567,89", "1234567.89"),
            ("1\u{a0}234", "1234"),
            ("1\u{202f}234", "1234"),
            ("1'234.5 CHF", "1234.5"),
            ("1,234", "1234"),
            ("1234,567", "1234.567"),
            ("0,125", "0.125"),
            ("1,5", "1.5"),
            ("1.234", "1.234"),
            ("1.234.567", "1234567"),
            ("1,234,567", "1234567"),
            (".5", "0.5"),
            ("-3", "-3"),
            ("\u{2212} 3", "-3"),
            ("$-3.50", "-3.5"),
            ("10-20", "10"),
            ("a-5", "5"),
            ("5 - 3", "5"),
            ("1e3", "1000.0"),
            ("2E-2 kg", "0.02"),
            ("3 items", "3"),
            ("12 345 7", "12345"),
            ("Size: 3.", "3"),
            ("v1.2.3", "1.2"),
            ("127.0.0.1", "127.0"),
            ("1,234.567.890", "1234.567"),
            ("9223372036854775808", "9223372036854775808"),
            ("99999999999999999999", "1e+20"),
            ("\u{20b9} 1,23,456", "123456"),
            ("12,34,567.50", "1234567.5"),
            ("1,234,56", "1234"),
            ("1,000,00", "1000"),
            ("1234.567.890", "1234.567"),
            ("007", "7"),
        ] {
            assert_eq!(number(text).map(|json| json.to_string()).as_deref(), Some(expected), "{text}");
        }
        for none in ["", "no", "-", "١٢"] {
            assert_eq!(number(none), None, "{none}");
        }
        assert_eq!(integer(number("3.0").unwrap()), Some(3.into()));
        assert_eq!(integer(number("3.5").unwrap()), None);
        assert_eq!(integer(number("18446744073709551615").unwrap()), Some(u64::MAX.into()));
        assert_eq!(integer(number("18446744073709551616").unwrap()), None);
    }

    #[test]
    fn groups_are_read_in_one_pass() {
        let many = format!("0{} 005", " 000".repeat(500_000));
        assert_eq!(number(&many), Some(5.into()));
        assert_eq!(number("1234 567"), Some(1234.into()));
        assert_eq!(number("1'234 567"), Some(1_234_567.into()));
        assert_eq!(number("1,234 567"), Some(1234.into()));
    }
}
