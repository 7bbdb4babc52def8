//! Retries: how often, and how long to wait between.

use serde::{Deserialize, Serialize};

use crate::{Failure, Span, Text, outcome::errors};

/// What to do when a task fails.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retry {
    /// Tries in all, the first included; 1 means no retry.
    pub max_attempts: u32,
    /// Wait before the second attempt.
    pub interval: Span,
    /// Factor from one wait to the next.
    pub backoff: f64,
    /// Longest wait.
    pub max_interval: Span,
    /// Whether the wait is drawn between zero and its computed length.
    pub jitter: Jitter,
    /// Error names that are retried; `*` is any, and `!NAME` is not retried whatever else is said. Empty, or with
    /// nothing but such, means any.
    pub on: Vec<Text>,
}

/// Spread of waits, so that tasks which failed together do not return together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Jitter {
    /// The computed wait.
    #[default]
    None,
    /// A draw between zero and the computed wait.
    Full,
}

impl Default for Retry {
    /// One attempt only; with more, 1 s doubling up to 60 s.
    fn default() -> Self {
        Self {
            max_attempts: 1,
            interval: Span::seconds(1),
            backoff: 2.0,
            max_interval: Span::seconds(60),
            jitter: Jitter::None,
            on: Vec::new(),
        }
    }
}

impl Retry {
    /// Whether `failure` of attempt `attempt` (from 1) is followed by another.
    #[must_use]
    pub fn applies(&self, attempt: u32, failure: &Failure) -> bool {
        let (mut is_any, mut is_named) = (true, false);
        for name in &self.on {
            match name.strip_prefix('!') {
                Some(never) if never == failure.error.as_str() => return false,
                Some(_) => {}
                None => {
                    is_any = false;
                    is_named |= name == errors::ANY || *name == failure.error;
                }
            }
        }
        attempt < self.max_attempts && (is_any || is_named)
    }

    /// Wait after attempt `attempt` (from 1): `interval * backoff^(attempt - 1)`, capped, then spread by
    /// `draw`, a number drawn by the caller.
    #[must_use]
    pub fn wait(&self, attempt: u32, draw: u64) -> Span {
        let factor = self.backoff.max(1.0).powi(i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX));
        let computed = (self.interval.0 as f64 * factor).min(self.max_interval.0 as f64) as u64;
        match self.jitter {
            Jitter::None => Span(computed),
            Jitter::Full => Span(draw % (computed + 1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_cap() {
        let retry = Retry { max_attempts: 9, max_interval: Span::seconds(5), ..Retry::default() };
        let waits: Vec<u64> = (1..=5).map(|attempt| retry.wait(attempt, 0).0).collect();
        assert_eq!(waits, [1000, 2000, 4000, 5000, 5000]);
        let spread = Retry { jitter: Jitter::Full, ..retry };
        assert!((0..100).all(|draw| spread.wait(1, draw * 7919).0 <= 1000));
    }

    #[test]
    fn only_named_errors_are_retried() {
        let retry = Retry { max_attempts: 3, on: vec!["Busy".into()], ..Retry::default() };
        assert!(retry.applies(2, &Failure::new("Busy", "")));
        assert!(!retry.applies(3, &Failure::new("Busy", "")));
        assert!(!retry.applies(1, &Failure::new("Broken", "")));
    }

    #[test]
    fn some_errors_are_never_retried() {
        let retry = |on: &[&str]| Retry {
            max_attempts: 3,
            on: on.iter().map(|name| Text::new(name)).collect(),
            ..Retry::default()
        };
        let applies = |on: &[&str], error: &'static str| retry(on).applies(1, &Failure::new(error, ""));
        assert!(applies(&["!Fatal"], "Busy"));
        assert!(!applies(&["!Fatal"], "Fatal"));
        assert!(!applies(&["*", "!Fatal"], "Fatal"));
        assert!(!applies(&["Busy", "!Fatal"], "Broken"));
    }
}
