//! Values of an expected type: what is there, or a finding that says what should be.

use super::finding::Checking;
use super::problem::{BadShape, BadValue, Expected};
use super::spot::Spot;
use super::vocabulary::{QueryLanguage, language_of};
use crate::diagnostic::quoted;
use crate::source::{Content, Node};

/// Whole numbers from `least` to `most`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range {
    pub(super) least: Option<(i64, &'static str)>,
    pub(super) most: Option<(i64, &'static str)>,
}

/// Seconds of a timeout or of a heartbeat.
pub(super) const PERIOD: Range = Range { least: Some((1, "1")), most: Some((99_999_999, "99999999")) };
/// Seconds of a wait; how often to try again.
pub(super) const UP_TO_99999999: Range =
    Range { least: Some((0, "0")), most: Some((99_999_999, "99999999")) };
/// Any number of things.
pub(super) const COUNT: Range = Range { least: Some((0, "0")), most: None };
/// A share of items.
pub(super) const PERCENT: Range = Range { least: Some((0, "0")), most: Some((100, "100")) };
/// The longest time between two attempts.
pub(super) const MAX_DELAY: Range = Range { least: Some((1, "1")), most: Some((31_622_400, "31622400")) };

/// Whether `text` holds a place for something that is filled in before AWS sees the definition, as CloudFormation
/// does: nothing is known about such text.
pub(super) fn is_placeholder(text: &str) -> bool {
    text.contains("${")
}

/// Whether `text` is an expression: that it parses is checked elsewhere.
pub(super) fn is_expression(text: &str) -> bool {
    text.starts_with("{%")
}

/// What `node` is, for a message.
pub(super) fn describe(node: &Node) -> String {
    match &node.content {
        Content::String(text, _) => format!("the text {}", quoted(text)),
        Content::Bool(truth) => truth.to_string(),
        Content::Number(number) => number.to_string(),
        Content::Mapping(_) => "an object".to_owned(),
        Content::Null => "null".to_owned(),
        Content::Sequence(_) => node.describe().to_owned(),
    }
}

/// The kind of JSON value that `node` is, as AWS names it.
pub(super) fn json_kind(node: &Node) -> &'static str {
    match &node.content {
        Content::Null => "NULL",
        Content::Bool(_) => "BOOLEAN",
        Content::Number(_) => "NUMBER",
        Content::String(..) => "STRING",
        Content::Sequence(_) => "ARRAY",
        Content::Mapping(_) => "OBJECT",
    }
}

fn wrong(spot: &Spot<'_>, expected: Expected, to: &mut Checking<'_>) {
    to.add_at(BadValue::WrongType { expected, found: describe(spot.node) }, spot);
}

/// The text of `spot`.
pub(super) fn text<'a>(spot: &Spot<'a>, to: &mut Checking<'_>) -> Option<&'a str> {
    let text = spot.text();
    if text.is_none() {
        wrong(spot, Expected::Text, to);
    }
    text
}

/// The truth of `spot`.
pub(super) fn boolean(spot: &Spot<'_>, to: &mut Checking<'_>) -> Option<bool> {
    match &spot.node.content {
        Content::Bool(truth) => Some(*truth),
        Content::String(text, _) if is_placeholder(text) => None,
        _ => {
            wrong(spot, Expected::Boolean, to);
            None
        }
    }
}

/// Whether `spot` is an object.
pub(super) fn is_object(spot: &Spot<'_>, to: &mut Checking<'_>) -> bool {
    let is_object = spot.node.as_mapping().is_some();
    if !is_object {
        wrong(spot, Expected::Object, to);
    }
    is_object
}

/// Whether `spot` is a list.
pub(super) fn is_list(spot: &Spot<'_>, to: &mut Checking<'_>) -> bool {
    let is_list = spot.node.as_sequence().is_some();
    if !is_list {
        wrong(spot, Expected::List, to);
    }
    is_list
}

/// Whether `spot` is a list with something in it.
pub(super) fn is_filled_list(spot: &Spot<'_>, to: &mut Checking<'_>) -> bool {
    if !is_list(spot, to) {
        return false;
    }
    let is_filled = spot.node.as_sequence().is_some_and(|items| !items.is_empty());
    if !is_filled {
        to.add_at(BadValue::Empty, spot);
    }
    is_filled
}

/// The whole number of `spot`, which is within `range`; in JSONata an expression may compute it.
pub(super) fn integer(
    spot: &Spot<'_>,
    range: Range,
    language: QueryLanguage,
    to: &mut Checking<'_>,
) -> Option<i64> {
    match &spot.node.content {
        Content::Number(number) => {
            let double = number.as_f64();
            if double.fract() != 0.0 {
                wrong(spot, Expected::Integer, to);
                return None;
            }
            let found = number.to_string();
            match range {
                Range { least: Some((least, name)), .. } if double < least as f64 => {
                    to.add_at(BadValue::Below { least: name, found }, spot);
                }
                Range { most: Some((most, name)), .. } if double > most as f64 => {
                    to.add_at(BadValue::Above { most: name, found }, spot);
                }
                Range { .. } => {}
            }
            number.as_i64()
        }
        Content::String(text, _) if is_placeholder(text) => None,
        Content::String(text, _) if language == QueryLanguage::Jsonata && is_expression(text) => None,
        _ => {
            wrong(spot, Expected::Integer, to);
            None
        }
    }
}

/// Reports `spot` unless it is a number from `least`.
pub(super) fn number_from(spot: &Spot<'_>, least: f64, name: &'static str, to: &mut Checking<'_>) {
    match &spot.node.content {
        Content::Number(number) if number.as_f64() < least => {
            to.add_at(BadValue::Below { least: name, found: number.to_string() }, spot);
        }
        Content::Number(_) => {}
        Content::String(text, _) if is_placeholder(text) => {}
        _ => wrong(spot, Expected::Number, to),
    }
}

/// Reports `spot` unless it is one of `expected`.
pub(super) fn among(spot: &Spot<'_>, expected: &[&'static str], to: &mut Checking<'_>) {
    let Some(found) = text(spot, to) else { return };
    if !expected.contains(&found) && !is_placeholder(found) {
        to.add_at(BadValue::NotAmong { expected: expected.to_vec(), found: quoted(found) }, spot);
    }
}

/// Reports those of `fields` that `spot` lacks.
pub(super) fn required(spot: &Spot<'_>, fields: &[&'static str], to: &mut Checking<'_>) {
    let missing: Vec<_> = fields.iter().copied().filter(|field| !spot.has(field)).collect();
    if !missing.is_empty() {
        to.add_at_key(BadShape::Required { fields: missing }, spot);
    }
}

/// Reports the fields of `spot` that are none of `known`.
pub(super) fn only(spot: &Spot<'_>, known: &[&str], to: &mut Checking<'_>) {
    for (name, field) in spot.fields() {
        if !known.contains(&name) {
            unsupported(spot, name, &field, known, to);
        }
    }
}

/// Reports that `spot` has no field called `name`.
pub(super) fn unsupported(
    spot: &Spot<'_>,
    name: &str,
    field: &Spot<'_>,
    known: &[&str],
    to: &mut Checking<'_>,
) {
    let near = to.nearest(name, known.iter().copied());
    let among = known.iter().map(|&field| field.to_owned()).collect();
    to.add(BadShape::Unsupported { field: name.to_owned(), near, among }, field.key_span, &spot.at);
}

/// Reports the fields of `spot` that belong to the language that is not `language`.
pub(super) fn only_of(spot: &Spot<'_>, known: &[&str], language: QueryLanguage, to: &mut Checking<'_>) {
    for (name, field) in spot.fields() {
        let is_foreign = known.contains(&name) && language_of(name).is_some_and(|home| home != language);
        if is_foreign {
            to.add(BadShape::OtherLanguage { field: name.to_owned(), language }, field.key_span, &spot.at);
        }
    }
}

/// Reports where `spot` has more than one of `fields`.
pub(super) fn at_most_one(spot: &Spot<'_>, fields: &[&'static str], to: &mut Checking<'_>) {
    let found: Vec<_> = fields.iter().copied().filter(|field| spot.has(field)).collect();
    if found.len() > 1 {
        to.add_at_key(BadShape::Several { fields: fields.to_vec(), found }, spot);
    }
}

/// Reports where `spot` has none of `fields`, or more than one.
pub(super) fn exactly_one(spot: &Spot<'_>, fields: &[&'static str], to: &mut Checking<'_>) {
    if fields.iter().all(|field| !spot.has(field)) {
        to.add_at_key(BadShape::NoneOf { fields: fields.to_vec() }, spot);
    }
    at_most_one(spot, fields, to);
}
