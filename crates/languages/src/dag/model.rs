//! A DAG: tasks and what each of them comes after.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_json::Value;
use tidegate_model::{FunctionName, FunctionSpec, Name, Span as TimeSpan, WorkflowName};

use super::rule::TriggerRule;
use crate::source::Span;

/// A DAG as a file states it.
#[derive(Clone, Debug)]
pub(crate) struct Dag {
    pub(crate) name: WorkflowName,
    pub(crate) functions: BTreeMap<FunctionName, FunctionSpec>,
    /// Longest time from the start of a run to its end.
    pub(crate) timeout: Option<TimeSpan>,
    /// In the order in which they are written.
    pub(crate) tasks: Vec<Task>,
    /// Ids of tasks that could not be read; what comes after them is no mistake of its own.
    pub(crate) malformed: BTreeSet<String>,
}

/// A task.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) id: Name,
    /// Where its id is written.
    pub(crate) span: Span,
    pub(crate) work: Work,
    /// What it comes after, and where that is written.
    pub(crate) after: Vec<(Name, Span)>,
    pub(crate) rule: TriggerRule,
    /// Skips the task where it gives false: the text of an expression.
    pub(crate) when: Option<String>,
    /// A template over the run's input and the results of tasks before it; the run's input where there is none.
    pub(crate) input: Option<Value>,
    /// The list over which it is mapped, a template.
    pub(crate) map: Option<Value>,
    pub(crate) policy: Policy,
    /// The names that its expressions read.
    pub(crate) reads: Vec<(String, Span)>,
}

/// What a task runs.
#[derive(Clone, Debug)]
pub(crate) enum Work {
    /// A function.
    Function {
        name: FunctionName,
        /// Where it is named; `None` where the task states it itself.
        span: Option<Span>,
    },
    /// A run of another workflow.
    Workflow(WorkflowName),
}

/// Retries and limits of a task.
#[derive(Clone, Debug, Default)]
pub(crate) struct Policy {
    /// As it is written.
    pub(crate) retry: Option<Value>,
    /// Of all its attempts together.
    pub(crate) timeout: Option<TimeSpan>,
    /// Between signs of life.
    pub(crate) heartbeat: Option<TimeSpan>,
    /// Items at one time.
    pub(crate) concurrency: Option<u32>,
    /// Items that may fail: how many, or how many of a hundred.
    pub(crate) tolerate: Option<Tolerate>,
}

/// How many items may fail.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Tolerate {
    Count(u32),
    Percent(f64),
}

impl Dag {
    /// The place of a task in [`Self::tasks`].
    pub(crate) fn places(&self) -> BTreeMap<&str, usize> {
        self.tasks.iter().enumerate().map(|(place, task)| (task.id.as_str(), place)).collect()
    }
}
