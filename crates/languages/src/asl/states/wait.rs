//! Wait: goes on after a while, or at a point in time.

use tidegate_engine::action::{Action, Command, Plan};
use tidegate_engine::registry::MalformedParams;
use tidegate_json::Value;
use tidegate_model::{Failure, Span, Text, Timestamp};

use super::act::act;
use crate::asl::expression::jsonata::{Expected, Template};
use crate::asl::expression::path::{Path, cause};
use crate::asl::expression::{Fault, timestamp};
use crate::asl::flow::{Flow, Product};
use crate::asl::machine::{Language, StateParams};
use crate::asl::rescue::{Rescue, Told};
use crate::asl::turn::{Next, Turn};

/// The longest wait, in seconds: one year.
const SECONDS_MAX: f64 = 31_536_000.0;

#[derive(Debug)]
pub(crate) struct Wait {
    name: Text,
    flow: Flow,
    until: Until,
    next: Next,
    rescue: Rescue,
}

#[derive(Debug)]
enum Until {
    Seconds(f64),
    Timestamp(Timestamp),
    SecondsPath(Path),
    TimestampPath(Path),
    SecondsOf(Template),
    TimestampOf(Template),
}

/// The name of the timer that the state `name` waits for.
pub(crate) fn timer(name: &str) -> String {
    format!("wait:{name}")
}

impl Wait {
    fn of(params: &Value) -> Result<Self, MalformedParams> {
        let state = StateParams::of(params)?;
        Ok(Self {
            flow: Flow::of(&state)?,
            until: Until::of(&state)?,
            next: state.next()?,
            rescue: Rescue::of(&state)?,
            name: state.name,
        })
    }
}

impl Until {
    fn of(state: &StateParams) -> Result<Self, MalformedParams> {
        let path = |field: &'static str| {
            let path = state.text(field).filter(|_| state.language == Language::JsonPath);
            path.map(|path| Path::parse(path).map_err(|error| MalformedParams::at(field, error.to_string())))
                .transpose()
        };
        let template = |field: &'static str| {
            let malformed = |message: &str| MalformedParams::at(field, message);
            let value =
                state.field(field).filter(|value| value.as_str().is_some_and(|text| text.starts_with("{%")));
            let template = value.map(|value| {
                Template::parse(value, field)
                    .map_err(|errors| malformed(errors.first().map_or("", |error| &error.message)))
            });
            template.transpose()
        };
        if let Some(path) = path("SecondsPath")? {
            return Ok(Self::SecondsPath(path));
        }
        if let Some(path) = path("TimestampPath")? {
            return Ok(Self::TimestampPath(path));
        }
        if state.language == Language::Jsonata {
            if let Some(seconds) = template("Seconds")? {
                return Ok(Self::SecondsOf(seconds));
            }
            if let Some(timestamp) = template("Timestamp")? {
                return Ok(Self::TimestampOf(timestamp));
            }
        }
        if let Some(seconds) = state.field("Seconds").and_then(Value::as_f64) {
            return Ok(Self::Seconds(seconds));
        }
        let timestamp = state.text("Timestamp").and_then(timestamp::parse);
        timestamp
            .map(Self::Timestamp)
            .ok_or_else(|| MalformedParams::new("the state does not say how long to wait"))
    }

    fn due(&self, turn: &Turn<'_, '_, '_>, input: &Value) -> Result<Timestamp, Fault> {
        match self {
            Self::Seconds(seconds) => after(turn, *seconds),
            Self::Timestamp(at) => Ok(*at),
            Self::SecondsPath(path) => {
                let found =
                    turn.look(input, |around| path.evaluate(around).map_err(|_| cause::no_seconds(path)))?;
                after(turn, found.as_f64().ok_or_else(|| cause::no_seconds(path))?)
            }
            Self::TimestampPath(path) => {
                let found = turn
                    .look(input, |around| path.evaluate(around).map_err(|why| cause::invalid(path, &why)))?;
                let at = found.as_str().and_then(timestamp::parse);
                let at = at.ok_or_else(|| cause::not_a_timestamp(path, &found))?;
                not_too_far(turn, at)
            }
            Self::SecondsOf(template) => {
                let states = turn.states(None, None);
                let found =
                    turn.look(input, |around| template.evaluate_as(Expected::Number, around, &states))?;
                after(turn, found.as_f64().unwrap_or_default())
            }
            Self::TimestampOf(template) => {
                let states = turn.states(None, None);
                let found =
                    turn.look(input, |around| template.evaluate_as(Expected::String, around, &states))?;
                let at = found.as_str().and_then(timestamp::parse);
                let malformed = || {
                    let message = format!(
                        "The Timestamp parameter does not reference a valid ISO-8601 extended offset date-time \
                         format string: {}",
                        found.as_str().unwrap_or_default()
                    );
                    Fault { error: Text::const_new("States.QueryEvaluationError"), ..Fault::runtime(message) }
                };
                not_too_far(turn, at.ok_or_else(malformed)?)
            }
        }
    }
}

fn after(turn: &Turn<'_, '_, '_>, seconds: f64) -> Result<Timestamp, Fault> {
    if seconds > SECONDS_MAX {
        return Err(too_long());
    }
    let span = Span::from_seconds_f64(seconds.max(0.0)).unwrap_or_default();
    Ok(turn.at().after(span))
}

fn not_too_far(turn: &Turn<'_, '_, '_>, at: Timestamp) -> Result<Timestamp, Fault> {
    let wait = at.since(turn.at());
    if wait.0 as f64 > SECONDS_MAX * 1000.0 { Err(too_long()) } else { Ok(at) }
}

fn too_long() -> Fault {
    Fault::runtime("Wait state delay is too long.")
}

pub(crate) fn make_enter(params: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    Ok(act(Wait::of(params)?, Wait::enter))
}

pub(crate) fn make_over(params: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    Ok(act(Wait::of(params)?, Wait::over))
}

impl Wait {
    fn enter(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let Wait { name, flow, until, rescue, .. } = self;
        let mut turn = Turn::enter(plan, name)?;
        match flow.input(&turn).and_then(|input| until.due(&turn, &input)) {
            Ok(due) => {
                let timer = Text::from(timer(name));
                turn.command(Command::SetTimer { name: timer, due, data: Value::Null });
                turn.wait();
            }
            Err(fault) => {
                rescue.fault(&mut turn, &fault, Told::Nothing);
            }
        }
        Ok(())
    }

    fn over(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let Wait { name, flow, next, rescue, .. } = self;
        let Some(mut turn) = Turn::resume(plan, name) else { return Ok(()) };
        match flow.input(&turn).and_then(|input| flow.passed(&turn, input, None)) {
            Ok(Product { output, assigned }) => turn.leave("Wait", next, output, assigned),
            Err(fault) => {
                rescue.fault(&mut turn, &fault, Told::Nothing);
            }
        }
        Ok(())
    }
}
