//! Why a rule does not hold: the comparison that decided it, and what that saw.

use tidegate_json::Value;

use super::comparison::Comparison;
use super::{Node, Rule};
use crate::asl::expression::Surroundings;

/// Characters of a value that are shown.
const SHOWN_MAX: usize = 80;

/// Why `rule` is not `wanted`; `None` if it is.
pub(super) fn not(rule: &Rule, wanted: bool, around: &Surroundings<'_>) -> Option<String> {
    match (&rule.0, wanted) {
        (Node::Comparison(comparison), _) => comparison_is_not(comparison, wanted, around),
        (Node::Not(inner), _) => not(inner, !wanted, around),
        // One part is enough to decide.
        (Node::And(rules), true) | (Node::Or(rules), false) => {
            rules.iter().find_map(|rule| not(rule, wanted, around))
        }
        (Node::And(rules), false) | (Node::Or(rules), true) => none_is(rules, wanted, around),
    }
}

/// Why none of `rules` is `wanted`, looked at in order: the first that is decides, and so does one that fails before it.
fn none_is(rules: &[Rule], wanted: bool, around: &Surroundings<'_>) -> Option<String> {
    let mut reasons = Vec::with_capacity(rules.len());
    for rule in rules {
        let reason = not(rule, wanted, around)?;
        if rule.holds(around).is_err() {
            return Some(reason);
        }
        reasons.push(reason);
    }
    Some(reasons.join("; "))
}

fn comparison_is_not(comparison: &Comparison, wanted: bool, around: &Surroundings<'_>) -> Option<String> {
    match comparison.holds(around) {
        Ok(holds) if holds == wanted => None,
        Ok(holds) => {
            let seen: Vec<String> = comparison
                .paths()
                .map(|path| {
                    let value = path.evaluate(around);
                    format!("{} is {}", path.source(), value.as_ref().map_or("absent".to_owned(), shown))
                })
                .collect();
            Some(format!("`{comparison}` is {holds}: {}", seen.join(" and ")))
        }
        Err(fault) => Some(format!("`{comparison}` cannot be decided: {}", fault.cause)),
    }
}

fn shown(value: &Value) -> String {
    let text = value.to_text();
    match text.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
