//! How scopes of a machine begin: the execution, branches and iterations.

use tidegate_engine::action::{Action, Command, Plan};
use tidegate_engine::registry::MalformedParams;
use tidegate_json::Value;
use tidegate_model::outcome::errors;
use tidegate_model::{Data, Failure, Span, Text};

use super::act::act;
use crate::asl::expression::Fault;
use crate::asl::flow::Shape;
use crate::asl::frame::{Active, Parcel, Role, Shared};
use crate::asl::history::Details;
use crate::asl::machine::{Language, StateParams};
use crate::asl::redrive::{Redrive, Within};
use crate::asl::turn::{Next, Turn};

/// The timer at which an execution has taken too long.
pub(crate) const TIMEOUT: &str = "execution.timeout";

#[derive(Debug)]
struct Start {
    first: Next,
    role: Option<Text>,
    timeout: Option<Span>,
}

pub(crate) fn make_execution(params: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    let role = params.get("role").and_then(Value::as_str).map(Text::from);
    let timeout = params.get("timeout").and_then(Value::as_f64).and_then(Span::from_seconds_f64);
    Ok(act(Start { first: first(params)?, role, timeout }, Start::begin))
}

fn first(params: &Value) -> Result<Next, MalformedParams> {
    let text = |name: &'static str| {
        let text = params.get(name).and_then(Value::as_str).map(Text::from);
        text.ok_or_else(|| MalformedParams::at(name, "expected text"))
    };
    Ok(Next::State { name: text("first")?, kind: text("kind")? })
}

/// Before the first state.
fn nowhere(plan: &Plan<'_, '_>) -> Active {
    Active {
        name: Text::const_new(""),
        entered: 0,
        entered_at: plan.scene.at,
        input: Value::Null,
        retries: None,
        by_retrier: Vec::new(),
        last: 0,
        asked: Value::Null,
        shared: None,
    }
}

impl Start {
    fn begin(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let redrive = Redrive::of(plan.scene);
        let input = redrive.as_ref().map_or(plan.scene.input, |redrive| &redrive.input).clone();
        let mut active = nowhere(plan);
        active.last = redrive.as_ref().map_or(0, |redrive| redrive.events);
        let mut turn = Turn::of(plan, active);
        let role = self.role.as_deref();
        match &redrive {
            None => turn
                .note("ExecutionStarted", Details::new().with("input", input.clone()).maybe("roleArn", role)),
            Some(redrive) => {
                turn.note("ExecutionRedriven", Details::new().with("redriveCount", redrive.count));
            }
        }
        if let Some(timeout) = self.timeout {
            let name = Text::const_new(TIMEOUT);
            turn.command(Command::SetTimer { name, due: turn.at().after(timeout), data: Value::Null });
        }
        if let Some(progress) = redrive.and_then(|redrive| redrive.progress) {
            turn.go_on(&progress);
            return Ok(());
        }
        // The first state follows nothing, as AWS numbers it.
        turn.active.last = 0;
        turn.go(&self.first, input);
        Ok(())
    }
}

#[derive(Debug)]
struct Begin {
    first: Next,
    selector: Option<Shape>,
}

pub(crate) fn make_nested(params: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    let selector = match params.get("selector").filter(|selector| !selector.is_null()) {
        None => None,
        Some(selector) => {
            let language = params.get("language").and_then(Value::as_str);
            let language = if language == Some("JSONata") { Language::Jsonata } else { Language::JsonPath };
            Some(Shape::new(selector, language, "ItemSelector")?)
        }
    };
    Ok(act(Begin { first: first(params)?, selector }, Begin::begin))
}

impl Begin {
    fn input(&self, turn: &Turn<'_, '_, '_>, shared: &Shared, item: Value) -> Result<Value, Fault> {
        let effective = shared.input();
        match (&self.selector, &turn.frame.role) {
            (_, Role::Branch) => Ok(effective),
            (Some(selector), _) => selector.evaluate(turn, &effective, None, None),
            (None, _) => Ok(item),
        }
    }
}

impl Begin {
    fn begin(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let Parcel { item, before, .. } = Parcel::of(plan.scene.input);
        let (shared, around) = Shared::of(plan.scene);
        let around = around.unwrap_or_else(|| nowhere(plan));
        let mut turn = Turn::of(plan, around);
        match before.as_ref().and_then(Within::of_value) {
            Some(Within::Done(output)) => {
                turn.complete(output);
                return Ok(());
            }
            Some(Within::Stopped(progress)) => {
                turn.remember_begin(&item);
                if turn.frame.role == Role::Child {
                    turn.active.last = progress.last;
                    turn.note("ExecutionRedriven", Details::new());
                }
                turn.go_on(&progress);
                return Ok(());
            }
            None => {}
        }
        if let Role::Iteration { state, index } = turn.frame.role.clone() {
            turn.note(
                "MapIterationStarted",
                Details::new().with("name", state.as_str()).with("index", index),
            );
        }
        let is_child = turn.frame.role == Role::Child;
        if is_child {
            // Its history is another execution's, and begins here.
            turn.active.last = 0;
        }
        match self.input(&turn, &shared, item) {
            Ok(input) => {
                if is_child {
                    turn.remember_begin(&input);
                    turn.note("ExecutionStarted", Details::new().with("input", input.clone()));
                }
                turn.go(&self.first, input);
            }
            Err(fault) => {
                let error = turn.error_of(&fault);
                turn.fail(error, None);
            }
        }
        Ok(())
    }
}

#[derive(Debug)]
struct Timeout;

pub(crate) fn make_timeout(_: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    Ok(act(Timeout, Timeout::end))
}

impl Timeout {
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "it is a deed like any other")]
    fn end(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let active = nowhere(plan);
        let mut turn = Turn::of(plan, active);
        turn.note("ExecutionTimedOut", Details::new());
        let failure = Failure { detail: Data::None, ..Failure::new(errors::TIMEOUT, "") };
        turn.command(Command::Fail(failure));
        Ok(())
    }
}

/// The part of a Map state that its iterations begin with: its selector, under either name.
pub(crate) fn selector(state: &StateParams) -> Option<&Value> {
    state.field("ItemSelector").or_else(|| state.field("Parameters"))
}
