//! Removing the files of payloads that nothing refers to.
//!
//! Three ways lead here: a count that came to nothing, which the store remembers; a put that was given up, which the payload
//! store remembers; and a put that a crash took the record of, which nobody remembers. For the last, each process looks once
//! through all shelves, one at a time.

use tidegate_journal::checkpoints::{ALL_KEYS, Order};
use tidegate_journal::payloads::{Collected, Digest};

use super::{Left, Retention, RetentionError};
use crate::keyspaces::{GARBAGE, PAYLOADS, Write};

/// Shelves that one slice looks at, where they are empty.
const SHELVES: usize = 16;

/// How far this process has looked through the payloads.
#[derive(Debug, Default)]
pub(super) struct Shelves {
    next: u16,
    found: Vec<Digest>,
}

impl Retention {
    /// Removes some files.
    pub(super) fn collect(&mut self) -> Result<Left, RetentionError> {
        let garbage = self.store.scan(GARBAGE, ALL_KEYS, Order::Ascending, self.slice.payloads)?;
        let mut forgotten: Vec<Write> = Vec::new();
        let mut removed = Removed::default();
        if !garbage.is_empty() {
            // A crash must not bring back a state that refers to what is removed now.
            self.store.persist()?;
        }
        for (key, _) in &garbage {
            let digest = (&**key).try_into().map_err(|_| RetentionError::Damaged("digest"))?;
            if self.collect_one(&digest, &mut removed)? {
                forgotten.push((GARBAGE, key.to_vec(), None));
            }
        }
        // Those that are pinned come up again; they must not keep the thread busy.
        let is_more = garbage.len() == self.slice.payloads && !forgotten.is_empty();
        let is_looking = self.collect_orphans(&mut removed)?;
        self.note(&removed, forgotten)?;
        Ok(if is_more || is_looking { Left::More } else { Left::Nothing })
    }

    /// Removes the payload unless it is pinned; whether it is gone.
    fn collect_one(&self, digest: &Digest, removed: &mut Removed) -> Result<bool, RetentionError> {
        match self.payloads.collect(digest)? {
            Collected::Removed { bytes } => {
                removed.payloads += 1;
                removed.bytes += bytes;
                Ok(true)
            }
            Collected::Absent => Ok(true),
            Collected::Pinned => Ok(false),
        }
    }

    /// Removes payloads that were put and never recorded. Whether there are more to look at.
    fn collect_orphans(&mut self, removed: &mut Removed) -> Result<bool, RetentionError> {
        self.shelves.found.extend(self.payloads.take_loose());
        for _ in 0..SHELVES {
            let Ok(shelf) = u8::try_from(self.shelves.next) else { break };
            if !self.shelves.found.is_empty() {
                break;
            }
            self.shelves.found = self.payloads.shelf(shelf)?;
            self.shelves.next += 1;
        }
        let rest = self.shelves.found.len().saturating_sub(self.slice.payloads);
        for digest in self.shelves.found.split_off(rest) {
            let is_known =
                self.store.get(PAYLOADS, &digest)?.is_some() || self.store.get(GARBAGE, &digest)?.is_some();
            if !is_known {
                self.collect_one(&digest, removed)?;
            }
        }
        Ok(!self.shelves.found.is_empty() || self.shelves.next <= u16::from(u8::MAX))
    }

    fn note(&self, removed: &Removed, mut writes: Vec<Write>) -> Result<(), RetentionError> {
        if writes.is_empty() && removed.payloads == 0 {
            return Ok(());
        }
        let mut references = self.references.lock();
        let mut draft = references.begin_removal();
        draft.totals.pruned_payloads += removed.payloads;
        draft.totals.pruned_payload_bytes += removed.bytes;
        draft.finish(&self.store, &mut writes)?;
        self.commit(&writes)?;
        references.apply(draft);
        Ok(())
    }
}

/// What was removed.
#[derive(Default)]
struct Removed {
    payloads: u64,
    bytes: u64,
}
