//! `$parse`: JSON text as a value. It stands in for `$eval`, which AWS does not offer.

use tidegate_json::Value;
use tidegate_jsonata::Call;

use super::{Outcome, at_most, mismatch, refused};

/// Bytes of text that are read for one step.
const BYTES_PER_STEP: u64 = 32;

/// `$parse(text)`: the value of a JSON text; nothing for nothing.
pub(super) fn parse(call: &mut Call<'_>) -> Outcome {
    at_most(call, "parse", 1)?;
    match call.argument(0) {
        None => Ok(None),
        Some(Value::String(text)) => {
            call.burn(text.len() as u64 / BYTES_PER_STEP)?;
            Value::parse(text).map(Some).map_err(|_| refused("Invalid JSON"))
        }
        Some(_) => Err(mismatch("parse", 0)),
    }
}
