//! What steps give: effects to carry out, facts to remember, an answer for who asked.

use tidegate_model::{Digest, Effect, Fact, Offset, RunId, Timestamp};

use crate::input::InvalidInput;
use crate::run::RunState;

/// What a number of steps gave. Reused from batch to batch, so that the hot path does not allocate.
#[derive(Debug, Default)]
pub struct Output {
    /// What is to be done, in order.
    pub effects: Vec<Effect>,
    /// What happened, in order.
    pub facts: Vec<Fact>,
    /// Where each step's facts begin.
    pub marks: Vec<Mark>,
    /// Runs that ended, as they were at their end.
    pub ended: Vec<Box<RunState>>,
}

/// The facts of one step: those from `facts_start` up to the next mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The entry.
    pub offset: Offset,
    /// Its time.
    pub at: Timestamp,
    /// Index into [`Output::facts`].
    pub facts_start: usize,
}

impl Output {
    /// Forgets everything and keeps the memory.
    pub fn clear(&mut self) {
        self.effects.clear();
        self.facts.clear();
        self.marks.clear();
        self.ended.clear();
    }

    /// Facts step by step.
    pub fn steps(&self) -> impl Iterator<Item = (Mark, &[Fact])> {
        self.marks.iter().enumerate().map(|(index, mark)| {
            let end = self.marks.get(index + 1).map_or(self.facts.len(), |next| next.facts_start);
            (*mark, &self.facts[mark.facts_start..end])
        })
    }
}

/// The answer to whoever submitted an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Done.
    Done,
    /// The event arrived before; nothing happened.
    Duplicate {
        /// Where it arrived first.
        first: Offset,
    },
    /// This is the run.
    Run {
        /// The run.
        run: RunId,
        /// Whether an earlier request with the same key started it.
        existing: bool,
    },
    /// The workflow has this version.
    Applied {
        /// The version.
        program: Digest,
        /// Whether it had it before.
        unchanged: bool,
        /// The standing run, where it stands.
        standing: Option<RunId>,
    },
    /// It cannot be done; nothing happened.
    Refused(Refusal),
}

/// Why something cannot be done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such thing.
    #[error("there is no {kind} `{name}`")]
    NotFound {
        /// What kind of thing.
        kind: &'static str,
        /// Which.
        name: String,
    },
    /// It is not in a state in which that can be done.
    #[error("{0}")]
    Conflict(String),
    /// It is not sound.
    #[error("{0}")]
    Invalid(String),
    /// The input is not what the workflow takes.
    #[error("{0}")]
    InvalidInput(InvalidInput),
}
