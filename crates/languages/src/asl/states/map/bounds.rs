//! How many items run at a time, and how many may fail: numbers, paths and expressions.

use tidegate_engine::registry::MalformedParams;
use tidegate_json::Value;

use crate::asl::expression::Fault;
use crate::asl::expression::jsonata::{Expected, Template};
use crate::asl::expression::path::{Path, cause};
use crate::asl::machine::{Language, StateParams};
use crate::asl::turn::Turn;

/// `MaxConcurrency`, `ToleratedFailureCount` and `ToleratedFailurePercentage`.
#[derive(Debug)]
pub(super) struct Bounds {
    concurrency: Option<Number>,
    tolerated: Option<Number>,
    tolerated_percent: Option<Number>,
}

/// A number in a field of a Map state.
#[derive(Debug)]
pub(super) enum Number {
    Literal(f64),
    At(Path, &'static str),
    Of(Template),
}

impl Bounds {
    pub(super) fn of(state: &StateParams) -> Result<Self, MalformedParams> {
        let of = |field, path| Number::of(state.field(field), state.field(path), state.language, field, path);
        Ok(Self {
            concurrency: of("MaxConcurrency", "MaxConcurrencyPath")?,
            tolerated: of("ToleratedFailureCount", "ToleratedFailureCountPath")?,
            tolerated_percent: of("ToleratedFailurePercentage", "ToleratedFailurePercentagePath")?,
        })
    }

    /// Items at a time.
    pub(super) fn concurrency(&self, turn: &Turn<'_, '_, '_>, input: &Value) -> Result<u32, Fault> {
        let bound = self.concurrency.as_ref().map(|bound| bound.whole(turn, input)).transpose()?;
        // Zero is AWS's word for no bound.
        let bound = bound.filter(|bound| *bound > 0);
        Ok(bound.map_or(u32::MAX, |bound| u32::try_from(bound).unwrap_or(u32::MAX)))
    }

    /// As `DescribeMapRun` tells of them; zero where there are none.
    pub(super) fn told(
        &self,
        turn: &Turn<'_, '_, '_>,
        input: &Value,
        concurrency: u32,
    ) -> Result<Value, Fault> {
        let count = self.tolerated.as_ref().map(|count| count.whole(turn, input)).transpose()?;
        let percent = self.tolerated_percent.as_ref().map(|share| share.value(turn, input)).transpose()?;
        let concurrency = if concurrency == u32::MAX { 0 } else { concurrency };
        Ok(Value::object([
            ("maxConcurrency", Value::from(concurrency)),
            ("toleratedFailureCount", Value::from(count.unwrap_or(0))),
            ("toleratedFailurePercentage", Value::from(percent.unwrap_or(0.0))),
        ]))
    }

    /// How many of `items` may fail.
    pub(super) fn tolerated(
        &self,
        turn: &Turn<'_, '_, '_>,
        input: &Value,
        items: usize,
    ) -> Result<u32, Fault> {
        let count = self.tolerated.as_ref().map(|count| count.whole(turn, input)).transpose()?;
        if let Some(count) = count {
            turn.show("toleratedFailureCount", &Value::from(count));
        }
        let percent =
            self.tolerated_percent.as_ref().map(|percent| percent.value(turn, input)).transpose()?;
        let share = percent.map(|percent| (percent * items as f64 / 100.0).floor() as u64);
        let tolerated = match (count, share) {
            (Some(count), Some(share)) => count.min(share),
            (count, share) => count.or(share).unwrap_or(0),
        };
        Ok(u32::try_from(tolerated).unwrap_or(u32::MAX))
    }
}

impl Number {
    pub(super) fn of(
        value: Option<&Value>,
        path: Option<&Value>,
        language: Language,
        field: &'static str,
        path_field: &'static str,
    ) -> Result<Option<Self>, MalformedParams> {
        if let Some(path) = path.and_then(Value::as_str).filter(|_| language == Language::JsonPath) {
            let path =
                Path::parse(path).map_err(|error| MalformedParams::at(path_field, error.to_string()))?;
            return Ok(Some(Self::At(path, path_field)));
        }
        match value {
            None => Ok(None),
            Some(Value::Number(number)) => Ok(Some(Self::Literal(number.as_f64()))),
            Some(value) => {
                Template::parse(value, field).map(|template| Some(Self::Of(template))).map_err(|errors| {
                    MalformedParams::at(field, errors.first().map_or("", |error| error.message.as_str()))
                })
            }
        }
    }

    /// The number, which must be whole.
    pub(super) fn whole(&self, turn: &Turn<'_, '_, '_>, input: &Value) -> Result<u64, Fault> {
        Ok(self.value(turn, input)?.max(0.0) as u64)
    }

    pub(super) fn value(&self, turn: &Turn<'_, '_, '_>, input: &Value) -> Result<f64, Fault> {
        match self {
            Self::Literal(number) => Ok(*number),
            Self::At(path, field) => {
                let found = turn
                    .look(input, |around| path.evaluate(around).map_err(|why| cause::invalid(path, &why)))?;
                // AWS takes a number in a string for the number.
                let number = match &found {
                    Value::String(text) => text.parse::<i64>().ok().map(|number| number as f64),
                    found => found.as_f64().filter(|number| number.fract() == 0.0),
                };
                number.ok_or_else(|| cause::not_an_integer(path, field, &found))
            }
            Self::Of(template) => {
                let states = turn.states(None, None);
                let found =
                    turn.look(input, |around| template.evaluate_as(Expected::Number, around, &states))?;
                Ok(found.as_f64().unwrap_or_default())
            }
        }
    }
}
