//! Numbers: conversion, rounding, aggregation.

use tidegate_json::{Number, Value};

use super::string::{number_or, text};
use crate::error::{Details, Result, fail_about};
use crate::evaluate::Evaluator;
use crate::item::Item;

/// An integer item if the double is one that fits exactly.
pub(super) fn number_item(double: f64) -> Item {
    match Number::from_f64(double) {
        Some(number) if double.abs() < 1e15 => match number.as_i64() {
            Some(integer) => Item::Json(Value::from(integer)),
            None => Item::Json(Value::Number(number)),
        },
        Some(number) => Item::Json(Value::Number(number)),
        None => Item::Nothing,
    }
}

fn of_number(args: &[Item], change: impl FnOnce(f64) -> f64) -> Item {
    args[0].as_number().map_or(Item::Nothing, |number| number_item(change(number.as_f64())))
}

pub(super) fn number(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    match &args[0] {
        Item::Json(Value::Bool(truth)) => Ok(usize::from(*truth).into()),
        Item::Json(Value::String(given)) => {
            ev.burn_text(given.len())?;
            match parsed(given) {
                Some(number) => Ok(Item::Json(Value::Number(number))),
                None => {
                    let message = format!("unable to cast {} to a number", Value::from(given));
                    fail_about("D3030", Details::value(given), message)
                }
            }
        }
        other => Ok(other.clone()),
    }
}

/// A JSON number, or an unsigned hexadecimal, octal or binary one.
fn parsed(given: &str) -> Option<Number> {
    let radix = match given.get(..2) {
        Some("0x" | "0X") => 16,
        Some("0o" | "0O") => 8,
        Some("0b" | "0B") => 2,
        _ => return parsed_decimal(given),
    };
    let digits = &given[2..];
    let plain = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
    if !plain {
        return None;
    }
    let worth = |sum, digit: char| sum * f64::from(radix) + f64::from(digit.to_digit(radix).unwrap_or(0));
    u64::from_str_radix(digits, radix).map_or_else(
        |_| Number::from_f64(digits.chars().fold(0.0, worth)),
        |integer| Some(Number::from_u64(integer)),
    )
}

fn parsed_decimal(given: &str) -> Option<Number> {
    let unsigned = given.strip_prefix('-').unwrap_or(given);
    let mut after_digits = unsigned.trim_start_matches(|c: char| c.is_ascii_digit());
    if after_digits.len() == unsigned.len() {
        return None;
    }
    if after_digits.is_empty()
        && let Ok(integer) = given.parse::<i64>()
    {
        return Some(Number::from_i64(integer));
    }
    if let Some(fraction) = after_digits.strip_prefix('.') {
        after_digits = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
        if after_digits.len() == fraction.len() {
            return None;
        }
    }
    if let Some(exponent) = after_digits.strip_prefix(['e', 'E']) {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
    } else if !after_digits.is_empty() {
        return None;
    }
    given.parse().ok().and_then(Number::from_f64)
}

pub(super) fn abs(_: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    Ok(of_number(args, f64::abs))
}

pub(super) fn floor(_: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    Ok(of_number(args, f64::floor))
}

pub(super) fn ceil(_: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    Ok(of_number(args, f64::ceil))
}

pub(super) fn round(_: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    let precision = number_or(&args[1], 0.0) as i32;
    Ok(of_number(args, |number| rounded(number, precision)))
}

/// Half to even, at `precision` decimal places. The shift is made in decimal, where 2.675 is exactly that.
pub(super) fn rounded(number: f64, precision: i32) -> f64 {
    shifted(shifted(number, precision).round_ties_even(), precision.saturating_neg()) + 0.0
}

fn shifted(number: f64, places: i32) -> f64 {
    if places == 0 {
        return number;
    }
    let scientific = format!("{number:e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return number };
    let exponent = exponent.parse::<i32>().unwrap_or(0).saturating_add(places);
    format!("{mantissa}e{exponent}").parse().unwrap_or(number)
}

pub(super) fn power(_: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    let (Some(base), Some(exponent)) = (args[0].as_number(), args[1].as_number()) else {
        return Ok(Item::Nothing);
    };
    let result = base.as_f64().powf(exponent.as_f64());
    if !result.is_finite() {
        let message = format!("{base} to the power of {exponent} is not a finite number");
        return fail_about("D3061", Details::items(&args[0], &args[1]), message);
    }
    Ok(number_item(result))
}

pub(super) fn sqrt(_: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    let Some(given) = args[0].as_number() else { return Ok(Item::Nothing) };
    if given.as_f64() < 0.0 {
        return fail_about("D3060", Details::value(given), format!("{given} has no square root"));
    }
    Ok(number_item(given.as_f64().sqrt()))
}

pub(super) fn random(ev: &mut Evaluator<'_>, _: &Item, _: &[Item]) -> Result<Item> {
    Ok(Item::number(ev.random.unit()))
}

pub(super) fn format_base(_: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    let Some(given) = args[0].as_number() else { return Ok(Item::Nothing) };
    let radix = rounded(number_or(&args[1], 10.0), 0);
    if !(2.0..=36.0).contains(&radix) {
        let message = format!("the radix must be between 2 and 36, not {radix}");
        return fail_about("D3100", Details::item(&number_item(radix)), message);
    }
    Ok(text(in_radix(rounded(given.as_f64(), 0), radix as u32)))
}

fn in_radix(whole: f64, radix: u32) -> String {
    if radix == 10 {
        return Number::from_f64(whole).map_or_else(String::new, |number| number.to_string());
    }
    let mut digits = Vec::new();
    let mut left = whole.abs();
    while left >= 1.0 || digits.is_empty() {
        let digit = (left % f64::from(radix)) as u32;
        digits.extend(char::from_digit(digit, radix));
        left = (left / f64::from(radix)).trunc();
    }
    if whole < 0.0 {
        digits.push('-');
    }
    digits.into_iter().rev().collect()
}

/// The numbers of an array argument.
fn numbers(ev: &mut Evaluator<'_>, item: &Item) -> Result<Option<Vec<Number>>> {
    let Some(elements) = item.elements() else { return Ok(None) };
    ev.burn_items(elements.len())?;
    Ok(Some(elements.iter().filter_map(|element| element.as_number()).collect()))
}

pub(super) fn sum(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    let Some(numbers) = numbers(ev, &args[0])? else { return Ok(Item::Nothing) };
    let total: f64 = numbers.iter().map(Number::as_f64).sum();
    Ok(number_item(total + 0.0))
}

pub(super) fn average(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    match numbers(ev, &args[0])? {
        Some(numbers) if !numbers.is_empty() => {
            let total: f64 = numbers.iter().map(Number::as_f64).sum();
            Ok(number_item(total / numbers.len() as f64))
        }
        _ => Ok(Item::Nothing),
    }
}

pub(super) fn max(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    let largest = numbers(ev, &args[0])?.and_then(|numbers| numbers.into_iter().max());
    Ok(largest.map_or(Item::Nothing, |number| Item::Json(Value::Number(number))))
}

pub(super) fn min(ev: &mut Evaluator<'_>, _: &Item, args: &[Item]) -> Result<Item> {
    let smallest = numbers(ev, &args[0])?.and_then(|numbers| numbers.into_iter().min());
    Ok(smallest.map_or(Item::Nothing, |number| Item::Json(Value::Number(number))))
}
