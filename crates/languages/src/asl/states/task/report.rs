//! What history says of a task, and what its errors are called, by kind of resource.

use tidegate_json::Value;
use tidegate_model::Text;
use tidegate_model::outcome::errors;

use super::Task;
use super::limits::Bounds;
use crate::asl::history::Details;
use crate::asl::resource::{Pattern, Resource, Service, function_name};
use crate::asl::turn::{Error, Turn};

/// The error of a task that took too long, or whose worker gave no sign of life.
const TIMEOUT: &str = "States.Timeout";

impl Task {
    pub(super) fn note_scheduled(
        &self,
        turn: &mut Turn<'_, '_, '_>,
        arguments: &Value,
        bounds: Bounds,
        credentials: Option<&Value>,
    ) {
        let seconds = |span: Option<tidegate_model::Span>| span.map(|span| Value::from(span.0 / 1000));
        let limits = |details: Details| {
            details
                .maybe("timeoutInSeconds", seconds(bounds.timeout))
                .maybe("heartbeatInSeconds", seconds(bounds.heartbeat))
        };
        let credentials = credentials.and_then(|all| all.get("RoleArn")).cloned();
        let credentials = credentials.map(|role| Value::object([("roleArn", role)]));
        match &self.resource {
            Resource::Lambda { arn, .. } => {
                let details = Details::new().with("resource", arn.as_str()).with("input", arguments.clone());
                let details = limits(details).maybe("taskCredentials", credentials);
                turn.note("LambdaFunctionScheduled", details);
                turn.note("LambdaFunctionStarted", Details::new());
            }
            Resource::Activity { arn, .. } => {
                let details = Details::new().with("resource", arn.as_str()).with("input", arguments.clone());
                turn.note("ActivityScheduled", limits(details));
            }
            Resource::Service(service) => {
                let region = turn.frame.place.region.clone();
                let details =
                    of_service(service).with("region", region.as_str()).with("parameters", arguments.clone());
                turn.note("TaskScheduled", limits(details).maybe("taskCredentials", credentials));
                turn.note("TaskStarted", of_service(service));
            }
        }
    }

    pub(super) fn note_taken(&self, turn: &mut Turn<'_, '_, '_>, worker: Option<&str>) {
        if matches!(self.resource, Resource::Activity { .. }) {
            turn.note("ActivityStarted", Details::new().maybe("workerName", worker));
        }
    }

    /// What the state has for a result where its work gave `data`.
    pub(super) fn result_of(&self, turn: &Turn<'_, '_, '_>, data: Value) -> Value {
        let Resource::Service(service) = &self.resource else { return data };
        if turn.frame.is_played() {
            return data;
        }
        match (service.service.as_str(), service.action.as_str(), service.pattern) {
            (_, _, Pattern::TaskToken) => data,
            ("lambda", "invoke", _) => answer_of_lambda(turn, data),
            ("states", "startExecution", pattern) => {
                let output = if pattern == Pattern::Sync2 { data } else { Value::from(data.to_text()) };
                let included = Value::object([("Included", Value::from(true))]);
                let reason = "Execution is SUCCEEDED and cannot be redriven";
                let rest = vec![
                    ("Output", output),
                    ("OutputDetails", included),
                    ("RedriveCount", Value::from(0)),
                    ("RedriveStatus", Value::from("NOT_REDRIVABLE")),
                    ("RedriveStatusReason", Value::from(reason)),
                ];
                Self::description(turn, "SUCCEEDED", rest)
            }
            _ => data,
        }
    }

    /// A request was answered that is not the work itself, or is all of it.
    pub(super) fn answered(&self, turn: &mut Turn<'_, '_, '_>, data: Value) {
        let Some(service) = self.service() else { return };
        let is_nested = service.service == "states";
        // One that tells of an attempt that has failed meanwhile comes too late.
        if is_nested && data.get("retries").and_then(Value::as_u64) != turn.active.retries {
            return;
        }
        let answer = if is_nested {
            Self::started(turn)
        } else if service.service == "lambda" {
            answer_of_lambda(turn, data)
        } else {
            data
        };
        if service.pattern != Pattern::RequestResponse {
            self.note_answer(turn, service, answer);
            turn.wait();
        } else {
            self.succeeded(turn, &answer);
        }
    }

    pub(super) fn note_succeeded(&self, turn: &mut Turn<'_, '_, '_>, result: &Value) {
        match &self.resource {
            Resource::Lambda { .. } => {
                turn.note("LambdaFunctionSucceeded", Details::new().with("output", result.clone()));
            }
            Resource::Activity { .. } => {
                turn.note("ActivitySucceeded", Details::new().with("output", result.clone()));
            }
            Resource::Service(service) => {
                turn.note("TaskSucceeded", of_service(service).with("output", result.clone()));
            }
        }
    }

    /// Tells of the failure that `data` is about, and what it is called in the machine.
    pub(super) fn note_failed(&self, turn: &mut Turn<'_, '_, '_>, data: &Value) -> Error {
        let error = self.error(turn, data);
        let event = if error.error == TIMEOUT { "TimedOut" } else { "Failed" };
        self.note_end(turn, event, &error);
        error
    }

    /// Tells that the result is larger than may be.
    pub(super) fn note_too_large(&self, turn: &mut Turn<'_, '_, '_>) -> Error {
        let what = match &self.resource {
            Resource::Lambda { arn, .. } | Resource::Activity { arn, .. } => arn,
            Resource::Service(service) => &service.service,
        };
        let cause = format!(
            "The state/task '{what}' returned a result with a size exceeding the maximum number of bytes service \
             limit."
        );
        let error = Error { error: Text::const_new("States.DataLimitExceeded"), cause: cause.into() };
        self.note_end(turn, "Failed", &error);
        error
    }

    /// Tells of the failure `error` of a call that was not made.
    pub(super) fn note_thrown(&self, turn: &mut Turn<'_, '_, '_>, error: &Error) {
        let event = if error.error == TIMEOUT { "TimedOut" } else { "Failed" };
        self.note_end(turn, event, error);
    }

    /// Tells that a request was answered whose end is still to come.
    pub(super) fn note_answer(&self, turn: &mut Turn<'_, '_, '_>, service: &Service, answer: Value) {
        turn.note("TaskSubmitted", of_service(service).with("output", answer));
    }

    fn note_end(&self, turn: &mut Turn<'_, '_, '_>, event: &str, error: &Error) {
        let (kind, details) = match &self.resource {
            Resource::Lambda { .. } => ("LambdaFunction", Details::new()),
            Resource::Activity { .. } => ("Activity", Details::new()),
            Resource::Service(service) => ("Task", of_service(service)),
        };
        turn.note(&format!("{kind}{event}"), details.failure(&error.error, &error.cause));
    }

    fn error(&self, turn: &Turn<'_, '_, '_>, data: &Value) -> Error {
        let text = |name: &str| data.get(name).and_then(Value::as_str).unwrap_or_default();
        let (error, message) = (text("error"), text("message"));
        let new = |error: &str, cause: String| Error { error: error.into(), cause: cause.into() };
        match error {
            _ if turn.frame.is_played() => new(error, message.to_owned()),
            errors::TIMEOUT | errors::HEARTBEAT_TIMEOUT => new(TIMEOUT, String::new()),
            errors::UNKNOWN_FUNCTION => self.unknown_function(turn, message),
            errors::UNKNOWN_WORKFLOW => {
                let arn =
                    turn.active.asked.get("StateMachineArn").and_then(Value::as_str).unwrap_or_default();
                let cause = format!(
                    "State Machine Does Not Exist: '{arn}' (Service: AWSStepFunctions; Status Code: 400; Error Code: \
                     StateMachineDoesNotExist; Request ID: {}; Proxy: null)",
                    turn.draw_uuid()
                );
                new("StepFunctions.StateMachineDoesNotExistException", cause)
            }
            _ if self.is_nested_job() => {
                let said = |name, text: &str| (!text.is_empty()).then(|| (name, Value::from(text)));
                let rest = [said("Error", error), said("Cause", message)].into_iter().flatten().collect();
                let status = if error == errors::CANCELLED { "ABORTED" } else { "FAILED" };
                new("States.TaskFailed", Self::description(turn, status, rest).to_text())
            }
            errors::TASK_FAILED | errors::NOT_STARTED | errors::NO_ENDPOINT => {
                new("States.TaskFailed", message.to_owned())
            }
            // Parameters that the service cannot be asked with.
            errors::INVALID_VALUE if self.service().is_some() => new("States.Runtime", message.to_owned()),
            _ => match data.get("detail").filter(|detail| detail.as_object().is_some()) {
                Some(detail) => new(error, as_lambda_tells(error, message, detail).to_text()),
                None => new(error, message.to_owned()),
            },
        }
    }

    fn is_nested_job(&self) -> bool {
        self.service().is_some_and(|service| {
            service.service == "states" && matches!(service.pattern, Pattern::Sync | Pattern::Sync2)
        })
    }

    fn unknown_function(&self, turn: &Turn<'_, '_, '_>, message: &str) -> Error {
        let function = match &self.resource {
            Resource::Lambda { function, .. } => function.to_string(),
            Resource::Activity { arn, .. } => {
                let cause = format!("Activity Does Not Exist: '{arn}'");
                return Error { error: Text::const_new("ActivityDoesNotExist"), cause: cause.into() };
            }
            Resource::Service(service) if service.service == "lambda" => {
                let function = turn.active.asked.get("function").and_then(Value::as_str).unwrap_or_default();
                function_name(function).to_owned()
            }
            Resource::Service(service) => {
                let cause = format!(
                    "{message}: nothing here answers for `{}`; register a function `{}` that does",
                    service.service,
                    service.function()
                );
                return Error { error: Text::const_new("States.TaskFailed"), cause: cause.into() };
            }
        };
        let place = &turn.frame.place;
        let cause = format!(
            "Function not found: arn:aws:lambda:{}:{}:function:{function}:$LATEST (Service: AWSLambda; Status Code: \
             404; Error Code: ResourceNotFoundException; Request ID: {}; Proxy: null)",
            place.region,
            place.account,
            turn.draw_uuid()
        );
        Error { error: Text::const_new("Lambda.ResourceNotFoundException"), cause: cause.into() }
    }
}

/// A failure as Lambda tells of it: what went wrong, then whatever else the function said.
fn as_lambda_tells(error: &str, message: &str, detail: &Value) -> Value {
    let told = [("errorMessage", Value::from(message)), ("errorType", Value::from(error))];
    let mut told = Value::object(told);
    for (name, value) in detail.as_object().into_iter().flat_map(|detail| detail.iter()) {
        told.set(name.clone(), value.clone());
    }
    told
}

fn of_service(service: &Service) -> Details {
    Details::new().with("resourceType", service.service.as_str()).with("resource", service.resource.as_str())
}

/// What `lambda:invoke` answers where the function gave `payload`.
fn answer_of_lambda(turn: &Turn<'_, '_, '_>, payload: Value) -> Value {
    let is_event = turn.active.asked.get("type").and_then(Value::as_str) == Some("Event");
    let (status, payload) = if is_event { (202, Value::from("")) } else { (200, payload) };
    let request = turn.draw_uuid();
    let length = if is_event { 0 } else { payload.to_text().len() };
    let one = |value: &str| Value::array([Value::from(value)]);
    let text = length.to_string();
    let all = Value::object([
        ("X-Amz-Executed-Version", one("$LATEST")),
        ("x-amzn-RequestId", one(&request)),
        ("Content-Length", one(&text)),
        ("Content-Type", one("application/json")),
    ]);
    let headers = Value::object([
        ("Content-Length", Value::from(text.as_str())),
        ("Content-Type", Value::from("application/json")),
        ("X-Amz-Executed-Version", Value::from("$LATEST")),
        ("x-amzn-RequestId", Value::from(request.as_str())),
    ]);
    let http = Value::object([
        ("AllHttpHeaders", all),
        ("HttpHeaders", headers),
        ("HttpStatusCode", Value::from(status)),
    ]);
    Value::object([
        ("ExecutedVersion", Value::from("$LATEST")),
        ("Payload", payload),
        ("SdkHttpMetadata", http),
        ("SdkResponseMetadata", Value::object([("RequestId", Value::from(request.as_str()))])),
        ("StatusCode", Value::from(status)),
    ])
}
