//! The seeded world that proves the engine: journal, engine, disk, workers, publisher and operators, with faults,
//! all drawn from one seed.
//!
//! The same seed gives the same world, step by step and byte by byte, so a failure is a number. What runs here is the
//! node's own driver over the journal's own code; only the disk, the clock and the functions are simulated. What it
//! deliberately does not know: threads, sockets, real time.
//!
//! In reading order:
//! - [`random`], [`trace`]: where everything comes from, and how it is told
//! - [`function`]: the user's code; [`plan`], [`weave`], [`reference`](mod@reference): workflows whose end is predicted
//! - [`wild`], [`federated`]: workflows drawn without knowing their end, and one by hand
//! - [`workers`], [`publisher`]: those who answer and those who send; `operator` is the one who interferes
//! - [`violation`], [`account`]: what must hold, and what was told; `letters` is what nobody took
//! - [`world`]: all of it together; `moves` is what can happen in it, `storage` what it stores on, `recovery` its
//!   crashes, `replica` the state that never crashed, `drain` its end, `verdict` what is checked
//! - [`mutant`]: worlds that are broken on purpose

pub mod account;
mod drain;
pub mod federated;
pub mod function;
mod letters;
mod moves;
pub mod mutant;
mod operator;
pub mod plan;
pub mod publisher;
pub mod random;
mod recovery;
pub mod reference;
mod replica;
mod storage;
pub mod trace;
mod verdict;
pub mod violation;
pub mod weave;
pub mod wild;
pub mod workers;
pub mod world;

pub use mutant::Mutant;
pub use violation::{Invariant, Violation};
pub use world::{Outcome, World, run};
