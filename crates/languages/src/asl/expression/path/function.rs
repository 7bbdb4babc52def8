//! Functions that may end a path: `$.items.length()`.
//!
//! They are those of Jayway JsonPath that take no arguments.

use tidegate_json::{Number, Value};

use super::NoResult;

/// A function at the end of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// Elements of an array, members of an object, characters of a text.
    Length,
    /// Names of the members.
    Keys,
    /// The first element.
    First,
    /// The last element.
    Last,
    /// The texts of an array, joined.
    Concat,
    /// The smallest number.
    Min,
    /// The largest number.
    Max,
    /// The mean.
    Average,
    /// The sum.
    Sum,
    /// The standard deviation.
    Deviation,
}

impl Function {
    /// The function of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "length" | "size" => Self::Length,
            "keys" => Self::Keys,
            "first" => Self::First,
            "last" => Self::Last,
            "concat" => Self::Concat,
            "min" => Self::Min,
            "max" => Self::Max,
            "avg" => Self::Average,
            "sum" => Self::Sum,
            "stddev" => Self::Deviation,
            _ => return None,
        })
    }

    pub(super) fn apply(self, value: &Value) -> Result<Value, NoResult> {
        match self {
            Self::Length => Ok(length(value)),
            Self::Keys => Ok(keys(value)),
            Self::First => edge(value.as_array().and_then(|elements| elements.first())),
            Self::Last => edge(value.as_array().and_then(|elements| elements.last())),
            Self::Concat => Ok(concatenated(value)),
            Self::Min => over_numbers(value, |numbers| numbers.iter().copied().min().map(Value::from)),
            Self::Max => over_numbers(value, |numbers| numbers.iter().copied().max().map(Value::from)),
            Self::Average => over_numbers(value, |numbers| Some(mean(numbers).into())),
            Self::Sum => over_numbers(value, |numbers| Some(sum(numbers).into())),
            Self::Deviation => over_numbers(value, |numbers| Some(deviation(numbers).into())),
        }
    }
}

fn length(value: &Value) -> Value {
    match value {
        Value::Array(elements) => elements.len().into(),
        Value::Object(members) => members.len().into(),
        Value::String(text) => text.encode_utf16().count().into(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Value::Null,
    }
}

fn keys(value: &Value) -> Value {
    value.as_object().map_or(Value::Null, |members| members.keys().collect())
}

fn concatenated(value: &Value) -> Value {
    let texts = value.as_array().into_iter().flat_map(|elements| elements.iter()).filter_map(Value::as_str);
    texts.collect::<String>().into()
}

fn edge(element: Option<&Value>) -> Result<Value, NoResult> {
    element
        .cloned()
        .ok_or_else(|| inapplicable("Aggregation function attempted to calculate value using empty array"))
}

fn over_numbers(value: &Value, compute: impl FnOnce(&[Number]) -> Option<Value>) -> Result<Value, NoResult> {
    let elements = value.as_array().map(|elements| elements.as_slice()).unwrap_or_default();
    let numbers: Vec<Number> = elements.iter().filter_map(Value::as_number).collect();
    let computed = if numbers.is_empty() { None } else { compute(&numbers) };
    computed
        .ok_or_else(|| inapplicable("Aggregation function attempted to calculate value using empty array"))
}

fn inapplicable(sentence: &'static str) -> NoResult {
    NoResult::Inapplicable(sentence.into())
}

fn sum(numbers: &[Number]) -> f64 {
    numbers.iter().map(Number::as_f64).sum()
}

fn mean(numbers: &[Number]) -> f64 {
    sum(numbers) / numbers.len() as f64
}

fn deviation(numbers: &[Number]) -> f64 {
    let mean = mean(numbers);
    let squares: f64 = numbers.iter().map(|number| (number.as_f64() - mean).powi(2)).sum();
    (squares / numbers.len() as f64).sqrt()
}
