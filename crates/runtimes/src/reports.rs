//! Who is told how attempts end.

use tidegate_model::{Outcome, TaskId};

/// Hears what becomes of attempts. Called from any thread, also from within
/// [`Runtimes::invoke`](crate::Runtimes::invoke); must not block.
pub trait Reports: Send + Sync {
    /// Attempt `attempt` of `task` has ended. Called once for each attempt, never for one that was abandoned.
    fn ended(&self, task: TaskId, attempt: u32, outcome: Outcome);

    /// The attempt gave a sign of life: it wrote to its log. At most about once a second for each attempt.
    fn heartbeat(&self, task: TaskId, attempt: u32);
}
