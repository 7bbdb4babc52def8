//! Actions: what stands under `do`.
//!
//! An action is a mapping with one key, its name; short forms of its parameters become the long ones here.

use std::slice;

use super::Scoped;
use super::lowered::{Part, Trigger};
use super::shape;
use super::trigger;
use crate::diagnostic::quoted;
use crate::file::reading::{mapping, unknown_name, wrong_type};
use crate::source::{Member, Node, Span};
use crate::template;

/// The actions under `do`: one, or a list of them.
pub(super) fn read_all(actions: &Node, scoped: &mut Scoped<'_, '_, '_>) -> Vec<Part> {
    let listed = actions.as_sequence().unwrap_or(slice::from_ref(actions));
    let is_nothing = actions.is_null() || actions.as_mapping().is_some_and(<[Member]>::is_empty);
    if listed.is_empty() || is_nothing {
        scoped
            .reports
            .error("triggers::empty", actions.span, "`do` is empty, so the trigger does nothing")
            .with_help("name an action, as in `do: {invoke: FUNCTION}`");
        return Vec::new();
    }
    listed.iter().filter_map(|action| read(action, scoped)).collect()
}

fn read(node: &Node, scoped: &mut Scoped<'_, '_, '_>) -> Option<Part> {
    let Some(Member { key, key_span, value }) = node.as_single() else {
        not_an_action(node, scoped);
        return None;
    };
    let is_own = shape::of_action(key).is_some();
    // Actions of other languages have a prefix, as in `asl.choice`; the registry knows them.
    if !is_own && !key.contains('.') {
        let message = format!("there is no action {}", quoted(key));
        unknown_name("triggers::unknown_action", (key, *key_span), message, shape::actions(), scoped.reports);
        return None;
    }
    if **key != *"add" {
        template::check(value, "triggers::bad_expression", scoped.reports);
    }
    let params = lower(key, value, *key_span, scoped);
    if let Some(shape) = shape::of_action(key) {
        shape::check(&params, shape, &format!("`{key}`"), *key_span, scoped);
    }
    Some(Part { name: key.to_string(), span: node.span, params })
}

fn not_an_action(node: &Node, scoped: &mut Scoped<'_, '_, '_>) {
    let reports = &mut *scoped.reports;
    match node.as_mapping() {
        Some([first, rest @ ..]) => {
            let at = rest.first().map_or(first.key_span, |second| second.key_span);
            let (name, also) = (quoted(&first.key), rest.first().map(|member| quoted(&member.key)));
            let message = format!(
                "an action is a mapping with one key, and this has {} as well",
                also.unwrap_or_default()
            );
            reports.error("triggers::bad_action", at, message).with_help(format!(
                "indent it to make it a parameter of {name}, or start another item with `-` to make it an action of its own"
            ));
        }
        Some([]) | None => {
            wrong_type(node, "an action", "a mapping with one key, as in `{invoke: FUNCTION}`", reports);
        }
    }
}

/// The parameters of `action` in their long form.
fn lower(action: &str, value: &Node, at: Span, scoped: &mut Scoped<'_, '_, '_>) -> Node {
    let under = |key: &str| Node::mapping(vec![Member::new(key, value.span, value.clone())], value.span);
    match action {
        "complete" if value.is_null() => Node::mapping(Vec::new(), at),
        "complete" => {
            doubt_wrapping("complete", "output", value, scoped);
            under("output")
        }
        "set" => {
            doubt_wrapping("set", "vars", value, scoped);
            under("vars")
        }
        "add" => added(value, scoped),
        _ if value.as_str().is_none() => value.clone(),
        "invoke" | "map" => under("function"),
        "call" => under("scope"),
        "start" => under("workflow"),
        "fail" => under("message"),
        "emit" => under("type"),
        "enable" | "disable" | "remove" => under("trigger"),
        "cancel_timer" => under("name"),
        "cancel" => under("step"),
        _ => value.clone(),
    }
}

/// `complete: {output: …}` completes with an object that has the member `output`, which is seldom meant.
fn doubt_wrapping(action: &str, key: &str, value: &Node, scoped: &mut Scoped<'_, '_, '_>) {
    if let Some(only) = value.as_single().filter(|member| *member.key == *key) {
        let message = format!("`{action}` takes its value as it is, so `{key}` becomes a part of it");
        scoped
            .reports
            .warning("triggers::wrapped", only.key_span, message)
            .with_help(format!("write `{action}: …` without `{key}`"));
    }
}

fn added(value: &Node, scoped: &mut Scoped<'_, '_, '_>) -> Node {
    let triggers = trigger::read_all(value, scoped);
    if triggers.is_empty() && mapping(value, "`add`", scoped.reports).is_some_and(<[Member]>::is_empty) {
        scoped.reports.error("triggers::empty", value.span, "`add` is empty");
    }
    let triggers = Node::sequence(triggers.iter().map(Trigger::to_node).collect(), value.span);
    Node::mapping(vec![Member::new("triggers", value.span, triggers)], value.span)
}
