//! `dag.ended`: the end of a task's work is the end of the task.

use tidegate_engine::action::{Action, Audience, Command, Emission, Plan};
use tidegate_engine::registry::{MalformedParams, params};
use tidegate_json::Value;
use tidegate_model::{Failure, Text};

use super::ENDED;
use super::rule::State;

/// How a task has ended.
pub(super) enum End {
    /// Well, with this result.
    Success(Value),
    /// It failed for good.
    Failed(Failure),
    /// It did not run.
    Without(State),
}

/// Tells those who listen how `task` has ended.
pub(super) fn emit(plan: &mut Plan<'_, '_>, task: &Text, end: End) {
    let data = match end {
        End::Success(result) => {
            Value::object([("state", Value::from(State::Success.name())), ("result", result)])
        }
        End::Failed(failure) => Value::object([
            ("state", Value::from(State::Failed.name())),
            ("error", Value::from(failure.error.as_str())),
            ("message", Value::from(failure.message.as_str())),
        ]),
        End::Without(state) => Value::object([("state", state.name())]),
    };
    plan.commands.push(Command::Emit(Emission {
        kind: Text::const_new(ENDED),
        subject: Some(task.clone()),
        source: None,
        data,
        extensions: Vec::new(),
        to: Audience::Scope,
    }));
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    task: Text,
}

#[derive(Debug)]
struct Ended {
    task: Text,
}

pub(super) fn make(value: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    let Params { task } = params(value)?;
    Ok(Box::new(Ended { task }))
}

impl Action for Ended {
    fn plan(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let data = plan.scene.event_data()?;
        let kind = plan.scene.event.map(|event| event.kind.clone()).unwrap_or_default();
        let end = if kind.ends_with(".succeeded") {
            End::Success(data)
        } else {
            let text = |name: &str| data.get(name).and_then(Value::as_str).unwrap_or_default();
            End::Failed(Failure::new(text("error"), Text::from(text("message"))))
        };
        emit(plan, &self.task, end);
        Ok(())
    }
}
