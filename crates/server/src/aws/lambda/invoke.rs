//! Calling a function: a run of a workflow that does nothing else, so that calls are journaled like all work.

use std::time::Duration;

use axum::extract::{Path, Query, Request, State};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::json;
use tidegate_engine::{Refusal, Reply};
use tidegate_json::{RawJson, Value};
use tidegate_model::entry::{Document, StartRun};
use tidegate_model::outcome::errors;
use tidegate_model::{Data, FunctionName, Input, Labels, Name, Outcome, Program, RunId, TaskId, Text};

use super::functions::Which;
use super::name::{LATEST, Named};
use crate::App;
use crate::aws::caller::Caller;
use crate::aws::fault::{Fault, json_response, marked};
use crate::request;

/// Bytes of the end of a log that an answer carries.
const LOG_BYTES_MAX: usize = 4096;

/// What the workflow calls its one step.
const STEP: &str = "call";

/// How a call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The answer is the result.
    RequestResponse,
    /// The answer is that it will be done.
    Event,
    /// Nothing is called.
    DryRun,
}

/// Calls a function.
pub(super) async fn invoke(
    State(app): State<App>,
    Path(name): Path<String>,
    Query(which): Query<Which>,
    request: Request,
) -> Response {
    match try_invoke(&app, &name, &which, request).await {
        Ok(answer) => answer,
        Err(fault) => fault.into_rest(),
    }
}

async fn try_invoke(app: &App, name: &str, which: &Which, request: Request) -> Result<Response, Fault> {
    let caller = Caller::of(request.headers());
    let named = Named::parse(name, which.qualifier.as_deref())?;
    let kind = kind(request.headers())?;
    let wants_log = stated(request.headers(), "x-amz-log-type") == Some("Tail");
    let body = request::body(request, app.node.limits().max_bytes).await?;
    let input = payload(&body)?;
    let function = named.function();
    if !is_registered(app, &function).await? {
        return Err(named.missing(&caller));
    }
    if kind == Kind::DryRun {
        return Ok(marked(StatusCode::NO_CONTENT.into_response()));
    }
    let run = start(app, &function, input).await?;
    if kind == Kind::Event {
        return Ok(marked(StatusCode::ACCEPTED.into_response()));
    }
    let outcome = app.unless_stopping(app.node.wait_run(run)).await??;
    let mut answer = answered(app, outcome).await?;
    let headers = answer.headers_mut();
    let version = named.version.as_deref().unwrap_or(LATEST);
    if let Ok(version) = HeaderValue::from_str(version) {
        headers.insert("x-amz-executed-version", version);
    }
    if wants_log {
        let log = app.node.runtimes().logs(TaskId { run, number: 1 }).text();
        let tail = &log.as_bytes()[log.len().saturating_sub(LOG_BYTES_MAX)..];
        if let Ok(tail) = HeaderValue::from_str(&STANDARD.encode(tail)) {
            headers.insert("x-amz-log-result", tail);
        }
    }
    Ok(answer)
}

fn stated<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn kind(headers: &HeaderMap) -> Result<Kind, Fault> {
    match stated(headers, "x-amz-invocation-type") {
        None | Some("RequestResponse") => Ok(Kind::RequestResponse),
        Some("Event") => Ok(Kind::Event),
        Some("DryRun") => Ok(Kind::DryRun),
        Some(other) => Err(Fault::constraint(
            other,
            "invocationType",
            "Member must satisfy enum value set: [Event, DryRun, RequestResponse]",
        )),
    }
}

fn payload(body: &Bytes) -> Result<RawJson, Fault> {
    let text = if body.is_empty() { Ok("{}") } else { std::str::from_utf8(body) };
    let text = text.map_err(|error| invalid_payload(&error.to_string()))?;
    RawJson::parse(text).map_err(|error| invalid_payload(&error.message))
}

fn invalid_payload(why: &str) -> Fault {
    Fault::new(
        "InvalidRequestContentException",
        format!("Could not parse request body into json: Could not parse payload into json: {why}"),
    )
}

async fn is_registered(app: &App, function: &FunctionName) -> Result<bool, Fault> {
    let wanted = function.clone();
    Ok(app.node.ask(move |partition| partition.functions().any(|(known, _)| *known == wanted)).await?)
}

/// How a call ended that is not answered by REST: what the function gave, or what the engine says of its failure.
pub(crate) enum Called {
    Well(Value),
    Badly(Value),
}

/// Calls a function and waits for its end, no longer than `patience`.
pub(crate) async fn call(
    app: &App,
    function: &str,
    input: &Value,
    patience: Duration,
) -> Result<Called, Fault> {
    let badly =
        |error: &str, message: &str| Called::Badly(Value::object([("error", error), ("message", message)]));
    let unknown = || badly(errors::UNKNOWN_FUNCTION, &format!("no function is named `{function}`"));
    let Ok(function) = FunctionName::new(function) else { return Ok(unknown()) };
    if !is_registered(app, &function).await? {
        return Ok(unknown());
    }
    let run = start(app, &function, RawJson::from(input)).await?;
    let ended = tokio::time::timeout(patience, app.unless_stopping(app.node.wait_run(run)));
    let Ok(outcome) = ended.await else {
        // It may have ended meanwhile, and then there is nothing to cancel.
        app.node.submit(Input::Cancel { run, reason: Text::const_new("it took too long") }).await?;
        return Ok(badly(errors::TIMEOUT, ""));
    };
    let told = told(app, outcome??).await?;
    Ok(match told.get("failure") {
        Some(failure) => Called::Badly(failure.clone()),
        None => Called::Well(told.get("result").cloned().unwrap_or_default()),
    })
}

/// Starts a run that calls the function; its workflow is applied when it is first asked for.
async fn start(app: &App, function: &FunctionName, input: RawJson) -> Result<RunId, Fault> {
    let program = program(function)?;
    let start = StartRun {
        workflow: program.name.clone(),
        program: None,
        input: Data::Json(input),
        labels: Labels::NONE,
        key: None,
    };
    let mut reply = app.node.submit(Input::StartRun(start.clone())).await?.reply;
    if let Reply::Refused(Refusal::NotFound { .. }) = reply {
        app.command(Input::Apply { program: Document(program) }).await?;
        reply = app.node.submit(Input::StartRun(start)).await?.reply;
    }
    match reply {
        Reply::Run { run, .. } => Ok(run),
        Reply::Refused(refusal) => Err(Fault::new("ServiceException", refusal.to_string())
            .with_status(StatusCode::INTERNAL_SERVER_ERROR)),
        Reply::Done | Reply::Duplicate { .. } | Reply::Applied { .. } => {
            Err(Fault::internal("the engine gave an answer of another kind"))
        }
    }
}

/// The workflow that calls the function and tells how that ended, and never fails itself.
fn program(function: &FunctionName) -> Result<Program, Fault> {
    let name = Name::new(&format!("lambda.invoke:{function}"))
        .map_err(|error| Fault::validation(error.to_string()))?;
    let text = json!({
        "workflow": name.as_str(),
        "triggers": {
            "begin": {
                "on": "start",
                "do": [{"invoke": {"function": function.as_str(), "as": STEP, "input": "{% input %}"}}],
            },
            "succeeded": {"on": {"succeeded": STEP}, "do": [{"complete": {"result": "{% event.data %}"}}]},
            "failed": {"on": {"failed": STEP}, "do": [{"complete": {"failure": "{% event.data %}"}}]},
        },
    });
    let compiled = tidegate_languages::compile(&text.to_string(), name.as_str());
    compiled.program.ok_or_else(|| {
        let messages: Vec<String> = compiled.diagnostics.into_iter().map(|found| found.message).collect();
        Fault::internal(format!("the workflow of a call is not sound: {}", messages.join(", ")))
    })
}

/// What the workflow of a call tells of it: its `result`, or its `failure`.
async fn told(app: &App, outcome: Outcome) -> Result<Value, Fault> {
    match outcome {
        Outcome::Succeeded { data, .. } => {
            let content = app.node.payload(&data).await?;
            Value::parse_slice(&content).map_err(|error| Fault::internal(error.message))
        }
        Outcome::Failed(failure) => Ok(Value::object([(
            "failure",
            Value::object([("error", failure.error.as_str()), ("message", failure.message.as_str())]),
        )])),
    }
}

/// The answer to a call that has ended.
async fn answered(app: &App, outcome: Outcome) -> Result<Response, Fault> {
    let told = told(app, outcome).await?;
    let Some(failure) = told.get("failure") else {
        let result = told.get("result").cloned().unwrap_or_default();
        return Ok(json_response(StatusCode::OK, result.to_text(), "application/json"));
    };
    let mut answer = json_response(StatusCode::OK, report(failure).to_text(), "application/json");
    answer.headers_mut().insert("x-amz-function-error", HeaderValue::from_static("Unhandled"));
    Ok(answer)
}

/// A failure as AWS Lambda reports it.
fn report(failure: &Value) -> Value {
    let text = |name| failure.get(name).and_then(Value::as_str).unwrap_or_default();
    let kind = match text("error") {
        errors::TIMEOUT => "Sandbox.Timedout",
        kind => kind,
    };
    let mut report = Value::object([("errorMessage", text("message")), ("errorType", kind)]);
    let detail = failure.get("detail").and_then(Value::as_object);
    for (name, value) in detail.into_iter().flat_map(|detail| detail.iter()) {
        report.set(name.clone(), value.clone());
    }
    report
}
