//! The engine: decides, and never acts.
//!
//! `step(state, entry) -> (state changes, effects)`. No clock, no randomness, no files, no sockets, no threads,
//! no async: time arrives in the journal entry, ids are counted. The same journal always gives the same state.
//! What it deliberately does not know: where the journal is, how functions run, any workflow language.
//!
//! In reading order:
//! - [`scene`], [`template`]: what expressions see, and values computed by them
//! - [`condition`], [`action`]: what a trigger is made of; [`conditions`] and [`actions`] are those built in
//! - [`pools`]: slots that tasks claim, and who waits for them
//! - [`registry`]: conditions and actions by name
//! - [`compile`]: from a program to what a step runs on; `matching` is the index of patterns
//! - [`run`]: the state of a run
//! - [`partition`]: the state of everything, and `step`, what an entry does to it
//! - `dedupe`, `dead_letters`: what is remembered of events beyond their run
//! - [`output`]: what a step gives
//! - [`checkpoint`]: the state as keys and values
//! - [`view`], [`why`]: what people can ask

pub mod action;
pub mod actions;
pub mod cache;
pub mod checkpoint;
pub mod compile;
pub mod condition;
pub mod conditions;
mod dead_letters;
mod dedupe;
pub mod input;
mod interceptor;
mod matching;
pub mod output;
pub mod partition;
pub mod pools;
pub mod registry;
pub mod run;
pub mod scene;
mod step;
mod table;
pub mod template;
pub mod view;
pub mod why;

pub use compile::{CompileError, Compiled, Place};
pub use input::{InputMistake, InvalidInput};
pub use output::{Output, Refusal, Reply};
pub use partition::{Limits, Look, Partition};
pub use registry::Registry;
pub use scene::{NoPayloads, Payloads};
