//! The functions that an expression can call: those of Python's that only look at their arguments.

use std::cmp::Ordering;

use tidegate_json::{Map, Value};

use super::convert::{describe, float, integer, key_of, whole};
use super::error::{Fault, Kind, Result, fail};
use super::evaluate::Evaluator;
use super::operators::{binary, is_true, number, order, written};
use super::tree::{Arguments, Binary};

/// A function that can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Abs,
    All,
    Any,
    Bool,
    Dict,
    Enumerate,
    Float,
    Int,
    Len,
    List,
    Max,
    Min,
    Range,
    Reversed,
    Round,
    Sorted,
    Str,
    Sum,
    Zip,
}

/// Name, function, and how many arguments it takes: least and most.
const TABLE: [(&str, Function, usize, usize); 20] = [
    ("abs", Function::Abs, 1, 1),
    ("all", Function::All, 1, 1),
    ("any", Function::Any, 1, 1),
    ("bool", Function::Bool, 0, 1),
    ("dict", Function::Dict, 0, 1),
    ("enumerate", Function::Enumerate, 1, 2),
    ("float", Function::Float, 0, 1),
    ("int", Function::Int, 0, 1),
    ("len", Function::Len, 1, 1),
    ("list", Function::List, 0, 1),
    ("max", Function::Max, 1, usize::MAX),
    ("min", Function::Min, 1, usize::MAX),
    ("range", Function::Range, 1, 3),
    ("reversed", Function::Reversed, 1, 1),
    ("round", Function::Round, 1, 2),
    ("sorted", Function::Sorted, 1, 1),
    ("str", Function::Str, 0, 1),
    ("sum", Function::Sum, 1, 2),
    ("tuple", Function::List, 0, 1),
    ("zip", Function::Zip, 0, usize::MAX),
];

impl Function {
    /// The function of that name.
    pub(super) fn parse(name: &str) -> Option<Self> {
        TABLE.iter().find(|(known, ..)| *known == name).map(|(_, function, ..)| *function)
    }

    /// The names of all.
    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        TABLE.iter().map(|(name, ..)| *name)
    }
}

/// Calls `function`.
pub(super) fn call(
    evaluator: &mut Evaluator<'_>,
    function: Function,
    arguments: &Arguments,
    at: usize,
) -> Result<Value> {
    let given = evaluator.values(&arguments.plain)?;
    let (name, _, least, most) =
        TABLE[TABLE.iter().position(|(_, known, ..)| *known == function).unwrap_or(0)];
    if given.len() < least || given.len() > most {
        return fail(Kind::Type, at, format!("`{name}` does not take {} arguments", given.len()));
    }
    let mut named = Named { default: None, reverse: false };
    for (key, node) in &arguments.named {
        let value = evaluator.value(node)?;
        match (function, key.as_str()) {
            (Function::Max | Function::Min, "default") => named.default = Some(value),
            (Function::Sorted, "reverse") => named.reverse = is_true(&value),
            _ => return fail(Kind::Type, node.at, format!("`{name}` takes no argument `{key}` here")),
        }
    }
    run(evaluator, function, &given, &named, at)
}

/// Arguments by name.
struct Named {
    default: Option<Value>,
    reverse: bool,
}

fn run(
    evaluator: &mut Evaluator<'_>,
    function: Function,
    given: &[Value],
    named: &Named,
    at: usize,
) -> Result<Value> {
    let first = given.first();
    let value = first.cloned().unwrap_or_default();
    match function {
        Function::Abs => absolute(&value, at),
        Function::All => Ok(Value::Bool(evaluator.items(&value, at)?.iter().all(is_true))),
        Function::Any => Ok(Value::Bool(evaluator.items(&value, at)?.iter().any(is_true))),
        Function::Bool => Ok(Value::Bool(is_true(&value))),
        Function::Dict if first.is_some() => dictionary(evaluator, &value, at),
        Function::Dict => Ok(Value::from(Map::default())),
        Function::Enumerate => {
            let start = given.get(1).and_then(Value::as_i64).unwrap_or(0);
            let items = evaluator.items(&value, at)?.into_iter();
            let numbered =
                items.zip(start..).map(|(item, place)| Value::from(vec![Value::from(place), item]));
            Ok(Value::from(numbered.collect::<Vec<_>>()))
        }
        Function::Float if first.is_some() => float(&value, at),
        Function::Float => Ok(Value::from(0.0)),
        Function::Int if first.is_some() => integer(&value, at),
        Function::Int => Ok(Value::from(0)),
        Function::Len => length(evaluator, &value, at),
        Function::List if first.is_some() => evaluator.items(&value, at).map(Value::from),
        Function::List => Ok(Value::from(Vec::new())),
        Function::Max => extreme(evaluator, given, named, Ordering::Greater, at),
        Function::Min => extreme(evaluator, given, named, Ordering::Less, at),
        Function::Range => range(evaluator, given, at),
        Function::Reversed => {
            let mut items = evaluator.items(&value, at)?;
            items.reverse();
            Ok(Value::from(items))
        }
        Function::Round => round(&value, given.get(1), at),
        Function::Sorted => sorted(evaluator, &value, named.reverse, at),
        Function::Str if first.is_some() => written(evaluator, &value, at).map(Value::from),
        Function::Str => Ok(Value::from("")),
        Function::Sum => {
            let mut sum = given.get(1).cloned().unwrap_or(Value::from(0));
            for item in evaluator.items(&value, at)? {
                sum = binary(evaluator, Binary::Add, &sum, &item, at)?;
            }
            Ok(sum)
        }
        Function::Zip => zip(evaluator, given, at),
    }
}

fn absolute(value: &Value, at: usize) -> Result<Value> {
    match number(value) {
        Some(number) if number.as_f64() < 0.0 => super::operators::negative(value, at),
        Some(number) => Ok(Value::Number(number)),
        None => fail(Kind::Type, at, format!("`abs` does not take {}", describe(value))),
    }
}

fn length(evaluator: &mut Evaluator<'_>, value: &Value, at: usize) -> Result<Value> {
    match value {
        Value::Array(items) => Ok(Value::from(items.len())),
        Value::Object(members) => Ok(Value::from(members.len())),
        Value::String(text) => {
            evaluator.spend_text(text.len(), at)?;
            Ok(Value::from(text.chars().count()))
        }
        other => fail(Kind::Type, at, format!("{} has no length", describe(other))),
    }
}

fn dictionary(evaluator: &mut Evaluator<'_>, value: &Value, at: usize) -> Result<Value> {
    if let Value::Object(_) = value {
        return Ok(value.clone());
    }
    let mut members = Map::default();
    for item in evaluator.items(value, at)? {
        match evaluator.items(&item, at)?.as_slice() {
            [key, value] => members.insert(key_of(key, at)?, value.clone()),
            parts => {
                return fail(
                    Kind::Value,
                    at,
                    format!("a member is a key and a value, not {} parts", parts.len()),
                );
            }
        };
    }
    Ok(Value::from(members))
}

fn extreme(
    evaluator: &mut Evaluator<'_>,
    given: &[Value],
    named: &Named,
    wanted: Ordering,
    at: usize,
) -> Result<Value> {
    let items = match given {
        [one] => evaluator.items(one, at)?,
        several => several.to_vec(),
    };
    let mut best: Option<Value> = None;
    for item in items {
        let is_better = match &best {
            None => true,
            Some(best) => order(evaluator, &item, best, at)? == wanted,
        };
        if is_better {
            best = Some(item);
        }
    }
    match best.or_else(|| named.default.clone()) {
        Some(best) => Ok(best),
        None => Err(Fault::boxed(Kind::Value, at, "there is no item to choose from")
            .with_help("say what it is then, as in `max(…, default=0)`")),
    }
}

fn range(evaluator: &mut Evaluator<'_>, given: &[Value], at: usize) -> Result<Value> {
    let mut numbers = Vec::with_capacity(3);
    for value in given {
        match number(value).filter(|number| !number.is_double()).and_then(|number| number.as_i64()) {
            Some(whole) => numbers.push(whole),
            None => {
                return fail(Kind::Type, at, format!("`range` takes whole numbers, not {}", describe(value)));
            }
        }
    }
    let (start, end, step) = match numbers.as_slice() {
        [end] => (0, *end, 1),
        [start, end] => (*start, *end, 1),
        [start, end, step, ..] => (*start, *end, *step),
        [] => (0, 0, 1),
    };
    if step == 0 {
        return fail(Kind::Value, at, "the step of `range` is not zero");
    }
    let distance =
        if step > 0 { i128::from(end) - i128::from(start) } else { i128::from(start) - i128::from(end) };
    let stride = i128::from(step).abs();
    let count = if distance <= 0 { 0 } else { (distance + stride - 1) / stride };
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    evaluator.spend(count, at)?;
    // Each lies between `start` and `end`; only on the way there it may not.
    let nth = |place: usize| i128::from(start) + place as i128 * i128::from(step);
    let items = (0..count).map(|place| Value::from(i64::try_from(nth(place)).unwrap_or(end)));
    Ok(Value::from(items.collect::<Vec<_>>()))
}

/// To the even neighbour where two are as near, as Python does.
fn round(value: &Value, digits: Option<&Value>, at: usize) -> Result<Value> {
    let Some(given) = number(value) else {
        return fail(Kind::Type, at, format!("`round` does not take {}", describe(value)));
    };
    match digits {
        None | Some(Value::Null) if !given.is_double() => Ok(Value::Number(given)),
        None | Some(Value::Null) => match whole(given.as_f64().round_ties_even()) {
            Some(rounded) => Ok(rounded),
            None => fail(Kind::Overflow, at, "the number is too large"),
        },
        Some(digits) => {
            let Some(digits) = digits.as_i64().filter(|digits| (-300..=300).contains(digits)) else {
                return fail(Kind::Value, at, "`round` takes a number of digits from -300 to 300");
            };
            if !given.is_double() && digits >= 0 {
                return Ok(Value::Number(given));
            }
            let exact = given.as_f64();
            let rounded = match usize::try_from(digits) {
                // Printing rounds the number as it is held, not a product that was rounded before.
                Ok(digits) => format!("{exact:.digits$}").parse().unwrap_or(exact),
                Err(_) => {
                    let scale = 10_f64.powi(digits.unsigned_abs() as i32);
                    (exact / scale).round_ties_even() * scale
                }
            };
            if !given.is_double() {
                return whole(rounded)
                    .map_or_else(|| fail(Kind::Overflow, at, "the number is too large"), Ok);
            }
            Ok(Value::from(rounded))
        }
    }
}

/// Stable, so that equal items stay in their order.
fn sorted(evaluator: &mut Evaluator<'_>, value: &Value, reverse: bool, at: usize) -> Result<Value> {
    let mut items = evaluator.items(value, at)?;
    let mut failed = None;
    items.sort_by(|left, right| {
        if failed.is_some() {
            return Ordering::Equal;
        }
        match order(evaluator, left, right, at) {
            Ok(order) if reverse => order.reverse(),
            Ok(order) => order,
            Err(fault) => {
                failed = Some(fault);
                Ordering::Equal
            }
        }
    });
    match failed {
        Some(fault) => Err(fault),
        None => Ok(Value::from(items)),
    }
}

fn zip(evaluator: &mut Evaluator<'_>, given: &[Value], at: usize) -> Result<Value> {
    let mut lists = Vec::with_capacity(given.len());
    for list in given {
        lists.push(evaluator.items(list, at)?);
    }
    let count = lists.iter().map(Vec::len).min().unwrap_or(0);
    evaluator.spend(count.saturating_mul(lists.len()), at)?;
    let rows =
        (0..count).map(|place| Value::from(lists.iter().map(|list| list[place].clone()).collect::<Vec<_>>()));
    Ok(Value::from(rows.collect::<Vec<_>>()))
}
