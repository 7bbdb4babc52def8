//! What each segment of the journal weighs: its own bytes, and those of the payloads that its entries refer to.
//!
//! A segment is kept or dropped as a whole, and payloads go with it. So what it holds counts against the size that the journal
//! may have, and a segment ends early once it holds much: otherwise a few entries about large data would keep all of that for
//! as long as the segment has room.

use std::collections::BTreeMap;

use tidegate_journal::Checkpoints;
use tidegate_journal::checkpoints::{ALL_KEYS, CheckpointError, Order};
use tidegate_model::Offset;

use crate::keyspaces::{ENTRY_PAYLOADS, offset_of};
use crate::references::EntryPayload;

/// Bytes of payloads that the journal refers to.
#[derive(Debug)]
pub(crate) struct Weights {
    /// By entry, of segments that were not summed up yet.
    entries: BTreeMap<u64, u64>,
    /// By the first offset of segments that are no longer written to.
    segments: BTreeMap<u64, u64>,
    /// Of the entries since the last segment was begun for its weight.
    last_bytes: u64,
    heavy_bytes: u64,
}

impl Weights {
    /// What the entries that `store` knows of refer to. A segment is heavy from `heavy_bytes` on; the last one begins at
    /// `last_segment`.
    pub(crate) fn load(
        store: &Checkpoints,
        last_segment: Offset,
        heavy_bytes: u64,
    ) -> Result<Self, CheckpointError> {
        let saved = store.scan(ENTRY_PAYLOADS, ALL_KEYS, Order::Ascending, usize::MAX)?;
        let saved = saved.iter().filter_map(|(key, value)| offset_of(key).zip(EntryPayload::size_in(value)));
        let entries: BTreeMap<u64, u64> = saved.map(|(offset, size)| (offset.0, size)).collect();
        let last_bytes = entries.range(last_segment.0..).map(|(_, size)| size).sum();
        Ok(Self { entries, segments: BTreeMap::new(), last_bytes, heavy_bytes })
    }

    pub(crate) fn add(&mut self, offset: Offset, size_bytes: u64) {
        self.entries.insert(offset.0, size_bytes);
        self.last_bytes += size_bytes;
    }

    /// Whether the last segment holds so much that the next should be begun.
    pub(crate) fn is_last_heavy(&self) -> bool {
        self.last_bytes >= self.heavy_bytes
    }

    /// A segment was begun.
    pub(crate) fn begin(&mut self) {
        self.last_bytes = 0;
    }

    /// The first offset of the oldest of the newest `segments` (first offset and bytes of each, oldest first) that weigh at most
    /// `keep_bytes` together; the last one is always among them. `None` where all are.
    pub(crate) fn oldest_kept(
        &mut self,
        segments: &[(tidegate_journal::Offset, u64)],
        keep_bytes: u64,
    ) -> Option<u64> {
        self.sum_up(segments);
        let ((last, last_bytes), older) = segments.split_last()?;
        let mut bytes = last_bytes + self.entries.values().sum::<u64>();
        let mut oldest = last.0;
        for (first, file_bytes) in older.iter().rev() {
            bytes += file_bytes + self.segments.get(&first.0).copied().unwrap_or_default();
            if bytes > keep_bytes {
                return Some(oldest);
            }
            oldest = first.0;
        }
        None
    }

    /// Keeps one sum for each segment that is no longer written to, and forgets those that are gone.
    fn sum_up(&mut self, segments: &[(tidegate_journal::Offset, u64)]) {
        for pair in segments.windows(2) {
            let (first, end) = (pair[0].0.0, pair[1].0.0);
            let later = self.entries.split_off(&end);
            let own: u64 =
                std::mem::replace(&mut self.entries, later).range(first..).map(|(_, size)| size).sum();
            *self.segments.entry(first).or_default() += own;
        }
        let oldest = segments.first().map_or(0, |(first, _)| first.0);
        self.segments = self.segments.split_off(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_segments_hold_counts_and_the_last_one_stays() {
        let store = Checkpoints::in_memory(tidegate_journal::checkpoints::Memory::new());
        let mut weights = Weights::load(&store, Offset(0), 100).unwrap();
        let segments = |firsts: &[u64]| -> Vec<_> {
            firsts.iter().map(|first| (tidegate_journal::Offset(*first), 10)).collect()
        };
        weights.add(Offset(3), 60);
        assert!(!weights.is_last_heavy());
        weights.add(Offset(4), 60);
        assert!(weights.is_last_heavy());
        assert_eq!(weights.oldest_kept(&segments(&[0]), 5), None, "there is no other");
        weights.begin();
        weights.add(Offset(12), 7);
        let all = segments(&[0, 10, 20]);
        assert_eq!(weights.oldest_kept(&all, 10 + 17 + 130), None);
        assert_eq!(weights.oldest_kept(&all, 10 + 17 + 129), Some(10));
        assert_eq!(weights.oldest_kept(&all, 26), Some(20));
        assert_eq!(weights.oldest_kept(&all, 0), Some(20));
        assert_eq!(weights.oldest_kept(&segments(&[10, 20]), 27), None);
    }
}
