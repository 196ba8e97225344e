//! zstd (RFC 8878), with the window that RFC 9659 allows in HTTP.
//!
//! The decoder below us reads from a reader and cannot wait in the middle of a block, so frames
//! are cut into their blocks here: each is handed over when it is complete (128 KiB at most).

use super::{CHUNK, Step, damaged};
use crate::error::{Code, Error, Result};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// The largest window of a frame (RFC 9659, 3).
const MAX_WINDOW: u64 = 8 << 20;
/// The largest block (RFC 8878, 3.1.1.2.4).
const MAX_BLOCK: usize = 128 << 10;
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// A zstd stream: any number of frames, skippable ones among them; what follows that is no frame
/// is dropped.
pub(super) struct Zstd {
    decoder: FrameDecoder,
    part: Part,
    /// The bytes of the part under way: a header or a block.
    held: Vec<u8>,
    skip: usize,
    frames: u64,
    frame: Frame,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// Between frames, or in a frame's magic number.
    Magic,
    Header,
    SkippableLength,
    Skippable,
    Block,
    /// After the last frame: everything is dropped.
    Junk,
}

/// What the header of the frame under way said, and what came of it.
#[derive(Clone, Copy, Default)]
struct Frame {
    has_checksum: bool,
    size: Option<u64>,
    made: u64,
}

impl Default for Zstd {
    fn default() -> Zstd {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(MAX_WINDOW);
        Zstd { decoder, part: Part::Magic, held: Vec::new(), skip: 0, frames: 0, frame: Frame::default() }
    }
}

impl std::fmt::Debug for Zstd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Zstd").field("part", &self.part).field("frames", &self.frames).finish_non_exhaustive()
    }
}

impl Zstd {
    pub(super) fn is_complete(&self) -> bool {
        match self.part {
            Part::Junk => true,
            Part::Magic => self.frames > 0,
            _ => false,
        }
    }

    pub(super) fn step(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<Step> {
        let (mut at, before) = (0, out.len());
        while at < input.len() && out.len() - before < CHUNK {
            let rest = &input[at..];
            at += match self.part {
                Part::Junk => rest.len(),
                Part::Skippable => self.skip(rest),
                _ => self.collect(rest, out)?,
            };
        }
        Ok(Step { consumed: at, more: false })
    }

    /// Appends what the decoder keeps back as its window, by ending the frame for it.
    pub(super) fn salvage(&mut self, out: &mut Vec<u8>) {
        if self.part != Part::Block {
            return;
        }
        const EMPTY_LAST_BLOCK: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];
        let ended = self.decoder.decode_blocks(&EMPTY_LAST_BLOCK[..], BlockDecodingStrategy::UptoBlocks(1));
        if ended.is_ok() && out.try_reserve(self.decoder.can_collect()).is_ok() {
            // Writing into a vector does not fail.
            let _ = self.decoder.collect_to_writer(out);
        }
    }

    fn skip(&mut self, input: &[u8]) -> usize {
        let used = self.skip.min(input.len());
        self.skip -= used;
        if self.skip == 0 {
            self.end_frame();
        }
        used
    }

    /// Collects bytes of the part under way and acts when it is complete; says how many were used.
    fn collect(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<usize> {
        let mut used = 0;
        loop {
            let wanted = self.wanted()?;
            let missing = wanted - self.held.len();
            if missing > 0 {
                let piece = &input[used..][..missing.min(input.len() - used)];
                self.held.try_reserve(piece.len()).map_err(|_| Code::Memory)?;
                self.held.extend_from_slice(piece);
                used += piece.len();
                if piece.len() < missing {
                    return Ok(used);
                }
            }
            // The length may have depended on what was just read.
            if self.wanted()? == self.held.len() {
                self.complete(out)?;
                return Ok(used);
            }
        }
    }

    /// How long the part under way is, as far as its bytes so far tell.
    fn wanted(&self) -> Result<usize> {
        let held = &self.held;
        Ok(match self.part {
            Part::Magic => 4,
            Part::SkippableLength => 8,
            Part::Header => match held.get(4) {
                None => 5,
                Some(&descriptor) => 5 + header_tail(descriptor),
            },
            Part::Block if held.len() < 3 => 3,
            Part::Block => {
                let header = u32::from_le_bytes([held[0], held[1], held[2], 0]);
                let (is_last, kind, size) = (header & 1 == 1, header >> 1 & 3, (header >> 3) as usize);
                if kind == 3 || size > MAX_BLOCK {
                    return Err(damaged("zstd", "invalid block"));
                }
                let content = if kind == 1 { 1 } else { size };
                3 + content + if is_last && self.frame.has_checksum { 4 } else { 0 }
            }
            Part::Skippable | Part::Junk => 0,
        })
    }

    fn complete(&mut self, out: &mut Vec<u8>) -> Result<()> {
        match self.part {
            Part::Magic if self.held[..] == MAGIC => self.part = Part::Header,
            Part::Magic if self.held[0] & 0xf0 == 0x50 && self.held[1..] == [0x2a, 0x4d, 0x18] => {
                self.part = Part::SkippableLength;
            }
            Part::Magic if self.frames == 0 => return Err(damaged("zstd", "it does not begin as one")),
            Part::Magic => self.part = Part::Junk,
            Part::SkippableLength => {
                let length = u32::from_le_bytes([4, 5, 6, 7].map(|i| self.held[i]));
                self.skip = length as usize;
                self.part = Part::Skippable;
                if length == 0 {
                    self.end_frame();
                }
            }
            Part::Header => self.begin_frame()?,
            Part::Block => self.block(out)?,
            Part::Skippable | Part::Junk => {}
        }
        Ok(())
    }

    fn begin_frame(&mut self) -> Result<()> {
        use ruzstd::decoding::errors::FrameDecoderError as E;
        self.decoder.reset(&self.held[..]).map_err(|error| match error {
            E::WindowSizeTooBig { requested, .. } => Error::new(
                Code::Encoding,
                format!(
                    "the zstd window of {requested} bytes is larger than the {MAX_WINDOW} that HTTP allows"
                ),
            ),
            error => damaged("zstd", error),
        })?;
        let descriptor = self.held[4];
        self.frame = Frame {
            has_checksum: descriptor & 4 != 0,
            size: (size_bytes(descriptor) > 0).then(|| self.decoder.content_size()),
            made: 0,
        };
        self.held.clear();
        self.part = Part::Block;
        Ok(())
    }

    fn block(&mut self, out: &mut Vec<u8>) -> Result<()> {
        self.decoder
            .decode_blocks(&self.held[..], BlockDecodingStrategy::UptoBlocks(1))
            .map_err(|error| damaged("zstd", error))?;
        self.held.clear();
        let count = self.decoder.can_collect();
        out.try_reserve(count).map_err(|_| Code::Memory)?;
        self.decoder.collect_to_writer(&mut *out).map_err(|error| damaged("zstd", error))?;
        self.frame.made += count as u64;
        if self.decoder.is_finished() {
            self.check_frame()?;
            self.end_frame();
        }
        Ok(())
    }

    fn check_frame(&self) -> Result<()> {
        if self.frame.size.is_some_and(|size| size != self.frame.made) {
            return Err(damaged("zstd", "its length is wrong"));
        }
        let sent = self.decoder.get_checksum_from_data();
        if sent.is_some() && sent != self.decoder.get_calculated_checksum() {
            return Err(damaged("zstd", "its checksum is wrong"));
        }
        Ok(())
    }

    fn end_frame(&mut self) {
        self.frames += 1;
        self.held.clear();
        self.part = Part::Magic;
    }
}

/// Bytes of a frame header after its descriptor (RFC 8878, 3.1.1.1).
fn header_tail(descriptor: u8) -> usize {
    let window = usize::from(descriptor & 0x20 == 0);
    let dictionary = [0, 1, 2, 4][usize::from(descriptor & 3)];
    window + dictionary + size_bytes(descriptor)
}

/// Bytes of a frame header's content size.
fn size_bytes(descriptor: u8) -> usize {
    match descriptor >> 6 {
        0 => usize::from(descriptor & 0x20 != 0),
        1 => 2,
        2 => 4,
        _ => 8,
    }
}
