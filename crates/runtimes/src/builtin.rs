//! The functions that are part of Tidegate: what they answer, as a pure function of the invocation.
//!
//! Nothing here waits: `sleep` only says for how long, and what it answers then.

use std::time::Duration;

use tidegate_json::{RawJson, Value};
use tidegate_model::function::BuiltinKind;
use tidegate_model::outcome::errors;
use tidegate_model::{Data, Failure, Invocation, Outcome, Span, Text};

use crate::settings::duration;

/// What a built-in function does with an invocation.
#[derive(Debug, PartialEq)]
pub(crate) enum Answer {
    Now(Outcome),
    After(Duration, Outcome),
}

/// What the built-in function `kind` answers.
pub(crate) fn answer(kind: BuiltinKind, invocation: &Invocation) -> Answer {
    match kind {
        BuiltinKind::Noop => Answer::Now(Outcome::succeeded(RawJson::default())),
        BuiltinKind::Echo => Answer::Now(Outcome::succeeded(&invocation.input)),
        BuiltinKind::Sleep => sleep(&invocation.input),
        BuiltinKind::Fail => Answer::Now(fail(invocation)),
    }
}

fn sleep(input: &Value) -> Answer {
    let span = match (input.get("seconds"), input.get("ms")) {
        (Some(seconds), _) => seconds.as_f64().and_then(Span::from_seconds_f64),
        (None, Some(ms)) => ms.as_u64().map(Span),
        (None, None) => None,
    };
    match span {
        Some(span) => Answer::After(duration(span), Outcome::succeeded(input.get("echo").unwrap_or(input))),
        None => Answer::Now(Outcome::Failed(Failure::new(
            errors::INVALID_VALUE,
            "the function `sleep` needs an input such as {\"seconds\": 1.5} or {\"ms\": 10}",
        ))),
    }
}

fn fail(invocation: &Invocation) -> Outcome {
    let input = &invocation.input;
    let times = input.get("times").and_then(Value::as_u64).unwrap_or(u64::MAX);
    if u64::from(invocation.attempt) > times {
        return Outcome::succeeded(input);
    }
    let text = |key, default: &'static str| {
        input.get(key).and_then(Value::as_str).map_or_else(|| Text::const_new(default), Text::new)
    };
    let detail = input.get("detail").map_or(Data::None, Data::json);
    Outcome::Failed(Failure {
        error: text("error", errors::TASK_FAILED),
        message: text("message", "the function `fail` was asked to fail"),
        detail,
    })
}
