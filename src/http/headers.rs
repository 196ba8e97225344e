//! Header fields: an ordered multimap with case-insensitive names, and what may be put into it.
//!
//! The fields lie in one buffer, name and value each followed by a NUL, so that filling it for a
//! response costs two copies and no allocation per field, and C can be given pointers into it.

use super::syntax::{is_control, is_token_byte, show_byte, show_bytes, trim_ows};
use crate::error::{Code, Error, Result};
use std::ffi::CStr;
use std::fmt;

/// Header fields in the order they came, names compared without case, several values each.
///
/// No name or value in it holds CR, LF or NUL, so that whatever is handed to the wire or to C
/// from here cannot end early. A clone is two copies of memory.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers {
    text: Vec<u8>,
    fields: Vec<Field>,
}

/// Where a field lies: `name NUL value NUL` from `start` on.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Field {
    start: u32,
    name: u32,
    value: u32,
}

impl Field {
    fn name_range(self) -> std::ops::Range<usize> {
        self.start as usize..(self.start + self.name) as usize
    }
    fn value_range(self) -> std::ops::Range<usize> {
        let start = (self.start + self.name + 1) as usize;
        start..start + self.value as usize
    }
    fn whole_range(self) -> std::ops::Range<usize> {
        self.start as usize..self.value_range().end + 1
    }
}

impl Headers {
    /// No fields.
    pub fn new() -> Headers {
        Headers::default()
    }

    /// The number of fields (a name with three values counts three).
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there is no field.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The bytes that names and values take together.
    pub fn byte_len(&self) -> usize {
        self.text.len() - 2 * self.fields.len()
    }

    /// The first value of a name, as received; `None` when it is absent.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.find(name).map(|field| &self.text[field.value_range()])
    }

    /// The first value of a name if it is valid UTF-8. What HTTP defines is ASCII, so this is
    /// what parsers of fields want.
    pub fn get_str(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(|value| std::str::from_utf8(value).ok())
    }

    /// All values of a name, in order.
    pub fn get_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> + 'a {
        self.fields
            .iter()
            .filter(move |field| self.is_named(**field, name))
            .map(|field| &self.text[field.value_range()])
    }

    /// All values of a name joined by ", " (RFC 9110, 5.3): right for list fields, wrong for
    /// `Set-Cookie`. `None` when the name is absent.
    pub fn get_joined(&self, name: &str) -> Option<Vec<u8>> {
        let mut values = self.get_all(name);
        let mut joined = values.next()?.to_vec();
        for value in values {
            joined.extend_from_slice(b", ");
            joined.extend_from_slice(value);
        }
        Some(joined)
    }

    /// Whether there is a field of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// The fields in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &[u8])> + Clone {
        self.fields.iter().map(|field| (self.name_of(*field), &self.text[field.value_range()]))
    }

    /// The field at an index in [`Headers::iter`]'s order, as C strings.
    pub fn at(&self, index: usize) -> Option<(&CStr, &CStr)> {
        let field = *self.fields.get(index)?;
        Some((self.c_string(field.name_range()), self.c_string(field.value_range())))
    }

    /// The first value of a name as a C string.
    pub fn get_c(&self, name: &str) -> Option<&CStr> {
        self.find(name).map(|field| self.c_string(field.value_range()))
    }

    /// Gives a name one value: the first field of that name keeps its place and takes the new
    /// spelling and value, further ones go.
    ///
    /// # Errors
    /// [`Code::Header`] when the name is not a token or the value holds CR, LF, NUL or another
    /// control but TAB; nothing is changed then. Spaces and tabs around the value are dropped.
    pub fn set(&mut self, name: &str, value: &[u8]) -> Result<()> {
        let value = checked(name, value)?;
        match self.position(name) {
            None => self.push(name.as_bytes(), value),
            Some(index) => {
                let mut rebuilt = Headers::with_capacity(self.text.len() + name.len() + value.len());
                for (at, (other, old)) in self.iter().enumerate() {
                    if at == index {
                        rebuilt.push(name.as_bytes(), value)?;
                    } else if !other.eq_ignore_ascii_case(name) {
                        rebuilt.push(other.as_bytes(), old)?;
                    }
                }
                *self = rebuilt;
                Ok(())
            }
        }
    }

    /// Appends a field, whether there is one of that name or not.
    ///
    /// # Errors
    /// As [`Headers::set`].
    pub fn add(&mut self, name: &str, value: &[u8]) -> Result<()> {
        let value = checked(name, value)?;
        self.push(name.as_bytes(), value)
    }

    /// Removes every field of a name and says how many there were.
    pub fn remove(&mut self, name: &str) -> usize {
        let before = self.fields.len();
        self.retain(|other, _| !other.eq_ignore_ascii_case(name));
        before - self.fields.len()
    }

    /// Keeps the fields that satisfy the test, in their order.
    pub fn retain(&mut self, test: impl Fn(&str, &[u8]) -> bool) {
        if self.iter().all(|(name, value)| test(name, value)) {
            return;
        }
        let mut text = Vec::with_capacity(self.text.len());
        let mut fields = Vec::with_capacity(self.fields.len());
        for &field in &self.fields {
            if test(self.name_of(field), &self.text[field.value_range()]) {
                fields.push(Field { start: text.len() as u32, ..field });
                text.extend_from_slice(&self.text[field.whole_range()]);
            }
        }
        self.text = text;
        self.fields = fields;
    }

    /// Removes every field; the memory is kept for the next ones.
    pub fn clear(&mut self) {
        self.text.clear();
        self.fields.clear();
    }

    /// Appends a field that is known to be fit: no CR, LF or NUL in either part, ASCII in the name.
    pub(crate) fn push(&mut self, name: &[u8], value: &[u8]) -> Result<()> {
        let room = name.len() + value.len() + 2;
        if self.text.len() + room > u32::MAX as usize {
            return Err(Error::new(Code::HeadersTooLarge, "the headers exceed 4 GiB"));
        }
        self.text.try_reserve(room).and_then(|()| self.fields.try_reserve(1)).map_err(|_| Code::Memory)?;
        let start = self.text.len() as u32;
        self.text.extend_from_slice(name);
        self.text.push(0);
        self.text.extend_from_slice(value);
        self.text.push(0);
        self.fields.push(Field { start, name: name.len() as u32, value: value.len() as u32 });
        Ok(())
    }

    /// Appends a folded line to the last field's value, with one space (RFC 9112, 5.2).
    pub(crate) fn extend_last(&mut self, more: &[u8]) -> Result<()> {
        let Some(last) = self.fields.last_mut() else { return Ok(()) };
        if self.text.len() + more.len() + 1 > u32::MAX as usize {
            return Err(Error::new(Code::HeadersTooLarge, "the headers exceed 4 GiB"));
        }
        self.text.try_reserve(more.len() + 1).map_err(|_| Code::Memory)?;
        self.text.pop();
        let before = self.text.len();
        if last.value > 0 {
            self.text.push(b' ');
        }
        self.text.extend_from_slice(more);
        last.value += (self.text.len() - before) as u32;
        self.text.push(0);
        Ok(())
    }

    /// Makes room for that many bytes and fields; without it, none is lost but time.
    pub(super) fn reserve(&mut self, bytes: usize, fields: usize) {
        let _ = self.text.try_reserve(bytes);
        let _ = self.fields.try_reserve(fields);
    }

    pub(super) fn with_capacity(bytes: usize) -> Headers {
        Headers { text: Vec::with_capacity(bytes), fields: Vec::new() }
    }

    fn find(&self, name: &str) -> Option<Field> {
        self.position(name).map(|index| self.fields[index])
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| self.is_named(*field, name))
    }

    fn is_named(&self, field: Field, name: &str) -> bool {
        field.name as usize == name.len()
            && self.text[field.name_range()].eq_ignore_ascii_case(name.as_bytes())
    }

    fn name_of(&self, field: Field) -> &str {
        // Only ASCII names are ever pushed.
        std::str::from_utf8(&self.text[field.name_range()]).unwrap_or_default()
    }

    fn c_string(&self, range: std::ops::Range<usize>) -> &CStr {
        CStr::from_bytes_until_nul(&self.text[range.start..range.end + 1]).unwrap_or_default()
    }
}

/// Names and values, those of credentials hidden: logs must not show secrets.
impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (name, value) in self.iter() {
            if is_secret_name(name) {
                map.entry(&name, &"(hidden)");
            } else {
                map.entry(&name, &String::from_utf8_lossy(value));
            }
        }
        map.finish()
    }
}

/// Whether a header carries credentials by its definition, so that no log may show its value.
pub fn is_secret_name(name: &str) -> bool {
    ["authorization", "proxy-authorization", "cookie", "set-cookie"]
        .iter()
        .any(|secret| name.eq_ignore_ascii_case(secret))
}

/// Checks a name and a value and trims the value.
fn checked<'v>(name: &str, value: &'v [u8]) -> Result<&'v [u8]> {
    check_name(name)?;
    check_value(name, value)
}

/// Checks that a header's name is a token (RFC 9110, 5.1).
///
/// # Errors
/// [`Code::Header`] with the name and the column of the first byte that does not belong.
pub fn check_name(name: &str) -> Result<()> {
    if name.is_empty() {
        return Err(Error::new(Code::Header, "the header name is empty"));
    }
    match name.bytes().position(|byte| !is_token_byte(byte)) {
        None => Ok(()),
        Some(at) => Err(Error::new(
            Code::Header,
            format!(
                "header name \"{}\" is not a token: {} at column {}",
                show_bytes(name.as_bytes()),
                show_byte(name.as_bytes()[at]),
                at + 1
            ),
        )),
    }
}

/// Checks a header's value (RFC 9110, 5.5) and returns it without spaces and tabs around it.
/// Bytes above 0x7F are allowed (`obs-text`).
///
/// # Errors
/// [`Code::Header`] when it holds CR, LF, NUL or another control but TAB. The message names the
/// header and the column, never the value: it may be a secret.
pub fn check_value<'v>(name: &str, value: &'v [u8]) -> Result<&'v [u8]> {
    match value.iter().position(|&byte| is_control(byte)) {
        None => Ok(trim_ows(value)),
        Some(at) => Err(Error::new(
            Code::Header,
            format!(
                "the value of header \"{}\" has {} at column {}",
                show_bytes(name.as_bytes()),
                show_byte(value[at]),
                at + 1
            ),
        )),
    }
}

/// Checks that a method is a token (RFC 9110, 9.1). Methods are case-sensitive and kept as given.
///
/// # Errors
/// [`Code::Method`] with the method and the column of the first byte that does not belong.
pub fn check_method(method: &str) -> Result<()> {
    if method.is_empty() {
        return Err(Error::new(Code::Method, "the method is empty"));
    }
    match method.bytes().position(|byte| !is_token_byte(byte)) {
        None => Ok(()),
        Some(at) => Err(Error::new(
            Code::Method,
            format!(
                "method \"{}\" is not a token: {} at column {}",
                show_bytes(method.as_bytes()),
                show_byte(method.as_bytes()[at]),
                at + 1
            ),
        )),
    }
}

#[cfg(test)]
#[path = "headers_tests.rs"]
mod tests;
