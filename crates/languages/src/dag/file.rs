//! A DAG file: its keys, read into the model. In reading order: `task` reads tasks and groups, `work` what they run, `policy`
//! their retries and limits, `cache` which of their results are kept, and `reads` which names their expressions read.

mod cache;
mod policy;
mod reads;
mod task;
mod work;

use std::collections::{BTreeMap, BTreeSet};

use tidegate_model::{FunctionName, FunctionSpec, WorkflowName};

use super::model::{Dag, Hooks, Level, Policy, Task, Work};
use super::params;
use super::pool::Slots;
use crate::diagnostic::{Reports, quoted};
use crate::file::function;
use crate::file::reading::{mapping, missing, name, only_keys, text, time_span};
use crate::nearest::nearest;
use crate::schedule;
use crate::source::{Node, Span};

pub(super) use reads::EVERYTHING;

const KEYS: &[&str] = &[
    "dag",
    "description",
    "functions",
    "params",
    "schedule",
    "timeout",
    "concurrency",
    "pools",
    "defaults",
    "tasks",
    "on_success",
    "on_failure",
];

/// What expressions can read besides the results of tasks; no task may be called so.
pub(crate) const RESERVED: [&str; 6] = ["input", "item", "index", "items", "indexes", "run"];

/// A file as far as it has been read.
struct Reading<'r, 's> {
    defaults: Policy,
    functions: BTreeMap<FunctionName, FunctionSpec>,
    tasks: Vec<Task>,
    levels: Vec<Level>,
    /// The ids that are taken, and the level of each.
    ids: BTreeMap<String, usize>,
    malformed: BTreeSet<String>,
    reports: &'r mut Reports<'s>,
}

/// Reads the file `root`; `None` where it is none, or has no task.
pub(super) fn read(root: &Node, reports: &mut Reports<'_>) -> Option<Dag> {
    let members = mapping(root, "a DAG file", reports)?;
    only_keys(members, KEYS, "a DAG file", reports);
    let dag_name = dag_name(root, reports);
    if let Some(description) = root.get("description") {
        text(description, "`description`", reports);
    }
    let functions =
        root.get("functions").map(|functions| function::read_all(functions, reports)).unwrap_or_default();
    let timeout = root.get("timeout").and_then(|timeout| time_span(timeout, "`timeout`", reports));
    let own = Policy { slots: Slots::of_file(root, reports), ..Policy::default() };
    let defaults = root.get("defaults").map(|defaults| policy::read_defaults(defaults, &own, reports));
    let hooks = hooks(root, reports);
    let mut reading = Reading {
        defaults: defaults.unwrap_or(own),
        functions,
        tasks: Vec::new(),
        levels: vec![Level::default()],
        ids: BTreeMap::new(),
        malformed: BTreeSet::new(),
        reports,
    };
    let Some(tasks) = root.get("tasks") else {
        let start = Span { length: 0, ..root.span };
        let help = "add what it does, as in `tasks: {fetch: {function: fetch}}`";
        missing("tasks", "the file", start, help, reading.reports);
        return None;
    };
    task::read_all(tasks, 0, &mut reading)?;
    let Reading { functions, tasks, levels, malformed, reports, .. } = reading;
    doubt_functions(&tasks, &functions, reports);
    // The tasks of a file without a name are looked at under any name, for their mistakes to be shown.
    let name = dag_name.unwrap_or_else(|| WorkflowName::new("dag").expect("it is a name"));
    let params = root.get("params").map(|given| params::read(given, reports)).unwrap_or_default();
    let schedule = root.get("schedule").and_then(|given| schedule::read(given, &name, reports));
    Some(Dag {
        name,
        functions,
        timeout,
        params,
        schedule,
        tasks,
        levels,
        hooks,
        names_replicas: false,
        malformed,
    })
}

fn dag_name(root: &Node, reports: &mut Reports<'_>) -> Option<WorkflowName> {
    let Some(given) = root.get("dag") else {
        let start = Span { length: 0, ..root.span };
        missing("dag", "the file", start, "add the name of the DAG, as in `dag: nightly`", reports);
        return None;
    };
    name(text(given, "`dag`", reports)?, given.span, "the name of the DAG", reports)
}

/// The functions that are called at the end of a DAG or a task.
fn hooks(node: &Node, reports: &mut Reports<'_>) -> Hooks {
    let mut hook = |key: &str| {
        let given = node.get(key)?;
        let what = format!("`{key}`");
        name(text(given, &what, reports)?, given.span, &what, reports)
    };
    Hooks { on_success: hook("on_success"), on_failure: hook("on_failure") }
}

/// Doubts functions that the file does not state: they may be registered for all.
fn doubt_functions(
    tasks: &[Task],
    functions: &BTreeMap<FunctionName, FunctionSpec>,
    reports: &mut Reports<'_>,
) {
    let mut told = BTreeSet::new();
    for task in tasks {
        let Work::Function { name, span: Some(span) } = &task.work else { continue };
        if functions.contains_key(name) || !told.insert(name) {
            continue;
        }
        let name = name.as_str();
        let message =
            format!("this file has no function {}; it is to be registered before a run", quoted(name));
        let near = nearest(name, functions.keys().map(FunctionName::as_str));
        let warning = reports.warning("dag::unknown_function", *span, message);
        if let Some(near) = near {
            warning.with_help(format!("did you mean `{near}`?"));
        }
    }
}
