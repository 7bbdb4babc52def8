//! Who refers to stored payloads, so that one that nobody refers to can go.
//!
//! Four kinds of things do: entries of the journal, objects of the state, archived runs, chunks of facts. Each has the
//! digests it refers to written beside it, and each payload a count of them. The count changes in the same commit as what is
//! counted, so it is exact after any crash. A payload whose count comes to nothing is garbage from that commit on.
//!
//! What always holds: a payload that an entry from the checkpoint on, the state, the archive or a chunk refers to has a count, or a
//! pin from its put, or its entry is about to be stepped again and nothing is collected before the next checkpoint.

mod scan;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tidegate_engine::checkpoint::Change;
use tidegate_journal::Checkpoints;
use tidegate_journal::checkpoints::{ALL_KEYS, CheckpointError, Order};
use tidegate_model::{Data, Digest, Offset};

use crate::keyspaces::{
    ENTRY_PAYLOADS, GARBAGE, PAYLOADS, RETENTION, STATE_PAYLOADS, Write, digests_of_bytes, digests_to_bytes,
    offset_key,
};
use scan::Wanted;

/// Says, from the first commit of a store on, that everything in it was counted.
const COMPLETE: &[u8] = b"complete";

/// The totals.
const TOTALS: &[u8] = b"totals";

/// A payload that something refers to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// How many things refer to it.
    pub count: u64,
    /// Its length in bytes.
    pub size_bytes: u64,
}

/// What is kept and what was let go of. A stored form: fields are only appended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Payloads that something refers to.
    pub payloads: u64,
    /// Their bytes.
    pub payload_bytes: u64,
    /// Runs that were let go of.
    pub pruned_runs: u64,
    /// Bytes of archive and history that were let go of.
    pub pruned_history_bytes: u64,
    /// Payloads that were removed.
    pub pruned_payloads: u64,
    /// Their bytes.
    pub pruned_payload_bytes: u64,
    /// Runs of which is still known until when they were kept.
    pub remembered_runs: u64,
}

/// An entry that refers to a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryPayload {
    /// The entry.
    pub offset: Offset,
    /// The payload.
    pub digest: Digest,
    /// Its length in bytes.
    pub size_bytes: u64,
    /// Whether it was put by this process, and so is pinned.
    pub is_pinned: bool,
}

impl EntryPayload {
    /// The value in [`ENTRY_PAYLOADS`]: digest and length.
    fn to_value(self) -> Vec<u8> {
        let mut value = self.digest.0.to_vec();
        value.extend(self.size_bytes.to_be_bytes());
        value
    }

    /// The digest in such a value.
    pub(crate) fn digest_in(value: &[u8]) -> Option<Digest> {
        value.first_chunk().copied().map(Digest)
    }

    /// The length in such a value.
    pub(crate) fn size_in(value: &[u8]) -> Option<u64> {
        value.last_chunk().map(|bytes| u64::from_be_bytes(*bytes))
    }
}

/// What is known in memory: what the state refers to. It grows with that, and not with what is merely stored.
#[derive(Debug, Default)]
pub struct References {
    of_state: BTreeMap<Vec<u8>, Vec<Digest>>,
    /// The digests in `of_state`, and while a commit is made those that came in since the last.
    wanted: Wanted,
    totals: Totals,
    is_complete: bool,
}

/// The effect of one commit on the counts, in the making.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    came_in: Vec<Digest>,
    deltas: BTreeMap<Digest, i64>,
    sizes: BTreeMap<Digest, u64>,
    of_state: Vec<(Vec<u8>, Vec<Digest>)>,
    pub(crate) totals: Totals,
}

impl References {
    /// What `store` has.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn load(store: &Checkpoints) -> Result<Self, CheckpointError> {
        let of_state = store.scan(STATE_PAYLOADS, ALL_KEYS, Order::Ascending, usize::MAX)?;
        let of_state: BTreeMap<Vec<u8>, Vec<Digest>> =
            of_state.into_iter().map(|(key, digests)| (key.to_vec(), digests_of_bytes(&digests))).collect();
        let wanted = of_state.values().flatten().copied().collect();
        let totals = store.get(RETENTION, TOTALS)?;
        let totals = totals.and_then(|bytes| postcard::from_bytes(&bytes).ok()).unwrap_or_default();
        // A store that was begun before references were counted has some that nobody knows of.
        let is_complete = store.offset()?.is_none() || store.get(RETENTION, COMPLETE)?.is_some();
        Ok(Self { of_state, wanted, totals, is_complete })
    }

    /// Whether everything in the store was counted from its beginning on. Where not, nothing may be removed.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// What is kept and what was let go of.
    #[must_use]
    pub fn totals(&self) -> Totals {
        self.totals
    }

    /// Begins a commit of what `entries` brought. To be followed by [`References::apply`] or [`References::give_up`].
    pub(crate) fn begin(&mut self, entries: &[EntryPayload], writes: &mut Vec<Write>) -> Draft {
        let mut draft = self.begin_removal();
        for entry in entries {
            self.wanted.add(entry.digest);
            draft.came_in.push(entry.digest);
            draft.sizes.insert(entry.digest, entry.size_bytes);
            draft.add(&[entry.digest]);
            writes.push((ENTRY_PAYLOADS, offset_key(entry.offset).to_vec(), Some(entry.to_value())));
        }
        draft
    }

    /// Begins a commit that only removes.
    pub(crate) fn begin_removal(&self) -> Draft {
        Draft { totals: self.totals, ..Draft::default() }
    }

    /// Counts what the changed object of the state refers to now, and no longer what it did before.
    pub(crate) fn change_state(&self, draft: &mut Draft, (key, value): &Change, writes: &mut Vec<Write>) {
        let now = value.as_deref().map(|value| self.wanted.find(value)).unwrap_or_default();
        let before = self.of_state.get(key);
        if now.is_empty() && before.is_none() {
            return;
        }
        draft.remove(before.map_or(&[], Vec::as_slice));
        draft.add(&now);
        let value = (!now.is_empty()).then(|| digests_to_bytes(&now));
        writes.push((STATE_PAYLOADS, key.clone(), value));
        draft.of_state.push((key.clone(), now));
    }

    /// Counts what a new value refers to, which it returns.
    pub(crate) fn count_in(&self, draft: &mut Draft, value: &[u8]) -> Vec<Digest> {
        let found = self.wanted.find(value);
        draft.add(&found);
        found
    }

    /// Takes over what was committed.
    pub(crate) fn apply(&mut self, mut draft: Draft) {
        self.totals = draft.totals;
        for (key, digests) in std::mem::take(&mut draft.of_state) {
            digests.iter().for_each(|digest| self.wanted.add(*digest));
            let before = if digests.is_empty() {
                self.of_state.remove(&key)
            } else {
                self.of_state.insert(key, digests)
            };
            before.iter().flatten().for_each(|digest| self.wanted.remove(digest));
        }
        self.give_up(&draft);
    }

    /// Forgets what was not committed.
    pub(crate) fn give_up(&mut self, draft: &Draft) {
        draft.came_in.iter().for_each(|digest| self.wanted.remove(digest));
    }
}

impl Draft {
    /// Those of `digests` to which `value` still refers.
    pub(crate) fn still_in(digests: &[Digest], value: &[u8]) -> Vec<Digest> {
        digests.iter().copied().collect::<Wanted>().find(value)
    }

    pub(crate) fn add(&mut self, digests: &[Digest]) {
        digests.iter().for_each(|digest| *self.deltas.entry(*digest).or_default() += 1);
    }

    pub(crate) fn remove(&mut self, digests: &[Digest]) {
        digests.iter().for_each(|digest| *self.deltas.entry(*digest).or_default() -= 1);
    }

    /// Adds the new counts and totals to `writes`.
    pub(crate) fn finish(
        &mut self,
        store: &Checkpoints,
        writes: &mut Vec<Write>,
    ) -> Result<(), CheckpointError> {
        for (digest, delta) in &self.deltas {
            if *delta == 0 {
                continue;
            }
            let known = store.get(PAYLOADS, &digest.0)?;
            let known: Option<Counted> = known.and_then(|bytes| postcard::from_bytes(&bytes).ok());
            let mut counted = known.unwrap_or_default();
            if known.is_none() {
                counted.size_bytes = self.sizes.get(digest).copied().unwrap_or_default();
                self.totals.payloads += 1;
                self.totals.payload_bytes += counted.size_bytes;
                writes.push((GARBAGE, digest.0.to_vec(), None));
            }
            counted.count = counted.count.saturating_add_signed(*delta);
            if counted.count == 0 {
                self.totals.payloads = self.totals.payloads.saturating_sub(1);
                self.totals.payload_bytes = self.totals.payload_bytes.saturating_sub(counted.size_bytes);
                writes.push((GARBAGE, digest.0.to_vec(), Some(Vec::new())));
                writes.push((PAYLOADS, digest.0.to_vec(), None));
            } else {
                writes.push((PAYLOADS, digest.0.to_vec(), Some(stored(&counted))));
            }
        }
        writes.push((RETENTION, TOTALS.to_vec(), Some(stored(&self.totals))));
        Ok(())
    }
}

/// What says that everything was counted, for the first commit of a store.
pub(crate) fn mark_complete() -> Write {
    (RETENTION, COMPLETE.to_vec(), Some(Vec::new()))
}

/// The payload that `data` is kept in, if in one.
pub(crate) fn payload_of(data: &Data) -> Option<(Digest, u64)> {
    match data {
        Data::Stored { digest, size_bytes, .. } => Some((*digest, *size_bytes)),
        Data::None | Data::Json(_) | Data::Binary(_) => None,
    }
}

/// The stored form of something that serializes.
pub(crate) fn stored<T: Serialize>(value: &T) -> Vec<u8> {
    postcard::to_allocvec(value).expect("writing to memory does not fail")
}
