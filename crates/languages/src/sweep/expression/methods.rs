//! The methods of texts, lists and dictionaries that an expression can call.

use tidegate_json::Value;

use super::convert::{describe, key_of};
use super::error::{Kind, Result, fail};
use super::evaluate::Evaluator;
use super::operators::equal;

/// A method that can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Count,
    EndsWith,
    Get,
    Index,
    Items,
    Join,
    Keys,
    Lower,
    Replace,
    Split,
    StartsWith,
    Strip,
    Upper,
    Values,
}

/// Name, method, and how many arguments it takes: least and most.
const TABLE: [(&str, Method, usize, usize); 14] = [
    ("count", Method::Count, 1, 1),
    ("endswith", Method::EndsWith, 1, 1),
    ("get", Method::Get, 1, 2),
    ("index", Method::Index, 1, 1),
    ("items", Method::Items, 0, 0),
    ("join", Method::Join, 1, 1),
    ("keys", Method::Keys, 0, 0),
    ("lower", Method::Lower, 0, 0),
    ("replace", Method::Replace, 2, 2),
    ("split", Method::Split, 0, 1),
    ("startswith", Method::StartsWith, 1, 1),
    ("strip", Method::Strip, 0, 0),
    ("upper", Method::Upper, 0, 0),
    ("values", Method::Values, 0, 0),
];

impl Method {
    /// The method of that name.
    pub(super) fn parse(name: &str) -> Option<Self> {
        TABLE.iter().find(|(known, ..)| *known == name).map(|(_, method, ..)| *method)
    }
}

/// Calls `method` of `value`.
pub(super) fn call(
    evaluator: &mut Evaluator<'_>,
    value: &Value,
    method: Method,
    given: &[Value],
    at: usize,
) -> Result<Value> {
    let (name, _, least, most) = TABLE[TABLE.iter().position(|(_, known, ..)| *known == method).unwrap_or(0)];
    if given.len() < least || given.len() > most {
        return fail(Kind::Type, at, format!("`.{name}` does not take {} arguments", given.len()));
    }
    let called = match value {
        Value::String(text) => {
            evaluator.spend_text(text.len(), at)?;
            of_text(evaluator, text, method, given, at)?
        }
        Value::Array(items) => of_list(evaluator, items, method, given, at)?,
        Value::Object(_) => of_dictionary(evaluator, value, method, given, at)?,
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    };
    match called {
        Some(called) => Ok(called),
        None => {
            fail(Kind::Type, at, format!("{} has no `.{name}`, or not with such arguments", describe(value)))
        }
    }
}

/// `None` where texts have no such method, or it does not take these arguments.
fn of_text(
    evaluator: &mut Evaluator<'_>,
    text: &str,
    method: Method,
    given: &[Value],
    at: usize,
) -> Result<Option<Value>> {
    let argument = given.first().and_then(Value::as_str);
    Ok(match (method, argument) {
        (Method::Lower, _) => Some(Value::from(text.to_lowercase())),
        (Method::Upper, _) => Some(Value::from(text.to_uppercase())),
        (Method::Strip, _) => Some(Value::from(text.trim())),
        (Method::StartsWith, Some(start)) => Some(Value::Bool(text.starts_with(start))),
        (Method::EndsWith, Some(end)) => Some(Value::Bool(text.ends_with(end))),
        (Method::Count, Some(part)) if !part.is_empty() => Some(Value::from(text.matches(part).count())),
        (Method::Index, Some(part)) => match text.find(part) {
            Some(place) => Some(Value::from(text[..place].chars().count())),
            None => return fail(Kind::Value, at, "the text does not contain that"),
        },
        (Method::Replace, Some(old)) => {
            let Some(new) = given.get(1).and_then(Value::as_str) else { return Ok(None) };
            let hits = if old.is_empty() { text.len() + 1 } else { text.matches(old).count() };
            evaluator.spend_text(text.len().saturating_add(hits.saturating_mul(new.len())), at)?;
            Some(Value::from(text.replace(old, new)))
        }
        (Method::Split, separator) => {
            let parts: Vec<Value> = match separator {
                Some("") => return fail(Kind::Value, at, "the separator is not empty"),
                Some(separator) => text.split(separator).map(Value::from).collect(),
                None => text.split_whitespace().map(Value::from).collect(),
            };
            evaluator.spend(parts.len(), at)?;
            Some(Value::from(parts))
        }
        (Method::Join, _) => {
            let items = evaluator.items(&given[0], at)?;
            let mut parts = Vec::with_capacity(items.len());
            let mut bytes = 0_usize;
            for item in &items {
                match item.as_str() {
                    Some(part) => parts.push(part),
                    None => {
                        return fail(Kind::Type, at, format!("`.join` takes texts, not {}", describe(item)));
                    }
                }
                bytes = bytes.saturating_add(text.len() + parts.last().map_or(0, |part| part.len()));
            }
            evaluator.spend_text(bytes, at)?;
            Some(Value::from(parts.join(text)))
        }
        _ => None,
    })
}

fn of_list(
    evaluator: &mut Evaluator<'_>,
    items: &[Value],
    method: Method,
    given: &[Value],
    at: usize,
) -> Result<Option<Value>> {
    match method {
        Method::Count => {
            let mut count = 0_u64;
            for item in items {
                count += u64::from(equal(evaluator, item, &given[0], at)?);
            }
            Ok(Some(Value::from(count)))
        }
        Method::Index => {
            for (place, item) in items.iter().enumerate() {
                if equal(evaluator, item, &given[0], at)? {
                    return Ok(Some(Value::from(place)));
                }
            }
            fail(Kind::Value, at, "the list does not contain that")
        }
        _ => Ok(None),
    }
}

fn of_dictionary(
    evaluator: &mut Evaluator<'_>,
    value: &Value,
    method: Method,
    given: &[Value],
    at: usize,
) -> Result<Option<Value>> {
    let Value::Object(members) = value else { return Ok(None) };
    evaluator.spend(if method == Method::Get { 0 } else { members.len() }, at)?;
    Ok(match method {
        Method::Get => {
            let found = members.get(&key_of(&given[0], at)?).cloned();
            Some(found.or_else(|| given.get(1).cloned()).unwrap_or_default())
        }
        Method::Keys => Some(members.keys().map(Value::from).collect()),
        Method::Values => Some(members.values().cloned().collect()),
        Method::Items => {
            let pair = |(key, member): (&tidegate_json::Str, &Value)| {
                Value::from(vec![Value::from(key), member.clone()])
            };
            Some(Value::from(members.iter().map(pair).collect::<Vec<_>>()))
        }
        _ => None,
    })
}
