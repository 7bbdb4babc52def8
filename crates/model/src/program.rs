//! Programs: the compiled, immutable, content-addressed triggers of one workflow version.
//!
//! A program is data: conditions and actions are a registered name and parameters, so it can be stored,
//! listed, drawn, compared and explained. Its identity is the digest of its canonical JSON.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tidegate_json::Value;

use crate::{Digest, FunctionName, FunctionSpec, Name, Pattern, Text, TriggerName, WorkflowName};

/// Everything that a run needs to know about its workflow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// Name of the workflow.
    pub name: WorkflowName,
    /// The language it was compiled from: `triggers`, `asl`, `dag`, …
    pub language: Text,
    /// Whether it stands: one run that listens from when it is applied until it is replaced.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub standing: bool,
    /// The scope that is the run itself, then those that actions name.
    pub scopes: Vec<ScopeSpec>,
    /// What the input of a run is to be: a JSON Schema (2020-12); anything where `null`. Absent members get its defaults.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub input: Value,
    /// The standing program that starts its runs at the times of its schedule. It comes and goes with this one, as the
    /// workflow [`Program::schedule_name`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Box<Program>>,
    /// Its own functions, which shadow those registered for all.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub functions: BTreeMap<FunctionName, FunctionSpec>,
    /// Directory that relative paths of its functions start from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<String>,
    /// Where in the source text each part is, by JSON pointer into the source document.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub source_map: Vec<SourcePlace>,
    /// The source text itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Text>,
}

/// Triggers that work together on one context.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScopeSpec {
    /// Its name, by which actions start an instance; the first scope of a program is the run itself.
    pub name: Name,
    /// Initial variables of an instance: an object.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub vars: Value,
    /// Its triggers, in the order in which one event reaches them.
    pub triggers: Vec<TriggerSpec>,
}

/// An event-condition-action rule; one trigger is one state transition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TriggerSpec {
    /// Its name.
    pub name: TriggerName,
    /// Activation events: any of them has the condition evaluated.
    pub on: Vec<Pattern>,
    /// When to fire.
    #[serde(default)]
    pub condition: ConditionSpec,
    /// What a firing does, in order.
    pub actions: Vec<ActionSpec>,
    /// Whether it is gone after its first firing (transient), or stays (persistent).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub once: bool,
    /// Whether it listens from the start.
    #[serde(default = "enabled", skip_serializing_if = "is_true")]
    pub enabled: bool,
    /// Initial context: an object.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub context: Value,
}

/// A condition by its registered name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConditionSpec {
    /// Registered name.
    pub name: Text,
    /// Parameters, as the condition defines them.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub params: Value,
}

/// An action by its registered name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionSpec {
    /// Registered name.
    pub name: Text,
    /// Parameters, as the action defines them.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub params: Value,
}

/// Where a part of the program is in its source text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourcePlace {
    /// Index of the scope in [`Program::scopes`].
    pub scope: u32,
    /// The trigger.
    pub trigger: TriggerName,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1, in characters.
    pub column: u32,
}

/// What the name of a schedule ends with, after that of its workflow.
pub const SCHEDULE_SUFFIX: &str = ":schedule";

impl Default for ConditionSpec {
    /// `always`.
    fn default() -> Self {
        Self { name: Text::const_new("always"), params: Value::Null }
    }
}

impl Program {
    /// Identity of the program: SHA-256 of its canonical JSON.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self.to_value().to_canonical().as_bytes())
    }

    /// The name of the workflow that is the schedule of the workflow `name`; `None` where that would be too long.
    #[must_use]
    pub fn schedule_name(name: &WorkflowName) -> Option<WorkflowName> {
        WorkflowName::new(&format!("{name}{SCHEDULE_SUFFIX}")).ok()
    }

    /// The program as a document.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let text = serde_json::to_string(self).expect("a program has only string keys and finite numbers");
        Value::parse(&text).expect("what was just printed parses")
    }

    /// The program that `text`, a document made by [`Program::to_value`], states.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn from_text(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

/// The message of a serde error without the `at line 1 column 7` that it ends with, which tells of a text
/// that the reader never saw.
pub(crate) fn without_place(error: &serde_json::Error) -> Text {
    let message = error.to_string();
    Text::new(message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message))
}

fn enabled() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_true(value: &bool) -> bool {
    *value
}
