//! A SWEEP workflow: tasks, who follows whom, and what is replicated.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_json::Value;
use tidegate_model::{FunctionName, FunctionSpec, Name, Span as TimeSpan, WorkflowName};

use super::computed::Computed;
use super::expression::Expression;
use crate::source::Span;

/// A workflow as a file states it.
#[derive(Clone, Debug)]
pub struct Workflow {
    /// Its name.
    pub name: WorkflowName,
    /// In the order in which they are written.
    pub tasks: Vec<Task>,
    /// The functions that the file states itself.
    pub functions: BTreeMap<FunctionName, FunctionSpec>,
    /// Most tasks at one time.
    pub concurrency: Option<u32>,
    /// Longest time of one task.
    pub task_timeout: Option<TimeSpan>,
    /// Ids of tasks that could not be read; what names them is no mistake of its own.
    pub malformed: BTreeSet<String>,
}

/// A task.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its id.
    pub id: Name,
    /// Where the id is written.
    pub span: Span,
    /// What it can run, the best first. Never empty.
    pub executables: Vec<Executable>,
    /// The tasks that come after it, and where they are named.
    pub successors: Vec<(String, Span)>,
    /// Whether the workflow begins with it, and where that is said.
    pub start: Option<Span>,
    /// How long after those before it have ended it begins.
    pub delay: Option<TimeSpan>,
    /// What it gets as `static_input`.
    pub static_input: Computed,
    /// How it is replicated by itself.
    pub replication: Replication,
    /// The task that it is replicated like, and where that is said.
    pub follow: Option<(String, Span)>,
    /// What is to hold for it to run.
    pub conditions: Vec<Located>,
    /// Variables for its process.
    pub environment: Option<Computed>,
    /// What its container runs in place of what the definition says.
    pub command: Option<Computed>,
    /// What its output has as `static_output`.
    pub static_output: Option<Computed>,
    /// Whether its failure does not fail the run.
    pub ignores_errors: bool,
    /// Expressions in what is computed, and where they are written.
    pub expressions: Vec<Located>,
}

/// What a task can run.
#[derive(Clone, Debug)]
pub struct Executable {
    /// The function.
    pub function: FunctionName,
    /// Where it is named.
    pub span: Span,
    /// What it is in SWEEP.
    pub kind: ExecutableKind,
}

/// The two kinds of executables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExecutableKind {
    /// Gives an object as its output.
    Function,
    /// Gives no output of its own; a local command in its place may.
    Container,
}

/// How a task is replicated by itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Replication {
    /// Not at all.
    None,
    /// So often.
    Times(u32),
    /// Once for each item of a list.
    Scatter(Scatter),
}

/// The list that a task is scattered over.
#[derive(Clone, Debug, PartialEq)]
pub enum Scatter {
    /// Computed from outputs.
    Expression(Located),
    /// As it is written.
    List(Value),
}

/// An expression and where it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Located {
    /// Its text.
    pub text: String,
    /// It.
    pub expression: Expression,
    /// Where.
    pub span: Span,
}

impl Workflow {
    /// The place of each task in [`Self::tasks`], by its id.
    #[must_use]
    pub fn places(&self) -> BTreeMap<&str, usize> {
        self.tasks.iter().enumerate().map(|(place, task)| (task.id.as_str(), place)).collect()
    }
}

impl Task {
    /// Whether it has replicas of its own, besides those of the task that it follows.
    #[must_use]
    pub fn is_replicated(&self) -> bool {
        self.replication != Replication::None
    }
}
