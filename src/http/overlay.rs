//! Headers laid over one another: a request's over its session's, a session's over the defaults.

use super::headers::{Headers, check_name};
use crate::error::Result;

/// Changes to be laid over other headers: a request's over its session's, a session's over the
/// defaults. A name is replaced as a whole, or really removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderOverlay {
    fields: Headers,
    removed: Vec<Box<str>>,
}

impl HeaderOverlay {
    /// No changes.
    pub fn new() -> HeaderOverlay {
        HeaderOverlay::default()
    }

    /// Gives a name one value; `None` makes it absent, default or not.
    ///
    /// # Errors
    /// [`Code::Header`](crate::Code::Header), as [`Headers::set`].
    pub fn set(&mut self, name: &str, value: Option<&[u8]>) -> Result<()> {
        match value {
            Some(value) => {
                self.fields.set(name, value)?;
                self.removed.retain(|removed| !removed.eq_ignore_ascii_case(name));
            }
            None => {
                check_name(name)?;
                self.fields.remove(name);
                if !self.is_removed(name) {
                    self.removed.push(name.into());
                }
            }
        }
        Ok(())
    }

    /// Adds a further value to a name; together they replace the values below.
    ///
    /// # Errors
    /// [`Code::Header`](crate::Code::Header), as [`Headers::set`].
    pub fn add(&mut self, name: &str, value: &[u8]) -> Result<()> {
        self.fields.add(name, value)?;
        self.removed.retain(|removed| !removed.eq_ignore_ascii_case(name));
        Ok(())
    }

    /// Forgets what was said of a name: what lies below shows through again.
    pub fn forget(&mut self, name: &str) {
        self.fields.remove(name);
        self.removed.retain(|removed| !removed.eq_ignore_ascii_case(name));
    }

    /// The fields that are set.
    pub fn fields(&self) -> &Headers {
        &self.fields
    }

    /// The names that are made absent.
    pub fn removed(&self) -> impl Iterator<Item = &str> {
        self.removed.iter().map(|name| &**name)
    }

    /// Whether a name is made absent.
    pub fn is_removed(&self, name: &str) -> bool {
        self.removed.iter().any(|removed| removed.eq_ignore_ascii_case(name))
    }

    /// Whether nothing is changed.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.removed.is_empty()
    }

    /// The headers with the changes made: a replaced name keeps its place in the order, new ones
    /// follow at the end in their own order.
    ///
    /// # Errors
    /// [`Code::Memory`](crate::Code::Memory).
    pub fn apply(&self, below: &Headers) -> Result<Headers> {
        let mut result = Headers::with_capacity(below.byte_len() + self.fields.byte_len());
        for (name, value) in below.iter() {
            if self.is_removed(name) {
                continue;
            }
            if !self.fields.contains(name) {
                result.push(name.as_bytes(), value)?;
            } else if !result.contains(name) {
                self.push_values(name, &mut result)?;
            }
        }
        for (name, _) in self.fields.iter() {
            if !result.contains(name) {
                self.push_values(name, &mut result)?;
            }
        }
        Ok(result)
    }

    fn push_values(&self, name: &str, into: &mut Headers) -> Result<()> {
        for (own, value) in self.fields.iter().filter(|(own, _)| own.eq_ignore_ascii_case(name)) {
            into.push(own.as_bytes(), value)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(headers: &Headers) -> Vec<(String, String)> {
        headers.iter().map(|(name, value)| (name.into(), String::from_utf8_lossy(value).into())).collect()
    }

    fn headers(fields: &[(&str, &str)]) -> Headers {
        let mut headers = Headers::new();
        for (name, value) in fields {
            headers.add(name, value.as_bytes()).unwrap();
        }
        headers
    }

    #[test]
    fn overlays_replace_in_place_append_and_remove() {
        let defaults = headers(&[("User-Agent", "ua"), ("Accept", "*/*"), ("Accept-Encoding", "gzip")]);
        let mut session = HeaderOverlay::new();
        session.set("accept", Some(b"text/html")).unwrap();
        session.set("X-One", Some(b"1")).unwrap();
        session.set("user-agent", None).unwrap();
        let mut request = HeaderOverlay::new();
        request.add("X-Two", b"a").unwrap();
        request.add("x-two", b"b").unwrap();
        request.set("X-ONE", None).unwrap();
        request.set("User-Agent", Some(b"mine")).unwrap();

        let lower = session.apply(&defaults).unwrap();
        assert_eq!(
            list(&lower),
            [("accept", "text/html"), ("Accept-Encoding", "gzip"), ("X-One", "1")]
                .map(|(a, b)| (a.into(), b.into()))
        );
        assert_eq!(
            list(&request.apply(&lower).unwrap()),
            [
                ("accept", "text/html"),
                ("Accept-Encoding", "gzip"),
                ("X-Two", "a"),
                ("x-two", "b"),
                ("User-Agent", "mine")
            ]
            .map(|(a, b)| (a.to_string(), b.to_string()))
        );
    }

    #[test]
    fn the_last_word_on_a_name_counts() {
        let below = headers(&[("A", "0"), ("A", "00")]);
        let mut overlay = HeaderOverlay::new();
        overlay.set("a", None).unwrap();
        assert!(overlay.is_removed("A"));
        assert!(overlay.apply(&below).unwrap().is_empty());
        overlay.add("A", b"1").unwrap();
        assert!(!overlay.is_removed("A"));
        assert_eq!(list(&overlay.apply(&below).unwrap()), [("A".to_string(), "1".to_string())]);
        overlay.forget("a");
        assert!(overlay.is_empty());
        assert_eq!(overlay.apply(&below).unwrap().get_joined("a").unwrap(), b"0, 00");
    }
}
