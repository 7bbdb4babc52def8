//! What can go wrong with a blob.

use std::path::PathBuf;

use crate::disk::DiskError;

/// A blob that cannot be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum PayloadError {
    /// The disk refused.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The bytes of a blob do not have its digest.
    #[error("the payload {} is damaged: its bytes do not have the digest it is named by; restore it from a backup", path.display())]
    Damaged {
        /// The blob's file.
        path: PathBuf,
    },
}

impl From<PayloadError> for std::io::Error {
    fn from(error: PayloadError) -> Self {
        match error {
            PayloadError::Disk(error) => Self::new(error.cause.kind(), error),
            PayloadError::Damaged { .. } => Self::new(std::io::ErrorKind::InvalidData, error),
        }
    }
}
