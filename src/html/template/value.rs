//! The values of fields: text turned into numbers and dates.

use super::chars;
use super::kind::Kind;

/// More digits than this make no integer, as in Python.
const DIGITS: usize = 4300;

/// The value of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// The text as matched.
    Text(String),
    /// An integer.
    Integer(i64),
    /// An integer that 64 bits cannot hold, as decimal digits with a sign where it is negative.
    BigInteger(String),
    /// A floating point number; `nan` and `inf` are read too.
    Float(f64),
    /// A date with its time, in ISO 8601 (`2011-11-20T10:21:36.000009+01:30`); the fraction and
    /// the offset are there only if the text had them.
    DateTime(String),
    /// A date in ISO 8601 (`2011-11-20`).
    Date(String),
    /// A time of day in ISO 8601 (`10:21:36`), with fraction and offset as above.
    Time(String),
}

impl Value {
    /// The value as JSON. Integers beyond 64 bits, dates and times are strings; `nan` and `inf`,
    /// which JSON lacks, are null.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Value::Integer(number) => (*number).into(),
            Value::Float(number) => (*number).into(),
            Value::Text(text)
            | Value::BigInteger(text)
            | Value::DateTime(text)
            | Value::Date(text)
            | Value::Time(text) => text.as_str().into(),
        }
    }
}

/// The value of a matched text; none if it has the shape of a date or a number but is none.
pub(super) fn convert(kind: &Kind, text: &str) -> Option<Value> {
    match kind {
        Kind::Text => Some(Value::Text(text.into())),
        Kind::Integer(base) => integer(text, *base),
        Kind::Float(pad) => float(text, *pad).map(Value::Float),
        Kind::Percent(pad) => float(text.strip_suffix('%')?, *pad).map(|number| Value::Float(number / 100.0)),
        Kind::Date(form) => form.convert(text),
        Kind::Strptime(format) => format.convert(text),
    }
}

fn integer(text: &str, base: Option<u32>) -> Option<Value> {
    let negative = text.starts_with('-');
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let base = base.unwrap_or(match unsigned.as_bytes() {
        [b'0', b'b' | b'B', _, ..] => 2,
        [b'0', b'o' | b'O', _, ..] => 8,
        [b'0', b'x' | b'X', _, ..] => 16,
        _ => 10,
    });
    // Whatever is no digit is a separator: the prefix, groups, padding.
    let digits: String = unsigned.chars().filter(|c| c.is_digit(base)).collect();
    if digits.is_empty() || digits.len() > DIGITS {
        return None;
    }
    if let Ok(number) =
        i64::from_str_radix(&if negative { format!("-{digits}") } else { digits.clone() }, base)
    {
        return Some(Value::Integer(number));
    }
    let decimal = decimal(&digits, base);
    Some(Value::BigInteger(if negative { format!("-{decimal}") } else { decimal }))
}

/// A number of any length in decimal digits.
fn decimal(digits: &str, base: u32) -> String {
    const LIMB: u64 = 1_000_000_000;
    let mut limbs = vec![0u64];
    for digit in digits.chars().filter_map(|c| c.to_digit(base)) {
        let mut carry = u64::from(digit);
        for limb in &mut limbs {
            let sum = *limb * u64::from(base) + carry;
            (*limb, carry) = (sum % LIMB, sum / LIMB);
        }
        if carry > 0 {
            limbs.push(carry);
        }
    }
    let mut text = limbs.pop().unwrap_or_default().to_string();
    for limb in limbs.iter().rev() {
        text.push_str(&format!("{limb:09}"));
    }
    text
}

fn float(text: &str, pad: Option<char>) -> Option<f64> {
    let text = text.trim();
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let negative = text.starts_with('-');
    let unsigned = pad.map_or(unsigned, |pad| unsigned.trim_start_matches(pad)).trim_start();
    let ascii: String = unsigned
        .chars()
        .map(|c| chars::digit(c).and_then(|digit| char::from_digit(digit, 10)).unwrap_or(c))
        .collect();
    let number: f64 = ascii.parse().ok()?;
    Some(if negative { -number } else { number })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_any_size_are_kept() {
        let int = |text: &str, base| integer(text, base).unwrap();
        assert_eq!(int("-9223372036854775808", None), Value::Integer(i64::MIN));
        assert_eq!(int("9223372036854775808", None), Value::BigInteger("9223372036854775808".into()));
        assert_eq!(int("-0x10000000000000000", None), Value::BigInteger("-18446744073709551616".into()));
        assert_eq!(int(&"f".repeat(32), Some(16)).to_json(), "340282366920938463463374607431768211455");
        assert_eq!(int("000000000000000000000000000005", None), Value::Integer(5));
        assert_eq!(integer(",,,", None), None);
        assert_eq!(integer(&"9".repeat(DIGITS + 1), None), None);
        let longest = "9".repeat(DIGITS);
        assert_eq!(int(&longest, None), Value::BigInteger(longest.clone()));
    }
}
