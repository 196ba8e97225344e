//! Random bytes of the operating system, as the texts that HTTP wants.

use crate::error::{Code, Error, Result};

/// `N` random bytes as lower-case hexadecimal digits: 2 × `N` characters.
///
/// # Errors
/// [`Code::Internal`] when the operating system has none.
pub(crate) fn hex<const N: usize>() -> Result<String> {
    let mut bytes = [0u8; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::new(Code::Internal, format!("no random bytes: {error}")))?;
    Ok(to_hex(&bytes))
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|b| [b >> 4, b & 15]).map(|digit| DIGITS[usize::from(digit)] as char).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal() {
        assert_eq!(to_hex(&[0, 0x1f, 0xa0, 0xff]), "001fa0ff");
        let (one, two) = (hex::<16>().unwrap(), hex::<16>().unwrap());
        assert_eq!((one.len(), two.len()), (32, 32));
        assert_ne!(one, two);
    }
}
