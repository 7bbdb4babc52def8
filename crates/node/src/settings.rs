//! What an operator may set. Every limit of the node is here, with its default.

use std::path::PathBuf;
use std::time::Duration;

use tidegate_model::Span;

/// Settings of a node.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where its data is.
    pub data: DataDir,
    /// Bounds of the engine.
    pub limits: tidegate_engine::Limits,
    /// Data up to this many bytes travels inline; above, it is stored once and travels by digest.
    pub payload_inline_max_bytes: usize,
    /// Data above this many bytes is refused.
    pub payload_max_bytes: usize,
    /// Events and requests that wait for the engine; above, doors say that it is full.
    pub inbox_max: usize,
    /// Entries in one batch, and so between two syncs.
    pub batch_entries_max: usize,
    /// Shortest time between two checkpoints.
    pub checkpoint_interval: Duration,
    /// How long a run that has ended is kept, with its history and what it refers to; `None` keeps it for ever.
    pub retain_runs: Option<Span>,
    /// Journal below the last checkpoint is kept up to this many bytes, counted with the payloads that it refers to.
    pub retain_journal_bytes: u64,
    /// Settings of the runtimes.
    pub runtimes: tidegate_runtimes::Settings,
}

/// Where a node's data is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataDir {
    /// In this directory.
    At(PathBuf),
    /// In a directory that goes with the node.
    Temporary,
}

impl Settings {
    /// The defaults, for data in `data`.
    #[must_use]
    pub fn new(data: DataDir) -> Self {
        Self {
            data,
            limits: tidegate_engine::Limits::default(),
            payload_inline_max_bytes: 32 << 10,
            payload_max_bytes: 64 << 20,
            inbox_max: 100_000,
            batch_entries_max: 8192,
            checkpoint_interval: Duration::from_secs(1),
            retain_runs: Some(Span::seconds(30 * 24 * 60 * 60)),
            retain_journal_bytes: 4 << 30,
            runtimes: tidegate_runtimes::Settings::default(),
        }
    }
}
