//! Values as Python writes and names them.

use std::borrow::Cow;

use tidegate_json::{Number, Str, Value};

use super::error::{Kind, Result, fail};

/// The value as `str()` has it.
pub(super) fn text_of(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text.as_str()),
        other => {
            let mut text = String::new();
            write(other, &mut text);
            Cow::Owned(text)
        }
    }
}

/// The value as `repr()` has it.
fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Number(number) => out.push_str(&number_text(*number)),
        Value::String(text) => quote(text, out),
        Value::Array(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                out.push_str(if place > 0 { ", " } else { "" });
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (place, (key, member)) in members.iter().enumerate() {
                out.push_str(if place > 0 { ", " } else { "" });
                quote(key, out);
                out.push_str(": ");
                write(member, out);
            }
            out.push('}');
        }
    }
}

fn quote(text: &str, out: &mut String) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\\' => out.push_str("\\\\"),
            c if c == quote => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out.push(quote);
}

fn number_text(number: Number) -> String {
    if !number.is_double() {
        return number.to_string();
    }
    let text = format!("{:?}", number.as_f64());
    let Some((mantissa, exponent)) = text.split_once('e') else { return text };
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', exponent),
    };
    format!("{}e{sign}{digits:0>2}", mantissa.strip_suffix(".0").unwrap_or(mantissa))
}

/// The key of a dictionary that `value` is: text, or what JSON makes a text of.
pub(super) fn key_of(value: &Value, at: usize) -> Result<Str> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(Str::from(number_text(*number))),
        other => fail(Kind::Type, at, format!("a key is text or a number, not {}", describe(other))),
    }
}

/// What a value is, with its article, for a message.
pub(super) fn describe(value: &Value) -> &'static str {
    match value {
        Value::Null => "None",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a dictionary",
    }
}

/// `int()` of a value.
pub(super) fn integer(value: &Value, at: usize) -> Result<Value> {
    let too_large = || fail(Kind::Overflow, at, "the number is too large");
    match value {
        Value::Bool(truth) => Ok(Value::from(i64::from(*truth))),
        Value::Number(number) if !number.is_double() => Ok(Value::Number(*number)),
        Value::Number(number) => whole(number.as_f64().trunc()).map_or_else(too_large, Ok),
        Value::String(text) => {
            let digits = text.trim().replace('_', "");
            match digits.parse::<i64>() {
                Ok(integer) => Ok(Value::from(integer)),
                Err(_) => fail(Kind::Value, at, format!("{} is no whole number", shown(text))),
            }
        }
        other => fail(Kind::Type, at, format!("`int` does not take {}", describe(other))),
    }
}

/// `float()` of a value.
pub(super) fn float(value: &Value, at: usize) -> Result<Value> {
    match value {
        Value::Bool(truth) => Ok(Value::from(f64::from(u8::from(*truth)))),
        Value::Number(number) => Ok(Value::from(number.as_f64())),
        Value::String(text) => {
            let number = text.trim().replace('_', "").parse::<f64>().ok().filter(|number| number.is_finite());
            match number {
                Some(number) => Ok(Value::from(number)),
                None => fail(Kind::Value, at, format!("{} is no number", shown(text))),
            }
        }
        other => fail(Kind::Type, at, format!("`float` does not take {}", describe(other))),
    }
}

/// The whole number that a double without a fraction is, where it is in range.
pub(super) fn whole(double: f64) -> Option<Value> {
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    (-BEYOND..BEYOND).contains(&double).then_some(Value::from(double as i64))
}

/// A text for a message, cut to a length that fits.
pub(super) fn shown(text: &str) -> String {
    const LENGTH_MAX: usize = 40;
    let mut out = String::new();
    quote(&text.chars().take(LENGTH_MAX).collect::<String>(), &mut out);
    out
}
