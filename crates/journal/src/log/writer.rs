//! The one writer of a log.

use std::sync::Arc;

use bytes::Bytes;

use super::batch::Batch;
use super::error::{AppendError, OpenError, ReadError};
use super::frame::{BODY_BYTES_MAX, Unsealed};
use super::reader::{LogReader, Records, Shared};
use super::recovery::{self, Recovered};
use super::segment::{self, CreateError, Link, Segment};
use super::settings::Settings;
use crate::Offset;
use crate::disk::{Action, Disk, DiskError, Lock};

/// Zeros are written ahead of a frame when at least so many like it would fit into them.
const SMALL_FRAMES_AHEAD: usize = 16;

/// An open log. Whoever holds it is the only writer, in this process and among all others.
#[derive(Debug)]
pub struct Log {
    disk: Arc<dyn Disk>,
    settings: Settings,
    shared: Arc<Shared>,
    active: Arc<Segment>,
    /// Where the next frame goes in the active segment.
    position: u64,
    /// The active segment's bytes from `position` to here are zeros and allocated.
    zeroed_to: u64,
    last_crc: u32,
    next: Offset,
    zeros: Box<[u8]>,
    single: Batch,
    /// The failure after which nothing is known about the disk.
    poison: Option<DiskError>,
    _lock: Lock,
}

impl Log {
    /// Opens the log in `settings.dir`, or creates it there.
    ///
    /// # Errors
    /// [`OpenError`]: locked by another process, refused by the disk, damaged, or of an unknown version. Nothing is
    /// changed then, but for leftovers of an unfinished segment.
    pub fn open(disk: Arc<dyn Disk>, settings: Settings) -> Result<(Self, Recovered), OpenError> {
        let opened = recovery::open(&*disk, &settings)?;
        let active = opened.segments.last().expect("a log has at least one segment").clone();
        let tail = opened.tail;
        let zeros = vec![0; usize::try_from(settings.zero_ahead_bytes).expect("zeros ahead fit in memory")];
        let log = Self {
            shared: Arc::new(Shared::new(settings.dir.clone(), opened.segments, tail.next)),
            active,
            position: tail.position,
            zeroed_to: tail.zeroed_to,
            last_crc: tail.last_crc,
            next: tail.next,
            zeros: zeros.into_boxed_slice(),
            single: Batch::new(),
            poison: None,
            _lock: opened.lock,
            disk,
            settings,
        };
        Ok((log, opened.recovered))
    }

    /// Writes `records` as one batch, like [`Log::write`]. Returns the offset of the first.
    ///
    /// # Errors
    /// As [`Log::write`].
    pub fn append<'a>(&mut self, records: impl IntoIterator<Item = &'a [u8]>) -> Result<Offset, AppendError> {
        let mut batch = std::mem::take(&mut self.single);
        records.into_iter().for_each(|record| batch.push(record));
        let written = self.write(&mut batch);
        batch.clear();
        self.single = batch;
        written
    }

    /// Writes a batch and empties it; returns the offset of its first record. The batch is durable, and acknowledged,
    /// only after [`Log::sync`]. An empty batch writes nothing.
    ///
    /// # Errors
    /// [`AppendError::Full`] and [`AppendError::TooLarge`] leave the log and the batch as they were;
    /// [`AppendError::Poisoned`] leaves the batch and stops the log.
    pub fn write(&mut self, batch: &mut Batch) -> Result<Offset, AppendError> {
        self.check_poison()?;
        let first = self.next;
        if batch.is_empty() {
            return Ok(first);
        }
        if batch.is_too_large() {
            let size_bytes = batch.size_bytes();
            return Err(AppendError::TooLarge { size_bytes, limit_bytes: BODY_BYTES_MAX });
        }
        let frame_bytes = batch.frame_bytes();
        let holds_frames = self.position > segment::HEADER_BYTES;
        if holds_frames && self.position + frame_bytes > self.settings.segment_bytes {
            self.roll()?;
        }
        let count =
            u32::try_from(batch.len()).expect("a record takes at least four of the bytes that are bounded");
        let fields =
            Unsealed { previous_crc: self.last_crc, count, first, synced_below: self.shared.durable() };
        let crc = batch.seal(&fields, self.active.salt);
        batch.with_frame(|bytes| self.place(bytes)).map_err(|error| self.undo(error))?;
        self.active.note(first, self.position);
        self.position += frame_bytes;
        self.last_crc = crc;
        self.next = first.plus(u64::from(count));
        batch.clear();
        Ok(first)
    }

    /// Begins a new segment though the last one has room, so that it can be let go of sooner; does nothing where the last
    /// one has no record yet.
    ///
    /// # Errors
    /// [`AppendError::Full`] leaves the log as it was; [`AppendError::Poisoned`].
    pub fn begin_segment(&mut self) -> Result<(), AppendError> {
        self.check_poison()?;
        if self.position > segment::HEADER_BYTES { self.roll() } else { Ok(()) }
    }

    /// Makes everything written so far durable; returns the offset after it. Costs nothing when there is nothing new.
    ///
    /// # Errors
    /// [`AppendError::Poisoned`].
    pub fn sync(&mut self) -> Result<Offset, AppendError> {
        self.check_poison()?;
        if self.shared.durable() < self.next {
            let synced = self.active.file.sync_data();
            synced.map_err(|cause| self.poison(DiskError::new(Action::Sync, &self.active.path, cause)))?;
            self.shared.set_durable(self.next);
        }
        Ok(self.next)
    }

    /// Offset that the next record gets.
    #[must_use]
    pub fn next_offset(&self) -> Offset {
        self.next
    }

    /// The offset after the last durable record.
    #[must_use]
    pub fn durable_offset(&self) -> Offset {
        self.shared.durable()
    }

    /// Offset of the first record that is kept.
    #[must_use]
    pub fn first_offset(&self) -> Offset {
        self.shared.first()
    }

    /// A handle for reading from other threads.
    #[must_use]
    pub fn handle(&self) -> LogReader {
        LogReader::new(self.shared.clone())
    }

    /// The durable records from `from` on.
    #[must_use]
    pub fn reader(&self, from: Offset) -> Records {
        self.handle().records(from)
    }

    /// One durable record.
    ///
    /// # Errors
    /// As [`LogReader::read`].
    pub fn read(&self, offset: Offset) -> Result<Bytes, ReadError> {
        self.handle().read(offset)
    }

    /// Drops the segments whose records all lie below `offset`; returns how many. A reader that is inside one reads
    /// on to its end, unless it was the last segment when the reader came to it.
    ///
    /// # Errors
    /// [`AppendError::Poisoned`] when a removal failed, as the directory on disk is not known then.
    pub fn retain_from(&mut self, offset: Offset) -> Result<usize, AppendError> {
        self.check_poison()?;
        let mut dropped = 0;
        while let Some(oldest) = self.shared.oldest_below(offset) {
            // One at a time, each durable before the next: a crash must not bring back an older segment than one that
            // is gone, which would look like a missing file.
            let removed = self.disk.remove(&oldest.path).map_err(DiskError::at(Action::Remove, &oldest.path));
            let synced = removed.and_then(|()| {
                let dir = &self.shared.dir;
                self.disk.sync_dir(dir).map_err(DiskError::at(Action::Sync, dir))
            });
            synced.map_err(|error| self.poison(error))?;
            self.shared.forget_oldest();
            dropped += 1;
        }
        Ok(dropped)
    }

    fn check_poison(&self) -> Result<(), AppendError> {
        match &self.poison {
            None => Ok(()),
            Some(error) => Err(AppendError::Poisoned(error.clone())),
        }
    }

    fn poison(&mut self, error: DiskError) -> AppendError {
        self.poison = Some(error.clone());
        AppendError::Poisoned(error)
    }

    /// Writes a frame at `position`, and zeros behind it when they are used up.
    fn place(&mut self, frame: &[u8]) -> Result<(), DiskError> {
        let end = self.position + frame.len() as u64;
        let write_error = |cause| DiskError::new(Action::Write, &self.active.path, cause);
        self.active.file.write_at(frame, self.position).map_err(write_error)?;
        if end > self.zeroed_to {
            // Zeros pay when many small syncs follow. Beside a frame that is nearly as big they only double the bytes.
            let is_small = frame.len() < self.zeros.len() / SMALL_FRAMES_AHEAD;
            let room = self.settings.segment_bytes.saturating_sub(end);
            let ahead = if is_small { room.min(self.zeros.len() as u64) } else { 0 };
            let zeros = &self.zeros[..usize::try_from(ahead).expect("at most the zeros at hand")];
            self.active.file.write_at(zeros, end).map_err(write_error)?;
            self.zeroed_to = end + ahead;
        }
        Ok(())
    }

    /// After a failed write: cuts the file back to the last good frame if the disk was full, and stops otherwise.
    fn undo(&mut self, error: DiskError) -> AppendError {
        if !error.is_full() {
            return self.poison(error);
        }
        let file = &self.active.file;
        let cut = file.set_len(self.position).and_then(|()| file.sync_data());
        match cut {
            Ok(()) => {
                self.zeroed_to = self.position;
                self.shared.set_durable(self.next);
                AppendError::Full(error)
            }
            Err(cause) => self.poison(DiskError::new(Action::Truncate, &self.active.path, cause)),
        }
    }

    /// Begins the next segment. The old one is durable by then: recovery relies on it.
    fn roll(&mut self) -> Result<(), AppendError> {
        self.sync()?;
        let link = Link {
            id: self.active.link.id,
            first: self.next,
            previous: Some(self.active.first()),
            previous_crc: self.last_crc,
        };
        let segment = match Segment::create(&*self.disk, &self.settings, link) {
            Ok(segment) => Arc::new(segment),
            Err(CreateError::Untouched(error)) if error.is_full() => return Err(AppendError::Full(error)),
            Err(CreateError::Untouched(error) | CreateError::Unknown(error)) => {
                return Err(self.poison(error));
            }
        };
        // Gives back the zeros at the old segment's end. Nothing depends on it, so a refusal changes nothing.
        drop(self.active.file.set_len(self.position));
        self.shared.push(segment.clone());
        self.active = segment;
        self.position = segment::HEADER_BYTES;
        self.zeroed_to =
            self.settings.zero_ahead_bytes.min(self.settings.segment_bytes).max(segment::HEADER_BYTES);
        Ok(())
    }
}
