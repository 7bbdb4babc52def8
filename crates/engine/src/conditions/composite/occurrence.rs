//! An occurrence: something that happened over an interval, and the events that it is made of.
//!
//! Intervals are of instants, not of milliseconds: the trigger numbers the events it looks at, and the moments at
//! which its windows end, in journal order. Two events of one millisecond are still one before the other.
//!
//! Invariant: `events` is not empty, is sorted by position, and names no event twice.

use tidegate_json::Value;
use tidegate_model::Timestamp;

/// Number of an instant among those that the trigger has seen, from 1.
pub(super) type Position = u64;

/// A moment at which something can happen: an event is there, or a window ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Instant {
    /// Its number.
    pub(super) position: Position,
    /// Its time. Those of later instants are not before it.
    pub(super) at: Timestamp,
}

/// An event, or several that together are a composite one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Occurrence {
    /// Instant at which it ended, which is when it was detected.
    pub(super) last: Position,
    /// Time of that instant.
    pub(super) at: Timestamp,
    events: Vec<Constituent>,
}

/// One event of an occurrence.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Constituent {
    position: Position,
    /// What people and expressions see of it; has `position` and `at` as members.
    shown: Value,
    at: Timestamp,
}

/// An occurrence in the context that does not read as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected `last`, `at` and `events`, each of them with a `position` and an `at`")]
pub(super) struct MalformedOccurrence;

impl Occurrence {
    /// One event. `shown` is an object; its position and time are added to it.
    pub(super) fn of_event(instant: Instant, mut shown: Value) -> Self {
        let Instant { position, at } = instant;
        shown.set("at", at.0);
        shown.set("position", position);
        Self { last: position, at, events: vec![Constituent { position, shown, at }] }
    }

    /// All of `parts`, of which there is at least one, as one that ends at `instant`.
    pub(super) fn composed(parts: &[&Self], instant: Instant) -> Self {
        let mut events: Vec<Constituent> = parts.iter().flat_map(|part| &part.events).cloned().collect();
        events.sort_by_key(|event| event.position);
        events.dedup_by_key(|event| event.position);
        assert!(!events.is_empty(), "an occurrence is made of at least one event");
        Self { last: instant.position, at: instant.at, events }
    }

    /// Instant of its first event.
    pub(super) fn first(&self) -> Position {
        self.events[0].position
    }

    /// Time of its first event.
    pub(super) fn since(&self) -> Timestamp {
        self.events[0].at
    }

    /// How many events it is made of.
    pub(super) fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether it is over before `later` begins.
    pub(super) fn precedes(&self, later: &Self) -> bool {
        self.last < later.first()
    }

    /// Whether the event of that instant is one of its own.
    pub(super) fn contains(&self, position: Position) -> bool {
        self.events.binary_search_by_key(&position, |event| event.position).is_ok()
    }

    /// Whether one of its events is among `positions`, which are sorted.
    pub(super) fn uses_any(&self, positions: &[Position]) -> bool {
        self.positions().any(|position| positions.binary_search(&position).is_ok())
    }

    /// Its events, as people and expressions see them.
    pub(super) fn shown(&self) -> Value {
        Value::array(self.events.iter().map(|event| event.shown.clone()))
    }

    /// Positions of its events, in order.
    pub(super) fn positions(&self) -> impl Iterator<Item = Position> {
        self.events.iter().map(|event| event.position)
    }
}

impl From<&Occurrence> for Value {
    fn from(occurrence: &Occurrence) -> Self {
        Self::object([
            ("last", Self::from(occurrence.last)),
            ("at", Self::from(occurrence.at.0)),
            ("events", occurrence.shown()),
        ])
    }
}

impl TryFrom<&Value> for Occurrence {
    type Error = MalformedOccurrence;

    fn try_from(value: &Value) -> Result<Self, MalformedOccurrence> {
        let last = value.get("last").and_then(Value::as_u64).ok_or(MalformedOccurrence)?;
        let events = value.get("events").and_then(Value::as_array).ok_or(MalformedOccurrence)?;
        let events = events.iter().map(constituent).collect::<Option<Vec<_>>>().ok_or(MalformedOccurrence)?;
        let in_order = events.windows(2).all(|pair| pair[0].position < pair[1].position);
        match events.last() {
            Some(newest) if in_order && newest.position <= last => {
                Ok(Self { last, at: time(value).ok_or(MalformedOccurrence)?, events })
            }
            _ => Err(MalformedOccurrence),
        }
    }
}

fn constituent(shown: &Value) -> Option<Constituent> {
    let position = shown.get("position")?.as_u64()?;
    Some(Constituent { position, at: time(shown)?, shown: shown.clone() })
}

fn time(value: &Value) -> Option<Timestamp> {
    value.get("at")?.as_i64().map(Timestamp)
}
