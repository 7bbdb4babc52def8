//! `States.Base64Encode`, `Base64Decode`, `Hash`.

use base64::Engine;
use base64::alphabet::URL_SAFE as URL_SAFE_ALPHABET;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use tidegate_json::Value;

use super::Function;
use super::call::{Result, invalid};
use super::java;
use crate::asl::expression::digest::hex_digest;

/// UTF-16 units that a text to encode, decode or hash may have. Source: AWS Step Functions developer guide.
const TEXT_MAX: usize = 10_000;

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE_ALPHABET,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

pub(super) fn base64_encode(text: &Value) -> Result<Value> {
    let text = bounded(text.as_str(), Function::Base64Encode)?;
    Ok(STANDARD.encode(text).into())
}

/// As lenient as AWS: both alphabets are read, padding ends the text, and whatever else is skipped.
pub(super) fn base64_decode(text: &Value) -> Result<Value> {
    let text = bounded(text.as_str(), Function::Base64Decode)?;
    let digits = text.bytes().take_while(|byte| *byte != b'=').filter_map(|byte| match byte {
        b'+' => Some(b'-'),
        b'/' => Some(b'_'),
        _ => (byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')).then_some(byte),
    });
    let mut digits: Vec<u8> = digits.collect();
    // A single digit is less than a byte.
    if digits.len() % 4 == 1 {
        digits.pop();
    }
    let bytes = LENIENT.decode(digits).map_err(|_| invalid(Function::Base64Decode))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned().into())
}

/// AWS hashes what is not a text as Java shows it.
pub(super) fn hash(data: &Value, algorithm: &Value) -> Result<Value> {
    let data = java::text_of(data);
    let data = bounded(Some(&data), Function::Hash)?;
    let digest = algorithm.as_str().and_then(|algorithm| hex_digest(data, algorithm));
    digest.map(Value::from).ok_or_else(|| invalid(Function::Hash))
}

fn bounded(text: Option<&str>, function: Function) -> Result<&str> {
    text.filter(|text| text.encode_utf16().count() <= TEXT_MAX).ok_or_else(|| invalid(function))
}
