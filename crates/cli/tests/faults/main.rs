//! What goes wrong around the built binary, and what it makes of it: full disks, directories that cannot be used, two
//! processes on one directory, damaged files, workflows with mistakes, events that are too large.
//!
//! Each test breaks a real thing, reads what people are told, follows the way out that is named, and checks that whatever
//! was acknowledged is there and nothing else is.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod checkpoints;
mod data_directory;
mod full_disk;
mod http;
mod huge_event;
mod journal;
mod mistakes;
#[path = "../end_to_end/place.rs"]
#[expect(dead_code, reason = "what the end-to-end tests use besides")]
mod place;
mod refusal;
mod small_file_system;
mod tally;
mod two_processes;
