//! What an evaluation may depend on besides its input, and how far it may go.

use tidegate_json::Value;

use crate::functions::Functions;

/// Everything outside the expression and its input. Equal inputs give equal results, on any machine.
#[derive(Clone, Copy, Debug)]
pub struct Env<'a> {
    /// What `$now` and `$millis` answer, in milliseconds since 1970-01-01T00:00:00Z.
    pub now: i64,
    /// What `$random` and `$shuffle` draw from.
    pub seed: u64,
    /// How far the evaluation may go.
    pub limits: Limits,
    /// Variables, without their `$`. Of two with one name the first counts.
    pub bindings: &'a [(&'a str, Value)],
    /// The functions that exist.
    pub functions: &'a Functions,
}

/// Limits of one evaluation. Reaching one is an error with a `U` code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Steps: roughly one per operator evaluated, item visited, or 32 bytes of text made.
    pub fuel: u64,
    /// Nested evaluations: a function that calls itself needs some three per call. At most [`Limits::DEPTH_MAX`]
    /// counts, which fits a stack of 2 MiB.
    pub depth: u32,
    /// Items in one sequence, and parts in the result.
    pub items: usize,
    /// Bytes in one string.
    pub text_bytes: usize,
}

impl Limits {
    /// The deepest nesting that is allowed whatever [`Limits::depth`] says.
    pub const DEPTH_MAX: u32 = 320;
}

impl Default for Limits {
    fn default() -> Self {
        Self { fuel: 1_000_000, depth: 250, items: 1_000_000, text_bytes: 64 << 20 }
    }
}
