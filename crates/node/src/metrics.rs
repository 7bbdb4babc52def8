//! How a node is doing, in numbers.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;
use serde::Serialize;
use tidegate_engine::partition::Ledger;

use crate::driver::Driver;
use crate::node::Shared;

/// Numbers that the engine's thread leaves for others to read.
#[derive(Debug, Default)]
pub(crate) struct Gauges {
    ledger: Mutex<Ledger>,
    live_runs: AtomicU64,
    syncs: AtomicU64,
    entries_since_checkpoint: AtomicU64,
    refused_batches: AtomicU64,
    results_waiting: AtomicU64,
    failed: AtomicBool,
}

/// How a node is doing.
#[derive(Clone, Debug, Serialize)]
pub struct Metrics {
    /// Totals, and where the journal ends.
    pub ledger: Ledger,
    /// Runs that have not ended.
    pub live_runs: u64,
    /// Batches that were synced since the node came up.
    pub syncs: u64,
    /// Events and requests that wait for the engine.
    pub inbox_waiting: u64,
    /// Entries that the last checkpoint does not reflect.
    pub entries_since_checkpoint: u64,
    /// Why the last checkpoint could not be written, if it could not.
    pub checkpoint_failure: Option<String>,
    /// Batches that the journal refused because the disk is full.
    pub refused_batches: u64,
    /// Results of functions that are kept in memory because the disk refuses them.
    pub results_waiting: u64,
    /// Whether the journal has failed and nothing more is taken.
    pub failed: bool,
    /// What is kept and what was let go of.
    pub retention: crate::references::Totals,
    /// What the functions are doing.
    pub functions: tidegate_runtimes::Status,
}

impl Gauges {
    pub(crate) fn note(&self, driver: &Driver) {
        self.ledger.lock().clone_from(driver.partition().ledger());
        self.live_runs.store(driver.partition().live_runs() as u64, Ordering::Relaxed);
        self.syncs.store(driver.syncs(), Ordering::Relaxed);
        self.entries_since_checkpoint.store(driver.entries_since_checkpoint(), Ordering::Relaxed);
    }

    pub(crate) fn note_refused(&self) {
        self.refused_batches.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn note_result_refused(&self) {
        self.results_waiting.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn note_result_stored(&self) {
        self.results_waiting.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn fail(&self) {
        self.failed.store(true, Ordering::Relaxed);
    }
}

impl Metrics {
    pub(crate) fn of(shared: &Shared) -> Self {
        let gauges = &shared.gauges;
        let (checkpoint_failure, retention) = {
            let checkpointer = shared.checkpointer.lock();
            (checkpointer.failure(), checkpointer.totals())
        };
        Self {
            ledger: gauges.ledger.lock().clone(),
            live_runs: gauges.live_runs.load(Ordering::Relaxed),
            syncs: gauges.syncs.load(Ordering::Relaxed),
            inbox_waiting: shared.inbox.depth().0 as u64,
            entries_since_checkpoint: gauges.entries_since_checkpoint.load(Ordering::Relaxed),
            checkpoint_failure,
            refused_batches: gauges.refused_batches.load(Ordering::Relaxed),
            results_waiting: gauges.results_waiting.load(Ordering::Relaxed),
            failed: gauges.failed.load(Ordering::Relaxed),
            retention,
            functions: shared.runtimes.status(),
        }
    }
}
