//! Pass states.

use super::super::finding::Checking;
use super::super::problem::Doubt;
use super::super::spot::Spot;
use super::super::state::State;

/// Reports doubts about the result, which is given and not computed.
pub(super) fn check(state: &State<'_>, to: &mut Checking<'_>) {
    if let Some(result) = state.spot.field("Result") {
        paths_in(&result, to);
    }
}

fn paths_in(spot: &Spot<'_>, to: &mut Checking<'_>) {
    for (name, field) in spot.fields() {
        if name.ends_with(".$") {
            to.add(Doubt::StaticResult { field: name.to_owned() }, field.key_span, &spot.at);
        }
        paths_in(&field, to);
    }
    for item in spot.items() {
        paths_in(&item, to);
    }
}
