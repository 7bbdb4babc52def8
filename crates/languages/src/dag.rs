//! DAGs: tasks and what they come after, compiled to triggers. `docs/dags.md` is the reference of DAG files.
//!
//! There is one model of a DAG, and several languages that read into it. In reading order: `model` is a DAG, `rule` when a
//! task runs, `file` reads a DAG file, `pool` what it says of pools, `graph` finds cycles and who comes before whom, `compile` makes the triggers, and
//! `ready`, `start`, `ended` and `finish` are what these do. `drawing` draws it.
//!
//! The end of a task, whether it ran or not, is the event [`ENDED`] about it. A task's trigger listens to the ends of
//! those it comes after, and one trigger of the whole listens to all ends.

mod alternatives;
mod compile;
pub(crate) mod drawing;
mod ended;
mod envelope;
mod file;
mod finish;
mod gather;
mod graph;
mod hook;
mod instance;
mod kept;
pub(crate) mod model;
mod names;
mod params;
pub(crate) mod pool;
mod ready;
pub mod rerun;
pub(crate) mod rule;
mod start;
mod tell;
mod wiring;

use std::collections::BTreeSet;

use tidegate_engine::Registry;
use tidegate_json::Value;
use tidegate_model::{FunctionName, Program};

use crate::diagnostic::Reports;
use crate::source::Document;

pub use compile::TASKS_MAX;
pub(crate) use file::RESERVED;
pub use rule::TriggerRule;

/// Name of the language in [`Program::language`].
pub const LANGUAGE: &str = "dag";

/// The type of the event that a task has ended, about the task. Its data has the task's `state`, and its `result` or what
/// went wrong.
pub const ENDED: &str = "dag.task.ended";

/// The type of the event, in the scope around a group, that a task has ended in an instance of it.
const ITEM_ENDED: &str = "dag.item.ended";

/// The type of the event, within the scope in which a task stands or is gathered, that it has ended. Its subject names the task and
/// the level of that scope (`tell::told`): scopes in which the end is heard anyway may be within it as well.
const TOLD: &str = "dag.task.told";

/// The type of the event that a task is passed by, about the task.
const SKIP: &str = "dag.task.skip";

/// Compiles a DAG file. Without a program there is at least one error in `reports`.
pub fn compile(document: &Document, reports: &mut Reports<'_>) -> Option<Program> {
    let dag = file::read(&document.root, reports);
    program(dag, document, reports)
}

/// The program of a DAG that `document` states, in whatever language; `None` where there is an error in `reports`.
pub(crate) fn program(
    dag: Option<model::Dag>,
    document: &Document,
    reports: &mut Reports<'_>,
) -> Option<Program> {
    let order = graph::check(&dag, reports);
    compile::program(&dag?, &order?, document, reports)
}

/// The functions of `program` whose results tasks have kept: what these are made of decides whether a result is of the same.
#[must_use]
pub fn cached_functions(program: &Program) -> BTreeSet<FunctionName> {
    let actions =
        program.scopes.iter().flat_map(|scope| &scope.triggers).flat_map(|trigger| &trigger.actions);
    let cached = actions.filter(|action| action.params.get("cache").is_some());
    let names = cached.filter_map(|action| action.params.get("function").and_then(Value::as_str));
    names.filter_map(|name| FunctionName::new(name).ok()).collect()
}

/// Adds the conditions and actions of DAGs to `registry`.
pub fn register(registry: &mut Registry) {
    registry.add_condition("dag.ready", ready::make);
    registry.add_condition("dag.gathered", gather::make_condition);
    registry.add_condition("dag.over", finish::make_condition);
    registry.add_action("dag.start", start::make);
    registry.add_action("dag.ended", ended::make);
    registry.add_action("dag.tell", tell::make);
    registry.add_action("dag.begin", tell::make_begin);
    registry.add_action("dag.gathered", gather::make);
    registry.add_action("dag.finish", finish::make);
    registry.add_action("dag.timeout", finish::make_timeout);
}
