//! SWEEP workflows: JSON in which tasks name their successors, and are replicated. `docs/sweep.md` is the reference.
//!
//! In reading order: `model` is a workflow, `file` reads one, [`expression`] are its expressions and `computed` values with
//! them, `check` finds what is wrong with who comes after whom, [`levels`] what is replicated together, [`name`] what replicas
//! are called, and [`expand`] the graph of instances for given numbers of replicas. `compile` makes a DAG of it, each level of
//! which is a mapped group, and `computation` is what a replica gets.

pub mod check;
mod compile;
pub(crate) mod computation;
pub mod computed;
pub mod expand;
pub mod expression;
mod file;
pub mod levels;
pub mod model;
pub mod name;

use tidegate_model::Program;

use crate::dag;
use crate::diagnostic::Reports;
use crate::source::Document;

pub use file::TASKS_MAX;

/// Compiles a SWEEP workflow. Without a program there is at least one error in `reports`.
pub fn compile(document: &Document, reports: &mut Reports<'_>) -> Option<Program> {
    let (workflow, checked) = read(document, reports)?;
    dag::program(Some(compile::dag(&workflow, &checked)), document, reports)
}

/// Reads a SWEEP workflow. Where there is none, or nothing known of who comes after whom, there is an error in `reports`.
pub fn read(document: &Document, reports: &mut Reports<'_>) -> Option<(model::Workflow, check::Checked)> {
    let workflow = file::read(&document.root, reports)?;
    let checked = check::check(&workflow, reports)?;
    Some((workflow, checked))
}
