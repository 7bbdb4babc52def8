//! Events to the world that no enabled trigger took.
//!
//! Kept in the order in which they came up and found by type, so that a trigger that appears gets those it
//! listens to at a cost that does not grow with the others. At most so many are kept; the oldest is let go when
//! there is one more, which history tells. Events of one run that nobody took are kept in the run.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_model::{Event, Offset, Pattern, Text, TextMatch};

#[derive(Clone, Debug, Default)]
pub(crate) struct DeadLetters {
    letters: BTreeMap<Place, Event>,
    by_type: BTreeMap<Text, BTreeSet<Place>>,
    changed: BTreeSet<Place>,
}

/// Where a dead letter is kept: the entry in which it came up, and a number among those of the same entry, as
/// one entry can have several events emitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) offset: Offset,
    pub(crate) number: u32,
}

impl Place {
    /// Its stored form, which sorts as it does.
    pub(crate) fn to_bytes(self) -> [u8; 12] {
        let mut bytes = [0; 12];
        bytes[..8].copy_from_slice(&self.offset.0.to_be_bytes());
        bytes[8..].copy_from_slice(&self.number.to_be_bytes());
        bytes
    }

    /// The place whose stored form is `bytes`.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (offset, number) = bytes.split_first_chunk()?;
        let number = u32::from_be_bytes(number.try_into().ok()?);
        Some(Self { offset: Offset(u64::from_be_bytes(*offset)), number })
    }
}

impl DeadLetters {
    /// Keeps `event`, which came up at `offset`; returns where one did that had to go to make room.
    pub(crate) fn keep(&mut self, offset: Offset, event: Event, letters_max: usize) -> Option<Offset> {
        let same_entry = Place { offset, number: 0 }..=Place { offset, number: u32::MAX };
        let number = self.letters.range(same_entry).next_back().map_or(0, |(last, _)| last.number + 1);
        let place = Place { offset, number };
        self.insert(place, event);
        self.changed.insert(place);
        if self.letters.len() <= letters_max {
            return None;
        }
        let oldest = *self.letters.keys().next()?;
        self.remove(oldest);
        Some(oldest.offset)
    }

    /// Whether any that came up at `offset` is kept.
    pub(crate) fn has_any_of(&self, offset: Offset) -> bool {
        let entry = Place { offset, number: 0 }..=Place { offset, number: u32::MAX };
        self.letters.range(entry).next().is_some()
    }

    /// Puts one back from a checkpoint.
    pub(crate) fn insert(&mut self, place: Place, event: Event) {
        self.by_type.entry(event.kind.clone()).or_default().insert(place);
        self.letters.insert(place, event);
    }

    pub(crate) fn remove(&mut self, place: Place) -> Option<Event> {
        let event = self.letters.remove(&place)?;
        if let Some(places) = self.by_type.get_mut(&event.kind) {
            places.remove(&place);
            if places.is_empty() {
                self.by_type.remove(&event.kind);
            }
        }
        self.changed.insert(place);
        Some(event)
    }

    /// Takes out those that `pattern` matches, in order of arrival.
    pub(crate) fn take(&mut self, pattern: &Pattern) -> Vec<(Offset, Event)> {
        let candidates: Vec<Place> = match &pattern.kind {
            TextMatch::Exact(kind) => self.by_type.get(kind).into_iter().flatten().copied().collect(),
            other => {
                let kinds = self.by_type.iter().filter(|(kind, _)| other.matches(kind));
                let mut places: Vec<Place> = kinds.flat_map(|(_, places)| places).copied().collect();
                places.sort_unstable();
                places
            }
        };
        let matching = candidates.into_iter().filter(|place| pattern.matches(&self.letters[place]));
        let matching: Vec<Place> = matching.collect();
        matching.into_iter().filter_map(|place| Some((place.offset, self.remove(place)?))).collect()
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (Place, &Event)> {
        self.letters.iter().map(|(place, event)| (*place, event))
    }

    pub(crate) fn len(&self) -> usize {
        self.letters.len()
    }

    /// What was kept (with the event) or let go (without) since this was last asked.
    pub(crate) fn take_changes(&mut self) -> Vec<(Place, Option<&Event>)> {
        let changed = std::mem::take(&mut self.changed);
        changed.into_iter().map(|place| (place, self.letters.get(&place))).collect()
    }
}
