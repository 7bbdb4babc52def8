//! Reruns: what a run keeps of the one before it, and what it does again.
//!
//! Read from the facts of the earlier run ([`Trace`]): how each task has ended, in each instance of a group, and which items of
//! maps. What is done again is a closure over who comes after whom (`closure`); the rest is kept, and handed to the
//! new run as data, by the ids of tasks and the places of instances (`kept`).

mod closure;
mod name;
mod shape;
mod trace;

use std::collections::BTreeSet;

use tidegate_json::Value;
use tidegate_model::{Program, RunId};

use closure::Closure;
use shape::Shape;

pub use trace::Trace;

/// What is to be done again.
#[derive(Clone, Debug, Default)]
pub struct Again<'a> {
    /// Tasks that are, with all that comes after them, whatever became of them: `TASK`, or `TASK[3]` for that of one instance, or
    /// one item. What did not end well is done again in any case.
    pub from: &'a [String],
    /// Whether the new run has an input of its own: lists that maps are over may then be others, and no item of a map of which
    /// anything is done again is kept.
    pub has_other_input: bool,
}

/// A rerun that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RerunError {
    /// What is wrong.
    pub message: String,
    /// What to do instead.
    pub help: String,
}

impl RerunError {
    fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into() }
    }
}

/// What a rerun of `run` keeps, as the data that the new run starts with. `before` is the program of that run, `program` that of the
/// new one, and `trace` what the facts say.
///
/// # Errors
/// [`RerunError`]: nothing would be done again, or a name in `again` is none.
pub fn keep(
    run: RunId,
    before: &Program,
    program: &Program,
    trace: &Trace,
    again: &Again<'_>,
) -> Result<Value, RerunError> {
    let shape = Shape::of(program);
    let named = again.from.iter().map(|name| name::find(name, &shape, trace, run));
    let named: Vec<name::Names> = named.collect::<Result<_, _>>()?;
    let changed: BTreeSet<&str> = match before.digest() == program.digest() {
        true => BTreeSet::new(),
        false => shape.changed_since(before),
    };
    let mut closure = Closure::new(&shape, trace);
    closure.begin(&changed);
    for named in &named {
        closure.name(named);
    }
    if again.has_other_input {
        closure.forget_maps();
    }
    if closure.is_empty() {
        return Err(RerunError::new(
            format!("nothing of run {run} is to be done again: all of its tasks ended well"),
            "name the tasks to run again: `from`, on the command line `--from TASK`",
        ));
    }
    let mut kept = closure.kept(run);
    kept.set("from", run.to_string());
    Ok(kept)
}
