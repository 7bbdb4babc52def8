//! What the owner of a log decides about it.

use std::path::PathBuf;

use crate::Offset;

/// Settings of one log.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The directory that belongs to this log alone; made when it does not exist.
    pub dir: PathBuf,
    /// Identity given to a log that is created, best a random number: frames of another log are then never taken for
    /// frames of this one. A log that exists keeps its own.
    pub id: u64,
    /// Bytes of a segment before the next one is begun. A batch bigger than this gets a segment of its own.
    pub segment_bytes: u64,
    /// Zeros written ahead of the last frame, in bytes at a time, so that an ordinary sync changes neither the file's
    /// length nor its blocks.
    pub zero_ahead_bytes: u64,
    /// Segments that lie wholly below this offset are not read when the log is opened, only their headers are; damage in
    /// them shows when they are read. Best the offset of the checkpoint that the caller has.
    pub verify_from: Offset,
}

impl Settings {
    /// 64 MiB of segment, 1 MiB of zeros ahead, everything verified.
    pub fn new(dir: impl Into<PathBuf>, id: u64) -> Self {
        Self {
            dir: dir.into(),
            id,
            segment_bytes: 64 << 20,
            zero_ahead_bytes: 1 << 20,
            verify_from: Offset::ZERO,
        }
    }
}
