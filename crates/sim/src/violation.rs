//! What must always hold, by name.

use std::fmt;

/// An invariant of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invariant {
    /// Once the faults are over, what was closed opens.
    OpensAgain,
    /// What was acknowledged is in the journal, and in effect.
    AcknowledgedIsKept,
    /// Beyond what was acknowledged the journal has at most the batch that was in doubt, whole: nothing that was
    /// refused, and nothing in part.
    NothingElseIsKept,
    /// What an entry refers to by digest is there.
    StoredIsKept,
    /// A replay of the journal from its beginning, and a checkpoint with the journal's tail, give the same state.
    StateFollowsFromJournal,
    /// A replay tells the same facts as the first time.
    FactsFollowFromJournal,
    /// After a checkpoint was written, the store has exactly the state.
    CheckpointIsTheState,
    /// Every event has one disposition: what was published is the sum of what became of it.
    TotalsReconcile,
    /// Those dead letters are kept that were parked and neither delivered again nor expired, as many as the totals say.
    DeadLettersAreKept,
    /// A run that has not ended waits for something that can be named.
    WaitsForSomething,
    /// An attempt is asked for once and its end counts once.
    AttemptsEndOnce,
    /// After a recovery exactly those effects are asked for again whose end was not told.
    OutstandingIsReissued,
    /// What is put out carries the labels of what it was made from.
    LabelsNeverDrop,
    /// Runs of plans end as arithmetic says.
    EndsAsPredicted,
    /// The counter has counted each event once.
    CountedOnce,
    /// A federated run completes its rounds, with one aggregation each.
    RoundsAggregateOnce,
    /// When workers behave, every run ends, or listens to the world and does nothing else.
    EveryRunEnds,
    /// The engine does not refuse what is sound.
    SoundIsAccepted,
}

/// An invariant that did not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{invariant} does not hold: {detail}")]
pub struct Violation {
    /// Which.
    pub invariant: Invariant,
    /// What was seen.
    pub detail: String,
}

impl Violation {
    /// `invariant` does not hold, as `detail` says.
    #[must_use]
    pub fn new(invariant: Invariant, detail: impl Into<String>) -> Self {
        Self { invariant, detail: detail.into() }
    }
}

impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// Holds, or is a violation with a detail that is only then put in words.
pub(crate) fn hold(
    holds: bool,
    invariant: Invariant,
    detail: impl FnOnce() -> String,
) -> Result<(), Violation> {
    if holds { Ok(()) } else { Err(Violation::new(invariant, detail())) }
}
