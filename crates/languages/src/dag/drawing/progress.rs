//! What the facts of a run make of the tasks of a DAG.
//!
//! What is kept grows with the tasks of the DAG and with what is open, not with the items of its maps.

use std::collections::BTreeMap;

use tidegate_graph::{Counts, Graph, Progress, State as Reached};
use tidegate_model::{Data, Fact, Program, RunId, TaskId, Text};

use super::{END, START, shown};
use crate::dag::ENDED;
use crate::dag::rule::State;

/// How far a run has come.
#[derive(Debug)]
pub(crate) struct Tally {
    run: RunId,
    counts: BTreeMap<Text, Counts>,
    open: BTreeMap<TaskId, Text>,
    /// Of those in groups, the tasks that call a function themselves.
    nested: BTreeMap<Text, bool>,
    end: Option<Reached>,
}

impl Tally {
    pub(crate) fn new(run: RunId, program: &Program) -> Self {
        let inner = program.scopes.iter().skip(1).flat_map(|scope| &scope.triggers);
        let nested = inner.filter_map(|trigger| {
            let params = super::task(trigger)?;
            Some((Text::from(shown(trigger.name.as_str())), params.get("function").is_some()))
        });
        let (counts, open) = (BTreeMap::new(), BTreeMap::new());
        Self { run, counts, open, nested: nested.collect(), end: None }
    }

    /// Takes note of a fact of the run.
    pub(crate) fn see(&mut self, fact: &Fact) {
        match fact {
            Fact::TaskScheduled { task, attempt, subject, .. } => {
                let counts = self.counts.entry(subject.clone()).or_default();
                if *attempt > 1 {
                    counts.waiting = counts.waiting.saturating_sub(1);
                }
                counts.running += 1;
                self.open.insert(*task, subject.clone());
            }
            Fact::TaskEnded { task, error, retry_at, .. } => {
                let Some(counts) = self.open.get(task).and_then(|of| self.counts.get_mut(of)) else { return };
                counts.running = counts.running.saturating_sub(1);
                match (error, retry_at) {
                    (_, Some(_)) => counts.waiting += 1,
                    (None, None) => counts.succeeded += 1,
                    (Some(_), None) => counts.failed += 1,
                }
                if retry_at.is_none() {
                    self.open.remove(task);
                }
            }
            Fact::FanOutStarted { subject, items, .. } => {
                let subject = Text::from(shown(subject));
                self.counts.entry(subject).or_default().expected += u64::from(*items);
            }
            Fact::Raised { kind, subject: Some(subject), data: Some(data), .. } if kind == ENDED => {
                self.ended(subject, data);
            }
            Fact::RunEnded { run, outcome } if *run == self.run => {
                let is_well = matches!(outcome, tidegate_model::Outcome::Succeeded { .. });
                self.end = Some(if is_well { Reached::Succeeded } else { Reached::Failed });
                self.counts.values_mut().for_each(cancel);
            }
            // The rest changes no task.
            _ => {}
        }
    }

    /// What was under way of a task when it ended is over, and one that has not run was passed by.
    fn ended(&mut self, task: &Text, data: &Data) {
        let data = data.inline_value().unwrap_or_default();
        // What is told again elsewhere has been seen.
        if data.get("aside").is_some() || data.get("gathered").is_some() {
            return;
        }
        if let Some(&calls) = self.nested.get(shown(task)) {
            self.instance_ended(&Text::from(shown(task)), calls, State::of(&data));
            return;
        }
        // Nor does anything go on in a group that is over.
        let inside = format!("{}.", shown(task));
        let within = self.counts.range_mut(Text::from(inside.as_str())..);
        within.take_while(|(id, _)| id.starts_with(&inside)).for_each(|(_, counts)| cancel(counts));
        let counts = self.counts.entry(task.clone()).or_default();
        // A task that runs a workflow has no calls of its own.
        let has_run = *counts != Counts::default();
        cancel(counts);
        match State::of(&data) {
            Some(State::Skipped | State::UpstreamFailed) => counts.skipped += 1,
            Some(State::Failed) if counts.failed == 0 => counts.failed += 1,
            Some(State::Success) if !has_run => counts.succeeded += 1,
            Some(State::Success | State::Failed) | None => {}
        }
    }

    /// A task has ended in an instance of a group; of others it may be under way.
    fn instance_ended(&mut self, task: &Text, calls: bool, state: Option<State>) {
        let counts = self.counts.entry(task.clone()).or_default();
        match state {
            Some(State::Skipped | State::UpstreamFailed) => counts.skipped += 1,
            Some(State::Failed) if !calls => counts.failed += 1,
            Some(State::Success) if !calls => counts.succeeded += 1,
            Some(State::Success | State::Failed) | None => {}
        }
    }

    pub(crate) fn put(&self, graph: &mut Graph) {
        for node in &mut graph.nodes {
            let state = match node.id.as_str() {
                START => Some(Reached::Succeeded),
                END => Some(self.end.unwrap_or_default()),
                _ => None,
            };
            node.progress = Some(match state {
                Some(state) => Progress { state, counts: Counts::default() },
                None => Progress::of(self.counts.get(node.id.as_str()).copied().unwrap_or_default()),
            });
        }
    }
}

/// What is under way goes no further.
fn cancel(counts: &mut Counts) {
    counts.cancelled += counts.running + counts.waiting;
    (counts.running, counts.waiting) = (0, 0);
}
