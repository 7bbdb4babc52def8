//! Scalars as text: in headers, paths, query strings, forms and XML.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tidegate_json::Value;

use super::bytes_of;
use super::timestamp::{self, Shown};
use crate::aws::table::{Scalar, TimestampFormat};

/// The text of `value`; timestamps have the form `default` where their shape has none of its own.
pub(super) fn written(shape: Scalar, value: &Value, default: TimestampFormat) -> String {
    match shape {
        Scalar::Timestamp(format) => timestamp::written(value, format.unwrap_or(default)),
        Scalar::Blob => STANDARD.encode(bytes_of(value)),
        Scalar::String | Scalar::Integer | Scalar::Float | Scalar::Boolean | Scalar::Document => plain(value),
    }
}

/// Text as it is, anything else as its JSON.
pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_text(), str::to_owned)
}

/// The value that `text` stands for.
pub(super) fn read(shape: Scalar, text: &str, default: TimestampFormat, shown: Shown) -> Value {
    match shape {
        Scalar::Timestamp(format) => timestamp::shown_text(text, format.unwrap_or(default), shown),
        Scalar::Integer | Scalar::Float => number(text),
        Scalar::Boolean => match text {
            "true" => Value::from(true),
            "false" => Value::from(false),
            other => Value::from(other),
        },
        Scalar::Blob => blob(text),
        Scalar::String | Scalar::Document => Value::from(text),
    }
}

/// A blob of a result from its base64: text where it is text, and otherwise the base64.
pub(super) fn blob(base64: &str) -> Value {
    let text = STANDARD.decode(base64).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    Value::from(text.unwrap_or_else(|| base64.to_owned()))
}

fn number(text: &str) -> Value {
    match Value::parse(text.trim()) {
        Ok(number @ Value::Number(_)) => number,
        // `NaN` and `Infinity` are no JSON numbers, and SDKs print them as these words.
        Ok(_) | Err(_) => Value::from(text),
    }
}
