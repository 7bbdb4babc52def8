//! A window over a file: sequential reading in large pieces, handed out as slices that share them.

use std::io;

use bytes::Bytes;

use crate::disk::DiskFile;

/// The piece of the file that was read last.
#[derive(Debug)]
pub(super) struct Window {
    piece: Bytes,
    position: u64,
    piece_bytes: usize,
}

impl Window {
    /// A window that reads `piece_bytes` at a time, or more when more is asked for.
    pub(super) fn new(piece_bytes: usize) -> Self {
        Self { piece: Bytes::new(), position: 0, piece_bytes }
    }

    /// The bytes from `position` on: at least `count`, or fewer where the file ends.
    pub(super) fn read(&mut self, file: &dyn DiskFile, position: u64, count: usize) -> io::Result<Bytes> {
        if let Some(from) = self.held(position, count) {
            return Ok(self.piece.slice(from..));
        }
        let mut piece = vec![0; count.max(self.piece_bytes)];
        let filled = file.read_at(&mut piece, position)?;
        piece.truncate(filled);
        self.piece = piece.into();
        self.position = position;
        Ok(self.piece.clone())
    }

    /// Forgets the piece: another file is read next, or the file has grown.
    pub(super) fn clear(&mut self) {
        self.piece = Bytes::new();
    }

    fn held(&self, position: u64, count: usize) -> Option<usize> {
        let from = usize::try_from(position.checked_sub(self.position)?).ok()?;
        (from.checked_add(count)? <= self.piece.len()).then_some(from)
    }
}
