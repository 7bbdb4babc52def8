//! What the states of a machine compute with: JSONPath, intrinsic functions, payload templates, choice rules, and
//! JSONata with the functions that AWS adds to it.
//!
//! Everything here is compiled once, from the text of a definition, and evaluated often, over values. It knows no
//! state, no event and no trigger.

pub mod choice;
pub mod digest;
mod fault;
pub mod intrinsic;
pub mod jsonata;
pub mod path;
pub mod random;
mod surroundings;
pub mod template;
pub mod timestamp;

pub use fault::Fault;
pub use surroundings::{Draws, Surroundings};
