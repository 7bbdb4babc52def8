//! Compilers: the text of a workflow file to a [`Program`](tidegate_model::Program), or diagnostics that
//! name the place and the way out.
//!
//! This crate is pure: the caller passes the text and what to call it, and the same text always gives the
//! same program and the same diagnostics. It knows no files, no clock and no runs. Whatever the text, it
//! neither panics nor takes more memory than the limits of [`source::limits`] allow.
//!
//! In reading order: [`compile()`] is the way in, [`detect`] tells languages apart, [`triggers`] compiles
//! trigger files, [`asl`] state machines, [`dag`] DAGs, [`orchestration`] workflows as code; [`schedule`] is when workflows start, `schema` what their input is to be; [`source`] are documents whose values know their places, [`template`]
//! finds expressions in text, [`diagnostic`] is what goes wrong and how it is shown, [`nearest`] guesses what was meant;
//! [`drawing`] draws programs and their runs.

pub mod asl;
mod compile;
pub mod dag;
pub mod detect;
pub mod diagnostic;
pub mod drawing;
mod file;
pub mod nearest;
pub mod orchestration;
pub mod schedule;
mod schema;
pub mod source;
pub mod sweep;
pub mod template;
pub mod triggers;

pub use compile::{Compiled, compile, compile_with, registry, workflow_name};
pub use detect::Language;
pub use diagnostic::{Colour, Diagnostic, Severity, render};
