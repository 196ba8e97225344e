//! gzip (RFC 1952) and deflate (RFC 1950 and, as it is often sent, RFC 1951 alone).

use super::{CHUNK, Step, damaged};
use crate::error::{Code, Result};
use flate2::{Crc, Decompress, FlushDecompress, Status};

/// Inflates some input and appends at most a [`CHUNK`]; says what was used, and whether the stream
/// ended.
fn inflate(engine: &mut Decompress, input: &[u8], out: &mut Vec<u8>, coding: &str) -> Result<(Step, bool)> {
    out.try_reserve(CHUNK).map_err(|_| Code::Memory)?;
    let start = out.len();
    out.resize(start + CHUNK, 0);
    let (used, made) = (engine.total_in(), engine.total_out());
    let outcome = engine.decompress(input, &mut out[start..], FlushDecompress::None);
    let (consumed, written) = ((engine.total_in() - used) as usize, (engine.total_out() - made) as usize);
    out.truncate(start + written);
    let ended = outcome.map_err(|error| damaged(coding, error))? == Status::StreamEnd;
    if consumed == 0 && written == 0 && !ended && !input.is_empty() {
        return Err(damaged(coding, "no progress"));
    }
    Ok((Step { consumed, more: !ended && written == CHUNK }, ended))
}

/// A gzip stream: any number of members one after the other; what follows the last is dropped.
pub(super) struct Gzip {
    engine: Decompress,
    crc: Crc,
    part: Part,
    /// The bytes of the part under way that were collected.
    held: [u8; 10],
    count: usize,
    flags: u8,
    skip: usize,
    members: u64,
}

/// Where in the stream we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// The ten fixed bytes of a member's header.
    Header,
    ExtraLength,
    Extra,
    Name,
    Comment,
    HeaderCrc,
    Data,
    /// CRC and size.
    Trailer,
    /// After the last member: everything is dropped.
    Junk,
}

const FLAG_HEADER_CRC: u8 = 2;
const FLAG_EXTRA: u8 = 4;
const FLAG_NAME: u8 = 8;
const FLAG_COMMENT: u8 = 16;

impl Default for Gzip {
    fn default() -> Gzip {
        Gzip {
            engine: Decompress::new(false),
            crc: Crc::new(),
            part: Part::Header,
            held: [0; 10],
            count: 0,
            flags: 0,
            skip: 0,
            members: 0,
        }
    }
}

impl std::fmt::Debug for Gzip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gzip")
            .field("part", &self.part)
            .field("members", &self.members)
            .finish_non_exhaustive()
    }
}

impl Gzip {
    /// Whether the input may end here: at the end of a member, or in what follows the last one.
    pub(super) fn is_complete(&self) -> bool {
        match self.part {
            Part::Junk => true,
            Part::Header => self.members > 0 && self.count < 3,
            _ => false,
        }
    }

    pub(super) fn step(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<Step> {
        let mut at = 0;
        while self.part != Part::Data {
            if at == input.len() {
                return Ok(Step { consumed: at, more: false });
            }
            at += self.frame(&input[at..])?;
        }
        let before = out.len();
        let (step, ended) = inflate(&mut self.engine, &input[at..], out, "gzip")?;
        self.crc.update(&out[before..]);
        if ended {
            self.enter(Part::Trailer);
        }
        Ok(Step { consumed: at + step.consumed, more: step.more })
    }

    /// Reads some of header, trailer or junk; says how many bytes.
    fn frame(&mut self, input: &[u8]) -> Result<usize> {
        match self.part {
            Part::Data => Ok(0),
            Part::Junk => Ok(input.len()),
            Part::Header => self.header(input),
            Part::ExtraLength => {
                let used = self.collect(input, 2);
                if self.count == 2 {
                    self.skip = u16::from_le_bytes([self.held[0], self.held[1]]) as usize;
                    self.enter(Part::Extra);
                }
                Ok(used)
            }
            Part::Extra => {
                let used = self.skip.min(input.len());
                self.skip -= used;
                if self.skip == 0 {
                    self.enter(Part::Name);
                }
                Ok(used)
            }
            Part::Name | Part::Comment => {
                let flag = if self.part == Part::Name { FLAG_NAME } else { FLAG_COMMENT };
                let next = if self.part == Part::Name { Part::Comment } else { Part::HeaderCrc };
                if self.flags & flag == 0 {
                    self.enter(next);
                    return Ok(0);
                }
                match memchr::memchr(0, input) {
                    None => Ok(input.len()),
                    Some(end) => {
                        self.enter(next);
                        Ok(end + 1)
                    }
                }
            }
            Part::HeaderCrc => {
                let used = if self.flags & FLAG_HEADER_CRC == 0 { 0 } else { self.collect(input, 2) };
                if self.flags & FLAG_HEADER_CRC == 0 || self.count == 2 {
                    self.engine.reset(false);
                    self.crc.reset();
                    self.enter(Part::Data);
                }
                Ok(used)
            }
            Part::Trailer => {
                let used = self.collect(input, 8);
                if self.count == 8 {
                    self.check_trailer()?;
                    self.members += 1;
                    self.enter(Part::Header);
                }
                Ok(used)
            }
        }
    }

    fn header(&mut self, input: &[u8]) -> Result<usize> {
        let used = self.collect(input, 10);
        const MAGIC: [u8; 3] = [0x1f, 0x8b, 8];
        let known = self.count.min(3);
        if self.held[..known] != MAGIC[..known] {
            if self.members == 0 {
                return Err(damaged("gzip", "it does not begin as one"));
            }
            self.enter(Part::Junk);
            return Ok(used);
        }
        if self.count == 10 {
            self.flags = self.held[3];
            if self.flags & 0xe0 != 0 {
                return Err(damaged("gzip", "reserved flags are set"));
            }
            self.enter(if self.flags & FLAG_EXTRA != 0 { Part::ExtraLength } else { Part::Name });
        }
        Ok(used)
    }

    fn check_trailer(&self) -> Result<()> {
        let word = |at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|i| self.held[at + i]));
        if word(0) != self.crc.sum() {
            return Err(damaged("gzip", "its checksum is wrong"));
        }
        if word(4) != self.crc.amount() {
            return Err(damaged("gzip", "its length is wrong"));
        }
        Ok(())
    }

    fn collect(&mut self, input: &[u8], until: usize) -> usize {
        let used = (until - self.count).min(input.len());
        self.held[self.count..self.count + used].copy_from_slice(&input[..used]);
        self.count += used;
        used
    }

    fn enter(&mut self, part: Part) {
        self.part = part;
        self.count = 0;
    }
}

/// A deflate stream: with zlib's header and checksum, or raw, told by the first two bytes.
#[derive(Debug, Default)]
pub(super) struct Deflate {
    engine: Option<Decompress>,
    first: Option<u8>,
    ended: bool,
}

impl Deflate {
    pub(super) fn is_complete(&self) -> bool {
        self.ended
    }

    pub(super) fn step(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<Step> {
        if self.ended {
            return Ok(Step { consumed: input.len(), more: false });
        }
        if let Some(engine) = &mut self.engine {
            let (step, ended) = inflate(engine, input, out, "deflate")?;
            self.ended = ended;
            return Ok(step);
        }
        let (first, consumed) = match (self.first, input) {
            (_, []) => return Ok(Step { consumed: 0, more: false }),
            (None, [first]) => {
                self.first = Some(*first);
                return Ok(Step { consumed: 1, more: false });
            }
            (None, [first, ..]) => (*first, 0),
            (Some(first), _) => (first, 1),
        };
        let second = input[1 - consumed];
        let mut engine = Decompress::new(is_zlib(first, second));
        let (_, ended) = inflate(&mut engine, &[first, second], out, "deflate")?;
        self.ended = ended;
        self.engine = Some(engine);
        Ok(Step { consumed: 2 - consumed, more: false })
    }
}

/// Whether two bytes are a zlib header (RFC 1950, 2.2). No raw stream of an encoder begins so: it
/// would be a stored block with bits set in its padding.
fn is_zlib(first: u8, second: u8) -> bool {
    first & 0x0f == 8 && first >> 4 <= 7 && (u16::from(first) << 8 | u16::from(second)) % 31 == 0
}
