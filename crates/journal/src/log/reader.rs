//! Reading a log, from any thread, while the writer goes on.
//!
//! A reader sees what is durable, and only that: what it has seen no crash takes back.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;

use super::error::{Damage, ReadError};
use super::segment::{Found, FrameError, FrameRecords, Segment};
use super::window::Window;
use crate::Offset;
use crate::disk::{Action, DiskError};

/// Read at once while going through the records.
const PIECE_BYTES: usize = 128 << 10;

/// Read at once to find a single record.
const LOOKUP_BYTES: usize = 16 << 10;

/// What the writer and the readers of a log share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) dir: PathBuf,
    segments: RwLock<Vec<Arc<Segment>>>,
    /// The offset after the last durable record. Stored with release after the sync, so whoever loads it sees the bytes.
    durable: AtomicU64,
}

impl Shared {
    pub(super) fn new(dir: PathBuf, segments: Vec<Arc<Segment>>, durable: Offset) -> Self {
        Self { dir, segments: RwLock::new(segments), durable: AtomicU64::new(durable.0) }
    }

    pub(super) fn durable(&self) -> Offset {
        Offset(self.durable.load(Ordering::Acquire))
    }

    pub(super) fn set_durable(&self, end: Offset) {
        self.durable.store(end.0, Ordering::Release);
    }

    pub(super) fn push(&self, segment: Arc<Segment>) {
        self.segments.write().unwrap_or_else(PoisonError::into_inner).push(segment);
    }

    /// The oldest segment, if all its records lie below `offset` and it is not the only one.
    pub(super) fn oldest_below(&self, offset: Offset) -> Option<Arc<Segment>> {
        let segments = self.segments.read().unwrap_or_else(PoisonError::into_inner);
        let second = segments.get(1)?;
        (second.first() <= offset).then(|| segments[0].clone())
    }

    pub(super) fn forget_oldest(&self) {
        self.segments.write().unwrap_or_else(PoisonError::into_inner).remove(0);
    }

    pub(super) fn first(&self) -> Offset {
        self.segments.read().unwrap_or_else(PoisonError::into_inner)[0].first()
    }

    fn all(&self) -> Vec<Arc<Segment>> {
        self.segments.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The segment that holds `offset`, and where the next one begins.
    fn segment_of(&self, offset: Offset) -> Result<(Arc<Segment>, Option<Offset>), ReadError> {
        let segments = self.segments.read().unwrap_or_else(PoisonError::into_inner);
        let after = segments.partition_point(|segment| segment.first() <= offset);
        let Some(at) = after.checked_sub(1) else {
            return Err(ReadError::Gone { offset, first: segments[0].first() });
        };
        Ok((segments[at].clone(), segments.get(after).map(|next| next.first())))
    }
}

/// A handle for reading a log; clones read the same log. Lives on after the [`Log`](super::Log) is dropped.
#[derive(Clone, Debug)]
pub struct LogReader {
    shared: Arc<Shared>,
}

impl LogReader {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Offset of the first record that is kept.
    #[must_use]
    pub fn first_offset(&self) -> Offset {
        self.shared.first()
    }

    /// The segments, oldest first: the offset of the first record of each, and the length of its file in bytes.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn segments(&self) -> Result<Vec<(Offset, u64)>, DiskError> {
        let size = |segment: Arc<Segment>| {
            let bytes = segment.file.len().map_err(DiskError::at(Action::Read, &segment.path))?;
            Ok((segment.first(), bytes))
        };
        self.shared.all().into_iter().map(size).collect()
    }

    /// The offset after the last durable record.
    #[must_use]
    pub fn durable_offset(&self) -> Offset {
        self.shared.durable()
    }

    /// One record, at the cost of reading one frame and at most 16 KiB before it.
    ///
    /// # Errors
    /// [`ReadError`]; the record's bytes are checked against the frame's checksum.
    pub fn read(&self, offset: Offset) -> Result<Bytes, ReadError> {
        let end = self.durable_offset();
        if offset >= end {
            return Err(ReadError::NotYet { offset, end });
        }
        let (segment, _) = self.shared.segment_of(offset)?;
        let found = segment.frame_of(&mut Window::new(LOOKUP_BYTES), offset)?;
        let record = found.records().find(|(at, _)| *at == offset).expect("the frame holds the offset");
        Ok(Bytes::copy_from_slice(&record.1))
    }

    /// The durable records from `from` on.
    #[must_use]
    pub fn records(&self, from: Offset) -> Records {
        Records {
            shared: self.shared.clone(),
            next: from,
            place: None,
            frame: FrameRecords::default(),
            window: Window::new(PIECE_BYTES),
            failed: false,
        }
    }
}

/// The durable records of a log, in order.
///
/// `None` means that nothing more is durable for the moment: asked again later it goes on. After an error it stays at an
/// end. A record shares the memory of the piece of file that it was read with, so copy what is kept for long.
#[derive(Debug)]
pub struct Records {
    shared: Arc<Shared>,
    /// The next record to give.
    next: Offset,
    place: Option<Place>,
    frame: FrameRecords,
    window: Window,
    failed: bool,
}

/// Between two frames of a segment.
#[derive(Debug)]
struct Place {
    segment: Arc<Segment>,
    /// Where the next segment begins; unknown for the one that was written to when it was looked up.
    end: Option<Offset>,
    position: u64,
}

impl Iterator for Records {
    type Item = Result<(Offset, Bytes), ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((offset, record)) = self.frame.next() {
                if offset < self.next {
                    continue;
                }
                self.next = offset.plus(1);
                return Some(Ok((offset, record)));
            }
            if self.failed || self.next >= self.shared.durable() {
                return None;
            }
            if let Err(error) = self.advance() {
                self.failed = true;
                return Some(Err(error));
            }
        }
    }
}

impl Records {
    /// Reads the frame that holds `next`.
    fn advance(&mut self) -> Result<(), ReadError> {
        let here = self.place.take();
        let is_within = |place: &Place| place.end.is_some_and(|end| self.next < end);
        let (found, segment, end) = match here {
            Some(place) if is_within(&place) => {
                (self.frame_at(&place.segment, place.position)?, place.segment, place.end)
            }
            before => {
                let (segment, end) = self.shared.segment_of(self.next)?;
                let found = match before {
                    Some(place) if Arc::ptr_eq(&place.segment, &segment) => {
                        self.frame_at(&segment, place.position)?
                    }
                    _ => {
                        self.window.clear();
                        segment.frame_of(&mut self.window, self.next)?
                    }
                };
                (found, segment, end)
            }
        };
        self.place = Some(Place { segment, end, position: found.position + found.header.frame_bytes() });
        self.frame = found.records();
        Ok(())
    }

    fn frame_at(&mut self, segment: &Segment, position: u64) -> Result<Found, ReadError> {
        let mut found = segment.frame_at(&mut self.window, position)?;
        if found.is_err() {
            // The window may be older than the frame.
            self.window.clear();
            found = segment.frame_at(&mut self.window, position)?;
        }
        let found = found.map_err(|_| segment.corrupt(position, self.next, Damage::Frame))?;
        if found.header.first != self.next {
            let damage = Damage::Misplaced { found: found.header.first };
            return Err(segment.corrupt(position, self.next, damage).into());
        }
        Ok(found)
    }
}

impl From<FrameError> for ReadError {
    fn from(error: FrameError) -> Self {
        match error {
            FrameError::Disk(error) => Self::Disk(error),
            FrameError::Corrupt(error) => Self::Corrupt(error),
        }
    }
}
