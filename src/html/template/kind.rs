//! What stands behind the colon of a field: `[[fill]align][sign][0][width][grouping][.precision][type]`.

use super::date::DateForm;
use super::strptime::{self, Strptime};
use std::fmt::Write;

/// What a field's text is turned into.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Text,
    /// With the base of its digits; without one a prefix (`0x`, `0o`, `0b`) tells it.
    Integer(Option<u32>),
    /// The character that pads it inside of its sign.
    Float(Option<char>),
    Percent(Option<char>),
    Date(Box<DateForm>),
    Strptime(Box<Strptime>),
}

/// A compiled specification.
#[derive(Clone, Debug)]
pub(super) struct Spec {
    pub pattern: String,
    pub kind: Kind,
    /// Padding before and behind the value.
    pub before: Option<char>,
    pub after: Option<char>,
}

/// What is wrong, and at which character of the specification (from 0).
pub(super) type Wrong = (usize, String);

const FLOATS: &str = "nan|NAN|[-+]?inf|[-+]?INF";

struct Format {
    fill: Option<char>,
    align: Option<char>,
    width: Option<u32>,
    grouping: Option<char>,
    precision: Option<String>,
    kind: String,
    kind_at: usize,
}

/// A field without specification: as little as can be, one character at least.
pub(super) fn anything() -> Spec {
    Spec { pattern: ".+?".into(), kind: Kind::Text, before: None, after: None }
}

/// Compiles what stands behind the colon.
pub(super) fn compile(spec: &str) -> Result<Spec, Wrong> {
    let format = split(spec)?;
    let Format { fill, align, width, .. } = format;
    let numeric = matches!(
        format.kind.as_str(),
        "n" | "%" | "f" | "F" | "e" | "E" | "g" | "G" | "d" | "o" | "b" | "x" | "X"
    );
    let (mut pattern, kind) = pattern_of(&format)?;
    if numeric {
        if align == Some('=') {
            pattern = format!("{}*{pattern}", literal(fill.unwrap_or('0')));
        }
        pattern.insert_str(0, "[-+ ]?");
    }
    let align = align.or(width.map(|_| '>'));
    let pad = Some(fill.unwrap_or(' '));
    Ok(Spec {
        pattern,
        kind,
        before: pad.filter(|_| matches!(align, Some('>' | '^'))),
        after: pad.filter(|_| matches!(align, Some('<' | '^'))),
    })
}

fn split(spec: &str) -> Result<Format, Wrong> {
    let all: Vec<char> = spec.chars().collect();
    let is_align = |at: usize| all.get(at).is_some_and(|c| "<>=^".contains(*c));
    let (fill, align, mut at) = match () {
        _ if is_align(0) => (None, Some(all[0]), 1),
        _ if is_align(1) => (Some(all[0]), Some(all[1]), 2),
        _ => (None, None, 0),
    };
    let next = |at: &mut usize, wanted: &str| {
        let found = all.get(*at).copied().filter(|c| wanted.contains(*c));
        *at += usize::from(found.is_some());
        found
    };
    next(&mut at, "+- ");
    next(&mut at, "0");
    let digits = |at: &mut usize| -> String { std::iter::from_fn(|| next(at, "0123456789")).collect() };
    let width_at = at;
    let width = digits(&mut at);
    let width = match width.as_str() {
        "" => None,
        _ => Some(width.parse().map_err(|_| (width_at, format!("the width {width} is too large")))?),
    };
    let grouping = next(&mut at, ",_");
    let precision = next(&mut at, ".").map(|_| digits(&mut at)).filter(|digits| !digits.is_empty());
    Ok(Format { fill, align, width, grouping, precision, kind: all[at..].iter().collect(), kind_at: at })
}

fn pattern_of(format: &Format) -> Result<(String, Kind), Wrong> {
    let pad = format.fill.filter(|_| format.align == Some('='));
    let fixed = |pattern: &str, kind| Ok((pattern.to_string(), kind));
    match format.kind.as_str() {
        "" => Ok((text(format)?, Kind::Text)),
        "l" => fixed("[A-Za-z]+", Kind::Text),
        kind @ ("w" | "W" | "d" | "D" | "s" | "S") if kind != "d" => Ok((format!(r"\{kind}+"), Kind::Text)),
        "n" => fixed(r"\d{1,3}([,.]\d{3})*", Kind::Integer(Some(10))),
        "b" => fixed("(0[bB])?[01]+", Kind::Integer(Some(2))),
        "o" => fixed("(0[oO])?[0-7]+", Kind::Integer(Some(8))),
        "x" | "X" => fixed("(0[xX])?[0-9a-fA-F]+", Kind::Integer(Some(16))),
        "d" => Ok((integer(format)?, Kind::Integer(None))),
        "%" => fixed(r"\d+(\.\d+)?%", Kind::Percent(pad)),
        "f" | "F" if format.precision.as_deref() == Some("0") => {
            fixed(r"(?:\d+|nan|NAN|inf|INF)", Kind::Float(pad))
        }
        "f" | "F" => fixed(r"(?:\d*\.\d+|nan|NAN|inf|INF)", Kind::Float(pad)),
        "e" | "E" => Ok((format!(r"\d*\.\d+[eE][-+]?\d+|{FLOATS}"), Kind::Float(pad))),
        "g" | "G" => Ok((format!(r"\d+(\.\d+)?([eE][-+]?\d+)?|{FLOATS}"), Kind::Float(pad))),
        kind => {
            if let Some(form) = DateForm::of(kind) {
                return Ok((form.pattern().to_string(), Kind::Date(Box::new(form))));
            }
            if strptime::has_directive(kind) {
                let compiled = Strptime::compile(kind).map_err(|(at, what)| (format.kind_at + at, what))?;
                return Ok((compiled.pattern(), Kind::Strptime(Box::new(compiled))));
            }
            Err((format.kind_at, format!("unknown type \"{kind}\"")))
        }
    }
}

/// Text of bounded length: the width is the least, the precision the most.
fn text(format: &Format) -> Result<String, Wrong> {
    let Some(precision) = &format.precision else {
        return Ok(match format.width {
            Some(width) => format!(".{{{width},}}?"),
            None => ".+?".into(),
        });
    };
    let most: u32 =
        precision.parse().map_err(|_| (format.kind_at, format!("the precision {precision} is too large")))?;
    let least = format.width.unwrap_or(1);
    if most < least {
        return Err((format.kind_at, format!("the precision {most} is less than the width {least}")));
    }
    Ok(format!(".{{{least},{most}}}?"))
}

fn integer(format: &Format) -> Result<String, Wrong> {
    let times = match format.width {
        Some(0) => return Err((format.kind_at, "an integer cannot be 0 wide".into())),
        Some(width) => format!("{{1,{width}}}"),
        None => "+".into(),
    };
    let grouping = format.grouping.map(String::from).unwrap_or_default();
    let mut pattern = String::new();
    for (prefix, digits) in [("", "0-9"), ("0[xX]", "0-9a-fA-F"), ("0[bB]", "01"), ("0[oO]", "0-7")] {
        let bar = if pattern.is_empty() { "" } else { "|" };
        let _ = write!(pattern, "{bar}[-+ ]?{prefix}[{digits}{grouping}]{times}");
    }
    Ok(pattern)
}

/// The character as a pattern of itself.
pub(super) fn literal(c: char) -> String {
    if c.is_alphanumeric() { c.to_string() } else { format!("\\{c}") }
}
