//! Text to value.
//!
//! serde_json reads the syntax; what it reads goes straight into our values. Invariant: what parses can be
//! printed and parsed again to an equal value. Nesting is limited to 127 levels.

use serde::de::{Deserialize, DeserializeSeed};
use serde_json::Deserializer;

use crate::Value;
use crate::codec::Checked;

/// Why a text is not JSON, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} at line {line} column {column}")]
pub struct ParseError {
    /// From 1; 0 when the place is not known.
    pub line: usize,
    /// In bytes, from 1; 0 at the start of a line.
    pub column: usize,
    /// What is wrong, without the place.
    pub message: String,
}

impl Value {
    /// Reads one JSON text (RFC 8259).
    ///
    /// # Errors
    /// When the text is not JSON, nests deeper than 127 levels, or has a number beyond the range of a double.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let mut input = Deserializer::from_str(text);
        let value = Self::deserialize(&mut input)?;
        input.end()?;
        Ok(value)
    }

    /// Reads one JSON text from UTF-8 bytes.
    ///
    /// # Errors
    /// As [`Value::parse`], and when a string is not UTF-8.
    pub fn parse_slice(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut input = Deserializer::from_slice(bytes);
        let value = Self::deserialize(&mut input)?;
        input.end()?;
        Ok(value)
    }
}

/// Accepts exactly what [`Value::parse`] accepts, and builds nothing.
pub(crate) fn check(text: &str) -> Result<(), ParseError> {
    let mut input = Deserializer::from_str(text);
    Checked.deserialize(&mut input)?;
    input.end()?;
    Ok(())
}

impl From<serde_json::Error> for ParseError {
    fn from(error: serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let mut message = error.to_string();
        if let Some(end) = message.rfind(&format!(" at line {line} column {column}")) {
            message.truncate(end);
        }
        Self { line, column, message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_error(text: &str, expected: &str) {
        assert_eq!(Value::parse(text).unwrap_err().to_string(), expected);
        assert_eq!(check(text).unwrap_err().to_string(), expected);
    }

    #[test]
    fn a_mistake_names_its_place() {
        check_error("{\n  \"a\": tru }", "expected ident at line 2 column 11");
        check_error("[1,]", "trailing comma at line 1 column 4");
        check_error("1 2", "trailing characters at line 1 column 3");
        check_error("", "EOF while parsing a value at line 1 column 0");
        check_error("NaN", "expected value at line 1 column 1");
        check_error("1e999", "number out of range at line 1 column 5");
        check_error(r#""\ud800""#, "unexpected end of hex escape at line 1 column 8");
    }

    #[test]
    fn nesting_is_limited() {
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert!(Value::parse(&nested(127)).is_ok());
        assert!(Value::parse(&nested(128)).is_err());
        assert!(Value::parse(&nested(1_000_000)).is_err());
    }

    #[test]
    fn integers_keep_every_digit() {
        for text in ["18446744073709551615", "-9223372036854775808", "9007199254740993"] {
            assert_eq!(Value::parse(text).unwrap().to_text(), text);
        }
    }

    #[test]
    fn of_two_members_with_one_name_the_later_wins() {
        assert_eq!(Value::parse(r#"{"a":1,"b":2,"a":3}"#).unwrap().to_text(), r#"{"a":3,"b":2}"#);
    }
}
