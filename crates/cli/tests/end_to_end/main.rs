//! The built binary, as people and scripts use it: stdout, stderr and exit codes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cache;
mod dev;
mod graph;
mod mocks;
mod offline;
mod place;
mod pools;
mod reruns;
mod run;
mod schedules;
mod server;
mod sweep;
