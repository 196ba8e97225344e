//! Matches a [`Program`] against text: a backtracking matcher with a stack of its own, which
//! remembers where repetitions failed, and a budget of work for what that does not help.

use super::chars;
use super::pattern::{Ahead, Class, Inst, Program, UNLIMITED};
use crate::error::{Code, Error, Result};

/// Steps that one search may take. A page of five megabytes needs less than a tenth for a
/// template of twenty fields.
pub(super) const BUDGET: u64 = 100_000_000;

/// No position.
pub(super) const UNSET: u32 = u32::MAX;

/// A decision to come back to.
enum Frame {
    /// Another branch.
    Branch { pc: u32, at: u32 },
    /// A lazy repetition that may take one more character; `from` is where its first exit was.
    Lazy { pc: u32, at: u32, count: u32, from: u32 },
    /// A greedy repetition that may give characters back down to `low`; `start..end` is its run.
    Greedy { pc: u32, at: u32, low: u32, start: u32, end: u32 },
    /// What a slot held before.
    Slot { slot: u32, was: u32 },
}

/// One search: the text, and what is known about it.
pub(super) struct Matcher<'m> {
    program: &'m Program,
    text: &'m str,
    /// Whether the match must end where the text ends.
    whole: bool,
    pub slots: Vec<u32>,
    stack: Vec<Frame>,
    /// By instruction: the exits of a repetition that failed. For an unlimited lazy `.` all from
    /// `.0` on; for a greedy run all in `.0 ..= .1`.
    failed: Vec<(u32, u32)>,
    work: u64,
}

impl<'m> Matcher<'m> {
    pub fn new(program: &'m Program, text: &'m str, whole: bool, budget: u64) -> Result<Matcher<'m>> {
        if u32::try_from(text.len()).is_err() || text.len() as u32 == UNSET {
            return Err(Error::new(Code::DocumentTooLarge, "the text to search exceeds 4 GiB"));
        }
        Ok(Matcher {
            program,
            text,
            whole,
            slots: vec![UNSET; program.slots as usize],
            stack: Vec::new(),
            failed: vec![(UNSET, 0); program.insts.len()],
            work: budget,
        })
    }

    /// The first match at or behind `from`: its bounds.
    pub fn search(&mut self, from: usize) -> Result<Option<(usize, usize)>> {
        let mut start = from;
        loop {
            if let Some(Inst::Literal(text)) = self.program.insts.first() {
                match self.find(text[0], start)? {
                    Some(found) => start = found,
                    None => return Ok(None),
                }
            }
            if let Some(end) = self.match_at(start)? {
                return Ok(Some((start, end)));
            }
            match self.char_at(start) {
                Some(c) => start += c.len_utf8(),
                None => return Ok(None),
            }
        }
    }

    /// The match that starts at `start`: its end.
    pub fn match_at(&mut self, start: usize) -> Result<Option<usize>> {
        self.stack.clear();
        self.slots.fill(UNSET);
        let (mut pc, mut at) = (0usize, start);
        loop {
            self.spend(1)?;
            let next = match &self.program.insts[pc] {
                Inst::Match if !self.whole || at == self.text.len() => return Ok(Some(at)),
                Inst::Match => None,
                Inst::Literal(text) => self.literal(text, at).map(|at| (pc + 1, at)),
                Inst::Jump(to) => Some((*to as usize, at)),
                Inst::Split(first, second) => {
                    self.stack.push(Frame::Branch { pc: *second, at: at as u32 });
                    Some((*first as usize, at))
                }
                Inst::Save(slot) => {
                    let was = std::mem::replace(&mut self.slots[*slot as usize], at as u32);
                    self.stack.push(Frame::Slot { slot: *slot, was });
                    Some((pc + 1, at))
                }
                Inst::Same(group) => self.same(*group, at)?.map(|at| (pc + 1, at)),
                Inst::Repeat { class, min, max, lazy, .. } => {
                    self.repeat(pc, class, (*min, *max), *lazy, at)?.map(|at| (pc + 1, at))
                }
            };
            let resumed = match next {
                Some(next) => Some(next),
                None => self.back()?,
            };
            match resumed {
                Some(next) => (pc, at) = next,
                None => return Ok(None),
            }
        }
    }

    fn spend(&mut self, steps: usize) -> Result<()> {
        match self.work.checked_sub(steps as u64) {
            Some(left) => self.work = left,
            None => {
                return Err(Error::new(Code::Budget, "the search template takes too much work on this text"));
            }
        }
        Ok(())
    }

    fn char_at(&self, at: usize) -> Option<char> {
        match self.text.as_bytes().get(at)? {
            byte if byte.is_ascii() => Some(*byte as char),
            _ => self.text[at..].chars().next(),
        }
    }

    fn char_before(&self, at: usize) -> char {
        self.text[..at].chars().next_back().unwrap_or('\0')
    }

    fn folded(&self, c: char) -> char {
        if self.program.fold { chars::fold(c) } else { c }
    }

    /// The end of the literal at `at`.
    fn literal(&self, literal: &[char], mut at: usize) -> Option<usize> {
        for wanted in literal {
            let c = self.char_at(at)?;
            if self.folded(c) != *wanted {
                return None;
            }
            at += c.len_utf8();
        }
        Some(at)
    }

    /// The end of the text of an earlier group, found again at `at`.
    fn same(&mut self, group: u32, at: usize) -> Result<Option<usize>> {
        let (start, end) = (self.slots[group as usize * 2], self.slots[group as usize * 2 + 1]);
        let text = &self.text[start as usize..end as usize];
        self.spend(text.len())?;
        let mut to = at;
        for wanted in text.chars() {
            match self.char_at(to) {
                Some(c) if self.folded(c) == self.folded(wanted) => to += c.len_utf8(),
                _ => return Ok(None),
            }
        }
        Ok(Some(to))
    }

    /// The first position at or behind `from` of a character that folds to `wanted`.
    fn find(&mut self, wanted: char, from: usize) -> Result<Option<usize>> {
        let rest = &self.text.as_bytes()[from..];
        let lower = wanted as u32 as u8;
        let found = match wanted {
            _ if !wanted.is_ascii() => None,
            // Their other forms are not ASCII: Kelvin, long s, dotless and dotted i.
            'k' | 's' | 'i' if self.program.fold => None,
            c if c.is_ascii_lowercase() && self.program.fold => {
                Some(memchr::memchr2(lower, lower.to_ascii_uppercase(), rest))
            }
            _ => Some(memchr::memchr(lower, rest)),
        };
        let found = match found {
            Some(found) => found,
            None => {
                let text = &self.text[from..];
                text.char_indices().find(|(_, c)| self.folded(*c) == wanted).map(|(at, _)| at)
            }
        };
        // A vector search takes some 16 bytes a step.
        self.spend(found.unwrap_or(rest.len()) / 16 + 1)?;
        Ok(found.map(|found| from + found))
    }

    /// Whether what was learnt about instruction `pc` holds for every start of the search.
    fn remembers(&self, pc: usize) -> bool {
        pc >= self.program.free_from as usize
    }

    /// Enters a repetition: the position of its first exit.
    fn repeat(
        &mut self,
        pc: usize,
        class: &Class,
        (min, max): (u32, u32),
        lazy: bool,
        start: usize,
    ) -> Result<Option<usize>> {
        let (known, known_end) = self.failed[pc];
        if max == UNLIMITED && !lazy && (known..=known_end).contains(&(start as u32)) {
            return Ok(None);
        }
        let fold = self.program.fold;
        let goal = if lazy { min } else { max };
        let (mut at, mut count, mut low) = (start, 0, start);
        while count < goal {
            let Some(c) = self.char_at(at).filter(|c| class.contains(*c, fold)) else { break };
            at += c.len_utf8();
            count += 1;
            if count == min {
                low = at;
            }
        }
        self.spend(count as usize)?;
        if count < min {
            return Ok(None);
        }
        if lazy {
            return self.exit_lazily(pc, at, count, at as u32);
        }
        if at > low || max == UNLIMITED {
            let [at, low, start] = [at, low, start].map(|at| at as u32);
            self.stack.push(Frame::Greedy { pc: pc as u32, at, low, start, end: at });
        }
        Ok(Some(at))
    }

    /// The next exit of a lazy repetition, at `at` or, where only something known can follow,
    /// at the next place where that is.
    fn exit_lazily(&mut self, pc: usize, at: usize, count: u32, from: u32) -> Result<Option<usize>> {
        let Inst::Repeat { class, max, ahead, .. } = &self.program.insts[pc] else { return Ok(None) };
        let (class, max, ahead) = (class, *max, *ahead);
        let free = max == UNLIMITED && *class == Class::Any;
        if free && at as u32 >= self.failed[pc].0 {
            return self.exhausted(pc, from);
        }
        let exit = match ahead {
            Ahead::Char(c) if free => self.find(c, at)?,
            Ahead::End if free && self.whole => Some(self.text.len()),
            _ => Some(at),
        };
        match exit {
            Some(exit) => {
                self.stack.push(Frame::Lazy { pc: pc as u32, at: exit as u32, count, from });
                Ok(Some(exit))
            }
            None => self.exhausted(pc, from),
        }
    }

    /// No exit of the lazy repetition from `from` on leads to a match.
    fn exhausted(&mut self, pc: usize, from: u32) -> Result<Option<usize>> {
        if self.remembers(pc) {
            self.failed[pc].0 = self.failed[pc].0.min(from);
        }
        Ok(None)
    }

    /// Goes back to the last decision that has another way.
    fn back(&mut self) -> Result<Option<(usize, usize)>> {
        while let Some(frame) = self.stack.pop() {
            self.spend(1)?;
            match frame {
                Frame::Slot { slot, was } => self.slots[slot as usize] = was,
                Frame::Branch { pc, at } => return Ok(Some((pc as usize, at as usize))),
                Frame::Greedy { pc, at, low, start, end } => {
                    if at > low {
                        let at = at - self.char_before(at as usize).len_utf8() as u32;
                        self.stack.push(Frame::Greedy { pc, at, low, start, end });
                        return Ok(Some((pc as usize + 1, at as usize)));
                    }
                    let limited =
                        !matches!(&self.program.insts[pc as usize], Inst::Repeat { max: UNLIMITED, .. });
                    if !limited && self.remembers(pc as usize) {
                        self.failed[pc as usize] = (start, end);
                    }
                }
                Frame::Lazy { pc, at, count, from } => {
                    let pc = pc as usize;
                    let Inst::Repeat { class, max, .. } = &self.program.insts[pc] else { continue };
                    if count == *max {
                        continue;
                    }
                    match self.char_at(at as usize) {
                        Some(c) if class.contains(c, self.program.fold) => {
                            let next = at as usize + c.len_utf8();
                            let count = if *max == UNLIMITED { count } else { count + 1 };
                            if let Some(exit) = self.exit_lazily(pc, next, count, from)? {
                                return Ok(Some((pc + 1, exit)));
                            }
                        }
                        _ if *class == Class::Any && *max == UNLIMITED => {
                            self.exhausted(pc, from)?;
                        }
                        _ => {}
                    }
                }
            }
        }
        Ok(None)
    }
}
