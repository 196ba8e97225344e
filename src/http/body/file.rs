//! A file that is read while it is sent.

use crate::error::{Code, Error, Result};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// An open file, sent up to the length that it had when it was opened.
#[derive(Debug)]
pub(super) struct FileSource {
    path: PathBuf,
    file: File,
    /// `None` for what has no length, such as a terminal.
    length: Option<u64>,
    at: u64,
}

impl FileSource {
    pub(super) fn open(path: &Path) -> Result<FileSource> {
        // Opening and reading a pipe would wait for whoever writes into it, and everything with it.
        let mut file = OpenOptions::new()
            .read(true)
            .custom_flags(libc::O_NONBLOCK)
            .open(path)
            .map_err(|error| failed(path, "cannot be opened", &error))?;
        let data = file.metadata().map_err(|error| failed(path, "cannot be read", &error))?;
        if data.is_dir() {
            return Err(Error::new(Code::Body, format!("the file {} is a directory", path.display())));
        }
        if data.file_type().is_fifo() {
            return Err(Error::new(Code::Body, format!("the file {} is a pipe", path.display())));
        }
        let mut length = data.is_file().then_some(data.len());
        // The files that a kernel makes up as they are read have no length before.
        if length == Some(0) && !matches!(file.read(&mut [0]), Ok(0)) {
            file.rewind().map_err(|error| failed(path, "cannot be read", &error))?;
            length = None;
        }
        Ok(FileSource { path: path.into(), file, length, at: 0 })
    }

    pub(super) fn len(&self) -> Option<u64> {
        self.length
    }

    pub(super) fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        let left = self.length.map_or(u64::MAX, |length| length - self.at);
        let room = into.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        if room == 0 {
            return Ok(0);
        }
        loop {
            match self.file.read(&mut into[..room]) {
                Ok(0) => break,
                Ok(count) => {
                    self.at += count as u64;
                    return Ok(count);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(failed(&self.path, "cannot be read", &error)),
            }
        }
        match self.length {
            None => Ok(0),
            Some(length) => {
                let text = format!(
                    "the file {} became shorter while it was sent: {} of {length} bytes",
                    self.path.display(),
                    self.at
                );
                Err(Error::new(Code::Body, text))
            }
        }
    }

    pub(super) fn rewind(&mut self) -> Result<()> {
        self.file.rewind().map_err(|error| {
            Error::new(Code::Rewind, format!("the file {} cannot start again: {error}", self.path.display()))
        })?;
        self.at = 0;
        Ok(())
    }
}

fn failed(path: &Path, what: &str, error: &std::io::Error) -> Error {
    Error::new(Code::Body, format!("the file {} {what}: {error}", path.display()))
}
