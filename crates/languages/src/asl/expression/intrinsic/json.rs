//! `States.StringToJson`, `JsonMerge`.

use tidegate_json::{Map, Value};

use super::Function;
use super::call::{Result, invalid};

/// A blank text is `null`, as on AWS.
pub(super) fn string_to_json(text: &Value) -> Result<Value> {
    let fail = || invalid(Function::StringToJson);
    let text = text.as_str().ok_or_else(fail)?;
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    Value::parse(text).map_err(|_| fail())
}

/// The members of both; those of the right win. Only shallow merging exists: `true` is refused, and AWS takes
/// anything else for `false`.
pub(super) fn merge(left: &Value, right: &Value, is_deep: &Value) -> Result<Value> {
    let fail = || invalid(Function::JsonMerge);
    if is_deep == &Value::Bool(true) {
        return Err(fail());
    }
    let (left, right) = (left.as_object().ok_or_else(fail)?, right.as_object().ok_or_else(fail)?);
    let mut merged = Map::clone(left);
    merged.extend(right.iter().map(|(name, value)| (name.clone(), value.clone())));
    Ok(merged.into())
}
