//! How far an execution had come, from the facts of its run.
//!
//! Owns nothing but what the facts say: notes tell of states, their input, output and variables; the engine's own facts tell
//! of the scopes within them. Takes each fact once, in order.

use std::collections::BTreeMap;

use tidegate_json::Value;
use tidegate_model::{Data, Fact, ScopeId, Text, Timestamp};

use super::{Progress, Redrive, Within};
use crate::asl::history::{self, PREFIX};

/// What the facts of an execution tell so far.
#[derive(Debug)]
pub struct Trace {
    events: u64,
    /// Whether the last event told of the execution's end.
    has_told_end: bool,
    scopes: BTreeMap<ScopeId, Scope>,
}

/// A scope that has not ended well.
#[derive(Debug, Default)]
struct Scope {
    /// The scope around it, and its place there.
    place: Option<(ScopeId, u64)>,
    /// The state that it is in.
    state: Option<Entered>,
    /// Its variables, where it has assigned any.
    variables: Option<Value>,
    /// What its last state put out.
    output: Value,
    /// Number of the last event about it.
    last: u64,
}

/// A state that was entered and not left.
#[derive(Debug)]
struct Entered {
    name: Text,
    number: u64,
    at: Timestamp,
    input: Value,
    map_run: Option<Text>,
    /// Scopes within it that have ended, or had come so far when the execution was redriven.
    within: BTreeMap<u64, Within>,
    /// Scopes within it that are there, by their places.
    open: BTreeMap<u64, ScopeId>,
    /// Whether its scopes are those of an earlier attempt, which another fan-out replaces.
    is_spent: bool,
}

impl Trace {
    /// Of a run that was started with `redrive`, where it is one of those.
    #[must_use]
    pub fn new(redrive: Option<&Redrive>) -> Self {
        let progress = redrive.and_then(|redrive| redrive.progress.as_ref());
        let root = progress.map(|progress| Scope::of(progress, None)).unwrap_or_default();
        Self {
            events: redrive.map_or(0, |redrive| redrive.events),
            has_told_end: false,
            scopes: BTreeMap::from([(ScopeId::ROOT, root)]),
        }
    }

    /// Events of the execution's history.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events
    }

    /// How far the execution had come; `None` where no state had been entered.
    #[must_use]
    pub fn progress(&self) -> Option<Progress> {
        self.progress_of(ScopeId::ROOT)
    }

    /// Takes what happened at `at`.
    pub fn take(&mut self, at: Timestamp, fact: &Fact) {
        match fact {
            Fact::Raised { scope, kind, subject, data, .. } => {
                let event = kind.strip_prefix(PREFIX);
                // Types of AWS are capitalised; other events of state machines are no part of history.
                if let Some(event) = event.filter(|event| event.starts_with(|c: char| c.is_ascii_uppercase()))
                {
                    let data = data.as_ref().and_then(Data::inline_value).unwrap_or_default();
                    self.noted(*scope, at, event, subject.as_ref(), &data);
                }
            }
            Fact::ScopeStarted { scope, parent, index, .. } => {
                self.begun(*scope, *parent, index.map_or(0, u64::from));
            }
            Fact::ScopeEnded { scope, succeeded, .. } => self.ended(*scope, *succeeded),
            Fact::FanOutStarted { scope, .. } => self.fanned_out(*scope),
            // An end that is none of the machine's doing is an event of history all the same.
            Fact::RunEnded { .. } => self.events += u64::from(!self.has_told_end),
            _ => {}
        }
    }

    fn noted(&mut self, scope: ScopeId, at: Timestamp, event: &str, subject: Option<&Text>, data: &Value) {
        // Items of distributed Map states have histories of their own.
        let is_child = data.get(history::CHILD).is_some();
        let number = if is_child {
            data.get("previousEventId").and_then(Value::as_u64).unwrap_or_default() + 1
        } else {
            self.events += 1;
            self.has_told_end = history::ENDS.contains(&event);
            self.events
        };
        let inherited = data.get("assignedVariables").map(|_| self.variables(scope));
        let Some(known) = self.scopes.get_mut(&scope) else { return };
        known.last = number;
        if event.ends_with("StateEntered") {
            known.state = Some(Entered {
                name: subject.cloned().unwrap_or_default(),
                number,
                at,
                input: data.get("input").cloned().unwrap_or_default(),
                map_run: None,
                within: BTreeMap::new(),
                open: BTreeMap::new(),
                is_spent: false,
            });
        } else if event.ends_with("StateExited") {
            known.state = None;
            known.output = data.get("output").cloned().unwrap_or_default();
            if let Some((mut variables, assigned)) = inherited.zip(data.get("assignedVariables")) {
                for (name, value) in assigned.as_object().into_iter().flat_map(|all| all.iter()) {
                    variables.set(name.clone(), value.clone());
                }
                known.variables = Some(variables);
            }
        } else if event == "MapRunStarted"
            && let Some(state) = &mut known.state
        {
            state.map_run = data.get("mapRunArn").and_then(Value::as_str).map(Text::from);
        }
    }

    /// The variables that a scope sees.
    fn variables(&self, scope: ScopeId) -> Value {
        let mut scope = self.scopes.get(&scope);
        while let Some(known) = scope {
            if let Some(variables) = &known.variables {
                return variables.clone();
            }
            scope = known.place.and_then(|(parent, _)| self.scopes.get(&parent));
        }
        Value::object::<&str, Value>([])
    }

    /// The state that `scope` is in starts scopes: for the first time, or all over again.
    fn fanned_out(&mut self, scope: ScopeId) {
        let Some(state) = self.scopes.get_mut(&scope).and_then(|known| known.state.as_mut()) else { return };
        let open = std::mem::take(&mut state.open);
        if state.is_spent {
            state.within.clear();
        }
        state.is_spent = true;
        for scope in open.into_values() {
            self.scopes.remove(&scope);
        }
    }

    fn begun(&mut self, scope: ScopeId, parent: ScopeId, place: u64) {
        let Some(state) = self.scopes.get_mut(&parent).and_then(|known| known.state.as_mut()) else { return };
        let around = Some((parent, place));
        let known = match state.within.remove(&place) {
            Some(Within::Stopped(progress)) => Scope::of(&progress, around),
            Some(Within::Done(output)) => Scope { place: around, output, ..Scope::default() },
            None => Scope { place: around, ..Scope::default() },
        };
        state.open.insert(place, scope);
        self.scopes.insert(scope, known);
    }

    fn ended(&mut self, scope: ScopeId, succeeded: bool) {
        // Those that failed are kept: where they stopped is where they go on.
        if !succeeded {
            return;
        }
        let Some(Scope { place: Some((parent, place)), output, .. }) = self.scopes.remove(&scope) else {
            return;
        };
        if let Some(state) = self.scopes.get_mut(&parent).and_then(|known| known.state.as_mut()) {
            state.open.remove(&place);
            state.within.insert(place, Within::Done(output));
        }
    }

    fn progress_of(&self, scope: ScopeId) -> Option<Progress> {
        let Scope { state: Some(state), variables, last, .. } = self.scopes.get(&scope)? else { return None };
        let open = state.open.iter();
        let open =
            open.filter_map(|(place, scope)| Some((*place, Within::Stopped(self.progress_of(*scope)?))));
        Some(Progress {
            state: state.name.clone(),
            entered: state.number,
            entered_at: state.at,
            last: *last,
            input: state.input.clone(),
            variables: variables.clone(),
            map_run: state.map_run.clone(),
            within: state.within.iter().map(|(place, within)| (*place, within.clone())).chain(open).collect(),
        })
    }
}

impl Scope {
    /// A scope that goes on where it had stopped.
    fn of(progress: &Progress, place: Option<(ScopeId, u64)>) -> Self {
        let Progress { state, entered, entered_at, last, input, variables, map_run, within } = progress;
        let state = Entered {
            name: state.clone(),
            number: *entered,
            at: *entered_at,
            input: input.clone(),
            map_run: map_run.clone(),
            within: within.clone(),
            open: BTreeMap::new(),
            is_spent: false,
        };
        Self { place, state: Some(state), variables: variables.clone(), output: Value::Null, last: *last }
    }
}
