//! The events of an execution's history, which the actions raise as notes of the run.
//!
//! The n-th note of a run is the event whose id is n. A note's data has the members of the event's details as AWS
//! names them, and `previousEventId`; inputs, outputs and parameters are values in it, where AWS has them as text.

use tidegate_json::Value;
use tidegate_model::Text;

/// Prefix of the types of the notes; the rest is the type of the history event.
pub const PREFIX: &str = "asl.";

/// Types of the events that end a history.
pub const ENDS: [&str; 4] =
    ["ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"];

/// The member that notes of an item of a distributed Map state have, and other notes have not: which item, from 0. Its
/// history is another execution's.
pub const CHILD: &str = "childExecution";

/// The type of the note for the history event `event`.
#[must_use]
pub fn kind(event: &str) -> Text {
    Text::from(format!("{PREFIX}{event}"))
}

/// Members of an event's details, those that are absent left out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Details(Vec<(&'static str, Value)>);

impl Details {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.0.push((name, value.into()));
        self
    }

    pub(crate) fn maybe(self, name: &'static str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// `error` and `cause`, where they say something.
    pub(crate) fn failure(self, error: &str, cause: &str) -> Self {
        let said = |text: &str| (!text.is_empty()).then(|| Value::from(text));
        self.maybe("error", said(error)).maybe("cause", said(cause))
    }

    /// The data of the note that follows event `previous`.
    pub(crate) fn data(self, previous: u64) -> Value {
        let members = std::iter::once(("previousEventId", Value::from(previous))).chain(self.0);
        Value::object(members)
    }
}
