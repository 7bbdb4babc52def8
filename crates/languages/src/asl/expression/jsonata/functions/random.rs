//! `$random` and `$uuid`.
//!
//! With a seed, `$random` gives what the service gives for it; without one it draws from the evaluation.

use tidegate_json::Value;
use tidegate_jsonata::Call;

use super::{Outcome, at_most, whole};
use crate::asl::expression::random::{self, SeededRandom};

/// `$random(seed?)`: a number in `[0, 1)`.
pub(super) fn random(call: &mut Call<'_>) -> Outcome {
    at_most(call, "random", 1)?;
    let drawn = match whole(call, "random", 0)? {
        None => call.random(),
        Some(seed) => SeededRandom::new(seed).fraction(),
    };
    Ok(Some(drawn.into()))
}

/// `$uuid()`: a random UUID, version 4 (RFC 9562, section 5.4).
pub(super) fn uuid(call: &mut Call<'_>) -> Outcome {
    at_most(call, "uuid", 0)?;
    let uuid = random::uuid(call.random_bits(), call.random_bits());
    Ok(Some(Value::from(uuid)))
}
