//! Journal and engine together: record, step, sync; and only then let go of answers and effects.
//!
//! No thread, no clock, no socket: whoever calls says what time it is. The node calls it from its thread, the
//! simulation from its loop, so what is proven there is what runs here.

use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;
use tidegate_engine::checkpoint::RestoreError;
use tidegate_engine::run::RunState;
use tidegate_engine::{Limits, NoPayloads, Output, Partition, Registry, Reply};
use tidegate_journal::checkpoints::{ALL_KEYS, CheckpointError, Order};
use tidegate_journal::disk::Disk;
use tidegate_journal::log::{AppendError, OpenError, ReadError, Recovered, Settings as LogSettings};
use tidegate_journal::{Batch, Checkpoints, Log};
use tidegate_model::entry::DecodeError;
use tidegate_model::{Entry, Input, Offset, PartitionId, Timestamp};

use crate::ledger::Chunk;
use crate::payloads::stored_data;
use crate::references::{EntryPayload, References};
use crate::weights::Weights;

pub use crate::checkpoint::Checkpoint;
pub use crate::keyspaces::{ARCHIVE, FACTS, RUN_FACTS, STATE};

/// A partition with its journal.
#[derive(Debug)]
pub struct Driver {
    partition: Partition,
    log: Log,
    batch: Batch,
    output: Output,
    refused: Vec<Input>,
    chunk: Chunk,
    sealed: Vec<Arc<Chunk>>,
    ended: Vec<Arc<RunState>>,
    /// Entries since the last checkpoint that refer to a stored payload.
    payloads: Vec<EntryPayload>,
    references: Arc<Mutex<References>>,
    weights: Weights,
    /// Where the journal ended when this was opened: entries below it were put by an earlier process.
    opened_at: Offset,
    entries_since_checkpoint: u64,
    syncs: u64,
}

/// What a driver needs to open.
#[derive(Clone, Debug)]
pub struct Parts {
    /// Conditions and actions.
    pub registry: Arc<Registry>,
    /// Bounds of the engine.
    pub limits: Limits,
    /// The disk of the journal.
    pub disk: Arc<dyn Disk>,
    /// The checkpoints.
    pub checkpoints: Checkpoints,
    /// Identity of a journal that is created.
    pub identity: u64,
    /// How the journal is cut into files.
    pub segments: Segments,
}

/// Sizes of the journal's files.
#[derive(Clone, Copy, Debug)]
pub struct Segments {
    /// Bytes of one before the next is begun.
    pub bytes: u64,
    /// Zeros that are written ahead of what is recorded, in bytes at a time.
    pub zero_ahead_bytes: u64,
}

impl Default for Segments {
    fn default() -> Self {
        let LogSettings { segment_bytes, zero_ahead_bytes, .. } = LogSettings::new("", 0);
        Self { bytes: segment_bytes, zero_ahead_bytes }
    }
}

/// What opening found.
#[derive(Clone, Debug)]
pub struct Opened {
    /// What the journal found.
    pub journal: Recovered,
    /// Entries that were stepped again.
    pub entries_replayed: u64,
}

/// A driver that cannot open.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] OpenError),
    /// An entry of the journal cannot be read from disk.
    #[error("the journal cannot be read")]
    Read(#[from] ReadError),
    /// An entry of the journal is none.
    #[error("entry {offset} of the journal cannot be decoded")]
    Entry {
        /// Which.
        offset: Offset,
        /// Why.
        #[source]
        cause: DecodeError,
    },
    /// The checkpoint store.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The checkpoint.
    #[error("the checkpoint cannot be restored")]
    Restore(#[from] RestoreError),
    /// The checkpoint is of a later time than the journal: they do not belong together, or the journal lost its end.
    #[error(
        "the checkpoint reflects {checkpoint} entries and the journal has only {journal}; they do not belong together: restore both from one backup"
    )]
    JournalBehind {
        /// Entries that the checkpoint reflects.
        checkpoint: u64,
        /// Entries that the journal has.
        journal: u64,
    },
    /// The journal begins after the checkpoint: what is between was removed.
    #[error(
        "the journal begins at entry {journal} and the checkpoint ends at {checkpoint}; what is between is missing: restore both from one backup"
    )]
    JournalAhead {
        /// Entries that the checkpoint reflects.
        checkpoint: u64,
        /// The first entry of the journal.
        journal: u64,
    },
    /// The first entry could not be written.
    #[error("the journal cannot be begun")]
    Begin(#[source] AppendError),
}

/// What a batch gave. Effects are in [`Driver::output`] until the next batch.
#[derive(Debug)]
pub struct Processed {
    /// Offset of the first input of the batch.
    pub first: Offset,
    /// One per input.
    pub replies: Vec<Reply>,
}

impl Driver {
    /// Opens the journal in `dir`, restores the checkpoint and steps what came after it.
    ///
    /// # Errors
    /// [`DriverError`]; nothing was changed.
    pub fn open(
        parts: Parts,
        dir: &Path,
        payloads: &dyn tidegate_engine::Payloads,
        now: Timestamp,
    ) -> Result<(Self, Opened), DriverError> {
        let Parts { registry, limits, disk, checkpoints, identity, segments } = parts;
        let reflected = checkpoints.offset()?.unwrap_or(tidegate_journal::Offset(0));
        let settings = LogSettings {
            verify_from: reflected,
            segment_bytes: segments.bytes,
            zero_ahead_bytes: segments.zero_ahead_bytes,
            ..LogSettings::new(dir, identity)
        };
        let (log, journal) = Log::open(disk, settings)?;
        if log.next_offset() < reflected {
            return Err(DriverError::JournalBehind { checkpoint: reflected.0, journal: log.next_offset().0 });
        }
        if log.first_offset() > reflected {
            return Err(DriverError::JournalAhead { checkpoint: reflected.0, journal: log.first_offset().0 });
        }
        let opened_at = Offset(log.next_offset().0);
        let last_segment = log.handle().segments().map_err(OpenError::from)?;
        let last_segment = Offset(last_segment.last().map_or(0, |(first, _)| first.0));
        let saved = checkpoints.scan(STATE, ALL_KEYS, Order::Ascending, usize::MAX)?;
        let saved = saved.into_iter().map(|(key, value)| (key.to_vec(), value.to_vec()));
        let partition = Partition::restore(PartitionId(0), registry, limits, saved)?;
        let mut driver = Self {
            chunk: Chunk::begin(partition.ledger().next),
            partition,
            log,
            batch: Batch::new(),
            output: Output::default(),
            refused: Vec::new(),
            sealed: Vec::new(),
            ended: Vec::new(),
            payloads: Vec::new(),
            references: Arc::new(Mutex::new(References::load(&checkpoints)?)),
            weights: Weights::load(&checkpoints, last_segment, segments.bytes)?,
            opened_at,
            entries_since_checkpoint: 0,
            syncs: 0,
        };
        let entries_replayed = driver.replay(reflected, payloads)?;
        if driver.log.next_offset().0 == 0 {
            driver
                .process(now, vec![Input::Genesis { identity }], &NoPayloads)
                .map_err(DriverError::Begin)?;
        }
        Ok((driver, Opened { journal, entries_replayed }))
    }

    fn replay(
        &mut self,
        from: tidegate_journal::Offset,
        payloads: &dyn tidegate_engine::Payloads,
    ) -> Result<u64, DriverError> {
        let mut replayed = 0;
        for record in self.log.reader(from) {
            let (offset, record) = record?;
            let offset = Offset(offset.0);
            let entry = Entry::decode(&record).map_err(|cause| DriverError::Entry { offset, cause })?;
            self.output.clear();
            self.note_payload(offset, &entry.input);
            self.partition.step(offset, entry, payloads, &mut self.output);
            self.keep_facts();
            replayed += 1;
        }
        self.output.clear();
        self.entries_since_checkpoint = replayed;
        Ok(replayed)
    }

    /// Records `inputs` as one batch, steps them, and returns once they are durable.
    ///
    /// # Errors
    /// [`AppendError::Full`] and [`AppendError::TooLarge`]: nothing happened, and [`Driver::take_refused`] gives the
    /// inputs back. [`AppendError::Poisoned`]: whether it
    /// happened only a restart can tell; the driver must not be used any more.
    pub fn process(
        &mut self,
        now: Timestamp,
        inputs: Vec<Input>,
        payloads: &dyn tidegate_engine::Payloads,
    ) -> Result<Processed, AppendError> {
        // Time in entries never goes backwards, whatever the clock does.
        let at = now.max(self.partition.ledger().at);
        self.batch.clear();
        self.output.clear();
        let mut entries = Vec::with_capacity(inputs.len());
        for input in inputs {
            let entry = Entry { at, input };
            self.batch.encode(|out| entry.encode(out));
            entries.push(entry);
        }
        self.begin_segment_if_heavy()?;
        let first = match self.log.write(&mut self.batch) {
            Ok(first) => Offset(first.0),
            Err(error) => {
                self.refused = entries.into_iter().map(|entry| entry.input).collect();
                return Err(error);
            }
        };
        let mut replies = Vec::with_capacity(entries.len());
        for (number, entry) in (first.0..).zip(entries) {
            self.note_payload(Offset(number), &entry.input);
            replies.push(self.partition.step(Offset(number), entry, payloads, &mut self.output));
        }
        self.log.sync()?;
        self.syncs += 1;
        self.entries_since_checkpoint += replies.len() as u64;
        self.keep_facts();
        Ok(Processed { first, replies })
    }

    /// Notes that the entry at `offset` refers to a stored payload, if it does.
    fn note_payload(&mut self, offset: Offset, input: &Input) {
        let Some((digest, size_bytes)) = stored_data(input) else { return };
        let is_pinned = offset >= self.opened_at;
        self.payloads.push(EntryPayload { offset, digest, size_bytes, is_pinned });
        self.weights.add(offset, size_bytes);
    }

    /// Begins a segment where the last one refers to so much data that the two together are as large as one may get: payloads
    /// go with the segments that refer to them.
    fn begin_segment_if_heavy(&mut self) -> Result<(), AppendError> {
        if !self.weights.is_last_heavy() {
            return Ok(());
        }
        match self.log.begin_segment() {
            // The entries still fit into the segment that there is.
            Err(AppendError::Full(_)) => return Ok(()),
            begun => begun?,
        }
        self.weights.begin();
        Ok(())
    }

    fn keep_facts(&mut self) {
        for (mark, facts) in self.output.steps() {
            if self.chunk.is_empty() {
                self.chunk.first = mark.offset;
            }
            self.chunk.push(mark, facts);
            if self.chunk.is_full() {
                let full = std::mem::replace(&mut self.chunk, Chunk::begin(mark.offset.next()));
                self.sealed.push(Arc::new(full));
            }
        }
        self.ended.extend(self.output.ended.drain(..).map(|run| Arc::new(*run)));
    }

    /// What the last batch asked for and what happened in it.
    #[must_use]
    pub fn output(&self) -> &Output {
        &self.output
    }

    /// Takes out the inputs of a batch that the journal has just refused.
    pub fn take_refused(&mut self) -> Vec<Input> {
        std::mem::take(&mut self.refused)
    }

    /// Takes out what the last batch asked for.
    pub fn take_effects(&mut self) -> impl Iterator<Item = tidegate_model::Effect> {
        self.output.effects.drain(..)
    }

    /// The state.
    #[must_use]
    pub fn partition(&self) -> &Partition {
        &self.partition
    }

    /// A handle that reads the journal from other threads.
    #[must_use]
    pub fn journal(&self) -> tidegate_journal::LogReader {
        self.log.handle()
    }

    /// Batches that were synced since it was opened.
    #[must_use]
    pub fn syncs(&self) -> u64 {
        self.syncs
    }

    /// Entries that the last checkpoint does not reflect.
    #[must_use]
    pub fn entries_since_checkpoint(&self) -> u64 {
        self.entries_since_checkpoint
    }

    /// Facts and ended runs that no checkpoint has, as they stand.
    pub fn unsaved(&mut self) -> (Vec<Arc<Chunk>>, Vec<Arc<RunState>>) {
        self.seal();
        (self.sealed.clone(), self.ended.clone())
    }

    fn seal(&mut self) {
        if !self.chunk.is_empty() {
            let next = self.chunk.last.next();
            let chunk = std::mem::replace(&mut self.chunk, Chunk::begin(next));
            self.sealed.push(Arc::new(chunk));
        }
    }

    /// What a checkpoint has to write to reflect everything up to now.
    pub fn checkpoint(&mut self) -> Checkpoint {
        self.seal();
        self.entries_since_checkpoint = 0;
        let standing = self.partition.workflows().filter_map(|(_, workflow)| workflow.standing).collect();
        Checkpoint {
            offset: self.partition.ledger().next,
            changes: self.partition.take_changes(),
            chunks: std::mem::take(&mut self.sealed),
            ended: std::mem::take(&mut self.ended),
            payloads: std::mem::take(&mut self.payloads),
            standing,
            references: Arc::clone(&self.references),
        }
    }

    /// Who refers to stored payloads.
    #[must_use]
    pub fn references(&self) -> &Arc<Mutex<References>> {
        &self.references
    }

    /// Where the journal ended when this was opened.
    #[must_use]
    pub fn opened_at(&self) -> Offset {
        self.opened_at
    }

    /// Lets go of the oldest segments beyond the newest `keep_bytes` of the journal, counted with the payloads that it refers
    /// to; of none that is not wholly below `durable`, which a durable checkpoint reflects, and not of the last.
    ///
    /// # Errors
    /// Where a segment cannot be removed.
    pub fn retain(&mut self, keep_bytes: u64, durable: Offset) -> Result<usize, AppendError> {
        let segments = self.log.handle().segments().map_err(AppendError::Poisoned)?;
        let Some(from) = self.weights.oldest_kept(&segments, keep_bytes) else { return Ok(0) };
        self.log.retain_from(tidegate_journal::Offset(from.min(durable.0)))
    }

    /// Lets go of journal segments below `offset`, which a durable checkpoint reflects.
    ///
    /// # Errors
    /// Where a segment cannot be removed.
    pub fn retain_from(&mut self, offset: Offset) -> Result<usize, AppendError> {
        self.log.retain_from(tidegate_journal::Offset(offset.0))
    }
}
