//! Functions end to end: real processes, real sockets, and no sleeps: every wait is for an event.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on is to stop where it is")]

mod aws;
mod command;
mod conformance;
mod http;
mod orphans;
mod queue;
mod stage;
mod warm;
