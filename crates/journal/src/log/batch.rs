//! A batch: records on their way into the log, encoded in place.
//!
//! Owns one buffer that is the frame to be: records are encoded straight behind the room for its header, so appending
//! costs no allocation per record and no copy of the batch. Invariant: the buffer holds the header's room and `count`
//! whole records.

use super::frame::{self, BODY_BYTES_MAX, HEADER_BYTES, RECORD_HEADER_BYTES, Salt, Unsealed};

/// A reusable buffer of records that [`Log::write`](super::Log::write) takes and empties.
#[derive(Clone, Debug)]
pub struct Batch {
    frame: Vec<u8>,
    count: u32,
}

impl Batch {
    /// An empty batch.
    #[must_use]
    pub fn new() -> Self {
        Self { frame: vec![0; HEADER_BYTES], count: 0 }
    }

    /// Adds a record.
    pub fn push(&mut self, record: &[u8]) {
        self.encode(|buffer| buffer.extend_from_slice(record));
    }

    /// Adds the record that `write` appends to the buffer it is given. `write` must only append.
    ///
    /// # Panics
    /// When `write` shortens the buffer.
    pub fn encode<T>(&mut self, write: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        let at = self.frame.len();
        let from = at + RECORD_HEADER_BYTES;
        self.frame.extend_from_slice(&[0; RECORD_HEADER_BYTES]);
        let result = write(&mut self.frame);
        let length = self.frame.len().checked_sub(from).expect("an encoder only appends");
        // A length beyond u32 is beyond BODY_BYTES_MAX too, and the log refuses such a batch.
        let field = u32::try_from(length).unwrap_or(u32::MAX);
        self.frame[at..from].copy_from_slice(&field.to_le_bytes());
        self.count += 1;
        result
    }

    /// Number of records.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count as usize
    }

    /// Whether there are no records.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Bytes that the records will take in the log, without the frame's header.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.frame.len() - HEADER_BYTES
    }

    /// Forgets the records; keeps the buffer.
    pub fn clear(&mut self) {
        self.frame.truncate(HEADER_BYTES);
        self.count = 0;
    }

    pub(super) fn is_too_large(&self) -> bool {
        self.size_bytes() > BODY_BYTES_MAX
    }

    /// Bytes of the whole frame, padding included.
    pub(super) fn frame_bytes(&self) -> u64 {
        (self.frame.len() as u64).next_multiple_of(frame::ALIGNMENT)
    }

    /// Fills in the header. `fields.count` is the batch's own.
    pub(super) fn seal(&mut self, fields: &Unsealed, salt: Salt) -> u32 {
        frame::seal(&mut self.frame, fields, salt)
    }

    /// Calls `write` with the frame's bytes, padding included, and leaves the batch as it was.
    pub(super) fn with_frame<T>(&mut self, write: impl FnOnce(&[u8]) -> T) -> T {
        let length = self.frame.len();
        self.frame.resize(length.next_multiple_of(frame::ALIGNMENT as usize), 0);
        let result = write(&self.frame);
        self.frame.truncate(length);
        result
    }
}

impl Default for Batch {
    fn default() -> Self {
        Self::new()
    }
}
