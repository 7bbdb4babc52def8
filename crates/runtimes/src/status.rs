//! What can be seen of functions and attempts from outside.

use serde::Serialize;
use tidegate_model::{FunctionName, TaskId, Text};

/// All functions that were invoked, by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Status {
    /// One for each function and version of it.
    pub functions: Vec<FunctionStatus>,
}

/// A function: what waits, what runs, and how it went so far.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FunctionStatus {
    /// Its name.
    pub function: FunctionName,
    /// Directory that its relative paths start from.
    pub directory: Option<Text>,
    /// `builtin`, `command`, `http`, `python`, `node` or `provided`.
    pub runtime: &'static str,
    /// Attempts that run at a time at most; `None` where nothing binds.
    pub cap: Option<usize>,
    /// Attempts that wait for a slot.
    pub queued: usize,
    /// Attempts that run, longest running first.
    pub running: Vec<RunningStatus>,
    /// Warm instances; all zero for functions that have none.
    pub instances: InstanceCounts,
    /// Attempts by what became of them.
    pub totals: TotalCounts,
}

/// An attempt that runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunningStatus {
    /// Whose.
    pub task: TaskId,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// For how long, in milliseconds.
    pub for_ms: u64,
    /// Process that works on it, if it is one.
    pub process: Option<u32>,
}

/// Warm instances by what they do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct InstanceCounts {
    /// Not ready yet.
    pub starting: usize,
    /// Ready, without a call.
    pub idle: usize,
    /// At work.
    pub busy: usize,
}

/// Attempts since the start by what became of them; those that run are in `started` only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TotalCounts {
    /// Left the queue for a slot.
    pub started: u64,
    /// Succeeded.
    pub succeeded: u64,
    /// Failed.
    pub failed: u64,
    /// Ended because nobody wanted them any more.
    pub abandoned: u64,
}

/// Where an attempt stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "position", rename_all = "snake_case")]
pub enum Position {
    /// It waits for a slot.
    Queued {
        /// Attempts of the same function that are served before it.
        ahead: usize,
        /// Attempts of the function that run at a time at most; `None` where nothing binds.
        cap: Option<usize>,
        /// For how long, in milliseconds.
        for_ms: u64,
    },
    /// It runs.
    Running {
        /// For how long, in milliseconds.
        for_ms: u64,
        /// Process that works on it, if it is one.
        process: Option<u32>,
    },
}
