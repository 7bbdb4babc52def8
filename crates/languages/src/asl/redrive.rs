//! Redriving: an execution that did not succeed goes on from where it stopped, as another run.
//!
//! That run is started with a [`Redrive`] for its input: what the execution was started with, and for each of its scopes
//! which state it was in, with which input and variables. What had ended well is not done again. The key of the run is
//! the ARN of the execution with a number behind it, so that both are known for what they are.
//!
//! The state that a scope goes on with is entered by the event [`REDRIVEN`], which is none of history: AWS tells of a
//! state's being entered once.

mod trace;

use std::collections::BTreeMap;

use tidegate_engine::scene::Scene;
use tidegate_json::Value;
use tidegate_model::{Text, Timestamp};

pub use trace::Trace;

/// The type of the event by which a state is entered that had been entered before.
pub(crate) const REDRIVEN: &str = "asl.redriven";

/// What stands between the ARN of an execution and the number of the redrive.
const MARK: &str = "#redrive-";

/// How an execution goes on.
#[derive(Clone, Debug, PartialEq)]
pub struct Redrive {
    /// What the execution was started with.
    pub input: Value,
    /// When it was started first.
    pub started_at: Timestamp,
    /// Which redrive this is, from 1.
    pub count: u64,
    /// Events of its history so far.
    pub events: u64,
    /// Where it goes on; at its start, where it had come nowhere.
    pub progress: Option<Progress>,
}

/// How far a scope had come.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// The state that it is in.
    pub state: Text,
    /// Id of the event that told of it.
    pub entered: u64,
    /// When that was.
    pub entered_at: Timestamp,
    /// Id of the last event of its scope.
    pub last: u64,
    /// The state's input.
    pub input: Value,
    /// The machine's variables; `None` where none was assigned in this scope.
    pub variables: Option<Value>,
    /// ARN of the map run that the state had begun.
    pub map_run: Option<Text>,
    /// Scopes within the state: branches and items, by their places. Those that are not here had not begun.
    pub within: BTreeMap<u64, Within>,
}

/// A scope within a state.
#[derive(Clone, Debug, PartialEq)]
pub enum Within {
    /// It had ended well, with this output.
    Done(Value),
    /// It had come so far.
    Stopped(Progress),
}

/// The key of the run that is the redrive `count` of the execution `arn`.
#[must_use]
pub fn key(arn: &str, count: u64) -> String {
    format!("{arn}{MARK}{count}")
}

/// The ARN and the number in a key that [`key`] made.
#[must_use]
pub fn parse_key(key: &str) -> Option<(&str, u64)> {
    let (arn, count) = key.rsplit_once(MARK)?;
    Some((arn, count.parse().ok()?))
}

impl Redrive {
    /// As the input of a run.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let progress = self.progress.as_ref().map(Progress::to_value).unwrap_or_default();
        Value::object([
            ("input", self.input.clone()),
            ("startedAt", Value::from(self.started_at.0)),
            ("count", Value::from(self.count)),
            ("events", Value::from(self.events)),
            ("progress", progress),
        ])
    }

    /// What [`Self::to_value`] made; `None` for anything else.
    #[must_use]
    pub fn of_value(value: &Value) -> Option<Self> {
        let progress = value.get("progress").and_then(Progress::of_value);
        Some(Self { progress, ..Self::origin_of(value)? })
    }

    fn origin_of(value: &Value) -> Option<Self> {
        let number = |name: &str| value.get(name).and_then(Value::as_u64);
        Some(Self {
            input: value.get("input")?.clone(),
            started_at: Timestamp(value.get("startedAt").and_then(Value::as_i64)?),
            count: number("count")?,
            events: number("events")?,
            progress: None,
        })
    }

    /// What the run that `scene` is in was started with, where that is one.
    pub(crate) fn of(scene: &Scene<'_>) -> Option<Self> {
        parse_key(scene.run_key.as_deref()?)?;
        Self::of_value(scene.input)
    }

    /// The same without where it goes on, which may be as large as a map has items, and is wanted once.
    pub(crate) fn origin(scene: &Scene<'_>) -> Option<Self> {
        parse_key(scene.run_key.as_deref()?)?;
        Self::origin_of(scene.input)
    }
}

impl Progress {
    /// As data of the event [`REDRIVEN`].
    pub(crate) fn to_value(&self) -> Value {
        let within = self.within.iter().map(|(place, within)| (place.to_string(), within.to_value()));
        Value::object([
            ("state", Value::from(self.state.as_str())),
            ("entered", Value::from(self.entered)),
            ("enteredAt", Value::from(self.entered_at.0)),
            ("last", Value::from(self.last)),
            ("input", self.input.clone()),
            ("variables", self.variables.clone().unwrap_or_default()),
            ("mapRun", self.map_run.as_deref().map_or(Value::Null, Value::from)),
            ("within", Value::object(within)),
        ])
    }

    pub(crate) fn of_value(value: &Value) -> Option<Self> {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        let within = value.get("within").and_then(Value::as_object);
        let within = within
            .into_iter()
            .flat_map(|all| all.iter())
            .filter_map(|(place, within)| Some((place.parse().ok()?, Within::of_value(within)?)));
        Some(Self {
            state: text("state")?.into(),
            entered: value.get("entered").and_then(Value::as_u64)?,
            entered_at: Timestamp(value.get("enteredAt").and_then(Value::as_i64)?),
            last: value.get("last").and_then(Value::as_u64)?,
            input: value.get("input").cloned().unwrap_or_default(),
            variables: value.get("variables").filter(|variables| !variables.is_null()).cloned(),
            map_run: text("mapRun").map(Text::from),
            within: within.collect(),
        })
    }
}

impl Within {
    pub(crate) fn to_value(&self) -> Value {
        match self {
            Self::Done(output) => Value::object([("output", output.clone())]),
            Self::Stopped(progress) => Value::object([("stopped", progress.to_value())]),
        }
    }

    pub(crate) fn of_value(value: &Value) -> Option<Self> {
        match value.get("stopped") {
            Some(stopped) => Some(Self::Stopped(Progress::of_value(stopped)?)),
            None => Some(Self::Done(value.get("output")?.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redrive_reads_back_as_it_was_written() {
        let inner = Progress {
            state: "Pay".into(),
            entered: 9,
            entered_at: Timestamp(5),
            last: 11,
            input: Value::from(1),
            variables: None,
            map_run: None,
            within: BTreeMap::new(),
        };
        let within = BTreeMap::from([(0, Within::Done(Value::Null)), (12, Within::Stopped(inner.clone()))]);
        let variables = Some(Value::object([("x", 1)]));
        let progress =
            Progress { state: "Each".into(), within, variables, map_run: Some("arn".into()), ..inner };
        let redrive = Redrive {
            input: Value::object([("a", 1)]),
            started_at: Timestamp(3),
            count: 2,
            events: 17,
            progress: Some(progress),
        };
        assert_eq!(Redrive::of_value(&redrive.to_value()), Some(redrive));
        assert_eq!(Redrive::of_value(&Value::object([("input", 1)])), None);
    }

    #[test]
    fn keys_say_which_redrive_of_what() {
        let arn = "arn:aws:states:us-east-1:000000000000:execution:pay:one";
        assert_eq!(parse_key(&key(arn, 3)), Some((arn, 3)));
        assert_eq!(parse_key(arn), None);
    }
}
