//! Task states.

use super::super::expression::Moment;
use super::super::finding::Checking;
use super::super::problem::{BadShape, Doubt};
use super::super::spot::Spot;
use super::super::state::State;
use super::super::value::{self, PERIOD};
use super::super::{resource, template};

/// Reports a number beside the path to one.
pub(super) fn exclusive(spot: &Spot<'_>, to: &mut Checking<'_>) {
    value::at_most_one(spot, &["TimeoutSeconds", "TimeoutSecondsPath"], to);
    value::at_most_one(spot, &["HeartbeatSeconds", "HeartbeatSecondsPath"], to);
}

/// Reports what is wrong with the resource, how long it may take, and as whom it is called.
pub(super) fn check(state: &State<'_>, to: &mut Checking<'_>) {
    let spot = &state.spot;
    if let Some(field) = spot.field("Resource") {
        resource::check(&field, state, to);
    }
    let timeout = super::number(spot, "TimeoutSeconds", "TimeoutSecondsPath", PERIOD, state, to);
    let heartbeat = super::number(spot, "HeartbeatSeconds", "HeartbeatSecondsPath", PERIOD, state, to);
    if let (Some(timeout), Some(heartbeat)) = (timeout, heartbeat)
        && let Some(field) = spot.field("HeartbeatSeconds").filter(|_| heartbeat >= timeout)
    {
        let (heartbeat, timeout) = (heartbeat.to_string(), timeout.to_string());
        to.add_at(Doubt::LateHeartbeat { heartbeat, timeout }, &field);
    }
    if let Some(field) = spot.field("Credentials") {
        credentials(&field, state, to);
    }
}

fn credentials(spot: &Spot<'_>, state: &State<'_>, to: &mut Checking<'_>) {
    if spot.node.as_mapping().is_some() && !spot.has("RoleArn") && !spot.has("RoleArn.$") {
        let because = "says as whom to call".to_owned();
        to.add_at_key(BadShape::RequiredHere { field: "RoleArn".to_owned(), because }, spot);
    }
    template::check(spot, Moment::Input, state, to);
}
