//! The end of a run: when all tasks have ended, and how that makes the run end.
//!
//! Owns, in its trigger's context, the results of the tasks that succeeded and what became of the others. A run has failed where
//! a task has that nothing comes after, or could not run because of one: failures that something comes after are that task's
//! business.

use std::collections::BTreeMap;

use tidegate_engine::action::{Action, Command, Plan, Started};
use tidegate_engine::condition::{Condition, Evaluation, Verdict};
use tidegate_engine::registry::{MalformedParams, params};
use tidegate_json::{Map, Value};
use tidegate_model::outcome::errors;
use tidegate_model::{Data, Failure, FunctionName, Span, Text};

use super::ENDED;
use super::ended::End;
use super::hook::{self, Hook};
use super::ready::note;
use super::rule::State;
use crate::sweep::name;

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
        let subject = |suffix: &str| task.strip_suffix(suffix).is_some();
        if now.scene.event.is_some_and(|event| event.kind != ENDED) {
            return Ok(match subject(":hook") {
                true => self.hook_ended(now),
                // The run's own: it is all that was waited for.
                false => {
                    now.put("hooked", true);
                    Verdict::Fire
                }
            });
        }
        let Some(state) = State::of(&data) else { return Ok(Verdict::Wait) };
        if data.get("aside").is_some() {
            // It is counted further in; where nothing else says why what comes after it did not run, it does.
            if state == State::Failed && data.get("gathered").is_some() {
                note(now, "failed_within", &task, data);
            }
            return Ok(Verdict::Wait);
        }
        if data.get("hook").is_some() {
            let hooks = now.number("hooks") + 1;
            now.put("hooks", hooks);
        }
        match state {
            State::Success => note(now, "results", &task, data.get("result").cloned().unwrap_or_default()),
            State::Failed => note(now, "failed", &task, data),
            State::Skipped => note(now, "skipped", &task, Value::Bool(true)),
            State::UpstreamFailed => note(now, "upstream_failed", &task, Value::Bool(true)),
        }
        let have = now.number("ended") + 1;
        now.put("ended", have);
        Ok(self.verdict(now))
    }

    fn waits_for(&self, context: &Value) -> Option<Text> {
        let have = context.get("ended").and_then(Value::as_u64).unwrap_or(0);
        let hooks = context.get("hooks").and_then(Value::as_u64).unwrap_or(0);
        let hooks = if hooks > 0 { format!(", and {hooks} hooks have not") } else { String::new() };
        Some(Text::from(format!("{have} of {} tasks have ended{hooks}", self.tasks)))
    }
}

impl Over {
    fn verdict(&self, now: &Evaluation<'_, '_>) -> Verdict {
        let have = now.number("ended");
        if have < u64::from(self.tasks) {
            return Verdict::Counted { have: u32::try_from(have).unwrap_or(u32::MAX), want: self.tasks };
        }
        if now.number("hooks") > 0 { Verdict::Wait } else { Verdict::Fire }
    }

    fn hook_ended(&self, now: &mut Evaluation<'_, '_>) -> Verdict {
        let hooks = now.number("hooks").saturating_sub(1);
        now.put("hooks", hooks);
        self.verdict(now)
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct FinishParams {
    /// Tasks that decide whether it has gone well.
    leaves: Vec<String>,
    /// The one task whose end is that of the scope.
    #[serde(default)]
    single: Option<String>,
    /// The group that the scope is an instance of.
    #[serde(default)]
    group: Option<String>,
    /// Replicated tasks whose results are given by the names of the replicas, and in how many groups they are.
    #[serde(default)]
    replicas: BTreeMap<String, usize>,
    #[serde(default)]
    on_success: Option<FunctionName>,
    #[serde(default)]
    on_failure: Option<FunctionName>,
}

#[derive(Debug)]
struct Finish {
    leaves: Vec<String>,
    single: Option<String>,
    /// What the ids of the tasks start with.
    prefix: String,
    replicas: BTreeMap<String, usize>,
    hook: Hook,
}

pub(super) fn make(value: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    let FinishParams { leaves, single, group, replicas, on_success, on_failure } = params(value)?;
    let prefix = group.map(|group| group + ".").unwrap_or_default();
    Ok(Box::new(Finish { leaves, single, prefix, replicas, hook: Hook { on_success, on_failure } }))
}

impl Action for Finish {
    fn plan(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let command = match self.outcome(plan.context) {
            Ok(output) => Command::Complete { output },
            Err(failure) => Command::Fail(failure),
        };
        let is_hooked = plan.context.get("hooked").is_some();
        let end = match &command {
            Command::Fail(failure) => End::Failed(failure.clone()),
            _ => End::Success(Value::Null),
        };
        let end = end.data();
        match self.hook.of(&end).filter(|_| !is_hooked) {
            Some(function) => {
                let mut input = hook::input(plan, None, &end);
                if let Some(failed) = plan.context.get("failed").and_then(Value::as_object) {
                    input.set("failed", Value::array(failed.keys().map(tidegate_json::Str::as_str)));
                }
                plan.commands.push(hook::call(Text::const_new("_hook"), function, input));
            }
            None => plan.commands.push(command),
        }
        Ok(())
    }

    fn ends_scope(&self) -> bool {
        true
    }

    fn starts(&self) -> Vec<Started<'_>> {
        self.hook.functions().map(Started::Function).collect()
    }
}

impl Finish {
    /// What the scope gives, or how it has failed, by what is known of its tasks.
    fn outcome(&self, known: &Value) -> Result<Value, Failure> {
        let empty = Map::default();
        let list = |name: &str| known.get(name).and_then(Value::as_object).map_or(&empty, |list| &**list);
        let (failed, blocked) = (list("failed"), list("upstream_failed"));
        let has_failed = self.leaves.iter().any(|leaf| {
            let leaf = leaf.as_str();
            failed.get(leaf).is_some() || blocked.get(leaf).is_some()
        });
        let failed = if failed.is_empty() { list("failed_within") } else { failed };
        if let Some((task, failure)) = failed.iter().next().filter(|_| has_failed) {
            return Err(match &self.single {
                Some(_) => plain(failure),
                None => told(task, failure, failed, blocked),
            });
        }
        let results = list("results");
        Ok(match &self.single {
            Some(task) => results.get(task.as_str()).cloned().unwrap_or_default(),
            None if !self.replicas.is_empty() => Value::from(name::replicas(results, &self.replicas)),
            None if self.prefix.is_empty() => Value::from(results.clone()),
            None => Value::object(results.iter().map(|(task, result)| {
                (task.strip_prefix(self.prefix.as_str()).unwrap_or(task.as_str()), result.clone())
            })),
        })
    }
}

/// The failure that `data` tells of.
fn plain(data: &Value) -> Failure {
    let text = |name: &str| data.get(name).and_then(Value::as_str).unwrap_or_default();
    Failure::new(text("error"), Text::from(text("message")))
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
