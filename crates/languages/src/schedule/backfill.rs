//! A backfill: runs of a workflow for the intervals of its schedule that are past, a few at a time.
//!
//! It is itself a run, of a workflow `NAME:backfill`, so it survives whatever runs survive. Its input says which intervals;
//! its variables say how far it has come. Each interval has one run: the key is that of the schedule's tick, so what the
//! schedule or another backfill has started and what is still known is not started again, unless that is asked for.

use serde::{Deserialize, Serialize};
use tidegate_engine::action::{Action, Command, Plan, Started};
use tidegate_engine::registry::{MalformedParams, params};
use tidegate_json::Value;
use tidegate_model::outcome::errors;
use tidegate_model::{Data, Failure, Pattern, Program, ScopeSpec, Text, Timestamp, WorkflowName};

use super::compile::trigger;
use super::decide::{interval, is_already_run, key};
use super::model::{Schedule, iso};
use super::times::Times;

/// Name of the language in [`Program::language`].
pub const LANGUAGE: &str = "backfill";

/// Most intervals of one backfill.
pub const INTERVALS_MAX: usize = 10_000;

/// Runs at one time, where it is not said.
pub const CONCURRENCY_DEFAULT: u32 = 1;

/// The error of a backfill of which runs have failed.
pub const FAILED: &str = "Tidegate.BackfillFailed";

/// Failures that a backfill names.
const FAILURES_MAX: usize = 20;

/// Which intervals, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backfill {
    /// The schedule whose intervals they are.
    pub schedule: Schedule,
    /// Intervals that begin from here on,
    pub from: Timestamp,
    /// and before this.
    pub to: Timestamp,
    /// And that have ended by then.
    pub now: Timestamp,
    /// Runs at one time.
    pub concurrency: u32,
    /// Input of each run, beside `schedule`.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub input: Value,
    /// Whether intervals are run again that have been run.
    #[serde(default)]
    pub again: bool,
}

/// How far it has come, as its variables say.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// Intervals in all.
    pub total: u64,
    /// Runs that succeeded.
    pub succeeded: u64,
    /// Runs that failed, or could not start.
    pub failed: u64,
    /// Intervals that had been run before.
    pub skipped: u64,
    /// The last tick that was started.
    pub last: Option<Timestamp>,
    /// What runs are called that have not ended.
    pub running: Vec<Text>,
    /// The first failures.
    pub failures: Vec<Value>,
}

/// The workflow of the backfills of `workflow`; `None` where its name would be too long.
#[must_use]
pub fn program(workflow: &WorkflowName) -> Option<Program> {
    let name = WorkflowName::new(&format!("{workflow}:{LANGUAGE}")).ok()?;
    let ended = vec![Pattern::exact("tidegate.run.succeeded"), Pattern::exact("tidegate.run.failed")];
    let triggers = vec![
        trigger("start", vec![Pattern::exact("tidegate.run.started")], "backfill.start", Value::Null),
        trigger("ended", ended, "backfill.ended", Value::Null),
    ];
    Some(Program {
        scopes: vec![ScopeSpec { name: name.clone(), vars: Value::Null, triggers }],
        name,
        language: Text::const_new(LANGUAGE),
        standing: false,
        input: Value::Null,
        schedule: None,
        functions: Default::default(),
        directory: None,
        source_map: Vec::new(),
        source: None,
    })
}

/// The tick after `after` whose interval begins from `from` on and before `to`, and that is not after `now`.
pub(super) fn next_of(
    times: &Times,
    after: Timestamp,
    from: Timestamp,
    to: Timestamp,
    now: Timestamp,
) -> Option<Timestamp> {
    let mut at = after;
    loop {
        // Rules without a start have ticks from ever on.
        at = times.next(at, Timestamp(from.0 - 1)).filter(|tick| *tick <= now)?;
        let begins = times.previous(at)?;
        if begins >= to {
            return None;
        }
        if begins >= from {
            return Some(at);
        }
    }
}

impl Backfill {
    /// The input of the backfill's run.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let text = serde_json::to_string(self).expect("a backfill has only string keys and finite numbers");
        Value::parse(&text).expect("what was just printed parses")
    }

    fn next(&self, times: &Times, after: Timestamp) -> Option<Timestamp> {
        next_of(times, after, self.from, self.to, self.now)
    }
}

#[derive(Debug)]
struct Start;

#[derive(Debug)]
struct Ended;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoParams {}

pub(super) fn make_start(value: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    let NoParams {} = params(value)?;
    Ok(Box::new(Start))
}

pub(super) fn make_ended(value: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    let NoParams {} = params(value)?;
    Ok(Box::new(Ended))
}

/// What the input of the run asks for.
fn asked(plan: &Plan<'_, '_>) -> Result<(Backfill, Times), Failure> {
    let malformed = |error: MalformedParams| {
        Failure::new(errors::INVALID_INPUT, format!("the input is no backfill: {}", error.message))
    };
    let backfill: Backfill = params(plan.scene.input).map_err(malformed)?;
    let times = backfill.schedule.ready().map_err(malformed)?;
    Ok((backfill, times))
}

impl Action for Start {
    fn plan(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let (backfill, times) = match asked(plan) {
            Ok(asked) => asked,
            Err(failure) => {
                plan.commands.push(Command::Fail(failure));
                return Ok(());
            }
        };
        let mut progress = Progress::default();
        let mut at = backfill.from;
        while let Some(tick) = backfill.next(&times, at) {
            at = tick;
            progress.total += 1;
            if progress.total > INTERVALS_MAX as u64 {
                let message = format!("there are more than {INTERVALS_MAX} intervals; take a part of them");
                plan.commands.push(Command::Fail(Failure::new(errors::LIMIT, message)));
                return Ok(());
            }
        }
        go_on(plan, &backfill, &times, progress)
    }

    fn ends_scope(&self) -> bool {
        true
    }

    fn starts(&self) -> Vec<Started<'_>> {
        vec![Started::Workflow]
    }
}

impl Action for Ended {
    fn plan(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let (backfill, times) = asked(plan)?;
        let mut progress: Progress = serde_json::from_str(&plan.scene.vars.to_text())
            .map_err(|error| Failure::new(errors::INVALID_VALUE, error.to_string()))?;
        let data = plan.scene.event_data()?;
        let event = plan.scene.event;
        let subject = event.and_then(|event| event.subject.clone()).unwrap_or_default();
        progress.running.retain(|running| *running != subject);
        if event.is_some_and(|event| event.kind.ends_with(".succeeded")) {
            progress.succeeded += 1;
        } else if is_already_run(&data) {
            progress.skipped += 1;
        } else {
            progress.failed += 1;
            if progress.failures.len() < FAILURES_MAX {
                let text = |name: &str| data.get(name).cloned().unwrap_or_default();
                progress.failures.push(Value::object([
                    ("time", Value::from(subject.as_str())),
                    ("error", text("error")),
                    ("message", text("message")),
                ]));
            }
        }
        go_on(plan, &backfill, &times, progress)
    }

    fn ends_scope(&self) -> bool {
        true
    }

    fn starts(&self) -> Vec<Started<'_>> {
        vec![Started::Workflow]
    }
}

/// Starts as many runs as there may be, and ends where there are no more.
fn go_on(
    plan: &mut Plan<'_, '_>,
    backfill: &Backfill,
    times: &Times,
    mut progress: Progress,
) -> Result<(), Failure> {
    let mut starts = Vec::new();
    while progress.running.len() < backfill.concurrency.max(1) as usize {
        let Some(tick) = backfill.next(times, progress.last.unwrap_or(backfill.from)) else { break };
        progress.last = Some(tick);
        let subject = Text::from(iso(tick));
        progress.running.push(subject.clone());
        starts.push(start(plan, backfill, times, tick, subject));
    }
    let is_over = progress.running.is_empty();
    let text = serde_json::to_string(&progress).expect("progress has only string keys and whole numbers");
    let vars = Value::parse(&text).expect("what was just printed parses");
    plan.commands.push(Command::SetVars { vars });
    plan.commands.extend(starts);
    if is_over {
        plan.commands.push(end(&progress));
    }
    Ok(())
}

fn start(plan: &Plan<'_, '_>, backfill: &Backfill, times: &Times, tick: Timestamp, subject: Text) -> Command {
    let schedule = Value::object([
        ("time", Value::from(iso(tick))),
        ("interval", interval(times, tick)),
        ("backfill", Value::from(plan.scene.run.to_string())),
    ]);
    let mut input = match &backfill.input {
        Value::Object(_) => backfill.input.clone(),
        _ => Value::object::<&str, Value>([]),
    };
    input.set("schedule", schedule);
    let key = match backfill.again {
        false => key(&subject),
        true => Text::from(format!("backfill:{}:{subject}", plan.scene.run)),
    };
    let workflow = backfill.schedule.workflow.clone();
    Command::Start { subject: Some(subject), workflow, program: None, input, key: Some(key) }
}

fn end(progress: &Progress) -> Command {
    let Progress { total, succeeded, failed, skipped, failures, .. } = progress;
    let result = Value::object([
        ("intervals", Value::from(*total)),
        ("succeeded", Value::from(*succeeded)),
        ("failed", Value::from(*failed)),
        ("skipped", Value::from(*skipped)),
    ]);
    let Some(first) = failures.first() else { return Command::Complete { output: result } };
    let text = |name: &str| first.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let message = format!(
        "{failed} of {total} runs failed, first that of {}: {}: {}",
        text("time"),
        text("error"),
        text("message")
    );
    let mut detail = result;
    detail.set("failures", Value::from(failures.clone()));
    Command::Fail(Failure { detail: Data::json(&detail), ..Failure::new(FAILED, message) })
}
