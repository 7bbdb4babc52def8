//! Operators: what Python's do, on values that JSON has. Truth values count as 0 and 1.

use std::cmp::Ordering;

use tidegate_json::{Number, Value};

use super::convert::{describe, key_of, text_of};
use super::error::{Kind, Result, fail};
use super::evaluate::Evaluator;
use super::tree::{Binary, Comparison};

/// Python's truth: nothing, false, zero and what is empty are not true.
pub(super) fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(truth) => *truth,
        Value::Number(number) => number.as_f64() != 0.0,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
    }
}

/// The number that a value counts as.
pub(super) fn number(value: &Value) -> Option<Number> {
    match value {
        Value::Bool(truth) => Some(Number::from_i64(i64::from(*truth))),
        Value::Number(number) => Some(*number),
        _ => None,
    }
}

/// The whole number that a value counts as, where it is one and not a double.
fn integer(number: Number) -> Option<i64> {
    if number.is_double() { None } else { number.as_i64() }
}

pub(super) fn negative(value: &Value, at: usize) -> Result<Value> {
    let Some(number) = number(value) else {
        return fail(Kind::Type, at, format!("`-` does not take {}", describe(value)));
    };
    match integer(number) {
        Some(integer) => {
            integer.checked_neg().map_or_else(|| too_large(at), |integer| Ok(Value::from(integer)))
        }
        None => Ok(Value::from(-number.as_f64())),
    }
}

fn too_large<T>(at: usize) -> Result<T> {
    fail(Kind::Overflow, at, "the result is too large a number")
}

pub(super) fn binary(
    evaluator: &mut Evaluator<'_>,
    operator: Binary,
    left: &Value,
    right: &Value,
    at: usize,
) -> Result<Value> {
    if let (Some(left), Some(right)) = (number(left), number(right)) {
        return arithmetic(operator, left, right, at);
    }
    match (operator, left, right) {
        (Binary::Add, Value::String(first), Value::String(second)) => {
            evaluator.spend_text(first.len() + second.len(), at)?;
            Ok(Value::from(format!("{first}{second}")))
        }
        (Binary::Add, Value::Array(first), Value::Array(second)) => {
            evaluator.spend(first.len() + second.len(), at)?;
            Ok(Value::from([first.as_slice(), second.as_slice()].concat()))
        }
        (Binary::Multiply, Value::String(_) | Value::Array(_), times) if times.as_i64().is_some() => {
            repeated(evaluator, left, times, at)
        }
        (Binary::Multiply, times, Value::String(_) | Value::Array(_)) if times.as_i64().is_some() => {
            repeated(evaluator, right, times, at)
        }
        _ => {
            let message =
                format!("`{}` does not take {} and {}", sign(operator), describe(left), describe(right));
            fail(Kind::Type, at, message)
        }
    }
}

fn repeated(evaluator: &mut Evaluator<'_>, value: &Value, times: &Value, at: usize) -> Result<Value> {
    let times = times.as_usize().unwrap_or(0);
    match value {
        Value::String(text) => {
            evaluator.spend_text(text.len().saturating_mul(times), at)?;
            Ok(Value::from(text.repeat(times)))
        }
        Value::Array(items) => {
            evaluator.spend(items.len().saturating_mul(times), at)?;
            let count = items.len().saturating_mul(times);
            Ok(Value::from(items.iter().cycle().take(count).cloned().collect::<Vec<_>>()))
        }
        other => fail(Kind::Type, at, format!("`*` does not take {}", describe(other))),
    }
}

fn sign(operator: Binary) -> &'static str {
    match operator {
        Binary::Add => "+",
        Binary::Subtract => "-",
        Binary::Multiply => "*",
        Binary::Divide => "/",
        Binary::FloorDivide => "//",
        Binary::Remainder => "%",
        Binary::Power => "**",
    }
}

fn arithmetic(operator: Binary, left: Number, right: Number, at: usize) -> Result<Value> {
    let divides = matches!(operator, Binary::Divide | Binary::FloorDivide | Binary::Remainder);
    if divides && right.as_f64() == 0.0 {
        return fail(Kind::ZeroDivision, at, "division by zero");
    }
    if let (Some(left), Some(right)) = (integer(left), integer(right)) {
        let whole = match operator {
            Binary::Add => left.checked_add(right),
            Binary::Subtract => left.checked_sub(right),
            Binary::Multiply => left.checked_mul(right),
            Binary::FloorDivide => floor_divided(left, right),
            Binary::Remainder => remainder(left, right),
            Binary::Power if right >= 0 => {
                u32::try_from(right).ok().and_then(|power| left.checked_pow(power))
            }
            Binary::Divide | Binary::Power => return doubles(operator, left as f64, right as f64, at),
        };
        return whole.map_or_else(|| too_large(at), |whole| Ok(Value::from(whole)));
    }
    doubles(operator, left.as_f64(), right.as_f64(), at)
}

/// Rounded towards minus infinity.
fn floor_divided(left: i64, right: i64) -> Option<i64> {
    let whole = left.checked_div(right)?;
    let is_between = left.checked_rem(right)? != 0 && (left < 0) != (right < 0);
    whole.checked_sub(i64::from(is_between))
}

/// With the sign of the divisor.
fn remainder(left: i64, right: i64) -> Option<i64> {
    let rest = left.checked_rem(right)?;
    if rest != 0 && (rest < 0) != (right < 0) { rest.checked_add(right) } else { Some(rest) }
}

fn doubles(operator: Binary, left: f64, right: f64, at: usize) -> Result<Value> {
    let result = match operator {
        Binary::Add => left + right,
        Binary::Subtract => left - right,
        Binary::Multiply => left * right,
        Binary::Divide => left / right,
        Binary::FloorDivide => (left / right).floor(),
        Binary::Remainder => left - right * (left / right).floor(),
        Binary::Power if left == 0.0 && right < 0.0 => {
            return fail(Kind::ZeroDivision, at, "zero has no negative power");
        }
        Binary::Power => left.powf(right),
    };
    match Number::from_f64(result) {
        Some(number) => Ok(Value::Number(number)),
        None if result.is_nan() => fail(Kind::Value, at, "the result is no real number"),
        None => too_large(at),
    }
}

/// Whether `left` and `right` compare so.
pub(super) fn compare(
    evaluator: &mut Evaluator<'_>,
    comparison: Comparison,
    left: &Value,
    right: &Value,
    at: usize,
) -> Result<bool> {
    match comparison {
        Comparison::Equal => equal(evaluator, left, right, at),
        Comparison::NotEqual => equal(evaluator, left, right, at).map(|equal| !equal),
        Comparison::Less => order(evaluator, left, right, at).map(Ordering::is_lt),
        Comparison::LessOrEqual => order(evaluator, left, right, at).map(Ordering::is_le),
        Comparison::Greater => order(evaluator, left, right, at).map(Ordering::is_gt),
        Comparison::GreaterOrEqual => order(evaluator, left, right, at).map(Ordering::is_ge),
        Comparison::In => contains(evaluator, right, left, at),
        Comparison::NotIn => contains(evaluator, right, left, at).map(|contains| !contains),
        Comparison::Is => is(left, right, at),
        Comparison::IsNot => is(left, right, at).map(|is| !is),
    }
}

/// `is`, which asks for `None`, `True` or `False`.
fn is(left: &Value, right: &Value, at: usize) -> Result<bool> {
    let is_single = |value: &Value| matches!(value, Value::Null | Value::Bool(_));
    if !is_single(left) && !is_single(right) {
        return fail(Kind::Type, at, "`is` asks for None, True or False; values are compared with `==`");
    }
    Ok(is_single(left) && is_single(right) && left == right)
}

pub(super) fn equal(evaluator: &mut Evaluator<'_>, left: &Value, right: &Value, at: usize) -> Result<bool> {
    evaluator.spend(1, at)?;
    if let (Some(left), Some(right)) = (number(left), number(right)) {
        return Ok(left == right);
    }
    match (left, right) {
        (Value::String(left), Value::String(right)) => {
            evaluator.spend_text(left.len().min(right.len()), at)?;
            Ok(left == right)
        }
        (Value::Array(left), Value::Array(right)) => {
            if left.len() != right.len() {
                return Ok(false);
            }
            for (left, right) in left.iter().zip(right.iter()) {
                if !equal(evaluator, left, right, at)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Value::Object(left), Value::Object(right)) => {
            if left.len() != right.len() {
                return Ok(false);
            }
            for (key, left) in left.iter() {
                let Some(right) = right.get(key) else { return Ok(false) };
                if !equal(evaluator, left, right, at)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Value::Null, Value::Null) => Ok(true),
        _ => Ok(false),
    }
}

pub(super) fn order(
    evaluator: &mut Evaluator<'_>,
    left: &Value,
    right: &Value,
    at: usize,
) -> Result<Ordering> {
    evaluator.spend(1, at)?;
    if let (Some(left), Some(right)) = (number(left), number(right)) {
        return Ok(left.cmp(&right));
    }
    match (left, right) {
        (Value::String(left), Value::String(right)) => {
            evaluator.spend_text(left.len().min(right.len()), at)?;
            Ok(left.as_str().cmp(right.as_str()))
        }
        (Value::Array(left), Value::Array(right)) => {
            for (left, right) in left.iter().zip(right.iter()) {
                if !equal(evaluator, left, right, at)? {
                    return order(evaluator, left, right, at);
                }
            }
            Ok(left.len().cmp(&right.len()))
        }
        _ => {
            let message = format!("{} and {} have no order", describe(left), describe(right));
            fail(Kind::Type, at, message)
        }
    }
}

fn contains(evaluator: &mut Evaluator<'_>, whole: &Value, part: &Value, at: usize) -> Result<bool> {
    match whole {
        Value::Array(items) => {
            for item in items.iter() {
                if equal(evaluator, item, part, at)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Value::Object(members) => match part {
            Value::String(_) | Value::Number(_) => Ok(members.contains_key(&key_of(part, at)?)),
            _ => Ok(false),
        },
        Value::String(text) => match part {
            Value::String(part) => {
                evaluator.spend_text(text.len(), at)?;
                Ok(text.contains(part.as_str()))
            }
            other => fail(Kind::Type, at, format!("a text contains texts, not {}", describe(other))),
        },
        other => fail(Kind::Type, at, format!("{} contains nothing that `in` could find", describe(other))),
    }
}

/// The length of the text that `str()` makes of a value, roughly, as steps to pay for it.
pub(super) fn written(evaluator: &mut Evaluator<'_>, value: &Value, at: usize) -> Result<String> {
    pay_for(evaluator, value, at)?;
    let text = text_of(value).into_owned();
    evaluator.spend_text(text.len(), at)?;
    Ok(text)
}

fn pay_for(evaluator: &mut Evaluator<'_>, value: &Value, at: usize) -> Result<()> {
    evaluator.spend(1, at)?;
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| pay_for(evaluator, item, at)),
        Value::Object(members) => members.values().try_for_each(|member| pay_for(evaluator, member, at)),
        Value::String(text) => evaluator.spend_text(text.len(), at),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}
