//! The state of a run: what it touched, and nothing that its program already says.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};
use tidegate_json::Value;
use tidegate_model::entry::Document;
use tidegate_model::fact::{EventNumber, TriggerRef};
use tidegate_model::interceptor::Interceptor;
use tidegate_model::{
    Data, Digest, Event, FanOutId, FunctionName, FunctionSpec, Labels, Name, Offset, Outcome, Pattern, RunId,
    ScopeId, TaskId, Text, Timestamp, TriggerSpec, WorkflowName,
};

use crate::action::{MapPolicy, Target, TaskPolicy};
use crate::compile::{Compiled, CompiledTrigger};
use crate::interceptor::CompiledInterceptor;
use crate::matching::Index;
use crate::pools::Turn;

/// A run in memory: its state, the program it is pinned to, and what is derived from both.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) state: RunState,
    pub(crate) program: Arc<Compiled>,
    /// Derived per scope, only where a scope has computed patterns or triggers of its own.
    pub(crate) local: BTreeMap<ScopeId, Box<Local>>,
    /// The interceptors of the state, compiled.
    pub(crate) interceptors: Vec<Arc<CompiledInterceptor>>,
    /// Whether it changed since the last checkpoint.
    pub(crate) dirty: bool,
    /// Whether it changed in this step.
    pub(crate) touched: bool,
    /// The cascade (entry, first event) in which it last raised an event, and how many it has raised in it.
    pub(crate) raised: ((Offset, u32), u32),
    /// What it keeps of the run that it is a rerun of, once somebody has asked.
    pub(crate) kept: OnceLock<Value>,
}

/// What a scope has beyond its program's.
#[derive(Debug, Default)]
pub(crate) struct Local {
    pub(crate) index: Index<u32>,
    pub(crate) added: Vec<Arc<CompiledTrigger>>,
}

/// A run as it is kept in a checkpoint and, once it has ended, in the archive.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunState {
    /// The run.
    pub id: RunId,
    /// Of which workflow.
    pub workflow: WorkflowName,
    /// Of which version.
    pub program: Digest,
    /// Whether it stands: it does not end by itself.
    pub standing: bool,
    /// Who waits for its end.
    pub parent: Option<Parent>,
    /// The key it was started with.
    pub key: Option<Text>,
    /// Labels of its input.
    pub labels: Labels,
    /// When it started.
    pub started_at: Timestamp,
    /// The entry that started it.
    pub started_by: Offset,
    /// Where it is in its life.
    pub status: Status,
    pub(crate) next: Counters,
    // Boxed, as a map makes room for eleven at a time and most runs have one.
    pub(crate) scopes: BTreeMap<ScopeId, Box<Scope>>,
    pub(crate) tasks: BTreeMap<u32, Box<Task>>,
    pub(crate) fan_outs: BTreeMap<FanOutId, FanOut>,
    pub(crate) timers: BTreeMap<u32, Box<Timer>>,
    pub(crate) timer_keys: BTreeMap<TimerKey, u32>,
    pub(crate) holds: BTreeMap<u32, Hold>,
    /// Runs that it waits for, each for one or several of its steps.
    pub(crate) children: BTreeMap<RunId, Vec<Child>>,
    /// Runs that wait for its end beside the one that started it.
    pub(crate) awaited_by: BTreeSet<RunId>,
    pub(crate) waiting: VecDeque<Parcel>,
    pub(crate) dead: VecDeque<Parcel>,
    pub(crate) interceptors: Vec<Document<Interceptor>>,
    /// What it goes on from, where it is a rerun. Stored behind the rest ([`Extension`]).
    #[serde(skip)]
    pub rerun: Option<Rerun>,
}

/// What is stored of a run behind the rest of its state, where there is anything: parts that came to be after the form of the
/// rest. Fields are only appended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Extension {
    pub(crate) rerun: Option<Rerun>,
}

/// What a rerun goes on from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rerun {
    /// The run before it.
    pub of: RunId,
    /// What it was started with: an object with its `input`, and `kept`, which is the business of its language.
    pub start: Data,
}

/// Where a run is in its life.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Status {
    /// It takes events.
    Running,
    /// It keeps events for later.
    Paused {
        /// Since when.
        since: Timestamp,
    },
    /// It is over.
    Ended {
        /// When.
        at: Timestamp,
        /// How.
        outcome: Outcome,
    },
}

/// Who waits for the end of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parent {
    /// The run that started it.
    pub run: RunId,
    /// The scope in it.
    pub scope: ScopeId,
    /// What that scope calls it, where it waits for its end.
    pub subject: Option<Text>,
}

/// A step of this run that waits for the end of another.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Child {
    pub(crate) scope: ScopeId,
    pub(crate) subject: Text,
}

/// The last numbers given out in the run.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Counters {
    pub(crate) task: u32,
    pub(crate) timer: u32,
    pub(crate) scope: u32,
    pub(crate) fan_out: u32,
    pub(crate) hold: u32,
    pub(crate) event: u64,
    pub(crate) draw: u64,
    pub(crate) note: u64,
}

/// An instance of a scope of the program.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Scope {
    /// Index into the program's scopes.
    pub(crate) spec: u32,
    pub(crate) parent: Option<ScopeParent>,
    pub(crate) input: Value,
    pub(crate) vars: Value,
    /// Of everything that was put into its variables.
    pub(crate) labels: Labels,
    /// The program's triggers first, then those added.
    pub(crate) triggers: Vec<TriggerState>,
    pub(crate) added: Vec<Document<TriggerSpec>>,
    /// Patterns whose expressions were computed when it started.
    pub(crate) computed: Vec<ComputedPattern>,
    pub(crate) started_at: Timestamp,
    /// Derived: what goes when it goes.
    #[serde(skip)]
    pub(crate) owns: Owned,
}

/// What is directly in a scope, so that its end costs what is in it and not what is in the run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Owned {
    pub(crate) scopes: BTreeSet<ScopeId>,
    pub(crate) tasks: BTreeSet<u32>,
    pub(crate) fan_outs: BTreeSet<FanOutId>,
}

/// What a nested scope is to its parent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ScopeParent {
    pub(crate) scope: ScopeId,
    pub(crate) subject: Text,
    pub(crate) item: Option<Item>,
}

/// A place in a fan-out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Item {
    pub(crate) fan_out: FanOutId,
    pub(crate) index: u32,
}

/// A pattern of this scope's own.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ComputedPattern {
    pub(crate) trigger: u32,
    /// Index into the trigger's patterns.
    pub(crate) pattern: u32,
    pub(crate) resolved: Document<Pattern>,
}

/// What a scope knows of one of its triggers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TriggerState {
    pub(crate) phase: Phase,
    /// An object.
    pub(crate) context: Value,
    /// Of everything its context was made from.
    pub(crate) labels: Labels,
    pub(crate) seen: u64,
    pub(crate) fired: u64,
    /// When it last met an event.
    pub(crate) last_at: Option<Timestamp>,
}

/// Whether a trigger listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// It does.
    Enabled,
    /// Not until it is enabled; events for it wait.
    Disabled,
    /// Never again.
    Removed,
}

/// A task that has not ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(crate) scope: ScopeId,
    pub(crate) subject: Text,
    pub(crate) function: FunctionName,
    /// The function as it was when the current attempt was asked for, unless it is the program's own: it may be
    /// replaced or taken away while the attempt is under way.
    pub(crate) spec: Option<Document<Arc<FunctionSpec>>>,
    pub(crate) input: Value,
    pub(crate) labels: Labels,
    pub(crate) policy: Arc<TaskPolicy>,
    pub(crate) item: Option<Item>,
    /// The current one, from 1.
    pub(crate) attempt: u32,
    pub(crate) phase: TaskPhase,
    pub(crate) started_at: Timestamp,
    pub(crate) timeout_timer: Option<u32>,
    pub(crate) heartbeat_timer: Option<u32>,
}

/// What a task that has not ended waits for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum TaskPhase {
    /// The end of its attempt.
    Issued { at: Timestamp },
    /// The time of its next attempt.
    BackingOff { timer: u32, error: Text },
    /// The end of its attempt, which a worker outside has taken upon itself.
    Taken { at: Timestamp, by: Option<Text> },
    /// Slots of pools, since the entry `turn`. While the run is paused it is in no line.
    Queued { at: Timestamp, turn: Offset },
}

/// A map that has not ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct FanOut {
    pub(crate) scope: ScopeId,
    pub(crate) subject: Text,
    pub(crate) target: Target,
    /// Inputs of items not yet started are taken from the front.
    pub(crate) inputs: VecDeque<Value>,
    pub(crate) results: Vec<Option<Outcome>>,
    pub(crate) policy: Arc<MapPolicy>,
    pub(crate) labels: Labels,
    pub(crate) running: u32,
    /// Whether items are being started: those that end meanwhile leave it to who starts them to go on.
    #[serde(skip)]
    pub(crate) is_advancing: bool,
    pub(crate) ended: u32,
    pub(crate) failed: u32,
    pub(crate) started_at: Timestamp,
}

/// A timer that has not fired.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Timer {
    pub(crate) due: Timestamp,
    pub(crate) set_at: Timestamp,
    pub(crate) purpose: Purpose,
}

/// What a timer is for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Purpose {
    /// An event, `tidegate.timer.fired`.
    Named { scope: ScopeId, name: Text, data: Value, labels: Labels },
    /// A condition.
    Condition { scope: ScopeId, trigger: u32, key: Text },
    /// The next attempt of a task.
    Retry { task: u32 },
    /// The end of a task's time.
    Timeout { task: u32 },
    /// The end of an attempt's time without a heartbeat.
    Heartbeat { task: u32 },
}

/// What a timer is known by to those who set it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum TimerKey {
    Named(ScopeId, Text),
    Condition(ScopeId, u32, Text),
}

/// A firing that waits for somebody's decision.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Hold {
    pub(crate) scope: ScopeId,
    pub(crate) trigger: u32,
    pub(crate) event: Option<Event>,
    pub(crate) by: Name,
    pub(crate) since: Timestamp,
}

/// An event on its way to a scope, and what is known of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Parcel {
    pub(crate) scope: ScopeId,
    pub(crate) event: Event,
    pub(crate) origin: Origin,
    /// The entry in which it came up.
    pub(crate) offset: Offset,
    /// Its number within that entry.
    pub(crate) number: EventNumber,
}

/// Where an event comes from, which decides what becomes of it when nobody takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Origin {
    /// Outside, or an action: it is kept as a dead letter.
    Sent,
    /// The engine tells of progress: nothing more comes of it.
    Progress,
    /// The engine tells of a failure: the scope fails.
    Failure,
}

impl Run {
    /// The trigger `index` of `scope`, compiled.
    pub(crate) fn trigger(&self, scope: ScopeId, index: u32) -> Option<&Arc<CompiledTrigger>> {
        let spec = &self.program.scopes[self.state.scopes.get(&scope)?.spec as usize];
        match spec.triggers.get(index as usize) {
            Some(trigger) => Some(trigger),
            None => self.local.get(&scope)?.added.get(index as usize - spec.triggers.len()),
        }
    }

    /// The trigger `index` of `scope`, as history knows it.
    pub(crate) fn reference(&self, scope: ScopeId, index: u32) -> TriggerRef {
        let spec = self.state.scopes.get(&scope).map_or(0, |place| place.spec);
        TriggerRef { run: self.state.id, scope, spec, index }
    }

    /// Number of the trigger `name` in `scope`, unless it was removed.
    pub(crate) fn find_trigger(&self, scope: ScopeId, name: &Name) -> Option<u32> {
        let state = self.state.scopes.get(&scope)?;
        let spec = &self.program.scopes[state.spec as usize];
        let present = |index: &u32| state.triggers[*index as usize].phase != Phase::Removed;
        if let Some(index) = spec.by_name.get(name).copied().filter(present) {
            return Some(index);
        }
        let base = spec.triggers.len();
        let added = state.added.iter().enumerate().filter(|(_, added)| added.0.name == *name);
        added.map(|(index, _)| (base + index) as u32).find(present)
    }

    /// Patterns of the trigger, with those computed for this scope in place of their expressions.
    pub(crate) fn patterns(&self, scope: ScopeId, index: u32) -> std::borrow::Cow<'_, [Pattern]> {
        let Some(trigger) = self.trigger(scope, index) else { return std::borrow::Cow::Borrowed(&[]) };
        if trigger.computed.iter().all(Option::is_none) {
            return std::borrow::Cow::Borrowed(&trigger.spec.on);
        }
        let mut patterns = trigger.spec.on.clone();
        for computed in &self.state.scopes[&scope].computed {
            if computed.trigger == index {
                patterns[computed.pattern as usize] = computed.resolved.0.clone();
            }
        }
        std::borrow::Cow::Owned(patterns)
    }

    /// Whether the scope goes on: neither it nor the run has ended. The root scope of a run that has ended is still
    /// there, for the archive.
    pub(crate) fn is_open(&self, scope: ScopeId) -> bool {
        self.state.end().is_none() && self.state.scopes.contains_key(&scope)
    }

    /// Has the scope carry `labels`: something went into it, or into its end, that carries them.
    pub(crate) fn absorb(&mut self, scope: ScopeId, labels: &Labels) {
        if let Some(place) = self.state.scopes.get_mut(&scope) {
            place.labels.absorb(labels);
        }
    }

    /// Whether nothing is under way that could move it: no task, timer, child, hold, nothing kept for later. A map
    /// moves by its tasks and by what is in its scopes, so it does not count by itself.
    pub(crate) fn is_idle(&self) -> bool {
        let state = &self.state;
        state.tasks.is_empty()
            && state.timers.is_empty()
            && state.holds.is_empty()
            && state.children.is_empty()
            && state.waiting.is_empty()
    }

    /// The innermost scope that no event from outside can move; `None` where there is none, and for the root of a run
    /// that stands.
    pub(crate) fn innermost_deaf_scope(&self) -> Option<ScopeId> {
        let mut scopes = self.state.scopes.keys().rev().copied();
        scopes.find(|id| self.may_end_idle(*id) && self.is_innermost(*id) && !self.hears_world(*id))
    }

    fn may_end_idle(&self, id: ScopeId) -> bool {
        id != ScopeId::ROOT || !self.state.standing
    }

    /// Whether no scope is nested in it: one that has such waits for whatever they may still bring.
    fn is_innermost(&self, id: ScopeId) -> bool {
        self.state.scopes[&id].owns.scopes.is_empty()
    }

    /// Whether any trigger of the scope listens to the world, or would if somebody enabled it.
    fn hears_world(&self, id: ScopeId) -> bool {
        (0u32..).zip(&self.state.scopes[&id].triggers).any(|(index, trigger)| {
            trigger.phase != Phase::Removed && self.trigger(id, index).is_some_and(|t| t.hears_world)
        })
    }
}

impl Task {
    /// Its place among those that wait for slots, if it is to wait.
    pub(crate) fn turn(&self, id: TaskId) -> Option<Turn> {
        match self.phase {
            TaskPhase::Queued { turn, .. } => Some(Turn::new(self.policy.priority, turn, id)),
            TaskPhase::Issued { .. } | TaskPhase::BackingOff { .. } | TaskPhase::Taken { .. } => None,
        }
    }

    /// Whether an attempt is under way.
    pub(crate) fn is_issued(&self) -> bool {
        matches!(self.phase, TaskPhase::Issued { .. } | TaskPhase::Taken { .. })
    }
}

impl RunState {
    /// What is stored of it behind the rest; `None` where there is nothing.
    pub(crate) fn extension(&self) -> Option<Extension> {
        let extension = Extension { rerun: self.rerun.clone() };
        (extension != Extension::default()).then_some(extension)
    }

    /// Takes over what was stored behind the rest.
    pub(crate) fn extend(&mut self, extension: Extension) {
        self.rerun = extension.rerun;
    }

    /// Fills in what is derived from the rest.
    pub(crate) fn derive(&mut self) {
        let nested = self.scopes.iter().filter_map(|(id, scope)| Some((*id, scope.parent.as_ref()?.scope)));
        for (id, parent) in nested.collect::<Vec<_>>() {
            self.own(parent, |owns| owns.scopes.insert(id));
        }
        let tasks: Vec<_> = self.tasks.iter().map(|(number, task)| (*number, task.scope)).collect();
        for (number, scope) in tasks {
            self.own(scope, |owns| owns.tasks.insert(number));
        }
        let fan_outs: Vec<_> = self.fan_outs.iter().map(|(id, fan_out)| (*id, fan_out.scope)).collect();
        for (id, scope) in fan_outs {
            self.own(scope, |owns| owns.fan_outs.insert(id));
        }
    }

    /// Changes what `scope` owns, if it is there.
    pub(crate) fn own(&mut self, scope: ScopeId, change: impl FnOnce(&mut Owned) -> bool) {
        if let Some(scope) = self.scopes.get_mut(&scope) {
            change(&mut scope.owns);
        }
    }

    /// When it ended and how, if it has.
    #[must_use]
    pub fn end(&self) -> Option<(Timestamp, &Outcome)> {
        match &self.status {
            Status::Ended { at, outcome } => Some((*at, outcome)),
            Status::Running | Status::Paused { .. } => None,
        }
    }
}
