//! Tasks: asking for attempts, and what follows from their ends.

use std::sync::Arc;

use tidegate_json::Value;
use tidegate_model::entry::Document;
use tidegate_model::outcome::errors;
use tidegate_model::{
    Data, Effect, Fact, Failure, FunctionName, FunctionSpec, Invocation, Labels, Outcome, Retry, ScopeId,
    TaskId, Text,
};

use super::cache::Starting;
use super::deliver::mix;
use super::{Notice, Step, kinds, not_found};
use crate::action::TaskPolicy;
use crate::output::Reply;
use crate::partition::Partition;
use crate::run::{Item, Origin, Purpose, Run, Task, TaskPhase};
use crate::scene::value_of;

impl Partition {
    /// The effect that asks for the current attempt of a task; `None` where its function is not registered.
    pub(crate) fn invocation(&self, run: &Run, number: u32, task: &Task) -> Option<Effect> {
        let spec = run.program.function(&task.function).or(task.spec.as_ref().map(|spec| &spec.0))?;
        let id = TaskId { run: run.state.id, number };
        let timer = task.timeout_timer.and_then(|timer| run.state.timers.get(&timer));
        Some(Effect::Invoke(Box::new(Invocation {
            task: id,
            attempt: task.attempt,
            idempotency_key: Text::from(format!("{:x}-{id}", self.ledger.identity)),
            workflow: run.state.workflow.clone(),
            subject: task.subject.clone(),
            index: task.item.map(|item| item.index),
            function: task.function.clone(),
            spec: Arc::clone(spec),
            directory: run.program.directory.clone(),
            input: task.input.clone(),
            labels: task.labels.clone(),
            deadline: timer.map(|timer| timer.due),
            taken: matches!(task.phase, TaskPhase::Taken { .. }),
        })))
    }
}

impl Partition {
    /// The function that all workflows share under that name: one that was registered, or else one that a language
    /// provides.
    pub(super) fn shared_function(&self, name: &FunctionName) -> Option<Arc<FunctionSpec>> {
        let registered = self.functions.get(name).cloned();
        registered.or_else(|| self.registry.provided(name).map(Arc::new))
    }
}

impl Step<'_> {
    /// Starts a task: its first attempt is asked for, as soon as its claims are met.
    #[expect(clippy::too_many_arguments, reason = "these are the parts of a task, each of its own type")]
    pub(super) fn start_task(
        &mut self,
        run: &mut Run,
        scope: ScopeId,
        subject: Text,
        function: FunctionName,
        input: Value,
        labels: &Labels,
        policy: Arc<TaskPolicy>,
        item: Option<Item>,
    ) {
        run.state.next.task += 1;
        let number = run.state.next.task;
        if let Some(how) = &policy.cache {
            let (subject, function, input) = (&subject, &function, &input);
            let task = Starting { number, scope, subject, function, input, labels, item };
            if self.end_from_cache(run, &task, how) {
                return;
            }
        }
        let task = Task {
            scope,
            subject,
            function,
            spec: None,
            input,
            labels: labels.clone(),
            policy,
            item,
            attempt: 0,
            phase: TaskPhase::Issued { at: self.at },
            started_at: self.at,
            timeout_timer: None,
            heartbeat_timer: None,
        };
        run.state.own(scope, |owns| owns.tasks.insert(number));
        run.state.tasks.insert(number, Box::new(task));
        self.ask(run, number);
    }

    /// Asks for the next attempt. The time that all attempts have together begins with the first.
    pub(super) fn issue(&mut self, run: &mut Run, number: u32) {
        let Some(task) = run.state.tasks.get(&number) else { return };
        let limit = task.policy.timeout.filter(|_| task.attempt == 0);
        let timeout_timer =
            limit.map(|limit| self.set_timer(run, self.at.after(limit), Purpose::Timeout { task: number }));
        let Some(task) = run.state.tasks.get_mut(&number) else { return };
        task.timeout_timer = task.timeout_timer.or(timeout_timer);
        task.attempt += 1;
        task.phase = TaskPhase::Issued { at: self.at };
        task.spec = match run.program.function(&task.function) {
            Some(_) => None,
            None => self.partition.shared_function(&task.function).map(Document),
        };
        let fact = Fact::TaskScheduled {
            task: TaskId { run: run.state.id, number },
            scope: task.scope,
            attempt: task.attempt,
            subject: task.subject.clone(),
            function: task.function.clone(),
            index: task.item.map(|item| item.index),
        };
        self.partition.ledger.totals.attempts += 1;
        self.fact(fact);
        self.restart_heartbeat(run, number);
        let task = &run.state.tasks[&number];
        match self.partition.invocation(run, number, task) {
            Some(effect) => self.out.effects.push(effect),
            None => {
                let message = format!("no function is named `{}`", task.function);
                let failure = Failure::new(errors::UNKNOWN_FUNCTION, message);
                self.attempt_failed(run, number, failure, Told::ByEngine);
            }
        }
    }

    fn restart_heartbeat(&mut self, run: &mut Run, number: u32) {
        let Some(task) = run.state.tasks.get_mut(&number) else { return };
        let (old, span) = (task.heartbeat_timer.take(), task.policy.heartbeat);
        if let Some(old) = old {
            self.drop_timer(run, old);
        }
        if let Some(span) = span {
            let timer = self.set_timer(run, self.at.after(span), Purpose::Heartbeat { task: number });
            if let Some(task) = run.state.tasks.get_mut(&number) {
                task.heartbeat_timer = Some(timer);
            }
        }
    }

    /// A worker tells that an attempt is alive.
    pub(super) fn task_heartbeat(&mut self, id: TaskId, attempt: u32) -> Reply {
        self.on_run(id.run, |step, run| match run.state.tasks.get(&id.number) {
            Some(task) if task.attempt == attempt && task.is_issued() => {
                step.restart_heartbeat(run, id.number);
                Reply::Done
            }
            _ => Reply::Refused(not_found("running task", &id.to_string())),
        })
    }

    /// A worker outside takes an attempt upon itself, unless another has it.
    pub(super) fn task_taken(&mut self, id: TaskId, attempt: u32, by: Option<Text>) -> Reply {
        self.on_run(id.run, |step, run| match run.state.tasks.get_mut(&id.number) {
            Some(task) if task.attempt == attempt && matches!(task.phase, TaskPhase::Issued { .. }) => {
                task.phase = TaskPhase::Taken { at: step.at, by: by.clone() };
                let (scope, labels) = (task.scope, task.labels.clone());
                let (subject, item) = (task.subject.clone(), task.item);
                step.restart_heartbeat(run, id.number);
                if item.is_none() {
                    let by = by.map_or(Value::Null, |by| Value::from(by.as_str()));
                    let data = Data::json(&Value::object([("by", by)]));
                    step.raise(run, scope, Notice::new(kinds::TASK_TAKEN, Some(subject), data, labels));
                }
                Reply::Done
            }
            _ => Reply::Refused(not_found("task that waits for a worker", &id.to_string())),
        })
    }

    /// A worker tells how an attempt ended. Late ends and repeats change nothing.
    pub(super) fn task_ended(&mut self, id: TaskId, attempt: u32, outcome: Outcome) -> Reply {
        let taken = self.with_run(id.run, |step, run| {
            let current = run
                .state
                .tasks
                .get(&id.number)
                .is_some_and(|task| task.attempt == attempt && task.is_issued());
            if current {
                step.partition.ledger.totals.attempts_ended += 1;
                match outcome {
                    Outcome::Succeeded { data, labels } => {
                        step.attempt_succeeded(run, id.number, data, &labels);
                    }
                    Outcome::Failed(failure) => step.attempt_failed(run, id.number, failure, Told::ByEntry),
                }
            }
            current
        });
        if taken != Some(true) {
            self.fact(Fact::TaskEndIgnored { task: id, attempt });
        }
        Reply::Done
    }

    fn attempt_succeeded(&mut self, run: &mut Run, number: u32, data: Data, labels: &Labels) {
        let Some(task) = self.take_task(run, number) else { return };
        let id = TaskId { run: run.state.id, number };
        self.fact(Fact::TaskEnded { task: id, attempt: task.attempt, error: None, retry_at: None });
        let labels = task.labels.union(labels);
        self.keep_in_cache(run, &task, &data, &labels);
        self.work_ended(run, task, Outcome::Succeeded { data, labels }, Told::ByEntry);
    }

    /// An attempt failed: another follows, or the task has failed.
    pub(super) fn attempt_failed(&mut self, run: &mut Run, number: u32, failure: Failure, told: Told) {
        let Some(task) = run.state.tasks.get(&number) else { return };
        let id = TaskId { run: run.state.id, number };
        let attempt = task.attempt;
        let wait = self.retry_of(run, task).filter(|retry| retry.applies(attempt, &failure)).map(|retry| {
            let draw = mix(self.partition.ledger.identity
                ^ id.run.0.rotate_left(32)
                ^ u64::from(number) << 8
                ^ u64::from(attempt));
            retry.wait(attempt, draw)
        });
        let retry_at = wait.map(|wait| self.at.after(wait));
        self.fact(Fact::TaskEnded { task: id, attempt, error: Some(failure.error.clone()), retry_at });
        let Some(due) = retry_at else {
            let Some(task) = self.take_task(run, number) else { return };
            self.work_ended(run, task, Outcome::Failed(failure), told);
            return;
        };
        self.let_go(id.run, number, task);
        let timer = self.set_timer(run, due, Purpose::Retry { task: number });
        let Some(task) = run.state.tasks.get_mut(&number) else { return };
        task.phase = TaskPhase::BackingOff { timer, error: failure.error };
        if let Some(heartbeat) = task.heartbeat_timer.take() {
            self.drop_timer(run, heartbeat);
        }
    }

    fn retry_of(&self, run: &Run, task: &Task) -> Option<Retry> {
        task.policy.retry.clone().or_else(|| {
            run.program.function(&task.function).or(task.spec.as_ref().map(|spec| &spec.0))?.retry.clone()
        })
    }

    /// Takes a task out, with its timers and its slots.
    pub(super) fn take_task(&mut self, run: &mut Run, number: u32) -> Option<Task> {
        let task = *run.state.tasks.remove(&number)?;
        self.let_go(run.state.id, number, &task);
        run.state.own(task.scope, |owns| owns.tasks.remove(&number));
        let retry = match &task.phase {
            TaskPhase::BackingOff { timer, .. } => Some(*timer),
            TaskPhase::Issued { .. } | TaskPhase::Taken { .. } | TaskPhase::Queued { .. } => None,
        };
        for timer in [task.timeout_timer, task.heartbeat_timer, retry].into_iter().flatten() {
            self.drop_timer(run, timer);
        }
        Some(task)
    }

    /// Gives up on a task; nothing follows from it.
    pub(super) fn drop_task(&mut self, run: &mut Run, number: u32) {
        if let Some(task) = self.take_task(run, number)
            && task.is_issued()
        {
            self.out.effects.push(Effect::Abandon { task: TaskId { run: run.state.id, number } });
        }
    }

    /// A task's time, or that of an attempt without heartbeat, is over.
    pub(super) fn task_timed_out(&mut self, run: &mut Run, number: u32, purpose: &Purpose) {
        let Some(task) = run.state.tasks.get_mut(&number) else { return };
        let was_issued = task.is_issued();
        if was_issued {
            self.out.effects.push(Effect::Abandon { task: TaskId { run: run.state.id, number } });
        }
        if matches!(purpose, Purpose::Heartbeat { .. }) {
            task.heartbeat_timer = None;
            let span = task.policy.heartbeat.unwrap_or_default();
            let failure = Failure::new(errors::HEARTBEAT_TIMEOUT, format!("no heartbeat for {span}"));
            self.attempt_failed(run, number, failure, Told::ByEngine);
            return;
        }
        task.timeout_timer = None;
        let span = task.policy.timeout.unwrap_or_default();
        let failure =
            Failure::new(errors::TIMEOUT, format!("took longer than {span}, all attempts together"));
        let Some(task) = self.take_task(run, number) else { return };
        let (id, error) = (TaskId { run: run.state.id, number }, Some(failure.error.clone()));
        self.fact(Fact::TaskEnded { task: id, attempt: task.attempt, error, retry_at: None });
        self.work_ended(run, task, Outcome::Failed(failure), Told::ByEngine);
    }

    /// A task has ended for good: its fan-out, or the scope, hears of it.
    pub(super) fn work_ended(&mut self, run: &mut Run, task: Task, outcome: Outcome, told: Told) {
        let outcome = match outcome {
            Outcome::Failed(failure) => Outcome::Failed(self.with_detail(failure)),
            succeeded @ Outcome::Succeeded { .. } => succeeded,
        };
        if let Some(item) = task.item {
            let kinds = (kinds::TASK_SUCCEEDED, kinds::TASK_FAILED);
            self.item_ended(run, item, outcome, kinds);
            return;
        }
        let notice = match outcome {
            Outcome::Succeeded { data, labels } => {
                Notice::new(kinds::TASK_SUCCEEDED, Some(task.subject), data, labels)
            }
            Outcome::Failed(failure) => {
                Notice::failure(kinds::TASK_FAILED, Some(task.subject), &failure, task.labels)
            }
        };
        let from_entry = told == Told::ByEntry && notice.origin == Origin::Progress;
        self.raise(run, task.scope, Notice { from_entry, ..notice });
    }

    /// The failure with its detail at hand, as it becomes a part of other data. What is lost is left out: the
    /// failure itself matters more.
    fn with_detail(&self, failure: Failure) -> Failure {
        if !matches!(failure.detail, Data::Stored { .. }) {
            return failure;
        }
        let detail =
            value_of(&failure.detail, self.payloads).map_or(Data::None, |detail| Data::json(&detail));
        Failure { detail, ..failure }
    }
}

/// Who tells of an end, which decides whether history has to keep what was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// The entry has it.
    ByEntry,
    /// It came up in the step.
    ByEngine,
}
