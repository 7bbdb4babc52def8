//! What a tested state asks of others, where nothing plays it: the function that it names is called, and the state machine
//! started.
//!
//! The pure part of the test says what is asked for and is told how that ended; nothing of it is an execution.

use std::time::Duration;

use tidegate_engine::Reply;
use tidegate_json::Value;
use tidegate_languages::asl::rehearse::{Request, Work};
use tidegate_languages::asl::resource::{Pattern, Resource};
use tidegate_model::entry::StartRun;
use tidegate_model::outcome::errors;
use tidegate_model::{Data, Input, Labels, Text, WorkflowName};

use crate::App;
use crate::aws::fault::Fault;
use crate::aws::lambda::invoke::{self, Called};

/// The longest test: five minutes, as on AWS.
const PATIENCE: Duration = Duration::from_mins(5);

/// Does what a state asks for.
pub(super) async fn carry_out(app: &App, asked: Request) -> Result<Work, Fault> {
    match asked {
        Request::Call { function, input, timeout } => {
            let patience = timeout.map_or(PATIENCE, |timeout| Duration::from_millis(timeout.0).min(PATIENCE));
            Ok(match invoke::call(app, &function, &input, patience).await? {
                Called::Well(result) => Work::Answer(result),
                Called::Badly(failure) => Work::Failure(failure),
            })
        }
        Request::Start { workflow, input, key } => {
            let Ok(workflow) = WorkflowName::new(&workflow) else { return Ok(no_machine()) };
            let start = StartRun {
                workflow,
                program: None,
                input: Data::json(&input),
                labels: Labels::NONE,
                key: Some(Text::from(key.as_str())),
            };
            Ok(match app.node.submit(Input::StartRun(start)).await?.reply {
                Reply::Run { .. } => {
                    let started = [
                        ("ExecutionArn", Value::from(key.as_str())),
                        ("StartDate", Value::from(super::now().0)),
                    ];
                    Work::Result(Value::object(started))
                }
                Reply::Refused(_) => no_machine(),
                Reply::Done | Reply::Duplicate { .. } | Reply::Applied { .. } => {
                    return Err(Fault::internal("the engine gave an answer of another kind"));
                }
            })
        }
    }
}

fn no_machine() -> Work {
    let message = "there is no such state machine";
    Work::Failure(Value::object([("error", errors::UNKNOWN_WORKFLOW), ("message", message)]))
}

/// Whether a Task state can be tested by calling what it names.
pub(super) fn see_to_the_resource(state: &Value) -> Result<(), Fault> {
    let resource = state.get("Resource").and_then(Value::as_str).unwrap_or_default();
    let is_awaited = match Resource::parse(resource) {
        Ok(Resource::Service(service)) => service.pattern != Pattern::RequestResponse,
        Ok(Resource::Activity { .. }) => true,
        Ok(Resource::Lambda { .. }) | Err(_) => false,
    };
    if is_awaited {
        let message =
            format!("TestState does not support the resource '{resource}' when a mock is not specified.");
        return Err(Fault::validation(message));
    }
    Ok(())
}
