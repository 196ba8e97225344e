//! Request bodies: from bytes, a file, a reader, or parts; streamed, with their length known
//! beforehand where it can be.

mod file;
pub mod multipart;

use crate::error::{Code, Error, Result};
use crate::lock::lock;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

pub use multipart::{Multipart, Part};

/// Where a body's bytes come from when the caller writes them itself.
///
/// It is called on the thread that drives the transfer, never by two threads at a time.
pub trait BodyRead: Send {
    /// Writes the next bytes; 0 is the end. `into` is never empty.
    ///
    /// # Errors
    /// Any; it ends the transfer and is given to the caller as it is.
    fn read(&mut self, into: &mut [u8]) -> Result<usize>;

    /// Goes back to the first byte, because the body must be sent once more (redirect,
    /// authentication, retry). By default it cannot.
    ///
    /// # Errors
    /// [`Code::Rewind`].
    fn rewind(&mut self) -> Result<()> {
        Err(Error::new(Code::Rewind, "the body comes from a reader that cannot start again"))
    }
}

struct FromRead<R>(R);

impl<R: std::io::Read + Send> BodyRead for FromRead<R> {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        loop {
            match self.0.read(into) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                outcome => {
                    return outcome.map_err(|error| {
                        Error::new(Code::Body, format!("the body's reader failed: {error}"))
                    });
                }
            }
        }
    }
}

/// What a request sends. A clone shares the bytes; each transfer opens its own [`BodySource`].
#[derive(Clone, Default)]
pub enum Body {
    /// No body: no `Content-Length` for methods that expect none.
    #[default]
    Empty,
    /// Bytes in memory.
    Bytes(Arc<[u8]>),
    /// A file, read while it is sent.
    File(PathBuf),
    /// A reader, and its length in bytes if it is known.
    Reader(SharedReader, Option<u64>),
    /// A `multipart/form-data` form.
    Multipart(Arc<Multipart>),
}

/// A reader that a request holds. One transfer at a time can use it.
#[derive(Clone)]
pub struct SharedReader(Arc<Mutex<ReaderSlot>>);

struct ReaderSlot {
    reader: Option<Box<dyn BodyRead>>,
    used: bool,
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Body::Empty => f.write_str("Empty"),
            Body::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Body::File(path) => write!(f, "File({})", path.display()),
            Body::Reader(_, length) => write!(f, "Reader({length:?})"),
            Body::Multipart(form) => write!(f, "Multipart({} parts)", form.len()),
        }
    }
}

impl fmt::Debug for SharedReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedReader")
    }
}

impl Body {
    /// A body that a reader writes. With a length the transfer fails unless as many bytes come;
    /// without one the body is sent chunked.
    pub fn reader(reader: Box<dyn BodyRead>, length: Option<u64>) -> Body {
        let slot = ReaderSlot { reader: Some(reader), used: false };
        Body::Reader(SharedReader(Arc::new(Mutex::new(slot))), length)
    }

    /// A body from anything that can be read, as [`Body::reader`]. It cannot be sent twice.
    pub fn from_read(reader: impl std::io::Read + Send + 'static, length: Option<u64>) -> Body {
        Body::reader(Box::new(FromRead(reader)), length)
    }

    /// Opens the body for one transfer. Files are looked at now, so that one that cannot be read
    /// is an error before anything is sent.
    ///
    /// # Errors
    /// [`Code::Body`] with the path for a file; [`Code::State`] when the reader is in use by
    /// another transfer; [`Code::Rewind`] when it was read before and cannot start again.
    pub fn open(&self) -> Result<BodySource> {
        let inner = match self {
            Body::Empty => Inner::Bytes(Arc::new([]), 0),
            Body::Bytes(bytes) => Inner::Bytes(bytes.clone(), 0),
            Body::File(path) => Inner::File(file::FileSource::open(path)?),
            Body::Reader(shared, length) => Inner::Reader(ReaderSource::open(shared, *length)?),
            Body::Multipart(form) => Inner::Multipart(multipart::MultipartSource::open(form.clone())?),
        };
        Ok(BodySource { inner, sent: 0 })
    }

    /// Whether nothing at all is sent: not even a `Content-Length` of 0 is called for by it.
    pub fn is_empty(&self) -> bool {
        matches!(self, Body::Empty)
    }
}

/// A body that is being sent.
#[derive(Debug)]
pub struct BodySource {
    inner: Inner,
    sent: u64,
}

#[derive(Debug)]
enum Inner {
    Bytes(Arc<[u8]>, usize),
    File(file::FileSource),
    Reader(ReaderSource),
    Multipart(multipart::MultipartSource),
}

impl BodySource {
    /// The length in bytes of the whole body; `None` when it is not known (it is sent chunked).
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> Option<u64> {
        match &self.inner {
            Inner::Bytes(bytes, _) => Some(bytes.len() as u64),
            Inner::File(file) => file.len(),
            Inner::Reader(reader) => reader.length,
            Inner::Multipart(form) => Some(form.len()),
        }
    }

    /// Bytes read since the start or the last [`BodySource::rewind`].
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// Writes the next bytes of the body; 0 is the end.
    ///
    /// # Errors
    /// [`Code::Body`] when a file or reader fails or does not give as many bytes as its length
    /// says; a reader's own error as it is.
    pub fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        let count = match &mut self.inner {
            Inner::Bytes(bytes, at) => {
                let rest = &bytes[*at..];
                let count = rest.len().min(into.len());
                into[..count].copy_from_slice(&rest[..count]);
                *at += count;
                count
            }
            Inner::File(file) => file.read(into)?,
            Inner::Reader(reader) => reader.read(into, self.sent)?,
            Inner::Multipart(form) => form.read(into)?,
        };
        self.sent += count as u64;
        Ok(count)
    }

    /// Goes back to the first byte. Free when nothing was read yet.
    ///
    /// # Errors
    /// [`Code::Rewind`] when a reader or a pipe cannot start again.
    pub fn rewind(&mut self) -> Result<()> {
        if self.sent == 0 {
            return Ok(());
        }
        match &mut self.inner {
            Inner::Bytes(_, at) => *at = 0,
            Inner::File(file) => file.rewind()?,
            Inner::Reader(reader) => reader.rewind()?,
            Inner::Multipart(form) => form.rewind(),
        }
        self.sent = 0;
        Ok(())
    }
}

/// A reader taken out of its request for one transfer; it goes back when the transfer ends.
struct ReaderSource {
    shared: SharedReader,
    reader: Option<Box<dyn BodyRead>>,
    length: Option<u64>,
    used: bool,
}

impl fmt::Debug for ReaderSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReaderSource").field("length", &self.length).finish_non_exhaustive()
    }
}

impl ReaderSource {
    fn open(shared: &SharedReader, length: Option<u64>) -> Result<ReaderSource> {
        let (reader, used) = {
            let mut slot = lock(&shared.0);
            (slot.reader.take(), slot.used)
        };
        let Some(reader) = reader else {
            return Err(Error::new(Code::State, "the body's reader is in use by another transfer"));
        };
        let mut source = ReaderSource { shared: shared.clone(), reader: Some(reader), length, used };
        if used {
            source.rewind()?;
        }
        Ok(source)
    }

    fn read(&mut self, into: &mut [u8], sent: u64) -> Result<usize> {
        let left = self.length.map_or(u64::MAX, |length| length - sent);
        let room = into.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let Some(reader) = self.reader.as_mut().filter(|_| room > 0) else { return Ok(0) };
        self.used = true;
        let count = reader.read(&mut into[..room])?;
        if count > room {
            return Err(Error::new(Code::Body, "the body's reader wrote more than it was asked for"));
        }
        match self.length {
            Some(length) if count == 0 => {
                Err(Error::new(Code::Body, format!("the body's reader ended after {sent} of {length} bytes")))
            }
            _ => Ok(count),
        }
    }

    fn rewind(&mut self) -> Result<()> {
        if let Some(reader) = &mut self.reader {
            reader.rewind()?;
        }
        self.used = false;
        Ok(())
    }
}

impl Drop for ReaderSource {
    fn drop(&mut self) {
        let mut slot = lock(&self.shared.0);
        slot.reader = self.reader.take();
        slot.used = self.used;
    }
}

#[cfg(test)]
mod tests;
