//! SWEEP.

pub mod expression;
