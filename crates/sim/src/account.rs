//! The account of a world: what the facts told, step by step, and what must hold of facts alone.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_model::outcome::errors;
use tidegate_model::{Data, Digest, Fact, HoldId, Input, Labels, Outcome, RunId, TaskId, Text, WorkflowName};

use crate::violation::{Invariant, Violation, hold};

/// Everything that was told of runs and tasks.
#[derive(Debug, Default)]
pub struct Account {
    /// Runs, ended or not.
    pub runs: BTreeMap<RunId, RunRecord>,
    /// Runs that are paused.
    pub paused: BTreeSet<RunId>,
    /// Firings that were held and not decided; some of scopes that have ended since.
    pub held: BTreeSet<HoldId>,
    tasks: BTreeMap<TaskId, TaskRecord>,
}

/// What was told of a run.
#[derive(Debug)]
pub struct RunRecord {
    /// Of which workflow.
    pub workflow: WorkflowName,
    /// Of which version.
    pub program: Digest,
    /// The run that started it.
    pub parent: Option<RunId>,
    /// Its input.
    pub input: Data,
    /// Labels of its input.
    pub labels: Labels,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// Tasks that succeeded, by what the workflow calls them.
    pub successes: BTreeMap<Text, u64>,
}

#[derive(Debug)]
struct TaskRecord {
    subject: Text,
    attempt: u32,
    end: End,
}

/// What was told of the end of a task's current attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Open,
    Retrying,
    Final,
}

impl Account {
    /// Takes note of what happened.
    ///
    /// # Errors
    /// Where it cannot have happened.
    pub fn note(&mut self, fact: &Fact) -> Result<(), Violation> {
        match fact {
            Fact::RunStarted { run, workflow, program, parent, input, labels } => {
                let record = RunRecord {
                    workflow: workflow.clone(),
                    program: *program,
                    parent: *parent,
                    input: input.clone(),
                    labels: labels.clone(),
                    outcome: None,
                    successes: BTreeMap::new(),
                };
                let before = self.runs.insert(*run, record);
                hold(before.is_none(), Invariant::EveryRunEnds, || format!("run {run} started twice"))
            }
            Fact::RunEnded { run, outcome } => self.run_ended(*run, outcome),
            Fact::RunPaused { run } => {
                self.paused.insert(*run);
                Ok(())
            }
            Fact::RunResumed { run } => {
                self.paused.remove(run);
                Ok(())
            }
            Fact::Held { hold, .. } => {
                self.held.insert(*hold);
                Ok(())
            }
            Fact::Decided { hold, .. } => {
                self.held.remove(hold);
                Ok(())
            }
            Fact::TaskScheduled { task, attempt, subject, .. } => self.scheduled(*task, *attempt, subject),
            Fact::TaskEnded { task, attempt, error, retry_at } => {
                let end = if retry_at.is_some() { End::Retrying } else { End::Final };
                self.ended(*task, *attempt, error.as_ref(), end)
            }
            _ => Ok(()),
        }
    }

    fn run_ended(&mut self, id: RunId, outcome: &Outcome) -> Result<(), Violation> {
        let Some(run) = self.runs.get_mut(&id) else {
            return Err(Violation::new(Invariant::EveryRunEnds, format!("run {id} ended and never started")));
        };
        if let Outcome::Succeeded { labels, .. } = outcome {
            hold(labels.covers(&run.labels), Invariant::LabelsNeverDrop, || {
                format!("the result of {id} has {labels:?}, its input has {:?}", run.labels)
            })?;
        }
        self.paused.remove(&id);
        self.held.retain(|hold| hold.run != id);
        let before = run.outcome.replace(outcome.clone());
        hold(before.is_none(), Invariant::EveryRunEnds, || format!("run {id} ended twice"))
    }

    fn scheduled(&mut self, id: TaskId, attempt: u32, subject: &Text) -> Result<(), Violation> {
        let before = self.tasks.get(&id).map(|task| (task.attempt, task.end));
        let follows = match before {
            None => attempt == 1,
            Some((last, end)) => attempt == last + 1 && end == End::Retrying,
        };
        hold(follows, Invariant::AttemptsEndOnce, || format!("attempt {attempt} of {id} after {before:?}"))?;
        self.tasks.insert(id, TaskRecord { subject: subject.clone(), attempt, end: End::Open });
        Ok(())
    }

    fn ended(&mut self, id: TaskId, attempt: u32, error: Option<&Text>, end: End) -> Result<(), Violation> {
        let Some(task) = self.tasks.get_mut(&id) else {
            return Err(Violation::new(
                Invariant::AttemptsEndOnce,
                format!("{id} ended and was never asked for"),
            ));
        };
        // The time of a task as a whole may be over while it waits for its next attempt.
        let gave_up = task.end == End::Retrying && error.is_some_and(|error| error == errors::TIMEOUT);
        let is_first = task.attempt == attempt && (task.end == End::Open || gave_up);
        hold(is_first, Invariant::AttemptsEndOnce, || {
            format!(
                "an end of attempt {attempt} of {id} counts, and of attempt {} it is {:?}",
                task.attempt, task.end
            )
        })?;
        task.end = end;
        if error.is_none()
            && let Some(run) = self.runs.get_mut(&id.run)
        {
            *run.successes.entry(task.subject.clone()).or_default() += 1;
        }
        Ok(())
    }

    /// Plans that were stopped with a run that started others without end, and those above them that hear of it. A plan
    /// is stopped so only where a run that is none of the plans, as `is_plan` says, started it.
    pub(crate) fn stopped_with(&self, is_plan: impl Fn(RunId) -> bool) -> BTreeSet<RunId> {
        let is_stopped = |record: &RunRecord| match &record.outcome {
            Some(Outcome::Failed(failure)) => failure.error == errors::LIMIT,
            _ => false,
        };
        let line = |run: RunId| {
            std::iter::successors(Some(run), |run| self.runs.get(run).and_then(|record| record.parent))
        };
        let stopped = self.runs.iter().filter(|(_, record)| is_stopped(record)).map(|(run, _)| *run);
        stopped.filter(|run| !line(*run).all(&is_plan)).flat_map(line).collect()
    }

    /// What tells the end of an attempt that is not the current one, or that has ended, changes nothing. To be called
    /// before the facts are noted.
    pub(crate) fn check_end(&self, input: &Input, facts: &[Fact]) -> Result<(), Violation> {
        let Input::TaskEnded { task, attempt, .. } = input else { return Ok(()) };
        let known = self.tasks.get(task);
        let is_open = known.is_some_and(|known| known.attempt == *attempt && known.end == End::Open);
        let ignored = Fact::TaskEndIgnored { task: *task, attempt: *attempt };
        hold(is_open || facts.contains(&ignored), Invariant::AttemptsEndOnce, || {
            format!("attempt {attempt} of {task} was not under way: {known:?}; its end told {facts:?}")
        })
    }

    /// The attempt of the task that was asked for last.
    #[must_use]
    pub fn current_attempt(&self, task: TaskId) -> Option<u32> {
        self.tasks.get(&task).map(|task| task.attempt)
    }
}
