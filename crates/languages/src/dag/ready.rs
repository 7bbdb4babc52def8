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
}

#[derive(Debug)]
struct Ready {
    rule: TriggerRule,
    after: BTreeSet<String>,
    keep: BTreeSet<String>,
}

pub(super) fn make(value: &Value) -> Result<Box<dyn Condition>, MalformedParams> {
    let Params { rule, after, keep } = params(value)?;
    let rule = TriggerRule::parse(&rule)
        .ok_or_else(|| MalformedParams::at("rule", format!("there is no trigger rule `{rule}`")))?;
    Ok(Box::new(Ready { rule, after: after.into_iter().collect(), keep: keep.into_iter().collect() }))
}

impl Ready {
    fn decide(&self, now: &mut Evaluation<'_, '_>) -> Verdict {
        let ends = Ends {
            success: now.number("success"),
            failed: now.number("failed"),
            skipped: now.number("skipped"),
            upstream_failed: now.number("upstream_failed"),
        };
        let total = self.after.len() as u64;
        let decision = match self.rule.decide(ends, total) {
            Decision::Wait => {
                let have = ends.success + ends.failed + ends.skipped + ends.upstream_failed;
                let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
                return Verdict::Counted { have: small(have), want: small(total) };
            }
            Decision::Run => RUN,
            Decision::End(state) => state.name(),
        };
        now.put("decision", decision);
        Verdict::Fire
    }
}

impl Condition for Ready {
    fn evaluate(&self, now: &mut Evaluation<'_, '_>) -> Result<Verdict, Failure> {
        let data = now.scene.event_data()?;
        let subject = now.scene.event.and_then(|event| event.subject.clone()).unwrap_or_default();
        let Some(state) = State::of(&data) else { return Ok(Verdict::Wait) };
        if self.keep.contains(subject.as_str())
            && let Some(result) = data.get("result")
        {
            note(now, "results", &subject, result.clone());
        }
        if !self.after.contains(subject.as_str()) {
            return Ok(Verdict::Wait);
        }
        let count = now.number(state.name()) + 1;
        now.put(state.name(), count);
        if now.context.get("decision").is_some() {
            return Ok(Verdict::Wait);
        }
        Ok(self.decide(now))
    }

    fn waits_for(&self, context: &Value) -> Option<Text> {
        let count = |state: State| context.get(state.name()).and_then(Value::as_u64).unwrap_or(0);
        let ended: u64 =
            [State::Success, State::Failed, State::Skipped, State::UpstreamFailed].map(count).iter().sum();
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
