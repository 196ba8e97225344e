//! The names of a tree as numbers.

use super::strings::Strings;
use super::tree_builder::Tag;
use std::hash::{BuildHasher, RandomState};

/// No page uses so many different names.
pub(super) const MAX_NAMES: usize = 1 << 17;

/// A name of a tag or an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Name {
    /// Its number in the tree. 0 is that of the empty name, which no page can write.
    pub number: u32,
    /// Which of the names that the standard knows it is.
    pub tag: Tag,
}

impl Name {
    pub const NONE: Name = Name { number: 0, tag: Tag::Other };
}

/// The names of a tree, each once.
pub(super) struct Names {
    /// By their numbers.
    texts: Strings,
    /// What the standard knows each as.
    tags: Vec<Tag>,
    /// An open-addressed table of numbers, searched by the upper bits of a hash; 0 is an empty
    /// slot. Their number is a power of two.
    slots: Vec<u32>,
    /// The binary logarithm of it.
    bits: u32,
    /// What a page cannot know, so that it cannot make names collide.
    keys: RandomState,
    /// The numbers of the names that the standard knows; 0 if the tree does not have them yet.
    known: [u32; Tag::COUNT],
}

impl Names {
    pub fn new() -> Names {
        let mut texts = Strings::default();
        texts.push("");
        Names {
            texts,
            tags: vec![Tag::Other],
            slots: vec![0; 1 << 8],
            bits: 8,
            keys: RandomState::new(),
            known: [0; Tag::COUNT],
        }
    }

    /// A name in lower case. [`Name::NONE`] if the tree has too many.
    pub fn name(&mut self, text: &str) -> Name {
        match self.find(text) {
            Ok(number) => Name { number, tag: self.tags[number as usize] },
            Err(slot) => self.add(text, slot),
        }
    }

    /// A name that the standard knows.
    pub fn known(&mut self, tag: Tag) -> Name {
        let number = self.known[tag as usize];
        if number != 0 { Name { number, tag } } else { self.name(tag.name()) }
    }

    /// What the standard knows a name as.
    pub fn tag(&self, number: u32) -> Tag {
        self.tags[number as usize]
    }

    /// The text of a name.
    pub fn text(&self, number: u32) -> &str {
        self.texts.get(number as usize).unwrap_or("")
    }

    /// The names by their numbers.
    pub fn into_texts(self) -> Strings {
        self.texts
    }

    /// The number of a name, or the slot that it would be in.
    fn find(&self, text: &str) -> Result<u32, usize> {
        let mut at = (self.keys.hash_one(text) >> (64 - self.bits)) as usize;
        loop {
            match self.slots[at] {
                0 => return Err(at),
                number if self.text(number) == text => return Ok(number),
                _ => at = (at + 1) % self.slots.len(),
            }
        }
    }

    #[cold]
    fn add(&mut self, text: &str, slot: usize) -> Name {
        if self.tags.len() > MAX_NAMES {
            return Name::NONE;
        }
        let (number, tag) = (self.tags.len() as u32, Tag::of(text));
        self.texts.push(text);
        self.tags.push(tag);
        self.known[tag as usize] = number;
        self.slots[slot] = number;
        if self.tags.len() * 2 > self.slots.len() {
            self.bits += 2;
            self.slots = vec![0; 1 << self.bits];
            for number in 1..=number {
                if let Err(slot) = self.find(self.text(number)) {
                    self.slots[slot] = number;
                }
            }
        }
        Name { number, tag }
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
            for text in [format!("n{n}"), format!("a-longer-name-{n}")] {
                numbers.push((names.name(&text), text));
            }
        }
        for (name, text) in &numbers {
            assert_eq!(names.name(text), *name);
            assert_eq!(names.text(name.number), text);
        }
        assert_eq!(names.into_texts().len(), 40_001);
    }

    #[test]
    fn what_the_standard_knows_is_marked() {
        let mut names = Names::new();
        let table = names.known(Tag::Table);
        assert_eq!(table, Name { number: 1, tag: Tag::Table });
        assert_eq!(names.name("table"), table);
        assert_eq!(names.known(Tag::Table), table);
        assert_eq!(names.name("tables"), Name { number: 2, tag: Tag::Other });
        assert_eq!(names.text(1), "table");
    }

    #[test]
    fn there_is_an_end_to_names() {
        let mut names = Names::new();
        for n in 0..MAX_NAMES {
            assert_ne!(names.name(&n.to_string()), Name::NONE);
        }
        assert_eq!(names.name("one-more"), Name::NONE);
        assert_ne!(names.name("17"), Name::NONE);
    }
}
