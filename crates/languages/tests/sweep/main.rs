//! SWEEP workflows: expressions, replicas, what is said of files that are wrong, and runs.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod expressions;
