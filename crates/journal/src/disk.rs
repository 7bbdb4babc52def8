//! The boundary to the world: the few things that this crate asks of a file system.
//!
//! Two implementations pass the same conformance function (`tests/journal/disk.rs`): [`RealDisk`] over the operating system, and
//! [`SimDisk`](simulated::SimDisk), a seeded one that loses whatever a real one is allowed to lose.
//!
//! What callers may rely on, and nothing more: bytes written are on disk once [`DiskFile::sync_data`] has returned `Ok`;
//! a name created, renamed or removed is on disk once [`Disk::sync_dir`] of its directory has returned `Ok`; a rename
//! happens wholly or not at all; a sector of 512 bytes is never half-written. After a sync has failed nothing is known
//! about the bytes it covered, and a later success says nothing about them either.

mod error;
mod real;
pub mod simulated;

use std::any::Any;
use std::fmt;
use std::io;
use std::path::Path;

pub use error::{Action, DiskError};
pub use real::RealDisk;

/// A file system. Paths are taken as they are, so errors can name them as the user wrote them.
pub trait Disk: Send + Sync + fmt::Debug {
    /// Creates a directory and its missing parents; they are durable on return.
    fn create_dir_all(&self, dir: &Path) -> io::Result<()>;

    /// Opens a file; [`io::ErrorKind::NotFound`] or [`io::ErrorKind::AlreadyExists`] as `how` asks for.
    fn open(&self, path: &Path, how: Open) -> io::Result<Box<dyn DiskFile>>;

    /// Replaces `to` by `from`, atomically; durable after [`Disk::sync_dir`].
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file; durable after [`Disk::sync_dir`].
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Names in a directory, files and directories alike, sorted.
    fn list(&self, dir: &Path) -> io::Result<Vec<String>>;

    /// Makes creations, renames and removals in `dir` durable.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;

    /// Takes the lock file at `path` for as long as the returned value lives.
    ///
    /// # Errors
    /// [`LockError::Held`] while anybody else, in this process or another, has it.
    fn lock(&self, path: &Path) -> Result<Lock, LockError>;
}

/// An open file. Reads and writes name their position, so threads can share one handle.
pub trait DiskFile: Send + Sync + fmt::Debug {
    /// Reads at `position` until `buffer` is full or the file ends; returns the number of bytes read.
    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize>;

    /// Writes all of `bytes` at `position`, growing the file when needed. After an error any part may have been written.
    fn write_at(&self, bytes: &[u8], position: u64) -> io::Result<()>;

    /// Reserves space for the first `bytes` bytes without changing the file's length. Does nothing where the file system
    /// cannot reserve.
    fn reserve(&self, bytes: u64) -> io::Result<()>;

    /// Cuts the file, or grows it with zeros.
    fn set_len(&self, bytes: u64) -> io::Result<()>;

    /// Length in bytes.
    fn len(&self) -> io::Result<u64>;

    /// Whether the file has no bytes.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Makes every byte written so far durable, and the length with them.
    fn sync_data(&self) -> io::Result<()>;
}

/// How [`Disk::open`] treats a file that is there, or is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    /// It must exist; it is opened for reading only.
    Read,
    /// It must exist; it is opened for reading and writing.
    Write,
    /// It must not exist; it is created for reading and writing.
    Create,
}

/// A lock that is held until this value is dropped or the process ends.
pub struct Lock(#[expect(dead_code, reason = "held for its drop")] Box<dyn Any + Send + Sync>);

impl Lock {
    /// A lock that is let go when `guard` is dropped.
    pub fn new(guard: impl Any + Send + Sync) -> Self {
        Self(Box::new(guard))
    }
}

impl fmt::Debug for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lock")
    }
}

/// Why [`Disk::lock`] gave no lock.
#[derive(Debug)]
pub enum LockError {
    /// Somebody else has it; the process id if the holder wrote it down.
    Held {
        /// Process id of the holder.
        pid: Option<u32>,
    },
    /// The lock file could not be opened or locked.
    Io(io::Error),
}

impl From<io::Error> for LockError {
    fn from(cause: io::Error) -> Self {
        Self::Io(cause)
    }
}

/// Whether an error says that there is no room: a full disk, a used-up quota or a limit on file size.
#[must_use]
pub fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
}
