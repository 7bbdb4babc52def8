//! The input of a run: what a workflow takes, checked and completed before the run starts.
//!
//! The engine knows no schema language; who fills the [`Registry`](crate::Registry) says what reads schemas.

use std::fmt;

use tidegate_json::{RawJson, Value};
use tidegate_model::outcome::errors;
use tidegate_model::{Data, Failure, Text};

use crate::registry::MalformedParams;

/// What the input of a workflow's runs is to be.
pub trait InputRule: Send + Sync + fmt::Debug {
    /// `input` with what it leaves out, as the run is to get it.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    fn admit(&self, input: &Value) -> Result<Value, Vec<InputMistake>>;
}

/// Makes a rule from the schema in [`Program::input`](tidegate_model::Program::input).
pub type MakeInputRule = fn(&Value) -> Result<Box<dyn InputRule>, MalformedParams>;

/// A mistake in the input of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputMistake {
    /// JSON pointer (RFC 6901) to the place in the input.
    pub pointer: String,
    /// What was expected there, and what was found.
    pub message: String,
}

/// All mistakes in the input of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidInput(pub Vec<InputMistake>);

impl fmt::Display for InputMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pointer.as_str() {
            "" => f.write_str(&self.message),
            pointer => write!(f, "`{pointer}`: {}", self.message),
        }
    }
}

impl fmt::Display for InvalidInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the input is not what the workflow takes")?;
        for (index, mistake) in self.0.iter().enumerate() {
            write!(f, "{} {mistake}", if index == 0 { ":" } else { ";" })?;
        }
        Ok(())
    }
}

impl InvalidInput {
    /// The mistakes as they stand in details of failures and in answers: `[{"pointer": …, "message": …}, …]`.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mistake = |mistake: &InputMistake| {
            Value::object([("pointer", mistake.pointer.as_str()), ("message", mistake.message.as_str())])
        };
        Value::from(self.0.iter().map(mistake).collect::<Vec<_>>())
    }
}

impl From<InvalidInput> for Failure {
    fn from(invalid: InvalidInput) -> Self {
        let detail = Value::object([("errors", invalid.to_value())]);
        let detail = Data::Json(RawJson::from_value(&detail));
        Self { detail, ..Self::new(errors::INVALID_INPUT, Text::from(invalid.to_string())) }
    }
}
