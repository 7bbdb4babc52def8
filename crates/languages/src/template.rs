//! Templates: text with expressions between `{%` and `%}`.
//!
//! This finds the expressions and checks their syntax where they are written; the engine evaluates them.

use tidegate_jsonata::Expression;

use crate::diagnostic::Reports;
use crate::source::{Content, Node, Span, Style, place_within};

/// An expression within a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part<'t> {
    /// The expression, without white space around it.
    pub text: &'t str,
    /// The byte of the whole text at which it starts.
    pub at: usize,
}

/// A `{%` that no `%}` follows, at this byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unclosed {
    /// The byte at which it starts.
    pub at: usize,
}

/// Whether `text` has something to compute in it.
#[must_use]
pub fn is_template(text: &str) -> bool {
    text.contains("{%")
}

/// The expressions of the template `text`.
///
/// # Errors
/// Where one is not closed.
pub fn expressions(text: &str) -> Result<Vec<Part<'_>>, Unclosed> {
    let mut parts = Vec::new();
    let mut from = 0;
    while let Some(open) = text[from..].find("{%").map(|at| from + at) {
        let inner = open + 2;
        let close = text[inner..].find("%}").map(|at| inner + at).ok_or(Unclosed { at: open })?;
        parts.push(trimmed(&text[inner..close], inner));
        from = close + 2;
    }
    Ok(parts)
}

/// The expression that `text` is, where an expression is expected: `{%` and `%}` around it may be left out.
#[must_use]
pub fn bare(text: &str) -> Part<'_> {
    let part = trimmed(text, 0);
    match part.text.strip_prefix("{%").and_then(|rest| rest.strip_suffix("%}")) {
        Some(inner) if !inner.contains("{%") => trimmed(inner, part.at + 2),
        Some(_) | None => part,
    }
}

fn trimmed(text: &str, at: usize) -> Part<'_> {
    let start = text.len() - text.trim_start().len();
    Part { text: text.trim(), at: at + start }
}

/// Reports every expression in the strings of `node` that is not one.
pub fn check(node: &Node, code: &'static str, reports: &mut Reports<'_>) {
    match &node.content {
        Content::Null | Content::Bool(_) | Content::Number(_) => {}
        Content::Sequence(items) => items.iter().for_each(|item| check(item, code, reports)),
        Content::Mapping(members) => members.iter().for_each(|member| check(&member.value, code, reports)),
        Content::String(text, style) => match expressions(text) {
            Ok(parts) => parts.into_iter().for_each(|part| {
                check_part(part, text, *style, node.span, code, reports);
            }),
            Err(Unclosed { at }) => {
                let span = place_within(&reports.source().text, node.span, *style, text, at);
                reports
                    .error(code, span, "`{%` without `%}`")
                    .with_help("an expression stands between `{%` and `%}`");
            }
        },
    }
}

/// Reports the expression `part` of `text` where it is not one; whether it is.
pub fn check_part(
    part: Part<'_>,
    text: &str,
    style: Style,
    span: Span,
    code: &'static str,
    reports: &mut Reports<'_>,
) -> bool {
    let Err(error) = Expression::parse(part.text) else { return true };
    let start = part.text.char_indices().nth(error.position).map_or(part.text.len(), |(at, _)| at);
    let place = place_within(&reports.source().text, span, style, text, part.at + start);
    reports.error(code, place, format!("this is not an expression: {} ({})", error.message, error.code));
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_found_with_their_places() {
        let found = |text: &'static str| {
            expressions(text).map(|parts| parts.iter().map(|part| (part.text, part.at)).collect::<Vec<_>>())
        };
        assert_eq!(found("{% a %}"), Ok(vec![("a", 3)]));
        assert_eq!(found("x {%a%} y {% b.c %}"), Ok(vec![("a", 4), ("b.c", 13)]));
        assert_eq!(found("nothing"), Ok(vec![]));
        assert_eq!(found("x {% a"), Err(Unclosed { at: 2 }));
    }

    #[test]
    fn where_an_expression_is_expected_its_marks_may_be_left_out() {
        assert_eq!(bare(" {% a %} "), Part { text: "a", at: 4 });
        assert_eq!(bare(" a > 1 "), Part { text: "a > 1", at: 1 });
    }
}
