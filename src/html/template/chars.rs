//! Classes of characters and case folding, as Python's Unicode patterns have them.

/// The zero of every run of ten decimal digits (Unicode, general category Nd) beyond ASCII.
const ZEROS: [u32; 65] = [
    0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50, 0xED0,
    0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50,
    0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30, 0x11066, 0x110F0,
    0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0, 0x11950, 0x11C50,
    0x11D50, 0x11DA0, 0x16A60, 0x16AC0, 0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140,
    0x1E2F0, 0x1E950, 0x1FBF0,
];

/// The value of a decimal digit of any script.
pub(super) fn digit(c: char) -> Option<u32> {
    if c.is_ascii() {
        return c.to_digit(10);
    }
    let code = c as u32;
    let run = ZEROS.partition_point(|zero| *zero <= code);
    let value = code - ZEROS[run.checked_sub(1)?];
    (value < 10).then_some(value)
}

/// White space: Unicode's, and the four separators of ASCII.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// A letter, a digit or the underscore.
pub(super) fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// The character that stands for all that differ from it by case only. One character gives one
/// character, so that offsets stay what they are: `ß` stays `ß`.
pub(super) fn fold(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    // Through the upper case, so that the long s, the dotless i and the final sigma find theirs.
    let mut upper = c.to_uppercase();
    let upper = match (upper.next(), upper.next()) {
        (Some(single), None) => single,
        _ => c,
    };
    upper.to_lowercase().next().unwrap_or(upper)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_any_script_have_their_value() {
        assert_eq!(digit('7'), Some(7));
        assert_eq!(digit('\u{663}'), Some(3));
        assert_eq!(digit('\u{ff19}'), Some(9));
        assert_eq!(digit('\u{1d7ff}'), Some(9));
        for no in ['a', '\u{b2}', '\u{66a}', '\u{3b1}', '\u{10ffff}', '/'] {
            assert_eq!(digit(no), None, "{no:?}");
        }
        assert!(ZEROS.is_sorted());
    }

    #[test]
    fn folding_joins_what_differs_by_case_only() {
        for (a, b) in [
            ('A', 'a'),
            ('Ä', 'ä'),
            ('ſ', 'S'),
            ('ı', 'I'),
            ('İ', 'i'),
            ('K', 'k'),
            ('ς', 'Σ'),
            ('µ', 'μ'),
            ('Å', 'å'),
            ('ẞ', 'ß'),
        ] {
            assert_eq!(fold(a), fold(b), "{a} {b}");
        }
        assert_ne!(fold('a'), fold('ä'));
    }
}
