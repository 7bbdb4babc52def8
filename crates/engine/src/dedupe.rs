//! Which events have arrived before.
//!
//! Owns a window of the last events, by the digest of (source, id). The window is bounded, so a duplicate that
//! comes later than that many events counts as new; the limit is a setting. Kept in chunks, so that a
//! checkpoint writes what came since the last one and drops what left the window, and no more.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tidegate_model::{Event, Offset};

use crate::table::Table;

/// Identities in one chunk.
const CHUNK: usize = 4096;

/// First half of the SHA-256 of source and id. Stored, so it must be the same in every version.
type Identity = u128;

#[derive(Clone, Debug, Default)]
pub(crate) struct Dedupe {
    first: Table<Identity, Offset>,
    chunks: VecDeque<Chunk>,
    window: usize,
    changed_from: u64,
    dropped: Vec<u64>,
}

/// Consecutive identities, as a checkpoint keeps them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Chunk {
    pub(crate) number: u64,
    identities: Vec<(Identity, Offset)>,
}

impl Dedupe {
    pub(crate) fn new(window: usize) -> Self {
        Self { window, ..Self::default() }
    }

    /// Notes that `event` arrived at `offset`; where it arrived before, where that was.
    pub(crate) fn note(&mut self, event: &Event, offset: Offset) -> Option<Offset> {
        let identity = identity(event);
        if let Some(first) = self.first.get(&identity) {
            return Some(*first);
        }
        self.first.insert(identity, offset);
        let number = match self.chunks.back() {
            Some(chunk) if chunk.identities.len() < CHUNK => None,
            Some(chunk) => Some(chunk.number + 1),
            None => Some(0),
        };
        if let Some(number) = number {
            self.chunks.push_back(Chunk { number, identities: Vec::with_capacity(64) });
        }
        if let Some(chunk) = self.chunks.back_mut() {
            chunk.identities.push((identity, offset));
        }
        if self.first.len() > self.window + CHUNK {
            self.forget_oldest();
        }
        None
    }

    /// Where an event arrived, if it is in the window.
    pub(crate) fn find(&self, source: &str, id: &str) -> Option<Offset> {
        self.first.get(&identity_of(source, id)).copied()
    }

    fn forget_oldest(&mut self) {
        let Some(chunk) = self.chunks.pop_front() else { return };
        for (identity, _) in &chunk.identities {
            self.first.remove(identity);
        }
        self.dropped.push(chunk.number);
    }

    /// Chunks that were changed, and numbers of those that were dropped, since this was last asked.
    pub(crate) fn take_changes(&mut self) -> (Vec<&Chunk>, Vec<u64>) {
        let from = self.changed_from;
        self.changed_from = self.chunks.back().map_or(from, |chunk| chunk.number);
        let changed = self.chunks.iter().filter(|chunk| chunk.number >= from).collect();
        (changed, std::mem::take(&mut self.dropped))
    }

    /// All chunks, oldest first.
    pub(crate) fn chunks(&self) -> impl Iterator<Item = &Chunk> {
        self.chunks.iter()
    }

    /// Puts back a chunk from a checkpoint. Chunks come in order.
    pub(crate) fn restore(&mut self, chunk: Chunk) {
        for (identity, offset) in &chunk.identities {
            self.first.insert(*identity, *offset);
        }
        self.changed_from = chunk.number;
        self.chunks.push_back(chunk);
    }
}

fn identity(event: &Event) -> Identity {
    identity_of(&event.source, &event.id)
}

fn identity_of(source: &str, id: &str) -> Identity {
    let mut hash = Sha256::new();
    hash.update((source.len() as u64).to_le_bytes());
    hash.update(source.as_bytes());
    hash.update(id.as_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    u128::from_le_bytes(digest[..16].try_into().expect("half of 32 bytes is 16"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: usize) -> Event {
        Event::new(id.to_string(), "/s", "t")
    }

    #[test]
    fn a_duplicate_names_the_first_arrival() {
        let mut dedupe = Dedupe::new(10);
        assert_eq!(dedupe.note(&event(1), Offset(7)), None);
        assert_eq!(dedupe.note(&event(1), Offset(8)), Some(Offset(7)));
        assert_eq!(dedupe.note(&Event::new("1", "/other", "t"), Offset(9)), None);
        assert_eq!(dedupe.find("/s", "1"), Some(Offset(7)));
    }

    #[test]
    fn the_window_is_bounded_and_its_changes_restore_it() {
        let mut dedupe = Dedupe::new(CHUNK);
        let mut saved = std::collections::BTreeMap::new();
        for number in 0..5 * CHUNK {
            assert_eq!(dedupe.note(&event(number), Offset(number as u64)), None);
            if number % 1000 == 0 {
                let (changed, dropped) = dedupe.take_changes();
                saved.extend(changed.into_iter().map(|chunk| (chunk.number, chunk.clone())));
                saved.retain(|number, _| !dropped.contains(number));
            }
        }
        let (changed, dropped) = dedupe.take_changes();
        saved.extend(changed.into_iter().map(|chunk| (chunk.number, chunk.clone())));
        saved.retain(|number, _| !dropped.contains(number));
        assert!(dedupe.first.len() <= 2 * CHUNK);
        let mut restored = Dedupe::new(CHUNK);
        saved.into_values().for_each(|chunk| restored.restore(chunk));
        let recent = event(5 * CHUNK - 1);
        assert_eq!(restored.note(&recent, Offset(0)), Some(Offset(5 * CHUNK as u64 - 1)));
        assert_eq!(restored.find("/s", "0"), None);
    }
}
