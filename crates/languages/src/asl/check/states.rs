//! The types of states, and what each of them asks of its fields.

mod choice;
mod distributed;
mod fail;
mod map;
mod parallel;
mod pass;
mod task;
mod wait;

use super::finding::Checking;
use super::path::{self, Form, Null};
use super::spot::Spot;
use super::state::State;
use super::value::{self, Range};
use super::vocabulary::StateType;

/// Reports the fields that a state of type `kind` lacks.
pub(super) fn required(spot: &Spot<'_>, kind: StateType, to: &mut Checking<'_>) {
    let fields: &[&'static str] = match kind {
        StateType::Task => &["Resource"],
        StateType::Choice => &["Choices"],
        StateType::Parallel => &["Branches"],
        StateType::Wait | StateType::Pass | StateType::Succeed | StateType::Fail | StateType::Map => &[],
    };
    value::required(spot, fields, to);
    match kind {
        StateType::Wait => wait::required(spot, to),
        StateType::Map => map::required(spot, to),
        StateType::Task => task::exclusive(spot, to),
        StateType::Fail => fail::exclusive(spot, to),
        StateType::Pass | StateType::Succeed | StateType::Choice | StateType::Parallel => {}
    }
}

/// Reports what is wrong with the fields that only states of its type have.
pub(super) fn check(state: &State<'_>, to: &mut Checking<'_>) {
    match state.kind {
        StateType::Task => task::check(state, to),
        StateType::Wait => wait::check(state, to),
        StateType::Pass => pass::check(state, to),
        StateType::Succeed => {}
        StateType::Fail => fail::check(state, to),
        StateType::Choice => choice::check(state, to),
        StateType::Parallel => parallel::check(state, to),
        StateType::Map => map::check(state, to),
    }
}

/// Reports the field `name`, a whole number within `range`, and the path to one that may stand in its place. The
/// number.
fn number(
    owner: &Spot<'_>,
    name: &str,
    path_name: &str,
    range: Range,
    state: &State<'_>,
    to: &mut Checking<'_>,
) -> Option<i64> {
    if let Some(field) = owner.field(path_name) {
        path::check(&field, Form::Path, Null::Refused, state, to);
    }
    let field = owner.field(name)?;
    let found = value::integer(&field, range, state.language, to);
    super::template::check(&field, super::expression::Moment::Input, state, to);
    found
}
