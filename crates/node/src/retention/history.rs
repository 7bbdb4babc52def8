//! Letting go of ended runs and of what is known of them.
//!
//! A run goes from the archive once it has been over for as long as runs are kept, and with it its keys to the chunks of
//! facts that tell of it. A chunk counts the runs for whose sake it is kept. Once it is older than that time itself, it goes when
//! there are none, and is written again without the others when they have become half of those that it was written with: so
//! what is written again is never more than what was written first, however many runs it tells of and whenever they end.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use tidegate_journal::checkpoints::{ALL_KEYS, Order};
use tidegate_model::{Fact, Offset, RunId, Span, Timestamp};

use super::{Removal, Retention, RetentionError};
use crate::checkpoint::{ChunkInfo, Ended, standing_runs};
use crate::keyspaces::{
    ARCHIVE, CHUNKS, ENDED, FACTS, KEYS, PRUNED, RETENTION, RUN_FACTS, RUN_KEYS, ended_key, ended_of,
    offset_key, offset_of, run_facts_key, run_key,
};
use crate::ledger::rewritten;
use crate::references::{Draft, stored};

/// Chunks below this one are older than what is kept, and were gone through.
const OLD_BELOW: &[u8] = b"old chunks below";

/// Runs of which is remembered until when they were kept.
const REMEMBERED_RUNS: u64 = 100_000;

/// The chunks that a slice is about.
#[derive(Default)]
struct Touched {
    chunks: BTreeMap<Offset, ChunkInfo>,
    /// Keys that the slice takes out.
    keys: BTreeSet<(RunId, Offset)>,
    /// Chunks that have just become old.
    aged: BTreeSet<Offset>,
}

impl Retention {
    pub(super) fn prune_history(
        &self,
        now: Timestamp,
        keep: Span,
        removal: &mut Removal,
    ) -> Result<(), RetentionError> {
        let horizon = Timestamp(now.0.saturating_sub_unsigned(keep.0));
        let mut touched = Touched::default();
        self.prune_runs(horizon, keep, &mut touched, removal)?;
        self.forget_remembered(removal)?;
        let old_below = self.age_chunks(horizon, &mut touched, removal)?;
        for (run, chunk) in &touched.keys {
            removal.writes.push((RUN_FACTS, run_facts_key(run.0, *chunk), None));
        }
        for (first, info) in &touched.chunks {
            if *first < old_below && (touched.aged.contains(first) || info.runs <= info.runs_written / 2) {
                self.thin(*first, info, &touched.keys, removal)?;
            } else {
                removal.writes.push((CHUNKS, offset_key(*first).to_vec(), Some(stored(info))));
            }
        }
        Ok(())
    }

    /// Takes out the runs that ended before `horizon`.
    fn prune_runs(
        &self,
        horizon: Timestamp,
        keep: Span,
        touched: &mut Touched,
        removal: &mut Removal,
    ) -> Result<(), RetentionError> {
        let end = ended_key(horizon, RunId(0));
        let range = (Bound::Unbounded, Bound::Excluded(&end[..]));
        let ended = self.store.scan(ENDED, range, Order::Ascending, self.slice.runs)?;
        removal.is_full |= ended.len() == self.slice.runs;
        let mut keys_left = self.slice.runs * 4;
        for (key, value) in ended {
            let (at, run) = ended_of(&key).ok_or(RetentionError::Damaged("end of a run"))?;
            let note: Ended =
                postcard::from_bytes(&value).map_err(|_| RetentionError::Damaged("end of a run"))?;
            let chunks = self.store.scan_prefix(RUN_FACTS, &run_key(run), Order::Ascending, keys_left)?;
            let is_whole = chunks.len() < keys_left;
            keys_left -= chunks.len();
            for (key, _) in &chunks {
                let first = offset_of(key).ok_or(RetentionError::Damaged("history"))?;
                self.take_key(run, first, touched)?;
            }
            if note.bytes > 0 {
                removal.writes.push((ARCHIVE, run_key(run).to_vec(), None));
                if let Some(key) = self.store.get(RUN_KEYS, &run_key(run))? {
                    removal.writes.push((KEYS, key.to_vec(), None));
                    removal.writes.push((RUN_KEYS, run_key(run).to_vec(), None));
                }
                removal.draft.remove(&note.payloads);
                removal.writes.push((
                    PRUNED,
                    run_key(run).to_vec(),
                    Some(at.after(keep).0.to_be_bytes().to_vec()),
                ));
                removal.draft.totals.pruned_runs += 1;
                removal.draft.totals.remembered_runs += 1;
                removal.draft.totals.pruned_history_bytes += note.bytes;
            }
            if !is_whole {
                // The run is gone; the rest of its history goes with the next slices.
                let rest = Ended { bytes: 0, payloads: Vec::new() };
                removal.writes.push((ENDED, key.to_vec(), Some(stored(&rest))));
                removal.is_full = true;
                break;
            }
            removal.writes.push((ENDED, key.to_vec(), None));
        }
        Ok(())
    }

    /// Takes out that `chunk` is kept for the sake of `run`.
    fn take_key(&self, run: RunId, chunk: Offset, touched: &mut Touched) -> Result<(), RetentionError> {
        let info = match touched.chunks.entry(chunk) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let info = self.store.get(CHUNKS, &offset_key(chunk))?;
                let info = info.and_then(|bytes| postcard::from_bytes(&bytes).ok());
                place.insert(info.ok_or(RetentionError::Damaged("chunk of history"))?)
            }
        };
        if touched.keys.insert((run, chunk)) {
            info.runs = info.runs.saturating_sub(1);
        }
        Ok(())
    }

    /// Goes through chunks that have become older than `horizon`; returns below which offset all are.
    fn age_chunks(
        &self,
        horizon: Timestamp,
        touched: &mut Touched,
        removal: &mut Removal,
    ) -> Result<Offset, RetentionError> {
        let below = self.store.get(RETENTION, OLD_BELOW)?;
        let mut below = below.and_then(|bytes| offset_of(&bytes)).unwrap_or_default();
        let before = below;
        let standing = standing_runs(&self.store)?;
        let from = offset_key(below);
        let range = (Bound::Included(&from[..]), Bound::Unbounded);
        let mut aged = 0;
        for (key, value) in self.store.scan(CHUNKS, range, Order::Ascending, self.slice.chunks)? {
            let first = offset_of(&key).ok_or(RetentionError::Damaged("chunk of history"))?;
            let info: ChunkInfo =
                postcard::from_bytes(&value).map_err(|_| RetentionError::Damaged("chunk of history"))?;
            if info.last_at >= horizon.0 {
                break;
            }
            touched.chunks.entry(first).or_insert(info);
            touched.aged.insert(first);
            // A run that stands never ends, so what it did is kept for as long as if it had ended right then.
            for run in &standing {
                if self.store.get(RUN_FACTS, &run_facts_key(run.0, first))?.is_some() {
                    self.take_key(*run, first, touched)?;
                }
            }
            below = first.next();
            aged += 1;
        }
        removal.is_full |= aged == self.slice.chunks;
        if below > before {
            removal.writes.push((RETENTION, OLD_BELOW.to_vec(), Some(offset_key(below).to_vec())));
        }
        Ok(below)
    }

    /// Writes an old chunk again with only what tells of runs that are kept, or removes it.
    fn thin(
        &self,
        first: Offset,
        info: &ChunkInfo,
        taken: &BTreeSet<(RunId, Offset)>,
        removal: &mut Removal,
    ) -> Result<(), RetentionError> {
        let key = offset_key(first).to_vec();
        let mut left = None;
        if info.runs > 0 {
            let bytes = self.store.get(FACTS, &key)?.ok_or(RetentionError::Damaged("chunk of history"))?;
            let kept = self.runs_kept(&bytes, first, taken)?;
            // Steps are kept whole: what became of an event can only be told by all of it.
            left = rewritten(&bytes, |step| step.facts.iter().any(|fact| is_about_any(fact, &kept)))
                .map_err(|_| RetentionError::Damaged("chunk of history"))?;
        }
        let still = left.as_ref().map(|bytes| Draft::still_in(&info.payloads, bytes)).unwrap_or_default();
        let gone: Vec<_> = info.payloads.iter().filter(|digest| !still.contains(digest)).copied().collect();
        removal.draft.remove(&gone);
        let left_bytes = left.as_ref().map_or(0, |bytes| bytes.len() as u64);
        removal.draft.totals.pruned_history_bytes += info.bytes.saturating_sub(left_bytes);
        let info = ChunkInfo { bytes: left_bytes, runs_written: info.runs, payloads: still, ..info.clone() };
        removal.writes.push((CHUNKS, key.clone(), left.is_some().then(|| stored(&info))));
        removal.writes.push((FACTS, key, left));
        Ok(())
    }

    /// The runs for whose sake a chunk is kept.
    fn runs_kept(
        &self,
        bytes: &[u8],
        first: Offset,
        taken: &BTreeSet<(RunId, Offset)>,
    ) -> Result<BTreeSet<RunId>, RetentionError> {
        let steps = crate::ledger::steps(bytes).map_err(|_| RetentionError::Damaged("chunk of history"))?;
        let told: BTreeSet<RunId> = steps.iter().flat_map(|step| &step.facts).filter_map(Fact::run).collect();
        let mut kept = BTreeSet::new();
        for run in told {
            let key = run_facts_key(run.0, first);
            if !taken.contains(&(run, first)) && self.store.get(RUN_FACTS, &key)?.is_some() {
                kept.insert(run);
            }
        }
        Ok(kept)
    }

    /// Forgets until when the oldest runs were kept, where there are more than are remembered.
    fn forget_remembered(&self, removal: &mut Removal) -> Result<(), RetentionError> {
        let excess = removal.draft.totals.remembered_runs.saturating_sub(REMEMBERED_RUNS);
        let excess = usize::try_from(excess).unwrap_or(usize::MAX).min(self.slice.runs);
        if excess == 0 {
            return Ok(());
        }
        for (key, _) in self.store.scan(PRUNED, ALL_KEYS, Order::Ascending, excess)? {
            removal.writes.push((PRUNED, key.to_vec(), None));
            removal.draft.totals.remembered_runs -= 1;
        }
        Ok(())
    }
}

/// Whether it tells of one of `runs`: of a run itself, or of a child that it started.
fn is_about_any(fact: &Fact, runs: &BTreeSet<RunId>) -> bool {
    let parent = match fact {
        Fact::RunStarted { parent, .. } => *parent,
        _ => None,
    };
    [fact.run(), parent].into_iter().flatten().any(|run| runs.contains(&run))
}
