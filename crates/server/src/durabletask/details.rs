//! Failures, in the protocol and in ours: the error is its type, and what else it says stands in the detail.

use tidegate_json::Value;
use tidegate_model::{Data, Failure, Text};

use super::messages::TaskFailureDetails;

/// A failure as ours.
pub(super) fn to_failure(details: &TaskFailureDetails) -> Failure {
    let mut detail = Value::object::<&str, Value>([]);
    if let Some(trace) = details.stack_trace.as_deref().filter(|trace| !trace.is_empty()) {
        detail.set("stackTrace", trace);
    }
    if details.is_non_retriable {
        detail.set("isNonRetriable", true);
    }
    if let Some(inner) = &details.inner_failure {
        detail.set("innerFailure", to_value(inner));
    }
    let is_empty = detail.as_object().is_none_or(|detail| detail.is_empty());
    Failure {
        error: Text::from(details.error_type.as_str()),
        message: Text::from(details.error_message.as_str()),
        detail: if is_empty { Data::None } else { Data::json(&detail) },
    }
}

/// A failure as an object with `error`, `message` and `detail`.
pub(super) fn to_value(details: &TaskFailureDetails) -> Value {
    let Failure { error, message, detail } = to_failure(details);
    let mut value = Value::object([("error", error.as_str()), ("message", message.as_str())]);
    if let Some(detail) = detail.inline_value() {
        value.set("detail", detail);
    }
    value
}

/// The failure that such an object states.
pub(super) fn of_value(failure: &Value) -> TaskFailureDetails {
    let text = |of: &Value, key: &str| of.get(key).and_then(Value::as_str).map(str::to_owned);
    let detail = failure.get("detail").cloned().unwrap_or_default();
    TaskFailureDetails {
        error_type: text(failure, "error").unwrap_or_default(),
        error_message: text(failure, "message").unwrap_or_default(),
        stack_trace: text(&detail, "stackTrace").or_else(|| trace(&detail)),
        inner_failure: detail.get("innerFailure").map(|inner| Box::new(of_value(inner))),
        is_non_retriable: detail.get("isNonRetriable").and_then(Value::as_bool).unwrap_or(false),
        ..TaskFailureDetails::default()
    }
}

/// The trace of a function that a handler of ours has executed.
fn trace(detail: &Value) -> Option<String> {
    let lines = detail.get("stackTrace").and_then(Value::as_array)?;
    Some(lines.iter().filter_map(Value::as_str).collect())
}
