//! Which items a Map state has: `ItemsPath`, `Items`.

use tidegate_engine::registry::MalformedParams;
use tidegate_json::Value;
use tidegate_model::Text;

use crate::asl::expression::Fault;
use crate::asl::expression::jsonata::{Expected, Template};
use crate::asl::expression::path::{Path, cause};
use crate::asl::machine::{Language, StateParams};
use crate::asl::turn::Turn;

/// Where the items are.
#[derive(Debug)]
pub(super) enum Items {
    /// The state's input.
    Input,
    /// A path, in JSONPath.
    At(Path),
    /// A list, or an expression, in JSONata.
    Of(Template),
}

impl Items {
    pub(super) fn of(state: &StateParams) -> Result<Self, MalformedParams> {
        match state.language {
            Language::JsonPath => match state.text("ItemsPath") {
                None | Some("$") => Ok(Self::Input),
                Some(path) => {
                    let path = Path::parse(path);
                    path.map(Self::At).map_err(|error| MalformedParams::at("ItemsPath", error.to_string()))
                }
            },
            Language::Jsonata => match state.field("Items") {
                None => Ok(Self::Input),
                Some(items) => Template::parse(items, "Items").map(Self::Of).map_err(|errors| {
                    MalformedParams::at("Items", errors.first().map_or("", |error| error.message.as_str()))
                }),
            },
        }
    }

    /// The items, where the state works on `input`.
    pub(super) fn list(&self, turn: &Turn<'_, '_, '_>, input: &Value) -> Result<Vec<Value>, Fault> {
        let found = match self {
            Self::Input => input.clone(),
            Self::At(path) => {
                let found = turn
                    .look(input, |around| path.evaluate(around).map_err(|why| cause::invalid(path, &why)))?;
                if found.as_array().is_none() {
                    return Err(cause::not_an_array(path));
                }
                turn.show("afterItemsPath", &found);
                found
            }
            Self::Of(items) => {
                let states = turn.states(None, None);
                turn.look(input, |around| match items.expression() {
                    Some(_) => items.evaluate_as(Expected::Array, around, &states),
                    None => items.evaluate(around, &states),
                })?
            }
        };
        match found {
            Value::Array(items) => Ok(items.to_vec()),
            other => {
                let cause = format!("Map state input must be an array but was: {}", other.to_text());
                let error = Text::const_new("States.QueryEvaluationError");
                Err(Fault { error, ..Fault::runtime(cause) })
            }
        }
    }
}
