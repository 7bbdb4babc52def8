//! The states: one file per type, with the actions that its triggers take and the triggers themselves.
//!
//! A state is entered by the event `asl.<Type>StateEntered` about its name. States that compute and go on do both in
//! one firing. Those that wait ask for something, note in the scope's variables that they are the ones who wait, and
//! have a trigger for each way in which what they asked for can end. `act` makes an action of a state and what is done for
//! it.

mod act;
pub(crate) mod choice;
pub(crate) mod fail;
pub(crate) mod map;
pub(crate) mod parallel;
pub(crate) mod pass;
pub(crate) mod start;
pub(crate) mod succeed;
pub(crate) mod task;
pub(crate) mod wait;

use tidegate_engine::Registry;

/// Adds the actions of all states to `registry`.
pub(crate) fn register(registry: &mut Registry) {
    registry.add_action("asl.start", start::make_execution);
    registry.add_action("asl.begin", start::make_nested);
    registry.add_action("asl.timeout", start::make_timeout);
    registry.add_action("asl.pass", pass::make);
    registry.add_action("asl.choice", choice::make);
    registry.add_action("asl.wait", wait::make_enter);
    registry.add_action("asl.wait.over", wait::make_over);
    registry.add_action("asl.succeed", succeed::make);
    registry.add_action("asl.fail", fail::make);
    registry.add_action("asl.task", task::make_enter);
    registry.add_action("asl.task.again", task::make_again);
    registry.add_action("asl.task.taken", task::make_taken);
    registry.add_action("asl.task.answered", task::make_answered);
    registry.add_action("asl.task.ended", task::make_ended);
    registry.add_action("asl.task.failed", task::make_failed);
    registry.add_action("asl.parallel", parallel::make_enter);
    registry.add_action("asl.parallel.again", parallel::make_again);
    registry.add_action("asl.parallel.joined", parallel::make_joined);
    registry.add_action("asl.parallel.failed", parallel::make_failed);
    registry.add_action("asl.map", map::make_enter);
    registry.add_action("asl.map.again", map::make_again);
    registry.add_action("asl.map.read", map::make_read);
    registry.add_action("asl.map.unread", map::make_unread);
    registry.add_action("asl.map.written", map::make_written);
    registry.add_action("asl.map.unwritten", map::make_unwritten);
    registry.add_action("asl.map.joined", map::make_joined);
    registry.add_action("asl.map.failed", map::make_failed);
}
