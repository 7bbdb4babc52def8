//! Append + sync of 300-byte records in batches, beside the raw disk; the ratio of the medians is printed at the end.
//!
//! `cargo bench -p tidegate-journal --bench log`

mod against_raw;

use against_raw::{Journal, Raw};
use divan::Bencher;
use divan::counter::ItemsCount;

const BATCHES: [usize; 3] = [1, 64, 1024];

fn main() {
    divan::main();
    let dir = directory();
    against_raw::print_ratios(dir.path());
}

#[divan::bench(args = BATCHES)]
fn log(bencher: Bencher<'_, '_>, records: usize) {
    let dir = directory();
    let mut journal = Journal::new(dir.path(), records);
    bencher.counter(ItemsCount::new(records)).bench_local(|| journal.append_and_sync());
}

#[divan::bench(args = BATCHES)]
fn raw(bencher: Bencher<'_, '_>, records: usize) {
    let dir = directory();
    let mut raw = Raw::new(dir.path(), records);
    bencher.counter(ItemsCount::new(records)).bench_local(|| raw.append_and_sync());
}

/// In the working directory: the system's temporary directory is often memory, which syncs nothing.
fn directory() -> tempfile::TempDir {
    tempfile::tempdir_in(".").expect("the working directory can be written")
}
