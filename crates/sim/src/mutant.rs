//! Worlds that are broken on purpose: each must be caught, which proves that the invariants can fail.

use std::io;
use std::path::Path;
use std::sync::Arc;

use tidegate_journal::SimDisk;
use tidegate_journal::disk::{Disk, DiskFile, Lock, LockError, Open};

/// What is broken about a world.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mutant {
    /// Nothing.
    #[default]
    None,
    /// An end that was told before is told again as that of the current attempt, with another result: what an engine
    /// would do that did not look at the attempt.
    MistakenAttempt,
    /// After a recovery nobody asks for outstanding effects again.
    ForgottenEffects,
    /// The disk says that it has synced, and has not.
    LyingDisk,
    /// Large data is said to be durable, and is not.
    UnsyncedPayloads,
    /// Duplicates come under another id: what an engine would do that did not look for them.
    UnnoticedDuplicates,
}

/// The disk of a world with this defect.
#[must_use]
pub fn disk(mutant: Mutant, disk: &SimDisk) -> Arc<dyn Disk> {
    match mutant {
        Mutant::LyingDisk => Arc::new(LyingDisk(disk.clone())),
        _ => Arc::new(disk.clone()),
    }
}

/// The disk that large data is on in a world with this defect.
#[must_use]
pub fn payload_disk(mutant: Mutant, disk: &SimDisk) -> Arc<dyn Disk> {
    match mutant {
        Mutant::LyingDisk | Mutant::UnsyncedPayloads => Arc::new(LyingDisk(disk.clone())),
        _ => Arc::new(disk.clone()),
    }
}

#[derive(Debug)]
struct LyingDisk(SimDisk);

#[derive(Debug)]
struct LyingFile(Box<dyn DiskFile>);

impl Disk for LyingDisk {
    fn create_dir_all(&self, dir: &Path) -> io::Result<()> {
        self.0.create_dir_all(dir)
    }

    fn open(&self, path: &Path, how: Open) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(LyingFile(self.0.open(path, how)?)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.0.remove(path)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        self.0.list(dir)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.0.sync_dir(dir)
    }

    fn lock(&self, path: &Path) -> Result<Lock, LockError> {
        self.0.lock(path)
    }
}

impl DiskFile for LyingFile {
    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize> {
        self.0.read_at(buffer, position)
    }

    fn write_at(&self, bytes: &[u8], position: u64) -> io::Result<()> {
        self.0.write_at(bytes, position)
    }

    fn reserve(&self, bytes: u64) -> io::Result<()> {
        self.0.reserve(bytes)
    }

    fn set_len(&self, bytes: u64) -> io::Result<()> {
        self.0.set_len(bytes)
    }

    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }
}
