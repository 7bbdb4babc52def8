//! Values that are computed: payload templates in JSONPath, expressions at any depth in JSONata.

use std::collections::BTreeSet;

use super::expression::{self, Moment};
use super::finding::Checking;
use super::path;
use super::problem::{BadPath, Doubt};
use super::spot::Spot;
use super::state::State;
use super::value::{self, is_placeholder};
use super::vocabulary::QueryLanguage;
use crate::asl::expression::template::ValueSource;

/// Reports what is wrong with a value that is computed in the language of `state`; expressions see what there is
/// at `moment`.
pub(super) fn check(spot: &Spot<'_>, moment: Moment, state: &State<'_>, to: &mut Checking<'_>) {
    match state.language {
        QueryLanguage::JsonPath => check_payload(spot, state, to),
        QueryLanguage::Jsonata => expression::check(spot, moment, state, to),
    }
}

/// Reports what is wrong with a payload template. In JSONata there are none, which is told elsewhere.
pub(super) fn check_payload(spot: &Spot<'_>, state: &State<'_>, to: &mut Checking<'_>) {
    if state.language == QueryLanguage::Jsonata {
        return;
    }
    // Names are looked for once, so that a large template is not searched for each of its fields.
    let names: BTreeSet<&str> = spot.members().iter().map(|member| &*member.key).collect();
    for (name, field) in spot.fields() {
        match name.strip_suffix(".$") {
            Some(plain) => {
                if names.contains(plain) {
                    let problem = BadPath::BothForms { field: name.to_owned(), plain: plain.to_owned() };
                    to.add(problem, field.key_span, &spot.at);
                }
                computed(spot, name, &field, state, to);
            }
            None => {
                if field.text().is_some_and(path::looks_computed) {
                    to.add(Doubt::NoDollar { field: name.to_owned() }, field.node.span, &spot.at);
                }
                check_payload(&field, state, to);
            }
        }
    }
    for item in spot.items() {
        check_payload(&item, state, to);
    }
}

/// The field `name` of `owner`, which ends in `.$`.
fn computed(owner: &Spot<'_>, name: &str, field: &Spot<'_>, state: &State<'_>, to: &mut Checking<'_>) {
    let Some(text) = field.text() else {
        let found = value::describe(field.node);
        to.add(
            BadPath::NotText { field: name.to_owned(), kind: value::json_kind(field.node), found },
            field.value_span(),
            &owner.at,
        );
        return;
    };
    if is_placeholder(text) {
        return;
    }
    match ValueSource::parse(text) {
        Ok(source) => path::variables(field, &source, state, to),
        Err(error) => {
            let why = path::why(text, &error.message);
            let problem = BadPath::NotComputed { field: name.to_owned(), found: text.to_owned(), why };
            let span = to.place_within(field, error.at);
            to.add(problem, span, &owner.at);
        }
    }
}
