//! Writing a blob: bytes to a temporary file, a sync, and only then its name.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use sha2::{Digest as _, Sha256};

use super::{Digest, PayloadError, Payloads};
use crate::disk::{Action, DiskError, DiskFile, Open};

/// A blob in the making, for [`std::io::Write`]; dropped without [`PayloadWriter::finish`] it leaves nothing. Each write
/// goes to the file, so write in large pieces or through a [`std::io::BufWriter`].
#[derive(Debug)]
pub struct PayloadWriter {
    store: Payloads,
    file: Box<dyn DiskFile>,
    path: PathBuf,
    length: u64,
    hash: Sha256,
    named: bool,
}

impl PayloadWriter {
    pub(super) fn new(store: &Payloads) -> Result<Self, PayloadError> {
        let number = store.shared.unfinished.fetch_add(1, Ordering::Relaxed);
        let path = store.unfinished_dir().join(number.to_string());
        let file = store.disk.open(&path, Open::Create).map_err(DiskError::at(Action::Create, &path))?;
        Ok(Self { store: store.clone(), file, path, length: 0, hash: Sha256::new(), named: false })
    }

    /// Makes the blob durable under its digest, which it returns and pins.
    ///
    /// # Errors
    /// When the disk refuses; the blob is then not stored.
    pub fn finish(mut self) -> Result<Digest, PayloadError> {
        let digest: Digest = std::mem::take(&mut self.hash).finalize().into();
        let store = self.store.clone();
        store.shared.pins.pin(digest);
        match self.finish_pinned(&digest) {
            Ok(()) => Ok(digest),
            Err(error) => {
                store.abandon([&digest]);
                Err(error)
            }
        }
    }

    fn finish_pinned(self, digest: &Digest) -> Result<(), PayloadError> {
        let store = self.store.clone();
        let dir = if store.contains(digest)? { store.dir_of(digest) } else { self.give_name(digest)? };
        store.disk.sync_dir(&dir).map_err(DiskError::at(Action::Sync, &dir))?;
        Ok(())
    }

    /// Adds bytes without hashing them: the caller of [`PayloadWriter::give_name`] knows the digest.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<(), PayloadError> {
        self.file.write_at(bytes, self.length).map_err(DiskError::at(Action::Write, &self.path))?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Makes the bytes durable and gives them their name; returns the directory whose sync makes the name durable.
    pub(super) fn give_name(mut self, digest: &Digest) -> Result<PathBuf, PayloadError> {
        self.file.sync_data().map_err(DiskError::at(Action::Sync, &self.path))?;
        let dir = self.store.dir_of(digest);
        self.store.make_dir(&dir)?;
        let path = self.store.path_of(digest);
        self.store.disk.rename(&self.path, &path).map_err(DiskError::at(Action::Rename, &path))?;
        self.named = true;
        Ok(dir)
    }
}

impl Write for PayloadWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.append(bytes)?;
        self.hash.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for PayloadWriter {
    fn drop(&mut self) {
        if !self.named {
            // Opening the store removes it as well; here it only gives back the space.
            drop(self.store.disk.remove(&self.path));
        }
    }
}

pub(super) fn digest_of(blob: &[u8]) -> Digest {
    Sha256::digest(blob).into()
}
