//! What becomes of an error: the `Retry` and `Catch` fields of a state.
//!
//! - `names`: which errors an `ErrorEquals` means
//! - `retrier`: how often and how soon an attempt is made again
//! - `catcher`: where a machine goes on instead
//!
//! The first retrier that means an error counts, and once its attempts are used up, the first catcher. Nothing means
//! `States.Runtime`: that error is the machine's own.

mod catcher;
mod names;
mod retrier;

pub use catcher::Catcher;
pub use names::ErrorNames;
pub use retrier::{Jitter, Retrier};

/// A mistake in a retrier or a catcher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoveryError {
    /// Where, as a JSON pointer from the retrier or catcher.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
}

impl RecoveryError {
    fn at(pointer: &str, message: impl Into<String>) -> Self {
        Self { pointer: pointer.to_owned(), message: message.into() }
    }
}

/// Of the retriers or catchers in order, the first that means `error`.
pub fn first_for<'r, R>(
    error: &str,
    rules: &'r [R],
    names: impl Fn(&R) -> &ErrorNames,
) -> Option<(usize, &'r R)> {
    rules.iter().enumerate().find(|(_, rule)| names(rule).mean(error))
}
