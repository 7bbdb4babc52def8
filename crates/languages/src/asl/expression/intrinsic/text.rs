//! `States.StringSplit`, `UUID`.

use tidegate_json::Value;

use super::Function;
use super::call::{Result, invalid};
use crate::asl::expression::{Surroundings, random};

/// The parts between separators, each character of the second argument being one. There are no empty parts.
pub(super) fn split(text: &Value, separators: &Value) -> Result<Value> {
    let (Some(text), Some(separators)) = (text.as_str(), separators.as_str()) else {
        return Err(invalid(Function::StringSplit));
    };
    let parts = text.split(|character| separators.contains(character));
    Ok(parts.filter(|part| !part.is_empty()).map(Value::from).collect())
}

/// A version 4 UUID (RFC 9562) of two draws.
pub(super) fn uuid(around: &Surroundings<'_>) -> Value {
    random::uuid(around.draws.next(), around.draws.next()).into()
}
