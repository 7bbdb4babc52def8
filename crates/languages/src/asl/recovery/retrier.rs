//! One entry of `Retry`: which errors are tried again, how often, and after how long.

use tidegate_json::Value;
use tidegate_model::Span;

use super::{ErrorNames, RecoveryError};
use crate::asl::expression::Draws;

/// Largest value of the fields that count seconds or attempts.
const COUNT_MAX: u64 = 99_999_999;

/// `MaxDelaySeconds` stays below a leap year.
const MAX_DELAY_END_SECONDS: u64 = 31_622_400;

/// An entry of `Retry`.
#[derive(Clone, Debug, PartialEq)]
pub struct Retrier {
    /// The errors it is for.
    pub errors: ErrorNames,
    /// Before the first retry.
    pub interval_seconds: u64,
    /// Retries, the first attempt not counted; 0 is never.
    pub max_attempts: u64,
    /// By which the interval grows from one retry to the next.
    pub backoff_rate: f64,
    /// What no interval exceeds.
    pub max_delay_seconds: Option<u64>,
    /// Whether intervals are shortened by chance.
    pub jitter: Jitter,
}

/// `JitterStrategy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jitter {
    /// An interval is as long as it is.
    None,
    /// An interval is anything from nothing up to its length.
    Full,
}

impl Retrier {
    /// Reads an entry of `Retry`. Fields that it does not know are for the static checks.
    ///
    /// # Errors
    /// Every field that is missing, of the wrong type or out of range.
    pub fn parse(entry: &Value) -> Result<Self, Vec<RecoveryError>> {
        let mut mistakes = Vec::new();
        if entry.as_object().is_none() {
            return Err(vec![RecoveryError::at("", "a retrier must be an object")]);
        }
        let errors = ErrorNames::parse(entry).map_err(|found| mistakes.extend(found)).ok();
        let mut fields = Fields { entry, mistakes };
        let interval_seconds = fields.count("IntervalSeconds", 1, COUNT_MAX);
        let max_attempts = fields.count("MaxAttempts", 0, COUNT_MAX);
        let max_delay_seconds = fields.count("MaxDelaySeconds", 1, MAX_DELAY_END_SECONDS - 1);
        let backoff_rate = fields.backoff_rate();
        let jitter = fields.jitter();
        match errors {
            Some(errors) if fields.mistakes.is_empty() => Ok(Self {
                errors,
                interval_seconds: interval_seconds.unwrap_or(1),
                max_attempts: max_attempts.unwrap_or(3),
                backoff_rate: backoff_rate.unwrap_or(2.0),
                max_delay_seconds,
                jitter: jitter.unwrap_or(Jitter::None),
            }),
            _ => Err(fields.mistakes),
        }
    }

    /// Whether an attempt is left after `retries` of this retrier.
    #[must_use]
    pub fn allows(&self, retries: u64) -> bool {
        retries < self.max_attempts
    }

    /// How long to wait before the next attempt, after `retries` of this retrier. Without jitter nothing is drawn.
    #[must_use]
    pub fn delay(&self, retries: u64, draws: &Draws) -> Span {
        let whole = self.delay_seconds(retries);
        match self.jitter {
            Jitter::None => milliseconds(whole),
            Jitter::Full => milliseconds(whole * unit(draws.next())),
        }
    }

    /// The interval after `retries`, in seconds, before jitter.
    #[must_use]
    pub fn delay_seconds(&self, retries: u64) -> f64 {
        let exponent = i32::try_from(retries).unwrap_or(i32::MAX);
        let grown = self.interval_seconds as f64 * self.backoff_rate.powi(exponent);
        let limit = self.max_delay_seconds.unwrap_or(COUNT_MAX) as f64;
        grown.min(limit)
    }
}

fn milliseconds(seconds: f64) -> Span {
    Span((seconds * 1000.0).round() as u64)
}

/// Uniform in `[0, 1)`, from the upper 53 bits.
fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// The optional fields of a retrier, with what is wrong with them.
struct Fields<'v> {
    entry: &'v Value,
    mistakes: Vec<RecoveryError>,
}

impl Fields<'_> {
    fn count(&mut self, name: &str, least: u64, most: u64) -> Option<u64> {
        let given = self.entry.get(name)?;
        let count = given.as_u64().filter(|count| (least..=most).contains(count));
        if count.is_none() {
            let message = format!("`{name}` must be an integer from {least} to {most}");
            self.mistakes.push(RecoveryError::at(&format!("/{name}"), message));
        }
        count
    }

    fn backoff_rate(&mut self) -> Option<f64> {
        let given = self.entry.get("BackoffRate")?;
        let rate = given.as_f64().filter(|rate| *rate >= 1.0);
        if rate.is_none() {
            self.mistakes
                .push(RecoveryError::at("/BackoffRate", "`BackoffRate` must be a number of at least 1.0"));
        }
        rate
    }

    fn jitter(&mut self) -> Option<Jitter> {
        let given = self.entry.get("JitterStrategy")?;
        match given.as_str() {
            Some("FULL") => Some(Jitter::Full),
            Some("NONE") => Some(Jitter::None),
            _ => {
                let message = "`JitterStrategy` must be `FULL` or `NONE`";
                self.mistakes.push(RecoveryError::at("/JitterStrategy", message));
                None
            }
        }
    }
}
