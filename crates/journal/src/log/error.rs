//! What can go wrong with a log, cut by what the caller can do about it.

use std::path::PathBuf;

use crate::Offset;
use crate::disk::DiskError;

/// A log that cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Somebody else has the log open.
    #[error(
        "the journal at {} is in use by {}; stop that process, or choose another data directory",
        path.display(),
        pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
    )]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// Process id of the holder, if it is known.
        pid: Option<u32>,
    },
    /// The disk refused: no permission, read-only, full, broken. Nothing of the log was changed.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The log's bytes contradict each other.
    #[error(transparent)]
    Corrupt(#[from] Corrupt),
    /// A segment was written by a newer version.
    #[error(
        "segment {} has format version {found} and this program knows up to {known}; use the version that wrote it, or \
         a newer one",
        path.display()
    )]
    UnknownVersion {
        /// The segment file.
        path: PathBuf,
        /// Version in its header.
        found: u32,
        /// The newest version known here.
        known: u32,
    },
}

/// Damage that recovery must not cut away, because acknowledged records would go with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the journal is damaged: {damage}, in {} at byte {position}, where record {offset} is expected; restore the data \
     from a backup, or move that file, all later segments and every checkpoint away to go on with the records before",
    path.display()
)]
pub struct Corrupt {
    /// The segment file.
    pub path: PathBuf,
    /// Position in the file, in bytes.
    pub position: u64,
    /// The first record that cannot be read.
    pub offset: Offset,
    /// What is wrong there.
    pub damage: Damage,
}

/// What is wrong with a segment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// The file does not begin as a segment does.
    #[error("the file is no segment (wrong magic bytes)")]
    Magic,
    /// The header's checksum is that of other bytes.
    #[error("the segment's header fails its checksum")]
    Header,
    /// The header names another first offset than the file's name does.
    #[error("the segment's header says that it begins at record {found}")]
    FirstOffset {
        /// Offset in the header.
        found: Offset,
    },
    /// The segment belongs to another log.
    #[error("the segment belongs to another journal")]
    ForeignSegment,
    /// A frame is broken although it was acknowledged, as a valid later frame or segment proves.
    #[error("a frame that had been synced fails its checksum or is cut short")]
    Frame,
    /// A valid frame stands where another one belongs.
    #[error("a frame stands there that begins at record {found}")]
    Misplaced {
        /// First offset of the frame.
        found: Offset,
    },
    /// A frame does not follow the one that stands before it.
    #[error("the frame does not continue the one before it")]
    Chain,
    /// A whole segment is missing before this one.
    #[error("the segment before the one that begins at record {found} is missing")]
    MissingSegment {
        /// Where the log goes on.
        found: Offset,
    },
}

/// A batch that was not appended, or not made durable.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AppendError {
    /// There is no room. The log is as it was before the batch, which is proven on disk: it may be written again later.
    #[error("the batch was not appended and can be written again once there is room")]
    Full(#[source] DiskError),
    /// The batch is above [`BODY_BYTES_MAX`](super::frame::BODY_BYTES_MAX). The log is as it was.
    #[error("a batch of {size_bytes} bytes is above the limit of {limit_bytes}; split it")]
    TooLarge {
        /// Bytes of the batch.
        size_bytes: usize,
        /// The most a batch may have.
        limit_bytes: usize,
    },
    /// A write or sync has failed, this one or an earlier one. What was not synced may or may not be on disk, and only
    /// opening the log anew can tell.
    #[error("the journal stopped after a failed write; restart to recover from what is on disk")]
    Poisoned(#[source] DiskError),
}

/// Records that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The offset is below the first record kept.
    #[error("record {offset} is no longer kept; the first is {first}")]
    Gone {
        /// The offset asked for.
        offset: Offset,
        /// The first record there is.
        first: Offset,
    },
    /// The offset is at or above the end of what is durable.
    #[error("record {offset} does not exist; the journal ends before {end}")]
    NotYet {
        /// The offset asked for.
        offset: Offset,
        /// The offset after the last durable record.
        end: Offset,
    },
    /// The disk refused.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The bytes are damaged.
    #[error(transparent)]
    Corrupt(#[from] Corrupt),
}
