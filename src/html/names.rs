//! The names of a tree as numbers.
//!
//! html5ever takes names as atoms. Those that neither the standard nor an atom itself has room for
//! would go into a table that all parsers of the process share, behind locks, and whose fixed
//! number of chains makes the time for a page grow with the square of its names. Such a name is
//! given a stand-in here: a short atom that no page can write, for a number that is this tree's.

use super::strings::Strings;
use html5ever::{LocalName, local_name};
use std::hash::{BuildHasher, Hasher, RandomState};

/// No page uses so many different names.
pub(super) const MAX_NAMES: usize = 1 << 17;

/// So many bytes an atom holds itself.
const INLINE: usize = 7;

/// Neither a tag's name nor an attribute's can hold it.
const STANDS_IN: char = '>';

/// The names of a tree, each once.
pub(super) struct Names {
    /// By their numbers; 0 is the empty one.
    texts: Strings,
    /// What the tree builder knows each as.
    atoms: Vec<LocalName>,
    by_atom: Slots,
    /// Those with stand-ins.
    by_text: Slots,
    /// What a page cannot know, so that it cannot make names collide.
    seed: u64,
    keys: RandomState,
}

impl Names {
    pub fn new() -> Names {
        let keys = RandomState::new();
        let mut texts = Strings::default();
        texts.push("");
        Names {
            texts,
            atoms: vec![local_name!("")],
            by_atom: Slots::new(8),
            by_text: Slots::new(4),
            seed: keys.build_hasher().finish() | 1,
            keys,
        }
    }

    /// The atom for a name: its own, or a stand-in. The empty one if the tree has too many names.
    pub fn atom(&mut self, name: &str) -> LocalName {
        if name.len() <= INLINE && !name.starts_with(STANDS_IN) {
            return LocalName::from(name);
        }
        if let Some(atom) = LocalName::try_static(name) {
            return atom;
        }
        let hash = self.keys.hash_one(name);
        let place = match self.by_text.find(hash, |number| self.texts.get(number) == Some(name)) {
            Ok(number) => return self.atoms[number].clone(),
            Err(place) => place,
        };
        let number = self.atoms.len();
        if number > MAX_NAMES {
            return local_name!("");
        }
        let atom = stand_in(number);
        self.add(atom.clone(), name);
        self.by_text.fill(place, number, |other| self.keys.hash_one(self.texts.get(other).unwrap_or("")));
        atom
    }

    /// The number of an atom's name; 0 if the tree has too many.
    #[inline]
    pub fn intern(&mut self, atom: LocalName) -> u32 {
        match self.find(&atom) {
            Ok(number) => number as u32,
            Err(_) if self.atoms.len() > MAX_NAMES => 0,
            Err(_) => {
                let text = atom.to_string();
                self.add(atom, &text) as u32
            }
        }
    }

    /// What the tree builder knows a name as.
    pub fn atom_of(&self, number: u32) -> &LocalName {
        &self.atoms[number as usize]
    }

    /// The names by their numbers.
    pub fn into_texts(self) -> Strings {
        self.texts
    }

    #[inline]
    fn find(&self, atom: &LocalName) -> Result<usize, usize> {
        let hash = atom.unsafe_data().wrapping_mul(self.seed);
        self.by_atom.find(hash, |number| self.atoms[number] == *atom)
    }

    #[cold]
    fn add(&mut self, atom: LocalName, text: &str) -> usize {
        let number = self.atoms.len();
        let Err(place) = self.find(&atom) else { unreachable!("a name is added once") };
        self.texts.push(text);
        self.atoms.push(atom);
        let (atoms, seed) = (&self.atoms, self.seed);
        self.by_atom.fill(place, number, |other| atoms[other].unsafe_data().wrapping_mul(seed));
        number
    }
}

/// The stand-in for a number: digits, in which letter case makes no difference.
fn stand_in(mut number: usize) -> LocalName {
    let mut text = String::from(STANDS_IN);
    while number > 0 {
        text.push(char::from(b"0123456789abcdefghijklmnopqrstuv"[number % 32]));
        number /= 32;
    }
    LocalName::from(text)
}

/// An open-addressed table of numbers. It is searched by the upper bits of a hash.
struct Slots {
    /// A power of two; 0 is an empty slot.
    slots: Vec<u32>,
    /// The binary logarithm of their number.
    bits: u32,
    filled: usize,
}

impl Slots {
    fn new(bits: u32) -> Slots {
        Slots { slots: vec![0; 1 << bits], bits, filled: 0 }
    }

    /// The number that `is` what is looked for, or the slot that it would be in.
    #[inline]
    fn find(&self, hash: u64, is: impl Fn(usize) -> bool) -> Result<usize, usize> {
        let mut at = (hash >> (64 - self.bits)) as usize;
        loop {
            match self.slots[at] {
                0 => return Err(at),
                number if is(number as usize) => return Ok(number as usize),
                _ => at = (at + 1) % self.slots.len(),
            }
        }
    }

    /// Puts a number into the slot that was found for it.
    fn fill(&mut self, slot: usize, number: usize, hash: impl Fn(usize) -> u64) {
        self.slots[slot] = number as u32;
        self.filled += 1;
        if self.filled * 2 > self.slots.len() {
            self.bits += 2;
            let old = std::mem::replace(&mut self.slots, vec![0; 1 << self.bits]);
            for number in old.into_iter().filter(|number| *number != 0) {
                let place = self.find(hash(number as usize), |_| false);
                self.slots[place.unwrap_or_else(|place| place)] = number;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_number_and_text_however_many() {
        let mut names = Names::new();
        let mut numbers = Vec::new();
        for n in 0..20_000 {
            for name in [format!("n{n}"), format!("a-longer-name-{n}")] {
                let atom = names.atom(&name);
                assert!(atom.len() <= INLINE);
                numbers.push((name, names.intern(atom)));
            }
        }
        assert_eq!(names.intern(names.atoms[0].clone()), 40_001, "the empty name is not in the table");
        for (name, number) in &numbers {
            let atom = names.atom(name);
            assert_eq!(names.intern(atom), *number);
            assert_eq!(names.texts.get(*number as usize), Some(&**name));
        }
    }

    #[test]
    fn no_name_is_taken_for_a_stand_in() {
        let mut names = Names::new();
        let long = names.atom("a-longer-name");
        assert_eq!(*long, *">1");
        let other = names.atom(">1");
        assert_ne!(other, long);
        let (long, other) = (names.intern(long), names.intern(other));
        assert_eq!(
            (names.texts.get(long as usize), names.texts.get(other as usize)),
            (Some("a-longer-name"), Some(">1"))
        );
    }

    #[test]
    fn known_names_stay_themselves() {
        let mut names = Names::new();
        assert_eq!(names.atom("blockquote"), local_name!("blockquote"));
        assert_eq!(names.atom("foreignobject"), local_name!("foreignobject"));
        assert_eq!(names.atom("xlink:href"), local_name!("xlink:href"));
    }
}
