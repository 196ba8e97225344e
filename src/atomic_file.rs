//! Files that are read whole, and files that hold secrets: replaced whole or not at all, readable by
//! their owner only.

use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::error::{Code, Error, Result};

/// Reads a regular file of at most so many MiB whole.
pub(crate) fn read(path: &Path, mebibytes: u64) -> Result<Vec<u8>> {
    read_if(path, mebibytes, |_| Ok(()))
}

/// The same, if what is asked of the open file is so.
pub(crate) fn read_if(
    path: &Path,
    mebibytes: u64,
    check: impl FnOnce(&Metadata) -> io::Result<()>,
) -> Result<Vec<u8>> {
    let limit = mebibytes << 20;
    let read = || {
        // Not to wait for the other end of a named pipe.
        let file =
            OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_CLOEXEC).open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::other("not a regular file"));
        }
        check(&metadata)?;
        let too_large = || io::Error::other(format!("larger than {mebibytes} MiB"));
        if metadata.len() > limit {
            return Err(too_large());
        }
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(metadata.len() as usize)?;
        // It may grow meanwhile.
        file.take(limit + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit {
            return Err(too_large());
        }
        Ok(bytes)
    };
    read().map_err(|error| failed("cannot read", path, &error))
}

/// Replaces a file: temporary file in the same folder, fsync, rename.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let write = || {
        let name = path.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        let temporary =
            folder.join(format!(".{}.{:016x}.tmp", name.to_string_lossy(), u64::from_ne_bytes(random)));
        let mut temporary = Temporary { path: temporary, renamed: false };
        // Created here and nowhere else: an existing file or link of that name is an error.
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC)
            .open(&temporary.path)?;
        // Whatever the umask says.
        file.set_permissions(Permissions::from_mode(0o600))?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary.path, path)?;
        temporary.renamed = true;
        // The rename itself. Some file systems cannot sync a folder; the file is whole anyway.
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
        Ok(())
    };
    write().map_err(|error| failed("cannot write", path, &error))
}

/// A temporary file, removed unless it has got its final name.
struct Temporary {
    path: PathBuf,
    renamed: bool,
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.renamed {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// The error of a file.
pub(crate) fn failed(what: &str, path: &Path, error: &io::Error) -> Error {
    Error::new(Code::Io, format!("{what} {}: {error}", path.display()))
}
