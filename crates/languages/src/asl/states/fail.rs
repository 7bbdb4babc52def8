//! Fail: ends its scope badly, with an error of the machine's choice.

use tidegate_engine::action::{Action, Plan};
use tidegate_engine::registry::MalformedParams;
use tidegate_json::Value;
use tidegate_model::{Failure, Text};

use super::act::act;
use crate::asl::expression::Fault;
use crate::asl::expression::jsonata::{Expected, Template};
use crate::asl::expression::template::ValueSource;
use crate::asl::machine::{Language, StateParams};
use crate::asl::rescue::{Rescue, Told};
use crate::asl::turn::{Error, Turn};

#[derive(Debug)]
pub(crate) struct Fail {
    name: Text,
    language: Language,
    error: Words,
    cause: Words,
    rescue: Rescue,
}

/// `Error` or `Cause`, in whichever form.
#[derive(Debug)]
enum Words {
    None,
    Literal(Text),
    Path(ValueSource, &'static str),
    Jsonata(Template),
}

pub(crate) fn make(params: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    let state = StateParams::of(params)?;
    let state = Fail {
        error: Words::of(&state, "Error", "ErrorPath")?,
        cause: Words::of(&state, "Cause", "CausePath")?,
        rescue: Rescue::of(&state)?,
        language: state.language,
        name: state.name,
    };
    Ok(act(state, Fail::enter))
}

impl Words {
    fn of(state: &StateParams, field: &'static str, path: &'static str) -> Result<Self, MalformedParams> {
        if let Some(source) = state.text(path).filter(|_| state.language == Language::JsonPath) {
            let source =
                ValueSource::parse(source).map_err(|error| MalformedParams::at(path, error.to_string()))?;
            return Ok(Self::Path(source, path));
        }
        match (state.field(field), state.language) {
            (None, _) => Ok(Self::None),
            (Some(value), Language::JsonPath) => Ok(Self::Literal(value.as_str().unwrap_or_default().into())),
            (Some(value), Language::Jsonata) => {
                Template::parse(value, field).map(Self::Jsonata).map_err(|errors| {
                    MalformedParams::at(field, errors.first().map_or("", |error| error.message.as_str()))
                })
            }
        }
    }

    fn say(&self, turn: &Turn<'_, '_, '_>) -> Result<Text, Fault> {
        let value = match self {
            Self::None => return Ok(Text::const_new("")),
            Self::Literal(text) => return Ok(text.clone()),
            Self::Path(source, field) => {
                turn.look(&turn.active.input, |around| source.evaluate(field, around))?
            }
            Self::Jsonata(template) => {
                let states = turn.states(None, None);
                turn.look(&turn.active.input, |around| {
                    template.evaluate_as(Expected::String, around, &states)
                })?
            }
        };
        Ok(value.as_str().map_or_else(|| Text::from(value.to_text()), Text::from))
    }
}

impl Fail {
    fn enter(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let mut turn = Turn::enter(plan, &self.name)?;
        if self.language == Language::JsonPath {
            turn.show("afterInputPath", &turn.active.input);
        }
        match self.error.say(&turn).and_then(|error| Ok((error, self.cause.say(&turn)?))) {
            Ok((error, cause)) => turn.fail(Error { error, cause }, None),
            Err(fault) => {
                self.rescue.fault(&mut turn, &fault, Told::Nothing);
            }
        }
        Ok(())
    }
}
