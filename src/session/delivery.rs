//! Where the body of the final response goes: into memory, to a reader, to a sink or into a file.

use super::download::Download;
use super::stream::Stream;
use crate::error::{Code, Error, Result};
use crate::http::Decoder;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// Takes the decoded bytes of a body, piece by piece. An error ends the transfer.
pub type Sink = dyn Fn(&[u8]) -> Result<()> + Send + Sync;

/// Told how far a transfer is. An error ends it.
pub type Progress = dyn Fn(&Moved) -> Result<()> + Send + Sync;

/// How far a transfer is, in bytes as they go over the wire; `None` where nobody knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// Bytes of the response's body so far; those that a resumed download had before count.
    pub received: u64,
    /// Bytes that the response's body will have.
    pub to_receive: Option<u64>,
    /// Bytes of the request's body so far.
    pub sent: u64,
    /// Bytes that the request's body has.
    pub to_send: Option<u64>,
}

/// Where a request wants its final response's body.
#[derive(Clone, Default)]
pub(crate) enum Destination {
    #[default]
    Memory,
    /// To whoever reads the response.
    Reader,
    Sink(Arc<Sink>),
    /// Into a file; the second tells whether a partial one is kept and gone on with.
    File(PathBuf, bool),
}

impl fmt::Debug for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Destination::Memory => f.write_str("Memory"),
            Destination::Reader => f.write_str("Reader"),
            Destination::Sink(_) => f.write_str("Sink"),
            Destination::File(path, resume) => write!(f, "File({}, {resume})", path.display()),
        }
    }
}

/// Where the body of the hop under way goes.
#[derive(Default)]
pub(super) enum Delivery {
    #[default]
    Memory,
    Stream(Arc<Stream>),
    Sink(Arc<Sink>),
    File(Box<Download>),
}

/// What an encoded piece that goes to a reader is decoded in: a bomb fills the reader's buffer
/// with what one of these decodes to at most.
const SLICE: usize = 2048;
/// The most that one of these may decode to.
const SLICE_LIMIT: usize = 64 << 20;

impl Delivery {
    /// Decodes a piece of the body and hands it on. Returns how much of it was taken: all, unless
    /// the reader's buffer is full.
    pub fn push(&mut self, decoder: &mut Decoder, data: &[u8], memory: &mut Vec<u8>) -> Result<usize> {
        match self {
            Delivery::Memory => decoder.push(data, memory)?,
            Delivery::Sink(sink) => decoder.push_to(data, &mut |piece| sink(piece))?,
            Delivery::File(download) => decoder.push_to(data, &mut |piece| download.write(piece))?,
            Delivery::Stream(stream) => return push_to_stream(stream, decoder, data),
        }
        Ok(data.len())
    }

    /// Hands on what the decoder still holds. A transfer that broke has a partial body too.
    pub fn finish(&mut self, decoder: &mut Decoder, memory: &mut Vec<u8>) -> Result<()> {
        match self {
            Delivery::Memory => decoder.finish(memory),
            Delivery::Sink(sink) => decoder.finish_to(&mut |piece| sink(piece)),
            Delivery::File(download) => decoder.finish_to(&mut |piece| download.write(piece)),
            Delivery::Stream(stream) => decoder.finish_to(&mut |piece| stream.write(piece)),
        }
    }
}

fn push_to_stream(stream: &Stream, decoder: &mut Decoder, data: &[u8]) -> Result<usize> {
    if decoder.is_identity() {
        if stream.pauses() {
            return Ok(0);
        }
        decoder.push_to(data, &mut |piece| stream.write(piece))?;
        return Ok(data.len());
    }
    let mut taken = 0;
    for slice in data.chunks(SLICE) {
        if stream.pauses() {
            break;
        }
        let mut decoded = 0;
        decoder.push_to(slice, &mut |piece| {
            decoded += piece.len();
            if decoded > SLICE_LIMIT {
                let text = format!("{} bytes of the body decode to more than {SLICE_LIMIT}", slice.len());
                return Err(Error::new(Code::Ratio, text));
            }
            stream.write(piece)
        })?;
        taken += slice.len();
    }
    Ok(taken)
}
