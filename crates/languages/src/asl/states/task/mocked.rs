//! Calls that are not made: mocked ones, and those that nothing is there for.
//!
//! History tells of them as of calls that were made, in one firing: nothing is waited for.

use tidegate_json::Value;
use tidegate_model::FunctionName;
use tidegate_model::outcome::errors;

use super::Task;
use super::call::{asked_of_function, payload};
use crate::asl::expression::Fault;
use crate::asl::mock::response::{Response, Responses};
use crate::asl::mock::{Absent, answers};
use crate::asl::rescue::Told;
use crate::asl::resource::{Pattern, Resource, Service, function_name};
use crate::asl::turn::{Error, Turn};

/// The member of what a state has asked for that has the arguments of its call.
const ARGUMENTS: &str = "arguments";

impl Task {
    /// Ends the call as `response` says.
    pub(super) fn play(&self, turn: &mut Turn<'_, '_, '_>, response: &Response) {
        self.note_taken(turn, None);
        match response {
            Response::Return(result) => {
                self.note_submitted(turn, result);
                let result = self.mocked_result(result);
                self.succeeded(turn, &result);
            }
            Response::Throw { error, cause } => {
                self.note_submitted(turn, &Value::Null);
                let error = Error { error: error.clone(), cause: cause.clone() };
                self.note_thrown(turn, &error);
                self.rescue.handle(turn, error, Told::Nothing);
            }
        }
    }

    /// The result in a mocked response: that of `lambda:invoke` is taken for a function that is called by its ARN too.
    fn mocked_result(&self, result: &Value) -> Value {
        let is_answer = |result: &Value| result.get("StatusCode").is_some();
        match (&self.resource, result.get("Payload")) {
            (Resource::Lambda { .. }, Some(payload)) if is_answer(result) => payload.clone(),
            _ => result.clone(),
        }
    }

    fn note_submitted(&self, turn: &mut Turn<'_, '_, '_>, result: &Value) {
        let Some(service) = self.service().filter(|service| service.pattern != Pattern::RequestResponse)
        else {
            return;
        };
        let member = |name: &'static str| result.get(name).map(|value| (name, value.clone()));
        let answer = match (service.service.as_str(), service.pattern) {
            ("states", Pattern::Sync | Pattern::Sync2) => {
                Value::object([member("ExecutionArn"), member("StartDate")].into_iter().flatten())
            }
            _ => answers::of(service),
        };
        self.note_answer(turn, service, answer);
    }

    /// Whether the definition has a template for what is called, which may have its token handed over.
    pub(super) fn is_unfilled(&self) -> bool {
        matches!(&self.resource, Resource::Lambda { arn, .. } if arn.starts_with("${"))
    }

    /// Whether it is known before a call that nobody will take it: those outside have no way in where what is not there
    /// is answered for, and a name that no function can have is one of none.
    pub(super) fn calls_nobody(&self, arguments: &Value) -> bool {
        let is_name = |name: &str| FunctionName::new(name).is_ok();
        match &self.resource {
            Resource::Activity { .. } => true,
            Resource::Lambda { function, .. } => !is_name(function),
            Resource::Service(service) if service.pattern == Pattern::TaskToken => true,
            Resource::Service(service) if service.service == "lambda" => {
                let function = arguments.get("FunctionName").and_then(Value::as_str).unwrap_or_default();
                !is_name(function_name(function))
            }
            Resource::Service(_) => false,
        }
    }

    /// Answers a call with `arguments` for whoever is not there.
    pub(super) fn answer_for_absent(&self, turn: &mut Turn<'_, '_, '_>, arguments: &Value) {
        let result = match &self.resource {
            Resource::Lambda { .. } | Resource::Activity { .. } => arguments.clone(),
            Resource::Service(service) => self.answer_of_absent(turn, service, arguments),
        };
        self.play(turn, &Response::Return(result));
    }

    fn answer_of_absent(&self, turn: &mut Turn<'_, '_, '_>, service: &Service, arguments: &Value) -> Value {
        match (service.service.as_str(), service.action.as_str(), service.pattern) {
            (_, _, Pattern::TaskToken) => answers::delivered(service, arguments),
            ("lambda", "invoke", _) => {
                turn.active.asked = asked_of_function(arguments);
                self.result_of(turn, payload(arguments))
            }
            ("states", "startExecution", Pattern::RequestResponse) => Self::started(turn),
            ("states", "startExecution", _) => {
                let input = turn.active.asked.get("Input").cloned().unwrap_or_default();
                // The input of a job whose output is text is text as well.
                let output = input.as_str().and_then(|text| Value::parse(text).ok()).unwrap_or(input);
                self.result_of(turn, output)
            }
            _ => answers::of(service),
        }
    }

    /// Keeps the arguments of a call, in case nothing is there for it.
    pub(super) fn keep_arguments(&self, turn: &mut Turn<'_, '_, '_>, arguments: Value) {
        if self.absent == Absent::Answers && !self.is_nested() {
            turn.active.asked.set(ARGUMENTS, arguments);
        }
    }

    /// Answers for what the failure in `data` says is not there; whether it was that.
    pub(super) fn was_absent(&self, turn: &mut Turn<'_, '_, '_>, data: &Value) -> bool {
        let error = data.get("error").and_then(Value::as_str);
        let is_absent =
            matches!(error, Some(errors::UNKNOWN_FUNCTION | errors::UNKNOWN_WORKFLOW | errors::NO_ENDPOINT));
        if !is_absent || self.absent == Absent::Fails {
            return false;
        }
        let arguments = turn.active.asked.get(ARGUMENTS).cloned().unwrap_or_default();
        self.answer_for_absent(turn, &arguments);
        true
    }
}

/// The mocked response to this call of the state `name`.
///
/// # Errors
/// Where there is none with the number that the call has.
pub(crate) fn respond<'r>(
    turn: &mut Turn<'_, '_, '_>,
    name: &str,
    responses: &'r Responses,
) -> Result<&'r Response, Fault> {
    let number = turn.count_call(name);
    responses.to(number).ok_or_else(|| {
        let known = match responses.count() {
            0 => "it has none at all".to_owned(),
            1 => "it has one, 0".to_owned(),
            count => format!("it has those from 0 to {}", count - 1),
        };
        Fault::runtime(format!("No mocked response for call {number} of the state '{name}': {known}."))
    })
}
