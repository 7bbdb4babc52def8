//! What an instance's words mean: answers, errors and ends to outcomes.

use std::process::ExitStatus;

use tidegate_json::{RawJson, Value};
use tidegate_model::outcome::errors;
use tidegate_model::{Data, Failure, Outcome, Text};

use super::api::ErrorReply;
use crate::command::how_it_ended;

/// The instance ended instead of answering. The name is AWS Lambda's.
const EXIT_ERROR: &str = "Runtime.ExitError";

/// The outcome of a call that was answered.
pub(super) fn answered(body: &[u8]) -> Outcome {
    let Ok(text) = std::str::from_utf8(body) else {
        return Outcome::succeeded(Data::Binary(body.into()));
    };
    if text.is_empty() {
        return Outcome::succeeded(RawJson::default());
    }
    Outcome::succeeded(RawJson::parse(text).map_or_else(|_| Data::json(&Value::from(text)), Data::Json))
}

/// The failure that an instance reported: `errorType` is its name, `errorMessage` its message, the rest its
/// detail.
pub(super) fn failure(reply: &ErrorReply) -> Failure {
    let mut report = Value::parse_slice(&reply.body).unwrap_or_default();
    let Some(members) = report.as_object_mut() else {
        let message = String::from_utf8_lossy(&reply.body);
        return Failure::new(name(reply, None), Text::from(message));
    };
    let kind = members.remove("errorType");
    let message = members.remove("errorMessage");
    let detail = if members.is_empty() { Data::None } else { Data::json(&report) };
    let text = |value: &Value| value.as_str().map_or_else(|| Text::from(value.to_text()), Text::new);
    Failure {
        error: name(reply, kind.as_ref().and_then(Value::as_str)),
        message: message.as_ref().map(text).unwrap_or_default(),
        detail,
    }
}

fn name(reply: &ErrorReply, kind: Option<&str>) -> Text {
    let kind = kind.or(reply.kind.as_deref()).filter(|kind| !kind.is_empty());
    Text::new(kind.unwrap_or(errors::TASK_FAILED))
}

/// The instance ended while `doing` something.
pub(super) fn exited(doing: &str, status: ExitStatus, log: &str) -> Failure {
    let mut detail = Value::object([("log", log)]);
    if let Some(code) = status.code() {
        detail.set("exit_code", i64::from(code));
    }
    let message = format!("the process ended {doing}, {}", how_it_ended(status));
    Failure {
        error: Text::const_new(EXIT_ERROR),
        message: with_last_line(message, log),
        detail: Data::json(&detail),
    }
}

/// The instance asked for the next call without a word about the one it had.
pub(super) fn unanswered() -> Failure {
    Failure::new("Runtime.NoAnswer", "the process asked for the next call before it had answered this one")
}

pub(super) fn too_long(max_bytes: usize) -> Failure {
    let message = format!("the answer is longer than {max_bytes} bytes, the limit `output_max_bytes`");
    Failure::new(errors::LIMIT, Text::from(message))
}

/// The instance did not ask for its first call in time.
pub(super) fn start_timed_out(limit: tidegate_model::Span, log: &str) -> Failure {
    let message = format!("the process did not ask for a call within {limit} of its start");
    Failure {
        error: Text::const_new(errors::TIMEOUT),
        message: with_last_line(message, log),
        detail: Data::json(&Value::object([("log", log)])),
    }
}

fn with_last_line(message: String, log: &str) -> Text {
    match log.lines().rev().map(str::trim).find(|line| !line.is_empty()) {
        Some(line) => Text::from(format!("{message}: {line}")),
        None => Text::from(message),
    }
}
