//! Hooks: functions that are called when a task or a run has ended, whatever they then do.

use std::sync::Arc;

use tidegate_engine::action::{Command, Plan, TaskPolicy};
use tidegate_json::Value;
use tidegate_model::{FunctionName, Text};

use super::rule::State;

/// The functions that are called at an end.
#[derive(Debug, Default)]
pub(super) struct Hook {
    pub(super) on_success: Option<FunctionName>,
    pub(super) on_failure: Option<FunctionName>,
}

impl Hook {
    /// The function that is called at the end that `data` tells of.
    pub(super) fn of(&self, data: &Value) -> Option<&FunctionName> {
        match State::of(data)? {
            State::Success => self.on_success.as_ref(),
            State::Failed => self.on_failure.as_ref(),
            State::Skipped | State::UpstreamFailed => None,
        }
    }

    pub(super) fn functions(&self) -> impl Iterator<Item = &FunctionName> {
        [&self.on_success, &self.on_failure].into_iter().flatten()
    }
}

/// What a hook gets: whose end it is, and what that was.
pub(super) fn input(plan: &Plan<'_, '_>, task: Option<&Text>, end: &Value) -> Value {
    let mut input =
        Value::object([("run", plan.scene.run.to_string()), ("workflow", plan.scene.workflow.to_string())]);
    if let Some(task) = task {
        input.set("task", task.as_str());
    }
    for (key, value) in end.as_object().into_iter().flat_map(|end| end.iter()) {
        if !matches!(key.as_str(), "aside" | "hook") {
            input.set(key.clone(), value.clone());
        }
    }
    input
}

/// Calls it.
pub(super) fn call(subject: Text, function: &FunctionName, input: Value) -> Command {
    Command::Invoke { subject, function: function.clone(), input, policy: Arc::new(TaskPolicy::default()) }
}
