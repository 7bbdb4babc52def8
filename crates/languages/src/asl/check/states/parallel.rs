//! Parallel states.

use super::super::finding::Checking;
use super::super::machine::{self, Role};
use super::super::state::State;
use super::super::value;

/// Reports what is wrong with the branches.
pub(super) fn check(state: &State<'_>, to: &mut Checking<'_>) {
    let Some(branches) = state.spot.field("Branches") else { return };
    if !value::is_filled_list(&branches, to) {
        return;
    }
    for branch in branches.items() {
        machine::check(&branch, Role::Branch, Some(state.scope), to);
    }
}
