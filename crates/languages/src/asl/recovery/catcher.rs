//! One entry of `Catch`: which errors it takes, and where the machine goes on with what.

use tidegate_json::Value;
use tidegate_model::Text;

use super::{ErrorNames, RecoveryError};

/// An entry of `Catch`.
///
/// What it makes of the error is kept as it was written: `ResultPath` and `Assign` are compiled with the state's query
/// language, and `Output` is there in JSONata only.
#[derive(Clone, Debug, PartialEq)]
pub struct Catcher {
    /// The errors it is for.
    pub errors: ErrorNames,
    /// The state that the machine goes on with.
    pub next: Text,
    /// Where the error output is put into the state's input: a reference path, or `null` to discard it.
    pub result_path: Option<Value>,
    /// Variables to assign.
    pub assign: Option<Value>,
    /// What goes on instead of the error output.
    pub output: Option<Value>,
}

impl Catcher {
    /// Reads an entry of `Catch`. Fields that it does not know are for the static checks.
    ///
    /// # Errors
    /// Every field that is missing or of the wrong type.
    pub fn parse(entry: &Value) -> Result<Self, Vec<RecoveryError>> {
        if entry.as_object().is_none() {
            return Err(vec![RecoveryError::at("", "a catcher must be an object")]);
        }
        let mut mistakes = Vec::new();
        let errors = ErrorNames::parse(entry).map_err(|found| mistakes.extend(found)).ok();
        let next = match entry.get("Next").map(Value::as_str) {
            Some(Some(next)) => Some(Text::from(next)),
            Some(None) => {
                mistakes.push(RecoveryError::at("/Next", "`Next` must be the name of a state"));
                None
            }
            None => {
                mistakes.push(RecoveryError::at("", "the field `Next` is missing"));
                None
            }
        };
        let result_path = entry.get("ResultPath").cloned();
        if result_path.as_ref().is_some_and(|path| !path.is_null() && path.as_str().is_none()) {
            mistakes.push(RecoveryError::at("/ResultPath", "`ResultPath` must be a reference path or null"));
        }
        let assign = entry.get("Assign").cloned();
        if assign.as_ref().is_some_and(|assign| assign.as_object().is_none()) {
            mistakes.push(RecoveryError::at("/Assign", "`Assign` must be an object"));
        }
        match (errors, next) {
            (Some(errors), Some(next)) if mistakes.is_empty() => {
                Ok(Self { errors, next, result_path, assign, output: entry.get("Output").cloned() })
            }
            _ => Err(mistakes),
        }
    }
}
