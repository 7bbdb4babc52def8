//! Interceptors: logic put before or after a trigger of a live run, without touching the workflow.

use serde::{Deserialize, Serialize};
use tidegate_json::Value;

use crate::{ActionSpec, Name, Text, TriggerName};

/// What to do when a trigger of a run is about to fire, or has fired.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interceptor {
    /// Its name, unique in the run.
    pub name: Name,
    /// Which firings.
    pub target: Target,
    /// Before or after the actions.
    #[serde(default)]
    pub moment: Moment,
    /// An expression that must hold as well, over what the trigger's own expressions see.
    #[serde(default, rename = "if", skip_serializing_if = "Option::is_none")]
    pub guard: Option<String>,
    /// What to do.
    #[serde(rename = "do")]
    pub verdict: Verdict,
}

/// Which firings an interceptor meets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// Those of the trigger of this name, in any scope of the run.
    Trigger(TriggerName),
    /// Those of triggers with the condition of this name.
    Condition(Text),
    /// Those of triggers with an action of this name.
    Action(Text),
}

/// On which side of the actions an interceptor stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Moment {
    /// The condition held; no action was taken yet.
    #[default]
    Before,
    /// All actions were taken.
    After,
}

/// What an interceptor does with a firing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Keep it until somebody decides. Only before.
    Hold,
    /// Take no action. Only before.
    Skip,
    /// Take these actions instead (before), or as well (after).
    Act(Vec<ActionSpec>),
    /// Let the actions see this as the event's data. A template: expressions in it are evaluated. Only before.
    Change(Value),
    /// Only leave a mark in the history.
    Pass,
}

/// What becomes of a held firing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// It goes on as it is.
    Release,
    /// It goes on, and its actions see this as the event's data.
    Change(Value),
    /// It is dropped.
    Skip,
}
