//! The workers of the world: they take attempts and end them later, twice, late, or not at all.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_model::{Effect, Input, Invocation, Outcome, TaskId, Timestamp};

use crate::function::Function;
use crate::random::Random;

/// Attempts under way, by when they end.
#[derive(Debug, Default)]
pub struct Workers {
    jobs: BTreeMap<(Timestamp, u64), Job>,
    /// Attempts that were taken and never end.
    hanging: Vec<Job>,
    /// Ends that were told before, to be told again.
    told: Vec<Job>,
    taken: u64,
}

/// An attempt and how it ends.
#[derive(Clone, Debug)]
pub struct Job {
    /// The task.
    pub task: TaskId,
    /// The attempt.
    pub attempt: u32,
    /// How it ends.
    pub outcome: Outcome,
}

/// Whether workers misbehave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conduct {
    /// They hang, answer twice and go on with what was abandoned.
    Faulty,
    /// They do what they are asked.
    Good,
}

impl Job {
    fn of(invocation: &Invocation) -> Self {
        let outcome = match Function::named(invocation.function.as_str()) {
            Some(function) => function.outcome(&invocation.input, invocation.attempt),
            None => unreachable!("programs of the world name only its functions"),
        };
        Self { task: invocation.task, attempt: invocation.attempt, outcome }
    }

    /// What the engine is told.
    #[must_use]
    pub fn input(&self) -> Input {
        Input::TaskEnded { task: self.task, attempt: self.attempt, outcome: self.outcome.clone() }
    }
}

impl Workers {
    /// Takes what the engine asks for.
    pub fn perform(&mut self, effect: &Effect, now: Timestamp, conduct: Conduct, random: &mut Random) {
        match effect {
            Effect::Invoke(invocation) => self.take(Job::of(invocation), now, conduct, random),
            Effect::Abandon { task } => {
                // One that does not hear of it in time tells an end that nobody waits for.
                if conduct == Conduct::Good || random.chance(70) {
                    self.jobs.retain(|_, job| job.task != *task);
                    self.hanging.retain(|job| job.task != *task);
                }
            }
        }
    }

    fn take(&mut self, job: Job, now: Timestamp, conduct: Conduct, random: &mut Random) {
        if conduct == Conduct::Faulty && random.chance(8) {
            self.hanging.push(job);
            return;
        }
        let answers = if conduct == Conduct::Faulty && random.chance(6) { 2 } else { 1 };
        for _ in 0..answers {
            let takes_ms = match random.below(4) {
                0 => 0,
                1 => random.below(100),
                _ => random.below(6000),
            };
            self.taken += 1;
            self.jobs.insert((Timestamp(now.0 + takes_ms as i64), self.taken), job.clone());
        }
    }

    /// Takes out at most `most` attempts that have ended by `now`.
    pub fn ended(&mut self, now: Timestamp, most: usize) -> Vec<Job> {
        let mut ended = Vec::new();
        while ended.len() < most
            && let Some(entry) = self.jobs.first_entry()
            && entry.key().0 <= now
        {
            ended.push(entry.remove());
        }
        self.told.extend(ended.iter().cloned());
        if self.told.len() > 20 {
            self.told.drain(..10);
        }
        ended
    }

    /// An end that was refused is told again at `at`.
    pub fn tell_again(&mut self, task: TaskId, attempt: u32, outcome: Outcome, at: Timestamp) {
        self.taken += 1;
        self.jobs.insert((at, self.taken), Job { task, attempt, outcome });
    }

    /// An end that was told before.
    pub fn told_before(&self, random: &mut Random) -> Option<Job> {
        (!self.told.is_empty()).then(|| random.pick(&self.told).clone())
    }

    /// An attempt that is under way.
    pub fn under_way(&self, random: &mut Random) -> Option<Job> {
        let jobs: Vec<&Job> = self.jobs.values().collect();
        (!jobs.is_empty()).then(|| (*random.pick(&jobs)).clone())
    }

    /// When the next attempt ends.
    #[must_use]
    pub fn next_end(&self) -> Option<Timestamp> {
        self.jobs.keys().next().map(|(at, _)| *at)
    }

    /// The workers' machine fails, wholly or in part; the engine is to ask again for what is lost.
    pub fn crash(&mut self, random: &mut Random) {
        match random.below(3) {
            0 => self.jobs.clear(),
            1 => self.jobs.retain(|_, _| random.chance(50)),
            _ => {}
        }
        self.hanging.clear();
    }

    /// What hangs is noticed and done after all.
    pub fn mend(&mut self, now: Timestamp) {
        for job in std::mem::take(&mut self.hanging) {
            self.taken += 1;
            self.jobs.insert((now, self.taken), job);
        }
    }

    /// Tasks of which some attempt is known here.
    #[must_use]
    pub fn known(&self) -> BTreeSet<(TaskId, u32)> {
        self.jobs.values().chain(&self.hanging).map(|job| (job.task, job.attempt)).collect()
    }
}
