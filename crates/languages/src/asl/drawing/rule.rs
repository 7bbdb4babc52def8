//! The rules of a Choice state in short words: `$.total > 100 and $.paid`, where the definition has an operator with
//! its operand, and in JSONata the condition itself.

use tidegate_json::Value;

use super::list;
use crate::asl::machine::Language;

/// `rule`, an element of `Choices`, in short.
pub(super) fn words(rule: &Value, language: Language) -> String {
    match language {
        Language::Jsonata => match rule.get("Condition") {
            Some(Value::String(condition)) => bare(condition),
            Some(condition) => condition.to_text(),
            None => String::new(),
        },
        Language::JsonPath => rule_in_words(rule, Binding::Loose),
    }
}

/// A JSONata expression without its delimiters, anything else as it is; on one line.
pub(super) fn bare(text: &str) -> String {
    let trimmed = text.trim();
    let inner = trimmed.strip_prefix("{%").and_then(|inner| inner.strip_suffix("%}"));
    inner.unwrap_or(trimmed).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How tightly what stands around a rule binds it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Binding {
    Loose,
    Tight,
}

fn rule_in_words(rule: &Value, around: Binding) -> String {
    for (operator, word) in [("And", " and "), ("Or", " or ")] {
        let parts = list(rule, operator);
        if parts.is_empty() {
            continue;
        }
        let is_alone = parts.len() == 1;
        let inner = if is_alone { around } else { Binding::Tight };
        let joined = parts.iter().map(|part| rule_in_words(part, inner)).collect::<Vec<_>>().join(word);
        return if around == Binding::Tight && !is_alone { format!("({joined})") } else { joined };
    }
    match rule.get("Not") {
        Some(inner) => negated(inner),
        None => comparison(rule).unwrap_or_default(),
    }
}

fn negated(rule: &Value) -> String {
    let opposite = rule.as_object().and_then(|members| {
        let (operator, wanted) = members.iter().find(|(key, _)| key.starts_with("Is"))?;
        Some(is(variable(rule), operator, !wanted.as_bool()?))
    });
    opposite.unwrap_or_else(|| format!("not {}", rule_in_words(rule, Binding::Tight)))
}

fn comparison(rule: &Value) -> Option<String> {
    let known = |key: &str| !matches!(key, "Variable" | "Next" | "Comment" | "Assign" | "Output");
    let (operator, operand) = rule.as_object()?.iter().find(|(key, _)| known(key))?;
    let variable = variable(rule);
    if let Some(wanted) = operand.as_bool().filter(|_| operator.starts_with("Is")) {
        return Some(is(variable, operator, wanted));
    }
    // What the text is compared with is a path only where the operator says so.
    let is_path = operator.ends_with("Path");
    let operator: &str = operator.strip_suffix("Path").unwrap_or(operator);
    let operand = match operand.as_str() {
        Some(path) if is_path => path.to_owned(),
        Some(_) | None => operand.to_text(),
    };
    match (operator, operand.as_str()) {
        ("BooleanEquals", "true") => return Some(variable.to_owned()),
        ("BooleanEquals", "false") => return Some(format!("not {variable}")),
        ("StringMatches", _) => return Some(format!("{variable} matches {operand}")),
        _ => {}
    }
    let families = ["String", "Numeric", "Boolean", "Timestamp"];
    let relation = families.iter().find_map(|family| operator.strip_prefix(family))?;
    let sign = match relation {
        "Equals" => "=",
        "LessThan" => "<",
        "GreaterThan" => ">",
        "LessThanEquals" => "\u{2264}",
        "GreaterThanEquals" => "\u{2265}",
        _ => return None,
    };
    Some(format!("{variable} {sign} {operand}"))
}

fn is(variable: &str, operator: &str, wanted: bool) -> String {
    let what = match operator {
        "IsPresent" => "present",
        "IsNull" => "null",
        "IsNumeric" => "a number",
        "IsString" => "text",
        "IsBoolean" => "a boolean",
        _ => "a timestamp",
    };
    format!("{variable} is {}{what}", if wanted { "" } else { "not " })
}

fn variable(rule: &Value) -> &str {
    rule.get("Variable").and_then(Value::as_str).unwrap_or_default()
}
