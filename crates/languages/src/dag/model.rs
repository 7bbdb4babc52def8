//! A DAG: tasks, what each of them comes after, and the groups that they stand in.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_json::Value;
use tidegate_model::{FunctionName, FunctionSpec, Name, Program, Span as TimeSpan, WorkflowName};

use super::pool::Slots;
use super::rule::TriggerRule;
use crate::source::Span;

/// A DAG as a file states it.
#[derive(Clone, Debug)]
pub(crate) struct Dag {
    pub(crate) name: WorkflowName,
    pub(crate) functions: BTreeMap<FunctionName, FunctionSpec>,
    /// Longest time from the start of a run to its end.
    pub(crate) timeout: Option<TimeSpan>,
    /// What the input of a run is to be, a JSON Schema; anything where `null`.
    pub(crate) params: Value,
    /// The program that starts runs when it is time.
    pub(crate) schedule: Option<Box<Program>>,
    /// In the order in which they are written; a group before what is in it.
    pub(crate) tasks: Vec<Task>,
    /// Where tasks stand: the run itself first, then the groups, each after the one that it is in.
    pub(crate) levels: Vec<Level>,
    pub(crate) hooks: Hooks,
    /// Whether the run gives each result of a replicated task by itself, under the replica's name, in place of lists.
    pub(crate) names_replicas: bool,
    /// Ids of tasks that could not be read; what comes after them is no mistake of its own.
    pub(crate) malformed: BTreeSet<String>,
}

/// Where tasks stand: the run, or a group of which there is one instance or, where it is mapped, one for each item.
#[derive(Clone, Debug, Default)]
pub(crate) struct Level {
    /// The level that it is in.
    pub(crate) parent: usize,
    /// The task that opens it; none opens the run's own.
    pub(crate) opener: Option<usize>,
    pub(crate) is_mapped: bool,
    /// Whether its tasks count outside as if they stood there, every instance for itself, and the group as nothing.
    pub(crate) is_transparent: bool,
    /// Whether it was made for one task that is mapped: what it gives is what that task gives.
    pub(crate) is_single: bool,
}

/// A task, or a group.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    /// What it is called in the whole DAG: the ids of the groups that it is in, and its own, with dots between.
    pub(crate) id: Name,
    /// What it is called where it stands.
    pub(crate) key: String,
    /// Where it stands.
    pub(crate) level: usize,
    /// Where its id is written.
    pub(crate) span: Span,
    pub(crate) work: Work,
    /// What it comes after, as it is written, and where that is.
    pub(crate) after: Vec<(String, Span)>,
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
    /// Whether nothing can name it: it stands for a part of the task that is written.
    pub(crate) is_hidden: bool,
    /// Whether its results are envelopes.
    pub(crate) is_control: bool,
    /// Errors that mean that it is skipped.
    pub(crate) skip_on: Vec<String>,
    /// The tasks after which it cleans up, as written; such a task decides nothing about the end of the run.
    pub(crate) teardown_of: Vec<(String, Span)>,
    /// Whether the run fails with it, though it cleans up.
    pub(crate) fails_run: bool,
    pub(crate) hooks: Hooks,
    /// What SWEEP workflows can say of a task, and DAG files cannot.
    pub(crate) sweep: Option<Sweep>,
}

/// What SWEEP workflows can say of a task.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sweep {
    /// How long it waits once it is decided that it runs.
    pub(crate) delay: Option<TimeSpan>,
    /// The functions that are tried in turn when the one before has failed for good.
    pub(crate) alternatives: Vec<FunctionName>,
    /// What its input, or the items of its map, are computed from, in place of templates.
    pub(crate) computation: Value,
    /// What its result has to be.
    pub(crate) result: ResultForm,
}

/// What a result has to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ResultForm {
    /// An object; nothing counts as an empty one.
    #[default]
    Object,
    /// The same, and everything else counts as nothing.
    ObjectOrNothing,
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
    /// The tasks of this level.
    Group(usize),
}

/// Functions that are called when something has ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hooks {
    pub(crate) on_success: Option<FunctionName>,
    pub(crate) on_failure: Option<FunctionName>,
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
    /// What it claims of pools.
    pub(crate) slots: Slots,
    /// How it uses results that are kept: `ttl`, `version`, and `key`, a template.
    pub(crate) cache: Option<Value>,
}

/// How many items may fail.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Tolerate {
    Count(u32),
    Percent(f64),
}

impl Hooks {
    pub(crate) fn is_empty(&self) -> bool {
        self.on_success.is_none() && self.on_failure.is_none()
    }
}

impl Dag {
    /// The levels from `level` outwards, itself first, the run's own last.
    pub(crate) fn outwards(&self, level: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(Some(level), |&level| (level != 0).then(|| self.levels[level].parent))
    }

    /// The innermost level that both are in.
    pub(crate) fn common_level(&self, one: usize, other: usize) -> usize {
        let around: BTreeSet<usize> = self.outwards(one).collect();
        self.outwards(other).find(|level| around.contains(level)).unwrap_or(0)
    }

    /// The tasks that stand at `level`.
    pub(crate) fn tasks_of(&self, level: usize) -> impl Iterator<Item = (usize, &Task)> {
        self.tasks.iter().enumerate().filter(move |(_, task)| task.level == level)
    }

    /// The group that a task is; `None` where it is none.
    pub(crate) fn group(&self, place: usize) -> Option<usize> {
        match self.tasks[place].work {
            Work::Group(level) => Some(level),
            Work::Function { .. } | Work::Workflow(_) => None,
        }
    }
}
