//! Many strings in one buffer.

/// A list of strings in one buffer: two allocations however many there are. Each is followed by
/// a NUL, so that it is a C string as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strings {
    data: String,
    /// Where each string begins, and behind them where the next one would.
    offsets: Vec<usize>,
    /// The places where there is none, in order.
    absent: Vec<usize>,
}

impl Default for Strings {
    fn default() -> Strings {
        Strings { data: String::new(), offsets: vec![0], absent: Vec::new() }
    }
}

impl Strings {
    /// Adds a string.
    pub fn push(&mut self, string: &str) {
        self.push_with(|into| into.push_str(string));
    }

    /// Adds the string that `write` appends.
    pub fn push_with(&mut self, write: impl FnOnce(&mut String)) {
        write(&mut self.data);
        self.data.push('\0');
        self.offsets.push(self.data.len());
    }

    /// Adds a string, or a place without one.
    pub fn push_option(&mut self, string: Option<&str>) {
        if string.is_none() {
            self.absent.push(self.len());
        }
        self.push(string.unwrap_or(""));
    }

    /// The number of strings.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The string at `index`, counted from 0; nothing beyond the last and where there is none.
    pub fn get(&self, index: usize) -> Option<&str> {
        self.with_nul(index).map(|string| &string[..string.len() - 1])
    }

    /// The same with the NUL behind it.
    pub(crate) fn with_nul(&self, index: usize) -> Option<&str> {
        if index >= self.len() || self.absent.binary_search(&index).is_ok() {
            return None;
        }
        Some(&self.data[self.offsets[index]..self.offsets[index + 1]])
    }

    /// The strings in order; empty where there is none.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> + '_ {
        (0..self.len()).map(|index| self.get(index).unwrap_or(""))
    }

    /// The places where there is none, in order.
    pub fn missing(&self) -> &[usize] {
        &self.absent
    }

    /// The index of the first that is this string.
    pub(super) fn position(&self, string: &str) -> Option<usize> {
        let is_it = |ends: &[usize]| {
            ends[1] - ends[0] == string.len() + 1 && self.data[ends[0]..].starts_with(string)
        };
        self.offsets.windows(2).position(is_it)
    }

    /// The buffer: every string followed by a NUL.
    pub fn data(&self) -> &str {
        &self.data
    }

    /// Where each string begins in the buffer, and at the end the buffer's length.
    pub fn offsets(&self) -> &[usize] {
        &self.offsets
    }
}
