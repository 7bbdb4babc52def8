//! What a file defines: the functions and scopes of the file, the steps, timers and triggers of each scope.
//!
//! Collected before anything is compiled, because a trigger may name what a later one defines. Nothing is
//! reported here: what is malformed is skipped, and reported when it is compiled.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_json::Str;

use crate::source::{Content, Member, Node};
use crate::template::is_template;

/// Names that hold in the whole file.
#[derive(Debug, Default)]
pub(super) struct FileNames {
    pub(super) functions: BTreeSet<Str>,
    pub(super) scopes: BTreeSet<Str>,
}

/// Names that hold in one scope.
#[derive(Debug, Default)]
pub(super) struct ScopeNames {
    pub(super) steps: BTreeMap<Str, BTreeSet<StepKind>>,
    /// Kinds of the steps whose names are computed.
    pub(super) computed_steps: BTreeSet<StepKind>,
    pub(super) timers: BTreeSet<Str>,
    pub(super) has_computed_timers: bool,
    pub(super) triggers: BTreeSet<Str>,
    /// Workflows that are started and not waited for, so that no event tells of their end.
    pub(super) unawaited: BTreeSet<Str>,
}

/// What kind of action a step is, which decides the types of its events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum StepKind {
    /// `invoke`.
    Task,
    /// `map`.
    Map(Items),
    /// `call`.
    Scope,
    /// `start`.
    Run,
}

/// What a map does with each item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Items {
    /// It does not tell of them.
    Silent,
    /// It tells of the task of each.
    Tasks,
    /// It tells of the scope of each.
    Scopes,
}

impl StepKind {
    /// What its events are about, as their types say it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::Map(_) => "map",
            Self::Scope => "scope",
            Self::Run => "run",
        }
    }
}

impl FileNames {
    /// The names in the file `root`.
    pub(super) fn of(root: &Node) -> Self {
        let keys = |key: &str| -> BTreeSet<Str> {
            let members = root.get(key).and_then(Node::as_mapping).unwrap_or_default();
            members.iter().map(|member| member.key.clone()).collect()
        };
        Self { functions: keys("functions"), scopes: keys("scopes") }
    }
}

impl ScopeNames {
    /// The names in a scope whose triggers are `triggers`.
    pub(super) fn of(triggers: Option<&Node>) -> Self {
        let mut names = Self::default();
        if let Some(triggers) = triggers {
            names.collect(triggers);
        }
        names
    }

    fn collect(&mut self, triggers: &Node) {
        match &triggers.content {
            Content::Mapping(members) => {
                for member in members {
                    self.triggers.insert(member.key.clone());
                    self.trigger(&member.value);
                }
            }
            Content::Sequence(items) => {
                for item in items {
                    if let Some(Content::String(name, _)) = item.get("name").map(|name| &name.content) {
                        self.triggers.insert(name.clone());
                    }
                    self.trigger(item);
                }
            }
            Content::Null | Content::Bool(_) | Content::Number(_) | Content::String(..) => {}
        }
    }

    fn trigger(&mut self, trigger: &Node) {
        let Some(actions) = trigger.get("do") else { return };
        for action in actions.as_sequence().unwrap_or(std::slice::from_ref(actions)) {
            if let Some(Member { key, value, .. }) = action.as_single() {
                self.action(key, value);
            }
        }
    }

    fn action(&mut self, action: &str, params: &Node) {
        match action {
            "invoke" => self.step(StepKind::Task, params, &["function"]),
            "map" => self.step(StepKind::Map(items(params)), params, &["function", "scope"]),
            "call" => self.step(StepKind::Scope, params, &["scope"]),
            "start" if waits(params) => self.step(StepKind::Run, params, &["workflow"]),
            "start" => {
                let workflow = params.as_str().or_else(|| params.get("workflow").and_then(Node::as_str));
                self.unawaited.extend(workflow.map(Str::from));
            }
            "timer" => match params.get("name").and_then(Node::as_str) {
                Some(name) if is_template(name) => self.has_computed_timers = true,
                Some(name) => {
                    self.timers.insert(name.into());
                }
                None => {}
            },
            "add" => self.collect(params),
            _ => {}
        }
    }

    /// A step is called what `as` says, or what it runs.
    fn step(&mut self, kind: StepKind, params: &Node, runs: &[&str]) {
        let named = |key: &str| params.get(key).and_then(Node::as_str);
        let name = params.as_str().or_else(|| named("as")).or_else(|| runs.iter().find_map(|key| named(key)));
        match name {
            Some(name) if is_template(name) => {
                self.computed_steps.insert(kind);
            }
            Some(name) => {
                self.steps.entry(name.into()).or_default().insert(kind);
            }
            None => {}
        }
    }
}

fn waits(start: &Node) -> bool {
    matches!(start.get("wait").map(|wait| &wait.content), Some(Content::Bool(true)))
}

fn items(params: &Node) -> Items {
    match params.get("each").map(|each| &each.content) {
        Some(Content::Bool(true)) if params.get("scope").is_some() => Items::Scopes,
        Some(Content::Bool(true)) => Items::Tasks,
        _ => Items::Silent,
    }
}
