//! Consumption: which of the occurrences that could form a composite form it, and which are then used up.
//!
//! Owns what the operators have in common: forming composites under a limit, and using up their events.
//! Invariant: a list of waiting occurrences is in the order in which they were detected.

use super::occurrence::{Instant, Occurrence, Position};

/// The policy. The names are those of Snoop's parameter contexts (Chakravarthy and Mishra 1994) and of the
/// consumption modes of Paton and Díaz (1999), section 2.2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Consumption {
    /// The newest of each part; a newer one takes its place, and nothing is used up.
    Recent,
    /// The oldest of each part; those of a composite are used up.
    #[default]
    Chronicle,
    /// One composite for each initiator; those of all composites are used up.
    Continuous,
    /// One composite of everything that could be in one; all of it is used up.
    Cumulative,
}

/// Events in the composites of one operator at one instant, counted once for each composite they are in. Continuous
/// consumption makes a composite for each initiator, so that the product of two lists could come of one event.
pub(super) const COMPOSED_MAX: usize = 100_000;

/// Events held in occurrences that wait, counted once for each occurrence they are in.
pub(super) const HELD_MAX: usize = 10_000;

/// A limit that a composite event has reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum LimitReached {
    /// See [`HELD_MAX`].
    #[error("more than {HELD_MAX} events would wait in one trigger for the rest of their composites")]
    Held,
    /// See [`COMPOSED_MAX`].
    #[error("one event would complete composites of more than {COMPOSED_MAX} events in total")]
    Composed,
}

/// Forms composites at one instant.
#[derive(Debug)]
pub(super) struct Composer {
    instant: Instant,
    events_left: usize,
}

impl Composer {
    pub(super) fn new(instant: Instant) -> Self {
        Self { instant, events_left: COMPOSED_MAX }
    }

    pub(super) fn instant(&self) -> Instant {
        self.instant
    }

    /// All of `parts`, of which there is at least one, as one.
    pub(super) fn compose(&mut self, parts: &[&Occurrence]) -> Result<Occurrence, LimitReached> {
        let events: usize = parts.iter().map(|part| part.len()).sum();
        self.events_left = self.events_left.checked_sub(events).ok_or(LimitReached::Composed)?;
        Ok(Occurrence::composed(parts, self.instant))
    }
}

/// Takes out of the lists whatever has an event in common with `composites`: an event that was used is used for all
/// parts of the operator for which it could stand.
pub(super) fn use_up(slots: &mut [Vec<Occurrence>], composites: &[Occurrence]) {
    let mut used: Vec<Position> = composites.iter().flat_map(Occurrence::positions).collect();
    used.sort_unstable();
    used.dedup();
    for slot in slots {
        slot.retain(|occurrence| !occurrence.uses_any(&used));
    }
}

/// Adds what has arrived to what waits.
pub(super) fn admit(slots: &mut [Vec<Occurrence>], arrived: Vec<Vec<Occurrence>>) {
    for (slot, arrived) in slots.iter_mut().zip(arrived) {
        slot.extend(arrived);
    }
}
