//! The node: records, steps, acts.
//!
//! One ordinary thread per partition takes what arrived, writes it to the journal as one batch, steps the engine,
//! waits for the disk, and only then answers and acts. It is the only place that sees both halves: the engine,
//! which decides, and the journal and the runtimes, which do. What it deliberately does not know: any protocol.
//!
//! In reading order:
//! - [`settings`]: what an operator may set
//! - `inbox`: the bounded way in
//! - [`driver`]: journal and engine together, without threads or a clock, so that a simulation can drive it too
//! - [`ledger`]: what happened, in chunks beside the checkpoint
//! - [`keyspaces`]: what is in the checkpoint store; [`checkpoint`]: what one writes
//! - [`references`]: who refers to stored payloads; [`retention`]: lets go of what is not kept; `weights`: what keeps the
//!   journal small
//! - `checkpointer`: the thread that writes checkpoints
//! - [`payloads`]: large data, in and out
//! - [`node`]: the threads, and recovery
//! - [`handle`]: what doors call; [`query`]: what they ask

pub mod checkpoint;
mod checkpointer;
pub mod driver;
pub mod handle;
mod inbox;
pub mod keyspaces;
pub mod ledger;
pub mod metrics;
pub mod node;
pub mod payloads;
pub mod query;
pub mod references;
pub mod retention;
pub mod settings;
mod weights;

pub use handle::{Accepted, Answer, Handle, SubmitError};
pub use ledger::StepFacts;
pub use metrics::Metrics;
pub use node::{Node, OpenError, Recovered, ShutdownError};
pub use query::{EventView, FactsPage, HistoryPage, HistoryQuery, QueryError, RunsPage, RunsQuery, StepView};
pub use settings::{DataDir, Settings};
