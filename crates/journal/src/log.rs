//! The segment log: the ordered, durable records of one partition, and the only source of truth.
//!
//! Records are opaque byte strings. A [`Batch`] of them is one frame: one write, made durable by one sync. Frames lie in
//! segment files named after their first offset; the headers of [`frame`] and `segment` show the bytes.
//!
//! What always holds:
//! - What [`Log::sync`] has acknowledged is read back after any crash, whole and in order. What it has not is absent, or
//!   there up to some batch; never a part of a batch, never other bytes.
//! - A failed write or sync poisons the log: a kernel may drop the dirty pages after one failed sync and report success
//!   the next time, so nothing that is tried again proves anything. Only a full disk, and only when the batch was cut off
//!   again and the cut is durable, leaves the log usable.
//! - Damage is told apart from a torn tail by evidence on disk, never by guessing: see [`Recovered`] and [`Corrupt`].

mod batch;
mod error;
pub mod frame;
mod reader;
mod recovery;
mod segment;
mod settings;
mod window;
mod writer;

pub use batch::Batch;
pub use error::{AppendError, Corrupt, Damage, OpenError, ReadError};
pub use reader::{LogReader, Records};
pub use recovery::{Cut, Recovered};
pub use settings::Settings;
pub use writer::Log;
