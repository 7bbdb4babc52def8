//! Expressions of a task, and the names that they read.

use tidegate_json::Value;
use tidegate_jsonata::Expression;

use crate::diagnostic::Reports;
use crate::file::reading::wrong_type;
use crate::source::{Content, Node, Span};
use crate::template::{self, bare, check_part};

pub(super) fn condition(
    node: &Node,
    reads: &mut Vec<(String, Span)>,
    reports: &mut Reports<'_>,
) -> Option<String> {
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

pub(super) fn shape(node: &Node, reads: &mut Vec<(String, Span)>, reports: &mut Reports<'_>) -> Value {
    template::check(node, "dag::bad_expression", reports);
    note_all_reads(node, reads);
    node.to_value()
}

pub(super) fn items(
    node: &Node,
    reads: &mut Vec<(String, Span)>,
    reports: &mut Reports<'_>,
) -> Option<Value> {
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
pub(in crate::dag) const EVERYTHING: &str = "$";
