//! The shapes of parameters: which keys the native conditions and actions take, and what kind of value each.
//!
//! The registry of the engine has the last word on parameters, but it sees values without places. What the
//! shapes find is told at its key or value.

use super::Scoped;
use super::references;
use crate::file::reading::{
    boolean, count, mapping, member, missing, moment, name, text, time_span, unknown_key, wrong_type,
};
use crate::file::retry;
use crate::source::{Content, Member, Node, Span};
use crate::template::{bare, check_part, is_template};

/// The keys of a mapping.
pub(super) struct Shape {
    pub(super) keys: &'static [(&'static str, Kind)],
    /// Keys that must be there, each with an example.
    pub(super) required: &'static [(&'static str, &'static str)],
    /// Keys of which exactly one must be there.
    pub(super) one_of: &'static [&'static str],
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Anything, computed or not.
    Any,
    /// Text, computed or not.
    Text,
    /// The name of a function.
    Function,
    /// The name of a scope of the file.
    Scope,
    /// The name of a step of the scope, or computed.
    Step,
    /// The name of a timer of the scope, or computed.
    Timer,
    /// The name of a trigger of the scope, or computed.
    Trigger,
    /// A name that is given here, or computed.
    NewName,
    /// A list, or computed.
    List,
    /// A mapping, or computed.
    Mapping,
    /// True or false.
    Bool,
    /// A whole number from 1.
    Count,
    /// A whole number from 0, or computed.
    Amount,
    /// A length of time.
    TimeSpan,
    /// A length of time, or computed.
    Delay,
    /// A point in time, or computed.
    Moment,
    /// An expression, with or without its marks.
    Expression,
    /// True, false or an expression.
    Collect,
    /// One of these words.
    Word(&'static [&'static str]),
    /// How often to try again.
    Retry,
    /// How many items of a map may fail.
    Tolerance,
}

/// The shape of the parameters of the native action `action`.
pub(super) fn of_action(action: &str) -> Option<&'static Shape> {
    ACTIONS.iter().find(|(name, _)| *name == action).map(|(_, shape)| shape)
}

/// The shape of the parameters of the native condition `condition`.
pub(super) fn of_condition(condition: &str) -> Option<&'static Shape> {
    CONDITIONS.iter().find(|(name, _)| *name == condition).map(|(_, shape)| shape)
}

/// The names of the native actions.
pub(super) fn actions() -> impl Iterator<Item = &'static str> + Clone {
    ACTIONS.iter().map(|(name, _)| *name)
}

/// The names of the native conditions.
pub(super) fn conditions() -> impl Iterator<Item = &'static str> + Clone {
    CONDITIONS.iter().map(|(name, _)| *name)
}

const fn shape(
    keys: &'static [(&'static str, Kind)],
    required: &'static [(&'static str, &'static str)],
    one_of: &'static [&'static str],
) -> Shape {
    Shape { keys, required, one_of }
}

const ONE_TRIGGER: Shape = shape(&[("trigger", Kind::Trigger)], &[("trigger", "trigger: NAME")], &[]);

const ACTIONS: &[(&str, Shape)] = &[
    (
        "invoke",
        shape(
            &[
                ("function", Kind::Function),
                ("as", Kind::NewName),
                ("input", Kind::Any),
                ("retry", Kind::Retry),
                ("timeout", Kind::TimeSpan),
                ("heartbeat", Kind::TimeSpan),
            ],
            &[("function", "function: NAME")],
            &[],
        ),
    ),
    (
        "map",
        shape(
            &[
                ("function", Kind::Function),
                ("scope", Kind::Scope),
                ("as", Kind::NewName),
                ("items", Kind::List),
                ("input", Kind::Any),
                ("concurrency", Kind::Count),
                ("tolerate", Kind::Tolerance),
                ("retry", Kind::Retry),
                ("timeout", Kind::TimeSpan),
                ("heartbeat", Kind::TimeSpan),
                ("each", Kind::Bool),
            ],
            &[("items", "items: \"{% event.data %}\"")],
            &["function", "scope"],
        ),
    ),
    (
        "call",
        shape(
            &[("scope", Kind::Scope), ("as", Kind::NewName), ("input", Kind::Any)],
            &[("scope", "scope: NAME")],
            &[],
        ),
    ),
    (
        "start",
        shape(
            &[
                ("workflow", Kind::NewName),
                ("version", Kind::Text),
                ("as", Kind::NewName),
                ("input", Kind::Any),
                ("key", Kind::Text),
                ("wait", Kind::Bool),
            ],
            &[("workflow", "workflow: NAME")],
            &[],
        ),
    ),
    (
        "emit",
        shape(
            &[
                ("type", Kind::Text),
                ("subject", Kind::Text),
                ("source", Kind::Text),
                ("data", Kind::Any),
                ("extensions", Kind::Mapping),
                ("to", Kind::Word(&["run", "world"])),
            ],
            &[("type", "type: com.example.done")],
            &[],
        ),
    ),
    (
        "timer",
        shape(
            &[("name", Kind::NewName), ("after", Kind::Delay), ("at", Kind::Moment), ("data", Kind::Any)],
            &[("name", "name: NAME")],
            &["after", "at"],
        ),
    ),
    ("cancel_timer", shape(&[("name", Kind::Timer)], &[("name", "name: NAME")], &[])),
    ("cancel", shape(&[("step", Kind::Step)], &[("step", "step: NAME")], &[])),
    ("set", shape(&[("vars", Kind::Mapping)], &[], &[])),
    ("complete", shape(&[("output", Kind::Any)], &[], &[])),
    ("fail", shape(&[("error", Kind::Text), ("message", Kind::Text)], &[("message", "message: TEXT")], &[])),
    ("enable", ONE_TRIGGER),
    ("disable", ONE_TRIGGER),
    ("remove", ONE_TRIGGER),
    ("add", shape(&[("triggers", Kind::Any)], &[], &[])),
    (
        "change",
        shape(
            &[("trigger", Kind::Trigger), ("context", Kind::Mapping)],
            &[("trigger", "trigger: NAME"), ("context", "context: {count: 0}")],
            &[],
        ),
    ),
];

const CONDITIONS: &[(&str, Shape)] = &[
    ("always", shape(&[], &[], &[])),
    ("expression", shape(&[("expr", Kind::Expression)], &[("expr", "expr: event.data > 3")], &[])),
    ("count", shape(&[("n", Kind::Count), ("repeat", Kind::Bool)], &[("n", "n: 3")], &[])),
    (
        "join",
        shape(
            &[
                ("size", Kind::Amount),
                ("quorum", Kind::Amount),
                ("timeout", Kind::TimeSpan),
                ("on_timeout", Kind::Word(&["fail", "fire"])),
                ("collect", Kind::Collect),
                ("key", Kind::Expression),
                ("repeat", Kind::Bool),
            ],
            &[],
            &[],
        ),
    ),
];

/// Reports where `params` of `what`, written at `span`, is not of `shape`.
pub(super) fn check(params: &Node, shape: &Shape, what: &str, span: Span, scoped: &mut Scoped<'_, '_, '_>) {
    if params.is_null() && shape.required.is_empty() && shape.one_of.is_empty() {
        return;
    }
    let members = if params.is_null() { Some(&[][..]) } else { mapping(params, what, scoped.reports) };
    let Some(members) = members else { return };
    for Member { key, value, .. } in members {
        if let Some((key, kind)) = shape.keys.iter().find(|(known, _)| *known == &**key) {
            check_kind(value, *kind, &format!("`{key}`"), scoped);
        }
    }
    for unknown in members.iter().filter(|member| shape.keys.iter().all(|(key, _)| *key != &*member.key)) {
        let known: Vec<&str> = shape.keys.iter().map(|(key, _)| *key).collect();
        unknown_key(unknown, &known, what, scoped.reports);
    }
    for (key, example) in shape.required {
        if member(members, key).is_none() {
            missing(key, what, span, &format!("add `{example}`"), scoped.reports);
        }
    }
    let there: Vec<&Member> = members.iter().filter(|member| shape.one_of.contains(&&*member.key)).collect();
    match (shape.one_of, &there[..]) {
        ([], _) | (_, [_]) => {}
        (keys, []) => {
            let message = format!("{what} has neither `{}`", keys.join("` nor `"));
            scoped.reports.error("file::missing_key", span, message).with_help("add one of them");
        }
        (keys, [_, second, ..]) => {
            let message = format!("{what} has both `{}`", keys.join("` and `"));
            scoped.reports.error("file::conflict", second.key_span, message).with_help("remove one of them");
        }
    }
}

fn check_kind(node: &Node, kind: Kind, what: &str, scoped: &mut Scoped<'_, '_, '_>) {
    let computed = node.as_str().is_some_and(is_template);
    let reports = &mut *scoped.reports;
    match kind {
        Kind::Any => {}
        Kind::Text | Kind::NewName | Kind::Delay | Kind::Moment if computed => {}
        Kind::Step | Kind::Timer | Kind::Trigger | Kind::List | Kind::Mapping | Kind::Amount if computed => {}
        Kind::Text => {
            text(node, what, reports);
        }
        Kind::NewName => {
            if let Some(given) = text(node, what, reports) {
                name(given, node.span, what, reports);
            }
        }
        Kind::Function | Kind::Scope | Kind::Step | Kind::Timer | Kind::Trigger => {
            if let Some(given) = text(node, what, reports) {
                references::check(given, node.span, kind, scoped);
            }
        }
        Kind::List if node.as_sequence().is_none() => {
            wrong_type(node, what, "a list or an expression", reports);
        }
        Kind::Mapping if node.as_mapping().is_none() => {
            wrong_type(node, what, "a mapping or an expression", reports);
        }
        Kind::List | Kind::Mapping => {}
        Kind::Bool => {
            boolean(node, what, reports);
        }
        Kind::Count => {
            count(node, what, 1, reports);
        }
        Kind::Amount => {
            count(node, what, 0, reports);
        }
        Kind::TimeSpan | Kind::Delay => {
            time_span(node, what, reports);
        }
        Kind::Moment => moment(node, what, reports),
        Kind::Collect if matches!(node.content, Content::Bool(_)) => {}
        Kind::Expression | Kind::Collect => check_expression(node, what, scoped),
        Kind::Word(words) => check_word(node, what, words, scoped),
        Kind::Retry => {
            retry::read(node, what, reports);
        }
        Kind::Tolerance => check_tolerance(node, what, scoped),
    }
}

/// Reports where `node` is not an expression.
pub(super) fn check_expression(node: &Node, what: &str, scoped: &mut Scoped<'_, '_, '_>) {
    match &node.content {
        Content::String(text, style) => {
            let code = "triggers::bad_expression";
            check_part(bare(text), text, *style, node.span, code, scoped.reports);
        }
        _ => wrong_type(node, what, "an expression", scoped.reports),
    }
}

fn check_word(node: &Node, what: &str, words: &[&str], scoped: &mut Scoped<'_, '_, '_>) {
    let Some(given) = text(node, what, scoped.reports) else { return };
    if !words.contains(&given) {
        let expected = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or ");
        wrong_type(node, what, &expected, scoped.reports);
    }
}

fn check_tolerance(node: &Node, what: &str, scoped: &mut Scoped<'_, '_, '_>) {
    const TOLERANCE: Shape =
        shape(&[("count", Kind::Amount), ("percent", Kind::Any)], &[], &["count", "percent"]);
    check(node, &TOLERANCE, what, node.span, scoped);
    let Some(percent) = node.get("percent") else { return };
    let share = match &percent.content {
        Content::Number(number) => Some(number.as_f64()),
        _ => None,
    };
    if !share.is_some_and(|share| (0.0..=100.0).contains(&share)) {
        wrong_type(percent, "`percent`", "a number from 0 to 100", scoped.reports);
    }
}
