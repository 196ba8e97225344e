//! The names of a tree as numbers.

use html5ever::{LocalName, local_name};

/// The names of a tree, each once: an open-addressed table of numbers in front of the list.
pub(super) struct Names {
    pub list: Vec<LocalName>,
    /// A power of two; 0 is an empty slot (name 0, the empty one, is never looked for).
    slots: Vec<u16>,
}

impl Names {
    pub fn new() -> Names {
        Names { list: vec![local_name!("")], slots: vec![0; 256] }
    }

    fn slot(&self, name: &LocalName) -> usize {
        let mask = self.slots.len() - 1;
        let hash = name.get_hash() as usize;
        let mut at = (hash ^ hash >> 16) & mask;
        while self.slots[at] != 0 && self.list[usize::from(self.slots[at])] != *name {
            at = (at + 1) & mask;
        }
        at
    }

    /// The number of a name; 0 if the tree has too many.
    pub fn intern(&mut self, name: LocalName) -> u16 {
        let slot = self.slot(&name);
        if self.slots[slot] != 0 {
            return self.slots[slot];
        }
        let Ok(number) = u16::try_from(self.list.len()) else { return 0 };
        self.list.push(name);
        self.slots[slot] = number;
        if self.list.len() * 2 > self.slots.len() {
            self.slots = vec![0; self.slots.len() * 4];
            for number in 1..self.list.len() {
                let slot = self.slot(&self.list[number]);
                self.slots[slot] = number as u16;
            }
        }
        number
    }
}
