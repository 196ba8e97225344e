//! Character references (HTML, 13.2.5.72 to 13.2.5.80).

use super::entities;

/// The characters that a reference stands for.
#[derive(Clone, Copy)]
pub(super) struct Reference(char, Option<char>);

impl Reference {
    pub fn push_to(self, out: &mut String) {
        out.push(self.0);
        out.extend(self.1);
    }
}

/// The longest name that needs no semicolon (`brvbar`, `frac12`).
const LONGEST_BARE: usize = 6;

/// What the numbers of C1 controls stand for: what they are in windows-1252.
const C1_REPLACEMENTS: [char; 32] = [
    '\u{20ac}', '\u{81}', '\u{201a}', '\u{192}', '\u{201e}', '\u{2026}', '\u{2020}', '\u{2021}', //
    '\u{2c6}', '\u{2030}', '\u{160}', '\u{2039}', '\u{152}', '\u{8d}', '\u{17d}', '\u{8f}', //
    '\u{90}', '\u{2018}', '\u{2019}', '\u{201c}', '\u{201d}', '\u{2022}', '\u{2013}', '\u{2014}', //
    '\u{2dc}', '\u{2122}', '\u{161}', '\u{203a}', '\u{153}', '\u{9d}', '\u{17e}', '\u{178}', //
];

/// The longest name, without its semicolon.
const LONGEST: usize = 31;

/// The reference at the start of `text`, which is what follows a `&`, and its length.
pub(super) fn resolve(text: &str, in_attribute: bool) -> Option<(Reference, usize)> {
    let bytes = text.as_bytes();
    match bytes.first()? {
        b'#' => numeric(bytes),
        first if first.is_ascii_alphanumeric() => named(bytes, in_attribute),
        _ => None,
    }
}

fn named(bytes: &[u8], in_attribute: bool) -> Option<(Reference, usize)> {
    let run = bytes.iter().take(LONGEST + 1).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    if bytes.get(run) == Some(&b';')
        && let Some((first, second)) = entities::find(&bytes[..=run])
    {
        return Some((Reference(first, second), run + 1));
    }
    let bare = |length| Some((entities::find(&bytes[..length])?, length));
    let ((first, second), length) = (2..=run.min(LONGEST_BARE)).rev().find_map(bare)?;
    let next = bytes.get(length);
    if in_attribute && next.is_some_and(|byte| *byte == b'=' || byte.is_ascii_alphanumeric()) {
        return None;
    }
    Some((Reference(first, second), length))
}

fn numeric(bytes: &[u8]) -> Option<(Reference, usize)> {
    let hexadecimal = matches!(bytes.get(1), Some(b'x' | b'X'));
    let (start, radix) = if hexadecimal { (2, 16) } else { (1, 10) };
    let digits = bytes[start..].iter().map_while(|byte| (*byte as char).to_digit(radix));
    let (mut number, mut count) = (0u32, 0);
    for digit in digits {
        number = number.saturating_mul(radix).saturating_add(digit);
        count += 1;
    }
    if count == 0 {
        return None;
    }
    let end = start + count;
    let semicolon = usize::from(bytes.get(end) == Some(&b';'));
    let character = match number {
        0 => None,
        0x80..=0x9F => Some(C1_REPLACEMENTS[number as usize - 0x80]),
        _ => char::from_u32(number),
    };
    Some((Reference(character.unwrap_or('\u{fffd}'), None), end + semicolon))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c1_controls_are_those_of_html5ever() {
        for (number, expected) in (0x80..).zip(html5ever::data::C1_REPLACEMENTS) {
            let expected = expected.or(char::from_u32(number));
            assert_eq!(Some(C1_REPLACEMENTS[number as usize - 0x80]), expected, "{number:x}");
        }
    }
}
