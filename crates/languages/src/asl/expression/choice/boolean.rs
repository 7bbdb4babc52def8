//! `BooleanEquals`: truth values, which have no other order.

use std::cmp::Ordering;

use tidegate_json::Value;

use super::comparison::{Family, Relation};

pub(super) static FAMILY: Family =
    Family { name: "Boolean", takes: "true or false", relations: &[Relation::Equals], order };

fn order(a: &Value, b: &Value) -> Option<Ordering> {
    Some(a.as_bool()?.cmp(&b.as_bool()?))
}
