//! Searches that mostly end within a few bytes.

use memchr::memchr3;

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x80 * ONES;

/// Where the first of three bytes is. What is near is looked at in words: text between tags and
/// values of attributes are short, and calling a vector search costs as much as its first step.
#[inline]
pub(super) fn find3(a: u8, b: u8, c: u8, bytes: &[u8]) -> Option<usize> {
    let every = |byte: u8| u64::from(byte) * ONES;
    let mut at = 0;
    while at < 16 {
        let Some(eight) = bytes.get(at..at + 8) else { break };
        let eight = u64::from_le_bytes(eight.try_into().expect("eight bytes"));
        // The lowest bit that is set is of the first zero byte; those above may be wrong.
        let zero = |word: u64| word.wrapping_sub(ONES) & !word;
        let found = (zero(eight ^ every(a)) | zero(eight ^ every(b)) | zero(eight ^ every(c))) & HIGH;
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    memchr3(a, b, c, &bytes[at..]).map(|found| at + found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_is_the_first() {
        let mut state = 1u32;
        for length in 0..60 {
            for _ in 0..2_000 {
                let mut random = || {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    [b'a', b'<', b'&', 0, 1, 0x80, 0xFF, b'=', b'%', b'x', b'y', b'z']
                        [(state >> 16) as usize % 12]
                };
                let few: Vec<u8> =
                    (0..length).map(|_| if random() == b'x' { random() } else { b'.' }).collect();
                let expected = few.iter().position(|byte| matches!(byte, b'<' | b'&' | 0));
                assert_eq!(find3(b'<', b'&', 0, &few), expected, "{few:?}");
            }
        }
    }
}
