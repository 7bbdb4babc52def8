//! Journal and engine together: record, step, sync; and only then let go of answers and effects.
//!
//! No thread, no clock, no socket: whoever calls says what time it is. The node calls it from its thread, the
//! simulation from its loop, so what is proven there is what runs here.

use std::path::Path;
use std::sync::Arc;

use tidegate_engine::checkpoint::{Change, RestoreError};
use tidegate_engine::run::RunState;
use tidegate_engine::{Limits, NoPayloads, Output, Partition, Registry, Reply};
use tidegate_journal::checkpoints::{ALL_KEYS, CheckpointError, Order};
use tidegate_journal::disk::Disk;
use tidegate_journal::log::{AppendError, OpenError, ReadError, Recovered, Settings as LogSettings};
use tidegate_journal::{Batch, Checkpoints, Keyspace, Log};
use tidegate_model::entry::DecodeError;
use tidegate_model::{Entry, Input, Offset, PartitionId, Timestamp};

use crate::ledger::Chunk;

/// The state as of a checkpoint, by the engine's keys.
pub const STATE: Keyspace = Keyspace::new(1);
/// Runs that ended, as they were at their end, by id.
pub const ARCHIVE: Keyspace = Keyspace::new(2);
/// Chunks of facts, by the offset of their first step.
pub const FACTS: Keyspace = Keyspace::new(3);
/// For each run the chunks that tell of it: id and offset of the chunk's first step; no value.
pub const RUN_FACTS: Keyspace = Keyspace::new(4);

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

/// A checkpoint to be written.
#[derive(Debug)]
pub struct Checkpoint {
    /// Everything below it is in the state.
    pub offset: Offset,
    changes: Vec<Change>,
    /// Facts that are new.
    pub chunks: Vec<Arc<Chunk>>,
    /// Runs that ended.
    pub ended: Vec<Arc<RunState>>,
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
        let Parts { registry, limits, disk, checkpoints, identity } = parts;
        let reflected = checkpoints.offset()?.unwrap_or(tidegate_journal::Offset(0));
        let settings = LogSettings { verify_from: reflected, ..LogSettings::new(dir, identity) };
        let (log, journal) = Log::open(disk, settings)?;
        if log.next_offset() < reflected {
            return Err(DriverError::JournalBehind { checkpoint: reflected.0, journal: log.next_offset().0 });
        }
        if log.first_offset() > reflected {
            return Err(DriverError::JournalAhead { checkpoint: reflected.0, journal: log.first_offset().0 });
        }
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
        let first = match self.log.write(&mut self.batch) {
            Ok(first) => Offset(first.0),
            Err(error) => {
                self.refused = entries.into_iter().map(|entry| entry.input).collect();
                return Err(error);
            }
        };
        let mut replies = Vec::with_capacity(entries.len());
        for (number, entry) in (first.0..).zip(entries) {
            replies.push(self.partition.step(Offset(number), entry, payloads, &mut self.output));
        }
        self.log.sync()?;
        self.syncs += 1;
        self.entries_since_checkpoint += replies.len() as u64;
        self.keep_facts();
        Ok(Processed { first, replies })
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
        Checkpoint {
            offset: self.partition.ledger().next,
            changes: self.partition.take_changes(),
            chunks: std::mem::take(&mut self.sealed),
            ended: std::mem::take(&mut self.ended),
        }
    }

    /// Lets go of journal segments below `offset`, which a durable checkpoint reflects.
    ///
    /// # Errors
    /// Where a segment cannot be removed.
    pub fn retain_from(&mut self, offset: Offset) -> Result<usize, AppendError> {
        self.log.retain_from(tidegate_journal::Offset(offset.0))
    }
}

impl Checkpoint {
    /// Writes it, all or nothing.
    ///
    /// # Errors
    /// Where the store refuses.
    pub fn commit(&self, store: &Checkpoints) -> Result<(), CheckpointError> {
        let mut writes: Vec<(Keyspace, Vec<u8>, Option<Vec<u8>>)> = Vec::new();
        for run in &self.ended {
            writes.push((ARCHIVE, run.id.0.to_be_bytes().to_vec(), Some(run.encode())));
        }
        for chunk in &self.chunks {
            for run in &chunk.runs {
                writes.push((RUN_FACTS, run_facts_key(run.0, chunk.first), Some(Vec::new())));
            }
        }
        let state = self.changes.iter().map(|(key, value)| change(STATE, key, value.as_deref()));
        let other = writes.iter().map(|(keyspace, key, value)| change(*keyspace, key, value.as_deref()));
        let keys: Vec<[u8; 8]> = self.chunks.iter().map(|chunk| chunk.first.0.to_be_bytes()).collect();
        let chunks = self.chunks.iter().zip(&keys).map(|(chunk, key)| change(FACTS, key, Some(&chunk.bytes)));
        let changes: Vec<tidegate_journal::Change<'_>> = state.chain(other).chain(chunks).collect();
        store.commit(tidegate_journal::Offset(self.offset.0), &changes)
    }
}

fn change<'a>(keyspace: Keyspace, key: &'a [u8], value: Option<&'a [u8]>) -> tidegate_journal::Change<'a> {
    tidegate_journal::Change { keyspace, key, value }
}

/// Key in [`RUN_FACTS`].
pub(crate) fn run_facts_key(run: u64, chunk: Offset) -> Vec<u8> {
    let mut key = run.to_be_bytes().to_vec();
    key.extend_from_slice(&chunk.0.to_be_bytes());
    key
}
