//! What the facts of a run make of the tasks of a DAG.
//!
//! What is kept grows with the tasks of the DAG and with what is open, not with the items of its maps.

use std::collections::BTreeMap;

use tidegate_graph::{Counts, Graph, Progress, State as Reached};
use tidegate_model::{Data, Fact, RunId, TaskId, Text};

use super::{END, START};
use crate::dag::ENDED;
use crate::dag::rule::State;

/// How far a run has come.
#[derive(Debug)]
pub(crate) struct Tally {
    run: RunId,
    counts: BTreeMap<Text, Counts>,
    open: BTreeMap<TaskId, Text>,
    end: Option<Reached>,
}

impl Tally {
    pub(crate) fn new(run: RunId) -> Self {
        Self { run, counts: BTreeMap::new(), open: BTreeMap::new(), end: None }
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
                self.counts.entry(subject.clone()).or_default().expected += u64::from(*items);
            }
            Fact::Raised { kind, subject: Some(subject), data: Some(data), .. } if kind == ENDED => {
                self.ended(subject, data);
            }
            Fact::RunEnded { run, outcome } if *run == self.run => {
                let is_well = matches!(outcome, tidegate_model::Outcome::Succeeded { .. });
                self.end = Some(if is_well { Reached::Succeeded } else { Reached::Failed });
            }
            // The rest changes no task.
            _ => {}
        }
    }

    /// What was under way of a task when it ended is over, and one that has not run was passed by.
    fn ended(&mut self, task: &Text, data: &Data) {
        let counts = self.counts.entry(task.clone()).or_default();
        // A task that runs a workflow has no calls of its own.
        let has_run = *counts != Counts::default();
        counts.cancelled += counts.running + counts.waiting;
        (counts.running, counts.waiting) = (0, 0);
        match data.inline_value().as_ref().and_then(State::of) {
            Some(State::Skipped | State::UpstreamFailed) => counts.skipped += 1,
            Some(State::Failed) if counts.failed == 0 => counts.failed += 1,
            Some(State::Success) if !has_run => counts.succeeded += 1,
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
