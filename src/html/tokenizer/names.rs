//! Names of tags and attributes as the text has them.

use crate::html::names::Name;

/// A direct-mapped cache of names: a page uses few, again and again.
pub(super) struct Cache(Vec<Known>);

/// A name that was met.
#[derive(Clone, Copy)]
struct Known {
    /// The first eight bytes, as [`Written::start`] has them.
    start: u64,
    /// Where the page has it.
    from: u32,
    length: u32,
    name: Name,
}

const SLOTS: usize = 256;

/// A name in the text, as it is written.
#[derive(Clone, Copy)]
pub(super) struct Written {
    pub from: usize,
    pub to: usize,
    /// The first eight bytes, ASCII letters in lower case; zeros behind the end.
    start: u64,
}

impl Written {
    #[inline]
    pub fn new(bytes: &[u8], from: usize, to: usize) -> Written {
        let start = match bytes.get(from..from + 8) {
            Some(eight) => {
                let eight: [u8; 8] = eight.try_into().expect("eight bytes");
                let beyond = 8 * 8usize.saturating_sub(to - from) as u32;
                // A name has one byte at least.
                u64::from_le_bytes(eight) << beyond >> beyond
            }
            None => {
                let mut eight = [0; 8];
                let length = (to - from).min(8);
                eight[..length].copy_from_slice(&bytes[from..from + length]);
                u64::from_le_bytes(eight)
            }
        };
        Written { from, to, start: lower(start) }
    }

    #[inline]
    fn slot(&self) -> usize {
        let mixed = (self.start ^ (self.to - self.from) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed >> 56) as usize % SLOTS
    }
}

/// Eight bytes with ASCII letters in lower case.
#[inline]
fn lower(eight: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let ascii = eight & (0x7F * ONES);
    let from_a = ascii + (0x80 - b'A' as u64) * ONES;
    let beyond_z = ascii + (0x80 - b'Z' as u64 - 1) * ONES;
    let upper = (from_a & !beyond_z & !eight) & (0x80 * ONES);
    eight | upper >> 2
}

impl Cache {
    pub fn new() -> Cache {
        Cache(vec![Known { start: 0, from: 0, length: 0, name: Name::NONE }; SLOTS])
    }

    /// The name, from `make` if it was not met before: ASCII letters in lower case, NUL replaced.
    #[inline]
    pub fn get(&mut self, text: &str, written: Written, make: impl FnOnce(&str) -> Name) -> Name {
        let known = &mut self.0[written.slot()];
        let length = written.to - written.from;
        let same = known.start == written.start && known.length as usize == length && {
            let from = known.from as usize;
            length <= 8 || {
                let (old, new) = (
                    &text.as_bytes()[from + 8..from + length],
                    &text.as_bytes()[written.from + 8..written.to],
                );
                old.eq_ignore_ascii_case(new)
            }
        };
        if !same {
            let mut lower = text[written.from..written.to].to_ascii_lowercase();
            if lower.contains('\0') {
                lower = lower.replace('\0', "\u{fffd}");
            }
            let (from, length) = (written.from as u32, length as u32);
            *known = Known { start: written.start, from, length, name: make(&lower) };
        }
        known.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html::names::Names;

    #[test]
    fn eight_bytes_at_once_are_as_one_by_one() {
        for byte in 0..=255u8 {
            for place in 0..8 {
                let mut eight = *b"aZ@[`{\x7f\xff";
                eight[place] = byte;
                assert_eq!(
                    lower(u64::from_le_bytes(eight)),
                    u64::from_le_bytes(eight.map(|b| b.to_ascii_lowercase()))
                );
            }
        }
    }

    #[test]
    fn names_are_told_apart() {
        let text = "a A ab data-long-name DATA-long-nAme data-long-namf d\0 d d";
        let mut cache = Cache::new();
        let mut names = Names::new();
        let mut made = Vec::new();
        let mut at = 0;
        for word in text.split(' ') {
            let written = Written::new(text.as_bytes(), at, at + word.len());
            let name = cache.get(text, written, |name| {
                made.push(name.to_string());
                names.name(name)
            });
            assert_eq!(names.text(name.number), word.to_ascii_lowercase().replace('\0', "\u{fffd}"));
            at += word.len() + 1;
        }
        assert_eq!(made, ["a", "ab", "data-long-name", "data-long-namf", "d\u{fffd}", "d"]);
    }
}
