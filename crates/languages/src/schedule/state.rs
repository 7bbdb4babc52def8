//! What a schedule remembers between ticks, as it stands in the variables of its standing run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tidegate_json::Value;
use tidegate_model::{Failure, Text, Timestamp, outcome::errors};

use super::times::Rule;

/// Occasions of events that wait at most; of ticks that wait, only the first and the last are kept.
pub(crate) const EVENTS_WAIT_MAX: usize = 1_000;

/// All of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    /// The rules that it goes by. Where a new version has others, it begins anew from when it was applied.
    pub(crate) rules: Vec<Rule>,
    /// When it began to go by them.
    pub(crate) since: Option<Timestamp>,
    /// The last tick that was decided on.
    pub(crate) last: Option<Timestamp>,
    /// The tick that its timer waits for.
    pub(crate) next: Option<Timestamp>,
    /// What runs are called that have not ended.
    pub(crate) running: Vec<Text>,
    /// What waits for them, oldest first.
    pub(crate) waiting: Vec<Waiting>,
    /// The newest event of each kind since the last start, by its place among the schedule's events.
    pub(crate) seen: BTreeMap<String, Value>,
    /// Runs that it has started.
    pub(crate) started: u64,
    /// Ticks that it has skipped.
    pub(crate) skipped: u64,
    /// The last of these, and why.
    pub(crate) last_skip: Option<Value>,
    /// The last run of its own that failed or could not start, and why.
    pub(crate) last_failure: Option<Value>,
}

/// What waits for the end of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Waiting {
    /// All ticks from one to another.
    Ticks {
        from: Timestamp,
        to: Timestamp,
        /// The rules that they are ticks of, where the schedule has others by now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rules: Option<Vec<Rule>>,
    },
    /// Events that have come.
    Events(Occasion),
}

/// Events that start a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Occasion {
    /// What the run is called.
    pub(crate) subject: Text,
    pub(crate) at: Timestamp,
    pub(crate) events: Value,
}

impl State {
    /// What `vars` say; nothing remembered where they say nothing.
    pub(crate) fn of(vars: &Value) -> Result<Self, Failure> {
        if vars.as_object().is_none_or(|vars| vars.is_empty()) {
            return Ok(Self::default());
        }
        serde_json::from_str(&vars.to_text()).map_err(|error| {
            let message = format!("the variables of the schedule are not as it left them: {error}");
            Failure::new(errors::INVALID_VALUE, message)
        })
    }

    /// The variables that say this.
    pub(crate) fn to_vars(&self) -> Value {
        let text = serde_json::to_string(self).expect("a state has only string keys and whole numbers");
        Value::parse(&text).expect("what was just printed parses")
    }
}
