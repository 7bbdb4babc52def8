//! The trigger of an orchestration. Its condition keeps the history and says when a turn is due; its action carries out what
//! the turn before answered, and has the next one executed.

use std::sync::Arc;

use tidegate_engine::action::{Action, Command, Plan, Started, TaskPolicy};
use tidegate_engine::condition::{Condition, Evaluation, TimerRequest, Verdict};
use tidegate_engine::registry::{MalformedParams, params};
use tidegate_json::Value;
use tidegate_model::outcome::errors;
use tidegate_model::{Data, Failure, FunctionName, Text};

use super::answer::{Answer, Ending, number, subject};
use super::history::{History, entry, open};
use super::program::{ENVELOPE, EVENT, TURN};

#[derive(Debug)]
struct Turn;

pub(super) fn make_condition(value: &Value) -> Result<Box<dyn Condition>, MalformedParams> {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Params {}
    let Params {} = params(value)?;
    Ok(Box::new(Turn))
}

impl Condition for Turn {
    fn evaluate(&self, now: &mut Evaluation<'_, '_>) -> Result<Verdict, Failure> {
        let Some(event) = now.scene.event else { return Ok(Verdict::Wait) };
        let subject = event.subject.clone().unwrap_or_default();
        if subject == TURN && event.kind.starts_with("tidegate.task.") {
            return answered(now, event.kind.ends_with(".succeeded"));
        }
        let at = now.scene.at;
        let noted = match event.kind.as_str() {
            "tidegate.run.started" if now.scene.kept.get("past").is_some() => inherited(now),
            "tidegate.run.started" => {
                let starts_at = told_of_start(now.scene.input, "starts_at").and_then(|at| at.parse().ok());
                if let Some(due) = starts_at.filter(|due| *due > at) {
                    now.put("delayed", true);
                    now.timers.push(TimerRequest::Set { key: Text::const_new("start"), due });
                }
                entry(at, [("started", Value::Bool(true))])
            }
            EVENT => raised(now)?,
            kind => {
                let asked =
                    number(&subject).filter(|(generation, _)| *generation == now.number("generation"));
                let Some((_, id)) = asked else {
                    let part = Text::from(format!("`{subject}` is not waited for any more"));
                    return Ok(Verdict::Filtered { part });
                };
                ended(now, kind.ends_with(".failed"), id)?
            }
        };
        let mut history = History::of(now);
        history.note(noted);
        if history.is_busy() {
            let have = u32::try_from(history.waiting()).unwrap_or(u32::MAX);
            return Ok(Verdict::Counted { have, want: 0 });
        }
        history.begin_turn(at);
        Ok(Verdict::Fire)
    }

    fn timer(&self, now: &mut Evaluation<'_, '_>, _: &str) -> Result<Verdict, Failure> {
        now.remove("delayed");
        let at = now.scene.at;
        History::of(now).begin_turn(at);
        Ok(Verdict::Fire)
    }

    fn waits_for(&self, context: &Value) -> Option<Text> {
        if context.get("delayed").is_some() {
            return Some(Text::const_new("the time at which it is to start"));
        }
        if context.get("busy").is_some() {
            let turn = context.get("turn").and_then(Value::as_u64).unwrap_or(0);
            return Some(Text::from(format!("the answer of turn {turn}")));
        }
        let list = |key: &str| context.get(key).and_then(Value::as_array).map_or(&[][..], |list| &list[..]);
        let open: Vec<String> = open(list("past"), list("new")).into_iter().map(told).collect();
        Some(match open.as_slice() {
            [] => Text::const_new("an event for it"),
            open => Text::from(format!("{}, or an event for it", open.join(", "))),
        })
    }
}

/// What the input of a run says about its start.
fn told_of_start<'v>(input: &'v Value, key: &str) -> Option<&'v str> {
    input.get(ENVELOPE)?.get(key)?.as_str()
}

/// Something that is waited for, in words.
fn told((id, asked): (u64, Value)) -> String {
    let text = |kind: &str, key: &str| asked.get(kind).and_then(|of| of.get(key)).and_then(Value::as_str);
    let name = text("call", "function").or(text("map", "function")).or(text("run", "workflow"));
    match name {
        Some(name) => format!("the end of `{name}` ({id})"),
        None => format!("a timer ({id})"),
    }
}

/// A run goes on from another one, with the past that is kept of that ([`rewind`](super::rewind)).
fn inherited(now: &mut Evaluation<'_, '_>) -> Value {
    let kept = now.scene.kept.clone();
    let generation = kept.get("generation").and_then(Value::as_u64).unwrap_or(0);
    History::of(now).inherit(kept.get("past").cloned().unwrap_or_default(), generation);
    entry(now.scene.at, [("rewound", kept.get("reason").cloned().unwrap_or_default())])
}

/// The entry of an event from outside.
fn raised(now: &Evaluation<'_, '_>) -> Result<Value, Failure> {
    let data = now.scene.event_data()?;
    let name = data.get("name").and_then(Value::as_str);
    let Some(name) = name else {
        let message = format!("an event `{EVENT}` has data like {{\"name\": \"approved\", \"data\": true}}");
        return Err(Failure::new(errors::INVALID_VALUE, message));
    };
    let given = data.get("data").cloned().unwrap_or_default();
    Ok(entry(now.scene.at, [("event", Value::from(name)), ("data", given)]))
}

/// The entry of the end of number `id`.
fn ended(now: &Evaluation<'_, '_>, is_failure: bool, id: u64) -> Result<Value, Failure> {
    let data = now.scene.event_data()?;
    let key = if is_failure { "failed" } else { "result" };
    let mut entry = entry(now.scene.at, [("ended", Value::from(id)), (key, data)]);
    let index = now.scene.event.and_then(|event| event.extensions.iter().find(|(name, _)| name == "index"));
    if let Some((_, index)) = index {
        entry.set("index", index.clone());
    }
    Ok(entry)
}

/// A turn has ended.
fn answered(now: &mut Evaluation<'_, '_>, is_well: bool) -> Result<Verdict, Failure> {
    let at = now.scene.at;
    if !is_well {
        History::of(now).end_turn([]);
        return Ok(Verdict::Fire);
    }
    let answer = Answer::read(&now.scene.event_data()?)?;
    let asked = answer.asked.iter().map(|asked| {
        let mut entry = asked.given.clone();
        entry.set("at", at.to_string());
        entry.set("asked", asked.id);
        entry
    });
    let mut history = History::of(now);
    history.end_turn(asked);
    let goes_on = match answer.ending {
        Some(Ending::Complete(_) | Ending::Fail(_)) => false,
        Some(Ending::Continue { input, keep }) => {
            let mut started = entry(at, [("started", Value::Bool(true))]);
            started.set("input", input);
            history.begin_anew(started, keep);
            true
        }
        None => history.waiting() > 0,
    };
    if goes_on {
        history.begin_turn(at);
    }
    Ok(Verdict::Fire)
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct ActionParams {
    /// What executes turns.
    function: FunctionName,
    /// Whether that asks for the history by itself.
    #[serde(default)]
    outside: bool,
}

#[derive(Debug)]
struct Act {
    function: FunctionName,
    is_outside: bool,
    policy: Arc<TaskPolicy>,
}

pub(super) fn make_action(value: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    let ActionParams { function, outside } = params(value)?;
    Ok(Box::new(Act { function, is_outside: outside, policy: Arc::default() }))
}

impl Action for Act {
    fn plan(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let event = plan.scene.event;
        let is_turn = event.is_some_and(|event| {
            event.kind.starts_with("tidegate.task.") && event.subject.as_deref() == Some(TURN)
        });
        if is_turn {
            let data = plan.scene.event_data()?;
            if event.is_some_and(|event| event.kind.ends_with(".failed")) {
                plan.commands.push(Command::Fail(failure(&data)));
                return Ok(());
            }
            self.carry_out(plan, Answer::read(&data)?);
        }
        if event.is_some_and(|event| event.kind == "tidegate.run.started") {
            self.wait_again(plan)?;
        }
        if plan.context.get("busy").is_some() {
            let input = self.input(plan);
            plan.commands.push(Command::Invoke {
                subject: Text::const_new(TURN),
                function: self.function.clone(),
                input,
                policy: Arc::clone(&self.policy),
            });
        }
        Ok(())
    }

    fn ends_scope(&self) -> bool {
        true
    }

    fn starts(&self) -> Vec<Started<'_>> {
        vec![Started::Function(&self.function)]
    }
}

impl Act {
    fn carry_out(&self, plan: &mut Plan<'_, '_>, answer: Answer) {
        let now = plan.scene.at;
        let generation = plan.context.get("generation").and_then(Value::as_u64).unwrap_or(0);
        // What a turn asks for before it begins anew is of the generation that ends.
        let asks = match &answer.ending {
            Some(Ending::Continue { .. }) => generation.saturating_sub(1),
            _ => generation,
        };
        if let Some(vars) = answer.vars {
            plan.commands.push(Command::SetVars { vars });
        }
        let commands = answer.asked.into_iter().flat_map(|asked| asked.commands(asks, now));
        plan.commands.extend(commands);
        match answer.ending {
            Some(Ending::Complete(output)) => plan.commands.push(Command::Complete { output }),
            Some(Ending::Fail(failure)) => plan.commands.push(Command::Fail(failure)),
            Some(Ending::Continue { input, .. }) => {
                let left = plan.context.get("left").and_then(Value::as_array);
                let left = left.into_iter().flat_map(|left| left.iter()).filter_map(Value::as_u64);
                let timers = left.map(|id| Command::CancelTimer { name: subject(asks, id) });
                plan.commands.extend(timers);
                plan.commands.push(Command::SetVars { vars: Value::object([("input", input)]) });
            }
            None => {}
        }
    }

    /// Waits for the runs that the run before had started.
    fn wait_again(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let kept = plan.scene.kept.clone();
        let generation = kept.get("generation").and_then(Value::as_u64).unwrap_or(0);
        let again = Value::object([(
            "actions",
            kept.get("again").cloned().unwrap_or_else(|| Value::array::<Value>([])),
        )]);
        let now = plan.scene.at;
        let commands =
            Answer::read(&again)?.asked.into_iter().flat_map(|asked| asked.commands(generation, now));
        plan.commands.extend(commands);
        if let Some(input) = kept.get("input") {
            plan.commands.push(Command::SetVars { vars: Value::object([("input", input.clone())]) });
        }
        Ok(())
    }

    /// What a turn is given. One that is executed outside asks for the rest.
    fn input(&self, plan: &Plan<'_, '_>) -> Value {
        let part = |key: &str| plan.context.get(key).cloned();
        let mut turn = Value::object([
            ("turn", part("turn").unwrap_or_default()),
            ("generation", part("generation").unwrap_or_else(|| Value::from(0))),
        ]);
        if let Some(version) = told_of_start(plan.scene.input, "version") {
            turn.set("version", version);
        }
        if self.is_outside {
            return turn;
        }
        turn.set("orchestration", plan.scene.workflow.as_str());
        turn.set("run", plan.scene.run.to_string());
        turn.set("key", plan.scene.run_key.as_ref().map_or(Value::Null, |key| Value::from(key.as_str())));
        let given = plan.commands.iter().rev().find_map(|command| match command {
            Command::SetVars { vars } => vars.get("input").cloned(),
            _ => None,
        });
        let input = given.or_else(|| plan.scene.vars.get("input").cloned());
        turn.set("input", input.unwrap_or_else(|| input_proper(plan.scene.input).clone()));
        turn.set("past", part("past").unwrap_or_else(|| Value::array::<Value>([])));
        turn.set("new", part("new").unwrap_or_default());
        turn
    }
}

/// The input of a run without what it says about its start.
#[must_use]
pub fn input_proper(input: &Value) -> &Value {
    match input.get(ENVELOPE) {
        Some(_) => input.get("input").unwrap_or(&Value::Null),
        None => input,
    }
}

/// The failure that the data of an event tells.
fn failure(data: &Value) -> Failure {
    let text = |key: &str| data.get(key).and_then(Value::as_str).map(Text::new);
    let detail = data.get("detail").map_or(Data::None, Data::json);
    let error = text("error").unwrap_or(Text::const_new(errors::TASK_FAILED));
    Failure { detail, ..Failure::new(error, text("message").unwrap_or_default()) }
}
