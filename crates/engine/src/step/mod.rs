//! One step: everything that follows from one journal entry, to the end of the cascade.
//!
//! An entry leads to events; an event to triggers; a firing to commands; commands to more events, which queue
//! here, within the step, until none is left. A run that is being worked on is taken out of the partition, so
//! what happens to another run because of it goes through the queue as well.

mod cache;
mod commands;
mod deliver;
mod fan_outs;
mod fire;
mod pools;
mod records;
mod reflection;
mod runs;
mod schedules;
mod scopes;
mod tasks;
mod timers;
mod workflows;
mod world;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use tidegate_model::fact::EventNumber;
use tidegate_model::outcome::errors;
use tidegate_model::{
    Data, Event, Fact, Failure, Input, Labels, Offset, Outcome, RunId, ScopeId, TaskId, Text, Timestamp,
};

use crate::output::{Output, Refusal, Reply};
use crate::partition::{Listener, Partition};
use crate::run::{Origin, Run};
use crate::scene::Payloads;

pub(crate) struct Step<'p> {
    partition: &'p mut Partition,
    offset: Offset,
    at: Timestamp,
    payloads: &'p dyn Payloads,
    out: &'p mut Output,
    queue: VecDeque<Raised>,
    /// Number of the next event.
    next_event: u32,
    /// Number of the event with which the cascade that goes on began.
    cascade_from: u32,
    /// Runs that were started in this cascade, each with the run that was there before and that it descends from.
    descends_from: BTreeMap<RunId, RunId>,
    /// Events that all descendants of a run have raised in this cascade.
    raised_by_descendants: BTreeMap<RunId, u32>,
    /// Runs that changed in this step.
    touched: Vec<RunId>,
    /// Runs that ended and whose parents wait: parent, run, how it ended, labels of its input.
    ended_children: VecDeque<(RunId, RunId, Outcome, Labels)>,
    found: Vec<Listener>,
    /// Tasks that asked for slots and of which it is not told yet that they wait.
    asked: BTreeSet<TaskId>,
}

/// An event that waits for its turn within the step.
#[derive(Debug)]
pub(crate) struct Raised {
    to: Addressee,
    /// The run that raised it, where it has raised too many in one cascade: it is ended.
    stops: Option<RunId>,
    event: Event,
    origin: Origin,
    number: EventNumber,
    /// The entry in which it came up first; differs from the step's own for what was kept.
    offset: Offset,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Addressee {
    Scope(RunId, ScopeId),
    World,
}

/// Types of the events that the engine raises.
pub(crate) mod kinds {
    pub(crate) const RUN_STARTED: &str = "tidegate.run.started";
    pub(crate) const RUN_SUCCEEDED: &str = "tidegate.run.succeeded";
    pub(crate) const RUN_FAILED: &str = "tidegate.run.failed";
    pub(crate) const SCOPE_STARTED: &str = "tidegate.scope.started";
    pub(crate) const SCOPE_SUCCEEDED: &str = "tidegate.scope.succeeded";
    pub(crate) const SCOPE_FAILED: &str = "tidegate.scope.failed";
    pub(crate) const TASK_TAKEN: &str = "tidegate.task.taken";
    pub(crate) const TASK_SUCCEEDED: &str = "tidegate.task.succeeded";
    pub(crate) const TASK_FAILED: &str = "tidegate.task.failed";
    pub(crate) const MAP_SUCCEEDED: &str = "tidegate.map.succeeded";
    pub(crate) const MAP_FAILED: &str = "tidegate.map.failed";
    pub(crate) const TIMER_FIRED: &str = "tidegate.timer.fired";
    pub(crate) const TRIGGER_FAILED: &str = "tidegate.trigger.failed";
    pub(crate) const TRIGGER_TIMED_OUT: &str = "tidegate.trigger.timed_out";
}

/// What an event that the engine raises is about.
pub(crate) struct Notice {
    kind: &'static str,
    subject: Option<Text>,
    data: Data,
    labels: Labels,
    extensions: Vec<(Text, tidegate_json::Value)>,
    origin: Origin,
    /// Whether its data is what the entry brought, and so needs no second copy in history.
    from_entry: bool,
}

impl<'p> Step<'p> {
    pub(crate) fn new(
        partition: &'p mut Partition,
        offset: Offset,
        payloads: &'p dyn Payloads,
        out: &'p mut Output,
    ) -> Self {
        let at = partition.ledger.at;
        Self {
            partition,
            offset,
            at,
            payloads,
            out,
            queue: VecDeque::new(),
            next_event: 0,
            cascade_from: 0,
            descends_from: BTreeMap::new(),
            raised_by_descendants: BTreeMap::new(),
            touched: Vec::new(),
            ended_children: VecDeque::new(),
            found: Vec::new(),
            asked: BTreeSet::new(),
        }
    }

    /// Takes one input and everything that follows from it.
    pub(crate) fn take(mut self, input: Input) -> Reply {
        // What was due before this entry happened before it, whenever the shell got round to saying so.
        self.fire_due_timers();
        self.drain();
        self.forget_old_keys();
        let age = self.partition.limits.cache_age_max;
        self.partition.cache.forget_old(self.at, age);
        let reply = self.dispatch(input);
        self.drain();
        if let Reply::Refused(refusal) = &reply {
            self.fact(Fact::Refused { reason: Text::from(refusal.to_string()), run: None });
        }
        reply
    }

    fn dispatch(&mut self, input: Input) -> Reply {
        match input {
            Input::Genesis { identity } => {
                self.partition.ledger.identity = identity;
                Reply::Done
            }
            Input::Tick => Reply::Done,
            Input::Publish { event, to } => self.publish(event, to),
            Input::Apply { program } => self.apply_workflow(program.0),
            Input::RemoveWorkflow { workflow } => self.remove_workflow(&workflow),
            Input::RegisterFunction { name, spec } => self.register_function(name, spec.0),
            Input::RemoveFunction { name } => self.remove_function(&name),
            Input::StartRun(request) => self.start_requested(request, None),
            Input::Rerun { request, of } => self.start_requested(request, Some(of)),
            Input::TaskEnded { task, attempt, outcome } => self.task_ended(task, attempt, outcome),
            Input::TaskHeartbeat { task, attempt } => self.task_heartbeat(task, attempt),
            Input::Cancel { run, reason } => self.cancel_run(run, reason, Data::None),
            Input::Pause { run } => self.pause_run(run),
            Input::Resume { run } => self.resume_run(run),
            Input::Intercept { run, interceptor } => self.intercept(run, interceptor.0),
            Input::RemoveInterceptor { run, name } => self.remove_interceptor(run, &name),
            Input::Decide { hold, decision } => self.decide(hold, decision.0),
            Input::ChangeTrigger { run, change } => self.change_trigger(run, change.0),
            Input::CancelWith { run, reason, detail } => self.cancel_run(run, reason, detail),
            Input::TaskTaken { task, attempt, by } => self.task_taken(task, attempt, by),
            Input::PutRecord { shelf, key, record } => self.put_record(shelf, key, record),
            Input::BoundMap { run, fan_out, concurrency, failures_max } => {
                self.bound_fan_out(run, fan_out, concurrency, failures_max)
            }
            Input::ClearCache { workflow, task } => self.clear_cache(workflow.as_ref(), task.as_ref()),
            Input::AddVersion { program } => self.add_version(program.0),
            Input::ForgetKey { workflow, key } => self.forget_key(workflow, key),
        }
    }

    /// Delivers queued events until none is left, then grants slots that became free, and then settles the runs that
    /// changed; both may queue more.
    fn drain(&mut self) {
        loop {
            while let Some(raised) = self.queue.pop_front() {
                if let Some(run) = raised.stops {
                    self.stop_cascade(run);
                }
                match raised.to {
                    Addressee::World => self.deliver_to_world(raised),
                    Addressee::Scope(run, scope) => self.deliver_to_scope(run, scope, &raised),
                }
            }
            if let Some((parent, child, outcome, labels)) = self.ended_children.pop_front() {
                self.child_ended(parent, child, &outcome, &labels);
                continue;
            }
            if let Some(task) = self.partition.pools.grant() {
                self.granted(task);
                continue;
            }
            self.tell_who_waits();
            let Some(run) = self.touched.pop() else { return };
            self.settle(run);
        }
    }

    /// A run that keeps raising events within one step would never let go of the engine. What it raised for the world
    /// is delivered all the same: it was counted, and others may wait for it.
    fn stop_cascade(&mut self, run: RunId) {
        let limit = self.partition.limits.cascade_events_max;
        let message =
            format!("more than {limit} events followed from one; a trigger may be raising its own event");
        // Where it is one of many that start one another, the one that was there first is what goes on.
        let ancestor = self.descends_from.get(&run).copied();
        for run in [Some(run), ancestor].into_iter().flatten() {
            let failure = Failure::new(errors::LIMIT, message.as_str());
            self.with_run(run, |step, run| step.end_run(run, Outcome::Failed(failure)));
        }
    }

    /// Works on a run; `None` where it is not there or has ended.
    fn with_run<T>(&mut self, id: RunId, work: impl FnOnce(&mut Self, &mut Run) -> T) -> Option<T> {
        let mut run = self.partition.runs.take(id)?;
        self.partition.mark_dirty(&mut run);
        if !run.touched {
            run.touched = true;
            self.touched.push(id);
        }
        let result = work(self, &mut run);
        if run.state.end().is_some() {
            self.partition.runs.forget(id);
            self.out.ended.push(Box::new(run.state));
        } else {
            self.partition.runs.put(run);
        }
        Some(result)
    }

    /// Works on a run on behalf of a request.
    fn on_run(&mut self, id: RunId, work: impl FnOnce(&mut Self, &mut Run) -> Reply) -> Reply {
        self.with_run(id, work).unwrap_or_else(|| Reply::Refused(not_found("live run", &id.to_string())))
    }

    fn fact(&mut self, fact: Fact) {
        self.out.facts.push(fact);
    }

    fn number(&mut self) -> EventNumber {
        let number = EventNumber(self.next_event);
        self.next_event += 1;
        number
    }

    /// Raises an event about the progress of `run` in one of its scopes.
    fn raise(&mut self, run: &mut Run, scope: ScopeId, notice: Notice) {
        let Notice { kind, subject, data, labels, extensions, origin, from_entry } = notice;
        let event = Event {
            subject,
            data,
            labels,
            extensions,
            ..Event::new(event_id(run), run_source(run), Text::const_new(kind))
        };
        self.queue_event(run, scope, event, origin, from_entry);
    }

    fn queue_event(&mut self, run: &mut Run, scope: ScopeId, event: Event, origin: Origin, from_entry: bool) {
        let number = self.number();
        self.fact(Fact::Raised {
            event: number,
            run: run.state.id,
            scope,
            kind: event.kind.clone(),
            subject: event.subject.clone(),
            data: (!from_entry).then(|| event.data.clone()),
        });
        let to = Addressee::Scope(run.state.id, scope);
        let stops = self.is_one_too_many(run).then_some(run.state.id);
        self.queue.push_back(Raised { to, stops, event, origin, number, offset: self.offset });
    }

    /// Counts an event that `run` raises; whether it has raised too many in this cascade.
    ///
    /// Counted for each run: those that are merely there when another does not stop are not to pay for it. Runs that
    /// were started in the cascade are counted as one with all that descend from the same: runs that start one another
    /// would otherwise never be too many.
    fn is_one_too_many(&mut self, run: &mut Run) -> bool {
        let before = match self.descends_from.get(&run.state.id) {
            Some(ancestor) => {
                let raised = self.raised_by_descendants.entry(*ancestor).or_default();
                *raised += 1;
                *raised - 1
            }
            None => {
                let cascade = (self.offset, self.cascade_from);
                let before = if run.raised.0 == cascade { run.raised.1 } else { 0 };
                run.raised = (cascade, before + 1);
                before
            }
        };
        before >= self.partition.limits.cascade_events_max
    }

    /// What follows from now on is another cascade.
    fn begin_cascade(&mut self) {
        self.cascade_from = self.next_event;
        self.descends_from.clear();
        self.raised_by_descendants.clear();
    }
}

impl Notice {
    fn new(kind: &'static str, subject: Option<Text>, data: Data, labels: Labels) -> Self {
        Self {
            kind,
            subject,
            data,
            labels,
            extensions: Vec::new(),
            origin: Origin::Progress,
            from_entry: false,
        }
    }

    /// A notice that something failed: unless a trigger takes it, the scope fails.
    fn failure(kind: &'static str, subject: Option<Text>, failure: &Failure, labels: Labels) -> Self {
        Self { origin: Origin::Failure, ..Self::new(kind, subject, failure_data(failure), labels) }
    }
}

/// A failure as the data of an event: `{error, message, detail?}`.
fn failure_data(failure: &Failure) -> Data {
    let mut value = tidegate_json::Value::object([
        ("error", tidegate_json::Value::from(failure.error.as_str())),
        ("message", tidegate_json::Value::from(failure.message.as_str())),
    ]);
    if failure.detail != Data::None {
        value.set("detail", failure.detail.inline_value());
    }
    Data::json(&value)
}

fn event_id(run: &mut Run) -> Text {
    run.state.next.event += 1;
    Text::from(format!("{}.e{}", run.state.id, run.state.next.event))
}

fn run_source(run: &Run) -> Text {
    Text::from(format!("/runs/{}", run.state.id))
}

fn not_found(kind: &'static str, name: &str) -> Refusal {
    Refusal::NotFound { kind, name: name.to_owned() }
}
