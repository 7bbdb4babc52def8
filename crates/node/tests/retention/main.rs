//! What is let go of when, and that nothing else ever is: journal, store and payloads as a node has them, on a simulated
//! disk, by a clock that the test sets.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bounds;
mod crashes;
mod house;
mod policy;
