//! `$hash`: the digest of a text, as hexadecimal digits.

use tidegate_json::Value;
use tidegate_jsonata::Call;

use super::{Outcome, at_most, mismatch, refused};
use crate::asl::expression::digest::hex_digest;

/// Bytes of text that are digested for one step.
const BYTES_PER_STEP: u64 = 32;

/// `$hash(text, algorithm)`: nothing without an algorithm.
pub(super) fn hash(call: &mut Call<'_>) -> Outcome {
    at_most(call, "hash", 2)?;
    let Some(Value::String(text)) = call.argument(0) else { return Err(mismatch("hash", 0)) };
    let algorithm = match call.argument(1) {
        None => return Ok(None),
        Some(Value::String(algorithm)) => algorithm,
        Some(_) => return Err(mismatch("hash", 1)),
    };
    call.burn(text.len() as u64 / BYTES_PER_STEP)?;
    match hex_digest(text, algorithm) {
        Some(digest) => Ok(Some(digest.into())),
        None => {
            let known = "must be one of SHA-1, SHA-384, SHA-256, SHA-512, MD5";
            Err(refused(format!("Hash algorithm '{algorithm}' {known}")))
        }
    }
}
