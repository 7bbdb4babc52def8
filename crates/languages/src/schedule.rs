//! Schedules: when a workflow starts by itself. `docs/schedules.md` is the reference.
//!
//! A schedule compiles to a standing program of its own, which comes and goes with the workflow: a timer for the next tick,
//! and triggers for events. In reading order: `cron` reads patterns, `times` says when ticks are, `model` is a schedule as
//! data, `file` reads it, `state` is what it remembers, `decide` what becomes of a tick, `actions` and `compile` make that a
//! program; `backfill` starts runs for intervals of the past.
//!
//! Everything is a function of the time of the journal's entries: jitter derives from the workflow's name and the tick.

mod actions;
pub mod backfill;
mod compile;
mod cron;
mod decide;
mod file;
mod model;
mod state;
mod times;

#[cfg(test)]
mod tests;

use tidegate_engine::Registry;
use tidegate_model::{Program, WorkflowName};

use crate::diagnostic::Reports;
use crate::source::Node;

pub use actions::SKIPPED;
pub use model::{CatchUp, EventMatch, EventSet, Overlap, Schedule, Tick};
pub use times::{Pace, Rule};

/// Name of the language in [`Program::language`].
pub const LANGUAGE: &str = "schedule";

/// The standing program of the schedule that `node` states for `workflow`.
pub(crate) fn read(node: &Node, workflow: &WorkflowName, reports: &mut Reports<'_>) -> Option<Box<Program>> {
    let schedule = file::read(node, workflow, reports)?;
    let program = compile::program(&schedule);
    if program.is_none() {
        let message = format!("the name `{workflow}` is too long for a workflow with a schedule");
        reports
            .error("schedule::long_name", node.span, message)
            .with_help("the schedule is called by that name and `:schedule`: use a shorter one");
    }
    program.map(Box::new)
}

/// Adds the actions of schedules and of backfills to `registry`.
pub fn register(registry: &mut Registry) {
    registry.add_action("schedule.begin", actions::make_begin);
    registry.add_action("schedule.tick", actions::make_tick);
    registry.add_action("schedule.ended", actions::make_ended);
    registry.add_action("schedule.event", actions::make_event);
    registry.add_action("backfill.start", backfill::make_start);
    registry.add_action("backfill.ended", backfill::make_ended);
}
