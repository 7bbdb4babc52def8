//! Envelopes: results with which a function says more than what it gives (`docs/dags.md`, Envelopes).

use tidegate_engine::action::{Audience, Command, Emission};
use tidegate_engine::registry::params;
use tidegate_json::Value;
use tidegate_model::outcome::errors;
use tidegate_model::{Failure, Span, Text, WorkflowName};

use super::ended::End;
use super::rule::State;

/// What a function said.
pub(super) enum Envelope {
    /// It has not done its work; it is to be called again after this time, with this.
    Again { after: Span, carry: Value },
    /// It has.
    Done {
        end: End,
        /// Tasks that are not to run.
        skip: Vec<Text>,
        /// Events and runs.
        commands: Vec<Command>,
    },
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    skip: Vec<Text>,
    #[serde(default)]
    again: Option<Span>,
    #[serde(default)]
    events: Vec<ReadEvent>,
    #[serde(default)]
    start: Vec<ReadStart>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadEvent {
    #[serde(rename = "type")]
    kind: Text,
    #[serde(default)]
    subject: Option<Text>,
    #[serde(default)]
    source: Option<Text>,
    #[serde(default)]
    data: Option<Value>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadStart {
    workflow: WorkflowName,
    #[serde(default)]
    input: Option<Value>,
    #[serde(default)]
    key: Option<Text>,
}

impl Envelope {
    /// Reads the result of a function that answers with envelopes.
    ///
    /// # Errors
    /// That it is none, and in what.
    pub(super) fn read(mut value: Value) -> Result<Self, Failure> {
        let malformed = |message: String| {
            let message = format!("the function's result is no envelope: {message}");
            Err(Failure::new(errors::INVALID_VALUE, message))
        };
        // What it carries may be large, and is not looked into.
        let mut take = |key: &str| value.as_object_mut().and_then(|members| members.remove(key));
        let (result, carry) = (take("result").unwrap_or_default(), take("carry").unwrap_or_default());
        let read: Read = match params(&value) {
            Ok(read) => read,
            Err(error) => return malformed(error.message),
        };
        if let Some(after) = read.again {
            return Ok(Self::Again { after, carry });
        }
        let end = match read.state.as_deref() {
            None | Some("success") => End::Success(result),
            Some("skipped") => End::Without(State::Skipped),
            Some(other) => return malformed(format!("`state` is `success` or `skipped`, and not `{other}`")),
        };
        let events = read.events.into_iter().map(|event| {
            Command::Emit(Emission {
                kind: event.kind,
                subject: event.subject,
                source: event.source,
                data: event.data.unwrap_or_default(),
                extensions: Vec::new(),
                to: Audience::World,
            })
        });
        let starts = read.start.into_iter().map(|start| Command::Start {
            subject: None,
            workflow: start.workflow,
            program: None,
            input: start.input.unwrap_or_default(),
            key: start.key,
        });
        Ok(Self::Done { end, skip: read.skip, commands: events.chain(starts).collect() })
    }
}
