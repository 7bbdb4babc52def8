//! `dag.ready`: whether a task runs, from the ends of those it comes after.
//!
//! Owns, in the trigger's context, how many have ended and how, and the results that the task's expressions read. Invariant:
//! it fires once, when its rule has decided; the decision stands in the context.

use std::collections::BTreeSet;

use tidegate_engine::condition::{Condition, Evaluation, Verdict};
use tidegate_engine::registry::{MalformedParams, params};
use tidegate_json::{Map, Value};
use tidegate_model::{Failure, Text};

use super::rule::{Decision, Ends, State, TriggerRule};
use super::{SKIP, TOLD, tell};

/// The decision, as the context has it: the state in which the task ends without having run, or this.
pub(super) const RUN: &str = "run";

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    rule: String,
    /// The tasks that the rule is about.
    after: Vec<String>,
    /// Those whose results are kept.
    #[serde(default)]
    keep: Vec<String>,
    /// Those of `after` that stand outside of the scope, and may have ended before it started.
    #[serde(default)]
    outside: Vec<String>,
    /// Those of `after` that must have succeeded, whatever the rule is; of a task that tears them down, those that it does.
    #[serde(default)]
    setups: Vec<String>,
}

#[derive(Debug)]
struct Ready {
    rule: TriggerRule,
    after: BTreeSet<String>,
    keep: BTreeSet<String>,
    outside: BTreeSet<String>,
    setups: BTreeSet<String>,
}

pub(super) fn make(value: &Value) -> Result<Box<dyn Condition>, MalformedParams> {
    let Params { rule, after, keep, outside, setups } = params(value)?;
    let rule = TriggerRule::parse(&rule)
        .ok_or_else(|| MalformedParams::at("rule", format!("there is no trigger rule `{rule}`")))?;
    Ok(Box::new(Ready {
        rule,
        after: after.into_iter().collect(),
        keep: keep.into_iter().collect(),
        outside: outside.into_iter().collect(),
        setups: setups.into_iter().collect(),
    }))
}

impl Ready {
    /// Takes note of the end of `task`, which it comes after.
    fn count(&self, now: &mut Evaluation<'_, '_>, task: &str, state: State, data: &Value) {
        let mut ends = Ends::read(Some(now.context));
        match data.get("counts") {
            Some(instances) => ends = ends.plus(Ends::read(Some(instances))),
            None => ends.count(state),
        }
        for (state, count) in ends.named().filter(|(_, count)| *count > 0) {
            now.put(state.name(), count);
        }
        let ended = now.number("ended") + 1;
        now.put("ended", ended);
        if self.setups.contains(task) {
            let mut setups = Ends::read(now.context.get("setups"));
            setups.count(state);
            now.put("setups", setups.to_value());
        }
    }

    fn decide(&self, now: &mut Evaluation<'_, '_>) -> Verdict {
        let ends = Ends::read(Some(now.context));
        let (ended, total) = (now.number("ended"), self.after.len() as u64);
        let setups = Ends::read(now.context.get("setups"));
        let decision = match self.rule.decide(ends, ended == total, setups) {
            _ if self.rule != TriggerRule::AllDoneSetupSuccess && setups.failures() > 0 => {
                State::UpstreamFailed.name()
            }
            _ if self.rule != TriggerRule::AllDoneSetupSuccess && setups.skipped > 0 => State::Skipped.name(),
            Decision::Wait => {
                let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
                return Verdict::Counted { have: small(ended), want: small(total) };
            }
            Decision::Run => RUN,
            Decision::End(state) => state.name(),
        };
        now.put("decision", decision);
        Verdict::Fire
    }
}

impl Condition for Ready {
    fn begins(&self) -> bool {
        !self.outside.is_empty()
    }

    fn begin(&self, now: &mut Evaluation<'_, '_>) -> Verdict {
        let ended = self.outside.iter().filter_map(|task| Some((task, tell::find(now.scene, task)?.clone())));
        let ended: Vec<(&String, Value)> = ended.collect();
        for (task, data) in &ended {
            if let Some(state) = State::of(data) {
                self.count(now, task, state, data);
            }
        }
        if ended.is_empty() { Verdict::Wait } else { self.decide(now) }
    }

    fn evaluate(&self, now: &mut Evaluation<'_, '_>) -> Result<Verdict, Failure> {
        let is_decided = now.context.get("decision").is_some();
        match now.scene.event.map(|event| event.kind.as_str()) {
            Some(SKIP) if is_decided => return Ok(Verdict::Wait),
            Some(SKIP) => {
                now.put("decision", State::Skipped.name());
                return Ok(Verdict::Fire);
            }
            // It is time to look again.
            Some("tidegate.timer.fired") => return Ok(Verdict::Fire),
            _ => {}
        }
        let data = now.scene.event_data()?;
        let is_told = now.scene.event.is_some_and(|event| event.kind == TOLD);
        let subject = now.scene.event.and_then(|event| event.subject.as_deref()).unwrap_or_default();
        let subject = Text::new(if is_told { tell::task_told(subject) } else { subject });
        let Some(state) = State::of(&data) else { return Ok(Verdict::Wait) };
        if self.keep.contains(subject.as_str())
            && let Some(result) = data.get("result")
        {
            note(now, "results", &subject, result.clone());
        }
        if !self.after.contains(subject.as_str()) {
            return Ok(Verdict::Wait);
        }
        self.count(now, &subject, state, &data);
        if is_decided {
            return Ok(Verdict::Wait);
        }
        Ok(self.decide(now))
    }

    fn waits_for(&self, context: &Value) -> Option<Text> {
        if context.get("decision").is_some() {
            return None;
        }
        let ended = context.get("ended").and_then(Value::as_u64).unwrap_or(0);
        let after: Vec<&str> = self.after.iter().map(String::as_str).take(5).collect();
        let more = if self.after.len() > after.len() { ", …" } else { "" };
        Some(Text::from(format!(
            "{ended} of {} tasks before it have ended ({}{more}); the rule is {}",
            self.after.len(),
            after.join(", "),
            self.rule.name()
        )))
    }
}

/// Keeps `what` of a task under `list` in the context, in place: nothing of what is there is copied.
pub(super) fn note(now: &mut Evaluation<'_, '_>, list: &'static str, task: &str, what: Value) {
    if now.context.get(list).is_none() {
        now.put(list, Map::default());
    }
    let known = now.context.as_object_mut().and_then(|context| context.get_mut(list));
    if let Some(known) = known.and_then(Value::as_object_mut) {
        known.insert(task, what);
    }
}
