//! Messages of the Durable Task protocol (`TaskHubSidecarService`).
//!
//! Made by scripts/durabletask_messages.py from the description in durabletask 1.12.0.

#![allow(
    dead_code,
    unused_imports,
    clippy::enum_variant_names,
    clippy::wildcard_imports,
    reason = "the protocol has more than is read here, and is one"
)]

mod entities;
mod history;
mod instances;
mod turns;
mod work;

pub(crate) use entities::*;
pub(crate) use history::*;
pub(crate) use instances::*;
pub(crate) use turns::*;
pub(crate) use work::*;
