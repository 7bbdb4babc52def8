//! How the operators of a filter compare.

use std::cmp::Ordering;

use tidegate_json::{Number, Value};

use super::Operator;

/// Comparisons of elements that comparing two values may take.
pub(super) fn cost(left: Option<&Value>, right: Option<&Value>) -> usize {
    let elements =
        |value: Option<&Value>| value.and_then(Value::as_array).map_or(1, |elements| elements.len());
    elements(left).saturating_mul(elements(right))
}

/// Whether `left operator right`. `None` stands for a path that leads nowhere.
pub(super) fn holds(left: Option<&Value>, operator: Operator, right: Option<&Value>) -> bool {
    match operator {
        Operator::Equal => equal(left, right),
        Operator::NotEqual => !equal(left, right),
        Operator::Same => left == right,
        Operator::NotSame => left != right,
        Operator::Less => ordered(left, right, Ordering::is_lt),
        Operator::LessOrEqual => ordered(left, right, Ordering::is_le),
        Operator::Greater => ordered(left, right, Ordering::is_gt),
        Operator::GreaterOrEqual => ordered(left, right, Ordering::is_ge),
        Operator::In => is_in(left, right),
        Operator::NotIn => !is_in(left, right),
        Operator::Contains => contains(left, right),
        Operator::SubsetOf => elements(left, right, |left, right| left.iter().all(|item| has(right, item))),
        Operator::AnyOf => elements(left, right, |left, right| left.iter().any(|item| has(right, item))),
        Operator::NoneOf => elements(left, right, |left, right| !left.iter().any(|item| has(right, item))),
        Operator::AllIn => elements(left, right, |left, right| right.iter().all(|item| has(left, item))),
        Operator::Size => size(left).is_some_and(|size| right.and_then(Value::as_usize) == Some(size)),
        Operator::Empty => size(left).is_some_and(|size| right.and_then(Value::as_bool) == Some(size == 0)),
    }
}

fn equal(left: Option<&Value>, right: Option<&Value>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => alike(left, right),
        (None, None) => true,
        (None, Some(_)) | (Some(_), None) => false,
    }
}

/// Equality of two values, where a text equals the number that it spells.
fn alike(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(number), Value::String(text)) | (Value::String(text), Value::Number(number)) => {
            spelled(text) == Some(*number)
        }
        _ => left == right,
    }
}

fn spelled(text: &str) -> Option<Number> {
    Value::parse(text.trim()).ok()?.as_number()
}

fn ordered(left: Option<&Value>, right: Option<&Value>, wanted: impl Fn(Ordering) -> bool) -> bool {
    match (left, right) {
        (Some(Value::Number(left)), Some(Value::Number(right))) => wanted(left.cmp(right)),
        (Some(Value::String(left)), Some(Value::String(right))) => wanted(left.cmp(right)),
        _ => false,
    }
}

fn is_in(left: Option<&Value>, right: Option<&Value>) -> bool {
    match (left, right) {
        (Some(left), Some(Value::Array(right))) => has(right, left),
        _ => false,
    }
}

fn contains(left: Option<&Value>, right: Option<&Value>) -> bool {
    match (left, right) {
        (Some(Value::String(text)), Some(Value::String(part))) => text.contains(part.as_str()),
        (Some(Value::Array(elements)), Some(item)) => has(elements, item),
        _ => false,
    }
}

fn has(elements: &[Value], item: &Value) -> bool {
    elements.iter().any(|element| alike(element, item))
}

fn elements(left: Option<&Value>, right: Option<&Value>, holds: impl Fn(&[Value], &[Value]) -> bool) -> bool {
    match (left, right) {
        (Some(Value::Array(left)), Some(Value::Array(right))) => holds(left, right),
        _ => false,
    }
}

fn size(value: Option<&Value>) -> Option<usize> {
    match value? {
        Value::Array(elements) => Some(elements.len()),
        Value::Object(members) => Some(members.len()),
        Value::String(text) => Some(text.encode_utf16().count()),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}
