//! `String…`: texts, in the order of their characters.

use std::cmp::Ordering;

use tidegate_json::Value;

use super::comparison::{Family, Relation};

pub(super) static FAMILY: Family =
    Family { name: "String", takes: "a string", relations: Relation::ALL, order };

/// By UTF-16 code units, as the service's runtime orders texts: this differs from the order of characters above
/// U+FFFF only.
fn order(a: &Value, b: &Value) -> Option<Ordering> {
    Some(a.as_str()?.encode_utf16().cmp(b.as_str()?.encode_utf16()))
}
