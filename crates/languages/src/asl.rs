//! Amazon States Language: state machines, compiled to triggers.
//!
//! In reading order: `machine` and `resource` are what a definition says, [`expression`] computes values, [`check`]
//! finds what is wrong before anything runs, `compile` makes the triggers, `states` are their actions, one file per
//! type of state. What these share: `frame` (what a scope keeps), `turn` (one firing), `flow` (how data goes through a
//! state), [`recovery`] and `rescue` (what becomes of errors), [`history`] (what is told of it all), [`token`].
//! [`mock`] is what states answer in place of what they would call, [`rehearse`] runs one state by itself, [`redrive`] lets a
//! failed execution go on, and `drawing` draws a machine.

pub mod check;
pub(crate) mod compile;
pub(crate) mod drawing;
pub mod expression;
mod flow;
mod frame;
pub mod history;
mod integration;
mod machine;
pub mod map_run;
pub mod mock;
pub mod recovery;
pub mod redrive;
pub mod rehearse;
mod rescue;
pub mod resource;
pub(crate) mod states;
pub mod token;
mod turn;

pub(crate) use compile::of_document as compile_document;
pub use compile::{Options, compile};

/// The definition in `text`, a file that people call `name`; `None` where it is no state machine.
#[must_use]
pub fn definition(text: &str, name: &str) -> Option<tidegate_json::Value> {
    let (document, _) = crate::source::Document::read(&crate::source::Source::new(name, text));
    let root = document?.root;
    (crate::detect::of_document(&root) == crate::Language::Asl).then(|| root.to_value())
}

/// Adds the actions of state machines to `registry`, and the functions that service integrations are.
pub fn register(registry: &mut tidegate_engine::Registry) {
    states::register(registry);
    registry.add_provider(integration::provide);
}
