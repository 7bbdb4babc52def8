//! The end of a run: when all tasks have ended, and how that makes the run end.
//!
//! Owns, in its trigger's context, the results of the tasks that succeeded and what became of the others. A run has failed where
//! a task has that nothing comes after, or could not run because of one: failures that something comes after are that task's
//! business.

use tidegate_engine::action::{Action, Command, Plan};
use tidegate_engine::condition::{Condition, Evaluation, Verdict};
use tidegate_engine::registry::{MalformedParams, params};
use tidegate_json::{Map, Value};
use tidegate_model::outcome::errors;
use tidegate_model::{Data, Failure, Span, Text};

use super::ready::note;
use super::rule::State;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct OverParams {
    tasks: u32,
}

#[derive(Debug)]
struct Over {
    tasks: u32,
}

pub(super) fn make_condition(value: &Value) -> Result<Box<dyn Condition>, MalformedParams> {
    let OverParams { tasks } = params(value)?;
    Ok(Box::new(Over { tasks }))
}

impl Condition for Over {
    fn evaluate(&self, now: &mut Evaluation<'_, '_>) -> Result<Verdict, Failure> {
        let data = now.scene.event_data()?;
        let task = now.scene.event.and_then(|event| event.subject.clone()).unwrap_or_default();
        let Some(state) = State::of(&data) else { return Ok(Verdict::Wait) };
        match state {
            State::Success => note(now, "results", &task, data.get("result").cloned().unwrap_or_default()),
            State::Failed => note(now, "failed", &task, data),
            State::Skipped => note(now, "skipped", &task, Value::Bool(true)),
            State::UpstreamFailed => note(now, "upstream_failed", &task, Value::Bool(true)),
        }
        let have = now.number("ended") + 1;
        now.put("ended", have);
        if have < u64::from(self.tasks) {
            return Ok(Verdict::Counted { have: u32::try_from(have).unwrap_or(u32::MAX), want: self.tasks });
        }
        Ok(Verdict::Fire)
    }

    fn waits_for(&self, context: &Value) -> Option<Text> {
        let have = context.get("ended").and_then(Value::as_u64).unwrap_or(0);
        Some(Text::from(format!("{have} of {} tasks have ended", self.tasks)))
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct FinishParams {
    /// Tasks that nothing comes after.
    leaves: Vec<String>,
}

#[derive(Debug)]
struct Finish {
    leaves: Vec<String>,
}

pub(super) fn make(value: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    let FinishParams { leaves } = params(value)?;
    Ok(Box::new(Finish { leaves }))
}

impl Action for Finish {
    fn plan(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let empty = Map::default();
        let list =
            |name: &str| plan.context.get(name).and_then(Value::as_object).map_or(&empty, |list| &**list);
        let (failed, blocked) = (list("failed"), list("upstream_failed"));
        let has_failed = self.leaves.iter().any(|leaf| {
            let leaf = leaf.as_str();
            failed.get(leaf).is_some() || blocked.get(leaf).is_some()
        });
        let command = match failed.iter().next().filter(|_| has_failed) {
            Some((task, failure)) => Command::Fail(told(task, failure, failed, blocked)),
            None => Command::Complete {
                output: plan.context.get("results").cloned().unwrap_or_else(|| Value::from(Map::default())),
            },
        };
        plan.commands.push(command);
        Ok(())
    }

    fn ends_scope(&self) -> bool {
        true
    }
}

/// The failure of the run, which names the task that failed first.
fn told(task: &str, failure: &Value, failed: &Map, blocked: &Map) -> Failure {
    const NAMED_MAX: usize = 5;
    let text = |name: &str| failure.get(name).and_then(Value::as_str).unwrap_or_default();
    let mut message = format!("task `{task}` failed: {}", text("message"));
    let others = failed.len() - 1;
    if others > 0 {
        message.push_str(&format!("; so did {others} more"));
    }
    if !blocked.is_empty() {
        let named: Vec<String> = blocked.keys().take(NAMED_MAX).map(|task| format!("`{task}`")).collect();
        let more = blocked.len() - named.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        message.push_str(&format!("; for that {}{more} did not run", named.join(", ")));
    }
    let detail = Value::object([
        ("failed", Value::from(failed.clone())),
        ("upstream_failed", Value::from(blocked.clone())),
    ]);
    Failure { detail: Data::json(&detail), ..Failure::new(text("error"), message) }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct TimeoutParams {
    timeout: Span,
}

#[derive(Debug)]
struct Timeout {
    timeout: Span,
}

pub(super) fn make_timeout(value: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    let TimeoutParams { timeout } = params(value)?;
    Ok(Box::new(Timeout { timeout }))
}

impl Action for Timeout {
    fn plan(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let message = format!("the run took longer than {}", self.timeout);
        plan.commands.push(Command::Fail(Failure::new(errors::TIMEOUT, message)));
        Ok(())
    }

    fn ends_scope(&self) -> bool {
        true
    }
}
