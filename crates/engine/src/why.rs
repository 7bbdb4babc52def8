//! Why a trigger did, did not, or has not yet fired, told from the state: which parts of it hold now.
//!
//! What happened to a given event is told by history; this is about what is the case.

use serde::Serialize;
use tidegate_model::{RunId, Text};

use crate::partition::Partition;
use crate::run::{Phase, RunState};
use crate::view::{TriggerView, WaitingFor, describe};

/// A statement, and the statements that explain it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reason {
    /// What is the case.
    pub text: Text,
    /// Why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<Reason>,
}

impl Reason {
    /// A statement that needs no explanation.
    #[must_use]
    pub fn new(text: impl Into<Text>) -> Self {
        Self { text: text.into(), because: Vec::new() }
    }

    /// The same with an explanation.
    #[must_use]
    pub fn because(mut self, reason: Self) -> Self {
        self.because.push(reason);
        self
    }

    /// The statement and its explanations as an indented tree.
    #[must_use]
    pub fn to_tree(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, 0);
        text
    }

    fn write(&self, out: &mut String, depth: usize) {
        out.push_str(&"  ".repeat(depth));
        out.push_str(&self.text);
        out.push('\n');
        self.because.iter().for_each(|reason| reason.write(out, depth + 1));
    }
}

/// Why a trigger is where it is.
#[must_use]
pub fn why_trigger(trigger: &TriggerView) -> Reason {
    let name = &trigger.name;
    let times = match trigger.fired {
        0 => format!("trigger `{name}` has not fired"),
        1 => format!("trigger `{name}` fired once"),
        fired => format!("trigger `{name}` fired {fired} times"),
    };
    let mut reason = Reason::new(times);
    match trigger.phase {
        Phase::Removed if trigger.once && trigger.fired > 0 => {
            reason = reason.because(Reason::new("it fires once, and is gone"));
        }
        Phase::Removed => reason = reason.because(Reason::new("it was removed")),
        Phase::Disabled => {
            reason = reason.because(Reason::new("it is disabled; events for it wait until it is enabled"));
        }
        Phase::Enabled => {}
    }
    let listens: Vec<String> = trigger.on.iter().map(describe).collect();
    let met = match trigger.last_at {
        Some(at) => format!("it met {} of them, the last at {at}", trigger.seen),
        None if trigger.phase == Phase::Disabled => "it has met none of them".to_owned(),
        None => "none has come yet".to_owned(),
    };
    reason = reason
        .because(Reason::new(format!("it listens to {}", listens.join(", or "))).because(Reason::new(met)));
    if let Some(waits_for) = &trigger.waits_for {
        reason = reason.because(Reason::new(format!(
            "its condition, `{}`, waits for {waits_for}",
            trigger.condition.name
        )));
    }
    reason
}

/// Why a run is where it is.
#[must_use]
pub fn why_waiting(run: RunId, waits: &[WaitingFor]) -> Reason {
    let mut reason = Reason::new(format!("run {run} has not ended"));
    for wait in waits {
        let until = wait.until.map(|until| format!(", until {until}")).unwrap_or_default();
        let id = wait.id.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
        let text = format!("{}{id} waits for {}, since {}{until}", wait.what, wait.for_what, wait.since);
        reason = reason.because(Reason::new(text));
    }
    reason
}

/// Why a run ended as it did, from its state at its end.
#[must_use]
pub fn why_ended(run: &RunState) -> Option<Reason> {
    let (at, outcome) = run.end()?;
    let reason = match outcome {
        tidegate_model::Outcome::Succeeded { .. } => Reason::new(format!("run {} succeeded at {at}", run.id)),
        tidegate_model::Outcome::Failed(failure) => {
            Reason::new(format!("run {} failed at {at}", run.id)).because(Reason::new(failure.to_string()))
        }
    };
    Some(with_origin(reason, run))
}

/// The same with the run that it goes on from, where it is a rerun.
fn with_origin(reason: Reason, run: &RunState) -> Reason {
    match &run.rerun {
        None => reason,
        Some(rerun) => reason.because(Reason::new(format!("it is a rerun of run {}", rerun.of))),
    }
}

impl Partition {
    /// Why a run that has not ended is where it is.
    #[must_use]
    pub fn why_run(&self, id: RunId) -> Option<Reason> {
        let run = self.runs.get(id)?;
        let waits = run.state.waiting_for_among(&run.program, &self.pools);
        Some(with_origin(why_waiting(id, &waits), &run.state))
    }
}
