//! Many strings in one buffer.

/// A list of strings in one buffer: two allocations however many there are. Each is followed by
/// a NUL, so that it is a C string as it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Strings {
    data: String,
    /// Where each string begins.
    offsets: Vec<usize>,
}

impl Strings {
    /// Adds a string.
    pub fn push(&mut self, string: &str) {
        self.push_with(|into| into.push_str(string));
    }

    /// Adds the string that `write` appends.
    pub fn push_with(&mut self, write: impl FnOnce(&mut String)) {
        self.offsets.push(self.data.len());
        write(&mut self.data);
        self.data.push('\0');
    }

    /// The number of strings.
    pub fn len(&self) -> usize {
        self.offsets.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.offsets.is_empty()
    }

    /// The string at `index`, counted from 0.
    pub fn get(&self, index: usize) -> Option<&str> {
        let start = *self.offsets.get(index)?;
        let end = self.offsets.get(index + 1).copied().unwrap_or(self.data.len());
        Some(&self.data[start..end - 1])
    }

    /// The strings in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> + '_ {
        (0..self.len()).map(|index| self.get(index).unwrap_or(""))
    }

    /// The buffer: every string followed by a NUL.
    pub fn data(&self) -> &str {
        &self.data
    }

    /// Where each string begins in the buffer.
    pub fn offsets(&self) -> &[usize] {
        &self.offsets
    }
}
