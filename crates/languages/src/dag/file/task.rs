//! Tasks and groups of tasks, as a file states them.
//!
//! A group is a task that runs others: they stand at a level of their own. A mapped task whose items are more than calls of a
//! function is read as such a group, of one.

use tidegate_model::Name;

use super::{RESERVED, Reading, cache, hooks, policy, reads, work};
use crate::dag::model::{Hooks, Level, Policy, Task, Work};
use crate::dag::rule::TriggerRule;
use crate::diagnostic::{Reports, quoted};
use crate::file::function;
use crate::file::reading::{boolean, mapping, name, only_keys, text, unknown_name, wrong_type};
use crate::source::{Content, Member, Node, Span};

/// What tasks and groups of them say alike.
const SHARED_KEYS: &[&str] =
    &["description", "tasks", "after", "rule", "when", "map", "each", "concurrency", "tolerate"];

/// What a group has no use for: its tasks say it.
const CALL_KEYS: &[&str] = &[
    "function",
    "workflow",
    "input",
    "retry",
    "timeout",
    "heartbeat",
    "pool",
    "slots",
    "priority",
    "cache",
    "control",
    "skip_on",
    "fail_on",
    "teardown_of",
    "fail_run",
    "on_success",
    "on_failure",
];

/// Reads the tasks that stand at `level`.
pub(super) fn read_all(given: &Node, level: usize, reading: &mut Reading<'_, '_>) -> Option<()> {
    let members = mapping(given, "`tasks`", reading.reports)?;
    if members.is_empty() {
        let message = match level {
            0 => "`tasks` is empty, so a run has nothing to do",
            _ => "`tasks` is empty, so the group has nothing to do",
        };
        reading
            .reports
            .error("dag::empty", given.span, message)
            .with_help("add a task, as in `fetch: {function: fetch}`");
        return None;
    }
    for member in members {
        if read(member, level, reading).is_none() {
            reading.malformed.insert(member.key.to_string());
        }
    }
    Some(())
}

fn read(member: &Member, level: usize, reading: &mut Reading<'_, '_>) -> Option<()> {
    let id = task_id(member, level, reading);
    let node = &member.value;
    let members = mapping(node, "a task", reading.reports)?;
    let inline = inline_function(members);
    let forms: Vec<&str> = function::forms().collect();
    let own = SHARED_KEYS.iter().chain(CALL_KEYS).chain(&forms).copied();
    let known: Vec<&str> = own.chain(function::keys()).collect();
    only_keys(members, &known, "a task", reading.reports);
    let is_group = node.get("tasks").is_some();
    let work = match is_group {
        true => Some(Work::Group(reading.levels.len())).filter(|_| is_group_only(members, &inline, reading)),
        false => work::read(member, id.as_ref(), &inline, &mut reading.functions, reading.reports),
    };
    let reports = &mut *reading.reports;
    let mut names = Vec::new();
    let when = node.get("when").and_then(|when| reads::condition(when, &mut names, reports));
    let input = node.get("input").map(|input| reads::shape(input, &mut names, reports));
    let map = node.get("map").and_then(|map| reads::items(map, &mut names, reports));
    only_where_mapped(members, node, reports);
    let mut flag = |key: &str| {
        node.get(key).and_then(|flag| boolean(flag, &format!("`{key}`"), reports)).unwrap_or(false)
    };
    let (each, is_control, fails_run) = (flag("each"), flag("control"), flag("fail_run"));
    let teardown_of = ids(node, "teardown_of", reports);
    let rule_default = match teardown_of.is_empty() {
        true => TriggerRule::default(),
        false => TriggerRule::AllDoneSetupSuccess,
    };
    let skip_on = errors(node, "skip_on", reports);
    let fail_on = errors(node, "fail_on", reports);
    // Defaults of calls mean nothing to a group.
    let defaults = if is_group { &Policy::default() } else { &reading.defaults };
    let mut policy = policy::read(node, defaults, reports);
    policy.cache = cache::read(node, &mut names, reports);
    policy::never_retry(&mut policy, skip_on.iter().chain(&fail_on));
    let task = Task {
        key: member.key.to_string(),
        level,
        span: member.key_span,
        after: ids(node, "after", reports),
        rule: rule(node, rule_default, reports),
        hooks: hooks(node, reports),
        policy,
        when,
        input,
        map,
        reads: names,
        is_hidden: false,
        is_control,
        skip_on,
        teardown_of,
        fails_run,
        sweep: None,
        work: work?,
        id: id?,
    };
    add(task, each, reading);
    if let Some(tasks) = node.get("tasks") {
        let inner = reading.levels.len() - 1;
        read_all(tasks, inner, reading)?;
    }
    Some(())
}

/// Adds a task to what has been read, with the level that it opens, where it opens one.
fn add(task: Task, each: bool, reading: &mut Reading<'_, '_>) {
    let place = reading.tasks.len();
    let is_mapped = task.map.is_some();
    let level = Level {
        parent: task.level,
        opener: Some(place),
        is_mapped,
        is_transparent: each && is_mapped,
        is_single: false,
    };
    if matches!(task.work, Work::Group(_)) {
        reading.levels.push(level);
        let is_hidden = each && is_mapped;
        reading.tasks.push(Task { is_hidden, ..task });
        return;
    }
    let is_more_than_a_call = each
        || task.is_control
        || !task.skip_on.is_empty()
        || !task.hooks.is_empty()
        || matches!(task.work, Work::Workflow(_));
    if !is_mapped || !is_more_than_a_call {
        reading.tasks.push(task);
        return;
    }
    // The group waits, maps, and says what the items get; the one task in it runs.
    let inner_level = reading.levels.len();
    reading.levels.push(Level { is_single: true, ..level });
    let hidden_id = Name::new(&format!("{}:items", task.id)).unwrap_or_else(|_| task.id.clone());
    let opener = Task {
        id: if each { hidden_id } else { task.id.clone() },
        work: Work::Group(inner_level),
        policy: Policy {
            concurrency: task.policy.concurrency,
            tolerate: task.policy.tolerate,
            ..Policy::default()
        },
        is_hidden: each,
        is_control: false,
        skip_on: Vec::new(),
        hooks: Hooks::default(),
        ..task.clone()
    };
    reading.tasks.push(opener);
    reading.tasks.push(Task {
        level: inner_level,
        after: Vec::new(),
        rule: TriggerRule::default(),
        when: None,
        input: None,
        map: None,
        reads: Vec::new(),
        is_hidden: !each,
        teardown_of: Vec::new(),
        ..task
    });
}

/// The keys of a function that a task states itself.
fn inline_function(members: &[Member]) -> Vec<Member> {
    let is_own = |key: &str| SHARED_KEYS.contains(&key) || CALL_KEYS.contains(&key);
    let is_of_function = |key: &str| function::is_key(key) && !is_own(key);
    members.iter().filter(|member| is_of_function(&member.key)).cloned().collect()
}

/// Whether a group says nothing that only tasks can say.
fn is_group_only(members: &[Member], inline: &[Member], reading: &mut Reading<'_, '_>) -> bool {
    let mut strangers = members.iter().filter(|member| CALL_KEYS.contains(&&*member.key)).chain(inline);
    let Some(stranger) = strangers.next() else { return true };
    let message = format!("a group runs its tasks, and has no `{}`", stranger.key);
    reading
        .reports
        .error("file::conflict", stranger.key_span, message)
        .with_help("say it of its tasks, or remove it");
    false
}

fn only_where_mapped(members: &[Member], node: &Node, reports: &mut Reports<'_>) {
    if node.get("map").is_some() {
        return;
    }
    for key in ["concurrency", "tolerate", "each"] {
        if let Some(given) = member_of(members, key) {
            reports
                .error("dag::not_mapped", given.key_span, format!("`{key}` is about the items of a map"))
                .with_help("add `map`, or remove it");
        }
    }
}

pub(super) fn member_of<'m>(members: &'m [Member], key: &str) -> Option<&'m Member> {
    members.iter().find(|member| *member.key == *key)
}

/// What the task is called in the whole DAG.
fn task_id(member: &Member, level: usize, reading: &mut Reading<'_, '_>) -> Option<Name> {
    let key = name(&member.key, member.key_span, "the id of a task", reading.reports)?;
    let is_reserved = RESERVED.contains(&key.as_str());
    if is_reserved || key.as_str().contains(':') {
        let (why, help) = match is_reserved {
            true => ("expressions know something else by that name", "rename the task"),
            false => ("what stands behind a `:` is the engine's", "use `-`, `_`, `.` or `/`"),
        };
        let message = format!("a task cannot be called {}: {why}", quoted(key.as_str()));
        reading.reports.error("dag::bad_id", member.key_span, message).with_help(help);
        return None;
    }
    let group = reading.levels[level].opener.map(|group| &reading.tasks[group]);
    let id = match group {
        None => key,
        Some(group) => {
            let whole = format!("{}.{key}", group.id);
            name(&whole, member.key_span, "the id of a task, with those of its groups", reading.reports)?
        }
    };
    let twin = reading.ids.insert(id.to_string(), level);
    if twin.is_some_and(|twin| twin != level) {
        let message = format!("two tasks are called {}", quoted(id.as_str()));
        let help = "a task in a group is called by the ids of both, with a dot between: rename one";
        reading.reports.error("dag::bad_id", member.key_span, message).with_help(help);
        return None;
    }
    Some(id)
}

/// Ids of tasks: one, or a list.
fn ids(node: &Node, key: &str, reports: &mut Reports<'_>) -> Vec<(String, Span)> {
    let Some(given) = node.get(key) else { return Vec::new() };
    let what = format!("`{key}`");
    let mut one = |node: &Node| {
        let id = name(text(node, &what, reports)?, node.span, &what, reports)?;
        Some((id.to_string(), node.span))
    };
    match &given.content {
        Content::Sequence(items) => items.iter().filter_map(one).collect(),
        Content::String(..) => one(given).into_iter().collect(),
        Content::Null | Content::Bool(_) | Content::Number(_) | Content::Mapping(_) => {
            wrong_type(given, &what, "the id of a task, or a list of them", reports);
            Vec::new()
        }
    }
}

/// Names of errors: one, or a list.
fn errors(node: &Node, key: &str, reports: &mut Reports<'_>) -> Vec<String> {
    let Some(given) = node.get(key) else { return Vec::new() };
    let mut one = |node: &Node| text(node, "the name of an error", reports).map(str::to_owned);
    match &given.content {
        Content::Sequence(items) => items.iter().filter_map(one).collect(),
        _ => one(given).into_iter().collect(),
    }
}

fn rule(node: &Node, default: TriggerRule, reports: &mut Reports<'_>) -> TriggerRule {
    let Some(given) = node.get("rule") else { return default };
    let Some(word) = text(given, "`rule`", reports) else { return default };
    TriggerRule::parse(word).unwrap_or_else(|| {
        let message = format!("there is no trigger rule {}", quoted(word));
        unknown_name("dag::unknown_rule", (word, given.span), message, TriggerRule::names(), reports);
        default
    })
}
