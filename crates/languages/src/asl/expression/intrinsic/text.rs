//! `States.StringSplit`, `UUID`.

use std::fmt::Write as _;

use tidegate_json::Value;

use super::Function;
use super::call::{Result, invalid};
use crate::asl::expression::Surroundings;

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
    let drawn = (u128::from(around.draws.next()) << 64) | u128::from(around.draws.next());
    let bits = (drawn & !(0xf << 76) & !(0b11 << 62)) | (0x4 << 76) | (0b10 << 62);
    let mut out = String::with_capacity(36);
    for (at, byte) in bits.to_be_bytes().into_iter().enumerate() {
        let dash = if matches!(at, 4 | 6 | 8 | 10) { "-" } else { "" };
        write!(out, "{dash}{byte:02x}").expect("text takes whatever is written");
    }
    out.into()
}
