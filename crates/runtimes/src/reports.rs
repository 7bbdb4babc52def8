//! Who is told how attempts end.

use std::pin::Pin;

use tidegate_model::{Event, Outcome, TaskId, Text};

/// An answer that comes later: nothing, or why events were not recorded.
pub type Published = Pin<Box<dyn Future<Output = Result<(), Text>> + Send>>;

/// Hears what becomes of attempts. Called from any thread, also from within
/// [`Runtimes::invoke`](crate::Runtimes::invoke); must not block.
pub trait Reports: Send + Sync {
    /// Attempt `attempt` of `task` has ended. Called once for each attempt, never for one that was abandoned.
    fn ended(&self, task: TaskId, attempt: u32, outcome: Outcome);

    /// The attempt gave a sign of life: it wrote to its log. At most about once a second for each attempt.
    fn heartbeat(&self, task: TaskId, attempt: u32);

    /// A function sent these events to the world. The answer comes once they are durable, or cannot be. Events that
    /// had been published before, by source and id, count once.
    fn publish(&self, events: Vec<Event>) -> Published;
}
