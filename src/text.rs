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
        const COMMON: [&str; 7] = ["GET\0", "POST\0", "PUT\0", "DELETE\0", "HEAD\0", "PATCH\0", "OPTIONS\0"];
        match COMMON.iter().find(|text| text.strip_suffix('\0') == Some(name)) {
            Some(text) => Text((*text).into()),
            None => Text::new(name),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0[..self.0.len() - 1]
    }

    /// The text as a C string.
    pub fn as_c_str(&self) -> &CStr {
        CStr::from_bytes_with_nul(self.0.as_bytes()).expect("one NUL, at the end")
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
