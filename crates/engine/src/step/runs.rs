//! Runs: their start, their end, and what is done to them as a whole.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use tidegate_json::Value;
use tidegate_model::entry::StartRun;
use tidegate_model::outcome::errors;
use tidegate_model::{
    Data, Digest, Fact, Failure, Labels, Outcome, RunId, ScopeId, Text, Timestamp, WorkflowName,
};

use super::{Addressee, Notice, Raised, Step, kinds, not_found};
use crate::compile::Compiled;
use crate::input::InvalidInput;
use crate::output::{Refusal, Reply};
use crate::partition::Key;
use crate::run::{Child, Counters, Parent, Purpose, Rerun, Run, RunState, Status};
use crate::scene::value_of;

/// A run to be.
pub(super) struct NewRun {
    pub(super) workflow: WorkflowName,
    pub(super) program: Arc<Compiled>,
    pub(super) input: Data,
    pub(super) labels: Labels,
    pub(super) key: Option<Text>,
    pub(super) parent: Option<Parent>,
    /// The run that it goes on from; then its input is an object of what it starts with.
    pub(super) rerun_of: Option<RunId>,
}

impl Step<'_> {
    /// Somebody outside asks for a run.
    pub(super) fn start_requested(&mut self, request: StartRun, rerun_of: Option<RunId>) -> Reply {
        let StartRun { workflow, program, input, labels, key } = request;
        if let Some(run) = self.run_of_key(&workflow, key.as_ref()) {
            return Reply::Run { run, existing: true };
        }
        let program = match self.program_of(&workflow, program) {
            Ok(program) => program,
            Err(refusal) => return Reply::Refused(refusal),
        };
        if program.program.standing {
            let message =
                format!("workflow `{workflow}` stands: it has one run, which listens since it was applied");
            return Reply::Refused(Refusal::Conflict(message));
        }
        let input = match input {
            Data::None => Data::json(&Value::Null),
            input => input,
        };
        let input = match self.admitted(&program, input, rerun_of.is_some()) {
            Ok(Ok(input)) => input,
            Ok(Err(invalid)) => return Reply::Refused(Refusal::InvalidInput(invalid)),
            Err(failure) => return Reply::Refused(Refusal::Invalid(failure.message.to_string())),
        };
        match self.start_run(NewRun { workflow, program, input, labels, key, parent: None, rerun_of }) {
            Ok(run) => Reply::Run { run, existing: false },
            Err(failure) => Reply::Refused(Refusal::Invalid(failure.message.to_string())),
        }
    }

    fn run_of_key(&self, workflow: &WorkflowName, key: Option<&Text>) -> Option<RunId> {
        let key = (workflow.clone(), key?.clone());
        self.partition.keys.get(&key).map(|key| key.run)
    }

    pub(super) fn program_of(
        &self,
        workflow: &WorkflowName,
        version: Option<Digest>,
    ) -> Result<Arc<Compiled>, Refusal> {
        let known = self.partition.workflows.get(workflow);
        let current = known.and_then(|workflow| workflow.current);
        let current = current.ok_or_else(|| not_found("workflow", workflow.as_str()))?;
        let digest = version.unwrap_or(current);
        let is_version = known.is_some_and(|workflow| workflow.versions.iter().any(|v| v.program == digest));
        if !is_version {
            return Err(not_found("version", &format!("{workflow}@{digest}")));
        }
        Ok(Arc::clone(&self.partition.programs[&digest].compiled))
    }

    /// A run asks for another.
    #[expect(clippy::too_many_arguments, reason = "these are the parts of the command, each of its own type")]
    pub(super) fn start_child(
        &mut self,
        run: &mut Run,
        scope: ScopeId,
        subject: Option<Text>,
        workflow: WorkflowName,
        program: Option<Digest>,
        input: &Value,
        key: Option<Text>,
        labels: &Labels,
    ) {
        let existing = self.run_of_key(&workflow, key.as_ref());
        let started = match existing {
            Some(existing) => Ok(existing),
            None => self.start_new_child(run, scope, subject.clone(), workflow, program, input, key, labels),
        };
        match (started, subject) {
            (Ok(child), Some(subject)) if child == run.state.id => {
                let failure = Failure::new(errors::INVALID_VALUE, "a run cannot wait for its own end");
                self.raise(
                    run,
                    scope,
                    Notice::failure(kinds::RUN_FAILED, Some(subject), &failure, labels.clone()),
                );
            }
            (Ok(child), Some(subject)) if existing.is_none() || self.partition.runs.contains(child) => {
                run.state.children.entry(child).or_default().push(Child { scope, subject });
                if existing.is_some() {
                    // Whoever started it, this run waits for its end too.
                    let waiting = run.state.id;
                    self.with_run(child, |_, child| child.state.awaited_by.insert(waiting));
                }
            }
            (Ok(_), Some(subject)) => {
                let failure =
                    Failure::new(errors::ALREADY_RUN, "the run that was started with this key has ended");
                self.raise(
                    run,
                    scope,
                    Notice::failure(kinds::RUN_FAILED, Some(subject), &failure, labels.clone()),
                );
            }
            (Ok(_), None) => {}
            (Err(failure), subject) => {
                self.raise(run, scope, Notice::failure(kinds::RUN_FAILED, subject, &failure, labels.clone()));
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "these are the parts of the command, each of its own type")]
    fn start_new_child(
        &mut self,
        run: &Run,
        scope: ScopeId,
        subject: Option<Text>,
        workflow: WorkflowName,
        program: Option<Digest>,
        input: &Value,
        key: Option<Text>,
        labels: &Labels,
    ) -> Result<RunId, Failure> {
        let program = self
            .program_of(&workflow, program)
            .map_err(|refusal| Failure::new(errors::UNKNOWN_WORKFLOW, refusal.to_string()))?;
        if program.program.standing {
            let message = format!("workflow `{workflow}` stands and is not started");
            return Err(Failure::new(errors::INVALID_VALUE, message));
        }
        let parent = Some(Parent { run: run.state.id, scope, subject });
        let input = self.admitted(&program, Data::json(input), false)??;
        let labels = labels.clone();
        self.start_run(NewRun { workflow, program, input, labels, key, parent, rerun_of: None })
    }

    /// The input as a run of `program` is to get it; of a rerun, within what that starts with.
    fn admitted(
        &self,
        program: &Compiled,
        input: Data,
        is_rerun: bool,
    ) -> Result<Result<Data, InvalidInput>, Failure> {
        let Some(rule) = &program.input else { return Ok(Ok(input)) };
        let mut start = value_of(&input, self.payloads)?;
        let value = if is_rerun { start.get("input").cloned().unwrap_or_default() } else { start.clone() };
        Ok(match rule.admit(&value) {
            // What is stored stays stored.
            Ok(admitted) if admitted == value => Ok(input),
            Ok(admitted) if is_rerun => {
                start.set("input", admitted);
                Ok(Data::json(&start))
            }
            Ok(admitted) => Ok(Data::json(&admitted)),
            Err(mistakes) => Err(InvalidInput(mistakes)),
        })
    }

    /// Cancels the runs that `scope` calls `subject` and waits for.
    pub(super) fn cancel_children(&mut self, run: &Run, scope: ScopeId, subject: &Text, reason: &Text) {
        let is_meant = |steps: &Vec<Child>| steps.iter().any(|c| c.scope == scope && c.subject == *subject);
        let meant = run.state.children.iter().filter(|(_, steps)| is_meant(steps));
        let meant: Vec<RunId> = meant.map(|(child, _)| *child).collect();
        for child in meant {
            let failure = Failure::new(errors::CANCELLED, reason.clone());
            self.with_run(child, |step, child| step.end_run(child, Outcome::Failed(failure)));
        }
    }

    /// Starts a run.
    pub(super) fn start_run(&mut self, new: NewRun) -> Result<RunId, Failure> {
        let NewRun { workflow, program, input, labels, key, parent, rerun_of } = new;
        let value = value_of(&input, self.payloads)?;
        let (input, value, kept, rerun) = match rerun_of {
            None => (input, value, None, None),
            Some(of) => {
                let part = |name: &str| value.get(name).cloned().unwrap_or_default();
                let rerun = Rerun { of, start: input };
                (Data::json(&part("input")), part("input"), Some(part("kept")), Some(rerun))
            }
        };
        self.partition.ledger.last_run += 1;
        self.partition.ledger.totals.runs_started += 1;
        let id = RunId::new(self.partition.id, self.partition.ledger.last_run);
        if let Some(Parent { run, .. }) = &parent {
            let ancestor = self.descends_from.get(run).unwrap_or(run);
            self.descends_from.insert(id, *ancestor);
        }
        if let Some(key) = &key {
            self.remember_key(&workflow, key, id);
        }
        self.fact(Fact::RunStarted {
            run: id,
            workflow: workflow.clone(),
            program: program.digest,
            parent: parent.as_ref().map(|parent| parent.run),
            input,
            labels: labels.clone(),
        });
        if let Some(Rerun { of, start }) = rerun.clone() {
            self.fact(Fact::RerunStarted { run: id, of, start });
        }
        let state = RunState {
            id,
            workflow,
            program: program.digest,
            standing: program.program.standing,
            parent,
            key,
            labels: labels.clone(),
            started_at: self.at,
            started_by: self.offset,
            status: Status::Running,
            next: Counters::default(),
            scopes: BTreeMap::new(),
            tasks: BTreeMap::new(),
            fan_outs: BTreeMap::new(),
            timers: BTreeMap::new(),
            timer_keys: BTreeMap::new(),
            holds: BTreeMap::new(),
            children: BTreeMap::new(),
            awaited_by: BTreeSet::new(),
            waiting: Default::default(),
            dead: Default::default(),
            interceptors: Vec::new(),
            rerun,
        };
        let run = Run {
            state,
            program,
            local: BTreeMap::new(),
            interceptors: Vec::new(),
            dirty: false,
            touched: false,
            raised: Default::default(),
            kept: kept.map(OnceLock::from).unwrap_or_default(),
        };
        self.partition.runs.put(Box::new(run));
        self.with_run(id, |step, run| {
            step.open_scope(run, ScopeId::ROOT, 0, None, value, &labels, kinds::RUN_STARTED);
        });
        Ok(id)
    }

    fn remember_key(&mut self, workflow: &WorkflowName, key: &Text, run: RunId) {
        let place = (workflow.clone(), key.clone());
        self.partition.dirty.keys.insert(place.clone());
        self.partition.keys.insert(place, Key { run, ends_at: None });
    }

    /// Ends a run, with everything in it.
    pub(super) fn end_run(&mut self, run: &mut Run, outcome: Outcome) {
        if run.state.end().is_some() {
            return;
        }
        self.drop_scope(run, ScopeId::ROOT);
        let leftover: Vec<u32> = run.state.timers.keys().copied().collect();
        leftover.into_iter().for_each(|number| self.drop_timer(run, number));
        let totals = &mut self.partition.ledger.totals;
        match &outcome {
            Outcome::Succeeded { .. } => totals.runs_succeeded += 1,
            Outcome::Failed(_) => totals.runs_failed += 1,
        }
        run.state.status = Status::Ended { at: self.at, outcome: outcome.clone() };
        self.partition.dirty.ended.push(run.state.id);
        if let Some(key) = &run.state.key {
            self.end_key(run.state.workflow.clone(), key.clone());
        }
        let parent =
            run.state.parent.as_ref().filter(|parent| parent.subject.is_some()).map(|parent| parent.run);
        let waiting: BTreeSet<RunId> =
            parent.into_iter().chain(run.state.awaited_by.iter().copied()).collect();
        for waiting in waiting {
            // It may be the run that is being worked on further up: its turn comes when this one is done.
            let root = run.state.scopes.get(&ScopeId::ROOT);
            let labels = root.map_or(Labels::NONE, |root| root.labels.clone()).union(&run.state.labels);
            self.ended_children.push_back((waiting, run.state.id, outcome.clone(), labels));
        }
        self.fact(Fact::RunEnded { run: run.state.id, outcome });
    }

    fn end_key(&mut self, workflow: WorkflowName, key: Text) {
        let ends_at = self.at.after(self.partition.limits.key_retention);
        let place = (workflow, key);
        if let Some(known) = self.partition.keys.get_mut(&place) {
            known.ends_at = Some(ends_at);
            self.partition.dirty.keys.insert(place.clone());
            self.partition.key_ends.insert((ends_at, place.0, place.1));
        }
    }

    /// Somebody wants to use the key of a run that has ended for another one.
    pub(super) fn forget_key(&mut self, workflow: WorkflowName, key: Text) -> Reply {
        let place = (workflow, key);
        let Some(known) = self.partition.keys.get(&place) else { return Reply::Done };
        let Some(ends_at) = known.ends_at else {
            return Reply::Refused(Refusal::Conflict(format!("run `{}` has not ended", known.run)));
        };
        self.partition.keys.remove(&place);
        self.partition.dirty.keys.insert(place.clone());
        self.partition.key_ends.remove(&(ends_at, place.0, place.1));
        Reply::Done
    }

    /// Forgets keys of runs that ended long ago.
    pub(super) fn forget_old_keys(&mut self) {
        while let Some((ends_at, workflow, key)) = self.partition.key_ends.first().cloned() {
            if ends_at > self.at {
                return;
            }
            self.partition.key_ends.remove(&(ends_at, workflow.clone(), key.clone()));
            let place = (workflow, key);
            self.partition.keys.remove(&place);
            self.partition.dirty.keys.insert(place);
        }
    }

    /// A run that changed in this step: if nothing can move it, it is over. Its innermost scope ends first, which may be
    /// what the others waited for.
    pub(super) fn settle(&mut self, id: RunId) {
        let Some(mut run) = self.partition.runs.take(id) else { return };
        run.touched = false;
        let over = (run.state.status == Status::Running && run.is_idle())
            .then(|| run.innermost_deaf_scope())
            .flatten();
        self.partition.runs.put(run);
        if let Some(scope) = over {
            self.with_run(id, |step, run| {
                let outcome = outcome_of_idle(run, scope);
                step.end_scope(run, scope, outcome);
            });
        }
    }

    /// Ends a run from outside.
    pub(super) fn cancel_run(&mut self, id: RunId, reason: Text, detail: Data) -> Reply {
        self.on_run(id, |step, run| {
            let failure = Failure { detail, ..Failure::new(errors::CANCELLED, reason) };
            step.end_run(run, Outcome::Failed(failure));
            Reply::Done
        })
    }

    /// Has a run keep its events for later.
    pub(super) fn pause_run(&mut self, id: RunId) -> Reply {
        self.on_run(id, |step, run| {
            if run.state.status == Status::Running {
                run.state.status = Status::Paused { since: step.at };
                step.fact(Fact::RunPaused { run: id });
                step.leave_lines(run);
            }
            Reply::Done
        })
    }

    /// Has a run go on, with the events that it kept.
    pub(super) fn resume_run(&mut self, id: RunId) -> Reply {
        self.on_run(id, |step, run| {
            if !matches!(run.state.status, Status::Paused { .. }) {
                return Reply::Done;
            }
            run.state.status = Status::Running;
            step.fact(Fact::RunResumed { run: id });
            step.enter_lines(run);
            for parcel in std::mem::take(&mut run.state.waiting) {
                step.queue_again(
                    Some(id),
                    Raised {
                        to: Addressee::Scope(id, parcel.scope),
                        stops: None,
                        event: parcel.event,
                        origin: parcel.origin,
                        number: parcel.number,
                        offset: parcel.offset,
                    },
                );
            }
            step.overdue_conditions(run);
            Reply::Done
        })
    }

    /// Condition timers that came due while the run was paused.
    fn overdue_conditions(&mut self, run: &mut Run) {
        let overdue = run.state.timers.iter().filter(|(_, timer)| timer.due == Timestamp(i64::MAX));
        let overdue: Vec<(u32, Purpose)> =
            overdue.map(|(number, timer)| (*number, timer.purpose.clone())).collect();
        for (number, purpose) in overdue {
            if let Purpose::Condition { scope, trigger, key } = purpose {
                self.drop_timer(run, number);
                self.set_condition_timer(run, scope, trigger, key, self.at);
            }
        }
    }
}

/// How a scope ends in which nothing is left to do: well, if its program has no way to end it.
fn outcome_of_idle(run: &Run, id: ScopeId) -> Outcome {
    let scope = &run.state.scopes[&id];
    if !run.program.scopes[scope.spec as usize].has_end {
        return Outcome::Succeeded { data: Data::json(&Value::Null), labels: run.state.labels.clone() };
    }
    let mut waits = Vec::new();
    for (index, state) in (0u32..).zip(&scope.triggers) {
        let Some(trigger) = run.trigger(id, index) else { continue };
        let half_full = state.fired == 0 && state.seen > 0;
        if let Some(waits_for) = trigger.condition.waits_for(&state.context).filter(|_| half_full) {
            waits.push(format!("`{}` waits for {waits_for}", trigger.spec.name));
        }
    }
    let what = if id == ScopeId::ROOT { "run" } else { "scope" };
    let detail = if waits.is_empty() { String::new() } else { format!("; {}", waits.join("; ")) };
    let message =
        format!("nothing is left that could move the {what}, and no trigger has completed it{detail}");
    Outcome::Failed(Failure::new(errors::STALLED, message))
}
