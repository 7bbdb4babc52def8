//! `Timestamp…`: points in time, wherever their offsets are.

use std::cmp::Ordering;

use tidegate_json::Value;

use super::comparison::{Family, Relation};
use crate::asl::expression::timestamp::Instant;

pub(super) static FAMILY: Family = Family {
    name: "Timestamp",
    takes: "a timestamp such as `2016-03-14T01:59:00Z`",
    relations: Relation::ALL,
    order,
};

fn order(a: &Value, b: &Value) -> Option<Ordering> {
    Some(Instant::parse(a.as_str()?)?.cmp(&Instant::parse(b.as_str()?)?))
}
