//! What the journal promises, by examples and by seeded worlds. One program, so that it links once.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod checkpoints;
mod checkpoints_on_a_full_disk;
mod disk;
mod frame;
mod golden;
mod log;
mod log_on_a_real_disk;
mod log_refusals;
mod log_worlds;
mod payloads;
mod random;
