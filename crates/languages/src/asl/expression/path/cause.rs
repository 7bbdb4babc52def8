//! What AWS says when the path in a field of a state leads nowhere, or to something that the field cannot use.
//!
//! Each is the whole cause of a `States.Runtime`, without the state it happened in.

use tidegate_json::Value;

use super::{NoResult, Path};
use crate::asl::expression::{Fault, Surroundings};

/// `InputPath`, `OutputPath`, `TimeoutSecondsPath`, …: `Invalid path '$.x' : No results for path: $['x']`.
#[must_use]
pub fn invalid(path: &Path, why: &NoResult) -> Fault {
    Fault::runtime(format!("Invalid path '{}' : {why}", path.source()))
}

/// A field of a payload template, `ErrorPath`, `CausePath`: the path, the field and the document it was sought in.
#[must_use]
pub fn not_found(path: &Path, field: &str, around: &Surroundings<'_>) -> Fault {
    let document = path.document(around).unwrap_or(around.input);
    let source = path.source();
    Fault::runtime(format!(
        "The JSONPath '{source}' specified for the field '{field}' could not be found in the input '{document}'"
    ))
}

/// `Variable` and the operands of a choice rule.
#[must_use]
pub fn not_comparable(path: &Path) -> Fault {
    let source = path.source();
    Fault::runtime(format!(
        "Invalid path '{source}': The choice state's condition path references an invalid value."
    ))
}

/// `ItemsPath` of a map that found no array.
#[must_use]
pub fn not_an_array(path: &Path) -> Fault {
    Fault::runtime(format!("Reference path \"{}\" must point to array.", path.source_in_document()))
}

/// `MaxConcurrencyPath`, `MaxItemsPath`, `ToleratedFailureCountPath`, …: a number was wanted.
#[must_use]
pub fn not_an_integer(path: &Path, field: &str, found: &Value) -> Fault {
    let found = found.as_str().map_or_else(|| found.to_text(), str::to_owned);
    let source = path.source();
    Fault::runtime(format!(
        "The {field} field refers to value \"{found}\" which is not a valid integer: {source}"
    ))
}

/// `SecondsPath` of a wait that found nothing.
#[must_use]
pub fn no_seconds(path: &Path) -> Fault {
    let source = path.source();
    Fault::runtime(format!("The SecondsPath parameter does not reference an input value: {source}"))
}

/// `TimestampPath` of a wait that found no time.
#[must_use]
pub fn not_a_timestamp(path: &Path, found: &Value) -> Fault {
    let found = found.as_str().map_or_else(|| found.to_text(), str::to_owned);
    let source = path.source();
    Fault::runtime(format!(
        "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: \
         {source} == {found}"
    ))
}
