//! Retries: how often to try again, as an action or a function says it.

use tidegate_json::Value;

use super::reading::{count, mapping, only_keys, text, time_span, wrong_type};
use crate::diagnostic::Reports;
use crate::source::{Content, Member, Node};

const KEYS: &[&str] = &["max_attempts", "interval", "backoff", "max_interval", "jitter", "on"];

/// The retry that `node` states, as a document; `None` after reporting what is wrong with it.
pub(crate) fn read(node: &Node, what: &str, reports: &mut Reports<'_>) -> Option<Value> {
    let errors_before = reports.errors_count();
    let members = mapping(node, what, reports)?;
    only_keys(members, KEYS, what, reports);
    for Member { key, value, .. } in members {
        let what = format!("`{key}`");
        match &**key {
            "max_attempts" => {
                count(value, &what, 1, reports);
            }
            "interval" | "max_interval" => {
                time_span(value, &what, reports);
            }
            "backoff" => match &value.content {
                Content::Number(number) if number.as_f64() >= 1.0 => {}
                _ => wrong_type(value, &what, "a number from 1", reports),
            },
            "jitter" => match value.as_str() {
                Some("none" | "full") => {}
                _ => wrong_type(value, &what, "`none` or `full`", reports),
            },
            "on" => match value.as_sequence() {
                Some(names) => names.iter().for_each(|name| {
                    text(name, "the name of an error", reports);
                }),
                None => wrong_type(value, &what, "a list of names of errors", reports),
            },
            _ => {}
        }
    }
    (reports.errors_count() == errors_before).then(|| node.to_value())
}
