//! What the facts of a run make of the nodes of triggers, and of what triggers start.
//!
//! What is kept grows with what is open and with the program, not with the length of the run.

use std::collections::BTreeMap;

use tidegate_graph::{Counts, Graph, Kind, Node, Progress, State};
use tidegate_json::Value;
use tidegate_model::fact::{Disposition, TriggerRef};
use tidegate_model::outcome::errors;
use tidegate_model::{Data, Fact, FanOutId, Outcome, Program, RunId, ScopeId, TaskId, Text, TimerId};

use super::done::AWAITED;
use super::{Drawn, Place, START};

/// How far a run has come.
#[derive(Debug)]
pub(crate) struct Tally<'p> {
    run: RunId,
    program: &'p Program,
    drawn: Drawn,
    counts: BTreeMap<String, Counts>,
    /// What conditions that wait for more have, and want.
    gathered: BTreeMap<String, (u64, u64)>,
    /// Which scope of the program an open scope is; known from when one of its triggers has met an event.
    scopes: BTreeMap<ScopeId, usize>,
    /// The node that an open scope is inside of, and the scope that this is in.
    owners: BTreeMap<ScopeId, (String, ScopeId)>,
    tasks: BTreeMap<TaskId, (String, ScopeId)>,
    fan_outs: BTreeMap<FanOutId, (String, ScopeId)>,
    timers: BTreeMap<TimerId, String>,
}

impl<'p> Tally<'p> {
    pub(crate) fn new(run: RunId, program: &'p Program, drawn: Drawn) -> Self {
        Self {
            run,
            program,
            drawn,
            counts: BTreeMap::new(),
            gathered: BTreeMap::new(),
            scopes: BTreeMap::new(),
            owners: BTreeMap::new(),
            tasks: BTreeMap::new(),
            fan_outs: BTreeMap::new(),
            timers: BTreeMap::new(),
        }
    }

    /// Takes note of a fact of the run.
    pub(crate) fn see(&mut self, fact: &Fact) {
        match fact {
            Fact::Disposed { trigger, disposition, .. } => self.disposed(trigger, disposition),
            Fact::TaskScheduled { task, scope, attempt, subject, function, .. } => {
                // Where the workflow computes what it calls the task, it was drawn by its function.
                let by_function = || self.node(*scope, &["task"], function.as_str());
                let Some(node) = self.node(*scope, &["task", "map"], subject).or_else(by_function) else {
                    return;
                };
                let counts = self.counts_of(&node);
                if *attempt > 1 {
                    counts.waiting = counts.waiting.saturating_sub(1);
                }
                counts.running += 1;
                self.tasks.insert(*task, (node, *scope));
            }
            Fact::TaskEnded { task, error, retry_at, .. } => {
                if retry_at.is_some() {
                    if let Some((node, _)) = self.tasks.get(task).cloned() {
                        let counts = self.counts_of(&node);
                        counts.running = counts.running.saturating_sub(1);
                        counts.waiting += 1;
                    }
                } else if let Some((node, _)) = self.tasks.remove(task) {
                    self.end(&node, if error.is_none() { State::Succeeded } else { State::Failed });
                }
            }
            Fact::FanOutStarted { fan_out, scope, subject, items, .. } => {
                if let Some(node) = self.node(*scope, &["map"], subject) {
                    self.counts_of(&node).expected += u64::from(*items);
                    self.fan_outs.insert(*fan_out, (node, *scope));
                }
            }
            Fact::FanOutEnded { fan_out, .. } => {
                if let Some(owner) = self.fan_outs.remove(fan_out) {
                    self.cancel(|of| *of == owner);
                }
            }
            Fact::ScopeStarted { scope, parent, subject, .. } => {
                if let Some(node) = self.node(*parent, &["scope", "map"], subject) {
                    self.counts_of(&node).running += 1;
                    self.owners.insert(*scope, (node, *parent));
                }
            }
            Fact::ScopeEnded { scope, succeeded, .. } => {
                let end = if *succeeded { State::Succeeded } else { State::Failed };
                self.close(*scope, end, None);
            }
            Fact::TimerSet { timer, name, .. } => {
                if let Some(node) = self.timer(name) {
                    self.counts_of(&node).waiting += 1;
                    self.timers.insert(*timer, node);
                }
            }
            Fact::TimerFired { timer } => self.timer_ended(*timer, State::Succeeded),
            Fact::TimerCancelled { timer } => self.timer_ended(*timer, State::Cancelled),
            Fact::Raised { scope, kind, subject, data, .. } => {
                self.raised(*scope, kind, subject.as_ref());
                if let (true, Some(subject), Some(data)) = (kind == "tidegate.scope.failed", subject, data) {
                    self.scope_failed(*scope, subject, data);
                }
            }
            Fact::RunStarted { run, workflow, parent, .. }
                if *run != self.run && *parent == Some(self.run) =>
            {
                self.child_started(workflow.as_str());
            }
            Fact::RunEnded { run, outcome } if *run == self.run => self.run_ended(outcome),
            // The rest changes no node.
            _ => {}
        }
    }

    fn disposed(&mut self, trigger: &TriggerRef, disposition: &Disposition) {
        let (Some(scope), spec) = (self.program.scopes.get(trigger.spec as usize), trigger.spec as usize)
        else {
            return;
        };
        let place = self.drawn.places[spec].clone();
        if self.scopes.insert(trigger.scope, spec).is_none() {
            self.counts_of(&place.id(START)).succeeded += 1;
        }
        let Some(trigger) = scope.triggers.get(trigger.index as usize) else { return };
        let id = place.id(trigger.name.as_str());
        match disposition {
            Disposition::Fired => {
                self.gathered.remove(&id);
                self.counts_of(&id).succeeded += 1;
            }
            Disposition::Counted { have, want } => {
                self.gathered.insert(id, (u64::from(*have), u64::from(*want)));
            }
            Disposition::Failed { .. } => self.counts_of(&id).failed += 1,
            Disposition::Filtered { .. } | Disposition::Parked | Disposition::Intercepted { .. } => {}
        }
    }

    fn raised(&mut self, scope: ScopeId, kind: &str, subject: Option<&Text>) {
        let place = self.place(scope);
        let about = subject.map(|subject| format!("event:{kind} about {subject}"));
        let names = about.into_iter().chain([format!("event:{kind}")]);
        if let Some(id) = names.map(|name| place.id(&name)).find(|id| self.is_node(id)) {
            self.counts_of(&id).succeeded += 1;
        }
        let end = match kind {
            "tidegate.run.succeeded" => State::Succeeded,
            "tidegate.run.failed" => State::Failed,
            _ => return,
        };
        if let Some(node) = subject.and_then(|subject| self.node(scope, &["run"], subject)) {
            self.end(&node, end);
        }
    }

    /// A scope that `scope` calls `subject` has failed; the data of that event says with which error.
    fn scope_failed(&mut self, scope: ScopeId, subject: &Text, data: &Data) {
        let failure = data.inline_value().unwrap_or_default();
        let Some(error) = failure.get("error").and_then(Value::as_str) else { return };
        let Some(node) = self.node(scope, &["scope"], subject) else { return };
        let inside = self.drawn.graph.groups.iter().find(|group| group.owner == node);
        let place = inside.map(|group| Place { group: Some(group.id.clone()) });
        if let Some(mark) =
            place.map(|place| place.id(&format!("(fail {error})"))).filter(|mark| self.is_node(mark))
        {
            self.counts_of(&mark).failed += 1;
        }
    }

    fn child_started(&mut self, workflow: &str) {
        let is_it = |node: &&Node| {
            node.kind == Kind::Run && (node.label == workflow || node.detail.as_deref() == Some(workflow))
        };
        let Some(node) = self.drawn.graph.nodes.iter().find(is_it) else { return };
        let (id, is_awaited) = (node.id.clone(), node.badges.iter().any(|badge| badge == AWAITED));
        let counts = self.counts_of(&id);
        match is_awaited {
            true => counts.running += 1,
            false => counts.succeeded += 1,
        }
    }

    fn run_ended(&mut self, outcome: &Outcome) {
        let (end, error) = match outcome {
            Outcome::Succeeded { .. } => (State::Succeeded, None),
            Outcome::Failed(failure) if failure.error == errors::CANCELLED => (State::Cancelled, None),
            Outcome::Failed(failure) => (State::Failed, Some(&failure.error)),
        };
        self.close(ScopeId::ROOT, end, error);
        self.gathered.clear();
        for counts in self.counts.values_mut() {
            counts.cancelled += counts.waiting + counts.running;
            (counts.waiting, counts.running) = (0, 0);
        }
    }

    /// A scope has ended, and with it what is inside of it.
    fn close(&mut self, scope: ScopeId, end: State, error: Option<&Text>) {
        self.cancel(|(_, of)| *of == scope);
        let place = self.place(scope);
        let mark = match (end, error) {
            (State::Succeeded, _) => Some(place.id("(complete)")),
            (State::Failed, Some(error)) => Some(place.id(&format!("(fail {error})"))),
            _ => None,
        };
        if let Some(mark) = mark {
            self.end(&mark, end);
        }
        self.scopes.remove(&scope);
        if let Some((node, _)) = self.owners.remove(&scope) {
            self.end(&node, end);
        }
    }

    /// Ends tasks and scopes by their node and the scope that they are in.
    fn cancel(&mut self, is_over: impl Fn(&(String, ScopeId)) -> bool) {
        let tasks: Vec<TaskId> =
            self.tasks.iter().filter(|(_, of)| is_over(of)).map(|(task, _)| *task).collect();
        for task in tasks {
            if let Some((node, _)) = self.tasks.remove(&task) {
                self.end(&node, State::Cancelled);
            }
        }
        let scopes: Vec<ScopeId> =
            self.owners.iter().filter(|(_, of)| is_over(of)).map(|(scope, _)| *scope).collect();
        for scope in scopes {
            self.close(scope, State::Cancelled, None);
        }
    }

    fn timer_ended(&mut self, timer: TimerId, end: State) {
        if let Some(node) = self.timers.remove(&timer) {
            self.end(&node, end);
        }
    }

    /// What was under way at a node has ended.
    fn end(&mut self, node: &str, end: State) {
        let counts = self.counts_of(node);
        match counts.running {
            0 => counts.waiting = counts.waiting.saturating_sub(1),
            _ => counts.running -= 1,
        }
        counts.end(end);
    }

    /// Where the scope of the program that `scope` is was drawn.
    fn place(&self, scope: ScopeId) -> Place {
        let root = (scope == ScopeId::ROOT).then_some(0);
        let spec = self.scopes.get(&scope).copied().or(root);
        spec.and_then(|spec| self.drawn.places.get(spec).cloned()).unwrap_or_default()
    }

    /// The node for what `scope` calls `name`, of the first of `words` that there is one of.
    fn node(&self, scope: ScopeId, words: &[&str], name: &str) -> Option<String> {
        let place = self.place(scope);
        words.iter().map(|word| place.id(&format!("{word}:{name}"))).find(|id| self.is_node(id))
    }

    /// The node of a timer. Facts do not say in which scope a timer is; names of timers seldom recur.
    fn timer(&self, name: &str) -> Option<String> {
        let is_it = |node: &&Node| node.kind == Kind::Wait && node.label == name;
        self.drawn.graph.nodes.iter().find(is_it).map(|node| node.id.clone())
    }

    fn is_node(&self, id: &str) -> bool {
        self.drawn.ids.contains(id)
    }

    fn counts_of(&mut self, node: &str) -> &mut Counts {
        self.counts.entry(node.to_owned()).or_default()
    }

    /// The graph with the progress on its nodes.
    pub(crate) fn into_graph(self) -> Graph {
        let mut graph = self.drawn.graph;
        for node in &mut graph.nodes {
            let counts = self.counts.get(&node.id).copied();
            node.progress = match (self.gathered.get(&node.id), counts) {
                (Some((have, want)), _) => Some(Progress {
                    state: State::Waiting,
                    counts: Counts { succeeded: *have, expected: *want, ..Counts::default() },
                }),
                (None, Some(counts)) => Some(Progress::of(counts)),
                // Facts tell of no event by its type that came from outside.
                (None, None) if node.kind == Kind::Event => None,
                (None, None) => Some(Progress::default()),
            };
        }
        graph
    }
}
