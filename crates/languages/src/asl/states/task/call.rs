//! What a task asks for, by kind of resource.

use std::sync::Arc;

use tidegate_engine::action::{Command, TaskPolicy};
use tidegate_json::Value;
use tidegate_model::{FunctionName, Retry, Text};

use super::limits::Bounds;
use super::mocked::respond;
use super::{Task, request, token_of};
use crate::asl::compile::TOKEN_FUNCTION;
use crate::asl::expression::Fault;
use crate::asl::mock::Absent;
use crate::asl::resource::{Resource, Service, function_name};
use crate::asl::turn::Turn;

/// The function that stands for `resource`; none where the input says which it is, or another execution is started.
pub(super) fn function(resource: &Resource) -> Option<FunctionName> {
    let name = match resource {
        Resource::Lambda { function, .. } => function.to_string(),
        Resource::Activity { name, .. } => format!("activity:{name}"),
        Resource::Service(service) => match (service.service.as_str(), service.action.as_str()) {
            ("lambda", "invoke") | ("states", "startExecution") => return None,
            (name, action) => format!("{name}:{action}"),
        },
    };
    FunctionName::new(&name).ok()
}

impl Task {
    /// Asks for the work, and has the scope wait for it.
    pub(super) fn call(&self, turn: &mut Turn<'_, '_, '_>) -> Result<(), Fault> {
        if self.waits_for_token() || self.offers_token || self.is_unfilled() {
            turn.show_token(turn.next_task());
        }
        let input = self.flow.input(turn)?;
        let bounds = self.limits.bounds(turn, &input)?;
        let arguments = self.flow.arguments(turn, input.clone())?;
        let evaluate = |shape: &crate::asl::flow::Shape| shape.evaluate(turn, &input, None, None);
        let credentials = self.credentials.as_ref().map(evaluate).transpose()?;
        let mocked = self.mock.as_ref().map(|responses| respond(turn, &self.name, responses)).transpose()?;
        self.note_scheduled(turn, &arguments, bounds, credentials.as_ref());
        if let Some(response) = mocked {
            self.play(turn, response);
            return Ok(());
        }
        if self.absent == Absent::Answers && self.calls_nobody(&arguments) {
            self.answer_for_absent(turn, &arguments);
            return Ok(());
        }
        self.make(turn, arguments, bounds)
    }

    /// Makes the call.
    fn make(&self, turn: &mut Turn<'_, '_, '_>, arguments: Value, bounds: Bounds) -> Result<(), Fault> {
        let kept = arguments.clone();
        match &self.resource {
            Resource::Lambda { function, .. } => {
                invoke(turn, self.name.clone(), function, arguments, bounds)?;
            }
            Resource::Activity { name, .. } => {
                let function = format!("activity:{name}");
                invoke(turn, self.name.clone(), &function, arguments, bounds)?;
            }
            Resource::Service(service) if self.waits_for_token() => {
                invoke(turn, self.name.clone(), TOKEN_FUNCTION, arguments.clone(), bounds)?;
                self.request(turn, service, request(&self.name).into(), arguments, Bounds::default())?;
            }
            Resource::Service(service) => {
                if self.offers_token {
                    let token = token_of(&self.name).into();
                    invoke(turn, token, TOKEN_FUNCTION, arguments.clone(), Bounds::default())?;
                }
                self.request(turn, service, self.name.clone(), arguments, bounds)?;
            }
        }
        self.keep_arguments(turn, kept);
        turn.wait();
        Ok(())
    }

    /// Asks a service, under the name `subject`.
    fn request(
        &self,
        turn: &mut Turn<'_, '_, '_>,
        service: &Service,
        subject: Text,
        arguments: Value,
        bounds: Bounds,
    ) -> Result<(), Fault> {
        match (service.service.as_str(), service.action.as_str()) {
            ("lambda", "invoke") => {
                let function = arguments.get("FunctionName").and_then(Value::as_str).unwrap_or_default();
                turn.active.asked = asked_of_function(&arguments);
                let function = function_name(function).to_owned();
                invoke(turn, subject, &function, payload(&arguments), bounds)
            }
            ("states", "startExecution") => {
                self.start(turn, service, subject, &arguments);
                Ok(())
            }
            _ => invoke(turn, subject, &service.function(), arguments, bounds),
        }
    }
}

/// What is remembered of a call of `lambda:invoke`.
pub(super) fn asked_of_function(arguments: &Value) -> Value {
    let function = arguments.get("FunctionName").and_then(Value::as_str).unwrap_or_default();
    Value::object([
        ("function", Value::from(function)),
        ("type", arguments.get("InvocationType").cloned().unwrap_or_default()),
    ])
}

/// The payload of a call of `lambda:invoke`. Text is taken for JSON, as Lambda takes what it is sent.
pub(super) fn payload(arguments: &Value) -> Value {
    match arguments.get("Payload") {
        Some(Value::String(text)) => Value::parse(text).unwrap_or_else(|_| Value::String(text.clone())),
        Some(payload) => payload.clone(),
        None => Value::object::<&str, Value>([]),
    }
}

fn invoke(
    turn: &mut Turn<'_, '_, '_>,
    subject: Text,
    function: &str,
    input: Value,
    bounds: Bounds,
) -> Result<(), Fault> {
    let function = FunctionName::new(function)
        .map_err(|error| Fault::runtime(format!("the resource names no function: {error}")))?;
    let Bounds { timeout, heartbeat } = bounds;
    // Whether to try again is for the state to say.
    let retry = Some(Retry::default());
    let policy = Arc::new(TaskPolicy { retry, timeout, heartbeat, ..TaskPolicy::default() });
    turn.command(Command::Invoke { subject, function, input, policy });
    Ok(())
}
