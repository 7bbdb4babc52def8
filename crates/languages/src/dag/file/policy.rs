//! Retries and limits of a task, and what they are where it does not say.

use tidegate_json::Value;
use tidegate_model::Span as TimeSpan;

use crate::dag::model::{Policy, Tolerate};
use crate::diagnostic::Reports;
use crate::file::reading::{count, mapping, only_keys, time_span, wrong_type};
use crate::file::retry;
use crate::source::{Content, Node};

const DEFAULTS: &[&str] = &["retry", "timeout", "heartbeat", "pool", "slots", "priority"];

/// What holds for tasks that do not say.
pub(super) fn read_defaults(defaults: &Node, own: &Policy, reports: &mut Reports<'_>) -> Policy {
    let members = mapping(defaults, "`defaults`", reports).unwrap_or_default();
    only_keys(members, DEFAULTS, "`defaults`", reports);
    read(defaults, own, reports)
}

pub(super) fn read(node: &Node, defaults: &Policy, reports: &mut Reports<'_>) -> Policy {
    let mut span = |key: &str| -> Option<TimeSpan> {
        node.get(key).and_then(|span| time_span(span, &format!("`{key}`"), reports))
    };
    let (timeout, heartbeat) = (span("timeout"), span("heartbeat"));
    let retry = node.get("retry").and_then(|given| retry::read(given, "`retry`", reports));
    let concurrency = node.get("concurrency").and_then(|given| count(given, "`concurrency`", 1, reports));
    Policy {
        retry: retry.or_else(|| defaults.retry.clone()),
        timeout: timeout.or(defaults.timeout),
        heartbeat: heartbeat.or(defaults.heartbeat),
        concurrency: concurrency.map(|count| u32::try_from(count).unwrap_or(u32::MAX)),
        tolerate: node.get("tolerate").and_then(|given| tolerate(given, reports)),
        slots: defaults.slots.or(node, reports),
        cache: None,
    }
}

/// Has errors of these names not retried.
pub(super) fn never_retry<'e>(policy: &mut Policy, errors: impl Iterator<Item = &'e String>) {
    let Some(retry) = &mut policy.retry else { return };
    let known = retry.get("on").and_then(Value::as_array).map(|on| on.to_vec()).unwrap_or_default();
    let never = errors.map(|error| Value::from(format!("!{error}")));
    let on: Vec<Value> = known.into_iter().chain(never).collect();
    if !on.is_empty() {
        retry.set("on", Value::from(on));
    }
}

/// How many items may fail: a number, or a share as in `5%`.
fn tolerate(node: &Node, reports: &mut Reports<'_>) -> Option<Tolerate> {
    let share = |text: &str| text.strip_suffix('%')?.trim().parse::<f64>().ok();
    match &node.content {
        Content::Number(number) if number.as_u64().is_some() => {
            let count = number.as_u64().unwrap_or_default();
            Some(Tolerate::Count(u32::try_from(count).unwrap_or(u32::MAX)))
        }
        Content::String(text, _) if share(text).is_some_and(|share| (0.0..=100.0).contains(&share)) => {
            share(text).map(Tolerate::Percent)
        }
        _ => {
            wrong_type(node, "`tolerate`", "how many items may fail, as in `3` or `5%`", reports);
            None
        }
    }
}
