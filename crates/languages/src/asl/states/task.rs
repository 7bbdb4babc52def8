//! Task: has work done elsewhere, and goes on with its result.
//!
//! - this module: entering, trying again, and what becomes of the end of the work
//! - `call`: what is asked for, by kind of resource
//! - `limits`: timeouts and heartbeats
//! - `mocked`: calls that are not made
//! - `nested`: other executions, through `states:startExecution`
//! - `report`: the events of history and the errors, by kind of resource

mod call;
mod limits;
pub(crate) mod mocked;
mod nested;
mod report;

use tidegate_engine::action::{Action, Command, Plan, Started};
use tidegate_engine::registry::MalformedParams;
use tidegate_json::Value;
use tidegate_model::{Failure, FunctionName, Text};

use super::act::{act, act_starting};
use crate::asl::flow::{Flow, Product, Shape};
use crate::asl::machine::StateParams;
use crate::asl::mock::Absent;
use crate::asl::mock::response::Responses;
use crate::asl::rescue::{Rescue, Told};
use crate::asl::resource::{Pattern, Resource, Service};
use crate::asl::turn::{Error, Next, Turn};
use limits::Limits;

/// The largest result where AWS's limits bind.
const RESULT_BYTES_MAX: usize = 262_144;

/// A Task state.
#[derive(Debug)]
pub(crate) struct Task {
    name: Text,
    flow: Flow,
    resource: Resource,
    /// The function that carries it out, where the resource alone says which.
    function: Option<FunctionName>,
    limits: Limits,
    credentials: Option<Shape>,
    next: Next,
    rescue: Rescue,
    mock: Option<Responses>,
    absent: Absent,
    /// Whether whoever has the task's token may end it, beside the job that it waits for.
    offers_token: bool,
}

/// What the request of a task that waits for its token is called.
pub(crate) fn request(name: &str) -> String {
    format!("{name}:request")
}

/// What the token of a task is called that waits for a job as well.
pub(crate) fn token_of(name: &str) -> String {
    format!("{name}:token")
}

/// Whether a state that waits for the end of a job also shows its token to somebody, who may end it first.
pub(crate) fn offers_token(definition: &Value, resource: &Resource) -> bool {
    let Resource::Service(service) = resource else { return false };
    let is_job = matches!(service.pattern, Pattern::Sync | Pattern::Sync2);
    is_job && definition.to_text().contains("Task.Token")
}

/// The type of the event that tells a state that the execution it started is there.
pub(crate) const STARTED: &str = "asl.started";

impl Task {
    fn of(params: &Value) -> Result<Self, MalformedParams> {
        let state = StateParams::of(params)?;
        let resource = state.text("Resource").unwrap_or_default();
        let absent = Absent::of(params);
        let resource = match absent {
            Absent::Fails => Resource::parse(resource),
            Absent::Answers => Resource::of_template(resource),
        };
        let credentials = state.field("Credentials");
        let credentials =
            credentials.map(|shape| Shape::new(shape, state.language, "Credentials")).transpose()?;
        let resource = resource.map_err(|message| MalformedParams::at("Resource", message))?;
        Ok(Self {
            flow: Flow::of(&state)?,
            offers_token: offers_token(&state.definition, &resource),
            function: call::function(&resource),
            resource,
            limits: Limits::of(&state)?,
            credentials,
            next: state.next()?,
            rescue: Rescue::of(&state)?,
            mock: Responses::of(params)?,
            absent,
            name: state.name,
        })
    }

    fn starts(&self) -> Vec<Started<'_>> {
        match (&self.function, self.service()) {
            (Some(function), _) => vec![Started::Function(function)],
            (None, Some(service)) if service.service == "states" => vec![Started::Workflow],
            (None, _) => Vec::new(),
        }
    }

    fn service(&self) -> Option<&Service> {
        match &self.resource {
            Resource::Service(service) => Some(service),
            Resource::Lambda { .. } | Resource::Activity { .. } => None,
        }
    }

    fn is_nested(&self) -> bool {
        self.service()
            .is_some_and(|service| service.service == "states" && service.action == "startExecution")
    }

    fn waits_for_token(&self) -> bool {
        self.service().is_some_and(|service| service.pattern == Pattern::TaskToken)
    }

    /// Asks for the work.
    fn ask(&self, turn: &mut Turn<'_, '_, '_>) {
        if let Err(fault) = self.call(turn) {
            self.rescue.fault(turn, &fault, Told::Nothing);
        }
    }

    /// The work gave `result`.
    fn succeeded(&self, turn: &mut Turn<'_, '_, '_>, result: &Value) {
        if turn.frame.limited && result.to_text().len() > RESULT_BYTES_MAX {
            let error = self.note_too_large(turn);
            self.rescue.handle(turn, error, Told::Nothing);
            return;
        }
        turn.show("result", result);
        self.note_succeeded(turn, result);
        self.done(turn, result);
    }

    /// Goes on with `result`.
    fn done(&self, turn: &mut Turn<'_, '_, '_>, result: &Value) {
        match self.flow.product(turn, result) {
            Ok(Product { output, assigned }) => turn.leave("Task", &self.next, output, assigned),
            Err(fault) => {
                self.rescue.fault(turn, &fault, Told::Nothing);
            }
        }
    }
}

pub(crate) fn make_enter(params: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    Ok(act_starting(Task::of(params)?, Task::enter, Task::starts))
}

pub(crate) fn make_again(params: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    Ok(act_starting(Task::of(params)?, Task::again, Task::starts))
}

pub(crate) fn make_taken(params: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    Ok(act(Task::of(params)?, Task::take))
}

pub(crate) fn make_answered(params: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    Ok(act(Task::of(params)?, Task::answer))
}

pub(crate) fn make_ended(params: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    Ok(act(Task::of(params)?, Task::end))
}

pub(crate) fn make_failed(params: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    Ok(act(Task::of(params)?, Task::break_off))
}

impl Task {
    /// The scope has come to the state.
    fn enter(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let mut turn = Turn::enter(plan, &self.name)?;
        self.rescue.begin(&mut turn);
        self.ask(&mut turn);
        Ok(())
    }

    /// The wait before another attempt is over.
    fn again(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        if let Some(mut turn) = Turn::resume(plan, &self.name) {
            self.ask(&mut turn);
        }
        Ok(())
    }

    /// A worker outside has taken the task.
    fn take(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        if let Some(mut turn) = Turn::resume(plan, &self.name) {
            let data = turn.event_data()?;
            self.note_taken(&mut turn, data.get("by").and_then(Value::as_str));
            turn.wait();
        }
        Ok(())
    }

    /// The request of a task that waits for its token was answered, or an execution was started.
    fn answer(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        if let Some(mut turn) = Turn::resume(plan, &self.name) {
            let data = turn.event_data()?;
            self.answered(&mut turn, data);
        }
        Ok(())
    }

    /// The work has ended well.
    fn end(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        if let Some(mut turn) = Turn::resume(plan, &self.name) {
            let data = turn.event_data()?;
            if self.waits_for_token() {
                turn.command(Command::Abandon { subject: request(&self.name).into() });
            }
            let result = match self.is_by_token(&mut turn) {
                true => data,
                false => self.result_of(&turn, data),
            };
            self.succeeded(&mut turn, &result);
        }
        Ok(())
    }

    /// The work, or the request for it, has failed.
    fn break_off(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        if let Some(mut turn) = Turn::resume(plan, &self.name) {
            let data = turn.event_data()?;
            if self.waits_for_token() {
                turn.command(Command::Abandon { subject: request(&self.name).into() });
                turn.command(Command::Abandon { subject: self.name.clone() });
            }
            if self.is_by_token(&mut turn) {
                let text = |name: &str| data.get(name).and_then(Value::as_str).unwrap_or_default().into();
                let error = Error { error: text("error"), cause: text("message") };
                self.note_thrown(&mut turn, &error);
                self.rescue.handle(&mut turn, error, Told::Nothing);
                return Ok(());
            }
            if self.is_nested() {
                // The event that tells that it has started is on its way all the same.
                turn.forget();
            }
            if self.was_absent(&mut turn, &data) {
                return Ok(());
            }
            let error = self.note_failed(&mut turn, &data);
            self.rescue.handle(&mut turn, error, Told::Nothing);
        }
        Ok(())
    }

    /// Whether it was whoever has the token that ended the task, and not the job. The other of the two is not waited for
    /// any more.
    fn is_by_token(&self, turn: &mut Turn<'_, '_, '_>) -> bool {
        if !self.offers_token {
            return false;
        }
        let token = token_of(&self.name);
        let is_by_token = turn.event_subject() == Some(token.as_str());
        let other = if is_by_token { self.name.clone() } else { token.into() };
        turn.command(Command::Abandon { subject: other });
        is_by_token
    }
}
