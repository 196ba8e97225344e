//! The names of a tree as numbers.

use html5ever::{LocalName, local_name};
use std::hash::{BuildHasher, Hasher, RandomState};

/// No page uses so many different names. The atom table has a fixed number of chains, so that
/// the time for a page grows with the square of theirs.
pub(super) const MAX_NAMES: usize = 1 << 17;

/// The names of a tree, each once: an open-addressed table of numbers in front of the list.
pub(super) struct Names {
    pub list: Vec<LocalName>,
    /// A power of two; 0 is an empty slot (name 0, the empty one, is never looked for).
    slots: Vec<u32>,
    /// The binary logarithm of their number.
    bits: u32,
    /// An odd number that a page cannot know, so that it cannot make names collide.
    seed: u64,
}

impl Names {
    pub fn new() -> Names {
        let seed = RandomState::new().build_hasher().finish() | 1;
        Names { list: vec![local_name!("")], slots: vec![0; 256], bits: 8, seed }
    }

    #[inline]
    fn slot(&self, name: &LocalName) -> usize {
        let mut at = (name.unsafe_data().wrapping_mul(self.seed) >> (64 - self.bits)) as usize;
        while self.slots[at] != 0 && self.list[self.slots[at] as usize] != *name {
            at = (at + 1) % self.slots.len();
        }
        at
    }

    /// The number of a name; 0 if the tree has too many.
    #[inline]
    pub fn intern(&mut self, name: LocalName) -> u32 {
        let slot = self.slot(&name);
        if self.slots[slot] != 0 {
            return self.slots[slot];
        }
        self.add(name, slot)
    }

    fn add(&mut self, name: LocalName, slot: usize) -> u32 {
        if self.list.len() > MAX_NAMES {
            return 0;
        }
        let number = self.list.len() as u32;
        self.list.push(name);
        self.slots[slot] = number;
        if self.list.len() * 2 > self.slots.len() {
            self.bits += 2;
            self.slots = vec![0; 1 << self.bits];
            for number in 1..self.list.len() {
                let slot = self.slot(&self.list[number]);
                self.slots[slot] = number as u32;
            }
        }
        number
    }
}
