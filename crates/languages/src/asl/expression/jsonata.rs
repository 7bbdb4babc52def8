//! JSONata as AWS Step Functions embeds it: strings `{% expression %}` in the fields of a state.
//!
//! - this module: which strings are expressions, and one expression in one field
//! - `template`: a field that may hold expressions at any depth
//! - `references`: which variables and which parts of `$states` an expression reads
//! - `functions`: what AWS adds to JSONata and takes away from it
//! - `message`: AWS's sentences for what goes wrong
//!
//! An expression sees no context item, only `$states` and the variables of the machine; a definition that reads
//! names outside of these is refused.

mod functions;
mod message;
mod references;
mod template;

use std::fmt;

use tidegate_json::{Str, Value};
use tidegate_jsonata::{Env, EvalError, Expression, Limits};
use tidegate_model::Text;

use super::{Fault, Surroundings};

pub use references::References;
pub use template::Template;

/// Name of the variable that holds what a state is about: its input, its result, its context.
const STATES: &str = "states";

/// The expression in a string that is one: it starts with `{%` and ends with `%}`, to the letter.
#[must_use]
pub fn expression_in(text: &str) -> Option<&str> {
    text.strip_prefix("{%")?.strip_suffix("%}").map(str::trim)
}

/// Why a definition with this expression is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpressionError {
    /// Where, as a JSON pointer from the field.
    pub pointer: String,
    /// AWS's word for it: `INVALID_JSONATA_EXPRESSION` or `UNSUPPORTED_JSONATA_EXPRESSION`.
    pub code: &'static str,
    /// AWS's sentence.
    pub message: String,
}

/// The kind of value that a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A list, as in `Items`.
    Array,
    /// Truth, as in `Condition`.
    Boolean,
    /// A number, as in `Seconds`.
    Number,
    /// Members, as in `Arguments` of some services.
    Object,
    /// Text, as in `Error`.
    String,
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Array => "array",
            Self::Boolean => "boolean",
            Self::Number => "number",
            Self::Object => "object",
            Self::String => "string",
        })
    }
}

/// One expression in one field.
#[derive(Clone, Debug)]
pub struct JsonataExpr {
    expression: Expression,
    /// The field as AWS names it in its causes: `Output/total`, `Choices[1]/Condition`.
    field: Text,
    /// Variables that it reads, `$states` and functions among them.
    variables: Vec<Str>,
}

impl JsonataExpr {
    /// Reads `text`, which is what stands between `{%` and `%}`; `field` is where it stands, as AWS names it.
    ///
    /// # Errors
    /// Where it is no expression, or reads a name outside of `$states` and the variables.
    pub fn parse(text: &str, field: &str) -> Result<Self, Vec<ExpressionError>> {
        let expression = Expression::parse(text).map_err(|error| vec![message::refusal(&error)])?;
        let references = expression.references();
        let unsupported = references::unsupported(&references);
        if !unsupported.is_empty() {
            return Err(unsupported);
        }
        let variables = references.variables.into_iter().collect();
        Ok(Self { expression, field: field.into(), variables })
    }

    /// The expression, without `{%` and `%}`.
    #[must_use]
    pub fn source(&self) -> &str {
        self.expression.source()
    }

    /// The field that it stands in.
    #[must_use]
    pub fn field(&self) -> &str {
        &self.field
    }

    /// What it reads.
    #[must_use]
    pub fn references(&self) -> References {
        References::of(&self.expression.references())
    }

    /// Its value; `states` is bound as `$states`.
    ///
    /// # Errors
    /// `States.QueryEvaluationError` where it throws or gives nothing.
    pub fn evaluate(&self, around: &Surroundings<'_>, states: &Value) -> Result<Value, Fault> {
        match self.attempt(around, states) {
            Ok(Some(value)) => Ok(value),
            Ok(None) => Err(self.fault("returned nothing (undefined).")),
            Err(error) => Err(self.fault(&message::thrown(&error))),
        }
    }

    /// Its value, which must be of the kind that the field takes.
    ///
    /// # Errors
    /// `States.QueryEvaluationError` where it throws, gives nothing, or gives something else.
    pub fn evaluate_as(
        &self,
        expected: Expected,
        around: &Surroundings<'_>,
        states: &Value,
    ) -> Result<Value, Fault> {
        let value = self.evaluate(around, states)?;
        let found = value.type_name();
        if found == expected.to_string() {
            return Ok(value);
        }
        Err(self.fault(&format!(
            "returned an unexpected result type. Expected '{expected}', but was '{found}' for value: {}",
            value.to_text()
        )))
    }

    fn attempt(&self, around: &Surroundings<'_>, states: &Value) -> Result<Option<Value>, EvalError> {
        let known = self.variables.iter().filter(|name| name.as_str() != STATES);
        let mut bindings: Vec<(&str, Value)> =
            known.filter_map(|name| Some((name.as_str(), around.variables.get(name)?.clone()))).collect();
        bindings.push((STATES, states.clone()));
        let env = Env {
            now: around.at.0,
            seed: around.draws.next(),
            limits: Limits::default(),
            bindings: &bindings,
            functions: functions::aws(),
        };
        self.expression.evaluate(None, &env)
    }

    fn fault(&self, what: &str) -> Fault {
        let cause = format!(
            "The JSONata expression '{}' specified for the field '{}' {what}",
            self.source(),
            self.field
        );
        Fault {
            error: Text::const_new("States.QueryEvaluationError"),
            cause: cause.into(),
            location: Some(self.field.clone()),
        }
    }
}
