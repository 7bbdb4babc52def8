//! Surroundings to evaluate in.

use tidegate_json::Value;
use tidegate_languages::asl::expression::{Draws, Surroundings};
use tidegate_model::Timestamp;

/// The documents of an evaluation.
pub(crate) struct World {
    pub(crate) input: Value,
    pub(crate) context: Value,
    pub(crate) variables: Value,
}

impl World {
    /// A world with this JSON as its input, and that alone.
    pub(crate) fn of(input: &str) -> Self {
        let empty = Value::object([("", Value::Null); 0]);
        Self {
            input: Value::parse(input).expect("the case is JSON"),
            context: empty.clone(),
            variables: empty,
        }
    }

    pub(crate) fn around(&self) -> Surroundings<'_> {
        Surroundings {
            input: &self.input,
            context: &self.context,
            variables: &self.variables,
            at: Timestamp(0),
            draws: Draws::new(1),
        }
    }
}
