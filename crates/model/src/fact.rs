//! What a step reports: everything that happened, in order, for history, `why` and the totals.
//!
//! Facts are derived from the journal: a replay gives the same ones. They are compact because the busiest
//! path writes one per event; names and data that the journal or the program hold are not repeated.

use serde::{Deserialize, Serialize};

use crate::{
    Data, Digest, FanOutId, FunctionName, HoldId, Labels, Name, Offset, Outcome, RunId, ScopeId, TaskId,
    Text, TimerId, Timestamp, TriggerName, WorkflowName,
};

/// Which event within an entry: 0 is the one the entry brought, then those the engine raised, in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventNumber(pub u32);

/// A trigger within a run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TriggerRef {
    /// The run.
    pub run: RunId,
    /// The scope within the run.
    pub scope: ScopeId,
    /// Index of the scope in the program, so that the trigger has a name even when its scope is gone.
    pub spec: u32,
    /// Index within the scope: the program's triggers first, then those added to this run.
    pub index: u32,
}

/// Something that happened in a step. Variants are only ever appended: their order is the stored form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// A trigger met an event.
    Disposed {
        /// Which event.
        event: EventNumber,
        /// Which trigger.
        trigger: TriggerRef,
        /// What became of it.
        disposition: Disposition,
    },
    /// The event of the entry had arrived before; nothing else happened.
    Duplicate {
        /// Where it arrived first.
        first: Offset,
    },
    /// No enabled trigger took an event: it is kept as a dead letter.
    Parked {
        /// Which event.
        event: EventNumber,
        /// The run it was for, if for one.
        run: Option<RunId>,
    },
    /// Nobody listens to an event that the engine raised about its own progress.
    Unobserved {
        /// Which event.
        event: EventNumber,
        /// The run it was for.
        run: RunId,
    },
    /// A dead letter is delivered again, as event `event` of this entry.
    Redelivered {
        /// Its number in this entry.
        event: EventNumber,
        /// Where it arrived first.
        first: Offset,
        /// The run it is for, if for one.
        run: Option<RunId>,
    },
    /// The oldest dead letter was let go, because there were more than are kept.
    DeadLetterExpired {
        /// Where it arrived first.
        first: Offset,
    },
    /// The engine raised an event in a run.
    Raised {
        /// Its number in this entry.
        event: EventNumber,
        /// The run.
        run: RunId,
        /// The scope.
        scope: ScopeId,
        /// Its type.
        kind: Text,
        /// Its subject.
        subject: Option<Text>,
        /// Its data; `None` where it is what the entry brought.
        data: Option<Data>,
    },
    /// A workflow got a version.
    Applied {
        /// Which workflow.
        workflow: WorkflowName,
        /// The version.
        program: Digest,
    },
    /// A run started.
    RunStarted {
        /// The run.
        run: RunId,
        /// Of which workflow.
        workflow: WorkflowName,
        /// Of which version.
        program: Digest,
        /// The run that started it.
        parent: Option<RunId>,
        /// Its input.
        input: Data,
        /// Labels of the input.
        labels: Labels,
    },
    /// A run ended.
    RunEnded {
        /// The run.
        run: RunId,
        /// How.
        outcome: Outcome,
    },
    /// A run was paused.
    RunPaused {
        /// The run.
        run: RunId,
    },
    /// A run was resumed.
    RunResumed {
        /// The run.
        run: RunId,
    },
    /// A nested scope started.
    ScopeStarted {
        /// The run.
        run: RunId,
        /// The scope.
        scope: ScopeId,
        /// The scope it is in.
        parent: ScopeId,
        /// What the parent calls it.
        subject: Text,
        /// Its place in a fan-out, from 0.
        index: Option<u32>,
    },
    /// A nested scope ended.
    ScopeEnded {
        /// The run.
        run: RunId,
        /// The scope.
        scope: ScopeId,
        /// Whether it succeeded.
        succeeded: bool,
    },
    /// An attempt of a task was asked for.
    TaskScheduled {
        /// The task.
        task: TaskId,
        /// The scope.
        scope: ScopeId,
        /// Which attempt, from 1.
        attempt: u32,
        /// What the workflow calls it.
        subject: Text,
        /// The function.
        function: FunctionName,
        /// Its place in a fan-out, from 0.
        index: Option<u32>,
    },
    /// An attempt of a task ended; the entry says how, unless the engine itself gave up on it.
    TaskEnded {
        /// The task.
        task: TaskId,
        /// Which attempt, from 1.
        attempt: u32,
        /// Name of the error where it failed.
        error: Option<Text>,
        /// When the next attempt starts, where there is one.
        retry_at: Option<Timestamp>,
    },
    /// An end of an attempt that nobody waits for was reported: late, or a second time.
    TaskEndIgnored {
        /// The task.
        task: TaskId,
        /// Which attempt.
        attempt: u32,
    },
    /// A fan-out started.
    FanOutStarted {
        /// The run.
        run: RunId,
        /// The fan-out.
        fan_out: FanOutId,
        /// The scope.
        scope: ScopeId,
        /// What the workflow calls it.
        subject: Text,
        /// How many items.
        items: u32,
    },
    /// A fan-out ended.
    FanOutEnded {
        /// The run.
        run: RunId,
        /// The fan-out.
        fan_out: FanOutId,
        /// Items that failed.
        failed: u32,
    },
    /// A timer was set.
    TimerSet {
        /// The timer.
        timer: TimerId,
        /// Its name.
        name: Text,
        /// When it fires.
        due: Timestamp,
    },
    /// A timer fired.
    TimerFired {
        /// The timer.
        timer: TimerId,
    },
    /// A timer was cancelled.
    TimerCancelled {
        /// The timer.
        timer: TimerId,
    },
    /// Variables of a scope were set.
    VarsSet {
        /// The run.
        run: RunId,
        /// The scope.
        scope: ScopeId,
        /// The keys that were set, and their values.
        vars: Data,
    },
    /// A trigger was changed.
    TriggerChanged {
        /// Which.
        trigger: TriggerRef,
        /// Its name.
        name: TriggerName,
        /// How.
        change: TriggerChangeKind,
    },
    /// An interceptor was attached or detached.
    InterceptorChanged {
        /// The run.
        run: RunId,
        /// Its name.
        name: Name,
        /// Whether it is there.
        attached: bool,
    },
    /// A firing is held.
    Held {
        /// The hold.
        hold: HoldId,
        /// Which trigger.
        trigger: TriggerRef,
        /// By which interceptor.
        by: Name,
    },
    /// A held firing was decided.
    Decided {
        /// The hold.
        hold: HoldId,
        /// Whether it goes on.
        goes_on: bool,
    },
    /// The entry asked for something that cannot be done; nothing happened.
    Refused {
        /// Why.
        reason: Text,
        /// The run it was about, if any.
        run: Option<RunId>,
    },
    /// The bounds of a fan-out were changed.
    FanOutBounded {
        /// The run.
        run: RunId,
        /// The fan-out.
        fan_out: FanOutId,
        /// Items at one time, from here on; `None` where it stays what it was.
        concurrency: Option<u32>,
        /// Items that may fail, from here on; `None` where it stays what it was.
        failures_max: Option<u32>,
    },
    /// A task waits for slots of pools before an attempt of it.
    TaskQueued {
        /// The task.
        task: TaskId,
        /// The scope.
        scope: ScopeId,
        /// Which attempt, from 1.
        attempt: u32,
        /// What the workflow calls it.
        subject: Text,
        /// The function.
        function: FunctionName,
        /// Its place in a fan-out, from 0.
        index: Option<u32>,
        /// A pool that stands in its way.
        pool: Text,
        /// Whether that is the run's own, not the server's.
        of_run: bool,
        /// How many slots of it the task wants.
        wants: u32,
        /// How many it has.
        slots: u32,
        /// How many of them are taken.
        used: u64,
        /// How many other tasks wait that claim of it.
        queued: u64,
    },
    /// A task that waited for slots has them.
    TaskGranted {
        /// The task.
        task: TaskId,
        /// Since when it waited.
        queued_at: Timestamp,
    },
    /// A run goes on from what another one left.
    RerunStarted {
        /// The run.
        run: RunId,
        /// The run that it goes on from.
        of: RunId,
        /// What it started with: an object with its `input`, and `kept`.
        start: Data,
    },
    /// A fan-out over a function came to nothing, and this is what those of its items gave that had ended well.
    FanOutLeft {
        /// The run.
        run: RunId,
        /// The fan-out.
        fan_out: FanOutId,
        /// Places of items, and their results.
        results: Vec<(u32, Data)>,
    },
    /// A task ended at once with a result that was kept.
    CacheHit {
        /// The task.
        task: TaskId,
        /// The scope.
        scope: ScopeId,
        /// What the workflow calls it.
        subject: Text,
        /// Its place in a fan-out, from 0.
        index: Option<u32>,
        /// The run that gave the result.
        from: RunId,
    },
    /// No result is kept for a task that would take one.
    CacheMissed {
        /// The task.
        task: TaskId,
        /// The scope.
        scope: ScopeId,
        /// What the workflow calls it.
        subject: Text,
        /// Its place in a fan-out, from 0.
        index: Option<u32>,
        /// Why there is none.
        reason: Text,
    },
}

/// How a trigger was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TriggerChangeKind {
    /// It listens.
    Enabled,
    /// It does not listen.
    Disabled,
    /// It was added.
    Added,
    /// It is gone.
    Removed,
    /// Its context was set.
    ContextSet,
}

/// What became of an event at one trigger.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// The condition held and the actions were taken.
    Fired,
    /// The condition took note of it and waits for more.
    Counted {
        /// How much is in: events counted, or parts that are true.
        have: u32,
        /// How much is needed; 0 where that is not known yet.
        want: u32,
    },
    /// A filter or the condition was false.
    Filtered {
        /// The part that was false, and what it saw.
        part: Text,
    },
    /// The trigger is disabled or its run is paused; the event waits.
    Parked,
    /// An interceptor took the firing: held or skipped it.
    Intercepted {
        /// Which.
        by: Name,
    },
    /// The condition or an action failed; nothing of it was applied.
    Failed {
        /// Why.
        message: Text,
    },
}

impl Fact {
    /// The run it is about, if about one.
    #[must_use]
    pub fn run(&self) -> Option<RunId> {
        match self {
            Self::Disposed { trigger, .. } | Self::TriggerChanged { trigger, .. } => Some(trigger.run),
            Self::Duplicate { .. } | Self::Applied { .. } | Self::DeadLetterExpired { .. } => None,
            Self::Parked { run, .. } | Self::Redelivered { run, .. } | Self::Refused { run, .. } => *run,
            Self::Unobserved { run, .. }
            | Self::Raised { run, .. }
            | Self::RunStarted { run, .. }
            | Self::RunEnded { run, .. }
            | Self::RunPaused { run }
            | Self::RunResumed { run }
            | Self::ScopeStarted { run, .. }
            | Self::ScopeEnded { run, .. }
            | Self::FanOutStarted { run, .. }
            | Self::FanOutEnded { run, .. }
            | Self::FanOutBounded { run, .. }
            | Self::RerunStarted { run, .. }
            | Self::FanOutLeft { run, .. }
            | Self::VarsSet { run, .. }
            | Self::InterceptorChanged { run, .. } => Some(*run),
            Self::TaskScheduled { task, .. }
            | Self::TaskEnded { task, .. }
            | Self::TaskEndIgnored { task, .. }
            | Self::TaskQueued { task, .. }
            | Self::CacheHit { task, .. }
            | Self::CacheMissed { task, .. }
            | Self::TaskGranted { task, .. } => Some(task.run),
            Self::TimerSet { timer, .. } | Self::TimerFired { timer } | Self::TimerCancelled { timer } => {
                Some(timer.run)
            }
            Self::Held { hold, .. } | Self::Decided { hold, .. } => Some(hold.run),
        }
    }
}
