//! Character references (HTML, 13.2.5.72 to 13.2.5.80).

use html5ever::data::{C1_REPLACEMENTS, NAMED_ENTITIES};
use html5ever::tendril::StrTendril;

/// The characters that a reference stands for.
#[derive(Clone, Copy)]
pub(super) struct Reference(char, Option<char>);

impl Reference {
    pub fn push_to(self, out: &mut String) {
        out.push(self.0);
        out.extend(self.1);
    }
}

impl From<Reference> for StrTendril {
    fn from(Reference(first, second): Reference) -> StrTendril {
        let mut text = StrTendril::from_char(first);
        if let Some(second) = second {
            text.push_char(second);
        }
        text
    }
}

/// The longest name that needs no semicolon (`brvbar`, `frac12`).
const LONGEST_BARE: usize = 6;

/// The longest name, without its semicolon.
const LONGEST: usize = 31;

/// The reference at the start of `text`, which is what follows a `&`, and its length.
pub(super) fn resolve(text: &str, in_attribute: bool) -> Option<(Reference, usize)> {
    let bytes = text.as_bytes();
    match bytes.first()? {
        b'#' => numeric(bytes),
        first if first.is_ascii_alphanumeric() => named(text, in_attribute),
        _ => None,
    }
}

fn named(text: &str, in_attribute: bool) -> Option<(Reference, usize)> {
    let bytes = text.as_bytes();
    let run = bytes.iter().take(LONGEST + 1).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    if bytes.get(run) == Some(&b';')
        && let Some(reference) = entity(&text[..=run])
    {
        return Some((reference, run + 1));
    }
    let length = (2..=run.min(LONGEST_BARE)).rev().find(|length| entity(&text[..*length]).is_some())?;
    let next = bytes.get(length);
    if in_attribute && next.is_some_and(|byte| *byte == b'=' || byte.is_ascii_alphanumeric()) {
        return None;
    }
    Some((entity(&text[..length])?, length))
}

/// The entity with exactly this name.
fn entity(name: &str) -> Option<Reference> {
    // The table holds the beginnings of names too, as zeros.
    let (first, second) = *NAMED_ENTITIES.get(name)?;
    let second = if second == 0 { None } else { char::from_u32(second) };
    (first != 0).then(|| char::from_u32(first).map(|first| Reference(first, second)))?
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
        0x80..=0x9F => C1_REPLACEMENTS[number as usize - 0x80].or(char::from_u32(number)),
        _ => char::from_u32(number),
    };
    Some((Reference(character.unwrap_or('\u{fffd}'), None), end + semicolon))
}
