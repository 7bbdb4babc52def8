//! `Numeric…`: numbers, by what they are worth: `1` equals `1.0`.

use std::cmp::Ordering;

use tidegate_json::Value;

use super::comparison::{Family, Relation};

pub(super) static FAMILY: Family =
    Family { name: "Numeric", takes: "a number", relations: Relation::ALL, order };

fn order(a: &Value, b: &Value) -> Option<Ordering> {
    Some(a.as_number()?.cmp(&b.as_number()?))
}
