//! Events to the world that no enabled trigger took.
//!
//! Kept by offset and found by type, so that a trigger that appears gets those it listens to at a cost that
//! does not grow with the others. At most so many are kept; the oldest is let go when there is one more, which
//! history tells. Events of one run that nobody took are kept in the run.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_model::{Event, Offset, Pattern, Text, TextMatch};

#[derive(Clone, Debug, Default)]
pub(crate) struct DeadLetters {
    letters: BTreeMap<Offset, Event>,
    by_type: BTreeMap<Text, BTreeSet<Offset>>,
    changed: BTreeSet<Offset>,
}

impl DeadLetters {
    /// Keeps `event`, which arrived at `offset`; returns one that had to go to make room.
    pub(crate) fn keep(&mut self, offset: Offset, event: Event, letters_max: usize) -> Option<Offset> {
        self.insert(offset, event);
        self.changed.insert(offset);
        if self.letters.len() <= letters_max {
            return None;
        }
        let oldest = *self.letters.keys().next()?;
        self.remove(oldest);
        Some(oldest)
    }

    /// Puts one back from a checkpoint.
    pub(crate) fn insert(&mut self, offset: Offset, event: Event) {
        self.by_type.entry(event.kind.clone()).or_default().insert(offset);
        self.letters.insert(offset, event);
    }

    pub(crate) fn remove(&mut self, offset: Offset) -> Option<Event> {
        let event = self.letters.remove(&offset)?;
        if let Some(offsets) = self.by_type.get_mut(&event.kind) {
            offsets.remove(&offset);
            if offsets.is_empty() {
                self.by_type.remove(&event.kind);
            }
        }
        self.changed.insert(offset);
        Some(event)
    }

    /// Takes out those that `pattern` matches, in order of arrival.
    pub(crate) fn take(&mut self, pattern: &Pattern) -> Vec<(Offset, Event)> {
        let candidates: Vec<Offset> = match &pattern.kind {
            TextMatch::Exact(kind) => self.by_type.get(kind).into_iter().flatten().copied().collect(),
            other => {
                let kinds = self.by_type.iter().filter(|(kind, _)| other.matches(kind));
                let mut offsets: Vec<Offset> = kinds.flat_map(|(_, offsets)| offsets).copied().collect();
                offsets.sort_unstable();
                offsets
            }
        };
        let matching = candidates.into_iter().filter(|offset| pattern.matches(&self.letters[offset]));
        let matching: Vec<Offset> = matching.collect();
        matching.into_iter().filter_map(|offset| Some((offset, self.remove(offset)?))).collect()
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (Offset, &Event)> {
        self.letters.iter().map(|(offset, event)| (*offset, event))
    }

    pub(crate) fn len(&self) -> usize {
        self.letters.len()
    }

    /// What was kept (with the event) or let go (without) since this was last asked.
    pub(crate) fn take_changes(&mut self) -> Vec<(Offset, Option<&Event>)> {
        let changed = std::mem::take(&mut self.changed);
        changed.into_iter().map(|offset| (offset, self.letters.get(&offset))).collect()
    }
}
