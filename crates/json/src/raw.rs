//! JSON text that is known to be valid and is kept as it came.
//!
//! A payload that is only passed on is never built into a value. Invariant: the text is one that [`Value::parse`]
//! accepts, without white space around it; every constructor checks, also when reading a binary format, because the
//! check costs less than a copy of the record and a damaged file must not become a panic later.

use std::sync::Arc;

use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::parse::check;
use crate::{ParseError, Value};

/// Valid JSON text. Clones share it. Equality is that of the text, not of the value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RawJson(Arc<str>);

impl RawJson {
    /// Checks and keeps a copy of `text`.
    ///
    /// # Errors
    /// As [`Value::parse`].
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        check(text)?;
        Ok(Self(Arc::from(trimmed(text))))
    }

    /// Checks and keeps `text`.
    ///
    /// # Errors
    /// As [`Value::parse`].
    pub fn from_text(text: impl Into<String>) -> Result<Self, ParseError> {
        Self::parse(&text.into())
    }

    /// The compact text of `value`.
    #[must_use]
    pub fn from_value(value: &Value) -> Self {
        Self(Arc::from(value.to_text()))
    }

    /// Keeps text that serde_json has delimited. It is checked but not built: serde_json lets through numbers
    /// out of range, unpaired surrogates and unlimited nesting, which [`RawJson::value`] could not represent.
    ///
    /// # Errors
    /// When the text is one of those.
    pub fn from_raw_value(raw: &RawValue) -> Result<Self, ParseError> {
        Self::parse(raw.get())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The length of the text in bytes.
    #[must_use]
    pub fn len_bytes(&self) -> usize {
        self.0.len()
    }

    /// The value that the text says.
    #[must_use]
    pub fn value(&self) -> Value {
        Value::parse(&self.0).expect("every constructor checks the text")
    }
}

/// `null`.
impl Default for RawJson {
    fn default() -> Self {
        Self(Arc::from("null"))
    }
}

impl From<&Value> for RawJson {
    fn from(value: &Value) -> Self {
        Self::from_value(value)
    }
}

impl std::fmt::Display for RawJson {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.as_str())
    }
}

fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\n', '\r'])
}

/// In serde_json the text stands in line; in binary formats it is a string.
impl Serialize for RawJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return serializer.serialize_str(&self.0);
        }
        let raw: &RawValue = serde_json::from_str(&self.0).map_err(S::Error::custom)?;
        raw.serialize(serializer)
    }
}

/// In human readable formats this works directly under serde_json only, not inside `flatten` or untagged enums,
/// whose buffering loses the text.
impl<'de> Deserialize<'de> for RawJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = if deserializer.is_human_readable() {
            Self::from_raw_value(&Box::<RawValue>::deserialize(deserializer)?)
        } else {
            Self::from_text(String::deserialize(deserializer)?)
        };
        text.map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_kept_as_it_came() {
        let raw = RawJson::parse(" { \"b\" : 1.0,\"a\":[ ] }\n").unwrap();
        assert_eq!(raw.as_str(), "{ \"b\" : 1.0,\"a\":[ ] }");
        assert_eq!(raw.value().to_text(), r#"{"b":1,"a":[]}"#);
        assert_eq!(serde_json::to_string(&[raw]).unwrap(), "[{ \"b\" : 1.0,\"a\":[ ] }]");
    }

    #[test]
    fn what_no_value_can_hold_is_refused() {
        let nested = "[".repeat(200) + &"]".repeat(200);
        for text in ["1e999", r#""\ud800""#, &nested, "{", "1 2"] {
            assert!(RawJson::parse(text).is_err(), "{text}");
            assert!(serde_json::from_str::<RawJson>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn binary_formats_carry_the_text_and_check_it() {
        let raw = RawJson::parse(r#"{"a":1}"#).unwrap();
        let bytes = postcard::to_stdvec(&raw).unwrap();
        assert_eq!(postcard::from_bytes::<RawJson>(&bytes).unwrap(), raw);
        let damaged = postcard::to_stdvec("{").unwrap();
        assert!(postcard::from_bytes::<RawJson>(&damaged).is_err());
    }
}
