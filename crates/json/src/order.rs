//! One total order over all values, for deterministic sorting.
//!
//! Kinds in the order null, boolean, number, string, array, object; numbers by worth, strings by code point, arrays
//! element by element, objects by their members sorted by name. Invariant: `Equal` exactly when `==`.

use std::cmp::Ordering;

use crate::{Map, Str, Value};

impl Value {
    /// Compares in the total order of [`crate::order`].
    #[must_use]
    pub fn cmp_total(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Number(a), Self::Number(b)) => a.cmp(b),
            (Self::String(a), Self::String(b)) => a.cmp(b),
            (Self::Array(a), Self::Array(b)) => cmp_elements(a, b),
            (Self::Object(a), Self::Object(b)) => cmp_members(a, b),
            _ => self.kind_rank().cmp(&other.kind_rank()),
        }
    }

    fn kind_rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Bool(_) => 1,
            Self::Number(_) => 2,
            Self::String(_) => 3,
            Self::Array(_) => 4,
            Self::Object(_) => 5,
        }
    }
}

fn cmp_elements(a: &[Value], b: &[Value]) -> Ordering {
    let differing = a.iter().zip(b).map(|(a, b)| a.cmp_total(b)).find(|order| order.is_ne());
    differing.unwrap_or_else(|| a.len().cmp(&b.len()))
}

fn cmp_members(a: &Map, b: &Map) -> Ordering {
    let (a, b) = (sorted(a), sorted(b));
    let by_member =
        |(a, b): (&(&Str, &Value), &(&Str, &Value))| a.0.cmp(b.0).then_with(|| a.1.cmp_total(b.1));
    let differing = a.iter().zip(&b).map(by_member).find(|order| order.is_ne());
    differing.unwrap_or_else(|| a.len().cmp(&b.len()))
}

fn sorted(members: &Map) -> Vec<(&Str, &Value)> {
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_by_key(|(key, _)| *key);
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_then_contents_decide() {
        let ascending = [
            "null",
            "false",
            "true",
            "-1",
            "0",
            "1.5",
            "2",
            r#""""#,
            r#""a""#,
            "[]",
            "[1]",
            "[1,2]",
            "[2]",
            "{}",
            r#"{"a":1}"#,
            r#"{"b":1,"a":1}"#,
            r#"{"a":2}"#,
            r#"{"b":0}"#,
        ];
        let values: Vec<Value> = ascending.iter().map(|text| Value::parse(text).unwrap()).collect();
        for (i, a) in values.iter().enumerate() {
            for (j, b) in values.iter().enumerate() {
                assert_eq!(a.cmp_total(b), i.cmp(&j), "{a} against {b}");
            }
        }
    }
}
