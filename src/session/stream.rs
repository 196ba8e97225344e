//! A body on its way from the transfer to its reader: a buffer that is never much fuller than it
//! may be, because the transfer pauses.

use super::exchange::Exchange;
use crate::engine::{Engine, Facts};
use crate::error::{Code, Error, Result};
use crate::http::Headers;
use crate::http::lines::LineSplitter;
use crate::lock::lock;
use once_cell::sync::OnceCell;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

/// Decoded bytes at which the transfer pauses, and at which it goes on.
const FULL: usize = 256 * 1024;
const DRAINED: usize = 64 * 1024;

/// The buffer between the thread that leads and the one that reads.
#[derive(Debug, Default)]
pub(crate) struct Stream(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    buffer: VecDeque<u8>,
    /// The transfer waits for room.
    paused: bool,
    end: Option<End>,
}

/// How the body ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct End {
    pub error: Option<Error>,
    pub facts: Facts,
    pub trailers: Headers,
}

impl Stream {
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.0)
    }

    /// Whether the writer must wait for room. If so, the reader will ask for more.
    pub fn pauses(&self) -> bool {
        let mut state = self.state();
        state.paused = state.buffer.len() >= FULL;
        state.paused
    }

    /// Appends bytes; whoever writes asks [`Stream::pauses`] first.
    pub fn write(&self, data: &[u8]) -> Result<()> {
        let mut state = self.state();
        state.buffer.try_reserve(data.len()).map_err(|_| Code::Memory)?;
        state.buffer.extend(data);
        Ok(())
    }

    /// Nothing more comes.
    pub fn end(&self, error: Option<Error>, facts: Facts, trailers: Headers) {
        self.state().end.get_or_insert(End { error, facts, trailers });
    }

    /// Whether a read would not have to wait.
    fn is_ready(&self) -> bool {
        let state = self.state();
        !state.buffer.is_empty() || state.end.is_some()
    }

    /// Takes bytes out: how many, whether the transfer is to go on, and the end if it was reached. More
    /// bytes may come with the end right after a look that found neither.
    fn read(&self, into: &mut [u8]) -> (usize, bool, Option<End>) {
        let mut state = self.state();
        let mut count = 0;
        let (first, second) = state.buffer.as_slices();
        for part in [first, second] {
            let piece = part.len().min(into.len() - count);
            into[count..count + piece].copy_from_slice(&part[..piece]);
            count += piece;
        }
        state.buffer.drain(..count);
        let resumes = state.paused && state.buffer.len() <= DRAINED;
        state.paused &= !resumes;
        let end = if state.buffer.is_empty() && count == 0 { state.end.clone() } else { None };
        (count, resumes, end)
    }
}

/// The reading end of a stream. Dropped before its end, it cancels the transfer.
#[derive(Debug)]
pub(crate) struct Source {
    stream: Arc<Stream>,
    engine: Arc<Engine<Exchange>>,
    id: u64,
    process: u32,
    end: OnceCell<End>,
}

impl Source {
    pub fn new(stream: Arc<Stream>, engine: Arc<Engine<Exchange>>, id: u64) -> Source {
        Source { stream, engine, id, process: crate::process::id(), end: OnceCell::new() }
    }

    /// How the body ended; `None` while the reader is not there yet.
    pub fn end(&self) -> Option<&End> {
        self.end.get()
    }

    /// Whether the calling thread may read.
    pub fn check(&self) -> Result<()> {
        if self.process != crate::process::id() {
            return Err(Code::Forked.into());
        }
        if self.engine.is_leading() { Err(Code::Busy.into()) } else { Ok(()) }
    }

    /// What can be read without waiting; `None` at the end. `after_cr`: an LF at first does not count.
    fn available(&self, after_cr: bool) -> Option<usize> {
        let state = self.stream.state();
        let dropped = after_cr && state.buffer.front() == Some(&b'\n');
        let left = state.buffer.len() - usize::from(dropped);
        if left == 0 && state.end.is_some() { None } else { Some(left) }
    }

    /// Reads what there is, and waits while there is nothing. 0 is the end.
    fn read(&self, into: &mut [u8]) -> Result<usize> {
        loop {
            let (count, resumes, end) = self.stream.read(into);
            if resumes {
                self.engine.unpause(self.id);
            }
            if count > 0 {
                return Ok(count);
            }
            if let Some(end) = end {
                let end = self.end.get_or_init(|| end);
                return end.error.clone().map_or(Ok(0), Err);
            }
            self.engine.wait_until(self.id, &|| self.stream.is_ready())?;
            if !self.stream.is_ready() {
                return Err(Code::Closed.into());
            }
        }
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        if self.process != crate::process::id() {
            // In a child process the locks may be held for ever, and the sockets are the parent's.
            std::mem::forget(self.engine.clone());
        } else if self.stream.state().end.is_none() {
            self.engine.abandon(self.id);
        }
    }
}

/// Where a reader of a response stands.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    /// What was read of a body in memory.
    at: usize,
    lines: LineSplitter,
    ended: bool,
    scratch: Vec<u8>,
}

/// The place where a reading is kept between the calls. It is taken out while one lasts, which may be
/// long: the lock is held for moments, so that who asks what is there holds up no reader.
#[derive(Debug, Default)]
pub(crate) struct Bookmark(Mutex<Place>);

#[derive(Debug, Default)]
enum Place {
    #[default]
    Start,
    At(Box<Reading>),
    Taken,
}

impl Bookmark {
    fn place(&self) -> MutexGuard<'_, Place> {
        lock(&self.0)
    }

    /// Reads on; one thread at a time.
    pub fn read<T>(&self, read: impl FnOnce(&mut Reading) -> Result<T>) -> Result<T> {
        let mut reading = match std::mem::replace(&mut *self.place(), Place::Taken) {
            Place::Start => Box::default(),
            Place::At(reading) => reading,
            Place::Taken => return Err(Error::new(Code::State, "another thread reads the body")),
        };
        let answer = read(&mut reading);
        *self.place() = Place::At(reading);
        answer
    }

    /// Bytes that can be read without waiting, none while another thread reads: what comes is that
    /// thread's. `None` at the end.
    pub fn available(&self, from: From<'_>) -> Option<usize> {
        match &*self.place() {
            Place::Start => Reading::default().available(from),
            Place::At(reading) => reading.available(from),
            Place::Taken => Some(0),
        }
    }
}

/// What a body is read from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum From<'r> {
    Memory(&'r [u8]),
    Source(&'r Source),
}

impl From<'_> {
    /// What broke the transfer, once its end was read.
    fn error(self) -> Option<Error> {
        match self {
            From::Memory(_) => None,
            From::Source(source) => source.end().and_then(|end| end.error.clone()),
        }
    }
}

impl Reading {
    /// Reads the next bytes; 0 is the end.
    pub fn read(&mut self, from: From<'_>, into: &mut [u8]) -> Result<usize> {
        // What reading lines has left over comes first.
        let count = self.lines.take(into);
        if count > 0 || into.is_empty() {
            return Ok(count);
        }
        loop {
            let count = self.more(from, into)?;
            if count == 0 || !self.lines.take_cr() || into[0] != b'\n' {
                return Ok(count);
            }
            if count > 1 {
                into.copy_within(1..count, 0);
                return Ok(count - 1);
            }
        }
    }

    fn more(&mut self, from: From<'_>, into: &mut [u8]) -> Result<usize> {
        match from {
            From::Memory(body) => {
                let rest = &body[self.at..];
                let count = rest.len().min(into.len());
                into[..count].copy_from_slice(&rest[..count]);
                self.at += count;
                Ok(count)
            }
            From::Source(source) => source.read(into),
        }
    }

    /// Reads the next line, without its end; false when there is none left.
    pub fn read_line(&mut self, from: From<'_>, into: &mut Vec<u8>) -> Result<bool> {
        into.clear();
        loop {
            if let Some(line) = self.lines.next_line()? {
                into.extend_from_slice(line);
                return Ok(true);
            }
            if self.ended {
                return from.error().map_or(Ok(false), Err);
            }
            let mut piece = std::mem::take(&mut self.scratch);
            piece.resize(16 * 1024, 0);
            let read = self.more(from, &mut piece);
            let pushed = match &read {
                Ok(count) => self.lines.push(&piece[..*count]),
                Err(_) => Ok(()),
            };
            self.scratch = piece;
            pushed?;
            // What came before the transfer broke is read first.
            if matches!(read, Ok(0)) || read.is_err() && from.error().is_some() {
                self.ended = true;
                self.lines.finish();
            } else {
                read?;
            }
        }
    }

    fn available(&self, from: From<'_>) -> Option<usize> {
        let after_cr = self.lines.is_after_cr();
        let more = match from {
            From::Memory(body) => {
                let rest = &body[self.at..];
                let dropped = after_cr && rest.first() == Some(&b'\n');
                Some(rest.len() - usize::from(dropped)).filter(|left| *left > 0)
            }
            From::Source(source) => source.available(after_cr),
        };
        match (self.lines.pending(), more) {
            (0, more) => more,
            (held, more) => Some(held + more.unwrap_or(0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn the_end_is_told_when_all_is_read() {
        let mut into = [0; 3];
        for _ in 0..2000 {
            let stream = Stream::default();
            assert!(stream.read(&mut into).2.is_none());
            thread::scope(|scope| {
                scope.spawn(|| {
                    stream.write(b"last").unwrap();
                    stream.end(None, Facts::default(), Headers::default());
                });
                let mut all = 0;
                loop {
                    let (count, _, end) = stream.read(&mut into);
                    assert!(count == 0 || end.is_none());
                    all += count;
                    if end.is_some() {
                        break;
                    }
                }
                assert_eq!(all, 4);
            });
        }
    }
}
