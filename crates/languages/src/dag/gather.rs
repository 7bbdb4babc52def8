//! `dag.gathered`: the ends of one task in all instances of a group, as one end outside of it.
//!
//! Owns, in the trigger's context, how many have ended and how, and their results in the order of the instances. Invariant: it
//! fires once, when all that there are have ended, or when the group has ended without them.

use tidegate_engine::action::{Action, Command, Plan};
use tidegate_engine::condition::{Condition, Evaluation, Verdict};
use tidegate_engine::registry::{MalformedParams, params};
use tidegate_json::Value;
use tidegate_model::{Failure, Name, Text};

use super::ITEM_ENDED;
use super::ended::emit;
use super::rule::{Ends, State};

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Gather {
    task: Text,
    /// The group whose instances it is in.
    group: Text,
    /// Whether there may be more than one.
    mapped: bool,
    /// Whether every instance counts for itself.
    each: bool,
    /// Whether nothing counts the end that it makes.
    aside: bool,
}

pub(super) fn make_condition(value: &Value) -> Result<Box<dyn Condition>, MalformedParams> {
    Ok(Box::new(params::<Gather>(value)?))
}

pub(super) fn make(value: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    Ok(Box::new(params::<Gather>(value)?))
}

/// Sets the context of the trigger that gathers the ends of `task`.
pub(super) fn set(task: &Text, context: Value) -> Option<Command> {
    let trigger = Name::new(&format!("{task}:gather")).ok()?;
    Some(Command::SetContext { trigger, context })
}

/// What the context of the trigger has to have before the first instance can end: how many there are, and the ends, by their
/// places, of those that are not started because they had ended before.
pub(super) fn expecting<'d>(instances: usize, ended: impl Iterator<Item = (u32, &'d Value)>) -> Value {
    let mut context = Value::object([("want", Value::from(instances))]);
    let (mut have, mut ends, mut results) = (0u32, Ends::default(), Vec::new());
    for (place, data) in ended.filter(|(place, _)| (*place as usize) < instances) {
        let Some(state) = State::of(data) else { continue };
        if results.is_empty() {
            results = vec![Value::Null; instances];
        }
        have += 1;
        ends = count(ends, state, data);
        results[place as usize] = data.get("result").cloned().unwrap_or_default();
    }
    if have > 0 {
        context.set("have", have);
        context.set("counts", ends.to_value());
        context.set("results", results);
    }
    context
}

/// What the context has to have where the task had ended in all instances, and its end is told by somebody else.
pub(super) fn over() -> Value {
    Value::object([("over", true)])
}

/// `ends` and one more, of an instance or, where that counts its own, of all of them.
fn count(mut ends: Ends, state: State, data: &Value) -> Ends {
    match data.get("counts") {
        Some(inner) => ends.plus(Ends::read(Some(inner))),
        None => {
            ends.count(state);
            ends
        }
    }
}

impl Condition for Gather {
    fn evaluate(&self, now: &mut Evaluation<'_, '_>) -> Result<Verdict, Failure> {
        let data = now.scene.event_data()?;
        let Some(state) = State::of(&data) else { return Ok(Verdict::Wait) };
        if now.context.get("over").is_some() {
            return Ok(Verdict::Wait);
        }
        let is_item = now.scene.event.is_some_and(|event| event.kind == ITEM_ENDED);
        if !is_item {
            // The group is over, and what has not ended by now does not end.
            now.put("over", true);
            if state != State::Success {
                now.put("group", data);
            }
            return Ok(Verdict::Fire);
        }
        self.note(now, state, &data);
        let (have, want) = (now.number("have") + 1, now.number("want"));
        now.put("have", have);
        if have < want {
            let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
            return Ok(Verdict::Counted { have: small(have), want: small(want) });
        }
        now.put("over", true);
        Ok(Verdict::Fire)
    }

    fn waits_for(&self, context: &Value) -> Option<Text> {
        if context.get("over").is_some() {
            return None;
        }
        let number = |key: &str| context.get(key).and_then(Value::as_u64).unwrap_or(0);
        let text = match number("want") {
            0 => format!("the group `{}` has not started", self.group),
            want => format!("`{}` has ended in {} of {want} instances", self.task, number("have")),
        };
        Some(Text::from(text))
    }
}

impl Gather {
    /// Takes note of how an instance has ended.
    fn note(&self, now: &mut Evaluation<'_, '_>, state: State, data: &Value) {
        let ends = count(Ends::read(now.context.get("counts")), state, data);
        now.put("counts", ends.to_value());
        if state == State::Failed && now.context.get("failure").is_none() {
            let text = |key: &str| data.get(key).cloned().unwrap_or_else(|| Value::from(""));
            let failure = Value::object([("error", text("error")), ("message", text("message"))]);
            now.put("failure", failure);
        }
        let want = now.number("want");
        let place = data.get("index").and_then(Value::as_usize).unwrap_or(0);
        if now.context.get("results").is_none() {
            now.put("results", Value::from(vec![Value::Null; usize::try_from(want).unwrap_or(0).max(1)]));
        }
        let results = now.context.as_object_mut().and_then(|context| context.get_mut("results"));
        if let Some(result) = results.and_then(Value::as_array_mut).and_then(|all| all.get_mut(place)) {
            *result = data.get("result").cloned().unwrap_or_default();
        }
    }

    fn end(&self, context: &Value) -> Value {
        let ends = Ends::read(context.get("counts"));
        let results = context.get("results").cloned();
        let group = context.get("group");
        let (mut data, ends) = match group.and_then(State::of).filter(|_| ends.failed == 0) {
            // A group that could not start fails with each of its tasks where they count in its place.
            Some(State::Failed) if self.each => (group.cloned().unwrap_or_default(), Ends::of(State::Failed)),
            Some(state) => {
                let state = if state == State::Failed { State::UpstreamFailed } else { state };
                (Value::object([("state", state.name())]), Ends::of(state))
            }
            None if ends == Ends::default() => {
                let state = if self.each { State::Skipped } else { State::Success };
                let data = Value::object([
                    ("state", Value::from(state.name())),
                    ("result", Value::array::<Value>([])),
                ]);
                (data, Ends::of(state))
            }
            None => (self.ended(context, ends, results), ends),
        };
        if let Some(data) = data.as_object_mut() {
            data.remove("aside");
        }
        data.set("gathered", true);
        if self.each {
            data.set("counts", ends.to_value());
        }
        if self.aside {
            data.set("aside", true);
        }
        data
    }

    /// The end of a task that has ended in all instances.
    fn ended(&self, context: &Value, ends: Ends, results: Option<Value>) -> Value {
        let state = ends.overall();
        let mut data = Value::object([("state", state.name())]);
        if state == State::Failed {
            let failure = context.get("failure").and_then(Value::as_object);
            for (key, value) in failure.into_iter().flat_map(|failure| failure.iter()) {
                data.set(key.clone(), value.clone());
            }
        }
        let results = results.unwrap_or_default();
        let result = match self.mapped {
            true => Some(results),
            false => results.get_index(0).cloned().filter(|_| state == State::Success),
        };
        // Of instances some of which failed, the others' results are there for whoever comes after all the same.
        if let Some(result) = result.filter(|_| ends.success > 0) {
            data.set("result", result);
        }
        data
    }
}

impl Action for Gather {
    fn plan(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let data = self.end(plan.context);
        emit(plan, &self.task, data);
        Ok(())
    }
}
