//! Events of an execution's history: notes of its run, in AWS's form.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use tidegate_engine::view::RunView;
use tidegate_languages::asl::history::{CHILD, ENDS, PREFIX};
use tidegate_model::{Data, Fact, Timestamp};
use tidegate_node::StepFacts;

use super::execution;
use super::map_runs::Scopes;
use crate::aws::call::seconds;

/// Whether answers have the data that went through states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Included,
    Left,
}

/// A note of a run, as it is found in a step.
#[derive(Debug)]
pub(super) struct Note {
    /// Its type: `PassStateEntered`.
    pub(super) kind: String,
    pub(super) at: Timestamp,
    data: Map<String, Value>,
}

/// Members that are JSON, which AWS has as texts; those of the second kind are said to be there in full.
const TEXTS: [(&str, Option<&str>); 3] =
    [("input", Some("inputDetails")), ("output", Some("outputDetails")), ("parameters", None)];

/// Members that are no part of an event's details: one that stands beside them, and what map runs are told of.
const UNTOLD: [&str; 2] = ["previousEventId", "bounds"];

/// Variables that a state assigned: each a text.
const ASSIGNED: &str = "assignedVariables";

/// Whose history is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// The execution's.
    Own,
    /// That of an item of a distributed Map state, which is the scope; and those within it.
    Child(Scopes),
}

impl Whose {
    /// The notes of a step that are in that history, in order.
    pub(super) fn notes(&self, step: &StepFacts) -> Vec<Arc<Note>> {
        step.facts.iter().filter_map(|fact| self.note(fact, step.at)).map(Arc::new).collect()
    }

    fn note(&self, fact: &Fact, at: Timestamp) -> Option<Note> {
        let Fact::Raised { run, scope, kind, data, .. } = fact else { return None };
        let kind = kind.strip_prefix(PREFIX)?;
        // Types of AWS are capitalised; other events of state machines are between them and the engine.
        kind.starts_with(|first: char| first.is_ascii_uppercase()).then_some(())?;
        if let Self::Child(scopes) = self
            && !scopes.contains(&(*run, *scope))
        {
            return None;
        }
        let data = data.as_ref().and_then(Data::inline_value).map(|data| plain(&data));
        let mut data = data.unwrap_or_default();
        let is_child = data.remove(CHILD).is_some();
        (is_child == matches!(self, Self::Child(_))).then(|| Note { kind: kind.to_owned(), at, data })
    }
}

/// The members of a note's data.
fn plain(data: &tidegate_json::Value) -> Map<String, Value> {
    serde_json::from_str(&data.to_text()).unwrap_or_default()
}

impl Note {
    /// Whether it is the last one of its execution.
    pub(super) fn is_last(&self) -> bool {
        ENDS.contains(&self.kind.as_str())
    }

    /// The last note of an execution that the engine ended without a word of the machine's.
    pub(super) fn of_end(view: &RunView) -> Option<Self> {
        let at = view.summary.ended_at?;
        let mut data = Map::new();
        let kind = match execution::status(&view.summary) {
            "ABORTED" => "ExecutionAborted",
            "TIMED_OUT" => "ExecutionTimedOut",
            "FAILED" => "ExecutionFailed",
            _ => return None,
        };
        if let Some(failure) = &view.failure {
            let (error, cause) = execution::failure(failure);
            data.extend(error.map(|error| ("error".to_owned(), json!(error))));
            data.extend(cause.map(|cause| ("cause".to_owned(), json!(cause))));
        }
        Some(Self { kind: kind.to_owned(), at, data })
    }

    /// As AWS has it; it is the `id`th event, from 1.
    pub(super) fn event(&self, id: u64, content: Content) -> Value {
        let mut event = json!({
            "timestamp": seconds(self.at),
            "type": self.kind,
            "id": id,
            "previousEventId": self.data.get("previousEventId").cloned().unwrap_or(json!(0)),
        });
        if let Some(details) = details_of(&self.kind) {
            event[details] = Value::Object(self.details(content));
        }
        event
    }

    fn details(&self, content: Content) -> Map<String, Value> {
        let mut details = Map::new();
        for (name, value) in self.data.iter().filter(|(name, _)| !UNTOLD.contains(&name.as_str())) {
            if let Some((_, whole)) = TEXTS.iter().find(|(text, _)| text == name) {
                if content == Content::Included {
                    details.insert(name.clone(), Value::String(value.to_string()));
                    if let Some(whole) = whole {
                        details.insert((*whole).to_owned(), json!({"truncated": false}));
                    }
                }
            } else if name == ASSIGNED {
                if content == Content::Included {
                    details.insert(name.clone(), texts(value));
                    details.insert("assignedVariablesDetails".to_owned(), json!({"truncated": false}));
                }
            } else {
                details.insert(name.clone(), value.clone());
            }
        }
        details
    }
}

fn texts(variables: &Value) -> Value {
    let members = variables.as_object().into_iter().flatten();
    Value::Object(members.map(|(name, value)| (name.clone(), Value::String(value.to_string()))).collect())
}

/// The member that holds the details of events of a type; `None` for those that have none.
fn details_of(kind: &str) -> Option<String> {
    if kind.ends_with("StateEntered") {
        return Some("stateEnteredEventDetails".to_owned());
    }
    if kind.ends_with("StateExited") {
        return Some("stateExitedEventDetails".to_owned());
    }
    DETAILED.contains(&kind).then(|| {
        let (first, rest) = kind.split_at(1);
        format!("{}{rest}EventDetails", first.to_lowercase())
    })
}

/// Types of events that have details of their own.
const DETAILED: [&str; 35] = [
    "ActivityFailed",
    "ActivityScheduleFailed",
    "ActivityScheduled",
    "ActivityStarted",
    "ActivitySucceeded",
    "ActivityTimedOut",
    "EvaluationFailed",
    "ExecutionAborted",
    "ExecutionFailed",
    "ExecutionRedriven",
    "ExecutionStarted",
    "ExecutionSucceeded",
    "ExecutionTimedOut",
    "LambdaFunctionFailed",
    "LambdaFunctionScheduleFailed",
    "LambdaFunctionScheduled",
    "LambdaFunctionStartFailed",
    "LambdaFunctionSucceeded",
    "LambdaFunctionTimedOut",
    "MapIterationAborted",
    "MapIterationFailed",
    "MapIterationStarted",
    "MapIterationSucceeded",
    "MapRunFailed",
    "MapRunRedriven",
    "MapRunStarted",
    "MapStateStarted",
    "TaskFailed",
    "TaskScheduled",
    "TaskStartFailed",
    "TaskStarted",
    "TaskSubmitFailed",
    "TaskSubmitted",
    "TaskSucceeded",
    "TaskTimedOut",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: &str, data: &Value, content: Content) -> Value {
        let data = data.as_object().cloned().unwrap_or_default();
        let mut event = Note { kind: kind.to_owned(), at: Timestamp(1_500), data }.event(3, content);
        assert_eq!(event["timestamp"], 1.5);
        assert_eq!(event["type"], kind);
        assert_eq!(event["id"], 3);
        let event = event.as_object_mut().unwrap();
        event.retain(|name, _| name.ends_with("Details") || name == "previousEventId");
        Value::Object(event.clone())
    }

    #[test]
    fn data_is_text_and_the_rest_is_as_it_is() {
        let data = json!({"previousEventId": 2, "name": "Pay", "output": {"a": [1]}, "assignedVariables": {"x": "y"}});
        assert_eq!(
            event("PassStateExited", &data, Content::Included),
            json!({
                "previousEventId": 2,
                "stateExitedEventDetails": {
                    "name": "Pay",
                    "output": "{\"a\":[1]}",
                    "outputDetails": {"truncated": false},
                    "assignedVariables": {"x": "\"y\""},
                    "assignedVariablesDetails": {"truncated": false},
                },
            })
        );
        assert_eq!(
            event("PassStateExited", &data, Content::Left),
            json!({"previousEventId": 2, "stateExitedEventDetails": {"name": "Pay"}})
        );
    }

    #[test]
    fn details_have_the_name_of_their_type_where_there_are_any() {
        let scheduled = json!({"parameters": {}, "resource": "invoke"});
        assert_eq!(
            event("TaskScheduled", &scheduled, Content::Included),
            json!({"previousEventId": 0, "taskScheduledEventDetails": {"parameters": "{}", "resource": "invoke"}})
        );
        assert_eq!(
            event("ParallelStateStarted", &json!({}), Content::Included),
            json!({"previousEventId": 0})
        );
    }
}
