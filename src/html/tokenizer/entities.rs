//! The named character references (HTML, 13.5). The standard promises that the list never changes.
//!
//! Names are looked up in the text of the list itself, through a hash table of offsets that is
//! made at compile time. Neither holds a pointer, so that loading the library touches neither.

/// The list: a name, with its semicolon where it has one, and one or two code points.
const LIST: &[u8; 30_625] = include_bytes!("entities.txt");

/// Open addressing: where in [`LIST`] a name begins, or [`FREE`].
static SLOTS: [u16; SIZE] = slots();

const BITS: u32 = 12;
const SIZE: usize = 1 << BITS;
const FREE: u16 = u16::MAX;

/// The characters that `name` stands for, which consists of letters, digits and semicolons.
pub(super) fn find(name: &[u8]) -> Option<(char, Option<char>)> {
    let mut slot = home(name, 0, name.len());
    while SLOTS[slot] != FREE {
        let line = &LIST[usize::from(SLOTS[slot])..];
        if let Some(rest) = line.strip_prefix(name)
            && let Some(code_points) = rest.strip_prefix(b" ")
        {
            let (first, rest) = code_point(code_points);
            return Some((first?, rest.strip_prefix(b" ").and_then(|second| code_point(second).0)));
        }
        slot = (slot + 1) % SIZE;
    }
    None
}

/// The code point at the start of `text`, and what follows it.
fn code_point(text: &[u8]) -> (Option<char>, &[u8]) {
    let (mut number, mut length) = (0, 0);
    while let Some(digit) = text.get(length).and_then(|byte| (*byte as char).to_digit(16)) {
        number = number << 4 | digit;
        length += 1;
    }
    (char::from_u32(number), &text[length..])
}

/// The slot where the search for `text[start..end]` begins.
const fn home(text: &[u8], start: usize, end: usize) -> usize {
    let mut hash = 0_u32;
    let mut at = start;
    while at < end {
        hash = (hash ^ text[at] as u32).wrapping_mul(0x9e37_79b1);
        at += 1;
    }
    (hash >> (u32::BITS - BITS)) as usize
}

const fn slots() -> [u16; SIZE] {
    let mut slots = [FREE; SIZE];
    let mut start = 0;
    while start < LIST.len() {
        let mut end = start;
        while LIST[end] != b' ' {
            end += 1;
        }
        let mut slot = home(LIST, start, end);
        while slots[slot] != FREE {
            slot = (slot + 1) % SIZE;
        }
        slots[slot] = start as u16;
        while LIST[end] != b'\n' {
            end += 1;
        }
        start = end + 1;
    }
    slots
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use html5ever::data::NAMED_ENTITIES;

    use super::*;

    #[test]
    fn the_list_is_that_of_html5ever() {
        let list = std::str::from_utf8(LIST).unwrap();
        let lines: BTreeMap<&str, Vec<u32>> = list
            .lines()
            .map(|line| {
                let (name, code_points) = line.split_once(' ').unwrap();
                let number = |text| u32::from_str_radix(text, 16).unwrap();
                (name, code_points.split(' ').map(number).collect())
            })
            .collect();
        // html5ever's map holds the beginnings of names too, as zeros.
        let expected: BTreeMap<&str, Vec<u32>> = NAMED_ENTITIES
            .entries()
            .filter(|(_, (first, _))| *first != 0)
            .map(|(name, (first, second))| {
                (*name, [*first, *second].into_iter().filter(|one| *one != 0).collect())
            })
            .collect();
        assert_eq!(lines, expected);
        assert_eq!((list.lines().count(), expected.len()), (2231, 2231));
    }

    #[test]
    fn names_are_found_and_no_others() {
        let mut found = 0;
        for (name, (first, second)) in NAMED_ENTITIES.entries() {
            let expected = (*first != 0)
                .then(|| (char::from_u32(*first).unwrap(), char::from_u32(*second).filter(|_| *second != 0)));
            assert_eq!(find(name.as_bytes()), expected, "{name}");
            found += usize::from(expected.is_some());
            for longer in [format!("{name}x"), format!("{name};;"), format!("x{name}")] {
                let expected = NAMED_ENTITIES.get(longer.as_str()).filter(|(first, _)| *first != 0);
                assert_eq!(find(longer.as_bytes()).is_some(), expected.is_some(), "{longer}");
            }
        }
        assert_eq!(found, 2231);
        assert_eq!(find(b"amp;"), Some(('&', None)));
        assert_eq!(find(b"NotEqualTilde;"), Some(('\u{2242}', Some('\u{338}'))));
    }
}
