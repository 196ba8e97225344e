//! The value sanitization algorithms (HTML, 4.10.5.1) and what they need.

use super::color;
use super::control::FieldType;
use crate::calendar::{self, WEEKDAYS};
use crate::html::{NodeId, Tree};

/// The attributes that bound a value.
#[derive(Clone, Debug, Default)]
pub(super) struct Limits {
    min: Option<f64>,
    max: Option<f64>,
    step: Option<f64>,
    any_step: bool,
    multiple: bool,
    default: Option<f64>,
}

impl Limits {
    pub fn read(tree: &Tree, node: NodeId) -> Limits {
        let number = |name| tree.attribute(node, name).and_then(float);
        Limits {
            min: number("min"),
            max: number("max"),
            step: number("step").filter(|step| *step > 0.0),
            any_step: tree.attribute(node, "step").is_some_and(|step| step.eq_ignore_ascii_case("any")),
            multiple: tree.attribute(node, "multiple").is_some(),
            default: number("value"),
        }
    }

    /// Whether the control takes several values.
    pub fn multiple(&self) -> bool {
        self.multiple
    }
}

/// Line breaks of any kind as LF.
pub(super) fn normalize_newlines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// Line breaks of any kind as CRLF, as they are sent.
pub(super) fn crlf(text: &str) -> String {
    if !text.contains(['\r', '\n']) {
        return text.to_string();
    }
    normalize_newlines(text).replace('\n', "\r\n")
}

/// A non-negative integer by the standard's rules: white space before it and anything behind it
/// are passed over.
pub(super) fn non_negative(text: &str) -> Option<usize> {
    let text = text.trim_start_matches([' ', '\t', '\n', '\x0c', '\r']);
    let text = text.strip_prefix('+').unwrap_or(text);
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text[..digits].parse().ok()
}

/// What a control makes of a text.
pub(super) fn sanitize(kind: FieldType, text: &str, limits: &Limits) -> String {
    use FieldType::*;
    let white = [' ', '\t', '\n', '\x0c', '\r'];
    let valid = |is: bool| if is { text.to_string() } else { String::new() };
    match kind {
        Text | Search | Tel | Password => text.replace(['\r', '\n'], ""),
        Email if limits.multiple => {
            let addresses: Vec<&str> = text.split(',').map(|address| address.trim_matches(white)).collect();
            addresses.join(",")
        }
        Url | Email => text.replace(['\r', '\n'], "").trim_matches(white).to_string(),
        Number => valid(float(text).is_some()),
        Range => range(text, limits),
        Color => color::hex(text).unwrap_or_else(|| "#000000".into()),
        Date => valid(date(text).is_some()),
        Month => valid(month(text).is_some()),
        Week => valid(week(text).is_some()),
        Time => valid(time(text).is_some()),
        DateTimeLocal => match text.split_once(['T', ' ']) {
            Some((day, clock)) if date(day).is_some() && time(clock).is_some() => {
                format!("{day}T{}", shortest_time(clock))
            }
            _ => String::new(),
        },
        Textarea => normalize_newlines(text),
        _ => text.to_string(),
    }
}

/// A valid floating-point number, and nothing around it.
fn float(text: &str) -> Option<f64> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let mantissa_is_valid = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole.is_empty() || digits(whole)) && digits(fraction),
        None => digits(mantissa),
    };
    let exponent_is_valid = exponent.is_none_or(|e| digits(e.strip_prefix(['-', '+']).unwrap_or(e)));
    (mantissa_is_valid && exponent_is_valid)
        .then(|| text.parse().ok())
        .flatten()
        .filter(|n: &f64| n.is_finite())
}

fn range(text: &str, limits: &Limits) -> String {
    let min = limits.min.unwrap_or(0.0);
    let max = limits.max.unwrap_or(100.0);
    let middle = if max < min { min } else { min + (max - min) / 2.0 };
    let written = float(text);
    let value = written.unwrap_or(middle);
    let fitted = if max < min { min } else { value.clamp(min, max) };
    let max = if max < min { f64::INFINITY } else { max };
    let fitted = if limits.any_step { fitted } else { on_step(fitted, min, max, limits) };
    if written == Some(fitted) { text.to_string() } else { format!("{fitted}") }
}

/// The nearest step, upwards in the middle, that is within the limits. Steps are told in decimals,
/// as the page writes them: three times 0.1 is 0.3.
fn on_step(value: f64, min: f64, max: f64, limits: &Limits) -> f64 {
    let step = limits.step.unwrap_or(1.0);
    let base = limits.min.or(limits.default).unwrap_or(0.0);
    let decimals = decimals(step).max(decimals(base));
    let at = |steps: f64| format!("{:.decimals$}", base + steps * step).parse().unwrap_or(f64::NAN);
    // A quotient that should be in the middle may be less by its rounding.
    let steps = ((value - base) / step + 0.500_000_001).floor();
    let nearest = [steps, steps - 1.0, steps + 1.0].map(at);
    let within = nearest.into_iter().find(|near| (min..=max).contains(near));
    within.unwrap_or(value)
}

/// How many digits stand behind the point.
fn decimals(number: f64) -> usize {
    number.to_string().split_once('.').map_or(0, |(_, digits)| digits.len())
}

fn fixed(text: &str, length: usize) -> Option<i64> {
    let fits = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| text.parse().ok()).flatten()
}

/// A year of four digits and more, as far as 32 bits go.
fn year(text: &str) -> Option<i64> {
    let fits = text.len() >= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| text.parse::<u32>().ok()).flatten().filter(|year| *year > 0).map(i64::from)
}

fn month(text: &str) -> Option<(i64, i64)> {
    let (y, m) = text.rsplit_once('-')?;
    Some((year(y)?, fixed(m, 2).filter(|month| (1..=12).contains(month))?))
}

fn date(text: &str) -> Option<()> {
    let (before, d) = text.rsplit_once('-')?;
    let (year, month) = month(before)?;
    calendar::day_of(year, month, fixed(d, 2)?).map(|_| ())
}

fn week(text: &str) -> Option<()> {
    let (y, w) = text.split_once("-W")?;
    let year = year(y)?;
    let weeks = match WEEKDAYS[calendar::weekday_of(calendar::day_of(year, 1, 1)?)] {
        "Thu" => 53,
        "Wed" if calendar::is_leap(year) => 53,
        _ => 52,
    };
    fixed(w, 2).filter(|week| (1..=weeks).contains(week)).map(|_| ())
}

fn time(text: &str) -> Option<()> {
    let mut parts = text.split(':');
    let within = |text: Option<&str>, limit: i64| fixed(text?, 2).filter(|value| *value < limit);
    within(parts.next(), 24)?;
    within(parts.next(), 60)?;
    if let Some(seconds) = parts.next() {
        let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
        within(Some(whole), 60)?;
        let fits = (1..=3).contains(&fraction.len()) && fraction.bytes().all(|byte| byte.is_ascii_digit());
        fits.then_some(())?;
    }
    parts.next().is_none().then_some(())
}

/// The shortest way to write a valid time.
fn shortest_time(text: &str) -> &str {
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text };
    if text.len() == 8 { text.strip_suffix(":00").unwrap_or(text) } else { text }
}
