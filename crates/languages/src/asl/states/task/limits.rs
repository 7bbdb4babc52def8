//! `TimeoutSeconds` and `HeartbeatSeconds`, as numbers, paths and expressions.

use tidegate_engine::registry::MalformedParams;
use tidegate_json::Value;
use tidegate_model::Span;

use crate::asl::expression::Fault;
use crate::asl::expression::jsonata::{Expected, Template};
use crate::asl::expression::path::{Path, cause};
use crate::asl::machine::{Language, StateParams};
use crate::asl::turn::Turn;

/// How long a task may take, as the definition says it.
#[derive(Debug)]
pub(crate) struct Limits {
    timeout: Option<Seconds>,
    heartbeat: Option<Seconds>,
}

/// How long it may take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) timeout: Option<Span>,
    pub(crate) heartbeat: Option<Span>,
}

/// A number of seconds.
#[derive(Debug)]
enum Seconds {
    Literal(f64),
    At(Path, &'static str),
    Of(Template),
}

impl Limits {
    pub(crate) fn of(state: &StateParams) -> Result<Self, MalformedParams> {
        Ok(Self {
            timeout: Seconds::of(state, "TimeoutSeconds", "TimeoutSecondsPath")?,
            heartbeat: Seconds::of(state, "HeartbeatSeconds", "HeartbeatSecondsPath")?,
        })
    }

    /// The bounds where the state works on `input`.
    pub(crate) fn bounds(&self, turn: &Turn<'_, '_, '_>, input: &Value) -> Result<Bounds, Fault> {
        let seconds =
            |limit: &Option<Seconds>| limit.as_ref().map(|limit| limit.span(turn, input)).transpose();
        Ok(Bounds { timeout: seconds(&self.timeout)?, heartbeat: seconds(&self.heartbeat)? })
    }
}

impl Seconds {
    fn of(
        state: &StateParams,
        field: &'static str,
        path: &'static str,
    ) -> Result<Option<Self>, MalformedParams> {
        if let Some(source) = state.text(path).filter(|_| state.language == Language::JsonPath) {
            let source = Path::parse(source).map_err(|error| MalformedParams::at(path, error.to_string()))?;
            return Ok(Some(Self::At(source, path)));
        }
        match state.field(field) {
            None => Ok(None),
            Some(Value::Number(seconds)) => Ok(Some(Self::Literal(seconds.as_f64()))),
            Some(value) => {
                Template::parse(value, field).map(|template| Some(Self::Of(template))).map_err(|errors| {
                    MalformedParams::at(field, errors.first().map_or("", |error| error.message.as_str()))
                })
            }
        }
    }

    fn span(&self, turn: &Turn<'_, '_, '_>, input: &Value) -> Result<Span, Fault> {
        let seconds = match self {
            Self::Literal(seconds) => *seconds,
            Self::At(path, field) => {
                let found = turn
                    .look(input, |around| path.evaluate(around).map_err(|why| cause::invalid(path, &why)))?;
                let whole = found.as_u64().filter(|seconds| *seconds > 0);
                whole.ok_or_else(|| cause::not_an_integer(path, field, &found))? as f64
            }
            Self::Of(template) => {
                let states = turn.states(None, None);
                let found =
                    turn.look(input, |around| template.evaluate_as(Expected::Number, around, &states))?;
                found.as_f64().unwrap_or_default()
            }
        };
        Ok(Span::from_seconds_f64(seconds.max(0.0)).unwrap_or_default())
    }
}
