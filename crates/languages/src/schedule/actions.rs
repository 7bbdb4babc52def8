//! The actions of a schedule's standing program: what its triggers do.
//!
//! They read what the schedule remembers from its variables, decide, and have the engine do it.

use tidegate_engine::action::{Action, Command, Plan, Started};
use tidegate_engine::registry::{MalformedParams, params};
use tidegate_json::Value;
use tidegate_model::{Failure, Span, Text};

use super::decide::{Clockwork, Deed, is_already_run, key};
use super::model::{Schedule, iso};
use super::state::State;
use super::times::Times;

/// The timer of the next tick.
pub(crate) const TIMER: &str = "schedule.tick";

/// The event that a tick has no run.
pub const SKIPPED: &str = "schedule.tick.skipped";

/// A timer that fires later than this is looked at as of the time that it is then, so that what it starts does not begin
/// in the past.
const LATE: Span = Span::seconds(1);

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    schedule: Schedule,
    /// Which events: the set, and the place in it.
    #[serde(default)]
    event: Option<(usize, usize)>,
}

#[derive(Debug)]
enum Occurrence {
    /// The schedule begins.
    Begin,
    /// The timer has fired.
    Tick,
    /// A run has ended.
    Ended,
    /// An event has come.
    Event((usize, usize)),
}

#[derive(Debug)]
struct Act {
    schedule: Schedule,
    times: Times,
    on: Occurrence,
}

pub(super) fn make_begin(value: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    make(value, |_| Ok(Occurrence::Begin))
}

pub(super) fn make_tick(value: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    make(value, |_| Ok(Occurrence::Tick))
}

pub(super) fn make_ended(value: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    make(value, |_| Ok(Occurrence::Ended))
}

pub(super) fn make_event(value: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    let missing = || MalformedParams::at("event", "which event is it?");
    make(value, |event| event.map(Occurrence::Event).ok_or_else(missing))
}

fn make(
    value: &Value,
    on: impl Fn(Option<(usize, usize)>) -> Result<Occurrence, MalformedParams>,
) -> Result<Box<dyn Action>, MalformedParams> {
    let Params { schedule, event } = params(value)?;
    let times = schedule.ready()?;
    Ok(Box::new(Act { on: on(event)?, schedule, times }))
}

impl Action for Act {
    fn plan(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let now = plan.scene.at;
        if matches!(self.on, Occurrence::Tick) && plan.scene.entry_at.since(now) > LATE {
            let name = Text::const_new(TIMER);
            plan.commands.push(Command::SetTimer { name, due: plan.scene.entry_at, data: Value::Null });
            return Ok(());
        }
        let clockwork = Clockwork { schedule: &self.schedule, times: &self.times };
        let mut state = match self.on {
            Occurrence::Begin => State::of(plan.scene.input)?,
            Occurrence::Tick | Occurrence::Ended | Occurrence::Event(_) => State::of(&plan.scene.vars)?,
        };
        let subject = plan.scene.event.and_then(|event| event.subject.clone()).unwrap_or_default();
        let deeds = match self.on {
            Occurrence::Begin => clockwork.begin(&mut state, now),
            Occurrence::Tick => clockwork.due(&mut state, now),
            Occurrence::Ended => {
                note_failure(&mut state, plan, &subject)?;
                clockwork.ended(&mut state, &subject)
            }
            Occurrence::Event(place) => {
                let (subject, about) = described(plan)?;
                clockwork.event(&mut state, place, subject, about, now)
            }
        };
        plan.commands.push(Command::SetVars { vars: state.to_vars() });
        plan.commands.extend(deeds.into_iter().map(|deed| self.command(deed)));
        plan.commands.push(match clockwork.wakes_at(&state) {
            Some(due) => {
                let tick = state.next.map_or(Value::Null, |tick| Value::from(iso(tick)));
                let data = Value::object([("tick", tick)]);
                Command::SetTimer { name: Text::const_new(TIMER), due: due.max(now), data }
            }
            None => Command::CancelTimer { name: Text::const_new(TIMER) },
        });
        Ok(())
    }

    fn starts(&self) -> Vec<Started<'_>> {
        vec![Started::Workflow]
    }
}

impl Act {
    fn command(&self, deed: Deed) -> Command {
        match deed {
            Deed::Start { subject, schedule } => self.start(subject, schedule),
            Deed::Cancel { subject, reason } => Command::CancelRuns { subject, reason },
            Deed::Skip { subject, record } => Command::Note {
                number: None,
                kind: Text::const_new(SKIPPED),
                subject: Some(subject),
                data: record,
            },
        }
    }

    fn start(&self, subject: Text, schedule: Value) -> Command {
        Command::Start {
            key: Some(key(&subject)),
            subject: Some(subject),
            workflow: self.schedule.workflow.clone(),
            program: None,
            input: Value::object([("schedule", schedule)]),
        }
    }
}

/// Remembers how a run failed. That it had been started before, by whomever, is none.
fn note_failure(state: &mut State, plan: &mut Plan<'_, '_>, subject: &Text) -> Result<(), Failure> {
    let is_failure = plan.scene.event.is_some_and(|event| event.kind.ends_with(".failed"));
    let data = plan.scene.event_data()?;
    if !is_failure {
        return Ok(());
    }
    let text = |name: &str| data.get(name).cloned().unwrap_or_default();
    let mut record = Value::object([("time", Value::from(subject.as_str()))]);
    if is_already_run(&data) {
        record.set("until", subject.as_str());
        record.set("count", 1);
        record.set("reason", "its run had been started before");
        state.started = state.started.saturating_sub(1);
        state.skipped += 1;
        state.last_skip = Some(record.clone());
        let kind = Text::const_new(SKIPPED);
        plan.commands.push(Command::Note {
            number: None,
            kind,
            subject: Some(subject.clone()),
            data: record,
        });
    } else {
        record.set("error", text("error"));
        record.set("message", text("message"));
        state.last_failure = Some(record);
    }
    Ok(())
}

/// What the run of an event is called, and what it learns of it.
fn described(plan: &Plan<'_, '_>) -> Result<(Text, Value), Failure> {
    let Some(event) = plan.scene.event else { return Ok((Text::default(), Value::Null)) };
    let mut about = Value::object([
        ("id", Value::from(event.id.as_str())),
        ("source", Value::from(event.source.as_str())),
        ("type", Value::from(event.kind.as_str())),
    ]);
    if let Some(subject) = &event.subject {
        about.set("subject", subject.as_str());
    }
    if let Some(time) = &event.time {
        about.set("time", time.as_str());
    }
    about.set("data", plan.scene.event_data()?);
    Ok((Text::from(format!("event {} of {}", event.id, event.source)), about))
}
