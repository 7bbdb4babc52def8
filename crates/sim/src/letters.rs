//! The dead letters of the world as the facts tell of them: each is kept until it is delivered again or expires.

use std::collections::BTreeMap;

use tidegate_model::fact::EventNumber;
use tidegate_model::{Fact, Offset};

use crate::violation::{Invariant, Violation, hold};

/// Events to the world that nobody took, by where they arrived.
#[derive(Debug, Default)]
pub(crate) struct Letters(BTreeMap<Offset, u32>);

impl Letters {
    /// Takes note of what was told of the entry at `offset`, in order.
    pub(crate) fn note(&mut self, offset: Offset, facts: &[Fact]) -> Result<(), Violation> {
        let mut first_of: BTreeMap<EventNumber, Offset> = BTreeMap::new();
        let mut is_to_world = false;
        for fact in facts {
            match fact {
                Fact::Parked { event, run } => {
                    is_to_world = run.is_none();
                    if is_to_world {
                        let first = first_of.get(event).copied().unwrap_or(offset);
                        *self.0.entry(first).or_default() += 1;
                    }
                }
                Fact::Redelivered { event, first, run } => {
                    first_of.insert(*event, *first);
                    if run.is_none() {
                        self.remove(*first)?;
                    }
                }
                // It had to make room for the one that was parked just before.
                Fact::DeadLetterExpired { first } if is_to_world => self.remove(*first)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn remove(&mut self, first: Offset) -> Result<(), Violation> {
        let kept = self.0.remove(&first).unwrap_or_default();
        hold(kept > 0, Invariant::DeadLettersAreKept, || {
            format!("no dead letter of entry {first} was kept")
        })?;
        if kept > 1 {
            self.0.insert(first, kept - 1);
        }
        Ok(())
    }

    /// Whether `kept`, the offsets of all that are kept, are these.
    pub(crate) fn check(&self, kept: impl Iterator<Item = Offset>) -> Result<(), Violation> {
        let mut found: BTreeMap<Offset, u32> = BTreeMap::new();
        kept.for_each(|offset| *found.entry(offset).or_default() += 1);
        hold(found == self.0, Invariant::DeadLettersAreKept, || {
            format!("kept, by entry: {found:?}; parked and neither delivered nor expired: {:?}", self.0)
        })
    }
}
