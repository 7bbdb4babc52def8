//! A condition in a few words.

use tidegate_json::Value;
use tidegate_model::{ConditionSpec, Pattern, Span, TextMatch};

use crate::template::bare;

/// `condition` of a trigger that listens to `on`; nothing where every event fires.
pub(super) fn words(condition: &ConditionSpec, on: &[Pattern]) -> Option<String> {
    let params = &condition.params;
    let member = |key: &str| params.get(key).map(value);
    match condition.name.as_str() {
        "always" => None,
        "expression" => member("expr").map(|expr| format!("if {expr}")),
        "count" => member("n").map(|n| format!("every {n} events")),
        "join" => Some(join(params)),
        "composite" => {
            let tree = params.get("expr").map(|tree| composite(tree, on)).unwrap_or_default();
            let within = params.get("within").and_then(Value::as_u64);
            Some(match within {
                Some(within) => format!("{tree} within {}", Span(within)),
                None => tree,
            })
        }
        other => Some(other.to_owned()),
    }
}

fn join(params: &Value) -> String {
    let member = |key: &str| params.get(key).filter(|value| !value.is_null()).map(value);
    let mut words = match (member("size"), member("quorum")) {
        (Some(size), None) => format!("join {size}"),
        (Some(size), Some(quorum)) => format!("join {quorum} of {size}"),
        (None, Some(quorum)) => format!("join {quorum}"),
        (None, None) => "join".to_owned(),
    };
    if let Some(timeout) = member("timeout") {
        words.push_str(&format!(" within {timeout}"));
    }
    words
}

/// A composite event, with its leaves by the short names of their patterns.
fn composite(tree: &Value, on: &[Pattern]) -> String {
    let part = |key: &str| tree.get(key).map(|part| composite(part, on)).unwrap_or_default();
    let list = |parts: &Value| {
        let parts = parts.as_array().map_or(&[][..], |parts| parts);
        parts.iter().map(|part| composite(part, on)).collect::<Vec<_>>().join(", ")
    };
    if let Some(event) = tree.get("event").and_then(Value::as_usize) {
        return on.get(event).map(short).unwrap_or_default();
    }
    if let Some(parts) = tree.get("all") {
        return format!("all of ({})", list(parts));
    }
    if let Some(any) = tree.get("any") {
        let n = any.get("n").and_then(Value::as_u64).unwrap_or(1);
        let of = any.get("of").map(list).unwrap_or_default();
        return if n == 1 { format!("any of ({of})") } else { format!("any {n} of ({of})") };
    }
    if let Some(parts) = tree.get("sequence") {
        return format!("({}) in order", list(parts));
    }
    if tree.get("not").is_some() {
        return format!("no {} between {} and {}", part("not"), part("start"), part("end"));
    }
    let within = tree.get("within").and_then(Value::as_u64).map(Span).unwrap_or_default();
    format!("no {} within {within} after {}", part("absence"), part("after"))
}

/// A pattern by what tells it from others at a glance: its subject where the engine raises it, else its type.
fn short(pattern: &Pattern) -> String {
    match (&pattern.kind, &pattern.subject) {
        (TextMatch::Exact(kind), Some(TextMatch::Exact(subject))) if kind.starts_with("tidegate.") => {
            let result = kind.rsplit('.').next().unwrap_or(kind);
            format!("{subject} {result}")
        }
        (kind, _) => text(kind),
    }
}

/// A test of an attribute as a trigger file has it.
pub(super) fn text(test: &TextMatch) -> String {
    match test {
        TextMatch::Exact(text) | TextMatch::Glob(text) => text.to_string(),
        TextMatch::Prefix(text) => format!("{text}*"),
        TextMatch::Suffix(text) => format!("*{text}"),
        TextMatch::Expression(text) => format!("{{% {text} %}}"),
    }
}

/// A value as people write it: an expression without its marks, a text without its quotes.
pub(super) fn value(value: &Value) -> String {
    match value.as_str() {
        Some(text) => bare(text).text.split_whitespace().collect::<Vec<_>>().join(" "),
        None => value.to_text(),
    }
}
