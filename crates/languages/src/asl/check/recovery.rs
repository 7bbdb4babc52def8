//! `Retry` and `Catch`: which errors, how often again, and where to go.
//!
//! Source: Amazon States Language, "Errors"; the ranges are those that the service enforces.

use super::expression::Moment;
use super::finding::Checking;
use super::path::{self, Form, Null};
use super::problem::{BadValue, Doubt};
use super::spot::Spot;
use super::state::State;
use super::value::{self, MAX_DELAY, UP_TO_99999999};
use super::vocabulary::{CATCHER, QueryLanguage, RETRIER};
use super::{template, variables};

const ALL: &str = "States.ALL";

/// What the names of errors of the service itself start with.
const RESERVED: &str = "States.";

/// Source: Step Functions developer guide, "Handling errors".
const ERRORS: &[&str] = &[
    ALL,
    "States.BranchFailed",
    "States.DataLimitExceeded",
    "States.ExceedToleratedFailureThreshold",
    "States.HeartbeatTimeout",
    "States.Http.Socket",
    "States.IntrinsicFailure",
    "States.ItemReaderFailed",
    "States.NoChoiceMatched",
    "States.ParameterPathFailure",
    "States.Permissions",
    "States.QueryEvaluationError",
    "States.ResultPathMatchFailure",
    "States.ResultWriterFailed",
    "States.Runtime",
    "States.TaskFailed",
    "States.Timeout",
];

/// Reports what is wrong with the `Retry` that is `spot`.
pub(super) fn check_retry(spot: &Spot<'_>, to: &mut Checking<'_>) {
    for retrier in entries(spot, RETRIER, &["ErrorEquals"], to) {
        // Expressions have no place in a retrier, whatever the language.
        for (name, range) in [
            ("IntervalSeconds", UP_TO_99999999),
            ("MaxAttempts", UP_TO_99999999),
            ("MaxDelaySeconds", MAX_DELAY),
        ] {
            if let Some(field) = retrier.field(name) {
                value::integer(&field, range, QueryLanguage::JsonPath, to);
            }
        }
        if let Some(rate) = retrier.field("BackoffRate") {
            value::number_from(&rate, 1.0, "1.0", to);
        }
        if let Some(jitter) = retrier.field("JitterStrategy") {
            value::among(&jitter, &["NONE", "FULL"], to);
        }
    }
}

/// Reports what is wrong with the `Catch` that is `spot`.
pub(super) fn check_catch(spot: &Spot<'_>, state: &State<'_>, to: &mut Checking<'_>) {
    for catcher in entries(spot, CATCHER, &["ErrorEquals", "Next"], to) {
        value::only_of(&catcher, CATCHER, state.language, to);
        if let Some(next) = catcher.field("Next") {
            value::text(&next, to);
        }
        if let Some(field) = catcher.field("ResultPath") {
            path::check(&field, Form::Reference, Null::Allowed, state, to);
        }
        if let Some(field) = catcher.field("Assign") {
            variables::check(&field, Moment::Error, state, to);
        }
        if let Some(field) = catcher.field("Output").filter(|_| state.language == QueryLanguage::Jsonata) {
            template::check(&field, Moment::Error, state, to);
        }
    }
}

/// The entries of a `Retry` or a `Catch` that are objects; what is wrong with what they have in common is reported.
fn entries<'s>(
    spot: &'s Spot<'_>,
    fields: &'static [&'static str],
    required: &'static [&'static str],
    to: &mut Checking<'_>,
) -> Vec<Spot<'s>> {
    if !value::is_list(spot, to) {
        return Vec::new();
    }
    let count = spot.items().count();
    let mut entries = Vec::new();
    for (index, entry) in spot.items().enumerate() {
        if !value::is_object(&entry, to) {
            continue;
        }
        value::required(&entry, required, to);
        value::only(&entry, fields, to);
        if let Some(comment) = entry.field("Comment") {
            value::text(&comment, to);
        }
        if let Some(errors) = entry.field("ErrorEquals") {
            error_names(&errors, index + 1 == count, to);
        }
        entries.push(entry);
    }
    entries
}

fn error_names(spot: &Spot<'_>, is_last: bool, to: &mut Checking<'_>) {
    if !value::is_filled_list(spot, to) {
        return;
    }
    let is_alone = spot.items().count() == 1;
    for name in spot.items() {
        let Some(text) = value::text(&name, to) else { continue };
        if text == ALL && !(is_alone && is_last) {
            to.add_at(BadValue::AllNotLast, &name);
        }
        if text.starts_with(RESERVED) && !ERRORS.contains(&text) {
            let near = to.nearest(text, ERRORS.iter().copied());
            to.add_at(Doubt::UnknownError { name: text.to_owned(), near }, &name);
        }
    }
}
