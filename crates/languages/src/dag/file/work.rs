//! What a task runs: a function that it names or states itself, or another workflow.

use std::collections::BTreeMap;

use tidegate_model::{FunctionName, FunctionSpec, Name};

use crate::dag::model::Work;
use crate::diagnostic::{Reports, quoted};
use crate::file::function;
use crate::file::reading::{name, text};
use crate::source::{Content, Member, Node};

/// What the task runs: a workflow or a function that it names, or a function that it states itself.
pub(super) fn read(
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
    if let Some(second) = inline.first().or_else(|| super::task::member_of(members, "function")) {
        let message = format!("a task runs one thing, and this has `workflow` and `{}`", second.key);
        reports.error("file::conflict", second.key_span, message).with_help("remove one of them");
        return None;
    }
    for key in ["retry", "timeout", "heartbeat", "pool", "slots", "priority"] {
        if let Some(second) = super::task::member_of(members, key) {
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
