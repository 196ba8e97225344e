//! Text that C can read too.

use std::borrow::Cow;
use std::ffi::CStr;
use std::fmt;

/// A text with a NUL behind it, so that a pointer to it is a C string. It holds no NUL itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Text(Cow<'static, str>);

impl Text {
    /// A copy of the text; NULs in it, which C would take for its end, become spaces.
    pub fn new(text: &str) -> Text {
        let mut with_nul = String::with_capacity(text.len() + 1);
        with_nul.push_str(text);
        if text.contains('\0') {
            with_nul = with_nul.replace('\0', " ");
        }
        with_nul.push('\0');
        Text(with_nul.into())
    }

    /// The name of an HTTP method.
    pub(crate) fn method(name: &str) -> Text {
        const COMMON: [&CStr; 7] = [c"GET", c"POST", c"PUT", c"DELETE", c"HEAD", c"PATCH", c"OPTIONS"];
        match COMMON.into_iter().find(|text| text.to_bytes() == name.as_bytes()) {
            Some(text) => Text::from(text),
            None => Text::new(name),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0[..self.0.len() - 1]
    }

    /// The text as a C string.
    pub fn as_c_str(&self) -> &CStr {
        // SAFETY: whatever makes a text puts one NUL into it, at the end, and nothing changes it.
        unsafe { CStr::from_bytes_with_nul_unchecked(self.0.as_bytes()) }
    }
}

/// A text that is ASCII and lasts.
impl From<&'static CStr> for Text {
    fn from(text: &'static CStr) -> Text {
        Text(std::str::from_utf8(text.to_bytes_with_nul()).unwrap_or("\0").into())
    }
}

impl Default for Text {
    fn default() -> Text {
        Text("\0".into())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_holds_one_nul_at_its_end() {
        for text in [
            Text::new(""),
            Text::new("\0a\0"),
            Text::default(),
            Text::from(c"lasts"),
            Text::from(c"\xFF"),
            Text::method("GET"),
            Text::method("M\0"),
        ] {
            let bytes = [text.as_str().as_bytes(), b"\0"].concat();
            assert_eq!(CStr::from_bytes_with_nul(&bytes), Ok(text.as_c_str()));
        }
        assert_eq!(Text::new("\0a\0").as_str(), " a ");
    }

    #[test]
    fn a_long_text_is_lent_without_reading_it() {
        let text = Text::new(&"x".repeat(16 << 20));
        for _ in 0..200_000 {
            let lent = std::hint::black_box(&text).as_c_str();
            assert_eq!(lent.as_ptr().cast(), text.as_str().as_ptr());
        }
    }
}
