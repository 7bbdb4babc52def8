//! The properties of a task.

use tidegate_model::Span as TimeSpan;

use super::{id_text, known_keys, seconds};
use crate::diagnostic::{Reports, quoted};
use crate::file::reading::{boolean, count, mapping, wrong_type};
use crate::source::{Content, Member, Node, Span, place_within};
use crate::sweep::computed::{Computed, Texts, is_expression};
use crate::sweep::expression::{Expression, ExpressionError};
use crate::sweep::model::{Located, Replication, Scatter};

const KEYS: &[&str] = &[
    "position",
    "delay",
    "static_input",
    "multiplicity",
    "scatter",
    "partitioned_input",
    "follow",
    "follow_multiplicity",
    "dynamic_multiplicity",
    "deploy_conditions",
    "environment",
    "command",
    "static_output",
    "ignore_error",
];

/// What the properties say, read.
#[derive(Clone, Debug)]
pub(super) struct Properties {
    pub(super) start: Option<Span>,
    pub(super) delay: Option<TimeSpan>,
    pub(super) static_input: Computed,
    pub(super) replication: Replication,
    pub(super) follow: Option<(String, Span)>,
    pub(super) conditions: Vec<Located>,
    pub(super) environment: Option<Computed>,
    pub(super) command: Option<Computed>,
    pub(super) static_output: Option<Computed>,
    pub(super) ignores_errors: bool,
    pub(super) expressions: Vec<Located>,
}

/// Reads `properties`; `None` after reporting what is wrong.
pub(super) fn read(properties: Option<&Node>, reports: &mut Reports<'_>) -> Option<Properties> {
    let errors = reports.errors_count();
    let nothing = Node { content: Content::Mapping(Vec::new()), span: Span::default() };
    let node = properties.filter(|node| !node.is_null()).unwrap_or(&nothing);
    let members = mapping(node, "`properties`", reports)?;
    known_keys(members, KEYS, "`properties`", reports);
    let mut expressions = Vec::new();
    let follow = one_of(members, "follow", "follow_multiplicity", reports);
    let follow = follow.and_then(|given| Some((id_text(given, "`follow`", reports)?, given.span)));
    let read = Properties {
        start: position(node, reports),
        delay: node.get("delay").and_then(|delay| seconds(delay, "`delay`", reports)),
        static_input: computed(node, "static_input", Texts::ThatReadOutputs, &mut expressions, reports)
            .unwrap_or_default(),
        replication: replication(members, reports),
        follow,
        conditions: conditions(node, reports),
        environment: environment(node, &mut expressions, reports),
        command: command(node, &mut expressions, reports),
        static_output: computed(node, "static_output", Texts::AsAWhole, &mut expressions, reports),
        ignores_errors: node
            .get("ignore_error")
            .and_then(|given| boolean(given, "`ignore_error`", reports))
            .unwrap_or(false),
        expressions,
    };
    (reports.errors_count() == errors).then_some(read)
}

fn position(node: &Node, reports: &mut Reports<'_>) -> Option<Span> {
    let given = node.get("position").filter(|given| !given.is_null())?;
    if given.as_str() == Some("start") {
        return Some(given.span);
    }
    wrong_type(given, "`position`", "`start`", reports);
    None
}

/// The value of `key`, or of what it was called before.
fn one_of<'m>(members: &'m [Member], key: &str, older: &str, reports: &mut Reports<'_>) -> Option<&'m Node> {
    let find = |key: &str| members.iter().find(|member| *member.key == *key && !member.value.is_null());
    match (find(key), find(older)) {
        (Some(_), Some(second)) => {
            let message = format!("`{older}` is an older name of `{key}`, and both are here");
            reports.error("file::conflict", second.key_span, message).with_help("remove one of them");
            None
        }
        (found, older) => found.or(older).map(|member| &member.value),
    }
}

fn replication(members: &[Member], reports: &mut Reports<'_>) -> Replication {
    let find = |key: &str| members.iter().find(|member| *member.key == *key && !member.value.is_null());
    if let Some(legacy) = find("dynamic_multiplicity") {
        let message =
            "`dynamic_multiplicity` does nothing: there are as many replicas as `scatter` has items";
        if find("scatter").is_none() && find("partitioned_input").is_none() {
            reports
                .warning("sweep::ignored", legacy.key_span, message)
                .with_help("use `scatter` over a list");
        }
    }
    let scatter = one_of(members, "scatter", "partitioned_input", reports);
    match (scatter, find("multiplicity")) {
        (Some(_), Some(second)) => {
            let message = "`scatter` and `multiplicity` both say how many replicas there are";
            reports.error("file::conflict", second.key_span, message).with_help("remove one of them");
            Replication::None
        }
        (Some(given), None) => match &given.content {
            Content::Sequence(_) => Replication::Scatter(Scatter::List(given.to_value())),
            _ => match expression(given, "`scatter`", reports) {
                Some(located) => Replication::Scatter(Scatter::Expression(located)),
                None => Replication::None,
            },
        },
        (None, Some(member)) => match count(&member.value, "`multiplicity`", 1, reports) {
            Some(times) => Replication::Times(u32::try_from(times).unwrap_or(u32::MAX)),
            None => Replication::None,
        },
        (None, None) => Replication::None,
    }
}

fn conditions(node: &Node, reports: &mut Reports<'_>) -> Vec<Located> {
    let Some(given) = node.get("deploy_conditions").filter(|given| !given.is_null()) else {
        return Vec::new();
    };
    match &given.content {
        Content::Sequence(items) => {
            items.iter().filter_map(|item| expression(item, "a deploy condition", reports)).collect()
        }
        _ => expression(given, "`deploy_conditions`", reports).into_iter().collect(),
    }
}

/// A text that is an expression.
fn expression(node: &Node, what: &str, reports: &mut Reports<'_>) -> Option<Located> {
    let Content::String(text, _) = &node.content else {
        wrong_type(node, what, "text: an expression", reports);
        return None;
    };
    match Expression::parse(text) {
        Ok(expression) => Some(Located { text: text.to_string(), expression, span: node.span }),
        Err(error) => {
            malformed(node, &error, reports);
            None
        }
    }
}

/// Reports, where it is written, what is wrong with the expression `node`.
fn malformed(node: &Node, error: &ExpressionError, reports: &mut Reports<'_>) {
    let Content::String(text, style) = &node.content else { return };
    let span = place_within(&reports.source().text, node.span, *style, text, error.offset);
    let message = format!("this is not an expression: {}", error.message);
    let found = reports.error("sweep::bad_expression", span, message);
    if let Some(help) = error.help {
        found.with_help(help);
    }
}

/// A value with expressions in it.
fn computed(
    node: &Node,
    key: &str,
    texts: Texts,
    expressions: &mut Vec<Located>,
    reports: &mut Reports<'_>,
) -> Option<Computed> {
    let given = node.get(key)?;
    collect(given, texts, expressions, reports);
    // What is wrong has been reported at its place.
    Some(Computed::parse(&given.to_value(), texts).unwrap_or_default())
}

/// Collects the expressions in `node`, and reports those that are none.
fn collect(node: &Node, texts: Texts, expressions: &mut Vec<Located>, reports: &mut Reports<'_>) {
    match &node.content {
        Content::String(text, _) => match Expression::parse(text) {
            Ok(expression) if texts == Texts::AsAWhole || is_expression(text) => {
                expressions.push(Located { text: text.to_string(), expression, span: node.span });
            }
            Err(error) if is_expression(text) => malformed(node, &error, reports),
            Ok(_) | Err(_) => {}
        },
        Content::Sequence(items) => {
            items.iter().for_each(|item| collect(item, Texts::ThatReadOutputs, expressions, reports));
        }
        Content::Mapping(members) => members
            .iter()
            .for_each(|member| collect(&member.value, Texts::ThatReadOutputs, expressions, reports)),
        Content::Null | Content::Bool(_) | Content::Number(_) => {}
    }
}

/// Variables: a list of `{name, value}`, an object, or an expression that gives one of both.
fn environment(node: &Node, expressions: &mut Vec<Located>, reports: &mut Reports<'_>) -> Option<Computed> {
    let given = node.get("environment").filter(|given| !given.is_null())?;
    match &given.content {
        Content::String(..) => {
            let located = expression(given, "`environment`", reports)?;
            let computed = Computed::Expression(located.expression.clone());
            expressions.push(located);
            Some(computed)
        }
        Content::Sequence(items) => {
            for item in items {
                let is_pair = item.get("name").is_some_and(|name| name.as_str().is_some())
                    && item.get("value").is_some();
                if !is_pair {
                    wrong_type(item, "a variable", "an object with `name` and `value`", reports);
                }
            }
            computed(node, "environment", Texts::ThatReadOutputs, expressions, reports)
        }
        Content::Mapping(_) => computed(node, "environment", Texts::ThatReadOutputs, expressions, reports),
        Content::Null | Content::Bool(_) | Content::Number(_) => {
            wrong_type(given, "`environment`", "a list of objects with `name` and `value`", reports);
            None
        }
    }
}

/// A program and its arguments, or an expression that gives them.
fn command(node: &Node, expressions: &mut Vec<Located>, reports: &mut Reports<'_>) -> Option<Computed> {
    let given = node.get("command").filter(|given| !given.is_null())?;
    match &given.content {
        Content::String(text, _) => match Expression::parse(text) {
            Ok(expression) => {
                let computed = Computed::Expression(expression.clone());
                expressions.push(Located { text: text.to_string(), expression, span: given.span });
                Some(computed)
            }
            Err(_) => {
                let message = format!("`command`: {} is neither a list nor an expression", quoted(text));
                reports.error("sweep::bad_expression", given.span, message).with_help(
                    "write a command line as a list, as in `[\"sh\", \"-c\", \"sort names.txt\"]`",
                );
                None
            }
        },
        Content::Sequence(items) if !items.is_empty() => {
            for item in
                items.iter().filter(|item| !matches!(item.content, Content::String(..) | Content::Number(_)))
            {
                wrong_type(item, "a word of `command`", "text", reports);
            }
            computed(node, "command", Texts::ThatReadOutputs, expressions, reports)
        }
        Content::Null
        | Content::Bool(_)
        | Content::Number(_)
        | Content::Sequence(_)
        | Content::Mapping(_) => {
            wrong_type(given, "`command`", "a list of a program and its arguments", reports);
            None
        }
    }
}
