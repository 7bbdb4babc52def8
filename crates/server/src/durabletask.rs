//! The door for Durable Task: the gRPC protocol between Microsoft's `durabletask` SDKs and what keeps their orchestrations
//! (`TaskHubSidecarService`). `docs/durable-task.md` says what it covers.
//!
//! Orchestrations are workflows of the language `orchestration`, one for each name, made when they are first asked for; an
//! instance is a run, and its id the run's key. Workers execute turns, activities and entities, which are tasks of external
//! functions.
//!
//! In reading order: `names` is what is called how, `payload` data and `details` failures, `past` history, `answer` what a turn
//! asks for; `instances` starts and finds runs, `operations` is what clients ask, `work` what workers do, `entities`
//! both for entities, and `service` the
//! protocol itself. `messages` are its messages.

mod answer;
mod details;
mod entities;
mod instances;
mod messages;
mod names;
mod operations;
mod past;
mod payload;
mod service;
mod work;

pub use service::serve;
