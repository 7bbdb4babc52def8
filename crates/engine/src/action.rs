//! What an action is: a plan of commands. Planning looks and changes nothing; carrying out leaves nothing to
//! choose. So a firing is applied whole, or, where planning one of its actions fails, not at all.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use tidegate_json::Value;
use tidegate_model::{
    Digest, Failure, FunctionName, Name, Retry, Span, Text, Timestamp, TriggerName, TriggerSpec, WorkflowName,
};

use crate::cache::Caching;
use crate::pools::{Claim, StoredPolicy};
use crate::scene::Scene;

/// An action with its parameters, compiled.
pub trait Action: Send + Sync + Debug {
    /// Adds to `plan` what is to be done.
    ///
    /// # Errors
    /// A [`Failure`] where an expression fails or gives something the action cannot work with.
    fn plan(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure>;

    /// Whether it can end its scope: a scope that nothing can end succeeds when nothing is left to do.
    fn ends_scope(&self) -> bool {
        false
    }

    /// The function, scopes or workflow that it starts, for drawing and for checks.
    fn starts(&self) -> Vec<Started<'_>> {
        Vec::new()
    }
}

/// What an action starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Started<'a> {
    /// A function.
    Function(&'a FunctionName),
    /// A scope of the same program.
    Scope(&'a Name),
    /// A run of a workflow.
    Workflow,
}

/// A firing's plan, as it grows.
pub struct Plan<'s, 'a> {
    /// Event, variables, input and time. Actions later in the list see variables that earlier ones set.
    pub scene: &'s mut Scene<'a>,
    /// The trigger's context.
    pub context: &'s Value,
    /// What is to be done, in order.
    pub commands: Vec<Command>,
}

/// One thing the engine can do.
#[derive(Clone, Debug)]
pub enum Command {
    /// Run a function once.
    Invoke {
        /// What the workflow calls the task.
        subject: Text,
        /// The function.
        function: FunctionName,
        /// Its input.
        input: Value,
        /// Retries and limits.
        policy: Arc<TaskPolicy>,
    },
    /// Run a function or a scope once per input, and gather the results in order.
    Map {
        /// What the workflow calls it.
        subject: Text,
        /// What runs.
        target: Target,
        /// One input per item.
        inputs: Vec<Value>,
        /// Results of items, by their places, that are known already: those do not run.
        known: BTreeMap<u32, Value>,
        /// How.
        policy: Arc<MapPolicy>,
    },
    /// Start one nested scope.
    Call {
        /// What the workflow calls it.
        subject: Text,
        /// Which scope of the program.
        scope: Name,
        /// Its input.
        input: Value,
    },
    /// Start a run.
    Start {
        /// What this run calls it, where it waits for its end.
        subject: Option<Text>,
        /// Of which workflow.
        workflow: WorkflowName,
        /// Of which version; the newest where `None`.
        program: Option<Digest>,
        /// Its input.
        input: Value,
        /// A second start with the same key starts nothing.
        key: Option<Text>,
    },
    /// Raise an event.
    Emit(Emission),
    /// Raise an event for whoever in the scope cares, and nobody needs to: one of the run's remarks on its own progress,
    /// which are numbered from 1 ([`Scene::notes`] is the last number) and carry it as extension attribute `note`.
    Note {
        /// Its number, where the planner numbers it, out of the run's own series.
        number: Option<u64>,
        /// Its type.
        kind: Text,
        /// Its subject.
        subject: Option<Text>,
        /// Its data.
        data: Value,
    },
    /// Set a timer; replaces one of the same name in the scope.
    SetTimer {
        /// Its name, the subject of the event it raises.
        name: Text,
        /// When.
        due: Timestamp,
        /// Data of the event it raises.
        data: Value,
    },
    /// Cancel a timer of the scope.
    CancelTimer {
        /// Its name.
        name: Text,
    },
    /// Give up on tasks, maps and nested scopes.
    Abandon {
        /// What the workflow calls them.
        subject: Text,
    },
    /// Cancel runs that this scope started and waits for. It hears of their ends as of any other.
    CancelRuns {
        /// What this run calls them.
        subject: Text,
        /// Why, for people.
        reason: Text,
    },
    /// Let another run have the key of one that has ended; of one that has not, nothing is changed.
    ForgetKey {
        /// Of which workflow.
        workflow: WorkflowName,
        /// The key.
        key: Text,
    },
    /// Set variables of the scope.
    SetVars {
        /// The keys and their values.
        vars: Value,
    },
    /// Set variables of the run's own scope, from whichever scope of it this is. What scopes of one run count together
    /// stands there; they see it as [`Scene::run_vars`].
    SetRunVars {
        /// The keys and their values.
        vars: Value,
    },
    /// End the scope well.
    Complete {
        /// Its result.
        output: Value,
    },
    /// End the scope badly.
    Fail(Failure),
    /// Have a trigger of the scope listen.
    Enable(TriggerName),
    /// Have it not listen.
    Disable(TriggerName),
    /// Take it away.
    Remove(TriggerName),
    /// Add a trigger to the scope.
    Add(Box<TriggerSpec>),
    /// Set keys of a trigger's context.
    SetContext {
        /// Which trigger.
        trigger: TriggerName,
        /// The keys and their values.
        context: Value,
    },
}

/// An event to raise.
#[derive(Clone, Debug)]
pub struct Emission {
    /// Its type.
    pub kind: Text,
    /// Its subject.
    pub subject: Option<Text>,
    /// Its source; the run's own where `None`.
    pub source: Option<Text>,
    /// Its data.
    pub data: Value,
    /// Its extension attributes.
    pub extensions: Vec<(Text, Value)>,
    /// Whether all may hear it, or only the scope that raises it.
    pub to: Audience,
}

/// Who hears an event that an action raises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Audience {
    /// The triggers of the same scope.
    #[default]
    Scope,
    /// The triggers of the scope that this one is in. Nobody hears what the run's own scope tells so.
    Parent,
    /// The triggers of all scopes within this one, however deep, as far as they care. A scope that starts later does not hear
    /// of it: what it is to know as well stands in variables ([`Scene::enclosing`]).
    Nested,
    /// Every trigger that listens to the world.
    World,
}

/// What a map runs for each item.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Target {
    /// A function.
    Function(FunctionName),
    /// A scope of the same program.
    Scope(Name),
    /// Item by item, these scopes of the same program: as many as there are items.
    Scopes(Arc<[Name]>),
}

/// Retries and limits of a task.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(from = "StoredPolicy", into = "StoredPolicy")]
pub struct TaskPolicy {
    /// What to do when it fails; the function's own rule where `None`.
    pub retry: Option<Retry>,
    /// Longest time from the first time it is asked for to its end, all attempts together. What it waits for slots
    /// before does not count; what it waits between attempts does.
    pub timeout: Option<Span>,
    /// Longest time between heartbeats of an attempt.
    pub heartbeat: Option<Span>,
    /// Slots that it holds while an attempt is under way.
    pub claims: Vec<Claim>,
    /// Of those that wait for slots, the task with the greatest goes first.
    pub priority: i32,
    /// How it uses results that are kept; not at all where `None`.
    pub cache: Option<Caching>,
}

/// How a map runs.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct MapPolicy {
    /// Of each item.
    pub task: Arc<TaskPolicy>,
    /// Items at one time.
    pub concurrency: u32,
    /// Items that may fail without the map failing.
    pub tolerate: Tolerance,
    /// Whether each item's end is an event of its own.
    pub each: bool,
}

/// How many items of a map may fail.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Tolerance {
    /// At most this many.
    Count(u32),
    /// At most this share of all, 0 to 100.
    Percent(f64),
}

impl Tolerance {
    /// Whether `failed` of `items` is too many.
    #[must_use]
    pub fn is_exceeded(self, failed: u32, items: u32) -> bool {
        match self {
            Self::Count(count) => failed > count,
            Self::Percent(percent) => f64::from(failed) * 100.0 > percent * f64::from(items),
        }
    }
}
