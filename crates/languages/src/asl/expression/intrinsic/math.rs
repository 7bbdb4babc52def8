//! `States.MathAdd`, `MathRandom`.

use tidegate_json::{Number, Value};

use super::Function;
use super::call::{Result, invalid};
use crate::asl::expression::Surroundings;
use crate::asl::expression::random::SeededRandom;

/// The sum of two numbers, each rounded to the nearest whole one, halves upwards. Both and the sum fit 32 bits.
pub(super) fn add(left: &Value, right: &Value) -> Result<Value> {
    let rounded = |value: &Value| match value.as_number() {
        Some(number) if number.is_double() => fitting((number.as_f64() + 0.5).floor()),
        Some(number) => number.as_i64().and_then(|integer| i32::try_from(integer).ok()),
        None => None,
    };
    let sum = rounded(left).zip(rounded(right)).and_then(|(left, right)| left.checked_add(right));
    sum.map(Value::from).ok_or_else(|| invalid(Function::MathAdd))
}

/// A whole number from the first argument to below the second. With a seed it is the number that AWS gives.
pub(super) fn random(arguments: &[Value], around: &Surroundings<'_>) -> Result<Value> {
    let fail = || invalid(Function::MathRandom);
    let whole = |at: usize| arguments.get(at).and_then(truncated).ok_or_else(fail);
    let (start, end) = (whole(0)?, whole(1)?);
    let bound = end.checked_sub(start).and_then(|bound| u32::try_from(bound).ok());
    let bound = bound.filter(|bound| (1..=i32::MAX as u32).contains(bound)).ok_or_else(fail)?;
    let mut random = match arguments.len() {
        2 => SeededRandom::drawn(&around.draws),
        _ => SeededRandom::new(whole(2)?),
    };
    Ok((start + i64::from(random.below(bound))).into())
}

/// A number without its fraction.
pub(super) fn truncated(value: &Value) -> Option<i64> {
    let number = value.as_number()?;
    number.as_i64().or_else(|| Number::from_f64(number.as_f64().trunc())?.as_i64())
}

fn fitting(double: f64) -> Option<i32> {
    (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&double).then_some(double as i32)
}
