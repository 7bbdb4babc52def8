//! What the facts of a run make of the nodes of a state machine.
//!
//! The machine tells by notes which state it enters and leaves, and the engine how what a state asked for has ended. Each
//! scope is in one state at a time, so what is kept grows with the scopes that are open and with the states, not with
//! the length of the run.

use std::collections::BTreeMap;

use tidegate_graph::{Counts, Edge, EdgeStyle, Graph, Kind, Progress, State};
use tidegate_model::outcome::errors;
use tidegate_model::{Fact, FanOutId, Outcome, RunId, ScopeId, Text};

use super::{END, START};
use crate::asl::history::PREFIX;

/// How far a run has come.
#[derive(Debug)]
pub(crate) struct Tally {
    run: RunId,
    scopes: BTreeMap<ScopeId, Scope>,
    fan_outs: BTreeMap<FanOutId, (ScopeId, Text)>,
    /// Passes of the states that are over.
    passes: BTreeMap<Text, Counts>,
    /// Items of the Map states.
    items: BTreeMap<Text, Counts>,
    /// How often it went from one state to another, and whether by an error.
    steps: BTreeMap<(Text, Text, Went), u64>,
    end: Option<State>,
}

/// How a state was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Went {
    Well,
    ByError,
}

/// A scope that is open.
#[derive(Debug, Default)]
struct Scope {
    parent: Option<(ScopeId, Text)>,
    here: Option<Here>,
    /// The state that it was in before, and how it was left.
    before: Option<(Text, Went)>,
}

/// The state that a scope is in.
#[derive(Debug)]
struct Here {
    state: Text,
    /// Whether it waits rather than works.
    is_waiting: bool,
    /// Whether what it asked for has failed, and nothing has been asked for since.
    has_failed: bool,
}

impl Tally {
    pub(crate) fn new(run: RunId) -> Self {
        Self {
            run,
            scopes: BTreeMap::from([(ScopeId::ROOT, Scope::default())]),
            fan_outs: BTreeMap::new(),
            passes: BTreeMap::new(),
            items: BTreeMap::new(),
            steps: BTreeMap::new(),
            end: None,
        }
    }

    /// Takes note of a fact of the run.
    pub(crate) fn see(&mut self, fact: &Fact) {
        match fact {
            Fact::Raised { scope, kind, subject: Some(subject), .. } => self.raised(*scope, kind, subject),
            Fact::TaskScheduled { scope, subject, .. } => {
                if let Some(here) = self.here(*scope, subject) {
                    (here.is_waiting, here.has_failed) = (false, false);
                }
            }
            Fact::ScopeStarted { scope, parent, subject, .. } => {
                self.items.entry(subject.clone()).or_default().running += 1;
                let parent = Some((*parent, subject.clone()));
                self.scopes.insert(*scope, Scope { parent, ..Scope::default() });
            }
            Fact::ScopeEnded { scope, succeeded, .. } => {
                let end = if *succeeded { State::Succeeded } else { State::Failed };
                self.close(*scope, end);
            }
            Fact::FanOutStarted { fan_out, scope, subject, items, .. } => {
                self.items.entry(subject.clone()).or_default().expected += u64::from(*items);
                self.fan_outs.insert(*fan_out, (*scope, subject.clone()));
            }
            Fact::FanOutEnded { fan_out, .. } => {
                if let Some(owner) = self.fan_outs.remove(fan_out) {
                    self.cancel(|parent| *parent == owner);
                }
            }
            Fact::RunEnded { run, outcome } if *run == self.run => {
                let end = match outcome {
                    Outcome::Succeeded { .. } => State::Succeeded,
                    Outcome::Failed(failure) if failure.error == errors::CANCELLED => State::Cancelled,
                    Outcome::Failed(_) => State::Failed,
                };
                self.close(ScopeId::ROOT, end);
                self.end = Some(end);
            }
            // The rest says nothing about states that is not said above as well.
            _ => {}
        }
    }

    fn raised(&mut self, scope: ScopeId, kind: &str, subject: &Text) {
        let Some(note) = kind.strip_prefix(PREFIX) else {
            let state = subject.strip_suffix(":request").unwrap_or(subject);
            let (ended_well, failed) = (kind.ends_with(".succeeded"), kind.ends_with(".failed"));
            if let Some(here) = self.here(scope, state).filter(|_| ended_well || failed) {
                // Until it is left, it is about to be tried again.
                (here.is_waiting, here.has_failed) = (failed, failed);
            }
            return;
        };
        if note.ends_with("StateEntered") {
            self.enter(scope, subject, note == "WaitStateEntered");
        } else if note.ends_with("StateExited") {
            self.leave(scope, subject);
        } else if let Some(here) = self.here(scope, subject) {
            match note {
                "TaskSubmitted" | "ActivityScheduled" => here.is_waiting = true,
                "ActivityStarted" => here.is_waiting = false,
                "EvaluationFailed" => here.has_failed = true,
                _ => {}
            }
        }
    }

    /// The state that a scope is in, if it is `state`.
    fn here(&mut self, scope: ScopeId, state: &str) -> Option<&mut Here> {
        self.scopes.get_mut(&scope)?.here.as_mut().filter(|here| here.state == state)
    }

    fn enter(&mut self, scope: ScopeId, state: &Text, is_waiting: bool) {
        let Some(place) = self.scopes.get_mut(&scope) else { return };
        let is_run = scope == ScopeId::ROOT;
        let start = is_run.then(|| (Text::const_new(START), Went::Well));
        if let Some((before, went)) = place.before.take().or(start) {
            *self.steps.entry((before, state.clone(), went)).or_default() += 1;
        }
        place.here = Some(Here { state: state.clone(), is_waiting, has_failed: false });
    }

    fn leave(&mut self, scope: ScopeId, state: &Text) {
        let Some(place) = self.scopes.get_mut(&scope) else { return };
        let Some(here) = place.here.take_if(|here| here.state == *state) else { return };
        let counts = self.passes.entry(here.state.clone()).or_default();
        let went = if here.has_failed { Went::ByError } else { Went::Well };
        match went {
            Went::Well => counts.succeeded += 1,
            Went::ByError => counts.caught += 1,
        }
        place.before = Some((here.state, went));
    }

    /// A scope has ended, and with it what is inside of it.
    fn close(&mut self, scope: ScopeId, end: State) {
        self.cancel(|(parent, _)| *parent == scope);
        let Some(place) = self.scopes.remove(&scope) else { return };
        if let Some(here) = place.here {
            self.passes.entry(here.state).or_default().end(end);
        } else if let (None, State::Succeeded, Some((before, went))) = (&place.parent, end, place.before) {
            *self.steps.entry((before, Text::const_new(END), went)).or_default() += 1;
        }
        if let Some((_, owner)) = place.parent {
            let items = self.items.entry(owner).or_default();
            items.running = items.running.saturating_sub(1);
            items.end(end);
        }
    }

    /// Closes the scopes of which the owner, the scope and the state that they are inside of, is one of those.
    fn cancel(&mut self, is_owner: impl Fn(&(ScopeId, Text)) -> bool) {
        let inside =
            |(id, scope): (&ScopeId, &Scope)| scope.parent.as_ref().is_some_and(&is_owner).then_some(*id);
        let inside: Vec<ScopeId> = self.scopes.iter().filter_map(inside).collect();
        for id in inside {
            self.close(id, State::Cancelled);
        }
    }

    /// Puts the progress on the nodes and edges of `graph`.
    pub(crate) fn put(&self, graph: &mut Graph) {
        let mut passes = self.passes.clone();
        for here in self.scopes.values().filter_map(|scope| scope.here.as_ref()) {
            let counts = passes.entry(here.state.clone()).or_default();
            match here.is_waiting {
                true => counts.waiting += 1,
                false => counts.running += 1,
            }
        }
        let mark = |state| Some(Progress { state, counts: Counts::default() });
        for node in &mut graph.nodes {
            let own = Progress::of(passes.get(node.id.as_str()).copied().unwrap_or_default());
            let items = self.items.get(node.id.as_str()).filter(|_| node.kind == Kind::Map);
            node.progress = match node.kind {
                Kind::Start => mark(State::Succeeded),
                Kind::End if self.end == Some(State::Succeeded) => mark(State::Succeeded),
                Kind::End => mark(State::NotReached),
                _ => Some(Progress { counts: items.copied().unwrap_or(own.counts), ..own }),
            };
        }
        // Where an error was caught by the same state that comes next anyway, it is told by how the state was left.
        for edge in &mut graph.edges {
            edge.taken = Some(self.taken(edge));
        }
    }

    fn taken(&self, edge: &Edge) -> u64 {
        let went = if edge.style == EdgeStyle::Error { Went::ByError } else { Went::Well };
        let step = (Text::from(edge.from.as_str()), Text::from(edge.to.as_str()), went);
        self.steps.get(&step).copied().unwrap_or_default()
    }
}
