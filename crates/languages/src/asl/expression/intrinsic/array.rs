//! `States.ArrayPartition`, `ArrayContains`, `ArrayRange`, `ArrayGetItem`, `ArrayLength`, `ArrayUnique`.
//!
//! The documentation says that fractional arguments are rounded; AWS cuts their fractions off.

use std::cmp::Ordering;

use tidegate_json::{Array, Value};

use super::Function;
use super::call::{Result, invalid};
use super::java;
use super::math::truncated;

/// Elements that a range may have. Source: AWS Step Functions developer guide, `States.ArrayRange`.
const RANGE_MAX: usize = 1000;

pub(super) fn partition(array: &Value, size: &Value) -> Result<Value> {
    let elements = elements(array, Function::ArrayPartition)?;
    let size = truncated(size).and_then(|size| usize::try_from(size).ok()).filter(|size| *size > 0);
    let size = size.ok_or_else(|| invalid(Function::ArrayPartition))?;
    Ok(elements.chunks(size).map(|chunk| Value::from(chunk.to_vec())).collect())
}

/// AWS compares what values look like: the number 1 is in `["1"]`, and objects with their members in another order
/// differ.
pub(super) fn contains(array: &Value, wanted: &Value) -> Result<Value> {
    let elements = elements(array, Function::ArrayContains)?;
    let wanted = java::text_of(wanted);
    Ok(elements.iter().any(|element| java::text_of(element) == wanted).into())
}

pub(super) fn range(first: &Value, last: &Value, step: &Value) -> Result<Value> {
    let fail = || invalid(Function::ArrayRange);
    let bound = |value| truncated(value).ok_or_else(fail);
    let (first, last, step) = (bound(first)?, bound(last)?, bound(step)?);
    let is_within = |at: i64| match step.cmp(&0) {
        Ordering::Greater => at <= last,
        Ordering::Less => at >= last,
        Ordering::Equal => false,
    };
    if step == 0 {
        return Err(fail());
    }
    let mut range = Vec::new();
    let mut at = first;
    while is_within(at) {
        if range.len() == RANGE_MAX {
            return Err(fail());
        }
        range.push(Value::from(at));
        at = at.saturating_add(step);
    }
    Ok(range.into())
}

/// AWS gives `null` for whichever element of an empty array, and fails beyond the end of any other.
pub(super) fn get_item(array: &Value, index: &Value) -> Result<Value> {
    let fail = || invalid(Function::ArrayGetItem);
    let elements = elements(array, Function::ArrayGetItem)?;
    let index = truncated(index).and_then(|index| usize::try_from(index).ok()).ok_or_else(fail)?;
    match elements.get(index) {
        Some(element) => Ok(element.clone()),
        None if elements.is_empty() => Ok(Value::Null),
        None => Err(fail()),
    }
}

pub(super) fn length(array: &Value) -> Result<Value> {
    Ok(elements(array, Function::ArrayLength)?.len().into())
}

/// The different elements, in the order of a Java `HashSet`, as AWS returns them.
pub(super) fn unique(array: &Value) -> Result<Value> {
    let elements = elements(array, Function::ArrayUnique)?;
    let mut by_worth: Vec<usize> = (0..elements.len()).collect();
    by_worth.sort_by(|a, b| elements[*a].cmp_total(&elements[*b]));
    by_worth.dedup_by(|later, earlier| elements[*later] == elements[*earlier]);
    by_worth.sort_unstable();
    let mut different: Vec<Value> = by_worth.into_iter().map(|at| elements[at].clone()).collect();
    java::set_order(&mut different, elements.len());
    Ok(different.into())
}

fn elements(value: &Value, function: Function) -> Result<&Array> {
    value.as_array().ok_or_else(|| invalid(function))
}
