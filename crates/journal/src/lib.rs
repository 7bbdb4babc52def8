//! What remembers: the durable side of one partition.
//!
//! - [`disk`]: the boundary to the world, real and simulated.
//! - [`log`]: the segment log, the ordered records of a partition and the only source of truth.
//! - [`checkpoints`]: the state as of an offset of the log; derived, so losing it costs time and never truth.
//! - [`payloads`]: blobs too large to travel in records, by their digest.
//!
//! It knows nothing of workflows: records, keys, values and blobs are opaque bytes, and offsets count them. Deliberately
//! absent: async, clocks, randomness (identities are given by the caller) and any thread on the path of an append.

mod offset;

pub mod checkpoints;
pub mod disk;
pub mod log;
pub mod payloads;

pub use checkpoints::{Change, Checkpoints, Keyspace};
pub use disk::{Disk, RealDisk, simulated::SimDisk};
pub use log::{Batch, Log, LogReader};
pub use offset::Offset;
pub use payloads::Payloads;
