//! Triggers: a mapping from name to trigger, or a list of triggers with names.

use std::collections::BTreeMap;

use tidegate_json::{Str, Value};
use tidegate_model::TriggerName;

use super::Scoped;
use super::lowered::{Part, Trigger};
use super::{action, condition, pattern};
use crate::diagnostic::quoted;
use crate::file::reading::{boolean, mapping, missing, name, only_keys, text, wrong_type};
use crate::source::{Content, Node, Span};

const KEYS: &[&str] = &["on", "when", "do", "once", "enabled", "context"];
const LISTED_KEYS: &[&str] = &["name", "on", "when", "do", "once", "enabled", "context"];

/// The triggers that `triggers` states, in its order, without those that are malformed.
pub(super) fn read_all(triggers: &Node, scoped: &mut Scoped<'_, '_, '_>) -> Vec<Trigger> {
    match &triggers.content {
        Content::Mapping(members) => {
            let read = members.iter().filter_map(|member| {
                let name = name(&member.key, member.key_span, "the name of a trigger", scoped.reports);
                read(name, member.key_span, &member.value, KEYS, scoped)
            });
            read.collect()
        }
        Content::Sequence(items) => listed(items, scoped),
        Content::Null | Content::Bool(_) | Content::Number(_) | Content::String(..) => {
            let expected = "a mapping from names to triggers, or a list of triggers";
            wrong_type(triggers, "`triggers`", expected, scoped.reports);
            Vec::new()
        }
    }
}

fn listed(items: &[Node], scoped: &mut Scoped<'_, '_, '_>) -> Vec<Trigger> {
    let mut known: BTreeMap<Str, Span> = BTreeMap::new();
    let mut triggers = Vec::new();
    for item in items {
        let given = item.get("name");
        if given.is_none() && item.as_mapping().is_some() {
            missing("name", "a trigger in a list", item.span, "add `name: NAME`", scoped.reports);
        }
        let given =
            given.and_then(|given| text(given, "`name`", scoped.reports).map(|text| (text, given.span)));
        let mut trigger_name =
            given.and_then(|(text, span)| name(text, span, "the name of a trigger", scoped.reports));
        let at = given.map_or(item.span, |(_, span)| span);
        if let Some((text, span)) = given {
            match known.get(text) {
                None => {
                    known.insert(text.into(), span);
                }
                Some(first) => {
                    trigger_name = None;
                    let first = scoped.reports.source().place(*first);
                    let message = format!("two triggers are called {}", quoted(text));
                    scoped
                        .reports
                        .error("triggers::duplicate_name", span, message)
                        .with_related("the first", first);
                }
            }
        }
        triggers.extend(read(trigger_name, at, item, LISTED_KEYS, scoped));
    }
    triggers
}

fn read(
    name: Option<TriggerName>,
    at: Span,
    node: &Node,
    keys: &[&str],
    scoped: &mut Scoped<'_, '_, '_>,
) -> Option<Trigger> {
    let members = mapping(node, "a trigger", scoped.reports)?;
    only_keys(members, keys, "a trigger", scoped.reports);
    let mut on = node.get("on").map_or_else(Vec::new, |on| pattern::read_all(on, scoped));
    let errors_before = scoped.reports.errors_count();
    let condition = match node.get("when") {
        Some(when) => condition::read(when, &mut on, scoped),
        None => Some(Part {
            name: "always".to_owned(),
            span: at,
            params: Node { content: Content::Null, span: at },
        }),
    };
    if node.get("on").is_none() && on.is_empty() && scoped.reports.errors_count() == errors_before {
        missing(
            "on",
            "the trigger",
            at,
            "add the event that it waits for, as in `on: start`",
            scoped.reports,
        );
    }
    let actions = match node.get("do") {
        Some(actions) => action::read_all(actions, scoped),
        None => {
            missing(
                "do",
                "the trigger",
                at,
                "add what it does, as in `do: {invoke: FUNCTION}`",
                scoped.reports,
            );
            Vec::new()
        }
    };
    let mut truth = |key: &str, default: bool| match node.get(key) {
        Some(node) => boolean(node, &format!("`{key}`"), scoped.reports).unwrap_or(default),
        None => default,
    };
    let (once, enabled) = (truth("once", false), truth("enabled", true));
    let context = match node.get("context") {
        Some(context) => mapping(context, "`context`", scoped.reports).map(|_| context.to_value()),
        None => Some(Value::Null),
    };
    Some(Trigger {
        name: name?,
        name_span: at,
        on,
        condition: condition?,
        actions,
        once,
        enabled,
        context: context?,
    })
}
