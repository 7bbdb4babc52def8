//! A DAG file: its keys, read into the model.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_json::Value;
use tidegate_jsonata::Expression;
use tidegate_model::{FunctionName, FunctionSpec, Name, Span as TimeSpan, WorkflowName};

use super::model::{Dag, Policy, Task, Tolerate, Work};
use super::rule::TriggerRule;
use crate::diagnostic::{Reports, quoted};
use crate::file::reading::{
    count, mapping, missing, name, only_keys, text, time_span, unknown_name, wrong_type,
};
use crate::file::{function, retry};
use crate::nearest::nearest;
use crate::source::{Content, Member, Node, Span};
use crate::template::{self, bare, check_part};

const KEYS: &[&str] = &["dag", "description", "functions", "timeout", "defaults", "tasks"];
const DEFAULTS: &[&str] = &["retry", "timeout", "heartbeat"];
const TASK_KEYS: &[&str] = &[
    "description",
    "function",
    "workflow",
    "after",
    "rule",
    "when",
    "input",
    "map",
    "retry",
    "timeout",
    "heartbeat",
    "concurrency",
    "tolerate",
];

/// What expressions can read besides the results of tasks; no task may be called so.
pub(super) const RESERVED: [&str; 4] = ["input", "item", "index", "run"];

/// Reads the file `root`; `None` where it is none, or has no task.
pub(super) fn read(root: &Node, reports: &mut Reports<'_>) -> Option<Dag> {
    let members = mapping(root, "a DAG file", reports)?;
    only_keys(members, KEYS, "a DAG file", reports);
    let dag_name = dag_name(root, reports);
    if let Some(description) = root.get("description") {
        text(description, "`description`", reports);
    }
    let mut functions =
        root.get("functions").map(|functions| function::read_all(functions, reports)).unwrap_or_default();
    let timeout = root.get("timeout").and_then(|timeout| time_span(timeout, "`timeout`", reports));
    let defaults = root.get("defaults").map(|defaults| read_defaults(defaults, reports)).unwrap_or_default();
    let mut malformed = BTreeSet::new();
    let tasks = read_tasks(root, &defaults, &mut functions, &mut malformed, reports)?;
    doubt_functions(&tasks, &functions, reports);
    // The tasks of a file without a name are looked at under any name, for their mistakes to be shown.
    let name = dag_name.unwrap_or_else(|| WorkflowName::new("dag").expect("it is a name"));
    Some(Dag { name, functions, timeout, tasks, malformed })
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

fn dag_name(root: &Node, reports: &mut Reports<'_>) -> Option<WorkflowName> {
    let Some(given) = root.get("dag") else {
        let start = Span { length: 0, ..root.span };
        missing("dag", "the file", start, "add the name of the DAG, as in `dag: nightly`", reports);
        return None;
    };
    name(text(given, "`dag`", reports)?, given.span, "the name of the DAG", reports)
}

fn read_defaults(defaults: &Node, reports: &mut Reports<'_>) -> Policy {
    let members = mapping(defaults, "`defaults`", reports).unwrap_or_default();
    only_keys(members, DEFAULTS, "`defaults`", reports);
    policy(defaults, &Policy::default(), reports)
}

fn read_tasks(
    root: &Node,
    defaults: &Policy,
    functions: &mut BTreeMap<FunctionName, FunctionSpec>,
    malformed: &mut BTreeSet<String>,
    reports: &mut Reports<'_>,
) -> Option<Vec<Task>> {
    let Some(given) = root.get("tasks") else {
        let start = Span { length: 0, ..root.span };
        missing(
            "tasks",
            "the file",
            start,
            "add what it does, as in `tasks: {fetch: {function: fetch}}`",
            reports,
        );
        return None;
    };
    let members = mapping(given, "`tasks`", reports)?;
    if members.is_empty() {
        reports
            .error("dag::empty", given.span, "`tasks` is empty, so a run has nothing to do")
            .with_help("add a task, as in `fetch: {function: fetch}`");
        return None;
    }
    let mut tasks = Vec::with_capacity(members.len());
    for member in members {
        match read_task(member, defaults, functions, reports) {
            Some(task) => tasks.push(task),
            None => {
                malformed.insert(member.key.to_string());
            }
        }
    }
    Some(tasks)
}

fn read_task(
    member: &Member,
    defaults: &Policy,
    functions: &mut BTreeMap<FunctionName, FunctionSpec>,
    reports: &mut Reports<'_>,
) -> Option<Task> {
    let id = task_id(member, reports);
    let node = &member.value;
    let members = mapping(node, "a task", reports)?;
    let forms: Vec<&str> = function::forms().collect();
    let inline: Vec<Member> = members
        .iter()
        .filter(|member| function::is_key(&member.key) && !is_task_key(&member.key))
        .cloned()
        .collect();
    let known: Vec<&str> = TASK_KEYS.iter().chain(&forms).copied().chain(function::keys()).collect();
    only_keys(members, &known, "a task", reports);
    let work = work(member, id.as_ref(), &inline, functions, reports);
    let mut reads = Vec::new();
    let when = node.get("when").and_then(|when| condition(when, &mut reads, reports));
    let input = node.get("input").map(|input| shape(input, &mut reads, reports));
    let map = node.get("map").and_then(|map| items(map, &mut reads, reports));
    for key in ["concurrency", "tolerate"] {
        if let Some(given) = member_of(members, key).filter(|_| map.is_none() && node.get("map").is_none()) {
            reports
                .error("dag::not_mapped", given.key_span, format!("`{key}` is about the items of a map"))
                .with_help("add `map`, or remove it");
        }
    }
    Some(Task {
        span: member.key_span,
        after: after(node, reports),
        rule: rule(node, reports),
        policy: policy(node, defaults, reports),
        when,
        input,
        map,
        reads,
        work: work?,
        id: id?,
    })
}

fn member_of<'m>(members: &'m [Member], key: &str) -> Option<&'m Member> {
    members.iter().find(|member| *member.key == *key)
}

fn is_task_key(key: &str) -> bool {
    TASK_KEYS.contains(&key)
}

fn task_id(member: &Member, reports: &mut Reports<'_>) -> Option<Name> {
    let id = name(&member.key, member.key_span, "the id of a task", reports)?;
    let is_reserved = RESERVED.contains(&id.as_str());
    if is_reserved || id.as_str().contains(':') {
        let (why, help) = match is_reserved {
            true => ("expressions know something else by that name", "rename the task"),
            false => ("what stands behind a `:` is the engine's", "use `-`, `_`, `.` or `/`"),
        };
        reports
            .error(
                "dag::bad_id",
                member.key_span,
                format!("a task cannot be called {}: {why}", quoted(id.as_str())),
            )
            .with_help(help);
        return None;
    }
    Some(id)
}

/// What the task runs: a workflow or a function that it names, or a function that it states itself.
fn work(
    member: &Member,
    id: Option<&Name>,
    inline: &[Member],
    functions: &mut BTreeMap<FunctionName, FunctionSpec>,
    reports: &mut Reports<'_>,
) -> Option<Work> {
    let node = &member.value;
    let Some(given) = node.get("workflow") else {
        let name = function_of(member, id, inline, functions, reports)?;
        return Some(Work::Function { name, span: node.get("function").map(|function| function.span) });
    };
    let members = node.as_mapping().unwrap_or_default();
    if let Some(second) = inline.first().or_else(|| member_of(members, "function")) {
        let message = format!("a task runs one thing, and this has `workflow` and `{}`", second.key);
        reports.error("file::conflict", second.key_span, message).with_help("remove one of them");
        return None;
    }
    for key in ["map", "retry", "timeout", "heartbeat"] {
        if let Some(second) = member_of(members, key) {
            let message = format!("`{key}` is about calls of functions, and this task runs a workflow");
            reports
                .error("file::conflict", second.key_span, message)
                .with_help("say it in that workflow, or remove it");
        }
    }
    name(text(given, "`workflow`", reports)?, given.span, "`workflow`", reports).map(Work::Workflow)
}

/// The function that the task names, or the one that it states itself, which gets its name.
fn function_of(
    member: &Member,
    id: Option<&Name>,
    inline: &[Member],
    functions: &mut BTreeMap<FunctionName, FunctionSpec>,
    reports: &mut Reports<'_>,
) -> Option<FunctionName> {
    match (member.value.get("function"), inline.first()) {
        (Some(given), None) => {
            let given_name = text(given, "`function`", reports)?;
            name(given_name, given.span, "`function`", reports)
        }
        (None, Some(_)) => {
            let stated = Member {
                key: member.key.clone(),
                key_span: member.key_span,
                value: Node { content: Content::Mapping(inline.to_vec()), span: member.value.span },
            };
            let spec = function::read(&stated, reports)?;
            let function = FunctionName::new(id?.as_str()).ok()?;
            if functions.insert(function.clone(), spec).is_some() {
                let message = format!("the function {} is stated twice", quoted(function.as_str()));
                reports.error("file::conflict", member.key_span, message).with_help(
                    "the function of a task that states one has the task's id: rename one of them",
                );
                return None;
            }
            Some(function)
        }
        (Some(_), Some(second)) => {
            let message = format!("a task runs one function, and this has `function` and `{}`", second.key);
            reports.error("file::conflict", second.key_span, message).with_help("remove one of them");
            None
        }
        (None, None) => {
            let message = format!("the task {} does not say what it runs", quoted(&member.key));
            reports.error("file::missing_key", member.key_span, message).with_help(
                "add `function: NAME` or `workflow: NAME`, or a command, as in `command: make report`",
            );
            None
        }
    }
}

/// What the task comes after: an id, or a list of them.
fn after(node: &Node, reports: &mut Reports<'_>) -> Vec<(Name, Span)> {
    let Some(given) = node.get("after") else { return Vec::new() };
    let mut one = |node: &Node| {
        let id = name(text(node, "`after`", reports)?, node.span, "`after`", reports)?;
        Some((id, node.span))
    };
    match &given.content {
        Content::Sequence(items) => items.iter().filter_map(one).collect(),
        Content::String(..) => one(given).into_iter().collect(),
        Content::Null | Content::Bool(_) | Content::Number(_) | Content::Mapping(_) => {
            wrong_type(given, "`after`", "the id of a task, or a list of them", reports);
            Vec::new()
        }
    }
}

fn rule(node: &Node, reports: &mut Reports<'_>) -> TriggerRule {
    let Some(given) = node.get("rule") else { return TriggerRule::default() };
    let Some(word) = text(given, "`rule`", reports) else { return TriggerRule::default() };
    TriggerRule::parse(word).unwrap_or_else(|| {
        let message = format!("there is no trigger rule {}", quoted(word));
        unknown_name("dag::unknown_rule", (word, given.span), message, TriggerRule::names(), reports);
        TriggerRule::default()
    })
}

fn policy(node: &Node, defaults: &Policy, reports: &mut Reports<'_>) -> Policy {
    let mut span = |key: &str| -> Option<TimeSpan> {
        node.get(key).and_then(|span| time_span(span, &format!("`{key}`"), reports))
    };
    let (timeout, heartbeat) = (span("timeout"), span("heartbeat"));
    let retry = node.get("retry").and_then(|given| retry::read(given, "`retry`", reports));
    let concurrency = node.get("concurrency").and_then(|given| count(given, "`concurrency`", 1, reports));
    Policy {
        retry: retry.or_else(|| defaults.retry.clone()),
        timeout: timeout.or(defaults.timeout),
        heartbeat: heartbeat.or(defaults.heartbeat),
        concurrency: concurrency.map(|count| u32::try_from(count).unwrap_or(u32::MAX)),
        tolerate: node.get("tolerate").and_then(|given| tolerate(given, reports)),
    }
}

/// How many items may fail: a number, or a share as in `5%`.
fn tolerate(node: &Node, reports: &mut Reports<'_>) -> Option<Tolerate> {
    let share = |text: &str| text.strip_suffix('%')?.trim().parse::<f64>().ok();
    match &node.content {
        Content::Number(number) if number.as_u64().is_some() => {
            let count = number.as_u64().unwrap_or_default();
            Some(Tolerate::Count(u32::try_from(count).unwrap_or(u32::MAX)))
        }
        Content::String(text, _) if share(text).is_some_and(|share| (0.0..=100.0).contains(&share)) => {
            share(text).map(Tolerate::Percent)
        }
        _ => {
            wrong_type(node, "`tolerate`", "how many items may fail, as in `3` or `5%`", reports);
            None
        }
    }
}

fn condition(node: &Node, reads: &mut Vec<(String, Span)>, reports: &mut Reports<'_>) -> Option<String> {
    let Content::String(written, style) = &node.content else {
        wrong_type(node, "`when`", "text: an expression", reports);
        return None;
    };
    let part = bare(written);
    if !check_part(part, written, *style, node.span, "dag::bad_expression", reports) {
        return None;
    }
    note_reads(part.text, node.span, reads);
    Some(part.text.to_owned())
}

fn shape(node: &Node, reads: &mut Vec<(String, Span)>, reports: &mut Reports<'_>) -> Value {
    template::check(node, "dag::bad_expression", reports);
    note_all_reads(node, reads);
    node.to_value()
}

fn items(node: &Node, reads: &mut Vec<(String, Span)>, reports: &mut Reports<'_>) -> Option<Value> {
    match &node.content {
        Content::Sequence(_) | Content::String(..) => Some(shape(node, reads, reports)),
        Content::Null | Content::Bool(_) | Content::Number(_) | Content::Mapping(_) => {
            wrong_type(node, "`map`", "a list, or an expression that gives one", reports);
            None
        }
    }
}

fn note_all_reads(node: &Node, reads: &mut Vec<(String, Span)>) {
    match &node.content {
        Content::Sequence(items) => items.iter().for_each(|item| note_all_reads(item, reads)),
        Content::Mapping(members) => members.iter().for_each(|member| note_all_reads(&member.value, reads)),
        Content::String(written, _) => {
            for part in template::expressions(written).unwrap_or_default() {
                note_reads(part.text, node.span, reads);
            }
        }
        Content::Null | Content::Bool(_) | Content::Number(_) => {}
    }
}

fn note_reads(expression: &str, span: Span, reads: &mut Vec<(String, Span)>) {
    if let Ok(expression) = Expression::parse(expression) {
        let references = expression.references();
        reads.extend(references.fields.iter().map(|field| (field.to_string(), span)));
        if references.whole {
            reads.push((EVERYTHING.to_owned(), span));
        }
    }
}

/// Stands for all names where an expression reads its input as a whole.
pub(super) const EVERYTHING: &str = "$";
