//! Slots: a task whose claims are not met waits, and goes on when it is its turn.

use std::sync::Arc;

use tidegate_json::Value;
use tidegate_model::outcome::errors;
use tidegate_model::{Fact, Failure, Name, RunId, TaskId, Text};

use super::Step;
use super::tasks::Told;
use crate::output::{Refusal, Reply};
use crate::partition::Partition;
use crate::pools::{Class, PoolId, SHELF, class, slots_of};
use crate::run::{Run, RunState, Status, Task, TaskPhase};

impl Step<'_> {
    /// Asks for the next attempt of a task, as soon as its claims are met. Who is next is decided when all that follows
    /// from an event has come to ask, so that the order in which it did counts for less than priority.
    pub(super) fn ask(&mut self, run: &mut Run, number: u32) {
        let Some(task) = run.state.tasks.get_mut(&number) else { return };
        if task.policy.claims.is_empty() {
            self.issue(run, number);
            return;
        }
        let id = TaskId { run: run.state.id, number };
        let claims = class(id.run, &task.policy.claims);
        task.phase = TaskPhase::Queued { at: self.at, turn: self.offset };
        if let Err(failure) = self.partition.check_claims(&claims) {
            self.never_granted(run, number, failure);
            return;
        }
        if let Some(turn) = task.turn(id)
            && run.state.status == Status::Running
        {
            self.partition.pools.wait(turn, &claims);
        }
        self.asked.insert(id);
    }

    /// Tells of the tasks that came to wait and whose turn has not come at once.
    pub(super) fn tell_who_waits(&mut self) {
        for id in std::mem::take(&mut self.asked) {
            let run = self.partition.runs.get(id.run).map(|run| &run.state);
            let task = run.and_then(|run| Some((run, run.tasks.get(&id.number)?)));
            let waiting = task.filter(|(_, task)| task.turn(id).is_some());
            let fact = waiting.map(|(run, task)| self.told_to_wait(run, id, task));
            if let Some(fact) = fact {
                self.fact(fact);
            }
        }
    }

    fn told_to_wait(&self, run: &RunState, id: TaskId, task: &Task) -> Fact {
        let pools = &self.partition.pools;
        let claims = class(id.run, &task.policy.claims);
        let obstacle = task.turn(id).and_then(|turn| pools.obstacle(turn, &claims));
        let first = claims.first().expect("a task that waits has claims");
        let pool = obstacle.as_ref().map_or(&first.pool, |obstacle| &obstacle.pool);
        let (name, of_run) = match pool {
            PoolId::Run(_, name) => (name, true),
            PoolId::Server(name) => (name, false),
        };
        let (used, queued) = pools.usage(pool);
        let itself = u64::from(run.status == Status::Running);
        Fact::TaskQueued {
            task: id,
            scope: task.scope,
            attempt: task.attempt + 1,
            subject: task.subject.clone(),
            function: task.function.clone(),
            index: task.item.map(|item| item.index),
            pool: name.clone(),
            of_run,
            wants: obstacle.as_ref().map_or(first.slots, |obstacle| obstacle.wants),
            slots: obstacle.as_ref().map_or(pools.size(first).unwrap_or(0), |obstacle| obstacle.slots),
            used,
            queued: queued.saturating_sub(itself),
        }
    }

    /// The turn of a task has come, and it holds what it claims.
    pub(super) fn granted(&mut self, id: TaskId) {
        let found = self.with_run(id.run, |step, run| {
            let task = run.state.tasks.get(&id.number);
            let Some(TaskPhase::Queued { at, .. }) = task.map(|task| &task.phase) else { return false };
            if !step.asked.remove(&id) {
                step.fact(Fact::TaskGranted { task: id, queued_at: *at });
            }
            step.issue(run, id.number);
            true
        });
        assert_eq!(found, Some(true), "a task that waits for slots is in its run, and waits");
    }

    /// A task that can never have what it claims has failed. Another attempt would claim the same.
    fn never_granted(&mut self, run: &mut Run, number: u32, failure: Failure) {
        let Some(task) = self.take_task(run, number) else { return };
        let (id, error) = (TaskId { run: run.state.id, number }, Some(failure.error.clone()));
        self.fact(Fact::TaskEnded { task: id, attempt: task.attempt, error, retry_at: None });
        self.work_ended(run, task, tidegate_model::Outcome::Failed(failure), Told::ByEngine);
    }

    /// Has the tasks of a run that is paused wait in no line: slots go to those that can use them.
    pub(super) fn leave_lines(&mut self, run: &Run) {
        for (number, task) in &run.state.tasks {
            let id = TaskId { run: run.state.id, number: *number };
            if let Some(turn) = task.turn(id) {
                self.partition.pools.withdraw(turn, &class(id.run, &task.policy.claims));
            }
        }
    }

    /// Has the tasks of a run that goes on wait again, at the places that they had, and those fail that have nothing to
    /// wait for any more.
    pub(super) fn enter_lines(&mut self, run: &mut Run) {
        let queued = run
            .state
            .tasks
            .iter()
            .filter(|(_, task)| task.turn(TaskId { run: run.state.id, number: 0 }).is_some());
        let queued: Vec<u32> = queued.map(|(number, _)| *number).collect();
        for number in queued {
            let Some(task) = run.state.tasks.get(&number) else { continue };
            let id = TaskId { run: run.state.id, number };
            let claims = class(id.run, &task.policy.claims);
            match (self.partition.check_claims(&claims), task.turn(id)) {
                (Err(failure), _) => self.never_granted(run, number, failure),
                (Ok(()), Some(turn)) => self.partition.pools.wait(turn, &claims),
                (Ok(()), None) => {}
            }
        }
    }

    /// Gives back what a task holds, or has it wait no longer. To be called before its phase changes.
    pub(super) fn let_go(&mut self, run: RunId, number: u32, task: &Task) {
        if task.policy.claims.is_empty() {
            return;
        }
        let claims = class(run, &task.policy.claims);
        match task.turn(TaskId { run, number }) {
            Some(turn) => self.partition.pools.withdraw(turn, &claims),
            None if task.is_issued() => self.partition.pools.release(&claims),
            None => {}
        }
    }

    /// A record of the shelf of pools is to be put: the pool gets another size at once.
    pub(super) fn change_pool(&mut self, name: &Text, record: Option<&Value>) -> Result<(), Reply> {
        let invalid = |message: String| Reply::Refused(Refusal::Invalid(message));
        let slots = match record {
            None => None,
            Some(record) => Some(slots_of(record).ok_or_else(|| {
                invalid(format!(
                    "the record of a pool states its `slots`, a number from 0, and this is {record}"
                ))
            })?),
        };
        let (_, queued) = self.partition.pools.usage(&PoolId::Server(name.clone()));
        if slots.is_none() && queued > 0 {
            let message = format!(
                "{queued} tasks wait for slots of pool `{name}`: cancel their runs, or wait for them"
            );
            return Err(Reply::Refused(Refusal::Conflict(message)));
        }
        self.partition.pools.set_size(name, slots);
        Ok(())
    }

    /// Has those fail that wait for more than the pool has now. A pool of no slots is closed for a while, not too small.
    pub(super) fn fail_hopeless(&mut self, name: &Text) {
        for id in self.partition.pools.hopeless(name) {
            self.with_run(id.run, |step, run| {
                let Some(task) = run.state.tasks.get(&id.number) else { return };
                let claims = class(id.run, &task.policy.claims);
                if let Err(failure) = step.partition.check_claims(&claims) {
                    step.never_granted(run, id.number, failure);
                }
            });
        }
    }
}

impl Partition {
    /// Whether the claims can ever be met.
    fn check_claims(&self, claims: &Class) -> Result<(), Failure> {
        for need in claims.iter() {
            let (name, whose) = match &need.pool {
                PoolId::Run(_, name) => (name, "the run's pool"),
                PoolId::Server(name) => (name, "pool"),
            };
            let Some(slots) = self.pools.size(need) else {
                let message = format!(
                    "there is no pool `{name}`: make it with `tidegate pools set {name} SLOTS`, or state it in the \
                     workflow's own file"
                );
                return Err(Failure::new(errors::UNKNOWN_POOL, message));
            };
            let is_closed = slots == 0 && matches!(need.pool, PoolId::Server(_));
            if need.slots > slots && !is_closed {
                let message =
                    format!("it claims {} slots of {whose} `{name}`, which has {slots}", need.slots);
                return Err(Failure::new(errors::POOL_TOO_SMALL, message));
            }
        }
        Ok(())
    }

    /// Fills in what is derived from a record, if it is a pool's.
    pub(crate) fn restore_pool(&mut self, place: &(Name, Text), record: &Value) {
        if place.0.as_str() == SHELF {
            self.pools.set_size(&place.1, slots_of(record));
        }
    }

    /// Fills in what the tasks of a run hold and wait for.
    pub(crate) fn restore_claims(&mut self, run: &RunState) {
        for (number, task) in run.tasks.iter().filter(|(_, task)| !task.policy.claims.is_empty()) {
            let claims: Class = class(run.id, &task.policy.claims);
            match task.turn(TaskId { run: run.id, number: *number }) {
                Some(turn) if run.status == Status::Running => self.pools.wait(turn, &Arc::clone(&claims)),
                None if task.is_issued() => self.pools.hold(&claims),
                Some(_) | None => {}
            }
        }
    }
}
