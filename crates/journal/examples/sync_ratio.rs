//! Prints how much slower than the raw disk an append + sync of the log is.
//!
//! `cargo run --release -p tidegate-journal --example sync_ratio [DIRECTORY]`

#[path = "../benches/against_raw/mod.rs"]
mod against_raw;

fn main() {
    let parent = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let dir = tempfile::tempdir_in(parent).expect("the directory can be written");
    against_raw::print_ratios(dir.path());
}
