//! Orchestrations: workflows as code, by event sourcing. `docs/orchestrations.md` is the reference.
//!
//! An orchestration advances in turns. In a turn its program is given the history of the run, executes until it can go no
//! further, and answers with actions: what is to be called, waited for, started, sent. The ends of these, and events from
//! outside, are history for the next turn. No process lives between turns, unless it wants to.
//!
//! In reading order: `answer` is what a turn answers, `history` what the next one is given, `turn` the one trigger that makes
//! an orchestration of both, `program` its program, and `file` the file that states one. [`rewind`] has one go on from
//! where it failed; [`entity`] are the entities that orchestrations talk to.

mod answer;
pub mod drawing;
pub mod entity;
mod file;
pub mod history;
pub mod program;
pub mod rewind;
mod turn;

use tidegate_engine::Registry;
use tidegate_model::function::External;
use tidegate_model::{FunctionName, FunctionSpec, Program, Runtime};

pub use turn::input_proper;

use crate::diagnostic::Reports;
use crate::source::Document;

/// The language of its programs.
pub const LANGUAGE: &str = "orchestration";

/// Functions of Durable Task: what workers of that protocol carry out, under whatever name.
pub const PROVIDED: [&str; 2] = ["activity:", "entity:"];

/// Compiles an orchestration file. Without a program there is at least one error in `reports`.
pub fn compile(document: &Document, reports: &mut Reports<'_>) -> Option<Program> {
    file::read(&document.root, reports)
}

/// Adds what programs of orchestrations need.
pub fn register(registry: &mut Registry) {
    registry.add_condition("orchestration.turn", turn::make_condition);
    registry.add_action("orchestration.turn", turn::make_action);
    registry.add_condition("entity.operate", entity::make_condition);
    registry.add_action("entity.operate", entity::make_action);
    registry.add_provider(|name: &FunctionName| {
        let is_provided = PROVIDED.iter().any(|prefix| name.as_str().starts_with(prefix));
        is_provided.then(|| FunctionSpec::new(Runtime::External(External {})))
    });
}
