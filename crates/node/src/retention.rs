//! Lets go of what the policy no longer keeps: ended runs, their history, and payloads that nothing refers to.
//!
//! Works in slices of bounded work, each an atomic commit of the store beside the checkpoints, on the thread that writes
//! those. What is to be done next is always read from the store, so a slice that a crash takes back is simply done again,
//! and nothing is ever half gone. A file is removed only after the commit is durable that says that nothing refers to it.
//! No step looks at more than what it removes: the ends of runs are in order, and so are chunks and entries.

mod garbage;
mod history;

use std::ops::Bound;
use std::sync::Arc;

use parking_lot::Mutex;
use tidegate_journal::checkpoints::{CheckpointError, Order};
use tidegate_journal::payloads::PayloadError;
use tidegate_journal::{Checkpoints, LogReader, Payloads};
use tidegate_model::{Offset, Span, Timestamp};

use crate::checkpoint::as_changes;
use crate::driver::Driver;
use crate::keyspaces::{ENTRY_PAYLOADS, Write, offset_key};
use crate::references::{Draft, EntryPayload, References, Totals};
use garbage::Shelves;

/// Most things of a kind that one slice deals with.
#[derive(Clone, Copy, Debug)]
pub struct Slice {
    /// Runs, and keys of their history.
    pub runs: usize,
    /// Chunks of facts.
    pub chunks: usize,
    /// Entries of the journal that are gone, and payloads.
    pub payloads: usize,
}

impl Default for Slice {
    fn default() -> Self {
        Self { runs: 256, chunks: 16, payloads: 128 }
    }
}

/// What a slice left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// There is more to be done now.
    More,
    /// There is nothing to be done until time passes or more is recorded.
    Nothing,
}

/// Something that could not be let go of. It is tried again with the next slice.
#[derive(Debug, thiserror::Error)]
pub enum RetentionError {
    /// The store.
    #[error(transparent)]
    Store(#[from] CheckpointError),
    /// A payload.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// Something stored is not of its form.
    #[error("the store has a malformed {0}")]
    Damaged(&'static str),
}

/// Lets go of what is not kept. One at a time, on the thread that commits checkpoints.
#[derive(Debug)]
pub struct Retention {
    store: Checkpoints,
    payloads: Payloads,
    journal: LogReader,
    references: Arc<Mutex<References>>,
    /// Entries below it were recorded by an earlier process: before a checkpoint reflects them, nothing is removed, as they
    /// refer to payloads that nobody has counted or pinned.
    opened_at: Offset,
    keep_runs: Option<Span>,
    slice: Slice,
    shelves: Shelves,
}

impl Retention {
    /// What `driver`, with `store` and `payloads` beside it, keeps: ended runs for `keep_runs`, or for ever.
    #[must_use]
    pub fn new(
        driver: &Driver,
        store: Checkpoints,
        payloads: Payloads,
        keep_runs: Option<Span>,
        slice: Slice,
    ) -> Self {
        Self {
            store,
            payloads,
            journal: driver.journal(),
            references: Arc::clone(driver.references()),
            opened_at: driver.opened_at(),
            keep_runs,
            slice,
            shelves: Shelves::default(),
        }
    }

    /// Does a bounded part of what there is to do at the time `now`.
    ///
    /// # Errors
    /// [`RetentionError`]; what was not done is done by a later slice.
    pub fn slice(&mut self, now: Timestamp) -> Result<Left, RetentionError> {
        // The first commit of a store is a checkpoint, which says that everything in it is counted.
        let Some(reflected) = self.store.offset()? else { return Ok(Left::Nothing) };
        if reflected.0 < self.opened_at.0 || !self.references.lock().is_complete() {
            return Ok(Left::Nothing);
        }
        let pruned = self.prune(now)?;
        let collected = self.collect()?;
        Ok(if pruned == Left::More || collected == Left::More { Left::More } else { Left::Nothing })
    }

    /// What is kept and what was let go of.
    #[must_use]
    pub fn totals(&self) -> Totals {
        self.references.lock().totals()
    }

    /// Removes from the store what is not kept, in one commit.
    fn prune(&self, now: Timestamp) -> Result<Left, RetentionError> {
        let mut references = self.references.lock();
        let mut removal = Removal { writes: Vec::new(), draft: references.begin_removal(), is_full: false };
        if let Some(keep) = self.keep_runs {
            self.prune_history(now, keep, &mut removal)?;
        }
        self.forget_entries(&mut removal)?;
        if removal.writes.is_empty() {
            return Ok(Left::Nothing);
        }
        let Removal { mut writes, mut draft, is_full } = removal;
        draft.finish(&self.store, &mut writes)?;
        self.commit(&writes)?;
        references.apply(draft);
        Ok(if is_full { Left::More } else { Left::Nothing })
    }

    /// Entries whose segments are gone refer to nothing any more.
    fn forget_entries(&self, removal: &mut Removal) -> Result<(), RetentionError> {
        let end = offset_key(Offset(self.journal.first_offset().0));
        let range = (Bound::Unbounded, Bound::Excluded(&end[..]));
        let gone = self.store.scan(ENTRY_PAYLOADS, range, Order::Ascending, self.slice.payloads)?;
        removal.is_full |= gone.len() == self.slice.payloads;
        for (key, value) in gone {
            let digest = EntryPayload::digest_in(&value).ok_or(RetentionError::Damaged("reference"))?;
            removal.draft.remove(&[digest]);
            removal.writes.push((ENTRY_PAYLOADS, key.to_vec(), None));
        }
        Ok(())
    }

    /// Commits beside the last checkpoint.
    fn commit(&self, writes: &[Write]) -> Result<(), CheckpointError> {
        let offset = self.store.offset()?.unwrap_or(tidegate_journal::Offset(0));
        self.store.commit(offset, &as_changes(writes).collect::<Vec<_>>())
    }
}

/// A commit that removes, in the making.
struct Removal {
    writes: Vec<Write>,
    draft: Draft,
    /// Whether there was more of something than a slice deals with.
    is_full: bool,
}
