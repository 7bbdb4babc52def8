//! What a run has made of a node: where it is, and how often.
//!
//! A node that is passed many times, be it in a loop or once for each item of a map, has counts, not copies.

use serde::{Deserialize, Serialize};

/// What a run has made of a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// In a word.
    pub state: State,
    /// How often, by how it went.
    #[serde(flatten)]
    pub counts: Counts,
}

/// Where a node is, all its passes taken together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The run has not come there.
    #[default]
    NotReached,
    /// It waits there: for time, an event, somebody outside, another attempt.
    Waiting,
    /// It is at work there.
    Running,
    /// It has been there, and all went well.
    Succeeded,
    /// It failed there, and went on another way.
    Caught,
    /// It failed there.
    Failed,
    /// It was there when something else ended it.
    Cancelled,
    /// It was passed by: something decided that it does not run.
    Skipped,
}

/// How often a node was passed, by how it went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Under way and waiting.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub waiting: u64,
    /// Under way and at work.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub running: u64,
    /// Ended well.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub succeeded: u64,
    /// Failed, and went on another way.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub caught: u64,
    /// Failed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub failed: u64,
    /// Ended by something else.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cancelled: u64,
    /// Passed by.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skipped: u64,
    /// How many there are to be in all, where that is known: the items of a map, the events of a join.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub expected: u64,
}

impl Counts {
    /// Counts a pass that is over, by how it went; one that was under way to the last was ended by something else.
    pub fn end(&mut self, end: State) {
        match end {
            State::Succeeded => self.succeeded += 1,
            State::Caught => self.caught += 1,
            State::Failed => self.failed += 1,
            State::Skipped => self.skipped += 1,
            State::Cancelled | State::NotReached | State::Waiting | State::Running => self.cancelled += 1,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Progress {
    /// The progress that `counts` add up to: what is under way comes before what is over, and what went wrong before
    /// what went well.
    #[must_use]
    pub fn of(counts: Counts) -> Self {
        let state = if counts.running > 0 {
            State::Running
        } else if counts.waiting > 0 {
            State::Waiting
        } else if counts.failed > 0 {
            State::Failed
        } else if counts.caught > 0 {
            State::Caught
        } else if counts.succeeded > 0 {
            State::Succeeded
        } else if counts.cancelled > 0 {
            State::Cancelled
        } else if counts.skipped > 0 {
            State::Skipped
        } else {
            State::NotReached
        };
        Self { state, counts }
    }

    /// The counts in short where there is more than one pass to tell of: `3 of 10 done, 1 failed`.
    #[must_use]
    pub fn summary(&self) -> Option<String> {
        let Counts { waiting, running, succeeded, caught, failed, cancelled, skipped, expected } =
            self.counts;
        let ended = succeeded + caught + failed + cancelled + skipped;
        let total = ended + waiting + running;
        if total.max(expected) <= 1 {
            return None;
        }
        let mut parts = Vec::new();
        match expected {
            0 => parts.extend((ended > 0).then(|| format!("{ended}\u{d7}"))),
            _ => parts.push(format!("{ended} of {expected}")),
        }
        for (count, word) in [
            (running, "running"),
            (waiting, "waiting"),
            (caught, "caught"),
            (failed, "failed"),
            (cancelled, "cancelled"),
            (skipped, "skipped"),
        ] {
            parts.extend((count > 0).then(|| format!("{count} {word}")));
        }
        Some(parts.join(", "))
    }
}

impl State {
    /// The words for it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::NotReached => "not reached",
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Caught => "caught an error",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
        }
    }
}
