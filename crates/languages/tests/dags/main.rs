//! DAG files: what runs when, what becomes of failures, and what is said of files that are wrong.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../asl/execution.rs"]
#[expect(dead_code, reason = "state machines ask more of it")]
mod execution;

mod cache;
mod drawing;
mod endings;
mod files;
mod groups;
mod params;
mod pools;
mod reruns;
mod runs;
mod schedules;
