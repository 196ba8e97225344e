//! Content codings: gzip, deflate, br and zstd, streaming, stacked, and safe against bombs.
//!
//! Ours and not libcurl's, because a body that ends early or grows without measure must be an
//! error, while several gzip members, junk after the stream and unknown codings must not be.

mod brotli;
mod inflate;
mod zstd;

use super::syntax::{list_elements, show_bytes};
use crate::error::{Code, Error, Result};

/// The value of `Accept-Encoding` that says what can be decoded here.
pub const ACCEPT_ENCODING: &str = "gzip, deflate, br, zstd";

/// Codings that may be stacked on one body.
const MAX_CODINGS: usize = 5;

/// Decoded bytes that one step of a stage makes, about.
const CHUNK: usize = 32 * 1024;

/// How much a body may be after decoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeLimits {
    /// Decoded bytes at most; default: no limit. Bodies that are not encoded count too.
    pub max_bytes: u64,
    /// Decoded bytes for each byte received at most; default 200. It also bounds what each of
    /// several stacked codings makes.
    pub ratio: u64,
    /// Decoded bytes that are allowed whatever the ratio; default 64 MiB.
    pub ratio_floor: u64,
}

impl Default for DecodeLimits {
    fn default() -> DecodeLimits {
        DecodeLimits { max_bytes: u64::MAX, ratio: 200, ratio_floor: 64 << 20 }
    }
}

/// Decodes a body as it arrives.
///
/// Input is pushed in pieces of any size; memory is bounded by the coding's window (32 KiB for
/// gzip and deflate, 16 MiB for br, 8 MiB for zstd) plus a few chunks, whatever the input says.
/// After an error the decoder stays failed; what was decoded before it has been handed out.
#[derive(Debug)]
pub struct Decoder {
    stages: Vec<Stage>,
    undecoded: Option<Box<str>>,
    limits: DecodeLimits,
    received: u64,
    decoded: u64,
    failed: Option<Error>,
}

impl Decoder {
    /// A decoder for the values of a response's `Content-Encoding` fields, in their order.
    ///
    /// A coding that is not known here stays on the body, and so do those below it: see
    /// [`Decoder::undecoded`].
    ///
    /// # Errors
    /// [`Code::Encoding`] for more than 5 codings.
    pub fn new<'a>(
        content_encoding: impl IntoIterator<Item = &'a [u8]>,
        limits: DecodeLimits,
    ) -> Result<Decoder> {
        let mut codings: Vec<&[u8]> = Vec::new();
        for value in content_encoding {
            codings.extend(list_elements(value).into_iter().filter(|c| !c.eq_ignore_ascii_case(b"identity")));
        }
        if codings.len() > MAX_CODINGS {
            let text =
                format!("{} content encodings are stacked, at most {MAX_CODINGS} are decoded", codings.len());
            return Err(Error::new(Code::Encoding, text));
        }
        let mut stages = Vec::new();
        let mut undecoded = None;
        // The last coding named was applied last and comes off first (RFC 9110, 8.4).
        for (index, coding) in codings.iter().enumerate().rev() {
            match Codec::named(coding) {
                Some(codec) => stages.push(Stage::new(codec)),
                None => {
                    let left: Vec<_> = codings[..=index].iter().map(|coding| show_bytes(coding)).collect();
                    undecoded = Some(left.join(", ").into());
                    break;
                }
            }
        }
        Ok(Decoder { stages, undecoded, limits, received: 0, decoded: 0, failed: None })
    }

    /// Whether the bytes pass as they are. They are still counted against the limit.
    pub fn is_identity(&self) -> bool {
        self.stages.is_empty()
    }

    /// The codings that stay on the body because the outermost of them is not known here, as a
    /// `Content-Encoding` value; `None` when everything is decoded.
    pub fn undecoded(&self) -> Option<&str> {
        self.undecoded.as_deref()
    }

    /// Bytes pushed so far.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Bytes handed out so far.
    pub fn decoded(&self) -> u64 {
        self.decoded
    }

    /// Decodes a piece of the body and appends the result.
    ///
    /// # Errors
    /// [`Code::Encoding`] for a damaged stream, [`Code::BodyTooLarge`] and [`Code::Ratio`] at the
    /// limits, [`Code::Memory`]. What could be decoded before it is appended all the same.
    pub fn push(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<()> {
        self.feed(input, &mut Target::Append(out))
    }

    /// Decodes a piece of the body and hands the result on in chunks of bounded size, so that
    /// nothing grows however much a piece decodes to.
    ///
    /// # Errors
    /// As [`Decoder::push`], and whatever the sink returns.
    pub fn push_to(&mut self, input: &[u8], sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        self.feed(input, &mut Target::Sink(Vec::new(), sink))
    }

    /// Says that nothing more comes, and appends what an incomplete stream still held back. Call
    /// it after a transfer that broke as well: its partial body is then whole.
    ///
    /// # Errors
    /// [`Code::Truncated`] when a stream has not come to its end; the earlier error again when
    /// there was one. A body of no bytes at all is complete in every coding.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<()> {
        self.end(&mut Target::Append(out))
    }

    /// As [`Decoder::finish`], for a body that is handed on in chunks.
    ///
    /// # Errors
    /// As [`Decoder::finish`], and whatever the sink returns.
    pub fn finish_to(&mut self, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        self.end(&mut Target::Sink(Vec::new(), sink))
    }

    fn feed(&mut self, input: &[u8], target: &mut Target) -> Result<()> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        self.received += input.len() as u64;
        let outcome = self.run(input, target);
        self.note(outcome, target)
    }

    fn run(&mut self, input: &[u8], target: &mut Target) -> Result<()> {
        let allowance = Allowance::new(&self.limits, self.received);
        let Decoder { stages, decoded, .. } = self;
        if stages.is_empty() {
            return pass(input, allowance.bytes, decoded, target);
        }
        drive(stages, input, &allowance, decoded, target)
    }

    /// Remembers an error, after handing out what the stages still hold of good bytes.
    fn note(&mut self, outcome: Result<()>, target: &mut Target) -> Result<()> {
        let Err(error) = outcome else { return Ok(()) };
        self.failed = Some(error.clone());
        if matches!(error.code(), Code::Encoding | Code::Truncated) {
            self.salvage(target);
        }
        Err(error)
    }

    fn end(&mut self, target: &mut Target) -> Result<()> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let outcome = self.stages.iter().find_map(Stage::unfinished).map_or(Ok(()), Err);
        self.note(outcome, target)
    }

    /// Hands out what the stages have decoded but hold back.
    fn salvage(&mut self, target: &mut Target) {
        let allowance = Allowance::new(&self.limits, self.received);
        let Decoder { stages, decoded, .. } = self;
        for index in 0..stages.len() {
            let mut held = Vec::new();
            stages[index].codec.salvage(&mut held);
            let rest = &mut stages[index + 1..];
            // The body has failed already: a second error on the way is no news.
            let _ = if rest.is_empty() {
                pass(&held, allowance.bytes.min(allowance.by_ratio), decoded, target)
            } else {
                drive(rest, &held, &allowance, decoded, target)
            };
        }
    }
}

/// Where decoded bytes go.
enum Target<'a> {
    Append(&'a mut Vec<u8>),
    Sink(Vec<u8>, &'a mut dyn FnMut(&[u8]) -> Result<()>),
}

impl Target<'_> {
    /// The buffer that the last stage writes into.
    fn buffer(&mut self) -> &mut Vec<u8> {
        match self {
            Target::Append(out) => out,
            Target::Sink(buffer, _) => buffer,
        }
    }

    /// Hands on what was written.
    fn flush(&mut self) -> Result<()> {
        match self {
            Target::Append(_) => Ok(()),
            Target::Sink(buffer, sink) => {
                let outcome = if buffer.is_empty() { Ok(()) } else { sink(buffer) };
                buffer.clear();
                outcome
            }
        }
    }
}

/// What may be decoded in all, given what was received.
struct Allowance {
    bytes: u64,
    by_ratio: u64,
    received: u64,
}

impl Allowance {
    fn new(limits: &DecodeLimits, received: u64) -> Allowance {
        let by_ratio = limits.ratio_floor.max(limits.ratio.saturating_mul(received));
        Allowance { bytes: limits.max_bytes, by_ratio, received }
    }

    /// Counts bytes that were just appended, and takes back those beyond the limit.
    fn count(&self, total: &mut u64, buffer: &mut Vec<u8>, before: usize, is_last: bool) -> Result<()> {
        *total += (buffer.len() - before) as u64;
        let bytes = if is_last { self.bytes } else { u64::MAX };
        let limit = bytes.min(self.by_ratio);
        if *total <= limit {
            return Ok(());
        }
        let excess = usize::try_from(*total - limit).unwrap_or(usize::MAX);
        buffer.truncate(buffer.len().saturating_sub(excess).max(before));
        *total = limit;
        if bytes <= self.by_ratio {
            Err(too_large(bytes))
        } else {
            let text = format!("the body decodes to more than {limit} bytes from {} received", self.received);
            Err(Error::new(Code::Ratio, text))
        }
    }
}

fn too_large(limit: u64) -> Error {
    Error::new(Code::BodyTooLarge, format!("the body exceeds {limit} bytes"))
}

/// Appends bytes as they are, up to a limit.
fn pass(input: &[u8], limit: u64, decoded: &mut u64, target: &mut Target) -> Result<()> {
    let room = usize::try_from(limit.saturating_sub(*decoded)).unwrap_or(usize::MAX);
    let piece = &input[..input.len().min(room)];
    *decoded += piece.len() as u64;
    match target {
        Target::Append(out) => {
            out.try_reserve(piece.len()).map_err(|_| Code::Memory)?;
            out.extend_from_slice(piece);
        }
        Target::Sink(_, _) if piece.is_empty() => {}
        Target::Sink(_, sink) => sink(piece)?,
    }
    if piece.len() < input.len() { Err(too_large(limit)) } else { Ok(()) }
}

/// Runs input through the stages. At most five deep.
fn drive(
    stages: &mut [Stage],
    mut input: &[u8],
    allowance: &Allowance,
    decoded: &mut u64,
    target: &mut Target,
) -> Result<()> {
    let Some((stage, rest)) = stages.split_first_mut() else { return Ok(()) };
    let is_last = rest.is_empty();
    stage.fed |= !input.is_empty();
    let Stage { codec, buffer, made, failed, .. } = stage;
    while !*failed {
        let (step, counted) = {
            let buffer = if is_last { target.buffer() } else { &mut *buffer };
            let before = buffer.len();
            let step = codec.step(input, buffer);
            let total = if is_last { &mut *decoded } else { &mut *made };
            (step, allowance.count(total, buffer, before, is_last))
        };
        *failed = step.is_err();
        if is_last {
            target.flush()?;
        } else {
            let outcome = drive(rest, buffer, allowance, decoded, target);
            buffer.clear();
            outcome?;
        }
        counted?;
        let step = step?;
        input = &input[step.consumed..];
        if input.is_empty() && !step.more {
            break;
        }
    }
    Ok(())
}

/// One coding on the body, and what it hands to the next.
#[derive(Debug)]
struct Stage {
    codec: Codec,
    buffer: Vec<u8>,
    made: u64,
    /// Whether it was given a byte: without one there is nothing to complete.
    fed: bool,
    failed: bool,
}

impl Stage {
    fn new(codec: Codec) -> Stage {
        Stage { codec, buffer: Vec::new(), made: 0, fed: false, failed: false }
    }

    fn unfinished(&self) -> Option<Error> {
        let name = self.codec.unfinished().filter(|_| self.fed)?;
        Some(Error::new(Code::Truncated, format!("the {name} stream of the body ended early")))
    }
}

/// What one step did.
struct Step {
    /// Bytes of the input that were used.
    consumed: usize,
    /// Whether there may be output yet without any more input.
    more: bool,
}

#[derive(Debug)]
enum Codec {
    Gzip(Box<inflate::Gzip>),
    Deflate(Box<inflate::Deflate>),
    Brotli(Box<brotli::Brotli>),
    Zstd(Box<zstd::Zstd>),
}

impl Codec {
    fn named(name: &[u8]) -> Option<Codec> {
        Some(match name.to_ascii_lowercase().as_slice() {
            b"gzip" | b"x-gzip" => Codec::Gzip(Box::default()),
            b"deflate" => Codec::Deflate(Box::default()),
            b"br" => Codec::Brotli(Box::default()),
            b"zstd" => Codec::Zstd(Box::default()),
            _ => return None,
        })
    }

    /// Uses some input and appends about a [`CHUNK`] of output at most. It always makes progress:
    /// uses a byte, makes one, or says that there is no more.
    fn step(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<Step> {
        match self {
            Codec::Gzip(codec) => codec.step(input, out),
            Codec::Deflate(codec) => codec.step(input, out),
            Codec::Brotli(codec) => codec.step(input, out),
            Codec::Zstd(codec) => codec.step(input, out),
        }
    }

    /// The coding's name if its stream began and has not ended.
    fn unfinished(&self) -> Option<&'static str> {
        match self {
            Codec::Gzip(codec) => (!codec.is_complete()).then_some("gzip"),
            Codec::Deflate(codec) => (!codec.is_complete()).then_some("deflate"),
            Codec::Brotli(codec) => (!codec.is_complete()).then_some("br"),
            Codec::Zstd(codec) => (!codec.is_complete()).then_some("zstd"),
        }
    }

    /// Appends decoded bytes that are held back until the stream ends.
    fn salvage(&mut self, out: &mut Vec<u8>) {
        if let Codec::Zstd(codec) = self {
            codec.salvage(out);
        }
    }
}

fn damaged(coding: &str, what: impl std::fmt::Display) -> Error {
    Error::new(Code::Encoding, format!("the {coding} stream of the body is damaged: {what}"))
}

#[cfg(test)]
mod tests;
