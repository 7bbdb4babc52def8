//! Fail states.

use super::super::expression::Moment;
use super::super::finding::Checking;
use super::super::path::{self, Form, Null};
use super::super::spot::Spot;
use super::super::state::State;
use super::super::value::{self, text};
use super::super::{template, vocabulary::QueryLanguage};

/// Reports a text beside the path to one.
pub(super) fn exclusive(spot: &Spot<'_>, to: &mut Checking<'_>) {
    value::at_most_one(spot, &["Error", "ErrorPath"], to);
    value::at_most_one(spot, &["Cause", "CausePath"], to);
}

/// Reports what is wrong with the error and its cause.
pub(super) fn check(state: &State<'_>, to: &mut Checking<'_>) {
    for name in ["Error", "Cause"] {
        let Some(field) = state.spot.field(name) else { continue };
        let Some(found) = text(&field, to) else { continue };
        match state.language {
            QueryLanguage::Jsonata => template::check(&field, Moment::Input, state, to),
            QueryLanguage::JsonPath => path::doubt(&field, name, found, to),
        }
    }
    for name in ["ErrorPath", "CausePath"] {
        if let Some(field) = state.spot.field(name) {
            path::check(&field, Form::Computed, Null::Refused, state, to);
        }
    }
}
