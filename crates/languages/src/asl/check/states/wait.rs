//! Wait states.

use super::super::expression::Moment;
use super::super::finding::Checking;
use super::super::path::{self, Form, Null};
use super::super::problem::BadValue;
use super::super::spot::Spot;
use super::super::state::State;
use super::super::value::{self, UP_TO_99999999, is_expression, is_placeholder};
use super::super::vocabulary::QueryLanguage;
use super::super::{template, value::text};
use crate::asl::expression::timestamp;

/// Reports where there is not exactly one field that says how long.
pub(super) fn required(spot: &Spot<'_>, to: &mut Checking<'_>) {
    value::exactly_one(spot, &["SecondsPath", "Seconds", "TimestampPath", "Timestamp"], to);
}

/// Reports what is wrong with how long to wait.
pub(super) fn check(state: &State<'_>, to: &mut Checking<'_>) {
    super::number(&state.spot, "Seconds", "SecondsPath", UP_TO_99999999, state, to);
    if let Some(field) = state.spot.field("TimestampPath") {
        path::check(&field, Form::Path, Null::Refused, state, to);
    }
    let Some(field) = state.spot.field("Timestamp") else { return };
    let Some(moment) = text(&field, to) else { return };
    match state.language {
        QueryLanguage::Jsonata if is_expression(moment) => template::check(&field, Moment::Input, state, to),
        QueryLanguage::Jsonata | QueryLanguage::JsonPath => check_timestamp(&field, moment, to),
    }
}

/// Reports `text`, which stands at `spot`, unless it is a point in time.
pub(super) fn check_timestamp(spot: &Spot<'_>, text: &str, to: &mut Checking<'_>) {
    if !is_placeholder(text) && timestamp::parse(text).is_none() {
        to.add_at(BadValue::NotATimestamp { found: text.to_owned() }, spot);
    }
}
