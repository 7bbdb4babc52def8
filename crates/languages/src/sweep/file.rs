//! A SWEEP file: its keys, read into the model.

mod definitions;
mod executables;
mod properties;

use std::collections::{BTreeMap, BTreeSet};

use tidegate_model::{Name, Span as TimeSpan, WorkflowName};

use super::model::{Task, Workflow};
use crate::dag::RESERVED;
use crate::diagnostic::{Reports, quoted};
use crate::file::reading::{count, mapping, missing, name, text, wrong_type};
use crate::nearest::nearest;
use crate::source::{Content, Member, Node, Span};

use executables::Executables;

/// Most tasks of a file. Replicas count for nothing here.
pub const TASKS_MAX: usize = 5_000;

const KEYS: &[&str] =
    &["workflow_id", "description", "config", "tasks", "providers", "destinations", "destination"];
const CONFIG: &[&str] = &["max_task_concurrency", "max_task_runtime"];
const TASK: &[&str] = &[
    "id",
    "description",
    "execution_configurations",
    "function_def_id",
    "function_name",
    "container_def_id",
    "image_name",
    "image_tag",
    "successors",
    "properties",
];

/// Reads the file `root`; `None` where it is none, or has no task.
pub(super) fn read(root: &Node, reports: &mut Reports<'_>) -> Option<Workflow> {
    let members = mapping(root, "a SWEEP workflow", reports)?;
    let keys: Vec<&str> = KEYS.iter().chain(definitions::KEYS).copied().collect();
    known_keys(members, &keys, "a SWEEP workflow", reports);
    let workflow = workflow_name(root, reports);
    let (concurrency, task_timeout) = config(root, reports);
    let definitions = definitions::read(root, reports);
    let mut executables = Executables::new(definitions);
    let mut malformed = BTreeSet::new();
    let tasks = tasks(root, &mut executables, &mut malformed, reports)?;
    executables.doubt(&tasks, reports);
    // The tasks of a file without a name are looked at under any name, for their mistakes to be shown.
    let name = workflow.unwrap_or_else(|| WorkflowName::new("workflow").expect("it is a name"));
    Some(Workflow {
        name,
        tasks,
        functions: executables.into_functions(),
        concurrency,
        task_timeout,
        malformed,
    })
}

fn workflow_name(root: &Node, reports: &mut Reports<'_>) -> Option<WorkflowName> {
    let Some(given) = root.get("workflow_id") else {
        let start = Span { length: 0, ..root.span };
        missing(
            "workflow_id",
            "the file",
            start,
            "add its name, as in `\"workflow_id\": \"nightly\"`",
            reports,
        );
        return None;
    };
    let id = id_text(given, "`workflow_id`", reports)?;
    name(&id, given.span, "`workflow_id`", reports)
}

/// Most tasks at one time, and the longest time of one.
fn config(root: &Node, reports: &mut Reports<'_>) -> (Option<u32>, Option<TimeSpan>) {
    let Some(config) = root.get("config") else { return (None, None) };
    let Some(members) = mapping(config, "`config`", reports) else { return (None, None) };
    known_keys(members, CONFIG, "`config`", reports);
    let concurrency = config
        .get("max_task_concurrency")
        .and_then(|given| count(given, "`max_task_concurrency`", 1, reports));
    let runtime =
        config.get("max_task_runtime").and_then(|given| seconds(given, "`max_task_runtime`", reports));
    (concurrency.map(|count| u32::try_from(count).unwrap_or(u32::MAX)), runtime)
}

fn tasks(
    root: &Node,
    executables: &mut Executables,
    malformed: &mut BTreeSet<String>,
    reports: &mut Reports<'_>,
) -> Option<Vec<Task>> {
    let given = root.get("tasks")?;
    let Some(nodes) = given.as_sequence() else {
        wrong_type(given, "`tasks`", "a list of tasks", reports);
        return None;
    };
    if nodes.is_empty() {
        reports
            .error("sweep::empty", given.span, "`tasks` is empty, so a run has nothing to do")
            .with_help("add a task, as in `{\"id\": \"1\", \"execution_configurations\": [{\"function_def_id\": \"f\"}], \"properties\": {\"position\": \"start\"}}`");
        return None;
    }
    if nodes.len() > TASKS_MAX {
        let message = format!("the file has {} tasks; the limit is {TASKS_MAX}", nodes.len());
        reports
            .error("sweep::too_many", Span { length: 0, ..given.span }, message)
            .with_help("replicas are made with `scatter`");
        return None;
    }
    let mut tasks: Vec<Task> = Vec::with_capacity(nodes.len());
    let mut known: BTreeMap<String, Span> = BTreeMap::new();
    for node in nodes {
        let Some(members) = mapping(node, "a task", reports) else { continue };
        known_keys(members, TASK, "a task", reports);
        let Some((id, span)) = task_id(node, reports) else {
            // It is looked at all the same, for its mistakes to be shown.
            let _ = task(node, Name::new("task").ok()?, node.span, executables, reports);
            malformed.insert(String::new());
            continue;
        };
        if let Some(first) = known.get(id.as_str()) {
            let related = reports.source().place(*first);
            reports
                .error("sweep::duplicate_id", span, format!("two tasks have the id {}", quoted(id.as_str())))
                .with_help("give one another id, and its predecessors another successor")
                .with_related("the first is here", related);
            continue;
        }
        known.insert(id.to_string(), span);
        match task(node, id.clone(), span, executables, reports) {
            Some(task) => tasks.push(task),
            None => {
                malformed.insert(id.to_string());
            }
        }
    }
    Some(tasks)
}

fn task_id(node: &Node, reports: &mut Reports<'_>) -> Option<(Name, Span)> {
    let Some(given) = node.get("id") else {
        let start = Span { length: 0, ..node.span };
        missing("id", "the task", start, "add one, as in `\"id\": \"1\"`", reports);
        return None;
    };
    let id = id_text(given, "`id`", reports)?;
    let id = name(&id, given.span, "the id of a task", reports)?;
    let help = if RESERVED.contains(&id.as_str()) {
        Some("a run knows something else by that name; rename the task")
    } else if id.as_str().contains([':', '.', '/']) {
        Some("use letters, digits, `-` and `_`")
    } else {
        None
    };
    if let Some(help) = help {
        let message = format!("a task cannot have the id {}", quoted(id.as_str()));
        reports.error("sweep::bad_id", given.span, message).with_help(help);
        return None;
    }
    Some((id, given.span))
}

fn task(
    node: &Node,
    id: Name,
    span: Span,
    executables: &mut Executables,
    reports: &mut Reports<'_>,
) -> Option<Task> {
    let properties = properties::read(node.get("properties"), reports);
    let successors = successors(node, reports);
    let executables = executables.of_task(node, &id, span, &properties, reports);
    let properties = properties?;
    Some(Task {
        id,
        span,
        executables: executables?,
        successors: successors?,
        start: properties.start,
        delay: properties.delay,
        static_input: properties.static_input,
        replication: properties.replication,
        follow: properties.follow,
        conditions: properties.conditions,
        environment: properties.environment,
        command: properties.command,
        static_output: properties.static_output,
        ignores_errors: properties.ignores_errors,
        expressions: properties.expressions,
    })
}

fn successors(node: &Node, reports: &mut Reports<'_>) -> Option<Vec<(String, Span)>> {
    let Some(given) = node.get("successors") else { return Some(Vec::new()) };
    match &given.content {
        Content::Null => Some(Vec::new()),
        Content::Sequence(ids) => {
            let ids: Vec<Option<(String, Span)>> = ids
                .iter()
                .map(|id| id_text(id, "a successor", reports).map(|text| (text, id.span)))
                .collect();
            ids.into_iter().collect()
        }
        Content::Bool(_) | Content::Number(_) | Content::String(..) | Content::Mapping(_) => {
            wrong_type(given, "`successors`", "a list of ids", reports);
            None
        }
    }
}

/// An id: text, or a whole number, which counts as it is written.
fn id_text(node: &Node, what: &str, reports: &mut Reports<'_>) -> Option<String> {
    match &node.content {
        Content::Number(number) if number.is_whole() => Some(number.to_string()),
        Content::String(id, _) => Some(id.to_string()),
        Content::Null
        | Content::Bool(_)
        | Content::Number(_)
        | Content::Sequence(_)
        | Content::Mapping(_) => {
            wrong_type(node, what, "text or a whole number", reports);
            None
        }
    }
}

/// A length of time in seconds, or as the rest of Tidegate writes it.
fn seconds(node: &Node, what: &str, reports: &mut Reports<'_>) -> Option<TimeSpan> {
    const SECONDS_MAX: f64 = 1e11;
    match &node.content {
        Content::Number(number) if (0.0..=SECONDS_MAX).contains(&number.as_f64()) => {
            Some(TimeSpan((number.as_f64() * 1000.0).round() as u64))
        }
        Content::String(text, _) if text.parse::<TimeSpan>().is_ok() => text.parse().ok(),
        Content::Null
        | Content::Bool(_)
        | Content::Number(_)
        | Content::String(..)
        | Content::Sequence(_)
        | Content::Mapping(_) => {
            wrong_type(node, what, "a number of seconds", reports);
            None
        }
    }
}

/// Reports keys that are not `known`: an error where one of these was probably meant, and else a doubt.
fn known_keys(members: &[Member], known: &[&str], what: &str, reports: &mut Reports<'_>) {
    for member in members.iter().filter(|member| !known.contains(&&*member.key)) {
        let message = format!("{what} has no key {}", quoted(&member.key));
        match nearest(&member.key, known.iter().copied()) {
            Some(near) => reports
                .error("file::unknown_key", member.key_span, message)
                .with_help(format!("did you mean `{near}`?")),
            None => {
                reports.warning("file::unknown_key", member.key_span, format!("{message}; it does nothing"))
            }
        };
    }
}

/// The text of a member, where there is one.
fn text_of<'n>(node: &'n Node, key: &str, reports: &mut Reports<'_>) -> Option<(&'n str, Span)> {
    let given = node.get(key).filter(|given| !given.is_null())?;
    text(given, &format!("`{key}`"), reports).map(|text| (text, given.span))
}
