//! Names of tags and attributes as atoms.

use html5ever::{LocalName, local_name};

/// A direct-mapped cache in front of the atom table: a page uses few names, again and again.
pub(super) struct Atoms(Vec<LocalName>);

const SLOTS: usize = 256;

/// The hash of a name, letter case ignored, made while its end is looked for.
#[derive(Clone, Copy)]
pub(super) struct Hash(u32);

impl Hash {
    pub fn new() -> Hash {
        Hash(0)
    }

    #[inline]
    pub fn add(&mut self, byte: u8) {
        self.0 = self.0.rotate_left(5) ^ u32::from(byte | 0x20);
    }

    #[inline]
    fn slot(self) -> usize {
        (self.0.wrapping_mul(0x9E37_79B1) >> 24) as usize % SLOTS
    }
}

impl Atoms {
    pub fn new() -> Atoms {
        Atoms(vec![local_name!(""); SLOTS])
    }

    /// The atom of a name: ASCII letters in lower case, NUL replaced.
    #[inline]
    pub fn get(&mut self, name: &str, hash: Hash) -> LocalName {
        let slot = &mut self.0[hash.slot()];
        // What is in the slot has no upper case, so equal but for case means equal when lowered.
        if slot.len() != name.len() || !str::eq_ignore_ascii_case(slot, name) {
            let mut lower = name.to_ascii_lowercase();
            if lower.contains('\0') {
                lower = lower.replace('\0', "\u{fffd}");
            }
            *slot = LocalName::from(lower);
        }
        slot.clone()
    }
}
