//! The JSONata 2 expression language, deterministic and bounded.
//!
//! An evaluation is a pure function of the expression, the input, the bindings, the time and the seed: no clock, no
//! shared state, no iteration order that varies. It is bounded by fuel, depth and sizes, counted and never timed, so
//! that a replay on another machine decides as the first run did. The crate knows JSON and this language; it does not
//! know what its callers filter or compute.
//!
//! In reading order:
//! - [`Expression`]: parse once, evaluate often, ask which part of a condition failed
//! - [`Env`], [`Limits`]: what an evaluation may depend on, and how far it may go
//! - [`Functions`]: what can be called, and how to add to it
//! - [`SyntaxError`], [`EvalError`]: JSONata's error codes, with places and [`Details`]
//!
//! Inside: `parse` (text to syntax), `resolve` (syntax to `node`), `evaluate` (`node` over `item`), `functions`,
//! `signature`, `references` (what an expression reads), `random`.

mod env;
mod error;
mod evaluate;
mod expression;
mod functions;
mod item;
mod node;
mod parse;
mod random;
mod references;
mod resolve;
mod signature;

pub use env::{Env, Limits};
pub use error::{Details, EvalError, SyntaxError};
pub use expression::{Expression, Failure};
pub use functions::{Call, Functions};
pub use references::References;
