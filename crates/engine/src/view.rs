//! What people see of the state: runs, their triggers and tasks, and what each unfinished thing waits for.
//!
//! Views are copies, made when asked for; nothing is kept for their sake.

use serde::Serialize;
use tidegate_json::Value;
use tidegate_model::{
    Data, Digest, Failure, FunctionName, HoldId, Labels, Name, Offset, Outcome, RunId, ScopeId, TaskId, Text,
    TimerId, Timestamp, TriggerName, WorkflowName,
};

use crate::compile::Compiled;
use crate::partition::Partition;
use crate::pools::{Lines, Pools};
use crate::run::{Phase, Purpose, Run, RunState, Scope, Status, TaskPhase};

/// A run in a list.
#[derive(Clone, Debug, Serialize)]
pub struct RunSummary {
    /// The run.
    pub id: RunId,
    /// Of which workflow.
    pub workflow: WorkflowName,
    /// Of which version.
    pub program: Digest,
    /// Where it is in its life.
    pub status: RunStatus,
    /// When it started.
    pub started_at: Timestamp,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// The run that started it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<RunId>,
    /// The key it was started with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Text>,
    /// The run that it goes on from, where it is a rerun.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rerun_of: Option<RunId>,
    /// Name of the error, where it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Text>,
}

/// Where a run is in its life, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RunStatus {
    /// It takes events.
    Running,
    /// It takes events and never ends by itself.
    Standing,
    /// It keeps events for later.
    Paused,
    /// It ended well.
    Succeeded,
    /// It ended badly.
    Failed,
    /// Somebody ended it.
    Cancelled,
}

/// A run in full.
#[derive(Clone, Debug, Serialize)]
pub struct RunView {
    /// What a list shows of it.
    #[serde(flatten)]
    pub summary: RunSummary,
    /// Labels of its input.
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// Its input.
    pub input: Value,
    /// Its variables.
    pub vars: Value,
    /// Its result, where it ended well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Data>,
    /// Why it failed, where it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<FailureView>,
    /// Tasks that have not ended.
    pub tasks: Vec<TaskView>,
    /// Maps that have not ended.
    pub maps: Vec<MapView>,
    /// Everything that it waits for.
    pub waiting_for: Vec<WaitingFor>,
    /// Events of the run that no trigger took.
    pub dead_letters: usize,
}

/// A failure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FailureView {
    /// Name of the error.
    pub error: Text,
    /// What happened.
    pub message: Text,
    /// What the function said about it.
    #[serde(skip_serializing_if = "is_none")]
    pub detail: Data,
}

fn is_none(data: &Data) -> bool {
    *data == Data::None
}

/// A task that has not ended.
#[derive(Clone, Debug, Serialize)]
pub struct TaskView {
    /// The task.
    pub id: TaskId,
    /// The scope it belongs to.
    pub scope: ScopeId,
    /// What the workflow calls it.
    pub subject: Text,
    /// Its place in a map, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<u32>,
    /// The function.
    pub function: FunctionName,
    /// The current attempt, from 1.
    pub attempt: u32,
    /// `issued`, `backing off` or `queued`: it waits for slots.
    pub phase: &'static str,
    /// When it was asked for first.
    pub started_at: Timestamp,
    /// Its input.
    pub input: Value,
}

/// A map that has not ended.
#[derive(Clone, Debug, Serialize)]
pub struct MapView {
    /// What the workflow calls it.
    pub subject: Text,
    /// The scope it belongs to.
    pub scope: ScopeId,
    /// How many items it has.
    pub items: u32,
    /// How many have ended.
    pub ended: u32,
    /// How many of those failed.
    pub failed: u32,
    /// How many are under way.
    pub running: u32,
    /// When it started.
    pub started_at: Timestamp,
}

/// A trigger of a run.
#[derive(Clone, Debug, Serialize)]
pub struct TriggerView {
    /// Its name.
    pub name: TriggerName,
    /// The scope it belongs to.
    pub scope: ScopeId,
    /// Name of that scope in the program.
    pub scope_name: Name,
    /// Whether it listens.
    pub phase: Phase,
    /// Whether it is gone after its first firing.
    pub once: bool,
    /// Its patterns.
    pub on: Vec<tidegate_model::Pattern>,
    /// Its condition.
    pub condition: tidegate_model::ConditionSpec,
    /// Its actions.
    pub actions: Vec<tidegate_model::ActionSpec>,
    /// Its context.
    pub context: Value,
    /// Labels of its context.
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// Events it met.
    pub seen: u64,
    /// How often it fired.
    pub fired: u64,
    /// When it last met an event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_at: Option<Timestamp>,
    /// What its condition waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits_for: Option<Text>,
}

/// Something unfinished, what it waits for, and since when.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WaitingFor {
    /// What waits.
    pub what: Text,
    /// For what.
    #[serde(rename = "for")]
    pub for_what: Text,
    /// Since when.
    pub since: Timestamp,
    /// Until when at the latest, where there is such a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// The task, timer or hold that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// An event that no enabled trigger took.
#[derive(Clone, Debug, Serialize)]
pub struct DeadLetterView {
    /// Where it arrived.
    pub offset: Offset,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: Text,
    /// Its subject.
    pub subject: Option<Text>,
    /// Its source.
    pub source: Text,
    /// Its id.
    pub id: Text,
}

impl RunState {
    /// What a list shows of it.
    #[must_use]
    pub fn summary(&self) -> RunSummary {
        let end = self.end();
        let (status, error) = match (&self.status, end) {
            (_, Some((_, Outcome::Succeeded { .. }))) => (RunStatus::Succeeded, None),
            (_, Some((_, Outcome::Failed(failure)))) => {
                let cancelled = failure.error == tidegate_model::outcome::errors::CANCELLED;
                let status = if cancelled { RunStatus::Cancelled } else { RunStatus::Failed };
                (status, Some(failure.error.clone()))
            }
            (Status::Paused { .. }, None) => (RunStatus::Paused, None),
            (_, None) if self.standing => (RunStatus::Standing, None),
            (_, None) => (RunStatus::Running, None),
        };
        RunSummary {
            id: self.id,
            workflow: self.workflow.clone(),
            program: self.program,
            status,
            started_at: self.started_at,
            ended_at: end.map(|(at, _)| at),
            parent: self.parent.as_ref().map(|parent| parent.run),
            key: self.key.clone(),
            rerun_of: self.rerun.as_ref().map(|rerun| rerun.of),
            error,
        }
    }

    /// The run in full. The program must be the one it is pinned to.
    #[must_use]
    pub fn view(&self, program: &Compiled) -> RunView {
        self.view_among(program, &Pools::default())
    }

    /// The run in full, among all that wait for slots of the same pools.
    fn view_among(&self, program: &Compiled, pools: &Pools) -> RunView {
        let root = self.scopes.get(&ScopeId::ROOT);
        let (output, failure) = match self.end() {
            Some((_, Outcome::Succeeded { data, .. })) => (Some(data.clone()), None),
            Some((_, Outcome::Failed(failure))) => (None, Some(failure_view(failure))),
            None => (None, None),
        };
        RunView {
            summary: self.summary(),
            labels: self.labels.clone(),
            input: root.map(|root| root.input.clone()).unwrap_or_default(),
            vars: root.map(|root| root.vars.clone()).unwrap_or_default(),
            output,
            failure,
            tasks: self.task_views(),
            maps: self.map_views(),
            waiting_for: self.waiting_for_among(program, pools),
            dead_letters: self.dead.len(),
        }
    }

    /// Triggers in all scopes, those that were removed as well.
    #[must_use]
    pub fn triggers(&self, program: &Compiled) -> Vec<TriggerView> {
        let views = self.scopes.iter().flat_map(|(id, scope)| {
            let spec = &program.program.scopes[scope.spec as usize];
            (0..scope.triggers.len()).map(move |index| trigger_view(*id, scope, spec, program, index))
        });
        // Where a run has ended, nothing waits any more.
        let waits = |view: TriggerView| match self.end() {
            Some(_) => TriggerView { waits_for: None, ..view },
            None => view,
        };
        views.map(waits).collect()
    }

    /// Tasks that have not ended.
    fn task_views(&self) -> Vec<TaskView> {
        let views = self.tasks.iter().map(|(number, task)| TaskView {
            id: TaskId { run: self.id, number: *number },
            scope: task.scope,
            subject: task.subject.clone(),
            index: task.item.map(|item| item.index),
            function: task.function.clone(),
            attempt: task.attempt,
            phase: match task.phase {
                TaskPhase::Issued { .. } | TaskPhase::Taken { .. } => "issued",
                TaskPhase::BackingOff { .. } => "backing off",
                TaskPhase::Queued { .. } => "queued",
            },
            started_at: task.started_at,
            input: task.input.clone(),
        });
        views.collect()
    }

    fn map_views(&self) -> Vec<MapView> {
        let views = self.fan_outs.values().map(|fan_out| MapView {
            subject: fan_out.subject.clone(),
            scope: fan_out.scope,
            items: fan_out.results.len() as u32,
            ended: fan_out.ended,
            failed: fan_out.failed,
            running: fan_out.running,
            started_at: fan_out.started_at,
        });
        views.collect()
    }

    /// What every unfinished thing of the run waits for. Never empty while the run has not ended.
    #[must_use]
    pub fn waiting_for(&self, program: &Compiled) -> Vec<WaitingFor> {
        self.waiting_for_among(program, &Pools::default())
    }

    /// The same, with who else waits for slots of the same pools.
    pub(crate) fn waiting_for_among(&self, program: &Compiled, pools: &Pools) -> Vec<WaitingFor> {
        if self.end().is_some() {
            return Vec::new();
        }
        let mut waits = Vec::new();
        if let Status::Paused { since } = self.status {
            let kept = self.waiting.len();
            waits.push(wait("the run", format!("somebody to resume it; {kept} events wait"), since));
        }
        self.waits_of_work(pools, &mut waits);
        self.waits_of_timers(&mut waits);
        for (number, hold) in &self.holds {
            let id = HoldId { run: self.id, number: *number };
            let name = self.trigger_name(program, hold.scope, hold.trigger);
            let what = format!("a firing of `{name}`");
            let for_what = format!("a decision, held by interceptor `{}`", hold.by);
            waits.push(WaitingFor { id: Some(id.to_string()), ..wait(&what, for_what, hold.since) });
        }
        for (run, step) in
            self.children.iter().flat_map(|(run, steps)| steps.iter().map(move |step| (run, step)))
        {
            let what = format!("`{}`", step.subject);
            waits.push(WaitingFor {
                id: Some(run.to_string()),
                ..wait(&what, format!("the end of run {run}"), self.started_at)
            });
        }
        self.waits_of_triggers(program, &mut waits);
        if waits.is_empty() {
            waits.push(wait("the run", "the engine's next look at it".to_owned(), self.started_at));
        }
        waits
    }

    fn waits_of_work(&self, pools: &Pools, waits: &mut Vec<WaitingFor>) {
        let mut lines = Lines::new(pools);
        for (number, task) in &self.tasks {
            let id = TaskId { run: self.id, number: *number };
            let what = match task.item {
                Some(item) => format!("task `{}`[{}]", task.subject, item.index),
                None => format!("task `{}`", task.subject),
            };
            let until = task.timeout_timer.and_then(|timer| self.timers.get(&timer)).map(|timer| timer.due);
            let (for_what, since, until) = match &task.phase {
                TaskPhase::Issued { at } => (
                    format!("the end of attempt {} of function `{}`", task.attempt, task.function),
                    *at,
                    until,
                ),
                TaskPhase::Taken { at, by } => {
                    let worker = by
                        .as_deref()
                        .map_or("the worker that took it".to_owned(), |by| format!("worker `{by}`"));
                    (format!("{worker} to end attempt {} of `{}`", task.attempt, task.function), *at, until)
                }
                TaskPhase::BackingOff { timer, error } => {
                    let timer = self.timers.get(timer);
                    let due = timer.map(|timer| timer.due);
                    let since = timer.map_or(task.started_at, |timer| timer.set_at);
                    (format!("its attempt {}, after {error}", task.attempt + 1), since, due)
                }
                TaskPhase::Queued { at, .. } => (lines.describe(self, id, task), *at, until),
            };
            waits.push(WaitingFor { until, id: Some(id.to_string()), ..wait(&what, for_what, since) });
        }
        for fan_out in self.fan_outs.values() {
            let (items, ended) = (fan_out.results.len(), fan_out.ended);
            let for_what = format!(
                "{} of {items} items; {} under way, {} not started",
                items as u32 - ended,
                fan_out.running,
                fan_out.inputs.len()
            );
            waits.push(wait(&format!("map `{}`", fan_out.subject), for_what, fan_out.started_at));
        }
    }

    fn waits_of_timers(&self, waits: &mut Vec<WaitingFor>) {
        for (number, timer) in &self.timers {
            let Purpose::Named { name, .. } = &timer.purpose else { continue };
            let id = TimerId { run: self.id, number: *number };
            waits.push(WaitingFor {
                until: Some(timer.due),
                id: Some(id.to_string()),
                ..wait(&format!("timer `{name}`"), "its time".to_owned(), timer.set_at)
            });
        }
    }

    /// Triggers that listen to the world, and those whose condition has taken note of something.
    fn waits_of_triggers(&self, program: &Compiled, waits: &mut Vec<WaitingFor>) {
        for (id, scope) in &self.scopes {
            let spec = &program.program.scopes[scope.spec as usize];
            for (index, state) in scope.triggers.iter().enumerate() {
                if state.phase == Phase::Removed {
                    continue;
                }
                let view = trigger_view(*id, scope, spec, program, index);
                let hears_world = view.on.iter().any(|on| on.reach == tidegate_model::Reach::World);
                if state.phase == Phase::Disabled {
                    if hears_world {
                        let what = format!("trigger `{}`", view.name);
                        waits.push(wait(&what, "somebody to enable it".to_owned(), scope.started_at));
                    }
                    continue;
                }
                let half_full = view.seen > view.fired && view.waits_for.is_some();
                let until = self.timer_of_condition(*id, index as u32);
                if !hears_world && !half_full && until.is_none() {
                    continue;
                }
                let what = format!("trigger `{}`", view.name);
                let since = state.last_at.unwrap_or(scope.started_at);
                let for_what = match (&view.waits_for, view.on.first()) {
                    (Some(waits_for), _) => waits_for.to_string(),
                    (None, Some(on)) => describe(on),
                    (None, None) => "an event".to_owned(),
                };
                waits.push(WaitingFor { until, ..wait(&what, for_what, since) });
            }
        }
    }

    /// When the first timer of the trigger's condition is due, if it has one.
    fn timer_of_condition(&self, of: ScopeId, index: u32) -> Option<Timestamp> {
        let own = self.timers.values().filter(|timer| {
            matches!(&timer.purpose, Purpose::Condition { scope, trigger, .. } if *scope == of && *trigger == index)
        });
        own.map(|timer| timer.due).min()
    }

    fn trigger_name(&self, program: &Compiled, scope: ScopeId, index: u32) -> String {
        let Some(place) = self.scopes.get(&scope) else { return String::new() };
        let spec = &program.program.scopes[place.spec as usize];
        let added =
            || place.added.get((index as usize).checked_sub(spec.triggers.len())?).map(|added| &added.0);
        spec.triggers.get(index as usize).or_else(added).map(|spec| spec.name.to_string()).unwrap_or_default()
    }
}

/// A pattern in words.
#[must_use]
pub fn describe(pattern: &tidegate_model::Pattern) -> String {
    use tidegate_model::TextMatch;
    let test = |test: &TextMatch| match test {
        TextMatch::Exact(text) => format!("`{text}`"),
        TextMatch::Prefix(text) => format!("`{text}*`"),
        TextMatch::Suffix(text) => format!("`*{text}`"),
        TextMatch::Glob(text) | TextMatch::Expression(text) => format!("`{text}`"),
    };
    let mut words = format!("an event of type {}", test(&pattern.kind));
    if let Some(subject) = &pattern.subject {
        words.push_str(&format!(" about {}", test(subject)));
    }
    if let Some(source) = &pattern.source {
        words.push_str(&format!(" from {}", test(source)));
    }
    if let Some(filter) = &pattern.filter {
        words.push_str(&format!(" where `{filter}`"));
    }
    words
}

fn wait(what: &str, for_what: String, since: Timestamp) -> WaitingFor {
    WaitingFor { what: Text::new(what), for_what: for_what.into(), since, until: None, id: None }
}

fn failure_view(failure: &Failure) -> FailureView {
    FailureView {
        error: failure.error.clone(),
        message: failure.message.clone(),
        detail: failure.detail.clone(),
    }
}

fn trigger_view(
    id: ScopeId,
    scope: &Scope,
    spec: &tidegate_model::ScopeSpec,
    program: &Compiled,
    index: usize,
) -> TriggerView {
    let state = &scope.triggers[index];
    let shared = spec.triggers.len();
    let trigger = spec.triggers.get(index).unwrap_or_else(|| &scope.added[index - shared].0);
    let mut on = trigger.on.clone();
    for computed in scope.computed.iter().filter(|computed| computed.trigger as usize == index) {
        on[computed.pattern as usize] = computed.resolved.0.clone();
    }
    let compiled = program.trigger(scope.spec, index as u32);
    let waits_for = compiled.and_then(|compiled| compiled.condition.waits_for(&state.context));
    TriggerView {
        name: trigger.name.clone(),
        scope: id,
        scope_name: spec.name.clone(),
        phase: state.phase,
        once: trigger.once,
        on,
        condition: trigger.condition.clone(),
        actions: trigger.actions.clone(),
        context: state.context.clone(),
        labels: state.labels.clone(),
        seen: state.seen,
        fired: state.fired,
        last_at: state.last_at,
        waits_for: waits_for.filter(|_| state.phase == Phase::Enabled),
    }
}

impl Partition {
    /// A run that has not ended.
    #[must_use]
    pub fn run(&self, id: RunId) -> Option<RunView> {
        self.runs.get(id).map(|run| run.state.view_among(&run.program, &self.pools))
    }

    /// Triggers of a run that has not ended.
    #[must_use]
    pub fn run_triggers(&self, id: RunId) -> Option<Vec<TriggerView>> {
        self.runs.get(id).map(|run| run.state.triggers(&run.program))
    }

    /// State of a run that has not ended.
    #[must_use]
    pub fn run_state(&self, id: RunId) -> Option<&RunState> {
        self.runs.get(id).map(|run| &run.state)
    }

    /// Runs that have not ended, newest first, at most `limit`, with ids below `before`.
    #[must_use]
    pub fn run_summaries(&self, before: Option<RunId>, limit: usize) -> Vec<RunSummary> {
        let below = |run: &&Run| before.is_none_or(|before| run.state.id < before);
        self.runs.iter().rev().filter(below).take(limit).map(|run| run.state.summary()).collect()
    }

    /// Whether an event to the world that came up at `offset` is kept because nobody took it.
    #[must_use]
    pub fn is_dead_letter(&self, offset: Offset) -> bool {
        self.dead.has_any_of(offset)
    }

    /// Events to the world that nobody took, newest first, at most `limit`.
    #[must_use]
    pub fn dead_letters(&self, limit: usize) -> Vec<DeadLetterView> {
        let letters = self.dead.iter().rev().take(limit).map(|(place, event)| DeadLetterView {
            offset: place.offset,
            kind: event.kind.clone(),
            subject: event.subject.clone(),
            source: event.source.clone(),
            id: event.id.clone(),
        });
        letters.collect()
    }
}
