//! Trigger files: Tidegate's native language, in YAML or JSON. `docs/trigger-files.md` is its reference.
//!
//! The words of the file are lowered to the words of the engine and nothing else: a short form is one that
//! could be written out. Names that lead nowhere are errors here, since an event that nobody raises would
//! otherwise be waited for in silence.
//!
//! In reading order: `file` is the file as a whole, `definitions` the names in it, `trigger` a trigger,
//! of which `pattern` reads `on`, `condition` and `composite` read `when` and `action` reads `do`;
//! `shape` and `references` know parameters. `lowered` is what comes out, and `check` has the engine look at it. `drawing` draws
//! the triggers of any program.

mod action;
mod check;
mod composite;
mod condition;
mod definitions;
pub(crate) mod drawing;
mod file;
mod lowered;
mod pattern;
mod references;
mod shape;
mod trigger;

use definitions::{FileNames, ScopeNames};
use tidegate_model::Program;

use crate::diagnostic::Reports;
use crate::source::Document;

pub use file::TRIGGERS_MAX;

/// Name of the language in [`Program::language`].
pub const LANGUAGE: &str = "triggers";

/// Compiles a trigger file. Without a program there is at least one error in `reports`.
pub fn compile(document: &Document, reports: &mut Reports<'_>) -> Option<Program> {
    let lowered = file::read(&document.root, reports);
    let program = file::to_program(&lowered, document)?;
    check::check(&program, &lowered.scopes, reports);
    (reports.errors_count() == 0).then_some(program)
}

/// What the parts of a scope are compiled with.
struct Scoped<'a, 'r, 's> {
    reports: &'r mut Reports<'s>,
    file: &'a FileNames,
    defined: &'a ScopeNames,
    start: Start,
}

/// How a scope starts.
#[derive(Clone, Copy, Debug)]
enum Start {
    /// As a run.
    Run,
    /// By an action of another scope.
    Scope,
}

impl Scoped<'_, '_, '_> {
    /// The type of the event that `start` stands for.
    fn start_type(&self) -> &'static str {
        match self.start {
            Start::Run => "tidegate.run.started",
            Start::Scope => "tidegate.scope.started",
        }
    }
}
