//! Functions that the embedding program adds.

use std::fmt;

use tidegate_json::{Str, Value};

use crate::env::{Env, Limits};
use crate::error::EvalError;
use crate::random::Random;
use crate::signature::Signature;

type HostRun = Box<dyn Fn(&mut Call<'_>) -> Result<Option<Value>, EvalError> + Send + Sync>;

/// A function that the embedding program added.
pub(crate) struct HostFunction {
    pub(crate) name: Str,
    pub(crate) signature: Option<Signature>,
    pub(crate) run: HostRun,
}

impl fmt::Debug for HostFunction {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "${}", self.name)
    }
}

/// One call of a function that the embedding program added.
#[derive(Debug)]
pub struct Call<'a> {
    arguments: &'a [Option<Value>],
    env: &'a Env<'a>,
    random: &'a mut Random,
    fuel: &'a mut u64,
}

impl<'a> Call<'a> {
    pub(crate) fn new(
        arguments: &'a [Option<Value>],
        env: &'a Env<'a>,
        random: &'a mut Random,
        fuel: &'a mut u64,
    ) -> Self {
        Self { arguments, env, random, fuel }
    }

    /// All arguments; nothing, and a function, as `None`.
    #[must_use]
    pub fn arguments(&self) -> &'a [Option<Value>] {
        self.arguments
    }

    /// The argument at `index` from 0, if it was given and is a value.
    #[must_use]
    pub fn argument(&self, index: usize) -> Option<&'a Value> {
        self.arguments.get(index)?.as_ref()
    }

    /// The evaluation's time, in milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.env.now
    }

    /// How far the evaluation may go.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.env.limits
    }

    /// The next random number of the evaluation, uniform in `[0, 1)`.
    pub fn random(&mut self) -> f64 {
        self.random.unit()
    }

    /// The next 64 random bits of the evaluation.
    pub fn random_bits(&mut self) -> u64 {
        self.random.bits()
    }

    /// Pays for `steps` of work.
    ///
    /// # Errors
    /// `U1002` when the evaluation has no more fuel.
    pub fn burn(&mut self, steps: u64) -> Result<(), EvalError> {
        match self.fuel.checked_sub(steps) {
            Some(left) => {
                *self.fuel = left;
                Ok(())
            }
            None => {
                *self.fuel = 0;
                let message = format!("the evaluation needs more than {} steps", self.env.limits.fuel);
                Err(EvalError::new("U1002", message))
            }
        }
    }
}
