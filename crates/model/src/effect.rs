//! What the engine asks for. Effects are derived from state, so that after a crash they can be asked for
//! again; a repeat shows the same ids.

use std::sync::Arc;

use tidegate_json::Value;

use crate::{FunctionName, FunctionSpec, Labels, TaskId, Text, Timestamp, WorkflowName};

/// Something the shell is to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Run a function and report how it ended, as [`Input::TaskEnded`](crate::Input::TaskEnded).
    Invoke(Box<Invocation>),
    /// Stop an attempt; nobody waits for its end.
    Abandon {
        /// Which task.
        task: TaskId,
    },
}

/// One attempt of a task.
#[derive(Clone, Debug, PartialEq)]
pub struct Invocation {
    /// Which task.
    pub task: TaskId,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// The same for all attempts of the task and for no other task of any Tidegate.
    pub idempotency_key: Text,
    /// The workflow on whose behalf.
    pub workflow: WorkflowName,
    /// What the workflow calls this task.
    pub subject: Text,
    /// Place in its fan-out, from 0.
    pub index: Option<u32>,
    /// The function's name.
    pub function: FunctionName,
    /// What the function is.
    pub spec: Arc<FunctionSpec>,
    /// Directory that relative paths of the function start from.
    pub directory: Option<Arc<str>>,
    /// What it is given.
    pub input: Value,
    /// Labels of the input.
    pub labels: Labels,
    /// When the engine will give up on the task.
    pub deadline: Option<Timestamp>,
    /// Whether a worker outside has taken it already.
    pub taken: bool,
}
