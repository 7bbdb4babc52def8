//! The HTTP doors: whatever asks Tidegate something over HTTP comes through here.
//!
//! Translates requests into what a node is asked and its answers into JSON; decides nothing, keeps nothing. All
//! errors are problems (RFC 9457), whoever raised them. What it deliberately does not know: the journal, how
//! functions run, how a trigger is evaluated.
//!
//! In reading order:
//! - [`app`]: what handlers share, the router, and serving a socket
//! - [`problem`]: what goes wrong, as people and programs read it
//! - `request`: taking requests apart; `guard`: which are let in; `observe`: what is told of each
//! - `events`, `workflows`, `functions`, `runs`, `triggers`, `interceptors`, `tasks`, `schedules`, `why`: the API, by subject
//! - `graphs`: drawings of workflows and runs
//! - `aws`: the doors for clients of AWS Step Functions and AWS Lambda
//! - `stream`: everything that happens, as server-sent events
//! - `metrics`, `health`, `home`: for scrapers, supervisors and browsers
//! - `openapi`: the description of all this; `schemas`: the shapes of its answers

pub mod app;
mod aws;
mod cache;
pub mod durabletask;
mod events;
mod functions;
mod graphs;
mod guard;
mod health;
mod home;
mod interceptors;
mod metrics;
mod observe;
mod openapi;
mod pools;
pub mod problem;
mod request;
mod reruns;
mod runs;
mod schedules;
mod schemas;
mod stream;
mod tasks;
mod triggers;
mod turns;
mod why;
mod workflows;

pub use app::{App, Directories, Settings, router, serve};
pub use problem::Problem;
pub use workflows::with_content;
