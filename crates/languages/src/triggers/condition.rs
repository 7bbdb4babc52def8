//! Conditions: what stands under `when`, apart from composite events.

use super::Scoped;
use super::composite;
use super::lowered::{Heard, Part};
use super::shape::{self, check_expression};
use crate::diagnostic::quoted;
use crate::file::reading::{unknown_name, wrong_type};
use crate::source::{Content, Member, Node, Style};
use crate::template::{self, bare};

/// The condition under `when`. One over composite events adds to `on` what it listens to.
pub(super) fn read(when: &Node, on: &mut Vec<Heard>, scoped: &mut Scoped<'_, '_, '_>) -> Option<Part> {
    match &when.content {
        Content::String(..) => {
            check_expression(when, "`when`", scoped);
            Some(part("expression", when, "expr", without_marks(when)))
        }
        Content::Bool(truth) => {
            let constant =
                Node { content: Content::String(truth.to_string().into(), Style::Bare), span: when.span };
            Some(part("expression", when, "expr", constant))
        }
        Content::Mapping(members) if composite::is_composite(members) => {
            composite::read(when, members, on, scoped)
        }
        Content::Mapping(members) => match &members[..] {
            [member] => registered(when, member, scoped),
            [_, second, ..] => {
                scoped
                    .reports
                    .error(
                        "triggers::bad_condition",
                        second.key_span,
                        "a condition is a mapping with one key",
                    )
                    .with_help("several conditions on one event are one expression with `and`");
                None
            }
            [] => {
                not_a_condition(when, scoped);
                None
            }
        },
        Content::Null | Content::Number(_) | Content::Sequence(_) => {
            not_a_condition(when, scoped);
            None
        }
    }
}

fn not_a_condition(when: &Node, scoped: &mut Scoped<'_, '_, '_>) {
    let expected = "an expression, or a mapping with the name of a condition as in `{count: 3}`";
    wrong_type(when, "`when`", expected, scoped.reports);
}

/// A condition by its name.
fn registered(when: &Node, member: &Member, scoped: &mut Scoped<'_, '_, '_>) -> Option<Part> {
    let Member { key, key_span, value } = member;
    let shape = shape::of_condition(key);
    if shape.is_none() && !key.contains('.') {
        let known = shape::conditions().chain(composite::OPERATORS.iter().copied());
        let message = format!("there is no condition {}", quoted(key));
        unknown_name("triggers::unknown_condition", (key, *key_span), message, known, scoped.reports);
        return None;
    }
    let short = !matches!(value.content, Content::Mapping(_) | Content::Null);
    let lowered = match &**key {
        "count" if short => part("count", when, "n", value.clone()),
        "join" if short => part("join", when, "size", value.clone()),
        "expression" if short => part("expression", when, "expr", without_marks(value)),
        name => {
            let params = if value.is_null() { Node::mapping(Vec::new(), *key_span) } else { value.clone() };
            Part { name: name.to_owned(), span: when.span, params }
        }
    };
    match shape {
        Some(shape) => {
            if **key == *"join" {
                template::check(value, "triggers::bad_expression", scoped.reports);
            }
            shape::check(&lowered.params, shape, &format!("`{key}`"), *key_span, scoped);
        }
        None => template::check(value, "triggers::bad_expression", scoped.reports),
    }
    Some(lowered)
}

fn part(name: &str, when: &Node, key: &str, value: Node) -> Part {
    let params = Node::mapping(vec![Member::new(key, value.span, value)], when.span);
    Part { name: name.to_owned(), span: when.span, params }
}

/// The expression `node` without the marks that may stand around it.
fn without_marks(node: &Node) -> Node {
    let content = match &node.content {
        Content::String(text, style) => Content::String(bare(text).text.into(), *style),
        other => other.clone(),
    };
    Node { content, span: node.span }
}
