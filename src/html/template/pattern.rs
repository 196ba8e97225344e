//! The program that a template is matched by, and the compiler of its pieces.
//!
//! The types of the template language are patterns in a small subset of the usual notation:
//! characters, `\d \w \s` and their negations, sets, groups, `|`, `? * + {m,n}` and the lazy `?`.
//! They are the library's own constants; what a template's author writes enters as literals.

use super::chars;

/// No upper limit of a repetition.
pub(super) const UNLIMITED: u32 = u32::MAX;

/// A class of characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Any,
    One(char),
    Digit(bool),
    Space(bool),
    Word(bool),
    Set(Box<[(char, char)]>),
}

impl Class {
    /// Whether the character is in the class; `fold`: in whichever case.
    pub fn contains(&self, c: char, fold: bool) -> bool {
        match self {
            Class::Any => true,
            Class::One(one) => *one == if fold { chars::fold(c) } else { c },
            Class::Digit(wanted) => chars::digit(c).is_some() == *wanted,
            Class::Space(wanted) => chars::is_space(c) == *wanted,
            Class::Word(wanted) => chars::is_word(c) == *wanted,
            Class::Set(ranges) => {
                let inside = |c: char| ranges.iter().any(|(low, high)| (*low..=*high).contains(&c));
                let folded = chars::fold(c);
                inside(c) || fold && (inside(folded) || inside(folded.to_ascii_uppercase()))
            }
        }
    }
}

/// What an unlimited lazy repetition can jump to instead of stepping by character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ahead {
    Nothing,
    /// The next character of this (folded) kind.
    Char(char),
    /// Only the end of the text can follow.
    End,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Inst {
    /// These characters (folded, where the program folds).
    Literal(Box<[char]>),
    /// A run of characters of one class.
    Repeat {
        class: Class,
        min: u32,
        max: u32,
        lazy: bool,
        ahead: Ahead,
    },
    /// The first branch, else the second.
    Split(u32, u32),
    Jump(u32),
    /// Notes the position in this slot.
    Save(u32),
    /// The text between the slots 2n and 2n + 1 again.
    Same(u32),
    /// The end of a match.
    Match,
}

/// A compiled sequence of literals and patterns.
#[derive(Clone, Debug, Default)]
pub(super) struct Program {
    pub insts: Vec<Inst>,
    /// Whether case is ignored.
    pub fold: bool,
    /// The number of slots that `Save` writes.
    pub slots: u32,
    /// One behind the last `Same`: from there on a failure depends on the position alone.
    pub free_from: u32,
}

enum Node {
    Char(char),
    Class(Class),
    Sequence(Vec<Node>),
    Branches(Vec<Node>),
    Repeat(Box<Node>, u32, u32, bool),
    Group(Box<Node>),
}

impl Program {
    pub fn new(fold: bool) -> Program {
        Program { fold, ..Program::default() }
    }

    /// A pattern with its groups noted: group n (from 0) in the slots 2n and 2n + 1.
    pub fn with_groups(pattern: &str) -> Program {
        let mut program = Program::new(true);
        program.pattern(pattern, true);
        program.finish();
        program
    }

    pub fn literal(&mut self, text: &str) {
        let fold = self.fold;
        let folded = text.chars().map(|c| if fold { chars::fold(c) } else { c });
        if let Some(Inst::Literal(before)) = self.insts.last_mut() {
            *before = before.iter().copied().chain(folded).collect();
        } else {
            self.insts.push(Inst::Literal(folded.collect()));
        }
    }

    /// Any number of one character, as many as there are.
    pub fn fill(&mut self, c: char) {
        let class = Class::One(if self.fold { chars::fold(c) } else { c });
        self.insts.push(Inst::Repeat { class, min: 0, max: UNLIMITED, lazy: false, ahead: Ahead::Nothing });
    }

    pub fn save(&mut self) {
        self.insts.push(Inst::Save(self.slots));
        self.slots += 1;
    }

    pub fn same(&mut self, group: u32) {
        self.insts.push(Inst::Same(group));
        self.free_from = self.insts.len() as u32;
    }

    /// One of the library's own patterns; `groups` says whether its groups are noted.
    pub fn pattern(&mut self, pattern: &str, groups: bool) {
        let mut characters = pattern.chars().peekable();
        let node = branches(&mut characters);
        debug_assert!(characters.next().is_none(), "unbalanced pattern {pattern}");
        self.emit(node, groups);
    }

    /// Closes the program and tells each lazy repetition what follows it.
    pub fn finish(&mut self) {
        self.insts.push(Inst::Match);
        for at in 0..self.insts.len() {
            if !matches!(self.insts[at], Inst::Repeat { lazy: true, max: UNLIMITED, .. }) {
                continue;
            }
            let next = self.insts[at + 1..].iter().find(|inst| !matches!(inst, Inst::Save(_)));
            let found = match next {
                Some(Inst::Literal(text)) => Ahead::Char(text[0]),
                Some(Inst::Match) => Ahead::End,
                _ => Ahead::Nothing,
            };
            if let Inst::Repeat { ahead, .. } = &mut self.insts[at] {
                *ahead = found;
            }
        }
    }

    fn here(&self) -> u32 {
        self.insts.len() as u32
    }

    // The depth is that of the library's own patterns: four.
    fn emit(&mut self, node: Node, groups: bool) {
        match node {
            Node::Char(c) => {
                self.insts.push(Inst::Literal(Box::new([if self.fold { chars::fold(c) } else { c }])))
            }
            Node::Class(class) => {
                self.insts.push(Inst::Repeat { class, min: 1, max: 1, lazy: false, ahead: Ahead::Nothing });
            }
            Node::Sequence(nodes) => nodes.into_iter().for_each(|node| self.emit(node, groups)),
            Node::Group(node) if groups => {
                let slot = self.slots;
                self.slots += 2;
                self.insts.push(Inst::Save(slot));
                self.emit(*node, groups);
                self.insts.push(Inst::Save(slot + 1));
            }
            Node::Group(node) => self.emit(*node, groups),
            Node::Branches(nodes) => {
                let mut jumps = Vec::new();
                let last = nodes.len() - 1;
                for (i, node) in nodes.into_iter().enumerate() {
                    if i == last {
                        self.emit(node, groups);
                        break;
                    }
                    let split = self.insts.len();
                    self.insts.push(Inst::Split(0, 0));
                    self.emit(node, groups);
                    jumps.push(self.insts.len());
                    self.insts.push(Inst::Jump(0));
                    self.insts[split] = Inst::Split(split as u32 + 1, self.here());
                }
                for jump in jumps {
                    self.insts[jump] = Inst::Jump(self.here());
                }
            }
            Node::Repeat(node, min, max, lazy) => {
                let class = match *node {
                    Node::Class(class) => class,
                    Node::Char(c) => Class::One(if self.fold { chars::fold(c) } else { c }),
                    node => return self.emit_group_repeat(node, max, groups),
                };
                self.insts.push(Inst::Repeat { class, min, max, lazy, ahead: Ahead::Nothing });
            }
        }
    }

    /// `(…)?` or `(…)*`, greedy; no pattern has other repeated groups.
    fn emit_group_repeat(&mut self, node: Node, max: u32, groups: bool) {
        let split = self.insts.len();
        self.insts.push(Inst::Split(0, 0));
        self.emit(node, groups);
        if max == UNLIMITED {
            self.insts.push(Inst::Jump(split as u32));
        }
        self.insts[split] = Inst::Split(split as u32 + 1, self.here());
    }
}

type Characters<'p> = std::iter::Peekable<std::str::Chars<'p>>;

fn branches(characters: &mut Characters<'_>) -> Node {
    let mut all = vec![sequence(characters)];
    while characters.next_if_eq(&'|').is_some() {
        all.push(sequence(characters));
    }
    if all.len() == 1 { all.remove(0) } else { Node::Branches(all) }
}

fn sequence(characters: &mut Characters<'_>) -> Node {
    let mut nodes = Vec::new();
    while let Some(c) = characters.next_if(|c| !matches!(c, '|' | ')')) {
        let atom = match c {
            '(' => {
                let quiet = characters.next_if_eq(&'?').is_some();
                if quiet {
                    characters.next(); // the colon of (?:
                }
                let inner = branches(characters);
                characters.next(); // the closing parenthesis
                if quiet { Node::Sequence(vec![inner]) } else { Node::Group(Box::new(inner)) }
            }
            '[' => Node::Class(set(characters)),
            '.' => Node::Class(Class::Any),
            '\\' => escaped(characters.next().unwrap_or('\\')),
            c => Node::Char(c),
        };
        nodes.push(match bounds(characters) {
            Some((min, max)) => {
                let lazy = characters.next_if_eq(&'?').is_some();
                Node::Repeat(Box::new(atom), min, max, lazy)
            }
            None => atom,
        });
    }
    Node::Sequence(nodes)
}

fn escaped(c: char) -> Node {
    Node::Class(match c {
        'd' | 'D' => Class::Digit(c == 'd'),
        's' | 'S' => Class::Space(c == 's'),
        'w' | 'W' => Class::Word(c == 'w'),
        c => return Node::Char(c),
    })
}

fn set(characters: &mut Characters<'_>) -> Class {
    let mut ranges = Vec::new();
    while let Some(low) = characters.next_if(|c| *c != ']') {
        let mut rest = characters.clone();
        // A dash between two characters is a range; elsewhere it is itself.
        let high = (rest.next() == Some('-')).then(|| rest.next()).flatten().filter(|c| *c != ']');
        if high.is_some() {
            *characters = rest;
        }
        ranges.push((low, high.unwrap_or(low)));
    }
    characters.next();
    Class::Set(ranges.into())
}

fn bounds(characters: &mut Characters<'_>) -> Option<(u32, u32)> {
    let bounds = match characters.peek()? {
        '?' => (0, 1),
        '*' => (0, UNLIMITED),
        '+' => (1, UNLIMITED),
        '{' => {
            characters.next();
            let min = number(characters);
            let max = if characters.next_if_eq(&',').is_some() { number(characters) } else { min };
            (min.unwrap_or(0), max.unwrap_or(UNLIMITED))
        }
        _ => return None,
    };
    characters.next();
    Some(bounds)
}

fn number(characters: &mut Characters<'_>) -> Option<u32> {
    let mut value = None;
    while let Some(digit) = characters.peek().and_then(|c| c.to_digit(10)) {
        value = Some(value.unwrap_or(0u32).saturating_mul(10).saturating_add(digit));
        characters.next();
    }
    value
}
