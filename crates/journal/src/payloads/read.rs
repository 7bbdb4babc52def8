//! Reading a blob: its bytes are given out as they come and checked as a whole at the end.

use std::io::{self, Read};
use std::path::PathBuf;

use sha2::{Digest as _, Sha256};

use super::{Digest, PayloadError};
use crate::disk::{Action, DiskError, DiskFile};

/// A blob being read. The read that would report the end fails with [`io::ErrorKind::InvalidData`] instead if the bytes
/// do not have the blob's digest: until then nothing is known about them.
#[derive(Debug)]
pub struct PayloadReader {
    file: Box<dyn DiskFile>,
    path: PathBuf,
    digest: Digest,
    length: u64,
    position: u64,
    hash: Sha256,
}

impl PayloadReader {
    pub(super) fn new(file: Box<dyn DiskFile>, path: PathBuf, digest: Digest) -> Result<Self, PayloadError> {
        let length = file.len().map_err(DiskError::at(Action::Read, &path))?;
        Ok(Self { file, path, digest, length, position: 0, hash: Sha256::new() })
    }

    /// Length of the blob in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether the blob has no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// All bytes that were not read yet, checked.
    pub(super) fn into_bytes(mut self) -> Result<Vec<u8>, PayloadError> {
        let left = usize::try_from(self.length - self.position)
            .expect("a blob that is asked for whole fits in memory");
        let mut bytes = vec![0; left];
        let filled = self.read_piece(&mut bytes)?;
        bytes.truncate(filled);
        self.check()?;
        Ok(bytes)
    }

    fn read_piece(&mut self, buffer: &mut [u8]) -> Result<usize, PayloadError> {
        let count =
            self.file.read_at(buffer, self.position).map_err(DiskError::at(Action::Read, &self.path))?;
        self.hash.update(&buffer[..count]);
        self.position += count as u64;
        Ok(count)
    }

    fn check(&self) -> Result<(), PayloadError> {
        let found: Digest = self.hash.clone().finalize().into();
        if found == self.digest { Ok(()) } else { Err(PayloadError::Damaged { path: self.path.clone() }) }
    }
}

impl Read for PayloadReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.read_piece(buffer)?;
        if count == 0 && !buffer.is_empty() {
            self.check()?;
        }
        Ok(count)
    }
}
