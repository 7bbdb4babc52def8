//! The file as a whole: its keys, and the program made from them.

use std::collections::BTreeMap;

use tidegate_json::Value;
use tidegate_model::program::SourcePlace;
use tidegate_model::{FunctionName, FunctionSpec, Program, ScopeSpec, WorkflowName};

use super::definitions::{FileNames, ScopeNames};
use super::lowered::{Scope, Trigger};
use super::{LANGUAGE, Scoped, Start, trigger};
use crate::diagnostic::{Reports, quoted};
use crate::file::function;
use crate::file::reading::{boolean, mapping, missing, name, only_keys, text};
use crate::source::{Document, Member, Node, Span};

/// Most triggers in a file.
pub const TRIGGERS_MAX: usize = 100_000;

const KEYS: &[&str] = &["workflow", "description", "standing", "functions", "vars", "triggers", "scopes"];
const SCOPE_KEYS: &[&str] = &["vars", "triggers"];

/// What a file says, as far as it could be read.
pub(super) struct Lowered {
    workflow: Option<WorkflowName>,
    standing: bool,
    functions: BTreeMap<FunctionName, FunctionSpec>,
    /// The scope that is the run first; none where there are too many triggers.
    pub(super) scopes: Vec<Scope>,
}

/// Reads the file `root`.
pub(super) fn read(root: &Node, reports: &mut Reports<'_>) -> Lowered {
    let mut lowered =
        Lowered { workflow: None, standing: false, functions: BTreeMap::new(), scopes: Vec::new() };
    let Some(members) = mapping(root, "a trigger file", reports) else { return lowered };
    only_keys(members, KEYS, "a trigger file", reports);
    lowered.workflow = workflow(root, reports);
    if let Some(description) = root.get("description") {
        text(description, "`description`", reports);
    }
    if let Some(standing) = root.get("standing") {
        lowered.standing = boolean(standing, "`standing`", reports).unwrap_or_default();
    }
    if let Some(functions) = root.get("functions") {
        lowered.functions = function::read_all(functions, reports);
    }
    let nested = match root.get("scopes") {
        Some(scopes) => mapping(scopes, "`scopes`", reports).unwrap_or_default(),
        None => &[],
    };
    if is_too_large(root, nested, reports) {
        return lowered;
    }
    let file = FileNames::of(root);
    // The triggers of a file without a name are compiled under any name, for their mistakes to be shown.
    let own =
        lowered.workflow.clone().unwrap_or_else(|| WorkflowName::new("workflow").expect("a name of letters"));
    lowered.scopes.extend(scope(own, root, root.span, &file, Start::Run, reports));
    for member in nested {
        lowered.scopes.extend(nested_scope(member, lowered.workflow.as_ref(), &file, reports));
    }
    lowered
}

/// The program that the file states; `None` where it has no name or no scope.
pub(super) fn to_program(lowered: &Lowered, document: &Document) -> Option<Program> {
    let mut source_map = Vec::new();
    for (index, scope) in lowered.scopes.iter().enumerate() {
        source_map.extend(scope.triggers.iter().map(|trigger| {
            let place = document.source.place(trigger.name_span);
            SourcePlace {
                scope: index as u32,
                trigger: trigger.name.clone(),
                line: place.line,
                column: place.column,
            }
        }));
    }
    let scopes: Vec<ScopeSpec> = lowered.scopes.iter().map(Scope::to_spec).collect();
    Some(Program {
        name: lowered.workflow.clone().or_else(|| Some(scopes.first()?.name.clone()))?,
        language: LANGUAGE.into(),
        standing: lowered.standing,
        input: Value::Null,
        schedule: None,
        scopes,
        functions: lowered.functions.clone(),
        directory: None,
        source_map,
        source: Some(document.source.text.clone()),
    })
}

fn workflow(root: &Node, reports: &mut Reports<'_>) -> Option<WorkflowName> {
    let Some(workflow) = root.get("workflow") else {
        let start = Span { length: 0, ..root.span };
        missing(
            "workflow",
            "the file",
            start,
            "add the name of the workflow, as in `workflow: survey`",
            reports,
        );
        return None;
    };
    let given = text(workflow, "`workflow`", reports)?;
    name(given, workflow.span, "the name of the workflow", reports)
}

fn is_too_large(root: &Node, nested: &[Member], reports: &mut Reports<'_>) -> bool {
    let listed = |node: &Node| {
        let Some(triggers) = node.get("triggers") else { return 0 };
        triggers.as_mapping().map_or(0, <[_]>::len) + triggers.as_sequence().map_or(0, <[_]>::len)
    };
    let triggers = listed(root) + nested.iter().map(|member| listed(&member.value)).sum::<usize>();
    if triggers > TRIGGERS_MAX {
        let message = format!("the file has {triggers} triggers; the limit is {TRIGGERS_MAX}");
        reports
            .error("triggers::too_many", Span { length: 0, ..root.span }, message)
            .with_help("one trigger can serve many events: see `map`, and patterns such as `type: order.*`");
    }
    triggers > TRIGGERS_MAX
}

fn nested_scope(
    member: &Member,
    workflow: Option<&WorkflowName>,
    file: &FileNames,
    reports: &mut Reports<'_>,
) -> Option<Scope> {
    let given = name(&member.key, member.key_span, "the name of a scope", reports);
    if let Some(workflow) = workflow.filter(|workflow| *workflow.as_str() == *member.key) {
        let message = format!("a scope is called {}, as the workflow is", quoted(workflow.as_str()));
        reports
            .error("triggers::duplicate_name", member.key_span, message)
            .with_help("the workflow itself is a scope of that name: rename one of them");
    }
    let members = mapping(&member.value, "a scope", reports)?;
    only_keys(members, SCOPE_KEYS, "a scope", reports);
    scope(given?, &member.value, member.key_span, file, Start::Scope, reports)
}

fn scope(
    name: WorkflowName,
    node: &Node,
    at: Span,
    file: &FileNames,
    start: Start,
    reports: &mut Reports<'_>,
) -> Option<Scope> {
    let vars = match node.get("vars") {
        Some(vars) => mapping(vars, "`vars`", reports).map(|_| vars.to_value()),
        None => Some(Value::Null),
    };
    let Some(given) = node.get("triggers") else {
        let (what, at) = match start {
            Start::Run => ("the file", Span { length: 0, ..at }),
            Start::Scope => ("the scope", at),
        };
        let help = "add what it does, as in `triggers: {begin: {on: start, do: {…}}}`";
        missing("triggers", what, at, help, reports);
        return None;
    };
    let is_empty = given.is_null() || given.as_mapping().is_some_and(<[_]>::is_empty);
    if is_empty || given.as_sequence().is_some_and(<[_]>::is_empty) {
        reports
            .error("triggers::empty", given.span, "`triggers` is empty, so nothing can ever happen")
            .with_help("add a trigger, as in `begin: {on: start, do: {…}}`");
    }
    let defined = ScopeNames::of(Some(given));
    let triggers = if given.is_null() {
        Vec::new()
    } else {
        trigger::read_all(given, &mut Scoped { reports, file, defined: &defined, start })
    };
    Some(Scope { name, vars: vars?, triggers })
}

impl Scope {
    fn to_spec(&self) -> ScopeSpec {
        ScopeSpec {
            name: self.name.clone(),
            vars: self.vars.clone(),
            triggers: self.triggers.iter().map(Trigger::to_spec).collect(),
        }
    }
}
