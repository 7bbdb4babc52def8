//! The user's code of the simulated world: functions whose results follow from their input and attempt alone.
//!
//! That is what lets the reference model predict how a run ends, whatever the faults in between.

use tidegate_json::Value;
use tidegate_model::{Data, Failure, Labels, Outcome, Text};

/// Numbers stay below this.
const MODULUS: i64 = 1009;

/// Name of the error of [`Function::Picky`] and [`Function::Flaky`].
pub const BROKEN: &str = "Broken";

/// The functions that a workflow of the world can invoke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// A number to a number.
    Affine,
    /// A number to a number, failing the first few attempts.
    Flaky,
    /// A number to a number, failing for ever on some.
    Picky,
    /// A number to a number, whose result carries the label `secret`.
    Secret,
    /// A number to a short list.
    Spread,
    /// A list to a number.
    Sum,
    /// A client of the federated example: `{round, client}` to `{round, verdict}`.
    Client,
    /// A number to a number, registered for all and taken away at times.
    Shared,
}

impl Function {
    /// Those that take a number and give one.
    pub const OF_NUMBERS: [Self; 4] = [Self::Affine, Self::Flaky, Self::Picky, Self::Secret];

    /// Every function.
    pub const ALL: [Self; 8] = [
        Self::Affine,
        Self::Flaky,
        Self::Picky,
        Self::Secret,
        Self::Spread,
        Self::Sum,
        Self::Client,
        Self::Shared,
    ];

    /// What programs call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Affine => "affine",
            Self::Flaky => "flaky",
            Self::Picky => "picky",
            Self::Secret => "secret",
            Self::Spread => "spread",
            Self::Sum => "sum",
            Self::Client => "client",
            Self::Shared => "shared",
        }
    }

    /// The function of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|function| function.name() == name)
    }

    /// Attempts that fail before one succeeds; `None` where none ever does.
    #[must_use]
    pub fn failures(self, input: &Value) -> Option<u32> {
        match self {
            Self::Flaky => Some(number(input).rem_euclid(3) as u32),
            Self::Picky if number(input) % 5 == 0 => None,
            _ => Some(0),
        }
    }

    /// The result of an attempt that succeeds.
    #[must_use]
    pub fn result(self, input: &Value) -> Value {
        match self {
            Self::Affine => Value::from((3 * number(input) + 1) % MODULUS),
            Self::Flaky => Value::from((number(input) + 7) % MODULUS),
            Self::Picky | Self::Shared => Value::from((number(input) + 2) % MODULUS),
            Self::Secret => Value::from((number(input) + 11) % MODULUS),
            Self::Spread => Value::array((0..number(input) % 5).map(|n| (number(input) + 13 * n) % MODULUS)),
            Self::Sum => {
                let items = input.as_array().map(|items| items.iter().map(number).sum::<i64>());
                Value::from(items.unwrap_or_default() % MODULUS)
            }
            Self::Client => verdict(input),
        }
    }

    /// Labels that it puts on its results.
    #[must_use]
    pub fn labels(self) -> Labels {
        match self {
            Self::Secret => [Text::const_new("secret")].into_iter().collect(),
            _ => Labels::NONE,
        }
    }

    /// How attempt number `attempt` ends.
    #[must_use]
    pub fn outcome(self, input: &Value, attempt: u32) -> Outcome {
        match self.failures(input) {
            Some(failures) if attempt > failures => {
                Outcome::Succeeded { data: Data::json(&self.result(input)), labels: self.labels() }
            }
            _ => Outcome::Failed(Failure::new(BROKEN, "as the world wants")),
        }
    }
}

/// The number that `value` is; 0 where it is none, as the place of a tolerated failure in a list.
fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or(0)
}

/// About a third of the clients of a round are rejected, others in each round.
fn verdict(input: &Value) -> Value {
    let round = input.get("round").map_or(0, number);
    let client = input.get("client").map_or(0, number);
    let is_rejected = (round * 31 + client * 17 + (round * client) % 7) % 20 < 7;
    let verdict = if is_rejected { "Reject" } else { "Accept" };
    Value::object([("round", Value::from(round)), ("verdict", Value::from(verdict))])
}
